/* Speaks for store/migrations/: databases of older versions, made with the tables that they had then (schema-N.sql),
 * are taken forward when captures are added, and then have the columns that a new one has. Run in the project's folder. */
#include "store/reader.h"
#include "store/store.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define VERSION "6"

static char folder[64], database[128];

static int make_folder(void **state)
{
	(void)state;
	scratch_make(folder);
	snprintf(database, sizeof(database), "%s/flows.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(database);
	return rmdir(folder); /* nothing else was left */
}

/* Runs SQL; the answer's cells separated by '|', rows by LF; NULL is "NULL". Borrowed until the next call. */
static const char *ask(const char *sql)
{
	static char answer[32768];
	sqlite3 *db = NULL;
	sqlite3_stmt *query = NULL;
	answer[0] = '\0';
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(query) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(query); i++) {
			const char *text = (const char *)sqlite3_column_text(query, i);
			size_t used = strlen(answer);
			snprintf(answer + used, sizeof(answer) - used, "%s%s", i ? "|" : used ? "\n" : "", text ? text : "NULL");
		}
	sqlite3_finalize(query);
	sqlite3_close(db);
	return answer;
}

static void execute(const char *sql)
{
	sqlite3 *db = NULL;
	char *error = NULL;
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error))
		fail_msg("%s", error);
	sqlite3_close(db);
}

static void make_version(const char *schema)
{
	static char sql[65536];
	FILE *file = fopen(schema, "r");
	assert_non_null(file);
	sql[fread(sql, 1, sizeof(sql) - 1, file)] = '\0';
	fclose(file);
	execute(sql);
}

/* Adds a capture with one row of timeline. */
static void add_capture(uint64_t fingerprint)
{
	struct store *store = store_new();
	const struct capture_facts capture = { .path = "new.pcap", .error_offset = -1, .kernel_drops = -1, .interface_drops = -1,
					       .pool_drops = 7, .watcher_skipped = -1, .segments = 2,
					       .fingerprint = fingerprint };
	const struct engine_totals totals = { .first_ns = 1, .last_ns = 2, .frames = 1 };
	const struct interval_facts interval = { .t_ns = 5, .interval_ns = 1000000000, .packets = 3, .rtt_baseline_ns = 2500000 };
	assert_int_equal(store_create(store, database, STORE_APPEND), STATUS_OK);
	assert_int_equal(store_capture_begin(store), STATUS_OK);
	store_sink()->interval(store, &interval);
	assert_int_equal(store_capture_end(store, &capture, &totals, NULL), STATUS_OK);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
}

#define COLUMNS_OF_ALL                                                                          \
	"SELECT group_concat(line, ' ') FROM (SELECT m.name || '.' || x.name || ':' || substr(x.type, 1, 4) AS line" \
	" FROM sqlite_master m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' ORDER BY line)"

static void assert_like_a_new_one(void)
{
	static char columns[32768];
	char path[128];
	assert_string_equal(ask("PRAGMA user_version"), VERSION);
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
	snprintf(columns, sizeof(columns), "%s", ask(COLUMNS_OF_ALL));
	snprintf(path, sizeof(path), "%s", database);
	snprintf(database, sizeof(database), "%s/new.db", folder);
	add_capture(1);
	assert_string_equal(ask(COLUMNS_OF_ALL), columns);
	assert_int_equal(unlink(database), 0);
	snprintf(database, sizeof(database), "%s", path);
}

static void expect_refusal(const char *sql, const char *version)
{
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, database), STATUS_OK);
	assert_int_not_equal(reader_run(reader, sql, NULL, 0, &(struct table_options){ 0 }, stdout), STATUS_OK);
	assert_non_null(strstr(reader_error(reader), version));
	reader_free(reader);
}

static void version_1(void **state)
{
	(void)state;
	make_version("tests/schema-1.sql");
	execute("INSERT INTO captures (id, path, packets, bytes, tap_duplicates, first_ns, last_ns) VALUES"
		" (1, 'old.pcap', 7, 700, 2, 5, 6), (2, 'empty.pcap', 0, 0, 0, NULL, NULL);"
		"INSERT INTO flows (id, capture_id) VALUES (1, 1);"
		"INSERT INTO flow_directions (flow_id, direction, limited_application_us, limited_receive_window_us,"
		" limited_zero_window_us, limited_recovery_us, limited_network_us)"
		" VALUES (1, 'c2s', 100, 600, 50, 0, 250), (1, 's2c', 1000, 0, 0, 0, 0)");
	assert_string_equal(ask("PRAGMA user_version"), "1");
	expect_refusal("SELECT * FROM interfaces", "of version 1");
	add_capture(9);
	assert_like_a_new_one();
	assert_string_equal(ask("SELECT * FROM interfaces"), "1|NULL|7|700|2|5|6");
	assert_string_equal(ask("SELECT id, path FROM captures LIMIT 1"), "1|old.pcap");
	/* 600 of 1000; the handshake was not told then. */
	assert_string_equal(ask("SELECT limited_handshake_us, limited_by, limited_pct FROM flow_directions WHERE flow_id = 1"),
			    "NULL|receive_window|60.0\nNULL|application|100.0");
	add_capture(10); /* and once is enough */
	assert_string_equal(ask("SELECT count(*) FROM captures"), "4");
}

/* Columns that are computed from others are so in a database that was taken forward as well. */
static void what_is_computed(void **state)
{
	(void)state;
	make_version("tests/schema-1.sql");
	add_capture(9);
	execute("DELETE FROM flow_directions; DELETE FROM flows; DELETE FROM echoes;"
		"INSERT INTO flow_directions (flow_id, limited_handshake_us, limited_application_us, limited_receive_window_us,"
		" limited_zero_window_us, limited_recovery_us, limited_network_us)"
		" VALUES (1, 100, 100, 100, 100, 200, 400), (2, 100, 0, 0, 0, 300, 0), (3, 0, 0, 100, 300, 0, 0),"
		" (4, 500, 300, 0, 0, 0, 200), (5, 0, 0, 0, 0, 0, 0);"
		"INSERT INTO flows (id, client_ip, client_port, server_ip, server_port)"
		" VALUES (1, '10.0.0.1', 40000, '2001:db8::5', 443), (2, '2001:db8::1', 40000, '192.0.2.1', 80);"
		"INSERT INTO echoes (flow_id, replies, lost) VALUES (1, 3, 1), (2, 0, 0)");
	assert_string_equal(ask("SELECT limited_by, limited_pct FROM flow_directions ORDER BY flow_id"),
			    "network|40.0\nrecovery|75.0\nzero_window|75.0\nhandshake|50.0\nNULL|NULL");
	assert_string_equal(ask("SELECT client, server FROM flows ORDER BY id"),
			    "10.0.0.1:40000|[2001:db8::5]:443\n[2001:db8::1]:40000|192.0.2.1:80");
	assert_string_equal(ask("SELECT loss_pct FROM echoes ORDER BY flow_id"), "25.0\nNULL");
}

static void version_2(void **state)
{
	(void)state;
	make_version("tests/schema-2.sql");
	execute("INSERT INTO captures (id, path) VALUES (1, 'old.pcap');"
		"INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, packets) VALUES (1, 4, 1000.0, 'all', '', 2)");
	assert_string_equal(ask("PRAGMA user_version"), "2");
	expect_refusal("SELECT rtt_baseline_ms FROM timeline", "of version 2");
	add_capture(9);
	assert_like_a_new_one();
	/* What was not known then is NULL, what is not live too. */
	assert_string_equal(ask("SELECT t_ns, packets, rtt_baseline_ms, kernel_drops, host_retransmitted_segments FROM timeline"),
			    "4|2|NULL|NULL|NULL\n5|3|2.5|NULL|NULL");
	assert_string_equal(ask("SELECT path, pool_drops, watcher_skipped, segments FROM captures"),
			    "old.pcap|NULL|NULL|NULL\nnew.pcap|7|NULL|2");
	assert_string_equal(ask("SELECT (SELECT count(*) FROM segments_view), (SELECT count(*) FROM incidents_view)"), "0|0");
}

static void version_3(void **state)
{
	(void)state;
	make_version("tests/schema-3.sql");
	execute("INSERT INTO captures (id, path) VALUES (1, 'old.pcap');"
		"INSERT INTO flows (id, capture_id, client_ip) VALUES (1, 1, '10.0.0.2');"
		"INSERT INTO flow_directions (flow_id, direction, packets) VALUES (1, 'c2s', 9);"
		"INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, packets) VALUES (1, 4, 1000.0, 'all', '', 2)");
	assert_string_equal(ask("PRAGMA user_version"), "3");
	expect_refusal("SELECT * FROM dns", "of version 3");
	add_capture(9);
	assert_like_a_new_one();
	assert_string_equal(ask("SELECT t_ns, packets, dns_queries, dns_p95_ms, ttl_changes FROM timeline"), "4|2|NULL|NULL|NULL\n5|3|0|NULL|0");
	assert_string_equal(ask("SELECT path, checksum_errors, facts_dropped FROM captures"), "old.pcap|NULL|NULL\nnew.pcap|0|0");
	assert_string_equal(ask("SELECT client_ip, syn_ns, tunnel FROM flows"), "10.0.0.2|NULL|NULL");
	assert_string_equal(ask("SELECT packets, dscp, gap_max_us, fin_ns FROM flow_directions"), "9|NULL|NULL|NULL");
	assert_string_equal(ask("SELECT (SELECT count(*) FROM dns), (SELECT count(*) FROM findings)"), "0|0");
}

static void version_4(void **state)
{
	(void)state;
	make_version("tests/schema-4.sql");
	execute("INSERT INTO captures (id, path) VALUES (1, 'old.pcap'); INSERT INTO flows (id, capture_id) VALUES (1, 1);"
		"INSERT INTO flow_timeline (flow_id, t_ns, interval_ms, direction, packets, new_bytes) VALUES (1, 4, 100.0, 'c2s', 9, 12500)");
	assert_string_equal(ask("PRAGMA user_version"), "4");
	expect_refusal("SELECT limited_network_us FROM flow_timeline", "of version 4");
	add_capture(9);
	assert_like_a_new_one();
	/* 12500 bytes in 100 ms are 1 Mbit/s. */
	assert_string_equal(ask("SELECT packets, goodput_mbps, limited_handshake_us, limited_network_us FROM flow_timeline"),
			    "9|1.0|NULL|NULL");
}

static void version_5(void **state)
{
	(void)state;
	make_version("tests/schema-5.sql");
	execute("INSERT INTO captures (id, path) VALUES (1, 'old.pcap');"
		"INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, data_segments, lost_upstream, lost_downstream,"
		" spurious_retransmissions, new_bytes) VALUES (1, 4, 1000.0, 'all', '', 200, 4, 1, 2, 125000),"
		" (1, 3, 1000.0, 'all', '', 196, 4, 5, 1, 0), (1, 2, 1000.0, 'all', '', 0, 0, 0, 0, 0);"
		"CREATE VIEW mine AS SELECT t_ns, loss_pct FROM timeline");
	assert_string_equal(ask("PRAGMA user_version"), "5");
	assert_string_equal(ask("SELECT round(loss_pct, 5) FROM timeline WHERE t_ns = 4"), "1.47059"); /* 3 of 204 */
	add_capture(9);
	assert_like_a_new_one();
	/* 4 of 204; 4 + 5 - 1 of 200; without data none. */
	assert_string_equal(ask("SELECT t_ns, round(loss_pct, 5), goodput_mbps FROM timeline WHERE capture_id = 1"),
			    "4|1.96078|1.0\n3|4.0|0.0\n2|NULL|0.0");
	assert_string_equal(ask("SELECT round(loss_pct, 5) FROM mine WHERE t_ns = 4"), "1.96078");
	assert_string_equal(ask("SELECT loss_pct FROM timeline_view LIMIT 1"), "1.961");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(version_1), TEST(what_is_computed), TEST(version_2), TEST(version_3), TEST(version_4), TEST(version_5),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
