/* Speaks for analyze/source/filter.c and output.c: which frames are wanted, and the pcap that they become. */
#include "analyze/source/filter.h"
#include "analyze/source/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAC "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
#define V4_A "\xc0\0\x02\x01"	  /* 192.0.2.1 */
#define V4_B "\xc6\x33\x64\x02"	  /* 198.51.100.2 */
#define V6(last) "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0" last /* 2001:db8::last */

/* 192.0.2.1:40000 > 198.51.100.2:80, SYN */
#define SYN MAC "\x08\0" "\x45\0\0\x28\0\x01\0\0\x40\x06\0\0" V4_A V4_B "\x9c\x40\0\x50" "\0\0\0\x01\0\0\0\0\x50\x02\xff\xff\0\0\0\0"
/* back: 198.51.100.2:80 > 192.0.2.1:40000, RST ACK */
#define RST MAC "\x08\0" "\x45\0\0\x28\0\x02\0\0\x40\x06\0\0" V4_B V4_A "\0\x50\x9c\x40" "\0\0\0\0\0\0\0\x02\x50\x14\0\0\0\0\0\0"
/* the same ports, from 198.51.100.2 to 192.0.2.1: 198.51.100.2:40000 > 192.0.2.1:80 */
#define CROSSED MAC "\x08\0" "\x45\0\0\x28\0\x03\0\0\x40\x06\0\0" V4_B V4_A "\x9c\x40\0\x50" "\0\0\0\x01\0\0\0\0\x50\x02\xff\xff\0\0\0\0"
/* 192.0.2.1:5000 > 198.51.100.2:53, UDP, first fragment of IP ID 7: more fragments follow; 16 bytes of it */
#define FRAGMENT_1 MAC "\x08\0" "\x45\0\0\x24\0\x07\x20\0\x40\x11\0\0" V4_A V4_B "\x13\x88\0\x35\0\x20\0\0" "abcdefgh"
/* its second one, at byte 16 */
#define FRAGMENT_2 MAC "\x08\0" "\x45\0\0\x24\0\x07\0\x02\x40\x11\0\0" V4_A V4_B "ijklmnop" "qrstuvwx"
/* IP ID 8, at byte 16: another packet's */
#define FRAGMENT_OTHER MAC "\x08\0" "\x45\0\0\x24\0\x08\0\x02\x40\x11\0\0" V4_A V4_B "ijklmnop" "qrstuvwx"
/* [2001:db8::1]:40000 > [2001:db8::2]:80, SYN */
#define SYN6 MAC "\x86\xdd" "\x60\0\0\0\0\x14\x06\x40" V6("\x01") V6("\x02") "\x9c\x40\0\x50" "\0\0\0\x01\0\0\0\0\x50\x02\xff\xff\0\0\0\0"
#define ARP MAC "\x08\x06" "\0\x01\x08\0\x06\x04\0\x01"

static struct frame frame_of(const char *bytes, size_t count, uint16_t link_type)
{
	return (struct frame){
		.t_ns = 1795257120000000007,
		.number = 1,
		.captured_bytes = (uint32_t)count,
		.wire_bytes = (uint32_t)count,
		.link_type = link_type,
		.data = (const uint8_t *)bytes,
	};
}

/* One letter: y wanted, n not, ? cannot be said. */
static char verdict(struct filter *filter, const char *bytes, size_t count, uint16_t link_type)
{
	const struct frame frame = frame_of(bytes, count, link_type);
	const enum status status = filter_frame(filter, &frame);
	return status == STATUS_OK ? 'y' : status == STATUS_END ? 'n' : '?';
}
#define VERDICT(filter, bytes) verdict(filter, bytes, sizeof(bytes) - 1, LINK_ETHERNET)

static struct filter *make(const char *expression, const char *flow)
{
	char message[FILTER_MESSAGE_MAX] = "";
	struct filter *filter = NULL;
	if (filter_new(&filter, expression, flow, message) != STATUS_OK)
		fail_msg("%s", message);
	return filter;
}

static void test_flow(void **state)
{
	(void)state;
	static const char *const ends[] = {"192.0.2.1:40000-198.51.100.2:80", "198.51.100.2:80-192.0.2.1:40000"};
	for (int i = 0; i < 2; i++) {
		struct filter *filter = make(NULL, ends[i]);
		assert_int_equal(VERDICT(filter, SYN), 'y');
		assert_int_equal(VERDICT(filter, RST), 'y');
		assert_int_equal(VERDICT(filter, CROSSED), 'n');
		assert_int_equal(VERDICT(filter, SYN6), 'n');
		assert_int_equal(VERDICT(filter, ARP), 'n');
		assert_int_equal(verdict(filter, SYN, 20, LINK_ETHERNET), 'n'); /* cut inside the IP header */
		filter_free(filter);
	}
	struct filter *filter = make(NULL, "[2001:db8::2]:80-[2001:db8:0:0::1]:40000");
	assert_int_equal(VERDICT(filter, SYN6), 'y');
	assert_int_equal(VERDICT(filter, SYN), 'n');
	filter_free(filter);
}

/* Only the first fragment says the ports; the others belong to it. */
static void test_fragments(void **state)
{
	(void)state;
	struct filter *filter = make(NULL, "192.0.2.1:5000-198.51.100.2:53");
	assert_int_equal(VERDICT(filter, FRAGMENT_2), 'n');
	assert_int_equal(VERDICT(filter, FRAGMENT_1), 'y');
	assert_int_equal(VERDICT(filter, FRAGMENT_2), 'y');
	assert_int_equal(VERDICT(filter, FRAGMENT_OTHER), 'n');
	for (int i = 0; i < 1000; i++)
		assert_int_equal(VERDICT(filter, FRAGMENT_1), 'y');
	filter_free(filter);
	filter = make(NULL, "192.0.2.1:5001-198.51.100.2:53");
	assert_int_equal(VERDICT(filter, FRAGMENT_1), 'n');
	assert_int_equal(VERDICT(filter, FRAGMENT_2), 'n');
	filter_free(filter);
}

/* The expression is compiled for each link type that comes: IP starts at byte 14 of Ethernet, at byte 0 of raw IP. */
static void test_expression(void **state)
{
	(void)state;
	struct filter *filter = make("tcp dst port 80", NULL);
	assert_int_equal(VERDICT(filter, SYN), 'y');
	assert_int_equal(VERDICT(filter, RST), 'n');
	assert_int_equal(verdict(filter, &SYN[14], sizeof(SYN) - 15, LINK_RAW), 'y');
	assert_int_equal(verdict(filter, &RST[14], sizeof(RST) - 15, LINK_RAW), 'n');
	assert_int_equal(VERDICT(filter, SYN6), 'y');
	filter_free(filter);

	filter = make("tcp", "192.0.2.1:5000-198.51.100.2:53"); /* both must hold */
	assert_int_equal(VERDICT(filter, SYN), 'n');
	assert_int_equal(VERDICT(filter, FRAGMENT_1), 'n');
	filter_free(filter);

	filter = make("ether host 02:00:00:00:00:01", NULL);
	assert_int_equal(filter_link_type(filter, LINK_ETHERNET), STATUS_OK);
	assert_int_equal(filter_link_type(filter, LINK_RAW), STATUS_USAGE);
	assert_true(strlen(filter_message(filter)) > 0);
	assert_int_equal(verdict(filter, SYN, sizeof(SYN) - 1, LINK_RAW), '?');
	assert_int_equal(VERDICT(filter, SYN), 'y'); /* and it goes on */
	filter_free(filter);
	filter = make(NULL, NULL);
	assert_int_equal(VERDICT(filter, ARP), 'y');
	filter_free(filter);
}

static void test_no_flow(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "-", ":-:", "192.0.2.1:80", "192.0.2.1:80-", "-192.0.2.1:80", "192.0.2.1:-192.0.2.2:", "192.0.2.1:1-192.0.2.2:1x",
		"192.0.2.1:99999-192.0.2.2:1", "192.0.2.1:123456-192.0.2.2:1", "2001:db8::1:80-2001:db8::2:80", "[2001:db8::1]80-[::2]:80",
		"[2001:db8::1-[2001:db8::2]:80", "[192.0.2.1]:80-[192.0.2.2]:80", "[]:1-[]:2", "192.0.2.1:1-192.0.2.2:1-192.0.2.3:1",
		"[2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:1-[::1]:2", "host:1-192.0.2.2:1",
	};
	char message[FILTER_MESSAGE_MAX];
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct filter *filter = NULL;
		if (filter_new(&filter, NULL, texts[i], message) != STATUS_USAGE)
			fail_msg("'%s' is no flow", texts[i]);
		assert_null(filter);
	}
}

static void test_output(void **state)
{
	(void)state;
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct output *output = output_new(file);
	struct frame frame = frame_of(SYN, sizeof(SYN) - 1, LINK_RAW);
	frame.wire_bytes = 1514;
	assert_int_equal(output_frame(output, &frame), STATUS_OK);
	frame.link_type = LINK_ETHERNET;
	assert_int_equal(output_frame(output, &frame), STATUS_UNSUPPORTED);
	assert_int_equal(output_link_type(output), LINK_RAW);
	assert_int_equal(output_flush(output), STATUS_OK);
	output_free(output);
	fclose(file);
	/* pcap-savefile(5): magic of nanoseconds, version 2.4, zone, accuracy, snap length, link type; seconds, nanoseconds, lengths */
	const uint32_t expected[] = {0xa1b23c4d, 0x00040002, 0, 0, 262144, 101, 1795257120, 7, 54, 1514};
	assert_int_equal(bytes, sizeof expected + 54);
	assert_memory_equal(text, expected, sizeof expected);
	assert_memory_equal(text + sizeof expected, SYN, 54);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow),   cmocka_unit_test(test_fragments), cmocka_unit_test(test_expression),
		cmocka_unit_test(test_no_flow), cmocka_unit_test(test_output),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
