/* Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200) without extension headers, TCP (RFC 9293): as far as the lab's own
 * traffic needs it. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES 14
#define PROTOCOL_TCP 6

/* Beyond the frame's end every field reads as zero, which no valid header has where it matters. */
static uint8_t u8_at(const struct frame *frame, size_t at)
{
	return at < frame->length ? frame->bytes[at] : 0;
}

static uint16_t u16_at(const struct frame *frame, size_t at)
{
	return (uint16_t)(u8_at(frame, at) << 8 | u8_at(frame, at + 1));
}

static uint32_t u32_at(const struct frame *frame, size_t at)
{
	return (uint32_t)u16_at(frame, at) << 16 | u16_at(frame, at + 2);
}

static void parse_timestamps(const struct frame *frame, size_t at, size_t end, struct segment *segment)
{
	while (at < end) {
		uint8_t kind = u8_at(frame, at);

		if (kind == 0)
			return;
		if (kind == 1) {
			at++;
			continue;
		}
		if (kind == 8 && at + 10 <= end) {
			segment->timestamps = true;
			segment->tsval = u32_at(frame, at + 2);
			segment->tsecr = u32_at(frame, at + 6);
			return;
		}
		if (u8_at(frame, at + 1) < 2)
			return;
		at += u8_at(frame, at + 1);
	}
}

/* Fills `segment` from the TCP header at `at`; `tcp_length` is header and payload as the IP header says. */
static void parse_tcp(const struct frame *frame, size_t at, size_t tcp_length, struct segment *segment)
{
	size_t header = (size_t)(u8_at(frame, at + 12) >> 4) * 4;

	if (header < 20 || tcp_length < header || at + tcp_length > frame->length)
		return;
	segment->tcp = true;
	segment->src_port = u16_at(frame, at);
	segment->dst_port = u16_at(frame, at + 2);
	segment->seq = u32_at(frame, at + 4);
	segment->ack = u32_at(frame, at + 8);
	segment->flags = u8_at(frame, at + 13);
	segment->window = u16_at(frame, at + 14);
	segment->payload = (uint32_t)(tcp_length - header);
	segment->payload_at = at + header;
	parse_timestamps(frame, at + 20, at + header, segment);
}

static void parse_frame(struct frame *frame)
{
	struct segment *segment = &frame->segment;
	size_t ip = frame->vnet_length + ETHERNET_BYTES;
	uint16_t ethertype = u16_at(frame, ip - 2);

	if (ethertype == 0x0800 && u8_at(frame, ip + 9) == PROTOCOL_TCP && ip + 20 <= frame->length) {
		size_t header = (size_t)(u8_at(frame, ip) & 15) * 4;
		size_t total = u16_at(frame, ip + 2);

		segment->version = 4;
		segment->ip_id = u16_at(frame, ip + 4);
		memcpy(segment->src, frame->bytes + ip + 12, 4);
		memcpy(segment->dst, frame->bytes + ip + 16, 4);
		if (total >= header)
			parse_tcp(frame, ip + header, total - header, segment);
	} else if (ethertype == 0x86dd && u8_at(frame, ip + 6) == PROTOCOL_TCP && ip + 40 <= frame->length) {
		segment->version = 6;
		memcpy(segment->src, frame->bytes + ip + 8, 16);
		memcpy(segment->dst, frame->bytes + ip + 24, 16);
		parse_tcp(frame, ip + 40, u16_at(frame, ip + 4), segment);
	}
	/* virtio_net_hdr: flags, gso_type, hdr_len, gso_size, in the machine's byte order. */
	if (frame->vnet_length >= 10 && frame->bytes[1] != 0) {
		uint16_t gso_size;

		memcpy(&gso_size, frame->bytes + 4, sizeof(gso_size));
		segment->gso_size = gso_size;
	}
	if (segment->payload > 0)
		segment->segments = segment->gso_size == 0 ? 1
				    : (segment->payload + segment->gso_size - 1) / segment->gso_size;
}

struct frame *frame_new(const uint8_t *bytes, size_t length, size_t vnet_length)
{
	struct frame *frame = calloc(1, sizeof(*frame) + length);

	if (frame == NULL)
		return NULL;
	memcpy(frame->bytes, bytes, length);
	frame->length = length;
	frame->vnet_length = vnet_length;
	parse_frame(frame);
	return frame;
}

struct frame *frame_duplicate(const struct frame *frame)
{
	size_t bytes = sizeof(*frame) + frame->length;
	struct frame *copy = malloc(bytes);

	if (copy == NULL)
		return NULL;
	memcpy(copy, frame, bytes);
	copy->marks |= MARK_DUPLICATE;
	return copy;
}

bool segment_is_pure_ack(const struct segment *segment)
{
	return segment->tcp && segment->payload == 0 && (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
}
