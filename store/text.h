/* text.h: texts of unknown contents, made fit for a terminal, for CSV, for JSON. */
#ifndef WIRETAPE_TEXT_H
#define WIRETAPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Decodes one character of UTF-8 at `bytes` (`length` > 0 of them), returns how many bytes it has. What is no UTF-8 is one
 * byte long, and its code is UINT32_MAX. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code);
/* How many columns of a terminal `text` takes, one for each character. */
size_t text_columns(const char *text);
/* One character of a text (`length` > 0 bytes of it are left), made fit to be seen: what is no UTF-8, steers a terminal,
 * draws nothing or reorders a line comes as \n, \x1b, \u202e. `shown` has VISIBLE_MAX bytes; returns how many bytes it
 * stands for. `literal`: it came as it is. */
#define VISIBLE_MAX 16
size_t text_visible(const char *bytes, size_t length, char shown[VISIBLE_MAX], bool *literal);
/* A copy of all of them; free it. NULL when out of memory. */
char *text_escape(const char *bytes, size_t length);

/* These write to `out`; errors stay in ferror(out). */

/* What text_visible makes of it. Returns the columns that it takes. `out` may be NULL: nothing is written. */
size_t write_visible(FILE *out, const char *bytes, size_t length);
void write_csv(FILE *out, const char *bytes, size_t length);
void write_json_string(FILE *out, const char *bytes, size_t length);

#endif
