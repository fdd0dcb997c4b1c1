/* Speaks for capture/triggers.c and capture/history.c, and for what the default triggers mean. */
#include "capture/triggers.h"

#include "capture/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
#define T0 (1700000000 * SECOND)

static char message[8192], fired[4096], *last_row, *last_history;
static int64_t last_since_ns;

/* "name second key " for each firing. */
static void note(void *user, const struct firing *firing)
{
	(void)user;
	size_t used = strlen(fired);
	snprintf(fired + used, sizeof(fired) - used, "%s %d %s ", firing->rule->name, (int)((firing->facts->t_ns - T0) / SECOND),
		 firing->key);
	free(last_row);
	free(last_history);
	last_row = strdup(firing->row_json);
	last_history = strdup(firing->history_json);
	last_since_ns = firing->since_ns;
}

static int forget(void **state)
{
	(void)state;
	fired[0] = '\0';
	free(last_row);
	free(last_history);
	last_row = last_history = NULL;
	return 0;
}

static struct triggers *triggers_of(const struct rules *rules, uint32_t cap)
{
	struct triggers *triggers = triggers_new(rules, cap, message, sizeof(message));
	if (!triggers)
		fail_msg("%s", message);
	return triggers;
}

/* The defaults switched off, and one trigger: packets over 100. */
static struct rules *busy(enum scope scope, const char *for_time, const char *cooldown)
{
	static const char *const defaults[] = { "loss", "latency", "zero_window", "syn", "reset", "drops" };
	struct rules *rules = rules_new();
	for (size_t i = 0; i < 6; i++)
		assert_true(rules_set(rules, defaults[i], "enabled", "no", message, sizeof(message)));
	assert_true(rules_set(rules, "busy", "scope", scope_name(scope), message, sizeof(message)));
	assert_true(rules_set(rules, "busy", "when", "packets > 100", message, sizeof(message)));
	assert_true(rules_set(rules, "busy", "for", for_time, message, sizeof(message)));
	assert_true(rules_set(rules, "busy", "cooldown", cooldown, message, sizeof(message)));
	return rules;
}

static struct interval_facts row_at(int64_t second, enum scope scope, uint8_t host)
{
	struct interval_facts facts = { .t_ns = T0 + second * SECOND, .interval_ns = SECOND, .scope = scope,
					.rtt_baseline_ns = NO_TIME };
	if (scope == SCOPE_ALL)
		return facts;
	facts.address = (struct address){ { [10] = 0xff, [11] = 0xff, 192, 0, 2, host } };
	facts.port = scope == SCOPE_SERVICE ? 443 : 0;
	facts.protocol = scope == SCOPE_SERVICE ? PROTOCOL_TCP : 0;
	return facts;
}

/* An interval of two services with so many packets; 0: no row. */
static void second_with(struct triggers *triggers, int64_t second, uint64_t first, uint64_t other)
{
	struct interval_facts all = row_at(second, SCOPE_ALL, 0);
	struct interval_facts a = row_at(second, SCOPE_SERVICE, 1), b = row_at(second, SCOPE_SERVICE, 2);
	all.packets = first + other;
	a.packets = first;
	b.packets = other;
	triggers_put(triggers, &all, NULL);
	if (first)
		triggers_put(triggers, &a, NULL);
	if (other)
		triggers_put(triggers, &b, NULL);
	triggers_interval_end(triggers, note, NULL);
}

#define A "192.0.2.1:443 "
#define B "192.0.2.2:443 "

/* Three in a row fire; two do not, nor do three of two services, nor three with a gap, be it a calm row or none. */
static void test_for(void **state)
{
	(void)state;
	struct rules *rules = busy(SCOPE_SERVICE, "3s", "0");
	struct triggers *triggers = triggers_of(rules, 100);
	static const struct {
		int64_t second;
		uint64_t first, other;
	} seconds[] = { { 0, 200, 1 },	{ 1, 200, 1 },	{ 2, 100, 200 }, { 3, 200, 200 }, { 4, 200, 0 }, { 5, 0, 200 },
			{ 6, 200, 1 },	{ 7, 200, 1 },	{ 9, 200, 1 },	 { 10, 200, 1 },  { 11, 200, 1 } };
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		second_with(triggers, seconds[i].second, seconds[i].first, seconds[i].other);
	assert_string_equal(fired, "busy 11 " A);
	assert_int_equal(last_since_ns, T0 + 9 * SECOND);
	second_with(triggers, 12, 200, 1); /* without cooldown once for each run */
	second_with(triggers, 13, 200, 1);
	second_with(triggers, 14, 1, 1);
	second_with(triggers, 15, 200, 1);
	second_with(triggers, 16, 200, 1);
	second_with(triggers, 17, 200, 1);
	assert_string_equal(fired, "busy 11 " A "busy 17 " A);
	triggers_free(triggers);
	triggers_free(NULL);
	rules_free(rules);
}

/* Ten seconds of rest after a firing, whatever the key. What holds on fires again. */
static void test_cooldown(void **state)
{
	(void)state;
	struct rules *rules = busy(SCOPE_SERVICE, "0", "10s");
	struct triggers *triggers = triggers_of(rules, 100);
	struct triggers_counters counters;
	for (int64_t i = 0; i < 25; i++)
		second_with(triggers, i, 200, i == 5 || i == 6 ? 300 : 1);
	assert_string_equal(fired, "busy 0 " A "busy 10 " A "busy 20 " A);
	triggers_counters(triggers, &counters);
	assert_int_equal(counters.fired, 3);
	assert_int_equal(counters.suppressed_by_cooldown, 1); /* the other service, once */
	assert_int_equal(counters.suppressed_by_cap, 0);
	assert_int_equal(counters.errors, 0);
	assert_string_equal(triggers_error(triggers), "");
	triggers_free(triggers);
	rules_free(rules);
}

/* Two triggers together fire three times within an hour. Then the first has gone, and there is room for one. */
static void test_cap(void **state)
{
	(void)state;
	struct rules *rules = busy(SCOPE_ALL, "0", "1m");
	assert_true(rules_set(rules, "other", "when", "packets > 100", message, sizeof(message)));
	assert_true(rules_set(rules, "other", "cooldown", "10m", message, sizeof(message)));
	struct triggers *triggers = triggers_of(rules, 3);
	struct triggers_counters counters;
	for (int64_t i = 0; i < 3700; i++)
		second_with(triggers, i, 200, 1);
	assert_string_equal(fired, "busy 0  other 0  busy 60  busy 3600  other 3600  busy 3660  ");
	triggers_counters(triggers, &counters);
	assert_int_equal(counters.fired, 6);
	triggers_free(triggers);
	triggers = triggers_of(rules, 0);
	second_with(triggers, 0, 200, 1);
	triggers_counters(triggers, &counters);
	assert_int_equal(counters.fired, 0);
	assert_int_equal(counters.suppressed_by_cap, 2);
	triggers_free(triggers);
	rules_free(rules);
}

/* The clock is set back by a day after a firing at 1. The cooldown of ten seconds counts from the next row that would
 * fire, -86399; then there are two in the hour that the clock knows, from -86389 to -82789; and then room for two. */
static void test_clock_set_back(void **state)
{
	(void)state;
	struct rules *rules = busy(SCOPE_ALL, "2s", "10s");
	struct triggers *triggers = triggers_of(rules, 2);
	second_with(triggers, 0, 200, 1);
	second_with(triggers, 1, 200, 1);
	for (int64_t i = 0; i < 3700; i++)
		second_with(triggers, i - 86400, i < 100 || i > 3605 ? 200 : 1, 1);
	assert_string_equal(fired, "busy 1  busy -86389  busy -82789  busy -82779  ");
	triggers_free(triggers);
	/* With room for one it waits for the hour from -86389 on. */
	triggers = triggers_of(rules, 1);
	fired[0] = '\0';
	second_with(triggers, 0, 200, 1);
	second_with(triggers, 1, 200, 1);
	for (int64_t i = 0; i < 3700; i++)
		second_with(triggers, i - 86400, i < 100 || i > 3605 ? 200 : 1, 1);
	assert_string_equal(fired, "busy 1  busy -82789  ");
	triggers_free(triggers);
	rules_free(rules);
}

/* 70 intervals: the row and the 60 before it, oldest first; the firing's own not among them. */
static void test_history(void **state)
{
	(void)state;
	struct rules *rules = busy(SCOPE_SERVICE, "0", "10s");
	struct triggers *triggers = triggers_of(rules, 100);
	unsigned rows = 0;
	for (int64_t i = 0; i < 70; i++)
		second_with(triggers, i, (uint64_t)i + 1, 77);
	second_with(triggers, 70, 200, 77);
	assert_string_equal(fired, "busy 70 " A);
	assert_non_null(strstr(last_row, "\"t_ns\": 1700000070000000000,"));
	assert_non_null(strstr(last_row, "\"key\": \"192.0.2.1:443\""));
	assert_non_null(strstr(last_row, "\"packets\": 200,"));
	for (const char *at = last_history; (at = strstr(at, "\"t_ns\": ")); rows++, at++) {
		char expected[64];
		snprintf(expected, sizeof(expected), "\"t_ns\": %lld,", (long long)(T0 + (10 + (int64_t)rows) * SECOND));
		assert_int_equal(strncmp(at, expected, strlen(expected)), 0);
	}
	assert_int_equal(rows, 60);
	assert_null(strstr(last_history, "192.0.2.2"));
	assert_int_equal(last_history[0], '[');
	assert_string_equal(last_history + strlen(last_history) - 2, "}]");
	triggers_free(triggers);
	rules_free(rules);
}

/* More keys than are kept: the first of each interval are, those that went make room. */
static void test_history_is_bounded(void **state)
{
	(void)state;
	struct history *history = history_new();
	const struct live_counters live = { .kernel_drops = 9 }, *kept;
	for (int64_t second = 0; second < 5; second++)
		for (unsigned host = 0; host < 100; host++) {
			struct interval_facts facts = row_at(second, SCOPE_PEER, (uint8_t)(host + (second == 4 ? 100 : 0)));
			history_add(history, &facts, &live);
		}
	struct interval_facts facts = row_at(0, SCOPE_PEER, 10);
	assert_int_equal(history_count(history, &facts), 0); /* it had its place until others came */
	facts = row_at(0, SCOPE_PEER, 110);
	assert_int_equal(history_count(history, &facts), 1);
	facts = row_at(0, SCOPE_PEER, 100);
	assert_int_equal(history_count(history, &facts), 1);
	facts = row_at(0, SCOPE_PEER, 199);
	assert_int_equal(history_count(history, &facts), 0);
	for (int64_t second = 10; second < 13; second++) {
		facts = row_at(second, SCOPE_ALL, 0);
		history_add(history, &facts, second == 11 ? &live : NULL);
	}
	assert_int_equal(history_count(history, &facts), 3);
	assert_int_equal(history_row(history, &facts, 1, &kept)->t_ns, T0 + 11 * SECOND);
	assert_int_equal(kept->kernel_drops, 9);
	assert_int_equal(history_row(history, &facts, 2, &kept)->t_ns, T0 + 12 * SECOND);
	assert_null(kept);
	history_free(history);
	history_free(NULL);
}

/* A predicate that fails is counted and named, and the others go on; one that takes too long is left alone for a minute. */
static void test_failing_predicates(void **state)
{
	(void)state;
	char endless[512] = "(SELECT count(*) FROM timeline a0";
	struct triggers_counters counters;
	struct rules *rules = busy(SCOPE_ALL, "0", "0");
	for (int i = 1; i < 25; i++)
		snprintf(endless + strlen(endless), sizeof(endless) - strlen(endless), ", timeline a%d", i);
	strcat(endless, ") > 0");
	assert_true(rules_set(rules, "overflow", "when", "abs(-9223372036854775807 - packets / packets)", message, sizeof(message)));
	assert_true(rules_set(rules, "endless", "when", endless, message, sizeof(message)));
	struct triggers *triggers = triggers_of(rules, 100);
	second_with(triggers, 0, 200, 300);
	triggers_counters(triggers, &counters);
	assert_int_equal(counters.errors, 2);
	assert_string_equal(triggers_error(triggers), "endless: it takes longer than a second");
	second_with(triggers, 1, 200, 300); /* it would take a second again */
	triggers_counters(triggers, &counters);
	assert_int_equal(counters.errors, 3);
	assert_string_equal(triggers_error(triggers), "overflow: integer overflow");
	assert_string_equal(fired, "busy 0  ");
	triggers_free(triggers);
	rules_free(rules);
}

static void test_wrong_predicates_are_refused(void **state)
{
	(void)state;
	struct rules *rules = rules_new();
	assert_true(rules_set(rules, "mine", "for", "1s", message, sizeof(message)));
	assert_null(triggers_new(rules, 10, message, sizeof(message)));
	assert_string_equal(message, "trigger mine: it has no `when`");
	assert_true(rules_set(rules, "mine", "when", "los_pct > 1", message, sizeof(message)));
	assert_null(triggers_new(rules, 10, message, sizeof(message)));
	assert_non_null(strstr(message, "trigger mine: when = los_pct > 1: no such column: los_pct\nThe columns of timeline are:\n"));
	assert_true(rules_set(rules, "mine", "enabled", "no", message, sizeof(message)));
	triggers_free(triggers_of(rules, 10));
	rules_free(rules);
}

/* What the defaults say to one service's rows, all alike, of so many seconds. */
static const char *defaults_say(struct interval_facts facts, const struct live_counters *live, int seconds)
{
	struct rules *rules = rules_new();
	struct triggers *triggers = triggers_of(rules, 100);
	fired[0] = '\0';
	for (int i = 0; i < seconds; i++) {
		struct interval_facts all = facts;
		facts.t_ns = all.t_ns = T0 + i * SECOND;
		all.scope = SCOPE_ALL;
		triggers_put(triggers, &all, live);
		triggers_put(triggers, &facts, live);
		triggers_interval_end(triggers, note, NULL);
	}
	triggers_free(triggers);
	rules_free(rules);
	return fired;
}

static void test_defaults(void **state)
{
	(void)state;
	struct interval_facts calm = row_at(0, SCOPE_SERVICE, 1), facts;
	calm.packets = 600;
	calm.data_segments = 300;
	calm.rtt_samples = 200;
	calm.rtt_p95_ns = calm.rtt_baseline_ns = 20 * MS;
	calm.flows_active = 20;
	calm.flows_new = calm.syns = 5;
	assert_string_equal(defaults_say(calm, NULL, 20), "");
	facts = calm; /* 2 % of 300 segments: 6 */
	facts.lost_downstream = facts.retransmitted_segments = 6;
	assert_string_equal(defaults_say(facts, NULL, 20), "loss 1 " A);
	assert_string_equal(defaults_say(facts, NULL, 1), "");
	facts.spurious_retransmissions = 5; /* but nothing was lost */
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts.lost_upstream = facts.lost_downstream; /* of 306; what arrived needlessly is none of these */
	facts.lost_downstream = 0;
	assert_string_equal(defaults_say(facts, NULL, 20), "loss 1 " A);
	facts = calm; /* one segment of a quiet service */
	facts.data_segments = 60;
	facts.lost_upstream = 1;
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts = calm; /* a step of the path, with a probe or two that it makes needless */
	facts.rtt_p95_ns = 100 * MS;
	facts.lost_downstream = 1;
	assert_string_equal(defaults_say(facts, NULL, 20), "latency 2 " A);
	facts.rtt_baseline_ns = NO_TIME;
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts = calm; /* delayed ACKs in a fast network */
	facts.rtt_baseline_ns = 200000;
	facts.rtt_p95_ns = 42 * MS;
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts = calm;
	facts.zero_windows = 10; /* held back, and let go at once */
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts.zero_window_probes = 1;
	assert_string_equal(defaults_say(facts, NULL, 20), "zero_window 0 " A);
	facts = calm;
	facts.syn_retransmissions = 3;
	assert_string_equal(defaults_say(facts, NULL, 20), "syn 0 " A);
	facts.syns = 1000; /* some of a thousand */
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts = calm;
	facts.unanswered = 3;
	facts.syns = 0;
	assert_string_equal(defaults_say(facts, NULL, 20), "syn 0 " A);
	facts = calm;
	facts.resets = facts.flows_reset = 15;
	assert_string_equal(defaults_say(facts, NULL, 20), "reset 0 " A);
	facts.flows_new = 15; /* each ends so */
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	facts = calm;
	facts.resets = 100; /* of one connection */
	facts.flows_reset = 1;
	assert_string_equal(defaults_say(facts, NULL, 20), "");
	struct live_counters live = { .kernel_drops = 0, .pool_drops = 0, .capture_interface_drops = -1,
				      .host.interface_rx_drops = -1 };
	assert_string_equal(defaults_say(calm, &live, 20), "");
	live.kernel_drops = 1;
	assert_string_equal(defaults_say(calm, &live, 20), "drops 0  ");
	live.kernel_drops = 0;
	live.host.interface_rx_drops = 2;
	assert_string_equal(defaults_say(calm, &live, 20), "drops 0  ");
	facts = row_at(0, SCOPE_SERVICE, 1); /* nothing at all */
	assert_string_equal(defaults_say(facts, NULL, 20), "");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, forget, forget)
	const struct CMUnitTest tests[] = {
		TEST(test_for),		   TEST(test_cooldown),		    TEST(test_cap),
		TEST(test_clock_set_back), TEST(test_history),		    TEST(test_history_is_bounded),
		TEST(test_failing_predicates), TEST(test_wrong_predicates_are_refused), TEST(test_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
