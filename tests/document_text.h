/* document_text.h: what a document wrote, and looks at it. */
#ifndef WIRETAPE_TESTS_DOCUMENT_TEXT_H
#define WIRETAPE_TESTS_DOCUMENT_TEXT_H

#include "analyze/cmd/report/document.h"

#include <stddef.h>

/* What `write` makes of a document, as text; free it. */
char *written(enum document_format format, void (*write)(struct document *, const char *, size_t), const char *svg, size_t bytes);
size_t count_of(const char *text, const char *part);
void assert_has(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);
/* No byte that steers a terminal, no character that reorders a line. */
void assert_visible(const char *text);
/* Tags of HTML that are opened are closed, in order. */
void assert_balanced(const char *html);

#endif
