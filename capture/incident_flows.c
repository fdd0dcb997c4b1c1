#include "capture/incident_flows.h"

#include "store/json.h"

#include <stdlib.h>
#include <string.h>

#define COLLECTED 4096	      /* directions; twice as many while they come */
#define SHOWN 20
#define MILLISECOND 1000000.0

/* What a flow did in the interval; both directions, or the whole flow. */
struct rank {
	uint64_t trouble; /* segments sent again or lost */
	int64_t rtt_max_ns;
	uint64_t bytes;
	uint64_t flow_id;
};

struct shown {
	struct rank rank;
	struct flow_facts flow;
	struct flow_interval_facts direction[2];
	bool known[2];
};

struct incident_flows {
	struct flow_interval_facts *list;
	size_t used;
};

/* A visit to all flows, on behalf of a row. */
struct search {
	const struct incident_flows *flows;
	const struct interval_facts *row;
	struct shown *shown;
	size_t count;
};

struct incident_flows *incident_flows_new(void)
{
	struct incident_flows *flows = calloc(1, sizeof *flows);
	if (flows)
		flows->list = calloc(2 * COLLECTED, sizeof *flows->list);
	if (flows && flows->list)
		return flows;
	incident_flows_free(flows);
	return NULL;
}

void incident_flows_free(struct incident_flows *flows)
{
	if (flows)
		free(flows->list);
	free(flows);
}

static struct rank rank_of(const struct flow_interval_facts *facts)
{
	return (struct rank){
		.trouble = (uint64_t)facts->retransmitted_segments + facts->lost_upstream + facts->lost_downstream,
		.rtt_max_ns = facts->rtt_samples ? facts->rtt_max_ns : 0,
		.bytes = facts->bytes,
		.flow_id = facts->flow_id,
	};
}

/* Below 0: `a` fared worse. */
static int compare_ranks(const struct rank *a, const struct rank *b)
{
	if (a->trouble != b->trouble)
		return a->trouble > b->trouble ? -1 : 1;
	if (a->rtt_max_ns != b->rtt_max_ns)
		return a->rtt_max_ns > b->rtt_max_ns ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->flow_id < b->flow_id ? -1 : a->flow_id > b->flow_id;
}

static int compare_collected(const void *left, const void *right)
{
	const struct rank a = rank_of(left), b = rank_of(right);
	return compare_ranks(&a, &b);
}

static int compare_ids(const void *left, const void *right)
{
	const struct flow_interval_facts *a = left, *b = right;
	if (a->flow_id != b->flow_id)
		return a->flow_id < b->flow_id ? -1 : 1;
	return (int)a->direction - (int)b->direction;
}

void incident_flows_put(struct incident_flows *flows, const struct flow_interval_facts *facts)
{
	if (flows->used == 2 * (size_t)COLLECTED) {
		qsort(flows->list, flows->used, sizeof *flows->list, compare_collected);
		flows->used = COLLECTED;
	}
	flows->list[flows->used++] = *facts;
}

void incident_flows_clear(struct incident_flows *flows)
{
	flows->used = 0;
}

static bool belongs(const struct flow_facts *flow, const struct interval_facts *row)
{
	if (!row || row->rest || row->scope == SCOPE_ALL)
		return true;
	if (row->scope == SCOPE_PEER)
		return memcmp(&flow->client, &row->address, sizeof row->address) == 0;
	return memcmp(&flow->server, &row->address, sizeof row->address) == 0 && flow->server_port == row->port &&
	       flow->protocol == row->protocol;
}

/* What was collected of the flow; the list is sorted by id. */
static void find_directions(const struct incident_flows *flows, struct shown *shown)
{
	size_t low = 0, high = flows->used;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (flows->list[middle].flow_id < shown->flow.id)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < flows->used && flows->list[low].flow_id == shown->flow.id; low++) {
		const struct flow_interval_facts *facts = &flows->list[low];
		const struct rank rank = rank_of(facts);
		shown->direction[facts->direction] = *facts;
		shown->known[facts->direction] = true;
		shown->rank.trouble += rank.trouble;
		shown->rank.bytes += rank.bytes;
		if (rank.rtt_max_ns > shown->rank.rtt_max_ns)
			shown->rank.rtt_max_ns = rank.rtt_max_ns;
	}
}

static void visit(void *user, const struct flow_facts *flow)
{
	struct search *search = user;
	if (!belongs(flow, search->row))
		return;
	struct shown shown = {.rank.flow_id = flow->id, .flow = *flow};
	find_directions(search->flows, &shown);
	if (!shown.known[C2S] && !shown.known[S2C])
		return;
	size_t at = search->count;
	while (at > 0 && compare_ranks(&shown.rank, &search->shown[at - 1].rank) < 0)
		at--;
	if (at == SHOWN)
		return;
	if (search->count < SHOWN)
		search->count++;
	memmove(&search->shown[at + 1], &search->shown[at], (search->count - at - 1) * sizeof search->shown[0]);
	search->shown[at] = shown;
}

static void put_rtt(struct json *json, const char *key, uint64_t samples, int64_t rtt_ns)
{
	if (samples)
		json_real(json, key, (double)rtt_ns / MILLISECOND);
	else
		json_null(json, key);
}

static void put_interval(struct json *json, const struct flow_interval_facts *facts)
{
	json_begin_object(json, "interval");
	json_real(json, "interval_ms", (double)facts->interval_ns / MILLISECOND);
	json_integer(json, "packets", facts->packets);
	json_integer(json, "bytes", (int64_t)facts->bytes);
	json_real(json, "mbps", (double)facts->bytes * 8000 / (double)facts->interval_ns);
	json_integer(json, "data_segments", facts->data_segments);
	json_integer(json, "retransmitted_segments", facts->retransmitted_segments);
	json_integer(json, "lost_upstream", facts->lost_upstream);
	json_integer(json, "lost_downstream", facts->lost_downstream);
	json_integer(json, "reordered_segments", facts->reordered_segments);
	json_integer(json, "duplicate_acks", facts->duplicate_acks);
	json_integer(json, "window_full", facts->window_full);
	put_rtt(json, "rtt_mean_ms", facts->rtt_samples, facts->rtt_mean_ns);
	put_rtt(json, "rtt_max_ms", facts->rtt_samples, facts->rtt_max_ns);
	json_end(json);
}

static void put_total(struct json *json, const struct direction_facts *facts)
{
	json_begin_object(json, "total");
	json_integer(json, "packets", (int64_t)facts->packets);
	json_integer(json, "bytes", (int64_t)facts->bytes);
	json_integer(json, "data_segments", (int64_t)facts->data_segments);
	json_integer(json, "retransmitted_segments", (int64_t)facts->retransmitted_segments);
	json_integer(json, "timeout_retransmissions", (int64_t)facts->timeout_retransmissions);
	json_integer(json, "lost_upstream", (int64_t)facts->lost_upstream);
	json_integer(json, "lost_downstream", (int64_t)facts->lost_downstream);
	json_integer(json, "zero_windows", (int64_t)facts->zero_windows);
	json_integer(json, "resets", (int64_t)facts->resets);
	put_rtt(json, "rtt_min_ms", facts->rtt_samples, facts->rtt_min_ns);
	put_rtt(json, "rtt_p95_ms", facts->rtt_samples, facts->rtt_p95_ns);
	json_end(json);
}

static void put_flow(struct json *json, const struct shown *shown)
{
	const struct flow_facts *flow = &shown->flow;
	char text[ADDRESS_TEXT_MAX];
	json_begin_object(json, NULL);
	json_text(json, "protocol", protocol_name(flow->protocol));
	json_text(json, "client_ip", address_text(&flow->client, text));
	json_integer(json, "client_port", flow->client_port);
	json_text(json, "server_ip", address_text(&flow->server, text));
	json_integer(json, "server_port", flow->server_port);
	json_text(json, "state", flow_state_name(flow->state));
	json_real(json, "age_s", (double)(flow->last_ns - flow->first_ns) / (1000 * MILLISECOND));
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		json_begin_object(json, direction == C2S ? "c2s" : "s2c");
		if (shown->known[direction])
			put_interval(json, &shown->direction[direction]);
		put_total(json, &flow->direction[direction]);
		json_end(json);
	}
	json_end(json);
}

char *incident_flows_json(struct incident_flows *flows, const struct engine *engine, const struct interval_facts *row)
{
	struct search search = {.flows = flows, .row = row, .shown = calloc(SHOWN, sizeof *search.shown)};
	struct json *json = json_new();
	char *text = NULL;
	if (!search.shown || !json)
		goto out;
	if (flows->used > 1)
		qsort(flows->list, flows->used, sizeof *flows->list, compare_ids);
	engine_flows(engine, visit, &search);
	json_begin_array(json, NULL);
	for (size_t i = 0; i < search.count; i++)
		put_flow(json, &search.shown[i]);
	json_end(json);
	text = json_finish(json);
out:
	json_free(json);
	free(search.shown);
	return text;
}
