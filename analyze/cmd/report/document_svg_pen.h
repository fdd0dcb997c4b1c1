/* document_svg_pen.h: lines of an SVG path in few bytes: relative, in tenths of a unit, without points on the way. */
#ifndef WIRETAPE_DOCUMENT_SVG_PEN_H
#define WIRETAPE_DOCUMENT_SVG_PEN_H

#include "analyze/cmd/report/document_svg_token.h"

#include <stdio.h>

/* Zero is a pen that has not drawn yet, but for `out`. Numbers are tenths. */
struct svg_pen {
	FILE *out;
	long x, y;		/* where it is, once `step` is written */
	long start_x, start_y;	/* where its line began */
	long step_x, step_y;	/* along an axis, not written yet: more in the same direction may come */
	char command;		/* 0: nothing is written */
};

/* To an absolute point; close: back to where the line began. */
void svg_pen_move(struct svg_pen *pen, long x, long y);
void svg_pen_line(struct svg_pen *pen, long x, long y);
void svg_pen_close(struct svg_pen *pen);
/* Writes what is left. */
void svg_pen_end(struct svg_pen *pen);

/* Takes "x,y" and the blanks around it off `rest`. */
bool svg_take_point(struct svg_slice *rest, long *x, long *y);
/* True: a path of nothing but absolute moves and lines, with numbers that a picture may have. */
bool svg_pen_follows(struct svg_slice d);
/* Draws such a one. */
void svg_pen_path(struct svg_pen *pen, struct svg_slice d);

#endif
