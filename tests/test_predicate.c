/* Speaks for store/predicate.c: expressions over rows of timeline, the friendly and the hostile. */
#include "store/predicate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static char message[8192];

/* 200 data segments, 9 of them sent again. 4 more were lost before the tap, one behind it; two sent again before proved needless: they
 * had passed the tap, so they were none of the 4. 4 of 200 + 4 = 1.961 %. */
static struct interval_facts row(enum scope scope, uint8_t last)
{
	return (struct interval_facts){
		.t_ns = 1700000000 * SECOND, .interval_ns = SECOND, .scope = scope,
		.address = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, last } }, .port = 443, .protocol = PROTOCOL_TCP,
		.packets = 300, .data_segments = 200, .new_bytes = 1250000, .retransmitted_segments = 9,
		.spurious_retransmissions = 2, .lost_upstream = 4, .lost_downstream = 1, .rtt_samples = 50,
		.rtt_p95_ns = 100 * MS, .rtt_baseline_ns = last == 1 ? 20 * MS : NO_TIME,
		.dns_queries = 4, .dns_answers = last == 1 ? 3 : 0, .dns_p95_ns = 250 * MS, .echo_lost = 2,
	};
}

static struct predicates *four_rows(const struct live_counters *live)
{
	struct predicates *predicates = predicates_new();
	const struct interval_facts rows[] = { row(SCOPE_ALL, 0), row(SCOPE_SERVICE, 1), row(SCOPE_SERVICE, 2), row(SCOPE_PEER, 1) };
	assert_non_null(predicates);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(predicates_put(predicates, &rows[i], live), STATUS_OK);
	return predicates;
}

static void note(void *user, size_t index)
{
	char *rows = user;
	snprintf(rows + strlen(rows), 16, "%zu ", index);
}

/* The rows for which it holds. */
static const char *holds(struct predicates *predicates, enum scope scope, const char *expression)
{
	static char rows[64];
	static size_t index;
	static const struct predicates *last;
	index = last == predicates ? index + 1 : 0;
	last = predicates;
	rows[0] = '\0';
	if (predicates_add(predicates, scope, expression, message, sizeof(message)))
		fail_msg("%s: %s", expression, message);
	assert_int_equal(predicates_test(predicates, index, note, rows), STATUS_OK);
	return rows;
}

static void test_rows_for_which_it_holds(void **state)
{
	(void)state;
	struct predicates *predicates = four_rows(NULL);
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "loss_pct > 1.96 AND loss_pct < 1.97"), "1 2 ");
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "rtt_p95_ms > 3 * rtt_baseline_ms"), "1 ");
	assert_string_equal(holds(predicates, SCOPE_ALL, "retrans_pct = 4.5 AND goodput_mbps = 10"), "0 ");
	assert_string_equal(holds(predicates, SCOPE_PEER, "key = '192.0.2.1' -- my host"), "3 ");
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "key LIKE '%:443' /* ) */ AND (packets) > 1"), "1 2 ");
	assert_string_equal(holds(predicates, SCOPE_PEER, "0 OR NULL"), "");
	/* Without answers there is no latency. */
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "dns_p95_ms > 200"), "1 ");
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "dns_p95_ms IS NULL AND dns_queries > dns_answers + 3"), "2 ");
	assert_string_equal(holds(predicates, SCOPE_ALL, "echo_lost >= 2 AND tls_failures = 0 AND ttl_changes = 0"), "0 ");
	assert_string_equal(holds(predicates, SCOPE_ALL, "kernel_drops IS NULL"), "0 ");
	/* A part of the whole: half of all retransmissions or more. */
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "retransmitted_segments * 2 >= (SELECT a.retransmitted_segments"
							     " FROM timeline a WHERE a.scope = 'all')"), "1 2 ");
	assert_string_equal(holds(predicates, SCOPE_ALL, "(SELECT count(*) FROM timeline) = 4"), "0 ");
	assert_string_equal(holds(predicates, SCOPE_ALL, "strftime('%H', t_ns / 1000000000, 'unixepoch') = '22'"), "0 ");
	predicates_clear(predicates);
	assert_string_equal(holds(predicates, SCOPE_ALL, "1"), "");
	const struct interval_facts again = row(SCOPE_ALL, 0);
	assert_int_equal(predicates_put(predicates, &again, NULL), STATUS_OK);
	assert_string_equal(holds(predicates, SCOPE_ALL, "1"), "0 ");
	predicates_free(predicates);
	predicates_free(NULL);
}

static void test_live_columns(void **state)
{
	(void)state;
	const struct live_counters live = { .host = { .interface_rx_drops = 7, .softnet_drops = -1, .tcp_retransmitted_segments = 3 },
					    .kernel_drops = 5 };
	struct predicates *predicates = four_rows(&live);
	assert_string_equal(holds(predicates, SCOPE_ALL, "kernel_drops + interface_rx_drops = 12 AND pool_drops = 0"), "0 ");
	assert_string_equal(holds(predicates, SCOPE_ALL, "softnet_drops IS NULL AND host_retransmitted_segments = 3"), "0 ");
	assert_string_equal(holds(predicates, SCOPE_SERVICE, "kernel_drops IS NULL"), "1 2 ");
	predicates_free(predicates);
}

static void refuses(struct predicates *predicates, const char *expression, const char *why)
{
	if (predicates_add(predicates, SCOPE_ALL, expression, message, sizeof(message)) != STATUS_USAGE)
		fail_msg("%s: it is taken", expression);
	if (!strstr(message, why))
		fail_msg("%s: \"%s\" is not in: %s", expression, why, message);
}

static void test_hostile_ones_are_refused(void **state)
{
	(void)state;
	struct predicates *predicates = predicates_new();
	refuses(predicates, "", "empty");
	refuses(predicates, " -- nothing\n /* at all */", "empty");
	refuses(predicates, "1) ; DROP TABLE timeline; --", "a ')' without '('");
	refuses(predicates, "1); SELECT (1", "a ')' without '('");
	refuses(predicates, "1) OR (1", "a ')' without '('");
	refuses(predicates, "1; DROP TABLE timeline", "without ';'");
	refuses(predicates, "(1", "a '(' without ')'");
	refuses(predicates, "packets > /* ", "incomplete");
	refuses(predicates, "'open", "unrecognized token");
	refuses(predicates, "packets > ?1", "parameter");
	refuses(predicates, "packets > :limit", "parameter");
	refuses(predicates, "count(*) > 1", "misuse of aggregate");
	refuses(predicates, "sum(packets) OVER () > 1", "misuse of window");
	refuses(predicates, "1 UNION SELECT 2", "syntax error");
	refuses(predicates, "load_extension('/tmp/evil.so')", "nothing else");
	refuses(predicates, "LOAD_EXTENSION('/tmp/evil.so')", "nothing else");
	refuses(predicates, "random() > 0", "nothing else");
	refuses(predicates, "current_timestamp > '2030'", "nothing else");
	refuses(predicates, "strftime('%s', 'NOW') > 0", "use t_ns");
	refuses(predicates, "zeroblob(1000000000) > 0", "nothing else");
	/* Both make a character at a time, up to 2^31 of them, and nothing can stop them. */
	refuses(predicates, "length(printf('%.*c', 2000000000, 'x')) > 1", "nothing else");
	refuses(predicates, "format('%.*c', 2000000000, 'x') > 1", "nothing else");
	refuses(predicates, "(SELECT count(*) FROM sqlite_master) > 0", "nothing else");
	refuses(predicates, "(SELECT count(*) FROM flows) > 0", "nothing else");
	refuses(predicates, "(SELECT count(*) FROM pragma_database_list) > 0", "nothing else");
	refuses(predicates, "(SELECT count(*) FROM json_each('[1]')) > 0", "json_each");
	refuses(predicates, "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c) > 0",
		"nothing else");
	refuses(predicates, "(PRAGMA user_version) > 0", "syntax");
	refuses(predicates, "(DELETE FROM timeline RETURNING 1)", "syntax");
	refuses(predicates, "ATTACH 'x.db' AS x", "syntax");
	refuses(predicates, "packets > 1 COLLATE nonsense", "no such collation");
	refuses(predicates, "(packets, bytes)", "row value");
	char *deep = malloc(40001);
	memset(deep, '(', 20000);
	memset(deep + 20000, ')', 20000);
	deep[40000] = '\0';
	refuses(predicates, deep, "longer than");
	memset(deep, '(', 1000);
	deep[1000] = '1';
	memset(deep + 1001, ')', 1000);
	deep[2001] = '\0';
	refuses(predicates, deep, "");
	free(deep);
	predicates_free(predicates);
}

/* A name that does not exist: all that do are listed, in lines of at most 80. */
static void test_columns_are_listed(void **state)
{
	(void)state;
	struct predicates *predicates = predicates_new();
	refuses(predicates, "retrans_pc > 1", "no such column: retrans_pc\n");
	assert_non_null(strstr(message, " retrans_pct"));
	assert_non_null(strstr(message, " rtt_baseline_ms"));
	assert_non_null(strstr(message, " host_retransmitted_segments"));
	for (const char *line = message, *end; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		assert_in_range(end - line, 1, 80);
	}
	refuses(predicates, "\"retrans_pc\" > 1", "no such column"); /* and no text */
	char small[40];
	assert_int_equal(predicates_add(predicates, SCOPE_ALL, "nonesuch > 1", small, sizeof(small)), STATUS_USAGE);
	assert_int_equal(strlen(small), sizeof(small) - 1);
	predicates_free(predicates);
}

/* A join of four rows twelve times over is 16 million rows; 30 times would outlast us. */
static void test_endless_ones_are_stopped(void **state)
{
	(void)state;
	char expression[1024] = "(SELECT sum(a1.packets) FROM timeline a1", join[32];
	struct predicates *predicates = four_rows(NULL);
	char rows[64] = "";
	for (int i = 2; i <= 30; i++) {
		snprintf(join, sizeof(join), ", timeline a%d", i);
		strcat(expression, join);
	}
	strcat(expression, ") > 0");
	assert_int_equal(predicates_add(predicates, SCOPE_ALL, expression, message, sizeof(message)), STATUS_OK);
	assert_int_equal(predicates_add(predicates, SCOPE_ALL, "abs(-9223372036854775807 - packets / packets)", message,
					sizeof(message)), STATUS_OK);
	assert_int_equal(predicates_add(predicates, SCOPE_ALL, "1", message, sizeof(message)), STATUS_OK);
	assert_int_equal(predicates_test(predicates, 0, note, rows), STATUS_INTERRUPTED);
	assert_string_equal(predicates_error(predicates), "it takes longer than a second");
	assert_int_equal(predicates_test(predicates, 1, note, rows), STATUS_IO);
	assert_string_equal(predicates_error(predicates), "integer overflow");
	assert_string_equal(rows, "");
	assert_int_equal(predicates_test(predicates, 2, note, rows), STATUS_OK); /* the others go on */
	assert_string_equal(rows, "0 ");
	predicates_free(predicates);
}

static void test_row_as_json(void **state)
{
	(void)state;
	struct predicates *predicates = four_rows(NULL);
	char *json = predicates_row_json(predicates, 1);
	assert_non_null(strstr(json, "\"scope\": \"service\", \"key\": \"192.0.2.1:443\""));
	assert_non_null(strstr(json, "\"retrans_pct\": 4.5"));
	assert_non_null(strstr(json, "\"rtt_p95_ms\": 100.0"));
	assert_non_null(strstr(json, "\"kernel_drops\": null"));
	assert_int_equal(json[0], '{');
	assert_string_equal(json + strlen(json) - 1, "}");
	free(json);
	assert_null(predicates_row_json(predicates, 4));
	predicates_free(predicates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_for_which_it_holds), cmocka_unit_test(test_live_columns),
		cmocka_unit_test(test_hostile_ones_are_refused), cmocka_unit_test(test_columns_are_listed),
		cmocka_unit_test(test_endless_ones_are_stopped), cmocka_unit_test(test_row_as_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
