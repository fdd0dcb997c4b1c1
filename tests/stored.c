#include "tests/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char stored_folder[64];
char stored_database[128];

static struct address ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct address){ { [10] = 0xff, [11] = 0xff, a, b, c, d } };
}

static const struct address ipv6_client = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x07 } };
static const struct address ipv6_server = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x01 } };

static void empty_direction(struct direction_facts *facts)
{
	*facts = (struct direction_facts){
		.window_min = UINT64_MAX, .window_scale = -1, .first_ns = NO_TIME, .last_ns = NO_TIME, .gap_max_ns = NO_TIME,
		.gap_end_ns = NO_TIME, .fin_ns = NO_TIME, .fin_acked_ns = NO_TIME };
}

static struct flow_facts empty_flow(uint64_t id)
{
	struct flow_facts flow = {
		.id = id, .protocol = PROTOCOL_TCP, .client = ipv4(10, 0, 0, 2), .server = ipv4(192, 0, 2, 1),
		.client_port = (uint16_t)(40000 + id), .server_port = 443, .state = FLOW_ESTABLISHED,
		.end = FLOW_END_CAPTURE, .first_ns = T0, .last_ns = T0, .first_frame = 1, .last_frame = 1,
		.handshake_rtt_ns = NO_TIME, .handshake_server_rtt_ns = NO_TIME, .handshake_client_rtt_ns = NO_TIME,
		.established_ns = NO_TIME, .syn_ns = NO_TIME, .syn_ack_ns = NO_TIME, .reset_ns = NO_TIME, .reset_by = -1, .first_fin_by = -1,
	};
	empty_direction(&flow.direction[C2S]);
	empty_direction(&flow.direction[S2C]);
	return flow;
}

struct flow_facts stored_download(void)
{
	struct flow_facts flow = empty_flow(1);
	flow.state = FLOW_CLOSED;
	flow.end = FLOW_END_CLOSE;
	flow.vlan = 7;
	flow.last_ns = T0 + 2 * SECOND;
	flow.last_frame = 150;
	flow.handshake_seen = flow.client_known = true;
	flow.handshake_rtt_ns = 30 * MS + 499;	      /* 30000 us */
	flow.handshake_server_rtt_ns = 20 * MS + 500; /* 20001 us */
	flow.handshake_client_rtt_ns = 10 * MS;
	flow.syn_ns = T0;
	flow.syn_ack_ns = T0 + 20 * MS;
	flow.established_ns = T0 + 30 * MS;
	flow.tunnel = TUNNEL_VXLAN; /* with the id 0, which is one */
	flow.tunnel_has_ends = true;
	flow.tunnel_client = ipv4(172, 16, 0, 1);
	flow.tunnel_server = ipv4(172, 16, 0, 2);
	flow.first_fin_by = S2C;
	flow.responses = 1;
	flow.response_min_ns = flow.response_mean_ns = flow.response_max_ns = 5 * MS;
	struct direction_facts *up = &flow.direction[C2S], *down = &flow.direction[S2C];
	up->packets = 50;
	up->bytes = 3500;
	up->data_segments = 1;
	up->data_bytes = up->new_bytes = up->acked_bytes = 100;
	up->duplicate_acks = 9;
	up->zero_windows = 1;
	up->zero_window_ns = 1500 * 1000; /* 1.5 ms */
	up->window_min = 0;
	up->window_max = 65535;
	up->window_scale = -2; /* the SYN had none */
	up->mss = 1460;
	up->syns = up->fins = 1;
	up->ttl_min = up->ttl_max = 64;
	up->first_ns = T0;
	up->last_ns = T0 + 2 * SECOND;
	down->packets = 100;
	down->bytes = 150000;
	down->data_segments = 100;
	down->data_bytes = 144800;
	down->new_bytes = down->acked_bytes = 139008;
	down->retransmitted_segments = 6;
	down->retransmitted_bytes = 5792;
	down->fast_retransmissions = 3;
	down->timeout_retransmissions = 1;
	down->tail_loss_probes = 1;
	down->syn_retransmissions = 1;
	down->fin_retransmissions = 1;
	down->spurious_retransmissions = 1;
	down->reordered_segments = 2;
	down->lost_upstream = 2;
	down->lost_downstream = 2;
	down->capture_gap_segments = 1;
	down->capture_gap_bytes = 1448;
	down->window_full = 3;
	down->window_scale = 7;
	down->window_min = down->window_max = 64256;
	down->segment_bytes = 1448;
	down->in_flight_max = 28960;
	down->ttl_min = down->ttl_max = 57;
	down->ttl_changes = 1;
	down->checksum_errors = 2;
	down->ect_packets = 99;
	down->dscp = 46;
	down->gap_max_ns = 300 * MS;
	down->gap_end_ns = T0 + 900 * MS;
	down->gap_end_frame = 80;
	down->fin_ns = T0 + 1900 * MS;
	down->fin_acked_ns = T0 + 1920 * MS;
	down->first_ns = T0 + 20 * MS;
	down->last_ns = T0 + 2 * SECOND;
	down->rtt_samples = 40;
	down->rtt_min_ns = 10 * MS;
	down->rtt_mean_ns = 15 * MS;
	down->rtt_p50_ns = 14 * MS;
	down->rtt_p95_ns = 31 * MS;
	down->rtt_p99_ns = 32 * MS;
	down->rtt_max_ns = 33 * MS;
	down->rtt_mdev_ns = 1500; /* 2 us */
	down->limited_handshake_ns = 30 * MS;
	down->limited_application_ns = 470 * MS;
	down->limited_receive_window_ns = 250 * MS;
	down->limited_zero_window_ns = 0;
	down->limited_recovery_ns = 50 * MS;
	down->limited_network_ns = 200 * MS;
	return flow;
}

static struct flow_facts short_flow(uint64_t id, enum flow_state state)
{
	struct flow_facts flow = empty_flow(id);
	flow.state = state;
	flow.end = FLOW_END_IDLE;
	flow.client_known = true;
	flow.server = ipv4(192, 0, 2, 9);
	flow.server_port = 8080;
	flow.first_ns = T0 + 100 * MS;
	flow.last_ns = T0 + 1100 * MS;
	flow.first_frame = 20 + id;
	flow.last_frame = 30 + id;
	flow.reset_by = state == FLOW_RESET ? S2C : -1;
	flow.direction[C2S].packets = 2;
	flow.direction[C2S].bytes = 148;
	flow.direction[C2S].syns = 2;
	flow.direction[C2S].retransmitted_segments = flow.direction[C2S].syn_retransmissions = 1;
	return flow;
}

static struct flow_facts dns_over_ipv6(uint64_t id)
{
	struct flow_facts flow = empty_flow(id);
	flow.protocol = PROTOCOL_UDP;
	flow.client = ipv6_client;
	flow.server = ipv6_server;
	flow.server_port = 53;
	flow.state = FLOW_NONE;
	flow.direction[C2S].packets = flow.direction[S2C].packets = 1;
	flow.direction[C2S].bytes = 90;
	flow.direction[S2C].bytes = 120;
	return flow;
}

static struct interval_facts interval(enum scope scope)
{
	return (struct interval_facts){
		.t_ns = 1700000000 * SECOND, .interval_ns = SECOND, .scope = scope, .address = ipv4(192, 0, 2, 1),
		.port = 443, .protocol = PROTOCOL_TCP, .packets = 300, .bytes = 1500000, .data_segments = 200,
		.data_bytes = 1300000, .new_bytes = 1250000, /* 10 Mbit/s */
		.retransmitted_segments = 10, .syn_retransmissions = 2, .fin_retransmissions = 1, /* 7 / 200 = 3.5 % */
		.lost_upstream = 4, .lost_downstream = 1, .spurious_retransmissions = 2, /* 4 / 204 = 1.96078 % */
		.capture_gap_segments = 50, /* 50 / 250 = 20 % */
		.flows_new = 5, .flows_active = 5, .rtt_samples = 40, .rtt_min_ns = 10 * MS, .rtt_mean_ns = 15 * MS,
		.rtt_p50_ns = 14500000, .rtt_p95_ns = 31 * MS, .rtt_p99_ns = 32 * MS, .rtt_max_ns = 33 * MS,
		.rtt_baseline_ns = 12500000, .dns_queries = 12, .dns_answers = 10, .dns_p95_ns = 250 * MS, .echo_lost = 3,
		.ttl_changes = 1,
	};
}

static void put_timeline(const struct engine_sink *sink, void *user)
{
	struct interval_facts all = interval(SCOPE_ALL), service = interval(SCOPE_SERVICE), peer = interval(SCOPE_PEER);
	struct interval_facts rest = interval(SCOPE_SERVICE), dns = { .t_ns = 1700000001 * SECOND, .interval_ns = SECOND };
	sink->interval(user, &all);
	sink->interval(user, &service);
	service.address = ipv6_server;
	sink->interval(user, &service);
	peer.address = ipv6_client;
	sink->interval(user, &peer);
	rest.rest = true;
	rest.rest_keys = 12;
	sink->interval(user, &rest);
	/* Nothing but UDP: no percentages, no RTT. */
	dns.scope = SCOPE_SERVICE;
	dns.address = ipv4(192, 0, 2, 53);
	dns.port = 53;
	dns.protocol = PROTOCOL_UDP;
	dns.packets = dns.udp_packets = 2;
	dns.rtt_baseline_ns = NO_TIME;
	sink->interval(user, &dns);
}

void stored_put_capture(struct store *store)
{
	const struct engine_sink *sink = store_sink();
	const struct event_facts events[] = {
		{ .flow_id = 1, .t_ns = T0 + 500 * MS, .frame = 60, .direction = S2C, .kind = EVENT_RETRANSMISSION,
		  .cause = CAUSE_FAST, .evidence = EVIDENCE_SEEN | EVIDENCE_SACK, .seq = UINT32_MAX, .len = 1448,
		  .value_ns = 42 * MS },
		{ .flow_id = 1, .t_ns = T0 + 600 * MS, .frame = 70, .direction = C2S, .kind = EVENT_ZERO_WINDOW },
		{ .flow_id = 1, .t_ns = T0 + 601500000, .frame = 71, .direction = C2S, .kind = EVENT_ZERO_WINDOW_END,
		  .value_ns = 1500000 },
	};
	const struct flow_facts flows[] = { short_flow(3, FLOW_REFUSED), stored_download(), short_flow(2, FLOW_UNANSWERED),
					    short_flow(4, FLOW_RESET), dns_over_ipv6(5) };
	const struct flow_interval_facts flow_interval = {
		.flow_id = 1, .t_ns = 1700000000 * SECOND, .interval_ns = 100 * MS, .direction = S2C, .packets = 10,
		.bytes = 15000, .data_segments = 10, .data_bytes = 14480, .new_bytes = 12500, /* 1 Mbit/s */
		.in_flight_max = 14480, .window_min = UINT64_MAX,
		.limited_handshake_ns = 0, .limited_application_ns = 60 * MS, .limited_receive_window_ns = NO_TIME,
		.limited_zero_window_ns = 1000, .limited_recovery_ns = 39999000, .limited_network_ns = 0,
	};
	const struct interface_facts interfaces[] = {
		{ .interface = 3, .packets = 150, .bytes = 150000, .tap_duplicates = 6, .first_ns = T0, .last_ns = T0 + 2 * SECOND },
		{ .packets = 10, .bytes = 3996, .first_ns = T0, .last_ns = T0 },
	};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		sink->event(store, &events[i]);
	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++)
		sink->interface(store, &interfaces[i]);
	sink->flow_interval(store, &flow_interval);
	put_timeline(sink, store);
	stored_put_protocols(sink, store);
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
		sink->flow(store, &flows[i]);
}

const struct engine_totals stored_totals = {
	.frames = 160, .bytes = 153996, .first_ns = T0, .last_ns = T0 + 2 * SECOND, .flows = 5, .events = 3, .data_segments = 101,
	.capture_gap_segments = 1, .checksum_errors = 2, .checksum_offloads = 30, .tunnelled = 150, .facts_dropped = 4,
};

struct capture_facts stored_capture(uint64_t fingerprint)
{
	return (struct capture_facts){
		.path = "it's a \"capture\".pcap", .link_type = "ethernet", .format = "pcap", .compression = "none",
		.error_offset = -1, .kernel_drops = -1, .interface_drops = 3,
		.pool_drops = -1, .watcher_skipped = 0, .segments = -1, .snaplen = 65535, .fingerprint = fingerprint,
		.interval_ns = SECOND, .flow_timeline_packets = 32 };
}

enum status stored_add_capture(struct store *store, uint64_t fingerprint, int64_t *id)
{
	struct capture_facts capture = stored_capture(fingerprint);
	assert_int_equal(store_capture_begin(store), STATUS_OK);
	stored_put_capture(store);
	return store_capture_end(store, &capture, &stored_totals, id);
}

void stored_make(uint64_t fingerprint, enum store_mode mode)
{
	struct store *store = store_new();
	int64_t id;
	assert_int_equal(store_create(store, stored_database, mode), STATUS_OK);
	assert_int_equal(stored_add_capture(store, fingerprint, &id), STATUS_OK);
	assert_int_equal(store_finish(store), STATUS_OK);
	assert_string_equal(store_error(store), "");
	store_free(store);
}

const char *stored_ask(const char *sql)
{
	static char answer[16384];
	sqlite3 *db = NULL;
	sqlite3_stmt *query = NULL;
	answer[0] = '\0';
	assert_int_equal(sqlite3_open(stored_database, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(query) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(query); i++) {
			const char *text = (const char *)sqlite3_column_text(query, i);
			size_t used = strlen(answer);
			snprintf(answer + used, sizeof(answer) - used, "%s%s", i ? "|" : used ? "\n" : "",
				 text ? text : "NULL");
		}
	sqlite3_finalize(query);
	sqlite3_close(db);
	return answer;
}

size_t stored_files(void)
{
	size_t count = 0;
	DIR *dir = opendir(stored_folder);
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

int stored_setup(void **state)
{
	(void)state;
	snprintf(stored_folder, sizeof(stored_folder), "/tmp/test-store-XXXXXX");
	if (!mkdtemp(stored_folder))
		return -1;
	snprintf(stored_database, sizeof(stored_database), "%s/flows.db", stored_folder);
	return 0;
}

int stored_teardown(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", stored_folder);
	return system(command);
}

