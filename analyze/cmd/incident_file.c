#include "analyze/cmd/incident_file.h"

#include "store/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((off_t)16 << 20)

char *incident_file_read(const char *folder)
{
	char *path = NULL, *text = NULL;
	if (asprintf(&path, "%s/incident.json", folder) < 0)
		return NULL;
	const int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct json_document *document = NULL;
	struct stat info;
	size_t bytes = 0;
	free(path);
	if (file < 0)
		return NULL;
	if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= FILE_BYTES_MAX)
		text = malloc((size_t)info.st_size + 1);
	while (text && bytes < (size_t)info.st_size) {
		const ssize_t got = read(file, text + bytes, (size_t)info.st_size - bytes);
		if (got <= 0)
			break;
		bytes += (size_t)got;
	}
	close(file);
	if (text)
		text[bytes] = '\0';
	if (text && json_parse(&document, text, bytes) != STATUS_OK) {
		free(text);
		text = NULL;
	}
	json_document_free(document);
	return text;
}
