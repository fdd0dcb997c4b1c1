/* screen.h: pictures in a terminal. */
#ifndef WIRETAPE_SCREEN_H
#define WIRETAPE_SCREEN_H

#include "analyze/cmd/picture.h"

#include <stdbool.h>

enum screen_kind {
	SCREEN_FOUND_OUT, /* the best that the terminal is known to understand */
	SCREEN_DUMB,	  /* characters */
	SCREEN_SIXEL,
	SCREEN_KITTY, /* PNG through kitty's graphics protocol: kitty, WezTerm, Ghostty */
};

/* "dumb", "sixel", "kitty"; NULL: to be found out. False after a complaint that names `option` and `text`. */
bool parse_screen(const char *option, const char *text, enum screen_kind *kind);
/* Looks what is at the other end of standard output: its kind if that is to be found out (a question to the terminal, which it has half a
 * second to answer), and `picture`'s terminal, colours, and, where they are 0, width and height. What is no terminal gets characters. */
enum screen_kind screen_prepare(enum screen_kind kind, struct picture *picture);
/* Draws to standard output. Statuses and `message` as picture_draw. */
enum status screen_draw(enum screen_kind kind, const struct picture *picture, struct reader *reader, char *message);

#endif
