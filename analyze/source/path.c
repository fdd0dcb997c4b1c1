#include "analyze/source/path.h"

#include <stdio.h>
#include <string.h>

char *path_join(const char *folder, const char *name)
{
	char *joined = NULL;
	const size_t length = strlen(folder);
	const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
	return asprintf(&joined, "%s%s%s", folder, slash, name) < 0 ? NULL : joined;
}
