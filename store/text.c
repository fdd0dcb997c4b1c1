#include "store/text.h"

#include <stdlib.h>
#include <string.h>

#define NO_CHARACTER UINT32_MAX

/* Unicode 15 table 3-7: the range of the second byte depends on the first. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
	*code = NO_CHARACTER;
	if (!size || size > length)
		return 1;
	uint32_t value = size == 1 ? at[0] : at[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (at[i] & 0x3f);
	}
	if ((size == 3 && value < 0x800) || (size == 4 && (value < 0x10000 || value > 0x10ffff)) ||
	    (value >= 0xd800 && value < 0xe000))
		return 1;
	*code = value;
	return size;
}

size_t text_columns(const char *text)
{
	size_t columns = 0;
	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* C0, DEL and C1. */
static int is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Draws nothing, or changes the order of what is beside it (Unicode 15: Default_Ignorable_Code_Point, Bidi_Control). */
static bool is_invisible(uint32_t code)
{
	static const uint32_t ranges[][2] = {
		{0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
		{0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

size_t text_visible(const char *bytes, size_t length, char shown[VISIBLE_MAX], bool *literal)
{
	uint32_t code;
	const size_t size = utf8_decode(bytes, length, &code);
	*literal = false;
	if (code == '\n' || code == '\t' || code == '\r') {
		snprintf(shown, VISIBLE_MAX, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
	} else if (code == NO_CHARACTER || is_control(code)) {
		snprintf(shown, VISIBLE_MAX, "\\x%02x", code == NO_CHARACTER ? (unsigned char)bytes[0] : (unsigned)code);
	} else if (is_invisible(code)) {
		snprintf(shown, VISIBLE_MAX, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
	} else {
		memcpy(shown, bytes, size);
		shown[size] = '\0';
		*literal = true;
	}
	return size;
}

char *text_escape(const char *bytes, size_t length)
{
	char *text = malloc(4 * length + VISIBLE_MAX), *to = text; /* none takes more than four for each of its bytes */
	bool literal;
	if (!text)
		return NULL;
	*to = '\0';
	for (size_t i = 0; i < length; to += strlen(to))
		i += text_visible(bytes + i, length - i, to, &literal);
	return text;
}

size_t write_visible(FILE *out, const char *bytes, size_t length)
{
	char shown[VISIBLE_MAX];
	size_t columns = 0;
	bool literal;
	for (size_t i = 0; i < length;) {
		i += text_visible(bytes + i, length - i, shown, &literal);
		columns += literal ? 1 : strlen(shown);
		if (out)
			fputs(shown, out);
	}
	return columns;
}

static int needs_quotes(const char *bytes, size_t length)
{
	/* An empty text is quoted, because nothing at all stands for NULL. */
	if (!length || bytes[0] == ' ' || bytes[length - 1] == ' ')
		return 1;
	for (size_t i = 0; i < length; i++)
		if (strchr(",\"\r\n", bytes[i]))
			return 1;
	return 0;
}

void write_csv(FILE *out, const char *bytes, size_t length)
{
	if (!needs_quotes(bytes, length)) {
		fwrite(bytes, 1, length, out);
		return;
	}
	putc('"', out);
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '"')
			putc('"', out);
		putc(bytes[i], out);
	}
	putc('"', out);
}

void write_json_string(FILE *out, const char *bytes, size_t length)
{
	putc('"', out);
	for (size_t i = 0; i < length;) {
		uint32_t code;
		size_t size = utf8_decode(bytes + i, length - i, &code);
		if (code == NO_CHARACTER)
			fputs("\xef\xbf\xbd", out); /* U+FFFD */
		else if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (char)code);
		else if (code == '\n')
			fputs("\\n", out);
		else if (is_control(code))
			fprintf(out, "\\u%04x", code);
		else
			fwrite(bytes + i, 1, size, out);
		i += size;
	}
	putc('"', out);
}
