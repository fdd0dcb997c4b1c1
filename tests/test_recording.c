/* Speaks for capture/recording.c: when segments end and reach the disk, by a clock that the test sets. zstd, tcpdump and find judge. */
#include "analyze/engine/facts.h"
#include "tests/recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A single packet on a quiet link: within a second another program reads it. */
static void test_quiet_link(void **state)
{
	struct recorded *f = *state;
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, 400 * MS);
	assert_int_equal(scratch_packets(f->folder, true), 0);
	recorded_pass(f, 150 * MS);
	assert_int_equal(scratch_packets(f->folder, true), 1);
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_STOP);
	assert_int_equal(f->added[0].packets, 1);
	assert_int_equal(f->added[0].captured_bytes, 100);
}

/* Segments start at full minutes though nothing comes, and say so: a tape without packets. */
static void test_rotation_without_packets(void **state)
{
	struct recorded *f = *state;
	f->options.segment_bytes = 1 << 20;
	recorded_pass(f, 180 * SECOND);
	assert_int_equal(f->added_count, 3);
	assert_string_equal(f->added[0].name, "20261121T103207.250Z-000001.pcap.zst"); /* the start */
	assert_string_equal(f->added[1].name, "20261121T103300.000Z-000002.pcap.zst");
	assert_string_equal(f->added[2].name, "20261121T103400.000Z-000003.pcap.zst");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(f->added[i].packets, 0);
		assert_int_equal(f->added[i].ended_by, SEGMENT_END_TIME);
		assert_true(f->added[i].first_ns == NO_TIME);
		assert_in_range(f->added[i].closed_ns, NOON + (60 * SECOND) * (int64_t)(i + 1), NOON + (60 * SECOND) * (int64_t)(i + 1) + 500 * MS);
	}
	recorded_finish(f);
}

/* Packets decide by their own time, also when their block comes late and holds both sides of the border. */
static void test_packets_on_both_sides(void **state)
{
	struct recorded *f = *state;
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, 52900 * MS); /* 10:33:00.150: not yet over, for blocks may be on their way */
	struct block *block = scratch_block(++f->blocks);
	scratch_packet(block, NOON + 60 * SECOND - 1, 60, true);
	scratch_packet(block, NOON + 60 * SECOND, 60, true);
	scratch_packet(block, NOON + 60 * SECOND - 2, 60, true); /* late: stays in order of arrival */
	recorded_put(f, block);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].packets, 2);
	assert_int_equal(f->added[0].last_ns, NOON + 60 * SECOND - 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_TIME);
	recorded_finish(f);
	assert_string_equal(f->added[1].name, "20261121T103300.000Z-000002.pcap.zst");
	assert_int_equal(f->added[1].packets, 2);
	assert_int_equal(f->added[1].first_ns, NOON + 60 * SECOND - 2);
}

static void test_clock_steps(void **state)
{
	struct recorded *f = *state;
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, 5 * SECOND);
	f->wall_ns -= 3600 * SECOND;
	recorded_pass(f, SECOND);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_CLOCK);
	recorded_packet(f, f->wall_ns);
	recorded_packet(f, NOON + 13 * SECOND); /* was on its way when the clock was set; it opens no segment in the future */
	recorded_pass(f, 10 * SECOND);
	assert_int_equal(f->added_count, 1);
	f->wall_ns += 7200 * SECOND;
	recorded_packet(f, f->wall_ns);
	assert_int_equal(f->added_count, 2);
	assert_int_equal(f->added[1].packets, 2);
	assert_int_equal(f->added[1].ended_by, SEGMENT_END_CLOCK);
	/* Slewing is no step: 60 s in which the clock goes by 500 ppm too fast. */
	for (int i = 0; i < 60; i++) {
		recorded_pass(f, SECOND);
		f->wall_ns += MS / 2;
	}
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 4);
	for (size_t i = 2; i < f->added_count; i++)
		assert_int_not_equal(f->added[i].ended_by, SEGMENT_END_CLOCK);
}

/* 40 MB of noise through a ring of 4 MiB: never over it, sampled after each block; and no segment over its size by more than a block of
 * zstd's (128 KiB) and what is written at once (128 KiB). */
static void test_budget(void **state)
{
	struct recorded *f = *state;
	recorded_stop(f);
	f->options.ring_bytes = 4 << 20;
	f->options.segment_bytes = 512 << 10;
	f->options.segment_ns = 10 * SECOND;
	recorded_start(f);
	uint64_t packets = 0;
	for (int i = 0; i < 300; i++) {
		struct block *block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++, packets++)
			scratch_packet(block, f->wall_ns + j * MS, 1400, true);
		recorded_put(f, block);
		assert_true(scratch_bytes(f->folder) <= 4 << 20);
		recorded_pass(f, 300 * MS);
		assert_true(scratch_bytes(f->folder) <= 4 << 20);
	}
	assert_true(scratch_bytes(f->folder) > 3 << 20); /* and it is used */
	assert_true(scratch_number("find %s -name '*.zst' -printf '%%s\\n' | sort -n | tail -1", f->folder) <= (512 + 256) << 10);
	struct writer_counters counters;
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.packets_written, packets);
	assert_int_equal(counters.segments_removed, f->removed_count);
	assert_true(f->removed_count > 50);
	recorded_finish(f);
	assert_true(scratch_bytes(f->folder) <= 4 << 20);
}

/* --ring-time, and a clock that is set meanwhile: nothing is thrown away for it. */
static void test_age(void **state)
{
	struct recorded *f = *state;
	recorded_stop(f);
	f->options.ring_ns = 600 * SECOND;
	recorded_start(f);
	recorded_pass(f, 300 * SECOND);
	assert_int_equal(f->removed_count, 0);
	f->wall_ns += 30 * 86400 * SECOND;
	recorded_pass(f, 60 * SECOND);
	assert_int_equal(f->removed_count, 0);
	f->wall_ns -= 30 * 86400 * SECOND;
	recorded_pass(f, 840 * SECOND);
	recorded_finish(f);
	/* The last ten minutes, and the segment under way: 11 or 12 of a minute each. */
	assert_in_range(scratch_number("ls %s/*.zst | wc -l", f->folder), 10, 12);
	assert_true(f->removed_count > 0);
}

/* The machine was off for longer than --ring-time; then less. */
static void test_age_at_start(void **state)
{
	struct recorded *f = *state;
	recorded_packet(f, f->wall_ns);
	recorded_finish(f);
	f->wall_ns += 1800 * SECOND;
	f->boot_ns = 20 * SECOND;
	recorded_start(f);
	recorded_pass(f, SECOND);
	assert_int_equal(f->removed_count, 0);
	recorded_pass(f, 1801 * SECOND);
	assert_true(f->removed_count >= 1);
}

static void test_request(void **state)
{
	struct recorded *f = *state;
	recorded_packet(f, f->wall_ns);
	recorded_pass(f, SECOND);
	recording_rotate(f->recording);
	recorded_pass(f, 2 * SECOND);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_REQUEST);
	recorded_pass(f, 60 * SECOND); /* and the next one ends at the full minute */
	assert_int_equal(f->added_count, 2);
	assert_int_equal(f->added[1].ended_by, SEGMENT_END_TIME);
	recorded_finish(f);
}

static void test_link_type(void **state)
{
	struct recorded *f = *state;
	recorded_packet(f, f->wall_ns);
	struct block *block = scratch_block(++f->blocks);
	block->link_type = 276; /* LINKTYPE_LINUX_SLL2 */
	scratch_packet(block, f->wall_ns, 100, true);
	recorded_put(f, block);
	recorded_finish(f);
	assert_int_equal(f->added_count, 2);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_LINK);
	assert_int_equal(f->added[0].link_type, 1);
	assert_int_equal(f->added[1].link_type, 276);
	assert_int_equal(scratch_number("zstdcat %s/%s | tcpdump -n -r - 2>&1 | grep -c LINUX_SLL2", f->folder, f->added[1].name), 1);
}

static void test_losses(void **state)
{
	struct recorded *f = *state;
	struct block *block = scratch_block(++f->blocks);
	block->kernel_drops = 5;
	block->interface_drops = 2;
	scratch_packet(block, f->wall_ns, 100, true);
	recorded_put(f, block);
	recording_losses(f->recording, &(struct losses){ .pool = 7, .watcher = 11 });
	recorded_pass(f, 60 * SECOND);
	recorded_finish(f);
	assert_int_equal(f->added[0].kernel_drops, 5);
	assert_int_equal(f->added[0].interface_drops, 2);
	assert_int_equal(f->added[0].pool_drops, 7);
	assert_int_equal(f->added[0].watcher_skipped, 11);
	assert_int_equal(f->added[1].kernel_drops, 0);
	assert_int_equal(f->added[1].pool_drops, 0);
	assert_int_equal(scratch_number("jq .kernel_drops %s/20261121T103207.250Z-000001.json", f->folder), 5);
}

static void test_level(void **state)
{
	struct recorded *f = *state;
	struct writer_counters counters;
	recorded_packet(f, f->wall_ns);
	recording_backlog(f->recording, 8, 16);
	recorded_pass(f, 0);
	assert_int_equal(f->added_count, 0);
	recording_backlog(f->recording, 9, 16);
	recorded_pass(f, 0);
	recorded_packet(f, f->wall_ns);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.level, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_LEVEL);
	recording_backlog(f->recording, 9, 16); /* it does not grow: that was enough */
	recording_backlog(f->recording, 12, 16);
	recording_backlog(f->recording, 13, 16);
	recording_backlog(f->recording, 14, 16);
	recording_backlog(f->recording, 15, 16);
	recording_backlog(f->recording, 16, 16); /* there is no lower one */
	recorded_pass(f, 0);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.level, -7);
	for (int i = 0; i < 60; i++) {
		recorded_pass(f, SECOND);
		recording_backlog(f->recording, 0, 16);
	}
	recorded_packet(f, f->wall_ns);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.level, 3); /* with the next segment, at the full minute */
	recorded_finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 3);
}

/* Killed after each of many steps: what was flushed is there after the restart, as much as tcpdump could read before it or more. */
static void test_killed(void **state)
{
	struct recorded *f = *state;
	recorded_stop(f);
	int64_t flushed_before = 0;
	for (int round = 0; round < 12; round++) {
		pid_t child = fork();
		if (child == 0) {
			recorded_start(f);
			for (int i = 0; i <= round; i++) {
				struct block *block = scratch_block((uint64_t)i + 1);
				for (int j = 0; j < 300 * round; j++)
					scratch_packet(block, f->wall_ns, 60 + (uint32_t)j % 1000, j & 1);
				uint32_t offset = 0;
				recording_put(f->recording, block, &offset);
				recorded_pass(f, i & 1 ? 10 * MS : 700 * MS);
			}
			_exit(0);
		}
		int status = 0;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		int64_t readable = scratch_packets(f->folder, true) + scratch_packets(f->folder, false);
		assert_true(readable >= flushed_before);
		recorded_start(f);
		assert_int_equal(scratch_number("ls %s | grep -c 'part$' || true", f->folder), 0);
		assert_true(scratch_sound(f->folder));
		int64_t kept = scratch_packets(f->folder, false);
		assert_true(kept >= readable); /* zstdcat gives out less of what came after the last flush */
		flushed_before = kept;
		recorded_stop(f);
		f->wall_ns += 100 * SECOND;
	}
	assert_true(flushed_before > 1000);
	assert_int_equal(scratch_number("cat %s/*.json | jq -s 'map(.packets) | add'", f->folder), flushed_before);
}

/* The clock is ten years ahead at the start, as with an empty battery: the hour of tape is not thrown away on its word. When the recorder
 * itself has seen an hour pass, it goes. */
static void test_age_by_wrong_clock(void **state)
{
	struct recorded *f = *state;
	for (int i = 0; i < 5; i++) {
		recorded_packet(f, f->wall_ns);
		recorded_pass(f, 60 * SECOND);
	}
	recorded_finish(f);
	size_t made = f->added_count;
	f->wall_ns += 10 * 365 * 86400 * SECOND;
	f->boot_ns = 20 * SECOND;
	recorded_start(f);
	recorded_pass(f, SECOND);
	assert_int_equal(f->removed_count, 0);
	assert_int_equal(scratch_packets(f->folder, false), 5);
	recorded_pass(f, 3200 * SECOND); /* the oldest was begun 300 s before the end */
	assert_int_equal(f->removed_count, 0);
	recorded_pass(f, 401 * SECOND);
	assert_true(f->removed_count >= made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_quiet_link, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_rotation_without_packets, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_packets_on_both_sides, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_clock_steps, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_budget, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_age, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_age_at_start, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_request, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_link_type, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_losses, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_level, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_killed, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_age_by_wrong_clock, recorded_setup, recorded_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
