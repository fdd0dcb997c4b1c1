/* source_list.h: which files an argument list means. Folders stand for the tapes and files in them. */
#ifndef WIRETAPE_SOURCE_LIST_H
#define WIRETAPE_SOURCE_LIST_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>

#define SOURCE_LIST_MESSAGE_MAX 4352

struct source_list;

struct source_item {
	const char *path;
	bool found; /* in a folder; otherwise the user named it, so that it is an error if it is no capture */
	bool tape;  /* a folder with segments (tape.h), which are one capture */
};

/* NULL when out of memory. */
struct source_list *source_list_new(void);
/* NULL is allowed. */
void source_list_free(struct source_list *list);

/* Adds one argument: a file or "-" as it is, a folder as the tapes and the regular files below it, sorted by path.
 * Hidden files, *.json, folders that are symbolic links, and what a recorder keeps beside a tape (incidents, databases)
 * are left out. STATUS_NOT_FOUND: no such file. STATUS_IO: some folder cannot be read (the others are added).
 * STATUS_UNSUPPORTED: folders too deep or too many files. STATUS_NO_MEMORY. `message` (SOURCE_LIST_MESSAGE_MAX bytes)
 * gets the reason, the path first. */
enum status source_list_add(struct source_list *list, const char *path, char *message);

size_t source_list_count(const struct source_list *list);
/* Borrowed until the list is changed or freed. */
struct source_item source_list_at(const struct source_list *list, size_t index);

#endif
