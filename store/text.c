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

char *text_escape(const char *bytes, size_t length)
{
	char *text = malloc(4 * length + 1), *to = text;
	if (!text)
		return NULL;
	for (size_t i = 0; i < length;) {
		uint32_t code;
		size_t size = utf8_decode(bytes + i, length - i, &code);
		if (code == '\n' || code == '\t' || code == '\r') {
			*to++ = '\\';
			*to++ = code == '\n' ? 'n' : code == '\t' ? 't' : 'r';
		} else if (code == NO_CHARACTER || is_control(code)) {
			to += snprintf(to, 5, "\\x%02x", code == NO_CHARACTER ? (unsigned char)bytes[i] : code);
		} else {
			memcpy(to, bytes + i, size);
			to += size;
		}
		i += size;
	}
	*to = '\0';
	return text;
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
