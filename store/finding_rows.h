/* finding_rows.h: what the SELECT of one finding gave for one capture. Private to the store. */
#ifndef WIRETAPE_FINDING_ROWS_H
#define WIRETAPE_FINDING_ROWS_H

#include "store/findings.h"

#include <sqlite3.h>

#define ROW_NOTHING INT64_MIN /* a flow, time or frame that the row does not have */
#define ADDRESS_NONE 0
#define ADDRESS_ALL 1

struct evidence {
	char *subject, *detail, *unit, *filter, *address; /* unit, filter, address: NULL not given */
	double value, threshold;
	bool has_threshold;
	int64_t flow_id, t_ns, frame;
	enum finding_severity severity;
};

/* Whom a row is about, kept of more rows than the rows themselves. */
struct subject {
	int64_t flow_id;
	uint64_t address; /* its hash */
	const char *explained_by;
};

struct finding_rows {
	const struct finding_file *file;
	struct evidence *list; /* the first FINDING_EVIDENCE_MAX */
	size_t kept;
	uint64_t count; /* with those that are not kept */
	struct subject *subjects;
	size_t subject_count, subject_room;
	enum finding_severity severity; /* the worst of the rows */
	const char *explained_by;
};

/* The query, compiled. */
struct finding_query;

/* NULL after findings_add_problem, or when out of memory. */
struct finding_query *finding_query_new(struct findings *findings, const struct finding_file *file, sqlite3 *db);
/* NULL is allowed. */
void finding_query_free(struct finding_query *query);
/* Runs it for a capture into `rows`, which must be empty. SQLITE_OK, SQLITE_NOMEM, or why it failed. `bad_rows` counts those that lack
 * what a row must have; they are left out. */
int finding_query_run(struct finding_query *query, int64_t capture_id, struct finding_rows *rows, uint64_t *bad_rows);
/* Frees what the struct holds, and empties it. */
void finding_rows_clear(struct finding_rows *rows);

/* What `subject.address` is for an address. */
uint64_t address_hash(const char *address);

#endif
