#include "capture/child.h"

#include "capture/clock.h"
#include "capture/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define GRACE_NS (5 * SECOND) /* between SIGTERM and SIGKILL */
#define LINE_MAX_BYTES 512    /* longer lines come in pieces */
#define LINES_MAX 200	      /* more are counted */
#define READS_PER_POLL 16     /* so that a child that never stops printing can't hold the caller up */

extern char **environ;

struct child {
	char *label;
	pid_t pid;
	int output; /* read end of its standard error, and output; -1: closed */
	char line[LINE_MAX_BYTES];
	size_t used;
	uint64_t lines;
	int64_t limit_ns, terminate_ns, kill_ns; /* when; 0: not to be */
	bool ended, terminated, timed_out;
	struct child_result result;
};

/* `environ` with the added ones over it; the array is the caller's, the strings are not. */
static char **make_environment(const char *const *added)
{
	size_t count = 0, extra = 0, used = 0;
	while (environ && environ[count])
		count++;
	while (added && added[extra])
		extra++;
	char **result = calloc(count + extra + 1, sizeof *result);
	for (size_t i = 0; result && i < count; i++) {
		const size_t name = strcspn(environ[i], "=") + 1;
		bool replaced = false;
		for (size_t k = 0; k < extra; k++)
			replaced |= strncmp(environ[i], added[k], name) == 0;
		if (!replaced)
			result[used++] = environ[i];
	}
	for (size_t k = 0; result && k < extra; k++)
		result[used++] = (char *)(uintptr_t)added[k];
	return result;
}

/* Standard input is empty, output and errors go to the pipe or the file, everything else is closed. */
static int prepare_files(posix_spawn_file_actions_t *actions, const struct child_options *options, int pipe_end)
{
	int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, pipe_end, STDERR_FILENO);
	if (!error && options->output_path)
		error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, options->output_path,
							 O_WRONLY | O_CREAT | O_APPEND, 0644);
	else if (!error)
		error = posix_spawn_file_actions_adddup2(actions, pipe_end, STDOUT_FILENO);
	return error ? error : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

static int prepare_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setsigmask(attributes, &none);
	return posix_spawnattr_setsigdefault(attributes, &all);
}

/* posix_spawn, not fork: it shares memory until exec, so that the capture thread's pool isn't marked copy-on-write. */
static int spawn(pid_t *pid, const struct child_options *options, int pipe_end)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char **environment = make_environment(options->environment);
	if (!environment)
		return ENOMEM;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	int error = prepare_files(&actions, options, pipe_end);
	if (!error)
		error = prepare_attributes(&attributes);
	if (!error)
		error = posix_spawnp(pid, options->argv[0], &actions, &attributes, (char *const *)(uintptr_t)options->argv,
				     environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(environment);
	return error;
}

static void lower_priority(pid_t pid)
{
	setpriority(PRIO_PROCESS, (id_t)pid, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

struct child *child_start(const struct child_options *options, char *message, size_t message_bytes)
{
	int ends[2] = {-1, -1};
	int error = ENOMEM;
	struct child *child = calloc(1, sizeof *child);
	if (child)
		child->label = strdup(options->label);
	if (!child || !child->label)
		goto fail;
	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
		error = errno;
		goto fail;
	}
	error = spawn(&child->pid, options, ends[1]);
	if (error)
		goto fail;
	close(ends[1]);
	child->output = ends[0];
	if (options->low_priority)
		lower_priority(child->pid);
	child->limit_ns = options->limit_ns;
	child->terminate_ns = options->limit_ns ? clock_monotonic_ns() + options->limit_ns : 0;
	return child;
fail:
	snprintf(message, message_bytes, "%s: cannot be started: %s", options->argv[0], strerror(error));
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	if (child)
		free(child->label);
	free(child);
	return NULL;
}

static void put_line(struct child *child)
{
	if (child->used > 0 && child->lines++ < LINES_MAX)
		log_write(LOG_LEVEL_INFO, "%s: %.*s", child->label, (int)child->used, child->line);
	child->used = 0;
}

static void take_output(struct child *child, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned char byte = (unsigned char)bytes[i];
		if (byte == '\n' || child->used == sizeof child->line)
			put_line(child);
		if (byte != '\n')
			child->line[child->used++] = byte == '\t' || (byte >= ' ' && byte != 0x7f) ? (char)byte : '?';
	}
}

static void read_output(struct child *child)
{
	char bytes[4096];
	for (int i = 0; i < READS_PER_POLL && child->output >= 0; i++) {
		const ssize_t got = read(child->output, bytes, sizeof bytes);
		if (got > 0) {
			take_output(child, bytes, (size_t)got);
			continue;
		}
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		close(child->output);
		child->output = -1;
	}
}

static void end_output(struct child *child)
{
	read_output(child);
	put_line(child);
	if (child->lines > LINES_MAX)
		log_write(LOG_LEVEL_INFO, "%s: %llu lines more", child->label,
			  (unsigned long long)(child->lines - LINES_MAX));
	if (child->output >= 0)
		close(child->output);
	child->output = -1;
}

/* Its group is told before it is reaped: until then nobody else can have got its number. */
static void reap(struct child *child, int signal_number)
{
	int status = 0;
	kill(-child->pid, signal_number);
	pid_t reaped;
	do
		reaped = waitpid(child->pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	const bool known = reaped == child->pid;
	child->result = (struct child_result){
		.exit_status = known && WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = known && WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.timed_out = child->timed_out,
	};
	child->ended = true;
	end_output(child);
}

static void keep_limit(struct child *child)
{
	const int64_t now_ns = clock_monotonic_ns();
	if (child->terminate_ns && now_ns >= child->terminate_ns) {
		child->timed_out = true;
		log_write(LOG_LEVEL_WARNING, "%s: still runs after %lld s: terminated", child->label,
			  (long long)(child->limit_ns / SECOND));
		child_terminate(child);
	}
	if (child->kill_ns && now_ns >= child->kill_ns) {
		child->kill_ns = 0;
		kill(-child->pid, SIGKILL);
	}
}

/* Others of a group that was told to go still hold the pipe: they tidy up, and have as long for it as the one that was waited for. */
static bool others_tidy_up(const struct child *child)
{
	return child->terminated && child->output >= 0 && child->kill_ns;
}

bool child_poll(struct child *child, struct child_result *result)
{
	if (!child->ended) {
		siginfo_t info = {0};
		read_output(child);
		const int waited = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);
		const bool gone = (waited == 0 && info.si_pid == child->pid) || (waited < 0 && errno == ECHILD);
		if (gone && !others_tidy_up(child))
			reap(child, child->terminated ? SIGKILL : SIGTERM);
		else
			keep_limit(child);
	}
	if (child->ended)
		*result = child->result;
	return child->ended;
}

void child_terminate(struct child *child)
{
	if (child->ended || child->terminated)
		return;
	kill(-child->pid, SIGTERM);
	child->terminated = true;
	child->terminate_ns = 0;
	child->kill_ns = clock_monotonic_ns() + GRACE_NS;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	if (!child->ended)
		reap(child, SIGKILL);
	free(child->label);
	free(child);
}

const char *child_result_text(const struct child_result *result, char *text)
{
	const char *why = result->timed_out ? " after its time limit" : "";
	if (result->signal)
		snprintf(text, CHILD_RESULT_MAX, "killed by signal %d%s", result->signal, why);
	else if (result->exit_status < 0)
		snprintf(text, CHILD_RESULT_MAX, "ended, it is not known how");
	else
		snprintf(text, CHILD_RESULT_MAX, "exit status %d%s", result->exit_status, why);
	return text;
}
