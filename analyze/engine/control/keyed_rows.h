/* keyed_rows.h: rows that are found by their first bytes, kept in order of arrival, and no more than so many. */
#ifndef WIRETAPE_KEYED_ROWS_H
#define WIRETAPE_KEYED_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#define NO_ROW UINT32_MAX

struct keyed_rows {
	uint32_t key_bytes, row_bytes, max; /* max: a power of two */
	uint32_t count, capacity;
	uint8_t *rows;
	uint32_t *index; /* of twice as many places as there are rows at the most; 0: empty, else 1 + the row's number */
};

/* Rows begin with their key, which is compared as bytes: it has no padding, or zeroed one. */
#define KEYED_ROWS(row_type, key_type, most) { .key_bytes = sizeof(key_type), .row_bytes = sizeof(row_type), .max = (most) }

/* NULL if there is none. */
void *keyed_rows_find(const struct keyed_rows *rows, const void *key);
/* The row, made and zeroed but for its key if there is none; `added` (NULL is allowed) says which. NULL: there are too
 * many, or memory is out. Adding moves rows: others are to be asked for again. */
void *keyed_rows_have(struct keyed_rows *rows, const void *key, bool *added);
/* By number, from 0 in order of arrival. */
void *keyed_rows_at(const struct keyed_rows *rows, uint32_t number);
uint32_t keyed_rows_number(const struct keyed_rows *rows, const void *row);
uint64_t keyed_rows_bytes(const struct keyed_rows *rows);
void keyed_rows_free(struct keyed_rows *rows);

#endif
