#include "store/store.h"

#include "store/findings_run.h"
#include "store/given_names.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/target.h"
#include "store/writer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTRUCTIONS_PER_LOOK 10000

struct store {
	sqlite3 *db;	 /* NULL: nothing is open */
	char *path;	 /* where it shall be */
	char *temporary; /* where it is; NULL when appending */
	enum store_mode mode;
	struct writer *writer;
	bool capturing; /* between begin and end */
	int64_t capture_id, flow_base;
	int64_t first_id;	   /* of the captures added; 0: none yet */
	struct findings *findings; /* to be computed in the end; NULL: none */
	enum status failed; /* of the writer; lasts until the next store_create */
	const volatile sig_atomic_t *interrupted; /* NULL: nobody interrupts */
	char error[512];
};

struct store *store_new(void)
{
	/* Without its statistics SQLite takes no lock per allocation; refused, and no loss, where it runs already. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return calloc(1, sizeof(struct store));
}

void store_free(struct store *store)
{
	if (!store)
		return;
	store_abandon(store);
	free(store);
}

void store_interrupt_on(struct store *store, const volatile sig_atomic_t *flag)
{
	store->interrupted = flag;
}

const char *store_error(const struct store *store)
{
	return store->error;
}

__attribute__((format(printf, 3, 4))) static enum status fail(struct store *store, enum status status,
							       const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(store->error, sizeof(store->error), format, arguments);
	va_end(arguments);
	return status;
}

static enum status fail_sql(struct store *store, const char *path)
{
	return fail(store, sql_status(sqlite3_extended_errcode(store->db)), "%s: %s", path, sqlite3_errmsg(store->db));
}

/* Ends the use of SQLite; what is not committed is gone. */
static void close_database(struct store *store)
{
	if (store->writer)
		writer_stop(store->writer);
	writer_free(store->writer);
	sqlite3_close(store->db);
	store->writer = NULL;
	store->db = NULL;
	store->capturing = false;
}

static void forget_names(struct store *store)
{
	free(store->path);
	free(store->temporary);
	store->path = NULL;
	store->temporary = NULL;
}

void store_abandon(struct store *store)
{
	close_database(store);
	if (store->temporary)
		unlink(store->temporary);
	forget_names(store);
}

static int look(void *user)
{
	const struct store *store = user;
	return store->interrupted && *store->interrupted;
}

static enum status open_database(struct store *store, const char *path)
{
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
		return STATUS_OK;
	if (!store->db)
		return fail(store, STATUS_NO_MEMORY, "%s: out of memory", path);
	return fail_sql(store, path);
}

/* Nobody sees the file before it is complete, and an interrupted run throws it away: no journal, no syncs, no locks. */
static enum status create_fresh(struct store *store)
{
	static const char settings[] = "PRAGMA page_size = 8192;"
				       "PRAGMA journal_mode = OFF;"
				       "PRAGMA synchronous = OFF;"
				       "PRAGMA locking_mode = EXCLUSIVE;"
				       "PRAGMA cache_size = -65536;"
				       "PRAGMA temp_store = FILE;"
				       "BEGIN";
	enum status status = target_reserve(store->path, &store->temporary);
	if (status)
		return fail(store, status, "%s: %s", store->path, strerror(errno));
	status = open_database(store, store->temporary);
	if (status)
		return status;
	if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) || schema_create(store->db))
		return fail_sql(store, store->path);
	return STATUS_OK;
}

/* One transaction with a rollback journal: whatever happens before its end, the next to open the file finds the old
 * contents. */
static enum status open_to_append(struct store *store)
{
	static const char settings[] = "PRAGMA cache_size = -65536;"
				       "BEGIN IMMEDIATE";
	char reason[256];
	if (sql_journal_names_file(store->path))
		return fail(store, STATUS_FORMAT, SQL_JOURNAL_COMPLAINT, store->path, store->path);
	enum status status = open_database(store, store->path);
	if (status)
		return status;
	sql_distrust(store->db);
	sqlite3_busy_timeout(store->db, 2000);
	status = schema_check(store->db, reason, sizeof(reason));
	if (status)
		return fail(store, status, "%s: %s", store->path, reason);
	if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) || schema_migrate(store->db))
		return fail_sql(store, store->path);
	return STATUS_OK;
}

/* `-f -o *.pcap` names a capture; that of a pod that is gone cannot be taken again. */
static bool is_something_else(const char *path)
{
	static const char magic[16] = "SQLite format 3"; /* https://www.sqlite.org/fileformat.html, with its zero byte */
	char start[sizeof magic];
	FILE *file = fopen(path, "re");
	const size_t bytes = file ? fread(start, 1, sizeof start, file) : 0;
	if (file)
		fclose(file);
	return bytes > 0 && (bytes < sizeof start || memcmp(start, magic, sizeof start) != 0);
}

static enum status open_for_mode(struct store *store)
{
	struct stat info;
	bool exists = stat(store->path, &info) == 0;
	if (exists && store->mode == STORE_NEW)
		return fail(store, STATUS_EXISTS, "%s: exists already", store->path);
	if (exists && !S_ISREG(info.st_mode))
		return fail(store, STATUS_USAGE, "%s: not a regular file", store->path);
	if (exists && store->mode == STORE_APPEND)
		return open_to_append(store);
	if (exists && is_something_else(store->path))
		return fail(store, STATUS_FORMAT, "%s: is no database, and is not replaced: name another file", store->path);
	return create_fresh(store);
}

enum status store_create(struct store *store, const char *path, enum store_mode mode)
{
	store_abandon(store);
	store->error[0] = '\0';
	store->failed = STATUS_OK;
	store->mode = mode;
	store->first_id = 0;
	store->findings = NULL;
	store->path = sql_path(path);
	if (!store->path)
		return fail(store, STATUS_NO_MEMORY, "%s: out of memory", path);
	enum status status = open_for_mode(store);
	if (status)
		goto out;
	sqlite3_progress_handler(store->db, INSTRUCTIONS_PER_LOOK, look, store);
	store->writer = writer_new(store->db);
	if (!store->writer)
		status = fail(store, STATUS_NO_MEMORY, "%s: %s", path, sqlite3_errmsg(store->db));
out:
	if (status)
		store_abandon(store);
	return status;
}

bool store_find_capture(struct store *store, uint64_t fingerprint, const struct engine_totals *totals, int64_t *id)
{
	static const char sql[] = "SELECT id FROM captures WHERE fingerprint = ? AND packets = ? AND first_ns IS ?"
				  " AND last_ns IS ? ORDER BY id LIMIT 1";
	sqlite3_stmt *query = NULL;
	if (sqlite3_prepare_v2(store->db, sql, -1, &query, NULL) != SQLITE_OK)
		return false;
	sqlite3_bind_int64(query, 1, (int64_t)fingerprint);
	sqlite3_bind_int64(query, 2, (int64_t)totals->frames);
	if (totals->first_ns != NO_TIME)
		sqlite3_bind_int64(query, 3, totals->first_ns);
	if (totals->last_ns != NO_TIME)
		sqlite3_bind_int64(query, 4, totals->last_ns);
	bool found = sqlite3_step(query) == SQLITE_ROW;
	if (found)
		*id = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return found;
}

enum status store_add_names(struct store *store, enum names_format format, const char *path, struct names_added *added)
{
	char message[256];
	if (!store->db || store->capturing)
		return fail(store, STATUS_USAGE, "store_add_names: not now");
	if (store->failed)
		return store->failed;
	enum status status = given_names_add(store->db, format, path, added, message, sizeof(message));
	if (!status)
		return STATUS_OK;
	const char *name = strcmp(path, "-") ? path : "standard input";
	if (!message[0])
		snprintf(message, sizeof(message), "%s", status == STATUS_NO_MEMORY ? "out of memory" : sqlite3_errmsg(store->db));
	store->failed = fail(store, status, "%s: %s", name, message);
	return status;
}

enum status store_add_incident(struct store *store, const char *json)
{
	static const char sql[] =
		"INSERT INTO incidents (name, trigger, scope, key, t_ns, from_ns, to_ns, state, segments, file_bytes, row_json) "
		"SELECT j ->> '$.name', j ->> '$.trigger', j ->> '$.scope', j ->> '$.key', j ->> '$.t_ns', j ->> '$.from_ns', j ->> '$.to_ns', "
		"j ->> '$.state', j ->> '$.segments', j ->> '$.file_bytes', j -> '$.row' FROM (SELECT ?1 AS j) "
		"WHERE json_type(j, '$.name') = 'text' AND json_type(j, '$.t_ns') = 'integer' "
		"AND NOT EXISTS (SELECT 1 FROM incidents WHERE name = j ->> '$.name')";
	sqlite3_stmt *statement = NULL;
	if (!store->db || store->capturing)
		return fail(store, STATUS_USAGE, "store_add_incident: not now");
	if (store->failed)
		return store->failed;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, json, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	sqlite3_finalize(statement);
	if (code == SQLITE_DONE)
		return STATUS_OK;
	store->failed = fail(store, sql_status(code), "incident.json: %s", sql_message(store->db, code));
	return store->failed;
}

enum status store_capture_begin(struct store *store)
{
	if (!store->db || store->capturing)
		return fail(store, STATUS_USAGE, "store_capture_begin: not now");
	if (store->failed)
		return store->failed;
	store->capture_id = sql_integer(store->db, "SELECT max(id) FROM captures", 0, 0) + 1;
	store->flow_base = sql_integer(store->db, "SELECT max(id) FROM flows", 0, 0);
	if (!writer_start(store->writer, store->capture_id, store->flow_base))
		return fail(store, STATUS_NO_MEMORY, "%s: no memory for the store's thread", store->path);
	store->capturing = true;
	return STATUS_OK;
}

static void take_flow(void *user, const struct flow_facts *facts)
{
	writer_put_flow(((struct store *)user)->writer, facts);
}

static void take_event(void *user, const struct event_facts *facts)
{
	writer_put_event(((struct store *)user)->writer, facts);
}

static void take_interval(void *user, const struct interval_facts *facts)
{
	writer_put_interval(((struct store *)user)->writer, facts);
}

static void take_flow_interval(void *user, const struct flow_interval_facts *facts)
{
	writer_put_flow_interval(((struct store *)user)->writer, facts);
}

static void take_interface(void *user, const struct interface_facts *facts)
{
	writer_put_interface(((struct store *)user)->writer, facts);
}

static void take_dns(void *user, const struct dns_facts *facts)
{
	writer_put_dns(((struct store *)user)->writer, facts);
}

static void take_name(void *user, const struct name_facts *facts)
{
	writer_put_name(((struct store *)user)->writer, facts);
}

static void take_tls(void *user, const struct tls_facts *facts)
{
	writer_put_tls(((struct store *)user)->writer, facts);
}

static void take_http(void *user, const struct http_facts *facts)
{
	writer_put_http(((struct store *)user)->writer, facts);
}

static void take_echo(void *user, const struct echo_facts *facts)
{
	writer_put_echo(((struct store *)user)->writer, facts);
}

static void take_icmp_error(void *user, const struct icmp_error_facts *facts)
{
	writer_put_icmp_error(((struct store *)user)->writer, facts);
}

static void take_hop(void *user, const struct hop_facts *facts)
{
	writer_put_hop(((struct store *)user)->writer, facts);
}

static void take_neighbour(void *user, const struct neighbour_facts *facts)
{
	writer_put_neighbour(((struct store *)user)->writer, facts);
}

static void take_neighbour_request(void *user, const struct neighbour_request_facts *facts)
{
	writer_put_neighbour_request(((struct store *)user)->writer, facts);
}

static void take_udp_stream(void *user, const struct udp_stream_facts *facts)
{
	writer_put_udp_stream(((struct store *)user)->writer, facts);
}

const struct engine_sink *store_sink(void)
{
	static const struct engine_sink sink = {
		.flow = take_flow,
		.event = take_event,
		.interval = take_interval,
		.flow_interval = take_flow_interval,
		.interface = take_interface,
		.dns = take_dns,
		.name = take_name,
		.tls = take_tls,
		.http = take_http,
		.echo = take_echo,
		.icmp_error = take_icmp_error,
		.hop = take_hop,
		.neighbour = take_neighbour,
		.neighbour_request = take_neighbour_request,
		.udp_stream = take_udp_stream,
	};
	return &sink;
}

enum status store_status(struct store *store)
{
	if (store->failed || !store->writer)
		return store->failed;
	int error = writer_error(store->writer);
	if (error)
		store->failed = fail(store, sql_status(error), "%s: %s", store->path, writer_message(store->writer));
	return store->failed;
}

static int delete_above(sqlite3 *db, const char *sql, int64_t id)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	if (code)
		return code;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_step(statement);
	return sqlite3_finalize(statement);
}

/* Without a journal there is nothing to roll back to; but a capture's rows are the newest of each table. */
static int remove_capture(struct store *store)
{
	static const char *const of_flows[] = {
		"DELETE FROM events WHERE flow_id > ?",
		"DELETE FROM flow_timeline WHERE flow_id > ?",
		"DELETE FROM flow_directions WHERE flow_id > ?",
		"DELETE FROM echoes WHERE flow_id > ?",
		"DELETE FROM udp_streams WHERE flow_id > ?",
		"DELETE FROM flows WHERE id > ?",
	};
	static const char *const of_captures[] = {
		"DELETE FROM timeline WHERE capture_id > ?",
		"DELETE FROM interfaces WHERE capture_id > ?",
		"DELETE FROM dns WHERE capture_id > ?",
		"DELETE FROM names WHERE capture_id > ?",
		"DELETE FROM tls WHERE capture_id > ?",
		"DELETE FROM http WHERE capture_id > ?",
		"DELETE FROM icmp_errors WHERE capture_id > ?",
		"DELETE FROM hops WHERE capture_id > ?",
		"DELETE FROM neighbours WHERE capture_id > ?",
		"DELETE FROM neighbour_requests WHERE capture_id > ?",
	};
	int code = SQLITE_OK;
	for (size_t i = 0; i < sizeof(of_captures) / sizeof(of_captures[0]) && !code; i++)
		code = delete_above(store->db, of_captures[i], store->capture_id - 1);
	for (size_t i = 0; i < sizeof(of_flows) / sizeof(of_flows[0]) && !code; i++)
		code = delete_above(store->db, of_flows[i], store->flow_base);
	return code;
}

static enum status write_capture(struct store *store, const struct capture_facts *capture,
				 const struct engine_totals *totals)
{
	struct capture_row row = {
		.id = store->capture_id,
		.analysed_by = "wiretape " WIRETAPE_VERSION,
		.capture = *capture,
		.totals = *totals,
	};
	struct row_writer *writer = row_writer_new(store->db, &capture_columns);
	int code = writer ? row_writer_write(writer, &row, &(struct row_context){ 0 }) : SQLITE_NOMEM;
	row_writer_free(writer);
	return code ? fail_sql(store, store->path) : STATUS_OK;
}

enum status store_capture_end(struct store *store, const struct capture_facts *capture, const struct engine_totals *totals,
			      int64_t *id)
{
	int64_t older;
	if (!store->capturing)
		return fail(store, STATUS_USAGE, "store_capture_end: not now");
	writer_stop(store->writer);
	store->capturing = false;
	if (store_status(store))
		return store->failed;
	if (id)
		*id = store->capture_id;
	if (!store_find_capture(store, capture->fingerprint, totals, &older)) {
		store->failed = write_capture(store, capture, totals);
		if (!store->first_id)
			store->first_id = store->capture_id;
		return store->failed;
	}
	if (id)
		*id = older;
	if (remove_capture(store)) {
		store->failed = fail_sql(store, store->path);
		return store->failed;
	}
	return fail(store, STATUS_EXISTS, "%s: holds this capture already, as number %lld", store->path,
		    (long long)older);
}

void store_find(struct store *store, struct findings *findings)
{
	store->findings = findings;
}

/* In the same transaction as their captures. */
static int find(struct store *store)
{
	if (!store->findings || !store->first_id)
		return SQLITE_OK;
	return findings_run(store->findings, store->db, "main", store->first_id, 0);
}

static enum status finish(struct store *store)
{
	enum status status = store_status(store);
	if (status)
		return status;
	if (store->capturing)
		return fail(store, STATUS_USAGE, "store_finish: the capture is not ended");
	int code = schema_complete(store->db);
	if (!code)
		code = find(store);
	if (!code && look(store))
		code = SQLITE_INTERRUPT;
	if (!code)
		code = sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	if (code) /* which SQLite may have forgotten: a failed run of findings puts things in order */
		return fail(store, sql_status(code), "%s: %s", store->path, sql_message(store->db, code));
	close_database(store);
	if (!store->temporary)
		return STATUS_OK;
	status = target_commit(store->temporary, store->path, store->mode == STORE_REPLACE);
	if (status)
		return fail(store, status, "%s: %s", store->path, strerror(errno));
	free(store->temporary);
	store->temporary = NULL;
	return STATUS_OK;
}

enum status store_finish(struct store *store)
{
	if (!store->db)
		return store->failed ? store->failed : fail(store, STATUS_USAGE, "store_finish: nothing is open");
	enum status status = finish(store);
	if (status) {
		store->failed = status;
		store_abandon(store);
	}
	forget_names(store);
	return status;
}
