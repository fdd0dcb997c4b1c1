/* Speaks for capture/pins.c: which segments of a recording reach the folder of an incident, by a clock that the test sets. */
#include "tests/recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

static void make_incident(const struct recorded *f, const char *name, char path[128])
{
	snprintf(path, 128, "%s/incidents", f->directory);
	mkdir(path, 0755);
	snprintf(path, 128, "%s/incidents/%s", f->directory, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* 90 s around a moment: the two segments that were, the one that is, which ends when the pin does, and no other. */
static void test_pin(void **state)
{
	struct recorded *f = *state;
	char incident[128];
	for (int i = 0; i < 3; i++) {
		recorded_packet(f, f->wall_ns);
		recorded_pass(f, 60 * SECOND);
	}
	make_incident(f, "one", incident);
	/* Now 10:35:07.250. From 10:34:30 to 10:35:30. */
	assert_true(pins_add(f->pins, incident, NOON + 150 * SECOND, NOON + 210 * SECOND, UINT64_MAX));
	recorded_pass(f, SECOND);
	recorded_packet(f, f->wall_ns);
	assert_int_equal(scratch_number("ls %s/*.zst | wc -l", incident), 1);
	assert_int_equal(f->pins_complete, 0);
	recorded_pass(f, 24 * SECOND);
	assert_int_equal(f->pins_complete, 1);
	assert_int_equal(f->pinned_segments, 2);
	assert_int_equal(f->pinned_missing, 0);
	assert_string_equal(f->pinned, incident);
	assert_true(scratch_sound(incident));
	assert_int_equal(scratch_packets(incident, false), 2);
	assert_int_equal(scratch_number("ls %s/*.json | wc -l", incident), 2);
	assert_int_equal(scratch_number("find %s -name '*.zst' -links 2 | wc -l", incident), 2);
	recorded_finish(f);
	assert_int_equal(f->added[3].ended_by, SEGMENT_END_REQUEST);
	assert_string_equal(f->added[4].name, "20261121T103530.000Z-000005.pcap.zst");
}

/* Of what the ring had and lost, a pin says how much. The clock is set back while another waits: it ends all the same. */
static void test_pin_missing_and_clock(void **state)
{
	struct recorded *f = *state;
	char incident[128];
	recorded_stop(f);
	f->options.ring_ns = 120 * SECOND;
	recorded_start(f);
	recorded_pass(f, 400 * SECOND);
	make_incident(f, "late", incident);
	assert_true(pins_add(f->pins, incident, NOON - 3600 * SECOND, f->wall_ns, UINT64_MAX));
	recorded_pass(f, 2 * SECOND);
	assert_int_equal(f->pins_complete, 1);
	assert_int_equal(f->pinned_segments + f->pinned_missing, f->added_count);
	assert_int_equal(f->pinned_missing, f->removed_count);
	assert_true(f->pinned_missing >= 4);
	make_incident(f, "set", incident);
	assert_true(pins_add(f->pins, incident, f->wall_ns, f->wall_ns + 20 * SECOND, UINT64_MAX));
	recorded_pass(f, SECOND);
	f->wall_ns -= 3600 * SECOND;
	recorded_pass(f, 18 * SECOND);
	assert_int_equal(f->pins_complete, 1);
	recorded_pass(f, 3 * SECOND);
	assert_int_equal(f->pins_complete, 2);
	recorded_finish(f);
}

/* A minute of tape: one segment with 60 packets of 1000 bytes, a little over 60 kB. */
static void minute(struct recorded *f)
{
	struct block *block = scratch_block(++f->blocks);
	for (int i = 0; i < 60; i++)
		scratch_packet(block, f->wall_ns, 1000, true);
	recorded_put(f, block);
	recorded_pass(f, 60 * SECOND);
}

/* Room for two segments and a half of 64 KiB with their JSON: the third and later ones are missing. */
static void test_pin_room(void **state)
{
	struct recorded *f = *state;
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
	struct recorded *f = *state;
	char one[128], other[128];
	for (int i = 0; i < 3; i++)
		minute(f);
	make_incident(f, "one", one);
	make_incident(f, "other", other);
	assert_true(pins_add(f->pins, one, NOON, f->wall_ns, 300000));
	assert_true(pins_add(f->pins, other, NOON, f->wall_ns, 300000));
	recorded_pass(f, 2 * SECOND);
	assert_int_equal(f->pins_complete, 2);
	assert_int_equal(scratch_number("ls %s/*.zst %s/*.zst | wc -l", one, other), 6);
	assert_int_equal(f->pinned_missing, 2);
	assert_true(scratch_bytes(one) + scratch_bytes(other) <= 300000);
	make_incident(f, "third", one);
	assert_true(pins_add(f->pins, one, NOON, f->wall_ns, 300000));
	recorded_pass(f, 2 * SECOND);
	assert_int_equal(f->pins_complete, 3);
	assert_int_equal(f->pinned_missing, 0);
	assert_int_equal(scratch_number("ls %s/*.zst | wc -l", one), 5); /* three, and two that pins have ended */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pin, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_pin_missing_and_clock, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_pin_room, recorded_setup, recorded_teardown),
		cmocka_unit_test_setup_teardown(test_pins_share_room, recorded_setup, recorded_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
