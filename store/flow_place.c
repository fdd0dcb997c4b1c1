#include "store/flow_place.h"

#include "store/embedded.h"
#include "store/reader_connection.h"

#include <arpa/inet.h>
#include <string.h>

#define WINDOW_SHIFT_MAX 14 /* RFC 7323 2.3 */

/* In the order of flow_place.sql. */
enum column {
	PATH, TAPE, CAPTURE_FIRST_NS, CAPTURE_LAST_NS, CLIENT_IP, CLIENT_PORT, SERVER_IP, SERVER_PORT, FIRST_NS, LAST_NS,
	FIRST_FRAME, LAST_FRAME, CLIENT_SHIFT, SERVER_SHIFT, COPIES, RTT_NS, RIVALS, TUNNELLED, TUNNEL_ID,
};

static bool read_address(sqlite3_stmt *query, int column, struct address *address)
{
	const char *text = (const char *)sqlite3_column_text(query, column);
	*address = (struct address){ { [10] = 0xff, [11] = 0xff } };
	return text && (inet_pton(AF_INET, text, address->bytes + 12) == 1 || inet_pton(AF_INET6, text, address->bytes) == 1);
}

static int read_shift(sqlite3_stmt *query, int column)
{
	const int64_t shift = sqlite3_column_int64(query, column);
	return sqlite3_column_type(query, column) == SQLITE_NULL || shift < 0 ? -1
	       : shift > WINDOW_SHIFT_MAX					? WINDOW_SHIFT_MAX
										: (int)shift;
}

static bool read_place(sqlite3_stmt *query, struct flow_place *place)
{
	const char *path = (const char *)sqlite3_column_text(query, PATH);
	const int64_t first_frame = sqlite3_column_int64(query, FIRST_FRAME), last_frame = sqlite3_column_int64(query, LAST_FRAME);
	*place = (struct flow_place){
		.tape = sqlite3_column_int(query, TAPE) != 0,
		.capture_first_ns = sqlite3_column_int64(query, CAPTURE_FIRST_NS),
		.capture_last_ns = sqlite3_column_int64(query, CAPTURE_LAST_NS),
		.client_port = (uint16_t)sqlite3_column_int64(query, CLIENT_PORT),
		.server_port = (uint16_t)sqlite3_column_int64(query, SERVER_PORT),
		.first_ns = sqlite3_column_int64(query, FIRST_NS),
		.last_ns = sqlite3_column_int64(query, LAST_NS),
		.first_frame = (uint64_t)first_frame,
		.last_frame = (uint64_t)last_frame,
		.window_shift = { [C2S] = read_shift(query, CLIENT_SHIFT), [S2C] = read_shift(query, SERVER_SHIFT) },
		.copies = sqlite3_column_int(query, COPIES) != 0,
		.rtt_ns = sqlite3_column_int64(query, RTT_NS),
		.rivals = sqlite3_column_int(query, RIVALS) != 0,
		.tunnelled = sqlite3_column_int(query, TUNNELLED) != 0,
		.tunnel_id = (uint32_t)sqlite3_column_int64(query, TUNNEL_ID),
	};
	if (path && strlen(path) < sizeof(place->path))
		memcpy(place->path, path, strlen(path) + 1);
	return read_address(query, CLIENT_IP, &place->client) && read_address(query, SERVER_IP, &place->server) &&
	       first_frame > 0 && last_frame >= first_frame && place->first_ns >= 0 && place->last_ns >= place->first_ns;
}

enum status flow_place_find(struct reader *reader, int64_t flow, struct flow_place *place)
{
	sqlite3 *db = reader_connection(reader);
	sqlite3_stmt *query = NULL;
	*place = (struct flow_place){ 0 };
	if (!db)
		return STATUS_USAGE;
	int code = sqlite3_prepare_v2(db, embedded_sql_text("flow_place.sql"), -1, &query, NULL);
	if (code)
		return reader_result(reader, code);
	sqlite3_bind_int64(query, 1, flow);
	code = sqlite3_step(query);
	enum status status = code == SQLITE_DONE ? STATUS_NOT_FOUND : STATUS_OK;
	if (code == SQLITE_ROW)
		status = read_place(query, place) ? STATUS_OK : STATUS_FORMAT;
	else if (code != SQLITE_DONE)
		status = reader_result(reader, code);
	sqlite3_finalize(query);
	return status;
}
