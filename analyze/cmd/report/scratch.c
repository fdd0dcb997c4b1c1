#include "analyze/cmd/report/scratch.h"

#include "analyze/cmd/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BYTES_MAX 262144

char *scratch_path(const char *scratch, size_t number, enum scratch_file file)
{
	static const char *const names[] = {
		[SCRATCH_FOLDER] = "", [SCRATCH_FRAGMENT] = "/fragment", [SCRATCH_BRIEF] = "/brief",
		[SCRATCH_FACTS] = "/facts", [SCRATCH_RANK] = "/rank",
		[SCRATCH_FINDINGS] = "/findings", [SCRATCH_CONNECTIONS] = "/connections", [SCRATCH_ERRORS] = "/errors",
		[SCRATCH_WORK] = "/work", [SCRATCH_DATABASE] = "/work/flows.db",
	};
	char *path = NULL;
	return asprintf(&path, "%s/%zu%s", scratch, number, names[file]) < 0 ? NULL : path;
}

bool scratch_answer(struct answer *answer, const char *scratch, size_t number, enum scratch_file file)
{
	char *path = scratch_path(scratch, number, file), *text = malloc(BYTES_MAX + 1);
	FILE *in = path && text ? fopen(path, "re") : NULL;
	*answer = (struct answer){0};
	free(path);
	if (!in) {
		free(text);
		return false;
	}
	text[fread(text, 1, BYTES_MAX, in)] = '\0';
	fclose(in);
	return answer_take(answer, text) == STATUS_OK && answer->columns > 0;
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
