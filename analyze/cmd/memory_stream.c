#include "analyze/cmd/memory_stream.h"

#include <errno.h>
#include <stdlib.h>

struct memory {
	FILE *inner;
	size_t written, most;
};

static ssize_t write_more(void *user, const char *bytes, size_t count)
{
	struct memory *memory = user;
	if (count > memory->most - memory->written) {
		errno = EFBIG;
		return 0;
	}
	const size_t written = fwrite(bytes, 1, count, memory->inner);
	memory->written += written;
	return (ssize_t)written;
}

static int end(void *user)
{
	struct memory *memory = user;
	const int result = fclose(memory->inner);
	free(memory);
	return result;
}

FILE *memory_stream(char **text, size_t *bytes, size_t most)
{
	struct memory *memory = malloc(sizeof *memory);
	*text = NULL;
	if (!memory)
		return NULL;
	*memory = (struct memory){.inner = open_memstream(text, bytes), .most = most};
	FILE *stream = memory->inner ? fopencookie(memory, "w", (cookie_io_functions_t){.write = write_more, .close = end}) : NULL;
	if (stream)
		return stream;
	if (memory->inner)
		fclose(memory->inner);
	free(memory);
	free(*text);
	*text = NULL;
	return NULL;
}
