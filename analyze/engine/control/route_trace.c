#include "analyze/engine/control/route_trace.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/control/keyed_rows.h"
#include "analyze/engine/sum.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 16384	  /* remembered; powers of two. A newer one takes the place of an older */
#define PAIRS 4096
#define TRACES_MAX 1024
#define HOPS_MAX 32768	  /* of all traces: TTLs, and routers that answered */
#define NEAR_TTL 5	  /* no other traffic has so few hops left */
#define ANSWER_NS 10000000000LL /* a later answer is to something else */

/* Compared as bytes: no padding. What makes a probe's answers recognisable. */
struct probe_key {
	struct address source, destination;
	uint32_t number; /* ICMP: sequence number; TCP: the same; UDP: IP ID, as some traceroutes keep the ports */
	uint16_t source_port, destination_port;
	uint32_t protocol;
};

struct probe {
	struct probe_key key;
	int64_t t_ns;
	uint64_t frame;
	uint8_t ttl; /* 0: the place is empty */
	bool answered;
};

struct trace_key {
	struct address source, destination;
	uint32_t protocol;
};

/* The TTL that was last seen between two, while nothing else says that it is a trace. */
struct pair {
	struct trace_key key;
	uint32_t ttl;
};

struct trace_row {
	struct trace_key key;
	uint32_t ttls; /* set of those that were probed */
	bool exceeded; /* a router has answered */
};

/* Of one TTL of one trace; with an address, of a router that answered. */
struct hop_key {
	struct address address; /* zero: the TTL's own row */
	uint32_t trace, ttl;
};

struct hop_row {
	struct hop_key key;
	bool reached;
	uint64_t count; /* probes of the TTL, or replies of the router */
	int64_t min_ns, sum_ns, max_ns;
	int64_t first_ns;
	uint64_t first_frame;
	uint32_t next; /* NO_ROW; another router of this TTL, in order of arrival; last: of the TTL's own row */
	uint32_t last;
};

struct route_traces {
	const struct outlet *outlet;
	struct probe *probes; /* NULL: none so far */
	struct pair *pairs;
	struct keyed_rows traces, hops;
	bool tcp; /* some probe was TCP's */
};

_Static_assert(sizeof(struct probe_key) == 44 && sizeof(struct trace_key) == 36 && sizeof(struct hop_key) == 24, "no padding");

struct route_traces *route_traces_new(const struct outlet *outlet)
{
	struct route_traces *traces = calloc(1, sizeof *traces);
	if (!traces)
		return NULL;
	traces->outlet = outlet;
	traces->traces = (struct keyed_rows)KEYED_ROWS(struct trace_row, struct trace_key, TRACES_MAX);
	traces->hops = (struct keyed_rows)KEYED_ROWS(struct hop_row, struct hop_key, HOPS_MAX);
	return traces;
}

static uint32_t hash_of(const void *key, size_t bytes)
{
	uint64_t hash = 0;
	for (size_t at = 0; at < bytes; at += 4) {
		uint32_t word;
		memcpy(&word, (const uint8_t *)key + at, sizeof word);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static bool is_echo(const struct packet *packet, uint8_t type4, uint8_t type6)
{
	return (packet->protocol == PROTOCOL_ICMP && packet->icmp_type == type4) ||
	       (packet->protocol == PROTOCOL_ICMPV6 && packet->icmp_type == type6);
}

static bool may_be_probe(const struct packet *packet)
{
	if (packet->ttl == 0 || packet->ttl >= ROUTE_TRACE_TTL)
		return false;
	if (packet->protocol == PROTOCOL_TCP)
		return (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	return (packet->protocol == PROTOCOL_UDP || is_echo(packet, 8, 128)) && !address_is_group(&packet->destination);
}

/* Of a probe, or of a probe as an error quotes it. */
static struct probe_key probe_key_of(const struct packet *packet)
{
	struct probe_key key = {
		.source = packet->source,
		.destination = packet->destination,
		.source_port = packet->source_port,
		.destination_port = packet->destination_port,
		.protocol = packet->protocol,
	};
	if (packet->protocol == PROTOCOL_TCP)
		key.number = packet->seq;
	else if (packet->protocol == PROTOCOL_UDP)
		key.number = packet->ip_id;
	else
		key.number = be16(packet->icmp_rest + 2);
	return key;
}

static struct probe *place_of(const struct route_traces *traces, const struct probe_key *key)
{
	return &traces->probes[hash_of(key, sizeof *key) & (PROBES - 1)];
}

static bool has_tables(struct route_traces *traces)
{
	if (traces->probes)
		return true;
	traces->probes = calloc(PROBES, sizeof *traces->probes);
	traces->pairs = calloc(PAIRS, sizeof *traces->pairs);
	if (traces->probes && traces->pairs)
		return true;
	free(traces->probes);
	free(traces->pairs);
	traces->probes = NULL;
	traces->pairs = NULL;
	traces->outlet->totals->memory_failures++;
	return false;
}

static struct trace_key trace_key_of(const struct probe_key *probe)
{
	return (struct trace_key){ .source = probe->source, .destination = probe->destination, .protocol = probe->protocol };
}

static struct hop_row *have_hop(struct route_traces *traces, const struct hop_key *key, int64_t t_ns, uint64_t frame)
{
	bool added;
	struct hop_row *hop = keyed_rows_have(&traces->hops, key, &added);
	if (!hop) {
		traces->outlet->totals->facts_dropped++;
	} else if (added) {
		hop->first_ns = t_ns;
		hop->first_frame = frame;
		hop->next = hop->last = NO_ROW;
	}
	return hop;
}

static void count_probe(struct route_traces *traces, struct trace_row *trace, const struct probe *probe)
{
	const struct hop_key key = { .trace = keyed_rows_number(&traces->traces, trace), .ttl = probe->ttl };
	struct hop_row *hop = have_hop(traces, &key, probe->t_ns, probe->frame);
	if (!hop)
		return;
	trace->ttls |= 1u << probe->ttl;
	hop->count++;
	if (probe->frame < hop->first_frame) {
		hop->first_frame = probe->frame;
		hop->first_ns = probe->t_ns;
	}
}

/* The trace that this probe belongs to, begun with all of its probes that are still remembered. */
static struct trace_row *begin_trace(struct route_traces *traces, const struct trace_key *key)
{
	bool added;
	struct trace_row *trace = keyed_rows_have(&traces->traces, key, &added);
	if (!trace) {
		traces->outlet->totals->facts_dropped++;
		return NULL;
	}
	for (uint32_t i = 0; added && i < PROBES; i++) {
		const struct probe *probe = &traces->probes[i];
		const struct trace_key own = trace_key_of(&probe->key);
		if (probe->ttl && !memcmp(&own, key, sizeof own))
			count_probe(traces, trace, probe);
	}
	return trace;
}

/* Another TTL between the same two says that it is a trace, if one of them is so small. */
static bool shows_trace(struct route_traces *traces, const struct trace_key *key, uint8_t ttl)
{
	struct pair *pair = &traces->pairs[hash_of(key, sizeof *key) & (PAIRS - 1)];
	bool same = pair->ttl && !memcmp(&pair->key, key, sizeof *key);
	bool shows = same && pair->ttl != ttl && (pair->ttl <= NEAR_TTL || ttl <= NEAR_TTL);
	*pair = (struct pair){ .key = *key, .ttl = ttl };
	return shows;
}

void route_traces_probe(struct route_traces *traces, const struct packet *packet)
{
	if (!may_be_probe(packet) || !has_tables(traces))
		return;
	const struct probe_key key = probe_key_of(packet);
	struct probe *probe = place_of(traces, &key);
	*probe = (struct probe){
		.key = key,
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.ttl = packet->ttl,
	};
	traces->tcp |= packet->protocol == PROTOCOL_TCP;
	const struct trace_key trace_key = trace_key_of(&key);
	struct trace_row *trace = keyed_rows_find(&traces->traces, &trace_key);
	if (trace)
		count_probe(traces, trace, probe);
	else if (shows_trace(traces, &trace_key, packet->ttl))
		begin_trace(traces, &trace_key);
}

/* The row of a router, in the TTL's list. */
static struct hop_row *have_router(struct route_traces *traces, const struct hop_key *ttl_key, const struct packet *answer)
{
	struct hop_key key = *ttl_key;
	key.address = answer->source;
	struct hop_row *router = have_hop(traces, &key, answer->t_ns, answer->frame);
	struct hop_row *own = keyed_rows_find(&traces->hops, ttl_key);
	if (!router || !own || router->count)
		return router;
	uint32_t number = keyed_rows_number(&traces->hops, router);
	if (own->last == NO_ROW)
		own->next = number;
	else
		((struct hop_row *)keyed_rows_at(&traces->hops, own->last))->next = number;
	own->last = number;
	return router;
}

/* Somebody has answered a probe. */
static void take_answer(struct route_traces *traces, struct probe *probe, const struct packet *answer, bool exceeded)
{
	int64_t rtt_ns = answer->t_ns - probe->t_ns;
	if (probe->answered || rtt_ns < 0 || rtt_ns > ANSWER_NS)
		return;
	const struct trace_key trace_key = trace_key_of(&probe->key);
	struct trace_row *trace = exceeded ? begin_trace(traces, &trace_key) : keyed_rows_find(&traces->traces, &trace_key);
	if (!trace)
		return;
	probe->answered = true;
	trace->exceeded |= exceeded;
	const struct hop_key key = { .trace = keyed_rows_number(&traces->traces, trace), .ttl = probe->ttl };
	struct hop_row *router = have_router(traces, &key, answer);
	if (!router)
		return;
	if (router->count == 0 || rtt_ns < router->min_ns)
		router->min_ns = rtt_ns;
	if (rtt_ns > router->max_ns)
		router->max_ns = rtt_ns;
	sum_add(&router->sum_ns, rtt_ns);
	router->count++;
	router->reached |= !memcmp(&answer->source, &probe->key.destination, sizeof answer->source);
}

static struct probe *find_probe(struct route_traces *traces, const struct probe_key *key)
{
	struct probe *probe = place_of(traces, key);
	return probe->ttl && !memcmp(&probe->key, key, sizeof *key) ? probe : NULL;
}

void route_traces_error(struct route_traces *traces, const struct packet *packet, const struct packet *quoted)
{
	if (!traces->probes)
		return;
	const struct probe_key key = probe_key_of(quoted);
	struct probe *probe = find_probe(traces, &key);
	bool exceeded = packet->icmp_code == 0 && packet->icmp_type == (packet->protocol == PROTOCOL_ICMP ? 11 : 3);
	bool unreachable = packet->icmp_type == (packet->protocol == PROTOCOL_ICMP ? 3 : 1);
	if (probe && (exceeded || unreachable))
		take_answer(traces, probe, packet, exceeded);
}

void route_traces_reply(struct route_traces *traces, const struct packet *packet)
{
	bool tcp = packet->protocol == PROTOCOL_TCP;
	if (!traces->probes || (tcp && !traces->tcp))
		return;
	const struct probe_key key = {
		.source = packet->destination,
		.destination = packet->source,
		.number = tcp ? packet->ack - 1 : be16(packet->icmp_rest + 2),
		.source_port = tcp ? packet->destination_port : packet->source_port,
		.destination_port = tcp ? packet->source_port : 0,
		.protocol = packet->protocol,
	};
	struct probe *probe = find_probe(traces, &key);
	if (probe)
		take_answer(traces, probe, packet, false);
}

static void deliver_hop(const struct outlet *outlet, const struct trace_row *trace, const struct hop_row *own,
			const struct hop_row *router)
{
	struct hop_facts facts = {
		.source = trace->key.source,
		.destination = trace->key.destination,
		.protocol = (uint8_t)trace->key.protocol,
		.ttl = (uint8_t)own->key.ttl,
		.probes = own->count,
		.rtt_min_ns = NO_TIME,
		.rtt_mean_ns = NO_TIME,
		.rtt_max_ns = NO_TIME,
		.first_ns = own->first_ns,
		.first_frame = own->first_frame,
	};
	if (router) {
		facts.has_address = true;
		facts.reached = router->reached;
		facts.address = router->key.address;
		facts.replies = router->count;
		facts.rtt_min_ns = router->min_ns;
		facts.rtt_mean_ns = router->sum_ns / (int64_t)router->count;
		facts.rtt_max_ns = router->max_ns;
	}
	outlet->sink->hop(outlet->user, &facts);
}

/* True if the destination is this hop. */
static bool deliver_ttl(const struct route_traces *traces, const struct outlet *outlet, const struct trace_row *trace,
			const struct hop_row *own)
{
	bool reached = false;
	if (own->next == NO_ROW)
		deliver_hop(outlet, trace, own, NULL);
	for (uint32_t next = own->next; next != NO_ROW;) {
		const struct hop_row *router = keyed_rows_at(&traces->hops, next);
		deliver_hop(outlet, trace, own, router);
		reached |= router->reached;
		next = router->next;
	}
	return reached;
}

void route_traces_deliver(const struct route_traces *traces, const struct outlet *outlet)
{
	for (uint32_t number = 0; outlet->sink->hop && number < traces->traces.count; number++) {
		const struct trace_row *trace = keyed_rows_at(&traces->traces, number);
		bool reached = false; /* probes beyond it are the destination's too */
		for (uint32_t ttl = 1; ttl < ROUTE_TRACE_TTL && !reached; ttl++) {
			const struct hop_key key = { .trace = number, .ttl = ttl };
			const struct hop_row *own = keyed_rows_find(&traces->hops, &key);
			if (own)
				reached = deliver_ttl(traces, outlet, trace, own);
		}
	}
}

uint64_t route_traces_bytes(const struct route_traces *traces)
{
	uint64_t tables = traces->probes ? PROBES * sizeof *traces->probes + PAIRS * sizeof *traces->pairs : 0;
	return sizeof *traces + tables + keyed_rows_bytes(&traces->traces) + keyed_rows_bytes(&traces->hops);
}

void route_traces_free(struct route_traces *traces)
{
	if (!traces)
		return;
	free(traces->probes);
	free(traces->pairs);
	keyed_rows_free(&traces->traces);
	keyed_rows_free(&traces->hops);
	free(traces);
}
