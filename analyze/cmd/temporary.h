/* temporary.h: files and folders that nobody keeps, in TMPDIR or, if that is not set, in /tmp. */
#ifndef WIRETAPE_TEMPORARY_H
#define WIRETAPE_TEMPORARY_H

/* Where they are made. */
const char *temporary_place(void);
/* Makes a folder, wiretape-NAME-XXXXXX, and returns its path; free it. NULL: errno says why. */
char *temporary_folder(const char *name);
/* Opens a file without a name, to write and to read; no other program gets it. -1: errno says why. */
int temporary_file(void);

#endif
