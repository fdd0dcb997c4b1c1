/* target.h: a file that appears at its place complete or not at all. */
#ifndef WIRETAPE_TARGET_H
#define WIRETAPE_TARGET_H

#include "analyze/engine/status.h"

#include <stdbool.h>

/* True if both are there, and are the same file. */
bool target_is(const char *path, const char *other);
/* Makes an empty file beside `path`, which nobody else has, and returns its name in `*temporary`; free it. On error errno
 * says why: EPERM and EISDIR where a device, a pipe or a folder stands. STATUS_NO_MEMORY, STATUS_IO. */
enum status target_reserve(const char *path, char **temporary);
/* Syncs `temporary` and renames it to `path`. STATUS_EXISTS: there is a file and `replace` is false. On error errno says
 * why, and `temporary` is still there. */
enum status target_commit(const char *temporary, const char *path, bool replace);

#endif
