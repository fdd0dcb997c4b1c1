#include "store/finding_scope.h"

#include "store/sql.h"

#include <stddef.h>

/* A capture's rows are written together, so that they are a range of rowids. */
static const char *const by_rowid[] = {
	"flows", "timeline", "dns", "tls", "http", "icmp_errors", "hops", "neighbours", "neighbour_requests",
};
/* These have an index by flow. */
static const char *const by_flow[] = { "flow_directions", "events", "flow_timeline" };

enum { BY_ROWID = sizeof(by_rowid) / sizeof(by_rowid[0]), BY_FLOW = sizeof(by_flow) / sizeof(by_flow[0]) };

/* Runs SQL that names `table` as %w, up to five times. */
static int run(sqlite3 *db, const char *format, const char *table)
{
	char *sql = sqlite3_mprintf(format, table, table, table, table, table);
	int code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
	sqlite3_free(sql);
	return code;
}

static int open_table(sqlite3 *db, const char *table)
{
	int code = run(db, "INSERT INTO temp.finding_ranges SELECT '%w', capture_id, min(rowid), max(rowid) FROM main.\"%w\""
			   " GROUP BY capture_id", table);
	return code ? code : run(db, "CREATE TEMP VIEW \"%w\" AS SELECT * FROM main.\"%w\" WHERE rowid"
		" BETWEEN (SELECT first FROM temp.finding_range WHERE name = '%w') AND (SELECT last FROM temp.finding_range WHERE name = '%w')",
		table);
}

static int open_flow_table(sqlite3 *db, const char *table)
{
	return run(db, "CREATE TEMP VIEW \"%w\" AS SELECT * FROM main.\"%w\" WHERE flow_id"
		" BETWEEN (SELECT first FROM temp.finding_range WHERE name = 'flows')"
		" AND (SELECT last FROM temp.finding_range WHERE name = 'flows')", table);
}

int finding_scope_open(sqlite3 *db)
{
	static const char tables[] =
		"CREATE TEMP TABLE finding_ranges (name TEXT, capture_id INTEGER, first INTEGER, last INTEGER);"
		"CREATE TEMP TABLE finding_range (name TEXT PRIMARY KEY, first INTEGER, last INTEGER) WITHOUT ROWID;";
	if (sql_integer(db, "SELECT count(*) FROM main.captures", 0, 0) < 2)
		return SQLITE_OK;
	int code = sqlite3_exec(db, tables, NULL, NULL, NULL);
	for (size_t i = 0; i < BY_ROWID && !code; i++)
		code = open_table(db, by_rowid[i]);
	for (size_t i = 0; i < BY_FLOW && !code; i++)
		code = open_flow_table(db, by_flow[i]);
	return code ? code : sqlite3_exec(db, "CREATE INDEX temp.finding_ranges_by_capture ON finding_ranges (capture_id)", NULL, NULL, NULL);
}

static int is_open(sqlite3 *db)
{
	return sql_integer(db, "SELECT count(*) FROM temp.sqlite_master WHERE name = 'finding_range'", 0, 0) > 0;
}

int finding_scope_set(sqlite3 *db, int64_t capture_id)
{
	sqlite3_stmt *statement = NULL;
	if (!is_open(db))
		return SQLITE_OK;
	int code = sqlite3_exec(db, "DELETE FROM temp.finding_range", NULL, NULL, NULL);
	if (!code)
		code = sqlite3_prepare_v2(db, "INSERT INTO temp.finding_range SELECT name, first, last FROM temp.finding_ranges"
			" WHERE capture_id = ?", -1, &statement, NULL);
	if (code)
		return code;
	sqlite3_bind_int64(statement, 1, capture_id);
	sqlite3_step(statement);
	return sqlite3_finalize(statement);
}

int finding_scope_close(sqlite3 *db)
{
	int code = SQLITE_OK;
	if (!is_open(db))
		return SQLITE_OK;
	for (size_t i = 0; i < BY_ROWID && !code; i++)
		code = run(db, "DROP VIEW IF EXISTS temp.\"%w\"", by_rowid[i]);
	for (size_t i = 0; i < BY_FLOW && !code; i++)
		code = run(db, "DROP VIEW IF EXISTS temp.\"%w\"", by_flow[i]);
	return code ? code : sqlite3_exec(db, "DROP TABLE temp.finding_range; DROP TABLE IF EXISTS temp.finding_ranges", NULL, NULL, NULL);
}
