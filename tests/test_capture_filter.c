/* Speaks for capture/filter.c: what the kernel is told to copy. libpcap's bpf_filter judges, which refuses what is behind a packet's end as
 * the kernel does. */
#include "capture/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SNAPLEN = 262144, SHORT = 2300, WHOLE = 9000 };

/* Ethernet, then IPv4 with the longest header, or IPv6; UDP to port 53. */
static void make(uint8_t *packet, bool ipv6, uint8_t port)
{
	const uint32_t udp = 14 + (ipv6 ? 40 : 60);
	memset(packet, 0, WHOLE);
	packet[12] = ipv6 ? 0x86 : 0x08;
	packet[13] = ipv6 ? 0xdd : 0;
	packet[14] = ipv6 ? 0x60 : 0x4f;
	packet[ipv6 ? 14 + 6 : 14 + 9] = 17;
	packet[udp + 3] = port;
}

static void expect(const struct bpf_program *program, const uint8_t *packet, uint32_t bytes, uint32_t copied)
{
	const uint32_t said = bpf_filter(program->bf_insns, packet, bytes, bytes);
	assert_int_equal(said < bytes ? said : bytes, copied);
}

/* No packet is refused for being short, wherever it ends; DNS comes whole, the others up to the snap length. */
static void test_short_packets(void **state)
{
	(void)state;
	static uint8_t packet[WHOLE];
	static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW };
	for (size_t link = 0; link < sizeof links / sizeof links[0]; link++) {
		pcap_t *handle = pcap_open_dead(links[link], SNAPLEN);
		struct bpf_program program = { .bf_insns = NULL };
		assert_true(filter_short(handle, NULL, SHORT, &program));
		for (int i = 0; i < 4; i++) {
			make(packet, i & 1, i & 2 ? 53 : 80);
			for (uint32_t bytes = 1; bytes < 200; bytes++)
				expect(&program, packet, bytes, bytes);
			if (links[link] == DLT_EN10MB)
				expect(&program, packet, WHOLE, i & 2 ? WHOLE : SHORT);
		}
		free(program.bf_insns);
		pcap_close(handle);
	}
}

/* What the user's filter refuses stays refused. */
static void test_with_a_filter(void **state)
{
	(void)state;
	static uint8_t packet[WHOLE];
	pcap_t *handle = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program = { .bf_insns = NULL };
	assert_true(filter_short(handle, "ip", SHORT, &program));
	make(packet, false, 53);
	expect(&program, packet, WHOLE, WHOLE);
	expect(&program, packet, 20, 20);
	expect(&program, packet, 10, 0); /* without a type it is no IP */
	make(packet, true, 53);
	expect(&program, packet, WHOLE, 0);
	free(program.bf_insns);
	pcap_close(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_short_packets), cmocka_unit_test(test_with_a_filter) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
