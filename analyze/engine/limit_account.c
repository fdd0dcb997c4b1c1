#include "analyze/engine/limit_account.h"

#define SECOND_NS 1000000000

struct limits_told {
	int64_t ns[LIMITS + 1]; /* by enum limit */
};

void limit_account(struct side *side, enum limit limit, int64_t now_ns)
{
	if (now_ns <= side->limit_since_ns)
		return;
	int64_t passed_ns = now_ns - side->limit_since_ns;
	if (limit != LIMIT_RECOVERY)
		side->limited_ns[limit] += passed_ns;
	else if (side->trouble)
		side->trouble->limited_ns += passed_ns;
	side->limit_since_ns = now_ns;
}

void limit_begin(struct side *side, enum limit limit)
{
	side->limit = limit & 7;
	side->limit_begun_ns = side->limit_since_ns;
}

/* Up to when what holds now will be accounted as that, whatever comes: a timer's wait turns out to be one when it is over, a
 * far sender's ACKs arrive in between, and its short pause may be a queue's (tcp_limits.c). */
static int64_t certain_until(const struct flow *flow, const struct side *side)
{
	int64_t until_ns = flow->last_ns;
	if (flow->closed) /* nothing follows that changes much */
		return until_ns;
	if (side->limit == LIMIT_APPLICATION) {
		int64_t delay_ns = side->far ? side->acks_under_way->delay_ns : 0;
		bool maybe_far = !flow->reset && (side->far || side->data_segments < LIMIT_TRY_SEGMENTS);
		if (maybe_far && until_ns - side->limit_begun_ns < delay_ns + SECOND_NS)
			return side->limit_since_ns;
	} else if (side->limit != LIMIT_HANDSHAKE && side->limit != LIMIT_RECOVERY) {
		int64_t active_ns = side->data_last_ns > side->ack_last_ns ? side->data_last_ns : side->ack_last_ns;
		until_ns = active_ns < until_ns ? active_ns : until_ns;
	}
	if (side->far && side->acks_under_way->count) {
		int64_t ack_ns = side->acks_under_way->ack[side->acks_under_way->first].t_ns;
		until_ns = ack_ns < until_ns ? ack_ns : until_ns;
	}
	return until_ns;
}

static int64_t limited_ns(const struct side *side, enum limit limit)
{
	if (limit != LIMIT_RECOVERY)
		return side->limited_ns[limit];
	return side->trouble ? side->trouble->limited_ns : 0;
}

/* In whole microseconds, each sum rounded as the store rounds a flow's, so that the rows of a flow add up to that. */
static int64_t rounded(int64_t ns)
{
	return (ns + 500) / 1000 * 1000;
}

static int64_t untold(const struct side *side, enum limit limit)
{
	return rounded(limited_ns(side, limit)) - (side->told ? rounded(side->told->ns[limit]) : 0);
}

bool limit_tell(struct flow *flow, enum direction direction, struct arena *arena, struct flow_interval_facts *facts)
{
	struct side *side = &flow->side[direction];
	if (side->limit_since_ns == NO_TIME) /* not TCP */
		return true;
	struct limits_told *told = side->told;
	if (!told)
		told = arena_take(arena, sizeof *told);
	if (!told)
		return false;
	limit_account(side, side->limit, certain_until(flow, side));
	facts->limited_handshake_ns = untold(side, LIMIT_HANDSHAKE);
	facts->limited_application_ns = untold(side, LIMIT_APPLICATION);
	facts->limited_zero_window_ns = untold(side, LIMIT_ZERO_WINDOW);
	facts->limited_recovery_ns = untold(side, LIMIT_RECOVERY);
	facts->limited_network_ns = untold(side, LIMIT_NETWORK);
	if (!side->data_segments || side->window_edge_known)
		facts->limited_receive_window_ns = untold(side, LIMIT_RECEIVE_WINDOW);
	for (enum limit limit = 0; limit <= LIMITS; limit++)
		told->ns[limit] = limited_ns(side, limit);
	side->told = told;
	return true;
}

bool limit_is_untold(const struct flow *flow)
{
	for (unsigned i = 0; i < 2; i++)
		for (enum limit limit = 0; limit <= LIMITS; limit++)
			if (untold(&flow->side[i], limit))
				return true;
	return false;
}

void limit_forget(struct flow *flow, struct arena *arena)
{
	for (unsigned i = 0; i < 2; i++) {
		arena_give(arena, flow->side[i].told, sizeof *flow->side[i].told);
		flow->side[i].told = NULL;
	}
}
