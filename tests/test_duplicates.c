/* Speaks for analyze/engine/duplicates.c and interfaces.c: the same packet seen twice, by the tap's fault or by the network's. */
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

/* A SYN that was delivered twice is answered twice: Linux counts the second SYN-ACK in TcpRetransSegs. After one SYN, the second
 * of two SYN-ACKs that are equal to the bit is the network's. */
static void test_copy_of_syn_is_answered(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.0000 > S 0 mss 1460 ts 1000 0 id 1\n"
					 "0.0001 > S 0 mss 1460 ts 1000 0 id 1\n"
					 "0.0002 < SA 0 mss 1460 ts 5000 1000\n"
					 "0.0003 < SA 0 mss 1460 ts 5000 1000\n"
					 "0.0500 > A 1 ts 1050 5000 id 2\n");
	assert_int_equal(trace_side(trace, C2S)->network_duplicates, 1);
	assert_int_equal(trace_side(trace, S2C)->network_duplicates, 0);
	assert_int_equal(trace_side(trace, S2C)->syn_retransmissions, 1);
	trace_free(trace);
	trace = trace_play(NULL,
			   "0.0000 > S 0 mss 1460 ts 1000 0 id 1\n"
			   "0.0500 < SA 0 mss 1460 ts 5000 1000\n"
			   "0.0501 < SA 0 mss 1460 ts 5000 1000\n"
			   "0.0502 > A 1 ts 1050 5000 id 2\n");
	assert_int_equal(trace_side(trace, S2C)->network_duplicates, 1);
	assert_int_equal(trace_side(trace, S2C)->syn_retransmissions, 0);
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

/* `any` before a bridge: each of six packets over interface 2 and over 3, one of them there first. */
static void test_bridge(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
					 "0.00000 > S 0 mss 1460 id 1 any 2\n"
					 "0.00002 > S 0 mss 1460 id 1 any 3\n"
					 "0.05000 < SA 0 mss 1460 id 1 any 2\n"
					 "0.05002 < SA 0 mss 1460 id 1 any 3\n"
					 "0.05100 > A 1 id 2 any 2\n"
					 "0.05102 > A 1 id 2 any 3\n"
					 "0.10000 > A 1 len 1460 id 3 any 3\n"
					 "0.10002 > A 1 len 1460 id 3 any 2\n"
					 "0.10100 > A 1461 len 1460 id 4 any 2\n"
					 "0.10102 > A 1461 len 1460 id 4 any 3\n"
					 "0.15100 < A 1 ack 1461 id 2 any 2\n"
					 "0.15102 < A 1 ack 1461 id 2 any 3\n");
	check_clean(trace, 6, 6);
	assert_int_equal(trace->interface_count, 2);
	const struct interface_facts *two = &trace->interfaces[0], *three = &trace->interfaces[1];
	assert_int_equal(two->interface, 2);
	assert_int_equal(two->packets, 6);
	assert_int_equal(two->tap_duplicates, 1);
	assert_int_equal(two->first_ns, 0);
	assert_int_equal(two->last_ns, 151 * MS);
	assert_int_equal(three->interface, 3);
	assert_int_equal(three->packets, 6);
	assert_int_equal(three->tap_duplicates, 5);
	assert_int_equal(three->first_ns, MS / 50);
	/* 20 bytes of SLL2, 20 of IPv4, 20 of TCP, 4 of the MSS option in two of them; twice 1460 of data */
	assert_int_equal(two->bytes, 6 * 60 + 2 * 4 + 2 * 1460);
	assert_int_equal(three->bytes, two->bytes);
	trace_free(trace);
}

/* A packet that the network delivers twice, at two interfaces: four frames, two packets, one of them the network's. */
static void test_network_duplicate_at_two_places(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.1000 > A 1 len 1460 id 3\n"
					 "0.1001 > A 1 len 1460 id 3 ttl 63 mac 9\n"
					 "0.1030 > A 1 len 1460 id 3\n"
					 "0.1031 > A 1 len 1460 id 3 ttl 63 mac 9\n");
	assert_int_equal(trace_side(trace, C2S)->network_duplicates, 1);
	assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 2);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 0);
	trace_free(trace);
}

/* Sent again, and over another leg of the bond: a new IP ID says so, or a new timestamp, or else the time: half a
 * round trip (25 ms) is too short for news of a loss. */
static void test_sent_again_over_another_link(void **state)
{
	(void)state;
	static const struct {
		bool ipv6;
		const char *script;
	} cases[] = {
		{ false, HANDSHAKE "0.100 > A 1 len 1460 id 3\n"
				   "0.101 > A 1 len 1460 id 3 mac 9\n"
				   "0.160 > A 1 len 1460 id 4 mac 9\n" },
		{ true, HANDSHAKE_NO_ID "0.100 > A 1 len 1400 ts 1100 7\n"
					"0.101 > A 1 len 1400 ts 1100 7 mac 9\n"
					"0.160 > A 1 len 1400 ts 1160 7 mac 9\n" },
		{ true, HANDSHAKE_NO_ID "0.100 > A 1 len 1400\n"
					"0.101 > A 1 len 1400 mac 9\n"
					"0.160 > A 1 len 1400 mac 9\n" },
		/* the same millisecond's clock, but another ID */
		{ false, HANDSHAKE "0.100 > A 1 len 1448 id 3 ts 1100 7\n"
				   "0.101 > A 1 len 1448 id 3 ts 1100 7 mac 9\n"
				   "0.140 > A 1 len 1448 id 9 ts 1100 7 mac 9\n" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct trace *trace = trace_play(&(struct trace_options){ .ipv6 = cases[i].ipv6 }, cases[i].script);
		assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
		assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 1);
		assert_int_equal(trace_side(trace, C2S)->network_duplicates, 0);
		trace_free(trace);
	}
}

/* Two places see a segment and, a round trip later, its retransmission, which nothing tells from it. The second place is
 * slower the first time and faster the second. */
static void test_both_sent_twice(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_play(&options, HANDSHAKE_NO_ID
					 "0.1000 > A 1 len 1400\n"
					 "0.1001 > A 1 len 1400 mac 9\n"
					 "0.1600 > A 1 len 1400 mac 9\n"
					 "0.1601 > A 1 len 1400\n");
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 2);
	trace_free(trace);
}

/* 40 ms in the queue of a router: later than half a round trip, but the TTL tells that it is the next hop. */
static void test_routed_late(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_play(&options, HANDSHAKE_NO_ID
					 "0.100 > A 1 len 1400\n"
					 "0.140 > A 1 len 1400 ttl 63 mac 9\n"
					 "0.190 < A 1 ack 1401 mac 9 ttl 63\n");
	check_clean(trace, 1, 5);
	trace_free(trace);
}

/* The same header at two places, but not the same bytes: nobody's copy. */
static void test_another_payload(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_play(&options, HANDSHAKE_NO_ID
					 "0.1000 > A 1 len 8 fill 1\n"
					 "0.1050 > A 1 len 8 fill 2 mac 9\n");
	assert_int_equal(trace_side(trace, C2S)->tap_duplicates, 0);
	assert_int_equal(trace_side(trace, C2S)->retransmitted_segments, 1);
	trace_free(trace);
}

/* Cut at 110 bytes: of the payload 36 bytes are there, and 32 behind a VLAN tag. Cut at 80: 6 and 2. */
static void test_snapped_copies(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_play(&options, HANDSHAKE_NO_ID
					 "0.1000 > A 1 len 1400 snap 110\n"
					 "0.1001 > A 1 len 1400 snap 110 vlan 7\n"
					 "0.1010 > A 1401 len 1400 snap 80\n"
					 "0.1011 > A 1401 len 1400 snap 80 vlan 7\n");
	check_clean(trace, 2, 5);
	trace_free(trace);
}

/* A probe of an idle connection, seen twice. */
static void test_keep_alive_at_two_places(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "9.0000 > A 0 id 3\n"
					 "9.0001 > A 0 id 3 mac 9\n"
					 "9.0500 < A 1 ack 1 id 2\n"
					 "9.0501 < A 1 ack 1 id 2 mac 9\n");
	check_clean(trace, 2, 5);
	assert_int_equal(trace_side(trace, C2S)->keep_alives, 1);
	trace_free(trace);
}

/* A mirror that doubles all on one link, without IP IDs. Once that is clear (40 packets of another flow), a copy of a pure
 * ACK is no duplicate ACK; two ACKs, each doubled, are one. */
static void test_mirrored_acks(void **state)
{
	(void)state;
	const struct trace_options options = { .ipv6 = true };
	struct trace *trace = trace_new(&options);
	for (unsigned i = 0; i < 40; i++) {
		char line[128];
		snprintf(line, sizeof line, "0.%03u > A %u len 100 flow 2\n0.%03u001 > A %u len 100 flow 2\n", i, i * 100 + 1, i,
			 i * 100 + 1);
		trace_feed(trace, line);
	}
	trace_feed(trace,
		   "1.000000 > S 0 mss 1440\n1.000001 > S 0 mss 1440\n"
		   "1.050000 < SA 0 mss 1440\n1.050001 < SA 0 mss 1440\n"
		   "1.051000 > A 1\n1.051001 > A 1\n"
		   "1.100000 > A 1 len 1000\n1.100001 > A 1 len 1000\n"
		   "1.101000 > A 1001 len 1000\n1.101001 > A 1001 len 1000\n"
		   "1.102000 > A 2001 len 1000\n1.102001 > A 2001 len 1000\n"
		   "1.150000 < A 1 ack 1001\n1.150001 < A 1 ack 1001\n"
		   "1.152000 < A 1 ack 1001\n1.152001 < A 1 ack 1001\n");
	trace_finish(trace);
	assert_int_equal(trace->flow_count, 2);
	const struct flow_facts *flow = trace->flows[0].id == 2 ? &trace->flows[0] : &trace->flows[1];
	assert_int_equal(flow->direction[S2C].duplicate_acks, 1);
	assert_int_equal(flow->direction[S2C].tap_duplicates, 3); /* SYN-ACK, two ACKs */
	assert_int_equal(flow->direction[C2S].tap_duplicates, 5);
	assert_int_equal(flow->direction[C2S].network_duplicates + flow->direction[S2C].network_duplicates, 0);
	assert_int_equal(flow->direction[C2S].retransmitted_segments, 0);
	trace_free(trace);
}

/* A mirror that doubles what goes from one of its ports to another: here every tenth packet, all of one flow. By 17 copies
 * the flow's score is past 32, for each pair adds 4 - 2. */
static void test_mirror_of_some(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned i = 0; i < 100; i++) {
		char line[128];
		for (unsigned flow = 2; flow < 11; flow++) {
			snprintf(line, sizeof line, "%u.%02u00%u > A %u len 100 id %u flow %u\n", i / 50, i % 50, flow,
				 i * 100 + 1, i + 1, flow);
			trace_feed(trace, line);
		}
		for (unsigned copy = 0; copy < 2; copy++) {
			snprintf(line, sizeof line, "%u.%02u9 > A %u len 100 id %u\n", i / 50, i % 50, i * 100 + 1, i + 1);
			trace_feed(trace, line);
		}
	}
	trace_finish(trace);
	for (unsigned i = 0; i < trace->flow_count; i++) {
		const struct direction_facts *client = &trace->flows[i].direction[C2S];
		bool doubled = trace->flows[i].client.bytes[15] == 1;
		assert_int_equal(client->network_duplicates, doubled ? 17 : 0);
		assert_int_equal(client->tap_duplicates, doubled ? 83 : 0);
		assert_int_equal(client->retransmitted_segments, 0);
	}
	trace_free(trace);
}

/* As test_offloaded_segment, without timestamps; the wire segments late, but with the IDs that they must have; and with
 * neither timestamps nor IDs, and seen elsewhere first. */
static void test_offloaded_without_evidence(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, HANDSHAKE
					 "0.1000 > A 1 len 2920 id 3\n"
					 "0.1001 > A 1 len 1460 id 3 mac 9\n"
					 "0.1002 > A 1461 len 1460 id 4 mac 9\n"
					 "0.1510 < A 1 ack 2921 id 2\n");
	check_clean(trace, 2, 5);
	trace_free(trace);
	trace = trace_play(NULL, HANDSHAKE
			   "0.1000 > A 1 len 2920 id 3 any 2\n"
			   "0.1400 > A 1 len 1460 id 3 any 3\n"
			   "0.1401 > A 1461 len 1460 id 4 any 3\n"
			   "0.1900 < A 1 ack 2921 id 2 any 3\n");
	check_clean(trace, 2, 5);
	assert_int_equal(trace->interfaces[2].interface, 3);
	assert_int_equal(trace->interfaces[2].packets, 3);
	assert_int_equal(trace->interfaces[2].tap_duplicates, 2);
	trace_free(trace);
	trace = trace_play(&(struct trace_options){ .ipv6 = true }, HANDSHAKE_NO_ID
			   "0.1000 > A 1 len 2880 mac 9\n"
			   "0.1001 > A 1 len 1440\n"
			   "0.1002 > A 1441 len 1440\n"
			   "0.1510 < A 1 ack 2881\n");
	check_clean(trace, 2, 5);
	trace_free(trace);
}

/* Of a captured file without interfaces there is one row, for all frames, IP or not. */
static void test_unknown_interface(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, HANDSHAKE "0.1000 > A 1 len 10 id 3\n0.1001 > A 1 len 10 id 3 mac 9\n");
	trace_frame(trace, 200 * MS, LINK_ETHERNET, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\x06", 14, 60); /* ARP */
	trace_finish(trace);
	assert_int_equal(trace->interface_count, 1);
	assert_int_equal(trace->interfaces[0].interface, 0);
	assert_int_equal(trace->interfaces[0].packets, 6);
	assert_int_equal(trace->interfaces[0].tap_duplicates, 1);
	assert_int_equal(trace->interfaces[0].last_ns, 200 * MS);
	trace_free(trace);
}

/* 1100 interfaces: 1024 are kept apart, the rest is one. No frame is lost. */
static void test_many_interfaces(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 1; i <= 1100; i++) {
			char line[64];
			snprintf(line, sizeof line, "%u.%04u > udp len 10 any %u\n", round, i, i * 7919);
			trace_feed(trace, line);
		}
	}
	trace_finish(trace);
	assert_int_equal(trace->interface_count, 1025);
	for (unsigned i = 0; i < 1024; i++) {
		assert_int_equal(trace->interfaces[i].interface, (i + 1) * 7919);
		assert_int_equal(trace->interfaces[i].packets, 2);
	}
	assert_int_equal(trace->interfaces[1024].interface, 0);
	assert_int_equal(trace->interfaces[1024].packets, 2 * 76);
	trace_free(trace);
}

static enum duplicate check(struct duplicates *duplicates, struct packet packet, int64_t t_ns)
{
	packet.t_ns = t_ns;
	struct seen *seen = duplicates_find(duplicates, &packet, duplicates_fingerprint(&packet, 77), 77);
	return seen ? duplicates_judge(duplicates, seen, &packet, 77, 50 * MS) : DUPLICATE_NONE;
}

/* A change in any field of the header makes it another packet; so does a second. */
static void test_fields(void **state)
{
	(void)state;
	struct duplicates *duplicates = duplicates_new();
	const struct packet packet = { .seq = 1, .ack = 2, .payload_bytes = 3, .window = 4, .tcp_flags = TCP_ACK,
				       .ip_id = 5, .has_ip_id = true, .source_port = 6, .tsval = 7, .tsecr = 8, .ttl = 64,
				       .protocol = PROTOCOL_TCP };
	struct packet other[11];
	for (unsigned i = 0; i < 11; i++)
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
	other[10].payload_hash++;
	assert_int_equal(check(duplicates, packet, 1000 * MS), DUPLICATE_NONE);
	for (unsigned i = 0; i < 11; i++)
		assert_int_equal(check(duplicates, other[i], 1000 * MS), DUPLICATE_NONE);
	struct packet elsewhere = packet;
	elsewhere.ttl = 63;
	assert_int_equal(check(duplicates, packet, 1001 * MS), DUPLICATE_NETWORK);
	assert_int_equal(check(duplicates, elsewhere, 1002 * MS), DUPLICATE_TAP);
	assert_int_equal(check(duplicates, packet, 999 * MS), DUPLICATE_NETWORK); /* queues swap packets */
	assert_int_equal(check(duplicates, packet, 2500 * MS), DUPLICATE_NONE);
	duplicates_free(duplicates);
}

/* The same without TCP: the other direction has another source, ICMP its header. */
static void test_fields_of_datagrams(void **state)
{
	(void)state;
	struct duplicates *duplicates = duplicates_new();
	const struct packet packet = { .payload_bytes = 3, .ip_id = 5, .source_port = 6, .ttl = 64, .protocol = PROTOCOL_UDP };
	struct packet other[8];
	for (unsigned i = 0; i < 8; i++)
		other[i] = packet;
	other[0].payload_bytes++;
	other[1].ip_id++;
	other[2].source_port++;
	other[3].payload_hash++;
	other[4].source.bytes[15]++;
	other[5].icmp_type++;
	other[6].icmp_code++;
	other[7].icmp_rest[3]++;
	assert_int_equal(check(duplicates, packet, 1000 * MS), DUPLICATE_NONE);
	for (unsigned i = 0; i < 8; i++) {
		other[i].ttl = 63;
		assert_int_equal(check(duplicates, other[i], 1000 * MS), DUPLICATE_NONE);
	}
	struct packet elsewhere = packet;
	elsewhere.link_identity = 1 << 20;
	assert_int_equal(check(duplicates, elsewhere, 1001 * MS), DUPLICATE_TAP);
	assert_int_equal(check(duplicates, elsewhere, 999 * MS), DUPLICATE_TAP); /* queues swap packets */
	assert_int_equal(check(duplicates, elsewhere, 2500 * MS), DUPLICATE_NONE);
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
		cmocka_unit_test(test_copy_of_syn_is_answered),
		cmocka_unit_test(test_copy_within_a_round_trip),
		cmocka_unit_test(test_copy_after_a_round_trip),
		cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_offloaded_segment),
		cmocka_unit_test(test_bridge),
		cmocka_unit_test(test_network_duplicate_at_two_places),
		cmocka_unit_test(test_sent_again_over_another_link),
		cmocka_unit_test(test_both_sent_twice),
		cmocka_unit_test(test_routed_late),
		cmocka_unit_test(test_another_payload),
		cmocka_unit_test(test_snapped_copies),
		cmocka_unit_test(test_keep_alive_at_two_places),
		cmocka_unit_test(test_mirrored_acks),
		cmocka_unit_test(test_mirror_of_some),
		cmocka_unit_test(test_offloaded_without_evidence),
		cmocka_unit_test(test_unknown_interface),
		cmocka_unit_test(test_many_interfaces),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_fields_of_datagrams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
