/* wrap.h: texts for people, in lines of 80 columns. They come from packets and other people's files: of what steers a terminal
 * something harmless is printed (text_visible). */
#ifndef WIRETAPE_WRAP_H
#define WIRETAPE_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define WRAP_WIDTH 80

/* True if `text`, which follows a number and a space, begins with %, ms or another unit: no line ends between them. */
bool is_unit(const char *text);
/* In one line. */
void put_text(FILE *out, const char *text);
/* The words of `text`, and the end of the last line. What stands between two backquotes is not divided if a line has room for it. `column` is where the first line is now, `indent` where others begin. */
void put_wrapped(FILE *out, const char *text, size_t column, size_t indent);

#endif
