/* Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200) without extension headers, TCP (RFC 9293): as far as the lab's own
 * traffic needs it. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES 14
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define VXLAN_PORT 4789

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

/* Fills `segment` from the Ethernet frame at `at`, or from the one that VXLAN (RFC 7348) carries in it. */
static void parse_ethernet(const struct frame *frame, size_t at, struct segment *segment)
{
	size_t ip = at + ETHERNET_BYTES;
	uint16_t ethertype = u16_at(frame, at + 12);

	if (ethertype == 0x0800 && ip + 20 <= frame->length) {
		size_t header = (size_t)(u8_at(frame, ip) & 15) * 4;
		size_t total = u16_at(frame, ip + 2);
		uint8_t protocol = u8_at(frame, ip + 9);

		if (protocol == PROTOCOL_UDP && u16_at(frame, ip + header + 2) == VXLAN_PORT) {
			parse_ethernet(frame, ip + header + 16, segment);
			return;
		}
		if (protocol != PROTOCOL_TCP || total < header)
			return;
		segment->version = 4;
		segment->ip_at = ip;
		segment->ip_id = u16_at(frame, ip + 4);
		memcpy(segment->src, frame->bytes + ip + 12, 4);
		memcpy(segment->dst, frame->bytes + ip + 16, 4);
		parse_tcp(frame, ip + header, total - header, segment);
	} else if (ethertype == 0x86dd && u8_at(frame, ip + 6) == PROTOCOL_TCP && ip + 40 <= frame->length) {
		segment->version = 6;
		segment->ip_at = ip;
		memcpy(segment->src, frame->bytes + ip + 8, 16);
		memcpy(segment->dst, frame->bytes + ip + 24, 16);
		parse_tcp(frame, ip + 40, u16_at(frame, ip + 4), segment);
	}
}

static void parse_frame(struct frame *frame)
{
	struct segment *segment = &frame->segment;

	parse_ethernet(frame, frame->vnet_length, segment);
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

bool frame_mark_congestion(struct frame *frame)
{
	const struct segment *segment = &frame->segment;
	uint8_t *ip = frame->bytes + segment->ip_at;

	if (segment->version != 4 || (ip[1] & 3) == 0)
		return false;

	/* The header's checksum follows the change of one 16-bit word (RFC 1624, equation 3). */
	uint16_t before = u16_at(frame, segment->ip_at);
	uint32_t sum = (uint16_t)~u16_at(frame, segment->ip_at + 10);

	ip[1] |= 3;
	sum += (uint32_t)(uint16_t)~before + u16_at(frame, segment->ip_at);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
	return true;
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
