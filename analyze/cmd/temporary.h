/* temporary.h: files and folders that nobody keeps, in TMPDIR or, if that is not set, in /tmp. */
#ifndef WIRETAPE_TEMPORARY_H
#define WIRETAPE_TEMPORARY_H

#include <stdbool.h>

/* Locked as long as the program runs that made it, or a process that it forked; what a killed one left is removed when the next one is
 * made. Zero is none. */
struct temporary_folder {
	char *path;
	int lock;
};

/* Where they are made. */
const char *temporary_place(void);
/* What to say if temporary_folder_make fails, with that folder and strerror(errno). */
#define TEMPORARY_COMPLAINT "%s: no temporary folder can be made there: %s: name another folder in TMPDIR"
/* Makes a folder, wiretape-NAME-XXXXXX. False: errno says why, and `path` is NULL. */
bool temporary_folder_make(struct temporary_folder *folder, const char *name);
/* With all in it, following no links. None is allowed. */
void temporary_folder_remove(struct temporary_folder *folder);
/* Removes all that is in a folder, following no links. */
void temporary_folder_clear(const char *path);
/* Opens a file without a name, to write and to read; no other program gets it. -1: errno says why. */
int temporary_file(void);

#endif
