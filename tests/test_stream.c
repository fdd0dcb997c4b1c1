/* Speaks for analyze/source/stream.c: captures compressed with zstd and gzip, whole, joined, cut and damaged. */
#include "analyze/source/stream.h"
#include "tests/handmade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/skip.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* RFC 8878 3.1.2 */
static void add_skippable(struct compressed *out)
{
	static const uint8_t skippable[] = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
	memcpy(out->at + out->count, skippable, sizeof skippable);
	out->count += sizeof skippable;
}

typedef void add_function(struct compressed *out, const uint8_t *bytes, size_t count);

static void check_compressed(add_function *add, enum compression compression)
{
	size_t ends[HANDMADE_FRAMES + 1];
	const struct handmade pcap = handmade_pcap(false, true, ends);
	struct compressed one = {.count = 0}, two = {.count = 0};
	add(&one, pcap.at, pcap.count);
	const struct outcome plain = outcome_of_bytes(pcap.at, pcap.count, true);
	const struct outcome outcome = outcome_of_bytes(one.at, one.count, true);
	outcome_expect_whole(&outcome);
	assert_int_equal(outcome.offset, pcap.count);
	assert_true(outcome.fingerprint == plain.fingerprint);
	/* two frames or members, split inside a record, and nothing between but what may be */
	add(&two, pcap.at, 51);
	if (compression == COMPRESSION_ZSTD)
		add_skippable(&two);
	add(&two, pcap.at + 51, 0);
	add(&two, pcap.at + 51, pcap.count - 51);
	const struct outcome joined = outcome_of_bytes(two.at, two.count, true);
	outcome_expect_whole(&joined);
	assert_true(joined.fingerprint == plain.fingerprint);
	for (size_t count = 0; count < one.count; count++) {
		const struct outcome cut = outcome_of_bytes(one.at, count, true);
		if (count < 4)
			assert_true(cut.open == STATUS_FORMAT || cut.open == STATUS_TRUNCATED);
		else if (cut.open == STATUS_OK)
			assert_int_equal(cut.end, STATUS_TRUNCATED);
		else
			assert_int_equal(cut.open, STATUS_TRUNCATED);
	}
	/* cut between the members: all that came before, then a cut record */
	const struct outcome half = outcome_of_bytes(two.at, two.count - 3, true);
	assert_true(half.end == STATUS_TRUNCATED || half.end == STATUS_FORMAT);
	/* something else behind: all packets, then the damage */
	memcpy(one.at + one.count, "garbage!", 8);
	const struct outcome trailing = outcome_of_bytes(one.at, one.count + 8, true);
	assert_int_equal(trailing.frames, HANDMADE_FRAMES);
	assert_int_equal(trailing.end, STATUS_FORMAT);
}

static void zstd_by_library(void **state)
{
	(void)state;
	check_compressed(compressed_add_zstd, COMPRESSION_ZSTD);
	size_t ends[HANDMADE_FRAMES + 1];
	const struct handmade pcap = handmade_pcap(false, true, ends);
	struct compressed out = {.count = 0};
	add_skippable(&out); /* may come first, too */
	compressed_add_zstd(&out, pcap.at, pcap.count);
	const struct outcome outcome = outcome_of_bytes(out.at, out.count, true);
	outcome_expect_whole(&outcome);
}

static void gzip_by_library(void **state)
{
	(void)state;
	check_compressed(compressed_add_gzip, COMPRESSION_GZIP);
	size_t ends[HANDMADE_FRAMES + 1];
	const struct handmade pcap = handmade_pcap(false, true, ends);
	struct compressed out = {.count = 0};
	compressed_add_gzip(&out, pcap.at, pcap.count);
	out.count += 512; /* zeros, as tapes leave them */
	const struct outcome outcome = outcome_of_bytes(out.at, out.count, true);
	outcome_expect_whole(&outcome);
}

static void compressed_by_programs(void **state)
{
	(void)state;
	static const char *const programs[] = {"gzip -c -1", "gzip -c -9", "zstd -q -c -1", "zstd -q -c --long=27 -19"};
	size_t ends[HANDMADE_FRAMES + 1], done = 0;
	const struct handmade pcap = handmade_pcapng(false, ends);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		char command[512], path[128];
		snprintf(path, sizeof path, "%s/compressed", handmade_folder);
		handmade_save(pcap.at, pcap.count);
		snprintf(command, sizeof command, "command -v %.4s >/dev/null && %s <%s >%s && %s <%s >>%s", programs[i],
			 programs[i], handmade_path, path, programs[i], "/dev/null", path);
		if (system(command) != 0)
			continue;
		const struct outcome outcome = outcome_of_path(path, true);
		outcome_expect_whole(&outcome);
		unlink(path);
		done++;
	}
	if (done == 0)
		skip_because("neither gzip nor zstd is installed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zstd_by_library),
		cmocka_unit_test(gzip_by_library),
		cmocka_unit_test(compressed_by_programs),
	};
	return cmocka_run_group_tests_name("stream", tests, handmade_setup, handmade_teardown);
}
