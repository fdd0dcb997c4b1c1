/* A chart for a page: gnuplot's SVG without what a page doesn't need, in the page's colours. */
#include "analyze/cmd/report/document_internal.h"
#include "analyze/cmd/report/document_svg_check.h"
#include "analyze/cmd/report/document_svg_run.h"

#include "store/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* On a phone letters are LETTERS_LEAST pixels high at least; the chart is as wide as that takes, and scrolls. */
#define LETTERS 13.0 /* as high as gnuplot writes most of them */
#define LETTERS_LEAST 11.0
#define MOST_SCALE 1.15

struct svg_printer {
	FILE *out;
	struct svg_ids ids;
	const char *prefix, *about;
	double width, height, letters;
	bool in_defs; /* those are small, and drawn larger */
	/* The tags of groups as they stand in the input: those that are written, the last `ending` of which have ended without that being
	 * written; then those that are open but not written yet, because nothing is in them so far. gnuplot ends and begins the same group
	 * again and again. */
	struct svg_slice written[SVG_DEPTH_MAX], waiting[SVG_DEPTH_MAX];
	size_t written_count, ending, waiting_count;
	struct svg_run run; /* stands behind all that is written */
	bool failed; /* out of memory */
};

static bool is_colour(struct svg_slice key)
{
	return svg_is(key, "fill") || svg_is(key, "stroke") || svg_is(key, "color") || svg_is(key, "flood-color") ||
	       svg_is(key, "stop-color");
}

static bool put_known_colour(FILE *out, struct svg_slice value)
{
	static const char *const names[][2] = {
		{"black", "#000"}, {"white", "#fff"}, {"gray", "gray"}, {"grey", "gray"}, {"lightgrey", "#d3d3d3"},
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (svg_is(value, names[i][0])) {
			fputs(names[i][1], out);
			return true;
		}
	return false;
}

/* "75.00" is "75"; in a chart of a thousand units a tenth is enough. Returns how many bytes of `at` the fraction takes. */
static size_t put_fraction(FILE *out, const char *at, size_t length, bool tenths)
{
	size_t digits = 1;
	while (digits < length && at[digits] >= '0' && at[digits] <= '9')
		digits++;
	size_t kept = tenths && digits > 2 ? 2 : digits;
	if (digits == length || at[digits] != '.')
		while (kept > 1 && at[kept - 1] == '0')
			kept--;
	if (kept > 1 || digits == 1)
		fwrite(at, 1, kept, out);
	return digits;
}

/* Blanks in a row are one, none at the ends; what says nothing is left out. */
static void put_numbers(FILE *out, struct svg_slice value, bool tenths)
{
	unsigned char command = 0;
	bool blank = false, first = true;
	for (size_t i = 0; i < value.length;) {
		const unsigned char c = (unsigned char)value.at[i];
		if (c <= ' ') {
			blank = true;
			i++;
			continue;
		}
		/* Points that follow M without a letter are ends of lines. */
		if (c == 'L' && (command == 'M' || command == 'L')) {
			blank = true;
			i++;
			continue;
		}
		command = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : command;
		if (blank && !first)
			putc(' ', out);
		blank = first = false;
		if (c == '.' && i > 0 && value.at[i - 1] >= '0' && value.at[i - 1] <= '9') {
			i += put_fraction(out, value.at + i, value.length - i, tenths);
			continue;
		}
		fputs(c == '"' ? "&quot;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : (char[]){(char)c, 0}, out);
		i++;
	}
}

/* Three numbers, "rgb( 96,  96,  96)" or "#606060". False: it is something else. */
static bool read_colour(const char *text, unsigned long part[3])
{
	const bool hex = text[0] == '#';
	char *end = (char *)text + (hex ? 1 : 4);
	if (hex ? strlen(text) != 7 || strspn(end, "0123456789abcdefABCDEF") != 6 : strncmp(text, "rgb(", 4) != 0)
		return false;
	for (int i = 0; i < 3 && hex; i++)
		part[i] = strtoul((char[]){text[1 + 2 * i], text[2 + 2 * i], 0}, NULL, 16);
	for (int i = 0; i < 3 && !hex; i++) {
		part[i] = strtoul(end, &end, 10);
		if (part[i] > 255 || *end++ != (i < 2 ? ',' : ')'))
			return false;
	}
	return hex || !*end;
}

/* The shortest form, as the style of the page knows it. */
static void put_colour(FILE *out, struct svg_slice value)
{
	char text[64];
	unsigned long part[3];
	if (put_known_colour(out, value))
		return;
	snprintf(text, sizeof text, "%.*s", (int)(value.length < sizeof text ? value.length : sizeof text - 1), value.at);
	if (!read_colour(text, part))
		put_numbers(out, value, false);
	else if (part[0] % 17 == 0 && part[1] % 17 == 0 && part[2] % 17 == 0)
		fprintf(out, "#%lx%lx%lx", part[0] / 17, part[1] / 17, part[2] / 17);
	else
		fprintf(out, "#%02lx%02lx%02lx", part[0], part[1], part[2]);
}

static double number_of(struct svg_slice value)
{
	char text[32];
	snprintf(text, sizeof text, "%.*s", (int)(value.length < sizeof text ? value.length : sizeof text - 1), value.length ? value.at : "");
	return strtod(text, NULL);
}

/* Letters of a legend may be small, but are legible. */
static double letter_size(struct svg_slice value)
{
	const double size = number_of(value);
	return size > 0 ? fmax(size, LETTERS_LEAST) : LETTERS;
}

/* The smallest letters that are not LETTERS. */
static double smallest_letters(struct svg_slice rest)
{
	double smallest = LETTERS;
	struct svg_token token;
	for (svg_next(&rest, &token); token.kind != SVG_END; svg_next(&rest, &token)) {
		const struct svg_slice size = svg_value(&token, "font-size");
		if (size.length)
			smallest = fmin(smallest, letter_size(size));
	}
	return smallest;
}

/* What the root says of all; groups stand in none that says something else. */
static bool is_of_root(struct svg_slice key, struct svg_slice value)
{
	return (svg_is(key, "fill") && svg_is(value, "none")) || (svg_is(key, "stroke") && svg_is(value, "currentColor")) ||
	       (svg_is(key, "font-size") && svg_is(value, "13.00"));
}

/* A default, or left to the style of the page. */
static bool is_needless(struct svg_slice key, struct svg_slice value)
{
	return (svg_is(key, "stroke-linecap") && svg_is(value, "butt")) || (svg_is(key, "stroke-linejoin") && svg_is(value, "miter")) ||
	       (svg_is(key, "color") && svg_is(value, "black")) || (svg_is(key, "stroke-width") && svg_is(value, "1.00"));
}

static void put_attribute(const struct svg_printer *printer, bool group, struct svg_slice key, struct svg_slice value)
{
	const struct svg_slice name = svg_reference(key, value);
	const bool id = svg_is(key, "id");
	if (!svg_keeps(key) || is_needless(key, value) || (group && is_of_root(key, value)) || (id && !svg_ids_have(&printer->ids, value)))
		return;
	if (svg_is(key, "xlink:href"))
		key = (struct svg_slice){"href", 4};
	fprintf(printer->out, " %.*s=\"", (int)key.length, key.at);
	if (id)
		fprintf(printer->out, "%s%zu", printer->prefix, svg_ids_find(&printer->ids, value));
	else if (name.length)
		fprintf(printer->out, value.at[0] == '#' ? "#%s%zu" : "url(#%s%zu)", printer->prefix, svg_ids_find(&printer->ids, name));
	else if (svg_is(key, "font-size"))
		fprintf(printer->out, "%.4g", letter_size(value));
	else if (is_colour(key))
		put_colour(printer->out, value);
	else
		put_numbers(printer->out, value, !printer->in_defs && (svg_is(key, "d") || svg_is(key, "points")));
	putc('"', printer->out);
}

static void put_tag(const struct svg_printer *printer, const struct svg_token *token)
{
	fprintf(printer->out, "<%.*s", (int)token->name.length, token->name.at);
	for (size_t i = 0; i < token->count; i++)
		put_attribute(printer, svg_is(token->name, "g"), token->keys[i], token->values[i]);
	fputs(token->kind == SVG_SELF ? "/>" : ">", printer->out);
}

static void put_run_element(void *user, const struct svg_token *token)
{
	put_tag(user, token);
}

static void end_run(struct svg_printer *printer)
{
	if (!svg_run_is_empty(&printer->run) && !svg_run_end(&printer->run, put_run_element, printer))
		printer->failed = true;
}

static void put_end(const struct svg_printer *printer, struct svg_slice name)
{
	fprintf(printer->out, "</%.*s>", (int)name.length, name.at);
}

/* Writes the ends of groups but for `kept`, which go on. */
static void put_endings(struct svg_printer *printer, size_t kept)
{
	if (printer->ending > kept)
		end_run(printer);
	for (; printer->ending > kept; printer->ending--) {
		struct svg_slice tag = printer->written[--printer->written_count];
		struct svg_token token;
		svg_next(&tag, &token);
		put_end(printer, token.name);
	}
	printer->ending = 0;
}

/* Something is drawn: it wants the groups that it is in. */
static void put_waiting(struct svg_printer *printer)
{
	const size_t before = printer->written_count - printer->ending;
	size_t same = 0;
	while (same < printer->ending && same < printer->waiting_count && svg_same(printer->written[before + same], printer->waiting[same]))
		same++;
	put_endings(printer, same);
	if (same < printer->waiting_count)
		end_run(printer);
	for (size_t i = same; i < printer->waiting_count; i++) {
		struct svg_slice tag = printer->waiting[i];
		struct svg_token token;
		svg_next(&tag, &token);
		put_tag(printer, &token);
		printer->written[printer->written_count++] = printer->waiting[i];
	}
	printer->waiting_count = 0;
}

static bool is_entity(const char *text)
{
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (!strncmp(text, entities[i], strlen(entities[i])))
			return true;
	return false;
}

/* Texts are names of hosts and files too. False: out of memory. */
static bool put_letters(FILE *out, struct svg_slice value)
{
	char shown[VISIBLE_MAX];
	bool literal;
	char *copy = strndup(value.at, value.length);
	if (!copy)
		return false;
	for (size_t size, i = 0; (size = visible_next(copy + i, shown, &literal)); i += size)
		fputs(copy[i] == '&' && !is_entity(copy + i) ? "&amp;" : copy[i] == '>' ? "&gt;" : copy[i] == '\n' ? " " : shown, out);
	free(copy);
	return true;
}

static void put_root(struct svg_printer *printer, const struct svg_token *token)
{
	const struct svg_slice box = svg_value(token, "viewBox");
	char text[64], *end;
	snprintf(text, sizeof text, "%.*s", (int)(box.length < sizeof text ? box.length : sizeof text - 1), box.length ? box.at : "");
	strtod(text, &end);
	strtod(end, &end);
	printer->width = strtod(end, &end);
	printer->height = strtod(end, &end);
	/* gnuplot always says it; without a box there is nothing to scale by. */
	if (!(printer->width >= 1 && printer->width <= 10000 && printer->height >= 1 && printer->height <= 100000)) {
		printer->width = 1000;
		printer->height = 600;
	}
	fprintf(printer->out,
		"<svg class=\"chart\" viewBox=\"0 0 %g %g\" role=\"img\" fill=\"none\" stroke=\"currentColor\" font-size=\"%g\" "
		"style=\"min-width:%.0fpx;max-width:%.0fpx\"><title>",
		printer->width, printer->height, LETTERS, printer->width * LETTERS_LEAST / printer->letters, printer->width * MOST_SCALE);
	html_text(printer->out, printer->about ? printer->about : "Chart", true);
	fputs("</title>", printer->out);
}

/* The white sheet behind all, or one without a colour: the page has its own. */
static bool is_background(const struct svg_printer *printer, const struct svg_token *token)
{
	const struct svg_slice fill = svg_value(token, "fill");
	return svg_is(token->name, "rect") && (svg_is(fill, "#ffffff") || svg_is(fill, "#FFFFFF") || svg_is(fill, "white") ||
		 svg_is(fill, "none")) &&
	       number_of(svg_value(token, "width")) >= printer->width && number_of(svg_value(token, "height")) >= printer->height;
}

/* Skips what is in the element that was just opened. */
static void skip_element(struct svg_slice *rest, struct svg_token *token)
{
	for (size_t depth = 1; depth > 0 && token->kind != SVG_END;) {
		svg_next(rest, token);
		depth += token->kind == SVG_OPEN;
		depth -= token->kind == SVG_CLOSE;
	}
}

/* A pen that moves and draws nothing. */
static bool is_empty_path(const struct svg_token *token)
{
	const struct svg_slice d = svg_value(token, "d");
	size_t moves = 0;
	for (size_t i = 0; i < d.length; i++) {
		if (strchr("0123456789.,- \n\t", d.at[i]))
			continue;
		moves += d.at[i] == 'M';
		if (d.at[i] != 'M' || moves > 1)
			return false;
	}
	return svg_is(token->name, "path") && token->kind == SVG_SELF;
}

static bool is_left_out(const struct svg_printer *printer, const struct svg_token *token, bool definition)
{
	return svg_is(token->name, "title") || svg_is(token->name, "desc") || is_background(printer, token) || is_empty_path(token) ||
	       (definition && !svg_ids_have(&printer->ids, svg_value(token, "id")));
}

static bool is_group(const struct svg_token *token)
{
	return svg_is(token->name, "g") || svg_is(token->name, "defs");
}

/* gnuplot puts each filled polygon into a group of its own, which says what the style of the page says of all polygons. */
static bool is_polygon_group(const struct svg_token *token, struct svg_slice rest, struct svg_token *polygon)
{
	struct svg_token next;
	if (token->kind != SVG_OPEN || !svg_is(token->name, "g") || token->count != 2 || !svg_is(svg_value(token, "stroke"), "none") ||
	    !svg_is(svg_value(token, "shape-rendering"), "crispEdges"))
		return false;
	for (svg_next(&rest, polygon); polygon->kind == SVG_TEXT;)
		svg_next(&rest, polygon);
	for (svg_next(&rest, &next); next.kind == SVG_TEXT;)
		svg_next(&rest, &next);
	return polygon->kind == SVG_SELF && svg_is(polygon->name, "polygon") && next.kind == SVG_CLOSE;
}

/* One of many that look alike goes into a run. */
static void put_element(struct svg_printer *printer, const struct svg_token *token)
{
	put_waiting(printer);
	if (!printer->in_defs && svg_run_add(&printer->run, token))
		return;
	end_run(printer);
	if (printer->in_defs || !svg_run_add(&printer->run, token))
		put_tag(printer, token);
}

static bool put_elements(struct svg_printer *printer, struct svg_slice rest)
{
	struct svg_token token, polygon;
	size_t depth = 0, defs = 0, letters = 0;
	for (struct svg_slice before = rest; svg_next(&rest, &token), token.kind != SVG_END; before = rest) {
		if (token.kind == SVG_TEXT) {
			if (letters && !put_letters(printer->out, token.name))
				return false;
		} else if (token.kind == SVG_CLOSE) {
			defs = defs == depth ? 0 : defs;
			letters = letters == depth ? 0 : letters;
			depth--;
			if (printer->waiting_count) {
				printer->waiting_count--;
			} else if (is_group(&token)) {
				printer->ending++;
			} else {
				put_endings(printer, 0);
				end_run(printer);
				put_end(printer, token.name);
			}
		} else if (is_polygon_group(&token, rest, &polygon)) {
			put_element(printer, &polygon);
			skip_element(&rest, &token);
		} else if (depth > 0 && is_left_out(printer, &token, defs && depth == defs)) {
			if (token.kind == SVG_OPEN)
				skip_element(&rest, &token);
		} else {
			depth += token.kind == SVG_OPEN;
			if (token.kind == SVG_OPEN && !defs && svg_is(token.name, "defs"))
				defs = depth;
			printer->in_defs = defs > 0;
			if (token.kind == SVG_OPEN && !letters && svg_is(token.name, "text"))
				letters = depth;
			if (depth == 1 && token.kind == SVG_OPEN) {
				put_root(printer, &token);
			} else if (token.kind == SVG_OPEN && is_group(&token)) {
				printer->waiting[printer->waiting_count++] = (struct svg_slice){before.at, (size_t)(rest.at - before.at)};
			} else {
				put_element(printer, &token);
			}
		}
	}
	putc('\n', printer->out);
	return true;
}

bool svg_write(FILE *out, const char *svg, size_t bytes, const char *about, const char *prefix, bool *failed)
{
	const struct svg_slice whole = {svg, bytes};
	struct svg_printer *printer = calloc(1, sizeof *printer);
	bool harmless = true;
	if (!printer) {
		*failed = true;
		return true;
	}
	printer->out = out;
	printer->about = about;
	printer->prefix = prefix;
	harmless = svg && svg_check(whole, &printer->ids);
	printer->letters = harmless ? smallest_letters(whole) : LETTERS;
	if (harmless && (!put_elements(printer, whole) || printer->failed))
		*failed = true;
	end_run(printer);
	free(printer);
	return harmless;
}
