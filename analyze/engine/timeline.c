#include "analyze/engine/timeline.h"

#include "analyze/engine/baseline.h"
#include "analyze/engine/sum.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1024 /* keys kept apart per scope while an interval lasts */
#define PLACES 4096   /* power of two, larger than ROWS_MAX */

struct row_table {
	uint32_t count, allocated;
	uint64_t overflow_keys; /* lookups that found no room; not distinct keys */
	uint32_t places[PLACES]; /* index + 1 below 16 bits of the hash, which tell most other keys without their row */
	struct row *rows[ROWS_MAX];
	struct row rest;
};

struct timeline {
	uint32_t keys;
	struct baseline *baseline; /* of rtt_p95_ns */
	struct row all;
	struct row_table services, peers;
};

struct timeline *timeline_new(uint32_t keys)
{
	struct timeline *timeline = calloc(1, sizeof *timeline);
	if (!timeline)
		return NULL;
	timeline->keys = keys < ROWS_MAX ? keys : ROWS_MAX;
	timeline->baseline = baseline_new();
	if (timeline->baseline)
		return timeline;
	free(timeline);
	return NULL;
}

static uint32_t hash_key(const struct row_key *key)
{
	uint64_t words[2], hash = (uint64_t)key->port << 16 | key->protocol;
	memcpy(words, key->address.bytes, sizeof words);
	for (unsigned i = 0; i < 2; i++) {
		hash = (hash ^ words[i] ^ words[i] >> 32) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static struct row *add(struct row_table *table, uint32_t place, uint32_t tag, const struct row_key *key)
{
	if (table->count == ROWS_MAX) {
		table->overflow_keys++;
		return &table->rest;
	}
	if (table->count == table->allocated) {
		table->rows[table->count] = calloc(1, sizeof(struct row));
		if (!table->rows[table->count]) {
			table->overflow_keys++;
			return &table->rest;
		}
		table->allocated++;
	}
	struct row *row = table->rows[table->count++];
	row->key = *key;
	table->places[place] = tag | table->count;
	return row;
}

static struct row *find(struct row_table *table, const struct row_key *key)
{
	uint32_t hash = hash_key(key), tag = hash & 0xffff0000u;
	uint32_t place = hash & (PLACES - 1);
	for (; table->places[place]; place = (place + 1) & (PLACES - 1)) {
		struct row *row = table->rows[(table->places[place] & 0xffff) - 1];
		if ((table->places[place] & 0xffff0000u) == tag && !memcmp(&row->key, key, sizeof *key))
			return row;
	}
	return add(table, place, tag, key);
}

struct row *timeline_all(struct timeline *timeline)
{
	return &timeline->all;
}

struct row *timeline_service(struct timeline *timeline, const struct row_key *key)
{
	return find(&timeline->services, key);
}

struct row *timeline_peer(struct timeline *timeline, const struct row_key *key)
{
	return find(&timeline->peers, key);
}

static void widen(uint64_t before, int64_t *min_ns, int64_t *max_ns, int64_t low_ns, int64_t high_ns)
{
	if (before == 0 || low_ns < *min_ns)
		*min_ns = low_ns;
	if (before == 0 || high_ns > *max_ns)
		*max_ns = high_ns;
}

void row_add_rtt(struct row *row, int64_t sample_ns)
{
	widen(row->rtt_samples++, &row->rtt_min_ns, &row->rtt_max_ns, sample_ns, sample_ns);
	sum_add(&row->rtt_sum_ns, sample_ns);
	histogram_add(&row->rtt, sample_ns);
}

void row_add_jitter(struct row *row, int64_t difference_ns)
{
	row->jitter_samples++;
	sum_add(&row->jitter_sum_ns, difference_ns);
}

void row_add_response(struct row *row, int64_t sample_ns)
{
	widen(row->responses++, &row->response_min_ns, &row->response_max_ns, sample_ns, sample_ns);
	sum_add(&row->response_sum_ns, sample_ns);
	histogram_add(&row->response, sample_ns);
}

void row_add_dns(struct row *row, int64_t sample_ns)
{
	widen(row->dns_answers++, &row->dns_min_ns, &row->dns_max_ns, sample_ns, sample_ns);
	sum_add(&row->dns_sum_ns, sample_ns);
	histogram_add(&row->dns, sample_ns);
}

void row_add_echo(struct row *row, int64_t sample_ns)
{
	if (row->echo_replies++ == 0 || sample_ns > row->echo_max_ns)
		row->echo_max_ns = sample_ns;
	sum_add(&row->echo_sum_ns, sample_ns);
}

static void add_rows(struct row *into, const struct row *from)
{
	into->packets += from->packets;
	into->bytes += from->bytes;
	into->data_segments += from->data_segments;
	into->data_bytes += from->data_bytes;
	into->new_bytes += from->new_bytes;
	into->flows_active += from->flows_active;
	into->udp_packets += from->udp_packets;
	into->udp_bytes += from->udp_bytes;
	into->icmp_packets += from->icmp_packets;
	for (unsigned i = 0; i < COUNTERS; i++)
		into->counter[i] += from->counter[i];
	if (from->rtt_samples) {
		widen(into->rtt_samples, &into->rtt_min_ns, &into->rtt_max_ns, from->rtt_min_ns, from->rtt_max_ns);
		histogram_merge(&into->rtt, &from->rtt, from->rtt_min_ns, from->rtt_max_ns);
	}
	if (from->responses) {
		widen(into->responses, &into->response_min_ns, &into->response_max_ns, from->response_min_ns,
		      from->response_max_ns);
		histogram_merge(&into->response, &from->response, from->response_min_ns,
				from->response_max_ns);
	}
	into->rtt_samples += from->rtt_samples;
	sum_add(&into->rtt_sum_ns, from->rtt_sum_ns);
	into->jitter_samples += from->jitter_samples;
	sum_add(&into->jitter_sum_ns, from->jitter_sum_ns);
	into->responses += from->responses;
	sum_add(&into->response_sum_ns, from->response_sum_ns);
	if (from->dns_answers) {
		widen(into->dns_answers, &into->dns_min_ns, &into->dns_max_ns, from->dns_min_ns, from->dns_max_ns);
		histogram_merge(&into->dns, &from->dns, from->dns_min_ns, from->dns_max_ns);
	}
	into->dns_answers += from->dns_answers;
	sum_add(&into->dns_sum_ns, from->dns_sum_ns);
	into->echo_replies += from->echo_replies;
	sum_add(&into->echo_sum_ns, from->echo_sum_ns);
	if (from->echo_max_ns > into->echo_max_ns)
		into->echo_max_ns = from->echo_max_ns;
}

static void put_times(const struct row *row, struct interval_facts *facts)
{
	facts->rtt_samples = row->rtt_samples;
	if (row->rtt_samples) {
		facts->rtt_min_ns = row->rtt_min_ns;
		facts->rtt_max_ns = row->rtt_max_ns;
		facts->rtt_mean_ns = row->rtt_sum_ns / (int64_t)row->rtt_samples;
		facts->rtt_p50_ns = histogram_percentile(&row->rtt, 50, row->rtt_min_ns, row->rtt_max_ns);
		facts->rtt_p95_ns = histogram_percentile(&row->rtt, 95, row->rtt_min_ns, row->rtt_max_ns);
		facts->rtt_p99_ns = histogram_percentile(&row->rtt, 99, row->rtt_min_ns, row->rtt_max_ns);
	}
	facts->rtt_jitter_ns = row->jitter_samples ? row->jitter_sum_ns / (int64_t)row->jitter_samples : 0;
	facts->responses = row->responses;
	if (!row->responses)
		return;
	facts->response_min_ns = row->response_min_ns;
	facts->response_max_ns = row->response_max_ns;
	facts->response_mean_ns = row->response_sum_ns / (int64_t)row->responses;
	facts->response_p50_ns =
		histogram_percentile(&row->response, 50, row->response_min_ns, row->response_max_ns);
	facts->response_p95_ns =
		histogram_percentile(&row->response, 95, row->response_min_ns, row->response_max_ns);
}

/* Of DNS and pings. */
static void put_answer_times(const struct row *row, struct interval_facts *facts)
{
	facts->dns_answers = row->dns_answers;
	if (row->dns_answers) {
		facts->dns_mean_ns = row->dns_sum_ns / (int64_t)row->dns_answers;
		facts->dns_p50_ns = histogram_percentile(&row->dns, 50, row->dns_min_ns, row->dns_max_ns);
		facts->dns_p95_ns = histogram_percentile(&row->dns, 95, row->dns_min_ns, row->dns_max_ns);
		facts->dns_max_ns = row->dns_max_ns;
	}
	facts->echo_replies = row->echo_replies;
	if (row->echo_replies) {
		facts->echo_mean_ns = row->echo_sum_ns / (int64_t)row->echo_replies;
		facts->echo_max_ns = row->echo_max_ns;
	}
}

static void put_protocol_counts(const uint64_t *counter, struct interval_facts *facts)
{
	facts->icmp_unreachable = counter[COUNT_ICMP_UNREACHABLE];
	facts->icmp_fragmentation_needed = counter[COUNT_ICMP_FRAGMENTATION_NEEDED];
	facts->icmp_time_exceeded = counter[COUNT_ICMP_TIME_EXCEEDED];
	facts->dns_queries = counter[COUNT_DNS_QUERIES];
	facts->dns_failures = counter[COUNT_DNS_FAILURES];
	facts->dns_nxdomain = counter[COUNT_DNS_NXDOMAIN];
	facts->dns_unanswered = counter[COUNT_DNS_UNANSWERED];
	facts->http_requests = counter[COUNT_HTTP_REQUESTS];
	facts->http_answers = counter[COUNT_HTTP_ANSWERS];
	facts->http_errors = counter[COUNT_HTTP_ERRORS];
	facts->tls_handshakes = counter[COUNT_TLS_HANDSHAKES];
	facts->tls_failures = counter[COUNT_TLS_FAILURES];
	facts->echo_requests = counter[COUNT_ECHO_REQUESTS];
	facts->echo_lost = counter[COUNT_ECHO_LOST];
	facts->arp_requests = counter[COUNT_ARP_REQUESTS];
	facts->arp_unanswered = counter[COUNT_ARP_UNANSWERED];
}

static void put_counts(const struct row *row, struct interval_facts *facts)
{
	const uint64_t *counter = row->counter;
	facts->packets = row->packets;
	facts->bytes = row->bytes;
	facts->data_segments = row->data_segments;
	facts->data_bytes = row->data_bytes;
	facts->new_bytes = row->new_bytes;
	facts->flows_active = row->flows_active;
	facts->udp_packets = row->udp_packets;
	facts->udp_bytes = row->udp_bytes;
	facts->icmp_packets = row->icmp_packets;
	facts->tap_duplicates = counter[COUNT_TAP_DUPLICATES];
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
	facts->lost_upstream = counter[COUNT_LOST_UPSTREAM];
	facts->lost_downstream = counter[COUNT_LOST_DOWNSTREAM];
	facts->reordered_segments = counter[COUNT_REORDERED];
	facts->unknown_segments = counter[COUNT_UNKNOWN_SEGMENTS];
	facts->network_duplicates = counter[COUNT_NETWORK_DUPLICATES];
	facts->duplicate_acks = counter[COUNT_DUPLICATE_ACKS];
	facts->capture_gap_segments = counter[COUNT_CAPTURE_GAP_SEGMENTS];
	facts->capture_gap_bytes = counter[COUNT_CAPTURE_GAP_BYTES];
	facts->keep_alives = counter[COUNT_KEEP_ALIVES];
	facts->zero_window_probes = counter[COUNT_ZERO_WINDOW_PROBES];
	facts->zero_windows = counter[COUNT_ZERO_WINDOWS];
	facts->window_full = counter[COUNT_WINDOW_FULL];
	facts->syns = counter[COUNT_SYNS];
	facts->unanswered = counter[COUNT_UNANSWERED];
	facts->refused = counter[COUNT_REFUSED];
	facts->resets = counter[COUNT_RESETS];
	facts->fins = counter[COUNT_FINS];
	facts->flows_new = counter[COUNT_FLOWS_NEW];
	facts->flows_closed = counter[COUNT_FLOWS_CLOSED];
	facts->flows_reset = counter[COUNT_FLOWS_RESET];
	facts->ce_marks = counter[COUNT_CE];
	facts->ece_marks = counter[COUNT_ECE];
	facts->checksum_errors = counter[COUNT_CHECKSUM_ERRORS];
	facts->ttl_changes = counter[COUNT_TTL_CHANGES];
	put_protocol_counts(counter, facts);
}

static uint64_t trouble_of(const struct row *row)
{
	const uint64_t *counter = row->counter;
	return counter[COUNT_RETRANSMITTED_SEGMENTS] + counter[COUNT_LOST_UPSTREAM] + counter[COUNT_ZERO_WINDOWS] +
	       counter[COUNT_UNANSWERED] + counter[COUNT_REFUSED] + counter[COUNT_RESETS] + counter[COUNT_DNS_FAILURES] +
	       counter[COUNT_DNS_UNANSWERED] + counter[COUNT_HTTP_ERRORS] + counter[COUNT_TLS_FAILURES] + counter[COUNT_ECHO_LOST];
}

static int by_key(const struct row *a, const struct row *b)
{
	return memcmp(&a->key, &b->key, sizeof a->key);
}

static int by_bytes(const void *left, const void *right)
{
	const struct row *a = *(struct row *const *)left, *b = *(struct row *const *)right;
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return by_key(a, b);
}

static int by_trouble(const void *left, const void *right)
{
	const struct row *a = *(struct row *const *)left, *b = *(struct row *const *)right;
	uint64_t trouble_a = trouble_of(a), trouble_b = trouble_of(b);
	if (trouble_a != trouble_b)
		return trouble_a < trouble_b ? 1 : -1;
	return by_bytes(left, right);
}

/* Puts first the rows to be kept: half of the room for the largest, the rest for the most troubled. */
static void choose(struct row_table *table, uint32_t keys)
{
	uint32_t largest = keys / 2;
	qsort(table->rows, table->count, sizeof table->rows[0], by_bytes);
	if (table->count > keys) {
		qsort(table->rows + largest, table->count - largest, sizeof table->rows[0], by_trouble);
		qsort(table->rows, keys, sizeof table->rows[0], by_bytes);
	}
}

/* Says what is usual for the row's key, and lets the row have its say for the next. */
static void put_baseline(struct baseline *baseline, struct interval_facts *facts)
{
	struct baseline_key key = {
		.address = facts->address,
		.port = facts->port,
		.protocol = facts->protocol,
		.scope = (uint8_t)facts->scope,
		.rest = facts->rest,
	};
	facts->rtt_baseline_ns = baseline_median(baseline, &key);
	if (facts->rtt_samples)
		baseline_add(baseline, &key, facts->rtt_p95_ns);
}

static void close_table(struct row_table *table, uint32_t keys, struct baseline *baseline, struct interval_facts *facts,
			const struct engine_sink *sink, void *user)
{
	choose(table, keys);
	uint64_t rest_keys = table->overflow_keys;
	for (uint32_t i = 0; i < table->count; i++) {
		struct row *row = table->rows[i];
		if (i < keys) {
			facts->address = row->key.address;
			facts->port = row->key.port;
			facts->protocol = (uint8_t)row->key.protocol;
			put_counts(row, facts);
			put_times(row, facts);
			put_answer_times(row, facts);
			put_baseline(baseline, facts);
			sink->interval(user, facts);
		} else {
			add_rows(&table->rest, row);
			rest_keys++;
		}
		memset(row, 0, sizeof *row);
	}
	if (rest_keys) {
		facts->rest = true;
		facts->rest_keys = rest_keys > UINT32_MAX ? UINT32_MAX : (uint32_t)rest_keys;
		facts->address = (struct address){ { 0 } };
		facts->port = 0;
		facts->protocol = 0;
		put_counts(&table->rest, facts);
		put_times(&table->rest, facts);
		put_answer_times(&table->rest, facts);
		put_baseline(baseline, facts);
		sink->interval(user, facts);
		memset(&table->rest, 0, sizeof table->rest);
	}
	memset(table->places, 0, sizeof table->places);
	table->count = 0;
	table->overflow_keys = 0;
}

void timeline_close(struct timeline *timeline, int64_t t_ns, int64_t interval_ns, const struct engine_sink *sink,
		    void *user)
{
	struct interval_facts facts = { .t_ns = t_ns, .interval_ns = interval_ns, .scope = SCOPE_ALL };
	put_counts(&timeline->all, &facts);
	put_times(&timeline->all, &facts);
	put_answer_times(&timeline->all, &facts);
	put_baseline(timeline->baseline, &facts);
	sink->interval(user, &facts);
	memset(&timeline->all, 0, sizeof timeline->all);
	facts = (struct interval_facts){ .t_ns = t_ns, .interval_ns = interval_ns, .scope = SCOPE_SERVICE };
	close_table(&timeline->services, timeline->keys, timeline->baseline, &facts, sink, user);
	facts = (struct interval_facts){ .t_ns = t_ns, .interval_ns = interval_ns, .scope = SCOPE_PEER };
	close_table(&timeline->peers, timeline->keys, timeline->baseline, &facts, sink, user);
}

uint64_t timeline_bytes(const struct timeline *timeline)
{
	return sizeof *timeline + baseline_bytes(timeline->baseline) +
	       (timeline->services.allocated + timeline->peers.allocated) * sizeof(struct row);
}

static void free_rows(struct row_table *table)
{
	for (uint32_t i = 0; i < table->allocated; i++)
		free(table->rows[i]);
}

void timeline_free(struct timeline *timeline)
{
	if (!timeline)
		return;
	free_rows(&timeline->services);
	free_rows(&timeline->peers);
	baseline_free(timeline->baseline);
	free(timeline);
}
