#include "store/packet_table.h"

#include "store/embedded.h"
#include "store/reader_connection.h"

#include <stdlib.h>

struct packet_table {
	struct reader *reader;
	sqlite3 *db;
	sqlite3_stmt *packet, *sack;
	int code; /* of the first failure */
	bool open; /* a transaction is */
};

static void bind_time(sqlite3_stmt *statement, int index, int64_t t_ns)
{
	if (t_ns == NO_TIME)
		sqlite3_bind_null(statement, index);
	else
		sqlite3_bind_int64(statement, index, t_ns);
}

bool packet_table_holds(struct reader *reader, const struct packet_table_summary *summary)
{
	static const char sql[] = "SELECT 1 FROM temp.packets_read WHERE flow_id IS ?1 AND from_ns IS ?2 AND to_ns IS ?3 "
				  "AND (?4 IS NULL OR path IS ?4)";
	sqlite3 *db = reader_connection(reader);
	sqlite3_stmt *query = NULL;
	if (!db || sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK) /* no such table */
		return false;
	if (summary->flow)
		sqlite3_bind_int64(query, 1, summary->flow);
	bind_time(query, 2, summary->from_ns);
	bind_time(query, 3, summary->to_ns);
	sqlite3_bind_text(query, 4, summary->path, -1, SQLITE_STATIC);
	const bool holds = sqlite3_step(query) == SQLITE_ROW;
	sqlite3_finalize(query);
	return holds;
}

enum status packet_table_new(struct packet_table **table, struct reader *reader)
{
	struct packet_table *made = calloc(1, sizeof(*made));
	*table = NULL;
	if (!made)
		return STATUS_NO_MEMORY;
	made->reader = reader;
	made->db = reader_connection(reader);
	made->code = made->db ? sqlite3_exec(made->db, "BEGIN", NULL, NULL, NULL) : SQLITE_MISUSE;
	made->open = !made->code;
	if (!made->code)
		made->code = sqlite3_exec(made->db, embedded_sql_text("packet_table.sql"), NULL, NULL, NULL);
	if (!made->code)
		made->code = sqlite3_prepare_v2(made->db, "INSERT OR IGNORE INTO temp.packets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1,
						&made->packet, NULL);
	if (!made->code)
		made->code = sqlite3_prepare_v2(made->db, "INSERT INTO temp.sacks VALUES (?, ?, ?, ?, ?)", -1, &made->sack, NULL);
	if (!made->code) {
		*table = made;
		return STATUS_OK;
	}
	const enum status status = reader_result(reader, made->code);
	packet_table_free(made);
	return status;
}

static void run(struct packet_table *table, sqlite3_stmt *statement)
{
	sqlite3_step(statement);
	table->code = sqlite3_reset(statement);
}

static void put_sack(struct packet_table *table, const struct packet_row *row, unsigned index)
{
	sqlite3_bind_int64(table->sack, 1, (int64_t)row->frame);
	sqlite3_bind_int64(table->sack, 2, row->t_ns);
	sqlite3_bind_text(table->sack, 3, row->direction == C2S ? "c2s" : "s2c", 3, SQLITE_STATIC);
	sqlite3_bind_int64(table->sack, 4, row->sack[index].left_edge);
	sqlite3_bind_int64(table->sack, 5, row->sack[index].right_edge);
	run(table, table->sack);
}

void packet_table_add(struct packet_table *table, const struct packet_row *row)
{
	sqlite3_stmt *packet = table->packet;
	if (table->code)
		return;
	sqlite3_bind_int64(packet, 1, (int64_t)row->frame);
	sqlite3_bind_int64(packet, 2, row->t_ns);
	sqlite3_bind_text(packet, 3, row->direction == C2S ? "c2s" : "s2c", 3, SQLITE_STATIC);
	sqlite3_bind_int64(packet, 4, row->seq);
	sqlite3_bind_int64(packet, 5, row->len);
	if (row->has_ack)
		sqlite3_bind_int64(packet, 6, row->ack);
	else
		sqlite3_bind_null(packet, 6);
	if (row->window >= 0)
		sqlite3_bind_int64(packet, 7, row->window);
	else
		sqlite3_bind_null(packet, 7);
	sqlite3_bind_int(packet, 8, row->syn);
	sqlite3_bind_int(packet, 9, row->fin);
	sqlite3_bind_int(packet, 10, row->rst);
	run(table, packet);
	for (unsigned i = 0; i < row->sack_count && i < PACKET_TABLE_SACKS && !table->code; i++)
		put_sack(table, row, i);
}

void packet_table_clear(struct packet_table *table)
{
	if (!table->code)
		table->code = sqlite3_exec(table->db, "DELETE FROM temp.packets; DELETE FROM temp.sacks", NULL, NULL, NULL);
}

static int put_summary(struct packet_table *table, const struct packet_table_summary *summary)
{
	static const char sql[] = "INSERT INTO temp.packets_read VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?)";
	sqlite3_stmt *insert = NULL;
	int code = sqlite3_prepare_v2(table->db, sql, -1, &insert, NULL);
	if (code)
		return code;
	sqlite3_bind_int64(insert, 1, summary->flow);
	bind_time(insert, 2, summary->from_ns);
	bind_time(insert, 3, summary->to_ns);
	sqlite3_bind_text(insert, 4, summary->path, -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 5, summary->problem, -1, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 6, (int64_t)summary->left_out);
	sqlite3_bind_int64(insert, 7, (int64_t)summary->tap_duplicates);
	sqlite3_step(insert);
	return sqlite3_finalize(insert);
}

enum status packet_table_end(struct packet_table *table, const struct packet_table_summary *summary)
{
	if (summary->problem)
		packet_table_clear(table);
	if (!table->code)
		table->code = put_summary(table, summary);
	if (!table->code)
		table->code = sqlite3_exec(table->db, "COMMIT", NULL, NULL, NULL);
	table->open = table->code != SQLITE_OK;
	return reader_result(table->reader, table->code);
}

void packet_table_free(struct packet_table *table)
{
	if (!table)
		return;
	sqlite3_finalize(table->packet);
	sqlite3_finalize(table->sack);
	if (table->open)
		sqlite3_exec(table->db, "ROLLBACK", NULL, NULL, NULL);
	free(table);
}
