/* Speaks for capture/repair.c: a segment cut anywhere becomes a whole one with all packets before the cut that can be had. zstd and tcpdump
 * judge. */
#include "analyze/engine/facts.h"
#include "capture/repair.h"
#include "capture/segment_file.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON INT64_C(1795257120000000000)
#define NAME "20261121T103200.000Z-000001.pcap.zst"
#define FLUSHES 8

struct fixture {
	char folder[64], path[128], part[136];
	uint64_t flushed_bytes[FLUSHES], flushed_packets[FLUSHES];
	uint64_t end_bytes;
	uint8_t *bytes; /* of the whole file */
};

/* Writes a segment with `packets` of 60 to 1059 bytes between two flushes, and keeps its bytes. */
static void write_segment(struct fixture *f, uint32_t packets, int level)
{
	struct segment_file *file = segment_file_new();
	assert_true(segment_file_reserve(file, f->folder, NAME));
	assert_true(segment_file_open(file, 1, 262144, level));
	uint64_t count = 0;
	for (int i = 0; i < FLUSHES; i++) {
		struct block *block = scratch_block(1);
		for (uint32_t j = 0; j < packets; j++, count++)
			scratch_packet(block, NOON + (int64_t)count, 60 + j % 1000, j & 1);
		for (uint32_t at = 0; at < block->used;) {
			struct record record;
			memcpy(&record, block->data + at, sizeof(record));
			uint32_t bytes = (uint32_t)sizeof(record) + record.captured_bytes;
			if (!segment_file_put(file, block->data + at, bytes)) {
				assert_true(segment_file_write(file));
				continue;
			}
			at += bytes;
		}
		while (!segment_file_flush(file))
			assert_true(segment_file_write(file));
		assert_true(segment_file_write(file));
		f->flushed_bytes[i] = segment_file_bytes(file);
		f->flushed_packets[i] = count;
		free(block);
	}
	assert_true(segment_file_end(file) && segment_file_write(file));
	f->end_bytes = segment_file_bytes(file);
	segment_file_abandon(file);
	segment_file_free(file);
	f->bytes = malloc(f->end_bytes);
	FILE *in = fopen(f->part, "re");
	assert_int_equal(fread(f->bytes, 1, f->end_bytes, in), f->end_bytes);
	fclose(in);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	scratch_make(f->folder);
	snprintf(f->path, sizeof(f->path), "%s/" NAME, f->folder);
	snprintf(f->part, sizeof(f->part), "%s.part", f->path);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	scratch_remove(f->folder);
	free(f->bytes);
	free(f);
	return 0;
}

/* The first `bytes` of the file, and then `more` zeros. */
static void cut(const struct fixture *f, uint64_t bytes, uint64_t more)
{
	unlink(f->path);
	FILE *out = fopen(f->part, "we");
	assert_int_equal(fwrite(f->bytes, 1, bytes, out), bytes);
	fclose(out);
	assert_int_equal(truncate(f->part, (off_t)(bytes + more)), 0);
}

/* Repairs; the number of packets, which tcpdump counts too if `judge`. */
static uint64_t mend(const struct fixture *f, bool judge)
{
	struct repair repair;
	assert_int_equal(repair_read(f->part, &repair), STATUS_OK);
	assert_true(repair_finish(f->part, &repair));
	uint64_t packets = repair.packets;
	repair_free(&repair);
	/* It is now what it was said to be. */
	struct repair again;
	assert_int_equal(repair_read(f->path, &again), STATUS_OK);
	assert_true(again.complete);
	assert_int_equal(again.packets, packets);
	assert_int_equal(again.link_type, 1);
	assert_int_equal(again.first_ns, packets ? NOON : NO_TIME);
	assert_int_equal(again.last_ns, packets ? NOON + (int64_t)packets - 1 : NO_TIME);
	repair_free(&again);
	if (judge) {
		assert_int_equal(scratch_number("zstd -tq %s && echo 1", f->path), 1);
		assert_int_equal(scratch_packets(f->folder, false), packets);
	}
	return packets;
}

static uint64_t flushed_at(const struct fixture *f, uint64_t bytes)
{
	uint64_t packets = 0;
	for (int i = 0; i < FLUSHES; i++)
		if (f->flushed_bytes[i] <= bytes)
			packets = f->flushed_packets[i];
	return packets;
}

/* A small file, cut at each byte after the pcap header's block. */
static void test_cut_anywhere(void **state)
{
	struct fixture *f = *state;
	write_segment(f, 5, 3);
	uint64_t begin = f->end_bytes;
	struct repair repair;
	for (uint64_t bytes = 0; bytes < f->end_bytes; bytes++) {
		cut(f, bytes, 0);
		if (repair_read(f->part, &repair) == STATUS_FORMAT) {
			assert_true(begin == f->end_bytes); /* no header yet */
			repair_free(&repair);
			continue;
		}
		repair_free(&repair);
		if (begin == f->end_bytes)
			begin = bytes;
		assert_int_equal(mend(f, bytes % 16 == 0), flushed_at(f, bytes));
	}
	assert_in_range(begin, 24, 60);
}

/* Blocks in the middle of packets: what came whole after the last flush is kept. */
static void test_tail(void **state)
{
	struct fixture *f = *state;
	static const int levels[] = { -7, 1, 3, 12 };
	for (size_t i = 0; i < 4; i++) {
		write_segment(f, 2000, levels[i]);
		uint64_t more = 0;
		for (int k = 1; k < 12; k++) {
			uint64_t bytes = f->end_bytes * (uint64_t)k / 12;
			cut(f, bytes, 0);
			uint64_t packets = mend(f, true);
			assert_true(packets >= flushed_at(f, bytes));
			more += packets > flushed_at(f, bytes);
			assert_true(packets <= flushed_at(f, f->end_bytes));
		}
		assert_true(more > 0);
		free(f->bytes);
		f->bytes = NULL;
		unlink(f->part);
		unlink(f->path);
	}
}

/* The frame was whole, and only the name was missing; and behind it a file system left zeros. */
static void test_complete(void **state)
{
	struct fixture *f = *state;
	write_segment(f, 100, 3);
	cut(f, f->end_bytes, 0);
	assert_int_equal(mend(f, true), 800);
	cut(f, f->end_bytes, 5000);
	assert_int_equal(mend(f, true), 800);
	assert_int_equal(scratch_number("stat -c %%s %s", f->path), f->end_bytes);
}

/* Power was lost: the length came to the disk, the bytes did not. */
static void test_zeros(void **state)
{
	struct fixture *f = *state;
	write_segment(f, 100, 3);
	cut(f, f->flushed_bytes[3], 100000);
	assert_int_equal(mend(f, true), 400);
	cut(f, f->flushed_bytes[3] + 1, 100000);
	assert_true(mend(f, true) >= 400);
}

/* Each byte of the fourth part turned over: at least what stands before it comes, and never a crash. */
static void test_damage(void **state)
{
	struct fixture *f = *state;
	write_segment(f, 20, 3);
	for (uint64_t at = f->flushed_bytes[3]; at < f->flushed_bytes[4]; at += 7) {
		f->bytes[at] ^= 0x5a;
		cut(f, f->end_bytes, 0);
		struct repair repair;
		assert_int_equal(repair_read(f->part, &repair), STATUS_OK);
		assert_true(repair.packets >= 80);
		assert_true(repair_finish(f->part, &repair));
		repair_free(&repair);
		assert_int_equal(scratch_number("zstd -tq %s && echo 1", f->path), 1);
		f->bytes[at] ^= 0x5a;
	}
}

static void expect_format(const struct fixture *f, const void *bytes, size_t count)
{
	FILE *out = fopen(f->part, "we");
	assert_int_equal(fwrite(bytes, 1, count, out), count);
	fclose(out);
	struct repair repair;
	assert_int_equal(repair_read(f->part, &repair), STATUS_FORMAT);
	repair_free(&repair);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;
	struct repair repair;
	char command[512];
	expect_format(f, "", 0);
	expect_format(f, "pcap", 4);
	expect_format(f, "\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00", 9); /* an empty frame */
	/* Not a pcap: 100 kB of zeros through zstd. */
	snprintf(command, sizeof(command), "head -c 100000 /dev/zero | zstd -q --no-check > %s", f->part);
	assert_int_equal(system(command), 0);
	assert_int_equal(repair_read(f->part, &repair), STATUS_FORMAT);
	repair_free(&repair);
	unlink(f->part);
	assert_int_equal(repair_read(f->part, &repair), STATUS_NOT_FOUND);
	repair_free(&repair);
}

/* What no recorder began is told from what one only began: the one may be somebody's, the other is removed. */
static void test_foreign(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *command;
		bool foreign;
	} files[] = {
		{ "printf ''", false },
		{ "printf '\\050\\265'", false },
		{ "printf '\\050\\265\\057\\375\\0\\130\\1'", false }, /* half a block's header */
		{ "head -c 5000 /dev/zero", false },		      /* power was lost */
		{ "echo some text", true },
		{ "zstdcat samples/tail_loss.snd.pcap.zst", true },   /* not compressed */
		{ "head -c 100000 /dev/zero | zstd -q", true },
		{ "printf '\\324\\303\\262\\241\\2\\0\\4\\0%016d' 0 | zstd -q --no-check", true }, /* microseconds */
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char command[512];
		struct repair repair;
		snprintf(command, sizeof(command), "%s > %s", files[i].command, f->part);
		assert_int_equal(system(command), 0);
		assert_int_equal(repair_read(f->part, &repair), STATUS_FORMAT);
		assert_int_equal(repair.foreign, files[i].foreign);
		repair_free(&repair);
	}
}

/* Few bytes may become many: 1 GiB of zeros are 32 kB of blocks that repeat a byte (RFC 8878 3.1.1.2.2). */
static void test_bomb(void **state)
{
	struct fixture *f = *state;
	static const uint8_t repeat[4] = { (uint8_t)(131072 << 3 | 1 << 1), (uint8_t)(131072 >> 5), (uint8_t)(131072 >> 13), 0 };
	uint64_t budget_bytes = 64 << 20;
	struct repair repair;
	write_segment(f, 1, 3);
	cut(f, f->flushed_bytes[0], 0);
	FILE *out = fopen(f->part, "ae");
	for (int i = 0; i < 8192; i++)
		assert_int_equal(fwrite(repeat, 1, sizeof(repeat), out), sizeof(repeat));
	fclose(out);
	assert_int_equal(repair_read_within(f->part, &budget_bytes, &repair), STATUS_UNSUPPORTED);
	assert_true(budget_bytes < 1 << 20);
	repair_free(&repair);
	budget_bytes = UINT64_C(2) << 30;
	assert_int_equal(repair_read_within(f->part, &budget_bytes, &repair), STATUS_OK);
	assert_in_range((UINT64_C(2) << 30) - budget_bytes, UINT64_C(1) << 30, (UINT64_C(1) << 30) + 10000);
	repair_free(&repair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cut_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_complete, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zeros, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bomb, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
