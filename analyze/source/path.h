/* path.h: names of files in folders. */
#ifndef WIRETAPE_PATH_H
#define WIRETAPE_PATH_H

/* FOLDER/NAME, with one slash between them; free it. NULL when out of memory. */
char *path_join(const char *folder, const char *name);

#endif
