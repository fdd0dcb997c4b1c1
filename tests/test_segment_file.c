/* Speaks for capture/segment_file.c: what was flushed can be read at once, from a file as from a pipe. zstd and tcpdump judge. */
#include "capture/segment_file.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOON INT64_C(1795257120000000000)
#define NAME "20261121T103200.000Z-000001.pcap.zst"

static void put(struct segment_file *file, const struct block *block)
{
	for (uint32_t at = 0; at < block->used;) {
		struct record record;
		memcpy(&record, block->data + at, sizeof record);
		const uint32_t bytes = (uint32_t)sizeof record + record.captured_bytes;
		assert_true(segment_file_put(file, block->data + at, bytes));
		at += bytes;
	}
}

static void flush(struct segment_file *file)
{
	assert_true(segment_file_flush(file));
	assert_true(segment_file_write(file));
}

/* Packets of 142 bytes with their records of 158: the third of a second is over 128 KiB, what zstd decompresses at a time, and little
 * once it is compressed. */
static void flushed_is_readable(void **state)
{
	(void)state;
	char folder[64];
	int64_t packets = 0;
	struct segment_file *file = segment_file_new();
	scratch_make(folder);
	assert_true(segment_file_reserve(file, folder, NAME));
	assert_true(segment_file_open(file, 1, 262144, 3));
	flush(file);
	for (int round = 0; round < 8; round++) {
		struct block *block = scratch_block(1);
		for (int i = 0; i < 1115; i++, packets++)
			scratch_packet(block, NOON + packets, 142, false);
		put(file, block);
		free(block);
		flush(file);
		assert_int_equal(scratch_packets(folder, true), packets);
	}
	assert_true(segment_file_end(file));
	assert_true(segment_file_write(file));
	const uint64_t bytes = segment_file_bytes(file);
	assert_true(segment_file_finish(file));
	assert_int_equal(scratch_number("zstd -qt %s/" NAME " && stat -c %%s %s/" NAME, folder, folder), bytes);
	assert_int_equal(scratch_packets(folder, false), packets);
	segment_file_free(file);
	scratch_remove(folder);
}

/* A segment without packets, of which nothing but the header was flushed, ends shorter than the bytes that stood behind it would reach. */
static void empty_one_ends(void **state)
{
	(void)state;
	char folder[64];
	struct segment_file *file = segment_file_new();
	scratch_make(folder);
	assert_true(segment_file_reserve(file, folder, NAME));
	assert_true(segment_file_open(file, 1, 262144, 3));
	flush(file);
	assert_int_equal(scratch_packets(folder, true), 0);
	assert_true(segment_file_end(file));
	assert_true(segment_file_write(file));
	assert_true(segment_file_finish(file));
	assert_int_equal(scratch_number("zstd -qt %s/" NAME " && echo 1", folder), 1);
	segment_file_free(file);
	scratch_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flushed_is_readable),
		cmocka_unit_test(empty_one_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
