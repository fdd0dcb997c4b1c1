/* catalog.h: DIR/catalog.db of a ring: its segments, incidents, the timeline and the host's counters while it was
 * recorded. It has the tables of schema.sql, with a row of captures for each run of the recorder. It can be lost:
 * segments and incidents come back from their JSON files, so that it is never waited for longer than a write to it
 * takes. */
#ifndef WIRETAPE_CATALOG_H
#define WIRETAPE_CATALOG_H

#include "analyze/engine/facts.h"
#include "analyze/engine/status.h"
#include "store/host_counters.h"
#include "store/segment.h"

struct catalog;

/* A run of the recorder. Borrowed for the call. */
struct catalog_run {
	const char *directory, *host, *interface, *link_type;
	uint32_t snaplen;
	int64_t interval_ns;
	int64_t started_ns;
};

struct incident_facts {
	const char *name;    /* of its folder */
	const char *trigger; /* of the rule; "manual" */
	const char *scope, *key;
	int64_t t_ns;	     /* start of the interval that fired */
	int64_t from_ns, to_ns; /* of the tape that it asks for */
	const char *state;   /* 'recording', 'saved' (packets complete), 'analysed', 'interrupted', 'failed' */
	uint64_t segments, file_bytes;
	const char *row_json; /* the row that fired; NULL: none */
};

/* Opens or makes DIR/catalog.db, takes an older one forward, and starts the run's row. A damaged one is moved to
 * catalog.db.damaged and a new one made, and so is one that a newer wiretape wrote: *rebuilt is then true, as it is for
 * one that was missing, and the caller puts in again what is there. STATUS_IO: with words in `message`. */
enum status catalog_open(struct catalog **catalog, const char *directory, const struct catalog_run *run, uint64_t budget_bytes,
			 bool *rebuilt, char *message, size_t message_bytes);
/* NULL is allowed. */
void catalog_close(struct catalog *catalog);
/* What went wrong last. */
const char *catalog_error(const struct catalog *catalog);

/* Each may fail with STATUS_IO or STATUS_NO_MEMORY (full disk, say), or STATUS_FORMAT (damaged or removed while open:
 * close and open it again); nothing since the last catalog_commit is then kept, and later calls may succeed. Segments
 * and incidents may be put in again at any time. Rows are committed together by catalog_commit. */
enum status catalog_put_segment(struct catalog *catalog, const struct segment_facts *facts);
enum status catalog_remove_segment(struct catalog *catalog, const char *name);
enum status catalog_put_interval(struct catalog *catalog, const struct interval_facts *facts, const struct live_counters *live);
enum status catalog_put_host(struct catalog *catalog, int64_t t_ns, int64_t interval_ns, const struct live_counters *live);
/* Adds the incident or changes the one of that name. */
enum status catalog_put_incident(struct catalog *catalog, const struct incident_facts *facts);
enum status catalog_remove_incident(struct catalog *catalog, const char *name);
/* Removes all segments and incidents; those that are there are then put in anew, before the next catalog_commit: nobody sees it empty. */
enum status catalog_forget(struct catalog *catalog);
/* Also removes the oldest rows of timeline and host_counters when the file is larger than its budget. */
enum status catalog_commit(struct catalog *catalog);

#endif
