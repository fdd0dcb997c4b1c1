#include "store/findings_run.h"

#include "store/finding_causes.h"
#include "store/finding_rows.h"
#include "store/finding_scope.h"
#include "store/finding_tables.h"
#include "store/monotonic.h"
#include "store/schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* SQLite asks each so many of its instructions: about a millisecond. */
#define INSTRUCTIONS_PER_LOOK 10000
#define USERS_SECONDS_MAX 30 /* for a user's finding, per capture */
#define USERS_TEXT_BYTES_MAX (1 << 20)

/* One run over some captures. */
struct run {
	struct findings *findings;
	sqlite3 *db;
	struct finding_tables *tables;
	struct finding_query **queries; /* by index of the finding; NULL: it does not work */
	struct finding_rows *rows;	/* likewise, of the capture at hand */
	struct finding_rows **found;	/* those that have rows, the worst first */
	size_t found_count;
	int64_t deadline_ns; /* 0: none */
};

/* A finding reads, and does nothing else. */
static int authorize(void *user, int action, const char *first, const char *second, const char *database, const char *trigger)
{
	static const char *const refused[] = { "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit" };
	(void)user;
	(void)first;
	(void)database;
	(void)trigger;
	if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE)
		return SQLITE_OK;
	if (action != SQLITE_FUNCTION)
		return SQLITE_DENY;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strcasecmp(second, refused[i]))
			return SQLITE_DENY;
	return SQLITE_OK;
}

static int look(void *user)
{
	const struct run *run = user;
	return findings_interrupted(run->findings) || (run->deadline_ns && monotonic_ns() > run->deadline_ns);
}

static int prepare(struct run *run, const char *schema)
{
	const size_t count = findings_count(run->findings);
	run->tables = finding_tables_new(run->db, schema);
	run->queries = calloc(count + 1, sizeof(*run->queries));
	run->rows = calloc(count + 1, sizeof(*run->rows));
	run->found = calloc(count + 1, sizeof(*run->found));
	if (!run->tables || !run->queries || !run->rows || !run->found)
		return SQLITE_NOMEM;
	int code = finding_scope_open(run->db);
	if (code)
		return code;
	sqlite3_set_authorizer(run->db, authorize, NULL);
	for (size_t i = 0; i < count; i++)
		run->queries[i] = finding_query_new(run->findings, findings_at(run->findings, i), run->db);
	sqlite3_set_authorizer(run->db, NULL, NULL);
	return SQLITE_OK;
}

static int clear(struct run *run)
{
	for (size_t i = 0; i < findings_count(run->findings); i++) {
		if (run->queries)
			finding_query_free(run->queries[i]);
		if (run->rows)
			finding_rows_clear(&run->rows[i]);
	}
	free(run->queries);
	free(run->rows);
	free(run->found);
	finding_tables_free(run->tables);
	return finding_scope_close(run->db);
}

/* A finding that fails is not asked again. */
static int give_up(struct run *run, size_t index, int code)
{
	const struct finding_file *file = findings_at(run->findings, index);
	if (findings_interrupted(run->findings) || code == SQLITE_NOMEM)
		return code;
	if (code == SQLITE_INTERRUPT)
		findings_add_problem(run->findings, file, "it took longer than %d s and was stopped", USERS_SECONDS_MAX);
	else
		findings_add_problem(run->findings, file, "%s", sqlite3_errmsg(run->db));
	finding_query_free(run->queries[index]);
	run->queries[index] = NULL;
	finding_rows_clear(&run->rows[index]);
	return SQLITE_OK;
}

static int ask(struct run *run, size_t index, int64_t capture_id)
{
	const struct finding_file *file = findings_at(run->findings, index);
	uint64_t bad_rows = 0;
	finding_rows_clear(&run->rows[index]);
	if (!run->queries[index])
		return SQLITE_OK;
	run->deadline_ns = file->path ? monotonic_ns() + USERS_SECONDS_MAX * INT64_C(1000000000) : 0;
	const int usual = sqlite3_limit(run->db, SQLITE_LIMIT_LENGTH, file->path ? USERS_TEXT_BYTES_MAX : -1);
	int code = finding_query_run(run->queries[index], capture_id, &run->rows[index], &bad_rows);
	sqlite3_limit(run->db, SQLITE_LIMIT_LENGTH, usual);
	run->deadline_ns = 0;
	if (code)
		return give_up(run, index, code);
	if (bad_rows)
		findings_add_problem(run->findings, file, "%" PRIu64 " of its rows of capture %" PRId64
				     " are left out: they lack a subject, value or detail, or have an unknown severity", bad_rows, capture_id);
	return SQLITE_OK;
}

/* The worst first. */
static int by_weight(const void *a, const void *b)
{
	const struct finding_rows *one = *(struct finding_rows *const *)a, *other = *(struct finding_rows *const *)b;
	if (one->severity != other->severity)
		return one->severity < other->severity ? -1 : 1;
	if (one->file->rank != other->file->rank)
		return one->file->rank < other->file->rank ? -1 : 1;
	return strcmp(one->file->code, other->file->code);
}

static void sort_found(struct run *run)
{
	if (run->found_count)
		qsort(run->found, run->found_count, sizeof(*run->found), by_weight);
}

/* What another finding explains is no more than a note. */
static int explain(struct run *run)
{
	sort_found(run);
	int code = finding_causes_apply(run->db, run->found, run->found_count);
	for (size_t i = 0; i < run->found_count; i++)
		if (run->found[i]->explained_by)
			run->found[i]->severity = FINDING_NOTE;
	sort_found(run);
	return code;
}

static int run_capture(struct run *run, int64_t capture_id)
{
	int code = finding_scope_set(run->db, capture_id);
	run->found_count = 0;
	for (size_t i = 0; i < findings_count(run->findings) && !code; i++) {
		code = ask(run, i, capture_id);
		if (run->rows[i].count)
			run->found[run->found_count++] = &run->rows[i];
	}
	if (!code)
		code = explain(run);
	for (size_t i = 0; i < run->found_count && !code; i++)
		code = finding_tables_put(run->tables, capture_id, run->found[i], run->found[i]->severity);
	return code;
}

static int run_captures(struct run *run, int64_t first, int64_t only)
{
	sqlite3_stmt *captures = NULL;
	int code = sqlite3_prepare_v2(run->db, "SELECT id FROM main.captures WHERE id >= ?1 AND (?2 = 0 OR id = ?2) ORDER BY id", -1,
				      &captures, NULL);
	if (code)
		return code;
	sqlite3_bind_int64(captures, 1, first);
	sqlite3_bind_int64(captures, 2, only);
	while (!code && sqlite3_step(captures) == SQLITE_ROW) {
		code = run_capture(run, sqlite3_column_int64(captures, 0));
		if (findings_interrupted(run->findings))
			code = SQLITE_INTERRUPT;
	}
	int read = sqlite3_finalize(captures);
	return code ? code : read;
}

int findings_run(struct findings *findings, sqlite3 *db, const char *schema, int64_t first, int64_t only)
{
	struct run run = { .findings = findings, .db = db };
	sqlite3_progress_handler(db, INSTRUCTIONS_PER_LOOK, look, &run);
	int code = prepare(&run, schema);
	if (!code)
		code = finding_tables_put_thresholds(run.tables, findings);
	if (!code)
		code = run_captures(&run, first, only);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	int closed = clear(&run);
	return code ? code : closed;
}

/* Those of a file of others' may hold further statements behind the first: what runs is our own schema. */
int findings_make_temporary(sqlite3 *db)
{
	static const char *const names[] = { "findings", "evidence", "thresholds" };
	sqlite3 *ours = NULL;
	int code = sqlite3_open(":memory:", &ours);
	if (!code)
		code = schema_create(ours);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !code; i++) {
		sqlite3_stmt *made = NULL;
		char *sql = NULL;
		code = sqlite3_prepare_v2(ours, "SELECT 'CREATE TEMP' || substr(sql, 7) FROM sqlite_master WHERE name = ?", -1, &made, NULL);
		if (code)
			break;
		sqlite3_bind_text(made, 1, names[i], -1, SQLITE_STATIC);
		if (sqlite3_step(made) == SQLITE_ROW)
			sql = sqlite3_mprintf("%s", sqlite3_column_text(made, 0));
		sqlite3_finalize(made);
		code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_ERROR;
		sqlite3_free(sql);
	}
	sqlite3_close(ours);
	return code;
}
