#include "analyze/cmd/number.h"

#include "analyze/cmd/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t size;
};

static const struct unit durations[] = {
	{"d", INT64_C(86400000000000)}, {"h", INT64_C(3600000000000)}, {"m", INT64_C(60000000000)},
	{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}, {NULL, 0},
};

static const struct unit counts[] = {{"G", 1000000000}, {"M", 1000000}, {"k", 1000}, {NULL, 0}};

static int64_t unit_size(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units->size;
	return 0;
}

/* The largest unit in which `ns` is a whole number. */
static void duration_text(int64_t ns, char *text, size_t bytes)
{
	const struct unit *unit = durations;
	while (unit->size > 1 && (ns == 0 || ns % unit->size != 0))
		unit++;
	snprintf(text, bytes, "%" PRId64 "%s", ns / unit->size, ns == 0 ? "s" : unit->name);
}

bool parse_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end = NULL;
	errno = 0;
	const uint64_t number = strtoull(text, &end, 10);
	const bool overflow = errno == ERANGE;
	const int64_t unit = *end ? unit_size(counts, end) : 1;
	if (!isdigit((unsigned char)text[0]) || unit == 0) {
		complain("%s %s: not a number such as 5000, 64k or 2M", option, text);
		return false;
	}
	uint64_t product;
	if (overflow || __builtin_mul_overflow(number, (uint64_t)unit, &product) || product < least || product > most) {
		complain("%s %s: must be between %" PRIu64 " and %" PRIu64, option, text, least, most);
		return false;
	}
	*value = product;
	return true;
}

bool parse_duration(const char *option, const char *text, int64_t least_ns, int64_t most_ns, int64_t *value_ns)
{
	char *end = NULL;
	const double number = strtod(text, &end);
	const int64_t unit = *end ? unit_size(durations, end) : unit_size(durations, "s");
	if (!isdigit((unsigned char)text[0]) || strspn(text, "0123456789.") != (size_t)(end - text) || unit == 0) {
		complain("%s %s: not a time such as 100ms, 1.5s, 30m, 2h or 1d", option, text);
		return false;
	}
	const double ns = number * (double)unit;
	if (ns < (double)least_ns || ns > (double)most_ns) {
		char least[32], most[32];
		duration_text(least_ns, least, sizeof least);
		duration_text(most_ns, most, sizeof most);
		complain("%s %s: must be between %s and %s", option, text, least, most);
		return false;
	}
	*value_ns = (int64_t)(ns + 0.5);
	return true;
}
