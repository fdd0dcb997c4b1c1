#include "analyze/engine/application/dns_stream.h"

#include "analyze/engine/bytes.h"

#include <string.h>

#define HEADER_BYTES 12
#define KEPT_BYTES 4096 /* of a message that comes in several segments; the rest is passed over */

struct message_reader {
	uint8_t length[2];
	uint8_t length_have;
	bool lost; /* where messages begin is not known */
	bool cut;  /* what follows of this one was not captured */
	uint32_t left; /* bytes of the message to come */
	uint8_t *bytes;
	uint32_t have, room;
};

struct dns_stream {
	struct stream_application base;
	struct message_reader reader[2]; /* by enum direction */
};

struct stream_application *dns_stream_new(const struct stream_context *context)
{
	struct dns_stream *dns = arena_take(context->outlet->arena, sizeof *dns);
	if (!dns)
		return NULL;
	dns->base.kind = STREAM_DNS;
	return &dns->base;
}

static void drop_bytes(struct message_reader *reader, const struct stream_context *context)
{
	stream_memory_give(context->memory, reader->bytes, reader->room);
	reader->bytes = NULL;
	reader->room = reader->have = 0;
}

static void take_message(const struct stream_context *context, enum direction direction, const struct piece *piece,
			 const uint8_t *bytes, uint32_t count)
{
	const struct flow *flow = context->flow;
	bool from_low = (direction == C2S) == flow->client_is_low;
	const struct packet packet = {
		.t_ns = piece->t_ns,
		.frame = piece->frame,
		.protocol = PROTOCOL_TCP,
		.source = stream_source(flow, direction),
		.destination = stream_destination(flow, direction),
		.source_port = from_low ? flow->key.low_port : flow->key.high_port,
		.destination_port = from_low ? flow->key.high_port : flow->key.low_port,
	};
	dns_take(context->dns, context->flow, &packet, bytes, count);
}

static void end_message(struct message_reader *reader, const struct stream_context *context, enum direction direction,
			const struct piece *piece)
{
	if (reader->bytes)
		take_message(context, direction, piece, reader->bytes, reader->have);
	drop_bytes(reader, context);
	reader->length_have = 0;
	reader->cut = false;
}

static void lose(struct message_reader *reader, const struct stream_context *context)
{
	drop_bytes(reader, context);
	reader->length_have = 0;
	reader->lost = true;
}

/* Messages mostly begin with a segment. */
static bool looks_like_message(const struct piece *piece)
{
	return piece->begins && piece->captured >= 2 + HEADER_BYTES && be16(piece->bytes) >= HEADER_BYTES &&
	       (be16(piece->bytes + 4) & 0x7840) == 0 && be16(piece->bytes + 6) <= 1;
}

static uint32_t take_length(struct message_reader *reader, const struct stream_context *context, uint8_t byte)
{
	reader->length[reader->length_have++] = byte;
	if (reader->length_have < sizeof reader->length)
		return 1;
	reader->left = be16(reader->length);
	if (reader->left < HEADER_BYTES)
		lose(reader, context);
	return 1;
}

static uint32_t take_bytes(struct message_reader *reader, const struct stream_context *context, enum direction direction,
			   const struct piece *piece, const uint8_t *bytes, uint32_t count)
{
	if (!reader->bytes && !reader->cut && count >= reader->left) { /* most are in one segment */
		take_message(context, direction, piece, bytes, reader->left);
		reader->length_have = 0;
		return reader->left;
	}
	if (!reader->bytes && !reader->cut) {
		reader->room = reader->left < KEPT_BYTES ? reader->left : KEPT_BYTES;
		reader->bytes = stream_memory_take(context->memory, reader->room);
		if (!reader->bytes) {
			reader->room = 0;
			reader->cut = true;
			context->outlet->totals->facts_dropped++;
		}
	}
	uint32_t taken = count < reader->left ? count : reader->left;
	uint32_t fits = reader->room - reader->have < taken ? reader->room - reader->have : taken;
	if (fits && !reader->cut) {
		memcpy(reader->bytes + reader->have, bytes, fits);
		reader->have += fits;
	}
	reader->left -= taken;
	if (reader->left == 0)
		end_message(reader, context, direction, piece);
	return taken;
}

static void skip(struct message_reader *reader, const struct stream_context *context, enum direction direction,
		 const struct piece *piece, uint32_t count)
{
	if (count == 0 || reader->lost)
		return;
	if (reader->length_have < sizeof reader->length) {
		lose(reader, context);
		return;
	}
	uint32_t skipped = count < reader->left ? count : reader->left;
	reader->cut = true;
	reader->left -= skipped;
	if (reader->left == 0)
		end_message(reader, context, direction, piece);
	if (count > skipped)
		lose(reader, context);
}

void dns_stream_take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
		     const struct piece *piece)
{
	struct message_reader *reader = &((struct dns_stream *)spoken)->reader[direction];
	if (reader->lost && looks_like_message(piece))
		reader->lost = false;
	for (uint32_t at = 0; at < piece->captured && !reader->lost;)
		at += reader->length_have < sizeof reader->length
			      ? take_length(reader, context, piece->bytes[at])
			      : take_bytes(reader, context, direction, piece, piece->bytes + at, piece->captured - at);
	skip(reader, context, direction, piece, piece->length - piece->captured);
}

void dns_stream_swap_sides(struct stream_application *spoken)
{
	struct dns_stream *dns = (struct dns_stream *)spoken;
	struct message_reader client = dns->reader[S2C];
	dns->reader[S2C] = dns->reader[C2S];
	dns->reader[C2S] = client;
}

void dns_stream_free(struct stream_application *spoken, const struct stream_context *context)
{
	struct dns_stream *dns = (struct dns_stream *)spoken;
	for (unsigned i = 0; i < 2; i++)
		drop_bytes(&dns->reader[i], context);
	arena_give(context->outlet->arena, dns, sizeof *dns);
}
