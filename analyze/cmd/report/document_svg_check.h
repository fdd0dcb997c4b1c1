/* document_svg_check.h: is an SVG nothing but a drawing, and which of its definitions does it use? */
#ifndef WIRETAPE_DOCUMENT_SVG_CHECK_H
#define WIRETAPE_DOCUMENT_SVG_CHECK_H

#include "analyze/cmd/report/document_svg_token.h"

#define SVG_IDS_MAX 256
#define SVG_DEPTH_MAX 64

/* The ids that something refers to. */
struct svg_ids {
	struct svg_slice names[SVG_IDS_MAX];
	size_t count;
};

/* True: balanced elements of a drawing in one <svg>, without anything that runs or is fetched; what we don't know is refused. `ids` are
 * those in use. */
bool svg_check(struct svg_slice svg, struct svg_ids *ids);
bool svg_ids_have(const struct svg_ids *ids, struct svg_slice name);
/* Its number; `count` if it is not there. */
size_t svg_ids_find(const struct svg_ids *ids, struct svg_slice name);
/* The id that "#id" or "url(#id)" refers to; a zero slice: it refers to none. */
struct svg_slice svg_reference(struct svg_slice key, struct svg_slice value);
/* Attributes that make the drawing; others are left out. */
bool svg_keeps(struct svg_slice key);

#endif
