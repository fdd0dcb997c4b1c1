/* Speaks for the views sockets, socket_spans and exchanges of store/views.sql and the query socket_states: times of one connection, and
 * the states that RFC 9293 gives its two ends for them. */
#include "store/embedded.h"
#include "tests/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One flow; times in seconds since the capture began at 1000 s and -1: never. The capture ends after 300 s. */
struct times {
	double syn, syn_ack, established, reset;
	double client_fin, client_fin_acked, server_fin, server_fin_acked;
	const char *state;
};

static const char *nanoseconds(double seconds)
{
	static char texts[8][32];
	static unsigned next;
	char *text = texts[next++ % 8];
	if (seconds < 0)
		return "NULL";
	snprintf(text, sizeof(texts[0]), "%.0f", (1000 + seconds) * 1e9);
	return text;
}

/* A database with this flow alone, from 10.0.0.2:40001 to 192.0.2.1:443. */
static void make_flow(const struct times *t)
{
	struct store *store = store_new();
	const struct capture_facts capture = { .path = "x.pcap", .error_offset = -1 };
	const struct engine_totals totals = { .first_ns = 1000 * SECOND, .last_ns = 1300 * SECOND, .frames = 1 };
	char sql[1024];
	assert_int_equal(store_create(store, stored_database, STORE_REPLACE), STATUS_OK);
	assert_int_equal(store_capture_begin(store), STATUS_OK);
	assert_int_equal(store_capture_end(store, &capture, &totals, NULL), STATUS_OK);
	assert_int_equal(store_finish(store), STATUS_OK);
	store_free(store);
	snprintf(sql, sizeof(sql), "INSERT INTO flows (id, capture_id, protocol, client_ip, client_port, server_ip, server_port, first_ns,"
		 " last_ns, state, syn_ns, syn_ack_ns, established_ns, reset_ns) VALUES (1, 1, 'tcp', '10.0.0.2', 40001, '192.0.2.1',"
		 " 443, 1000000000000, 1300000000000, '%s', %s, %s, %s, %s)", t->state, nanoseconds(t->syn), nanoseconds(t->syn_ack),
		 nanoseconds(t->established), nanoseconds(t->reset));
	stored_ask(sql);
	snprintf(sql, sizeof(sql), "INSERT INTO flow_directions (flow_id, direction, fin_ns, fin_acked_ns) VALUES (1, 'c2s', %s, %s),"
		 " (1, 's2c', %s, %s)", nanoseconds(t->client_fin), nanoseconds(t->client_fin_acked), nanoseconds(t->server_fin),
		 nanoseconds(t->server_fin_acked));
	stored_ask(sql);
}

/* The states of one end, each with the second in which it begins, and when the last was over. */
static const char *story_of(const char *direction)
{
	char sql[512];
	snprintf(sql, sizeof(sql), "SELECT group_concat(state || ' ' || (from_ns / 1000000000 - 1000), ', ')"
		 " || iif(count(*) = count(until_ns), ', ' || (max(until_ns) / 1000000000 - 1000), '')"
		 " FROM (SELECT * FROM socket_spans WHERE direction = '%s'"
		 " ORDER BY from_ns)", direction);
	return stored_ask(sql);
}

static const char *at_the_end(void)
{
	return stored_ask("SELECT client_state, server_state FROM sockets");
}

/* RFC 9293 figure 12, with the server's FIN some time after its ACK. */
static void normal_close(void **state)
{
	(void)state;
	make_flow(&(struct times){ 1, 2, 3, -1, 10, 12, 20, 22, "closed" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, ESTAB 2, FIN-WAIT-1 10, FIN-WAIT-2 12, TIME-WAIT 22, 82");
	assert_string_equal(story_of("s2c"), "SYN-RECV 2, ESTAB 3, CLOSE-WAIT 12, LAST-ACK 20, 22");
	assert_string_equal(at_the_end(), "CLOSED|CLOSED");
	/* One packet with the ACK and the FIN: CLOSE-WAIT is over at once. */
	make_flow(&(struct times){ 1, 2, 3, -1, 280, 282, 282, 283, "closed" });
	assert_string_equal(story_of("s2c"), "SYN-RECV 2, ESTAB 3, LAST-ACK 282, 283");
	assert_string_equal(at_the_end(), "TIME-WAIT|CLOSED");
	/* The server closes first. */
	make_flow(&(struct times){ 1, 2, 3, -1, 290, 292, 280, 282, "closed" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, ESTAB 2, CLOSE-WAIT 282, LAST-ACK 290, 292");
	assert_string_equal(at_the_end(), "CLOSED|TIME-WAIT");
}

/* RFC 9293 figure 13: both FINs are under way at once; the server's is acknowledged first. */
static void simultaneous_close(void **state)
{
	(void)state;
	make_flow(&(struct times){ 1, 2, 3, -1, 10, 14, 11, 12, "closed" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, ESTAB 2, FIN-WAIT-1 10, CLOSING 12, TIME-WAIT 14, 74");
	assert_string_equal(story_of("s2c"), "SYN-RECV 2, ESTAB 3, FIN-WAIT-1 11, FIN-WAIT-2 12, TIME-WAIT 14, 74");
}

static void half_closed(void **state)
{
	(void)state;
	make_flow(&(struct times){ 1, 2, 3, -1, 10, 12, -1, -1, "half_closed" });
	assert_string_equal(at_the_end(), "FIN-WAIT-2|CLOSE-WAIT");
	/* A FIN that nobody acknowledges has not arrived, as far as can be told. */
	make_flow(&(struct times){ 1, 2, 3, -1, 10, -1, -1, -1, "half_closed" });
	assert_string_equal(at_the_end(), "FIN-WAIT-1|ESTAB");
	/* The application that leaves its socket in CLOSE-WAIT, seen from the middle of the connection. */
	make_flow(&(struct times){ -1, -1, -1, -1, -1, -1, 10, 12, "half_closed" });
	assert_string_equal(story_of("c2s"), "ESTAB 0, CLOSE-WAIT 12");
	assert_string_equal(at_the_end(), "CLOSE-WAIT|FIN-WAIT-2");
}

/* Linux tries for 127 s, and answers a SYN for 63 s: tcp_syn_retries 6, tcp_synack_retries 5. */
static void handshakes_that_fail(void **state)
{
	(void)state;
	make_flow(&(struct times){ 1, -1, -1, -1, -1, -1, -1, -1, "unanswered" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, 128");
	assert_string_equal(at_the_end(), "CLOSED|NULL");
	make_flow(&(struct times){ 200, -1, -1, -1, -1, -1, -1, -1, "unanswered" });
	assert_string_equal(at_the_end(), "SYN-SENT|NULL");
	make_flow(&(struct times){ 250, 251, -1, -1, -1, -1, -1, -1, "syn_received" });
	assert_string_equal(at_the_end(), "SYN-SENT|SYN-RECV");
	make_flow(&(struct times){ 1, -1, -1, 2, -1, -1, -1, -1, "refused" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, 2");
	assert_string_equal(at_the_end(), "CLOSED|NULL");
	/* A scanner that takes no connection. */
	make_flow(&(struct times){ 1, 2, -1, 3, -1, -1, -1, -1, "reset" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, 3");
	assert_string_equal(story_of("s2c"), "SYN-RECV 2, 3");
}

static void reset_ends_all(void **state)
{
	(void)state;
	make_flow(&(struct times){ 1, 2, 3, 20, 10, 12, -1, -1, "reset" });
	assert_string_equal(story_of("c2s"), "SYN-SENT 1, ESTAB 2, FIN-WAIT-1 10, FIN-WAIT-2 12, 20");
	assert_string_equal(story_of("s2c"), "SYN-RECV 2, ESTAB 3, CLOSE-WAIT 12, 20");
	assert_string_equal(at_the_end(), "CLOSED|CLOSED");
}

/* The saved query counts, for the ends of steps of 16 s, what socket_spans says of each time. */
static void counted_over_time(void **state)
{
	static const char *const counted = /* SYN-SENT, SYN-RECV, ESTAB, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, LAST-ACK, CLOSING, TIME-WAIT */
		"16.0|0|0|0|0|1|1|0|0|0\n" /* the client's FIN is acknowledged */
		"32.0|0|0|0|0|0|0|0|0|1\n" /* the server's, too; LAST-ACK of 20 to 22 s began and ended in between */
		"48.0|0|0|0|0|0|0|0|0|1\n"
		"64.0|0|0|0|0|0|0|0|0|1\n"
		"80.0|0|0|0|0|0|0|0|0|1\n" /* until 82 s */
		"96.0|0|0|0|0|0|0|0|0|0\n";
	(void)state;
	make_flow(&(struct times){ 1, 2, 3, -1, 10, 12, 20, 22, "closed" });
	assert_memory_equal(stored_ask(embedded_sql_text("queries/socket_states.sql")), counted, strlen(counted));
	/* Simultaneous close, and a reset that ends it: nothing is left in TIME-WAIT. */
	make_flow(&(struct times){ 1, 2, 3, 60, 10, 40, 11, 12, "reset" });
	static const char *const cut =
		"16.0|0|0|0|0|1|0|0|1|0\n" /* the server's FIN is acknowledged, the client's not */
		"32.0|0|0|0|0|1|0|0|1|0\n"
		"48.0|0|0|0|0|0|0|0|0|2\n"
		"64.0|0|0|0|0|0|0|0|0|0\n";
	assert_memory_equal(stored_ask(embedded_sql_text("queries/socket_states.sql")), cut, strlen(cut));
}

/* Without the times of its FINs nothing is said of a closed connection. */
static void older_databases_say_nothing(void **state)
{
	(void)state;
	make_flow(&(struct times){ -1, -1, 3, -1, -1, -1, -1, -1, "closed" });
	assert_string_equal(at_the_end(), "");
	make_flow(&(struct times){ -1, -1, 3, -1, -1, -1, -1, -1, "established" });
	assert_string_equal(at_the_end(), "ESTAB|ESTAB");
}

/* As curl counts: half a second for the name, SYN at 1 s, .... */
static void exchange_as_curl_tells_it(void **state)
{
	static const char ask[] = "SELECT client, server, name, (start_ns - 1000000000000) / 1000000, namelookup_ms, connect_ms, appconnect_ms,"
				  " starttransfer_ms, total_ms, requests FROM exchanges";
	(void)state;
	make_flow(&(struct times){ 1, 2, 3, -1, 30, 32, 20, 22, "closed" });
	assert_string_equal(stored_ask(ask), "10.0.0.2:40001|192.0.2.1:443|NULL|1000|NULL|2000.0|NULL|NULL|19000.0|0");
	stored_ask("INSERT INTO tls (capture_id, flow_id, t_ns, finished_ns, sni) VALUES (1, 1, 1003000000000, 1004000000000, 'b.example')");
	/* Asked too early; asked by another; asked after the SYN; the one; and one that is older. */
	stored_ask("INSERT INTO dns (capture_id, client_ip, address, t_ns, answer_ns, name) VALUES"
		   " (1, '10.0.0.2', '192.0.2.1', 998000000000, 998900000000, 'old.example'),"
		   " (1, '10.0.0.3', '192.0.2.1', 1000700000000, 1000800000000, 'other.example'),"
		   " (1, '10.0.0.2', '192.0.2.1', 1001000000000, 1001100000000, 'late.example'),"
		   " (1, '10.0.0.2', '192.0.2.1', 1000000000000, 1000500000000, 'a.example'),"
		   " (1, '10.0.0.2', '192.0.2.1', 999000000000, 1000400000000, 'older.example')");
	assert_string_equal(stored_ask(ask), "10.0.0.2:40001|192.0.2.1:443|b.example|500|500.0|2500.0|3500.0|NULL|19500.0|0");
	/* Sent within 0.1 s, answered after 0.4 s more, done 0.5 s later; a second request does not count. */
	stored_ask("INSERT INTO http (capture_id, flow_id, t_ns, host, request_us, first_byte_us, total_us) VALUES"
		   " (1, 1, 1009000000000, 'd.example', 1, 1, 1), (1, 1, 1005000000000, 'c.example', 100000, 400000, 1000000)");
	assert_string_equal(stored_ask(ask), "10.0.0.2:40001|192.0.2.1:443|c.example|500|500.0|2500.0|3500.0|5000.0|5500.0|2");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, stored_setup, stored_teardown)
	const struct CMUnitTest tests[] = {
		TEST(normal_close), TEST(simultaneous_close), TEST(half_closed), TEST(handshakes_that_fail), TEST(reset_ends_all),
		TEST(counted_over_time), TEST(older_databases_say_nothing), TEST(exchange_as_curl_tells_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
