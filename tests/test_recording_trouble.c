/* Speaks for capture/recording_segment.c: a disk that is full, folders and files that go or take nothing. What can be recorded is, and
 * what can't is counted. zstd, tcpdump and find judge. */
#include "tests/recorded.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skip.h"

/* A file system of 3 MiB under a ring that may have 64: it shrinks and goes on. Then somebody else fills all of it: packets
 * wait; when there is room again they are written, none twice and none lost. */
static void test_disk_full(void **state)
{
	struct recorded *f = *state;
	recorded_stop(f);
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=3m") != 0)
		skip_because("it needs root, and a tmpfs of its own");
	recorded_start(f);
	f->options.segment_bytes = 512 << 10;
	recorded_stop(f);
	recorded_start(f);
	struct writer_counters counters;
	for (int i = 0; i < 60; i++) {
		struct block *block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++)
			scratch_packet(block, f->wall_ns, 1400, true);
		recorded_put(f, block);
		recorded_pass(f, 100 * MS);
	}
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.packets_written, 6000);
	assert_true(counters.segments_removed > 5);
	assert_int_equal(counters.write_errors, 1);
	assert_false(counters.stuck);
	assert_true(scratch_sound(f->folder));

	/* The other one takes the place of all that the ring gives up. */
	char command[256];
	bool stuck = false;
	uint32_t offset = 0;
	struct block *block = NULL;
	uint64_t written = 0;
	for (int i = 0; i < 40 && !stuck; i++) {
		snprintf(command, sizeof(command), "cat /dev/zero >> %s/hog 2>/dev/null", f->directory);
		assert_int_not_equal(system(command), 0);
		block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++)
			scratch_packet(block, f->wall_ns + j, 1400, true);
		offset = 0;
		stuck = !recording_put(f->recording, block, &offset) || !recording_tick(f->recording);
		if (!stuck)
			free(block);
		written++;
		f->boot_ns += SECOND;
		f->wall_ns += SECOND;
	}
	assert_true(stuck);
	recorded_pass(f, 3 * SECOND);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck);
	snprintf(command, sizeof(command), "rm %s/hog", f->directory);
	assert_int_equal(system(command), 0);
	recorded_pass(f, 2 * SECOND);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	if (offset < block->used)
		assert_true(recording_put(f->recording, block, &offset));
	free(block);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.packets_written, 6000 + written * 100);
	assert_int_equal(counters.dropped_packets, 0);
	uint64_t in_memory = 0;
	assert_true(recording_end(f->recording));
	for (size_t i = f->removed_count; i < f->added_count; i++)
		in_memory += f->added[i % 64].packets;
	recorded_stop(f);
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), in_memory);
	umount(f->directory);
}

/* Somebody removes the ring's folder: a new one is made, and what was in the file is counted as lost. */
static void test_folder_removed(void **state)
{
	struct recorded *f = *state;
	char command[256];
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	snprintf(command, sizeof(command), "rm -r %s", f->folder);
	assert_int_equal(system(command), 0);
	recorded_pass(f, 3 * SECOND);
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	struct writer_counters counters;
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.dropped_packets, 1);
	assert_false(counters.stuck);
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* The folder takes no new files and gives none away: the segment under way goes on over its time, and is ended when it can be. */
static void test_read_only_folder(void **state)
{
	struct recorded *f = *state;
	char command[256];
	struct writer_counters counters;
	recorded_packet(f, f->wall_ns);
	snprintf(command, sizeof(command), "chattr +i %s 2>/dev/null", f->folder);
	if (system(command) != 0)
		skip_because("it needs root, and a file system with chattr +i");
	for (int i = 0; i < 10; i++) {
		recorded_pass(f, 20 * SECOND);
		recorded_packet(f, f->wall_ns);
	}
	recorded_pass(f, SECOND);
	assert_int_equal(scratch_packets(f->folder, true), 11);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	assert_int_equal(counters.write_errors, 1);
	assert_int_equal(f->added_count, 0);
	f->ticks = 0;
	recorded_pass(f, 10 * SECOND);
	assert_in_range(f->ticks, 10, 30); /* it is tried each second, and the processor sleeps between */
	snprintf(command, sizeof(command), "chattr -i %s", f->folder);
	assert_int_equal(system(command), 0);
	recorded_pass(f, 2 * SECOND);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].packets, 11);
	recorded_packet(f, f->wall_ns);
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 12);
	assert_string_equal(f->added[1].name, "20261121T103500.000Z-000002.pcap.zst");
}

/* The file is given back to the disk as one that can't be written to any more (a limit of its size does that), while others can: the
 * packets since the last flush are lost and counted, and all others are in the segment that it becomes. */
static void test_file_fails(void **state)
{
	struct recorded *f = *state;
	struct rlimit limit, before;
	struct writer_counters counters;
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	for (int i = 0; i < 3; i++) {
		struct block *block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++)
			scratch_packet(block, f->wall_ns + j, 1000, true);
		recorded_put(f, block);
		recorded_pass(f, SECOND);
	}
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)scratch_number("stat -c %%s %s/*.part", f->folder) + 10; /* EFBIG beyond that */
	setrlimit(RLIMIT_FSIZE, &limit);
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, 600 * MS);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck);
	recorded_pass(f, 3 * SECOND);
	setrlimit(RLIMIT_FSIZE, &before);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	assert_int_equal(counters.dropped_packets, 1);
	assert_int_equal(counters.segments_repaired, 1);
	recorded_packet(f, f->wall_ns);
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 302);
	assert_int_equal(f->added[0].packets, 301);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_ERROR);
	assert_int_equal(f->added[1].pool_drops, 1);
}

/* `count` packets of 1000 bytes that don't compress, in one block. How many of them were taken. */
static uint32_t noise(struct recorded *f, uint32_t count)
{
	uint32_t offset = 0;
	struct block *block = scratch_block(++f->blocks);
	for (uint32_t i = 0; i < count; i++)
		scratch_packet(block, f->wall_ns + i, 1000, true);
	recording_put(f->recording, block, &offset);
	free(block);
	return offset / (uint32_t)(sizeof(struct record) + 1000);
}

/* Of segments that were added and not removed. */
static uint64_t packets_in_ring(const struct recorded *f)
{
	uint64_t packets = 0;
	for (size_t i = f->removed_count; i < f->added_count; i++)
		packets += f->added[i % 64].packets;
	return packets;
}

/* 8 MiB of disk, segments that may have 64: 40 MB go through it, none is lost, and what is kept is the newest. */
static void test_disk_smaller_than_segment(void **state)
{
	struct recorded *f = *state;
	struct writer_counters counters;
	recorded_stop(f);
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=8m") != 0)
		skip_because("it needs root, and a tmpfs of its own");
	f->options.segment_bytes = 64 << 20;
	recorded_start(f);
	for (int i = 0; i < 400; i++) {
		assert_int_equal(noise(f, 100), 100);
		recorded_pass(f, 100 * MS);
		recording_counters(f->recording, &counters);
		assert_false(counters.stuck);
	}
	assert_int_equal(counters.packets_written, 40000);
	assert_int_equal(counters.dropped_packets, 0);
	assert_true(scratch_bytes(f->folder) > 4 << 20); /* it is used */
	assert_true(recording_end(f->recording));
	uint64_t kept = packets_in_ring(f);
	recorded_stop(f);
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), kept);
	assert_true(kept > 4000);
	umount(f->directory);
}

/* The same disk; the segment under way has about 1.6 MB and is the only one when somebody else takes the rest. It is given up, and
 * recording goes on in the room that it had: 8 MB more, of which none but those of the gap are lost. */
static void test_segment_given_up(void **state)
{
	struct recorded *f = *state;
	struct writer_counters counters;
	char command[128];
	recorded_stop(f);
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=8m") != 0)
		skip_because("it needs root, and a tmpfs of its own");
	f->options.segment_bytes = 64 << 20;
	recorded_start(f);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(noise(f, 100), 100);
		recorded_pass(f, 600 * MS);
	}
	assert_int_equal(f->added_count, 0);
	snprintf(command, sizeof(command), "cat /dev/zero >%s/hog 2>/dev/null", f->directory);
	assert_int_not_equal(system(command), 0);
	uint64_t put = 1600;
	for (uint32_t taken = 100; taken == 100; put += taken)
		taken = noise(f, 100);
	recording_tick(f->recording);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck || counters.segments_given_up);
	recorded_pass(f, 2 * SECOND);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	assert_int_equal(counters.segments_given_up, 1);
	assert_int_equal(counters.packets_written + counters.dropped_packets, put);
	assert_in_range(counters.dropped_packets, 1, put - 1600); /* what had been flushed was not lost by it */
	uint64_t dropped = counters.dropped_packets;
	for (int i = 0; i < 80; i++, put += 100) {
		assert_int_equal(noise(f, 100), 100);
		recorded_pass(f, 100 * MS);
	}
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.packets_written, put - dropped);
	assert_int_equal(counters.dropped_packets, dropped);
	assert_true(f->added_count > 0 && f->added[0].ended_by == SEGMENT_END_ERROR);
	assert_true(recording_end(f->recording));
	uint64_t kept = packets_in_ring(f);
	recorded_stop(f);
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), kept);
	umount(f->directory);
}

/* DIR goes with all in it. It is made anew, and nobody else can record there. */
static void test_directory_removed(void **state)
{
	struct recorded *f = *state;
	struct ring_limits limits = { .bytes = 64 << 20, .age_ns = INT64_MAX };
	struct ring *other = NULL;
	char command[256], message[512];
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, 61 * SECOND);
	assert_int_equal(f->added_count, 1);
	snprintf(command, sizeof(command), "rm -r %s", f->directory);
	assert_int_equal(system(command), 0);
	recorded_pass(f, 3 * SECOND);
	recorded_packet(f, f->wall_ns);
	assert_int_equal(ring_open(&other, f->directory, &limits, 0, message, sizeof(message)), STATUS_EXISTS);
	assert_int_equal(f->removed_count, 1); /* the ring knows what is left of it */
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* DIR is moved elsewhere, with the segment under way in it: what comes later is recorded where it was. */
static void test_directory_moved(void **state)
{
	struct recorded *f = *state;
	struct writer_counters counters;
	char command[256];
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	snprintf(command, sizeof(command), "mv %s %s.moved", f->directory, f->directory);
	assert_int_equal(system(command), 0);
	recorded_pass(f, 2 * SECOND);
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	assert_int_equal(scratch_packets(f->folder, true), 1);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.dropped_packets, 1); /* no longer on this tape */
	recorded_finish(f);
	snprintf(command, sizeof(command), "%s.moved", f->directory);
	scratch_remove(command);
}

/* The lock alone is removed: within a second it is locked again. */
static void test_lock_removed(void **state)
{
	struct recorded *f = *state;
	struct ring_limits limits = { .bytes = 64 << 20, .age_ns = INT64_MAX };
	struct ring *other = NULL;
	char path[128], message[512];
	recorded_packet(f, f->wall_ns);
	snprintf(path, sizeof(path), "%s/lock", f->directory);
	assert_int_equal(unlink(path), 0);
	recorded_pass(f, 1100 * MS);
	assert_int_equal(ring_open(&other, f->directory, &limits, 0, message, sizeof(message)), STATUS_EXISTS);
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* Another recorder was quicker. What comes waits in memory, and no file is made in the other's ring, until that one ends. */
static void test_directory_replaced(void **state)
{
	struct recorded *f = *state;
	struct ring_limits limits = { .bytes = 64 << 20, .age_ns = INT64_MAX };
	struct writer_counters counters;
	struct ring *other = NULL;
	char command[256], message[512];
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	snprintf(command, sizeof(command), "rm -r %s", f->directory);
	assert_int_equal(system(command), 0);
	assert_int_equal(ring_open(&other, f->directory, &limits, 0, message, sizeof(message)), STATUS_OK);
	recorded_pass(f, 5 * SECOND);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck);
	assert_int_equal(counters.dropped_packets, 1);
	assert_int_equal(scratch_number("ls %s | wc -l", f->folder), 0);
	ring_close(other);
	recorded_pass(f, 2 * SECOND);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	recorded_packet(f, f->wall_ns);
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* As test_file_fails; 900 packets were on their way to the disk without a flush, and part of them had come there: not those are lost. */
static void test_file_fails_between_flushes(void **state)
{
	struct recorded *f = *state;
	struct rlimit limit, before;
	struct writer_counters counters;
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	assert_int_equal(noise(f, 900), 900);
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)scratch_number("stat -c %%s %s/*.part", f->folder) + 10;
	assert_true(limit.rlim_cur > 256 << 10);
	setrlimit(RLIMIT_FSIZE, &limit);
	recorded_pass(f, 3 * SECOND);
	setrlimit(RLIMIT_FSIZE, &before);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	recorded_finish(f);
	int64_t kept = scratch_packets(f->folder, false);
	assert_in_range(kept, 256, 900); /* a quarter of a megabyte, at 1016 bytes each */
	assert_int_equal(counters.dropped_packets, 901 - kept);
	assert_int_equal(counters.packets_written, kept);
	assert_int_equal(f->added[0].packets, kept);
	assert_int_equal(f->added[1].pool_drops, 901 - kept);
}

static void test_alarm_is_counted(void **state)
{
	struct recorded *f = *state;
	struct writer_counters counters;
	recorded_pass(f, 5 * SECOND);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.free_alarms, 0);
	recorded_stop(f);
	f->options.min_free_bytes = UINT64_C(1) << 60;
	recorded_start(f);
	recorded_pass(f, 90 * SECOND);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.free_alarms, 1); /* it has not ended since */
	recorded_packet(f, f->wall_ns);
	recorded_finish(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_disk_full, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_folder_removed, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_read_only_folder, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_file_fails, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_file_fails_between_flushes, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_disk_smaller_than_segment, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_segment_given_up, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_directory_removed, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_directory_moved, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_lock_removed, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_directory_replaced, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_alarm_is_counted, recorded_setup, recorded_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
