/* number.h: numbers on the command line, with range checks; the recorder reads units in the same way. */
#ifndef WIRETAPE_NUMBER_H
#define WIRETAPE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* "250", "64k", "1.5M", "1G" (powers of 1000). False after a complaint that names `option` and `text`. */
bool parse_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* "250ms", "1.5s", "30" (seconds), units ns us ms s m h d. False after a complaint that names `option` and `text`. */
bool parse_duration(const char *option, const char *text, int64_t least_ns, int64_t most_ns, int64_t *value_ns);

#endif
