/* Speaks for analyze/engine/duplicates.c: the same packet seen twice, by the tap's fault or by the network's. */
#include "analyze/engine/duplicates.h"
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define MS INT64_C(1000000)

#define HANDSHAKE                               \
	"0.000 > S 0 mss 1460 sack id 1\n"      \
	"0.050 < SA 0 mss 1460 sack id 1\n"     \
	"0.051 > A 1 id 2\n"
#define HANDSHAKE_NO_ID                         \
	"0.000 > S 0 mss 1460 sack\n"           \
	"0.050 < SA 0 mss 1460 sack\n"          \
	"0.051 > A 1\n"

static void check_clean(const struct trace *trace, uint64_t tap_duplicates, uint64_t packets)
{
	const struct direction_facts *client = trace_side(trace, C2S), *server = trace_side(trace, S2C);
	assert_int_equal(client->tap_duplicates + server->tap_duplicates, tap_duplicates);
	assert_int_equal(client->packets + server->packets, packets);
	assert_int_equal(client->network_duplicates + server->network_duplicates, 0);
	assert_int_equal(client->retransmitted_segments + server->retransmitted_segments, 0);
	assert_int_equal(client->reordered_segments + client->unknown_segments, 0);
	assert_int_equal(client->duplicate_acks + server->duplicate_acks, 0);
	assert_int_equal(client->capture_gap_bytes, 0);
	assert_int_equal(trace_totals(trace).tap_duplicates, tap_duplicates);
}

/* Mirrored before and after a router: TTL one less, other MACs. Each of six packets twice. */
static void test_two_hops(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.0000 > S 0 mss 1460 id 1\n"
					 "0.0001 > S 0 mss 1460 id 1 ttl 63 mac 9\n"
					 "0.0500 < SA 0 mss 1460 id 1\n"
					 "0.0501 < SA 0 mss 1460 id 1 ttl 63 mac 9\n"
					 "0.0510 > A 1 id 2\n"
					 "0.0511 > A 1 id 2 ttl 63 mac 9\n"
					 "0.1000 > A 1 len 1460 id 3\n"
					 "0.1001 > A 1 len 1460 id 3 ttl 63 mac 9\n"
					 "0.1010 > A 1461 len 1460 id 4\n"
					 "0.1011 > A 1461 len 1460 id 4 ttl 63 mac 9\n"
					 "0.1510 < A 1 ack 2921 id 2\n"
					 "0.1511 < A 1 ack 2921 id 2 ttl 63 mac 9\n");
	check_clean(trace, 6, 6);
	assert_int_equal(trace_side(trace, C2S)->data_bytes, 2920);
	assert_int_equal(trace_side(trace, C2S)->syns, 1);
	trace_free(trace);
}

/* The same wire before and after a switch that adds a VLAN tag. */
static void test_vlan(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.1000 > A 1 len 1460 id 3\n"
					 "0.1001 > A 1 len 1460 id 3 vlan 7\n"
					 "0.1500 < A 1 ack 1461 id 2\n"
					 "0.1501 < A 1 ack 1461 id 2 vlan 7\n");
	check_clean(trace, 2, 5);
	trace_free(trace);
}

/* Without IP IDs (IPv6), seen at two places; a pure ACK seen twice is not a duplicate ACK. */
static void test_pure_acks_at_two_places(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_play(&options, HANDSHAKE_NO_ID
					 "0.1000 > A 1 len 1400\n"
					 "0.1001 > A 1 len 1400 mac 9\n"
					 "0.1010 > A 1401 len 1400\n"
					 "0.1011 > A 1401 len 1400 mac 9\n"
					 "0.1500 < A 1 ack 1401\n"
					 "0.1501 < A 1 ack 1401 mac 9\n");
	check_clean(trace, 3, 6);
	trace_free(trace);
}

/* On one link without IDs, two equal pure ACKs are what a receiver sends that gets data out of order. */
static void test_pure_acks_on_one_link(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE_NO_ID
					 "0.100 > A 1 len 1460\n"
					 "0.101 > A 1461 len 1460\n"
					 "0.150 < A 1 ack 1461\n"
					 "0.151 < A 1 ack 1461\n"
					 "0.152 < A 1 ack 1461\n");
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 2);
	assert_int_equal(trace_side(trace, S2C)->tap_duplicates + trace_side(trace, S2C)->network_duplicates, 0);
	trace_free(trace);
}

/* ... and with their IP ID equal too, one ACK that was delivered twice. */
static void test_ack_delivered_twice(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.100 > A 1 len 1460 id 3\n"
					 "0.101 > A 1461 len 1460 id 4\n"
					 "0.150 < A 1 ack 1461 id 2\n"
					 "0.151 < A 1 ack 1461 id 2\n");
	assert_int_equal(trace_side(trace, S2C)->network_duplicates, 1);
	assert_int_equal(trace_side(trace, S2C)->duplicate_acks, 0);
	trace_free(trace);
}

/* Data without ID, equal to the bit: within half a round trip nobody can have sent it again. */
static void test_copy_within_a_round_trip(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE_NO_ID "0.100 > A 1 len 1460\n0.105 > A 1 len 1460\n");
	assert_int_equal(trace_side(trace, C2S)->network_duplicates, 1);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 0);
	trace_free(trace);
}

static void test_copy_after_a_round_trip(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE_NO_ID "0.100 > A 1 len 1460\n0.204 > A 1 len 1460\n");
	assert_int_equal(trace_side(trace, C2S)->network_duplicates, 0);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	trace_free(trace);
}

/* A mirror port that sends out each packet twice: no network doubles everything. Before that is clear, some count as
 * the network's. */
static void test_mirror(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, HANDSHAKE);
	for (unsigned i = 0; i < 200; i++) {
		char line[128];
		for (unsigned copy = 0; copy < 2; copy++) {
			snprintf(line, sizeof line, "%u.%03u%u > A %u len 100 id %u\n", i / 100 + 1, i % 100 * 10, copy,
				 i * 100 + 1, i + 3);
			trace_feed(trace, line);
		}
	}
	trace_finish(trace);
	const struct direction_facts *client = trace_side(trace, C2S);
	assert_int_equal(client->tap_duplicates + client->network_duplicates, 200);
	assert_in_range(client->network_duplicates, 1, 32);
	assert_int_equal(client->retransmitted_segments, 0);
	assert_int_equal(client->new_bytes, 20000);
	trace_free(trace);
}

/* A host's super-segment, and the two wire segments that its interface makes of it. */
static void test_offloaded_segment(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.0000 > S 0 mss 1460 ts 1000 0 id 1\n"
					 "0.0500 < SA 0 mss 1460 ts 5000 1000 id 1\n"
					 "0.0510 > A 1 ts 1051 5000 id 2\n"
					 "0.1000 > A 1 len 2896 ts 1100 5000 id 3\n"
					 "0.1001 > A 1 len 1448 ts 1100 5000 id 3 mac 9\n"
					 "0.1002 > A 1449 len 1448 ts 1100 5000 id 4 mac 9\n"
					 "0.1510 < A 1 ack 2897 ts 5100 1100 id 2\n");
	check_clean(trace, 2, 5);
	assert_int_equal(trace_side(trace, C2S)->data_bytes, 2896);
	trace_free(trace);
}

static enum duplicate check(struct duplicates *duplicates, struct packet packet, int64_t t_ns)
{
	packet.t_ns = t_ns;
	return duplicates_check(duplicates, &packet, duplicates_fingerprint(&packet, 77), 50 * MS);
}

/* A change in any field of the header makes it another packet; so does a second. */
static void test_fields(void **state)
{
	(void)state;
	struct duplicates *duplicates = duplicates_new();
	const struct packet packet = { .seq = 1, .ack = 2, .payload_bytes = 3, .window = 4, .tcp_flags = TCP_ACK,
				       .ip_id = 5, .has_ip_id = true, .source_port = 6, .tsval = 7, .tsecr = 8, .ttl = 64 };
	struct packet other[10];
	for (unsigned i = 0; i < 10; i++)
		other[i] = packet;
	other[0].seq++;
	other[1].ack++;
	other[2].payload_bytes++;
	other[3].window++;
	other[4].tcp_flags |= TCP_PSH;
	other[5].ip_id++;
	other[6].source_port++; /* the other direction */
	other[7].tsval++;
	other[8].tsecr++;
	other[9].sack_blocks = 1;
	assert_int_equal(check(duplicates, packet, 1000 * MS), DUPLICATE_NONE);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(check(duplicates, other[i], 1000 * MS), DUPLICATE_NONE);
	struct packet elsewhere = packet;
	elsewhere.ttl = 63;
	assert_int_equal(check(duplicates, packet, 1001 * MS), DUPLICATE_NETWORK);
	assert_int_equal(check(duplicates, elsewhere, 1002 * MS), DUPLICATE_TAP);
	assert_int_equal(check(duplicates, packet, 999 * MS), DUPLICATE_NETWORK); /* queues swap packets */
	assert_int_equal(check(duplicates, packet, 2500 * MS), DUPLICATE_NONE);
	duplicates_free(duplicates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_hops),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_pure_acks_at_two_places),
		cmocka_unit_test(test_pure_acks_on_one_link),
		cmocka_unit_test(test_ack_delivered_twice),
		cmocka_unit_test(test_copy_within_a_round_trip),
		cmocka_unit_test(test_copy_after_a_round_trip),
		cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_offloaded_segment),
		cmocka_unit_test(test_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
