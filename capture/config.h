/* config.h: INI files: [section], key = value, and lines that begin with space or tab and go on with the value above. Comments have
 * lines of their own and begin with # or ; so that a value may hold either. */
#ifndef WIRETAPE_CAPTURE_CONFIG_H
#define WIRETAPE_CAPTURE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One key; a value that went on has its line ends, and no space around them. False ends the reading. */
typedef bool config_visit(void *user, int line, const char *section, const char *key, const char *value);

/* False with words in `message`, file and line in front; or, where `visit` refused, with what it put there, "" if nothing. */
bool config_read(const char *path, config_visit *visit, void *user, char *message, size_t message_bytes);
/* The same for what is open already, which messages call `name`. */
bool config_read_stream(FILE *file, const char *name, config_visit *visit, void *user, char *message, size_t message_bytes);

#endif
