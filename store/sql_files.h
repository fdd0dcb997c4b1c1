/* sql_files.h: SQL texts that have names: files NAME.sql, those of a user's folder and those built in. They start with comment lines
 * `-- key: text`. Private to the store. */
#ifndef WIRETAPE_SQL_FILES_H
#define WIRETAPE_SQL_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define SQL_KEY_MAX 32

struct sql_file {
	char *name; /* without .sql */
	char *path; /* of a user's file; NULL: built in */
	char *text; /* the whole file */
};

struct sql_files;

/* Loads all of `kind` ("queries"). The user's folder is what the environment's `variable` names, otherwise
 * $XDG_CONFIG_HOME/wiretape/KIND, otherwise ~/.config/wiretape/KIND; without it there are only the built-in ones. NULL when out of
 * memory. */
struct sql_files *sql_files_new(const char *kind, const char *variable);
/* NULL is allowed. */
void sql_files_free(struct sql_files *files);
/* How many there are, and each in order of name. A built-in one that the user's folder replaces is not among them. */
size_t sql_files_count(const struct sql_files *files);
const struct sql_file *sql_files_at(const struct sql_files *files, size_t index);
/* The user's files that could not be read, each with the reason, from 0; NULL: no more. */
const char *sql_files_problem(const struct sql_files *files, size_t index);

/* The next line `-- key: text` of the comment that `*at` begins with; comment lines that are not of this form are passed over. `text`
 * is for the caller to free, NULL when out of memory. False: the comment is over. */
bool sql_header_next(const char **at, char key[SQL_KEY_MAX], char **text);
/* Appends `text` and LF to `*lines`, which may be NULL and is freed or moved. False: out of memory. */
bool sql_append_line(char **lines, const char *text);

#endif
