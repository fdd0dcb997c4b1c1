#include "analyze/cmd/csv.h"

#include <string.h>

struct csv csv_start(char *text)
{
	return (struct csv){.at = text, .row_ended = true};
}

bool csv_next_row(struct csv *csv)
{
	while (!csv->row_ended)
		csv_next_field(csv);
	csv->row_ended = *csv->at == '\0';
	return !csv->row_ended;
}

static char *unquote(struct csv *csv)
{
	char *field = ++csv->at, *to = field;
	while (*csv->at) {
		if (*csv->at == '"' && *++csv->at != '"')
			break;
		*to++ = *csv->at++;
	}
	csv->at += strcspn(csv->at, ",\n");
	/* The field's end may be where the separator stands, which is read first. */
	const char separator = *csv->at;
	if (separator)
		csv->at++;
	csv->row_ended = separator != ',';
	*to = '\0';
	return field;
}

char *csv_next_field(struct csv *csv)
{
	if (csv->row_ended)
		return NULL;
	if (*csv->at == '"')
		return unquote(csv);
	char *field = csv->at;
	csv->at += strcspn(csv->at, ",\n");
	const char separator = *csv->at;
	csv->row_ended = separator != ',';
	if (separator)
		*csv->at++ = '\0';
	return field;
}
