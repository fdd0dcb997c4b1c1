/* document_svg_token.h: SVG cut into tags and texts, as much XML as gnuplot writes. Slices point into the input. */
#ifndef WIRETAPE_DOCUMENT_SVG_TOKEN_H
#define WIRETAPE_DOCUMENT_SVG_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define SVG_ATTRIBUTES_MAX 32

struct svg_slice {
	const char *at;
	size_t length;
};

enum svg_kind { SVG_END, SVG_BAD, SVG_TEXT, SVG_OPEN, SVG_SELF, SVG_CLOSE };

struct svg_token {
	enum svg_kind kind;
	struct svg_slice name; /* of the tag; the text itself */
	struct svg_slice keys[SVG_ATTRIBUTES_MAX], values[SVG_ATTRIBUTES_MAX];
	size_t count;
};

/* Takes the next token off `rest`; comments and processing instructions are left out. SVG_BAD: that is no such XML. */
void svg_next(struct svg_slice *rest, struct svg_token *token);
bool svg_is(struct svg_slice slice, const char *text);
bool svg_same(struct svg_slice a, struct svg_slice b);
/* A zero slice if there is no such attribute. */
struct svg_slice svg_value(const struct svg_token *token, const char *key);

#endif
