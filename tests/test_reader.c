/* Speaks for store/reader.c, saved.c and table.c: SQL's answers as text, CSV and JSON. tests/golden/queries.txt holds what the saved
 * queries answer (UPDATE_GOLDEN=1 writes it anew). Run in the project's folder. */
#include "store/reader.h"
#include "tests/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN "tests/golden/queries.txt"

/* Runs SQL, or the saved query if `sql` is NULL; the text written is to be freed. */
static enum status run(const char *sql, const struct saved_query *query, const struct parameter *parameters, size_t count,
		       struct table_options options, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	enum status status = sql ? reader_run(reader, sql, parameters, count, &options, out) :
				   reader_run_saved(reader, query, parameters, count, &options, out);
	if (status && !*reader_error(reader))
		fail_msg("no words for %s", status_text(status));
	reader_free(reader);
	fclose(out);
	return status;
}

static void expect(const char *sql, struct table_options options, const char *expected)
{
	char *text;
	if (run(sql, NULL, NULL, 0, options, &text))
		fail_msg("%s: it does not run", sql);
	assert_string_equal(text, expected);
	free(text);
}

static void answers_have_formats(void **state)
{
	static const char sql[] = "SELECT 1 AS n, 'a,\"b\"' AS t, NULL AS no, x'00ff' AS b, 2.5 AS r"
				  " UNION ALL SELECT 22, '', char(27), 7, 10.0";
	(void)state;
	stored_make(1, STORE_NEW);
	expect(sql, (struct table_options){ .format = TABLE_CSV },
	       "n,t,no,b,r\n1,\"a,\"\"b\"\"\",,00ff,2.5\n22,\"\",\x1b,7,10\n");
	expect(sql, (struct table_options){ .format = TABLE_JSON },
	       "[\n{\"n\": 1, \"t\": \"a,\\\"b\\\"\", \"no\": null, \"b\": \"00ff\", \"r\": 2.5},\n"
	       "{\"n\": 22, \"t\": \"\", \"no\": \"\\u001b\", \"b\": 7, \"r\": 10}\n]\n");
	expect(sql, (struct table_options){ .format = TABLE_TEXT, .terminal = true, .width = 80 },
	       " n  t      no    b        r\n"
	       " 1  a,\"b\"  -     00ff   2.5\n"
	       "22         \\x1b  7     10.0\n");
	expect("SELECT 'a long text that does not fit' AS text, 12345 AS number",
	       (struct table_options){ .format = TABLE_TEXT, .terminal = true, .width = 20 },
	       "text          number\na long te...   12345\n");
	expect("SELECT 1 WHERE 0", (struct table_options){ .format = TABLE_JSON }, "[]\n");
	expect("SELECT 'k\xc3\xb6ln' AS a, cast(x'ff41' AS TEXT) AS b",
	       (struct table_options){ .format = TABLE_JSON }, "[\n{\"a\": \"k\xc3\xb6ln\", \"b\": \"\xef\xbf\xbd" "A\"}\n]\n");
	expect("SELECT 1 AS a; SELECT 2 AS b; -- done", (struct table_options){ .format = TABLE_CSV }, "a\n1\nb\n2\n");
}

static void rows_beyond_the_measured_are_written(void **state)
{
	char *text;
	size_t lines = 0;
	(void)state;
	stored_make(1, STORE_NEW);
	assert_int_equal(run("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2500) SELECT n FROM c",
			     NULL, NULL, 0, (struct table_options){ .format = TABLE_TEXT }, &text),
			 STATUS_OK);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 2501);
	assert_string_equal(text + strlen(text) - 10, "2499\n2500\n");
	free(text);
}

static void answers_only_read(void **state)
{
	static const char *const wrong[] = { "DELETE FROM flows", "CREATE TABLE x (y)", "VACUUM INTO '/tmp/x.db'",
					     "PRAGMA user_version = 9", "SELECT :nothing", "SELECT ?", "SELEC", "SELECT a" };
	struct parameter parameters[] = { { "a", "12" }, { "b", "1.5" }, { "c", "x" }, { "d", "" } };
	char *text;
	(void)state;
	stored_make(1, STORE_NEW);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(run(wrong[i], NULL, NULL, 0, (struct table_options){ .format = TABLE_CSV }, &text),
				 STATUS_USAGE);
		free(text);
	}
	assert_string_equal(stored_ask("SELECT count(*) FROM flows"), "5");
	assert_int_equal(run("SELECT typeof(:a) AS a, typeof(:b) AS b, typeof(:c) AS c, typeof(:d) AS d", NULL, parameters, 4,
			     (struct table_options){ .format = TABLE_CSV }, &text),
			 STATUS_OK);
	assert_string_equal(text, "a,b,c,d\ninteger,real,text,null\n");
	free(text);
	assert_int_equal(run("SELECT :a", NULL, parameters, 2, (struct table_options){ .format = TABLE_CSV }, &text),
			 STATUS_USAGE);
	free(text);
}

static void answers_can_be_interrupted(void **state)
{
	volatile sig_atomic_t flag = 1;
	struct reader *reader = reader_new();
	struct table_options options = { .format = TABLE_CSV };
	FILE *out = fopen("/dev/null", "w");
	(void)state;
	stored_make(1, STORE_NEW);
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	reader_interrupt_on(reader, &flag);
	assert_int_equal(reader_run(reader, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c",
				    NULL, 0, &options, out),
			 STATUS_INTERRUPTED);
	fclose(out);
	out = fopen("/dev/full", "w");
	flag = 0;
	assert_int_equal(reader_run(reader, "SELECT 1", NULL, 0, &options, out), STATUS_IO);
	fclose(out);
	reader_free(reader);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", stored_folder, name);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static void users_queries_come_first(void **state)
{
	char *text;
	(void)state;
	stored_make(1, STORE_NEW);
	write_file("captures.sql", "SELECT 'mine' AS whose;");
	write_file("mine.sql", "-- title: My own\n-- about: One.\n-- about: Two.\n-- parameter: what 'a b' what to say\n"
			       "-- parameter: times 3\nSELECT :what AS said, :times AS times;\n");
	setenv("WIRETAPE_QUERIES", stored_folder, 1);
	struct saved_queries *queries = saved_queries_new();
	const struct saved_query *mine = saved_queries_find(queries, "mine");
	assert_non_null(mine);
	assert_string_equal(mine->title, "My own");
	assert_string_equal(mine->about, "One.\nTwo.\n");
	assert_int_equal(mine->parameter_count, 2);
	assert_string_equal(mine->parameters[0].about, "what to say");
	assert_int_equal(run(NULL, mine, &(struct parameter){ "times", "4" }, 1, (struct table_options){ .format = TABLE_CSV },
			     &text),
			 STATUS_OK);
	assert_string_equal(text, "said,times\na b,4\n");
	free(text);
	assert_int_equal(run(NULL, mine, &(struct parameter){ "time", "4" }, 1, (struct table_options){ .format = TABLE_CSV },
			     &text),
			 STATUS_USAGE);
	free(text);
	assert_int_equal(run(NULL, saved_queries_find(queries, "captures"), NULL, 0,
			     (struct table_options){ .format = TABLE_CSV }, &text),
			 STATUS_OK);
	assert_string_equal(text, "whose\nmine\n");
	free(text);
	assert_null(saved_queries_find(queries, "none"));
	assert_null(saved_queries_problem(queries));
	saved_queries_free(queries);
	setenv("WIRETAPE_QUERIES", "/nowhere", 1);
}

/* All saved queries' answers in one text. */
static char *all_answers(void)
{
	char *all;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	setenv("WIRETAPE_QUERIES", "/nowhere", 1);
	struct saved_queries *queries = saved_queries_new();
	assert_true(saved_queries_count(queries) >= 14);
	for (size_t i = 0; i < saved_queries_count(queries); i++) {
		const struct saved_query *query = saved_queries_at(queries, i);
		char *text;
		assert_string_not_equal(query->title, "");
		if (run(NULL, query, NULL, 0, (struct table_options){ .format = TABLE_TEXT }, &text))
			fail_msg("query %s does not run", query->name);
		fprintf(out, "== %s: %s\n%s\n", query->name, query->title, text);
		free(text);
	}
	saved_queries_free(queries);
	fclose(out);
	return all;
}

/* A copy of the database under another name, changed by SQL. */
static void copy_database(const char *name, const char *sql, char path[256])
{
	char command[1024];
	snprintf(path, 256, "%s/%s", stored_folder, name);
	snprintf(command, sizeof(command), "cp '%s' '%s' && sqlite3 '%s' \"%s\"", stored_database, path, path, sql);
	assert_int_equal(system(command), 0);
}

static enum status attach(const char *path, const char *sql, char **text)
{
	size_t size;
	const struct table_options options = { .format = TABLE_CSV };
	struct reader *reader = reader_new();
	FILE *out = open_memstream(text, &size);
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	enum status status = reader_attach(reader, path);
	if (!status)
		status = reader_run(reader, sql, NULL, 0, &options, out);
	fclose(out);
	if (status && !*reader_error(reader))
		fail_msg("no words for %s", status_text(status));
	reader_free(reader);
	return status;
}

/* The other database of a comparison is looked at as the first one is. */
static void another_database_beside(void **state)
{
	char path[256], *text;
	(void)state;
	stored_make(1, STORE_NEW);
	copy_database("another one.db", "DELETE FROM flows WHERE id > 2", path);
	assert_int_equal(attach(path, "SELECT (SELECT count(*) FROM main.flows) AS a, (SELECT count(*) FROM other.flows) AS b", &text), STATUS_OK);
	assert_string_equal(text, "a,b\n5,2\n");
	free(text);
	assert_int_equal(attach(stored_database, "SELECT count(*) AS n FROM other.flows", &text), STATUS_OK);
	assert_string_equal(text, "n\n5\n");
	free(text);
	assert_int_equal(attach(path, "DELETE FROM other.flows", &text), STATUS_USAGE);
	free(text);
	copy_database("newer.db", "PRAGMA user_version = 1000", path);
	assert_int_equal(attach(path, "SELECT 1", &text), STATUS_UNSUPPORTED);
	free(text);
	copy_database("counted alike.db", "PRAGMA user_version = 5", path); /* only loss_pct is computed in another way */
	assert_int_equal(attach(path, "SELECT count(*) AS n FROM other.flows", &text), STATUS_OK);
	assert_string_equal(text, "n\n5\n");
	free(text);
	copy_database("older.db", "PRAGMA user_version = 1", path);
	assert_int_equal(attach(path, "SELECT 1", &text), STATUS_UNSUPPORTED);
	free(text);
	copy_database("view.db", "DROP TABLE timeline; CREATE VIEW timeline AS SELECT 1 AS t_ns", path);
	assert_int_equal(attach(path, "SELECT 1", &text), STATUS_FORMAT);
	free(text);
	copy_database("foreign.db", "PRAGMA application_id = 1", path);
	assert_int_equal(attach(path, "SELECT 1", &text), STATUS_FORMAT);
	free(text);
	assert_int_equal(attach("/nowhere/x.db", "SELECT 1", &text), STATUS_NOT_FOUND);
	free(text);
	assert_int_equal(attach(":memory:", "SELECT 1", &text), STATUS_NOT_FOUND);
	free(text);
}

static void saved_queries_answer_as_before(void **state)
{
	static char golden[65536];
	(void)state;
	stored_make(1, STORE_NEW);
	char *all = all_answers();
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(GOLDEN, "w");
		assert_non_null(file);
		fputs(all, file);
		fclose(file);
	}
	FILE *file = fopen(GOLDEN, "r");
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(all, golden);
	free(all);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, stored_setup, stored_teardown)
	const struct CMUnitTest tests[] = {
		TEST(answers_have_formats),
		TEST(rows_beyond_the_measured_are_written),
		TEST(answers_only_read),
		TEST(answers_can_be_interrupted),
		TEST(another_database_beside),
		TEST(users_queries_come_first),
		TEST(saved_queries_answer_as_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
