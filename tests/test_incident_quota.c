/* Speaks for capture/incident_quota.c: which incidents go when they take too much. */
#include "capture/incident.h"
#include "capture/incident_quota.h"
#include "tests/incident_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static bool keep_second(void *user, const char *name)
{
	(void)user;
	return strcmp(name, "20261121T103216Z-loss") == 0;
}

/* Five of 1 MiB, a quota of 3 MiB and a half, and 1 MiB to come: 4 MiB must do with 2 MiB and a half, so three must go: the first,
 * the third and the fourth, since the second may not. */
static void test_quota(void **state)
{
	(void)state;
	char name[5][INCIDENT_NAME_MAX];
	for (int i = 0; i < 5; i++) {
		assert_int_equal(incident_make_folder(directory, FIRED_NS + i * SECOND, "loss", name[i]), STATUS_OK);
		fill(name[i], MB);
	}
	assert_in_range(incident_bytes(directory, name[0]), MB, MB + 65536);
	const struct incident_quota quota = {.directory = directory, .budget_bytes = MB * 7 / 2, .keep = keep_second};
	assert_true(incident_quota_keep(&quota, MB));
	assert_false(exists(path_of(name[0], NULL)));
	assert_true(exists(path_of(name[1], NULL)));
	assert_false(exists(path_of(name[2], NULL)));
	assert_false(exists(path_of(name[3], NULL)));
	assert_true(exists(path_of(name[4], NULL)));
	const struct incident_quota small = {.directory = directory, .budget_bytes = MB / 2, .keep = keep_second};
	assert_false(incident_quota_keep(&small, 0));
	assert_true(exists(path_of(name[1], NULL)));
	assert_false(exists(path_of(name[4], NULL)));
}

/* Folders of other names are somebody's, who put them there or renamed them to keep them. */
static void test_folders_of_others(void **state)
{
	(void)state;
	static const char *const others[] = { "keep-20261121T103215Z-loss", "case 4711", "20261121T103215Z", "20261121T103215Z-", "2026" };
	char name[INCIDENT_NAME_MAX];
	struct incident_list list;
	assert_int_equal(incident_make_folder(directory, FIRED_NS, "loss", name), STATUS_OK);
	fill(name, MB);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		assert_int_equal(mkdir(path_of(others[i], NULL), 0755), 0);
		fill(others[i], MB);
	}
	assert_int_equal(incident_list_read(&list, directory), STATUS_OK);
	assert_int_equal(list.count, 1);
	incident_list_free(&list);
	const struct incident_quota quota = {.directory = directory, .budget_bytes = MB / 2};
	assert_true(incident_quota_keep(&quota, 0));
	assert_false(exists(path_of(name, NULL)));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_true(exists(path_of(others[i], "x.pcap.zst")) && incident_remove(directory, others[i]) == STATUS_OK);
}

/* What is remembered of a folder holds until a file comes or goes. */
static void test_remembered_sizes(void **state)
{
	(void)state;
	struct incident_sizes sizes = {0};
	const struct incident_quota quota = {.directory = directory, .budget_bytes = 3 * MB, .sizes = &sizes};
	char name[3][INCIDENT_NAME_MAX];
	for (int i = 0; i < 3; i++) {
		assert_int_equal(incident_make_folder(directory, FIRED_NS + i * SECOND, "loss", name[i]), STATUS_OK);
		fill(name[i], MB / 2);
	}
	assert_true(incident_quota_keep(&quota, 0));
	assert_int_equal(sizes.count, 3);
	usleep(20000); /* more than a tick of the kernel's clock */
	assert_int_equal(unlink(path_of(name[1], "x.pcap.zst")), 0);
	fill(name[1], 2 * MB);
	assert_true(incident_quota_keep(&quota, MB / 4));
	assert_false(exists(path_of(name[0], NULL)));
	assert_true(exists(path_of(name[1], NULL)));
	assert_true(incident_quota_keep(&quota, MB));
	assert_int_equal(sizes.count, 2); /* as of before one of them went */
	assert_false(exists(path_of(name[1], NULL)));
	assert_true(exists(path_of(name[2], NULL)));
	incident_sizes_free(&sizes);
}

/* What a hook left running writes on into a file that was there before: that does not change the folder. The third time it is its turn. */
static void test_a_file_that_grows(void **state)
{
	(void)state;
	struct incident_sizes sizes = {0};
	const struct incident_quota quota = {.directory = directory, .budget_bytes = MB * 16 / 5, .sizes = &sizes};
	char name[3][INCIDENT_NAME_MAX];
	for (int i = 0; i < 3; i++) {
		assert_int_equal(incident_make_folder(directory, FIRED_NS + i * SECOND, "loss", name[i]), STATUS_OK);
		fill(name[i], MB / 2);
	}
	assert_true(incident_quota_keep(&quota, 0));
	assert_int_equal(truncate(path_of(name[2], "x.pcap.zst"), 0), 0);
	fill(name[2], 5 * MB / 2);
	for (int i = 0; i < 3; i++)
		assert_true(incident_quota_keep(&quota, 0));
	assert_false(exists(path_of(name[0], NULL)));
	assert_true(exists(path_of(name[1], NULL)));
	incident_sizes_free(&sizes);
}

/* The packets of an incident that is recorded grow without a word of its folder: once it may go, it is looked at again. Holes take no room. */
static void test_sizes_of_those_that_grew(void **state)
{
	(void)state;
	struct incident_sizes sizes = {0};
	struct incident_quota quota = {.directory = directory, .budget_bytes = MB, .sizes = &sizes, .keep = keep_second};
	char name[INCIDENT_NAME_MAX];
	assert_int_equal(incident_make_folder(directory, FIRED_NS + SECOND, "loss", name), STATUS_OK);
	fill(name, 1);
	assert_int_equal(truncate(path_of(name, "x.pcap.zst"), 8 * MB), 0);
	assert_true(incident_quota_keep(&quota, 0));
	fill(name, 2 * MB); /* the same file */
	quota.keep = NULL;
	assert_true(incident_quota_keep(&quota, 0));
	assert_false(exists(path_of(name, NULL)));
	incident_sizes_free(&sizes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
		TEST(test_quota), TEST(test_folders_of_others), TEST(test_remembered_sizes),
		TEST(test_a_file_that_grows), TEST(test_sizes_of_those_that_grew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
