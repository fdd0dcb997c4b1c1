/* text.h: texts of unknown contents, made fit for a terminal, for CSV, for JSON. */
#ifndef WIRETAPE_TEXT_H
#define WIRETAPE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Decodes one character of UTF-8 at `bytes` (`length` > 0 of them), returns how many bytes it has. What is no UTF-8 is one
 * byte long, and its code is UINT32_MAX. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code);
/* How many columns of a terminal `text` takes, one for each character. */
size_t text_columns(const char *text);
/* A copy with control characters and broken UTF-8 as \n, \x1b, ...; free it. NULL when out of memory. */
char *text_escape(const char *bytes, size_t length);

/* Write to `out`; errors stay in ferror(out). */
void write_csv(FILE *out, const char *bytes, size_t length);
void write_json_string(FILE *out, const char *bytes, size_t length);

#endif
