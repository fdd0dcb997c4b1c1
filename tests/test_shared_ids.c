/* Speaks for analyze/engine/shared_ids.c: whose connections share a counter of IP IDs. */
#include "analyze/engine/shared_ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct packet packet_of(uint8_t source, uint8_t destination, uint16_t id)
{
	struct packet packet = { .ip_id = id, .has_ip_id = true, .tcp_flags = TCP_ACK };
	packet.source.bytes[15] = source;
	packet.destination.bytes[15] = destination;
	return packet;
}

static bool take(struct shared_ids *ids, struct packet packet, uint64_t flow)
{
	shared_ids_packet(ids, &packet, flow);
	return shared_ids_are_shared(ids, &packet);
}

/* Connections to three hosts take turns; some packets pass elsewhere. The fourth turn has shown it thrice. */
static void test_one_for_all(void **state)
{
	(void)state;
	struct shared_ids *ids = shared_ids_new();
	assert_false(take(ids, packet_of(1, 2, 65533), 1));
	assert_false(take(ids, packet_of(1, 3, 65535), 2));
	assert_false(take(ids, packet_of(1, 4, 0), 3));
	assert_true(take(ids, packet_of(1, 2, 9), 1));
	assert_false(take(ids, packet_of(7, 2, 10), 4)); /* another host */
	shared_ids_free(ids);
}

/* One counter for each host that it sends to, as Windows has it since version 8. */
static void test_one_for_each_destination(void **state)
{
	(void)state;
	struct shared_ids *ids = shared_ids_new();
	for (unsigned i = 0; i < 3; i++)
		for (uint8_t to = 2; to < 5; to++)
			assert_false(take(ids, packet_of(1, to, (uint16_t)(to * 9000 + i)), to * 10 + i % 2));
	assert_true(take(ids, packet_of(1, 2, 18003), 21));
	assert_false(take(ids, packet_of(1, 9, 5), 90)); /* nothing is known of that one */
	shared_ids_free(ids);
}

/* A counter for each connection, as Linux has it: each is somewhere else; within one connection steps prove nothing. */
static void test_one_for_each_connection(void **state)
{
	(void)state;
	struct shared_ids *ids = shared_ids_new();
	for (unsigned i = 0; i < 100; i++)
		assert_false(take(ids, packet_of(1, 2, (uint16_t)(i % 2 * 30000 + i)), i % 2));
	for (unsigned i = 0; i < 100; i++)
		assert_false(take(ids, packet_of(3, 2, (uint16_t)i), 7));
	shared_ids_free(ids);
}

/* Resets of many connections are numbered by one counter on Linux as well: they are not asked. Nor is a packet that was overtaken. */
static void test_resets(void **state)
{
	(void)state;
	struct shared_ids *ids = shared_ids_new();
	for (unsigned i = 0; i < 100; i++) {
		struct packet reset = packet_of(1, 2, (uint16_t)i);
		reset.tcp_flags = TCP_RST | TCP_ACK;
		assert_false(take(ids, reset, i));
	}
	for (unsigned i = 0; i < 100; i++)
		assert_false(take(ids, packet_of(3, 2, 100 + (i + 1) % 2), i % 2));
	shared_ids_free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_for_all),
		cmocka_unit_test(test_one_for_each_destination),
		cmocka_unit_test(test_one_for_each_connection),
		cmocka_unit_test(test_resets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
