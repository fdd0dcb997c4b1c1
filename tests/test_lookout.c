/* Speaks for capture/lookout.c and incident_flows.c: rows and firings, whatever the clock does. */
#include "capture/lookout.h"
#include "store/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define T0 (1000 * SECOND)
#define ROWS 2000
#define TAPES 10

struct seen {
	struct lookout *lookout;
	struct rules *rules;
	struct interval_facts rows[ROWS]; /* of scope all */
	size_t count;
	unsigned lives, ends, fired;
	int64_t end_ns, fired_ns, since_ns;
	struct {
		int64_t fired_ns, from_ns, to_ns;
	} tapes[TAPES];
	int64_t drops; /* that the last row of a service had */
	char key[64];
	char *flows;
};

static bool live(void *user, struct live_counters *counters)
{
	struct seen *seen = user;
	memset(counters, 0, sizeof *counters);
	counters->kernel_drops = ++seen->lives;
	return true;
}

static void row(void *user, const struct interval_facts *facts, const struct live_counters *counters)
{
	struct seen *seen = user;
	if (facts->scope == SCOPE_ALL && seen->count < ROWS)
		seen->rows[seen->count++] = *facts;
	if (facts->scope == SCOPE_SERVICE)
		seen->drops = counters->kernel_drops;
}

static void interval_end(void *user, int64_t t_ns, const struct live_counters *counters)
{
	struct seen *seen = user;
	assert_non_null(counters);
	seen->ends++;
	seen->end_ns = t_ns;
}

static void fired(void *user, const struct firing *firing)
{
	struct seen *seen = user;
	if (seen->fired < TAPES) {
		seen->tapes[seen->fired].fired_ns = firing->facts->t_ns;
		seen->tapes[seen->fired].from_ns = firing->from_ns;
		seen->tapes[seen->fired].to_ns = firing->to_ns;
	}
	seen->fired++;
	seen->fired_ns = firing->facts->t_ns;
	seen->since_ns = firing->since_ns;
	snprintf(seen->key, sizeof seen->key, "%s", firing->key);
	free(seen->flows);
	seen->flows = lookout_worst_flows(seen->lookout, firing->facts);
}

/* One trigger. */
static struct seen *start_with(const char *scope, const char *when, const char *duration, int64_t interval_ns)
{
	static const struct lookout_sink sink = {.live = live, .row = row, .interval_end = interval_end, .fired = fired};
	char message[256];
	struct seen *seen = calloc(1, sizeof *seen);
	assert_non_null(seen);
	seen->rules = rules_new();
	for (size_t i = 0; i < rules_count(seen->rules); i++)
		rules_set(seen->rules, rules_at(seen->rules, i)->name, "enabled", "no", message, sizeof message);
	assert_true(rules_set(seen->rules, "busy", "scope", scope, message, sizeof message));
	assert_true(rules_set(seen->rules, "busy", "when", when, message, sizeof message));
	assert_true(rules_set(seen->rules, "busy", "for", duration, message, sizeof message));
	assert_true(rules_set(seen->rules, "busy", "cooldown", "10m", message, sizeof message));
	const struct lookout_options options = {
		.rules = seen->rules, .incidents_per_hour = 12, .interval_ns = interval_ns, .max_flows = 100, .timeline_keys = 16,
	};
	seen->lookout = lookout_new(&options, &sink, seen, message, sizeof message);
	assert_non_null(seen->lookout);
	return seen;
}

static struct seen *start(const char *scope, const char *when, const char *duration)
{
	return start_with(scope, when, duration, SECOND);
}

static void stop(struct seen *seen)
{
	lookout_free(seen->lookout);
	rules_free(seen->rules);
	free(seen->flows);
	free(seen);
}

/* 192.0.2.CLIENT:40000 to 198.51.100.SERVER: a UDP datagram to port 53, or a SYN to port 80. */
static void feed(struct seen *seen, int64_t t_ns, unsigned client, unsigned server, bool syn)
{
	static uint64_t number;
	uint8_t bytes[54] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00};
	uint8_t *ip = bytes + 14, *transport = ip + 20;
	const uint32_t length = syn ? 54 : 42;
	const uint8_t header[20] = {0x45, 0, 0, (uint8_t)(length - 14), 0, 1, 0, 0, 64, syn ? 6 : 17, 0, 0,
				    192,  0, 2, (uint8_t)client, 198, 51, 100, (uint8_t)server};
	memcpy(ip, header, sizeof header);
	transport[0] = 0x9c; /* 40000 */
	transport[1] = 0x40;
	transport[3] = syn ? 80 : 53;
	if (syn) {
		transport[12] = 0x50;
		transport[13] = 0x02;
	} else {
		transport[5] = 8;
	}
	const struct frame frame = {
		.t_ns = t_ns, .number = ++number, .captured_bytes = length, .wire_bytes = length, .link_type = LINK_ETHERNET, .data = bytes,
	};
	lookout_frame(seen->lookout, &frame);
}

/* Ten packets a second. */
static void feed_seconds(struct seen *seen, int64_t from_ns, unsigned seconds)
{
	for (unsigned i = 0; i < seconds * 10; i++)
		feed(seen, from_ns + i * 100 * MS, 1, 9, false);
}

/* It fires with the second row; the interval's counters are read once, and each row gets them. */
static void test_fires(void **state)
{
	(void)state;
	struct seen *seen = start("service", "packets >= 3", "2s");
	feed_seconds(seen, T0, 4);
	lookout_advance(seen->lookout, T0 + 4 * SECOND);
	assert_int_equal(seen->count, 4);
	assert_int_equal(seen->rows[3].t_ns, T0 + 3 * SECOND);
	assert_int_equal(seen->rows[3].packets, 10);
	assert_int_equal(seen->lives, 4);
	assert_int_equal(seen->drops, 4);
	assert_int_equal(seen->ends, 4);
	assert_int_equal(seen->end_ns, T0 + 3 * SECOND);
	assert_int_equal(seen->fired, 1);
	assert_int_equal(seen->since_ns, T0);
	assert_int_equal(seen->fired_ns, T0 + SECOND);
	assert_string_equal(seen->key, "udp/198.51.100.9:53");
	stop(seen);
}

/* Ten minutes back: the intervals go on in the new time, and the last one before is of the old. */
static void test_clock_back(void **state)
{
	(void)state;
	struct seen *seen = start("service", "packets >= 3", "2s");
	feed_seconds(seen, T0, 3);
	feed_seconds(seen, T0 - 600 * SECOND, 3);
	lookout_finish(seen->lookout);
	assert_int_equal(seen->count, 6);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(seen->rows[i].t_ns, T0 + i * SECOND);
		assert_int_equal(seen->rows[i].packets, 10);
		assert_int_equal(seen->rows[i + 3].t_ns, T0 - 600 * SECOND + i * SECOND);
		assert_int_equal(seen->rows[i + 3].packets, 10);
	}
	stop(seen);
}

static uint64_t packets_at(const struct seen *seen, int64_t t_ns)
{
	uint64_t packets = 0;
	for (size_t i = 0; i < seen->count; i++)
		packets += seen->rows[i].t_ns == t_ns ? seen->rows[i].packets : 0;
	return packets;
}

/* Back by a day, as when it was first set forth by a day by mistake; and no packets come, so that only the clock tells. */
static void test_clock_back_and_forth(void **state)
{
	(void)state;
	const int64_t day = 86400 * SECOND;
	struct seen *seen = start("service", "packets >= 3", "2s");
	feed_seconds(seen, T0, 1);
	feed_seconds(seen, T0 + day, 1);
	lookout_advance(seen->lookout, T0 + 2 * SECOND);
	feed_seconds(seen, T0 + 2 * SECOND, 1);
	lookout_advance(seen->lookout, T0 + 3 * SECOND);
	assert_int_equal(packets_at(seen, T0), 10);
	assert_int_equal(packets_at(seen, T0 + day), 10);
	assert_int_equal(packets_at(seen, T0 + 2 * SECOND), 10);
	assert_int_equal(seen->rows[seen->count - 1].t_ns, T0 + 2 * SECOND);
	stop(seen);
}

/* A little out of order is no step: 300 ms late counts in the interval under way. */
static void test_out_of_order(void **state)
{
	(void)state;
	struct seen *seen = start("service", "packets >= 3", "2s");
	feed(seen, T0 + 900 * MS, 1, 9, false);
	feed(seen, T0 + 1100 * MS, 1, 9, false);
	feed(seen, T0 + 800 * MS, 1, 9, false);
	lookout_finish(seen->lookout);
	assert_int_equal(seen->count, 2);
	assert_int_equal(seen->rows[1].t_ns, T0 + SECOND);
	assert_int_equal(seen->rows[1].packets, 2);
	stop(seen);
}

/* One packet, silence for a minute, one more. Live the clock ticks meanwhile; replayed there are the two packets and nothing else. A
 * trigger on silence fires with the same row: the fifth without packets. */
static void test_gap(void **state)
{
	(void)state;
	for (int replayed = 0; replayed < 2; replayed++) {
		struct seen *seen = start("all", "packets = 0", "5s");
		feed(seen, T0 + 300 * MS, 1, 9, true);
		for (int64_t t_ns = 0; t_ns < 60 * SECOND && !replayed; t_ns += SECOND / 4)
			lookout_advance(seen->lookout, T0 + t_ns);
		feed(seen, T0 + 60 * SECOND, 2, 9, false);
		assert_int_equal(seen->fired, 1);
		assert_int_equal(seen->since_ns, T0 + SECOND);
		assert_int_equal(seen->fired_ns, T0 + 5 * SECOND);
		stop(seen);
	}
}

/* Of three flows one goes to another service; of the two others the one with more bytes comes first. */
static void test_worst_flows(void **state)
{
	(void)state;
	struct seen *seen = start("service", "packets >= 3", "2s");
	for (int i = 0; i < 20; i++) {
		feed(seen, T0 + i * 100 * MS, 1, 9, false);
		feed(seen, T0 + i * 100 * MS + MS, 2, 8, false);
		if (i % 2)
			feed(seen, T0 + i * 100 * MS + 2 * MS, 3, 9, false);
	}
	lookout_finish(seen->lookout);
	/* Both services are busy, and the cooldown is the trigger's: one fires. That is the one with more bytes. */
	assert_int_equal(seen->fired, 1);
	assert_string_equal(seen->key, "udp/198.51.100.9:53");
	const char *first = strstr(seen->flows, "\"client_ip\": \"192.0.2.1\""), *second = strstr(seen->flows, "\"client_ip\": \"192.0.2.3\"");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_null(strstr(seen->flows, "192.0.2.2"));
	stop(seen);
}

/* A SYN that nobody answers, a datagram, silence and one more. */
static void play(struct seen *seen, bool clock)
{
	const int64_t silence_ns = 150 * SECOND;
	feed(seen, T0 + 300 * MS, 1, 9, true);
	feed(seen, T0 + 7 * SECOND + 950 * MS, 2, 9, false);
	/* The recorder's clock says four times a second that it is half a second earlier, each time a little later than planned. */
	for (int64_t t_ns = 8 * SECOND; t_ns < silence_ns && clock; t_ns += SECOND / 4 + 7 * MS)
		lookout_advance(seen->lookout, T0 + t_ns - SECOND / 2);
	feed(seen, T0 + silence_ns + 123 * MS, 3, 9, false);
	lookout_finish(seen->lookout);
}

static void compare_live_and_replayed(int64_t interval_ns)
{
	struct seen *live_one = start_with("all", "packets = 0", "2s", interval_ns);
	struct seen *replayed = start_with("all", "packets = 0", "2s", interval_ns);
	play(live_one, true);
	play(replayed, false);
	assert_int_equal(live_one->count, replayed->count);
	for (size_t i = 0; i < replayed->count; i++) {
		assert_int_equal(replayed->rows[i].t_ns, live_one->rows[i].t_ns);
		if (i > 0)
			assert_int_equal(replayed->rows[i].t_ns, replayed->rows[i - 1].t_ns + interval_ns);
		assert_int_equal(replayed->rows[i].packets, live_one->rows[i].packets);
		assert_int_equal(replayed->rows[i].unanswered, live_one->rows[i].unanswered);
		assert_int_equal(replayed->rows[i].flows_closed, live_one->rows[i].flows_closed);
	}
	assert_true(replayed->fired > 0);
	assert_int_equal(live_one->fired, replayed->fired);
	assert_int_equal(live_one->fired_ns, replayed->fired_ns);
	assert_int_equal(live_one->since_ns, replayed->since_ns);
	stop(live_one);
	stop(replayed);
}

/* Whether a clock ticks meanwhile or not, the rows are the same, however long they are: shorter than the recorder's looks at the clock, no
 * divisor of a second, and longer than a flow's time-out is exact. */
static void test_live_and_replayed(void **state)
{
	(void)state;
	const int64_t intervals[] = {100 * MS, 150 * MS, SECOND, 7 * SECOND, 50 * SECOND};
	for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++)
		compare_live_and_replayed(intervals[i]);
}

/* What the tape of an incident is: seconds from T0, in pairs. */
static void expect_tapes(const struct seen *seen, const int64_t (*tapes)[3], size_t count)
{
	assert_int_equal(seen->fired, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(seen->tapes[i].fired_ns, T0 + tapes[i][0] * SECOND);
		assert_int_equal(seen->tapes[i].from_ns, T0 + tapes[i][1] * SECOND);
		assert_int_equal(seen->tapes[i].to_ns, T0 + tapes[i][2] * SECOND);
	}
}

/* It holds for 25 minutes from second 100 on, for 3 s, with 60 s before, 30 s after and a cooldown of 10 minutes: the first incident begins
 * 60 s before the trouble; the others, in which it has long begun, 60 s before the three rows that would have fired by themselves. */
static void test_holds_for_long(void **state)
{
	(void)state;
	static const int64_t tapes[][3] = {{102, 40, 133}, {702, 640, 733}, {1302, 1240, 1333}};
	struct seen *seen = start("service", "packets >= 3", "3s");
	for (unsigned second = 0; second < 1700; second++)
		for (unsigned i = 0; i < (second >= 100 && second < 1600 ? 4 : 1); i++)
			feed(seen, T0 + second * SECOND + i * 100 * MS, 1, 9, false);
	lookout_finish(seen->lookout);
	expect_tapes(seen, tapes, 3);
	assert_int_equal(seen->since_ns, T0 + 100 * SECOND);
	stop(seen);
}

/* Two steps: one at 100, calm from 105 to 800, one at 800: each has its own `before`. A third at 900 lies in the cooldown,
 * and goes on after it: its tape begins with the rows at the cooldown's end, 1402, not at 900. */
static void test_steps_in_a_row(void **state)
{
	(void)state;
	static const int64_t tapes[][3] = {{102, 40, 133}, {802, 740, 833}, {1402, 1340, 1433}};
	struct seen *seen = start("service", "packets >= 3", "3s");
	for (unsigned second = 0; second < 1500; second++) {
		const bool high = (second >= 100 && second < 105) || (second >= 800 && second < 805) || second >= 900;
		for (unsigned i = 0; i < (high ? 4 : 1); i++)
			feed(seen, T0 + second * SECOND + i * 100 * MS, 1, 9, false);
	}
	lookout_finish(seen->lookout);
	expect_tapes(seen, tapes, 3);
	stop(seen);
}

/* `for` in milliseconds, the interval, and the row with which it fires first, from 0: none; shorter than a row, a row, a little more than
 * one, two; and a row that is longer than `for`. The tape begins with the first of them, whatever the rest of a row. */
static void test_for_and_interval(void **state)
{
	(void)state;
	static const struct {
		const char *duration;
		int64_t interval_ms;
		int64_t fires;
	} cases[] = {{"0s", 1000, 0}, {"300ms", 1000, 0}, {"1s", 1000, 0}, {"1001ms", 1000, 1}, {"2s", 1000, 1}, {"2500ms", 1000, 2},
		     {"3s", 5000, 0}, {"250ms", 100, 2}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const int64_t interval_ns = cases[i].interval_ms * MS;
		struct seen *seen = start_with("all", "packets >= 1", cases[i].duration, interval_ns);
		for (int64_t t_ns = 0; t_ns < 10 * interval_ns; t_ns += interval_ns / 4)
			feed(seen, T0 + t_ns, 1, 9, false);
		lookout_finish(seen->lookout);
		assert_int_equal(seen->fired, 1); /* then it is the cooldown's */
		assert_int_equal(seen->fired_ns, T0 + cases[i].fires * interval_ns);
		assert_int_equal(seen->since_ns, T0);
		assert_int_equal(seen->tapes[0].from_ns, T0 - 60 * SECOND);
		assert_int_equal(seen->tapes[0].to_ns, T0 + (cases[i].fires + 1) * interval_ns + 30 * SECOND);
		stop(seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fires),	    cmocka_unit_test(test_clock_back), cmocka_unit_test(test_clock_back_and_forth),
		cmocka_unit_test(test_out_of_order), cmocka_unit_test(test_gap),	       cmocka_unit_test(test_worst_flows),
		cmocka_unit_test(test_live_and_replayed), cmocka_unit_test(test_holds_for_long), cmocka_unit_test(test_steps_in_a_row),
		cmocka_unit_test(test_for_and_interval),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
