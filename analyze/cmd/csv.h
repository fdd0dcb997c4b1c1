/* csv.h: reads back the CSV that the store's tables write (RFC 4180). */
#ifndef WIRETAPE_CSV_H
#define WIRETAPE_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct csv {
	char *at; /* the text that is left; fields are unquoted in place */
	bool row_ended;
};

/* Reads `text`, which it changes. */
struct csv csv_start(char *text);
/* Moves to the next row; false: there is none. */
bool csv_next_row(struct csv *csv);
/* The next field of the row, valid as long as the text; NULL: the row has no more. */
char *csv_next_field(struct csv *csv);

#endif
