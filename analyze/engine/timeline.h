/* timeline.h: the sums of one interval for each scope: all, services, peers. Bounded: a fixed number of keys is kept
 * apart while the interval lasts, fewer of them are delivered, the rest is summed in one row. */
#ifndef WIRETAPE_TIMELINE_H
#define WIRETAPE_TIMELINE_H

#include "analyze/engine/engine.h"
#include "analyze/engine/flow.h"

struct row_key {
	struct address address;
	uint16_t port;
	uint16_t protocol;
};

struct row {
	struct row_key key;
	uint64_t packets, bytes, data_segments, data_bytes, new_bytes, flows_active;
	uint64_t udp_packets, udp_bytes, icmp_packets;
	uint64_t counter[COUNTERS];
	uint64_t rtt_samples, jitter_samples;
	int64_t rtt_min_ns, rtt_max_ns, rtt_sum_ns, jitter_sum_ns;
	uint64_t responses;
	int64_t response_min_ns, response_max_ns, response_sum_ns;
	uint64_t dns_answers, echo_replies;
	int64_t dns_min_ns, dns_max_ns, dns_sum_ns;
	int64_t echo_max_ns, echo_sum_ns;
	struct histogram rtt, response, dns;
};

struct timeline;

/* Keeps `keys` rows per scope and interval. NULL when out of memory. */
struct timeline *timeline_new(uint32_t keys);
/* The rows of the current interval; valid until timeline_close. A key for which there is no room gets the rest's row. */
struct row *timeline_all(struct timeline *timeline);
struct row *timeline_service(struct timeline *timeline, const struct row_key *key);
struct row *timeline_peer(struct timeline *timeline, const struct row_key *key);
/* Delivers the rows that hold anything, all first, then services and peers by bytes, and empties them. */
void timeline_close(struct timeline *timeline, int64_t t_ns, int64_t interval_ns, const struct engine_sink *sink,
		    void *user);
uint64_t timeline_bytes(const struct timeline *timeline);
void timeline_free(struct timeline *timeline);

void row_add_rtt(struct row *row, int64_t sample_ns);
/* `difference_ns`: to the sample before it in the same flow, absolute. */
void row_add_jitter(struct row *row, int64_t difference_ns);
void row_add_response(struct row *row, int64_t sample_ns);
void row_add_dns(struct row *row, int64_t sample_ns);
void row_add_echo(struct row *row, int64_t sample_ns);

#endif
