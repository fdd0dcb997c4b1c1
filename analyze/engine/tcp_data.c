#include "analyze/engine/tcp_internal.h"

#define LATE_TAP_NS 10000000 /* data seen so shortly after its ACK was only captured late */

/* How a segment lies on what is known of its sender, in bytes of sequence space. */
struct overlap {
	uint32_t below; /* before the scoreboard's first range: acknowledged long ago, or before the capture */
	uint32_t seen, hole, fresh;
	bool probe_only; /* all that was seen of it was sent as window probe */
	struct range first_seen, first_hole; /* valid if seen, hole */
};

struct segment {
	const struct packet *packet;
	uint32_t start, end, bytes; /* end counts the FIN, bytes does not */
	bool fin;
	bool lost_tail; /* new to the tap, but sent before */
	const struct ip_id_news *ip_id;
	bool elsewhere; /* it came over another link than the side's first packet */
	enum segment_class class;
	uint32_t evidence;
	struct overlap overlap;
};

static struct range range_of(const struct segment *segment, uint32_t start, uint32_t end)
{
	const struct packet *packet = segment->packet;
	unsigned flags = packet->has_ip_id ? 0 : RANGE_NO_IP_ID;
	if (!packet->has_timestamp)
		flags |= RANGE_NO_TIMESTAMP;
	if (segment->fin && end == segment->end)
		flags |= RANGE_FIN;
	if (segment->elsewhere)
		flags |= RANGE_ELSEWHERE;
	return (struct range){
		.seq = start,
		.end = end,
		.t_ns = packet->t_ns,
		.tsval = packet->tsval,
		.ip_id = packet->ip_id,
		.flags = flags & RANGE_FLAGS,
	};
}

void tcp_scoreboard_reserve(struct tcp *tcp, struct side *side)
{
	const uint32_t few = 64, spare = 8;
	uint32_t most = tcp->arena->bytes > tcp->memory_limit ? few : SCOREBOARD_MAX;
	if (side->board.count + spare <= most)
		return;
	scoreboard_compact(&side->board);
	tcp->ranges_merged++;
}

static void append(struct tcp *tcp, struct side *side, const struct range *range)
{
	tcp_scoreboard_reserve(tcp, side);
	if (!scoreboard_insert(&side->board, tcp->arena, side->board.count, range))
		tcp->memory_failures++;
}

static struct overlap measure(const struct side *side, const struct segment *segment)
{
	struct overlap overlap = { .probe_only = true };
	const struct scoreboard *board = &side->board;
	uint32_t floor = board->count ? scoreboard_at(board, 0)->seq : side->max;
	uint32_t start = segment->start;
	if (seq_before(start, floor)) {
		uint32_t until = seq_min(segment->end, floor);
		overlap.below = until - start;
		start = until;
	}
	if (seq_before(side->max, segment->end))
		overlap.fresh = segment->end - seq_max(side->max, start);
	for (uint32_t i = scoreboard_find(board, start); i < board->count; i++) {
		const struct range *range = scoreboard_at(board, i);
		if (seq_until(segment->end, range->seq))
			break;
		uint32_t bytes = seq_min(range->end, segment->end) - seq_max(range->seq, start);
		bool is_hole = range->flags & RANGE_HOLE;
		struct range *first = is_hole ? &overlap.first_hole : &overlap.first_seen;
		uint32_t *sum = is_hole ? &overlap.hole : &overlap.seen;
		if (*sum == 0)
			*first = *range;
		*sum += bytes;
		overlap.probe_only = overlap.probe_only && range->flags & RANGE_PROBE;
	}
	return overlap;
}

/* Splits ranges so that [start, end) begins and ends at their borders; returns the first inside it. */
static uint32_t isolate(struct tcp *tcp, struct side *side, uint32_t start, uint32_t end)
{
	struct scoreboard *board = &side->board;
	tcp_scoreboard_reserve(tcp, side);
	uint32_t i = scoreboard_find(board, start);
	if (i < board->count && seq_before(scoreboard_at(board, i)->seq, start)) {
		if (!scoreboard_split(board, tcp->arena, i, start))
			return board->count;
		i++;
	}
	uint32_t last = scoreboard_find(board, end - 1);
	if (last < board->count && seq_before(end, scoreboard_at(board, last)->end) &&
	    !scoreboard_split(board, tcp->arena, last, end))
		return board->count;
	return i;
}

/* Writes the segment into the ranges that it covers. */
static void cover(struct tcp *tcp, struct side *side, const struct segment *segment)
{
	bool again = segment->class == SEGMENT_RETRANSMISSION;
	for (uint32_t i = isolate(tcp, side, segment->start, segment->end); i < side->board.count; i++) {
		struct range *range = scoreboard_at(&side->board, i);
		if (seq_until(segment->end, range->seq))
			break;
		if (seq_before(range->seq, segment->start)) /* could not be split */
			continue;
		struct range now = range_of(segment, range->seq, range->end);
		now.flags |= range->flags & RANGE_SACKED;
		if (range->flags & RANGE_HOLE) {
			now.retransmissions = again;
			now.flags |= again ? RANGE_LOST_UPSTREAM : 0;
			*range = now;
		} else if (again) {
			now.flags |= range->flags & (RANGE_MEASURED | RANGE_LOST_UPSTREAM);
			now.retransmissions = range->retransmissions < 7 ? (range->retransmissions + 1) & 7 : 7;
			now.spurious = range->spurious;
			*range = now;
		}
	}
}

/* The segment begins beyond the highest byte so far: what lies between has been sent, but not seen. */
static void leave_hole(struct tcp *tcp, struct flow *flow, enum direction direction, const struct segment *segment)
{
	struct side *side = &flow->side[direction];
	struct range hole = range_of(segment, side->max, segment->start);
	hole.flags = (hole.flags & (RANGE_NO_IP_ID | RANGE_NO_TIMESTAMP)) | RANGE_HOLE;
	if (tcp_maybe_before(flow, segment->packet->t_ns))
		hole.flags |= RANGE_BEFORE;
	append(tcp, side, &hole);
	side->max = segment->start;
}

/* An empty segment's sequence number is that of the next byte to be sent (RFC 9293 3.4). */
static void take_empty(struct tcp *tcp, struct flow *flow, enum direction direction, const struct segment *segment)
{
	struct side *side = &flow->side[direction];
	bool in_window = side->window_edge_known && seq_until(segment->start, side->window_edge);
	if (seq_before(side->max, segment->start) && in_window && !(segment->packet->tcp_flags & TCP_SYN))
		leave_hole(tcp, flow, direction, segment);
}

/* Takes in what lies beyond the highest byte so far, and the hole before it if there is one. */
static void extend(struct tcp *tcp, struct flow *flow, enum direction direction, const struct segment *segment)
{
	struct side *side = &flow->side[direction];
	if (seq_before(side->max, segment->start))
		leave_hole(tcp, flow, direction, segment);
	struct range fresh = range_of(segment, side->max, segment->end);
	if (segment->class == SEGMENT_RETRANSMISSION)
		fresh.flags |= RANGE_MEASURED;
	if (segment->lost_tail) {
		fresh.retransmissions = 1;
		fresh.flags |= RANGE_LOST_UPSTREAM;
	}
	append(tcp, side, &fresh);
	side->max = segment->end;
	side->tsval_last = segment->packet->tsval;
	side->tsval_known = segment->packet->has_timestamp;
}

/* Bytes that are not on the scoreboard any more, or never were. */
static enum segment_class judge_below(const struct side *side, const struct packet *packet, uint32_t end,
				      uint32_t *evidence)
{
	if (packet->has_timestamp && side->tsval_known && seq_before(packet->tsval, side->tsval_last)) {
		*evidence = EVIDENCE_TIMESTAMP;
		return SEGMENT_REORDERED;
	}
	if (side->una_known && seq_until(end, side->una)) {
		*evidence = EVIDENCE_ACKED;
		return SEGMENT_RETRANSMISSION;
	}
	return SEGMENT_UNKNOWN;
}

static bool captured_late(const struct flow *flow, const struct segment *segment)
{
	const struct range *hole = &segment->overlap.first_hole;
	int64_t delay = segment->packet->t_ns - hole->t_ns, rtt = tcp_path_rtt(flow);
	return hole->flags & RANGE_GAP && delay < (rtt > 2 * LATE_TAP_NS || rtt == 0 ? LATE_TAP_NS : rtt / 2);
}

static enum segment_class classify(const struct tcp *tcp, const struct flow *flow, enum direction direction, struct segment *segment)
{
	const struct side *side = &flow->side[direction];
	const struct overlap *overlap = &segment->overlap;
	if (overlap->seen + overlap->hole + overlap->below == 0) {
		segment->lost_tail = tcp_judge_fresh(tcp, flow, direction, segment->packet, segment->ip_id, &segment->evidence);
		return segment->lost_tail ? SEGMENT_RETRANSMISSION : SEGMENT_NEW;
	}
	if (overlap->seen && overlap->probe_only && !overlap->hole && !overlap->below)
		return SEGMENT_NEW; /* the window has opened, and the probe's byte goes out for good */
	if (overlap->seen)
		return tcp_judge_seen(flow, direction, segment->packet, &overlap->first_seen, &segment->evidence);
	if (overlap->hole && captured_late(flow, segment))
		return SEGMENT_NEW;
	if (overlap->hole)
		return tcp_judge_hole(flow, direction, segment->packet, &overlap->first_hole, &segment->evidence);
	return judge_below(side, segment->packet, segment->end, &segment->evidence);
}

static void emit(struct tcp *tcp, const struct flow *flow, enum direction direction, const struct segment *segment,
		 enum event_kind kind, enum cause cause, int64_t value_ns)
{
	struct event_facts event = {
		.t_ns = segment->packet->t_ns,
		.frame = segment->packet->frame,
		.direction = direction,
		.kind = kind,
		.cause = cause,
		.evidence = segment->evidence,
		.seq = segment->start,
		.len = segment->bytes,
		.value_ns = value_ns,
	};
	ledger_event(tcp->ledger, flow, &event);
}

static enum counter counter_of(enum cause cause)
{
	switch (cause) {
	case CAUSE_FAST:
		return COUNT_FAST;
	case CAUSE_TIMEOUT:
		return COUNT_TIMEOUT;
	case CAUSE_SLOW_START:
		return COUNT_SLOW_START;
	case CAUSE_TAIL_LOSS_PROBE:
		return COUNT_TAIL_LOSS_PROBE;
	default:
		return COUNT_UNKNOWN_CAUSE;
	}
}

static void count_retransmission(struct tcp *tcp, struct flow *flow, enum direction direction, struct segment *segment)
{
	struct side *side = &flow->side[direction];
	const struct overlap *overlap = &segment->overlap;
	uint32_t again = overlap->below + overlap->seen + overlap->hole + (segment->lost_tail ? overlap->fresh : 0);
	uint32_t bytes = again < segment->bytes ? again : segment->bytes; /* without the FIN */
	uint64_t segments = tcp_segments(flow, direction, bytes);
	int64_t sent_ns = overlap->seen	  ? overlap->first_seen.t_ns
			  : overlap->hole ? overlap->first_hole.t_ns
			  : segment->lost_tail ? side->data_last_ns
					       : side->ack_last_ns;
	bool sent_known = sent_ns > 0; /* otherwise, at the earliest with this side's first packet */
	struct repeat repeat = {
		.start = segment->start,
		.end = segment->end,
		.sent_ns = sent_known ? sent_ns : side->first_ns,
		.now_ns = segment->packet->t_ns,
	};
	enum cause cause = tcp_cause(tcp, flow, direction, &repeat, &segment->evidence);
	ledger_count(tcp->ledger, flow, direction, COUNT_RETRANSMITTED_BYTES, bytes);
	if (!(segment->packet->tcp_flags & TCP_SYN)) { /* that one has been counted as SYN */
		ledger_count(tcp->ledger, flow, direction, COUNT_RETRANSMITTED_SEGMENTS, segments);
		ledger_count(tcp->ledger, flow, direction, counter_of(cause), segments);
	}
	if (segment->bytes == 0)
		ledger_count(tcp->ledger, flow, direction, COUNT_FIN_RETRANSMISSIONS, 1);
	bool acked = side->una_known && seq_until(segment->end, side->una);
	if (overlap->hole && !acked)
		ledger_count(tcp->ledger, flow, direction, COUNT_LOST_UPSTREAM, tcp_segments(flow, direction, overlap->hole));
	else if (overlap->seen && !acked)
		ledger_count(tcp->ledger, flow, direction, COUNT_LOST_DOWNSTREAM,
			     tcp_segments(flow, direction, overlap->seen));
	emit(tcp, flow, direction, segment, EVENT_RETRANSMISSION, cause, sent_known ? segment->packet->t_ns - sent_ns : 0);
	if (acked && (overlap->below || (overlap->hole && !overlap->seen))) { /* nothing left on the scoreboard to mark */
		ledger_count(tcp->ledger, flow, direction, COUNT_SPURIOUS, segments);
		ledger_trouble(tcp->ledger, side)->needless++;
		segment->evidence = EVIDENCE_ACKED;
		emit(tcp, flow, direction, segment, EVENT_SPURIOUS, CAUSE_NONE, 0);
	}
}

/* A tail that was lost upstream: only the sender's IP IDs tell how much of it. */
static void note_tail(struct tcp *tcp, struct flow *flow, enum direction direction, const struct segment *segment)
{
	struct side *side = &flow->side[direction];
	uint32_t missing = segment->ip_id->missing;
	if (segment->lost_tail) {
		struct trouble *trouble = ledger_trouble(tcp->ledger, side);
		trouble->tail_left = tcp_tail_left(flow, direction, segment->packet, missing);
		trouble->has_probe |= missing > trouble->tail_left + 1; /* it was sent again before */
		trouble->probe_end = segment->end;
		ledger_count(tcp->ledger, flow, direction, COUNT_LOST_UPSTREAM, missing);
	} else if (segment->class == SEGMENT_NEW && segment->overlap.fresh && side->trouble) {
		side->trouble->tail_left = 0;
	}
}

/* It repairs the first hole, and so soon that no other repair of it can have been lost: that would be missed only when
 * something sent after it has been acknowledged, in the second round trip. What was sent before it was new. */
static bool is_first_repair(const struct flow *flow, enum direction direction, const struct segment *segment)
{
	const struct overlap *overlap = &segment->overlap;
	bool repairs = segment->class == SEGMENT_RETRANSMISSION && overlap->hole && segment->start == flow->side[direction].una;
	return repairs && segment->packet->t_ns - overlap->first_hole.t_ns < 2 * tcp_path_rtt(flow);
}

/* Without IDs: new data that was sent after the report of the hole. A sender repairs first, lowest sequence number first
 * (RFC 6675 5), so the repair was lost; unless this sender has learned to wait for reordered segments (RFC 8985 6.2). */
static bool shows_lost_repair(const struct side *side, const struct segment *segment)
{
	const struct packet *packet = segment->packet;
	struct trouble *trouble = side->trouble;
	if (!trouble || !trouble->has_reported || trouble->reported_una != side->una || packet->has_ip_id)
		return false;
	bool after = packet->has_timestamp && seq_before(trouble->reported_tsval, packet->tsecr);
	return after && segment->class == SEGMENT_NEW && segment->overlap.fresh && !trouble->counter[COUNT_REORDERED] &&
	       tcp_has_hole(side);
}

/* Retransmissions that were lost upstream. */
static void note_lost_repairs(struct tcp *tcp, struct flow *flow, enum direction direction, const struct segment *segment)
{
	struct side *side = &flow->side[direction];
	uint32_t missing = segment->lost_tail ? 0 : segment->ip_id->missing;
	bool only_sends = flow->side[!direction].data_bytes == 0; /* so that these can't have been ACKs */
	tcp_repeats_found(tcp, flow, direction, segment->ip_id->explained);
	if (shows_lost_repair(side, segment)) {
		side->trouble->has_reported = false; /* until what this segment shows to the other side is reported in turn */
		missing = 1;
	}
	if (missing && (only_sends || tcp_has_hole(side))) {
		struct trouble *trouble = ledger_trouble(tcp->ledger, side);
		trouble->repeats_lost += missing;
		trouble->repeats_here = missing + (trouble->repeats_una == side->una ? trouble->repeats_here : 0);
		trouble->repeats_una = side->una;
		trouble->tail_left = is_first_repair(flow, direction, segment) ? missing : 0;
		ledger_count(tcp->ledger, flow, direction, COUNT_LOST_UPSTREAM, missing);
	} else if (segment->class == SEGMENT_RETRANSMISSION && segment->ip_id->late) { /* not lost, as was thought */
		tcp_repeats_found(tcp, flow, direction, tcp_segments(flow, direction, segment->bytes));
	}
}

static void count_filled_gap(struct tcp *tcp, struct flow *flow, enum direction direction, uint32_t bytes)
{
	ledger_retract(tcp->ledger, flow, direction, COUNT_CAPTURE_GAP_BYTES, bytes);
	ledger_retract(tcp->ledger, flow, direction, COUNT_CAPTURE_GAP_SEGMENTS, tcp_segments(flow, direction, bytes));
}

static void count_class(struct tcp *tcp, struct flow *flow, enum direction direction, struct segment *segment)
{
	uint64_t segments = tcp_segments(flow, direction, segment->bytes);
	const struct overlap *overlap = &segment->overlap;
	switch (segment->class) {
	case SEGMENT_NEW:
		if (overlap->hole && !(overlap->first_hole.flags & RANGE_FIN))
			count_filled_gap(tcp, flow, direction, overlap->hole);
		break;
	case SEGMENT_RETRANSMISSION:
		count_retransmission(tcp, flow, direction, segment);
		break;
	case SEGMENT_REORDERED:
		ledger_count(tcp->ledger, flow, direction, COUNT_REORDERED, segments);
		emit(tcp, flow, direction, segment, EVENT_REORDERED, CAUSE_NONE,
		     overlap->hole ? segment->packet->t_ns - overlap->first_hole.t_ns : 0);
		break;
	case SEGMENT_NETWORK_DUPLICATE:
		ledger_count(tcp->ledger, flow, direction, COUNT_NETWORK_DUPLICATES, segments);
		emit(tcp, flow, direction, segment, EVENT_NETWORK_DUPLICATE, CAUSE_NONE, 0);
		tcp_note_copy(tcp, flow, direction, segment->packet);
		break;
	case SEGMENT_TAP_DUPLICATE:
		ledger_uncount_packet(flow, direction, segment->packet);
		ledger_count(tcp->ledger, flow, direction, COUNT_TAP_DUPLICATES, segment->packet->frames);
		interfaces_tap_duplicates(tcp->interfaces, segment->packet->interface, segment->packet->frames);
		break;
	case SEGMENT_UNKNOWN:
		ledger_count(tcp->ledger, flow, direction, COUNT_UNKNOWN_SEGMENTS, segments);
		emit(tcp, flow, direction, segment, EVENT_UNKNOWN, CAUSE_NONE, 0);
		break;
	}
}

static void take_in(struct tcp *tcp, struct flow *flow, enum direction direction, struct segment *segment)
{
	struct side *side = &flow->side[direction];
	const struct overlap *overlap = &segment->overlap;
	if (segment->bytes && segment->class != SEGMENT_TAP_DUPLICATE) {
		uint32_t fresh = overlap->fresh + overlap->hole;
		if (segment->class == SEGMENT_UNKNOWN)
			fresh += overlap->below;
		if (segment->fin && seq_before(side->max, segment->end))
			fresh--;
		ledger_data(tcp->ledger, flow, direction, tcp_segments(flow, direction, segment->bytes), segment->bytes,
			    fresh < segment->bytes ? fresh : segment->bytes);
	}
	count_class(tcp, flow, direction, segment);
	bool whole_copy = segment->class == SEGMENT_TAP_DUPLICATE && !overlap->hole; /* leaves all as it is */
	if (overlap->seen + overlap->hole && !whole_copy)
		cover(tcp, side, segment);
	struct sack_block whole = { segment->start, segment->end };
	if (segment->class == SEGMENT_RETRANSMISSION && overlap->seen) /* its ACK may have passed already */
		tcp_mark_spurious(tcp, flow, direction, whole, segment->packet, EVIDENCE_ACKED);
	else if (segment->class == SEGMENT_REORDERED && overlap->seen) /* the original, late */
		tcp_mark_spurious(tcp, flow, direction, whole, segment->packet, segment->evidence);
	if (overlap->fresh)
		extend(tcp, flow, direction, segment);
}

static bool is_probe(struct tcp *tcp, struct flow *flow, enum direction direction, const struct segment *segment)
{
	struct side *side = &flow->side[direction];
	bool closed = flow->side[!direction].zero_window;
	bool nothing_new = side->una_known && side->una == side->max && segment->start == side->una - 1;
	bool plain = !segment->fin && !(segment->packet->tcp_flags & (TCP_SYN | TCP_RST)) && segment->bytes <= 1;
	bool next_byte = closed && segment->bytes == 1 && side->una_known && segment->start == side->una;
	if (!plain || !(nothing_new || next_byte))
		return false;
	enum counter counter = closed ? COUNT_ZERO_WINDOW_PROBES : COUNT_KEEP_ALIVES;
	ledger_count(tcp->ledger, flow, direction, counter, 1);
	emit(tcp, flow, direction, segment, closed ? EVENT_ZERO_WINDOW_PROBE : EVENT_KEEP_ALIVE, CAUSE_NONE, 0);
	bool fresh = next_byte && side->una == side->max;
	if (segment->bytes)
		ledger_data(tcp->ledger, flow, direction, 1, 1, fresh);
	if (fresh) {
		struct range probe = range_of(segment, segment->start, segment->end);
		probe.flags |= RANGE_PROBE | RANGE_MEASURED;
		append(tcp, side, &probe);
		side->max = segment->end;
	}
	return true;
}

void tcp_data(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet,
	      const struct ip_id_news *ip_id)
{
	struct side *side = &flow->side[direction];
	struct segment segment = {
		.packet = packet,
		.bytes = packet->payload_bytes,
		.fin = packet->tcp_flags & TCP_FIN,
		.ip_id = ip_id,
	};
	segment.start = packet->seq + (packet->tcp_flags & TCP_SYN ? 1 : 0);
	segment.end = segment.start + segment.bytes + segment.fin;
	segment.elsewhere = packet->link_identity != side->link_identity;
	if (is_probe(tcp, flow, direction, &segment))
		return;
	if (segment.end == segment.start) {
		take_empty(tcp, flow, direction, &segment);
		return;
	}
	if (side->fin_missed && seq_before(side->fin_end, segment.end))
		tcp_missed_no_fin(tcp, flow, direction, packet);
	segment.overlap = measure(side, &segment);
	segment.class = classify(tcp, flow, direction, &segment);
	note_tail(tcp, flow, direction, &segment);
	note_lost_repairs(tcp, flow, direction, &segment);
	take_in(tcp, flow, direction, &segment);
	if (segment.class == SEGMENT_TAP_DUPLICATE)
		return;
	side->data_last_ns = packet->t_ns;
	if (segment.fin && !side->fin_seen) {
		side->fin_seen = true;
		side->fin_end = segment.end;
	}
	ledger_in_flight(flow, direction, tcp_in_flight(side));
	if (segment.bytes && segment.overlap.fresh)
		tcp_window_full(tcp, flow, direction, packet, segment.end,
				tcp_segments(flow, direction, segment.bytes));
}
