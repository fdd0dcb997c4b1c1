#include "analyze/engine/application/http_exchange.h"

#include <string.h>

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

char *exchange_keep_text(const struct stream_context *context, const char *text)
{
	char *copy = text[0] ? stream_memory_take(context->memory, text_bytes(text)) : NULL;
	if (copy)
		memcpy(copy, text, text_bytes(text));
	else if (text[0])
		context->outlet->totals->facts_dropped++;
	return copy;
}

void exchange_deliver(const struct exchange *exchange, const struct stream_context *context, enum http_end end)
{
	struct http_facts facts = {
		.flow_id = context->flow->id,
		.t_ns = exchange->t_ns,
		.frame = exchange->frame,
		.request_end_ns = exchange->request_end_ns,
		.first_byte_ns = exchange->first_byte_ns,
		.last_byte_ns = exchange->last_byte_ns,
		.answer_frame = exchange->answer_frame,
		.status = exchange->status,
		.end = end,
		.request_bytes = exchange->request_bytes,
		.answer_bytes = exchange->answer_bytes,
	};
	memcpy(facts.method, exchange->method, sizeof facts.method);
	memcpy(facts.host, exchange->host ? exchange->host : "", exchange->host ? text_bytes(exchange->host) : 1);
	memcpy(facts.path, exchange->path ? exchange->path : "", exchange->path ? text_bytes(exchange->path) : 1);
	if (context->outlet->sink->http)
		context->outlet->sink->http(context->outlet->user, &facts);
}

void exchange_free(struct exchange *exchange, const struct stream_context *context)
{
	stream_memory_give(context->memory, exchange->host, text_bytes(exchange->host));
	stream_memory_give(context->memory, exchange->path, text_bytes(exchange->path));
	stream_memory_give(context->memory, exchange, sizeof *exchange);
}
