#include "analyze/engine/duplicates.h"
#include "analyze/engine/tcp_internal.h"

#define IP_ID_STEP_MAX 8192   /* a larger step forward is no order */
#define IP_ID_ENOUGH 2	      /* steps in order before IDs are believed */
#define SUPER_SEGMENTS_MAX 64 /* wire segments of one captured frame, each with its own IP ID */
#define TAP_DELAY_NS 50000000

void tcp_note_ip_id(struct side *side, const struct packet *packet)
{
	if (!packet->has_ip_id)
		return;
	if (side->ip_id_known) {
		uint16_t step = (uint16_t)(packet->ip_id - side->ip_id_last);
		bool in_order = step > 0 && step < IP_ID_STEP_MAX;
		uint16_t *count = in_order ? &side->ip_id_in_order : &side->ip_id_out_of_order;
		if (*count < UINT16_MAX)
			++*count;
		if (side->ip_id_in_order == UINT16_MAX) {
			side->ip_id_in_order /= 2;
			side->ip_id_out_of_order /= 2;
		}
	}
	side->ip_id_known = true;
	side->ip_id_last = packet->ip_id;
}

static bool ip_ids_count_up(const struct side *side)
{
	return side->ip_id_in_order >= IP_ID_ENOUGH && side->ip_id_out_of_order * 16 <= side->ip_id_in_order;
}

/* Which was sent first, the packet or what the range holds? Positive: the packet is younger; negative: older; 0: can't
 * tell. */
static int compare_age(const struct side *side, const struct packet *packet, const struct range *range,
		       uint32_t *evidence)
{
	if (packet->has_ip_id && !(range->flags & RANGE_NO_IP_ID) && ip_ids_count_up(side)) {
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
	if (both_have_id && packet->ip_id == seen->ip_id && ip_ids_count_up(side)) {
		*evidence |= EVIDENCE_IP_ID;
		return SEGMENT_NETWORK_DUPLICATE;
	}
	if (compare_age(side, packet, seen, evidence) < 0)
		return SEGMENT_REORDERED;
	*evidence = EVIDENCE_SEEN;
	return SEGMENT_RETRANSMISSION;
}
