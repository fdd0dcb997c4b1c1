#include "analyze/engine/application/tls.h"

#include "analyze/engine/application/tls_hello.h"
#include "analyze/engine/bytes.h"

#include <string.h>

#define RECORD_HEADER 5
#define RECORD_MAX (16384 + 2048) /* RFC 5246 6.2.3 */
#define HELLO_MAX 16384		  /* bytes kept of one */
#define MESSAGE_MAX 0x20000	  /* a longer handshake message is none */
#define FINISHED_MIN 45		  /* encrypted: header, hash of 32, content type, tag of 8; an alert has at most 19 */

enum record_type { RECORD_CHANGE_CIPHER = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };
enum message_type { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

/* What one side sends. */
struct tls_side {
	uint8_t header[RECORD_HEADER], have; /* of the record */
	uint16_t left;	       /* bytes of the record's content to come */
	bool lost;	       /* where records begin is not known */
	bool changed_cipher;
	bool finished;
	uint8_t alert[2], alert_have;
	int64_t record_ns;
	uint64_t record_frame;
	/* The handshake message. */
	uint8_t message_header[4], message_have;
	uint32_t message_left;
	bool message_cut;
	int64_t message_ns; /* its first byte */
	uint64_t message_frame;
	uint8_t *message; /* a hello, as far as it has come */
	uint32_t message_bytes, message_room;
};

struct tls {
	struct stream_application base;
	enum direction asker; /* who has sent the ClientHello */
	bool asked, failed;
	struct tls_session_id session;
	struct tls_side side[2];
	struct tls_facts facts;
};

bool tls_begins(const uint8_t *bytes, uint32_t count)
{
	if (count < RECORD_HEADER + 4 || bytes[0] != RECORD_HANDSHAKE || bytes[1] != 3 || bytes[2] > 4)
		return false;
	uint32_t record = be16(bytes + 3), message = (uint32_t)bytes[6] << 16 | be16(bytes + 7);
	bool hello = bytes[5] == CLIENT_HELLO || bytes[5] == SERVER_HELLO;
	return hello && record >= 4 && record <= 16384 && message >= 38 && message < MESSAGE_MAX && record <= RECORD_MAX;
}

struct stream_application *tls_new(const struct stream_context *context)
{
	struct tls *tls = arena_take(context->outlet->arena, sizeof *tls);
	if (!tls)
		return NULL;
	tls->base.kind = STREAM_TLS;
	tls->facts = (struct tls_facts){
		.flow_id = context->flow->id,
		.t_ns = NO_TIME,
		.server_hello_ns = NO_TIME,
		.finished_ns = NO_TIME,
		.alert_by = -1,
		.alert_ns = NO_TIME,
	};
	return &tls->base;
}

static void drop_message(struct tls_side *side, const struct stream_context *context)
{
	stream_memory_give(context->memory, side->message, side->message_room);
	side->message = NULL;
	side->message_bytes = side->message_room = 0;
	side->message_have = 0;
	side->message_left = 0;
	side->message_cut = false;
}

static void lose(struct tls_side *side, const struct stream_context *context)
{
	drop_message(side, context);
	side->lost = true;
	side->have = 0;
}

static void take_client_hello(struct tls *tls, const struct stream_context *context, enum direction direction,
			      const struct tls_side *side)
{
	if (tls->asked) /* the second, after a HelloRetryRequest */
		return;
	struct tls_client_hello hello;
	tls_client_hello_read(&hello, side->message, side->message_bytes, side->message_cut);
	struct tls_facts *facts = &tls->facts;
	tls->asked = true;
	tls->asker = direction;
	tls->session = hello.session;
	facts->t_ns = side->message_ns;
	facts->frame = side->message_frame;
	facts->offered_version = hello.version;
	memcpy(facts->sni, hello.sni, sizeof facts->sni);
	memcpy(facts->alpn_offered, hello.alpn, sizeof facts->alpn_offered);
	ledger_count_scopes(context->outlet->ledger, context->flow, COUNT_TLS_HANDSHAKES, 1);
	struct address server = stream_destination(context->flow, direction);
	names_tell(context->names, &server, NAME_SNI, facts->sni, facts->t_ns, facts->frame);
}

static bool same_session(const struct tls_session_id *a, const struct tls_session_id *b)
{
	return a->count > 0 && a->count == b->count && !memcmp(a->bytes, b->bytes, a->count);
}

static void take_server_hello(struct tls *tls, enum direction direction, const struct tls_side *side)
{
	struct tls_server_hello hello;
	struct tls_facts *facts = &tls->facts;
	if (facts->server_hello_ns != NO_TIME)
		return;
	tls_server_hello_read(&hello, side->message, side->message_bytes, side->message_cut);
	if (!tls->asked)
		tls->asker = direction == C2S ? S2C : C2S;
	if (hello.retry) {
		facts->retry = true;
		return;
	}
	if (!tls->asked) { /* the ClientHello was not captured */
		facts->t_ns = side->message_ns;
		facts->frame = side->message_frame;
	}
	facts->server_hello_ns = side->message_ns;
	facts->version = hello.version;
	facts->cipher = hello.cipher;
	memcpy(facts->alpn, hello.alpn, sizeof facts->alpn);
	facts->resumed = hello.version == TLS_1_3 ? hello.pre_shared_key : same_session(&tls->session, &hello.session);
}

/* The message has come, or all of it that will. */
static void end_message(struct tls *tls, const struct stream_context *context, enum direction direction)
{
	struct tls_side *side = &tls->side[direction];
	uint8_t type = side->message_header[0];
	if (side->message && type == CLIENT_HELLO)
		take_client_hello(tls, context, direction, side);
	else if (side->message && type == SERVER_HELLO)
		take_server_hello(tls, direction, side);
	drop_message(side, context);
}

static void start_message(struct tls_side *side, const struct stream_context *context)
{
	const uint8_t *header = side->message_header;
	side->message_left = (uint32_t)header[1] << 16 | be16(header + 2);
	if (side->message_left >= MESSAGE_MAX) {
		lose(side, context);
		return;
	}
	if (side->message_left == 0)
		side->message_have = 0;
	if ((header[0] != CLIENT_HELLO && header[0] != SERVER_HELLO) || side->message_left == 0)
		return;
	side->message_room = side->message_left < HELLO_MAX ? side->message_left : HELLO_MAX;
	side->message = stream_memory_take(context->memory, side->message_room);
	if (!side->message) {
		side->message_room = 0;
		context->outlet->totals->facts_dropped++;
	}
}

/* Handshake messages may be spread over records, and records over segments. */
static void take_handshake(struct tls *tls, const struct stream_context *context, enum direction direction,
			   const struct piece *piece, const uint8_t *bytes, uint32_t count)
{
	struct tls_side *side = &tls->side[direction];
	while (count > 0 && !side->lost) {
		if (side->message_have < sizeof side->message_header) {
			if (side->message_have == 0) {
				side->message_ns = piece->t_ns;
				side->message_frame = piece->frame;
			}
			side->message_header[side->message_have++] = *bytes++;
			count--;
			if (side->message_have == sizeof side->message_header)
				start_message(side, context);
			continue;
		}
		uint32_t taken = count < side->message_left ? count : side->message_left;
		uint32_t room = side->message_room - side->message_bytes, fits = taken < room ? taken : room;
		if (fits && !side->message_cut) {
			memcpy(side->message + side->message_bytes, bytes, fits);
			side->message_bytes += fits;
		}
		bytes += taken;
		count -= taken;
		side->message_left -= taken;
		if (side->message_left == 0)
			end_message(tls, context, direction);
	}
}

/* So many bytes of a handshake record were not captured. */
static void skip_handshake(struct tls *tls, const struct stream_context *context, enum direction direction, uint32_t count)
{
	struct tls_side *side = &tls->side[direction];
	side->message_cut = true;
	if (side->message_have < sizeof side->message_header || count > side->message_left) {
		if (side->message_have == sizeof side->message_header)
			end_message(tls, context, direction);
		lose(side, context); /* what follows is somewhere in the middle of messages */
		return;
	}
	side->message_left -= count;
	if (side->message_left == 0)
		end_message(tls, context, direction);
}

static void fail(struct tls *tls, const struct stream_context *context)
{
	if (tls->failed || !tls->asked)
		return;
	tls->failed = true;
	ledger_count_scopes(context->outlet->ledger, context->flow, COUNT_TLS_FAILURES, 1);
}

static void take_alert(struct tls *tls, const struct stream_context *context, enum direction direction)
{
	const struct tls_side *side = &tls->side[direction];
	struct tls_facts *facts = &tls->facts;
	const uint8_t close_notify = 0, fatal = 2;
	if (side->alert[1] == close_notify || side->alert[0] > fatal || (facts->alert_by >= 0 && facts->alert_level == fatal))
		return;
	facts->alert_by = (int8_t)direction;
	facts->alert_level = side->alert[0];
	facts->alert = side->alert[1];
	facts->alert_ns = side->record_ns;
	facts->alert_frame = side->record_frame;
	if (side->alert[0] == fatal)
		fail(tls, context);
}

/* What is encrypted looks alike: up to TLS 1.2 what follows a side's ChangeCipherSpec; in TLS 1.3 that means nothing,
 * and what is encrypted is application data from outside. */
static bool is_plain(const struct tls *tls, const struct tls_side *side)
{
	return !side->changed_cipher || tls->facts.version == TLS_1_3 || (tls->facts.retry && !tls->facts.version);
}

static void finish(struct tls *tls, enum direction direction)
{
	struct tls_side *side = &tls->side[direction];
	if (side->finished)
		return;
	side->finished = true;
	if (direction == tls->asker && tls->facts.finished_ns == NO_TIME)
		tls->facts.finished_ns = side->record_ns;
}

/* The record's header has come: what it tells without its content. */
static void start_record(struct tls *tls, const struct stream_context *context, enum direction direction)
{
	struct tls_side *side = &tls->side[direction];
	const uint8_t *header = side->header;
	side->left = be16(header + 3);
	side->alert_have = 0;
	if (header[0] < RECORD_CHANGE_CIPHER || header[0] > RECORD_DATA || header[1] != 3 || side->left > RECORD_MAX) {
		lose(side, context);
		return;
	}
	struct tls_side *other = &tls->side[direction == C2S ? S2C : C2S];
	bool asks = direction == tls->asker, is_1_3 = tls->facts.version == TLS_1_3;
	if (header[0] == RECORD_CHANGE_CIPHER) {
		side->changed_cipher = true;
		/* Whoever resumes a session lets the server go first (RFC 5246 7.3). */
		if (!asks && !other->changed_cipher && tls->facts.version && !is_1_3)
			tls->facts.resumed = true;
	} else if (header[0] == RECORD_DATA && is_1_3) {
		if (asks && side->left >= FINISHED_MIN)
			finish(tls, direction);
	} else if (header[0] == RECORD_HANDSHAKE && !is_plain(tls, side)) {
		finish(tls, direction);
	}
	/* Up to TLS 1.2 a server may refuse with an alert after the client's Finished. */
	bool data = header[0] == RECORD_DATA && tls->facts.version;
	if (tls->facts.finished_ns != NO_TIME && (is_1_3 || data || (tls->side[C2S].finished && tls->side[S2C].finished)))
		tls->base.over = true;
	if (side->left == 0)
		side->have = 0;
}

static void take_header(struct tls *tls, const struct stream_context *context, enum direction direction,
			const struct piece *piece, uint8_t byte)
{
	struct tls_side *side = &tls->side[direction];
	if (side->have == 0) {
		side->record_ns = piece->t_ns;
		side->record_frame = piece->frame;
	}
	side->header[side->have++] = byte;
	if (side->have == RECORD_HEADER)
		start_record(tls, context, direction);
}

static void take_content(struct tls *tls, const struct stream_context *context, enum direction direction,
			 const struct piece *piece, const uint8_t *bytes, uint32_t count)
{
	struct tls_side *side = &tls->side[direction];
	if (side->header[0] == RECORD_HANDSHAKE && is_plain(tls, side)) {
		take_handshake(tls, context, direction, piece, bytes, count);
	} else if (side->header[0] == RECORD_ALERT && be16(side->header + 3) == sizeof side->alert && is_plain(tls, side)) {
		for (uint32_t i = 0; i < count && side->alert_have < sizeof side->alert; i++)
			side->alert[side->alert_have++] = bytes[i];
		if (side->left == count)
			take_alert(tls, context, direction);
	}
}

static void skip(struct tls *tls, const struct stream_context *context, enum direction direction, uint32_t count)
{
	struct tls_side *side = &tls->side[direction];
	if (count == 0 || side->lost)
		return;
	if (side->have < RECORD_HEADER || count > side->left) {
		if (side->have == RECORD_HEADER && side->header[0] == RECORD_HANDSHAKE && is_plain(tls, side))
			skip_handshake(tls, context, direction, side->left);
		lose(side, context);
		return;
	}
	if (side->header[0] == RECORD_HANDSHAKE && is_plain(tls, side))
		skip_handshake(tls, context, direction, count);
	side->left = (uint16_t)(side->left - count);
	if (side->left == 0)
		side->have = 0;
}

/* A flight of records mostly begins with a segment. */
static bool looks_like_record(const struct piece *piece)
{
	const uint8_t *bytes = piece->bytes;
	return piece->begins && piece->captured >= RECORD_HEADER && bytes[0] >= RECORD_CHANGE_CIPHER && bytes[0] <= RECORD_DATA &&
	       bytes[1] == 3 && bytes[2] <= 3 && be16(bytes + 3) > 0 && be16(bytes + 3) <= RECORD_MAX;
}

void tls_take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
	      const struct piece *piece)
{
	struct tls *tls = (struct tls *)spoken;
	struct tls_side *side = &tls->side[direction];
	if (side->lost && looks_like_record(piece))
		side->lost = false;
	for (uint32_t at = 0; at < piece->captured && !side->lost && !spoken->over;) {
		if (side->have < RECORD_HEADER) {
			take_header(tls, context, direction, piece, piece->bytes[at++]);
			continue;
		}
		uint32_t here = piece->captured - at, count = here < side->left ? here : side->left;
		take_content(tls, context, direction, piece, piece->bytes + at, count);
		if (side->lost)
			break;
		at += count;
		side->left = (uint16_t)(side->left - count);
		if (side->left == 0)
			side->have = 0;
	}
	skip(tls, context, direction, piece->length - piece->captured);
}

void tls_segment(struct stream_application *spoken, const struct stream_context *context, const struct packet *packet)
{
	struct tls *tls = (struct tls *)spoken;
	bool ended = packet->tcp_flags & (TCP_FIN | TCP_RST);
	if (!ended || tls->facts.finished_ns != NO_TIME || tls->failed || !tls->asked)
		return;
	enum direction answerer = tls->asker == C2S ? S2C : C2S;
	const struct flow *flow = context->flow;
	/* Half a conversation, or one with holes, says nothing of its outcome. */
	bool heard = flow->side[answerer].packets && !tls->side[tls->asker].lost && !tls->base.stream[tls->asker].held &&
		     (tls->facts.version || (!tls->side[answerer].lost && !tls->base.stream[answerer].held));
	if (heard)
		fail(tls, context);
}

bool tls_wants(const struct stream_application *spoken)
{
	const struct tls *tls = (const struct tls *)spoken;
	return !spoken->over && !tls->failed && !(tls->side[C2S].lost && tls->side[S2C].lost);
}

void tls_swap_sides(struct stream_application *spoken)
{
	struct tls *tls = (struct tls *)spoken;
	struct tls_side client = tls->side[S2C];
	tls->side[S2C] = tls->side[C2S];
	tls->side[C2S] = client;
	tls->asker = tls->asker == C2S ? S2C : C2S;
	if (tls->facts.alert_by >= 0)
		tls->facts.alert_by = tls->facts.alert_by == C2S ? S2C : C2S;
}

void tls_end(struct stream_application *spoken, const struct stream_context *context)
{
	struct tls *tls = (struct tls *)spoken;
	for (unsigned i = 0; i < 2; i++) { /* a hello whose rest never came */
		tls->side[i].message_cut = true;
		end_message(tls, context, (enum direction)i);
	}
	if (tls->facts.t_ns != NO_TIME && context->outlet->sink->tls)
		context->outlet->sink->tls(context->outlet->user, &tls->facts);
	arena_give(context->outlet->arena, tls, sizeof *tls);
}
