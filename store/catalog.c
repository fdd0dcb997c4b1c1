#include "store/catalog.h"

#include "store/embedded.h"
#include "store/row.h"
#include "store/schema.h"
#include "store/sql.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS_AT_ONCE 2000 /* of timeline, that make room: a minute's worth or more, well within 100 ms */
#define MESSAGE_BYTES 4608 /* a path is in it */

/* What the run's row of captures is brought up to with each commit. Sums since the run began; -1 unknown. */
struct sums {
	int64_t last_ns, packets, bytes;
	int64_t kernel_drops, interface_drops, pool_drops, watcher_skipped;
};

struct catalog {
	sqlite3 *db;
	char *path;
	struct row_writer *timeline, *host, *segments, *incidents;
	sqlite3_stmt *begin, *commit, *remove_segment, *remove_incident, *update_run;
	int64_t capture_id, page_bytes;
	uint64_t budget_bytes;
	struct sums sums;
	bool sums_changed;
	char error[MESSAGE_BYTES];
};

const char *catalog_error(const struct catalog *catalog)
{
	return catalog->error;
}

/* What is open of a transaction is given up: SQLite may have done so already, and nobody shall find half of it. */
static enum status fail(struct catalog *catalog, int code)
{
	snprintf(catalog->error, sizeof(catalog->error), "%s: %s", catalog->path, sqlite3_errmsg(catalog->db));
	if (!sqlite3_get_autocommit(catalog->db))
		sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
	enum status status = sql_status(code);
	return status == STATUS_FORMAT || status == STATUS_NO_MEMORY ? status : STATUS_IO;
}

static int run(sqlite3_stmt *statement)
{
	sqlite3_step(statement);
	return sqlite3_reset(statement);
}

static void release(struct catalog *catalog)
{
	row_writer_free(catalog->timeline);
	row_writer_free(catalog->host);
	row_writer_free(catalog->segments);
	row_writer_free(catalog->incidents);
	sqlite3_stmt *const statements[] = { catalog->begin, catalog->commit, catalog->remove_segment, catalog->remove_incident,
					     catalog->update_run };
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		sqlite3_finalize(statements[i]);
	sqlite3_close(catalog->db);
	catalog->db = NULL;
}

void catalog_close(struct catalog *catalog)
{
	if (!catalog)
		return;
	catalog_commit(catalog);
	/* Without a log beside it the file can be read from a folder that must not be written. Readers may prevent
	 * that: no loss. */
	sqlite3_exec(catalog->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	release(catalog);
	free(catalog->path);
	free(catalog);
}

static bool prepare(struct catalog *catalog, const char *sql, sqlite3_stmt **statement)
{
	return sqlite3_prepare_v3(catalog->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) == SQLITE_OK;
}

static bool prepare_all(struct catalog *catalog)
{
	sqlite3 *db = catalog->db;
	catalog->timeline = row_writer_new(db, &timeline_columns);
	catalog->host = row_writer_new(db, &host_columns);
	catalog->segments = row_writer_new(db, &segment_columns);
	catalog->incidents = row_writer_new(db, &incident_columns);
	return catalog->timeline && catalog->host && catalog->segments && catalog->incidents &&
	       prepare(catalog, "BEGIN IMMEDIATE", &catalog->begin) && prepare(catalog, "COMMIT", &catalog->commit) &&
	       prepare(catalog, "DELETE FROM segments WHERE name = ?", &catalog->remove_segment) &&
	       prepare(catalog, "DELETE FROM incidents WHERE name = ?", &catalog->remove_incident) &&
	       prepare(catalog,
		       "UPDATE captures SET last_ns = ?2, packets = ?3, bytes = ?4, kernel_drops = ?5, interface_drops = ?6,"
		       " pool_drops = ?7, watcher_skipped = ?8 WHERE id = ?1",
		       &catalog->update_run);
}

static int quick_check(void *user, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	*(bool *)user = values[0] && !strcmp(values[0], "ok");
	return 0;
}

static bool is_sound(sqlite3 *db)
{
	bool sound = false;
	return sqlite3_exec(db, "PRAGMA quick_check(1)", quick_check, &sound, NULL) == SQLITE_OK && sound;
}

/* A log lets others read while we write. NORMAL: after a power cut the last minutes may be missing, but the file is
 * whole; with OFF it might not be, and though segments and incidents could be put in again, the timeline of weeks would
 * be gone. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = NORMAL;"
			       "PRAGMA journal_size_limit = 4194304;"
			       "PRAGMA cache_size = -2048;"
			       "PRAGMA temp_store = MEMORY";

/* A ring may have ten thousand segments, each of which is replaced by its name. */
static const char indexes[] = "CREATE INDEX IF NOT EXISTS segments_by_name ON segments (name);"
			      "CREATE INDEX IF NOT EXISTS incidents_by_name ON incidents (name)";

/* Who may write into the folder may have put it there. What is played back of other journals is looked at afterwards. */
static void remove_forged_journal(const struct catalog *catalog)
{
	char *real = sql_journal_names_file(catalog->path) ? realpath(catalog->path, NULL) : NULL, *journal = NULL;
	if (real && asprintf(&journal, "%s-journal", real) >= 0)
		unlink(journal);
	free(journal);
	free(real);
}

static int open_file(struct catalog *catalog)
{
	remove_forged_journal(catalog);
	int code = sqlite3_open_v2(catalog->path, &catalog->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		sqlite3_busy_timeout(catalog->db, 1000);
	return code;
}

/* Its tables, views and indexes, all or none of them. */
static enum status make_current(struct catalog *catalog, int (*make_tables)(sqlite3 *db))
{
	int code = sqlite3_exec(catalog->db, settings, NULL, NULL, NULL);
	if (!code)
		code = sqlite3_exec(catalog->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (!code)
		code = make_tables(catalog->db);
	if (!code)
		code = schema_views(catalog->db);
	if (!code)
		code = sqlite3_exec(catalog->db, indexes, NULL, NULL, NULL);
	if (!code)
		code = sqlite3_exec(catalog->db, "COMMIT", NULL, NULL, NULL);
	return code ? fail(catalog, code) : STATUS_OK;
}

/* Opens what is there. STATUS_FORMAT: it can't be used. */
static enum status open_old(struct catalog *catalog)
{
	char reason[256];
	int code = open_file(catalog);
	if (code)
		return fail(catalog, code);
	enum status status = schema_check(catalog->db, reason, sizeof(reason));
	if (status) {
		snprintf(catalog->error, sizeof(catalog->error), "%s: %s", catalog->path, reason);
		return status == STATUS_UNSUPPORTED ? STATUS_FORMAT : status;
	}
	if (!is_sound(catalog->db)) {
		snprintf(catalog->error, sizeof(catalog->error), "%s: it is damaged", catalog->path);
		return STATUS_FORMAT;
	}
	return make_current(catalog, schema_migrate);
}

static enum status make_new(struct catalog *catalog)
{
	int code = open_file(catalog);
	if (!code)
		code = sqlite3_exec(catalog->db, "PRAGMA auto_vacuum = INCREMENTAL", NULL, NULL, NULL);
	return code ? fail(catalog, code) : make_current(catalog, schema_create);
}

/* Moves the file aside, after its log, which must not be taken for the new file's if this is cut short. */
static enum status put_aside(struct catalog *catalog)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal", "" };
	char from[4200], to[4300];
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", catalog->path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.damaged%s", catalog->path, suffixes[i]);
		unlink(to);
		if (rename(from, to) && errno != ENOENT) {
			snprintf(catalog->error, sizeof(catalog->error), "%s: it is damaged, and cannot be moved: %s", from,
				 strerror(errno));
			return STATUS_IO;
		}
	}
	return STATUS_OK;
}

static enum status open_or_make(struct catalog *catalog, bool *rebuilt)
{
	struct stat info;
	enum status status;
	*rebuilt = stat(catalog->path, &info) || info.st_size == 0;
	if (*rebuilt)
		return make_new(catalog);
	status = open_old(catalog);
	if (status != STATUS_FORMAT)
		return status;
	sqlite3_close(catalog->db);
	catalog->db = NULL;
	status = put_aside(catalog);
	*rebuilt = true;
	return status ? status : make_new(catalog);
}

static enum status start_run(struct catalog *catalog, const struct catalog_run *run_of)
{
	static const char sql[] = "INSERT INTO captures (id, path, host, interface, link_type, format, compression, first_ns, packets,"
				  " bytes, snaplen, interval_ms, analysed_by) VALUES (?, ?, ?, ?, ?, 'ring', 'zstd', ?, 0, 0, ?, ?, ?)";
	sqlite3_stmt *insert = NULL;
	if (!prepare(catalog, sql, &insert))
		return fail(catalog, sqlite3_extended_errcode(catalog->db));
	const char *const texts[] = { run_of->directory, run_of->host, run_of->interface, run_of->link_type };
	catalog->capture_id = sql_integer(catalog->db, "SELECT max(id) FROM captures", 0, 0) + 1;
	sqlite3_bind_int64(insert, 1, catalog->capture_id);
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(insert, i + 2, texts[i], -1, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 6, run_of->started_ns);
	sqlite3_bind_int64(insert, 7, run_of->snaplen);
	sqlite3_bind_double(insert, 8, (double)run_of->interval_ns / 1e6);
	sqlite3_bind_text(insert, 9, "wiretaped " WIRETAPE_VERSION, -1, SQLITE_STATIC);
	int code = run(insert);
	sqlite3_finalize(insert);
	return code ? fail(catalog, code) : STATUS_OK;
}

enum status catalog_open(struct catalog **result, const char *directory, const struct catalog_run *run_of, uint64_t budget_bytes,
			 bool *rebuilt, char *message, size_t message_bytes)
{
	char path[4096];
	enum status status = STATUS_NO_MEMORY;
	struct catalog *catalog = calloc(1, sizeof(*catalog));
	*result = NULL;
	*rebuilt = false;
	snprintf(message, message_bytes, "%s/catalog.db: out of memory", directory);
	if (!catalog)
		return status;
	snprintf(path, sizeof(path), "%s/catalog.db", directory);
	catalog->path = sql_path(path);
	catalog->budget_bytes = budget_bytes;
	catalog->sums = (struct sums){ .last_ns = NO_TIME, .kernel_drops = -1, .interface_drops = -1, .pool_drops = -1,
				       .watcher_skipped = -1 };
	if (!catalog->path)
		goto out;
	status = open_or_make(catalog, rebuilt);
	if (!status && !prepare_all(catalog))
		status = fail(catalog, sqlite3_extended_errcode(catalog->db));
	if (!status)
		status = start_run(catalog, run_of);
	if (status)
		snprintf(message, message_bytes, "%s", catalog->error);
	catalog->page_bytes = catalog->db ? sql_integer(catalog->db, "PRAGMA page_size", 0, 4096) : 0;
out:
	if (!status) {
		*message = '\0';
		*result = catalog;
		return STATUS_OK;
	}
	release(catalog);
	free(catalog->path);
	free(catalog);
	return status;
}

static int begin(struct catalog *catalog)
{
	return sqlite3_get_autocommit(catalog->db) ? run(catalog->begin) : SQLITE_OK;
}

static enum status put(struct catalog *catalog, struct row_writer *writer, const void *facts, const struct live_counters *live)
{
	const struct row_context context = { .capture_id = catalog->capture_id, .live = live };
	int code = begin(catalog);
	if (!code)
		code = row_writer_write(writer, facts, &context);
	return code ? fail(catalog, code) : STATUS_OK;
}

static enum status remove_named(struct catalog *catalog, sqlite3_stmt *statement, const char *name)
{
	int code = begin(catalog);
	if (!code)
		code = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (!code)
		code = run(statement);
	return code ? fail(catalog, code) : STATUS_OK;
}

enum status catalog_put_segment(struct catalog *catalog, const struct segment_facts *facts)
{
	enum status status = catalog_remove_segment(catalog, facts->name);
	return status ? status : put(catalog, catalog->segments, facts, NULL);
}

enum status catalog_remove_segment(struct catalog *catalog, const char *name)
{
	return remove_named(catalog, catalog->remove_segment, name);
}

enum status catalog_put_incident(struct catalog *catalog, const struct incident_facts *facts)
{
	enum status status = catalog_remove_incident(catalog, facts->name);
	return status ? status : put(catalog, catalog->incidents, facts, NULL);
}

enum status catalog_remove_incident(struct catalog *catalog, const char *name)
{
	return remove_named(catalog, catalog->remove_incident, name);
}

enum status catalog_forget(struct catalog *catalog)
{
	int code = begin(catalog);
	if (!code)
		code = sqlite3_exec(catalog->db, "DELETE FROM segments; DELETE FROM incidents", NULL, NULL, NULL);
	return code ? fail(catalog, code) : STATUS_OK;
}

static void add(int64_t *sum, int64_t more)
{
	if (more >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + more;
}

static void sum_up(struct sums *sums, const struct interval_facts *facts, const struct live_counters *live)
{
	sums->last_ns = facts->t_ns + facts->interval_ns;
	sums->packets += (int64_t)facts->packets;
	sums->bytes += (int64_t)facts->bytes;
	if (!live)
		return;
	add(&sums->kernel_drops, live->kernel_drops);
	add(&sums->interface_drops, live->capture_interface_drops);
	add(&sums->pool_drops, live->pool_drops);
	add(&sums->watcher_skipped, live->watcher_skipped);
}

enum status catalog_put_interval(struct catalog *catalog, const struct interval_facts *facts, const struct live_counters *live)
{
	bool all = facts->scope == SCOPE_ALL;
	if (all) {
		sum_up(&catalog->sums, facts, live);
		catalog->sums_changed = true;
	}
	return put(catalog, catalog->timeline, facts, all ? live : NULL);
}

enum status catalog_put_host(struct catalog *catalog, int64_t t_ns, int64_t interval_ns, const struct live_counters *live)
{
	const struct host_row row = { .t_ns = t_ns, .interval_ns = interval_ns, .host = live->host };
	return put(catalog, catalog->host, &row, NULL);
}

static int update_run(struct catalog *catalog)
{
	const struct sums *sums = &catalog->sums;
	const int64_t values[] = { sums->packets,    sums->bytes,      sums->kernel_drops, sums->interface_drops,
				   sums->pool_drops, sums->watcher_skipped };
	sqlite3_bind_int64(catalog->update_run, 1, catalog->capture_id);
	sqlite3_bind_int64(catalog->update_run, 2, sums->last_ns);
	for (int i = 0; i < 6; i++)
		if (values[i] < 0)
			sqlite3_bind_null(catalog->update_run, i + 3);
		else
			sqlite3_bind_int64(catalog->update_run, i + 3, values[i]);
	return run(catalog->update_run);
}

/* When it holds as much as it may: the oldest rows go, and what belongs to them. Room in the file is used again, so
 * that it stays as large as it is; where it is larger than it may be, because the budget was made smaller, pages are
 * given back bit by bit. */
static int make_room(struct catalog *catalog)
{
	static const char remove_rows[] =
		"DELETE FROM timeline WHERE rowid IN (SELECT rowid FROM timeline ORDER BY rowid LIMIT %d);"
		"DELETE FROM host_counters WHERE rowid IN (SELECT rowid FROM host_counters WHERE t_ns <"
		" coalesce((SELECT t_ns FROM timeline ORDER BY rowid LIMIT 1), 9e18) ORDER BY rowid LIMIT %d);"
		"DELETE FROM captures WHERE id < (SELECT capture_id FROM timeline ORDER BY rowid LIMIT 1)";
	char sql[sizeof(remove_rows) + 32];
	uint64_t pages = (uint64_t)sql_integer(catalog->db, "PRAGMA page_count", 0, 0);
	uint64_t free_pages = (uint64_t)sql_integer(catalog->db, "PRAGMA freelist_count", 0, 0);
	uint64_t page_bytes = (uint64_t)catalog->page_bytes, budget = catalog->budget_bytes;
	int code = SQLITE_OK;
	if ((pages - free_pages) * page_bytes > budget - budget / 16) {
		snprintf(sql, sizeof(sql), remove_rows, ROWS_AT_ONCE, ROWS_AT_ONCE);
		code = sqlite3_exec(catalog->db, sql, NULL, NULL, NULL);
	}
	if (!code && pages * page_bytes > budget && free_pages)
		code = sqlite3_exec(catalog->db, "PRAGMA incremental_vacuum(1000)", NULL, NULL, NULL);
	return code;
}

/* Somebody has moved or removed the file under us: what we write is seen by nobody. */
static bool is_gone(const struct catalog *catalog)
{
	int moved = 0;
	return sqlite3_file_control(catalog->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

enum status catalog_commit(struct catalog *catalog)
{
	if (is_gone(catalog)) {
		snprintf(catalog->error, sizeof(catalog->error), "%s: it has been removed", catalog->path);
		return STATUS_FORMAT;
	}
	if (sqlite3_get_autocommit(catalog->db))
		return STATUS_OK;
	int code = catalog->sums_changed ? update_run(catalog) : SQLITE_OK;
	if (!code)
		code = make_room(catalog);
	if (!code)
		code = run(catalog->commit);
	if (code)
		return fail(catalog, code);
	catalog->sums_changed = false;
	return STATUS_OK;
}
