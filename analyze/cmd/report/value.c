#include "analyze/cmd/report/value.h"

#include "analyze/cmd/zone.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000
#define UNITS 6

static const struct {
	const char *name;
	enum document_kind shown;
} kinds[] = {
	[VALUE_WORDS] = {"words", DOCUMENT_WORDS},	   [VALUE_NUMBER] = {"number", DOCUMENT_NUMBER},
	[VALUE_CODE] = {"code", DOCUMENT_CODE},		   [VALUE_SPARKLINE] = {"sparkline", DOCUMENT_SPARKLINE},
	[VALUE_SEVERITY] = {"severity", DOCUMENT_SEVERITY}, [VALUE_COUNT] = {"count", DOCUMENT_NUMBER},
	[VALUE_BYTES] = {"bytes", DOCUMENT_NUMBER},	   [VALUE_MS] = {"ms", DOCUMENT_NUMBER},
	[VALUE_TIME] = {"time", DOCUMENT_NUMBER},	   [VALUE_CLOCK] = {"clock", DOCUMENT_NUMBER},
	[VALUE_RATE] = {"rate", DOCUMENT_NUMBER},	   [VALUE_PERCENT] = {"percent", DOCUMENT_NUMBER},
};

bool value_kind_of(const char *name, enum value_kind *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (!strcmp(kinds[i].name, name)) {
			*kind = (enum value_kind)i;
			return true;
		}
	return false;
}

enum document_kind value_document_kind(enum value_kind kind)
{
	return kinds[kind].shown;
}

static void count_text(double number, char buffer[VALUE_MAX])
{
	char digits[VALUE_MAX];
	const size_t length = (size_t)snprintf(digits, sizeof digits, "%.0f", fabs(number));
	char *to = buffer;
	if (number < 0)
		*to++ = '-';
	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

static void scaled_text(double number, const char *const units[UNITS], char buffer[VALUE_MAX])
{
	size_t unit = 0;
	while (fabs(number) >= 999.5 && unit + 1 < UNITS) {
		number /= 1000;
		unit++;
	}
	snprintf(buffer, VALUE_MAX, "%.*f %s", unit && fabs(number) < 99.95 ? 1 : 0, number, units[unit]);
}

static void percent_text(double percent, char buffer[VALUE_MAX])
{
	if (percent > 0 && percent < 0.005)
		snprintf(buffer, VALUE_MAX, "< 0.01");
	else
		snprintf(buffer, VALUE_MAX, "%.*f", percent > 0 || percent < 0 ? 2 : 0, percent);
}

static void duration_text(double ms, char buffer[VALUE_MAX])
{
	const double seconds = ms / 1000;
	const int64_t whole = (int64_t)(seconds + 0.5);
	if (ms < 0)
		snprintf(buffer, VALUE_MAX, "%.3g ms", ms);
	else if (ms < 9.995)
		snprintf(buffer, VALUE_MAX, "%.*f ms", ms > 0 ? 2 : 0, ms);
	else if (ms < 999.5)
		snprintf(buffer, VALUE_MAX, "%.*f ms", ms < 99.95 ? 1 : 0, ms);
	else if (seconds < 59.95)
		snprintf(buffer, VALUE_MAX, "%.*f s", seconds < 9.995 ? 2 : 1, seconds);
	else if (whole < 3600)
		snprintf(buffer, VALUE_MAX, "%" PRId64 " min %" PRId64 " s", whole / 60, whole % 60);
	else if (whole < 172800)
		snprintf(buffer, VALUE_MAX, "%" PRId64 " h %" PRId64 " min", whole / 3600, whole / 60 % 60);
	else
		snprintf(buffer, VALUE_MAX, "%" PRId64 " d %" PRId64 " h", whole / 86400, whole / 3600 % 24);
}

static bool time_text(enum value_kind kind, const char *field, bool exact, const char *time_zone, char buffer[VALUE_MAX])
{
	char *end;
	struct tm parts;
	errno = 0;
	const int64_t ns = strtoll(field, &end, 10);
	if (*end || errno)
		return false;
	int64_t fraction = ns % NS_PER_S;
	fraction += fraction < 0 ? NS_PER_S : 0;
	const time_t seconds = (time_t)((ns - fraction) / NS_PER_S + (exact ? 0 : zone_offset_s(time_zone, ns)));
	if (!gmtime_r(&seconds, &parts))
		return false;
	size_t length = 0;
	if (exact)
		length = strftime(buffer, VALUE_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
	else if (kind == VALUE_CLOCK)
		length = strftime(buffer, VALUE_MAX, "%H:%M:%S", &parts);
	else
		length = strftime(buffer, VALUE_MAX, "%Y-%m-%d %H:%M:%S", &parts);
	if (exact)
		snprintf(buffer + length, VALUE_MAX - length, ".%09" PRId64 "Z", fraction);
	else if (kind == VALUE_CLOCK)
		snprintf(buffer + length, VALUE_MAX - length, ".%06" PRId64, fraction / 1000);
	else
		snprintf(buffer + length, VALUE_MAX - length, ".%03" PRId64, fraction / 1000000);
	return true;
}

const char *value_text(enum value_kind kind, const char *field, bool exact, const char *time_zone, char buffer[VALUE_MAX])
{
	if (!field)
		return NULL;
	if (kind == VALUE_TIME || kind == VALUE_CLOCK)
		return time_text(kind, field, exact, time_zone, buffer) ? buffer : field;
	if (exact || kind <= VALUE_SEVERITY)
		return field;
	static const char *const bytes[UNITS] = {"B", "kB", "MB", "GB", "TB", "PB"};
	static const char *const bits[UNITS] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s"};
	char *end;
	const double number = strtod(field, &end);
	if (*end || !isfinite(number) || fabs(number) > 1e18)
		return field;
	if (kind == VALUE_COUNT)
		count_text(number, buffer);
	else if (kind == VALUE_PERCENT)
		percent_text(number, buffer);
	else if (kind == VALUE_BYTES)
		scaled_text(number, bytes, buffer);
	else if (kind == VALUE_RATE)
		scaled_text(number * 1e6, bits, buffer);
	else
		duration_text(number, buffer);
	return buffer;
}
