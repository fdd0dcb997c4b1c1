/* units.h: sizes, times and numbers as people write them, and back. */
#ifndef WIRETAPE_CAPTURE_UNITS_H
#define WIRETAPE_CAPTURE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For any of the texts below. */
#define UNITS_TEXT_MAX 32

/* "10G", "64M", "500k", "4096": powers of 1024, in upper or lower case, "KiB" and the like too. False: not a size, or more than
 * 2^63. */
bool units_parse_size(const char *text, uint64_t *bytes);
/* "7d", "24h", "1.5m", "60s", "100ms", "10us", "5ns"; without a unit seconds. False: not a time, or more than 292 years. */
bool units_parse_time(const char *text, int64_t *ns);
/* "16", "100k", "1M": powers of 1000. False likewise. */
bool units_parse_count(const char *text, uint64_t *count);

/* The shortest text that the function above reads as the same value; returns `text`. */
char *units_print_size(uint64_t bytes, char text[UNITS_TEXT_MAX]);
char *units_print_time(int64_t ns, char text[UNITS_TEXT_MAX]);
char *units_print_count(uint64_t count, char text[UNITS_TEXT_MAX]);

/* For people: three digits or four of it, "1.53G", "319k"; powers of 1024, as above. Returns `text`. */
char *units_about_size(uint64_t bytes, char text[UNITS_TEXT_MAX]);
/* "1 segment", "2 segments": `noun` has its plural with an s; UNITS_TEXT_MAX of it at most. Returns `text`. */
char *units_number_of(uint64_t count, const char *noun, char text[UNITS_TEXT_MAX]);

#endif
