#include "analyze/cmd/moment.h"

#include "analyze/cmd/number.h"
#include "analyze/cmd/terminal.h"
#include "analyze/cmd/zone.h"
#include "capture/units.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)
#define SECONDS_MAX INT64_C(9000000000) /* in the year 2255: so many ns and some years fit in 63 bits */

/* Takes digits, at least `least` and at most `most`. */
static bool take_number(const char **text, unsigned least, unsigned most, int64_t *value)
{
	unsigned digits = 0;
	*value = 0;
	for (; digits < most && isdigit((unsigned char)(*text)[digits]); digits++)
		*value = *value * 10 + ((*text)[digits] - '0');
	*text += digits;
	return digits >= least;
}

static bool take(const char **text, char letter)
{
	if (**text != letter)
		return false;
	++*text;
	return true;
}

/* ".25", if it is there; digits behind the ninth are dropped. */
static bool take_fraction(const char **text, int64_t *ns)
{
	*ns = 0;
	if (!take(text, '.'))
		return true;
	if (!isdigit((unsigned char)**text))
		return false;
	for (int64_t unit = SECOND / 10; isdigit((unsigned char)**text); unit /= 10, ++*text)
		*ns += (**text - '0') * unit;
	return true;
}

/* "10:32", "10:32:15", "10:32:15.25" */
static bool take_time_of_day(const char **text, int64_t *ns)
{
	int64_t hours, minutes, seconds = 0, fraction = 0;
	if (!take_number(text, 1, 2, &hours) || !take(text, ':') || !take_number(text, 2, 2, &minutes))
		return false;
	if (take(text, ':') && (!take_number(text, 2, 2, &seconds) || !take_fraction(text, &fraction)))
		return false;
	*ns = ((hours * 60 + minutes) * 60 + seconds) * SECOND + fraction;
	return hours < 24 && minutes < 60 && seconds < 61;
}

static bool take_date(const char **text, int64_t *ns)
{
	int64_t year, month, day;
	if (!take_number(text, 4, 4, &year) || !take(text, '-') || !take_number(text, 2, 2, &month) || !take(text, '-') ||
	    !take_number(text, 2, 2, &day))
		return false;
	struct tm time = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
	const time_t seconds = timegm(&time);
	/* timegm takes a 30 February for a day in March. */
	if (year < 1970 || year > 2250 || time.tm_mon != (int)month - 1 || time.tm_mday != (int)day)
		return false;
	*ns = (int64_t)seconds * SECOND;
	return true;
}

static bool read_date_and_time(const char *text, int64_t *ns, bool *local)
{
	int64_t day, time = 0;
	if (!take_date(&text, &day))
		return false;
	if ((take(&text, 'T') || take(&text, ' ')) && !take_time_of_day(&text, &time))
		return false;
	*local = !take(&text, 'Z');
	*ns = day + time;
	return *text == '\0';
}

static bool read_time_of_day(const char *text, int64_t *ns, bool *local)
{
	if (!take_time_of_day(&text, ns))
		return false;
	*local = !take(&text, 'Z');
	return *text == '\0';
}

static bool read_epoch(const char *text, int64_t *ns)
{
	int64_t seconds, fraction;
	if (!take_number(&text, 1, 11, &seconds) || seconds > SECONDS_MAX || !take_fraction(&text, &fraction) || *text)
		return false;
	*ns = seconds * SECOND + fraction;
	return true;
}

static bool parse_moment(const char *option, const char *text, struct moment *moment)
{
	if (text[0] == '-' && units_parse_time(text + 1, &moment->ns)) {
		moment->kind = MOMENT_BEFORE_END;
		return parse_duration(option, text + 1, 0, 36500 * DAY, &moment->ns);
	}
	moment->local = false;
	if (read_epoch(text, &moment->ns) || read_date_and_time(text, &moment->ns, &moment->local))
		moment->kind = MOMENT_AT;
	else if (read_time_of_day(text, &moment->ns, &moment->local))
		moment->kind = MOMENT_OF_DAY;
	else
		complain("%s %s: not a time such as 2026-11-21T10:32:00Z (UTC), 10:32:15 (of the last day), -10m (before the end) or "
			 "1795257120 (seconds since 1970)", option, text);
	return moment->kind != MOMENT_NONE;
}

bool parse_from(const char *text, struct period *period)
{
	period->from_text = text;
	return parse_moment("--from", text, &period->from);
}

bool parse_to(const char *text, struct period *period)
{
	period->to_text = text;
	return parse_moment("--to", text, &period->to);
}

bool period_is_empty(const struct period *period)
{
	return (period->from.kind == MOMENT_AT && period->to.kind == MOMENT_AT && period->from.ns > period->to.ns) ||
	       (period->from.kind == MOMENT_BEFORE_END && period->to.kind == MOMENT_BEFORE_END && period->from.ns < period->to.ns);
}

static bool needs_end(const struct moment *moment)
{
	return moment->kind == MOMENT_OF_DAY || moment->kind == MOMENT_BEFORE_END;
}

bool period_needs_end(const struct period *period)
{
	return needs_end(&period->from) || needs_end(&period->to);
}

static int64_t resolve(const struct moment *moment, const char *zone, int64_t end_ns)
{
	if (!moment->local)
		zone = NULL;
	switch (moment->kind) {
	case MOMENT_AT:
		return zone_to_utc(zone, moment->ns);
	case MOMENT_OF_DAY:
		if (end_ns == NO_TIME)
			return NO_TIME;
		return zone_to_utc(zone, (end_ns + zone_offset_s(zone, end_ns) * SECOND) / DAY * DAY + moment->ns);
	case MOMENT_BEFORE_END:
		return end_ns == NO_TIME ? NO_TIME : end_ns - moment->ns;
	case MOMENT_NONE:
		break;
	}
	return NO_TIME;
}

bool period_resolve(const struct period *period, int64_t end_ns, int64_t *from_ns, int64_t *to_ns)
{
	return period_resolve_in(period, period->zone, end_ns, from_ns, to_ns);
}

bool period_resolve_in(const struct period *period, const char *zone, int64_t end_ns, int64_t *from_ns, int64_t *to_ns)
{
	*from_ns = resolve(&period->from, zone, end_ns);
	*to_ns = resolve(&period->to, zone, end_ns);
	if (period->from.kind == MOMENT_OF_DAY && end_ns != NO_TIME && *from_ns > end_ns) {
		*from_ns -= DAY;
		if (period->to.kind == MOMENT_OF_DAY && period->to.ns >= period->from.ns)
			*to_ns -= DAY;
	}
	return *from_ns == NO_TIME || *to_ns == NO_TIME || *from_ns <= *to_ns;
}
