#include "analyze/engine/application/wire_text.h"

size_t wire_text_append(char *text, size_t size, size_t at, const uint8_t *bytes, size_t count, uint8_t also)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < count; i++) {
		uint8_t byte = bytes[i];
		if (byte >= 0x20 && byte < 0x7f && (!also || byte != also)) {
			if (at + 1 >= size)
				break;
			text[at++] = (char)byte;
			continue;
		}
		if (at + 4 >= size)
			break;
		text[at++] = '\\';
		text[at++] = 'x';
		text[at++] = digits[byte >> 4];
		text[at++] = digits[byte & 15];
	}
	text[at] = '\0';
	return at;
}

size_t wire_text(char *text, size_t size, const uint8_t *bytes, size_t count)
{
	return wire_text_append(text, size, 0, bytes, count, 0);
}
