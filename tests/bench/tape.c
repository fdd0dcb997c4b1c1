#include "tests/bench/tape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 1 << 20, /* small enough to stay in cache until write(2) copies it */
	RECORD_HEADER_BYTES = 16,
	ETHERNET_BYTES = 14,
	IP_BYTES = 20,
	TCP_BYTES = 20,
	HEADERS_MAX = ETHERNET_BYTES + IP_BYTES + 60,
	SNAPLEN_MAX = 65535,
	RECORD_MAX = RECORD_HEADER_BYTES + SNAPLEN_MAX,
	MSS = 1460,
};

struct tape {
	int fd;
	struct tape_options options;
	uint64_t written;
	size_t used;
	uint8_t buffer[BUFFER_BYTES];
};

static void put_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at + 2, value);
}

/* The pcap headers are in the byte order of the writer. */
static void put_host_u32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof value);
}

/* RFC 1071 over whole 32-bit words, added to `sum`. The sum does not depend on byte order. */
static uint64_t sum_words(uint64_t sum, const uint8_t *at, uint32_t bytes)
{
	for (uint32_t i = 0; i + 4 <= bytes; i += 4) {
		uint32_t word;
		memcpy(&word, at + i, sizeof word);
		sum += word;
	}
	return sum;
}

static void put_checksum(uint8_t *at, uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	uint16_t checksum = (uint16_t)~sum;
	memcpy(at, &checksum, sizeof checksum);
}

struct tape *tape_new(int fd, const struct tape_options *options)
{
	struct tape *tape = malloc(sizeof *tape);
	if (!tape)
		return NULL;
	tape->fd = fd;
	tape->options = *options;
	tape->written = 0;
	uint8_t *header = tape->buffer;
	put_host_u32(header, options->microseconds ? 0xa1b2c3d4 : 0xa1b23c4d);
	put_host_u32(header + 4, 2 | 4 << 16); /* version 2.4, two little uint16_t */
	put_host_u32(header + 8, 0);
	put_host_u32(header + 12, 0);
	put_host_u32(header + 16, options->snaplen);
	put_host_u32(header + 20, 1); /* LINKTYPE_ETHERNET */
	tape->used = 24;
	return tape;
}

void tape_free(struct tape *tape)
{
	free(tape);
}

uint64_t tape_bytes(const struct tape *tape)
{
	return tape->written + tape->used;
}

bool tape_flush(struct tape *tape)
{
	size_t done = 0;
	while (done < tape->used) {
		ssize_t n = write(tape->fd, tape->buffer + done, tape->used - done);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	tape->written += tape->used;
	tape->used = 0;
	return true;
}

static uint32_t put_options(uint8_t *at, const struct segment *segment)
{
	static const uint8_t syn[] = {2, 4, MSS >> 8, MSS & 0xff, 4, 2}; /* MSS, SACK permitted */
	static const uint8_t scale[] = {1, 3, 3, WINDOW_SCALE};
	uint32_t used = 0;

	if (segment->flags & TCP_SYN) {
		memcpy(at, syn, sizeof syn);
		used = sizeof syn;
	} else {
		at[used++] = 1;
		at[used++] = 1;
	}
	at[used] = 8;
	at[used + 1] = 10;
	put_u32(at + used + 2, segment->ts_value);
	put_u32(at + used + 6, segment->ts_echo);
	used += 10;
	if (segment->flags & TCP_SYN) {
		memcpy(at + used, scale, sizeof scale);
		used += (uint32_t)sizeof scale;
	}
	if (segment->sack_blocks) {
		at[used++] = 1;
		at[used++] = 1;
		at[used++] = 5;
		at[used++] = (uint8_t)(2 + 8 * segment->sack_blocks);
	}
	for (unsigned i = 0; i < segment->sack_blocks; i++) {
		put_u32(at + used, segment->sack_left[i]);
		put_u32(at + used + 4, segment->sack_right[i]);
		used += 8;
	}
	return used;
}

/* Returns the length of the header. */
static uint32_t put_tcp(uint8_t *tcp, const struct segment *segment, uint64_t addresses_sum)
{
	put_u16(tcp, segment->source_port);
	put_u16(tcp + 2, segment->destination_port);
	put_u32(tcp + 4, segment->seq);
	put_u32(tcp + 8, segment->ack);
	put_u16(tcp + 14, segment->window);
	put_u32(tcp + 16, 0);
	uint32_t bytes = TCP_BYTES + put_options(tcp + TCP_BYTES, segment);
	tcp[12] = (uint8_t)(bytes << 2); /* data offset: words, in the upper four bits */
	tcp[13] = segment->flags;

	uint8_t pseudo[4] = {0, 6};
	put_u16(pseudo + 2, bytes + segment->payload_bytes);
	put_checksum(tcp + 16, sum_words(sum_words(addresses_sum, pseudo, 4), tcp, bytes));
	return bytes;
}

static void put_ip(uint8_t *ip, const struct segment *segment)
{
	put_u16(ip, 0x4500);
	put_u16(ip + 4, segment->ip_id);
	put_u16(ip + 6, 0x4000); /* don't fragment */
	put_u32(ip + 8, 0x40060000);
	put_u32(ip + 12, segment->source_ip);
	put_u32(ip + 16, segment->destination_ip);
}

uint32_t tape_write(struct tape *tape, int64_t t_ns, const struct segment *segment)
{
	static const uint8_t ethernet[ETHERNET_BYTES] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};

	if (BUFFER_BYTES - tape->used < RECORD_MAX && !tape_flush(tape))
		return 0;
	uint8_t *record = tape->buffer + tape->used;
	uint8_t *frame = record + RECORD_HEADER_BYTES, *ip = frame + ETHERNET_BYTES;

	memcpy(frame, ethernet, sizeof ethernet);
	put_ip(ip, segment);
	uint32_t headers = ETHERNET_BYTES + IP_BYTES + put_tcp(ip + IP_BYTES, segment, sum_words(0, ip + 12, 8));
	uint32_t wire = headers + segment->payload_bytes;
	put_u16(ip + 2, wire - ETHERNET_BYTES);
	put_checksum(ip + 10, sum_words(0, ip, IP_BYTES));

	uint32_t captured = wire < tape->options.snaplen ? wire : tape->options.snaplen;
	if (captured > headers)
		memset(frame + headers, 0, captured - headers);
	uint32_t fraction = (uint32_t)(t_ns % 1000000000);
	put_host_u32(record, (uint32_t)(t_ns / 1000000000));
	put_host_u32(record + 4, tape->options.microseconds ? fraction / 1000 : fraction);
	put_host_u32(record + 8, captured);
	put_host_u32(record + 12, wire);
	tape->used += RECORD_HEADER_BYTES + captured;
	return wire;
}
