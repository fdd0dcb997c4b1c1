/* Speaks for analyze/source/tape.c: segments in folders, read as one capture. Run from the project's root. */
#include "analyze/source/source.h"
#include "analyze/source/tape.h"
#include "analyze/source/tape_name.h"
#include "store/segment.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#define SAMPLE "samples/loss_20ms.snd.pcap.zst"
#define SAMPLE_FRAMES 8556 /* tcpdump -r says so */
#define HEADER_BYTES 24
#define SECOND INT64_C(1000000000)

/* The sample, decompressed, and where its records start. */
struct capture {
	uint8_t *bytes;
	size_t size;
	size_t *record; /* SAMPLE_FRAMES + 1 of them */
	uint32_t frames;
};

static struct capture sample;
static char folder[] = "/tmp/wiretape-tape-XXXXXX";

static uint32_t little(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static int load_sample(void **state)
{
	(void)state;
	const size_t room = (size_t)16 << 20;
	FILE *zstd = popen("zstd -qdc " SAMPLE, "r");
	sample.bytes = malloc(room);
	sample.record = calloc(SAMPLE_FRAMES + 1, sizeof *sample.record);
	assert_true(zstd && sample.bytes && sample.record);
	sample.size = fread(sample.bytes, 1, room, zstd);
	pclose(zstd);
	size_t at = HEADER_BYTES;
	for (; at + 16 <= sample.size && sample.frames < SAMPLE_FRAMES; at += 16 + little(sample.bytes + at + 8))
		sample.record[sample.frames++] = at;
	sample.record[sample.frames] = at;
	assert_int_equal(sample.frames, SAMPLE_FRAMES);
	assert_int_equal(at, sample.size);
	return 0;
}

static int forget_sample(void **state)
{
	(void)state;
	free(sample.bytes);
	free(sample.record);
	return 0;
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static char *in_folder(const char *name)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t count)
{
	FILE *file = fopen(in_folder(name), "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	fclose(file);
}

/* A segment with frames `first` to `last`, from 0, `last` not included; the last `cut` bytes of the file left away. */
static void write_segment(const char *name, uint32_t first, uint32_t last, size_t cut)
{
	const size_t body = sample.record[last] - sample.record[first], room = ZSTD_compressBound(HEADER_BYTES + body);
	uint8_t *plain = malloc(HEADER_BYTES + body), *packed = malloc(room);
	assert_true(plain && packed);
	memcpy(plain, sample.bytes, HEADER_BYTES);
	memcpy(plain + HEADER_BYTES, sample.bytes + sample.record[first], body);
	const size_t size = ZSTD_compress(packed, room, plain, HEADER_BYTES + body, 1);
	assert_false(ZSTD_isError(size));
	write_file(name, packed, size - cut);
	free(plain);
	free(packed);
}

/* As a recorder leaves it that is still writing: `flushed` frames, and half a record behind them; the zstd frame is open. */
static void write_part(const char *name, uint32_t first, uint32_t flushed)
{
	const size_t body = sample.record[first + flushed] - sample.record[first] + 20;
	uint8_t *plain = malloc(HEADER_BYTES + body), *packed = malloc(ZSTD_compressBound(HEADER_BYTES + body));
	ZSTD_CStream *stream = ZSTD_createCStream();
	assert_true(plain && packed && stream);
	memcpy(plain, sample.bytes, HEADER_BYTES);
	memcpy(plain + HEADER_BYTES, sample.bytes + sample.record[first], body);
	ZSTD_inBuffer in = {plain, HEADER_BYTES + body, 0};
	ZSTD_outBuffer out = {packed, ZSTD_compressBound(HEADER_BYTES + body), 0};
	assert_int_equal(ZSTD_compressStream2(stream, &out, &in, ZSTD_e_flush), 0);
	write_file(name, packed, out.pos);
	ZSTD_freeCStream(stream);
	free(plain);
	free(packed);
}

static struct tape *open_tape(const char *path)
{
	char message[TAPE_MESSAGE_MAX] = "";
	struct tape *tape = NULL;
	const enum status status = tape_open(&tape, path, message);
	if (status != STATUS_OK)
		fail_msg("%s", message);
	return tape;
}

/* All that is left of the tape. */
static uint64_t count_frames(struct tape *tape)
{
	struct frame frame;
	uint64_t frames = 0;
	enum status status;
	while ((status = tape_next(tape, &frame)) == STATUS_OK)
		frames++;
	assert_int_equal(status, STATUS_END);
	return frames;
}

/* What the tape gives is what the sample has from frame `first` on, under numbers from 1; the same frame `count` times. */
static void expect_sample(struct tape *tape, uint32_t first, uint32_t count)
{
	struct frame frame;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *record = sample.bytes + sample.record[first + i];
		assert_int_equal(tape_next(tape, &frame), STATUS_OK);
		assert_int_equal(frame.number, tape_frames(tape));
		assert_int_equal(frame.t_ns / SECOND, little(record));
		assert_int_equal(frame.captured_bytes, little(record + 8));
		assert_int_equal(frame.wire_bytes, little(record + 12));
		assert_memory_equal(frame.data, record + 16, frame.captured_bytes);
	}
}

struct damages {
	int count;
	char path[256], message[600];
};

static void take_damage(void *user, const char *path, const char *message)
{
	struct damages *damages = user;
	damages->count++;
	snprintf(damages->path, sizeof damages->path, "%s", path);
	snprintf(damages->message, sizeof damages->message, "%s", message);
}

static void test_names(void **state)
{
	(void)state;
	uint64_t sequence = 0;
	int64_t start_ns = 0;
	bool part = true;
	/* date -u -d '2026-11-21 10:32:00' +%s */
	assert_true(tape_name_parse("20261121T103200.000Z-000042.pcap.zst", &sequence, &start_ns, &part));
	assert_int_equal(sequence, 42);
	assert_int_equal(start_ns, 1795257120 * SECOND);
	assert_false(part);
	assert_true(tape_name_parse("20261121T103200.250Z-1234567.pcap.zst.part", &sequence, &start_ns, &part));
	assert_int_equal(sequence, 1234567);
	assert_int_equal(start_ns, 1795257120 * SECOND + SECOND / 4);
	assert_true(part);

	static const char *const others[] = {
		"", "x", "20261121T103200.000Z-000042.json", "20261121T103200.000Z-000042.pcap", "20261121T103200.000Z-000042.pcap.zst.tmp",
		"20261121T103200.000Z-.pcap.zst", "20261121T103200.000Z-00-42.pcap.zst", "20261121T103200.000Z-000042.pcap.zst.part.part",
		"20261321T103200.000Z-000042.pcap.zst", "20261100T103200.000Z-000042.pcap.zst", "20261121T243200.000Z-000042.pcap.zst",
		"00001121T103200.000Z-000042.pcap.zst", "99991121T103200.000Z-000042.pcap.zst", "2026-11-21T10:32:00Z-42.pcap.zst",
		"20261121T103200.000Z-99999999999999999999999999999999999999.pcap.zst", "20261121T103200Z-000042.pcap.zst",
		" 20261121T103200.000Z-000042.pcap.zst", "20261121t103200.000z-000042.pcap.zst", "+0261121T103200.000Z-000042.pcap.zst",
	};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (tape_name_parse(others[i], &sequence, &start_ns, &part))
			fail_msg("'%s' is no segment", others[i]);
}

/* The recorder's own function makes them. */
static void test_names_as_recorded(void **state)
{
	(void)state;
	static const int64_t times[] = {0, 1795257120 * SECOND, 1709164800 * SECOND + 999000000, 4102444799 * SECOND};
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		char name[SEGMENT_NAME_MAX];
		uint64_t sequence;
		int64_t start_ns;
		bool part;
		segment_name_make(name, times[i], 1000000 + i);
		assert_true(tape_name_parse(name, &sequence, &start_ns, &part));
		assert_int_equal(sequence, 1000000 + i);
		assert_int_equal(start_ns, times[i]);
	}
}

static void test_whole(void **state)
{
	(void)state;
	write_segment("20261121T035704.000Z-000009.pcap.zst", 0, 3000, 0);
	write_segment("20261121T035704.500Z-000010.pcap.zst", 3000, 3001, 0);
	write_segment("20261121T035704.600Z-000011.pcap.zst", 3001, 3001, 0); /* nothing came */
	write_segment("20261121T035705.000Z-000012.pcap.zst", 3001, SAMPLE_FRAMES, 0);
	assert_true(tape_is(folder));
	struct tape *tape = open_tape(folder);
	assert_int_equal(tape_count(tape), 4);
	expect_sample(tape, 0, SAMPLE_FRAMES);
	assert_int_equal(tape_position(tape), 3);
	assert_int_equal(count_frames(tape), 0);
	assert_int_equal(tape_damaged(tape), 0);
	assert_int_equal(tape_link_type(tape), LINK_ETHERNET);
	assert_int_equal(tape_file_offset(tape), tape_file_bytes(tape));

	/* The same capture as the sample itself. */
	char message[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	struct frame frame;
	assert_int_equal(source_open(&source, SAMPLE, message), STATUS_OK);
	while (source_next(source, &frame) == STATUS_OK)
		;
	assert_int_equal(tape_fingerprint(tape), source_fingerprint(source));
	source_close(source);
	tape_close(tape);
}

static void test_order(void **state)
{
	(void)state;
	/* The clock was set back by an hour: the sequence tells. More digits than usual sort no differently. */
	write_segment("20261121T045704.000Z-999998.pcap.zst", 0, 10, 0);
	write_segment("20261121T035704.000Z-999999.pcap.zst", 10, 20, 0);
	write_segment("20261121T035705.000Z-1000000.pcap.zst", 20, 30, 0);
	struct tape *tape = open_tape(folder);
	expect_sample(tape, 0, 30);
	tape_close(tape);
}

static void test_limit(void **state)
{
	(void)state;
	/* Seconds of the names are of another day than the packets', so that what is opened is told by names alone. */
	write_segment("20261121T100000.000Z-000001.pcap.zst", 0, 10, 0);
	write_segment("20261121T100100.000Z-000002.pcap.zst", 10, 20, 0);
	write_segment("20261121T100200.000Z-000003.pcap.zst", 20, 30, 0);
	write_segment("20261121T100300.000Z-000004.pcap.zst.part", 30, 40, 0);
	const int64_t ten = 1795255200 * SECOND; /* 10:00:00 */
	static const struct {
		int64_t from, to; /* seconds after 10:00:00; -1: open */
		const char *wanted;
	} cases[] = {
		{-1, -1, "1111"}, {-1, 30, "1000"}, {-1, 58, "1100"}, {70, 80, "0100"}, {61, 80, "1100"}, {63, 117, "0100"},
		{63, 118, "0110"}, {200, -1, "0001"}, {182, -1, "0011"}, {183, 183, "0001"}, {100000, -1, "0001"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char wanted[5] = "";
		struct tape *tape = open_tape(folder);
		tape_limit(tape, cases[i].from < 0 ? NO_TIME : ten + cases[i].from * SECOND,
			   cases[i].to < 0 ? NO_TIME : ten + cases[i].to * SECOND);
		for (size_t j = 0; j < 4; j++)
			wanted[j] = tape_wants(tape, j) ? '1' : '0';
		assert_string_equal(wanted, cases[i].wanted);
		tape_close(tape);
	}
}

/* Only frames of the period come, both ends included, and their numbers count from 1. */
static void test_limit_frames(void **state)
{
	(void)state;
	struct frame frame;
	int64_t times[30];
	write_segment("20261121T035704.000Z-000001.pcap.zst", 0, 15, 0);
	write_segment("20261121T035704.100Z-000002.pcap.zst", 15, 30, 0);
	struct tape *tape = open_tape(folder);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(tape_next(tape, &frame), STATUS_OK);
		times[i] = frame.t_ns;
	}
	assert_int_equal(tape_last_ns(tape), times[29]);
	tape_close(tape);
	tape = open_tape(folder);
	tape_limit(tape, times[10], times[20]);
	expect_sample(tape, 10, 11);
	assert_int_equal(tape_next(tape, &frame), STATUS_END);
	tape_close(tape);
}

/* A clock that was set back makes the next name say nothing of a segment's end. */
static void test_limit_and_clock(void **state)
{
	(void)state;
	write_segment("20261121T100000.000Z-000001.pcap.zst", 0, 10, 0);
	write_segment("20261121T090000.000Z-000002.pcap.zst", 10, 20, 0);
	struct tape *tape = open_tape(folder);
	tape_limit(tape, 1795255200 * SECOND + 30 * SECOND, NO_TIME);
	assert_true(tape_wants(tape, 0));
	assert_true(tape_wants(tape, 1));
	tape_close(tape);
}

static void test_damage(void **state)
{
	(void)state;
	struct damages damages = {0};
	write_segment("20261121T035704.000Z-000001.pcap.zst", 0, 100, 0);
	write_segment("20261121T035704.100Z-000002.pcap.zst", 100, 200, 30); /* the end of its zstd frame is gone */
	write_file("20261121T035704.200Z-000003.pcap.zst", "", 0);
	write_file("20261121T035704.300Z-000004.pcap.zst", "not a capture", 13);
	write_segment("20261121T035704.400Z-000005.pcap.zst", 200, 300, 0);
	struct tape *tape = open_tape(folder);
	tape_on_damage(tape, take_damage, &damages);
	/* A block of zstd is there whole or not at all: 100 frames are one. */
	expect_sample(tape, 0, 100);
	expect_sample(tape, 200, 100);
	assert_int_equal(count_frames(tape), 0);
	assert_int_equal(tape_damaged(tape), 3);
	assert_int_equal(damages.count, 3);
	assert_non_null(strstr(damages.path, "000004"));
	assert_non_null(strstr(damages.message, "not a capture"));
	tape_close(tape);
}

static void test_part(void **state)
{
	(void)state;
	write_segment("20261121T035704.000Z-000001.pcap.zst", 0, 100, 0);
	write_part("20261121T035704.100Z-000002.pcap.zst.part", 100, 50);
	struct tape *tape = open_tape(folder);
	assert_true(tape_segment(tape, 1)->part);
	expect_sample(tape, 0, 150);
	assert_int_equal(count_frames(tape), 0);
	assert_int_equal(tape_damaged(tape), 0);
	tape_close(tape);

	/* Nothing flushed yet: no bytes, or the header of the zstd frame. */
	static const size_t sizes[] = {0, 3, 6};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		write_file("20261121T035704.100Z-000002.pcap.zst.part", "\x28\xb5\x2f\xfd\x00\x58", sizes[i]);
		tape = open_tape(folder);
		assert_int_equal(count_frames(tape), 100);
		assert_int_equal(tape_damaged(tape), 0);
		tape_close(tape);
	}
	/* But damage is damage. */
	write_file("20261121T035704.100Z-000002.pcap.zst.part", "garbage, and enough of it", 25);
	tape = open_tape(folder);
	assert_int_equal(count_frames(tape), 100);
	assert_int_equal(tape_damaged(tape), 1);
	tape_close(tape);
}

/* The ring goes on while its tape is read. */
static void test_ring_goes_on(void **state)
{
	(void)state;
	struct damages damages = {0};
	char old[256], new[256];
	write_segment("20261121T035704.000Z-000001.pcap.zst", 0, 100, 0);
	write_segment("20261121T035704.100Z-000002.pcap.zst", 100, 200, 0);
	write_part("20261121T035704.200Z-000003.pcap.zst.part", 200, 50);
	struct tape *tape = open_tape(folder);
	tape_on_damage(tape, take_damage, &damages);
	expect_sample(tape, 0, 1);
	unlink(in_folder("20261121T035704.100Z-000002.pcap.zst"));
	snprintf(old, sizeof old, "%s", in_folder("20261121T035704.200Z-000003.pcap.zst.part"));
	snprintf(new, sizeof new, "%s", in_folder("20261121T035704.200Z-000003.pcap.zst"));
	unlink(old);
	write_segment("20261121T035704.200Z-000003.pcap.zst", 200, 300, 0);
	expect_sample(tape, 1, 99);
	expect_sample(tape, 200, 100);
	assert_int_equal(count_frames(tape), 0);
	assert_int_equal(damages.count, 1);
	assert_non_null(strstr(damages.message, "removed"));
	tape_close(tape);
	/* Finished between two looks at the folder: there under both names, and counted once. */
	assert_int_equal(link(new, old), 0);
	tape = open_tape(folder);
	assert_int_equal(tape_count(tape), 2);
	assert_false(tape_segment(tape, 1)->part);
	tape_close(tape);
}

static void test_folders(void **state)
{
	(void)state;
	char message[TAPE_MESSAGE_MAX] = "";
	struct tape *tape = NULL;
	assert_int_equal(tape_open(&tape, "/nonexistent", message), STATUS_NOT_FOUND);
	assert_int_equal(tape_open(&tape, SAMPLE, message), STATUS_IO);
	assert_false(tape_is("/nonexistent"));
	assert_false(tape_is(SAMPLE));
	assert_false(tape_is(folder));
	assert_int_equal(tape_open(&tape, folder, message), STATUS_FORMAT);
	assert_non_null(strstr(message, folder));
	assert_null(tape);
	mkdir(in_folder("ring"), 0755);
	assert_int_equal(tape_open(&tape, folder, message), STATUS_FORMAT);
	write_segment("ring/20261121T035704.000Z-000001.pcap.zst", 0, 100, 0);
	assert_true(tape_is(folder));
	tape = open_tape(folder);
	assert_int_equal(count_frames(tape), 100);
	tape_close(tape);
}

/* What has the name of a segment and is none; a pipe would never end. */
static void test_hostile_entries(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_folder("20261121T035704.000Z-000001.pcap.zst"), 0755), 0);
	assert_int_equal(mkfifo(in_folder("20261121T035704.000Z-000002.pcap.zst"), 0644), 0);
	assert_int_equal(symlink("20261121T035704.000Z-000003.pcap.zst", in_folder("20261121T035704.000Z-000003.pcap.zst")), 0);
	write_segment("20261121T035704.000Z-000004.pcap.zst", 0, 10, 0);
	write_file("20261121T035704.000Z-000004.pcap.zst.tmp", "x", 1);
	struct tape *tape = open_tape(folder);
	assert_int_equal(tape_count(tape), 1);
	assert_int_equal(count_frames(tape), 10);
	tape_close(tape);
}

static void test_thousands(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		char name[SEGMENT_NAME_MAX];
		segment_name_make(name, (1795255200 + (int64_t)i * 60) * SECOND, i + 1);
		write_segment(name, i, i + 1, 0);
	}
	struct tape *tape = open_tape(folder);
	assert_int_equal(tape_count(tape), 3000);
	expect_sample(tape, 0, 3000);
	assert_int_equal(count_frames(tape), 0);
	tape_close(tape);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_as_recorded),
		TEST(test_whole),
		TEST(test_order),
		TEST(test_limit),
		TEST(test_limit_frames),
		TEST(test_limit_and_clock),
		TEST(test_damage),
		TEST(test_part),
		TEST(test_ring_goes_on),
		TEST(test_folders),
		TEST(test_hostile_entries),
		TEST(test_thousands),
	};
#undef TEST
	return cmocka_run_group_tests(tests, load_sample, forget_sample);
}
