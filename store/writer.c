#include "store/writer.h"

#include "store/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_BLOCKS 64 /* 32 MiB: a second's worth of flows that end together must not make the engine wait */
#define QUEUE_BLOCK_BYTES (512 * 1024)

enum item_kind {
	ITEM_FLOW,
	ITEM_DIRECTION, /* stands in no queue: a flow has two */
	ITEM_EVENT,
	ITEM_INTERVAL,
	ITEM_FLOW_INTERVAL,
	ITEM_INTERFACE,
	ITEM_DNS,
	ITEM_NAME,
	ITEM_TLS,
	ITEM_HTTP,
	ITEM_ECHO,
	ITEM_ICMP_ERROR,
	ITEM_HOP,
	ITEM_NEIGHBOUR,
	ITEM_NEIGHBOUR_REQUEST,
	ITEM_UDP_STREAM,
	ITEM_KINDS
};

static const struct columns *const columns_of[ITEM_KINDS] = {
	[ITEM_FLOW] = &flow_columns,
	[ITEM_DIRECTION] = &direction_columns,
	[ITEM_EVENT] = &event_columns,
	[ITEM_INTERVAL] = &timeline_columns,
	[ITEM_FLOW_INTERVAL] = &flow_timeline_columns,
	[ITEM_INTERFACE] = &interface_columns,
	[ITEM_DNS] = &dns_columns,
	[ITEM_NAME] = &name_columns,
	[ITEM_TLS] = &tls_columns,
	[ITEM_HTTP] = &http_columns,
	[ITEM_ECHO] = &echo_columns,
	[ITEM_ICMP_ERROR] = &icmp_error_columns,
	[ITEM_HOP] = &hop_columns,
	[ITEM_NEIGHBOUR] = &neighbour_columns,
	[ITEM_NEIGHBOUR_REQUEST] = &neighbour_request_columns,
	[ITEM_UDP_STREAM] = &udp_stream_columns,
};

struct writer {
	sqlite3 *db;
	struct row_writer *rows[ITEM_KINDS];
	struct row_context context;
	struct queue *queue; /* while the thread runs */
	pthread_t thread;
	atomic_int error;
	char message[256]; /* written before `error` is set */
};

struct writer *writer_new(sqlite3 *db)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	if (!writer)
		return NULL;
	writer->db = db;
	for (size_t i = 0; i < ITEM_KINDS; i++) {
		writer->rows[i] = row_writer_new(db, columns_of[i]);
		if (!writer->rows[i]) {
			writer_free(writer);
			return NULL;
		}
	}
	return writer;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < ITEM_KINDS; i++)
		row_writer_free(writer->rows[i]);
	free(writer);
}

static int write_flow(struct writer *writer, const struct flow_facts *flow)
{
	struct row_context context = writer->context;
	context.flow_id = context.flow_base + (int64_t)flow->id;
	int code = row_writer_write(writer->rows[ITEM_FLOW], flow, &context);
	for (int d = C2S; d <= S2C && !code; d++) {
		context.direction = (enum direction)d;
		code = row_writer_write(writer->rows[ITEM_DIRECTION], &flow->direction[d], &context);
	}
	return code;
}

static int write_item(struct writer *writer, const struct queue_item *item)
{
	if (item->kind == ITEM_FLOW)
		return write_flow(writer, (const void *)item->data);
	return row_writer_write(writer->rows[item->kind], item->data, &writer->context);
}

/* After an error the queue is emptied all the same, because the other side may be waiting for a block. */
static void *write_all(void *argument)
{
	struct writer *writer = argument;
	const struct queue_item *item;
	int error = atomic_load(&writer->error);
	while ((item = queue_take(writer->queue))) {
		if (error)
			continue;
		error = write_item(writer, item);
		if (error) {
			snprintf(writer->message, sizeof(writer->message), "%s", sqlite3_errmsg(writer->db));
			atomic_store(&writer->error, error);
		}
	}
	return NULL;
}

bool writer_start(struct writer *writer, int64_t capture_id, int64_t flow_base)
{
	writer->context = (struct row_context){ .capture_id = capture_id, .flow_base = flow_base };
	writer->queue = queue_new(QUEUE_BLOCKS, QUEUE_BLOCK_BYTES);
	if (writer->queue && pthread_create(&writer->thread, NULL, write_all, writer) == 0)
		return true;
	queue_free(writer->queue);
	writer->queue = NULL;
	return false;
}

void writer_stop(struct writer *writer)
{
	if (!writer->queue)
		return;
	queue_close(writer->queue);
	pthread_join(writer->thread, NULL);
	queue_free(writer->queue);
	writer->queue = NULL;
}

int writer_error(const struct writer *writer)
{
	return atomic_load(&writer->error);
}

const char *writer_message(const struct writer *writer)
{
	return writer->message;
}

static void put(struct writer *writer, enum item_kind kind, const void *facts, size_t size)
{
	if (!atomic_load_explicit(&writer->error, memory_order_relaxed))
		queue_put(writer->queue, kind, facts, size);
}

void writer_put_flow(struct writer *writer, const struct flow_facts *facts)
{
	put(writer, ITEM_FLOW, facts, sizeof(*facts));
}

void writer_put_event(struct writer *writer, const struct event_facts *facts)
{
	put(writer, ITEM_EVENT, facts, sizeof(*facts));
}

void writer_put_interval(struct writer *writer, const struct interval_facts *facts)
{
	put(writer, ITEM_INTERVAL, facts, sizeof(*facts));
}

void writer_put_flow_interval(struct writer *writer, const struct flow_interval_facts *facts)
{
	put(writer, ITEM_FLOW_INTERVAL, facts, sizeof(*facts));
}

void writer_put_interface(struct writer *writer, const struct interface_facts *facts)
{
	put(writer, ITEM_INTERFACE, facts, sizeof(*facts));
}

/* Of facts that end with a name, what is used of it. */
#define BYTES_USED(facts) ((size_t)((facts)->name - (const char *)(facts)) + strlen((facts)->name) + 1)

void writer_put_dns(struct writer *writer, const struct dns_facts *facts)
{
	put(writer, ITEM_DNS, facts, BYTES_USED(facts));
}

void writer_put_name(struct writer *writer, const struct name_facts *facts)
{
	put(writer, ITEM_NAME, facts, BYTES_USED(facts));
}

void writer_put_tls(struct writer *writer, const struct tls_facts *facts)
{
	put(writer, ITEM_TLS, facts, sizeof(*facts));
}

void writer_put_http(struct writer *writer, const struct http_facts *facts)
{
	put(writer, ITEM_HTTP, facts, sizeof(*facts));
}

void writer_put_echo(struct writer *writer, const struct echo_facts *facts)
{
	put(writer, ITEM_ECHO, facts, sizeof(*facts));
}

void writer_put_icmp_error(struct writer *writer, const struct icmp_error_facts *facts)
{
	put(writer, ITEM_ICMP_ERROR, facts, sizeof(*facts));
}

void writer_put_hop(struct writer *writer, const struct hop_facts *facts)
{
	put(writer, ITEM_HOP, facts, sizeof(*facts));
}

void writer_put_neighbour(struct writer *writer, const struct neighbour_facts *facts)
{
	put(writer, ITEM_NEIGHBOUR, facts, sizeof(*facts));
}

void writer_put_neighbour_request(struct writer *writer, const struct neighbour_request_facts *facts)
{
	put(writer, ITEM_NEIGHBOUR_REQUEST, facts, sizeof(*facts));
}

void writer_put_udp_stream(struct writer *writer, const struct udp_stream_facts *facts)
{
	put(writer, ITEM_UDP_STREAM, facts, sizeof(*facts));
}
