/* Speaks for store/findings.c, findings_run.c and the finding_*.c: a user's files over the five flows of tests/stored.c. */
#include "store/findings.h"
#include "store/reader.h"
#include "tests/scratch.h"
#include "tests/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD "-- title: A test\n-- severity: warning\n-- layer: L4\n"
#define ROW "'me' AS subject, 1 AS value, 'so it is' AS detail"

static char folder[64];

static int setup(void **state)
{
	scratch_make(folder);
	setenv("WIRETAPE_FINDINGS", folder, 1);
	return stored_setup(state);
}

static int teardown(void **state)
{
	unsetenv("WIRETAPE_FINDINGS");
	scratch_remove(folder);
	return stored_teardown(state);
}

static void write_finding(const char *code, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s.sql", folder, code);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* A database of one more capture, with findings. */
static void store_with(struct findings *findings, uint64_t fingerprint, enum store_mode mode)
{
	struct store *store = store_new();
	assert_int_equal(store_create(store, stored_database, mode), STATUS_OK);
	store_find(store, findings);
	assert_int_equal(stored_add_capture(store, fingerprint, NULL), STATUS_OK);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
}

/* The findings of the folder, stored with a capture. */
static struct findings *run(void)
{
	struct findings *findings = findings_new();
	assert_non_null(findings);
	store_with(findings, 1, STORE_NEW);
	return findings;
}

static bool has_problem(const struct findings *findings, const char *code, const char *words)
{
	const char *problem;
	for (size_t i = 0; (problem = findings_problem(findings, i)); i++)
		if (strstr(problem, code) && strstr(problem, words))
			return true;
	return false;
}

static void rows_become_evidence(void **state)
{
	(void)state;
	write_finding("my_many", HEAD "-- explanation: One.\n-- explanation: Two.\n-- threshold: my_least 3 ms at least\n"
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)\n"
		"SELECT 'row ' || i AS subject, 1000 - i AS value, 'detail' AS detail, i AS frame,"
		" iif(i = 200, 'critical', NULL) AS severity FROM n WHERE i >= :my_least; -- the end\n");
	write_finding("my_none", HEAD "SELECT " ROW " WHERE 0");
	struct findings *findings = run();
	assert_null(findings_problem(findings, 0));
	/* Rows 3 to 250 are 248; one of them is critical, and so is the whole. */
	assert_string_equal(stored_ask("SELECT capture_id, severity, layer, title, frame, value, threshold, unit, evidence, explanation, advice"
				       " FROM findings WHERE code LIKE 'my_%'"),
			    "1|critical|L4|A test|3|997.0|3.0|ms|248|One. Two.|NULL");
	assert_string_equal(stored_ask("SELECT count(*), min(rank), max(rank), max(e.frame) FROM evidence e JOIN findings f ON f.id = finding_id"
				       " WHERE code = 'my_many'"),
			    "100|1|100|102");
	assert_string_equal(stored_ask("SELECT display_filter FROM evidence JOIN findings f ON f.id = finding_id "
				       "WHERE code = 'my_many' AND rank = 2"),
			    "frame.number == 4");
	findings_free(findings);
}

static void order_is_severity_rank_code(void **state)
{
	(void)state;
	write_finding("my_b", HEAD "-- rank: 20\nSELECT " ROW);
	write_finding("my_c", HEAD "-- rank: 10\nSELECT " ROW);
	write_finding("my_a", HEAD "-- rank: 20\nSELECT " ROW);
	write_finding("my_n", "-- title: t\n-- severity: note\n-- layer: L2\n-- rank: 1\nSELECT " ROW);
	write_finding("my_z", "-- title: t\n-- severity: critical\n-- layer: L2\n-- rank: 99\nSELECT " ROW);
	findings_free(run());
	assert_string_equal(stored_ask("SELECT group_concat(code, ' ') FROM (SELECT * FROM findings WHERE code LIKE 'my_%' ORDER BY id)"),
			    "my_z my_c my_a my_b my_n");
}

static void filters_show_the_flow(void **state)
{
	(void)state;
	write_finding("my_flow", HEAD "SELECT " ROW ", id AS flow_id FROM flows WHERE id = 1");
	write_finding("my_own", HEAD "SELECT " ROW ", 1 AS flow_id, 'dns' AS filter");
	write_finding("my_host", HEAD "SELECT " ROW ", '2001:db8::1' AS address");
	findings_free(run());
	char expected[300];
	snprintf(expected, sizeof expected, "%s", stored_ask("SELECT printf('%s == %s && %s == %s && tcp.port == %d && tcp.port == %d',"
		" ip, client_ip, ip, server_ip, client_port, server_port) FROM (SELECT *, iif(client_ip LIKE '%:%', 'ipv6.addr', 'ip.addr') AS ip"
		" FROM flows WHERE id = 1)"));
	static const char sql[] = "SELECT display_filter FROM evidence JOIN findings f ON f.id = finding_id WHERE code = '%s'";
	char question[200];
	snprintf(question, sizeof question, sql, "my_flow");
	assert_string_equal(stored_ask(question), expected);
	snprintf(question, sizeof question, sql, "my_own");
	assert_string_equal(stored_ask(question), "dns");
	snprintf(question, sizeof question, sql, "my_host");
	assert_string_equal(stored_ask(question), "ipv6.addr == 2001:db8::1");
}

static void what_is_explained_is_a_note(void **state)
{
	(void)state;
	write_finding("my_cause", HEAD "-- explains: my_whole my_part my_host my_back\nSELECT " ROW ", 1 AS flow_id UNION ALL"
		" SELECT 'b', 1, 'c', 2");
	write_finding("my_whole", HEAD "SELECT " ROW ", id AS flow_id FROM flows WHERE id < 3");
	write_finding("my_part", HEAD "SELECT " ROW ", id AS flow_id FROM flows WHERE id < 4 ORDER BY id");
	/* A loop: the first of the two stays. */
	write_finding("my_back", HEAD "-- rank: 60\n-- explains: my_cause\nSELECT " ROW ", 2 AS flow_id UNION ALL SELECT 'x', 1, 'y', 1");
	/* A host explains all flows of its own. */
	write_finding("my_router", HEAD "-- explains: my_far\nSELECT " ROW ", client_ip AS address FROM flows WHERE id = 1");
	write_finding("my_far", HEAD "SELECT " ROW ", 1 AS flow_id");
	write_finding("my_all", HEAD "-- explains: my_elsewhere\nSELECT " ROW ", '*' AS address");
	write_finding("my_elsewhere", HEAD "SELECT " ROW);
	findings_free(run());
	assert_string_equal(stored_ask("SELECT code, severity, explained_by FROM findings WHERE code LIKE 'my_%' ORDER BY code"),
			    "my_all|warning|NULL\n"
			    "my_back|note|my_cause\n"
			    "my_cause|warning|NULL\n"
			    "my_elsewhere|note|my_all\n"
			    "my_far|note|my_router\n"
			    "my_part|warning|NULL\n"
			    "my_router|warning|NULL\n"
			    "my_whole|note|my_cause");
	assert_string_equal(stored_ask("SELECT rank, e.flow_id, e.explained_by FROM evidence e JOIN findings f ON f.id = finding_id"
				       " AND code = 'my_part' ORDER BY rank"),
			    "1|1|my_cause\n2|2|my_cause\n3|3|NULL");
}

static void broken_ones_are_named(void **state)
{
	static const struct {
		const char *code, *text, *words;
	} broken[] = {
		{ "b_title", "-- severity: note\n-- layer: L2\nSELECT " ROW, "title" },
		{ "b_severity", "-- title: t\n-- severity: bad\n-- layer: L2\nSELECT " ROW, "bad" },
		{ "b_layer", "-- title: t\n-- severity: note\n-- layer: L5\nSELECT " ROW, "layer" },
		{ "b_threshold", HEAD "-- threshold: one two three\nSELECT " ROW, "one two three" },
		{ "b_conflict", HEAD "-- threshold: my_shared 6 ms as here\nSELECT " ROW, "my_shared" },
		{ "b_syntax", HEAD "SELEC 1", "syntax error" },
		{ "b_column", HEAD "SELECT 'a' AS subject, 1 AS value", "detail" },
		{ "b_unknown", HEAD "SELECT 5 AS flowid, " ROW, "flowid" },
		{ "b_parameter", HEAD "SELECT " ROW " WHERE :my_shared", ":my_shared" },
		{ "b_delete", HEAD "DELETE FROM flows", "not authorized" },
		{ "b_attach", HEAD "ATTACH '/tmp/x' AS x", "not authorized" },
		{ "b_pragma", HEAD "PRAGMA user_version = 9", "not authorized" },
		{ "b_extension", HEAD "SELECT load_extension('x'), " ROW, "not authorized" },
		{ "b_two", HEAD "SELECT " ROW "; SELECT " ROW, "one SELECT" },
		{ "b_empty", HEAD "SELECT NULL AS subject, 1 AS value, 'x' AS detail", "left out" },
		{ "b_later", HEAD "SELECT abs(-9223372036854775807 - 1) AS value, 's' AS subject, 'd' AS detail", "integer overflow" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		write_finding(broken[i].code, broken[i].text);
	write_finding("a_good", HEAD "-- threshold: my_shared 5 ms as there\nSELECT " ROW);
	struct findings *findings = run();
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		if (!has_problem(findings, broken[i].code, broken[i].words))
			fail_msg("%s is not named with '%s'", broken[i].code, broken[i].words);
	assert_string_equal(stored_ask("SELECT code FROM findings WHERE code LIKE 'b!_%' ESCAPE '!' OR code = 'a_good'"), "a_good");
	assert_string_equal(stored_ask("SELECT count(*) FROM flows"), "5");
	findings_free(findings);
}

static void thresholds_are_set(void **state)
{
	char message[FINDING_MESSAGE_MAX];
	(void)state;
	write_finding("my_high", HEAD "-- threshold: my_limit 5 ms is too much\n"
				      "SELECT 'a' AS subject, 7 AS value, 'd' AS detail WHERE 7 >= :my_limit");
	struct findings *findings = findings_new();
	assert_int_equal(findings_set(findings, "my_limit", message), STATUS_USAGE);
	assert_int_equal(findings_set(findings, "=5", message), STATUS_USAGE);
	assert_int_equal(findings_set(findings, "my_limits=5", message), STATUS_USAGE);
	assert_non_null(strstr(message, "my_limits"));
	assert_int_equal(findings_set(findings, "my_limit=5ms", message), STATUS_USAGE);
	assert_int_equal(findings_set(findings, "my_limit=nan", message), STATUS_USAGE);
	assert_int_equal(findings_set(findings, "my_limit=7.5", message), STATUS_OK);
	store_with(findings, 1, STORE_NEW);
	assert_string_equal(stored_ask("SELECT count(*) FROM findings WHERE code = 'my_high'"), "0");
	assert_string_equal(stored_ask("SELECT value, standard, unit, about FROM thresholds WHERE name = 'my_limit'"), "7.5|5.0|ms|is too much");
	findings_free(findings);
}

static char *answer(struct reader *reader, const char *sql)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_int_equal(reader_run(reader, sql, NULL, 0, &(struct table_options){ .format = TABLE_CSV }, out), STATUS_OK);
	fclose(out);
	return text;
}

static void computing_anew_changes_nothing(void **state)
{
	(void)state;
	findings_free(run());
	int64_t before = scratch_number("cksum <%s | cut -d ' ' -f 1", stored_database);
	write_finding("my_new", HEAD "SELECT " ROW);
	struct findings *findings = findings_new();
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	assert_int_equal(reader_find(reader, findings, 0), STATUS_OK);
	char *text = answer(reader, "SELECT code FROM findings WHERE code = 'my_new'");
	assert_string_equal(text, "code\nmy_new\n");
	free(text);
	reader_free(reader);
	findings_free(findings);
	assert_int_equal(scratch_number("cksum <%s | cut -d ' ' -f 1", stored_database), before);
	assert_string_equal(stored_ask("SELECT count(*) FROM findings WHERE code = 'my_new'"), "0");
}

static void each_capture_has_its_own(void **state)
{
	(void)state;
	/* Without :capture it would count both captures' flows, but each is shown its own alone. */
	write_finding("my_flows", HEAD "SELECT 'flows' AS subject, count(*) AS value, min(d.flow_id) || ' to ' || max(d.flow_id) AS detail"
				       " FROM flows f"
		" JOIN flow_directions d ON d.flow_id = f.id AND d.direction = 'c2s'");
	findings_free(run());
	write_finding("my_second", HEAD "SELECT " ROW);
	struct findings *findings = findings_new();
	store_with(findings, 2, STORE_APPEND);
	assert_null(findings_problem(findings, 0));
	findings_free(findings);
	assert_string_equal(stored_ask("SELECT capture_id, e.value, detail FROM evidence e JOIN findings f ON f.id = finding_id"
				       " WHERE code = 'my_flows' ORDER BY f.id"),
			    "1|5.0|1 to 5\n2|5.0|6 to 10");
	assert_string_equal(stored_ask("SELECT group_concat(capture_id) FROM findings WHERE code = 'my_second'"), "2");
}

static void an_interrupted_run_ends(void **state)
{
	static const volatile sig_atomic_t flag = 1;
	(void)state;
	stored_make(1, STORE_NEW);
	write_finding("my_endless", HEAD "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT " ROW " FROM n WHERE i < 0");
	struct findings *findings = findings_new();
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	reader_interrupt_on(reader, &flag);
	assert_int_equal(reader_find(reader, findings, 0), STATUS_INTERRUPTED);
	reader_free(reader);
	findings_free(findings);
}

/* A file of others' may say more than CREATE TABLE where its schema stands. */
static void the_files_schema_is_not_run(void **state)
{
	(void)state;
	stored_make(1, STORE_NEW);
	assert_int_equal(scratch_number("sqlite3 %s \"PRAGMA writable_schema = ON; UPDATE sqlite_master"
					" SET sql = sql || '; CREATE TEMP TABLE hidden (x)' WHERE name = 'findings';"
					" SELECT changes()\"", stored_database), 1);
	struct findings *findings = findings_new();
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	assert_int_equal(reader_find(reader, findings, 0), STATUS_OK);
	char *text = answer(reader, "SELECT count(*) AS n FROM temp.sqlite_master WHERE name = 'hidden'");
	assert_string_equal(text, "n\n0\n");
	free(text);
	reader_free(reader);
	findings_free(findings);
}

/* The database is as it was, and whoever asked for it knows. */
static void an_interrupted_store_is_not_finished(void **state)
{
	static const volatile sig_atomic_t flag = 1;
	(void)state;
	write_finding("my_endless", HEAD "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT " ROW " FROM n WHERE i < 0");
	struct findings *findings = findings_new();
	findings_interrupt_on(findings, &flag);
	struct store *store = store_new();
	assert_int_equal(store_create(store, stored_database, STORE_NEW), STATUS_OK);
	store_find(store, findings);
	assert_int_equal(stored_add_capture(store, 1, NULL), STATUS_OK);
	assert_int_equal(store_finish(store), STATUS_INTERRUPTED);
	assert_non_null(strstr(store_error(store), "interrupt"));
	store_free(store);
	findings_free(findings);
	assert_int_equal(stored_files(), 0);
}

/* A capture that can't be read is no capture without findings. */
static void a_broken_table_is_said(void **state)
{
	(void)state;
	stored_make(1, STORE_NEW);
	stored_ask("ALTER TABLE captures RENAME TO captures_before");
	stored_ask("CREATE TABLE captures AS SELECT 1 AS one");
	stored_ask("ALTER TABLE captures ADD COLUMN id INTEGER GENERATED ALWAYS AS (abs(-9223372036854775807 - one)) VIRTUAL");
	struct findings *findings = findings_new();
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	assert_int_not_equal(reader_find(reader, findings, 0), STATUS_OK);
	assert_null(strstr(reader_error(reader), "not an error"));
	reader_free(reader);
	findings_free(findings);
}

/* What would take the memory, or wait for a writer that never comes. */
static void large_ones_and_pipes_are_refused(void **state)
{
	char path[128];
	(void)state;
	snprintf(path, sizeof path, "%s/my_pipe.sql", folder);
	assert_int_equal(mkfifo(path, 0644), 0);
	write_finding("my_long", HEAD "SELECT hex(zeroblob(50000000)) AS subject, 1 AS value, 'd' AS detail");
	struct findings *findings = run();
	assert_true(has_problem(findings, "my_pipe", "Invalid argument"));
	assert_true(has_problem(findings, "my_long", "too big"));
	findings_free(findings);
}

/* "3 such connections" would have the unit `such`: all of ours are plurals (ms, bytes, 1/s, segments) or %. */
static void our_thresholds_have_units_and_words(void **state)
{
	(void)state;
	struct findings *findings = findings_new();
	assert_true(findings_threshold_count(findings) > 0);
	for (size_t i = 0; i < findings_threshold_count(findings); i++) {
		const struct threshold threshold = findings_threshold(findings, i);
		const char last = threshold.unit[strlen(threshold.unit) - 1];
		if ((last != 's' && last != '%') || !threshold.about[0])
			fail_msg("%s: unit `%s`, words `%s`", threshold.name, threshold.unit, threshold.about);
	}
	findings_free(findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_become_evidence, setup, teardown),
		cmocka_unit_test_setup_teardown(order_is_severity_rank_code, setup, teardown),
		cmocka_unit_test_setup_teardown(filters_show_the_flow, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_explained_is_a_note, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_ones_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(thresholds_are_set, setup, teardown),
		cmocka_unit_test_setup_teardown(computing_anew_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(each_capture_has_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(an_interrupted_run_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(the_files_schema_is_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(large_ones_and_pipes_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(an_interrupted_store_is_not_finished, setup, teardown),
		cmocka_unit_test_setup_teardown(a_broken_table_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(our_thresholds_have_units_and_words, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
