/* Speaks for store/catalog.c: what is put in is there, for other programs too while it is written; damage is survived. */
#include "store/catalog.h"
#include "store/reader.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000000000)
#define SECOND INT64_C(1000000000)
#define BUDGET ((uint64_t)64 << 20)

static char folder[64], database[128], message[8192];

static int make_folder(void **state)
{
	(void)state;
	scratch_make(folder);
	snprintf(database, sizeof(database), "%s/catalog.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	scratch_remove(folder);
	return 0;
}

static struct catalog *open_catalog(uint64_t budget, bool expect_rebuilt)
{
	struct catalog *catalog;
	bool rebuilt;
	const struct catalog_run run = { .directory = folder, .host = "here", .interface = "eth0", .link_type = "ethernet",
					 .snaplen = 262144, .interval_ns = SECOND, .started_ns = T0 };
	if (catalog_open(&catalog, folder, &run, budget, &rebuilt, message, sizeof(message)))
		fail_msg("%s", message);
	assert_int_equal(rebuilt, expect_rebuilt);
	return catalog;
}

/* As another program would. Cells are separated by '|', rows by LF; NULL is "NULL". Borrowed until the next call. */
static const char *ask(const char *sql)
{
	static char answer[8192];
	sqlite3 *db = NULL;
	sqlite3_stmt *query = NULL;
	answer[0] = '\0';
	assert_int_equal(sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
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

static struct segment_facts segment(uint64_t sequence)
{
	struct segment_facts facts = { .sequence = sequence, .host = "here", .interface = "eth0", .slice = "smart", .link_type = 1,
				       .snaplen = 262144, .opened_ns = T0, .closed_ns = T0 + 60 * SECOND, .first_ns = T0 + 5,
				       .last_ns = T0 + 6, .packets = 10, .bytes = 5000, .captured_bytes = 1000, .file_bytes = 500,
				       .kernel_drops = 3, .interface_drops = -1, .pool_drops = 2, .watcher_skipped = 1,
				       .compress_level = -3, .ended_by = SEGMENT_END_TIME };
	segment_name_make(facts.name, T0, sequence);
	return facts;
}

static struct interval_facts interval(int64_t second, enum scope scope)
{
	return (struct interval_facts){ .t_ns = T0 + second * SECOND, .interval_ns = SECOND, .scope = scope, .packets = 7, .bytes = 700,
					.rtt_baseline_ns = NO_TIME, .port = 80, .protocol = PROTOCOL_TCP };
}

static void put_second(struct catalog *catalog, int64_t second, unsigned services)
{
	const struct live_counters live = { .host = { .tcp_sockets = 5, .interface_rx_drops = -1 }, .kernel_drops = 1,
					    .capture_interface_drops = -1, .pool_drops = 0, .watcher_skipped = 2 };
	struct interval_facts facts = interval(second, SCOPE_ALL);
	assert_int_equal(catalog_put_interval(catalog, &facts, &live), STATUS_OK);
	facts = interval(second, SCOPE_SERVICE);
	for (unsigned i = 0; i < services; i++) {
		facts.port = (uint16_t)(80 + i);
		assert_int_equal(catalog_put_interval(catalog, &facts, &live), STATUS_OK);
	}
	assert_int_equal(catalog_put_host(catalog, facts.t_ns, SECOND, &live), STATUS_OK);
}

static void rows_are_there_once_committed(void **state)
{
	(void)state;
	struct catalog *catalog = open_catalog(BUDGET, true);
	struct segment_facts first = segment(1), second = segment(2);
	struct incident_facts incident = { .name = "20231114T221320Z-loss", .trigger = "loss", .scope = "service", .key = "192.0.2.1:443",
					   .t_ns = T0, .from_ns = T0 - SECOND, .to_ns = T0 + SECOND, .state = "recording",
					   .row_json = "{}" };
	put_second(catalog, 0, 1);
	put_second(catalog, 1, 1);
	second.first_ns = second.last_ns = NO_TIME;
	second.ended_by = SEGMENT_END_REPAIRED;
	assert_int_equal(catalog_put_segment(catalog, &first), STATUS_OK);
	assert_int_equal(catalog_put_segment(catalog, &second), STATUS_OK);
	assert_int_equal(catalog_put_incident(catalog, &incident), STATUS_OK);
	assert_string_equal(ask("SELECT count(*) FROM timeline"), "0");
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	assert_int_equal(catalog_commit(catalog), STATUS_OK); /* nothing to do */
	assert_string_equal(ask("SELECT scope, key, packets, kernel_drops, capture_interface_drops, pool_drops, watcher_skipped,"
				" interface_rx_drops, rtt_baseline_ms FROM timeline WHERE t_ns = 1700000000000000000"),
			    "all||7|1|NULL|0|2|NULL|NULL\nservice|[::]:80|7|NULL|NULL|NULL|NULL|NULL|NULL");
	assert_string_equal(ask("SELECT capture_id, interval_ms, tcp_sockets, interface_rx_drops FROM host_counters LIMIT 1"),
			    "1|1000.0|5|NULL");
	assert_string_equal(ask("SELECT id, host, interface, link_type, format, snaplen, interval_ms, first_ns, last_ns, packets, bytes,"
				" kernel_drops, interface_drops, watcher_skipped, flows FROM captures"),
			    "1|here|eth0|ethernet|ring|262144|1000.0|1700000000000000000|1700000002000000000|14|1400|2|NULL|4|NULL");
	assert_string_equal(ask("SELECT name, sequence, filter, first_ns, kernel_drops, interface_drops, compress_level, ended_by FROM"
				" segments"),
			    "20231114T221320.000Z-000001.pcap.zst|1|NULL|1700000000000000005|3|NULL|-3|time\n"
			    "20231114T221320.000Z-000002.pcap.zst|2|NULL|NULL|3|NULL|-3|repaired");
	assert_string_equal(ask("SELECT seconds, compressed, ended_by FROM segments_view LIMIT 1"), "60.0|2.0|time");
	incident.state = "saved";
	incident.segments = 3;
	assert_int_equal(catalog_put_incident(catalog, &incident), STATUS_OK);
	assert_int_equal(catalog_put_segment(catalog, &first), STATUS_OK); /* again: no other one */
	assert_int_equal(catalog_remove_segment(catalog, second.name), STATUS_OK);
	assert_int_equal(catalog_remove_segment(catalog, "never there"), STATUS_OK);
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	assert_string_equal(ask("SELECT name, trigger, scope, key, state, segments, row_json FROM incidents"),
			    "20231114T221320Z-loss|loss|service|192.0.2.1:443|saved|3|{}");
	assert_string_equal(ask("SELECT trigger, seconds FROM incidents_view"), "loss|2.0");
	assert_string_equal(ask("SELECT count(*), max(sequence) FROM segments"), "1|1");
	assert_int_equal(catalog_remove_incident(catalog, incident.name), STATUS_OK);
	catalog_close(catalog); /* commits */
	assert_string_equal(ask("SELECT count(*) FROM incidents"), "0");
	catalog_close(NULL);
}

/* The next run: what was there is there, and has a row of captures of its own. Another program has it open meanwhile. */
static void it_goes_on_with_the_next_run(void **state)
{
	(void)state;
	sqlite3 *reader = NULL;
	sqlite3_stmt *query = NULL;
	struct catalog *catalog = open_catalog(BUDGET, true);
	put_second(catalog, 0, 1);
	catalog_close(catalog);
	catalog = open_catalog(BUDGET, false);
	assert_int_equal(sqlite3_open_v2(database, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(reader, "SELECT * FROM timeline", -1, &query, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW); /* and it stays in the middle */
	put_second(catalog, 5, 1);
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	assert_string_equal(ask("SELECT capture_id, count(*) FROM timeline GROUP BY 1"), "1|2\n2|2");
	catalog_close(catalog);
	sqlite3_finalize(query);
	sqlite3_close(reader);
	struct reader *ours = reader_new();
	assert_int_equal(reader_open(ours, database), STATUS_OK);
	reader_free(ours);
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

static void overwrite(const char *path, long offset, size_t bytes)
{
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, offset, SEEK_SET);
	for (size_t i = 0; i < bytes; i++)
		fputc((int)(i * 7 % 251), file);
	fclose(file);
}

static void fill(void)
{
	struct catalog *catalog = open_catalog(BUDGET, true);
	for (int64_t i = 0; i < 100; i++)
		put_second(catalog, i, 16);
	catalog_close(catalog);
}

static void assert_made_anew(void)
{
	struct catalog *catalog = open_catalog(BUDGET, true);
	put_second(catalog, 0, 1);
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	assert_string_equal(ask("SELECT count(*) FROM timeline"), "2");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
	catalog_close(catalog);
	assert_int_equal(unlink(database), 0);
}

static void damage_is_put_aside(void **state)
{
	(void)state;
	char aside[160];
	struct stat info;
	snprintf(aside, sizeof(aside), "%s.damaged", database);
	fill();
	overwrite(database, 0, 4096); /* no database at all */
	assert_made_anew();
	assert_int_equal(stat(aside, &info), 0);
	assert_in_range(info.st_size, 100000, 100000000);
	fill();
	overwrite(database, 3 * 4096, 40 * 4096); /* its pages */
	assert_made_anew();
	fill();
	overwrite(database, 40 * 4096, 5 * 4096); /* some rows in the middle, that nobody reads just now */
	assert_made_anew();
	fill();
	assert_int_equal(truncate(database, 30000), 0);
	assert_made_anew();
	fill();
	sqlite3 *db = NULL; /* of the future */
	sqlite3_open(database, &db);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_made_anew();
	assert_int_equal(truncate(aside, 0), 0);
	assert_int_equal(rename(aside, database), 0); /* empty */
	assert_made_anew();
}

/* While it is open: its file goes, or its pages turn to nonsense. It says so, and can be had anew. */
static void damage_while_open_is_told(void **state)
{
	(void)state;
	struct catalog *catalog = open_catalog(BUDGET, true);
	put_second(catalog, 0, 1);
	assert_int_equal(unlink(database), 0);
	assert_int_equal(catalog_commit(catalog), STATUS_FORMAT);
	assert_non_null(strstr(catalog_error(catalog), "removed"));
	catalog_close(catalog);
	assert_made_anew();

	fill();
	catalog = open_catalog(BUDGET, false);
	overwrite(database, 4096, 200 * 4096);
	enum status status = STATUS_OK;
	for (int64_t i = 0; i < 2000 && !status; i++) {
		const struct segment_facts facts = segment(1);
		struct interval_facts row = interval(i, SCOPE_ALL);
		status = catalog_put_interval(catalog, &row, NULL);
		if (!status)
			status = catalog_put_segment(catalog, &facts);
		if (!status)
			status = catalog_commit(catalog);
	}
	assert_int_equal(status, STATUS_FORMAT);
	catalog_close(catalog);
	assert_made_anew();
}

/* 2 MiB are some thousand rows of timeline. Twenty times as many are put in; the newest stay. */
static void the_oldest_rows_make_room(void **state)
{
	(void)state;
	struct stat info;
	const uint64_t budget = (uint64_t)2 << 20;
	struct catalog *catalog = open_catalog(budget, true);
	const struct segment_facts facts = segment(1);
	assert_int_equal(catalog_put_segment(catalog, &facts), STATUS_OK);
	for (int64_t i = 0; i < 4000; i++) {
		put_second(catalog, i, 16);
		assert_int_equal(catalog_commit(catalog), STATUS_OK);
		if (i % 500 == 0) {
			assert_int_equal(stat(database, &info), 0);
			assert_in_range(info.st_size, 1, budget);
		}
	}
	assert_string_equal(ask("SELECT max(t_ns) = 1700003999000000000, count(*) > 3000, count(*) < 30000 FROM timeline"), "1|1|1");
	assert_string_equal(ask("SELECT (SELECT min(t_ns) FROM host_counters) = (SELECT min(t_ns) FROM timeline)"), "1");
	assert_string_equal(ask("SELECT count(*) FROM segments"), "1");
	catalog_close(catalog);
	/* A smaller budget: the file shrinks. */
	catalog = open_catalog(budget / 4, false);
	for (int64_t i = 4000; i < 4100; i++) {
		put_second(catalog, i, 1);
		assert_int_equal(catalog_commit(catalog), STATUS_OK);
	}
	catalog_close(catalog);
	assert_int_equal(stat(database, &info), 0);
	assert_in_range(info.st_size, 1, budget / 4);
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

/* A limit on the size of files stands for a full disk. */
static void a_full_disk_is_survived(void **state)
{
	(void)state;
	struct rlimit old, small;
	struct catalog *catalog = open_catalog(BUDGET, true);
	put_second(catalog, 0, 1);
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 200000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	enum status status = STATUS_OK;
	for (int64_t i = 1; i < 1000 && !status; i++) {
		put_second(catalog, i, 16);
		status = catalog_commit(catalog);
	}
	assert_int_equal(status, STATUS_IO);
	assert_non_null(strstr(catalog_error(catalog), "catalog.db: "));
	setrlimit(RLIMIT_FSIZE, &old);
	put_second(catalog, 5000, 1);
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	assert_string_equal(ask("SELECT max(t_ns) FROM timeline"), "1700005000000000000");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
	catalog_close(catalog);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	struct catalog *catalog;
	bool rebuilt;
	const struct catalog_run run = { .directory = "/nowhere", .interval_ns = SECOND };
	assert_int_equal(catalog_open(&catalog, "/nowhere", &run, BUDGET, &rebuilt, message, sizeof(message)), STATUS_IO);
	assert_null(catalog);
	assert_non_null(strstr(message, "/nowhere/catalog.db: "));
}

/* An earlier run left a segment and an incident that are not there any more. Another who reads meanwhile sees them until the commit, and
 * then what was put in instead: never nothing. */
static void what_has_gone_is_forgotten(void **state)
{
	(void)state;
	struct catalog *catalog = open_catalog(BUDGET, true);
	struct segment_facts gone = segment(1), here = segment(2);
	struct incident_facts incident = { .name = "gone", .trigger = "loss", .scope = "all", .key = "", .state = "saved" };
	assert_int_equal(catalog_put_segment(catalog, &gone), STATUS_OK);
	assert_int_equal(catalog_put_incident(catalog, &incident), STATUS_OK);
	catalog_close(catalog);
	catalog = open_catalog(BUDGET, false);
	assert_int_equal(catalog_forget(catalog), STATUS_OK);
	assert_int_equal(catalog_put_segment(catalog, &here), STATUS_OK);
	assert_string_equal(ask("SELECT sequence FROM segments"), "1");
	assert_string_equal(ask("SELECT name FROM incidents"), "gone");
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	assert_string_equal(ask("SELECT sequence FROM segments"), "2");
	assert_string_equal(ask("SELECT count(*) FROM incidents"), "0");
	catalog_close(catalog);
}

static void put_number(FILE *file, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		putc((int)(number >> shift & 0xff), file);
}

/* A journal of several databases ends in the name of their common one, its length, the sum of its bytes, and a magic number
 * (https://www.sqlite.org/fileformat2.html): whoever plays it back removes that file. */
static void a_journal_that_names_a_file_is_removed(void **state)
{
	(void)state;
	char journal[160], victim[128];
	uint32_t sum = 0;
	struct segment_facts facts = segment(1);
	struct catalog *catalog = open_catalog(BUDGET, true);
	assert_int_equal(catalog_put_segment(catalog, &facts), STATUS_OK);
	catalog_close(catalog);
	snprintf(journal, sizeof(journal), "%s-journal", database);
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	FILE *file = fopen(victim, "w");
	fputs("precious", file);
	fclose(file);
	file = fopen(journal, "w");
	fprintf(file, "%512s%s", "x", victim);
	for (const char *at = victim; *at; at++)
		sum += (unsigned char)*at;
	put_number(file, (uint32_t)strlen(victim));
	put_number(file, sum);
	fwrite("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 1, 8, file);
	fclose(file);
	catalog_close(open_catalog(BUDGET, false));
	assert_int_equal(access(victim, F_OK), 0);
	assert_int_not_equal(access(journal, F_OK), 0);
	assert_string_equal(ask("SELECT count(*) FROM segments"), "1");
}

/* Of a recorder before: its rows are kept, and say what loss is as those of this one do. */
static void an_older_one_is_taken_forward(void **state)
{
	(void)state;
	static char tables[65536];
	sqlite3 *db = NULL;
	FILE *file = fopen("tests/schema-5.sql", "r");
	assert_non_null(file);
	tables[fread(tables, 1, sizeof(tables) - 1, file)] = '\0';
	fclose(file);
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, tables, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO captures (id, path) VALUES (1, 'before'); INSERT INTO timeline (capture_id, t_ns,"
				      " scope, key, data_segments, lost_upstream, lost_downstream, spurious_retransmissions)"
				      " VALUES (1, 5, 'all', '', 200, 4, 1, 2);"
				      "CREATE VIEW timeline_view AS SELECT loss_pct FROM timeline", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	struct catalog *catalog = open_catalog(BUDGET, false);
	put_second(catalog, 0, 1);
	assert_int_equal(catalog_commit(catalog), STATUS_OK);
	catalog_close(catalog);
	assert_string_equal(ask("PRAGMA user_version"), "6");
	assert_string_equal(ask("SELECT path FROM captures WHERE id = 1"), "before");
	assert_string_equal(ask("SELECT round(loss_pct, 5) FROM timeline WHERE t_ns = 5"), "1.96078"); /* 4 of 204 */
	assert_string_equal(ask("SELECT loss_pct FROM timeline_view LIMIT 1"), "1.961");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(rows_are_there_once_committed), TEST(it_goes_on_with_the_next_run), TEST(damage_is_put_aside),
		TEST(damage_while_open_is_told),     TEST(the_oldest_rows_make_room),	 TEST(a_full_disk_is_survived),
		TEST(what_cannot_be_is_refused),	     TEST(what_has_gone_is_forgotten),
		TEST(a_journal_that_names_a_file_is_removed), TEST(an_older_one_is_taken_forward),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
