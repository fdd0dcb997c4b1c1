/* Speaks for capture/ring.c and restart.c: one recorder per folder, numbers that never come twice, what an earlier run left. */
#include "capture/disk.h"
#include "capture/restart.h"
#include "capture/ring.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skip.h"

static const struct ring_limits limits = { .bytes = 1 << 20, .age_ns = INT64_MAX, .min_free_bytes = 0 };

static int setup(void **state)
{
	char *directory = malloc(64);
	scratch_make(directory);
	*state = directory;
	return 0;
}

static int teardown(void **state)
{
	umount2(*state, MNT_DETACH); /* of a test that failed */
	char command[128];
	snprintf(command, sizeof(command), "chattr -R -f -i '%s' 2>/dev/null || true", (const char *)*state);
	assert_int_equal(system(command), 0);
	scratch_remove(*state);
	free(*state);
	return 0;
}

static struct ring *open_ring(const char *directory)
{
	char message[512];
	struct ring *ring = NULL;
	if (ring_open(&ring, directory, &limits, 0, message, sizeof(message)))
		fail_msg("%s", message);
	return ring;
}

static void run(const char *directory, const char *command)
{
	char line[1200];
	snprintf(line, sizeof(line), "cd '%s' && { %s; }", directory, command);
	assert_int_equal(system(line), 0);
}

static void test_second_recorder(void **state)
{
	const char *directory = *state;
	char message[512] = "", pid[32];
	struct ring *ring = open_ring(directory), *other = NULL;
	assert_int_equal(ring_open(&other, directory, &limits, 0, message, sizeof(message)), STATUS_EXISTS);
	assert_null(other);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(message, pid));
	assert_non_null(strstr(message, directory));
	ring_close(ring);
	ring_close(open_ring(directory)); /* free again */
}

static void test_no_folder(void **state)
{
	(void)state;
	char message[512] = "";
	struct ring *ring = NULL;
	assert_int_equal(ring_open(&ring, "/proc/self/nothing", &limits, 0, message, sizeof(message)), STATUS_IO);
	assert_non_null(strstr(message, "--dir /proc/self/nothing"));
}

/* The largest number of ring, JSON and incidents counts. Other people's files stay. */
static void test_numbers(void **state)
{
	const char *directory = *state;
	run(directory, "mkdir -p ring incidents/20261121T103215Z-loss && cd ring && touch 20261121T103200.000Z-000005.pcap.zst "
		       "20261121T103300.000Z-000007.json 20261121T103300.000Z-000003.json.tmp notes.txt 20261121T1034-000090.pcap.zst "
		       "core.json x.json.tmp && touch ../incidents/20261121T103215Z-loss/20261121T103100.000Z-000012.pcap.zst");
	struct ring *ring = open_ring(directory);
	assert_int_equal(ring_count(ring), 1);
	assert_int_equal(ring_next_sequence(ring), 13);
	assert_int_equal(ring_next_sequence(ring), 14);
	ring_close(ring);
	/* JSON without its segment and what was not complete are gone. */
	assert_int_equal(scratch_number("ls %s/ring | wc -l", directory), 5);
	assert_int_equal(scratch_number("cd %s/ring; ls notes.txt core.json x.json.tmp 20261121T1034-000090.pcap.zst | wc -l", directory), 4);
}

/* After this number names would soon have no room for another digit, and the next run would not know them. */
static void test_largest_number(void **state)
{
	const char *directory = *state;
	char name[SEGMENT_NAME_MAX];
	uint64_t sequence = 0;
	run(directory, "mkdir ring && cd ring && touch 20261121T103200.000Z-999999999999999999.pcap.zst 20261121T103201.000Z-000005.pcap.zst");
	struct ring *ring = open_ring(directory);
	assert_int_equal(ring_count(ring), 2);
	segment_name_make(name, 0, ring_next_sequence(ring));
	assert_true(segment_name_parse(name, &sequence, NULL, NULL));
	assert_int_equal(sequence, 6);
	ring_close(ring);
}

/* Folders, pipes, sockets and links that have names of segments are not the ring's: nothing waits for them, and the ring still finds what
 * it can remove. */
static void test_no_files(void **state)
{
	const char *directory = *state;
	run(directory, "mkdir ring && cd ring && mkdir 20261121T103200.000Z-000001.pcap.zst 20261121T103200.000Z-000002.pcap.zst.part && "
		       "mkfifo 20261121T103200.000Z-000003.pcap.zst 20261121T103200.000Z-000004.pcap.zst.part && "
		       "echo precious > ../precious && ln -s ../precious 20261121T103200.000Z-000005.pcap.zst.part && "
		       "ln -s nowhere 20261121T103200.000Z-000006.pcap.zst && ln -s . 20261121T103200.000Z-000007.pcap.zst && "
		       "head -c 900000 /dev/urandom > 20261121T103200.000Z-000008.pcap.zst");
	struct ring *ring = open_ring(directory);
	struct segment_facts known = { 0 };
	uint64_t repaired = 0;
	assert_int_equal(ring_count(ring), 1);
	restart_take_up(ring, &known, clock_system(), NULL, &repaired);
	assert_int_equal(repaired, 0);
	assert_true(ring_reserve(ring, 500000));
	assert_int_equal(ring_count(ring), 0);
	ring_close(ring);
	assert_int_equal(scratch_number("ls %s/ring | wc -l", directory), 7);
	assert_int_equal(scratch_number("grep -c precious %s/precious", directory), 1);
}

/* Links in place of what the recorder writes lead to nothing that it changes; it may be root's. */
static void test_links(void **state)
{
	const char *directory = *state;
	char message[512] = "", path[256];
	struct ring *ring = NULL;
	run(directory, "mkdir ring && echo precious > precious && ln -s precious lock");
	assert_int_equal(ring_open(&ring, directory, &limits, 0, message, sizeof(message)), STATUS_IO);
	assert_non_null(strstr(message, "/lock"));
	run(directory, "grep -qx precious precious && rm lock && ln -s ../precious ring/x.json.tmp");
	snprintf(path, sizeof(path), "%s/ring/x.json", directory);
	assert_true(disk_put_text(path, "text"));
	run(directory, "grep -qx precious precious && grep -qx text ring/x.json && rm ring/x.json && mkfifo ring/x.json.tmp");
	assert_true(disk_put_text(path, "text"));
	run(directory, "grep -qx text ring/x.json");
}

/* JSON that is a pipe, a link to itself or a folder is as good as none. */
static void test_json_is_no_file(void **state)
{
	const char *directory = *state;
	struct segment_facts facts;
	char path[256];
	run(directory, "mkfifo 1 && ln -s 2 2 && mkdir 3");
	for (int name = 1; name <= 3; name++) {
		snprintf(path, sizeof(path), "%s/%d", directory, name);
		assert_int_equal(segment_read(path, &facts), STATUS_IO);
	}
}

/* Segments of 100 kB in a ring of 1 MiB that had 30 of them under a larger budget. */
static void test_smaller_budget(void **state)
{
	const char *directory = *state;
	run(directory, "mkdir ring && for i in $(seq 10 39); do head -c 100000 /dev/urandom > ring/20261121T1032$i.000Z-0000$i.pcap.zst; done");
	struct ring *ring = open_ring(directory);
	assert_int_equal(ring_count(ring), 30);
	assert_true(ring_reserve(ring, 200000));
	assert_true(scratch_bytes(directory) + 200000 <= 1 << 20);
	assert_int_equal(ring_at(ring, ring_count(ring) - 1)->sequence, 39); /* the oldest go */
	assert_false(ring_reserve(ring, 2 << 20));
	assert_int_equal(ring_count(ring), 0);
	ring_close(ring);
}

/* What an incident holds too gives no room on the disk: the ring doesn't empty itself for it in vain. */
static void test_shrink_spares_linked(void **state)
{
	const char *directory = *state;
	run(directory, "mkdir ring && for i in 10 11 12; do echo x > ring/20261121T1032$i.000Z-0000$i.pcap.zst; done; "
		       "ln ring/20261121T103210.000Z-000010.pcap.zst held");
	struct ring *ring = open_ring(directory);
	assert_true(ring_shrink(ring));
	assert_int_equal(ring_at(ring, 0)->sequence, 10);
	assert_int_equal(ring_at(ring, 1)->sequence, 12);
	assert_true(ring_shrink(ring));
	assert_false(ring_shrink(ring));
	assert_int_equal(ring_count(ring), 1);
	ring_close(ring);
}

static int64_t fixed_time(void *user)
{
	(void)user;
	return INT64_C(1795257200000000000);
}

struct told {
	uint64_t segments, packets;
};

static void on_added(void *user, const struct segment_facts *facts)
{
	struct told *told = user;
	told->segments++;
	told->packets += facts->packets;
	assert_string_equal(facts->interface, "eth7");
	assert_int_equal(facts->ended_by, SEGMENT_END_REPAIRED);
	assert_int_equal(facts->kernel_drops, -1);
}

/* A finished segment without JSON, one with nonsense in it, one cut off; and one that was made and not written to. The packets are those
 * of a sample, as tcpdump counts them. */
static void test_take_up(void **state)
{
	const char *directory = *state;
	char command[1024], root[512];
	assert_non_null(getcwd(root, sizeof(root)));
	/* editcap's nanosecond pcap is what the recorder writes. */
	snprintf(command, sizeof(command),
		 "mkdir ring && zstdcat '%s/samples/loss_20ms.snd.pcap.zst' | tcpdump -r - -c 100 -w a.pcap --time-stamp-precision=nano "
		 "2>/dev/null && zstd -q --no-check < a.pcap > ring/20261121T103210.000Z-000010.pcap.zst && "
		 "cp ring/20261121T103210.000Z-000010.pcap.zst ring/20261121T103211.000Z-000011.pcap.zst && "
		 "echo '{\"packets\": 1' > ring/20261121T103211.000Z-000011.json && "
		 "zstd -q --no-check < a.pcap > ring/20261121T103212.000Z-000012.pcap.zst.part && "
		 "touch ring/20261121T103213.000Z-000013.pcap.zst.part", root);
	run(directory, command);
	struct ring *ring = open_ring(directory);
	struct told told = { 0 };
	uint64_t repaired = 0;
	const struct clock clock = { fixed_time, fixed_time, NULL };
	const struct writer_observer observer = { .segment_added = on_added, .user = &told };
	const struct segment_facts known = { .interface = "eth7" };
	restart_take_up(ring, &known, &clock, &observer, &repaired);
	assert_int_equal(repaired, 1);
	assert_int_equal(told.segments, 3);
	assert_int_equal(told.packets, 300);
	char folder[128];
	snprintf(folder, sizeof(folder), "%s/ring", directory);
	assert_true(scratch_sound(folder));
	assert_int_equal(scratch_number("ls %s | wc -l", folder), 6);
	assert_int_equal(scratch_number("cat %s/*.json | jq -s 'map(.packets) | add'", folder), 300);
	ring_close(ring);
}

/* 1 MiB and a half is missing, and two segments of 1 MiB go for it. They are holes, so that it frees nothing, as on a file
 * system that gives it free later: the others stay even so. */
static void test_keep_free(void **state)
{
	const char *directory = *state;
	char message[512];
	struct ring *ring = NULL;
	struct statvfs now;
	size_t removed = 0;
	if (mount("tmpfs", directory, "tmpfs", 0, "size=8m") != 0)
		skip_because("it needs root, and a tmpfs of its own");
	run(directory, "mkdir ring && cd ring && for i in 1 2 3 4; do truncate -s 1M 20261121T103${i}00.000Z-00000${i}.pcap.zst; done");
	assert_int_equal(statvfs(directory, &now), 0);
	const struct ring_limits short_of_it = { .bytes = 64 << 20, .age_ns = INT64_MAX,
						 .min_free_bytes = (uint64_t)now.f_bavail * now.f_frsize + (3 << 19) };
	if (ring_open(&ring, directory, &short_of_it, 0, message, sizeof(message)))
		fail_msg("%s", message);
	assert_true(ring_keep_free(ring, &removed));
	assert_int_equal(removed, 2);
	assert_int_equal(ring_count(ring), 2);
	assert_int_equal(ring_at(ring, 0)->sequence, 3);
	ring_close(ring);
	umount(directory);
}

/* Killed between the making of its file and the first byte: the next segment has its number, so that none seems to be missing. */
static void test_number_is_returned(void **state)
{
	const char *directory = *state;
	const struct segment_facts known = { 0 };
	uint64_t repaired = 0;
	run(directory, "mkdir ring && cd ring && touch 20261121T103200.000Z-000005.pcap.zst 20261121T103300.000Z-000006.pcap.zst.part "
		       "20261121T103400.000Z-000007.pcap.zst.part");
	struct ring *ring = open_ring(directory);
	restart_take_up(ring, &known, clock_system(), NULL, &repaired);
	assert_int_equal(ring_next_sequence(ring), 6);
	ring_close(ring);
	/* Not if a later one was used. */
	run(directory, "cd ring && touch 20261121T103300.000Z-000008.pcap.zst.part 20261121T103500.000Z-000009.pcap.zst");
	ring = open_ring(directory);
	restart_take_up(ring, &known, clock_system(), NULL, &repaired);
	assert_int_equal(scratch_number("ls %s/ring | grep -c part || true", directory), 0);
	assert_int_equal(ring_next_sequence(ring), 10);
	ring_close(ring);
}

/* Somebody has made the two oldest immutable: the next go in their place, they count, and once they can be removed they are. */
static void test_unremovable(void **state)
{
	const char *directory = *state;
	char command[128];
	run(directory, "mkdir ring && for i in $(seq 10 19); do head -c 100000 /dev/urandom > ring/20261121T1032$i.000Z-0000$i.pcap.zst; done");
	snprintf(command, sizeof(command), "chattr +i %s/ring/*-00001[01].pcap.zst 2>/dev/null", directory);
	if (system(command) != 0)
		skip_because("it needs root, and a file system with chattr +i");
	struct ring *ring = open_ring(directory);
	assert_true(ring_reserve(ring, 500000));
	assert_true(scratch_bytes(directory) + 500000 <= 1 << 20);
	assert_int_equal(ring_unremovable(ring), 2);
	assert_int_equal(ring_at(ring, 0)->sequence, 10);
	assert_int_equal(ring_at(ring, 1)->sequence, 11);
	assert_true(ring_at(ring, 2)->sequence > 12);
	size_t before = ring_count(ring);
	assert_true(ring_shrink(ring));
	assert_int_equal(ring_count(ring), before - 1);
	assert_false(ring_reserve(ring, 1000000)); /* the two have 200 kB of it */
	assert_int_equal(ring_count(ring), 2);
	run(directory, "chattr -i ring/*.zst");
	assert_true(ring_reserve(ring, 1000000));
	assert_int_equal(ring_unremovable(ring), 0);
	ring_close(ring);
}

/* The clock was set back while a segment was open: it lasts as long as its packets do. Without packets it lasts as it was open. */
static void test_times_of_a_segment(void **state)
{
	const char *directory = *state;
	struct ring *ring = open_ring(directory);
	const struct segment_facts moved = { .name = "20261121T103200.000Z-000001.pcap.zst", .sequence = 1, .opened_ns = 1000, .closed_ns = 900,
					     .packets = 2, .first_ns = 990, .last_ns = 1600 };
	const struct segment_facts empty = { .name = "20261121T103300.000Z-000002.pcap.zst", .sequence = 2, .opened_ns = 2000, .closed_ns = 2900,
					     .first_ns = 1, .last_ns = 9999 };
	const struct segment_facts usual = { .name = "20261121T103400.000Z-000003.pcap.zst", .sequence = 3, .opened_ns = 3000, .closed_ns = 3900,
					     .packets = 2, .first_ns = 3100, .last_ns = 3800 };
	assert_non_null(ring_add(ring, &moved, false, 0));
	assert_non_null(ring_add(ring, &empty, false, 0));
	assert_non_null(ring_add(ring, &usual, false, 0));
	static const int64_t times[][2] = { { 990, 1600 }, { 2000, 2900 }, { 3000, 3900 } };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ring_at(ring, i)->opened_ns, times[i][0]);
		assert_int_equal(ring_at(ring, i)->closed_ns, times[i][1]);
	}
	ring_close(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_second_recorder, setup, teardown),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_largest_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json_is_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_smaller_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shrink_spares_linked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keep_free, setup, teardown),
		cmocka_unit_test_setup_teardown(test_take_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_number_is_returned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unremovable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times_of_a_segment, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
