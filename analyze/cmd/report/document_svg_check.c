#include "analyze/cmd/report/document_svg_check.h"

#include <string.h>
#include <strings.h>

static const char *const elements[] = {
	"svg", "g", "defs", "use", "path", "polygon", "polyline", "line", "rect", "circle", "ellipse", "text", "tspan", "title", "desc",
	"image", "clipPath", "pattern", "linearGradient", "radialGradient", "stop", "filter", "feFlood", "feComposite",
};

static const char *const attributes[] = {
	"viewBox", "preserveAspectRatio", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry",
	"d", "points", "transform", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
	"stroke-linejoin", "stroke-dasharray", "opacity", "color", "font-size", "font-weight", "font-style", "text-anchor",
	"dominant-baseline", "baseline-shift", "xml:space", "id", "style", "clip-path", "clipPathUnits", "filter", "filterUnits", "in",
	"in2", "operator", "result", "flood-color", "flood-opacity", "patternUnits", "patternTransform", "patternContentUnits",
	"gradientUnits", "gradientTransform", "offset", "stop-color", "stop-opacity", "shape-rendering", "image-rendering", "xlink:href",
	"href",
};

static bool in_list(struct svg_slice slice, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (svg_is(slice, list[i]))
			return true;
	return false;
}

bool svg_keeps(struct svg_slice key)
{
	return in_list(key, attributes, sizeof attributes / sizeof attributes[0]);
}

static bool is_link(struct svg_slice key)
{
	return svg_is(key, "href") || svg_is(key, "xlink:href");
}

static bool is_id(struct svg_slice name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", name.at[i]) || !name.at[i])
			return false;
	return name.length > 0;
}

struct svg_slice svg_reference(struct svg_slice key, struct svg_slice value)
{
	struct svg_slice name = {0};
	if (is_link(key) && value.length > 1 && value.at[0] == '#')
		name = (struct svg_slice){value.at + 1, value.length - 1};
	else if (value.length > 6 && !memcmp(value.at, "url(#", 5) && value.at[value.length - 1] == ')')
		name = (struct svg_slice){value.at + 5, value.length - 6};
	return is_id(name) ? name : (struct svg_slice){0};
}

/* data:image/png;base64,... and nothing else. */
static bool is_picture(struct svg_slice value)
{
	static const char start[] = "data:image/png;base64,";
	if (value.length < sizeof start || memcmp(value.at, start, sizeof start - 1))
		return false;
	for (size_t i = sizeof start - 1; i < value.length; i++) {
		const char c = value.at[i];
		const bool digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!digit && c != '+' && c != '/' && c != '=' && c != '\n' && c != '\r' && c != ' ')
			return false;
	}
	return true;
}

static bool contains(struct svg_slice value, const char *text)
{
	const size_t length = strlen(text);
	for (size_t i = 0; i + length <= value.length; i++)
		if (!strncasecmp(value.at + i, text, length))
			return true;
	return false;
}

static bool attribute_is_harmless(const struct svg_token *token, size_t i)
{
	const struct svg_slice key = token->keys[i], value = token->values[i];
	if (key.length > 2 && !strncasecmp(key.at, "on", 2))
		return false;
	if (is_link(key))
		return svg_reference(key, value).length > 0 || (svg_is(token->name, "image") && is_picture(value));
	if (contains(value, "javascript:"))
		return false;
	if (!svg_keeps(key))
		return true;
	/* What is said with character references or CSS escapes can't be judged here, and gnuplot has no need of them. */
	if (memchr(value.at, '&', value.length) || memchr(value.at, '\\', value.length))
		return false;
	if (svg_is(key, "style"))
		return !contains(value, "url") && !contains(value, "import") && !contains(value, "/*") && !contains(value, "position");
	return !contains(value, "url") || svg_reference(key, value).length > 0;
}

static bool tag_is_harmless(const struct svg_token *token)
{
	if (!in_list(token->name, elements, sizeof elements / sizeof elements[0]))
		return false;
	for (size_t i = 0; i < token->count; i++)
		if (!attribute_is_harmless(token, i))
			return false;
	return true;
}

/* Well-formed and harmless throughout. */
static bool is_drawing(struct svg_slice rest)
{
	struct svg_slice open[SVG_DEPTH_MAX];
	struct svg_token token;
	size_t depth = 0, roots = 0;
	for (svg_next(&rest, &token); token.kind != SVG_END; svg_next(&rest, &token)) {
		if (token.kind == SVG_BAD)
			return false;
		if (token.kind == SVG_TEXT)
			continue;
		if (token.kind == SVG_CLOSE) {
			if (depth == 0 || !svg_same(open[--depth], token.name))
				return false;
			continue;
		}
		const bool root = depth == 0;
		roots += root;
		if (!tag_is_harmless(&token) || root != svg_is(token.name, "svg") || roots > 1 || (root && token.kind != SVG_OPEN))
			return false;
		if (token.kind == SVG_OPEN && depth == SVG_DEPTH_MAX)
			return false;
		if (token.kind == SVG_OPEN)
			open[depth++] = token.name;
	}
	return depth == 0 && roots == 1;
}

size_t svg_ids_find(const struct svg_ids *ids, struct svg_slice name)
{
	size_t i = 0;
	while (i < ids->count && !svg_same(ids->names[i], name))
		i++;
	return i;
}

bool svg_ids_have(const struct svg_ids *ids, struct svg_slice name)
{
	return svg_ids_find(ids, name) < ids->count;
}

static bool add_references(const struct svg_token *token, struct svg_ids *ids)
{
	for (size_t i = 0; i < token->count; i++) {
		const struct svg_slice name = svg_reference(token->keys[i], token->values[i]);
		if (!name.length || svg_ids_have(ids, name))
			continue;
		if (ids->count == SVG_IDS_MAX)
			return false;
		ids->names[ids->count++] = name;
	}
	return true;
}

/* Takes the references of what is drawn, and of definitions that are in use by now. False: too many. */
static bool collect(struct svg_slice rest, struct svg_ids *ids)
{
	struct svg_token token;
	size_t depth = 0, defs = 0; /* the depth within <defs>, 0 outside */
	bool used = true;
	for (svg_next(&rest, &token); token.kind != SVG_END; svg_next(&rest, &token)) {
		const bool tag = token.kind == SVG_OPEN || token.kind == SVG_SELF;
		if (tag && defs && depth == defs)
			used = svg_ids_have(ids, svg_value(&token, "id"));
		if (tag && (!defs || used) && !add_references(&token, ids))
			return false;
		if (token.kind == SVG_OPEN) {
			depth++;
			if (!defs && svg_is(token.name, "defs"))
				defs = depth;
		} else if (token.kind == SVG_CLOSE) {
			if (defs == depth)
				defs = 0;
			depth--;
		}
	}
	return true;
}

bool svg_check(struct svg_slice svg, struct svg_ids *ids)
{
	ids->count = 0;
	if (!is_drawing(svg))
		return false;
	for (size_t before = SVG_IDS_MAX + 1; before != ids->count;) {
		before = ids->count;
		if (!collect(svg, ids))
			return false;
	}
	return true;
}
