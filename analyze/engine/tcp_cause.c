/* Why a sender sent again, told from what it had been told. Linux is the model: RACK-TLP (RFC 8985) with SACK, RFC 6298
 * timers with a floor of 200 ms. */
#include "analyze/engine/tcp_internal.h"

struct situation {
	bool reported;	    /* SACK, duplicate ACKs or RACK have reported it missing */
	bool timer_expired; /* so long silent that a retransmission timer must have expired */
	bool prompt;	    /* so soon that no timer can have expired */
	bool late;	    /* later than any probe */
	bool tail;	    /* nothing was sent beyond it */
};

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The smallest time-out that the sender can have, with what the tap knows of its round trips. */
static int64_t path_timeout(const struct flow *flow)
{
	const struct rtt *one = &flow->side[C2S].rtt, *two = &flow->side[S2C].rtt;
	int64_t srtt = (one->samples ? one->srtt_ns : 0) + (two->samples ? two->srtt_ns : 0);
	int64_t handshake = tcp_path_rtt(flow);
	return tcp_bounded(srtt > handshake ? srtt : handshake) + MIN_RTO_NS;
}

/* Both SYNs must have the option (RFC 2018 2); where they weren't seen, it is likely. */
static bool sack_is_on(const struct flow *flow)
{
	return !flow->handshake_seen || (flow->side[C2S].sack_permitted && flow->side[S2C].sack_permitted);
}

static struct situation look(const struct flow *flow, const struct side *side, const struct trouble *trouble,
			     const struct repeat *repeat, uint32_t *evidence)
{
	int64_t since_ack = repeat->now_ns - side->ack_last_ns, since_sent = repeat->now_ns - repeat->sent_ns;
	int64_t quiet = smaller(since_ack, since_sent);
	bool sacked_above = trouble->has_sacked && seq_before(repeat->start, trouble->highest_sacked);
	bool overtaken = repeat->sent_ns < trouble->rack_ns; /* what was sent after it has arrived */
	uint32_t enough = sack_is_on(flow) ? 1 : 3;
	struct situation now = {
		.reported = sacked_above || overtaken || trouble->duplicate_acks >= enough,
		.timer_expired = quiet >= path_timeout(flow) * 9 / 10,
		.prompt = smaller(quiet, repeat->now_ns - side->data_last_ns) < tcp_path_rtt(flow) / 2,
		.late = quiet > 2 * (2 * path_timeout(flow) + MIN_RTO_NS),
		.tail = seq_until(side->max, repeat->end) && trouble->tail_left == 0,
	};
	if (overtaken)
		*evidence |= EVIDENCE_RACK;
	if (sacked_above)
		*evidence |= EVIDENCE_SACK;
	else if (now.reported && !overtaken)
		*evidence |= EVIDENCE_DUPLICATE_ACKS;
	return now;
}

static enum cause decide(const struct flow *flow, const struct trouble *trouble, struct situation now)
{
	if (trouble->recovery == RECOVERY_LOSS)
		return now.timer_expired ? CAUSE_TIMEOUT : CAUSE_SLOW_START;
	if (now.reported || trouble->recovery == RECOVERY_FAST)
		return now.timer_expired ? CAUSE_TIMEOUT : CAUSE_FAST;
	if (now.prompt)
		return CAUSE_UNKNOWN;
	/* With a probe pending the timer is the probe's (RFC 8985 7.2), so that it comes before any time-out. */
	if (now.tail && sack_is_on(flow) && !trouble->has_probe && !now.late)
		return CAUSE_TAIL_LOSS_PROBE;
	return CAUSE_TIMEOUT;
}

enum cause tcp_cause(struct tcp *tcp, struct flow *flow, enum direction direction, const struct repeat *repeat, uint32_t *evidence)
{
	struct side *side = &flow->side[direction];
	struct trouble *trouble = ledger_trouble(tcp->ledger, side);
	struct situation now = look(flow, side, trouble, repeat, evidence);
	enum cause cause = decide(flow, trouble, now);
	uint32_t sent_so_far = seq_max(side->max, repeat->end) + trouble->tail_left * side->segment_bytes;
	switch (cause) {
	case CAUSE_FAST:
		if (trouble->recovery == RECOVERY_NONE)
			trouble->recovery_point = sent_so_far;
		trouble->recovery = RECOVERY_FAST;
		break;
	case CAUSE_TIMEOUT:
		trouble->recovery = RECOVERY_LOSS;
		trouble->recovery_point = sent_so_far;
		*evidence |= EVIDENCE_TIMER;
		break;
	case CAUSE_TAIL_LOSS_PROBE:
		trouble->has_probe = true;
		trouble->probe_end = repeat->end;
		*evidence |= EVIDENCE_TIMER;
		break;
	default:
		break;
	}
	return cause;
}
