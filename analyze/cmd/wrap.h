/* wrap.h: texts for people, in lines of 80 columns. They come from packets and other people's files: of what steers a terminal
 * something harmless is printed (text_visible). */
#ifndef WIRETAPE_WRAP_H
#define WIRETAPE_WRAP_H

#include <stddef.h>
#include <stdio.h>

#define WRAP_WIDTH 80

/* In one line. */
void put_text(FILE *out, const char *text);
/* The words of `text`, and the end of the last line. `column` is where the first line is now, `indent` where others begin. */
void put_wrapped(FILE *out, const char *text, size_t column, size_t indent);

#endif
