#include "analyze/cmd/wrap.h"

#include "store/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static size_t columns(const char *text, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static void put_bytes(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code;
		const size_t size = utf8_decode(text + i, length - i, &code);
		if (code == UINT32_MAX || code < 0x20 || (code >= 0x7f && code < 0xa0))
			putc('?', out);
		else
			fwrite(text + i, 1, size, out);
		i += size;
	}
}

void put_text(FILE *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

void put_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
	bool fresh = true;
	while (*(text += strspn(text, " \n"))) {
		const size_t length = strcspn(text, " \n"), width = columns(text, length);
		if (!fresh && column + 1 + width > WRAP_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			fresh = true;
		}
		if (!fresh) {
			putc(' ', out);
			column++;
		}
		put_bytes(out, text, length);
		column += width;
		text += length;
		fresh = false;
	}
	putc('\n', out);
}
