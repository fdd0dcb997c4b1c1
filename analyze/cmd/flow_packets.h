/* flow_packets.h: a flow's packets read back from the capture that it was analysed from, for charts (plots/README.md). */
#ifndef WIRETAPE_FLOW_PACKETS_H
#define WIRETAPE_FLOW_PACKETS_H

#include "analyze/engine/status.h"
#include "store/reader.h"

#include <stdint.h>

#define FLOW_PACKETS_MAX (4u << 20) /* kept; what is more is counted */

struct flow_packets {
	const char *database;	  /* path: a capture is looked for beside it, too */
	const char *capture_path; /* where the packets are, if not where the database says; NULL: there */
	int64_t flow;		  /* flows.id; 0: none */
	int64_t from_ns, to_ns;	  /* [from, to); NO_TIME: open */
};

/* Makes the temporary tables packets, sacks and packets_read, and puts the flow's packets there, and of each direction the last one before
 * `from_ns`. If they cannot be read the tables are empty and packets_read says why: that is no error, and neither is a flow that is not
 * TCP, or none. Does nothing if the packets are there already. STATUS_INTERRUPTED; STATUS_NO_MEMORY; others, with reader_error. */
enum status flow_packets_load(struct reader *reader, const struct flow_packets *wanted);

#endif
