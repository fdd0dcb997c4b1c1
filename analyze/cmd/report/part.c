#include "analyze/cmd/report/part.h"

#include "analyze/cmd/sql_text.h"
#include "store/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "plots/report/"
#define ROWS 20

struct parts {
	struct part *part;
	size_t count;
};

static void part_clear(struct part *part)
{
	free(part->key);
	free(part->title);
	free(part->empty);
	free(part->noun);
	free(part->statement);
	for (size_t i = 0; i < part->about_count; i++)
		free(part->about[i]);
	for (size_t i = 0; i < part->chart_count; i++)
		free(part->charts[i]);
	for (size_t i = 0; i < part->column_count; i++) {
		free(part->columns[i].key);
		free(part->columns[i].heading);
	}
	*part = (struct part){0};
}

static bool is(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(text, word, length) == 0;
}

static bool keep(char **field, const char *value, size_t length)
{
	free(*field);
	return (*field = strndup(value, length)) != NULL;
}

static bool keep_line(char *lines[PART_LINES_MAX], size_t *count, const char *value, size_t length)
{
	if (*count == PART_LINES_MAX)
		return true;
	lines[*count] = strndup(value, length);
	return lines[(*count)++] != NULL;
}

/* "KEY KIND HEADING" */
static bool keep_column(struct part *part, const char *value, size_t length)
{
	const char *end = value + length, *key = value + (*value == '-');
	const char *kind = key + strcspn(key, " \n"), *heading;
	char kind_name[16];
	if (part->column_count == PART_COLUMNS_MAX)
		return true;
	struct part_column *column = &part->columns[part->column_count++];
	*column = (struct part_column){
		.key = strndup(key, (size_t)(kind - key)),
		.for_people = true,
		.for_scripts = *value != '-',
		.in_text = true,
	};
	kind += *kind == ' ';
	heading = kind + strcspn(kind, " \n");
	snprintf(kind_name, sizeof kind_name, "%.*s", (int)(heading - kind), kind);
	value_kind_of(kind_name, &column->kind);
	heading += *heading == ' ';
	if (*heading == '-')
		column->for_people = false;
	if (*heading == '+')
		column->in_text = false;
	heading += *heading == '+' || *heading == '-';
	column->heading = strndup(heading, heading < end ? (size_t)(end - heading) : 0);
	return column->key && column->heading;
}

/* One header line; false: out of memory. */
static bool read_line(struct part *part, const char *name, size_t name_length, const char *value, size_t length)
{
	if (is(name, name_length, "order"))
		part->order = strtol(value, NULL, 10);
	else if (is(name, name_length, "key"))
		return keep(&part->key, value, length);
	else if (is(name, name_length, "title"))
		return keep(&part->title, value, length);
	else if (is(name, name_length, "empty"))
		return keep(&part->empty, value, length);
	else if (is(name, name_length, "rows"))
		return keep(&part->noun, value, length);
	else if (is(name, name_length, "about"))
		return keep_line(part->about, &part->about_count, value, length);
	else if (is(name, name_length, "chart"))
		return keep_line(part->charts, &part->chart_count, value, length);
	else if (is(name, name_length, "column"))
		return keep_column(part, value, length);
	else if (is(name, name_length, "batch")) {
		part->in_batch = !is(value, length, "no");
		part->charts_in_batch = part->in_batch && !is(value, length, "table");
	} else if (is(name, name_length, "shape"))
		part->shape = is(value, length, "facts") ? PART_FACTS : is(value, length, "warnings") ? PART_WARNINGS : PART_TABLE;
	else if (is(name, name_length, "text"))
		part->in_text = !is(value, length, "no");
	else if (is(name, name_length, "most"))
		part->most = (unsigned)strtoul(value, NULL, 10);
	else if (is(name, name_length, "folded"))
		part->folded = is(value, length, "yes");
	return true;
}

static bool read_part(struct part *part, const char *text)
{
	bool failed = false;
	const char *cursor = text;
	for (const char *line = text; !strncmp(line, "--", 2);) {
		const size_t length = strcspn(line, "\n"), name = strcspn(line, ":\n");
		if (length > 3 && name < length && strcspn(line + 3, " :\n") == name - 3) {
			const char *value = line + name + 1;
			value += strspn(value, " ");
			if (!read_line(part, line + 3, name - 3, value, (size_t)(line + length - value)))
				return false;
		}
		line += length + (line[length] == '\n');
	}
	part->statement = sql_next_statement(&cursor, &failed);
	return !failed && (part->key || keep(&part->key, part->file, (size_t)part->file_length)) &&
	       (part->title || keep(&part->title, part->key, strlen(part->key)));
}

static int by_order(const void *left, const void *right)
{
	const struct part *a = left, *b = right;
	return a->order != b->order ? (a->order > b->order) - (a->order < b->order) : strcmp(a->file, b->file);
}

struct parts *parts_new(const char *place)
{
	struct parts *parts = calloc(1, sizeof *parts);
	struct part *room = calloc(embedded_sql_count, sizeof *room);
	if (!parts || !room) {
		free(parts);
		free(room);
		return NULL;
	}
	parts->part = room;
	for (size_t i = 0; i < embedded_sql_count; i++) {
		const char *name = embedded_sql[i].name;
		if (strncmp(name, FOLDER, strlen(FOLDER)) != 0 || strncmp(embedded_sql[i].text, "-- place: ", 10) != 0)
			continue;
		const char *value = embedded_sql[i].text + 10;
		if (!is(value, strcspn(value, "\n"), place))
			continue;
		struct part *part = &parts->part[parts->count++];
		part->file = name + strlen(FOLDER);
		part->file_length = (int)strcspn(part->file, ".");
		part->in_batch = part->charts_in_batch = part->in_text = true;
		part->most = ROWS;
		if (!read_part(part, embedded_sql[i].text)) {
			parts_free(parts);
			return NULL;
		}
	}
	qsort(parts->part, parts->count, sizeof *parts->part, by_order);
	return parts;
}

void parts_free(struct parts *parts)
{
	if (!parts)
		return;
	for (size_t i = 0; i < parts->count; i++)
		part_clear(&parts->part[i]);
	free(parts->part);
	free(parts);
}

size_t parts_count(const struct parts *parts)
{
	return parts->count;
}

const struct part *parts_at(const struct parts *parts, size_t index)
{
	return &parts->part[index];
}

const char *part_text(const char *name)
{
	char path[128];
	snprintf(path, sizeof path, FOLDER "%s.sql", name);
	return embedded_sql_text(path);
}

bool part_column_is_shown(const struct part_column *column, enum document_format format)
{
	if (format == DOCUMENT_JSON)
		return column->for_scripts;
	return column->for_people && (column->in_text || format != DOCUMENT_TEXT);
}
