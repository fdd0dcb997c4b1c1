#include "store/finding_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finding_tables {
	sqlite3 *db;
	const char *schema;
	sqlite3_stmt *finding, *evidence, *flow;
};

/* `format` has the schema's name once. */
static sqlite3_stmt *prepare(sqlite3 *db, const char *format, const char *schema)
{
	sqlite3_stmt *statement = NULL;
	char *sql = sqlite3_mprintf(format, schema);
	if (sql)
		sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	sqlite3_free(sql);
	return statement;
}

struct finding_tables *finding_tables_new(sqlite3 *db, const char *schema)
{
	struct finding_tables *tables = calloc(1, sizeof(*tables));
	if (!tables)
		return NULL;
	tables->db = db;
	tables->schema = schema;
	tables->finding = prepare(db, "INSERT INTO %s.findings (capture_id, code, severity, layer, title, explanation, advice, explained_by,"
		"evidence, flow_id, t_ns, frame, value, threshold, unit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", schema);
	tables->evidence = prepare(db, "INSERT INTO %s.evidence (finding_id, rank, subject, detail, display_filter, explained_by,"
		"flow_id, t_ns, frame, value, threshold, unit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", schema);
	tables->flow = prepare(db, "SELECT protocol, client_ip, client_port, server_ip, server_port FROM %s.flows WHERE id = ?", "main");
	if (tables->finding && tables->evidence && tables->flow)
		return tables;
	finding_tables_free(tables);
	return NULL;
}

void finding_tables_free(struct finding_tables *tables)
{
	if (!tables)
		return;
	sqlite3_finalize(tables->finding);
	sqlite3_finalize(tables->evidence);
	sqlite3_finalize(tables->flow);
	free(tables);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT); /* NULL is NULL */
}

static void bind_integer(sqlite3_stmt *statement, int index, int64_t value)
{
	if (value == ROW_NOTHING)
		sqlite3_bind_null(statement, index);
	else
		sqlite3_bind_int64(statement, index, value);
}

/* flow_id, t_ns, frame, value, threshold, unit. */
static void bind_measure(sqlite3_stmt *statement, int index, const struct evidence *row)
{
	bind_integer(statement, index, row->flow_id);
	bind_integer(statement, index + 1, row->t_ns);
	bind_integer(statement, index + 2, row->frame);
	sqlite3_bind_double(statement, index + 3, row->value);
	if (row->has_threshold)
		sqlite3_bind_double(statement, index + 4, row->threshold);
	else
		sqlite3_bind_null(statement, index + 4);
	bind_text(statement, index + 5, row->unit);
}

static int run(sqlite3_stmt *statement)
{
	sqlite3_step(statement);
	return sqlite3_reset(statement);
}

static const char *address_field(const char *address)
{
	return strchr(address, ':') ? "ipv6.addr" : "ip.addr";
}

/* Wireshark's display filter for the flow that `flow` stands on; sqlite3_free it. */
static char *flow_filter(sqlite3_stmt *flow)
{
	const char *protocol = (const char *)sqlite3_column_text(flow, 0), *client = (const char *)sqlite3_column_text(flow, 1);
	const char *server = (const char *)sqlite3_column_text(flow, 3);
	long long client_port = sqlite3_column_int64(flow, 2), server_port = sqlite3_column_int64(flow, 4);
	if (!protocol || !client || !server)
		return NULL;
	const char *field = address_field(client);
	if (!strcmp(protocol, "tcp") || !strcmp(protocol, "udp"))
		return sqlite3_mprintf("%s == %s && %s == %s && %s.port == %lld && %s.port == %lld", field, client, field, server, protocol,
				       client_port, protocol, server_port);
	if (!strcmp(protocol, "icmp") || !strcmp(protocol, "icmpv6"))
		return sqlite3_mprintf("%s == %s && %s == %s && %s.%s == %lld", field, client, field, server, protocol,
				       strcmp(protocol, "icmp") ? "echo.identifier" : "ident", client_port);
	return sqlite3_mprintf("%s == %s && %s == %s", field, client, field, server);
}

/* sqlite3_free it; NULL: there is nothing to filter by. */
static char *make_filter(struct finding_tables *tables, const struct evidence *row)
{
	char *filter = NULL;
	if (row->flow_id != ROW_NOTHING) {
		sqlite3_bind_int64(tables->flow, 1, row->flow_id);
		if (sqlite3_step(tables->flow) == SQLITE_ROW)
			filter = flow_filter(tables->flow);
		sqlite3_reset(tables->flow);
	}
	if (!filter && row->frame != ROW_NOTHING)
		filter = sqlite3_mprintf("frame.number == %lld", (long long)row->frame);
	if (!filter && row->address && strcmp(row->address, "*"))
		filter = sqlite3_mprintf("%s == %s", address_field(row->address), row->address);
	return filter;
}

static int put_evidence(struct finding_tables *tables, int64_t finding_id, int64_t rank, const struct evidence *row,
			const char *explained_by)
{
	sqlite3_stmt *statement = tables->evidence;
	char *made = row->filter ? NULL : make_filter(tables, row);
	sqlite3_bind_int64(statement, 1, finding_id);
	sqlite3_bind_int64(statement, 2, rank);
	bind_text(statement, 3, row->subject);
	bind_text(statement, 4, row->detail);
	bind_text(statement, 5, row->filter ? row->filter : made);
	bind_text(statement, 6, explained_by);
	bind_measure(statement, 7, row);
	sqlite3_free(made);
	return run(statement);
}

int finding_tables_put(struct finding_tables *tables, int64_t capture_id, const struct finding_rows *rows,
		       enum finding_severity severity)
{
	const struct finding_file *file = rows->file;
	sqlite3_stmt *statement = tables->finding;
	sqlite3_bind_int64(statement, 1, capture_id);
	bind_text(statement, 2, file->code);
	bind_text(statement, 3, finding_severity_name(severity));
	bind_text(statement, 4, file->layer);
	bind_text(statement, 5, file->title);
	bind_text(statement, 6, file->explanation[0] ? file->explanation : NULL);
	bind_text(statement, 7, file->advice[0] ? file->advice : NULL);
	bind_text(statement, 8, rows->explained_by);
	sqlite3_bind_int64(statement, 9, (int64_t)rows->count);
	bind_measure(statement, 10, &rows->list[0]);
	int code = run(statement);
	int64_t finding_id = sqlite3_last_insert_rowid(tables->db);
	for (size_t i = 0; i < rows->kept && !code; i++)
		code = put_evidence(tables, finding_id, (int64_t)i + 1, &rows->list[i], rows->subjects[i].explained_by);
	return code;
}

int finding_tables_put_thresholds(struct finding_tables *tables, const struct findings *findings)
{
	sqlite3_stmt *clear = prepare(tables->db, "DELETE FROM %s.thresholds", tables->schema);
	sqlite3_stmt *put = prepare(tables->db, "INSERT INTO %s.thresholds (name, value, standard, unit, about) VALUES (?, ?, ?, ?, ?)",
				    tables->schema);
	int code = clear && put ? run(clear) : SQLITE_NOMEM;
	for (size_t i = 0; i < findings_threshold_count(findings) && !code; i++) {
		struct threshold threshold = findings_threshold(findings, i);
		bind_text(put, 1, threshold.name);
		sqlite3_bind_double(put, 2, threshold.value);
		sqlite3_bind_double(put, 3, threshold.standard);
		bind_text(put, 4, threshold.unit);
		bind_text(put, 5, threshold.about);
		code = run(put);
	}
	sqlite3_finalize(clear);
	sqlite3_finalize(put);
	return code;
}
