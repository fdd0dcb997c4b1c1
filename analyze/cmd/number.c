#include "analyze/cmd/number.h"

#include "analyze/cmd/terminal.h"
#include "capture/units.h"

#include <inttypes.h>

bool parse_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	uint64_t number;
	if (!units_parse_count(text, &number)) {
		complain("%s %s: not a number such as 5000, 64k or 2M, or too large", option, text);
		return false;
	}
	if (number < least || number > most) {
		complain("%s %s: must be between %" PRIu64 " and %" PRIu64, option, text, least, most);
		return false;
	}
	*value = number;
	return true;
}

bool parse_duration(const char *option, const char *text, int64_t least_ns, int64_t most_ns, int64_t *value_ns)
{
	int64_t ns;
	if (!units_parse_time(text, &ns)) {
		complain("%s %s: not a time such as 100ms, 1.5s, 30m, 2h or 1d, or too long", option, text);
		return false;
	}
	if (ns < least_ns || ns > most_ns) {
		char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
		complain("%s %s: must be between %s and %s", option, text, units_print_time(least_ns, least),
			 units_print_time(most_ns, most));
		return false;
	}
	*value_ns = ns;
	return true;
}
