/* sheet.h: what the parts of one capture's report are written with. Private to sections.c and its parts. */
#ifndef WIRETAPE_REPORT_SHEET_H
#define WIRETAPE_REPORT_SHEET_H

#include "analyze/cmd/answer.h"
#include "analyze/cmd/report/part.h"
#include "analyze/cmd/report/sections.h"

#define PAGES_MAX 3
#define SHEET_ID_MAX 128
#define SHEET_LEFT_OUT_MAX 512
#define WORST_FLOWS "worst_flows" /* the key of the part that chooses the pages */

struct sheet {
	struct document *document;
	struct reader *reader;
	const struct report_subject *subject;
	const char *folder;	  /* of a ring, where what is linked to lies; NULL: none */
	const char *way;	  /* the same as the page names it */
	const char *json;	  /* :json of an incident's parts; NULL: none */
	char *message;		  /* REPORT_MESSAGE_MAX bytes */
	bool charts;		  /* draw them; false from when gnuplot turned out to be missing */
	int64_t pages[PAGES_MAX]; /* flows that get a page, the worst first */
	size_t page_count;
	char left_out[SHEET_LEFT_OUT_MAX]; /* text: "; Talkers; HTTP" */
	struct answer worst; /* of that part, from when it was asked until it is written */
};

/* Nothing is known yet, nor asked. `message` is borrowed, and gets an empty text. */
struct sheet sheet_for(struct document *document, struct reader *reader, const struct report_subject *subject, char *message);
/* Runs a statement with what a part may ask for: :capture, :flow (0: NULL), :rows, :pages, :json. Statuses as reader_run; `message` says
 * why. answer_free in any case. */
enum status sheet_ask(struct sheet *sheet, struct answer *answer, const char *sql, int64_t flow, unsigned rows);
/* True if the report can't go on: out of memory, interrupted. What else went wrong is said in the document, and `*status` becomes
 * STATUS_OK. */
bool sheet_gives_up(struct sheet *sheet, const char *where, enum status *status);
/* "c7-flow-3-events"; `flow` 0: none; `name` NULL: none. The answer stands in `id`. */
const char *sheet_id(const struct sheet *sheet, int64_t flow, const char *name, char id[SHEET_ID_MAX]);
/* "#c7-flow-3" if that flow has a page, otherwise NULL. */
const char *sheet_flow_link(const struct sheet *sheet, const char *flow, char link[SHEET_ID_MAX]);
/* How many rows a part has room for. */
unsigned sheet_rows(const struct sheet *sheet, const struct part *part);
/* Remembers what plain text has no room for, and says at its end where it is to be found. */
void sheet_leave_out(struct sheet *sheet, const char *what);
void sheet_say_left_out(struct sheet *sheet);

/* All parts of a place, with their charts, and the pages of the flows that they name. `flow` 0: of the whole capture. */
enum status parts_write(struct sheet *sheet, const char *place, int64_t flow);

/* The rows of a part: a table, or facts; and how many are left out. */
void part_rows(struct sheet *sheet, const struct part *part, const struct answer *answer, const char *title);
void part_warnings(struct sheet *sheet, const struct answer *answer);

/* A chart in memory; `svg` is NULL if there is nothing to draw. */
struct drawn {
	char *svg;
	size_t bytes;
	char *title, *about;
};
void drawn_clear(struct drawn *drawn);
/* Draws the charts of a part; gives how many there are to show. What fails is told in the document, but for `*status`. */
size_t part_draw(struct sheet *sheet, const struct part *part, int64_t flow, struct drawn drawn[PART_LINES_MAX],
		 enum status *status);
/* Writes what was drawn, and frees it. */
void part_charts(struct sheet *sheet, const struct part *part, struct drawn drawn[PART_LINES_MAX]);

/* plots/report/findings.sql */
enum status findings_write(struct sheet *sheet);

#endif
