/* Speaks for capture/child.c: hooks and analyzers that print, hang, die, or leave something behind. */
#include "capture/child.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static char directory[] = "/tmp/test_child.XXXXXX";
static char ready[64]; /* a file that a child makes when it has got so far */

static struct child *start(const char *command, const char *output_path, int64_t limit_ns)
{
	char ready_is[80];
	snprintf(ready_is, sizeof ready_is, "READY=%s", ready);
	unlink(ready);
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	const char *environment[] = {"WIRETAPE_EVENT=fired", "HOME=/nowhere", ready_is, NULL};
	const struct child_options options = {
		.label = "hook", .argv = argv, .environment = environment, .output_path = output_path, .limit_ns = limit_ns,
	};
	char message[256] = "";
	struct child *child = child_start(&options, message, sizeof message);
	assert_string_equal(message, "");
	assert_non_null(child);
	return child;
}

/* A minute at most. */
static struct child_result wait_for(struct child *child)
{
	struct child_result result = {0};
	int polls = 0;
	while (!child_poll(child, &result) && polls++ < 6000)
		usleep(10000);
	assert_true(polls < 6000);
	child_free(child);
	return result;
}

static void read_text(const char *path, char *text, size_t bytes)
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, bytes - 1, file)] = '\0';
	fclose(file);
}

static const char *in_directory(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static void test_exit_status(void **state)
{
	(void)state;
	const struct child_result result = wait_for(start("exit 7", NULL, 0));
	assert_int_equal(result.exit_status, 7);
	assert_int_equal(result.signal, 0);
	assert_false(result.timed_out);
}

/* The environment is the recorder's with ours over it: HOME is there once, PATH still. */
static void test_environment_and_output(void **state)
{
	(void)state;
	char text[512];
	const char *path = in_directory("output");
	const struct child_result result =
		wait_for(start("echo $WIRETAPE_EVENT; env | grep -c ^HOME=; echo $HOME; test -n \"$PATH\" && echo path", path, 0));
	assert_int_equal(result.exit_status, 0);
	read_text(path, text, sizeof text);
	assert_string_equal(text, "fired\n1\n/nowhere\npath\n");
}

/* A recorder blocks signals in its threads, ignores some, and has sockets and files open. */
static void test_clean_slate(void **state)
{
	(void)state;
	char text[512];
	const char *path = in_directory("slate");
	sigset_t set, before;
	sigfillset(&set);
	pthread_sigmask(SIG_SETMASK, &set, &before);
	signal(SIGUSR2, SIG_IGN);
	const int open_file = dup2(STDERR_FILENO, 77); /* not close-on-exec */
	struct child *child = start("sed -n 's/^Sig\\(Blk\\|Ign\\):.*\\(....\\)$/\\1 \\2/p' /proc/self/status; ls /proc/self/fd | tr '\\n' ' '", path, 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR2, SIG_DFL);
	close(open_file);
	wait_for(child);
	read_text(path, text, sizeof text);
	/* Signals 1 to 16: the C library keeps others for itself. 3 is the folder that ls reads. */
	assert_string_equal(text, "Blk 0000\nIgn 0000\n0 1 2 3 ");
}

/* A process in the background that says that it was told to go, and is ready to be. */
#define LINGERS "(trap 'echo told; exit' TERM; : >$READY; while :; do sleep 0.02; done) 2>/dev/null & " \
		"until [ -e $READY ]; do sleep 0.01; done; "

/* A minute at most. */
static void wait_until_ready(void)
{
	for (int i = 0; i < 6000 && access(ready, F_OK) != 0; i++)
		usleep(10000);
	assert_int_equal(access(ready, F_OK), 0);
}

static void assert_told(const char *path)
{
	char text[64] = "";
	for (int i = 0; i < 6000 && text[0] == '\0'; i++) {
		usleep(10000);
		read_text(path, text, sizeof text);
	}
	assert_string_equal(text, "told\n");
}

/* SIGTERM after its time, to the whole group. It ends when the other one has, for then the rest is killed. */
static void test_hangs(void **state)
{
	(void)state;
	const char *path = in_directory("hangs");
	struct child *child = start("trap 'wait; trap - TERM; kill $$' TERM; " LINGERS "wait", path, 300 * MS);
	wait_until_ready(); /* nobody looks at the time meanwhile */
	const struct child_result result = wait_for(child);
	assert_int_equal(result.signal, SIGTERM);
	assert_true(result.timed_out);
	assert_told(path);
}

/* Whoever ignores SIGTERM gets SIGKILL five seconds later; child_free doesn't wait for that. */
static void test_stubborn(void **state)
{
	(void)state;
	struct child *child = start("trap '' TERM; : >$READY; while :; do sleep 1; done", NULL, 0);
	struct child_result result;
	wait_until_ready();
	child_terminate(child);
	usleep(100000);
	assert_false(child_poll(child, &result));
	child_free(child);
}

/* What it leaves in the background when it ends goes too, and the pipe that it holds open keeps nobody waiting. */
static void test_background(void **state)
{
	(void)state;
	const char *path = in_directory("background");
	const struct child_result result = wait_for(start(LINGERS "exit 3", path, 0));
	assert_int_equal(result.exit_status, 3);
	assert_told(path);
}

/* The first of the group ends at once when it is told to; who writes to its pipe still has something to put away. */
static void test_others_tidy_up(void **state)
{
	(void)state;
	char text[64] = "";
	const char *path = in_directory("tidy");
	struct child *child = start("trap 'exit 4' TERM; "
				    "(trap 'sleep 0.5; echo put away; exit' TERM; : >$READY; while :; do sleep 0.02; done) & wait; wait",
				    path, 0);
	wait_until_ready();
	child_terminate(child);
	const struct child_result result = wait_for(child);
	assert_int_equal(result.exit_status, 4);
	read_text(path, text, sizeof text);
	assert_string_equal(text, "put away\n");
}

/* A million lines: 200 are logged, the rest is counted. The terminal's escape sequences do not get through. */
static void test_log(void **state)
{
	(void)state;
	static char text[65536];
	const char *path = in_directory("log");
	fflush(stderr);
	const int saved = dup(STDERR_FILENO), file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(saved >= 0 && file >= 0);
	dup2(file, STDERR_FILENO);
	struct child *child = start("printf '\\033[2Jred\\n' >&2; seq 1 100000; printf last", NULL, 0);
	struct child_result result;
	while (!child_poll(child, &result))
		usleep(1000);
	child_free(child);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
	assert_int_equal(result.exit_status, 0);
	read_text(path, text, sizeof text);
	assert_non_null(strstr(text, "hook: ?[2Jred\n"));
	assert_non_null(strstr(text, "hook: 199\n"));
	assert_null(strstr(text, "hook: 200\n"));
	/* The escape, 100,000 numbers, and "last": 100,002 lines; all but 200. */
	assert_non_null(strstr(text, "hook: 99802 lines more\n"));
}

static void test_not_there(void **state)
{
	(void)state;
	char message[256] = "";
	const char *argv[] = {"/nowhere/at/all", NULL};
	const struct child_options options = {.label = "hook", .argv = argv};
	assert_null(child_start(&options, message, sizeof message));
	assert_string_equal(message, "/nowhere/at/all: cannot be started: No such file or directory");
}

static void test_low_priority(void **state)
{
	(void)state;
	char text[64];
	const char *path = in_directory("nice");
	const char *argv[] = {"/bin/sh", "-c", "for i in $(seq 2000); do [ $(ionice -p $$) = idle ] && break; sleep 0.02; done; "
			      "nice; ionice -p $$", NULL};
	const struct child_options options = {.label = "analyzer", .argv = argv, .output_path = path, .low_priority = true};
	char message[256] = "";
	wait_for(child_start(&options, message, sizeof message));
	read_text(path, text, sizeof text);
	assert_string_equal(text, "19\nidle\n");
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(ready, sizeof ready, "%s/ready", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	static const char *const names[] = {"output", "slate", "hangs", "background", "log", "nice", "tidy", "ready"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(in_directory(names[i]));
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_environment_and_output),
		cmocka_unit_test(test_clean_slate),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_stubborn),
		cmocka_unit_test(test_background), cmocka_unit_test(test_others_tidy_up),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_low_priority),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
