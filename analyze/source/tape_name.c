#include "analyze/source/tape_name.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

/* More digits than a recorder will ever count, fewer than overflow. */
#define SEQUENCE_DIGITS_MAX 18

/* Takes exactly `digits` of them; false if there are fewer. */
static bool take_digits(const char **text, unsigned digits, int *value)
{
	*value = 0;
	for (unsigned i = 0; i < digits; i++) {
		const char digit = (*text)[i];
		if (digit < '0' || digit > '9')
			return false;
		*value = *value * 10 + (digit - '0');
	}
	*text += digits;
	return true;
}

static bool take_letter(const char **text, char letter)
{
	if (**text != letter)
		return false;
	++*text;
	return true;
}

static bool take_time(const char **text, int64_t *ns)
{
	struct tm time = {0};
	int year, month, milliseconds;
	if (!take_digits(text, 4, &year) || !take_digits(text, 2, &month) || !take_digits(text, 2, &time.tm_mday) ||
	    !take_letter(text, 'T') || !take_digits(text, 2, &time.tm_hour) || !take_digits(text, 2, &time.tm_min) ||
	    !take_digits(text, 2, &time.tm_sec) || !take_letter(text, '.') || !take_digits(text, 3, &milliseconds) ||
	    !take_letter(text, 'Z'))
		return false;
	if (year < 1970 || year > 2261 || month < 1 || month > 12 || time.tm_mday < 1 || time.tm_mday > 31 ||
	    time.tm_hour > 23 || time.tm_min > 59 || time.tm_sec > 60)
		return false;
	time.tm_year = year - 1900;
	time.tm_mon = month - 1;
	*ns = (int64_t)timegm(&time) * 1000000000 + (int64_t)milliseconds * 1000000;
	return true;
}

bool tape_name_parse(const char *name, uint64_t *sequence, int64_t *start_ns, bool *part)
{
	int64_t ns;
	uint64_t number = 0;
	size_t digits = 0;
	if (!take_time(&name, &ns) || !take_letter(&name, '-'))
		return false;
	for (; name[digits] >= '0' && name[digits] <= '9'; digits++) {
		if (digits == SEQUENCE_DIGITS_MAX)
			return false;
		number = number * 10 + (uint64_t)(name[digits] - '0');
	}
	name += digits;
	const size_t end = sizeof TAPE_NAME_END - 1;
	if (digits == 0 || strncmp(name, TAPE_NAME_END, end) != 0 ||
	    (name[end] != '\0' && strcmp(name + end, TAPE_NAME_PART) != 0))
		return false;
	*sequence = number;
	*start_ns = ns;
	*part = name[end] != '\0';
	return true;
}
