#include "tests/document_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char *written(enum document_format format, void (*write)(struct document *, const char *, size_t), const char *svg, size_t bytes)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct document *document = document_new(format, out);
	assert_non_null(document);
	assert_int_equal(document_format(document), format);
	write(document, svg, bytes);
	assert_int_equal(document_end(document), STATUS_OK);
	document_free(document);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

size_t count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		count++;
	return count;
}

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is missing in:\n%s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

/* No byte that steers a terminal, no character that reorders a line. */
void assert_visible(const char *text)
{
	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
	assert_lacks(text, "\x7f");
	assert_lacks(text, "\xe2\x80\xae");
	assert_lacks(text, "\xe2\x80\x8b");
	assert_lacks(text, "\xff");
}

/* Tags of HTML that are opened are closed, in order; elements without an end are known (WHATWG HTML, 13.1.2). */
void assert_balanced(const char *html)
{
	char open[64][16];
	size_t depth = 0;
	for (const char *at = html; (at = strchr(at, '<')) != NULL;) {
		const char *end = at + strcspn(at, ">");
		const bool close = at[1] == '/';
		char name[16] = "";
		sscanf(at + 1 + close, "%15[A-Za-z0-9!]", name);
		assert_int_equal(*end, '>');
		if (close) {
			assert_true(depth > 0);
			assert_string_equal(open[--depth], name);
		} else if (name[0] != '!' && strcmp(name, "meta") != 0 && end[-1] != '/') {
			assert_true(depth < 64);
			memcpy(open[depth++], name, sizeof name);
		}
		at = end;
	}
	assert_int_equal(depth, 0);
}
