/* Speaks for analyze/engine/locate/locate_clock.c and locate_settle.c: how far two clocks are apart, and which way packets go. */
#include "tests/taps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What B sees of a packet from A is 3000 + 10 ms later, of one from B 3000 - 6 ms: the middle is 3002, and it may be 8 wrong. */
static void the_clock_lies_between_both_directions(void **state)
{
	(void)state;
	send_hundred();
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_true(summary->clock.both_ways);
	assert_int_equal(summary->clock.offset_ns, 3002 * MS);
	assert_int_equal(summary->clock.uncertainty_ns, 8 * MS);
	assert_true(summary->clock.drift >= 0 && summary->clock.drift <= 0);
	assert_int_equal(summary->directions[COURSE_AB].judged, 100);
	assert_int_equal(summary->directions[COURSE_BA].judged, 100);
	assert_int_equal(summary->directions[COURSE_AB].transit_min_ns, 8 * MS);
	assert_int_equal(summary->directions[COURSE_BA].transit_max_ns, 8 * MS);
	assert_int_equal(told_count, 0);
	locate_free(locate);
}

/* A packet that looks like one of A's came to B 100 ms before that one was sent, and one of B's to A likewise: the rest proves both
 * wrong, and the offset stays. Nobody sent what came, and nobody saw again what was sent. */
static void what_came_before_it_was_sent_moves_no_clock(void **state)
{
	(void)state;
	send_hundred();
	const struct spec there = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .flags = TCP_RST };
	const struct spec back = { .from = HOST_B, .to = HOST_A, .id = 0, .seq = 8888, .flags = TCP_RST };
	tap_add(TAP_B, START + AHEAD + 401 * MS, &there, 0);
	tap_add(TAP_A, START + 501 * MS, &there, 0);
	tap_add(TAP_A, START + 601 * MS, &back, 0);
	tap_add(TAP_B, START + AHEAD + 701 * MS, &back, 0);
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_int_equal(summary->clock.outliers, 2);
	assert_int_equal(summary->clock.offset_ns, 3002 * MS);
	assert_int_equal(summary->clock.uncertainty_ns, 8 * MS);
	for (int course = COURSE_AB; course <= COURSE_BA; course++) {
		assert_int_equal(summary->directions[course].lost, 1);
		assert_int_equal(summary->directions[course].unsent, 1);
		assert_int_equal(summary->directions[course].transits, 100);
		assert_int_equal(summary->directions[course].transit_min_ns, 8 * MS);
		assert_int_equal(summary->directions[course].shortest_ns, 8 * MS);
	}
	locate_free(locate);
}

/* It came 20 s too early, which is 200 ms for each of 101 packets and more than a round trip of 16 ms: by their mean, B's would be A's. */
static void one_wild_packet_turns_no_path_round(void **state)
{
	(void)state;
	send_hundred();
	const struct spec there = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .flags = TCP_RST };
	tap_add(TAP_B, START + AHEAD + 401 * MS - 20000 * MS, &there, 0);
	tap_add(TAP_A, START + 401 * MS, &there, 0);
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_int_equal(summary->clock.outliers, 1);
	assert_int_equal(summary->clock.offset_ns, 3002 * MS);
	assert_int_equal(summary->directions[COURSE_AB].transit_max_ns, 8 * MS);
	locate_free(locate);
}

/* From the middle on B's clock is 200 ms further ahead: no few packets contradict the rest, but half of them. All bound the difference:
 * from A at the least 3010 ms, from B at the most 3194. */
static void a_clock_that_jumped_is_no_outlier(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = i, .bytes = 1, .ttl = 64 };
		const struct spec back = { .from = HOST_B, .to = HOST_A, .id = (uint16_t)(2000 + i), .seq = i, .bytes = 1, .ttl = 64 };
		struct spec routed_there = there, routed_back = back;
		routed_there.ttl = routed_back.ttl = 63;
		const int64_t t_ns = START + i * 10 * MS, ahead_ns = AHEAD + (i < 50 ? 0 : 200 * MS);
		tap_add(TAP_A, t_ns, &there, 0);
		tap_add(TAP_B, t_ns + THERE + ahead_ns, &routed_there, 0);
		tap_add(TAP_B, t_ns + 3 * MS + ahead_ns, &back, 0);
		tap_add(TAP_A, t_ns + 3 * MS + BACK, &routed_back, 0);
	}
	struct locate *locate = compare_usual();
	const struct clock_fit clock = locate_summary(locate)->clock;
	assert_int_equal(clock.outliers, 0);
	assert_int_equal(clock.offset_ns, 3102 * MS);
	assert_int_equal(clock.uncertainty_ns, 92 * MS);
	locate_free(locate);
}

/* Who only sends: which way, a router says that took one off the TTL, though 1 ms is less than the middle between THERE and BACK; else
 * the time does, beside that of the others. */
static void paths_of_one_direction(void **state)
{
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 20; i++) {
		const struct spec fast = { .from = 3, .to = 4, .id = (uint16_t)(3000 + i), .seq = i, .bytes = 1 };
		const struct spec back = { .from = 5, .to = 6, .id = (uint16_t)(4000 + i), .seq = i, .bytes = 1 };
		struct spec routed = fast;
		routed.ttl = 63;
		tap_add(TAP_A, START + i * 10 * MS, &fast, 0);
		tap_add(TAP_B, START + i * 10 * MS + MS + AHEAD, &routed, 0);
		tap_add(TAP_B, START + i * 10 * MS + AHEAD, &back, 0);
		tap_add(TAP_A, START + i * 10 * MS + BACK, &back, 0);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].judged, 120);
	assert_int_equal(locate_summary(locate)->directions[COURSE_BA].judged, 120);
	locate_free(locate);
}

static void one_direction_tells_no_offset(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = 100 * i, .bytes = 100 };
		send_at(START + (int64_t)i * 10 * MS, &there, i % 2 ? MS : 0);
	}
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_false(summary->clock.both_ways);
	assert_int_equal(summary->clock.offset_ns, AHEAD + THERE);
	assert_int_equal(summary->directions[COURSE_AB].transit_min_ns, 0);
	assert_int_equal(summary->directions[COURSE_AB].transit_max_ns, MS);
	assert_int_equal(summary->directions[COURSE_AB].jitter_sum_ns, 99 * MS); /* up and down by 1 ms, 99 times */
	assert_int_equal(summary->directions[COURSE_BA].judged, 0);
	locate_free(locate);
}

/* B's clock runs 100 us faster in each second. Over 100 s that is 10 ms, as much as a transit. */
static void a_clock_that_drifts_is_followed(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const struct spec back = { .from = HOST_B, .to = HOST_A, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const int64_t t_ns = (int64_t)i * 100 * MS;
		tap_add(TAP_A, START + t_ns, &there, 0);
		tap_add(TAP_B, START + AHEAD + (t_ns + THERE) + (t_ns + THERE) / 10000, &there, 0);
		tap_add(TAP_B, START + AHEAD + t_ns + t_ns / 10000, &back, 0);
		tap_add(TAP_A, START + t_ns + BACK, &back, 0);
	}
	struct locate *locate = compare_usual();
	const struct locate_summary *summary = locate_summary(locate);
	assert_true(summary->clock.drift > 99e-6 && summary->clock.drift < 101e-6);
	assert_in_range(summary->directions[COURSE_AB].transit_max_ns, 7900000, 8200000);
	assert_int_equal(told_count, 0);
	locate_free(locate);
}

/* Seven packets, a second apart, whose transits grow by 100 us/s, but not evenly. Of the 21 slopes between them, by hand, the 11th is
 * 100, the third 80 and the 19th 120; 95 % of seven values without a trend have a Kendall's S below 13.05, hence the third to the 19th: (21 - 13.05) / 2. */
static void a_drift_says_how_far_it_may_be_off(void **state)
{
	(void)state;
	static const int64_t late_us[] = { 0, 120, 180, 320, 400, 480, 620 };
	for (uint32_t i = 0; i < sizeof late_us / sizeof late_us[0]; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const int64_t t_ns = (int64_t)i * 1000 * MS;
		tap_add(TAP_A, START + t_ns, &there, 0);
		tap_add(TAP_B, START + AHEAD + t_ns + THERE + late_us[i] * 1000, &there, 0);
	}
	struct locate *locate = compare_usual();
	const struct clock_fit clock = locate_summary(locate)->clock;
	assert_true(clock.drift > 99.9e-6 && clock.drift < 100.1e-6);
	assert_true(clock.drift_uncertainty > 19.9e-6 && clock.drift_uncertainty < 20.1e-6);
	locate_free(locate);
}

/* Five of seven packets lie on a line of 100 us/s, but of the 21 slopes the third is below -400 us/s and the 19th above 980 us/s: that is no drift. */
static void a_drift_that_may_be_none_is_none(void **state)
{
	(void)state;
	static const int64_t late_us[] = { 0, 100, 200, 300, 400, 5000, -5000 };
	for (uint32_t i = 0; i < sizeof late_us / sizeof late_us[0]; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(i + 1), .seq = 100 * i, .bytes = 100, .tsval = i };
		const int64_t t_ns = (int64_t)i * 1000 * MS;
		tap_add(TAP_A, START + t_ns, &there, 0);
		tap_add(TAP_B, START + AHEAD + t_ns + THERE + late_us[i] * 1000, &there, 0);
	}
	struct locate *locate = compare_usual();
	const struct clock_fit clock = locate_summary(locate)->clock;
	assert_true(clock.drift >= 0 && clock.drift <= 0);
	locate_free(locate);
}

/* B's clock stands at the end of what 64 bits hold, or before 1970: that is no reason to compare other packets. */
static void times_at_their_limits_do_no_harm(void **state)
{
	static const int64_t starts[] = { INT64_MIN, INT64_MIN / 2, 0, INT64_MAX / 2, INT64_MAX - 2000 * MS };
	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
			taps_clear(state);
			for (uint32_t n = 0; n < 40; n++) {
				const struct spec spec = {
					.from = HOST_A, .to = HOST_B, .id = (uint16_t)(n + 1), .seq = 100 * n, .bytes = 100,
				};
				tap_add(TAP_A, starts[n % 2 ? i : k] + n * 10 * MS, &spec, 0);
				tap_add(TAP_B, starts[k] + n * 10 * MS, &spec, 0);
			}
			struct locate *locate = compare_usual();
			const struct locate_summary *summary = locate_summary(locate);
			assert_int_equal(summary->captures[TAP_A].frames, 40);
			assert_true(summary->common > 0 && summary->common <= 40 && summary->from_ns <= summary->to_ns);
			locate_free(locate);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_clock_lies_between_both_directions, taps_clear),
		cmocka_unit_test_setup(what_came_before_it_was_sent_moves_no_clock, taps_clear),
		cmocka_unit_test_setup(one_wild_packet_turns_no_path_round, taps_clear),
		cmocka_unit_test_setup(a_clock_that_jumped_is_no_outlier, taps_clear),
		cmocka_unit_test_setup(paths_of_one_direction, taps_clear),
		cmocka_unit_test_setup(a_drift_that_may_be_none_is_none, taps_clear),
		cmocka_unit_test_setup(one_direction_tells_no_offset, taps_clear),
		cmocka_unit_test_setup(a_clock_that_drifts_is_followed, taps_clear),
		cmocka_unit_test_setup(a_drift_says_how_far_it_may_be_off, taps_clear),
		cmocka_unit_test_setup(times_at_their_limits_do_no_harm, taps_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
