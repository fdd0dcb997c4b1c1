/* Speaks for capture/privileges.c: whose files change hands. For root alone. */
#include "capture/privileges.h"
#include "tests/scratch.h"

#include <cap-ng.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skip.h"

/* Nobody's numbers. */
#define OLD_OWNER 54321
#define SOMEBODY 54322

static int setup(void **state)
{
	char *directory = malloc(64);
	scratch_make(directory);
	*state = directory;
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	free(*state);
	return 0;
}

static void run(const char *directory, const char *command)
{
	char line[1200];
	snprintf(line, sizeof(line), "cd '%s' && { %s; }", directory, command);
	assert_int_equal(system(line), 0);
}

/* Root of some containers may not listen to a network, which is what is to be kept. */
static void need_root(void)
{
	capng_get_caps_process();
	if (geteuid() != 0 || !capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW))
		skip_because("it needs root, with CAP_NET_RAW");
}

static bool drop_in_child(const char *directory)
{
	pid_t child = fork();
	if (child == 0) {
		char message[512] = "";
		bool done = privileges_drop("nobody", directory, message, sizeof(message));
		if (!done)
			fprintf(stderr, "%s\n", message);
		_exit(done && geteuid() != 0 ? 0 : 1);
	}
	int status = 0;
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void check_owner(const char *directory, const char *file, int64_t owner)
{
	int64_t seen = scratch_number("stat -c %%u '%s/%s'", directory, file);
	if (seen != owner)
		fail_msg("%s: of %lld, not %lld", file, (long long)seen, (long long)owner);
}

/* The ring was another user's, and root has recorded into it too. An incident has a segment's other name. Beside it lie files of
 * somebody's, a link to root's file elsewhere, and a pipe. */
static void test_whose(void **state)
{
	const char *directory = *state;
	char command[512];
	need_root();
	int64_t nobody = scratch_number("id -u nobody");
	snprintf(command, sizeof(command),
		 "mkdir -p ring incidents/one other && cd ring && touch of_owner of_root of_somebody ../notes ../precious ../catalog.db && "
		 "ln -s ../precious link && mkfifo pipe && mkdir folder && touch folder/file && ln of_root ../incidents/one/of_root && "
		 "chown %d . of_owner && chown %d of_somebody folder folder/file", OLD_OWNER, SOMEBODY);
	run(directory, command);
	assert_true(drop_in_child(directory));
	check_owner(directory, ".", nobody);
	check_owner(directory, "ring", nobody);
	check_owner(directory, "ring/of_owner", nobody);
	check_owner(directory, "ring/of_root", nobody);
	check_owner(directory, "incidents/one/of_root", nobody);
	check_owner(directory, "catalog.db", nobody);
	check_owner(directory, "ring/of_somebody", SOMEBODY);
	check_owner(directory, "ring/folder", SOMEBODY);
	check_owner(directory, "ring/folder/file", SOMEBODY);
	check_owner(directory, "ring/link", 0);
	check_owner(directory, "ring/pipe", 0);
	check_owner(directory, "precious", 0);
	check_owner(directory, "notes", 0);
}

/* What is right already is not touched: its time of change stays. */
static void test_left_if_right(void **state)
{
	const char *directory = *state;
	need_root();
	run(directory, "mkdir ring && touch ring/segment && chown -R nobody: .");
	int64_t before = scratch_number("stat -c %%.9Z '%s/ring/segment' | tr -d .", directory);
	assert_true(drop_in_child(directory));
	assert_true(before > 0 && scratch_number("stat -c %%.9Z '%s/ring/segment' | tr -d .", directory) == before);
}

/* A folder such as /tmp stays root's. */
static void test_shared_folder(void **state)
{
	const char *directory = *state;
	need_root();
	run(directory, "mkdir ring && chmod 1777 .");
	assert_false(drop_in_child(directory));
	check_owner(directory, ".", 0);
	check_owner(directory, "ring", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whose, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_if_right, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared_folder, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
