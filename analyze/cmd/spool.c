#include "analyze/cmd/spool.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/temporary.h"
#include "analyze/cmd/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 262144

static bool write_all(int file, const char *bytes, size_t count)
{
	while (count > 0) {
		const ssize_t written = write(file, bytes, count);
		if (written < 0 && errno == EINTR && !*interrupt_flag())
			continue;
		if (written < 0)
			return false;
		bytes += written;
		count -= (size_t)written;
	}
	return true;
}

static void complain_of_place(void)
{
	complain("%s: standard input can't be kept there: %s: name another folder in TMPDIR", temporary_place(), strerror(errno));
}

static bool copy(int file)
{
	char *block = malloc(BLOCK);
	bool good = false;
	if (!block) {
		complain("out of memory");
		return false;
	}
	for (;;) {
		const ssize_t count = *interrupt_flag() ? -1 : read(STDIN_FILENO, block, BLOCK);
		if (count == 0) {
			good = true;
			break;
		}
		if (*interrupt_flag())
			break;
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			complain("standard input: %s", strerror(errno));
			break;
		}
		if (!write_all(file, block, (size_t)count)) {
			if (!*interrupt_flag())
				complain_of_place();
			break;
		}
	}
	free(block);
	return good;
}

bool spool_standard_input(struct spool *spool)
{
	spool->file = temporary_file();
	if (spool->file < 0) {
		complain_of_place();
		return false;
	}
	snprintf(spool->path, sizeof spool->path, "/proc/self/fd/%d", spool->file);
	if (copy(spool->file))
		return true;
	spool_free(spool);
	return false;
}

void spool_free(struct spool *spool)
{
	if (spool->path[0])
		close(spool->file);
	spool->path[0] = '\0';
}
