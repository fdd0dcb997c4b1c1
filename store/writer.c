#include "store/writer.h"

#include "store/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_BLOCKS 64 /* 32 MiB: a second's worth of flows that end together must not make the engine wait */
#define QUEUE_BLOCK_BYTES (512 * 1024)

enum item_kind { ITEM_FLOW, ITEM_EVENT, ITEM_INTERVAL, ITEM_FLOW_INTERVAL, ITEM_INTERFACE };

struct writer {
	sqlite3 *db;
	struct row_writer *flows, *directions, *events, *timeline, *flow_timeline, *interfaces;
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
	writer->flows = row_writer_new(db, &flow_columns);
	writer->directions = row_writer_new(db, &direction_columns);
	writer->events = row_writer_new(db, &event_columns);
	writer->timeline = row_writer_new(db, &timeline_columns);
	writer->flow_timeline = row_writer_new(db, &flow_timeline_columns);
	writer->interfaces = row_writer_new(db, &interface_columns);
	if (!writer->flows || !writer->directions || !writer->events || !writer->timeline || !writer->flow_timeline ||
	    !writer->interfaces) {
		writer_free(writer);
		return NULL;
	}
	return writer;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	row_writer_free(writer->flows);
	row_writer_free(writer->directions);
	row_writer_free(writer->events);
	row_writer_free(writer->timeline);
	row_writer_free(writer->flow_timeline);
	row_writer_free(writer->interfaces);
	free(writer);
}

static int write_flow(struct writer *writer, const struct flow_facts *flow)
{
	struct row_context context = writer->context;
	context.flow_id = context.flow_base + (int64_t)flow->id;
	int code = row_writer_write(writer->flows, flow, &context);
	for (int d = C2S; d <= S2C && !code; d++) {
		context.direction = (enum direction)d;
		code = row_writer_write(writer->directions, &flow->direction[d], &context);
	}
	return code;
}

static int write_item(struct writer *writer, const struct queue_item *item)
{
	const void *facts = item->data;
	switch ((enum item_kind)item->kind) {
	case ITEM_FLOW:
		return write_flow(writer, facts);
	case ITEM_EVENT:
		return row_writer_write(writer->events, facts, &writer->context);
	case ITEM_INTERVAL:
		return row_writer_write(writer->timeline, facts, &writer->context);
	case ITEM_FLOW_INTERVAL:
		return row_writer_write(writer->flow_timeline, facts, &writer->context);
	case ITEM_INTERFACE:
		return row_writer_write(writer->interfaces, facts, &writer->context);
	}
	return SQLITE_MISUSE;
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
