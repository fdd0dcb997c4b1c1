#include "tests/handmade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

char handmade_folder[64];
char handmade_path[96];

static void put8(struct handmade *bytes, uint8_t value)
{
	assert_true(bytes->count < HANDMADE_BYTES_MAX);
	bytes->at[bytes->count++] = value;
}

static void put16(struct handmade *bytes, uint16_t value)
{
	put8(bytes, (uint8_t)(bytes->big_endian ? value >> 8 : value & 0xff));
	put8(bytes, (uint8_t)(bytes->big_endian ? value & 0xff : value >> 8));
}

static void put32(struct handmade *bytes, uint32_t value)
{
	put16(bytes, (uint16_t)(bytes->big_endian ? value >> 16 : value & 0xffff));
	put16(bytes, (uint16_t)(bytes->big_endian ? value & 0xffff : value >> 16));
}

void handmade_put_pattern(struct handmade *bytes, uint32_t count, uint8_t first)
{
	for (uint32_t i = 0; i < count; i++)
		put8(bytes, (uint8_t)(first + i));
}

const struct handmade_frame handmade_frames[HANDMADE_FRAMES] = {
	{1700000000, 123456000, 14, 14, 0x10},
	{1700000000, 999999000, 60, 1514, 0x40},
	{1700000001, 1000, 1, 60, 0x77},
};

void handmade_put_pcap_header(struct handmade *bytes, uint32_t magic, uint32_t snaplen, uint32_t link_type)
{
	put32(bytes, magic);
	put16(bytes, 2);
	put16(bytes, 4);
	put32(bytes, 0);
	put32(bytes, 0);
	put32(bytes, snaplen);
	put32(bytes, link_type);
}

void handmade_put_record(struct handmade *bytes, uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t wire)
{
	put32(bytes, seconds);
	put32(bytes, fraction);
	put32(bytes, captured);
	put32(bytes, wire);
}

/* `ends` (HANDMADE_FRAMES + 1 entries) gets where the header and each record end. */
struct handmade handmade_pcap(bool big_endian, bool nanoseconds, size_t *ends)
{
	struct handmade bytes = {.big_endian = big_endian};
	handmade_put_pcap_header(&bytes, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 65535, 1);
	ends[0] = bytes.count;
	for (size_t i = 0; i < HANDMADE_FRAMES; i++) {
		const struct handmade_frame *sample = &handmade_frames[i];
		handmade_put_record(&bytes, sample->seconds, nanoseconds ? sample->nanoseconds : sample->nanoseconds / 1000,
			   sample->captured, sample->wire);
		handmade_put_pattern(&bytes, sample->captured, sample->first);
		ends[i + 1] = bytes.count;
	}
	return bytes;
}

/* draft-ietf-opsawg-pcapng 4.1: section header of unknown length. */
void handmade_put_section(struct handmade *bytes)
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
void handmade_put_interface(struct handmade *bytes, uint16_t link_type)
{
	put32(bytes, 1);
	put32(bytes, 32);
	put16(bytes, link_type);
	put16(bytes, 0);
	put32(bytes, 65535);
	put16(bytes, 9);
	put16(bytes, 1);
	put8(bytes, 9);
	handmade_put_pattern(bytes, 3, 0);
	put32(bytes, 0);
	put32(bytes, 32);
}

/* 4.3: enhanced packet block. */
void handmade_put_packet(struct handmade *bytes, uint32_t interface, const struct handmade_frame *sample)
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
	handmade_put_pattern(bytes, sample->captured, sample->first);
	handmade_put_pattern(bytes, padding, 0);
	put32(bytes, length);
}

struct handmade handmade_pcapng(bool big_endian, size_t *ends)
{
	struct handmade bytes = {.big_endian = big_endian};
	handmade_put_section(&bytes);
	handmade_put_interface(&bytes, 1);
	ends[0] = bytes.count;
	for (size_t i = 0; i < HANDMADE_FRAMES; i++) {
		handmade_put_packet(&bytes, 0, &handmade_frames[i]);
		ends[i + 1] = bytes.count;
	}
	return bytes;
}

void handmade_save(const void *bytes, size_t count)
{
	FILE *file = fopen(handmade_path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

static void check_frame(const struct frame *frame, const struct handmade_frame *sample)
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

struct outcome outcome_of_path(const char *path, bool check)
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
	while ((outcome.end = source_next(source, &frame)) == STATUS_OK && outcome.frames < HANDMADE_READ_MAX) {
		assert_true(frame.wire_bytes >= frame.captured_bytes);
		assert_true(frame.t_ns >= 0);
		assert_int_equal(frame.number, outcome.frames + 1);
		touched += sum_bytes(&frame);
		if (check)
			check_frame(&frame, &handmade_frames[outcome.frames % HANDMADE_FRAMES]);
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

struct outcome outcome_of_bytes(const void *bytes, size_t count, bool check)
{
	handmade_save(bytes, count);
	return outcome_of_path(handmade_path, check);
}

void outcome_expect_whole(const struct outcome *outcome)
{
	assert_int_equal(outcome->open, STATUS_OK);
	assert_int_equal(outcome->end, STATUS_END);
	assert_int_equal(outcome->frames, HANDMADE_FRAMES);
}

void compressed_add_zstd(struct compressed *out, const uint8_t *bytes, size_t count)
{
	const size_t length = ZSTD_compress(out->at + out->count, COMPRESSED_MAX - out->count, bytes, count, 3);
	assert_false(ZSTD_isError(length));
	out->count += length;
}

void compressed_add_gzip(struct compressed *out, const uint8_t *bytes, size_t count)
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

int handmade_setup(void **state)
{
	(void)state;
	snprintf(handmade_folder, sizeof handmade_folder, "/tmp/wiretape-test-XXXXXX");
	if (!mkdtemp(handmade_folder))
		return -1;
	snprintf(handmade_path, sizeof handmade_path, "%s/capture", handmade_folder);
	return 0;
}

int handmade_teardown(void **state)
{
	(void)state;
	unlink(handmade_path);
	return rmdir(handmade_folder);
}
