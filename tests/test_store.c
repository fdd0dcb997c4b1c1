/* Speaks for store/: facts made by hand become rows, complete or not at all. */
#include "store/columns.h"
#include "store/reader.h"
#include "tests/stored.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* More than the writer's page cache of 64 MiB holds, so that it has to write before the end. */
#define MANY_FLOWS 250000

static void columns_are_those_of_the_schema(void **state)
{
	const struct columns *tables[] = { &capture_columns,	     &interface_columns, &flow_columns,
					   &direction_columns,	     &event_columns,	 &timeline_columns,
					   &flow_timeline_columns,   &segment_columns,	 &incident_columns,
					   &host_columns,	     &dns_columns,	 &name_columns,
					   &tls_columns,	     &http_columns,	 &echo_columns,
					   &icmp_error_columns,	     &hop_columns,	 &neighbour_columns,
					   &neighbour_request_columns, &udp_stream_columns };
	(void)state;
	stored_make(1, STORE_NEW);
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
		assert_string_equal(stored_ask(sql), expected);
	}
	assert_string_equal(stored_ask("PRAGMA user_version"), "6");
	assert_string_equal(stored_ask("PRAGMA integrity_check"), "ok");
}

static void facts_become_rows(void **state)
{
	(void)state;
	stored_make(UINT64_MAX, STORE_NEW);
	assert_string_equal(stored_ask("SELECT id, path, link_type, first_ns, last_ns, packets, bytes, truncated, capture_loss_pct,"
				" kernel_drops, interface_drops, pool_drops, watcher_skipped, segments, error, error_offset,"
				" fingerprint, host, interval_ms FROM captures"),
			    "1|it's a \"capture\".pcap|ethernet|1700000000123456789|1700000002123456789|160|153996|0|"
			    "0.980392156862745|NULL|3|NULL|0|NULL|NULL|NULL|-1|NULL|1000.0");
	assert_string_equal(stored_ask("SELECT * FROM flows WHERE id = 1"),
			    "1|1|tcp|10.0.0.2|40001|192.0.2.1|443|7|1700000000123456789|1700000002123456789|1|150|closed|close|"
			    "1|1|1700000000153456789|30000|20001|10000|NULL|server|1|5000|5000|5000|"
			    "1700000000123456789|1700000000143456789|NULL|vxlan|0|172.16.0.1|172.16.0.2|10.0.0.2:40001|192.0.2.1:443");
	/* RFC 3986 3.2.2: brackets keep an IPv6 address and its port apart. */
	assert_string_equal(stored_ask("SELECT client, server FROM flows WHERE id = 5"), "[2001:db8::7]:40005|[2001:db8::1]:53");
	assert_string_equal(stored_ask("SELECT id, protocol, client_ip, server_ip, vlan, state, established_ns, handshake_rtt_us,"
				" reset_by, response_min_us, syn_ns, tunnel, tunnel_id, tunnel_client_ip FROM flows WHERE id > 2"),
			    "3|tcp|10.0.0.2|192.0.2.9|NULL|refused|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n"
			    "4|tcp|10.0.0.2|192.0.2.9|NULL|reset|NULL|NULL|server|NULL|NULL|NULL|NULL|NULL\n"
			    "5|udp|2001:db8::7|2001:db8::1|NULL|none|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL");
	assert_string_equal(stored_ask("SELECT checksum_errors, checksum_offloads, tunnelled, facts_dropped FROM captures"), "2|30|150|4");
	assert_string_equal(
		stored_ask("SELECT direction, packets, bytes, data_segments, data_bytes, new_bytes, retransmitted_segments,"
		    " fast_retransmissions, timeout_retransmissions, tail_loss_probes, syn_retransmissions,"
		    " fin_retransmissions, spurious_retransmissions, lost_upstream, lost_downstream, zero_window_ms, window_min,"
		    " window_scale, mss, segment_bytes, ttl_min, rtt_samples, rtt_min_us, rtt_p95_us, rtt_mdev_us,"
		    " limited_receive_window_us FROM flow_directions WHERE flow_id = 1 ORDER BY direction"),
		"c2s|50|3500|1|100|100|0|0|0|0|0|0|0|0|0|1.5|0|-1|1460|NULL|64|0|NULL|NULL|NULL|0\n"
		"s2c|100|150000|100|144800|139008|6|3|1|1|1|1|1|2|2|0.0|64256|7|NULL|1448|57|40|10000|31000|2|250000");
	assert_string_equal(stored_ask("SELECT ttl_changes, dscp_changes, checksum_errors, ect_packets, dscp, gap_max_us, gap_end_ns,"
				" gap_end_frame, fin_ns, fin_acked_ns FROM flow_directions WHERE flow_id IN (1, 3) AND direction = 's2c'"),
			    "1|0|2|99|46|300000|1700000001023456789|80|1700000002023456789|1700000002043456789\n"
			    "0|0|0|0|NULL|NULL|NULL|NULL|NULL|NULL");
	/* 470 of 30 + 470 + 250 + 50 + 200; UDP has none. */
	assert_string_equal(stored_ask("SELECT limited_by, limited_pct FROM flow_directions WHERE direction = 's2c'"
				" AND flow_id IN (1, 5) ORDER BY flow_id"),
			    "application|47.0\nNULL|NULL");
	assert_string_equal(stored_ask("SELECT flow_id, count(*) FROM flow_directions GROUP BY flow_id"), "1|2\n2|2\n3|2\n4|2\n5|2");
	assert_string_equal(stored_ask("SELECT window_scale, window_min, first_ns FROM flow_directions WHERE flow_id = 5"
				" AND direction = 's2c'"),
			    "NULL|NULL|NULL");
	assert_string_equal(stored_ask("SELECT * FROM events"),
			    "1|1|1700000000623456789|60|s2c|retransmission|fast|4294967295|1448|seen_before,sack|42000\n"
			    "2|1|1700000000723456789|70|c2s|zero_window|NULL|0|0|NULL|NULL\n"
			    "3|1|1700000000724956789|71|c2s|zero_window_end|NULL|0|0|NULL|1500");
	assert_string_equal(stored_ask("SELECT flow_id, interval_ms, direction, goodput_mbps, rtt_samples, rtt_min_ms, window_min,"
				" limited_handshake_us, limited_application_us, limited_receive_window_us, limited_zero_window_us, limited_recovery_us,"
				" limited_network_us FROM flow_timeline"),
			    "1|100.0|s2c|1.0|0|NULL|NULL|0|60000|NULL|1|39999|0");
}

static void what_is_learned_beside_tcp_becomes_rows(void **state)
{
	static const char long_name[] = "SELECT count(*) FROM dns WHERE length(name) = 255 AND rtrim(name, 'x') = ''";
	(void)state;
	stored_make(1, STORE_NEW);
	assert_string_equal(stored_ask("SELECT capture_id, flow_id, t_ns, frame, client_ip, client_port, server_ip, server_port, protocol,"
				" dns_id, name, type, queries, answer_ns, answer_frame, rcode, answers, truncated, open_end, address,"
				" latency_us FROM dns WHERE name NOT LIKE 'xx%'"),
			    "1|5|1700000000083456789|3|10.0.0.2|40005|192.0.2.53|53|udp|4660|shop.example|A|1|1700000000095456789|4|"
			    "NOERROR|2|0|0|192.0.2.1|12000\n"
			    "1|NULL|1700000000123456789|5|10.0.0.2|40005|192.0.2.53|53|tcp|4661|bad.example|TYPE4711|3|NULL|NULL|"
			    "RCODE23|0|0|1|NULL|NULL");
	assert_string_equal(stored_ask(long_name), "1");
	assert_string_equal(stored_ask("SELECT rcode FROM dns WHERE name LIKE 'xx%'"), "NULL");
	assert_string_equal(stored_ask("SELECT * FROM names"), "1|192.0.2.1|NULL|shop.example|dns|1700000000095456789|4\n"
							       "1|192.0.2.1|443|www.shop.example|sni|1700000000154456789|7");
	/* 71 ms - 31 ms; RFC 8446 6 has alert 40. */
	assert_string_equal(stored_ask("SELECT * FROM tls"),
			    "1|1|1700000000154456789|7|1700000000174456789|1700000000194456789|40000|TLS 1.3|version 773|4865|"
			    "www.shop.example|NULL|h2,http/1.1|1|0|NULL|NULL|NULL|NULL|NULL\n"
			    "1|2|1700000000123456789|25|NULL|NULL|NULL|NULL|TLS 1.2|NULL|NULL|NULL|NULL|0|1|server|handshake_failure|"
			    "fatal|1700000000124456789|26");
	/* 151 ms - 101 ms, 400 ms - 100 ms. */
	assert_string_equal(stored_ask("SELECT * FROM http"),
			    "1|1|1700000000223456789|12|GET|www.shop.example|/basket|503|complete|90|139000|15|50000|300000|1000\n"
			    "1|1|1700000000623456789|61|PUT|NULL|/basket|NULL|unanswered|80|0|NULL|NULL|NULL|0");
	/* 5 of 15 + 5; 5 of 96 - 1 + 5. */
	assert_string_equal(stored_ask("SELECT * FROM echoes"),
			    "5|20|15|1|5|3|25.0|10000|12000|19000|20000|1000|1700000001123456789|9");
	assert_string_equal(stored_ask("SELECT * FROM udp_streams"),
			    "5|s2c|rtp|3735928559|0|96|5|2|1|4|5.0|2000|3000|1700000000123456789|1700000001123456789|40|"
			    "1700000000124456789|41\n"
			    "5|c2s|iperf3|NULL|NULL|96|0|2|1|4|0.0|NULL|3000|1700000000123456789|1700000001123456789|40|NULL|NULL");
	assert_string_equal(stored_ask("SELECT * FROM icmp_errors"),
			    "1|icmp|3|4|fragmentation_needed|1400|2|1700000000123456789|1700000001123456789|17|10.0.0.1|10.0.0.2|tcp|"
			    "10.0.0.2|40001|192.0.2.1|443|1");
	assert_string_equal(stored_ask("SELECT * FROM hops"),
			    "1|10.0.0.2|192.0.2.1|udp|1|10.0.0.1|0|3|2|1000|2000|3000|1700000000123456789|18\n"
			    "1|10.0.0.2|192.0.2.1|udp|2|NULL|0|3|0|NULL|NULL|NULL|1700000000123456789|18");
	assert_string_equal(stored_ask("SELECT * FROM neighbours"),
			    "1|arp|10.0.0.1|02:00:5e:10:00:ff|7|3|1|2|1700000000123456789|1700000001123456789|2");
	assert_string_equal(stored_ask("SELECT * FROM neighbour_requests"),
			    "1|arp|10.0.0.2|02:00:5e:10:00:ff|NULL|10.0.0.1|4|2|1|1700000000123456789|1700000001123456789|1|1500\n"
			    "1|nd|NULL|02:00:5e:10:00:ff|NULL|10.0.0.1|4|0|1|1700000000123456789|1700000001123456789|1|NULL");
}

static void timeline_has_rates_and_keys(void **state)
{
	(void)state;
	stored_make(1, STORE_NEW);
	assert_string_equal(stored_ask("SELECT capture_id, t_ns, scope, key, rest_keys FROM timeline"),
			    "1|1700000000000000000|all||0\n"
			    "1|1700000000000000000|service|192.0.2.1:443|0\n"
			    "1|1700000000000000000|service|[2001:db8::1]:443|0\n"
			    "1|1700000000000000000|peer|2001:db8::7|0\n"
			    "1|1700000000000000000|service|(other)|12\n"
			    "1|1700000001000000000|service|udp/192.0.2.53:53|0");
	assert_string_equal(stored_ask("SELECT interval_ms, goodput_mbps, retrans_pct, round(loss_pct, 5), capture_loss_pct, rtt_p50_ms,"
				" rtt_baseline_ms, response_mean_ms FROM timeline WHERE scope = 'all'"),
			    "1000.0|10.0|3.5|1.96078|20.0|14.5|12.5|NULL");
	assert_string_equal(stored_ask("SELECT dns_queries, dns_answers, dns_p95_ms, dns_mean_ms, echo_lost, echo_mean_ms, ttl_changes,"
				" arp_requests FROM timeline WHERE scope = 'all'"),
			    "12|10|250.0|0.0|3|NULL|1|0");
	assert_string_equal(stored_ask("SELECT retrans_pct, loss_pct, capture_loss_pct, rtt_min_ms, rtt_p99_ms, rtt_baseline_ms,"
				" kernel_drops, softnet_drops FROM timeline WHERE key LIKE 'udp/%'"),
			    "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL");
}

static void views_are_for_people(void **state)
{
	(void)state;
	stored_make(1, STORE_NEW);
	/* 139108 bytes in 2 s are 0.556432 Mbit/s; 4 of 101 data segments were sent again. */
	assert_string_equal(stored_ask("SELECT client, server, first, seconds, state, packets, mbit_per_s, handshake_ms, retrans_pct,"
				" limited_by, limited_pct FROM flows_view WHERE id IN (1, 5)"),
			    "10.0.0.2:40001|192.0.2.1:443|2023-11-14T22:13:20.123Z|2.0|closed|150|0.556|30.0|3.96|application|47.0\n"
			    "[2001:db8::7]:40005|[2001:db8::1]:53|2023-11-14T22:13:20.123Z|0.0|none|2|NULL|NULL|NULL|NULL|NULL");
	assert_string_equal(stored_ask("SELECT time, seconds, flow, kind, value_ms FROM events_view WHERE frame = 60"),
			    "2023-11-14T22:13:20.623Z|0.5|10.0.0.2 < 192.0.2.1:443|retransmission|42.0");
	assert_string_equal(stored_ask("SELECT time, goodput_mbps FROM timeline_view WHERE scope = 'all'"),
			    "2023-11-14T22:13:20.000Z|10.0");
}

static void nothing_is_there_before_the_end(void **state)
{
	struct store *store = store_new();
	(void)state;
	assert_int_equal(store_create(store, stored_database, STORE_NEW), STATUS_OK);
	assert_int_equal(stored_add_capture(store, 1, NULL), STATUS_OK);
	assert_int_equal(access(stored_database, F_OK), -1);
	store_free(store);
	assert_int_equal(stored_files(), 0);

	/* In the middle of a capture, too. */
	store = store_new();
	assert_int_equal(store_create(store, stored_database, STORE_NEW), STATUS_OK);
	assert_int_equal(store_capture_begin(store), STATUS_OK);
	stored_put_capture(store);
	assert_int_equal(store_finish(store), STATUS_USAGE);
	assert_int_equal(stored_files(), 0);
	store_free(store);
}

static void target_is_kept_unless_replaced(void **state)
{
	struct store *store = store_new();
	(void)state;
	stored_make(1, STORE_NEW);
	assert_int_equal(store_create(store, stored_database, STORE_NEW), STATUS_EXISTS);
	assert_non_null(strstr(store_error(store), "flows.db: exists already"));
	assert_int_equal(store_create(store, stored_database, STORE_REPLACE), STATUS_OK);
	store_abandon(store);
	assert_string_equal(stored_ask("SELECT fingerprint FROM captures"), "1");
	store_free(store);
	stored_make(2, STORE_REPLACE);
	assert_string_equal(stored_ask("SELECT fingerprint FROM captures"), "2");
	assert_int_equal(stored_files(), 1);
}

static void target_that_appears_meanwhile_is_kept(void **state)
{
	struct store *store = store_new();
	(void)state;
	assert_int_equal(store_create(store, stored_database, STORE_NEW), STATUS_OK);
	assert_int_equal(close(open(stored_database, O_CREAT | O_WRONLY, 0666)), 0);
	assert_int_equal(store_finish(store), STATUS_EXISTS);
	assert_int_equal(stored_files(), 1);
	store_free(store);
}

static void append_adds(void **state)
{
	(void)state;
	stored_make(1, STORE_APPEND); /* there is none: a new one */
	stored_make(2, STORE_APPEND);
	assert_string_equal(stored_ask("SELECT id, fingerprint FROM captures"), "1|1\n2|2");
	assert_string_equal(stored_ask("SELECT capture_id, min(id), max(id), count(*) FROM flows GROUP BY capture_id"),
			    "1|1|5|5\n2|6|10|5");
	assert_string_equal(stored_ask("SELECT flow_id, count(*) FROM events GROUP BY flow_id"), "1|3\n6|3");
	assert_string_equal(stored_ask("SELECT count(*) FROM flow_directions d JOIN flows f ON f.id = d.flow_id"), "20");
	assert_string_equal(stored_ask("SELECT capture_id, count(*) FROM timeline GROUP BY capture_id"), "1|6\n2|6");
	assert_string_equal(stored_ask("PRAGMA integrity_check"), "ok");
	assert_int_equal(stored_files(), 1);
}

static void same_capture_twice_is_noticed(void **state)
{
	struct store *store = store_new();
	int64_t id = 0;
	(void)state;
	assert_int_equal(store_create(store, stored_database, STORE_NEW), STATUS_OK);
	assert_false(store_find_capture(store, 7, &stored_totals, &id));
	assert_int_equal(stored_add_capture(store, 7, &id), STATUS_OK);
	assert_int_equal(id, 1);
	assert_int_equal(stored_add_capture(store, 7, &id), STATUS_EXISTS);
	assert_int_equal(id, 1);
	assert_true(store_find_capture(store, 7, &stored_totals, &id));
	assert_int_equal(stored_add_capture(store, 8, &id), STATUS_OK);
	assert_int_equal(id, 2);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
	store = store_new();
	assert_int_equal(store_create(store, stored_database, STORE_APPEND), STATUS_OK);
	assert_int_equal(stored_add_capture(store, 8, &id), STATUS_EXISTS);
	assert_int_equal(id, 2);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
	assert_string_equal(stored_ask("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM flows),"
				" (SELECT count(*) FROM flow_directions), (SELECT count(*) FROM events),"
				" (SELECT count(*) FROM timeline), (SELECT count(*) FROM flow_timeline),"
				" (SELECT count(*) FROM interfaces)"),
			    "2|10|20|6|12|2|4");
	assert_string_equal(stored_ask("SELECT (SELECT count(*) FROM dns), (SELECT count(*) FROM names), (SELECT count(*) FROM tls),"
				" (SELECT count(*) FROM http), (SELECT count(*) FROM echoes), (SELECT count(*) FROM icmp_errors),"
				" (SELECT count(*) FROM hops), (SELECT count(*) FROM neighbours),"
				" (SELECT count(*) FROM neighbour_requests), (SELECT count(*) FROM udp_streams)"),
			    "6|4|4|4|2|2|4|2|4|4");
	assert_string_equal(stored_ask("PRAGMA integrity_check"), "ok");
}

static void put_flows(struct store *store, uint64_t count)
{
	struct flow_facts flow = stored_download();
	for (uint64_t i = 1; i <= count && !store_status(store); i++) {
		flow.id = i;
		store_sink()->flow(store, &flow);
	}
}

static void killed_append_leaves_the_old(void **state)
{
	(void)state;
	stored_make(1, STORE_NEW);
	pid_t child = fork();
	if (!child) {
		struct store *store = store_new();
		if (store_create(store, stored_database, STORE_APPEND) || store_capture_begin(store))
			_exit(1);
		put_flows(store, MANY_FLOWS);
		kill(getpid(), SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	struct stat info;
	assert_int_equal(stat(stored_database, &info), 0);
	assert_true(info.st_size > 1000000); /* half of it was there */

	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	reader_free(reader);
	assert_string_equal(stored_ask("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM flows)"), "1|5");
	assert_string_equal(stored_ask("PRAGMA integrity_check"), "ok");
}

/* A limit on the size of files stands for a full disk. */
static void full_disk_is_told(void **state)
{
	struct rlimit old, small;
	(void)state;
	stored_make(1, STORE_NEW);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 1000000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	for (int mode = STORE_REPLACE; mode <= STORE_APPEND; mode++) {
		struct store *store = store_new();
		struct capture_facts capture = stored_capture(9);
		assert_int_equal(store_create(store, stored_database, (enum store_mode)mode), STATUS_OK);
		assert_int_equal(store_capture_begin(store), STATUS_OK);
		put_flows(store, MANY_FLOWS);
		assert_int_equal(store_capture_end(store, &capture, &stored_totals, NULL), STATUS_IO);
		assert_non_null(strstr(store_error(store), "flows.db: "));
		assert_int_equal(store_status(store), STATUS_IO);
		assert_int_equal(store_capture_begin(store), STATUS_IO);
		assert_int_equal(store_finish(store), STATUS_IO);
		store_free(store);
	}
	setrlimit(RLIMIT_FSIZE, &old);
	assert_string_equal(stored_ask("SELECT (SELECT fingerprint FROM captures), (SELECT count(*) FROM flows)"), "1|5");
	assert_int_equal(stored_files(), 1);
}

/* While rows are written, and while indexes are made of them. */
static void interrupted_writing_gives_up(void **state)
{
	volatile sig_atomic_t flag = 0;
	(void)state;
	stored_make(1, STORE_NEW);
	for (int mode = STORE_REPLACE; mode <= STORE_APPEND; mode++)
		for (int writing = 0; writing <= 1; writing++) {
			struct store *store = store_new();
			struct capture_facts capture = stored_capture(9);
			store_interrupt_on(store, &flag);
			assert_int_equal(store_create(store, stored_database, (enum store_mode)mode), STATUS_OK);
			assert_int_equal(store_capture_begin(store), STATUS_OK);
			flag = writing ? SIGINT : 0;
			put_flows(store, 20000);
			assert_int_equal(store_capture_end(store, &capture, &stored_totals, NULL),
					 writing ? STATUS_INTERRUPTED : STATUS_OK);
			flag = SIGINT;
			assert_int_equal(store_finish(store), STATUS_INTERRUPTED);
			store_free(store);
			flag = 0;
			assert_string_equal(stored_ask("SELECT (SELECT fingerprint FROM captures), (SELECT count(*) FROM flows)"), "1|5");
			assert_int_equal(stored_files(), 1);
		}
}

static void only_ours_is_opened(void **state)
{
	struct store *store = store_new();
	struct reader *reader = reader_new();
	(void)state;
	assert_int_equal(reader_open(reader, stored_database), STATUS_NOT_FOUND);
	stored_make(1, STORE_NEW);
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	stored_ask("PRAGMA user_version = 7");
	assert_int_equal(store_create(store, stored_database, STORE_APPEND), STATUS_UNSUPPORTED);
	assert_non_null(strstr(store_error(store), "newer wiretape"));
	assert_int_equal(reader_open(reader, stored_database), STATUS_UNSUPPORTED);
	stored_ask("PRAGMA application_id = 0");
	assert_int_equal(store_create(store, stored_database, STORE_APPEND), STATUS_FORMAT);
	assert_int_equal(reader_open(reader, stored_database), STATUS_FORMAT);
	FILE *file = fopen(stored_database, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	assert_int_equal(store_create(store, stored_database, STORE_APPEND), STATUS_FORMAT);
	assert_int_equal(reader_open(reader, stored_database), STATUS_FORMAT);
	assert_non_null(strstr(reader_error(reader), "not a wiretape database"));
	assert_int_equal(store_create(store, "/dev/null", STORE_REPLACE), STATUS_USAGE);
	assert_int_equal(store_create(store, "/nowhere/flows.db", STORE_NEW), STATUS_IO);
	reader_free(reader);
	store_free(store);
}
int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, stored_setup, stored_teardown)
	const struct CMUnitTest tests[] = {
		TEST(columns_are_those_of_the_schema),
		TEST(facts_become_rows),
		TEST(what_is_learned_beside_tcp_becomes_rows),
		TEST(timeline_has_rates_and_keys),
		TEST(views_are_for_people),
		TEST(nothing_is_there_before_the_end),
		TEST(target_is_kept_unless_replaced),
		TEST(target_that_appears_meanwhile_is_kept),
		TEST(append_adds),
		TEST(same_capture_twice_is_noticed),
		TEST(killed_append_leaves_the_old),
		TEST(full_disk_is_told),
		TEST(interrupted_writing_gives_up),
		TEST(only_ours_is_opened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
