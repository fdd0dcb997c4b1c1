#include "store/saved.h"

#include "store/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILT_IN "queries/"
#define SUFFIX ".sql"
#define FILE_BYTES_MAX (1024 * 1024)

struct saved_queries {
	struct saved_query *list;
	size_t count, room;
	char *problem;
};

static void free_query(struct saved_query *query)
{
	for (size_t i = 0; i < query->parameter_count; i++) {
		free(query->parameters[i].name);
		free(query->parameters[i].value);
		free(query->parameters[i].about);
	}
	free(query->name);
	free(query->title);
	free(query->about);
	free(query->sql);
	free(query->path);
}

void saved_queries_free(struct saved_queries *queries)
{
	if (!queries)
		return;
	for (size_t i = 0; i < queries->count; i++)
		free_query(&queries->list[i]);
	free(queries->list);
	free(queries->problem);
	free(queries);
}

/* If `line` is `-- KEY: text`, the text. */
static const char *header_value(const char *line, const char *key)
{
	size_t length = strlen(key);
	if (strncmp(line, "-- ", 3) || strncmp(line + 3, key, length) || line[3 + length] != ':')
		return NULL;
	line += 4 + length;
	return line + strspn(line, " \t");
}

/* Appends `text` and LF to `*lines`. */
static bool append_line(char **lines, const char *text)
{
	char *longer = NULL;
	if (asprintf(&longer, "%s%s\n", *lines, text) < 0)
		return false;
	free(*lines);
	*lines = longer;
	return true;
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

static bool read_header_line(struct saved_query *query, const char *line)
{
	const char *text;
	if ((text = header_value(line, "title"))) {
		free(query->title);
		query->title = strdup(text);
		return query->title != NULL;
	}
	if ((text = header_value(line, "about")))
		return append_line(&query->about, text);
	if ((text = header_value(line, "parameter")))
		return read_parameter(query, text);
	return true;
}

static bool read_header(struct saved_query *query)
{
	for (const char *line = query->sql; !strncmp(line, "--", 2);) {
		size_t length = strcspn(line, "\r\n");
		char *copy = strndup(line, length);
		bool read = copy && read_header_line(query, copy);
		free(copy);
		if (!read)
			return false;
		line += length + strspn(line + length, "\r\n");
	}
	return true;
}

/* `file` is NAME.sql. */
static bool add_query(struct saved_queries *queries, const char *file, const char *path, const char *sql)
{
	if (queries->count == queries->room) {
		size_t room = queries->room ? 2 * queries->room : 32;
		struct saved_query *list = realloc(queries->list, room * sizeof(*list));
		if (!list)
			return false;
		queries->list = list;
		queries->room = room;
	}
	struct saved_query *query = &queries->list[queries->count++];
	*query = (struct saved_query){
		.name = strndup(file, strlen(file) - strlen(SUFFIX)),
		.title = strdup(""),
		.about = strdup(""),
		.sql = strdup(sql),
		.path = path ? strdup(path) : NULL,
	};
	if (!query->name || !query->title || !query->about || !query->sql || (path && !query->path))
		return false;
	return read_header(query);
}

static bool is_query_name(const char *file)
{
	size_t length = strlen(file);
	return file[0] != '.' && length > strlen(SUFFIX) && !strcmp(file + length - strlen(SUFFIX), SUFFIX);
}

/* NULL with errno. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(FILE_BYTES_MAX);
	size_t length = 0;
	if (!file || !text)
		goto fail;
	length = fread(text, 1, FILE_BYTES_MAX, file);
	if (ferror(file))
		goto fail;
	if (length == FILE_BYTES_MAX) {
		errno = EFBIG;
		goto fail;
	}
	text[length] = '\0';
	fclose(file);
	return text;
fail:
	free(text);
	if (file) {
		int saved = errno;
		fclose(file);
		errno = saved;
	}
	return NULL;
}

static bool add_file(struct saved_queries *queries, const char *folder, const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return false;
	char *sql = read_file(path);
	bool added = true;
	if (sql)
		added = add_query(queries, name, path, sql);
	else if (!queries->problem && asprintf(&queries->problem, "%s: %s", path, strerror(errno)) < 0)
		added = false;
	free(sql);
	free(path);
	return added;
}

static bool add_folder(struct saved_queries *queries, const char *folder)
{
	DIR *dir = opendir(folder);
	if (!dir) {
		if (errno == ENOENT)
			return true;
		return asprintf(&queries->problem, "%s: %s", folder, strerror(errno)) >= 0;
	}
	bool added = true;
	for (const struct dirent *entry; added && (entry = readdir(dir));)
		if (is_query_name(entry->d_name))
			added = add_file(queries, folder, entry->d_name);
	closedir(dir);
	return added;
}

static bool add_users(struct saved_queries *queries)
{
	const char *folder = getenv("WIRETAPE_QUERIES"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path = NULL;
	if (folder && *folder)
		return add_folder(queries, folder);
	if (config && *config) {
		if (asprintf(&path, "%s/wiretape/queries", config) < 0)
			return false;
	} else if (home && *home) {
		if (asprintf(&path, "%s/.config/wiretape/queries", home) < 0)
			return false;
	}
	bool added = !path || add_folder(queries, path);
	free(path);
	return added;
}

static bool add_built_in(struct saved_queries *queries)
{
	for (size_t i = 0; i < embedded_sql_count; i++) {
		const char *file = embedded_sql[i].name;
		if (strncmp(file, BUILT_IN, strlen(BUILT_IN)))
			continue;
		file += strlen(BUILT_IN);
		char *name = strndup(file, strlen(file) - strlen(SUFFIX));
		bool replaced = name && saved_queries_find(queries, name);
		free(name);
		if (!name || (!replaced && !add_query(queries, file, NULL, embedded_sql[i].text)))
			return false;
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct saved_query *)a)->name, ((const struct saved_query *)b)->name);
}

struct saved_queries *saved_queries_new(void)
{
	struct saved_queries *queries = calloc(1, sizeof(*queries));
	if (!queries || !add_users(queries) || !add_built_in(queries)) {
		saved_queries_free(queries);
		return NULL;
	}
	if (queries->count)
		qsort(queries->list, queries->count, sizeof(*queries->list), by_name);
	return queries;
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
	return queries->problem;
}
