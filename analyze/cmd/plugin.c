#include "analyze/cmd/plugin.h"

#include "store/json.h"
#include "store/predicate.h"
#include "store/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 32
#define LINE_BYTES 4096

/* Keys and titles come out of files that anybody may have written. */
static void put_line(const char *text)
{
	size_t size;
	for (size_t left = strlen(text); left > 0; text += size, left -= size) {
		uint32_t code;
		size = utf8_decode(text, left, &code);
		if (code == UINT32_MAX || code < 0x20 || (code >= 0x7f && code < 0xa0) || code == '|')
			putchar(' ');
		else
			fwrite(text, 1, size, stdout);
	}
}

int plugin_say(enum plugin_state state, const char *performance, const char *format, ...)
{
	static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	char text[LINE_BYTES];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	printf("WIRETAPE %s - ", names[state]);
	put_line(text);
	if (performance && *performance)
		printf(" | %s", performance);
	putchar('\n');
	return (int)state;
}

/* "> 1.5" and ">= 1.5" are the range 1.5; "< 1.5" and "<= 1.5" are 1.5: (alert below it). Empty: no number stands there, or the name
 * stands elsewhere, so that it is not so simple. */
static void find_threshold(const char *predicate, const char *wanted, char threshold[PREDICATE_NAME_MAX])
{
	char name[PREDICATE_NAME_MAX];
	threshold[0] = '\0';
	if (!predicate)
		return;
	for (const char *at = predicate; predicate_next_name(&at, name);) {
		if (strcmp(name, wanted) != 0)
			continue;
		const char *sign = at + strspn(at, " \t\n\""), *number = sign + strspn(sign, "<>=");
		char *end = NULL;
		const double value = strtod(number, &end);
		const bool compared = (*sign == '<' || *sign == '>') && sign[1] != *sign && end != number;
		const char *next = compared ? end + strspn(end, " \t\n)") : at;
		if (threshold[0] || !compared || (*next && strncasecmp(next, "and", 3) != 0 && strncasecmp(next, "or", 2) != 0)) {
			threshold[0] = '\0';
			return;
		}
		snprintf(threshold, PREDICATE_NAME_MAX, "%.12g%s", value, *sign == '<' ? ":" : "");
	}
}

static const char *unit_of(const char *name)
{
	const size_t length = strlen(name);
	if (length > 4 && strcmp(name + length - 4, "_pct") == 0)
		return "%";
	if (length > 3 && strcmp(name + length - 3, "_ms") == 0)
		return "ms";
	return length >= 5 && strcmp(name + length - 5, "bytes") == 0 ? "B" : "";
}

static bool is_in_row(const char *row_json, const char *name)
{
	char member[PREDICATE_NAME_MAX + 8];
	snprintf(member, sizeof member, "\"%s\": ", name);
	return strstr(row_json, member);
}

static void print_column(FILE *out, struct json_document *row, const char *name, const char *warn, const char *crit)
{
	char warn_at[PREDICATE_NAME_MAX], crit_at[PREDICATE_NAME_MAX], *end = NULL;
	char *value = json_get_text(row, name);
	const double number = value ? strtod(value, &end) : 0;
	if (value && (end == value || *end)) { /* text: no data */
		free(value);
		return;
	}
	find_threshold(warn, name, warn_at);
	find_threshold(crit, name, crit_at);
	fprintf(out, "%s'%s'=", ftell(out) > 0 ? " " : "", name);
	if (value)
		fprintf(out, "%.12g%s", number, unit_of(name));
	else
		fputs("U", out);
	fprintf(out, ";%s;%s;0;", warn_at, crit_at);
	free(value);
}

char *plugin_performance(const char *row_json, const char *warn, const char *crit)
{
	const char *const predicates[] = {warn, crit};
	char seen[NAMES_MAX][PREDICATE_NAME_MAX], name[PREDICATE_NAME_MAX], *text = NULL;
	size_t count = 0, bytes = 0;
	struct json_document *row = NULL;
	if (json_parse(&row, row_json, strlen(row_json)) != STATUS_OK)
		return NULL;
	FILE *out = open_memstream(&text, &bytes);
	for (size_t i = 0; out && i < 2; i++) {
		for (const char *at = predicates[i]; at && count < NAMES_MAX && predicate_next_name(&at, name);) {
			bool repeated = !is_in_row(row_json, name);
			for (size_t k = 0; k < count; k++)
				repeated |= strcmp(seen[k], name) == 0;
			if (repeated)
				continue;
			memcpy(seen[count++], name, sizeof name);
			print_column(out, row, name, warn, crit);
		}
	}
	json_document_free(row);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
