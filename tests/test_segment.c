/* Speaks for store/segment.c: names of segments, and what stands in JSON beside them. */
#include "analyze/engine/facts.h"
#include "store/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* date -u -d 2026-11-21T10:32:00Z +%s */
#define NOON INT64_C(1795257120000000000)

static void test_name(void **state)
{
	(void)state;
	char name[SEGMENT_NAME_MAX], json[SEGMENT_NAME_MAX];
	segment_name_make(name, NOON + 7999999, 42);
	assert_string_equal(name, "20261121T103200.007Z-000042.pcap.zst");
	segment_json_name(json, name);
	assert_string_equal(json, "20261121T103200.007Z-000042.json");
	segment_name_make(name, 0, 12345678);
	assert_string_equal(name, "19700101T000000.000Z-12345678.pcap.zst");

	uint64_t sequence = 0;
	int64_t start_ns = 0;
	bool part = true;
	assert_true(segment_name_parse("20261121T103200.007Z-000042.pcap.zst", &sequence, &start_ns, &part));
	assert_int_equal(sequence, 42);
	assert_int_equal(start_ns, NOON + 7000000);
	assert_false(part);
	assert_true(segment_name_parse("20261121T103200.007Z-000042.pcap.zst.part", NULL, NULL, &part));
	assert_true(part);
}

static void test_foreign_names(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", "lost+found", "20261121T103200.000Z-000042.json", "20261121T103200.000Z-000042.pcap", "20261121T103200Z-000042.pcap.zst",
		"20261121T103200.000Z-42.pcap.zst", "20261121T103200.000Z-000000.pcap.zst", "20261121T103200.000Z-000042.pcap.zst.par",
		"20261121T103200.000Z-000042.pcap.zst.part~", "20261321T103200.000Z-000042.pcap.zst", "20261100T103200.000Z-000042.pcap.zst",
		"20261121T243200.000Z-000042.pcap.zst", "x20261121T103200.000Z-000042.pcap.zst", "20261121T1032", "2026112",
		"20261121T103200.000Z--00042.pcap.zst", "20261121T103200.000Z-1234567890123456789.pcap.zst",
		"20261121T103200.000Z-000000000000000000000000000000000000000000000000000001.pcap.zst",
		"00001121T103200.000Z-000042.pcap.zst", "20261121T103200.000Z-000042.pcap.zst/../x",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (segment_name_parse(names[i], NULL, NULL, NULL))
			fail_msg("\"%s\" is no segment's name", names[i]);
}

static struct segment_facts example(void)
{
	return (struct segment_facts){
		.name = "20261121T103200.000Z-000042.pcap.zst", .sequence = 42, .host = "db-1", .interface = "eth0",
		.filter = "tcp port 80 and host \"a\\b\"", .slice = "smart", .link_type = 1, .snaplen = 262144,
		.opened_ns = NOON, .closed_ns = NOON + 60, .first_ns = NO_TIME, .last_ns = NO_TIME, .packets = 7, .bytes = 7000,
		.captured_bytes = 700, .file_bytes = 70, .kernel_drops = -1, .interface_drops = 3, .pool_drops = 4,
		.watcher_skipped = 5, .compress_level = -7, .ended_by = SEGMENT_END_CLOCK,
	};
}

static void test_json(void **state)
{
	(void)state;
	/* By hand, as RFC 8259 wants it. */
	static const char expected[] =
		"{\"name\":\"20261121T103200.000Z-000042.pcap.zst\",\"sequence\":42,\"host\":\"db-1\",\"interface\":\"eth0\","
		"\"filter\":\"tcp port 80 and host \\\"a\\\\b\\\"\",\"slice\":\"smart\",\"link_type\":1,\"snaplen\":262144,"
		"\"opened_ns\":1795257120000000000,\"closed_ns\":1795257120000000060,\"first_ns\":null,\"last_ns\":null,"
		"\"packets\":7,\"bytes\":7000,\"captured_bytes\":700,\"file_bytes\":70,\"kernel_drops\":null,\"interface_drops\":3,"
		"\"pool_drops\":4,\"watcher_skipped\":5,\"compress_level\":-7,\"ended_by\":\"clock\"}\n";
	struct segment_facts facts = example(), back;
	char *json = segment_to_json(&facts);
	assert_string_equal(json, expected);
	assert_int_equal(segment_from_json(json, strlen(json), &back), STATUS_OK);
	char *again = segment_to_json(&back);
	assert_string_equal(again, json);
	free(again);
	free(json);
}

static void test_json_of_others(void **state)
{
	(void)state;
	struct segment_facts facts;
	/* Unknown keys and wrong types are passed over; numbers out of range are held within it. */
	static const char odd[] = "{\"later\": {\"a\": [1]}, \"packets\": -5, \"snaplen\": 1e300, \"link_type\": 70000,"
				  " \"host\": 7, \"first_ns\": \"x\", \"kernel_drops\": -9, \"ended_by\": \"flood\", \"bytes\": 12}";
	assert_int_equal(segment_from_json(odd, strlen(odd), &facts), STATUS_OK);
	assert_int_equal(facts.packets, 0);
	assert_int_equal(facts.snaplen, UINT32_MAX);
	assert_int_equal(facts.link_type, UINT16_MAX);
	assert_string_equal(facts.host, "");
	assert_true(facts.first_ns == NO_TIME && facts.opened_ns == NO_TIME);
	assert_int_equal(facts.kernel_drops, -1);
	assert_int_equal(facts.bytes, 12);

	static const char *const bad[] = { "", "{", "[]", "7", "null", "{}", "{\"later\":1}", "{\"packets\":1} x", "\xff\xfe",
					   "{\"name\":\"../../etc/passwd\",\"packets\":1}",
					   "{\"name\":\"20261121T103200.000Z-000042.pcap.zst.part\"}" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (segment_from_json(bad[i], strlen(bad[i]), &facts) != STATUS_FORMAT)
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(segment_from_json("{\"packets\":1}\0{", 15, &facts), STATUS_FORMAT);
}

/* Nesting and size cost an error, not the stack or the memory. */
static void test_hostile_json(void **state)
{
	(void)state;
	size_t bytes = 60000;
	struct segment_facts facts;
	char *text = malloc(bytes * 3);
	memset(text, '[', bytes);
	assert_int_equal(segment_from_json(text, bytes, &facts), STATUS_FORMAT);
	memset(text, ' ', bytes * 3);
	memcpy(text, "{\"packets\":1}", 13);
	assert_int_equal(segment_from_json(text, bytes * 3, &facts), STATUS_FORMAT);

	/* A host of 400 letters of two bytes: 127 whole ones fit into 256 bytes with the end. */
	size_t used = (size_t)sprintf(text, "{\"host\":\"");
	for (int i = 0; i < 400; i++)
		used += (size_t)sprintf(text + used, "\xc3\xa9");
	used += (size_t)sprintf(text + used, "\"}");
	assert_int_equal(segment_from_json(text, used, &facts), STATUS_OK);
	assert_int_equal(strlen(facts.host), 254);
	free(text);
}

static void test_file(void **state)
{
	(void)state;
	char path[] = "/tmp/segment-XXXXXX";
	struct segment_facts facts = example(), back;
	char *json = segment_to_json(&facts);
	int fd = mkstemp(path);
	assert_int_equal(write(fd, json, strlen(json)), strlen(json));
	close(fd);
	assert_int_equal(segment_read(path, &back), STATUS_OK);
	assert_int_equal(back.sequence, 42);
	assert_int_equal(back.ended_by, SEGMENT_END_CLOCK);
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(segment_read(path, &back), STATUS_FORMAT);
	unlink(path);
	assert_int_equal(segment_read(path, &back), STATUS_NOT_FOUND);
	assert_int_equal(segment_read("/tmp", &back), STATUS_IO);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_foreign_names),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_others),
		cmocka_unit_test(test_hostile_json),
		cmocka_unit_test(test_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
