/* sections.h: what a report says of one capture, or of a ring's catalog: verdict, findings, and the parts plots/report/NAME.sql. */
#ifndef WIRETAPE_REPORT_SECTIONS_H
#define WIRETAPE_REPORT_SECTIONS_H

#include "analyze/cmd/report/document.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_MESSAGE_MAX 1024

/* Zero is a usable start, but for `database` and `capture`. */
struct report_subject {
	const char *database;  /* path, for titles */
	int64_t capture;       /* captures.id */
	const char *capture_path; /* where the packets are, if not where the database says; NULL: there */
	const char *incident;  /* the folder of the incident that it is of; NULL: of none */
	const char *page;      /* where it will lie; NULL: nobody knows */
	const char *prefix;    /* of all ids in the document: "c7-"; NULL: none */
	const char *time_zone; /* as in TZ; NULL: UTC */
	bool one_of_many;      /* short: fewer charts and rows */
	bool calm;	       /* one of very many, and nothing is amiss: no charts, no curves in tables, few rows */
	bool brief;	       /* verdict and findings alone */
	bool no_charts;
};

/* The capture's verdict. STATUS_INTERRUPTED; STATUS_IO and others with `message`. So with those below. */
enum status report_verdict(struct document *document, struct reader *reader, const struct report_subject *subject, char *message);
/* What follows it, into the section that is open: findings, why it was saved, parts. What cannot be drawn is a warning in the
 * document and no error. */
enum status report_capture(struct document *document, struct reader *reader, const struct report_subject *subject, char *message);
/* All of a ring's catalog, the verdict too. `folder` is the ring. */
enum status report_ring(struct document *document, struct reader *catalog, const struct report_subject *subject, const char *folder,
			char *message);
/* One row for the table that ranks captures, plots/report/ranking.sql: `*text` is CSV with a header line, which the caller frees; NULL on
 * error. */
enum status report_rank(struct reader *reader, const struct report_subject *subject, char **text, char *message);

#endif
