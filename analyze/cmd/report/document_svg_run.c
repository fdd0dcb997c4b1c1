#include "analyze/cmd/report/document_svg_run.h"

#include <stdlib.h>
#include <string.h>

#define DOT "#gpPt6"	/* gnuplot's filled circle of radius 1, */
#define DOT_WIDTH 2.205 /* around which is a line of 0.205 */

static struct svg_slice slice(const char *text)
{
	return (struct svg_slice){text, strlen(text)};
}

bool svg_run_is_empty(const struct svg_run *run)
{
	return !run->line_pen.out && !run->area_pen.out;
}

static bool open_pen(struct svg_pen *pen, char **text, size_t *bytes)
{
	if (!pen->out)
		*pen = (struct svg_pen){.out = open_memstream(text, bytes)};
	return pen->out != NULL;
}

/* What is the same in both, but for `key`. */
static bool looks_same(const struct svg_token *a, const struct svg_token *b, const char *key)
{
	bool same = a->count == b->count && svg_same(a->name, b->name);
	for (size_t i = 0; same && i < a->count; i++)
		same = svg_same(a->keys[i], b->keys[i]) && (svg_is(a->keys[i], key) || svg_same(a->values[i], b->values[i]));
	return same;
}

static bool add_lines(struct svg_run *run, const struct svg_token *token)
{
	const struct svg_slice d = svg_value(token, "d"), colour = svg_value(token, "stroke");
	const bool same = run->look.count ? looks_same(&run->look, token, "d") : svg_run_is_empty(run) || svg_same(colour, run->colour);
	/* A filled shape may have holes, which a second one could fill. */
	if (!same || svg_value(token, "fill").length || svg_value(token, "id").length || !svg_pen_follows(d) ||
	    !open_pen(&run->line_pen, &run->lines, &run->line_bytes))
		return false;
	svg_pen_path(&run->line_pen, d);
	run->look = *token;
	run->colour = colour;
	return true;
}

struct rectangle {
	long left, top, right, bottom;
};

static long least(long a, long b)
{
	return a < b ? a : b;
}

static long most(long a, long b)
{
	return a > b ? a : b;
}

static bool read_rectangle(struct svg_slice points, struct rectangle *found)
{
	long x[4], y[4];
	for (size_t i = 0; i < 4; i++)
		if (!svg_take_point(&points, &x[i], &y[i]))
			return false;
	*found = (struct rectangle){least(x[0], x[2]), least(y[0], y[2]), most(x[0], x[2]), most(y[0], y[2])};
	const bool across = y[0] == y[1] && x[1] == x[2] && y[2] == y[3] && x[3] == x[0];
	const bool down = x[0] == x[1] && y[1] == y[2] && x[2] == x[3] && y[3] == y[0];
	return !points.length && (across || down);
}

static void close_area(struct svg_run *run)
{
	if (!run->area_pen.command || run->area_pen.command == 'z')
		return;
	svg_pen_line(&run->area_pen, run->right, run->bottom);
	svg_pen_close(&run->area_pen);
}

/* All go round in the same direction, so that none is a hole of another. What stands side by side on the same ground is one shape. */
static void draw_area(struct svg_run *run, const struct rectangle *area)
{
	struct svg_pen *pen = &run->area_pen;
	if (area->left == area->right || area->top == area->bottom)
		return;
	if (!pen->command || pen->command == 'z' || area->left != run->right || area->bottom != run->bottom) {
		close_area(run);
		svg_pen_move(pen, area->left, area->bottom);
	}
	svg_pen_line(pen, area->left, area->top);
	svg_pen_line(pen, area->right, area->top);
	run->right = area->right;
	run->bottom = area->bottom;
}

static bool add_area(struct svg_run *run, const struct svg_token *token)
{
	const struct svg_slice colour = svg_value(token, "fill");
	struct rectangle area;
	if ((!svg_run_is_empty(run) && !svg_same(colour, run->colour)) || !colour.length || token->count != 2 ||
	    (run->look.count && !svg_is(run->look.name, "path")) || !read_rectangle(svg_value(token, "points"), &area) ||
	    !open_pen(&run->area_pen, &run->areas, &run->area_bytes))
		return false;
	draw_area(run, &area);
	run->colour = colour;
	return true;
}

static bool take_text(struct svg_slice *rest, const char *text)
{
	const size_t length = strlen(text);
	if (rest->length < length || memcmp(rest->at, text, length))
		return false;
	rest->at += length;
	rest->length -= length;
	return true;
}

/* "translate(12.34,56.78) scale(2.44)". */
static bool read_place(struct svg_slice transform, long *x, long *y, double *scale)
{
	char *end;
	if (!take_text(&transform, "translate(") || !svg_take_point(&transform, x, y) || !take_text(&transform, ") scale(") ||
	    !transform.length || transform.at[0] < '0' || transform.at[0] > '9')
		return false;
	*scale = strtod(transform.at, &end);
	return end + 1 == transform.at + transform.length && *end == ')' && *scale > 0 && *scale < 100;
}

static bool add_dot(struct svg_run *run, const struct svg_token *token)
{
	const struct svg_slice colour = svg_value(token, "color");
	long x, y;
	double scale, scale_before;
	if (token->count != 3 || !svg_is(svg_value(token, "xlink:href"), DOT) || !colour.length ||
	    !read_place(svg_value(token, "transform"), &x, &y, &scale))
		return false;
	if (!svg_run_is_empty(run)) {
		long before_x, before_y;
		if (!svg_is(run->look.name, "use") || !svg_same(colour, run->colour) ||
		    !read_place(svg_value(&run->look, "transform"), &before_x, &before_y, &scale_before) || scale < scale_before ||
		    scale > scale_before)
			return false;
	}
	if (!open_pen(&run->line_pen, &run->lines, &run->line_bytes))
		return false;
	svg_pen_move(&run->line_pen, x, y);
	svg_pen_line(&run->line_pen, x, y);
	run->look = *token;
	run->colour = colour;
	return true;
}

bool svg_run_add(struct svg_run *run, const struct svg_token *token)
{
	if (token->kind != SVG_SELF)
		return false;
	if (svg_is(token->name, "path"))
		return add_lines(run, token);
	return svg_is(token->name, "polygon") ? add_area(run, token) : svg_is(token->name, "use") && add_dot(run, token);
}

static void add_attribute(struct svg_token *token, const char *key, struct svg_slice value)
{
	token->keys[token->count] = slice(key);
	token->values[token->count++] = value;
}

static void put_areas(const struct svg_run *run, svg_run_put *put, void *user)
{
	struct svg_token path = {.kind = SVG_SELF, .name = slice("path")};
	add_attribute(&path, "fill", run->colour);
	add_attribute(&path, "stroke", slice("none"));
	add_attribute(&path, "shape-rendering", slice("crispEdges"));
	add_attribute(&path, "d", (struct svg_slice){run->areas, run->area_bytes});
	put(user, &path);
}

static void put_lines(const struct svg_run *run, svg_run_put *put, void *user)
{
	struct svg_token path = run->look;
	const struct svg_slice d = {run->lines, run->line_bytes};
	for (size_t i = 0; i < path.count; i++)
		if (svg_is(path.keys[i], "d"))
			path.values[i] = d;
	put(user, &path);
}

/* A line of no length with round ends is a dot. */
static void put_dots(const struct svg_run *run, svg_run_put *put, void *user)
{
	struct svg_token path = {.kind = SVG_SELF, .name = slice("path")};
	char width[32];
	long x, y;
	double scale = 1;
	read_place(svg_value(&run->look, "transform"), &x, &y, &scale);
	snprintf(width, sizeof width, "%.4g", DOT_WIDTH * scale);
	add_attribute(&path, "stroke", run->colour);
	add_attribute(&path, "stroke-width", slice(width));
	add_attribute(&path, "stroke-linecap", slice("round"));
	add_attribute(&path, "d", (struct svg_slice){run->lines, run->line_bytes});
	put(user, &path);
}

/* False: out of memory. */
static bool end_pen(struct svg_pen *pen)
{
	if (!pen->out)
		return true;
	svg_pen_end(pen);
	return fclose(pen->out) == 0;
}

bool svg_run_end(struct svg_run *run, svg_run_put *put, void *user)
{
	if (run->area_pen.out)
		close_area(run);
	const bool areas = end_pen(&run->area_pen), lines = end_pen(&run->line_pen);
	if (areas && run->area_bytes)
		put_areas(run, put, user);
	if (lines && run->line_bytes && svg_is(run->look.name, "use"))
		put_dots(run, put, user);
	else if (lines && run->line_bytes)
		put_lines(run, put, user);
	free(run->areas);
	free(run->lines);
	*run = (struct svg_run){0};
	return areas && lines;
}
