#include "analyze/cmd/names_files.h"

#include "analyze/cmd/terminal.h"

#include <inttypes.h>
#include <string.h>

bool names_files_option(const struct command *command, struct names_files *files, enum names_format format, const char *path)
{
	const char *name = format == NAMES_HOSTS ? "--hosts" : "--pods";
	if (files->count == NAMES_FILES_MAX) {
		complain_usage(command, "%s %s: that is more than %d files of names", name, path, NAMES_FILES_MAX);
		return false;
	}
	files->list[files->count].format = format;
	files->list[files->count++].path = path;
	return true;
}

size_t names_files_inputs(const struct names_files *files)
{
	size_t inputs = 0;
	for (size_t i = 0; i < files->count; i++)
		inputs += strcmp(files->list[i].path, "-") == 0;
	return inputs;
}

static void remark(const char *path, const struct names_added *added)
{
	if (added->bad > 0 && added->first_bad_line > 0)
		complain("%s: %" PRIu64 " line%s without an address and a name left out, the first is line %" PRIu64 ": %s", path,
			 added->bad, added->bad == 1 ? "" : "s", added->first_bad_line, added->first_bad);
	else if (added->bad > 0)
		complain("%s: %" PRIu64 " address%s that %s none left out, the first is '%s'", path, added->bad,
			 added->bad == 1 ? "" : "es", added->bad == 1 ? "is" : "are", added->first_bad);
	else if (added->names == 0)
		complain("%s: no names in there that are not known yet", path);
}

enum status names_files_add(const struct names_files *files, struct store *store, bool quiet)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < files->count && status == STATUS_OK; i++) {
		const char *path = files->list[i].path;
		struct names_added added;
		status = store_add_names(store, files->list[i].format, path, &added);
		if (status != STATUS_OK)
			complain("%s", store_error(store));
		else if (!quiet)
			remark(strcmp(path, "-") == 0 ? "standard input" : path, &added);
	}
	return status;
}
