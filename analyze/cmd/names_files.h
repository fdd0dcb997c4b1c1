/* names_files.h: the files of --hosts and --pods, and what goes wrong with each said on standard error. */
#ifndef WIRETAPE_NAMES_FILES_H
#define WIRETAPE_NAMES_FILES_H

#include "analyze/cmd/command.h"
#include "analyze/engine/status.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

#define NAMES_FILES_MAX 64

/* Zero is a usable start. Paths are borrowed. */
struct names_files {
	struct {
		enum names_format format;
		const char *path;
	} list[NAMES_FILES_MAX];
	size_t count;
};

/* Takes the option --hosts or --pods; false after a complaint. */
bool names_files_option(const struct command *command, struct names_files *files, enum names_format format, const char *path);
/* How many of them are standard input. */
size_t names_files_inputs(const struct names_files *files);
/* Adds all of them, and says what of them was left out unless `quiet`. Statuses as store_add_names, after a complaint. */
enum status names_files_add(const struct names_files *files, struct store *store, bool quiet);

#endif
