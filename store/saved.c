#include "store/saved.h"

#include "store/sql_files.h"

#include <stdlib.h>
#include <string.h>

struct saved_queries {
	struct sql_files *files;
	struct saved_query *list;
	size_t count;
};

static void free_query(struct saved_query *query)
{
	for (size_t i = 0; i < query->parameter_count; i++) {
		free(query->parameters[i].name);
		free(query->parameters[i].value);
		free(query->parameters[i].about);
	}
	free(query->title);
	free(query->about);
}

void saved_queries_free(struct saved_queries *queries)
{
	if (!queries)
		return;
	for (size_t i = 0; i < queries->count; i++)
		free_query(&queries->list[i]);
	free(queries->list);
	sql_files_free(queries->files);
	free(queries);
}

/* `name value meaning`; a value with spaces stands in single quotes. */
static bool read_parameter(struct saved_query *query, const char *text)
{
	if (query->parameter_count == SAVED_PARAMETERS_MAX)
		return true;
	struct saved_parameter *parameter = &query->parameters[query->parameter_count++];
	size_t name = strcspn(text, " \t");
	const char *value = text + name + strspn(text + name, " \t");
	bool quoted = *value == '\'';
	size_t length = quoted ? strcspn(value + 1, "'") : strcspn(value, " \t");
	const char *about = value + length + (quoted ? (value[length + 1] ? 2 : 1) : 0);
	parameter->name = strndup(text, name);
	parameter->value = strndup(value + quoted, length);
	parameter->about = strdup(about + strspn(about, " \t"));
	return parameter->name && parameter->value && parameter->about;
}

static bool read_header_line(struct saved_query *query, const char *key, const char *text)
{
	if (!strcmp(key, "title")) {
		free(query->title);
		query->title = strdup(text);
		return query->title != NULL;
	}
	if (!strcmp(key, "about"))
		return sql_append_line(&query->about, text);
	if (!strcmp(key, "parameter"))
		return read_parameter(query, text);
	return true;
}

static bool read_query(struct saved_query *query, const struct sql_file *file)
{
	*query = (struct saved_query){
		.name = file->name,
		.title = strdup(""),
		.about = strdup(""),
		.sql = file->text,
		.path = file->path,
	};
	bool read = query->title && query->about;
	char key[SQL_KEY_MAX], *text;
	for (const char *at = file->text; read && sql_header_next(&at, key, &text); free(text))
		read = text && read_header_line(query, key, text);
	return read;
}

struct saved_queries *saved_queries_new(void)
{
	struct saved_queries *queries = calloc(1, sizeof(*queries));
	if (!queries)
		return NULL;
	queries->files = sql_files_new("queries", "WIRETAPE_QUERIES");
	size_t count = queries->files ? sql_files_count(queries->files) : 0;
	queries->list = calloc(count + 1, sizeof(*queries->list));
	bool read = queries->files && queries->list;
	while (read && queries->count < count) {
		read = read_query(&queries->list[queries->count], sql_files_at(queries->files, queries->count));
		queries->count++;
	}
	if (read)
		return queries;
	saved_queries_free(queries);
	return NULL;
}

size_t saved_queries_count(const struct saved_queries *queries)
{
	return queries->count;
}

const struct saved_query *saved_queries_at(const struct saved_queries *queries, size_t index)
{
	return &queries->list[index];
}

const struct saved_query *saved_queries_find(const struct saved_queries *queries, const char *name)
{
	for (size_t i = 0; i < queries->count; i++)
		if (!strcmp(queries->list[i].name, name))
			return &queries->list[i];
	return NULL;
}

const char *saved_queries_problem(const struct saved_queries *queries)
{
	return sql_files_problem(queries->files, 0);
}
