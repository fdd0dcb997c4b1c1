#include "analyze/cmd/replay_values.h"

#include "store/json.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64
#define NAMES_MAX 32

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Moves `*at` past the next name of an SQL text, which is copied; false at the end. Texts in '...' hold none; "..." may be a name. */
static bool next_name(const char **at, char name[NAME_MAX_BYTES])
{
	while (**at) {
		if (**at == '\'') {
			const char *end = strchr(*at + 1, '\'');
			*at = end ? end + 1 : *at + strlen(*at);
			continue;
		}
		size_t length = 0;
		while (is_name((*at)[length]))
			length++;
		const bool starts = length > 0 && !isdigit((unsigned char)**at);
		if (starts)
			snprintf(name, NAME_MAX_BYTES, "%.*s", (int)(length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES - 1), *at);
		*at += length > 0 ? length : 1;
		if (starts)
			return true;
	}
	return false;
}

/* Four digits of a fraction are enough. */
static void print_value(const char *value, FILE *out)
{
	char *end = NULL;
	const double number = strtod(value, &end);
	if (*value && !*end && strchr(value, '.'))
		fprintf(out, "%.4g", number);
	else
		fputs(value, out);
}

void replay_values_print(const char *when, const char *row_json, FILE *out)
{
	char seen[NAMES_MAX][NAME_MAX_BYTES], name[NAME_MAX_BYTES];
	size_t count = 0;
	struct json_document *row = NULL;
	if (json_parse(&row, row_json, strlen(row_json)) != STATUS_OK)
		return;
	while (count < NAMES_MAX && next_name(&when, name)) {
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
	json_document_free(row);
}
