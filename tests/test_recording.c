/* Speaks for capture/recording.c: when segments end and reach the disk, by a clock that the test sets. zstd, tcpdump and find judge. */
#include "analyze/engine/facts.h"
#include "capture/recording.h"
#include "tests/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
/* 2026-11-21T10:32:00Z */
#define NOON INT64_C(1795257120000000000)

struct fixture {
	char directory[64], folder[80];
	struct recorder_options options;
	int64_t wall_ns, boot_ns;
	struct clock clock;
	struct ring *ring;
	struct pins *pins;
	struct recording *recording;
	struct writer_observer observer;
	uint64_t blocks;
	struct segment_facts added[64];
	size_t added_count, removed_count, ticks;
	char pinned[128];
	uint64_t pinned_segments, pinned_missing, pins_complete;
};

static int64_t fake_wall(void *user)
{
	return ((struct fixture *)user)->wall_ns;
}

static int64_t fake_boot(void *user)
{
	return ((struct fixture *)user)->boot_ns;
}

static void on_added(void *user, const struct segment_facts *facts)
{
	struct fixture *f = user;
	f->added[f->added_count++ % 64] = *facts;
}

static void on_removed(void *user, const char *name)
{
	(void)name;
	((struct fixture *)user)->removed_count++;
}

static void on_pinned(void *user, const char *folder, uint64_t segments, uint64_t bytes, uint64_t missing)
{
	struct fixture *f = user;
	snprintf(f->pinned, sizeof(f->pinned), "%s", folder);
	assert_true(bytes > 0 || segments == 0);
	f->pinned_segments = segments;
	f->pinned_missing = missing;
	f->pins_complete++;
}

static void start(struct fixture *f)
{
	char message[256];
	struct ring_limits limits = { .bytes = f->options.ring_bytes, .age_ns = f->options.ring_ns,
				      .min_free_bytes = f->options.min_free_bytes };
	f->clock = (struct clock){ fake_wall, fake_boot, f };
	f->observer = (struct writer_observer){ on_added, on_removed, on_pinned, f };
	if (ring_open(&f->ring, f->directory, &limits, f->boot_ns, message, sizeof(message)))
		fail_msg("%s", message);
	f->pins = pins_new();
	f->recording = recording_new(&f->options, f->ring, f->pins, &f->clock, &f->observer, 1);
	recording_begin(f->recording);
}

/* As if it had been killed, if it was not ended before. */
static void stop(struct fixture *f)
{
	recording_free(f->recording);
	pins_free(f->pins);
	ring_close(f->ring);
	f->recording = NULL;
	f->ring = NULL;
	f->pins = NULL;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	scratch_make(f->directory);
	snprintf(f->folder, sizeof(f->folder), "%s/ring", f->directory);
	f->options = (struct recorder_options){ .interface = (char[]){ "eth0" }, .directory = f->directory, .ring_bytes = 64 << 20,
						.ring_ns = 3600 * SECOND, .segment_bytes = 8 << 20, .segment_ns = 60 * SECOND,
						.snaplen = 262144, .compress_level = 3 };
	f->options.interface = strdup("eth0");
	f->wall_ns = NOON + 7250 * MS;
	f->boot_ns = 500 * SECOND;
	start(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	if (f->recording)
		stop(f);
	umount2(f->directory, MNT_DETACH); /* of a test that failed */
	scratch_remove(f->directory);
	free(f->options.interface);
	free(f);
	return 0;
}

/* Time goes on, with ticks when the recording wants them, as the writer's thread does. */
static void pass(struct fixture *f, int64_t ns)
{
	for (;;) {
		f->ticks++;
		recording_tick(f->recording);
		int64_t step = recording_wait_ns(f->recording);
		if (step > ns)
			break;
		f->wall_ns += step;
		f->boot_ns += step;
		ns -= step;
	}
	f->wall_ns += ns;
	f->boot_ns += ns;
	recording_tick(f->recording);
}

static void put(struct fixture *f, struct block *block)
{
	uint32_t offset = 0;
	assert_true(recording_put(f->recording, block, &offset));
	assert_int_equal(offset, block->used);
	free(block);
}

/* One packet at `t_ns`. */
static void packet(struct fixture *f, int64_t t_ns)
{
	struct block *block = scratch_block(++f->blocks);
	scratch_packet(block, t_ns, 100, true);
	put(f, block);
}

static void finish(struct fixture *f)
{
	assert_true(recording_end(f->recording));
	stop(f);
	assert_true(scratch_sound(f->folder));
}

/* A single packet on a quiet link: within a second another program reads it. */
static void test_quiet_link(void **state)
{
	struct fixture *f = *state;
	packet(f, f->wall_ns);
	pass(f, 400 * MS);
	assert_int_equal(scratch_packets(f->folder, true), 0);
	pass(f, 150 * MS);
	assert_int_equal(scratch_packets(f->folder, true), 1);
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_STOP);
	assert_int_equal(f->added[0].packets, 1);
	assert_int_equal(f->added[0].captured_bytes, 100);
}

/* Segments start at full minutes though nothing comes, and say so: a tape without packets. */
static void test_rotation_without_packets(void **state)
{
	struct fixture *f = *state;
	f->options.segment_bytes = 1 << 20;
	pass(f, 180 * SECOND);
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
	finish(f);
}

/* Packets decide by their own time, also when their block comes late and holds both sides of the border. */
static void test_packets_on_both_sides(void **state)
{
	struct fixture *f = *state;
	packet(f, f->wall_ns);
	pass(f, 52900 * MS); /* 10:33:00.150: not yet over, for blocks may be on their way */
	struct block *block = scratch_block(++f->blocks);
	scratch_packet(block, NOON + 60 * SECOND - 1, 60, true);
	scratch_packet(block, NOON + 60 * SECOND, 60, true);
	scratch_packet(block, NOON + 60 * SECOND - 2, 60, true); /* late: stays in order of arrival */
	put(f, block);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].packets, 2);
	assert_int_equal(f->added[0].last_ns, NOON + 60 * SECOND - 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_TIME);
	finish(f);
	assert_string_equal(f->added[1].name, "20261121T103300.000Z-000002.pcap.zst");
	assert_int_equal(f->added[1].packets, 2);
	assert_int_equal(f->added[1].first_ns, NOON + 60 * SECOND - 2);
}

static void test_clock_steps(void **state)
{
	struct fixture *f = *state;
	packet(f, f->wall_ns);
	pass(f, 5 * SECOND);
	f->wall_ns -= 3600 * SECOND;
	pass(f, SECOND);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_CLOCK);
	packet(f, f->wall_ns);
	packet(f, NOON + 13 * SECOND); /* was on its way when the clock was set; it opens no segment in the future */
	pass(f, 10 * SECOND);
	assert_int_equal(f->added_count, 1);
	f->wall_ns += 7200 * SECOND;
	packet(f, f->wall_ns);
	assert_int_equal(f->added_count, 2);
	assert_int_equal(f->added[1].packets, 2);
	assert_int_equal(f->added[1].ended_by, SEGMENT_END_CLOCK);
	/* Slewing is no step: 60 s in which the clock goes by 500 ppm too fast. */
	for (int i = 0; i < 60; i++) {
		pass(f, SECOND);
		f->wall_ns += MS / 2;
	}
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 4);
	for (size_t i = 2; i < f->added_count; i++)
		assert_int_not_equal(f->added[i].ended_by, SEGMENT_END_CLOCK);
}

/* 40 MB of noise through a ring of 4 MiB: never over it, sampled after each block; and no segment over its size by more than a block of
 * zstd's (128 KiB) and what is written at once (128 KiB). */
static void test_budget(void **state)
{
	struct fixture *f = *state;
	stop(f);
	f->options.ring_bytes = 4 << 20;
	f->options.segment_bytes = 512 << 10;
	f->options.segment_ns = 10 * SECOND;
	start(f);
	uint64_t packets = 0;
	for (int i = 0; i < 300; i++) {
		struct block *block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++, packets++)
			scratch_packet(block, f->wall_ns + j * MS, 1400, true);
		put(f, block);
		assert_true(scratch_bytes(f->folder) <= 4 << 20);
		pass(f, 300 * MS);
		assert_true(scratch_bytes(f->folder) <= 4 << 20);
	}
	assert_true(scratch_bytes(f->folder) > 3 << 20); /* and it is used */
	assert_true(scratch_number("find %s -name '*.zst' -printf '%%s\\n' | sort -n | tail -1", f->folder) <= (512 + 256) << 10);
	struct writer_counters counters;
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.packets_written, packets);
	assert_int_equal(counters.segments_removed, f->removed_count);
	assert_true(f->removed_count > 50);
	finish(f);
	assert_true(scratch_bytes(f->folder) <= 4 << 20);
}

/* --ring-time, and a clock that is set meanwhile: nothing is thrown away for it. */
static void test_age(void **state)
{
	struct fixture *f = *state;
	stop(f);
	f->options.ring_ns = 600 * SECOND;
	start(f);
	pass(f, 300 * SECOND);
	assert_int_equal(f->removed_count, 0);
	f->wall_ns += 30 * 86400 * SECOND;
	pass(f, 60 * SECOND);
	assert_int_equal(f->removed_count, 0);
	f->wall_ns -= 30 * 86400 * SECOND;
	pass(f, 840 * SECOND);
	finish(f);
	/* The last ten minutes, and the segment under way: 11 or 12 of a minute each. */
	assert_in_range(scratch_number("ls %s/*.zst | wc -l", f->folder), 10, 12);
	assert_true(f->removed_count > 0);
}

/* The machine was off for longer than --ring-time; then less. */
static void test_age_at_start(void **state)
{
	struct fixture *f = *state;
	packet(f, f->wall_ns);
	finish(f);
	f->wall_ns += 1800 * SECOND;
	f->boot_ns = 20 * SECOND;
	start(f);
	pass(f, SECOND);
	assert_int_equal(f->removed_count, 0);
	pass(f, 1801 * SECOND);
	assert_true(f->removed_count >= 1);
}

static void test_request(void **state)
{
	struct fixture *f = *state;
	packet(f, f->wall_ns);
	pass(f, SECOND);
	recording_rotate(f->recording);
	pass(f, 2 * SECOND);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_REQUEST);
	pass(f, 60 * SECOND); /* and the next one ends at the full minute */
	assert_int_equal(f->added_count, 2);
	assert_int_equal(f->added[1].ended_by, SEGMENT_END_TIME);
	finish(f);
}

static void test_link_type(void **state)
{
	struct fixture *f = *state;
	packet(f, f->wall_ns);
	struct block *block = scratch_block(++f->blocks);
	block->link_type = 276; /* LINKTYPE_LINUX_SLL2 */
	scratch_packet(block, f->wall_ns, 100, true);
	put(f, block);
	finish(f);
	assert_int_equal(f->added_count, 2);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_LINK);
	assert_int_equal(f->added[0].link_type, 1);
	assert_int_equal(f->added[1].link_type, 276);
	assert_int_equal(scratch_number("zstdcat %s/%s | tcpdump -n -r - 2>&1 | grep -c LINUX_SLL2", f->folder, f->added[1].name), 1);
}

static void test_losses(void **state)
{
	struct fixture *f = *state;
	struct block *block = scratch_block(++f->blocks);
	block->kernel_drops = 5;
	block->interface_drops = 2;
	scratch_packet(block, f->wall_ns, 100, true);
	put(f, block);
	recording_losses(f->recording, &(struct losses){ .pool = 7, .watcher = 11 });
	pass(f, 60 * SECOND);
	finish(f);
	assert_int_equal(f->added[0].kernel_drops, 5);
	assert_int_equal(f->added[0].interface_drops, 2);
	assert_int_equal(f->added[0].pool_drops, 7);
	assert_int_equal(f->added[0].watcher_skipped, 11);
	assert_int_equal(f->added[1].kernel_drops, 0);
	assert_int_equal(f->added[1].pool_drops, 0);
	assert_int_equal(scratch_number("jq .kernel_drops %s/20261121T103207.250Z-000001.json", f->folder), 5);
}

static void make_incident(const struct fixture *f, const char *name, char path[128])
{
	snprintf(path, 128, "%s/incidents", f->directory);
	mkdir(path, 0755);
	snprintf(path, 128, "%s/incidents/%s", f->directory, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* 90 s around a moment: the two segments that were, the one that is, which ends when the pin does, and no other. */
static void test_pin(void **state)
{
	struct fixture *f = *state;
	char incident[128];
	for (int i = 0; i < 3; i++) {
		packet(f, f->wall_ns);
		pass(f, 60 * SECOND);
	}
	make_incident(f, "one", incident);
	/* Now 10:35:07.250. From 10:34:30 to 10:35:30. */
	assert_true(pins_add(f->pins, incident, NOON + 150 * SECOND, NOON + 210 * SECOND, UINT64_MAX));
	pass(f, SECOND);
	packet(f, f->wall_ns);
	assert_int_equal(scratch_number("ls %s/*.zst | wc -l", incident), 1);
	assert_int_equal(f->pins_complete, 0);
	pass(f, 24 * SECOND);
	assert_int_equal(f->pins_complete, 1);
	assert_int_equal(f->pinned_segments, 2);
	assert_int_equal(f->pinned_missing, 0);
	assert_string_equal(f->pinned, incident);
	assert_true(scratch_sound(incident));
	assert_int_equal(scratch_packets(incident, false), 2);
	assert_int_equal(scratch_number("ls %s/*.json | wc -l", incident), 2);
	assert_int_equal(scratch_number("find %s -name '*.zst' -links 2 | wc -l", incident), 2);
	finish(f);
	assert_int_equal(f->added[3].ended_by, SEGMENT_END_REQUEST);
	assert_string_equal(f->added[4].name, "20261121T103530.000Z-000005.pcap.zst");
}

/* Of what the ring had and lost, a pin says how much. The clock is set back while another waits: it ends all the same. */
static void test_pin_missing_and_clock(void **state)
{
	struct fixture *f = *state;
	char incident[128];
	stop(f);
	f->options.ring_ns = 120 * SECOND;
	start(f);
	pass(f, 400 * SECOND);
	make_incident(f, "late", incident);
	assert_true(pins_add(f->pins, incident, NOON - 3600 * SECOND, f->wall_ns, UINT64_MAX));
	pass(f, 2 * SECOND);
	assert_int_equal(f->pins_complete, 1);
	assert_int_equal(f->pinned_segments + f->pinned_missing, f->added_count);
	assert_int_equal(f->pinned_missing, f->removed_count);
	assert_true(f->pinned_missing >= 4);
	make_incident(f, "set", incident);
	assert_true(pins_add(f->pins, incident, f->wall_ns, f->wall_ns + 20 * SECOND, UINT64_MAX));
	pass(f, SECOND);
	f->wall_ns -= 3600 * SECOND;
	pass(f, 18 * SECOND);
	assert_int_equal(f->pins_complete, 1);
	pass(f, 3 * SECOND);
	assert_int_equal(f->pins_complete, 2);
	finish(f);
}

/* A minute of tape: one segment with 60 packets of 1000 bytes, a little over 60 kB. */
static void minute(struct fixture *f)
{
	struct block *block = scratch_block(++f->blocks);
	for (int i = 0; i < 60; i++)
		scratch_packet(block, f->wall_ns, 1000, true);
	put(f, block);
	pass(f, 60 * SECOND);
}

/* Room for two segments and a half of 64 KiB with their JSON: the third and later ones are missing. */
static void test_pin_room(void **state)
{
	struct fixture *f = *state;
	char incident[128];
	for (int i = 0; i < 3; i++)
		minute(f);
	make_incident(f, "small", incident);
	assert_true(pins_add(f->pins, incident, NOON, f->wall_ns + 90 * SECOND, 170000));
	minute(f);
	minute(f);
	assert_int_equal(f->pins_complete, 1);
	assert_int_equal(f->pinned_segments, 2);
	assert_int_equal(f->pinned_missing, 3);
	assert_int_equal(scratch_number("ls %s/*.zst | wc -l", incident), 2);
	assert_true(scratch_bytes(incident) <= 170000);
}

/* Two are asked for at once, when nothing was linked yet: the room is for both. It is enough for four segments of about 68 KiB, and for the
 * one under way, which is small, twice. Then there is more. */
static void test_pins_share_room(void **state)
{
	struct fixture *f = *state;
	char one[128], other[128];
	for (int i = 0; i < 3; i++)
		minute(f);
	make_incident(f, "one", one);
	make_incident(f, "other", other);
	assert_true(pins_add(f->pins, one, NOON, f->wall_ns, 300000));
	assert_true(pins_add(f->pins, other, NOON, f->wall_ns, 300000));
	pass(f, 2 * SECOND);
	assert_int_equal(f->pins_complete, 2);
	assert_int_equal(scratch_number("ls %s/*.zst %s/*.zst | wc -l", one, other), 6);
	assert_int_equal(f->pinned_missing, 2);
	assert_true(scratch_bytes(one) + scratch_bytes(other) <= 300000);
	make_incident(f, "third", one);
	assert_true(pins_add(f->pins, one, NOON, f->wall_ns, 300000));
	pass(f, 2 * SECOND);
	assert_int_equal(f->pins_complete, 3);
	assert_int_equal(f->pinned_missing, 0);
	assert_int_equal(scratch_number("ls %s/*.zst | wc -l", one), 5); /* three, and two that pins have ended */
}

static void test_level(void **state)
{
	struct fixture *f = *state;
	struct writer_counters counters;
	packet(f, f->wall_ns);
	recording_backlog(f->recording, 8, 16);
	pass(f, 0);
	assert_int_equal(f->added_count, 0);
	recording_backlog(f->recording, 9, 16);
	pass(f, 0);
	packet(f, f->wall_ns);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.level, 1);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_LEVEL);
	recording_backlog(f->recording, 9, 16); /* it does not grow: that was enough */
	recording_backlog(f->recording, 12, 16);
	recording_backlog(f->recording, 13, 16);
	recording_backlog(f->recording, 14, 16);
	recording_backlog(f->recording, 15, 16);
	recording_backlog(f->recording, 16, 16); /* there is no lower one */
	pass(f, 0);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.level, -7);
	for (int i = 0; i < 60; i++) {
		pass(f, SECOND);
		recording_backlog(f->recording, 0, 16);
	}
	packet(f, f->wall_ns);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.level, 3); /* with the next segment, at the full minute */
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 3);
}

/* Killed after each of many steps: what was flushed is there after the restart, as much as tcpdump could read before it or more. */
static void test_killed(void **state)
{
	struct fixture *f = *state;
	stop(f);
	int64_t flushed_before = 0;
	for (int round = 0; round < 12; round++) {
		pid_t child = fork();
		if (child == 0) {
			start(f);
			for (int i = 0; i <= round; i++) {
				struct block *block = scratch_block((uint64_t)i + 1);
				for (int j = 0; j < 300 * round; j++)
					scratch_packet(block, f->wall_ns, 60 + (uint32_t)j % 1000, j & 1);
				uint32_t offset = 0;
				recording_put(f->recording, block, &offset);
				pass(f, i & 1 ? 10 * MS : 700 * MS);
			}
			_exit(0);
		}
		int status = 0;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		int64_t readable = scratch_packets(f->folder, true) + scratch_packets(f->folder, false);
		assert_true(readable >= flushed_before);
		start(f);
		assert_int_equal(scratch_number("ls %s | grep -c 'part$' || true", f->folder), 0);
		assert_true(scratch_sound(f->folder));
		int64_t kept = scratch_packets(f->folder, false);
		assert_true(kept >= readable); /* zstdcat gives out less of what came after the last flush */
		flushed_before = kept;
		stop(f);
		f->wall_ns += 100 * SECOND;
	}
	assert_true(flushed_before > 1000);
	assert_int_equal(scratch_number("cat %s/*.json | jq -s 'map(.packets) | add'", f->folder), flushed_before);
}

/* A file system of 3 MiB under a ring that may have 64: it shrinks and goes on. Then somebody else fills all of it: packets wait; when there
 * is room again they are written, none twice and none lost. */
static void test_disk_full(void **state)
{
	struct fixture *f = *state;
	stop(f);
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=3m") != 0)
		skip();
	start(f);
	f->options.segment_bytes = 512 << 10;
	stop(f);
	start(f);
	struct writer_counters counters;
	for (int i = 0; i < 60; i++) {
		struct block *block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++)
			scratch_packet(block, f->wall_ns, 1400, true);
		put(f, block);
		pass(f, 100 * MS);
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
	pass(f, 3 * SECOND);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck);
	snprintf(command, sizeof(command), "rm %s/hog", f->directory);
	assert_int_equal(system(command), 0);
	pass(f, 2 * SECOND);
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
	stop(f);
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), in_memory);
	umount(f->directory);
}

/* Somebody removes the ring's folder: a new one is made, and what was in the file is counted as lost. */
static void test_folder_removed(void **state)
{
	struct fixture *f = *state;
	char command[256];
	packet(f, f->wall_ns);
	pass(f, SECOND);
	snprintf(command, sizeof(command), "rm -r %s", f->folder);
	assert_int_equal(system(command), 0);
	pass(f, 3 * SECOND);
	packet(f, f->wall_ns);
	pass(f, SECOND);
	struct writer_counters counters;
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.dropped_packets, 1);
	assert_false(counters.stuck);
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* The folder takes no new files and gives none away: the segment under way goes on over its time, and is ended when it can be. */
static void test_read_only_folder(void **state)
{
	struct fixture *f = *state;
	char command[256];
	struct writer_counters counters;
	packet(f, f->wall_ns);
	snprintf(command, sizeof(command), "chattr +i %s 2>/dev/null", f->folder);
	if (system(command) != 0)
		skip();
	for (int i = 0; i < 10; i++) {
		pass(f, 20 * SECOND);
		packet(f, f->wall_ns);
	}
	pass(f, SECOND);
	assert_int_equal(scratch_packets(f->folder, true), 11);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	assert_int_equal(counters.write_errors, 1);
	assert_int_equal(f->added_count, 0);
	f->ticks = 0;
	pass(f, 10 * SECOND);
	assert_in_range(f->ticks, 10, 30); /* it is tried each second, and the processor sleeps between */
	snprintf(command, sizeof(command), "chattr -i %s", f->folder);
	assert_int_equal(system(command), 0);
	pass(f, 2 * SECOND);
	assert_int_equal(f->added_count, 1);
	assert_int_equal(f->added[0].packets, 11);
	packet(f, f->wall_ns);
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 12);
	assert_string_equal(f->added[1].name, "20261121T103500.000Z-000002.pcap.zst");
}

/* The file is given back to the disk as one that can't be written to any more (a limit of its size does that), while others can: the
 * packets since the last flush are lost and counted, and all others are in the segment that it becomes. */
static void test_file_fails(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit, before;
	struct writer_counters counters;
	packet(f, f->wall_ns);
	pass(f, SECOND);
	for (int i = 0; i < 3; i++) {
		struct block *block = scratch_block(++f->blocks);
		for (int j = 0; j < 100; j++)
			scratch_packet(block, f->wall_ns + j, 1000, true);
		put(f, block);
		pass(f, SECOND);
	}
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)scratch_number("stat -c %%s %s/*.part", f->folder) + 10; /* EFBIG beyond that */
	setrlimit(RLIMIT_FSIZE, &limit);
	packet(f, f->wall_ns);
	pass(f, 600 * MS);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck);
	pass(f, 3 * SECOND);
	setrlimit(RLIMIT_FSIZE, &before);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	assert_int_equal(counters.dropped_packets, 1);
	assert_int_equal(counters.segments_repaired, 1);
	packet(f, f->wall_ns);
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 302);
	assert_int_equal(f->added[0].packets, 301);
	assert_int_equal(f->added[0].ended_by, SEGMENT_END_ERROR);
	assert_int_equal(f->added[1].pool_drops, 1);
}

/* `count` packets of 1000 bytes that don't compress, in one block. How many of them were taken. */
static uint32_t noise(struct fixture *f, uint32_t count)
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
static uint64_t packets_in_ring(const struct fixture *f)
{
	uint64_t packets = 0;
	for (size_t i = f->removed_count; i < f->added_count; i++)
		packets += f->added[i % 64].packets;
	return packets;
}

/* 8 MiB of disk, segments that may have 64: 40 MB go through it, none is lost, and what is kept is the newest. */
static void test_disk_smaller_than_segment(void **state)
{
	struct fixture *f = *state;
	struct writer_counters counters;
	stop(f);
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=8m") != 0)
		skip();
	f->options.segment_bytes = 64 << 20;
	start(f);
	for (int i = 0; i < 400; i++) {
		assert_int_equal(noise(f, 100), 100);
		pass(f, 100 * MS);
		recording_counters(f->recording, &counters);
		assert_false(counters.stuck);
	}
	assert_int_equal(counters.packets_written, 40000);
	assert_int_equal(counters.dropped_packets, 0);
	assert_true(scratch_bytes(f->folder) > 4 << 20); /* it is used */
	assert_true(recording_end(f->recording));
	uint64_t kept = packets_in_ring(f);
	stop(f);
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), kept);
	assert_true(kept > 4000);
	umount(f->directory);
}

/* The same disk; the segment under way has about 1.6 MB and is the only one when somebody else takes the rest. It is given up, and
 * recording goes on in the room that it had: 8 MB more, of which none but those of the gap are lost. */
static void test_segment_given_up(void **state)
{
	struct fixture *f = *state;
	struct writer_counters counters;
	char command[128];
	stop(f);
	if (mount("tmpfs", f->directory, "tmpfs", 0, "size=8m") != 0)
		skip();
	f->options.segment_bytes = 64 << 20;
	start(f);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(noise(f, 100), 100);
		pass(f, 600 * MS);
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
	pass(f, 2 * SECOND);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	assert_int_equal(counters.segments_given_up, 1);
	assert_int_equal(counters.packets_written + counters.dropped_packets, put);
	assert_in_range(counters.dropped_packets, 1, put - 1600); /* what had been flushed was not lost by it */
	uint64_t dropped = counters.dropped_packets;
	for (int i = 0; i < 80; i++, put += 100) {
		assert_int_equal(noise(f, 100), 100);
		pass(f, 100 * MS);
	}
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.packets_written, put - dropped);
	assert_int_equal(counters.dropped_packets, dropped);
	assert_true(f->added_count > 0 && f->added[0].ended_by == SEGMENT_END_ERROR);
	assert_true(recording_end(f->recording));
	uint64_t kept = packets_in_ring(f);
	stop(f);
	assert_true(scratch_sound(f->folder));
	assert_int_equal(scratch_packets(f->folder, false), kept);
	umount(f->directory);
}

/* DIR goes with all in it. It is made anew, and nobody else can record there. */
static void test_directory_removed(void **state)
{
	struct fixture *f = *state;
	struct ring_limits limits = { .bytes = 64 << 20, .age_ns = INT64_MAX };
	struct ring *other = NULL;
	char command[256], message[512];
	packet(f, f->wall_ns);
	pass(f, 61 * SECOND);
	assert_int_equal(f->added_count, 1);
	snprintf(command, sizeof(command), "rm -r %s", f->directory);
	assert_int_equal(system(command), 0);
	pass(f, 3 * SECOND);
	packet(f, f->wall_ns);
	assert_int_equal(ring_open(&other, f->directory, &limits, 0, message, sizeof(message)), STATUS_EXISTS);
	assert_int_equal(f->removed_count, 1); /* the ring knows what is left of it */
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* DIR is moved elsewhere, with the segment under way in it: what comes later is recorded where it was. */
static void test_directory_moved(void **state)
{
	struct fixture *f = *state;
	struct writer_counters counters;
	char command[256];
	packet(f, f->wall_ns);
	pass(f, SECOND);
	snprintf(command, sizeof(command), "mv %s %s.moved", f->directory, f->directory);
	assert_int_equal(system(command), 0);
	pass(f, 2 * SECOND);
	packet(f, f->wall_ns);
	pass(f, SECOND);
	assert_int_equal(scratch_packets(f->folder, true), 1);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.dropped_packets, 1); /* no longer on this tape */
	finish(f);
	snprintf(command, sizeof(command), "%s.moved", f->directory);
	scratch_remove(command);
}

/* The lock alone is removed: within a second it is locked again. */
static void test_lock_removed(void **state)
{
	struct fixture *f = *state;
	struct ring_limits limits = { .bytes = 64 << 20, .age_ns = INT64_MAX };
	struct ring *other = NULL;
	char path[128], message[512];
	packet(f, f->wall_ns);
	snprintf(path, sizeof(path), "%s/lock", f->directory);
	assert_int_equal(unlink(path), 0);
	pass(f, 1100 * MS);
	assert_int_equal(ring_open(&other, f->directory, &limits, 0, message, sizeof(message)), STATUS_EXISTS);
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* Another recorder was quicker. What comes waits in memory, and no file is made in the other's ring, until that one ends. */
static void test_directory_replaced(void **state)
{
	struct fixture *f = *state;
	struct ring_limits limits = { .bytes = 64 << 20, .age_ns = INT64_MAX };
	struct writer_counters counters;
	struct ring *other = NULL;
	char command[256], message[512];
	packet(f, f->wall_ns);
	pass(f, SECOND);
	snprintf(command, sizeof(command), "rm -r %s", f->directory);
	assert_int_equal(system(command), 0);
	assert_int_equal(ring_open(&other, f->directory, &limits, 0, message, sizeof(message)), STATUS_OK);
	pass(f, 5 * SECOND);
	recording_counters(f->recording, &counters);
	assert_true(counters.stuck);
	assert_int_equal(counters.dropped_packets, 1);
	assert_int_equal(scratch_number("ls %s | wc -l", f->folder), 0);
	ring_close(other);
	pass(f, 2 * SECOND);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	packet(f, f->wall_ns);
	finish(f);
	assert_int_equal(scratch_packets(f->folder, false), 1);
}

/* As test_file_fails; 900 packets were on their way to the disk without a flush, and part of them had come there: not those are lost. */
static void test_file_fails_between_flushes(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit, before;
	struct writer_counters counters;
	packet(f, f->wall_ns);
	pass(f, SECOND);
	assert_int_equal(noise(f, 900), 900);
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)scratch_number("stat -c %%s %s/*.part", f->folder) + 10;
	assert_true(limit.rlim_cur > 256 << 10);
	setrlimit(RLIMIT_FSIZE, &limit);
	pass(f, 3 * SECOND);
	setrlimit(RLIMIT_FSIZE, &before);
	recording_counters(f->recording, &counters);
	assert_false(counters.stuck);
	finish(f);
	int64_t kept = scratch_packets(f->folder, false);
	assert_in_range(kept, 256, 900); /* a quarter of a megabyte, at 1016 bytes each */
	assert_int_equal(counters.dropped_packets, 901 - kept);
	assert_int_equal(counters.packets_written, kept);
	assert_int_equal(f->added[0].packets, kept);
	assert_int_equal(f->added[1].pool_drops, 901 - kept);
}

/* The clock is ten years ahead at the start, as with an empty battery: the hour of tape is not thrown away on its word. When the recorder
 * itself has seen an hour pass, it goes. */
static void test_age_by_wrong_clock(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 5; i++) {
		packet(f, f->wall_ns);
		pass(f, 60 * SECOND);
	}
	finish(f);
	size_t made = f->added_count;
	f->wall_ns += 10 * 365 * 86400 * SECOND;
	f->boot_ns = 20 * SECOND;
	start(f);
	pass(f, SECOND);
	assert_int_equal(f->removed_count, 0);
	assert_int_equal(scratch_packets(f->folder, false), 5);
	pass(f, 3200 * SECOND); /* the oldest was begun 300 s before the end */
	assert_int_equal(f->removed_count, 0);
	pass(f, 401 * SECOND);
	assert_true(f->removed_count >= made);
}

static void test_alarm_is_counted(void **state)
{
	struct fixture *f = *state;
	struct writer_counters counters;
	pass(f, 5 * SECOND);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.free_alarms, 0);
	stop(f);
	f->options.min_free_bytes = UINT64_C(1) << 60;
	start(f);
	pass(f, 90 * SECOND);
	recording_counters(f->recording, &counters);
	assert_int_equal(counters.free_alarms, 1); /* it has not ended since */
	packet(f, f->wall_ns);
	finish(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_quiet_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation_without_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_packets_on_both_sides, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age_at_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_request, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_type, setup, teardown),
		cmocka_unit_test_setup_teardown(test_losses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pin_missing_and_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pin_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pins_share_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_level, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folder_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_only_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_fails_between_flushes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_smaller_than_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segment_given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_age_by_wrong_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alarm_is_counted, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
