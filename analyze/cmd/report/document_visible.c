/* Texts from packets and file names, made fit to be seen and escaped for where they go. */
#include "analyze/cmd/report/document_internal.h"

#include "analyze/cmd/wrap.h"
#include "store/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

size_t visible_next(const char *text, char shown[VISIBLE_MAX], bool *literal)
{
	return text[0] ? text_visible(text, strnlen(text, 4), shown, literal) : 0;
}

/* The next character of prose: its lines may end anywhere. */
static size_t next_of(const char *text, bool prose, char shown[VISIBLE_MAX], bool *literal)
{
	const size_t size = visible_next(text, shown, literal);
	if (size && prose && (text[0] == '\n' || text[0] == '\t'))
		memcpy(shown, " ", 2);
	return size;
}

char *visible_text(const char *text, bool prose)
{
	char *made = NULL, shown[VISIBLE_MAX];
	size_t bytes = 0, size;
	bool literal;
	FILE *out = open_memstream(&made, &bytes);
	if (!out)
		return NULL;
	for (; (size = next_of(text, prose, shown, &literal)); text += size)
		fputs(shown, out);
	if (fclose(out) == 0)
		return made;
	free(made);
	return NULL;
}

/* `whole`: a number and its unit are not torn apart at the end of a line. */
static void html_characters(FILE *out, const char *text, bool prose, bool whole)
{
	char shown[VISIBLE_MAX];
	bool literal, digit = false;
	for (size_t size; (size = next_of(text, prose, shown, &literal)); text += size) {
		if (whole && digit && shown[0] == ' ' && is_unit(text + size))
			memcpy(shown, "\xc2\xa0", 3);
		digit = isdigit((unsigned char)shown[0]);
		switch (shown[0]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputs(shown, out);
		}
	}
}

void html_text(FILE *out, const char *text, bool prose)
{
	html_characters(out, text, prose, false);
}

void html_words(FILE *out, const char *text, bool prose)
{
	html_characters(out, text, prose, true);
}

void json_string(FILE *out, const char *text)
{
	char shown[VISIBLE_MAX];
	bool literal;
	putc('"', out);
	for (size_t size; (size = visible_next(text, shown, &literal)); text += size) {
		uint32_t code;
		utf8_decode(text, size, &code);
		if (literal && (text[0] == '"' || text[0] == '\\'))
			putc('\\', out);
		if (literal || strchr("\n\t\r", text[0]))
			fputs(shown, out);
		else if (code == UINT32_MAX)
			fprintf(out, "\\%s", shown);
		else if (code > 0xffff)
			fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)), (unsigned)(0xdc00 + (code & 0x3ff)));
		else
			fprintf(out, "\\u%04x", (unsigned)code);
	}
	putc('"', out);
}

bool link_is_safe(const char *link)
{
	return link && link[0] && !(link[0] == '/' && link[1] == '/');
}

void link_text(FILE *out, const char *link)
{
	const bool anchor = link[0] == '#';
	if (anchor)
		putc(*link++, out);
	for (; *link; link++) {
		const unsigned char c = (unsigned char)*link;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c))
			putc(c, out);
		else
			fprintf(out, "%%%02X", c);
	}
}

void html_link(FILE *out, const char *link)
{
	fputs("<a href=\"", out);
	link_text(out, link);
	fputs("\">", out);
}
