#include "analyze/engine/duplicates.h"
#include "analyze/engine/tcp_internal.h"

#define SUPER_SEGMENTS_MAX 64 /* wire segments of one captured frame, each with its own IP ID */
#define TAP_DELAY_NS 50000000

/* Which was sent first, the packet or what the range holds? Positive: the packet is younger; negative: older; 0: can't
 * tell. */
static int compare_age(const struct side *side, const struct packet *packet, const struct range *range,
		       uint32_t *evidence)
{
	if (packet->has_ip_id && !(range->flags & RANGE_NO_IP_ID) && tcp_ip_ids_count_up(side)) {
		int16_t step = (int16_t)(packet->ip_id - range->ip_id);
		if (step != 0)
			*evidence |= EVIDENCE_IP_ID;
		return step > 0 ? 1 : step < 0 ? -1 : 0;
	}
	if (packet->has_timestamp && !(range->flags & RANGE_NO_TIMESTAMP)) {
		int32_t step = seq_distance(range->tsval, packet->tsval);
		if (step != 0)
			*evidence |= EVIDENCE_TIMESTAMP;
		return step > 0 ? 1 : step < 0 ? -1 : 0;
	}
	return 0;
}

enum segment_class tcp_judge_hole(const struct flow *flow, enum direction direction, const struct packet *packet,
				  const struct range *hole, uint32_t *evidence)
{
	const struct side *side = &flow->side[direction];
	int age = compare_age(side, packet, hole, evidence);
	if (age != 0)
		return age < 0 ? SEGMENT_REORDERED : SEGMENT_RETRANSMISSION;
	/* News of the hole must go to the receiver and back to the sender, and the retransmission must come here: one
	 * round trip, wherever the tap is. */
	int64_t elapsed = packet->t_ns - hole->t_ns, rtt = tcp_path_rtt(flow);
	if (rtt == 0)
		return SEGMENT_UNKNOWN;
	*evidence |= EVIDENCE_RTT;
	if (elapsed < rtt - rtt / 4)
		return SEGMENT_REORDERED;
	const struct trouble *trouble = side->trouble;
	bool reported = trouble && (trouble->has_sacked || trouble->duplicate_acks > 0);
	if (reported)
		*evidence |= trouble->has_sacked ? EVIDENCE_SACK : EVIDENCE_DUPLICATE_ACKS;
	if (reported || elapsed > rtt + MIN_RTO_NS)
		return SEGMENT_RETRANSMISSION;
	*evidence = 0;
	return SEGMENT_UNKNOWN;
}

/* One packet seen whole at one point and cut into wire segments (or put together) at another: the timestamps are the same,
 * and the IDs count up from the first. */
static bool is_other_tap(const struct flow *flow, const struct side *side, const struct packet *packet,
			 const struct range *seen)
{
	int64_t delay = packet->t_ns - seen->t_ns;
	bool elsewhere = packet->link_identity != side->link_identity || seen->flags & RANGE_ELSEWHERE;
	if (!elsewhere || delay > TAP_DELAY_NS)
		return false;
	bool has_time = packet->has_timestamp && !(seen->flags & RANGE_NO_TIMESTAMP);
	if (has_time && packet->tsval != seen->tsval)
		return false;
	bool cut = packet->seq != seen->seq || packet->payload_bytes != seen->end - seen->seq;
	bool same = cut && duplicates_same_elsewhere(delay, tcp_path_rtt(flow), has_time);
	if (!packet->has_ip_id || seen->flags & RANGE_NO_IP_ID)
		return same;
	uint16_t step = (uint16_t)(packet->ip_id - seen->ip_id);
	uint64_t nth = (packet->seq - seen->seq) / (side->segment_bytes ? side->segment_bytes : 1);
	bool near = (uint16_t)(step + SUPER_SEGMENTS_MAX) <= 2 * SUPER_SEGMENTS_MAX;
	return step == 0 || step == nth || (same && near);
}

enum segment_class tcp_judge_seen(const struct flow *flow, enum direction direction, const struct packet *packet,
				  const struct range *seen, uint32_t *evidence)
{
	const struct side *side = &flow->side[direction];
	if (is_other_tap(flow, side, packet, seen))
		return SEGMENT_TAP_DUPLICATE;
	bool both_have_id = packet->has_ip_id && !(seen->flags & RANGE_NO_IP_ID);
	if (both_have_id && packet->ip_id == seen->ip_id && tcp_ip_ids_count_up(side)) {
		*evidence |= EVIDENCE_IP_ID;
		return SEGMENT_NETWORK_DUPLICATE;
	}
	if (compare_age(side, packet, seen, evidence) < 0)
		return SEGMENT_REORDERED;
	*evidence = EVIDENCE_SEEN;
	return SEGMENT_RETRANSMISSION;
}

/* How often a timer has expired in a silence, if the first time-out is `first_ns` and each doubles it. */
static uint32_t expirations(int64_t silence_ns, int64_t first_ns)
{
	uint32_t n = 0;
	for (int64_t steps = silence_ns / first_ns + 1; steps > 1; steps /= 2) /* n of them take 2^n - 1 times the first */
		n++;
	return n;
}

/* With the shortest timers: a probe after two round trips, then the time-outs (RFC 8985 7.2, RFC 6298 5.5). */
static uint32_t most_expirations(const struct flow *flow, int64_t silence_ns)
{
	int64_t rtt = tcp_path_rtt(flow);
	return 1 + expirations(silence_ns - 2 * rtt, rtt + MIN_RTO_NS);
}

/* Since its last data; without any, since its SYN. */
static int64_t silence_of(const struct side *side, const struct packet *packet)
{
	return packet->t_ns - (side->data_last_ns ? side->data_last_ns : side->first_ns);
}

bool tcp_judge_fresh(const struct tcp *tcp, const struct flow *flow, enum direction direction, const struct packet *packet,
		     const struct ip_id_news *ip_id, uint32_t *evidence)
{
	const struct side *side = &flow->side[direction];
	const struct trouble *trouble = side->trouble;
	if (!ip_id->missing && !(trouble && trouble->tail_left))
		return false;
	int64_t silence_ns = silence_of(side, packet), rtt = tcp_path_rtt(flow);
	if (rtt == 0 || packet->tcp_flags & TCP_SYN)
		return false;
	if (!ip_id->missing) { /* one more of a tail whose first is known to have been lost */
		bool continues = packet->seq == side->max && silence_ns < 2 * rtt;
		*evidence |= continues ? EVIDENCE_IP_ID : 0;
		return continues;
	}
	/* While a hole is being repaired there are no probes, and the missing ones are rather repairs that were lost. */
	bool timer_expired = tcp_idle(tcp, side, packet) >= (tcp_has_hole(side) ? MIN_RTO_NS : rtt + rtt / 2);
	bool probes = trouble && (trouble->counter[COUNT_KEEP_ALIVES] || trouble->counter[COUNT_ZERO_WINDOW_PROBES]);
	if (!timer_expired || probes) /* which may be what is missing */
		return false;
	*evidence |= EVIDENCE_IP_ID | EVIDENCE_TIMER;
	return true;
}

uint32_t tcp_tail_left(const struct flow *flow, enum direction direction, const struct packet *packet, uint32_t missing)
{
	const struct side *side = &flow->side[direction];
	if (missing == 0)
		return side->trouble->tail_left - 1;
	if (packet->seq != side->max) /* a probe, which repeats the very last segment */
		return 0;
	/* Of the missing, one is this segment when it was sent first, and one each for the timers that expired since. */
	uint32_t sent = most_expirations(flow, silence_of(side, packet));
	return sent < missing ? missing - sent : 0;
}
