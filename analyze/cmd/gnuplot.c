#include "analyze/cmd/gnuplot.h"

#include "analyze/cmd/interrupt.h"
#include "store/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void gnuplot_clean(char *text)
{
	const size_t length = strlen(text);
	char *to = text;
	for (size_t i = 0; i < length;) {
		char shown[VISIBLE_MAX];
		bool literal;
		uint32_t code;
		const size_t size = text_visible(text + i, length - i, shown, &literal);
		utf8_decode(text + i, length - i, &code);
		if (!literal || (code & 0xfffe) == 0xfffe) { /* these are no characters, which XML forbids */
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

/* Ours, but for what would make pictures differ from host to host, or name a terminal that this gnuplot lacks, of which
 * it dies; the caller frees it, not its texts. */
static char **make_environment(void)
{
	extern char **environ;
	static const char *const left_out[] = {"LC_ALL=", "GNUPLOT_", "GNUTERM="};
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	char **made = calloc(count + 2, sizeof *made);
	if (!made)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		bool keep = true;
		for (size_t j = 0; j < sizeof left_out / sizeof left_out[0]; j++)
			keep &= strncmp(environ[i], left_out[j], strlen(left_out[j])) != 0;
		if (keep)
			made[kept++] = environ[i];
	}
	made[kept] = locale;
	return made;
}

/* `alive` is open in the child alone, as its descriptor 3. */
static int spawn(const char *folder, const char *script, const char *error_path, int alive, pid_t *child)
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
	failure = posix_spawn_file_actions_adddup2(&actions, alive, STDERR_FILENO + 1);
	if (!failure)
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

/* Until the child's end of the pipe is closed, or a signal comes. Signals that set the flag wait until they interrupt the
 * poll, so that none is missed between a look at the flag and it. */
static void wait_for(int alive, const volatile sig_atomic_t *interrupted)
{
	struct pollfd end = {.fd = alive};
	sigset_t signals, before;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	while (!*interrupted && ppoll(&end, 1, NULL, &before) < 0 && errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Gives how it ended. */
static int wait_or_kill(pid_t child, int alive)
{
	const volatile sig_atomic_t *interrupted = interrupt_flag();
	int result = 0;
	wait_for(alive, interrupted);
	do {
		if (*interrupted)
			kill(child, SIGKILL); /* it may be deep in a computation, and has nothing to tidy up */
	} while (waitpid(child, &result, 0) < 0 && errno == EINTR);
	close(alive);
	return result;
}

enum status gnuplot_run(const char *folder, const char *script, const char *error_path, char *message, size_t message_bytes)
{
	int ends[2];
	pid_t child = -1;
	message[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) != 0) {
		snprintf(message, message_bytes, "%s", strerror(errno));
		return STATUS_IO;
	}
	const int failure = spawn(folder, script, error_path, ends[1], &child);
	close(ends[1]);
	if (failure != 0) {
		close(ends[0]);
		snprintf(message, message_bytes, "%s", strerror(failure));
		return failure == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	}
	const int result = wait_or_kill(child, ends[0]);
	if (*interrupt_flag())
		return STATUS_INTERRUPTED;
	if (WIFSIGNALED(result)) { /* by the kernel, where memory is short */
		snprintf(message, message_bytes, "killed by signal %d (%s)", WTERMSIG(result), strsignal(WTERMSIG(result)));
		return STATUS_IO;
	}
	read_complaint(error_path, message, message_bytes);
	return WIFEXITED(result) && WEXITSTATUS(result) == 0 ? STATUS_OK : STATUS_IO;
}
