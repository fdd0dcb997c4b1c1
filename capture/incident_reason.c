#include "capture/incident_reason.h"

#include "store/json.h"
#include "store/predicate.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 32

/* Four digits of a fraction are enough, and none beyond the point of what is larger. */
static void print_value(const char *value, FILE *out)
{
	char *end = NULL;
	const double number = strtod(value, &end);
	if (*value && !*end && strchr(value, '.'))
		fprintf(out, fabs(number) < 1000 ? "%.4g" : "%.0f", number);
	else
		fputs(value, out);
}

static size_t print_columns(const char *when, struct json_document *row, FILE *out)
{
	char seen[NAMES_MAX][PREDICATE_NAME_MAX], name[PREDICATE_NAME_MAX];
	size_t count = 0;
	while (count < NAMES_MAX && predicate_next_name(&when, name)) {
		bool repeated = false;
		for (size_t i = 0; i < count; i++)
			repeated |= strcmp(seen[i], name) == 0;
		char *value = repeated ? NULL : json_get_text(row, name);
		if (value) {
			fprintf(out, "%s%s ", count ? ", " : "", name);
			print_value(value, out);
			memcpy(seen[count++], name, sizeof name);
		}
		free(value);
	}
	return count;
}

static void print_predicate(const char *when, FILE *out)
{
	for (bool space = false; *when; when++) {
		if (!isspace((unsigned char)*when))
			fputc(*when, out);
		else if (!space)
			fputc(' ', out);
		space = isspace((unsigned char)*when);
	}
}

char *incident_reason(const char *when, const char *row_json)
{
	struct json_document *row = NULL;
	char *text = NULL;
	size_t bytes = 0;
	if (json_parse(&row, row_json, strlen(row_json)) != STATUS_OK)
		return NULL;
	FILE *out = open_memstream(&text, &bytes);
	if (out && print_columns(when, row, out) == 0)
		print_predicate(when, out);
	json_document_free(row);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
