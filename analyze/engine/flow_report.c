#include "analyze/engine/flow_report.h"

static void put_counts(const uint64_t *counter, struct direction_facts *facts)
{
	facts->retransmitted_segments = counter[COUNT_RETRANSMITTED_SEGMENTS];
	facts->retransmitted_bytes = counter[COUNT_RETRANSMITTED_BYTES];
	facts->fast_retransmissions = counter[COUNT_FAST];
	facts->timeout_retransmissions = counter[COUNT_TIMEOUT];
	facts->slow_start_retransmissions = counter[COUNT_SLOW_START];
	facts->tail_loss_probes = counter[COUNT_TAIL_LOSS_PROBE];
	facts->unknown_retransmissions = counter[COUNT_UNKNOWN_CAUSE];
	facts->syn_retransmissions = counter[COUNT_SYN_RETRANSMISSIONS];
	facts->fin_retransmissions = counter[COUNT_FIN_RETRANSMISSIONS];
	facts->spurious_retransmissions = counter[COUNT_SPURIOUS];
	facts->reordered_segments = counter[COUNT_REORDERED];
	facts->unknown_segments = counter[COUNT_UNKNOWN_SEGMENTS];
	facts->network_duplicates = counter[COUNT_NETWORK_DUPLICATES];
	facts->tap_duplicates = counter[COUNT_TAP_DUPLICATES];
	facts->keep_alives = counter[COUNT_KEEP_ALIVES];
	facts->zero_window_probes = counter[COUNT_ZERO_WINDOW_PROBES];
	facts->lost_upstream = counter[COUNT_LOST_UPSTREAM];
	facts->lost_downstream = counter[COUNT_LOST_DOWNSTREAM];
	facts->capture_gap_segments = counter[COUNT_CAPTURE_GAP_SEGMENTS];
	facts->capture_gap_bytes = counter[COUNT_CAPTURE_GAP_BYTES];
	facts->duplicate_acks = counter[COUNT_DUPLICATE_ACKS];
	facts->dsacks = counter[COUNT_DSACKS];
	facts->zero_windows = counter[COUNT_ZERO_WINDOWS];
	facts->window_full = counter[COUNT_WINDOW_FULL];
	facts->ttl_changes = counter[COUNT_TTL_CHANGES];
	facts->dscp_changes = counter[COUNT_DSCP_CHANGES];
	facts->checksum_errors = counter[COUNT_CHECKSUM_ERRORS];
	facts->ce_marks = counter[COUNT_CE];
	facts->ece_marks = counter[COUNT_ECE];
	facts->cwr_marks = counter[COUNT_CWR];
}

static void put_rtt(const struct rtt *rtt, struct direction_facts *facts)
{
	facts->rtt_samples = rtt->samples;
	if (rtt->samples == 0)
		return;
	facts->rtt_min_ns = rtt->min_ns;
	facts->rtt_mean_ns = rtt->sum_ns / (int64_t)rtt->samples;
	facts->rtt_p50_ns = rtt_percentile(rtt, 50);
	facts->rtt_p95_ns = rtt_percentile(rtt, 95);
	facts->rtt_p99_ns = rtt_percentile(rtt, 99);
	facts->rtt_max_ns = rtt->max_ns;
	facts->rtt_mdev_ns = rtt->rttvar_ns;
}

static void put_side(const struct side *side, struct direction_facts *facts)
{
	*facts = (struct direction_facts){
		.packets = side->packets,
		.bytes = side->bytes,
		.data_segments = side->data_segments,
		.data_bytes = side->data_bytes,
		.new_bytes = side->new_bytes,
		.acked_bytes = side->acked_bytes,
		.window_min = side->window_known ? side->window_min : UINT64_MAX,
		.window_max = side->window_known ? side->window_max : UINT64_MAX,
		.window_scale = side->window_scale,
		.mss = side->mss,
		.segment_bytes = side->segment_bytes,
		.in_flight_max = side->in_flight_max,
		.syns = side->syns,
		.fins = side->fins,
		.resets = side->resets,
		.ttl_min = side->ttl_min,
		.ttl_max = side->ttl_max,
		.sack_permitted = side->sack_permitted,
		.timestamps = side->timestamps,
		.first_ns = side->packets ? side->first_ns : NO_TIME,
		.last_ns = side->packets ? side->last_ns : NO_TIME,
		.limited_handshake_ns = side->limited_ns[LIMIT_HANDSHAKE],
		.limited_application_ns = side->limited_ns[LIMIT_APPLICATION],
		.limited_receive_window_ns = side->limited_ns[LIMIT_RECEIVE_WINDOW],
		.limited_zero_window_ns = side->limited_ns[LIMIT_ZERO_WINDOW],
		.limited_network_ns = side->limited_ns[LIMIT_NETWORK],
	};
	if (side->trouble) {
		put_counts(side->trouble->counter, facts);
		facts->zero_window_ns = side->trouble->zero_window_ns;
		facts->limited_recovery_ns = side->trouble->limited_ns;
	}
	if (side->data_segments && !side->window_edge_known) {
		facts->window_full = UINT64_MAX;
		facts->limited_receive_window_ns = NO_TIME;
	}
	put_rtt(&side->rtt, facts);
}

/* syn_ns of the flow is that of the SYN that was answered, or shifted to it. */
static int64_t first_syn(const struct side *side, int64_t syn_ns)
{
	return side->syns > 1 && syn_ns != NO_TIME && side->first_ns < syn_ns ? side->first_ns : syn_ns;
}

static void put_way(const struct flow *flow, enum direction direction, struct direction_facts *facts)
{
	const struct way *way = &flow->way[direction];
	const struct ends *ends = &flow->ends[direction];
	bool has_gap = flow->side[direction].packets > 1;
	facts->dscp = way->first_dscp & 0x3f;
	facts->ect_packets = ends->ect_packets;
	facts->gap_max_ns = has_gap ? way->gap_max_ns : NO_TIME;
	facts->gap_end_ns = has_gap ? way->gap_end_ns : NO_TIME;
	facts->gap_end_frame = way->gap_end_frame;
	facts->fin_ns = ends->fin_ns;
	facts->fin_acked_ns = ends->fin_acked_ns;
}

static void put_tunnel(const struct flow_tunnel *tunnel, struct flow_facts *facts)
{
	facts->tunnel = tunnel->kind;
	facts->tunnel_id = tunnel->id;
	facts->tunnel_has_ends = tunnel->has_ends;
	facts->tunnel_client = tunnel->end[C2S];
	facts->tunnel_server = tunnel->end[S2C];
}

void flow_report(const struct flow *flow, enum flow_state state, enum flow_end end, struct flow_facts *facts)
{
	const struct flow_key *key = &flow->key;
	bool low = flow->client_is_low;
	bool both = flow->server_rtt_known && flow->client_rtt_known;
	*facts = (struct flow_facts){
		.id = flow->id,
		.protocol = (uint8_t)key->protocol,
		.client = low ? key->low : key->high,
		.server = low ? key->high : key->low,
		.client_port = low ? key->low_port : key->high_port,
		.server_port = low ? key->high_port : key->low_port,
		.vlan = flow->vlan,
		.state = state,
		.end = end,
		.first_ns = flow->first_ns,
		.last_ns = flow->last_ns,
		.first_frame = flow->first_frame,
		.last_frame = flow->last_frame,
		.handshake_seen = flow->handshake_seen,
		.client_known = flow->client_known,
		.handshake_rtt_ns = both ? flow_server_rtt(flow) + flow_client_rtt(flow) : NO_TIME,
		.handshake_server_rtt_ns = flow_server_rtt(flow),
		.handshake_client_rtt_ns = flow_client_rtt(flow),
		.established_ns = flow->established ? flow->established_ns : NO_TIME,
		.syn_ns = first_syn(&flow->side[C2S], flow->syn_ns),
		.syn_ack_ns = first_syn(&flow->side[S2C], flow->syn_ack_ns),
		.reset_ns = flow->reset_ns,
		.reset_by = flow->reset_by,
		.first_fin_by = flow->first_fin_by,
		.responses = flow->responses,
		.response_min_ns = (int64_t)flow->response_min_us * 1000,
		.response_mean_ns = flow->responses ? flow->response_sum_ns / flow->responses : 0,
		.response_max_ns = (int64_t)flow->response_max_us * 1000,
	};
	put_side(&flow->side[C2S], &facts->direction[C2S]);
	put_side(&flow->side[S2C], &facts->direction[S2C]);
	put_way(flow, C2S, &facts->direction[C2S]);
	put_way(flow, S2C, &facts->direction[S2C]);
	if (flow->tunnel)
		put_tunnel(flow->tunnel, facts);
}
