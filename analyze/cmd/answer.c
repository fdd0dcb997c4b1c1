#include "analyze/cmd/answer.h"

#include "analyze/cmd/memory_stream.h"

#include <stdio.h>
#include <stdlib.h>

enum status answer_rows(struct reader *reader, const char *sql, const struct parameter *parameters, size_t parameter_count, char **text)
{
	const struct table_options options = {.format = TABLE_CSV};
	size_t bytes = 0;
	*text = NULL;
	FILE *out = memory_stream(text, &bytes, MEMORY_STREAM_MAX);
	if (!out)
		return STATUS_NO_MEMORY;
	enum status status = reader_run(reader, sql, parameters, parameter_count, &options, out);
	if (fclose(out) != 0 && status == STATUS_OK)
		status = STATUS_IO;
	if (status != STATUS_OK) {
		free(*text);
		*text = NULL;
	}
	return status;
}
