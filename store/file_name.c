#include "store/file_name.h"

#include <string.h>

/* What two paths begin with, up to a '/'. Of sorted paths the first and the last share what all of them share. */
static size_t shared_folder(const char *one, const char *other)
{
	size_t folder = 0;
	for (size_t i = 0; one[i] && one[i] == other[i]; i++)
		if (one[i] == '/')
			folder = i + 1;
	return folder;
}

static void file_name(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *path = (const char *)sqlite3_value_text(values[0]);
	if (!path)
		return;
	const char *slash = strrchr(path, '/'), *name = slash && slash[1] ? slash + 1 : path;
	const char *lowest = count == 3 ? (const char *)sqlite3_value_text(values[1]) : NULL;
	const char *highest = count == 3 ? (const char *)sqlite3_value_text(values[2]) : NULL;
	if (lowest && highest && strcmp(lowest, highest) != 0) {
		const size_t shared = shared_folder(lowest, highest);
		name = strncmp(path, lowest, shared) == 0 ? path + shared : path;
	}
	sqlite3_result_text(context, name, -1, SQLITE_TRANSIENT);
}

int file_name_add(sqlite3 *db)
{
	const int code = sqlite3_create_function(db, "file_name", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, file_name, NULL, NULL);
	return code ? code : sqlite3_create_function(db, "file_name", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, file_name, NULL, NULL);
}
