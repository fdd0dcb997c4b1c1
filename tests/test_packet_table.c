/* Speaks for store/flow_place.c and packet_table.c: where a flow's packets are, and the tables that charts read them from. */
#include "store/flow_place.h"
#include "store/packet_table.h"
#include "tests/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct reader *open_reader(void)
{
	struct reader *reader = reader_new();
	assert_int_equal(reader_open(reader, stored_database), STATUS_OK);
	return reader;
}

static void expect(struct reader *reader, const char *sql, const char *expected)
{
	const struct table_options options = { .format = TABLE_CSV };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (reader_run(reader, sql, NULL, 0, &options, out))
		fail_msg("%s: %s", sql, reader_error(reader));
	fclose(out);
	assert_string_equal(strchr(text, '\n') + 1, expected);
	free(text);
}

static void a_flow_has_a_place(void **state)
{
	struct flow_place place;
	(void)state;
	stored_make(1, STORE_NEW);
	struct reader *reader = open_reader();
	assert_int_equal(flow_place_find(reader, 1, &place), STATUS_OK);
	assert_int_equal(place.client_port, 40001);
	assert_int_equal(place.server_port, 443);
	assert_true(address_is_ipv4(&place.client));
	assert_int_equal(place.client.bytes[15], 2); /* 10.0.0.2 */
	assert_int_equal(place.server.bytes[12], 192);
	assert_true(place.first_ns == T0 && place.last_ns == T0 + 2 * SECOND);
	assert_true(place.first_frame == 1 && place.last_frame == 150);
	assert_true(place.tunnelled);
	assert_false(place.rivals);
	/* The client's SYN had no window scale, so nobody scales, whatever the server says (RFC 7323 2.2). */
	assert_int_equal(place.window_shift[C2S], 0);
	assert_int_equal(place.window_shift[S2C], 0);
	assert_int_equal(place.rtt_ns, 30000000);
	assert_int_equal(flow_place_find(reader, 4711, &place), STATUS_NOT_FOUND);
	reader_free(reader);
}

static void packets_become_rows(void **state)
{
	struct packet_row data = { .frame = 3, .t_ns = T0, .direction = S2C, .seq = INT64_C(5000000000), .len = 1448, .window = -1 };
	struct packet_row ack = { .frame = 4, .t_ns = T0 + MS, .direction = C2S, .seq = 1, .ack = INT64_C(5000001448), .window = 65536,
				  .has_ack = true, .sack_count = 2, .sack = { { 7, 8 }, { 9, 12 } } };
	struct packet_table_summary summary = { .flow = 1, .from_ns = NO_TIME, .to_ns = T0 + SECOND, .path = "a.pcap", .left_out = 5 };
	struct packet_table *table;
	(void)state;
	stored_make(1, STORE_NEW);
	struct reader *reader = open_reader();
	assert_false(packet_table_holds(reader, &summary));
	assert_int_equal(packet_table_new(&table, reader), STATUS_OK);
	packet_table_add(table, &data);
	packet_table_add(table, &ack);
	packet_table_add(table, &ack); /* a number comes once */
	assert_int_equal(packet_table_end(table, &summary), STATUS_OK);
	packet_table_free(table);
	expect(reader, "SELECT frame, direction, seq, len, ack, window, syn, fin, rst FROM packets ORDER BY frame",
	       "3,s2c,5000000000,1448,,,0,0,0\n4,c2s,1,0,5000001448,65536,0,0,0\n");
	expect(reader, "SELECT path, problem, left_out, from_ns, to_ns IS NULL FROM packets_read", "a.pcap,,5,,0\n");
	assert_true(packet_table_holds(reader, &summary));
	struct packet_table_summary shorter = summary;
	shorter.to_ns = T0 + 1;
	assert_false(packet_table_holds(reader, &shorter)); /* another period is not there */
	summary.from_ns = T0;
	assert_false(packet_table_holds(reader, &summary));
	reader_free(reader);
}

static void a_problem_leaves_no_packets(void **state)
{
	const struct packet_row row = { .frame = 3, .t_ns = T0, .window = -1 };
	struct packet_table_summary summary = { .flow = 1, .from_ns = NO_TIME, .to_ns = NO_TIME, .problem = "gone" };
	struct packet_table *table;
	(void)state;
	stored_make(1, STORE_NEW);
	struct reader *reader = open_reader();
	assert_int_equal(packet_table_new(&table, reader), STATUS_OK);
	packet_table_add(table, &row);
	packet_table_clear(table);
	packet_table_add(table, &row);
	assert_int_equal(packet_table_end(table, &summary), STATUS_OK);
	packet_table_free(table);
	expect(reader, "SELECT (SELECT count(*) FROM packets), problem, path FROM packets_read", "0,gone,\n");
	/* What is not ended has not been. */
	assert_int_equal(packet_table_new(&table, reader), STATUS_OK);
	packet_table_add(table, &row);
	packet_table_free(table);
	expect(reader, "SELECT (SELECT count(*) FROM packets), problem FROM packets_read", "0,gone\n");
	/* None was asked for. */
	summary = (struct packet_table_summary){ .from_ns = NO_TIME, .to_ns = NO_TIME };
	assert_int_equal(packet_table_new(&table, reader), STATUS_OK);
	assert_int_equal(packet_table_end(table, &summary), STATUS_OK);
	packet_table_free(table);
	expect(reader, "SELECT flow_id FROM packets_read", "\n");
	reader_free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flow_has_a_place, stored_setup, stored_teardown),
		cmocka_unit_test_setup_teardown(packets_become_rows, stored_setup, stored_teardown),
		cmocka_unit_test_setup_teardown(a_problem_leaves_no_packets, stored_setup, stored_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
