#include "analyze/cmd/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void gnuplot_assign(FILE *script, const char *name, const char *value)
{
	fprintf(script, "%s = '", name);
	for (; *value; value++) {
		if (*value == '\'')
			fputc('\'', script); /* doubled: the only escape in single quotes */
		fputc(*value == '\n' || *value == '\r' ? ' ' : *value, script);
	}
	fputs("'\n", script);
}

/* The first lines of what gnuplot said, in one. */
static void read_complaint(const char *path, char *message, size_t message_bytes)
{
	size_t length = 0;
	FILE *file = fopen(path, "re");
	if (file) {
		length = fread(message, 1, message_bytes - 1, file);
		fclose(file);
	}
	while (length > 0 && isspace((unsigned char)message[length - 1]))
		length--;
	message[length] = '\0';
	for (char *at = message; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = ' ';
}

enum status gnuplot_run(const char *script, const char *error_path, char *message, size_t message_bytes)
{
	extern char **environ;
	char name[] = "gnuplot", no_settings[] = "-d";
	char *const arguments[] = {name, no_settings, NULL};
	posix_spawn_file_actions_t actions;
	pid_t child = -1;
	int result = 0;
	message[0] = '\0';
	if (posix_spawn_file_actions_init(&actions) != 0)
		return STATUS_NO_MEMORY;
	if (posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, script, O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_path, O_WRONLY | O_CREAT | O_TRUNC, 0600) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return STATUS_NO_MEMORY;
	}
	const int failure = posix_spawnp(&child, name, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failure != 0) {
		snprintf(message, message_bytes, "%s", strerror(failure));
		return failure == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	}
	while (waitpid(child, &result, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(result))
		return STATUS_INTERRUPTED;
	read_complaint(error_path, message, message_bytes);
	return WIFEXITED(result) && WEXITSTATUS(result) == 0 ? STATUS_OK : STATUS_IO;
}
