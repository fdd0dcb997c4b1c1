#include "analyze/cmd/sql_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind the quoted text or comment that starts at `at`; `at` itself if neither does. */
static const char *skip_opaque(const char *at)
{
	if (at[0] == '-' && at[1] == '-')
		return at + strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		const char *end = strstr(at + 2, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	if (at[0] == '\'' || at[0] == '"') { /* a doubled quote reads as two texts side by side, which is as good */
		const char *end = strchr(at + 1, at[0]);
		return end ? end + 1 : at + strlen(at);
	}
	return at;
}

char *sql_next_statement(const char **cursor, bool *failed)
{
	const char *start = *cursor;
	bool any = false;
	*failed = false;
	const char *at = start;
	while (*at && *at != ';') {
		const char *behind = skip_opaque(at);
		const bool comment = behind != at && (at[0] == '-' || at[0] == '/');
		if (!comment && !isspace((unsigned char)*at))
			any = true;
		at = behind != at ? behind : at + 1;
	}
	*cursor = *at ? at + 1 : at;
	if (!any)
		return *at ? sql_next_statement(cursor, failed) : NULL;
	char *statement = strndup(start, (size_t)(at - start));
	*failed = !statement;
	return statement;
}

static bool is_name(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

static const char *literal_for(const char *name, size_t length, const struct sql_literal *literals, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(literals[i].name) == length && strncmp(literals[i].name, name, length) == 0)
			return literals[i].literal;
	return NULL;
}

char *sql_fill_in(const char *sql, const struct sql_literal *literals, size_t count)
{
	char *filled = NULL;
	size_t filled_bytes = 0;
	FILE *out = open_memstream(&filled, &filled_bytes);
	if (!out)
		return NULL;
	while (*sql) {
		const char *behind = skip_opaque(sql);
		const char *literal = NULL;
		if (behind == sql && *sql == ':') {
			size_t length = 0;
			while (is_name(sql[1 + length]))
				length++;
			literal = literal_for(sql + 1, length, literals, count);
			if (literal)
				behind = sql + 1 + length;
		}
		if (behind == sql)
			behind = sql + 1;
		if (literal)
			fputs(literal, out);
		else
			fwrite(sql, 1, (size_t)(behind - sql), out);
		sql = behind;
	}
	const bool failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed)
		return filled;
	free(filled);
	return NULL;
}

char *sql_comment_value(const char *sql, const char *key)
{
	const size_t length = strlen(key);
	for (const char *line = sql; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, "-- ", 3) != 0 || strncmp(line + 3, key, length) != 0 || line[3 + length] != ':')
			continue;
		const char *value = line + 3 + length + 1;
		value += strspn(value, " \t");
		return strndup(value, strcspn(value, "\n"));
	}
	return NULL;
}
