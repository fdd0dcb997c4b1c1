#include "analyze/engine/live_flows.h"

#include "analyze/engine/client.h"
#include "analyze/engine/flow_report.h"
#include "analyze/engine/limit_account.h"
#include "analyze/engine/tenants.h"
#include "analyze/engine/application/udp_stream.h"
#include "analyze/engine/way.h"

#define SECOND_NS 1000000000
#define UNANSWERED_IDLE_NS (130LL * SECOND_NS) /* a client that retries for longer is rare (RFC 9293: 100 s) */

bool live_flows_init(struct live_flows *flows)
{
	flows->next_id = 1;
	flows->table = flow_table_new();
	flows->expiry = flows->table ? expiry_new(flows->table) : NULL;
	return flows->expiry != NULL;
}

void live_flows_free(struct live_flows *flows)
{
	expiry_free(flows->expiry);
	flow_table_free(flows->table);
}

/* What is spoken above the flow's protocol ends with it. */
static void end_above(struct live_flows *flows, struct flow *flow, enum flow_end end, int64_t now_ns)
{
	if (flow->key.protocol == PROTOCOL_TCP)
		application_flow_end(flows->application, flow, end == FLOW_END_CAPTURE);
	else if (flow->key.protocol == PROTOCOL_UDP)
		udp_stream_flow_end(flows->outlet, flow);
	else if (is_icmp(flow->key.protocol))
		icmp_flow_end(flows->icmp, flow, now_ns);
}

static void end_flow(struct live_flows *flows, struct flow *flow, enum flow_end end, int64_t now_ns)
{
	const struct outlet *outlet = flows->outlet;
	bool is_tcp = flow->key.protocol == PROTOCOL_TCP;
	if (is_tcp)
		tcp_end(flows->tcp, flow);
	if (flow->above.application)
		end_above(flows, flow, end, now_ns);
	ledger_flow_end(outlet->ledger, flow);
	if (outlet->sink->flow) {
		struct flow_facts facts;
		flow_report(flow, is_tcp ? tcp_state(flow) : FLOW_NONE, end, &facts);
		outlet->sink->flow(outlet->user, &facts);
	}
	for (unsigned i = 0; i < 2; i++) {
		rtt_free(&flow->side[i].rtt, outlet->arena);
		arena_give(outlet->arena, flow->side[i].trouble, sizeof *flow->side[i].trouble);
	}
	limit_forget(flow, outlet->arena);
	arena_give(outlet->arena, flow->tunnel, sizeof *flow->tunnel);
	flows->apart -= flow->key.network != 0;
	expiry_cancel(flows->expiry, flow);
	flow_table_remove(flows->table, flow);
}

static int64_t time_out(const struct engine_options *options, const struct flow *flow)
{
	if (flow->key.protocol != PROTOCOL_TCP)
		return options->udp_idle_ns;
	if (flow_is_over(flow))
		return options->closed_linger_ns;
	bool opening = !flow->established && flow->side[C2S].syns;
	return opening && UNANSWERED_IDLE_NS < options->tcp_idle_ns ? UNANSWERED_IDLE_NS : options->tcp_idle_ns;
}

void live_flows_expire(struct live_flows *flows, int64_t now_ns)
{
	for (struct flow *flow; (flow = expiry_due(flows->expiry, now_ns));) {
		int64_t due_ns = flow->last_ns + time_out(flows->options, flow);
		if (due_ns > now_ns)
			expiry_schedule(flows->expiry, flow, due_ns);
		else
			end_flow(flows, flow, flow_is_over(flow) ? FLOW_END_CLOSE : FLOW_END_IDLE, now_ns);
	}
}

void live_flows_linger(struct live_flows *flows, struct flow *flow)
{
	expiry_schedule(flows->expiry, flow, flow->last_ns + flows->options->closed_linger_ns);
}

void live_flows_end(struct live_flows *flows, int64_t now_ns)
{
	for (struct flow *flow; (flow = expiry_first(flows->expiry));)
		end_flow(flows, flow, flow_is_over(flow) ? FLOW_END_CLOSE : FLOW_END_CAPTURE, now_ns);
}

/* Makes room for one more flow. */
static void evict(struct live_flows *flows, int64_t now_ns)
{
	const unsigned tries = 8; /* then one that was active lately must go too */
	for (unsigned i = 0;; i++) {
		struct flow *flow = expiry_first(flows->expiry);
		int64_t idle_ns = now_ns - flow->last_ns;
		if (i == tries || flow_is_over(flow) || idle_ns > SECOND_NS) {
			end_flow(flows, flow, FLOW_END_EVICTED, now_ns);
			flows->outlet->totals->flows_evicted++;
			return;
		}
		expiry_schedule(flows->expiry, flow, flow->last_ns + time_out(flows->options, flow));
	}
}

static struct flow *new_flow(struct live_flows *flows, const struct packet *packet, const struct flow_key *key,
			     uint64_t hash, bool source_is_low, int64_t now_ns)
{
	struct engine_totals *totals = flows->outlet->totals;
	if (flow_table_count(flows->table) >= flows->options->max_flows)
		evict(flows, now_ns);
	struct flow *flow = flow_table_add(flows->table, key, hash);
	if (!flow)
		return NULL;
	enum client_evidence evidence;
	flow->client_is_low = client_is_source(packet, &evidence) == source_is_low;
	flow->client_known = evidence == CLIENT_BY_SYN;
	flow->client_guessed = packet->protocol == PROTOCOL_TCP && evidence == CLIENT_GUESSED;
	flow->id = flows->next_id++;
	flow->first_ns = flow->last_ns = packet->t_ns;
	flow->first_frame = packet->frame;
	flow->vlan = packet->vlan;
	flow->reset_by = flow->first_fin_by = -1;
	flow->syn_ns = flow->syn_ack_ns = flow->established_ns = flow->reset_ns = NO_TIME;
	flow->ends[C2S].fin_ns = flow->ends[C2S].fin_acked_ns = flow->ends[S2C].fin_ns = flow->ends[S2C].fin_acked_ns = NO_TIME;
	flows->apart += key->network != 0;
	flow->side[C2S].limit_since_ns = flow->side[S2C].limit_since_ns = NO_TIME;
	flow->side[C2S].window_scale = flow->side[S2C].window_scale = -1;
	flow->wheel_slot = NO_FLOW;
	bool syn = packet->protocol == PROTOCOL_TCP && packet->tcp_flags & TCP_SYN;
	int64_t idle_ns = time_out(flows->options, flow); /* which does not know of the SYN yet */
	if (syn && UNANSWERED_IDLE_NS < idle_ns)
		idle_ns = UNANSWERED_IDLE_NS;
	expiry_schedule(flows->expiry, flow, flow->first_ns + idle_ns);
	totals->flows++;
	uint32_t live = flow_table_count(flows->table);
	if (live > totals->flows_live_max)
		totals->flows_live_max = live;
	ledger_count_scopes(flows->outlet->ledger, flow, COUNT_FLOWS_NEW, 1);
	return flow;
}

/* The flow that the packet belongs to where there are tunnels; NULL: it begins one, under `key`, which is changed if it
 * must be. `flow` is the one that has its addresses and ports, or NULL. */
static struct flow *find_tenant(struct live_flows *flows, struct flow *flow, const struct waiting *waiting, bool copy,
				struct flow_key *key, uint64_t *hash)
{
	const struct packet *packet = &waiting->packet;
	enum direction direction = flow && waiting->source_is_low == flow->client_is_low ? C2S : S2C;
	if (flow && tenants_knows(flow, direction, packet))
		return flow;
	struct flow_key apart = *key;
	apart.network = tenants_network(packet) & NETWORK_BARE;
	uint64_t apart_hash = flow_key_hash(&apart, flows->options->hash_seed);
	struct flow *tenant = flows->apart ? flow_table_find(flows->table, &apart, apart_hash) : NULL;
	if (tenant || !flow || tenants_fits(flow, direction, packet, copy))
		return tenant ? tenant : flow;
	*key = apart;
	*hash = apart_hash;
	return NULL;
}

struct flow *live_flows_of(struct live_flows *flows, struct waiting *waiting, bool copy, int64_t now_ns)
{
	const struct packet *packet = &waiting->packet;
	struct flow_key *key = &waiting->key;
	uint64_t hash = waiting->hash;
	struct flow *flow = flow_table_find(flows->table, key, hash);
	bool alone = flow ? tenants_is_alone(flow, packet) : flows->apart == 0;
	if (!alone)
		flow = find_tenant(flows, flow, waiting, copy, key, &hash);
	if (flow && packet->protocol == PROTOCOL_TCP) {
		enum direction direction = waiting->source_is_low == flow->client_is_low ? C2S : S2C;
		if (tcp_starts_anew(flow, direction, packet)) {
			*key = flow->key;
			hash = key->network ? flow_key_hash(key, flows->options->hash_seed) : hash;
			end_flow(flows, flow, FLOW_END_REUSED, now_ns);
			flow = NULL;
		}
	}
	return flow ? flow : new_flow(flows, packet, key, hash, waiting->source_is_low, now_ns);
}

const struct flow *live_flows_find(const struct live_flows *flows, const struct packet *packet)
{
	struct flow_key key;
	flow_key_of(packet, &key);
	return flow_table_find(flows->table, &key, flow_key_hash(&key, flows->options->hash_seed));
}

void live_flows_swap_sides(struct live_flows *flows, struct flow *flow)
{
	struct side client = flow->side[S2C];
	flow->side[S2C] = flow->side[C2S];
	flow->side[C2S] = client;
	flow->client_is_low = !flow->client_is_low;
	if (flow->first_fin_by >= 0)
		flow->first_fin_by = flow->first_fin_by == C2S ? S2C : C2S;
	way_swap_sides(flow);
	tenants_swap_sides(flow);
	ledger_swap_sides(flows->outlet->ledger, flow);
	application_swap_sides(flows->application, flow);
}
