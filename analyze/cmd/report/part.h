/* part.h: what a report may say, one file each: plots/report/NAME.sql, whose header is described in plots/report/README.md. */
#ifndef WIRETAPE_REPORT_PART_H
#define WIRETAPE_REPORT_PART_H

#include "analyze/cmd/report/value.h"

#include <stdbool.h>
#include <stddef.h>

#define PART_COLUMNS_MAX 24
#define PART_LINES_MAX 8 /* of `about` and `chart` each */

enum part_shape {
	PART_TABLE,
	PART_FACTS,    /* one row, whose columns are shown one per line */
	PART_WARNINGS, /* rows of key and text, without a section of their own */
};

struct part_column {
	char *key, *heading;
	enum value_kind kind;
	bool for_people, for_scripts; /* a key with a '-' before it; the heading '-' */
	bool in_text;		      /* false: only where there is room; a heading with a '+' before it */
};

struct part {
	const char *file; /* its name below plots/report, without .sql: `file_length` bytes */
	int file_length;
	char *key, *title, *empty, *noun;
	long order;
	char *about[PART_LINES_MAX], *charts[PART_LINES_MAX];
	size_t about_count, chart_count;
	struct part_column columns[PART_COLUMNS_MAX];
	size_t column_count;
	enum part_shape shape;
	bool in_batch, charts_in_batch, in_text, folded;
	unsigned most; /* rows; in a report on many captures half of it */
	char *statement; /* NULL: it has nothing but charts */
};

struct parts;

/* Those of a place ("capture", "flow", "ring"), in their order. NULL when out of memory. */
struct parts *parts_new(const char *place);
/* NULL is allowed. */
void parts_free(struct parts *parts);
size_t parts_count(const struct parts *parts);
const struct part *parts_at(const struct parts *parts, size_t index);

/* Does a format show the column, where its rows have anything in it? */
bool part_column_is_shown(const struct part_column *column, enum document_format format);

/* The text of plots/report/NAME.sql, of files that are no part; never NULL for one that is there. */
const char *part_text(const char *name);

#endif
