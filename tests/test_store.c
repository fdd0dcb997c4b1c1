/* The store against facts made by hand. Speaks for store/; tests/golden/queries.txt holds what the saved queries answer
 * (UPDATE_GOLDEN=1 writes it anew). Run in the project's folder. */
#include "store/columns.h"
#include "store/reader.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define GOLDEN "tests/golden/queries.txt"
#define T0 INT64_C(1700000000123456789) /* 2023-11-14T22:13:20.123Z */
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

/* More than the writer's page cache of 64 MiB holds, so that it has to write before the end. */
#define MANY_FLOWS 250000

static char folder[64];
static char database[128];

static struct address ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct address){ { [10] = 0xff, [11] = 0xff, a, b, c, d } };
}

static const struct address ipv6_client = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x07 } };
static const struct address ipv6_server = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x01 } };

static void empty_direction(struct direction_facts *facts)
{
	*facts = (struct direction_facts){
		.window_min = UINT64_MAX, .window_scale = -1, .first_ns = NO_TIME, .last_ns = NO_TIME };
}

static struct flow_facts empty_flow(uint64_t id)
{
	struct flow_facts flow = {
		.id = id, .protocol = PROTOCOL_TCP, .client = ipv4(10, 0, 0, 2), .server = ipv4(192, 0, 2, 1),
		.client_port = (uint16_t)(40000 + id), .server_port = 443, .state = FLOW_ESTABLISHED,
		.end = FLOW_END_CAPTURE, .first_ns = T0, .last_ns = T0, .first_frame = 1, .last_frame = 1,
		.handshake_rtt_ns = NO_TIME, .handshake_server_rtt_ns = NO_TIME, .handshake_client_rtt_ns = NO_TIME,
		.established_ns = NO_TIME, .reset_by = -1, .first_fin_by = -1,
	};
	empty_direction(&flow.direction[C2S]);
	empty_direction(&flow.direction[S2C]);
	return flow;
}

/* A download of 100 segments: 4 data segments, a SYN-ACK and a FIN were sent again. */
static struct flow_facts download(void)
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
	flow.established_ns = T0 + 30 * MS;
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
		.lost_upstream = 4, .lost_downstream = 3, .spurious_retransmissions = 2, /* 5 / 204 = 2.45098 % */
		.capture_gap_segments = 50, /* 50 / 250 = 20 % */
		.flows_new = 5, .flows_active = 5, .rtt_samples = 40, .rtt_min_ns = 10 * MS, .rtt_mean_ns = 15 * MS,
		.rtt_p50_ns = 14500000, .rtt_p95_ns = 31 * MS, .rtt_p99_ns = 32 * MS, .rtt_max_ns = 33 * MS,
		.rtt_baseline_ns = 12500000,
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

/* Two interfaces, five flows, three events, one flow's interval and six rows of timeline. */
static void put_capture(struct store *store)
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
	const struct flow_facts flows[] = { short_flow(3, FLOW_REFUSED), download(), short_flow(2, FLOW_UNANSWERED),
					    short_flow(4, FLOW_RESET), dns_over_ipv6(5) };
	const struct flow_interval_facts flow_interval = {
		.flow_id = 1, .t_ns = 1700000000 * SECOND, .interval_ns = 100 * MS, .direction = S2C, .packets = 10,
		.bytes = 15000, .data_segments = 10, .data_bytes = 14480, .new_bytes = 12500, /* 1 Mbit/s */
		.in_flight_max = 14480, .window_min = UINT64_MAX,
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
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
		sink->flow(store, &flows[i]);
}

static const struct engine_totals totals = {
	.frames = 160, .bytes = 153996, .first_ns = T0, .last_ns = T0 + 2 * SECOND, .flows = 5, .events = 3, .data_segments = 101,
	.capture_gap_segments = 1,
};

static struct capture_facts capture_facts(uint64_t fingerprint)
{
	return (struct capture_facts){
		.path = "it's a \"capture\".pcap", .link_type = "ethernet", .format = "pcap", .compression = "none",
		.error_offset = -1, .kernel_drops = -1, .interface_drops = 3,
		.pool_drops = -1, .watcher_skipped = 0, .segments = -1, .snaplen = 65535, .fingerprint = fingerprint,
		.interval_ns = SECOND, .flow_timeline_packets = 32 };
}

static enum status add_capture(struct store *store, uint64_t fingerprint, int64_t *id)
{
	struct capture_facts capture = capture_facts(fingerprint);
	assert_int_equal(store_capture_begin(store), STATUS_OK);
	put_capture(store);
	return store_capture_end(store, &capture, &totals, id);
}

static void make_database(uint64_t fingerprint, enum store_mode mode)
{
	struct store *store = store_new();
	int64_t id;
	assert_int_equal(store_create(store, database, mode), STATUS_OK);
	assert_int_equal(add_capture(store, fingerprint, &id), STATUS_OK);
	assert_int_equal(store_finish(store), STATUS_OK);
	assert_string_equal(store_error(store), "");
	store_free(store);
}

/* The answer's cells separated by '|', rows by LF; NULL is "NULL". Borrowed until the next call. */
static const char *ask(const char *sql)
{
	static char answer[16384];
	sqlite3 *db = NULL;
	sqlite3_stmt *query = NULL;
	answer[0] = '\0';
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
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

static size_t files_in_folder(void)
{
	size_t count = 0;
	DIR *dir = opendir(folder);
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test-store-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(database, sizeof(database), "%s/flows.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void columns_are_those_of_the_schema(void **state)
{
	const struct columns *tables[] = { &capture_columns,	     &interface_columns, &flow_columns,
					   &direction_columns,	     &event_columns,	 &timeline_columns,
					   &flow_timeline_columns,   &segment_columns,	 &incident_columns,
					   &host_columns };
	(void)state;
	make_database(1, STORE_NEW);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char sql[256], expected[4096] = "";
		/* Computed columns are not written, and events.id is SQLite's. */
		snprintf(sql, sizeof(sql),
			 "SELECT name FROM pragma_table_xinfo('%s') WHERE hidden = 0 AND NOT ('%s' = 'events' AND name = 'id')",
			 tables[i]->table, tables[i]->table);
		for (size_t c = 0; c < tables[i]->count; c++) {
			strcat(expected, c ? "\n" : "");
			strcat(expected, tables[i]->list[c].name);
		}
		assert_string_equal(ask(sql), expected);
	}
	assert_string_equal(ask("PRAGMA user_version"), "3");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

static void facts_become_rows(void **state)
{
	(void)state;
	make_database(UINT64_MAX, STORE_NEW);
	assert_string_equal(ask("SELECT id, path, link_type, first_ns, last_ns, packets, bytes, truncated, capture_loss_pct,"
				" kernel_drops, interface_drops, pool_drops, watcher_skipped, segments, error, error_offset,"
				" fingerprint, host, interval_ms FROM captures"),
			    "1|it's a \"capture\".pcap|ethernet|1700000000123456789|1700000002123456789|160|153996|0|"
			    "0.980392156862745|NULL|3|NULL|0|NULL|NULL|NULL|-1|NULL|1000.0");
	assert_string_equal(ask("SELECT * FROM flows WHERE id = 1"),
			    "1|1|tcp|10.0.0.2|40001|192.0.2.1|443|7|1700000000123456789|1700000002123456789|1|150|closed|close|"
			    "1|1|1700000000153456789|30000|20001|10000|NULL|server|1|5000|5000|5000");
	assert_string_equal(ask("SELECT id, protocol, client_ip, server_ip, vlan, state, established_ns, handshake_rtt_us,"
				" reset_by, response_min_us FROM flows WHERE id > 2"),
			    "3|tcp|10.0.0.2|192.0.2.9|NULL|refused|NULL|NULL|NULL|NULL\n"
			    "4|tcp|10.0.0.2|192.0.2.9|NULL|reset|NULL|NULL|server|NULL\n"
			    "5|udp|2001:db8::7|2001:db8::1|NULL|none|NULL|NULL|NULL|NULL");
	assert_string_equal(
		ask("SELECT direction, packets, bytes, data_segments, data_bytes, new_bytes, retransmitted_segments,"
		    " fast_retransmissions, timeout_retransmissions, tail_loss_probes, syn_retransmissions,"
		    " fin_retransmissions, spurious_retransmissions, lost_upstream, lost_downstream, zero_window_ms, window_min,"
		    " window_scale, mss, segment_bytes, ttl_min, rtt_samples, rtt_min_us, rtt_p95_us, rtt_mdev_us,"
		    " limited_receive_window_us FROM flow_directions WHERE flow_id = 1 ORDER BY direction"),
		"c2s|50|3500|1|100|100|0|0|0|0|0|0|0|0|0|1.5|0|-1|1460|NULL|64|0|NULL|NULL|NULL|0\n"
		"s2c|100|150000|100|144800|139008|6|3|1|1|1|1|1|2|2|0.0|64256|7|NULL|1448|57|40|10000|31000|2|250000");
	/* 470 of 30 + 470 + 250 + 50 + 200; UDP has none. */
	assert_string_equal(ask("SELECT limited_by, limited_pct FROM flow_directions WHERE direction = 's2c'"
				" AND flow_id IN (1, 5) ORDER BY flow_id"),
			    "application|47.0\nNULL|NULL");
	assert_string_equal(ask("SELECT flow_id, count(*) FROM flow_directions GROUP BY flow_id"), "1|2\n2|2\n3|2\n4|2\n5|2");
	assert_string_equal(ask("SELECT window_scale, window_min, first_ns FROM flow_directions WHERE flow_id = 5"
				" AND direction = 's2c'"),
			    "NULL|NULL|NULL");
	assert_string_equal(ask("SELECT * FROM events"),
			    "1|1|1700000000623456789|60|s2c|retransmission|fast|4294967295|1448|seen_before,sack|42000\n"
			    "2|1|1700000000723456789|70|c2s|zero_window|NULL|0|0|NULL|NULL\n"
			    "3|1|1700000000724956789|71|c2s|zero_window_end|NULL|0|0|NULL|1500");
	assert_string_equal(ask("SELECT flow_id, interval_ms, direction, goodput_mbps, rtt_samples, rtt_min_ms, window_min"
				" FROM flow_timeline"),
			    "1|100.0|s2c|1.0|0|NULL|NULL");
}

static void timeline_has_rates_and_keys(void **state)
{
	(void)state;
	make_database(1, STORE_NEW);
	assert_string_equal(ask("SELECT capture_id, t_ns, scope, key, rest_keys FROM timeline"),
			    "1|1700000000000000000|all||0\n"
			    "1|1700000000000000000|service|192.0.2.1:443|0\n"
			    "1|1700000000000000000|service|[2001:db8::1]:443|0\n"
			    "1|1700000000000000000|peer|2001:db8::7|0\n"
			    "1|1700000000000000000|service|(other)|12\n"
			    "1|1700000001000000000|service|udp/192.0.2.53:53|0");
	assert_string_equal(ask("SELECT interval_ms, goodput_mbps, retrans_pct, round(loss_pct, 5), capture_loss_pct, rtt_p50_ms,"
				" rtt_baseline_ms, response_mean_ms FROM timeline WHERE scope = 'all'"),
			    "1000.0|10.0|3.5|2.45098|20.0|14.5|12.5|NULL");
	assert_string_equal(ask("SELECT retrans_pct, loss_pct, capture_loss_pct, rtt_min_ms, rtt_p99_ms, rtt_baseline_ms,"
				" kernel_drops, softnet_drops FROM timeline WHERE key LIKE 'udp/%'"),
			    "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL");
}

static void views_are_for_people(void **state)
{
	(void)state;
	make_database(1, STORE_NEW);
	/* 139108 bytes in 2 s are 0.556432 Mbit/s; 4 of 101 data segments were sent again. */
	assert_string_equal(ask("SELECT client, server, first, seconds, state, packets, mbit_per_s, handshake_ms, retrans_pct,"
				" limited_by, limited_pct FROM flows_view WHERE id IN (1, 5)"),
			    "10.0.0.2:40001|192.0.2.1:443|2023-11-14T22:13:20.123Z|2.0|closed|150|0.556|30.0|3.96|application|47.0\n"
			    "[2001:db8::7]:40005|[2001:db8::1]:53|2023-11-14T22:13:20.123Z|0.0|none|2|NULL|NULL|NULL|NULL|NULL");
	assert_string_equal(ask("SELECT time, seconds, flow, kind, value_ms FROM events_view WHERE frame = 60"),
			    "2023-11-14T22:13:20.623Z|0.5|10.0.0.2 < 192.0.2.1:443|retransmission|42.0");
	assert_string_equal(ask("SELECT time, goodput_mbps FROM timeline_view WHERE scope = 'all'"),
			    "2023-11-14T22:13:20.000Z|10.0");
}

static void nothing_is_there_before_the_end(void **state)
{
	struct store *store = store_new();
	(void)state;
	assert_int_equal(store_create(store, database, STORE_NEW), STATUS_OK);
	assert_int_equal(add_capture(store, 1, NULL), STATUS_OK);
	assert_int_equal(access(database, F_OK), -1);
	store_free(store);
	assert_int_equal(files_in_folder(), 0);

	/* In the middle of a capture, too. */
	store = store_new();
	assert_int_equal(store_create(store, database, STORE_NEW), STATUS_OK);
	assert_int_equal(store_capture_begin(store), STATUS_OK);
	put_capture(store);
	assert_int_equal(store_finish(store), STATUS_USAGE);
	assert_int_equal(files_in_folder(), 0);
	store_free(store);
}

static void target_is_kept_unless_replaced(void **state)
{
	struct store *store = store_new();
	(void)state;
	make_database(1, STORE_NEW);
	assert_int_equal(store_create(store, database, STORE_NEW), STATUS_EXISTS);
	assert_non_null(strstr(store_error(store), "flows.db: exists already"));
	assert_int_equal(store_create(store, database, STORE_REPLACE), STATUS_OK);
	store_abandon(store);
	assert_string_equal(ask("SELECT fingerprint FROM captures"), "1");
	store_free(store);
	make_database(2, STORE_REPLACE);
	assert_string_equal(ask("SELECT fingerprint FROM captures"), "2");
	assert_int_equal(files_in_folder(), 1);
}

static void target_that_appears_meanwhile_is_kept(void **state)
{
	struct store *store = store_new();
	(void)state;
	assert_int_equal(store_create(store, database, STORE_NEW), STATUS_OK);
	assert_int_equal(close(open(database, O_CREAT | O_WRONLY, 0666)), 0);
	assert_int_equal(store_finish(store), STATUS_EXISTS);
	assert_int_equal(files_in_folder(), 1);
	store_free(store);
}

static void append_adds(void **state)
{
	(void)state;
	make_database(1, STORE_APPEND); /* there is none: a new one */
	make_database(2, STORE_APPEND);
	assert_string_equal(ask("SELECT id, fingerprint FROM captures"), "1|1\n2|2");
	assert_string_equal(ask("SELECT capture_id, min(id), max(id), count(*) FROM flows GROUP BY capture_id"),
			    "1|1|5|5\n2|6|10|5");
	assert_string_equal(ask("SELECT flow_id, count(*) FROM events GROUP BY flow_id"), "1|3\n6|3");
	assert_string_equal(ask("SELECT count(*) FROM flow_directions d JOIN flows f ON f.id = d.flow_id"), "20");
	assert_string_equal(ask("SELECT capture_id, count(*) FROM timeline GROUP BY capture_id"), "1|6\n2|6");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
	assert_int_equal(files_in_folder(), 1);
}

static void same_capture_twice_is_noticed(void **state)
{
	struct store *store = store_new();
	int64_t id = 0;
	(void)state;
	assert_int_equal(store_create(store, database, STORE_NEW), STATUS_OK);
	assert_false(store_find_capture(store, 7, &totals, &id));
	assert_int_equal(add_capture(store, 7, &id), STATUS_OK);
	assert_int_equal(id, 1);
	assert_int_equal(add_capture(store, 7, &id), STATUS_EXISTS);
	assert_int_equal(id, 1);
	assert_true(store_find_capture(store, 7, &totals, &id));
	assert_int_equal(add_capture(store, 8, &id), STATUS_OK);
	assert_int_equal(id, 2);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
	store = store_new();
	assert_int_equal(store_create(store, database, STORE_APPEND), STATUS_OK);
	assert_int_equal(add_capture(store, 8, &id), STATUS_EXISTS);
	assert_int_equal(id, 2);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
	assert_string_equal(ask("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM flows),"
				" (SELECT count(*) FROM flow_directions), (SELECT count(*) FROM events),"
				" (SELECT count(*) FROM timeline), (SELECT count(*) FROM flow_timeline),"
				" (SELECT count(*) FROM interfaces)"),
			    "2|10|20|6|12|2|4");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

static void put_many_flows(struct store *store)
{
	struct flow_facts flow = download();
	for (uint64_t i = 1; i <= MANY_FLOWS && !store_status(store); i++) {
		flow.id = i;
		store_sink()->flow(store, &flow);
	}
}

static void killed_append_leaves_the_old(void **state)
{
	(void)state;
	make_database(1, STORE_NEW);
	pid_t child = fork();
	if (!child) {
		struct store *store = store_new();
		if (store_create(store, database, STORE_APPEND) || store_capture_begin(store))
			_exit(1);
		put_many_flows(store);
		kill(getpid(), SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	struct stat info;
	assert_int_equal(stat(database, &info), 0);
	assert_true(info.st_size > 1000000); /* half of it was there */

	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, database), STATUS_OK);
	reader_free(reader);
	assert_string_equal(ask("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM flows)"), "1|5");
	assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

/* A limit on the size of files stands for a full disk. */
static void full_disk_is_told(void **state)
{
	struct rlimit old, small;
	(void)state;
	make_database(1, STORE_NEW);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 1000000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	for (int mode = STORE_REPLACE; mode <= STORE_APPEND; mode++) {
		struct store *store = store_new();
		struct capture_facts capture = capture_facts(9);
		assert_int_equal(store_create(store, database, (enum store_mode)mode), STATUS_OK);
		assert_int_equal(store_capture_begin(store), STATUS_OK);
		put_many_flows(store);
		assert_int_equal(store_capture_end(store, &capture, &totals, NULL), STATUS_IO);
		assert_non_null(strstr(store_error(store), "flows.db: "));
		assert_int_equal(store_status(store), STATUS_IO);
		assert_int_equal(store_capture_begin(store), STATUS_IO);
		assert_int_equal(store_finish(store), STATUS_IO);
		store_free(store);
	}
	setrlimit(RLIMIT_FSIZE, &old);
	assert_string_equal(ask("SELECT (SELECT fingerprint FROM captures), (SELECT count(*) FROM flows)"), "1|5");
	assert_int_equal(files_in_folder(), 1);
}

static void only_ours_is_opened(void **state)
{
	struct store *store = store_new();
	struct reader *reader = reader_new();
	(void)state;
	assert_int_equal(reader_open(reader, database), STATUS_NOT_FOUND);
	make_database(1, STORE_NEW);
	assert_int_equal(reader_open(reader, database), STATUS_OK);
	ask("PRAGMA user_version = 4");
	assert_int_equal(store_create(store, database, STORE_APPEND), STATUS_UNSUPPORTED);
	assert_non_null(strstr(store_error(store), "newer wiretape"));
	assert_int_equal(reader_open(reader, database), STATUS_UNSUPPORTED);
	ask("PRAGMA application_id = 0");
	assert_int_equal(store_create(store, database, STORE_APPEND), STATUS_FORMAT);
	assert_int_equal(reader_open(reader, database), STATUS_FORMAT);
	FILE *file = fopen(database, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	assert_int_equal(store_create(store, database, STORE_APPEND), STATUS_FORMAT);
	assert_int_equal(reader_open(reader, database), STATUS_FORMAT);
	assert_non_null(strstr(reader_error(reader), "not a wiretape database"));
	assert_int_equal(store_create(store, "/dev/null", STORE_REPLACE), STATUS_USAGE);
	assert_int_equal(store_create(store, "/nowhere/flows.db", STORE_NEW), STATUS_IO);
	reader_free(reader);
	store_free(store);
}

/* Runs SQL, or the saved query if `sql` is NULL; the text written is to be freed. */
static enum status run(const char *sql, const struct saved_query *query, const struct parameter *parameters, size_t count,
		       struct table_options options, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, database), STATUS_OK);
	enum status status = sql ? reader_run(reader, sql, parameters, count, &options, out) :
				   reader_run_saved(reader, query, parameters, count, &options, out);
	if (status && !*reader_error(reader))
		fail_msg("no words for %s", status_text(status));
	reader_free(reader);
	fclose(out);
	return status;
}

static void expect(const char *sql, struct table_options options, const char *expected)
{
	char *text;
	if (run(sql, NULL, NULL, 0, options, &text))
		fail_msg("%s: it does not run", sql);
	assert_string_equal(text, expected);
	free(text);
}

static void answers_have_formats(void **state)
{
	static const char sql[] = "SELECT 1 AS n, 'a,\"b\"' AS t, NULL AS no, x'00ff' AS b, 2.5 AS r"
				  " UNION ALL SELECT 22, '', char(27), 7, 10.0";
	(void)state;
	make_database(1, STORE_NEW);
	expect(sql, (struct table_options){ .format = TABLE_CSV },
	       "n,t,no,b,r\n1,\"a,\"\"b\"\"\",,00ff,2.5\n22,\"\",\x1b,7,10\n");
	expect(sql, (struct table_options){ .format = TABLE_JSON },
	       "[\n{\"n\": 1, \"t\": \"a,\\\"b\\\"\", \"no\": null, \"b\": \"00ff\", \"r\": 2.5},\n"
	       "{\"n\": 22, \"t\": \"\", \"no\": \"\\u001b\", \"b\": 7, \"r\": 10}\n]\n");
	expect(sql, (struct table_options){ .format = TABLE_TEXT, .terminal = true, .width = 80 },
	       " n  t      no    b        r\n"
	       " 1  a,\"b\"  -     00ff   2.5\n"
	       "22         \\x1b  7     10.0\n");
	expect("SELECT 'a long text that does not fit' AS text, 12345 AS number",
	       (struct table_options){ .format = TABLE_TEXT, .terminal = true, .width = 20 },
	       "text          number\na long te...   12345\n");
	expect("SELECT 1 WHERE 0", (struct table_options){ .format = TABLE_JSON }, "[]\n");
	expect("SELECT 'k\xc3\xb6ln' AS a, cast(x'ff41' AS TEXT) AS b",
	       (struct table_options){ .format = TABLE_JSON }, "[\n{\"a\": \"k\xc3\xb6ln\", \"b\": \"\xef\xbf\xbd" "A\"}\n]\n");
	expect("SELECT 1 AS a; SELECT 2 AS b; -- done", (struct table_options){ .format = TABLE_CSV }, "a\n1\nb\n2\n");
}

static void rows_beyond_the_measured_are_written(void **state)
{
	char *text;
	size_t lines = 0;
	(void)state;
	make_database(1, STORE_NEW);
	assert_int_equal(run("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2500) SELECT n FROM c",
			     NULL, NULL, 0, (struct table_options){ .format = TABLE_TEXT }, &text),
			 STATUS_OK);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 2501);
	assert_string_equal(text + strlen(text) - 10, "2499\n2500\n");
	free(text);
}

static void answers_only_read(void **state)
{
	static const char *const wrong[] = { "DELETE FROM flows", "CREATE TABLE x (y)", "VACUUM INTO '/tmp/x.db'",
					     "PRAGMA user_version = 9", "SELECT :nothing", "SELECT ?", "SELEC", "SELECT a" };
	struct parameter parameters[] = { { "a", "12" }, { "b", "1.5" }, { "c", "x" }, { "d", "" } };
	char *text;
	(void)state;
	make_database(1, STORE_NEW);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(run(wrong[i], NULL, NULL, 0, (struct table_options){ .format = TABLE_CSV }, &text),
				 STATUS_USAGE);
		free(text);
	}
	assert_string_equal(ask("SELECT count(*) FROM flows"), "5");
	assert_int_equal(run("SELECT typeof(:a) AS a, typeof(:b) AS b, typeof(:c) AS c, typeof(:d) AS d", NULL, parameters, 4,
			     (struct table_options){ .format = TABLE_CSV }, &text),
			 STATUS_OK);
	assert_string_equal(text, "a,b,c,d\ninteger,real,text,null\n");
	free(text);
	assert_int_equal(run("SELECT :a", NULL, parameters, 2, (struct table_options){ .format = TABLE_CSV }, &text),
			 STATUS_USAGE);
	free(text);
}

static void answers_can_be_interrupted(void **state)
{
	volatile sig_atomic_t flag = 1;
	struct reader *reader = reader_new();
	struct table_options options = { .format = TABLE_CSV };
	FILE *out = fopen("/dev/null", "w");
	(void)state;
	make_database(1, STORE_NEW);
	assert_int_equal(reader_open(reader, database), STATUS_OK);
	reader_interrupt_on(reader, &flag);
	assert_int_equal(reader_run(reader, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c",
				    NULL, 0, &options, out),
			 STATUS_INTERRUPTED);
	fclose(out);
	out = fopen("/dev/full", "w");
	flag = 0;
	assert_int_equal(reader_run(reader, "SELECT 1", NULL, 0, &options, out), STATUS_IO);
	fclose(out);
	reader_free(reader);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static void users_queries_come_first(void **state)
{
	char *text;
	(void)state;
	make_database(1, STORE_NEW);
	write_file("captures.sql", "SELECT 'mine' AS whose;");
	write_file("mine.sql", "-- title: My own\n-- about: One.\n-- about: Two.\n-- parameter: what 'a b' what to say\n"
			       "-- parameter: times 3\nSELECT :what AS said, :times AS times;\n");
	setenv("WIRETAPE_QUERIES", folder, 1);
	struct saved_queries *queries = saved_queries_new();
	const struct saved_query *mine = saved_queries_find(queries, "mine");
	assert_non_null(mine);
	assert_string_equal(mine->title, "My own");
	assert_string_equal(mine->about, "One.\nTwo.\n");
	assert_int_equal(mine->parameter_count, 2);
	assert_string_equal(mine->parameters[0].about, "what to say");
	assert_int_equal(run(NULL, mine, &(struct parameter){ "times", "4" }, 1, (struct table_options){ .format = TABLE_CSV },
			     &text),
			 STATUS_OK);
	assert_string_equal(text, "said,times\na b,4\n");
	free(text);
	assert_int_equal(run(NULL, mine, &(struct parameter){ "time", "4" }, 1, (struct table_options){ .format = TABLE_CSV },
			     &text),
			 STATUS_USAGE);
	free(text);
	assert_int_equal(run(NULL, saved_queries_find(queries, "captures"), NULL, 0,
			     (struct table_options){ .format = TABLE_CSV }, &text),
			 STATUS_OK);
	assert_string_equal(text, "whose\nmine\n");
	free(text);
	assert_null(saved_queries_find(queries, "none"));
	assert_null(saved_queries_problem(queries));
	saved_queries_free(queries);
	setenv("WIRETAPE_QUERIES", "/nowhere", 1);
}

/* All saved queries' answers in one text. */
static char *all_answers(void)
{
	char *all;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	setenv("WIRETAPE_QUERIES", "/nowhere", 1);
	struct saved_queries *queries = saved_queries_new();
	assert_true(saved_queries_count(queries) >= 14);
	for (size_t i = 0; i < saved_queries_count(queries); i++) {
		const struct saved_query *query = saved_queries_at(queries, i);
		char *text;
		assert_string_not_equal(query->title, "");
		if (run(NULL, query, NULL, 0, (struct table_options){ .format = TABLE_TEXT }, &text))
			fail_msg("query %s does not run", query->name);
		fprintf(out, "== %s: %s\n%s\n", query->name, query->title, text);
		free(text);
	}
	saved_queries_free(queries);
	fclose(out);
	return all;
}

static void saved_queries_answer_as_before(void **state)
{
	static char golden[65536];
	(void)state;
	make_database(1, STORE_NEW);
	char *all = all_answers();
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(GOLDEN, "w");
		assert_non_null(file);
		fputs(all, file);
		fclose(file);
	}
	FILE *file = fopen(GOLDEN, "r");
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(all, golden);
	free(all);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(columns_are_those_of_the_schema),
		TEST(facts_become_rows),
		TEST(timeline_has_rates_and_keys),
		TEST(views_are_for_people),
		TEST(nothing_is_there_before_the_end),
		TEST(target_is_kept_unless_replaced),
		TEST(target_that_appears_meanwhile_is_kept),
		TEST(append_adds),
		TEST(same_capture_twice_is_noticed),
		TEST(killed_append_leaves_the_old),
		TEST(full_disk_is_told),
		TEST(only_ours_is_opened),
		TEST(answers_have_formats),
		TEST(rows_beyond_the_measured_are_written),
		TEST(answers_only_read),
		TEST(answers_can_be_interrupted),
		TEST(users_queries_come_first),
		TEST(saved_queries_answer_as_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
