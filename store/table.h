/* table.h: rows of text for people, CSV and JSON. */
#ifndef WIRETAPE_TABLE_H
#define WIRETAPE_TABLE_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum table_format {
	TABLE_TEXT, /* aligned columns, numbers to the right */
	TABLE_CSV,  /* RFC 4180 with a header line, but lines end in LF; NULL is empty */
	TABLE_JSON, /* an array of objects; RFC 8259; blobs are hex strings */
};

struct table_options {
	enum table_format format;
	unsigned width; /* TABLE_TEXT: longest line in columns, wide texts are cut to fit; 0: nothing is cut */
	bool terminal;	/* control characters are shown as \x1b, and wide texts end in an ellipsis */
};

/* Options for `out`: if it is a terminal, its width and escaping; otherwise neither. */
struct table_options table_options_for(enum table_format format, FILE *out);

enum cell_kind { CELL_NULL, CELL_INTEGER, CELL_REAL, CELL_TEXT, CELL_BLOB };

struct cell {
	enum cell_kind kind;
	int64_t integer;
	double real;
	const char *bytes; /* text in UTF-8, or a blob; borrowed for the call */
	size_t length;
};

struct table;

/* Borrows `out` until table_free. NULL when out of memory. */
struct table *table_new(const struct table_options *options, FILE *out);
/* The columns' names; copied. Before the first row. STATUS_NO_MEMORY. */
enum status table_header(struct table *table, const char *const *names, size_t count);
/* One row of as many cells as the header has. CSV and JSON are written at once, text at table_end. STATUS_NO_MEMORY,
 * STATUS_IO. */
enum status table_row(struct table *table, const struct cell *cells);
/* Writes what is left. STATUS_IO: the stream took not everything. */
enum status table_end(struct table *table);
/* NULL is allowed. */
void table_free(struct table *table);

#endif
