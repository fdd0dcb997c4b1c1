#include "analyze/cmd/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *temporary_place(void)
{
	const char *place = getenv("TMPDIR");
	return place && place[0] ? place : "/tmp";
}

static void free_keeping_reason(char *path)
{
	const int reason = errno;
	free(path);
	errno = reason;
}

char *temporary_folder(const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/wiretape-%s-XXXXXX", temporary_place(), name) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	if (mkdtemp(path))
		return path;
	free_keeping_reason(path);
	return NULL;
}

int temporary_file(void)
{
	char *path = NULL;
	if (asprintf(&path, "%s/wiretape-XXXXXX", temporary_place()) < 0) {
		errno = ENOMEM;
		return -1;
	}
	const int file = mkostemp(path, O_CLOEXEC);
	if (file >= 0)
		unlink(path);
	free_keeping_reason(path);
	return file;
}
