#include "analyze/cmd/report/document_svg_token.h"

#include <string.h>

static void skip(struct svg_slice *rest, size_t bytes)
{
	rest->at += bytes;
	rest->length -= bytes;
}

static bool starts(const struct svg_slice *rest, const char *text)
{
	const size_t length = strlen(text);
	return rest->length >= length && !memcmp(rest->at, text, length);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':' || c == '.';
}

static void skip_blanks(struct svg_slice *rest)
{
	while (rest->length && is_blank(rest->at[0]))
		skip(rest, 1);
}

static struct svg_slice take_name(struct svg_slice *rest)
{
	struct svg_slice name = {rest->at, 0};
	while (name.length < rest->length && is_name(rest->at[name.length]))
		name.length++;
	skip(rest, name.length);
	return name;
}

/* Skips up to and with `end`. */
static bool skip_past(struct svg_slice *rest, const char *end)
{
	const char *found = memmem(rest->at, rest->length, end, strlen(end));
	if (!found)
		return false;
	skip(rest, (size_t)(found - rest->at) + strlen(end));
	return true;
}

static bool take_attribute(struct svg_slice *rest, struct svg_token *token)
{
	if (token->count == SVG_ATTRIBUTES_MAX)
		return false;
	const struct svg_slice key = take_name(rest);
	skip_blanks(rest);
	if (!key.length || !rest->length || rest->at[0] != '=')
		return false;
	skip(rest, 1);
	skip_blanks(rest);
	if (!rest->length || (rest->at[0] != '"' && rest->at[0] != '\''))
		return false;
	const char quote = rest->at[0];
	skip(rest, 1);
	const char *end = memchr(rest->at, quote, rest->length);
	if (!end)
		return false;
	const struct svg_slice value = {rest->at, (size_t)(end - rest->at)};
	skip(rest, value.length + 1);
	token->keys[token->count] = key;
	token->values[token->count++] = value;
	return !memchr(value.at, '<', value.length);
}

static enum svg_kind take_tag(struct svg_slice *rest, struct svg_token *token)
{
	skip(rest, 1);
	const bool close = rest->length && rest->at[0] == '/';
	if (close)
		skip(rest, 1);
	token->name = take_name(rest);
	if (!token->name.length)
		return SVG_BAD;
	for (;;) {
		skip_blanks(rest);
		if (starts(rest, ">")) {
			skip(rest, 1);
			return close ? SVG_CLOSE : SVG_OPEN;
		}
		if (starts(rest, "/>") && !close) {
			skip(rest, 2);
			return SVG_SELF;
		}
		if (close || !take_attribute(rest, token))
			return SVG_BAD;
	}
}

void svg_next(struct svg_slice *rest, struct svg_token *token)
{
	token->count = 0;
	token->name = (struct svg_slice){rest->at, 0};
	while (starts(rest, "<!--") || starts(rest, "<?"))
		if (!skip_past(rest, starts(rest, "<?") ? "?>" : "-->")) {
			token->kind = SVG_BAD;
			return;
		}
	if (!rest->length) {
		token->kind = SVG_END;
	} else if (rest->at[0] == '<') {
		token->kind = take_tag(rest, token);
	} else {
		const char *end = memchr(rest->at, '<', rest->length);
		token->kind = SVG_TEXT;
		token->name = (struct svg_slice){rest->at, end ? (size_t)(end - rest->at) : rest->length};
		skip(rest, token->name.length);
	}
}

bool svg_is(struct svg_slice slice, const char *text)
{
	return slice.length == strlen(text) && !memcmp(slice.at, text, slice.length);
}

bool svg_same(struct svg_slice a, struct svg_slice b)
{
	return a.length == b.length && !memcmp(a.at, b.at, a.length);
}

struct svg_slice svg_value(const struct svg_token *token, const char *key)
{
	for (size_t i = 0; i < token->count; i++)
		if (svg_is(token->keys[i], key))
			return token->values[i];
	return (struct svg_slice){0};
}
