#include "control.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool control_open(struct control *control, const char *path)
{
	/* For writing too, so that there is no end of file when a writer leaves. */
	control->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return control->fd >= 0;
}

void control_close(struct control *control)
{
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
}

static void obey(const char *line, struct impairment impairments[2])
{
	static const char *const names[2] = {"forward ", "backward "};
	char error[600];

	for (int i = 0; i < 2; i++) {
		const size_t length = strlen(names[i]);

		if (strncmp(line, names[i], length) != 0)
			continue;

		struct impairment_options options = impairments[i].options;

		if (impairment_options_parse(&options, line + length, error, sizeof(error)))
			impairments[i].options = options;
		else
			fprintf(stderr, "wire: %s\n", error);
		return;
	}
	fprintf(stderr, "wire: no command: \"%s\"\n", line);
}

void control_read(struct control *control, struct impairment impairments[2])
{
	ssize_t got;

	while ((got = read(control->fd, control->line + control->used, sizeof(control->line) - 1 - control->used)) > 0) {
		char *end;

		control->used += (size_t)got;
		control->line[control->used] = '\0';
		while ((end = strchr(control->line, '\n')) != NULL) {
			*end++ = '\0';
			obey(control->line, impairments);
			control->used -= (size_t)(end - control->line);
			memmove(control->line, end, control->used + 1);
		}
		if (control->used == sizeof(control->line) - 1) {
			fprintf(stderr, "wire: a command is too long\n");
			control->used = 0;
		}
	}
}
