/* Speaks for analyze/source: captures made by hand, whole, cut at every byte, and damaged. */
#include "analyze/source/source.h"
#include "analyze/source/source_list.h"
#include "tests/handmade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/skip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void flavours_of_pcap(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	for (int flavour = 0; flavour < 4; flavour++) {
		const bool nanoseconds = flavour & 2;
		const struct handmade bytes = handmade_pcap(flavour & 1, nanoseconds, ends);
		const struct outcome outcome = outcome_of_bytes(bytes.at, bytes.count, true);
		outcome_expect_whole(&outcome);
		assert_string_equal(outcome.format, nanoseconds ? "pcap, ns" : "pcap, us");
		assert_int_equal(outcome.offset, bytes.count);
	}
}

static void flavours_of_pcapng(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		const struct handmade bytes = handmade_pcapng(big_endian, ends);
		const struct outcome outcome = outcome_of_bytes(bytes.at, bytes.count, true);
		outcome_expect_whole(&outcome);
		assert_string_equal(outcome.format, "pcapng");
	}
}

static size_t whole_records(const size_t *ends, size_t count)
{
	size_t whole = 0;
	while (whole < HANDMADE_FRAMES && ends[whole + 1] <= count)
		whole++;
	return whole;
}

static void check_cut(const struct handmade *bytes, const size_t *ends, size_t count)
{
	const struct outcome outcome = outcome_of_bytes(bytes->at, count, true);
	if (count < 4) {
		assert_int_equal(outcome.open, STATUS_FORMAT);
		return;
	}
	if (count < ends[0]) { /* a pcapng with a whole section header but no interface is not cut, as far as libpcap says */
		assert_int_equal(outcome.open, count == 28 ? STATUS_UNSUPPORTED : STATUS_TRUNCATED);
		return;
	}
	const size_t whole = whole_records(ends, count);
	assert_int_equal(outcome.open, STATUS_OK);
	assert_int_equal(outcome.frames, whole);
	assert_int_equal(outcome.offset, ends[whole]);
	assert_int_equal(outcome.end, ends[whole] == count ? STATUS_END : STATUS_TRUNCATED);
	if (outcome.end == STATUS_TRUNCATED) {
		char at[32], end[48];
		snprintf(at, sizeof at, "offset %zu is", ends[whole]);
		snprintf(end, sizeof end, "ends at %zu", count);
		assert_non_null(strstr(outcome.message, at));
		assert_non_null(strstr(outcome.message, end));
	}
}

static void pcap_cut_at_every_byte(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	for (int flavour = 0; flavour < 4; flavour++) {
		const struct handmade bytes = handmade_pcap(flavour & 1, flavour & 2, ends);
		for (size_t count = 0; count <= bytes.count; count++)
			check_cut(&bytes, ends, count);
	}
}

static void pcapng_cut_at_every_byte(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		const struct handmade bytes = handmade_pcapng(big_endian, ends);
		for (size_t count = 0; count <= bytes.count; count++)
			check_cut(&bytes, ends, count);
	}
}

/* The damage may be anywhere and mean anything; reading must end, and what it gives must be consistent. */
static void damage_at_random(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	uint64_t seed = 20260101;
	for (int round = 0; round < 12000; round++) {
		struct compressed out = {.count = 0};
		const struct handmade bytes = round & 1 ? handmade_pcapng(round & 2, ends) : handmade_pcap(round & 2, round & 4, ends);
		if (round % 6 == 4)
			compressed_add_zstd(&out, bytes.at, bytes.count);
		else if (round % 6 == 5)
			compressed_add_gzip(&out, bytes.at, bytes.count);
		else
			memcpy(out.at, bytes.at, out.count = bytes.count);
		const int damages = 1 + round % 4;
		for (int i = 0; i < damages; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			out.at[(seed >> 33) % out.count] = (uint8_t)(seed >> 25);
		}
		const struct outcome outcome = outcome_of_bytes(out.at, out.count, false);
		assert_true(outcome.frames < HANDMADE_READ_MAX);
	}
}

static void strange_numbers(void **state)
{
	(void)state;
	struct source *source;
	struct frame frame;
	char message[SOURCE_MESSAGE_MAX];
	struct handmade bytes = {.big_endian = false};
	handmade_put_pcap_header(&bytes, 0xa1b23c4d, 0, 1);
	handmade_put_record(&bytes, 0xffffffff, 999999999, 2, 1); /* year 2106; shorter on the wire than captured */
	handmade_put_pattern(&bytes, 2, 0);
	handmade_put_record(&bytes, 0, 0xffffffff, 0, 0xffffffff); /* nanoseconds out of range */
	handmade_save(bytes.at, bytes.count);
	assert_int_equal(source_open(&source, handmade_path, message), STATUS_OK);
	assert_int_equal(source_next(source, &frame), STATUS_OK);
	assert_int_equal(frame.t_ns, INT64_C(4294967295999999999));
	assert_int_equal(frame.wire_bytes, 2);
	assert_int_equal(source_next(source, &frame), STATUS_OK);
	assert_true(frame.t_ns >= 0 && frame.t_ns < INT64_C(5000000000));
	assert_int_equal(frame.captured_bytes, 0);
	assert_int_equal(source_next(source, &frame), STATUS_END);
	source_close(source);
}

static void absurd_lengths(void **state)
{
	(void)state;
	static const uint32_t snaplens[] = {0, 1, 65535, 0x7fffffff, 0x80000000, 0xffffffff};
	static const uint32_t lengths[] = {0x00100000, 0x7fffffff, 0xffffffff};
	for (size_t i = 0; i < sizeof snaplens / sizeof snaplens[0]; i++)
		for (size_t j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
			struct handmade bytes = {.big_endian = true};
			handmade_put_pcap_header(&bytes, 0xa1b2c3d4, snaplens[i], 1);
			handmade_put_record(&bytes, 1, 2, 4, 4);
			handmade_put_pattern(&bytes, 4, 0);
			handmade_put_record(&bytes, 1, 2, lengths[j], 4);
			handmade_put_pattern(&bytes, 20, 0);
			const struct outcome outcome = outcome_of_bytes(bytes.at, bytes.count, false);
			assert_int_equal(outcome.open, STATUS_OK);
			assert_int_equal(outcome.frames, 1);
			assert_int_equal(outcome.offset, 44);
			assert_true(outcome.end == STATUS_FORMAT || outcome.end == STATUS_TRUNCATED);
		}
}

/* A record longer than the snap length is cut by libpcap; offsets must still be the file's. */
static void longer_than_snaplen(void **state)
{
	(void)state;
	struct handmade bytes = {.big_endian = false};
	handmade_put_pcap_header(&bytes, 0xa1b2c3d4, 8, 1);
	handmade_put_record(&bytes, 1, 2, 20, 20);
	handmade_put_pattern(&bytes, 20, 0);
	handmade_put_record(&bytes, 1, 2, 20, 20);
	handmade_put_pattern(&bytes, 19, 0);
	const struct outcome outcome = outcome_of_bytes(bytes.at, bytes.count, false);
	assert_int_equal(outcome.frames, 1);
	assert_int_equal(outcome.end, STATUS_TRUNCATED);
	assert_int_equal(outcome.offset, 24 + 16 + 20);
}

static void link_types(void **state)
{
	(void)state;
	static const struct {
		uint32_t in_file;
		uint16_t link_type;
		const char *name;
	} links[] = {
		{0, 0, "NULL"}, {1, 1, "ETHERNET"}, {9, 9, "PPP"}, {101, 101, "RAW"}, {105, 105, "IEEE802_11"},
		{108, 108, "LOOP"}, {113, 113, "LINUX_SLL"}, {127, 127, "IEEE802_11_RADIO"}, {228, 228, "IPV4"},
		{229, 229, "IPV6"}, {276, 276, "LINUX_SLL2"},
	};
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		struct source *source;
		char message[SOURCE_MESSAGE_MAX];
		struct handmade bytes = {.big_endian = false};
		handmade_put_pcap_header(&bytes, 0xa1b2c3d4, 96, links[i].in_file);
		handmade_save(bytes.at, bytes.count);
		assert_int_equal(source_open(&source, handmade_path, message), STATUS_OK);
		assert_int_equal(source_link_type(source), links[i].link_type);
		assert_string_equal(source_link_name(source), links[i].name);
		assert_int_equal(source_snaplen(source), 96);
		source_close(source);
	}
}

static void several_link_types(void **state)
{
	(void)state;
	struct handmade bytes = {.big_endian = false};
	handmade_put_section(&bytes);
	handmade_put_interface(&bytes, 1);
	handmade_put_packet(&bytes, 0, &handmade_frames[0]);
	handmade_put_interface(&bytes, 113);
	handmade_put_packet(&bytes, 1, &handmade_frames[1]);
	const struct outcome outcome = outcome_of_bytes(bytes.at, bytes.count, true);
	assert_int_equal(outcome.frames, 1);
	assert_int_equal(outcome.end, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "type"));
}

static void fingerprints_differ(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	struct handmade pcap = handmade_pcap(false, true, ends);
	const struct handmade pcapng = handmade_pcapng(true, ends);
	const struct outcome one = outcome_of_bytes(pcap.at, pcap.count, true);
	const struct outcome same = outcome_of_bytes(pcapng.at, pcapng.count, true);
	pcap.at[pcap.count - 1] ^= 1;
	const struct outcome other = outcome_of_bytes(pcap.at, pcap.count, false);
	assert_true(one.fingerprint == same.fingerprint);
	assert_true(one.fingerprint != other.fingerprint);
}

static void no_captures(void **state)
{
	(void)state;
	struct outcome outcome = outcome_of_bytes("", 0, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "empty"));
	outcome = outcome_of_bytes("SQLite format 3", 16, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "a database, not a capture: "));
	outcome = outcome_of_bytes("SELECT 1 FROM x", 16, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "starts with 53 45 4c 45 43 54 20 31 \"SELECT 1\", expected pcap, pcapng, zstd"));
	struct compressed out = {.count = 0};
	compressed_add_gzip(&out, (const uint8_t *)"hello", 5);
	outcome = outcome_of_bytes(out.at, out.count, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_int_equal(outcome_of_path("/nonexistent/file", false).open, STATUS_NOT_FOUND);
	assert_int_equal(outcome_of_path(handmade_folder, false).open, STATUS_IO);
	assert_int_equal(outcome_of_path("/dev/null", false).open, STATUS_FORMAT);
}

static void not_allowed(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip_because("root may read all");
	handmade_save("x", 1);
	assert_int_equal(chmod(handmade_path, 0), 0);
	const struct outcome outcome = outcome_of_path(handmade_path, false);
	assert_int_equal(chmod(handmade_path, 0600), 0);
	assert_int_equal(outcome.open, STATUS_IO);
	assert_non_null(strstr(outcome.message, "denied"));
}

/* A pipe gives bytes in pieces of any size. */
static void standard_input(void **state)
{
	(void)state;
	size_t ends[HANDMADE_FRAMES + 1];
	const struct handmade pcap = handmade_pcap(true, false, ends);
	int ports[2];
	const int saved = dup(STDIN_FILENO);
	assert_int_equal(pipe(ports), 0);
	assert_int_equal(write(ports[1], pcap.at, pcap.count), (ssize_t)pcap.count);
	close(ports[1]);
	dup2(ports[0], STDIN_FILENO);
	close(ports[0]);
	struct source *source;
	char message[SOURCE_MESSAGE_MAX];
	assert_int_equal(source_open(&source, "-", message), STATUS_OK);
	assert_int_equal(source_file_bytes(source), 0);
	source_close(source);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
}

static void make_file(const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", handmade_folder, name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void lists(void **state)
{
	(void)state;
	char path[128], loop[128], message[SOURCE_LIST_MESSAGE_MAX], command[256];
	snprintf(path, sizeof path, "%s/d", handmade_folder);
	snprintf(loop, sizeof loop, "%s/d/sub/loop", handmade_folder);
	assert_int_equal(mkdir(path, 0700), 0);
	make_file("d/b.pcap");
	make_file("d/a.pcap");
	make_file("d/a.json");
	make_file("d/.hidden");
	snprintf(command, sizeof command, "%s/d/sub", handmade_folder);
	assert_int_equal(mkdir(command, 0700), 0);
	make_file("d/sub/c.pcap");
	assert_int_equal(symlink("..", loop), 0);
	struct source_list *list = source_list_new();
	assert_non_null(list);
	assert_int_equal(source_list_add(list, path, message), STATUS_OK);
	assert_int_equal(source_list_add(list, "-", message), STATUS_OK);
	assert_int_equal(source_list_add(list, "/nonexistent", message), STATUS_NOT_FOUND);
	assert_string_equal(message, "/nonexistent: No such file or directory");
	assert_int_equal(source_list_count(list), 4);
	static const char *const names[] = {"/d/a.pcap", "/d/b.pcap", "/d/sub/c.pcap"};
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(source_list_at(list, i).path + strlen(handmade_folder), names[i]);
		assert_true(source_list_at(list, i).found);
	}
	assert_string_equal(source_list_at(list, 3).path, "-");
	assert_false(source_list_at(list, 3).found);
	source_list_free(list);
	snprintf(command, sizeof command, "rm -r '%s'", path);
	assert_int_equal(system(command), 0);
}

static void public_captures(void **state)
{
	(void)state;
	char message[SOURCE_LIST_MESSAGE_MAX];
	struct source_list *list = source_list_new();
	assert_non_null(list);
	size_t captures = 0;
	if (source_list_add(list, "../shared/captures", message) == STATUS_OK)
		for (size_t i = 0; i < source_list_count(list); i++) {
			const struct outcome outcome = outcome_of_path(source_list_at(list, i).path, false);
			if (outcome.open == STATUS_FORMAT)
				continue;
			assert_int_equal(outcome.open, STATUS_OK);
			assert_int_equal(outcome.end, STATUS_END);
			assert_true(outcome.frames > 0);
			captures++;
		}
	source_list_free(list);
	if (captures == 0)
		skip_because("the public captures are not here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flavours_of_pcap),
		cmocka_unit_test(flavours_of_pcapng),
		cmocka_unit_test(pcap_cut_at_every_byte),
		cmocka_unit_test(pcapng_cut_at_every_byte),
		cmocka_unit_test(damage_at_random),
		cmocka_unit_test(strange_numbers),
		cmocka_unit_test(absurd_lengths),
		cmocka_unit_test(longer_than_snaplen),
		cmocka_unit_test(link_types),
		cmocka_unit_test(several_link_types),
		cmocka_unit_test(fingerprints_differ),
		cmocka_unit_test(no_captures),
		cmocka_unit_test(not_allowed),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(lists),
		cmocka_unit_test(public_captures),
	};
	return cmocka_run_group_tests_name("source", tests, handmade_setup, handmade_teardown);
}
