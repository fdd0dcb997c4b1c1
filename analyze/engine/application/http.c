#include "analyze/engine/application/http.h"

#include "analyze/engine/application/http_exchange.h"
#include "analyze/engine/application/http_line.h"
#include "analyze/engine/application/wire_text.h"
#include "analyze/engine/sequence.h"

#include <string.h>

#define LINE_MAX 1024	 /* kept of a line that comes in several segments */
#define EXCHANGES_MAX 64 /* requests that wait at a time */

enum part {
	PART_START, /* the first line is next */
	PART_HEADERS,
	PART_BODY,
	PART_CHUNK_SIZE,
	PART_CHUNK,
	PART_CHUNK_END,
	PART_TRAILERS,
	PART_UNKNOWN, /* where the message ends is not known */
};

/* One direction's message. */
struct message {
	uint8_t part; /* enum part */
	bool lost;    /* the message's beginning, or its place, is not known */
	bool chunked, has_length;
	bool line_cut; /* the line is longer than what is kept */
	uint16_t line_bytes;
	uint8_t *line;	 /* the beginning of a line whose end is to come; LINE_MAX bytes */
	uint32_t at;	 /* sequence number of the next byte */
	uint64_t left;	 /* of the body, or chunk */
	uint64_t bytes;	 /* of the message so far */
	int64_t start_ns; /* its first byte */
	uint64_t start_frame;
	uint32_t start;
	int64_t data_ns; /* the latest packet with payload */
	bool missed;	 /* the other side has more than the tap: all before `missed_until`, since `missed_ns` */
	uint32_t missed_until;
	int64_t missed_ns;
};

struct http {
	struct stream_application base;
	enum direction asker;
	bool deaf; /* too many requests at once */
	uint8_t count;
	struct exchange *first, *last;
	struct exchange *asking, *answering; /* whose messages are coming in; NULL none */
	struct message message[2];	     /* by enum direction */
};

struct stream_application *http_new(const struct stream_context *context, enum direction asker)
{
	struct http *http = arena_take(context->outlet->arena, sizeof *http);
	if (!http)
		return NULL;
	http->base.kind = STREAM_HTTP;
	http->asker = asker;
	return &http->base;
}

static enum direction answerer_of(const struct http *http)
{
	return http->asker == C2S ? S2C : C2S;
}

static void drop_line(struct message *message, const struct stream_context *context)
{
	stream_memory_give(context->memory, message->line, LINE_MAX);
	message->line = NULL;
	message->line_bytes = 0;
	message->line_cut = false;
}

/* Takes the first exchange out of the queue, and tells of it. */
static void deliver_first(struct http *http, const struct stream_context *context, enum http_end end)
{
	struct exchange *exchange = http->first;
	exchange_deliver(exchange, context, end);
	http->first = exchange->next;
	if (!http->first)
		http->last = NULL;
	if (http->asking == exchange)
		http->asking = NULL;
	if (http->answering == exchange)
		http->answering = NULL;
	exchange_free(exchange, context);
	http->count--;
}

/* What the message has so far belongs to its exchange. */
static void account(struct http *http, enum direction direction)
{
	const struct message *message = &http->message[direction];
	if (direction == http->asker && http->asking) {
		http->asking->request_bytes = message->bytes;
		http->asking->request_end_ns = message->data_ns;
		http->asking->request_end = message->at;
	} else if (direction != http->asker && http->answering) {
		http->answering->answer_bytes = message->bytes;
		http->answering->last_byte_ns = message->data_ns;
		http->answering->answer_end = message->at;
	}
}

static void end_message(struct http *http, enum direction direction)
{
	struct message *message = &http->message[direction];
	account(http, direction);
	message->part = PART_START;
	if (direction == http->asker && http->asking) {
		http->asking->asked = true;
		http->asking = NULL;
	} else if (direction != http->asker && http->answering) {
		struct exchange *exchange = http->answering;
		exchange->answered = true;
		http->answering = NULL;
		bool switches = exchange->status == 101 || (exchange->connect && exchange->status / 100 == 2);
		if (switches) /* what follows is no HTTP/1 */
			http->base.over = true;
	}
}

/* What follows can't be told apart until a segment begins with a message. */
static void lose(struct http *http, const struct stream_context *context, enum direction direction)
{
	struct message *message = &http->message[direction];
	drop_line(message, context);
	message->part = PART_UNKNOWN;
	message->lost = true;
	if (direction != http->asker && http->answering)
		http->answering->endless = true;
}

static void start_request(struct http *http, const struct stream_context *context, const uint8_t *line, uint32_t count,
			  bool cut)
{
	struct message *message = &http->message[http->asker], *answer = &http->message[answerer_of(http)];
	const struct side *had = &context->flow->side[answerer_of(http)];
	struct http_request_line request;
	if (!http_request_line(&request, line, count, cut)) {
		lose(http, context, http->asker);
		return;
	}
	if (http->answering && http->answering->endless) /* whoever asks again has had its answer */
		end_message(http, answerer_of(http));
	if (answer->part == PART_START && answer->lost)
		answer->part = PART_UNKNOWN;
	struct exchange *exchange = NULL;
	if (http->count < EXCHANGES_MAX)
		exchange = stream_memory_take(context->memory, sizeof *exchange);
	if (!exchange) { /* answers can't be matched any more */
		context->outlet->totals->facts_dropped++;
		http->deaf = true;
		return;
	}
	*exchange = (struct exchange){
		.t_ns = message->start_ns,
		.frame = message->start_frame,
		.request_end_ns = NO_TIME,
		.first_byte_ns = NO_TIME,
		.last_byte_ns = NO_TIME,
		.answer_from = had->una_known ? had->una : http->base.stream[answerer_of(http)].next,
		.head = request.head,
		.connect = request.connect,
		.proxied = request.connect || request.host[0],
		.host = exchange_keep_text(context, request.host),
		.path = exchange_keep_text(context, request.path),
	};
	memcpy(exchange->method, request.method, sizeof exchange->method);
	*(http->last ? &http->last->next : &http->first) = exchange;
	http->last = http->asking = exchange;
	http->count++;
	message->part = PART_HEADERS;
	ledger_count_scopes(context->outlet->ledger, context->flow, COUNT_HTTP_REQUESTS, 1);
}

static struct exchange *first_unanswered(const struct http *http)
{
	struct exchange *exchange = http->first;
	while (exchange && exchange->answered)
		exchange = exchange->next;
	return exchange;
}

/* Answers were lost, perhaps: whose is the one that begins here? Of those who asked latest the first. Those before will
 * not be answered any more, as far as can be told. */
static struct exchange *resynchronise(struct http *http, const struct stream_context *context, uint32_t here)
{
	struct exchange *found = NULL;
	for (struct exchange *exchange = first_unanswered(http); exchange; exchange = exchange->next) {
		if (seq_before(here, exchange->answer_from))
			break;
		if (!found || exchange->answer_from != found->answer_from)
			found = exchange;
	}
	while (found && http->first != found) {
		bool known = http->first->answered || http->first->status;
		deliver_first(http, context, known ? HTTP_COMPLETE : HTTP_OPEN);
	}
	return found;
}

static void start_answer(struct http *http, const struct stream_context *context, const uint8_t *line, uint32_t count)
{
	enum direction answerer = answerer_of(http);
	struct message *message = &http->message[answerer];
	unsigned status = http_status_line(line, count);
	struct exchange *exchange = NULL;
	if (status)
		exchange = message->lost ? resynchronise(http, context, message->start) : first_unanswered(http);
	if (!exchange) { /* of a request that was not seen */
		lose(http, context, answerer);
		return;
	}
	message->part = PART_HEADERS;
	message->lost = false;
	if (status < 200 && status != 101) /* the real one is to come */
		return;
	http->answering = exchange;
	exchange->status = (uint16_t)status;
	exchange->first_byte_ns = message->start_ns;
	exchange->answer_frame = message->start_frame;
	ledger_count_scopes(context->outlet->ledger, context->flow, COUNT_HTTP_ANSWERS, 1);
	if (status >= 500)
		ledger_count_scopes(context->outlet->ledger, context->flow, COUNT_HTTP_ERRORS, 1);
}

/* Is it a name, and not an address? */
static bool is_name(const char *host)
{
	return host[0] && host[0] != '[' && host[strspn(host, "0123456789.")] != '\0';
}

static void take_host(struct http *http, const struct stream_context *context, const uint8_t *value, uint32_t count)
{
	struct exchange *exchange = http->asking;
	if (!exchange || exchange->host || count == 0)
		return;
	char host[NAME_TEXT_MAX];
	wire_text(host, sizeof host, value, count);
	exchange->host = exchange_keep_text(context, host);
	if (exchange->proxied)
		return;
	host[strcspn(host, host[0] == '[' ? "" : ":")] = '\0';
	struct address server = stream_destination(context->flow, http->asker);
	if (is_name(host))
		names_tell(context->names, &server, NAME_HTTP, host, exchange->t_ns, exchange->frame);
}

static void take_header(struct http *http, const struct stream_context *context, enum direction direction,
			const uint8_t *line, uint32_t line_count)
{
	struct message *message = &http->message[direction];
	const uint8_t *value;
	uint32_t count;
	switch (http_header_line(line, line_count, &value, &count)) {
	case HEADER_HOST:
		if (direction == http->asker)
			take_host(http, context, value, count);
		break;
	case HEADER_LENGTH:
		message->has_length = http_number(value, count, 10, &message->left);
		break;
	case HEADER_CODING:
		message->chunked = http_is_chunked(value, count);
		break;
	case HEADER_OTHER:
		break;
	}
}

/* The empty line: how long is the body? (RFC 9112 6.3) */
static void end_headers(struct http *http, enum direction direction)
{
	struct message *message = &http->message[direction];
	const struct exchange *answering = direction != http->asker ? http->answering : NULL;
	bool is_answer = direction != http->asker;
	if (is_answer && !answering) { /* 100 Continue and the like */
		message->part = PART_START;
		return;
	}
	bool switches = answering && (answering->status == 101 || (answering->connect && answering->status / 100 == 2));
	bool bodiless = answering && (answering->head || answering->status == 204 || answering->status == 304);
	bool empty = message->has_length ? message->left == 0 : !is_answer;
	if (switches || bodiless || (empty && !message->chunked)) {
		end_message(http, direction);
	} else if (message->chunked) {
		message->part = PART_CHUNK_SIZE;
	} else if (message->has_length) {
		message->part = PART_BODY;
	} else {
		message->part = PART_UNKNOWN;
		http->answering->endless = true;
	}
}

/* A line without its end. Of one that is cut there may be nothing, for want of memory: it is not empty for that. */
static void take_line(struct http *http, const struct stream_context *context, enum direction direction, const uint8_t *line,
		      uint32_t count, bool cut)
{
	struct message *message = &http->message[direction];
	const bool empty = count == 0 && !cut;
	switch (message->part) {
	case PART_START:
		if (empty) { /* RFC 9112 2.2 allows for it */
			message->bytes = 0;
			break;
		}
		message->chunked = message->has_length = false;
		if (direction == http->asker)
			start_request(http, context, line, count, cut);
		else
			start_answer(http, context, line, count);
		break;
	case PART_HEADERS:
		if (empty)
			end_headers(http, direction);
		else
			take_header(http, context, direction, line, count);
		break;
	case PART_CHUNK_SIZE:
		if (!http_number(line, count, 16, &message->left))
			lose(http, context, direction);
		else
			message->part = message->left ? PART_CHUNK : PART_TRAILERS;
		break;
	case PART_CHUNK_END:
		message->part = PART_CHUNK_SIZE;
		break;
	case PART_TRAILERS:
		if (empty)
			end_message(http, direction);
		break;
	default:
		break;
	}
}

/* Keeps the beginning of a line. */
static void keep_line(struct message *message, const struct stream_context *context, const uint8_t *bytes, uint32_t count)
{
	if (!message->line)
		message->line = stream_memory_take(context->memory, LINE_MAX);
	if (!message->line) {
		context->outlet->totals->facts_dropped += !message->line_cut;
		message->line_cut = true;
		return;
	}
	uint32_t room = (uint32_t)(LINE_MAX - message->line_bytes), fits = count < room ? count : room;
	memcpy(message->line + message->line_bytes, bytes, fits);
	message->line_bytes = (uint16_t)(message->line_bytes + fits);
	message->line_cut = message->line_cut || fits < count;
}

/* Takes bytes up to the end of the line; returns how many. */
static uint32_t step_line(struct http *http, const struct stream_context *context, enum direction direction,
			  const uint8_t *bytes, uint32_t count)
{
	struct message *message = &http->message[direction];
	const uint8_t *end = count ? memchr(bytes, '\n', count) : NULL;
	uint32_t taken = end ? (uint32_t)(end - bytes) + 1 : count, length = end ? taken - 1 : count;
	message->at += taken;
	message->bytes += taken;
	if (!end || message->line || message->line_cut)
		keep_line(message, context, bytes, length);
	if (!end)
		return taken;
	const uint8_t *line = message->line ? message->line : bytes;
	bool cut = message->line_cut;
	if (message->line || cut)
		length = message->line_bytes;
	if (length > 0 && !cut && line[length - 1] == '\r')
		length--;
	/* What the line brings about may lose the message, and the line with it. */
	uint8_t *kept = message->line;
	message->line = NULL;
	message->line_bytes = 0;
	message->line_cut = false;
	take_line(http, context, direction, line, length, cut);
	stream_memory_give(context->memory, kept, LINE_MAX);
	return taken;
}

static uint32_t step_body(struct http *http, enum direction direction, uint32_t count)
{
	struct message *message = &http->message[direction];
	uint32_t taken = count < message->left ? count : (uint32_t)message->left;
	message->left -= taken;
	message->at += taken;
	message->bytes += taken;
	if (message->left > 0)
		return taken;
	if (message->part == PART_BODY)
		end_message(http, direction);
	else
		message->part = PART_CHUNK_END;
	return taken;
}

/* So many bytes that were not captured. */
static void skip(struct http *http, const struct stream_context *context, enum direction direction, uint32_t count)
{
	struct message *message = &http->message[direction];
	if (count > 0 && (message->part == PART_BODY || message->part == PART_CHUNK))
		count -= step_body(http, direction, count);
	if (count == 0)
		return;
	/* What there is of a line may hold the path. */
	if (message->line && message->line_bytes > 0 && message->part == PART_START && direction == http->asker) {
		uint8_t *kept = message->line;
		uint32_t length = message->line_bytes;
		message->line = NULL;
		message->line_bytes = 0;
		take_line(http, context, direction, kept, length, true);
		stream_memory_give(context->memory, kept, LINE_MAX);
	}
	if (message->part != PART_UNKNOWN)
		lose(http, context, direction);
	message->at += count;
	message->bytes += count;
}

/* Where a message's end is not known, does another begin here? */
static void look_for_start(struct http *http, enum direction direction, const struct piece *piece)
{
	struct message *message = &http->message[direction];
	if (!piece->begins)
		return;
	bool asks = direction == http->asker;
	if (asks ? !http_is_request(piece->bytes, piece->captured) : !http_is_answer(piece->bytes, piece->captured))
		return;
	if (!asks && http->answering) { /* or is it a part of the body? Only if nobody waits for another answer */
		if (!http->answering->next)
			return;
		end_message(http, direction);
	}
	if (asks && http->asking)
		end_message(http, direction);
	message->part = PART_START;
}

/* What the tap missed came when it was acknowledged, not when something else came long after. */
static void take_missing(struct http *http, const struct stream_context *context, enum direction direction, uint32_t count)
{
	struct message *message = &http->message[direction];
	const int64_t data_ns = message->data_ns;
	if (message->missed && seq_until(message->at + count, message->missed_until))
		message->data_ns = message->missed_ns;
	skip(http, context, direction, count);
	account(http, direction);
	message->data_ns = data_ns;
}

void http_take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
	       const struct piece *piece)
{
	struct http *http = (struct http *)spoken;
	struct message *message = &http->message[direction];
	message->at = piece->seq;
	if (http->deaf)
		return;
	if (piece->missing) {
		take_missing(http, context, direction, piece->length);
		return;
	}
	if (message->part == PART_UNKNOWN)
		look_for_start(http, direction, piece);
	uint32_t at = 0;
	while (at < piece->captured && !spoken->over && !http->deaf) {
		if (message->part == PART_START && message->line_bytes == 0) {
			message->bytes = 0;
			message->start = message->at;
			message->start_ns = piece->t_ns;
			message->start_frame = piece->frame;
		}
		if (message->part == PART_UNKNOWN) {
			message->bytes += piece->captured - at;
			message->at += piece->captured - at;
			at = piece->captured;
		} else if (message->part == PART_BODY || message->part == PART_CHUNK) {
			at += step_body(http, direction, piece->captured - at);
		} else {
			at += step_line(http, context, direction, piece->bytes + at, piece->captured - at);
		}
	}
	if (!spoken->over && !http->deaf)
		skip(http, context, direction, piece->length - piece->captured);
	account(http, direction);
}

/* This packet may acknowledge what the tap has not seen. */
static void note_missed(struct http *http, const struct stream_context *context, enum direction acked, const struct packet *packet)
{
	const struct side *side = &context->flow->side[acked];
	const struct byte_stream *stream = &http->base.stream[acked];
	struct message *message = &http->message[acked];
	const bool missed = stream->started && side->una_known && seq_before(stream->next, side->una);
	if (missed && !(message->missed && message->missed_until == side->una)) {
		message->missed_until = side->una;
		message->missed_ns = packet->t_ns;
	}
	message->missed = missed;
}

void http_before(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
		 const struct packet *packet)
{
	struct http *http = (struct http *)spoken;
	note_missed(http, context, direction == C2S ? S2C : C2S, packet);
	const struct side *side = &context->flow->side[direction];
	uint32_t end = packet->seq + packet->payload_bytes;
	bool acked = side->una_known && seq_until(end, side->una); /* a keep-alive, or needless */
	if (packet->payload_bytes == 0 || (acked && !seq_before(http->base.stream[direction].next, end)))
		return;
	http->message[direction].data_ns = packet->t_ns;
	struct exchange *exchange = direction == http->asker ? http->last : http->first;
	if (!exchange)
		return;
	if (direction == http->asker) {
		if (exchange->asked && !exchange->status && seq_before(packet->seq, exchange->request_end))
			exchange->request_end_ns = packet->t_ns;
	} else if (exchange->answered && seq_before(packet->seq, exchange->answer_end)) {
		exchange->last_byte_ns = packet->t_ns;
	}
}

void http_after(struct stream_application *spoken, const struct stream_context *context)
{
	struct http *http = (struct http *)spoken;
	const struct side *side = &context->flow->side[answerer_of(http)];
	while (http->first && http->first->answered && side->una_known && seq_until(http->first->answer_end, side->una))
		deliver_first(http, context, HTTP_COMPLETE);
}

bool http_wants(const struct stream_application *spoken)
{
	const struct http *http = (const struct http *)spoken;
	if (spoken->over || http->deaf)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		const struct message *message = &http->message[i];
		bool reads = message->part != PART_START && message->part != PART_BODY && message->part != PART_UNKNOWN;
		if (reads || message->line_bytes > 0)
			return true;
	}
	return false;
}

void http_swap_sides(struct stream_application *spoken)
{
	struct http *http = (struct http *)spoken;
	struct message client = http->message[S2C];
	http->message[S2C] = http->message[C2S];
	http->message[C2S] = client;
	http->asker = answerer_of(http);
}

static enum http_end end_of(const struct http *http, const struct stream_context *context, const struct exchange *exchange)
{
	const struct flow *flow = context->flow;
	const struct side *answerer = &flow->side[answerer_of(http)];
	bool ended = flow->closed || flow->reset || answerer->fin_seen;
	if (exchange->answered)
		return HTTP_COMPLETE;
	if (!exchange->status)
		return http->message[answerer_of(http)].lost ? HTTP_OPEN : HTTP_UNANSWERED;
	if (exchange->endless && answerer->fin_seen)
		return HTTP_COMPLETE;
	return ended ? HTTP_CUT : HTTP_OPEN;
}

void http_end(struct stream_application *spoken, const struct stream_context *context)
{
	struct http *http = (struct http *)spoken;
	for (unsigned i = 0; i < 2; i++)
		drop_line(&http->message[i], context);
	while (http->first)
		deliver_first(http, context, end_of(http, context, http->first));
	arena_give(context->outlet->arena, http, sizeof *http);
}
