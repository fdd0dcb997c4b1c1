/* The fast path of the store. A row of flow_directions has over sixty columns, most of which repeat what the row before had
 * (0, NULL, the same text); SQLite keeps bindings from row to row, so only those that changed are bound again. That
 * saves a third of the time of a row. */
#include "store/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum bound_kind { BOUND_NOTHING, BOUND_NULL, BOUND_INTEGER, BOUND_REAL, BOUND_NAME };

/* What a parameter holds since an earlier row. */
struct bound {
	enum bound_kind kind;
	int64_t bits; /* the integer, the real's bits, or the address of a name with static storage */
};

/* Text made for one row: five addresses, a key, a set of evidence, ... */
#define SCRATCH_TEXTS 8
#define SCRATCH_BYTES (EVIDENCE_TEXT_MAX + ADDRESS_TEXT_MAX)

/* One INSERT and what it holds. */
struct insert {
	sqlite3_stmt *statement;
	struct bound *bound;
};

struct row_writer {
	const struct columns *columns;
	struct insert whole, quiet; /* quiet: without the quiet columns; not there if there are none */
	struct insert *insert;	    /* that is being filled */
	unsigned scratch_used;
	char scratch[SCRATCH_TEXTS][SCRATCH_BYTES];
};

static bool is_left_out(const struct columns *columns, bool quiet, size_t column)
{
	return quiet && column >= columns->quiet && column < columns->quiet + columns->quiet_count;
}

static char *insert_text(const struct columns *columns, bool quiet)
{
	sqlite3_str *names = sqlite3_str_new(NULL), *values = sqlite3_str_new(NULL);
	for (size_t i = 0; i < columns->count; i++) {
		if (is_left_out(columns, quiet, i))
			continue;
		sqlite3_str_appendf(names, "%s%s", i ? ", " : "", columns->list[i].name);
		sqlite3_str_appendall(values, i ? ", ?" : "?");
	}
	char *name_list = sqlite3_str_finish(names), *value_list = sqlite3_str_finish(values), *sql = NULL;
	if (name_list && value_list)
		sql = sqlite3_mprintf("INSERT INTO %s (%s) VALUES (%s)", columns->table, name_list, value_list);
	sqlite3_free(name_list);
	sqlite3_free(value_list);
	return sql;
}

static bool prepare(struct insert *insert, sqlite3 *db, const struct columns *columns, bool quiet)
{
	char *sql = insert_text(columns, quiet);
	insert->bound = calloc(columns->count, sizeof(*insert->bound));
	bool done = sql && insert->bound &&
		    sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &insert->statement, NULL) == SQLITE_OK;
	sqlite3_free(sql);
	return done;
}

struct row_writer *row_writer_new(sqlite3 *db, const struct columns *columns)
{
	struct row_writer *writer = calloc(1, sizeof(*writer));
	if (!writer)
		return NULL;
	writer->columns = columns;
	if (prepare(&writer->whole, db, columns, false) &&
	    (!columns->quiet_count || prepare(&writer->quiet, db, columns, true)))
		return writer;
	row_writer_free(writer);
	return NULL;
}

static void release(struct insert *insert)
{
	sqlite3_finalize(insert->statement);
	free(insert->bound);
}

void row_writer_free(struct row_writer *writer)
{
	if (!writer)
		return;
	release(&writer->whole);
	release(&writer->quiet);
	free(writer);
}

static int bind_null(struct row_writer *writer, int index)
{
	struct bound *bound = &writer->insert->bound[index - 1];
	if (bound->kind == BOUND_NULL)
		return SQLITE_OK;
	*bound = (struct bound){ BOUND_NULL, 0 };
	return sqlite3_bind_null(writer->insert->statement, index);
}

static int bind_integer(struct row_writer *writer, int index, int64_t value)
{
	struct bound *bound = &writer->insert->bound[index - 1];
	if (bound->kind == BOUND_INTEGER && bound->bits == value)
		return SQLITE_OK;
	*bound = (struct bound){ BOUND_INTEGER, value };
	return sqlite3_bind_int64(writer->insert->statement, index, value);
}

static int bind_real(struct row_writer *writer, int index, double value)
{
	struct bound *bound = &writer->insert->bound[index - 1];
	int64_t bits;
	memcpy(&bits, &value, sizeof(bits));
	if (bound->kind == BOUND_REAL && bound->bits == bits)
		return SQLITE_OK;
	*bound = (struct bound){ BOUND_REAL, bits };
	return sqlite3_bind_double(writer->insert->statement, index, value);
}

/* `name` has static storage. */
static int bind_name(struct row_writer *writer, int index, const char *name)
{
	struct bound *bound = &writer->insert->bound[index - 1];
	int64_t bits = (int64_t)(intptr_t)name;
	if (bound->kind == BOUND_NAME && bound->bits == bits)
		return SQLITE_OK;
	*bound = (struct bound){ BOUND_NAME, bits };
	return sqlite3_bind_text(writer->insert->statement, index, name, -1, SQLITE_STATIC);
}

/* `name` may be NULL. */
static int bind_optional_name(struct row_writer *writer, int index, const char *name)
{
	return name ? bind_name(writer, index, name) : bind_null(writer, index);
}

/* `text` stays as it is until the row is inserted. */
static int bind_text(struct row_writer *writer, int index, const char *text, size_t length)
{
	writer->insert->bound[index - 1].kind = BOUND_NOTHING;
	return sqlite3_bind_text(writer->insert->statement, index, text, (int)length, SQLITE_STATIC);
}

static char *scratch(struct row_writer *writer)
{
	return writer->scratch[writer->scratch_used++ % SCRATCH_TEXTS];
}

static int bind_address(struct row_writer *writer, int index, const struct address *address)
{
	char *text = address_text(address, scratch(writer));
	return bind_text(writer, index, text, strlen(text));
}

/* See timeline.key in schema.sql. */
static int bind_key(struct row_writer *writer, int index, const struct interval_facts *interval)
{
	if (interval->scope == SCOPE_ALL)
		return bind_name(writer, index, "");
	if (interval->rest)
		return bind_name(writer, index, "(other)");
	char *text = key_text(interval, scratch(writer));
	return bind_text(writer, index, text, strlen(text));
}

static int bind_evidence(struct row_writer *writer, int index, uint32_t evidence)
{
	if (!evidence)
		return bind_null(writer, index);
	char *text = scratch(writer);
	evidence_text(evidence, text);
	return bind_text(writer, index, text, strlen(text));
}

static int64_t rounded_us(int64_t ns)
{
	return (ns + (ns < 0 ? -500 : 500)) / 1000;
}

static int bind_event_duration(struct row_writer *writer, int index, const struct event_facts *event)
{
	bool has_one = event->kind == EVENT_ZERO_WINDOW_END || event->kind == EVENT_RETRANSMISSION ||
		       event->kind == EVENT_SYN_RETRANSMISSION;
	if (!has_one || !event->value_ns)
		return bind_null(writer, index);
	return bind_integer(writer, index, rounded_us(event->value_ns));
}

static const char *direction_name(enum direction direction)
{
	return direction == C2S ? "c2s" : "s2c";
}

static int bind_optional(struct row_writer *writer, int index, bool known, int64_t value)
{
	return known ? bind_integer(writer, index, value) : bind_null(writer, index);
}

static int bind_span(struct row_writer *writer, int index, int64_t from_ns, int64_t to_ns)
{
	bool known = from_ns != NO_TIME && to_ns != NO_TIME;
	return bind_optional(writer, index, known, known ? rounded_us(to_ns - from_ns) : 0);
}

/* Numbers that mean nothing to most people stand as "TYPE64", as in RFC 3597 5. */
static int bind_named_number(struct row_writer *writer, int index, const char *name, const char *prefix, unsigned number)
{
	if (name)
		return bind_name(writer, index, name);
	char *text = scratch(writer);
	int length = snprintf(text, SCRATCH_BYTES, "%s%u", prefix, number);
	return bind_text(writer, index, text, (size_t)length);
}

/* Not all kinds of tunnel have one, and GRE's is not always there. */
static int bind_tunnel_id(struct row_writer *writer, int index, const struct flow_facts *flow)
{
	bool has_one = flow->tunnel != TUNNEL_NONE && flow->tunnel != TUNNEL_IPIP && flow->tunnel != TUNNEL_6IN4 &&
		       (flow->tunnel != TUNNEL_GRE || flow->tunnel_id);
	return bind_optional(writer, index, has_one, flow->tunnel_id);
}

static const char *tls_version_name(unsigned version)
{
	switch (version) {
	case 0x0300:
		return "SSL 3.0";
	case 0x0301:
		return "TLS 1.0";
	case 0x0302:
		return "TLS 1.1";
	case 0x0303:
		return "TLS 1.2";
	case 0x0304:
		return "TLS 1.3";
	default:
		return NULL;
	}
}

static const char *tls_alert(const struct tls_facts *tls)
{
	return tls->alert_by < 0 ? NULL : tls_alert_name(tls->alert);
}

static const char *tls_alert_level(const struct tls_facts *tls)
{
	if (tls->alert_by < 0)
		return NULL;
	return tls->alert_level == 1 ? "warning" : "fatal";
}

static int bind_rtp(struct row_writer *writer, int index, const struct udp_stream_facts *stream, uint32_t value)
{
	return bind_optional(writer, index, stream->kind == UDP_STREAM_RTP, value);
}

#define AS(type) (*(type const *)field)

/* What only the tables of protocol_facts.h have. */
static int bind_protocol(struct row_writer *writer, int index, enum column_type type, const void *field, const void *facts)
{
	const struct icmp_error_facts *error = facts;
	const struct udp_stream_facts *stream = facts;
	switch (type) {
	case COLUMN_TUNNEL_ID:
		return bind_tunnel_id(writer, index, facts);
	case COLUMN_DNS_TYPE:
		return bind_named_number(writer, index, dns_type_name(AS(uint16_t)), "TYPE", AS(uint16_t));
	case COLUMN_DNS_RCODE:
		if (AS(int16_t) < 0)
			return bind_null(writer, index);
		return bind_named_number(writer, index, dns_rcode_name(AS(int16_t)), "RCODE", (unsigned)AS(int16_t));
	case COLUMN_NAME_SOURCE:
		return bind_name(writer, index, name_source_name(AS(enum name_source)));
	case COLUMN_TLS_VERSION:
		if (!AS(uint16_t))
			return bind_null(writer, index);
		return bind_named_number(writer, index, tls_version_name(AS(uint16_t)), "version ", AS(uint16_t));
	case COLUMN_TLS_ALERT:
		return bind_optional_name(writer, index, tls_alert(facts));
	case COLUMN_TLS_ALERT_LEVEL:
		return bind_optional_name(writer, index, tls_alert_level(facts));
	case COLUMN_HTTP_END:
		return bind_name(writer, index, http_end_name(AS(enum http_end)));
	case COLUMN_ICMP_KIND:
		return bind_name(writer, index, icmp_error_name(error->protocol, error->type, error->code));
	case COLUMN_NEIGHBOUR_PROTOCOL:
		return bind_name(writer, index, AS(enum neighbour_protocol) == NEIGHBOUR_ARP ? "arp" : "nd");
	case COLUMN_MAC:
		return bind_text(writer, index, mac_text(field, scratch(writer)), MAC_TEXT_MAX - 1);
	case COLUMN_STREAM_KIND:
		return bind_name(writer, index, AS(enum udp_stream_kind) == UDP_STREAM_RTP ? "rtp" : "iperf3");
	case COLUMN_RTP_SSRC:
		return bind_rtp(writer, index, stream, stream->ssrc);
	case COLUMN_RTP_PAYLOAD_TYPE:
		return bind_rtp(writer, index, stream, stream->payload_type);
	default:
		return SQLITE_MISUSE;
	}
}

static int bind_names(struct row_writer *writer, int index, const struct column *column, const void *field,
		      const void *facts)
{
	switch (column->type) {
	case COLUMN_PROTOCOL:
		return bind_name(writer, index, protocol_name(AS(uint8_t)));
	case COLUMN_STATE:
		return bind_name(writer, index, flow_state_name(AS(enum flow_state)));
	case COLUMN_ENDED_BY:
		return bind_name(writer, index, flow_end_name(AS(enum flow_end)));
	case COLUMN_SIDE:
		if (AS(int8_t) < 0)
			return bind_null(writer, index);
		return bind_name(writer, index, AS(int8_t) == C2S ? "client" : "server");
	case COLUMN_DIRECTION:
		return bind_name(writer, index, direction_name(AS(enum direction)));
	case COLUMN_KIND:
		return bind_name(writer, index, event_kind_name(AS(enum event_kind)));
	case COLUMN_CAUSE:
		if (AS(enum cause) == CAUSE_NONE)
			return bind_null(writer, index);
		return bind_name(writer, index, cause_name(AS(enum cause)));
	case COLUMN_SEGMENT_END:
		return bind_name(writer, index, segment_end_name(AS(enum segment_end)));
	case COLUMN_SCOPE:
		return bind_name(writer, index, scope_name(AS(enum scope)));
	case COLUMN_DIRECTION_U8:
		return bind_name(writer, index, direction_name((enum direction)AS(uint8_t)));
	case COLUMN_TUNNEL:
		return bind_optional_name(writer, index, tunnel_name(AS(enum tunnel_kind)));
	default:
		return bind_protocol(writer, index, column->type, field, facts);
	}
}

static bool is_zero(const void *counter, size_t bytes)
{
	if (bytes == sizeof(bool))
		return !*(const bool *)counter;
	return bytes == sizeof(uint64_t) ? !*(const uint64_t *)counter : !*(const uint32_t *)counter;
}

/* `offset` is of the field in the context's live counters. */
static int bind_live(struct row_writer *writer, int index, size_t offset, const struct row_context *context)
{
	if (!context->live)
		return bind_null(writer, index);
	int64_t value = *(const int64_t *)((const char *)context->live + offset);
	return bind_optional(writer, index, value >= 0, value);
}

/* Texts, and what the row belongs to. */
static int bind_other(struct row_writer *writer, int index, const struct column *column, const void *facts,
		      const struct row_context *context)
{
	const void *field = (const char *)facts + column->offset;
	switch (column->type) {
	case COLUMN_TEXT:
		if (!AS(const char *))
			return bind_null(writer, index);
		return bind_text(writer, index, AS(const char *), strlen(AS(const char *)));
	case COLUMN_CHARS:
		if (!*(const char *)field)
			return bind_null(writer, index);
		return bind_text(writer, index, field, strlen(field));
	case COLUMN_ADDRESS:
		return bind_address(writer, index, field);
	case COLUMN_ADDRESS_OR_NULL:
		return address_is_unspecified(field) ? bind_null(writer, index) : bind_address(writer, index, field);
	case COLUMN_EVIDENCE:
		return bind_evidence(writer, index, AS(uint32_t));
	case COLUMN_EVENT_DURATION:
		return bind_event_duration(writer, index, facts);
	case COLUMN_KEY:
		return bind_key(writer, index, facts);
	case COLUMN_FLOW_ID:
		return bind_integer(writer, index, context->flow_base + (int64_t)AS(uint64_t));
	case COLUMN_FLOW_ID_OR_NULL:
		return bind_optional(writer, index, AS(uint64_t) != 0, context->flow_base + (int64_t)AS(uint64_t));
	case COLUMN_OF_CAPTURE:
		return bind_integer(writer, index, context->capture_id);
	case COLUMN_OF_FLOW:
		return bind_integer(writer, index, context->flow_id);
	case COLUMN_OF_DIRECTION:
		return bind_name(writer, index, direction_name(context->direction));
	case COLUMN_OF_LIVE:
		return bind_live(writer, index, column->offset, context);
	default:
		return bind_names(writer, index, column, field, facts);
	}
}

static int bind_column(struct row_writer *writer, int index, const struct column *column, const void *facts,
		       const struct row_context *context)
{
	const void *field = (const char *)facts + column->offset;
	if (column->guard_bytes && is_zero((const char *)facts + column->guard, column->guard_bytes))
		return bind_null(writer, index);
	switch (column->type) {
	case COLUMN_U64:
		return bind_integer(writer, index, (int64_t)AS(uint64_t));
	case COLUMN_U32:
		return bind_integer(writer, index, AS(uint32_t));
	case COLUMN_U16:
		return bind_integer(writer, index, AS(uint16_t));
	case COLUMN_U8:
		return bind_integer(writer, index, AS(uint8_t));
	case COLUMN_I32:
		return bind_integer(writer, index, AS(int32_t));
	case COLUMN_BOOL:
		return bind_integer(writer, index, AS(bool));
	case COLUMN_U32_OR_NULL:
		return bind_optional(writer, index, AS(uint32_t) != 0, AS(uint32_t));
	case COLUMN_U16_OR_NULL:
		return bind_optional(writer, index, AS(uint16_t) != 0, AS(uint16_t));
	case COLUMN_U8_OR_NULL:
		return bind_optional(writer, index, AS(uint8_t) != 0, AS(uint8_t));
	case COLUMN_U64_OR_NULL:
		return bind_optional(writer, index, AS(uint64_t) != 0, (int64_t)AS(uint64_t));
	case COLUMN_I64_OR_NULL:
		return bind_optional(writer, index, AS(int64_t) >= 0, AS(int64_t));
	case COLUMN_WINDOW:
		return bind_optional(writer, index, AS(uint64_t) != UINT64_MAX, (int64_t)AS(uint64_t));
	case COLUMN_WINDOW_SCALE:
		return bind_optional(writer, index, AS(int32_t) != -1, AS(int32_t) == -2 ? -1 : AS(int32_t));
	case COLUMN_TIME:
		return bind_optional(writer, index, AS(int64_t) != NO_TIME, AS(int64_t));
	case COLUMN_SPAN:
		return bind_span(writer, index, *(const int64_t *)((const char *)facts + column->guard), AS(int64_t));
	case COLUMN_US:
		return AS(int64_t) == NO_TIME ? bind_null(writer, index) :
						bind_integer(writer, index, rounded_us(AS(int64_t)));
	case COLUMN_MS:
		return bind_real(writer, index, (double)AS(int64_t) / 1e6);
	case COLUMN_MS_OR_NULL:
		return AS(int64_t) == NO_TIME ? bind_null(writer, index) :
						bind_real(writer, index, (double)AS(int64_t) / 1e6);
	default:
		return bind_other(writer, index, column, facts, context);
	}
}

static bool is_quiet(const struct columns *columns, const void *facts)
{
	if (!columns->quiet_count)
		return false;
	const char *at = (const char *)facts + columns->list[columns->quiet].offset;
	uint64_t any = 0, word;
	for (size_t i = 0; i < columns->quiet_count; i++) {
		memcpy(&word, at + i * sizeof(word), sizeof(word));
		any |= word;
	}
	return any == 0;
}

int row_writer_write(struct row_writer *writer, const void *facts, const struct row_context *context)
{
	const struct columns *columns = writer->columns;
	bool quiet = is_quiet(columns, facts);
	writer->insert = quiet ? &writer->quiet : &writer->whole;
	int parameter = 0;
	for (size_t i = 0; i < columns->count; i++) {
		if (is_left_out(columns, quiet, i))
			continue;
		int error = bind_column(writer, ++parameter, &columns->list[i], facts, context);
		if (error)
			return error;
	}
	sqlite3_step(writer->insert->statement);
	return sqlite3_reset(writer->insert->statement);
}
