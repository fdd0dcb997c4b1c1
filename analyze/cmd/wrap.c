#include "analyze/cmd/wrap.h"

#include "store/text.h"

#include <stdbool.h>
#include <string.h>

void put_text(FILE *out, const char *text)
{
	write_visible(out, text, strlen(text));
}

/* Up to the next place where a line may end: that is not between a number and its %. */
static size_t word_length(const char *text)
{
	size_t length = strcspn(text, " \n");
	while (text[length] == ' ' && text[length + 1] == '%')
		length += 1 + strcspn(text + length + 1, " \n");
	return length;
}

void put_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
	bool fresh = true;
	while (*(text += strspn(text, " \n"))) {
		const size_t length = word_length(text), width = write_visible(NULL, text, length);
		if (!fresh && column + 1 + width > WRAP_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			fresh = true;
		}
		if (!fresh) {
			putc(' ', out);
			column++;
		}
		write_visible(out, text, length);
		column += width;
		text += length;
		fresh = false;
	}
	putc('\n', out);
}
