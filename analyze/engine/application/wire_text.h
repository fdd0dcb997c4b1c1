/* wire_text.h: text out of hostile bytes: what is printable ASCII as it is, all else as \xNN. */
#ifndef WIRETAPE_WIRE_TEXT_H
#define WIRETAPE_WIRE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Appends `count` bytes to the text of `at` letters in `size` bytes, with the 0 at the end; `also` is written as \xNN
 * too (0: nothing is). What does not fit is left out, escapes as a whole. Returns the text's length. */
size_t wire_text_append(char *text, size_t size, size_t at, const uint8_t *bytes, size_t count, uint8_t also);
/* The same for an empty text. */
size_t wire_text(char *text, size_t size, const uint8_t *bytes, size_t count);

#endif
