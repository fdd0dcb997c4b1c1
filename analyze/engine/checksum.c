#include "analyze/engine/checksum.h"

#include <string.h>

#define BLOCK 64
#define ONES 0xffff /* of what is right, with its checksum, this is the sum */

/* Vectors that every x86-64 and ARM64 has. The lower and upper halves of 64-bit words are added apart, so that no carry is lost, and
 * folding makes one of them again. Four sums at a time, written out: twice as fast as a loop over them. */
typedef uint64_t words __attribute__((vector_size(16)));

static inline words halves(const uint8_t *bytes)
{
	const words lower = { UINT32_MAX, UINT32_MAX };
	words word;
	memcpy(&word, bytes, sizeof word);
	return (word & lower) + (word >> 32);
}

static inline uint64_t word_at(const uint8_t *bytes)
{
	uint32_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

uint64_t checksum_sum(const uint8_t *bytes, uint32_t count)
{
	words a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
	for (; count >= BLOCK; count -= BLOCK, bytes += BLOCK) {
		a += halves(bytes);
		b += halves(bytes + 16);
		c += halves(bytes + 32);
		d += halves(bytes + 48);
	}
	a += b + c + d;
	uint64_t sum = a[0] + a[1];
	for (; count >= 4; count -= 4, bytes += 4)
		sum += word_at(bytes);
	uint32_t rest = 0;
	if (count)
		memcpy(&rest, bytes, count);
	return sum + rest;
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & UINT32_MAX);
	sum = (sum >> 32) + (sum & UINT32_MAX);
	sum = (sum >> 16) + (sum & ONES);
	sum = (sum >> 16) + (sum & ONES);
	return (uint16_t)((sum >> 16) + (sum & ONES));
}

static uint64_t in_network_order(uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };
	uint32_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

/* RFC 9293 3.1, RFC 8200 8.1. The prefix ::ffff of an IPv4 address adds nothing: its sum is a multiple of 0xffff. */
static uint64_t pseudo_header(const struct packet *packet)
{
	uint64_t sum = in_network_order(packet->protocol);
	for (unsigned i = 0; i < sizeof packet->source.bytes; i += 4)
		sum += word_at(packet->source.bytes + i) + word_at(packet->destination.bytes + i);
	return sum;
}

/* Where in its header a protocol's checksum stands; -1: there is none that is known. */
static int place_of(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return 16;
	case PROTOCOL_UDP:
		return 6;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return 2;
	default:
		return -1;
	}
}

static enum checksum judge_payload(const struct packet *packet, struct view payload)
{
	int place = place_of(packet->protocol);
	if (place < 0 || payload.length < (uint32_t)place + 2)
		return CHECKSUM_UNKNOWN;
	uint16_t field;
	memcpy(&field, payload.data + place, sizeof field);
	if (packet->protocol == PROTOCOL_UDP) {
		uint32_t length = (uint32_t)payload.data[4] << 8 | payload.data[5];
		if (field == 0 || (length && (length < 8 || length > payload.length))) /* none (RFC 768, RFC 6935) */
			return CHECKSUM_UNKNOWN;
		payload.length = length ? length : payload.length;
	}
	uint64_t pseudo = packet->protocol == PROTOCOL_ICMP ? 0 : pseudo_header(packet), length = in_network_order(payload.length);
	uint64_t sum = checksum_sum(payload.data, payload.length);
	if (checksum_fold(sum + pseudo + (pseudo ? length : 0)) == ONES)
		return CHECKSUM_RIGHT;
	if (field == 0)
		return CHECKSUM_OFFLOADED;
	/* What Linux leaves to the interface (CHECKSUM_PARTIAL), and some drivers for each segment of a large one. */
	bool partial = pseudo && (field == checksum_fold(pseudo + length) || field == checksum_fold(pseudo));
	return partial ? CHECKSUM_OFFLOADED : CHECKSUM_WRONG;
}

enum checksum checksum_judge(const struct packet *packet, const uint8_t *header, uint32_t header_bytes, struct view payload)
{
	bool header_right = header_bytes == 0 || checksum_fold(checksum_sum(header, header_bytes)) == ONES;
	if (!header_right && (header[10] || header[11]))
		return CHECKSUM_WRONG;
	enum checksum of_payload = judge_payload(packet, payload);
	if (of_payload != CHECKSUM_WRONG && !header_right)
		return CHECKSUM_OFFLOADED;
	return of_payload;
}
