#include "analyze/cmd/wrap.h"

#include "store/text.h"

#include <ctype.h>
#include <string.h>

void put_text(FILE *out, const char *text)
{
	write_visible(out, text, strlen(text));
}

bool is_unit(const char *text)
{
	static const char *const units[] = {"%",  "s",	"ms", "us", "\xc2\xb5s", "ns", "min",    "h",	    "d",
					    "kB", "MB", "GB", "TB", "B",	"Hz", "kbit/s", "Mbit/s", "Gbit/s"};
	const size_t length = strcspn(text, " \n\t.,;:)(");
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (length == strlen(units[i]) && memcmp(text, units[i], length) == 0)
			return true;
	return false;
}

/* A word, and the unit of a number. */
static size_t number_length(const char *text)
{
	size_t length = strcspn(text, " \n");
	while (text[length] == ' ' && (text[length + 1] == '%' ||
				       (length > 0 && isdigit((unsigned char)text[length - 1]) && is_unit(text + length + 1))))
		length += 1 + strcspn(text + length + 1, " \n");
	return length;
}

/* Up to the next place where a line may end: a command between backquotes is to be copied, and stays whole if it has room. */
static size_t word_length(const char *text, size_t room)
{
	const size_t length = number_length(text);
	const char *open = memchr(text, '`', length);
	const char *close = open ? memchr(open + 1, '`', strnlen(open + 1, room)) : NULL;
	if (!close || close < text + length)
		return length;
	const size_t whole = (size_t)(close - text) + strcspn(close, " \n");
	return whole <= room && !memchr(text, '\n', whole) ? whole : length;
}

void put_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
	bool fresh = true;
	while (*(text += strspn(text, " \n"))) {
		const size_t length = word_length(text, WRAP_WIDTH > indent ? WRAP_WIDTH - indent : 0), width = write_visible(NULL, text, length);
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
