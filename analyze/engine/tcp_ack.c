#include "analyze/engine/tcp_internal.h"

#define HISTORY_EXTRA_NS 10000000    /* beyond two round trips: how long a DSACK may take */
#define HISTORY_REPAIR_NS 3000000000 /* .. and where it was sent again, perhaps because the path has grown slow */
#define HISTORY_REPAIRS 16	     /* ranges at the most that wait for so long */
#define BEFORE_MAX (1 << 24)	     /* bytes in flight when the capture began; more are not believed */
#define DUPLICATES_ENOUGH 3	     /* for a fast retransmission, whatever else the sender goes by (RFC 5681 3.2) */
#define ACK_BEYOND_MAX (1 << 30)  /* an ACK further beyond what was sent belongs to no such connection */

static uint32_t range_bytes(const struct range *range)
{
	return range->end - range->seq - (range->flags & RANGE_FIN ? 1 : 0);
}

static void emit(struct tcp *tcp, const struct flow *flow, const struct packet *packet, struct event_facts event)
{
	event.t_ns = packet->t_ns;
	event.frame = packet->frame;
	ledger_event(tcp->ledger, flow, &event);
}

static void count_spurious(struct tcp *tcp, struct flow *flow, enum direction direction, const struct range *first,
			   uint32_t bytes, const struct packet *proof, uint32_t evidence)
{
	uint64_t segments = tcp_segments(flow, direction, bytes);
	/* The first repair of a loss upstream is needless only if all were. */
	bool upstream = first->flags & RANGE_LOST_UPSTREAM && first->spurious == first->retransmissions;
	ledger_count(tcp->ledger, flow, direction, COUNT_SPURIOUS, segments);
	ledger_uncount(tcp->ledger, flow, direction, upstream ? COUNT_LOST_UPSTREAM : COUNT_LOST_DOWNSTREAM, segments);
	emit(tcp, flow, proof, (struct event_facts){
		.direction = direction, .kind = EVENT_SPURIOUS, .evidence = evidence, .seq = first->seq, .len = bytes,
	});
}

bool tcp_mark_spurious(struct tcp *tcp, struct flow *flow, enum direction direction, struct sack_block block,
		       const struct packet *proof, uint32_t evidence)
{
	struct side *side = &flow->side[direction];
	const struct range *first = NULL; /* of those that were last sent in one frame: they count together */
	uint32_t bytes = 0;
	bool found = false;
	for (uint32_t i = scoreboard_find(&side->board, block.start); i < side->board.count; i++) {
		struct range *range = scoreboard_at(&side->board, i);
		/* After a time-out Linux takes no SACK for granted: the receiver may have reneged (RFC 2018 8). */
		bool sacked = range->flags & RANGE_SACKED && side->trouble && side->trouble->recovery != RECOVERY_LOSS;
		bool acked = sacked || (side->una_known && seq_until(range->end, side->una));
		if (seq_until(block.end, range->seq))
			break;
		if (range->spurious >= range->retransmissions || range->spurious == RANGE_SPURIOUS_MAX ||
		    (evidence & EVIDENCE_ACKED && !acked))
			continue;
		found = true;
		if (evidence != EVIDENCE_DSACK)
			ledger_trouble(tcp->ledger, side)->needless++;
		range->spurious = (range->spurious + 1) & RANGE_SPURIOUS_MAX;
		if (first && first->t_ns != range->t_ns) {
			count_spurious(tcp, flow, direction, first, bytes, proof, evidence);
			first = NULL;
		}
		bytes = (first ? bytes : 0) + range_bytes(range);
		first = first ? first : range;
	}
	if (first)
		count_spurious(tcp, flow, direction, first, bytes, proof, evidence);
	return found;
}

bool tcp_has_hole(const struct side *side)
{
	const struct scoreboard *board = &side->board;
	uint32_t first = scoreboard_find(board, side->una);
	return first < board->count && scoreboard_at(board, first)->flags & RANGE_HOLE;
}

void tcp_repeats_found(struct tcp *tcp, struct flow *flow, enum direction direction, uint64_t segments)
{
	struct trouble *trouble = flow->side[direction].trouble;
	if (!trouble || trouble->repeats_lost == 0)
		return;
	uint32_t n = segments < trouble->repeats_lost ? (uint32_t)segments : trouble->repeats_lost;
	trouble->repeats_lost -= n;
	ledger_retract(tcp->ledger, flow, direction, COUNT_LOST_UPSTREAM, n);
}

/* Forgets acknowledged ranges; where there has been trouble, not those that a DSACK might yet speak of. */
static void prune(struct tcp *tcp, struct flow *flow, struct side *side, int64_t now_ns)
{
	uint32_t n = scoreboard_find(&side->board, side->una);
	if (side->trouble) {
		int64_t keep_ns = 2 * tcp_path_rtt(flow) + HISTORY_EXTRA_NS;
		uint32_t old = 0;
		for (; old < n; old++) {
			const struct range *range = scoreboard_at(&side->board, old);
			bool repair = range->retransmissions > range->spurious && n - old <= HISTORY_REPAIRS;
			if (now_ns - range->t_ns <= (repair ? HISTORY_REPAIR_NS : keep_ns))
				break;
		}
		n = old;
	}
	if (n)
		scoreboard_pop(&side->board, n);
	if (side->board.count == 0) /* most flows are idle most of the time */
		scoreboard_free(&side->board, tcp->arena);
}

static void count_gap(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet,
		      uint32_t seq, uint32_t bytes)
{
	ledger_count(tcp->ledger, flow, direction, COUNT_CAPTURE_GAP_BYTES, bytes);
	ledger_count(tcp->ledger, flow, direction, COUNT_CAPTURE_GAP_SEGMENTS, tcp_segments(flow, direction, bytes));
	struct trouble *trouble = flow->side[direction].trouble;
	if (trouble && trouble->repeats_una == seq) { /* it was the tap that lost them */
		uint64_t segments = tcp_segments(flow, direction, bytes);
		tcp_repeats_found(tcp, flow, direction, segments < trouble->repeats_here ? segments : trouble->repeats_here);
		trouble->repeats_here = 0;
	}
	emit(tcp, flow, packet, (struct event_facts){
		.direction = direction, .kind = EVENT_CAPTURE_GAP, .evidence = EVIDENCE_ACK_BEYOND, .seq = seq, .len = bytes,
	});
}

static void note_gap(struct tcp *tcp, struct flow *flow, enum direction direction, struct range *hole,
		     const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	uint32_t bytes = hole->end - hole->seq;
	hole->flags |= RANGE_GAP;
	hole->t_ns = packet->t_ns;
	if (hole->end == side->max && !side->fin_seen) {
		side->fin_missed = true;
		side->fin_end = hole->end;
	}
	if (side->fin_missed && bytes == 1) { /* more likely the FIN than a byte */
		hole->flags |= RANGE_FIN;
		side->fin_seen = true;
	} else {
		count_gap(tcp, flow, direction, packet, hole->seq, bytes);
	}
}

void tcp_missed_no_fin(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	if (side->fin_seen) {
		ledger_acked(tcp->ledger, flow, direction, side->fin_acked);
		count_gap(tcp, flow, direction, packet, side->fin_end - 1, 1);
	}
	side->fin_seen = side->fin_acked = side->fin_missed = false;
	flow->ends[direction].fin_acked_ns = NO_TIME;
}

/* The range at `index` is not acknowledged as a whole. If it is a hole that the ACK ends in, cuts it there: the bytes
 * before it were delivered, those behind it may have been lost. */
static bool cut_hole(struct tcp *tcp, struct scoreboard *board, uint32_t index, uint32_t ack)
{
	const struct range *range = scoreboard_at(board, index);
	bool cut = range->flags & RANGE_HOLE && !(range->flags & RANGE_BEFORE) && seq_before(range->seq, ack);
	return cut && scoreboard_split(board, tcp->arena, index, ack);
}

/* The first newly acknowledged range was sent again, but the ACK echoes an older timestamp: it answers the original
 * (RFC 3522, Eifel detection). */
static void check_eifel(struct tcp *tcp, struct flow *flow, enum direction direction, struct range *range,
			const struct packet *packet)
{
	/* Sent again more than once, the copies' DSACKs tell better which were needless. */
	if (range->retransmissions == 1 && packet->has_timestamp && !(range->flags & RANGE_NO_TIMESTAMP) &&
	    seq_before(packet->tsecr, range->tsval))
		tcp_mark_spurious(tcp, flow, direction, (struct sack_block){ range->seq, range->end }, packet,
				  EVIDENCE_TSECR);
}

static void note_delivered(struct side *side, const struct range *range)
{
	if (side->trouble && !(range->flags & RANGE_HOLE) && range->t_ns > side->trouble->rack_ns)
		side->trouble->rack_ns = range->t_ns;
}

/* Takes RTT samples from what this ACK covers for the first time (Karn: not from what was sent again, nor from what had
 * to wait for that), and finds the holes in it. */
static void acknowledge(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	struct scoreboard *board = &side->board;
	uint32_t first = scoreboard_find(board, side->una), last = first;
	int64_t repaired_ns = INT64_MIN; /* when the last repair that this ACK waited for was sent */
	for (; last < board->count; last++) {
		if (!seq_until(scoreboard_at(board, last)->end, packet->ack) && !cut_hole(tcp, board, last, packet->ack))
			break;
		struct range *range = scoreboard_at(board, last);
		if (range->flags & RANGE_HOLE && !(range->flags & RANGE_BEFORE))
			note_gap(tcp, flow, direction, range, packet);
		bool repair = range->retransmissions || range->flags & (RANGE_HOLE | RANGE_LOST_UPSTREAM);
		if (repair && range->t_ns > repaired_ns)
			repaired_ns = range->t_ns;
	}
	if (first < last)
		check_eifel(tcp, flow, direction, scoreboard_at(board, first), packet);
	for (uint32_t i = first; i < last; i++) {
		struct range *range = scoreboard_at(board, i);
		bool clean = !(range->flags & (RANGE_MEASURED | RANGE_HOLE)) && !range->retransmissions;
		if (clean && range->t_ns > repaired_ns)
			ledger_rtt(tcp->ledger, flow, direction, packet->t_ns - range->t_ns);
		range->flags |= RANGE_MEASURED;
		note_delivered(side, range);
	}
}

static void leave_recovery(struct side *side)
{
	struct trouble *trouble = side->trouble;
	if (!trouble)
		return;
	trouble->duplicate_acks = 0;
	if (trouble->recovery != RECOVERY_NONE && seq_until(trouble->recovery_point, side->una))
		trouble->recovery = RECOVERY_NONE;
	if (trouble->has_probe && seq_until(trouble->probe_end, side->una))
		trouble->has_probe = false;
	if (trouble->has_sacked && seq_until(trouble->highest_sacked, side->una))
		trouble->has_sacked = false;
}

void tcp_before_capture(struct tcp *tcp, struct flow *flow, enum direction direction)
{
	struct side *side = &flow->side[direction];
	uint32_t bytes = side->base - side->una;
	bool joins = side->board.count == 0 ? side->max == side->base : scoreboard_at(&side->board, 0)->seq == side->base;
	if (bytes == 0 || bytes > BEFORE_MAX || !joins)
		return;
	struct range hole = {
		.seq = side->una,
		.end = side->base,
		.t_ns = side->first_ns,
		.ip_id = side->ip_id_next,
		.tsval = side->tsval_last,
		.flags = RANGE_HOLE | RANGE_BEFORE,
	};
	if (!side->ip_id_known)
		hole.flags |= RANGE_NO_IP_ID;
	if (!side->timestamps)
		hole.flags |= RANGE_NO_TIMESTAMP;
	if (flow->side[!direction].syns) { /* it was sent after the capture began */
		hole.flags = RANGE_HOLE;
		side->base = side->una;
	}
	tcp_scoreboard_reserve(tcp, side);
	if (!scoreboard_insert(&side->board, tcp->arena, 0, &hole))
		tcp->memory_failures++;
}

/* Of the segments that the tap missed, those whose IDs have not been missing yet. The others were taken for a lost tail. */
static uint64_t unnoticed(struct tcp *tcp, struct flow *flow, enum direction direction, uint32_t bytes)
{
	struct trouble *trouble = flow->side[direction].trouble;
	uint64_t segments = tcp_segments(flow, direction, bytes);
	if (!trouble || trouble->tail_left == 0)
		return segments;
	uint64_t noticed = segments < trouble->tail_left ? segments : trouble->tail_left;
	trouble->tail_left -= (uint32_t)noticed;
	tcp_repeats_found(tcp, flow, direction, noticed);
	return segments - noticed;
}

/* An ACK of what was never seen: a hole at the end, which acknowledge will find. */
static bool reach(struct tcp *tcp, struct flow *flow, enum direction direction, uint32_t ack, int64_t now_ns)
{
	struct side *side = &flow->side[direction];
	if (ack - side->max > ACK_BEYOND_MAX)
		return false;
	struct range hole = {
		.seq = side->max,
		.end = ack,
		.t_ns = now_ns,
		.flags = RANGE_HOLE | RANGE_NO_IP_ID | RANGE_NO_TIMESTAMP,
	};
	if (tcp_maybe_before(flow, now_ns))
		hole.flags |= RANGE_BEFORE;
	tcp_scoreboard_reserve(tcp, side);
	if (!scoreboard_insert(&side->board, tcp->arena, side->board.count, &hole))
		tcp->memory_failures++;
	side->max = ack;
	side->ip_id_next = (uint16_t)(side->ip_id_next + unnoticed(tcp, flow, direction, ack - hole.seq));
	return true;
}

static void advance(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	uint32_t from = seq_max(side->una, side->base);
	acknowledge(tcp, flow, direction, packet);
	bool acks_fin = side->fin_seen && !side->fin_acked && seq_until(side->fin_end, packet->ack);
	if (seq_before(from, packet->ack))
		ledger_acked(tcp->ledger, flow, direction, packet->ack - from - acks_fin);
	if (acks_fin) {
		side->fin_acked = true;
		flow->ends[direction].fin_acked_ns = packet->t_ns;
	}
	side->una = packet->ack;
	side->ack_last_ns = packet->t_ns;
	leave_recovery(side);
	prune(tcp, flow, side, packet->t_ns);
}

/* Marks the ranges in [start, end) as reported. True if any of it is news. */
static bool mark_sacked(struct tcp *tcp, struct flow *flow, enum direction direction, uint32_t start, uint32_t end,
			int64_t now_ns)
{
	struct side *side = &flow->side[direction];
	bool news = false;
	for (uint32_t i = scoreboard_find(&side->board, start); i < side->board.count; i++) {
		struct range *range = scoreboard_at(&side->board, i);
		if (seq_before(end, range->end))
			break;
		if (range->flags & RANGE_SACKED || seq_before(range->seq, start))
			continue;
		range->flags |= RANGE_SACKED;
		news = true;
		if (!(range->flags & (RANGE_MEASURED | RANGE_HOLE)) && !range->retransmissions)
			ledger_rtt(tcp->ledger, flow, direction, now_ns - range->t_ns);
		range->flags |= RANGE_MEASURED;
		note_delivered(side, range);
	}
	return news;
}

/* What of the block was not reported before, from the few newest blocks: they mostly grow at their end. */
static uint32_t unreported(struct trouble *trouble, const struct sack_block *block)
{
	for (unsigned i = 0; i < SACK_CACHE; i++) {
		struct sack_range *known = &trouble->sacked[i];
		if (known->start != block->start || seq_before(block->end, known->end))
			continue;
		uint32_t from = known->end;
		known->end = block->end;
		return from;
	}
	for (unsigned i = SACK_CACHE - 1; i > 0; i--)
		trouble->sacked[i] = trouble->sacked[i - 1];
	trouble->sacked[0] = (struct sack_range){ block->start, block->end };
	return block->start;
}

static bool is_duplicate_sack(const struct packet *packet) /* RFC 2883 4 */
{
	const struct sack_block *first = &packet->sack[0], *second = &packet->sack[1];
	if (seq_until(first->end, packet->ack))
		return true;
	return packet->sack_blocks > 1 && seq_until(second->start, first->start) && seq_until(first->end, second->end);
}

void tcp_note_copy(struct tcp *tcp, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct side *side = &flow->side[direction];
	uint32_t first = scoreboard_find(&side->board, packet->seq);
	ledger_trouble(tcp->ledger, side)->copies++;
	if (first < side->board.count && scoreboard_at(&side->board, first)->seq == packet->seq)
		scoreboard_at(&side->board, first)->flags |= RANGE_DUPLICATED;
}

/* True if the block reports what is known to be needless by other evidence. */
static bool reports_needless(struct side *side, const struct sack_block *block)
{
	uint32_t first = scoreboard_find(&side->board, block->start);
	if (side->trouble->needless == 0 || first == side->board.count || !scoreboard_at(&side->board, first)->spurious)
		return false;
	side->trouble->needless--;
	return true;
}

/* True if the block reports a copy that has passed the tap. */
static bool reports_copy(struct side *side, const struct sack_block *block)
{
	uint32_t first = scoreboard_find(&side->board, block->start);
	struct range *range = first < side->board.count ? scoreboard_at(&side->board, first) : NULL;
	if (side->trouble->copies == 0 || !range || range->seq != block->start || !(range->flags & RANGE_DUPLICATED))
		return false;
	range->flags &= RANGE_FLAGS & ~RANGE_DUPLICATED;
	side->trouble->copies--;
	return true;
}

/* Any of it was sent again. */
static bool was_repeated(const struct scoreboard *board, const struct sack_block *block)
{
	for (uint32_t i = scoreboard_find(board, block->start); i < board->count; i++) {
		const struct range *range = scoreboard_at(board, i);
		if (seq_until(block->end, range->seq))
			return false;
		if (range->retransmissions)
			return true;
	}
	return false;
}

/* The other side has received something twice: what was sent again needlessly; else what the network delivered twice. */
static void duplicate_sack(struct tcp *tcp, struct flow *flow, enum direction acker, const struct packet *packet)
{
	enum direction direction = !acker;
	struct side *side = &flow->side[direction];
	const struct sack_block *block = &packet->sack[0];
	uint32_t bytes = block->end - block->start;
	ledger_count(tcp->ledger, flow, acker, COUNT_DSACKS, 1);
	if (!side->trouble) /* for want of memory */
		return;
	if (reports_copy(side, block) || reports_needless(side, block) ||
	    tcp_mark_spurious(tcp, flow, direction, *block, packet, EVIDENCE_DSACK))
		return;
	bool ours = seq_until(side->base, block->start) && seq_until(block->end, side->max) && bytes > 1; /* no probe */
	if (side->trouble->needless > 0) {
		side->trouble->needless--;
	} else if (side->trouble->copies > 0) {
		side->trouble->copies--;
	} else if (ours && !was_repeated(&side->board, block)) {
		ledger_count(tcp->ledger, flow, direction, COUNT_NETWORK_DUPLICATES, tcp_segments(flow, direction, bytes));
		emit(tcp, flow, packet, (struct event_facts){
			.direction = direction, .kind = EVENT_NETWORK_DUPLICATE, .evidence = EVIDENCE_DSACK, .seq = block->start, .len = bytes,
		});
	}
}

/* True if the blocks brought news. */
static bool sack(struct tcp *tcp, struct flow *flow, enum direction acker, const struct packet *packet)
{
	enum direction direction = !acker;
	struct side *side = &flow->side[direction];
	struct trouble *trouble = ledger_trouble(tcp->ledger, side);
	unsigned first = 0;
	bool news = false;
	if (is_duplicate_sack(packet)) {
		duplicate_sack(tcp, flow, acker, packet);
		first = 1;
	}
	for (unsigned i = first; i < packet->sack_blocks; i++) {
		const struct sack_block *block = &packet->sack[i];
		if (!seq_before(block->start, block->end) || !seq_before(packet->ack, block->end) ||
		    seq_before(side->max, block->end))
			continue;
		uint32_t from = unreported(trouble, block);
		if (from == block->end)
			continue;
		/* A range that was half covered by the old block is whole now. */
		uint32_t whole = from == block->start ? from : block->start;
		if (from != block->start) {
			uint32_t at = scoreboard_find(&side->board, from);
			if (at < side->board.count)
				whole = seq_max(scoreboard_at(&side->board, at)->seq, block->start);
		}
		news |= mark_sacked(tcp, flow, direction, whole, block->end, packet->t_ns);
		if (!trouble->has_sacked || seq_before(trouble->highest_sacked, block->end))
			trouble->highest_sacked = block->end;
		trouble->has_sacked = true;
	}
	return news;
}

static bool is_duplicate_ack(const struct flow *flow, enum direction acker, const struct packet *packet, bool sack_news)
{
	const struct side *side = &flow->side[!acker];
	bool pure = packet->payload_bytes == 0 && !(packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST));
	bool same_window = packet->window == flow->side[acker].window_raw;
	return pure && packet->ack == side->una && tcp_in_flight(side) > 0 && (same_window || sack_news);
}

/* Notes when the sender is told that the first hole is a loss (RFC 6675 5). */
static void note_report(struct side *side, const struct packet *packet)
{
	struct trouble *trouble = side->trouble;
	if (!trouble) /* for want of memory */
		return;
	bool known = trouble->has_reported && trouble->reported_una == side->una;
	bool enough = trouble->duplicate_acks >= DUPLICATES_ENOUGH && tcp_has_hole(side);
	if (known || !enough || !packet->has_timestamp)
		return;
	trouble->has_reported = true;
	trouble->reported_una = side->una;
	trouble->reported_tsval = packet->tsval;
}

void tcp_ack(struct tcp *tcp, struct flow *flow, enum direction acker, const struct packet *packet)
{
	struct side *side = &flow->side[!acker];
	if (!side->started) { /* nothing of that side has been seen yet */
		side->una = packet->ack;
		side->una_known = true;
		return;
	}
	if (seq_before(side->max, packet->ack) && !reach(tcp, flow, !acker, packet->ack, packet->t_ns))
		return;
	if (!side->una_known) {
		side->una_known = true;
		side->una = seq_min(side->base, packet->ack);
		tcp_before_capture(tcp, flow, !acker);
	}
	bool sack_news = packet->sack_blocks && sack(tcp, flow, acker, packet);
	if (is_duplicate_ack(flow, acker, packet, sack_news)) {
		ledger_trouble(tcp->ledger, side)->duplicate_acks++;
		ledger_count(tcp->ledger, flow, acker, COUNT_DUPLICATE_ACKS, 1);
		side->ack_last_ns = packet->t_ns;
		note_report(side, packet);
	} else if (seq_before(side->una, packet->ack)) {
		advance(tcp, flow, !acker, packet);
	}
	if (sack_news)
		side->ack_last_ns = packet->t_ns;
}
