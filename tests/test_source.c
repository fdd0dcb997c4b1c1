/* Speaks for analyze/source: captures made by hand, whole, cut at every byte, damaged, and compressed. */
#include "analyze/source/source.h"
#include "analyze/source/source_list.h"
#include "analyze/source/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { CAPTURE_MAX = 4096, FRAMES_LIMIT = 100000 };

struct bytes {
	uint8_t at[CAPTURE_MAX];
	size_t count;
	bool big_endian;
};

static char folder[64];
static char file_path[96];

static void put8(struct bytes *bytes, uint8_t value)
{
	assert_true(bytes->count < CAPTURE_MAX);
	bytes->at[bytes->count++] = value;
}

static void put16(struct bytes *bytes, uint16_t value)
{
	put8(bytes, (uint8_t)(bytes->big_endian ? value >> 8 : value & 0xff));
	put8(bytes, (uint8_t)(bytes->big_endian ? value & 0xff : value >> 8));
}

static void put32(struct bytes *bytes, uint32_t value)
{
	put16(bytes, (uint16_t)(bytes->big_endian ? value >> 16 : value & 0xffff));
	put16(bytes, (uint16_t)(bytes->big_endian ? value & 0xffff : value >> 16));
}

static void put_pattern(struct bytes *bytes, uint32_t count, uint8_t first)
{
	for (uint32_t i = 0; i < count; i++)
		put8(bytes, (uint8_t)(first + i));
}

/* The three frames of all hand-made captures. */
struct sample {
	uint32_t seconds, nanoseconds, captured, wire;
	uint8_t first;
};

static const struct sample samples[] = {
	{1700000000, 123456000, 14, 14, 0x10},
	{1700000000, 999999000, 60, 1514, 0x40},
	{1700000001, 1000, 1, 60, 0x77},
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* pcap-savefile(5): magic, version 2.4, two unused words, snap length, link type. */
static void put_pcap_header(struct bytes *bytes, uint32_t magic, uint32_t snaplen, uint32_t link_type)
{
	put32(bytes, magic);
	put16(bytes, 2);
	put16(bytes, 4);
	put32(bytes, 0);
	put32(bytes, 0);
	put32(bytes, snaplen);
	put32(bytes, link_type);
}

static void put_record(struct bytes *bytes, uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t wire)
{
	put32(bytes, seconds);
	put32(bytes, fraction);
	put32(bytes, captured);
	put32(bytes, wire);
}

/* `ends` (SAMPLES + 1 entries) gets where the header and each record end. */
static struct bytes make_pcap(bool big_endian, bool nanoseconds, size_t *ends)
{
	struct bytes bytes = {.big_endian = big_endian};
	put_pcap_header(&bytes, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 65535, 1);
	ends[0] = bytes.count;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *sample = &samples[i];
		put_record(&bytes, sample->seconds, nanoseconds ? sample->nanoseconds : sample->nanoseconds / 1000,
			   sample->captured, sample->wire);
		put_pattern(&bytes, sample->captured, sample->first);
		ends[i + 1] = bytes.count;
	}
	return bytes;
}

/* draft-ietf-opsawg-pcapng 4.1: section header of unknown length. */
static void put_section(struct bytes *bytes)
{
	put32(bytes, 0x0a0d0d0a);
	put32(bytes, 28);
	put32(bytes, 0x1a2b3c4d);
	put16(bytes, 1);
	put16(bytes, 0);
	put32(bytes, 0xffffffff);
	put32(bytes, 0xffffffff);
	put32(bytes, 28);
}

/* 4.2: interface with if_tsresol (9) = 10^-9. */
static void put_interface(struct bytes *bytes, uint16_t link_type)
{
	put32(bytes, 1);
	put32(bytes, 32);
	put16(bytes, link_type);
	put16(bytes, 0);
	put32(bytes, 65535);
	put16(bytes, 9);
	put16(bytes, 1);
	put8(bytes, 9);
	put_pattern(bytes, 3, 0);
	put32(bytes, 0);
	put32(bytes, 32);
}

/* 4.3: enhanced packet block. */
static void put_packet(struct bytes *bytes, uint32_t interface, const struct sample *sample)
{
	const uint64_t t_ns = UINT64_C(1000000000) * sample->seconds + sample->nanoseconds;
	const uint32_t padding = (4 - sample->captured % 4) % 4;
	const uint32_t length = 32 + sample->captured + padding;
	put32(bytes, 6);
	put32(bytes, length);
	put32(bytes, interface);
	put32(bytes, (uint32_t)(t_ns >> 32));
	put32(bytes, (uint32_t)t_ns);
	put32(bytes, sample->captured);
	put32(bytes, sample->wire);
	put_pattern(bytes, sample->captured, sample->first);
	put_pattern(bytes, padding, 0);
	put32(bytes, length);
}

static struct bytes make_pcapng(bool big_endian, size_t *ends)
{
	struct bytes bytes = {.big_endian = big_endian};
	put_section(&bytes);
	put_interface(&bytes, 1);
	ends[0] = bytes.count;
	for (size_t i = 0; i < SAMPLES; i++) {
		put_packet(&bytes, 0, &samples[i]);
		ends[i + 1] = bytes.count;
	}
	return bytes;
}

static void save(const void *bytes, size_t count)
{
	FILE *file = fopen(file_path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

/* What came of reading a file to its end. */
struct outcome {
	enum status open, end;
	uint64_t frames, offset, fingerprint;
	char message[SOURCE_MESSAGE_MAX];
	char format[16];
};

static void check_frame(const struct frame *frame, const struct sample *sample)
{
	assert_int_equal(frame->t_ns, INT64_C(1000000000) * sample->seconds + sample->nanoseconds);
	assert_int_equal(frame->captured_bytes, sample->captured);
	assert_int_equal(frame->wire_bytes, sample->wire);
	for (uint32_t i = 0; i < sample->captured; i++)
		assert_int_equal(frame->data[i], (uint8_t)(sample->first + i));
}

static volatile unsigned touched;

/* Touches each byte, so that sanitizers see one that is not there. */
static unsigned sum_bytes(const struct frame *frame)
{
	unsigned sum = 0;
	for (uint32_t i = 0; i < frame->captured_bytes; i++)
		sum += frame->data[i];
	return sum;
}

static struct outcome read_path(const char *path, bool check)
{
	struct outcome outcome = {0};
	struct source *source = NULL;
	struct frame frame;
	outcome.open = source_open(&source, path, outcome.message);
	if (outcome.open != STATUS_OK) {
		assert_null(source);
		assert_true(outcome.message[0]);
		return outcome;
	}
	while ((outcome.end = source_next(source, &frame)) == STATUS_OK && outcome.frames < FRAMES_LIMIT) {
		assert_true(frame.wire_bytes >= frame.captured_bytes);
		assert_true(frame.t_ns >= 0);
		assert_int_equal(frame.number, outcome.frames + 1);
		touched += sum_bytes(&frame);
		if (check)
			check_frame(&frame, &samples[outcome.frames % SAMPLES]);
		outcome.frames++;
	}
	assert_int_equal(source_next(source, &frame), outcome.end);
	assert_int_equal(outcome.end == STATUS_END, source_message(source)[0] == '\0');
	outcome.offset = source_offset(source);
	outcome.fingerprint = source_fingerprint(source);
	snprintf(outcome.message, sizeof outcome.message, "%s", source_message(source));
	snprintf(outcome.format, sizeof outcome.format, "%s", source_format(source));
	source_close(source);
	return outcome;
}

static struct outcome read_bytes(const void *bytes, size_t count, bool check)
{
	save(bytes, count);
	return read_path(file_path, check);
}

static void expect_whole(const struct outcome *outcome)
{
	assert_int_equal(outcome->open, STATUS_OK);
	assert_int_equal(outcome->end, STATUS_END);
	assert_int_equal(outcome->frames, SAMPLES);
}

static void flavours_of_pcap(void **state)
{
	(void)state;
	size_t ends[SAMPLES + 1];
	for (int flavour = 0; flavour < 4; flavour++) {
		const bool nanoseconds = flavour & 2;
		const struct bytes bytes = make_pcap(flavour & 1, nanoseconds, ends);
		const struct outcome outcome = read_bytes(bytes.at, bytes.count, true);
		expect_whole(&outcome);
		assert_string_equal(outcome.format, nanoseconds ? "pcap, ns" : "pcap, us");
		assert_int_equal(outcome.offset, bytes.count);
	}
}

static void flavours_of_pcapng(void **state)
{
	(void)state;
	size_t ends[SAMPLES + 1];
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		const struct bytes bytes = make_pcapng(big_endian, ends);
		const struct outcome outcome = read_bytes(bytes.at, bytes.count, true);
		expect_whole(&outcome);
		assert_string_equal(outcome.format, "pcapng");
	}
}

static size_t whole_records(const size_t *ends, size_t count)
{
	size_t whole = 0;
	while (whole < SAMPLES && ends[whole + 1] <= count)
		whole++;
	return whole;
}

static void check_cut(const struct bytes *bytes, const size_t *ends, size_t count)
{
	const struct outcome outcome = read_bytes(bytes->at, count, true);
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
	size_t ends[SAMPLES + 1];
	for (int flavour = 0; flavour < 4; flavour++) {
		const struct bytes bytes = make_pcap(flavour & 1, flavour & 2, ends);
		for (size_t count = 0; count <= bytes.count; count++)
			check_cut(&bytes, ends, count);
	}
}

static void pcapng_cut_at_every_byte(void **state)
{
	(void)state;
	size_t ends[SAMPLES + 1];
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		const struct bytes bytes = make_pcapng(big_endian, ends);
		for (size_t count = 0; count <= bytes.count; count++)
			check_cut(&bytes, ends, count);
	}
}

enum { COMPRESSED_MAX = 16384 };

struct compressed {
	uint8_t at[COMPRESSED_MAX];
	size_t count;
};

static void add_zstd(struct compressed *out, const uint8_t *bytes, size_t count)
{
	const size_t length = ZSTD_compress(out->at + out->count, COMPRESSED_MAX - out->count, bytes, count, 3);
	assert_false(ZSTD_isError(length));
	out->count += length;
}

/* RFC 8878 3.1.2 */
static void add_skippable(struct compressed *out)
{
	static const uint8_t skippable[] = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
	memcpy(out->at + out->count, skippable, sizeof skippable);
	out->count += sizeof skippable;
}

static void add_gzip(struct compressed *out, const uint8_t *bytes, size_t count)
{
	z_stream stream = {0};
	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)bytes;
	stream.avail_in = (uInt)count;
	stream.next_out = out->at + out->count;
	stream.avail_out = (uInt)(COMPRESSED_MAX - out->count);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	out->count += stream.total_out;
	deflateEnd(&stream);
}

typedef void add_function(struct compressed *out, const uint8_t *bytes, size_t count);

static void check_compressed(add_function *add, enum compression compression)
{
	size_t ends[SAMPLES + 1];
	const struct bytes pcap = make_pcap(false, true, ends);
	struct compressed one = {.count = 0}, two = {.count = 0};
	add(&one, pcap.at, pcap.count);
	const struct outcome plain = read_bytes(pcap.at, pcap.count, true);
	const struct outcome outcome = read_bytes(one.at, one.count, true);
	expect_whole(&outcome);
	assert_int_equal(outcome.offset, pcap.count);
	assert_true(outcome.fingerprint == plain.fingerprint);
	/* two frames or members, split inside a record, and nothing between but what may be */
	add(&two, pcap.at, 51);
	if (compression == COMPRESSION_ZSTD)
		add_skippable(&two);
	add(&two, pcap.at + 51, 0);
	add(&two, pcap.at + 51, pcap.count - 51);
	const struct outcome joined = read_bytes(two.at, two.count, true);
	expect_whole(&joined);
	assert_true(joined.fingerprint == plain.fingerprint);
	for (size_t count = 0; count < one.count; count++) {
		const struct outcome cut = read_bytes(one.at, count, true);
		if (count < 4)
			assert_true(cut.open == STATUS_FORMAT || cut.open == STATUS_TRUNCATED);
		else if (cut.open == STATUS_OK)
			assert_int_equal(cut.end, STATUS_TRUNCATED);
		else
			assert_int_equal(cut.open, STATUS_TRUNCATED);
	}
	/* cut between the members: all that came before, then a cut record */
	const struct outcome half = read_bytes(two.at, two.count - 3, true);
	assert_true(half.end == STATUS_TRUNCATED || half.end == STATUS_FORMAT);
	/* something else behind: all packets, then the damage */
	memcpy(one.at + one.count, "garbage!", 8);
	const struct outcome trailing = read_bytes(one.at, one.count + 8, true);
	assert_int_equal(trailing.frames, SAMPLES);
	assert_int_equal(trailing.end, STATUS_FORMAT);
}

static void zstd_by_library(void **state)
{
	(void)state;
	check_compressed(add_zstd, COMPRESSION_ZSTD);
	size_t ends[SAMPLES + 1];
	const struct bytes pcap = make_pcap(false, true, ends);
	struct compressed out = {.count = 0};
	add_skippable(&out); /* may come first, too */
	add_zstd(&out, pcap.at, pcap.count);
	const struct outcome outcome = read_bytes(out.at, out.count, true);
	expect_whole(&outcome);
}

static void gzip_by_library(void **state)
{
	(void)state;
	check_compressed(add_gzip, COMPRESSION_GZIP);
	size_t ends[SAMPLES + 1];
	const struct bytes pcap = make_pcap(false, true, ends);
	struct compressed out = {.count = 0};
	add_gzip(&out, pcap.at, pcap.count);
	out.count += 512; /* zeros, as tapes leave them */
	const struct outcome outcome = read_bytes(out.at, out.count, true);
	expect_whole(&outcome);
}

static void compressed_by_programs(void **state)
{
	(void)state;
	static const char *const programs[] = {"gzip -c -1", "gzip -c -9", "zstd -q -c -1", "zstd -q -c --long=27 -19"};
	size_t ends[SAMPLES + 1], done = 0;
	const struct bytes pcap = make_pcapng(false, ends);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		char command[512], path[128];
		snprintf(path, sizeof path, "%s/compressed", folder);
		save(pcap.at, pcap.count);
		snprintf(command, sizeof command, "command -v %.4s >/dev/null && %s <%s >%s && %s <%s >>%s", programs[i],
			 programs[i], file_path, path, programs[i], "/dev/null", path);
		if (system(command) != 0)
			continue;
		const struct outcome outcome = read_path(path, true);
		expect_whole(&outcome);
		unlink(path);
		done++;
	}
	if (done == 0)
		skip();
}

/* The damage may be anywhere and mean anything; reading must end, and what it gives must be consistent. */
static void damage_at_random(void **state)
{
	(void)state;
	size_t ends[SAMPLES + 1];
	uint64_t seed = 20260101;
	for (int round = 0; round < 12000; round++) {
		struct compressed out = {.count = 0};
		const struct bytes bytes = round & 1 ? make_pcapng(round & 2, ends) : make_pcap(round & 2, round & 4, ends);
		if (round % 6 == 4)
			add_zstd(&out, bytes.at, bytes.count);
		else if (round % 6 == 5)
			add_gzip(&out, bytes.at, bytes.count);
		else
			memcpy(out.at, bytes.at, out.count = bytes.count);
		const int damages = 1 + round % 4;
		for (int i = 0; i < damages; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			out.at[(seed >> 33) % out.count] = (uint8_t)(seed >> 25);
		}
		const struct outcome outcome = read_bytes(out.at, out.count, false);
		assert_true(outcome.frames < FRAMES_LIMIT);
	}
}

static void strange_numbers(void **state)
{
	(void)state;
	struct source *source;
	struct frame frame;
	char message[SOURCE_MESSAGE_MAX];
	struct bytes bytes = {.big_endian = false};
	put_pcap_header(&bytes, 0xa1b23c4d, 0, 1);
	put_record(&bytes, 0xffffffff, 999999999, 2, 1); /* year 2106; shorter on the wire than captured */
	put_pattern(&bytes, 2, 0);
	put_record(&bytes, 0, 0xffffffff, 0, 0xffffffff); /* nanoseconds out of range */
	save(bytes.at, bytes.count);
	assert_int_equal(source_open(&source, file_path, message), STATUS_OK);
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
			struct bytes bytes = {.big_endian = true};
			put_pcap_header(&bytes, 0xa1b2c3d4, snaplens[i], 1);
			put_record(&bytes, 1, 2, 4, 4);
			put_pattern(&bytes, 4, 0);
			put_record(&bytes, 1, 2, lengths[j], 4);
			put_pattern(&bytes, 20, 0);
			const struct outcome outcome = read_bytes(bytes.at, bytes.count, false);
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
	struct bytes bytes = {.big_endian = false};
	put_pcap_header(&bytes, 0xa1b2c3d4, 8, 1);
	put_record(&bytes, 1, 2, 20, 20);
	put_pattern(&bytes, 20, 0);
	put_record(&bytes, 1, 2, 20, 20);
	put_pattern(&bytes, 19, 0);
	const struct outcome outcome = read_bytes(bytes.at, bytes.count, false);
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
		struct bytes bytes = {.big_endian = false};
		put_pcap_header(&bytes, 0xa1b2c3d4, 96, links[i].in_file);
		save(bytes.at, bytes.count);
		assert_int_equal(source_open(&source, file_path, message), STATUS_OK);
		assert_int_equal(source_link_type(source), links[i].link_type);
		assert_string_equal(source_link_name(source), links[i].name);
		assert_int_equal(source_snaplen(source), 96);
		source_close(source);
	}
}

static void several_link_types(void **state)
{
	(void)state;
	struct bytes bytes = {.big_endian = false};
	put_section(&bytes);
	put_interface(&bytes, 1);
	put_packet(&bytes, 0, &samples[0]);
	put_interface(&bytes, 113);
	put_packet(&bytes, 1, &samples[1]);
	const struct outcome outcome = read_bytes(bytes.at, bytes.count, true);
	assert_int_equal(outcome.frames, 1);
	assert_int_equal(outcome.end, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "type"));
}

static void fingerprints_differ(void **state)
{
	(void)state;
	size_t ends[SAMPLES + 1];
	struct bytes pcap = make_pcap(false, true, ends);
	const struct bytes pcapng = make_pcapng(true, ends);
	const struct outcome one = read_bytes(pcap.at, pcap.count, true);
	const struct outcome same = read_bytes(pcapng.at, pcapng.count, true);
	pcap.at[pcap.count - 1] ^= 1;
	const struct outcome other = read_bytes(pcap.at, pcap.count, false);
	assert_true(one.fingerprint == same.fingerprint);
	assert_true(one.fingerprint != other.fingerprint);
}

static void no_captures(void **state)
{
	(void)state;
	struct outcome outcome = read_bytes("", 0, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "empty"));
	outcome = read_bytes("SQLite format 3", 16, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_non_null(strstr(outcome.message, "starts with 53 51 4c 69 74 65 20 66 \"SQLite f\", expected pcap, pcapng, zstd"));
	struct compressed out = {.count = 0};
	add_gzip(&out, (const uint8_t *)"hello", 5);
	outcome = read_bytes(out.at, out.count, false);
	assert_int_equal(outcome.open, STATUS_FORMAT);
	assert_int_equal(read_path("/nonexistent/file", false).open, STATUS_NOT_FOUND);
	assert_int_equal(read_path(folder, false).open, STATUS_IO);
	assert_int_equal(read_path("/dev/null", false).open, STATUS_FORMAT);
}

static void not_allowed(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	save("x", 1);
	assert_int_equal(chmod(file_path, 0), 0);
	const struct outcome outcome = read_path(file_path, false);
	assert_int_equal(chmod(file_path, 0600), 0);
	assert_int_equal(outcome.open, STATUS_IO);
	assert_non_null(strstr(outcome.message, "denied"));
}

/* A pipe gives bytes in pieces of any size. */
static void standard_input(void **state)
{
	(void)state;
	size_t ends[SAMPLES + 1];
	const struct bytes pcap = make_pcap(true, false, ends);
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
	snprintf(path, sizeof path, "%s/%s", folder, name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void lists(void **state)
{
	(void)state;
	char path[128], loop[128], message[SOURCE_LIST_MESSAGE_MAX], command[256];
	snprintf(path, sizeof path, "%s/d", folder);
	snprintf(loop, sizeof loop, "%s/d/sub/loop", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	make_file("d/b.pcap");
	make_file("d/a.pcap");
	make_file("d/a.json");
	make_file("d/.hidden");
	snprintf(command, sizeof command, "%s/d/sub", folder);
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
		assert_string_equal(source_list_at(list, i).path + strlen(folder), names[i]);
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
			const struct outcome outcome = read_path(source_list_at(list, i).path, false);
			if (outcome.open == STATUS_FORMAT)
				continue;
			assert_int_equal(outcome.open, STATUS_OK);
			assert_int_equal(outcome.end, STATUS_END);
			assert_true(outcome.frames > 0);
			captures++;
		}
	source_list_free(list);
	if (captures == 0)
		skip();
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/wiretape-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file_path, sizeof file_path, "%s/capture", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file_path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flavours_of_pcap),
		cmocka_unit_test(flavours_of_pcapng),
		cmocka_unit_test(pcap_cut_at_every_byte),
		cmocka_unit_test(pcapng_cut_at_every_byte),
		cmocka_unit_test(zstd_by_library),
		cmocka_unit_test(gzip_by_library),
		cmocka_unit_test(compressed_by_programs),
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
	return cmocka_run_group_tests_name("source", tests, make_folder, remove_folder);
}
