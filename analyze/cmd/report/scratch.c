#include "analyze/cmd/report/scratch.h"

#include "analyze/cmd/temporary.h"
#include "analyze/cmd/terminal.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_OPEN 16

char *scratch_new(void)
{
	char *path = temporary_folder("report");
	if (!path)
		complain("%s: no temporary folder can be made there: %s: name another folder in TMPDIR", temporary_place(), strerror(errno));
	return path;
}

char *scratch_path(const char *scratch, size_t number, enum scratch_file file)
{
	static const char *const names[] = {
		[SCRATCH_FOLDER] = "", [SCRATCH_FRAGMENT] = "/fragment", [SCRATCH_FACTS] = "/facts", [SCRATCH_RANK] = "/rank",
		[SCRATCH_ERRORS] = "/errors", [SCRATCH_WORK] = "/work", [SCRATCH_DATABASE] = "/work/flows.db",
	};
	char *path = NULL;
	return asprintf(&path, "%s/%zu%s", scratch, number, names[file]) < 0 ? NULL : path;
}

bool scratch_prepare(const char *scratch, size_t number)
{
	char *folder = scratch_path(scratch, number, SCRATCH_FOLDER), *work = scratch_path(scratch, number, SCRATCH_WORK);
	const bool made = folder && work && mkdir(folder, 0700) == 0 && mkdir(work, 0700) == 0;
	const int reason = errno;
	free(folder);
	free(work);
	errno = reason;
	return made;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	remove(path);
	return 0;
}

void scratch_remove(const char *path)
{
	if (path)
		nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}
