/* document_svg_run.h: things of a drawing that follow each other and look alike become one element. gnuplot writes an element for each
 * bar, each step of an area and each dot; with one for all of them a page takes half the room. */
#ifndef WIRETAPE_DOCUMENT_SVG_RUN_H
#define WIRETAPE_DOCUMENT_SVG_RUN_H

#include "analyze/cmd/report/document_svg_pen.h"

struct svg_run {
	struct svg_slice colour; /* of all that is in it */
	struct svg_token look;	 /* of its lines or dots: a path, a use; no name: there are none */
	char *lines, *areas;	 /* paths so far */
	size_t line_bytes, area_bytes;
	struct svg_pen line_pen, area_pen; /* their `out` write these */
	long right, bottom;	 /* where the last area ended */
};

/* Zero is an empty one. False: the element is not added; it may be the first of another run. */
bool svg_run_add(struct svg_run *run, const struct svg_token *token);
bool svg_run_is_empty(const struct svg_run *run);
/* Hands what is in it to `put`, an element or two, and makes it an empty one. False: out of memory. */
typedef void svg_run_put(void *user, const struct svg_token *token);
bool svg_run_end(struct svg_run *run, svg_run_put *put, void *user);

#endif
