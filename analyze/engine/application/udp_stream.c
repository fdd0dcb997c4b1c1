#include "analyze/engine/application/udp_stream.h"

#include "analyze/engine/application/numbered.h"
#include "analyze/engine/bytes.h"

#include <stdlib.h>

#define RTP_BYTES 12
#define IPERF3_BYTES 16
#define DNS_PORT 53	  /* ids look like RTP's first byte now and then, and there are many */
#define STREAMS_MAX 8	  /* of a flow */
#define CANDIDATES_MAX 2  /* of a direction: streams that are not sure yet */
#define SURE_PACKETS 8	  /* in a row */
#define SURE_NS 50000000LL
#define FAILURES_MAX 32	  /* then a flow is looked at no more */
#define STEP_MAX 64	  /* numbers between two packets of a candidate */
#define DROPOUT_MAX 3000  /* RFC 3550 A.1: more, and the sender has begun anew */
#define OUTAGE_MAX 100000000 /* packets that iperf3 may lose in a row */
#define PACE_NS 200000000LL  /* that iperf3's time and ours may differ from one packet to the next */
#define TRANSIT_MAX_NS 5000000000LL /* more is a jump of a clock, no jitter */
#define SECOND_NS 1000000000LL
#define RATE_MIN 1000	  /* Hz, of RTP's clock */
#define RATE_MAX 1000000

/* What one packet says of itself. */
struct mark {
	enum udp_stream_kind kind;
	uint32_t ssrc;
	uint8_t payload_type;
	bool wide;	    /* iperf3: a counter of 64 bits */
	uint64_t number;    /* RTP: 16 bits */
	uint32_t timestamp; /* RTP */
	int64_t sent_ns;    /* iperf3 */
};

struct udp_stream {
	struct udp_stream *next;
	struct mark first, last; /* last: the latest in order */
	uint8_t direction;
	bool sure;
	uint16_t shift, after_jump; /* RTP: added to its numbers; the number that would prove a jump */
	uint32_t clock_rate; /* RTP, Hz; 0: not known yet */
	uint32_t row;	     /* of a candidate: packets that followed one another */
	int64_t clock_due_ns; /* since first_ns: when the rate is estimated next */
	int64_t ticks;	     /* that RTP's timestamps have advanced */
	int64_t first_ns, last_ns, last_in_order_ns;
	uint64_t first_frame, packets;
	int64_t jitter16_ns, jitter16_max_ns; /* sixteen times it, as RFC 3550 A.8 has it */
	bool has_jitter;
	struct numbered numbered;
};

struct udp_streams {
	struct udp_stream *first;
	unsigned count, failures;
};

/* RFC 3551 6; 0: dynamic. */
static uint32_t static_clock_rate(uint8_t payload_type)
{
	static const uint32_t rates[35] = {
		[0] = 8000,   [3] = 8000,   [4] = 8000,   [5] = 8000,   [6] = 16000,  [7] = 8000,   [8] = 8000,
		[9] = 8000,   [10] = 44100, [11] = 44100, [12] = 8000,  [13] = 8000,  [14] = 90000, [15] = 8000,
		[16] = 11025, [17] = 22050, [18] = 8000,  [25] = 90000, [26] = 90000, [28] = 90000, [31] = 90000,
		[32] = 90000, [33] = 90000, [34] = 90000,
	};
	return payload_type < 35 ? rates[payload_type] : 0;
}

/* RFC 3550 5.1. Payload types that would be RTCP's, or that nobody has, are not taken. */
static bool read_rtp(const struct packet *packet, struct mark *mark)
{
	const uint8_t *rtp = packet->payload;
	if (packet->payload_captured < RTP_BYTES || rtp[0] >> 6 != 2)
		return false;
	uint32_t header = RTP_BYTES + (rtp[0] & 0x0fu) * 4 + (rtp[0] & 0x10 ? 4 : 0);
	uint8_t payload_type = rtp[1] & 0x7f;
	if (header > packet->payload_bytes || (payload_type > 34 && payload_type < 96))
		return false;
	*mark = (struct mark){
		.kind = UDP_STREAM_RTP,
		.ssrc = be32(rtp + 8),
		.payload_type = payload_type,
		.number = be16(rtp + 2),
		.timestamp = be32(rtp + 4),
	};
	return true;
}

/* Seconds, microseconds, a counter from 1 of 32 or (--udp-counters-64bit) 64 bits; the clock may count from anywhere. */
static bool read_iperf3(const struct packet *packet, struct mark *mark)
{
	const uint8_t *header = packet->payload;
	if (packet->payload_captured < IPERF3_BYTES || be32(header + 4) >= 1000000)
		return false;
	uint32_t high = be32(header + 8);
	*mark = (struct mark){
		.kind = UDP_STREAM_IPERF3,
		.wide = high == 0,
		.number = high ? high : be32(header + 12),
		.sent_ns = (int64_t)be32(header) * SECOND_NS + (int64_t)be32(header + 4) * 1000,
	};
	return mark->number != 0;
}

static bool read_mark(const struct packet *packet, struct mark *mark)
{
	if (packet->source_port == DNS_PORT || packet->destination_port == DNS_PORT)
		return false;
	return read_rtp(packet, mark) || read_iperf3(packet, mark);
}

static bool is_same_stream(const struct udp_stream *stream, enum direction direction, const struct mark *mark)
{
	return stream->direction == direction && stream->first.kind == mark->kind && stream->first.ssrc == mark->ssrc &&
	       (stream->first.wide == mark->wide || stream->sure);
}

/* The number, counted on beyond 16 bits; 0: no number that can follow. */
static uint64_t extended(struct udp_stream *stream, const struct mark *mark)
{
	uint64_t max = stream->numbered.max;
	if (mark->kind == UDP_STREAM_IPERF3)
		return mark->number < max + OUTAGE_MAX && mark->number + NUMBERED_WINDOW > max ? mark->number : 0;
	uint16_t number = (uint16_t)(mark->number + stream->shift);
	int16_t step = (int16_t)(number - (uint16_t)max);
	if (step <= DROPOUT_MAX && step > -NUMBERED_WINDOW)
		return max + (uint64_t)(int64_t)step;
	if ((uint16_t)mark->number != stream->after_jump) {
		stream->after_jump = (uint16_t)(mark->number + 1);
		return 0;
	}
	stream->shift = (uint16_t)((uint16_t)max + 1 - (uint16_t)mark->number);
	return max + 1;
}

static void begin(struct udp_stream *stream, enum direction direction, const struct packet *packet, const struct mark *mark,
		  bool opened)
{
	*stream = (struct udp_stream){
		.next = stream->next,
		.first = *mark,
		.last = *mark,
		.direction = (uint8_t)direction,
		.clock_rate = mark->kind == UDP_STREAM_RTP ? static_clock_rate(mark->payload_type) : 0,
		.row = 1,
		.clock_due_ns = SECOND_NS,
		.first_ns = packet->t_ns,
		.last_ns = packet->t_ns,
		.last_in_order_ns = packet->t_ns,
		.first_frame = packet->frame,
		.packets = 1,
	};
	/* Far from 0, so that what came before the first packet has a number too. */
	numbered_begin(&stream->numbered, mark->kind == UDP_STREAM_RTP ? mark->number + 0x10000 : opened ? 0 : mark->number);
	if (opened)
		numbered_add(&stream->numbered, mark->number, packet->t_ns, packet->frame);
}

static int64_t magnitude(int64_t n)
{
	return n < 0 ? -n : n;
}

/* Between the last packet in order and this one: how much longer it was under way. */
static bool transit_change(const struct udp_stream *stream, const struct mark *mark, int64_t t_ns, int64_t *change_ns)
{
	int64_t sent_ns = mark->sent_ns - stream->last.sent_ns;
	if (mark->kind == UDP_STREAM_RTP) {
		if (stream->clock_rate == 0 || mark->payload_type != stream->first.payload_type)
			return false;
		sent_ns = (int64_t)(int32_t)(mark->timestamp - stream->last.timestamp) * SECOND_NS / stream->clock_rate;
	}
	*change_ns = t_ns - stream->last_in_order_ns - sent_ns;
	return magnitude(*change_ns) < TRANSIT_MAX_NS;
}

static void take_jitter(struct udp_stream *stream, const struct mark *mark, int64_t t_ns)
{
	int64_t change_ns;
	if (!transit_change(stream, mark, t_ns, &change_ns))
		return;
	stream->jitter16_ns += magnitude(change_ns) - (stream->jitter16_ns + 8) / 16;
	if (stream->jitter16_ns > stream->jitter16_max_ns)
		stream->jitter16_max_ns = stream->jitter16_ns;
	stream->has_jitter = true;
}

/* A dynamic payload type does not say how fast its clock is: what the timestamps did in one second, then in two, ... is
 * held against the rates that are in use. */
static void estimate_clock(struct udp_stream *stream, int64_t t_ns)
{
	static const uint32_t rates[] = { 8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 90000 };
	int64_t elapsed_ns = t_ns - stream->first_ns;
	if (stream->clock_rate || stream->first.kind != UDP_STREAM_RTP || elapsed_ns < stream->clock_due_ns)
		return;
	stream->clock_due_ns = elapsed_ns * 2;
	double rate = (double)stream->ticks * (double)SECOND_NS / (double)elapsed_ns;
	for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++)
		if (rate > rates[i] * 0.97 && rate < rates[i] * 1.03)
			stream->clock_rate = rates[i];
}

/* The packet is part of the stream. */
static void take(struct udp_stream *stream, const struct packet *packet, const struct mark *mark)
{
	uint64_t number = extended(stream, mark);
	stream->packets++;
	if (packet->t_ns > stream->last_ns)
		stream->last_ns = packet->t_ns;
	if (number == 0 || numbered_add(&stream->numbered, number, packet->t_ns, packet->frame) == NUMBERED_TWICE)
		return;
	take_jitter(stream, mark, packet->t_ns);
	stream->ticks += (int32_t)(mark->timestamp - stream->last.timestamp);
	stream->last = *mark;
	stream->last_in_order_ns = packet->t_ns;
	estimate_clock(stream, packet->t_ns);
}

/* Does the packet follow as the next of a stream would? */
static bool follows(const struct udp_stream *stream, const struct packet *packet, const struct mark *mark)
{
	int64_t elapsed_ns = packet->t_ns - stream->last_in_order_ns;
	if (elapsed_ns < 0)
		return false;
	if (mark->kind == UDP_STREAM_IPERF3) {
		int64_t sent_ns = mark->sent_ns - stream->last.sent_ns;
		uint64_t step = mark->number - stream->last.number;
		return step >= 1 && step <= STEP_MAX && sent_ns >= 0 && magnitude(sent_ns - elapsed_ns) < PACE_NS;
	}
	uint16_t step = (uint16_t)(mark->number - stream->last.number);
	return step >= 1 && step <= STEP_MAX && mark->payload_type == stream->first.payload_type &&
	       mark->timestamp - stream->last.timestamp < 10 * RATE_MAX;
}

/* Its time advances as time does. */
static bool is_paced(const struct udp_stream *stream)
{
	int64_t elapsed_ns = stream->last_in_order_ns - stream->first_ns;
	if (stream->first.kind == UDP_STREAM_IPERF3)
		return stream->last.sent_ns > stream->first.sent_ns;
	return elapsed_ns >= SURE_NS && (double)stream->ticks * 1e9 >= (double)RATE_MIN * (double)elapsed_ns &&
	       (double)stream->ticks * 1e9 <= (double)RATE_MAX * (double)elapsed_ns;
}

static struct udp_stream *find(const struct udp_streams *streams, enum direction direction, const struct mark *mark)
{
	struct udp_stream *stream = streams->first;
	while (stream && !is_same_stream(stream, direction, mark))
		stream = stream->next;
	return stream;
}

/* The candidate of this direction that has waited for longest, if there are as many as there may be. */
static struct udp_stream *find_place(const struct udp_streams *streams, enum direction direction)
{
	struct udp_stream *oldest = NULL;
	unsigned count = 0;
	for (struct udp_stream *stream = streams->first; stream; stream = stream->next) {
		if (stream->sure || stream->direction != direction)
			continue;
		count++;
		if (!oldest || stream->last_ns < oldest->last_ns)
			oldest = stream;
	}
	return count >= CANDIDATES_MAX || streams->count >= STREAMS_MAX ? oldest : NULL;
}

static void add(const struct outlet *outlet, struct udp_streams *streams, enum direction direction,
		const struct packet *packet, const struct mark *mark, bool opened)
{
	struct udp_stream *stream = find_place(streams, direction);
	if (stream) {
		streams->failures++;
		begin(stream, direction, packet, mark, false);
		return;
	}
	if (streams->count >= STREAMS_MAX) {
		outlet->totals->facts_dropped++;
		return;
	}
	stream = arena_take(outlet->arena, sizeof *stream);
	if (!stream) {
		outlet->totals->memory_failures++;
		return;
	}
	begin(stream, direction, packet, mark, opened);
	struct udp_stream **end = &streams->first;
	while (*end)
		end = &(*end)->next;
	*end = stream;
	streams->count++;
}

static void drop(const struct outlet *outlet, struct udp_streams *streams)
{
	while (streams->first) {
		struct udp_stream *stream = streams->first;
		streams->first = stream->next;
		arena_give(outlet->arena, stream, sizeof *stream);
	}
	streams->count = 0;
}

static void try_candidate(const struct outlet *outlet, struct udp_streams *streams, struct udp_stream *stream,
			  enum direction direction, const struct packet *packet, const struct mark *mark)
{
	if (follows(stream, packet, mark)) {
		take(stream, packet, mark);
		stream->row++;
		stream->sure = stream->row >= SURE_PACKETS && is_paced(stream);
	}
	if (stream->last.number != mark->number) {
		begin(stream, direction, packet, mark, false);
		streams->failures++;
	}
	bool any = false;
	for (const struct udp_stream *other = streams->first; other; other = other->next)
		any |= other->sure;
	if (streams->failures > FAILURES_MAX && !any)
		drop(outlet, streams);
}

/* iperf3 opens a stream with one datagram of 4 bytes each way; its next one is number 1. */
static bool is_opened(const struct flow *flow, enum direction direction, const struct mark *mark)
{
	return mark->kind == UDP_STREAM_IPERF3 && flow->side[direction].packets == 2 && mark->number <= STEP_MAX;
}

void udp_stream_packet(const struct outlet *outlet, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct udp_streams *streams = flow->above.streams;
	struct mark mark;
	if ((streams && streams->failures > FAILURES_MAX && !streams->first) || !read_mark(packet, &mark))
		return;
	if (!streams) {
		streams = flow->above.streams = arena_take(outlet->arena, sizeof *streams);
		if (!streams) {
			outlet->totals->memory_failures++;
			return;
		}
	}
	struct udp_stream *stream = find(streams, direction, &mark);
	if (!stream)
		add(outlet, streams, direction, packet, &mark, is_opened(flow, direction, &mark));
	else if (stream->sure)
		take(stream, packet, &mark);
	else
		try_candidate(outlet, streams, stream, direction, packet, &mark);
}

static void deliver(const struct outlet *outlet, const struct flow *flow, struct udp_stream *stream)
{
	struct numbered *numbered = &stream->numbered;
	numbered_end(numbered);
	const struct udp_stream_facts facts = {
		.flow_id = flow->id,
		.direction = stream->direction,
		.kind = stream->first.kind,
		.ssrc = stream->first.ssrc,
		.payload_type = stream->first.payload_type,
		.packets = stream->packets,
		.lost = numbered->lost,
		.reordered = numbered->reordered,
		.duplicates = numbered->duplicates,
		.lost_run_max = numbered->lost_run_max,
		.jitter_ns = stream->has_jitter ? stream->jitter16_ns / 16 : NO_TIME,
		.jitter_max_ns = stream->has_jitter ? stream->jitter16_max_ns / 16 : NO_TIME,
		.first_ns = stream->first_ns,
		.last_ns = stream->last_ns,
		.first_frame = stream->first_frame,
		.first_lost_ns = numbered->has_gap ? numbered->gap_ns : NO_TIME,
		.first_lost_frame = numbered->has_gap ? numbered->gap_frame : 0,
	};
	if (outlet->sink->udp_stream)
		outlet->sink->udp_stream(outlet->user, &facts);
}

void udp_stream_flow_end(const struct outlet *outlet, struct flow *flow)
{
	struct udp_streams *streams = flow->above.streams;
	if (!streams)
		return;
	for (struct udp_stream *stream = streams->first; stream; stream = stream->next)
		if (stream->sure)
			deliver(outlet, flow, stream);
	drop(outlet, streams);
	arena_give(outlet->arena, streams, sizeof *streams);
	flow->above.streams = NULL;
}
