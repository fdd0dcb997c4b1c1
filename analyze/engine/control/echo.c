#include "analyze/engine/control/echo.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/rtt.h"
#include "analyze/engine/sum.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_NS 5000000000LL
#define PENDING_MIN 64
#define PENDING_MAX 262144 /* power of two; requests of the last 5 s: 52,000 pings per second */
#define BUCKETS 16384	   /* power of two */
#define STEPS_MAX 256	   /* in a bucket; whoever forges more collisions is not answered */
#define PROBE_TTL 32	   /* with less, a request is a probe of traceroute: that it dies on its way is its purpose */

enum outcome { WAITS, ANSWERED, DIED };

/* A request of the last 5 s. They have numbers in the order in which they came, from 1; all wait equally long, so that
 * is the order in which they end, too. */
struct pending {
	struct flow *flow; /* NULL: it is over */
	int64_t t_ns;
	uint64_t frame;
	uint64_t older_in_bucket, older_of_flow; /* numbers; what is older than the oldest is gone */
	uint16_t sequence;
	uint8_t direction, outcome, ttl;
};

struct echo {
	uint64_t requests, replies, duplicates, lost, lost_run, lost_run_max;
	struct rtt rtt;
	int64_t rtt_last_ns, jitter_sum_ns;
	int64_t first_lost_ns;
	uint64_t first_lost_frame;
	uint64_t newest; /* number of the latest request; 0 none */
	bool to_many;	 /* to a group, or perhaps to all of a subnet: answers come from others, if they come */
};

struct echoes {
	const struct outlet *outlet;
	struct pending *ring;
	uint64_t capacity;    /* power of two, or 0 */
	uint64_t oldest, end; /* numbers; end: of the next one */
	uint64_t newest[BUCKETS];
};

struct echoes *echoes_new(const struct outlet *outlet)
{
	struct echoes *echoes = calloc(1, sizeof *echoes);
	if (!echoes)
		return NULL;
	echoes->outlet = outlet;
	echoes->oldest = echoes->end = 1;
	return echoes;
}

bool echo_is_request(const struct packet *packet)
{
	return packet->icmp_type == (packet->protocol == PROTOCOL_ICMP ? 8 : 128);
}

bool echo_is_reply(const struct packet *packet)
{
	return packet->icmp_type == (packet->protocol == PROTOCOL_ICMP ? 0 : 129);
}

static uint16_t sequence_of(const struct packet *packet)
{
	return be16(packet->icmp_rest + 2);
}

static struct pending *pending_at(const struct echoes *echoes, uint64_t number)
{
	return &echoes->ring[number & (echoes->capacity - 1)];
}

static uint64_t *bucket_of(struct echoes *echoes, const struct flow *flow, uint16_t sequence)
{
	uint64_t hash = (flow->id << 16 ^ sequence) * 0x9e3779b97f4a7c15u;
	return &echoes->newest[hash >> 50 & (BUCKETS - 1)];
}

/* The latest request of this number; NULL: there is none. */
static struct pending *find(struct echoes *echoes, const struct flow *flow, enum direction direction, uint16_t sequence)
{
	uint64_t number = *bucket_of(echoes, flow, sequence);
	for (unsigned step = 0; number >= echoes->oldest && step < STEPS_MAX; step++) {
		struct pending *pending = pending_at(echoes, number);
		if (pending->flow == flow && pending->sequence == sequence && pending->direction == direction)
			return pending;
		number = pending->older_in_bucket;
	}
	return NULL;
}

/* A group; and, as nothing says how long a subnet's prefix is, whatever ends in 255. */
static bool is_to_many(const struct address *address)
{
	return address_is_group(address) || (address_is_ipv4(address) && address->bytes[15] == 0xff);
}

static struct echo *have_echo(struct echoes *echoes, struct flow *flow, const struct packet *packet)
{
	struct echo *echo = flow->above.echo;
	if (echo)
		return echo;
	echo = arena_take(echoes->outlet->arena, sizeof *echo);
	if (!echo) {
		echoes->outlet->totals->memory_failures++;
		return NULL;
	}
	echo->first_lost_ns = NO_TIME;
	echo->to_many = is_to_many(&packet->destination);
	flow->above.echo = echo;
	return echo;
}

static void lose(struct echoes *echoes, struct echo *echo, const struct pending *pending)
{
	if (echo->to_many && echo->replies == 0)
		return;
	echo->lost++;
	echo->lost_run++;
	if (echo->lost_run > echo->lost_run_max)
		echo->lost_run_max = echo->lost_run;
	if (echo->first_lost_ns == NO_TIME) {
		echo->first_lost_ns = pending->t_ns;
		echo->first_lost_frame = pending->frame;
	}
	ledger_count_scopes(echoes->outlet->ledger, pending->flow, COUNT_ECHO_LOST, 1);
}

/* Nobody waits for the oldest request any more. */
static void end_oldest(struct echoes *echoes, bool in_time)
{
	struct pending *pending = pending_at(echoes, echoes->oldest++);
	if (!pending->flow)
		return;
	struct echo *echo = pending->flow->above.echo;
	if (pending->outcome == ANSWERED)
		echo->lost_run = 0;
	else if (pending->outcome == WAITS && in_time && pending->ttl >= PROBE_TTL)
		lose(echoes, echo, pending);
}

void echoes_advance(struct echoes *echoes, int64_t now_ns)
{
	while (echoes->oldest < echoes->end && pending_at(echoes, echoes->oldest)->t_ns < now_ns - TIMEOUT_NS)
		end_oldest(echoes, true);
}

static bool has_room(struct echoes *echoes)
{
	if (echoes->end - echoes->oldest < echoes->capacity)
		return true;
	uint64_t capacity = echoes->capacity ? echoes->capacity * 2 : PENDING_MIN;
	struct pending *ring = capacity <= PENDING_MAX ? calloc(capacity, sizeof *ring) : NULL;
	if (!ring)
		return false;
	for (uint64_t number = echoes->oldest; number < echoes->end; number++)
		ring[number & (capacity - 1)] = *pending_at(echoes, number);
	free(echoes->ring);
	echoes->ring = ring;
	echoes->capacity = capacity;
	return true;
}

static void remember(struct echoes *echoes, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct echo *echo = flow->above.echo;
	if (!has_room(echoes)) { /* whether the oldest was lost stays unknown */
		echoes->outlet->totals->facts_dropped++;
		if (echoes->capacity == 0)
			return;
		end_oldest(echoes, false);
	}
	uint64_t *bucket = bucket_of(echoes, flow, sequence_of(packet));
	uint64_t number = echoes->end++;
	*pending_at(echoes, number) = (struct pending){
		.flow = flow,
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.older_in_bucket = *bucket,
		.older_of_flow = echo->newest,
		.sequence = sequence_of(packet),
		.direction = (uint8_t)direction,
		.ttl = packet->ttl,
	};
	*bucket = echo->newest = number;
}

static void take_request(struct echoes *echoes, struct flow *flow, enum direction direction, const struct packet *packet)
{
	struct pending *same = find(echoes, flow, direction, sequence_of(packet));
	struct echo *echo = have_echo(echoes, flow, packet);
	if (!echo)
		return;
	if (same && same->outcome == WAITS) /* the same number again: what answers now can't be told apart */
		same->outcome = DIED;
	echo->requests++;
	ledger_count_scopes(echoes->outlet->ledger, flow, COUNT_ECHO_REQUESTS, 1);
	remember(echoes, flow, direction, packet);
}

static void take_rtt(struct echoes *echoes, struct flow *flow, int64_t sample_ns)
{
	struct echo *echo = flow->above.echo;
	int64_t sample = sample_ns < 0 ? 0 : sample_ns;
	if (echo->rtt.samples)
		sum_add(&echo->jitter_sum_ns, llabs(sample - echo->rtt_last_ns));
	echo->rtt_last_ns = sample;
	if (!rtt_add(&echo->rtt, echoes->outlet->arena, sample))
		echoes->outlet->totals->memory_failures++;
	ledger_echo(echoes->outlet->ledger, flow, sample);
}

static void take_reply(struct echoes *echoes, struct flow *flow, enum direction direction, const struct packet *packet)
{
	enum direction asked = direction == C2S ? S2C : C2S;
	struct pending *pending = find(echoes, flow, asked, sequence_of(packet));
	if (!pending) /* late, or the tap does not see requests */
		return;
	struct echo *echo = flow->above.echo;
	if (pending->outcome == ANSWERED) {
		echo->duplicates++;
		return;
	}
	pending->outcome = ANSWERED;
	echo->replies++;
	take_rtt(echoes, flow, packet->t_ns - pending->t_ns);
}

void echoes_packet(struct echoes *echoes, struct flow *flow, enum direction direction, const struct packet *packet)
{
	if (echo_is_request(packet))
		take_request(echoes, flow, direction, packet);
	else
		take_reply(echoes, flow, direction, packet);
}

void echoes_exceeded(struct echoes *echoes, const struct flow *flow, const struct packet *quoted)
{
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		struct pending *pending = find(echoes, flow, direction, sequence_of(quoted));
		if (pending && pending->outcome == WAITS)
			pending->outcome = DIED;
	}
}

static void deliver(const struct outlet *outlet, const struct flow *flow, const struct echo *echo)
{
	uint64_t samples = echo->rtt.samples;
	const struct echo_facts facts = {
		.flow_id = flow->id,
		.requests = echo->requests,
		.replies = echo->replies,
		.duplicates = echo->duplicates,
		.lost = echo->lost,
		.lost_run_max = echo->lost_run_max,
		.rtt_min_ns = samples ? echo->rtt.min_ns : NO_TIME,
		.rtt_mean_ns = samples ? echo->rtt.sum_ns / (int64_t)samples : NO_TIME,
		.rtt_p95_ns = samples ? rtt_percentile(&echo->rtt, 95) : NO_TIME,
		.rtt_max_ns = samples ? echo->rtt.max_ns : NO_TIME,
		.jitter_ns = samples > 1 ? echo->jitter_sum_ns / (int64_t)(samples - 1) : NO_TIME,
		.first_lost_ns = echo->first_lost_ns,
		.first_lost_frame = echo->first_lost_frame,
	};
	if (outlet->sink->echo)
		outlet->sink->echo(outlet->user, &facts);
}

void echoes_flow_end(struct echoes *echoes, struct flow *flow, int64_t now_ns)
{
	struct echo *echo = flow->above.echo;
	if (!echo)
		return;
	echoes_advance(echoes, now_ns);
	for (uint64_t number = echo->newest; number >= echoes->oldest;) {
		struct pending *pending = pending_at(echoes, number);
		pending->flow = NULL; /* neither answered nor lost */
		number = pending->older_of_flow;
	}
	deliver(echoes->outlet, flow, echo);
	rtt_free(&echo->rtt, echoes->outlet->arena);
	arena_give(echoes->outlet->arena, echo, sizeof *echo);
	flow->above.echo = NULL;
}

uint64_t echoes_bytes(const struct echoes *echoes)
{
	return sizeof *echoes + echoes->capacity * sizeof *echoes->ring;
}

void echoes_free(struct echoes *echoes)
{
	if (!echoes)
		return;
	free(echoes->ring);
	free(echoes);
}
