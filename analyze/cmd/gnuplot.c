#include "analyze/cmd/gnuplot.h"

#include "analyze/cmd/interrupt.h"
#include "store/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* C0 and C1 controls, marks and overrides of direction, line and paragraph separators, what is no character. */
static bool is_unfit(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
	       (code & 0xfffe) == 0xfffe || code > 0x10ffff;
}

void gnuplot_clean(char *text)
{
	const size_t length = strlen(text);
	char *to = text;
	for (size_t i = 0; i < length;) {
		uint32_t code;
		const size_t size = utf8_decode(text + i, length - i, &code);
		if (is_unfit(code)) {
			*to++ = code < 0x20 ? ' ' : '?';
		} else {
			memmove(to, text + i, size);
			to += size;
		}
		i += size;
	}
	*to = '\0';
}

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

/* Ours, but for what would make pictures differ from host to host; the caller frees it, not its texts. */
static char **make_environment(void)
{
	extern char **environ;
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	char **made = calloc(count + 2, sizeof *made);
	if (!made)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0 && strncmp(environ[i], "GNUPLOT_", 8) != 0)
			made[kept++] = environ[i];
	made[kept] = locale;
	return made;
}

static int spawn(const char *folder, const char *script, const char *error_path, pid_t *child)
{
	/* Its script has a name, too: from standard input gnuplot takes single bytes, each with five system calls. */
	char name[] = "gnuplot", no_settings[] = "-d", named[] = GNUPLOT_SCRIPT;
	char *const arguments[] = {name, no_settings, named, NULL};
	char **environment = make_environment();
	posix_spawn_file_actions_t actions;
	int failure = posix_spawn_file_actions_init(&actions);
	if (failure || !environment) {
		free(environment);
		return ENOMEM;
	}
	failure = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, script, O_RDONLY, 0);
	if (!failure)
		failure = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!failure)
		failure = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (!failure)
		failure = posix_spawn_file_actions_addchdir_np(&actions, folder); /* after what is opened: paths may be relative */
	if (!failure)
		failure = posix_spawnp(child, name, &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	free(environment);
	return failure;
}

enum status gnuplot_run(const char *folder, const char *script, const char *error_path, char *message, size_t message_bytes)
{
	const volatile sig_atomic_t *interrupted = interrupt_flag();
	pid_t child = -1;
	int result = 0;
	message[0] = '\0';
	const int failure = spawn(folder, script, error_path, &child);
	if (failure != 0) {
		snprintf(message, message_bytes, "%s", strerror(failure));
		return failure == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	}
	while (waitpid(child, &result, 0) < 0 && errno == EINTR)
		if (*interrupted)
			kill(child, SIGTERM);
	if (*interrupted)
		return STATUS_INTERRUPTED;
	if (WIFSIGNALED(result)) { /* by the kernel, where memory is short */
		snprintf(message, message_bytes, "killed by signal %d (%s)", WTERMSIG(result), strsignal(WTERMSIG(result)));
		return STATUS_IO;
	}
	read_complaint(error_path, message, message_bytes);
	return WIFEXITED(result) && WEXITSTATUS(result) == 0 ? STATUS_OK : STATUS_IO;
}
