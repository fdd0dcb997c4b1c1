#include "analyze/cmd/report/document_svg_pen.h"

#include <stdlib.h>

#define DIGITS_MAX 6 /* before the point */

/* A sign separates too. */
static void put_number(struct svg_pen *pen, long tenths, bool separate)
{
	const unsigned long size = (unsigned long)labs(tenths);
	if (tenths < 0)
		putc('-', pen->out);
	else if (separate)
		putc(' ', pen->out);
	if (size >= 10 || size == 0)
		fprintf(pen->out, "%lu", size / 10);
	if (size % 10)
		fprintf(pen->out, ".%lu", size % 10);
}

/* A letter need not be repeated; lines that follow a relative move need none. */
static void put_command(struct svg_pen *pen, char command, long first)
{
	const bool again = pen->command == command || (pen->command == 'm' && command == 'l');
	if (!again || command == 'm')
		putc(command, pen->out);
	put_number(pen, first, again && command != 'm');
	pen->command = command;
}

static void put_step(struct svg_pen *pen)
{
	if (pen->step_x)
		put_command(pen, 'h', pen->step_x);
	else if (pen->step_y)
		put_command(pen, 'v', pen->step_y);
	pen->step_x = pen->step_y = 0;
}

void svg_pen_move(struct svg_pen *pen, long x, long y)
{
	put_step(pen);
	if (!pen->command) {
		putc('M', pen->out);
		put_number(pen, x, false);
		put_number(pen, y, true);
		pen->command = 'M'; /* lines that follow it would be absolute */
	} else {
		put_command(pen, 'm', x - pen->x);
		put_number(pen, y - pen->y, true);
	}
	pen->x = pen->start_x = x;
	pen->y = pen->start_y = y;
}

static bool same_sign(long a, long b)
{
	return (a > 0 && b > 0) || (a < 0 && b < 0);
}

void svg_pen_line(struct svg_pen *pen, long x, long y)
{
	const long along = x - pen->x, down = y - pen->y;
	pen->x = x;
	pen->y = y;
	if (along && down) {
		put_step(pen);
		put_command(pen, 'l', along);
		put_number(pen, down, true);
	} else if ((along && same_sign(along, pen->step_x)) || (down && same_sign(down, pen->step_y))) {
		pen->step_x += along;
		pen->step_y += down;
	} else if (along || down) {
		put_step(pen);
		pen->step_x = along;
		pen->step_y = down;
	} else if (x == pen->start_x && y == pen->start_y && (pen->command == 'm' || pen->command == 'M') && !pen->step_x && !pen->step_y) {
		put_command(pen, 'h', 0); /* a dot */
	}
}

void svg_pen_close(struct svg_pen *pen)
{
	put_step(pen);
	putc('z', pen->out);
	pen->command = 'z';
	pen->x = pen->start_x;
	pen->y = pen->start_y;
}

void svg_pen_end(struct svg_pen *pen)
{
	put_step(pen);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_blanks(struct svg_slice *rest)
{
	while (rest->length && is_blank(rest->at[0])) {
		rest->at++;
		rest->length--;
	}
}

static bool take_character(struct svg_slice *rest, char c)
{
	if (!rest->length || rest->at[0] != c)
		return false;
	rest->at++;
	rest->length--;
	return true;
}

static bool is_digit(const struct svg_slice *rest)
{
	return rest->length && rest->at[0] >= '0' && rest->at[0] <= '9';
}

/* "-12.34" is -123: more than tenths is not seen. */
static bool take_number(struct svg_slice *rest, long *tenths)
{
	const bool negative = take_character(rest, '-');
	size_t digits = 0;
	*tenths = 0;
	for (; is_digit(rest) && digits <= DIGITS_MAX; digits++) {
		*tenths = *tenths * 10 + (rest->at[0] - '0');
		take_character(rest, rest->at[0]);
	}
	*tenths *= 10;
	if (digits && take_character(rest, '.') && is_digit(rest)) {
		*tenths += rest->at[0] - '0';
		while (is_digit(rest))
			take_character(rest, rest->at[0]);
	}
	*tenths = negative ? -*tenths : *tenths;
	return digits > 0 && digits <= DIGITS_MAX;
}

bool svg_take_point(struct svg_slice *rest, long *x, long *y)
{
	skip_blanks(rest);
	if (!take_number(rest, x) || !take_character(rest, ',') || !take_number(rest, y))
		return false;
	skip_blanks(rest);
	return true;
}

/* Without a pen it only looks. */
static bool follow(struct svg_pen *pen, struct svg_slice rest)
{
	long x, y;
	skip_blanks(&rest);
	for (bool begun = false, move, closed = false; rest.length; begun = true) {
		move = take_character(&rest, 'M');
		const bool line = !move && take_character(&rest, 'L');
		const bool close = !move && !line && (take_character(&rest, 'Z') || take_character(&rest, 'z'));
		if ((!begun || closed) && !move)
			return false;
		closed = close;
		if (!close && !svg_take_point(&rest, &x, &y))
			return false;
		skip_blanks(&rest);
		if (!pen)
			continue;
		if (close)
			svg_pen_close(pen);
		else if (move)
			svg_pen_move(pen, x, y);
		else
			svg_pen_line(pen, x, y);
	}
	return true;
}

bool svg_pen_follows(struct svg_slice d)
{
	return follow(NULL, d);
}

void svg_pen_path(struct svg_pen *pen, struct svg_slice d)
{
	follow(pen, d);
}
