#include "capture/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KIB UINT64_C(1024)
#define NS_PER_SECOND UINT64_C(1000000000)

/* Largest first; the last is 1. */
struct unit {
	const char *name, *long_name;
	uint64_t size;
};

static const struct unit sizes[] = {
	{"T", "TiB", KIB * KIB * KIB * KIB}, {"G", "GiB", KIB * KIB * KIB}, {"M", "MiB", KIB * KIB}, {"k", "KiB", KIB},
	{"", "B", 1},
};

static const struct unit times[] = {
	{"d", "days", 86400 * NS_PER_SECOND}, {"h", "hours", 3600 * NS_PER_SECOND}, {"m", "min", 60 * NS_PER_SECOND},
	{"s", "sec", NS_PER_SECOND}, {"ms", "msec", 1000000}, {"us", "usec", 1000}, {"ns", "nsec", 1},
};

static const struct unit counts[] = {
	{"G", NULL, 1000000000}, {"M", NULL, 1000000}, {"k", NULL, 1000}, {"", NULL, 1},
};

enum {
	SIZES = sizeof sizes / sizeof sizes[0],
	TIMES = sizeof times / sizeof times[0],
	COUNTS = sizeof counts / sizeof counts[0],
};

/* A whole number, or one with a decimal point, and a unit. Times tell units apart by case: 'M' is no minute. */
static bool parse(const char *text, const struct unit *units, int count, bool any_case, const char *default_unit, uint64_t *value)
{
	const size_t digits = strspn(text, "0123456789."), whole = strspn(text, "0123456789");
	const char *unit = text + digits;
	uint64_t size = 0;
	if (*unit == '\0')
		unit = default_unit;
	for (int i = 0; i < count; i++) {
		const bool same = any_case ? strcasecmp(unit, units[i].name) == 0 : strcmp(unit, units[i].name) == 0;
		if (same || (units[i].long_name && strcasecmp(unit, units[i].long_name) == 0))
			size = units[i].size;
	}
	if (whole == 0 || size == 0)
		return false;
	char *end = NULL;
	errno = 0;
	if (whole == digits) {
		const uint64_t number = strtoull(text, NULL, 10);
		return errno == 0 && !__builtin_mul_overflow(number, size, value) && *value <= INT64_MAX;
	}
	const double product = strtod(text, &end) * (double)size;
	if (end != text + digits || product >= (double)INT64_MAX)
		return false;
	*value = (uint64_t)(product + 0.5);
	return true;
}

static char *print(uint64_t value, const struct unit *units, int count, char text[UNITS_TEXT_MAX])
{
	int i = 0;
	while (i < count - 1 && (value == 0 || value % units[i].size != 0))
		i++;
	snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 "%s", value / units[i].size, units[i].name);
	return text;
}

bool units_parse_size(const char *text, uint64_t *bytes)
{
	return parse(text, sizes, SIZES, true, "", bytes);
}

bool units_parse_time(const char *text, int64_t *ns)
{
	uint64_t value;
	if (!parse(text, times, TIMES, false, "s", &value))
		return false;
	*ns = (int64_t)value;
	return true;
}

bool units_parse_count(const char *text, uint64_t *count)
{
	return parse(text, counts, COUNTS, false, "", count);
}

char *units_print_size(uint64_t bytes, char text[UNITS_TEXT_MAX])
{
	return print(bytes, sizes, SIZES, text);
}

char *units_print_time(int64_t ns, char text[UNITS_TEXT_MAX])
{
	if (ns != 0)
		return print((uint64_t)ns, times, TIMES, text);
	snprintf(text, UNITS_TEXT_MAX, "0s");
	return text;
}

char *units_print_count(uint64_t count, char text[UNITS_TEXT_MAX])
{
	return print(count, counts, COUNTS, text);
}

char *units_about_size(uint64_t bytes, char text[UNITS_TEXT_MAX])
{
	int i = SIZES - 1;
	while (i > 0 && (double)bytes >= 999.5 * (double)sizes[i].size)
		i--;
	const double value = (double)bytes / (double)sizes[i].size;
	const int decimals = i == SIZES - 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	snprintf(text, UNITS_TEXT_MAX, "%.*f%s", decimals, value, sizes[i].name);
	return text;
}

char *units_number_of(uint64_t count, const char *noun, char text[UNITS_TEXT_MAX])
{
	snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
	return text;
}
