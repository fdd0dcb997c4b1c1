#include "analyze/cmd/report/scratch.h"

#include "analyze/cmd/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

void scratch_done(const char *scratch, size_t number)
{
	char *work = scratch_path(scratch, number, SCRATCH_WORK);
	if (work)
		temporary_folder_clear(work);
	free(work);
}
