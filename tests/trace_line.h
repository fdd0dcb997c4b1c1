/* trace_line.h: one line of a hand-written trace, read; tests/README.md has the notation. */
#ifndef WIRETAPE_TRACE_LINE_H
#define WIRETAPE_TRACE_LINE_H

#include "analyze/engine/facts.h"
#include "analyze/engine/packet.h"

#include <stdbool.h>
#include <stdint.h>

enum trace_sum { TRACE_SUM_ZERO, TRACE_SUM_RIGHT, TRACE_SUM_WRONG, TRACE_SUM_PARTIAL };

enum { TRACE_UDP = 17, TRACE_ICMP = 1, TRACE_TCP = 6 };

#define TRACE_PAYLOAD_MAX 4096 /* of a line's data and hex */

struct trace_line {
	int64_t t_ns;
	enum direction direction;
	uint8_t protocol, flags;
	uint8_t icmp_type, icmp_code;
	uint32_t seq, ack, len, window, flow, mac, vlan, snap, ttl, ecn, mss;
	uint32_t id, fragment_offset;
	uint32_t interface; /* 0: none, the frame is Ethernet */
	uint32_t fill;	    /* first byte of the payload behind data and hex; the others count up */
	uint32_t server;    /* last byte of the server's address */
	uint32_t source_port, destination_port; /* of the packet; 0: as in the options */
	uint32_t tsval, tsecr;
	uint8_t window_scale; /* NO_WINDOW_SCALE: none */
	uint32_t dscp, vni; /* vni: 0 in no tunnel */
	enum trace_sum sum;
	bool has_id, has_mss, has_ts, sack_permitted, fragment, more;
	uint8_t blocks;
	uint32_t block[SACK_BLOCKS_MAX][2];
	uint32_t payload_bytes; /* given as data and hex: the first of len */
	uint8_t payload[TRACE_PAYLOAD_MAX];
};

/* The next line of *script that is neither empty nor a comment; *script is then behind it. `start_ns` is its time 0. One that can't be
 * read fails the test and is named. False: there is none. */
bool trace_line_next(struct trace_line *line, const char **script, int64_t start_ns);

#endif
