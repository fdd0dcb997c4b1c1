/* Texts from packets and file names, made fit to be seen and escaped for where they go. */
#include "analyze/cmd/report/document_internal.h"

#include "store/text.h"

#include <stdlib.h>
#include <string.h>

/* Draws nothing, or changes the order of what is beside it (Unicode 15: Default_Ignorable_Code_Point, Bidi_Control). */
static bool is_invisible(uint32_t code)
{
	static const uint32_t ranges[][2] = {
		{0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
		{0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

size_t visible_next(const char *text, char shown[VISIBLE_MAX], bool *literal)
{
	uint32_t code;
	if (!text[0])
		return 0;
	const size_t size = utf8_decode(text, strnlen(text, 4), &code);
	*literal = false;
	if (code == UINT32_MAX || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
		const char *short_form = code == '\n' ? "\\n" : code == '\t' ? "\\t" : code == '\r' ? "\\r" : NULL;
		if (short_form)
			snprintf(shown, VISIBLE_MAX, "%s", short_form);
		else
			snprintf(shown, VISIBLE_MAX, "\\x%02x", code == UINT32_MAX ? (unsigned char)text[0] : (unsigned)code);
	} else if (is_invisible(code)) {
		snprintf(shown, VISIBLE_MAX, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
	} else {
		memcpy(shown, text, size);
		shown[size] = 0;
		*literal = true;
	}
	return size;
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

void html_text(FILE *out, const char *text, bool prose)
{
	char shown[VISIBLE_MAX];
	bool literal;
	for (size_t size; (size = next_of(text, prose, shown, &literal)); text += size)
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
