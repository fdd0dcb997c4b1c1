#include "store/sql_files.h"

#include "store/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".sql"
#define FILE_BYTES_MAX (1024 * 1024)

struct sql_files {
	struct sql_file *list;
	size_t count, room;
	char **problems;
	size_t problem_count;
};

static void free_file(struct sql_file *file)
{
	free(file->name);
	free(file->path);
	free(file->text);
}

void sql_files_free(struct sql_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++)
		free_file(&files->list[i]);
	for (size_t i = 0; i < files->problem_count; i++)
		free(files->problems[i]);
	free(files->list);
	free(files->problems);
	free(files);
}

/* `file` is NAME.sql. */
static bool add(struct sql_files *files, const char *file, const char *path, const char *text)
{
	if (files->count == files->room) {
		size_t room = files->room ? 2 * files->room : 32;
		struct sql_file *list = realloc(files->list, room * sizeof(*list));
		if (!list)
			return false;
		files->list = list;
		files->room = room;
	}
	struct sql_file *added = &files->list[files->count++];
	*added = (struct sql_file){
		.name = strndup(file, strlen(file) - strlen(SUFFIX)),
		.path = path ? strdup(path) : NULL,
		.text = strdup(text),
	};
	return added->name && added->text && (added->path || !path);
}

static bool add_problem(struct sql_files *files, const char *path, int error)
{
	char *problem = NULL;
	char **longer = realloc(files->problems, (files->problem_count + 1) * sizeof(*longer));
	if (!longer)
		return false;
	files->problems = longer;
	if (asprintf(&problem, "%s: %s", path, strerror(error)) < 0)
		return false;
	files->problems[files->problem_count++] = problem;
	return true;
}

static bool is_sql_name(const char *file)
{
	size_t length = strlen(file);
	return file[0] != '.' && length > strlen(SUFFIX) && !strcmp(file + length - strlen(SUFFIX), SUFFIX);
}

/* NULL with errno. A pipe that nobody writes into is not waited for. */
static FILE *open_file(const char *path)
{
	struct stat info;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return NULL;
	bool good = fstat(descriptor, &info) == 0;
	if (good && !S_ISREG(info.st_mode)) {
		errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
		good = false;
	}
	FILE *file = good ? fdopen(descriptor, "r") : NULL;
	if (!file) {
		int saved = errno;
		close(descriptor);
		errno = saved;
	}
	return file;
}

/* NULL with errno. */
static char *read_file(const char *path)
{
	FILE *file = open_file(path);
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

static bool add_from_disk(struct sql_files *files, const char *folder, const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return false;
	char *text = read_file(path);
	bool added = text ? add(files, name, path, text) : add_problem(files, path, errno);
	free(text);
	free(path);
	return added;
}

static bool add_folder(struct sql_files *files, const char *folder)
{
	DIR *dir = opendir(folder);
	if (!dir)
		return errno == ENOENT || add_problem(files, folder, errno);
	bool added = true;
	for (const struct dirent *entry; added && (entry = readdir(dir));)
		if (is_sql_name(entry->d_name))
			added = add_from_disk(files, folder, entry->d_name);
	closedir(dir);
	return added;
}

static bool add_users(struct sql_files *files, const char *kind, const char *variable)
{
	const char *folder = getenv(variable), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path = NULL;
	if (folder && *folder)
		return add_folder(files, folder);
	if (config && *config) {
		if (asprintf(&path, "%s/wiretape/%s", config, kind) < 0)
			return false;
	} else if (home && *home) {
		if (asprintf(&path, "%s/.config/wiretape/%s", home, kind) < 0)
			return false;
	}
	bool added = !path || add_folder(files, path);
	free(path);
	return added;
}

static bool is_replaced(const struct sql_files *files, const char *file)
{
	size_t length = strlen(file) - strlen(SUFFIX);
	for (size_t i = 0; i < files->count; i++)
		if (strlen(files->list[i].name) == length && !strncmp(files->list[i].name, file, length))
			return true;
	return false;
}

static bool add_built_in(struct sql_files *files, const char *kind)
{
	size_t length = strlen(kind);
	for (size_t i = 0; i < embedded_sql_count; i++) {
		const char *file = embedded_sql[i].name;
		if (strncmp(file, kind, length) || file[length] != '/' || !is_sql_name(file + length + 1))
			continue;
		file += length + 1;
		if (!is_replaced(files, file) && !add(files, file, NULL, embedded_sql[i].text))
			return false;
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sql_file *)a)->name, ((const struct sql_file *)b)->name);
}

struct sql_files *sql_files_new(const char *kind, const char *variable)
{
	struct sql_files *files = calloc(1, sizeof(*files));
	if (!files || !add_users(files, kind, variable) || !add_built_in(files, kind)) {
		sql_files_free(files);
		return NULL;
	}
	if (files->count)
		qsort(files->list, files->count, sizeof(*files->list), by_name);
	return files;
}

size_t sql_files_count(const struct sql_files *files)
{
	return files->count;
}

const struct sql_file *sql_files_at(const struct sql_files *files, size_t index)
{
	return &files->list[index];
}

const char *sql_files_problem(const struct sql_files *files, size_t index)
{
	return index < files->problem_count ? files->problems[index] : NULL;
}

bool sql_header_next(const char **at, char key[SQL_KEY_MAX], char **text)
{
	for (const char *line = *at; !strncmp(line, "--", 2); line = *at) {
		size_t length = strcspn(line, "\r\n");
		*at = line + length + strspn(line + length, "\r\n");
		size_t word = length > 3 && line[2] == ' ' ? strspn(line + 3, "abcdefghijklmnopqrstuvwxyz_") : 0;
		if (!word || word >= SQL_KEY_MAX || line[3 + word] != ':')
			continue;
		memcpy(key, line + 3, word);
		key[word] = '\0';
		size_t start = 4 + word;
		start += strspn(line + start, " \t");
		*text = strndup(line + start, length > start ? length - start : 0);
		return true;
	}
	return false;
}

bool sql_append_line(char **lines, const char *text)
{
	char *longer = NULL;
	if (asprintf(&longer, "%s%s\n", *lines ? *lines : "", text) < 0)
		return false;
	free(*lines);
	*lines = longer;
	return true;
}
