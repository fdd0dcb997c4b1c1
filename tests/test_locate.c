/* Speaks for analyze/engine/locate/: which packets were lost, late, overtaken or doubled between two taps. */
#include "tests/taps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_lost_packet_is_named_with_its_direction(void **state)
{
	(void)state;
	send_hundred();
	const struct spec there = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	const struct spec back = { .from = HOST_B, .to = HOST_A, .id = 2500, .seq = 8888, .bytes = 66 };
	tap_add(TAP_A, START + 501 * MS, &there, 0);
	tap_add(TAP_B, START + AHEAD + 502 * MS, &back, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].course, COURSE_BA); /* 502 of a clock that is 2 ms ahead of what is taken for A's: the older one */
	assert_int_equal(told[0].tap, TAP_B);
	assert_int_equal(told[0].seq, 8888);
	assert_int_equal(told[0].t_ns, START + AHEAD + 502 * MS);
	assert_int_equal(told[1].course, COURSE_AB);
	assert_int_equal(told[1].tap, TAP_A);
	assert_int_equal(told[1].seq, 7777);
	assert_int_equal(told[1].bytes, 55);
	assert_int_equal(told[1].t_ns, START + 501 * MS);
	assert_int_equal(told[1].frame, 102); /* before it: 51 of its own at 0 to 500 ms, and 50 from B at 9 to 499 ms */
	assert_int_equal(locate_summary(locate)->directions[COURSE_BA].lost_bytes, 66);
	/* Intervals of 100 ms from 1 ms on, when B's first packet came: both by A's clock. */
	assert_int_equal(locate_summary(locate)->interval[4].lost[COURSE_BA], 1);
	assert_int_equal(locate_summary(locate)->interval[5].lost[COURSE_AB], 1);
	locate_free(locate);
}

/* The first copy is lost, the second arrives: same bytes, another IP ID. */
static void a_retransmission_is_not_its_original(void **state)
{
	(void)state;
	send_hundred();
	const struct spec first = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	struct spec again = first;
	again.id = 1501;
	tap_add(TAP_A, START + 501 * MS, &first, 0);
	send_at(START + 531 * MS, &again, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].t_ns, START + 501 * MS);
	locate_free(locate);
}

/* Three alike to the bit, without IP ID: what arrived 10 ms after the second was the second, though the third had been sent by then. */
static void packets_that_are_alike_go_by_their_time(void **state)
{
	(void)state;
	send_hundred();
	const struct spec alike = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .bytes = 0, .flags = TCP_RST };
	tap_add(TAP_A, START + 301 * MS, &alike, 0);
	send_at(START + 401 * MS, &alike, 0);
	tap_add(TAP_A, START + 408 * MS, &alike, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].t_ns, START + 301 * MS);
	assert_int_equal(told[1].t_ns, START + 408 * MS);
	locate_free(locate);
}

/* So close that their times tell nothing: the first to arrive is the first that was sent. */
static void packets_that_are_alike_and_close_go_in_order(void **state)
{
	(void)state;
	send_hundred();
	const struct spec alike = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .flags = TCP_RST };
	send_at(START + 401 * MS, &alike, 0);
	send_at(START + 401 * MS + 300000, &alike, 0);
	tap_add(TAP_A, START + 401 * MS + 600000, &alike, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].t_ns, START + 401 * MS + 600000);
	locate_free(locate);
}

#define STORM 85
#define APART 60000

/* Resets of one flow, alike to the bit, so many nanoseconds apart. `late_ns` is what the 20th takes longer; those behind it wait, if the
 * link keeps the order, and follow 10 us apart until they have caught up. */
static void send_storm(uint32_t count, uint32_t lost, uint32_t doubled, int64_t late_ns, bool keeps_order)
{
	const struct spec alike = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .flags = TCP_RST };
	int64_t free_ns = 0;
	for (uint32_t i = 1; i <= count; i++) {
		const int64_t sent_ns = START + 401 * MS + i * APART, usual_ns = sent_ns + THERE + AHEAD;
		const int64_t came_ns = i == 20 ? usual_ns + late_ns : keeps_order && free_ns > usual_ns ? free_ns : usual_ns;
		tap_add(TAP_A, sent_ns, &alike, 0);
		if (i >= 20)
			free_ns = came_ns + 10000;
		if (i != lost)
			tap_add(TAP_B, came_ns, &alike, 0);
		if (i == doubled)
			tap_add(TAP_B, came_ns + 5000, &alike, 0);
	}
}

/* One comes 1.2 ms later than usual, after 20 that were sent behind it: since all are alike, the first that comes is the first that was
 * sent, and each took at the most 60 us longer. */
static void as_many_as_were_sent_are_none_lost(void **state)
{
	(void)state;
	send_hundred();
	send_storm(STORM, 0, 0, 1230000, false);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 0);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].judged, 100 + STORM);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].transit_max_ns, 8 * MS + APART);
	locate_free(locate);
}

/* The 20th comes 1.2 ms late and the others behind it: each one behind makes up for 50 us. Of 1.2, 1.15, 1.1, 1.05 and 1 ms those above
 * a millisecond are late. None was overtaken. */
static void those_alike_that_wait_for_one_are_late(void **state)
{
	(void)state;
	send_hundred();
	send_storm(STORM, 0, 0, 1200000, true);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(told[i].kind, LOCATED_DELAYED);
		assert_int_equal(told[i].transit_ns, 9200000 - i * 50000);
	}
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].judged, 100 + STORM);
	locate_free(locate);
}

/* One lost among those that are late, then one doubled: one is too many or too few, which one nobody can tell, and none was overtaken. */
static void of_those_alike_only_what_is_beyond_is_lost_or_doubled(void **state)
{
	(void)state;
	send_hundred();
	send_storm(STORM, 30, 0, 1200000, true);
	struct locate *locate = compare_usual();
	const struct locate_direction *direction = &locate_summary(locate)->directions[COURSE_AB];
	assert_int_equal(direction->lost, 1);
	assert_int_equal(direction->duplicated + direction->unsent + direction->reordered, 0);
	locate_free(locate);
	taps_clear(state);
	send_hundred();
	send_storm(STORM, 0, 30, 1200000, true);
	locate = compare_usual();
	direction = &locate_summary(locate)->directions[COURSE_AB];
	assert_int_equal(direction->duplicated, 1);
	assert_int_equal(direction->lost + direction->unsent + direction->reordered, 0);
	locate_free(locate);
}

/* 3000 in 180 ms: the 20th takes 250 ms longer, and all behind it wait. */
static void thousands_alike_are_counted_right(void **state)
{
	(void)state;
	send_hundred();
	send_storm(3000, 2000, 0, 250 * MS, true);
	struct locate *locate = compare_usual();
	const struct locate_direction *direction = &locate_summary(locate)->directions[COURSE_AB];
	assert_int_equal(direction->judged, 3100);
	assert_int_equal(direction->lost, 1);
	assert_int_equal(direction->duplicated + direction->unsent + direction->reordered, 0);
	locate_free(locate);
}

/* One each 20 ms, which is longer than what transits vary by: the one that is lost is that one, and the rest take what they took. */
static void those_alike_but_far_apart_are_not_shifted(void **state)
{
	(void)state;
	send_hundred();
	const struct spec alike = { .from = HOST_A, .to = HOST_B, .protocol = PROTOCOL_UDP, .bytes = 8 };
	for (uint32_t i = 0; i < 40; i++) {
		if (i == 7)
			tap_add(TAP_A, START + 101 * MS + i * 20 * MS, &alike, 0);
		else
			send_at(START + 101 * MS + i * 20 * MS, &alike, 0);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].t_ns, START + 241 * MS);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].judged, 140);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].transit_max_ns, 8 * MS);
	locate_free(locate);
}

static void overtaken_late_and_doubled(void **state)
{
	(void)state;
	send_hundred();
	const struct spec slow = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	const struct spec twice = { .from = HOST_A, .to = HOST_B, .id = 1501, .seq = 8888, .bytes = 66 };
	send_at(START + 301 * MS, &slow, 12 * MS); /* the one of 310 ms arrives before it */
	const uint64_t before = send_at(START + 605 * MS, &twice, 0);
	tap_add(TAP_B, START + AHEAD + THERE + 605 * MS + 50000, &twice, 0);
	assert_true(before > 0);
	struct locate *locate = compare_usual();
	const struct locate_direction *direction = &locate_summary(locate)->directions[COURSE_AB];
	assert_int_equal(direction->reordered, 1);
	assert_int_equal(direction->delayed, 1);
	assert_int_equal(direction->duplicated, 1);
	assert_int_equal(direction->lost, 0);
	assert_int_equal(told_count, 3);
	assert_int_equal(told[0].kind, LOCATED_REORDERED);
	assert_int_equal(told[0].transit_ns, 20 * MS); /* 10 + 12, by a clock that is 2 ms off */
	assert_int_equal(told[1].kind, LOCATED_DELAYED);
	assert_int_equal(told[2].kind, LOCATED_DUPLICATED);
	assert_int_equal(told[2].seq, 8888);
	locate_free(locate);
}

/* A is a host with offload: 4344 bytes in a frame leave it as three packets of 1448 (MSS 1460 less 12 of timestamps), with IP IDs that
 * count up, and only the last one has the FIN. The second is lost. */
static void super_segments_are_matched_by_their_bytes(void **state)
{
	(void)state;
	send_hundred();
	const struct spec syn = { .from = HOST_A, .to = HOST_B, .id = 500, .seq = 0, .flags = TCP_SYN, .mss = 1460, .port = 50000 };
	const struct spec whole = { .from = HOST_A, .to = HOST_B, .id = 600, .seq = 1, .bytes = 4344, .port = 50000, .flags = TCP_ACK | TCP_FIN };
	send_at(START + 101 * MS, &syn, 0);
	tap_add(TAP_A, START + 201 * MS, &whole, 0);
	for (uint32_t i = 0; i < 3; i++) {
		const struct spec part = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(600 + i), .seq = 1 + 1448 * i, .bytes = 1448,
					   .port = 50000, .flags = i == 2 ? TCP_ACK | TCP_FIN : TCP_ACK };
		if (i != 1)
			tap_add(TAP_B, START + 201 * MS + THERE + AHEAD, &part, 0);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].seq, 1449);
	assert_int_equal(told[0].bytes, 1448);
	assert_int_equal(told[0].parts, 1);
	assert_int_equal(told[0].tap, TAP_A);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].judged, 104);
	locate_free(locate);
}

/* The other end takes only 1000 bytes, less 12 of timestamps. Of five such parts the second, the third and the last are lost: what
 * hangs together is told once. */
static void parts_that_follow_each_other_are_one_loss(void **state)
{
	(void)state;
	send_hundred();
	const struct spec syn = { .from = HOST_A, .to = HOST_B, .id = 500, .seq = 0, .flags = TCP_SYN, .mss = 1460, .port = 50000 };
	const struct spec syn_ack = { .from = HOST_B, .to = HOST_A, .id = 700, .flags = TCP_SYN | TCP_ACK, .mss = 1000, .port = 50000 };
	const struct spec whole = { .from = HOST_A, .to = HOST_B, .id = 600, .seq = 1, .bytes = 5 * 988, .port = 50000 };
	send_at(START + 101 * MS, &syn, 0);
	send_at(START + 112 * MS, &syn_ack, 0);
	tap_add(TAP_A, START + 201 * MS, &whole, 0);
	for (uint32_t i = 0; i < 4; i += 3) {
		const struct spec part = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(600 + i), .seq = 1 + 988 * i, .bytes = 988, .port = 50000 };
		tap_add(TAP_B, START + 201 * MS + THERE + AHEAD, &part, 0);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].seq, 1 + 988);
	assert_int_equal(told[0].bytes, 2 * 988);
	assert_int_equal(told[0].parts, 2);
	assert_int_equal(told[1].seq, 1 + 4 * 988);
	assert_int_equal(told[1].parts, 1);
	locate_free(locate);
}

/* Alike to the bit, but the one at B came 100 ms before A's host sent its two: these were lost, and the first is somebody else's. */
static void nothing_arrives_before_it_is_sent(void **state)
{
	(void)state;
	send_hundred();
	const struct spec alike = { .from = HOST_A, .to = HOST_B, .id = 0, .seq = 7777, .flags = TCP_RST };
	tap_add(TAP_B, START + AHEAD + 401 * MS, &alike, 0);
	tap_add(TAP_A, START + 501 * MS, &alike, 0);
	tap_add(TAP_A, START + 551 * MS, &alike, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 3);
	assert_int_equal(told[0].kind, LOCATED_UNSENT);
	assert_int_equal(told[1].kind, LOCATED_LOST);
	assert_int_equal(told[2].kind, LOCATED_LOST);
	locate_free(locate);
}

static uint64_t delayed_with(int64_t delay_ns)
{
	struct locate_options options;
	locate_options_default(&options);
	options.delay_ns = delay_ns;
	struct locate *locate = compare(&options, STATUS_OK);
	const uint64_t delayed = locate_summary(locate)->directions[COURSE_AB].delayed;
	locate_free(locate);
	return delayed;
}

/* By a clock that is 2 ms off, transits are 8 ms, and these four 8.5, 9.5, 20 and 21 ms. Late is what takes a millisecond more than is
 * usual, or longer than the option says. */
static void how_late_is_late(void **state)
{
	static const int64_t longer_us[] = { 500, 1500, 12000, 13000 };
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 4; i++) {
		const struct spec slow = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1500 + i), .seq = 7777 + i, .bytes = 1 };
		send_at(START + (301 + 100 * i) * MS, &slow, longer_us[i] * 1000);
	}
	assert_int_equal(delayed_with(0), 3);
	assert_int_equal(delayed_with(20 * MS), 1);
}

/* Two of five take 2 ms longer, so that the upper quartile is 2 ms above the middle: only five times that is late. */
static void late_is_what_the_usual_spread_does_not_hold(void **state)
{
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 200; i++) {
		const struct spec there = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(5000 + i), .seq = 90000 + i, .bytes = 1 };
		send_at(START + i * 5 * MS + MS, &there, i == 100 ? 9 * MS : i == 150 ? 11 * MS : i % 2 ? 2 * MS : 0);
	}
	assert_int_equal(delayed_with(0), 1);
}

/* A reset from between the taps, in the name of A's host: nobody sent it. */
static void what_only_the_end_saw_is_no_loss(void **state)
{
	(void)state;
	send_hundred();
	const struct spec forged = { .from = HOST_A, .to = HOST_B, .id = 9, .seq = 7777, .flags = TCP_RST };
	tap_add(TAP_B, START + AHEAD + 501 * MS, &forged, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_UNSENT);
	assert_int_equal(told[0].course, COURSE_AB);
	assert_int_equal(told[0].tap, TAP_B);
	assert_int_equal(locate_summary(locate)->directions[COURSE_AB].lost, 0);
	locate_free(locate);
}

/* B's capture begins at 0 and ends at 1000 ms of A's clock, about; A's begins before, and goes on. Another host of A's talks to somebody whom B never sees. */
static void only_what_both_could_see_is_judged(void **state)
{
	(void)state;
	send_hundred();
	const struct spec late = { .from = HOST_A, .to = HOST_B, .id = 1500, .seq = 7777, .bytes = 55 };
	const struct spec early = { .from = HOST_A, .to = HOST_B, .id = 1400, .seq = 6666, .bytes = 55 };
	const struct spec elsewhere = { .from = HOST_A, .to = 77, .id = 1501, .seq = 5, .bytes = 55 };
	tap_add(TAP_A, START - 500 * MS, &early, 0);
	tap_add(TAP_A, START + 1500 * MS, &late, 0);
	tap_add(TAP_A, START + 500 * MS, &elsewhere, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 0);
	assert_int_equal(locate_summary(locate)->captures[TAP_A].outside, 2);
	assert_int_equal(locate_summary(locate)->captures[TAP_A].strangers, 1);
	locate_free(locate);
	struct locate_options options;
	locate_options_default(&options);
	options.whole = true;
	locate = compare(&options, STATUS_OK);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].seq, 6666);
	assert_int_equal(told[1].seq, 7777);
	locate_free(locate);
}

/* Who has no address yet (DHCP, MLD) speaks to his own link: what both ends' hosts say is the same, but not one packet. */
static void who_has_no_address_is_not_judged(void **state)
{
	(void)state;
	send_hundred();
	const struct spec asks = { .from = HOST_A, .to = HOST_B, .protocol = PROTOCOL_UDP, .bytes = 40, .nameless = true };
	tap_add(TAP_A, START + 300 * MS, &asks, 0);
	tap_add(TAP_B, START + 900 * MS + AHEAD, &asks, 0);
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 0);
	assert_int_equal(locate_summary(locate)->captures[TAP_A].strangers, 1);
	assert_int_equal(locate_summary(locate)->captures[TAP_B].strangers, 1);
	locate_free(locate);
}

/* UDP without IP IDs, alike but for the payload; B keeps less of each packet. */
static void udp_goes_by_its_payload(void **state)
{
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 20; i++) {
		const struct spec datagram = { .from = HOST_A, .to = HOST_B, .protocol = PROTOCOL_UDP, .bytes = 80, .fill = 0x11110000 + i };
		tap_add(TAP_A, START + (200 + i) * MS + 500000, &datagram, 0);
		if (i != 13)
			tap_add(TAP_B, START + (200 + i) * MS + 500000 + THERE + AHEAD, &datagram, 14 + 20 + 8 + 12);
	}
	struct locate *locate = compare_usual();
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, LOCATED_LOST);
	assert_int_equal(told[0].t_ns, START + 213 * MS + 500000);
	locate_free(locate);
}

/* A router in between has changed the sender's address and port: only --nat finds the packets, and then knows which way the new address sends. */
static void addresses_may_change(void **state)
{
	(void)state;
	struct locate_options options;
	for (uint32_t i = 0; i < 50; i++) {
		const struct spec inside = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(1000 + i), .seq = 100 * i, .bytes = 100 };
		struct spec outside = inside;
		outside.from = 99;
		outside.port = 1234;
		outside.ttl = 63;
		tap_add(TAP_A, START + (int64_t)i * 10 * MS, &inside, 0);
		if (i != 20)
			tap_add(TAP_B, START + (int64_t)i * 10 * MS + THERE + AHEAD, &outside, 0);
	}
	const struct spec forged = { .from = 99, .to = HOST_B, .id = 9, .seq = 8888, .port = 1234 };
	tap_add(TAP_B, START + AHEAD + 305 * MS, &forged, 0);
	locate_options_default(&options);
	locate_free(compare(&options, STATUS_NOT_FOUND));
	options.nat = true;
	struct locate *locate = compare(&options, STATUS_OK);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].seq, 2000);
	assert_int_equal(told[1].kind, LOCATED_UNSENT);
	assert_int_equal(told[1].course, COURSE_AB);
	locate_free(locate);
}

/* There are places for three packets, and ten wait: seven are given up, which is said, and none of these is called lost. */
static void a_full_memory_is_counted(void **state)
{
	(void)state;
	send_hundred();
	for (uint32_t i = 0; i < 10; i++) {
		const struct spec lost = { .from = HOST_A, .to = HOST_B, .id = (uint16_t)(5000 + i), .seq = 70000 + i, .bytes = 1 };
		tap_add(TAP_A, START + 901 * MS + i * 1000, &lost, 0);
	}
	struct locate_options options;
	locate_options_default(&options);
	options.waiting_most = 3;
	struct locate *locate = compare(&options, STATUS_OK);
	const uint64_t given_up = locate_summary(locate)->captures[TAP_A].given_up + locate_summary(locate)->captures[TAP_B].given_up;
	assert_true(given_up >= 7);
	assert_true(locate_summary(locate)->directions[COURSE_AB].lost <= 3);
	locate_free(locate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_lost_packet_is_named_with_its_direction, taps_clear),
		cmocka_unit_test_setup(a_retransmission_is_not_its_original, taps_clear),
		cmocka_unit_test_setup(packets_that_are_alike_go_by_their_time, taps_clear),
		cmocka_unit_test_setup(packets_that_are_alike_and_close_go_in_order, taps_clear),
		cmocka_unit_test_setup(as_many_as_were_sent_are_none_lost, taps_clear),
		cmocka_unit_test_setup(those_alike_that_wait_for_one_are_late, taps_clear),
		cmocka_unit_test_setup(of_those_alike_only_what_is_beyond_is_lost_or_doubled, taps_clear),
		cmocka_unit_test_setup(thousands_alike_are_counted_right, taps_clear),
		cmocka_unit_test_setup(those_alike_but_far_apart_are_not_shifted, taps_clear),
		cmocka_unit_test_setup(overtaken_late_and_doubled, taps_clear),
		cmocka_unit_test_setup(super_segments_are_matched_by_their_bytes, taps_clear),
		cmocka_unit_test_setup(parts_that_follow_each_other_are_one_loss, taps_clear),
		cmocka_unit_test_setup(nothing_arrives_before_it_is_sent, taps_clear),
		cmocka_unit_test_setup(how_late_is_late, taps_clear),
		cmocka_unit_test_setup(late_is_what_the_usual_spread_does_not_hold, taps_clear),
		cmocka_unit_test_setup(what_only_the_end_saw_is_no_loss, taps_clear),
		cmocka_unit_test_setup(only_what_both_could_see_is_judged, taps_clear),
		cmocka_unit_test_setup(udp_goes_by_its_payload, taps_clear),
		cmocka_unit_test_setup(addresses_may_change, taps_clear),
		cmocka_unit_test_setup(a_full_memory_is_counted, taps_clear),
		cmocka_unit_test_setup(who_has_no_address_is_not_judged, taps_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
