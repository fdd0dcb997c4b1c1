#include "tests/incident_folder.h"

#include "capture/incident_quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

char directory[64];

char *path_of(const char *name, const char *file)
{
	static char path[4][640];
	static unsigned next;
	char *result = path[next++ % 4];
	snprintf(result, sizeof path[0], "%s/incidents/%s%s%s", directory, name, file ? "/" : "", file ? file : "");
	return result;
}

bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/test_incident.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

int remove_directory(void **state)
{
	(void)state;
	struct incident_list list;
	incident_list_read(&list, directory);
	for (size_t i = 0; i < list.count; i++)
		incident_remove(directory, list.names[i]);
	incident_list_free(&list);
	rmdir(path_of("", NULL));
	static const char *const files[] = {"hook.log", "wiretape"};
	char path[128];
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i]);
		unlink(path);
	}
	return rmdir(directory);
}

void fill(const char *name, size_t bytes)
{
	FILE *file = fopen(path_of(name, "x.pcap.zst"), "w");
	assert_non_null(file);
	for (size_t i = 0; i < bytes; i++)
		putc((int)(i & 0xff), file);
	fclose(file);
}
