#include "analyze/cmd/report/page_path.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of a file, as the file is named. */
static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	return !slash ? strdup(".") : strndup(file, slash == file ? 1 : (size_t)(slash - file));
}

/* From one absolute path without links, "." and ".." to another. */
static char *relative(const char *from, const char *to)
{
	char *way = NULL;
	size_t bytes = 0, common = 0, at = 0;
	FILE *out = open_memstream(&way, &bytes);
	if (!out)
		return NULL;
	from += strcmp(from, "/") == 0;
	to += strcmp(to, "/") == 0;
	for (; from[at] && from[at] == to[at]; at++)
		if (from[at] == '/')
			common = at;
	if ((!from[at] || from[at] == '/') && (!to[at] || to[at] == '/'))
		common = at;
	for (const char *rest = from + common; *rest; rest++)
		if (*rest == '/')
			fputs("../", out);
	fputs(to[common] ? to + common + 1 : ".", out);
	return fclose(out) == 0 ? way : NULL;
}

/* Is a symbolic link among the folders of this path? A browser takes ".." for the folder before it in the address. */
static bool has_links(const char *folder)
{
	char *start = folder[0] == '/' ? strdup("") : get_current_dir_name(), *path = NULL;
	bool found = !start || asprintf(&path, "%s/%s/", start, folder) < 0;
	for (char *slash = path; !found && (slash = strchr(slash + 1, '/')) != NULL;) {
		struct stat info;
		*slash = '\0';
		found = lstat(path, &info) != 0 || S_ISLNK(info.st_mode);
		*slash = '/';
	}
	free(path);
	free(start);
	return found;
}

char *page_path(const char *page, const char *folder)
{
	char *target = realpath(folder, NULL), *named = page ? folder_of(page) : NULL;
	char *place = named ? realpath(named, NULL) : NULL, *path = target && place ? relative(place, target) : NULL;
	if (path && strncmp(path, "../", 3) == 0 && has_links(named)) {
		free(path);
		path = NULL;
	}
	if (!path && target) {
		path = target;
		target = NULL;
	}
	free(place);
	free(named);
	free(target);
	return path ? path : strdup(folder);
}
