#include "analyze/engine/packet.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/tcp_options.h"

#include <string.h>

#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define TCP_BYTES 20
#define UDP_BYTES 8
#define ICMP_BYTES 8
#define EXTENSIONS_MAX 8

#define TAGS_BYTES 8 /* of VLANs, by which the links of two copies of a packet differ at the most */

/* What is left of a frame: `captured` bytes at `data`, standing for `length` bytes on the wire. */
struct view {
	const uint8_t *data;
	uint32_t captured, length;
};

static bool step(struct view *view, uint32_t bytes)
{
	if (view->captured < bytes || view->length < bytes)
		return false;
	view->data += bytes;
	view->captured -= bytes;
	view->length -= bytes;
	return true;
}

static void limit(struct view *view, uint32_t length)
{
	view->length = length;
	if (view->captured > length)
		view->captured = length;
}

/* The result for a header of which `bytes` are needed and fewer are there. */
static enum packet_result too_short(const struct view *view, uint32_t bytes)
{
	return view->length < bytes ? PACKET_MALFORMED : PACKET_SNAPPED;
}

/* Of the first and the last few captured bytes. Where the snap length has cut the packet, the end is left out: a copy with more
 * VLAN tags does not have it. */
static uint32_t hash_payload(const uint8_t *payload, uint32_t count)
{
	uint64_t first = 0, last = 0;
	if (count < sizeof first) {
		memcpy(&first, payload, count);
	} else {
		memcpy(&first, payload, sizeof first);
		memcpy(&last, payload + count - sizeof last, sizeof last);
	}
	return (uint32_t)(((first * 0x9e3779b97f4a7c15u ^ last) * 0xbf58476d1ce4e5b9u) >> 32);
}

static uint32_t comparable_bytes(const struct packet *packet, uint32_t captured)
{
	if (captured >= packet->payload_bytes || packet->vlan_bytes >= TAGS_BYTES)
		return captured;
	uint32_t spare = TAGS_BYTES - packet->vlan_bytes;
	return captured > spare ? captured - spare : 0;
}

static void set_payload(struct packet *packet, const struct view *view, uint32_t header)
{
	if (view->captured <= header)
		return;
	packet->payload = view->data + header;
	packet->payload_captured = view->captured - header;
}

static enum packet_result decode_tcp(struct view view, struct packet *packet)
{
	if (view.captured < TCP_BYTES || view.length < TCP_BYTES)
		return too_short(&view, TCP_BYTES);
	const uint8_t *tcp = view.data;
	uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
	if (header < TCP_BYTES || header > view.length)
		return PACKET_MALFORMED;
	packet->source_port = be16(tcp);
	packet->destination_port = be16(tcp + 2);
	packet->seq = be32(tcp + 4);
	packet->ack = be32(tcp + 8);
	packet->tcp_flags = tcp[13];
	packet->window = be16(tcp + 14);
	packet->tcp_header_bytes = (uint8_t)header;
	packet->payload_bytes = view.length - header;
	uint32_t captured = header < view.captured ? header : view.captured;
	packet->options_cut = captured < header;
	set_payload(packet, &view, header);
	uint32_t payload = comparable_bytes(packet, view.captured - captured);
	if (payload)
		packet->payload_hash = hash_payload(tcp + header, payload);
	if (header > TCP_BYTES)
		tcp_options_decode(tcp + TCP_BYTES, captured - TCP_BYTES, packet);
	return PACKET_DECODED;
}

static enum packet_result decode_udp(struct view view, struct packet *packet)
{
	if (view.captured < UDP_BYTES || view.length < UDP_BYTES)
		return too_short(&view, UDP_BYTES);
	packet->source_port = be16(view.data);
	packet->destination_port = be16(view.data + 2);
	packet->payload_bytes = view.length - UDP_BYTES;
	set_payload(packet, &view, UDP_BYTES);
	return PACKET_DECODED;
}

static enum packet_result decode_icmp(struct view view, struct packet *packet)
{
	if (view.captured < ICMP_BYTES || view.length < ICMP_BYTES)
		return too_short(&view, ICMP_BYTES);
	packet->icmp_type = view.data[0];
	packet->icmp_code = view.data[1];
	bool echo = packet->protocol == PROTOCOL_ICMP ? packet->icmp_type == 0 || packet->icmp_type == 8
						      : packet->icmp_type == 128 || packet->icmp_type == 129;
	if (echo)
		packet->source_port = be16(view.data + 4); /* the identifier, the same both ways */
	memcpy(packet->icmp_rest, view.data + 4, sizeof packet->icmp_rest);
	packet->payload_bytes = view.length - ICMP_BYTES;
	set_payload(packet, &view, ICMP_BYTES);
	return PACKET_DECODED;
}

static enum packet_result decode_transport(struct view view, struct packet *packet)
{
	switch (packet->protocol) {
	case PROTOCOL_TCP:
		return decode_tcp(view, packet);
	case PROTOCOL_UDP:
		return decode_udp(view, packet);
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return decode_icmp(view, packet);
	default:
		packet->payload_bytes = view.length;
		return PACKET_DECODED;
	}
}

static void set_fragment(struct packet *packet, uint32_t id, uint32_t offset, bool more, uint32_t bytes)
{
	packet->fragment = true;
	packet->fragment_id = id;
	packet->fragment_offset = offset;
	packet->more_fragments = more;
	packet->fragment_bytes = bytes;
}

static void map_ipv4(struct address *address, const uint8_t *bytes)
{
	address->bytes[10] = address->bytes[11] = 0xff;
	memcpy(address->bytes + 12, bytes, 4);
}

static enum packet_result decode_ipv4(struct view view, struct packet *packet)
{
	if (view.captured < IPV4_BYTES || view.length < IPV4_BYTES)
		return too_short(&view, IPV4_BYTES);
	const uint8_t *ip = view.data;
	uint32_t header = (uint32_t)(ip[0] & 0x0f) * 4;
	uint32_t total = be16(ip + 2);
	if (ip[0] >> 4 != 4 || header < IPV4_BYTES)
		return PACKET_MALFORMED;
	if (total == 0) /* segmentation offload and BIG TCP leave it to the link's length */
		total = view.length;
	if (total < header)
		return PACKET_MALFORMED;
	packet->ecn = ip[1] & 3;
	packet->ip_id = be16(ip + 4);
	packet->ttl = ip[8];
	packet->protocol = ip[9];
	map_ipv4(&packet->source, ip + 12);
	map_ipv4(&packet->destination, ip + 16);
	uint32_t fragment = be16(ip + 6);
	packet->has_ip_id = packet->ip_id != 0 || !(fragment & 0x4000);
	limit(&view, total);
	if (!step(&view, header))
		return PACKET_SNAPPED;
	if (fragment & 0x3fff) {
		set_fragment(packet, packet->ip_id, (fragment & 0x1fff) * 8, fragment & 0x2000, view.length);
		if (fragment & 0x1fff)
			return PACKET_DECODED;
	}
	return decode_transport(view, packet);
}

/* Walks the extension headers (RFC 8200 4) to the transport header. */
static enum packet_result decode_extensions(struct view view, uint8_t next, struct packet *packet)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		bool known = next == 0 || next == 43 || next == 60 || next == 44 || next == 51;
		packet->protocol = next;
		if (!known)
			return decode_transport(view, packet);
		if (view.captured < 8 || view.length < 8)
			return too_short(&view, 8);
		const uint8_t *extension = view.data;
		uint32_t bytes = ((uint32_t)extension[1] + 1) * 8;
		uint8_t kind = next;
		next = extension[0];
		if (kind == 51) /* authentication header counts in 4 bytes (RFC 4302 2.2) */
			bytes = ((uint32_t)extension[1] + 2) * 4;
		if (kind == 44)
			bytes = 8;
		if (bytes > view.length)
			return PACKET_MALFORMED;
		if (!step(&view, bytes))
			return PACKET_SNAPPED;
		if (kind != 44)
			continue;
		uint32_t offset = be16(extension + 2) & 0xfff8u;
		bool more = extension[3] & 1;
		if (offset || more)
			set_fragment(packet, be32(extension + 4), offset, more, view.length);
		packet->protocol = next;
		if (offset)
			return PACKET_DECODED;
	}
	return PACKET_MALFORMED;
}

static enum packet_result decode_ipv6(struct view view, struct packet *packet)
{
	if (view.captured < IPV6_BYTES || view.length < IPV6_BYTES)
		return too_short(&view, IPV6_BYTES);
	const uint8_t *ip = view.data;
	if (ip[0] >> 4 != 6)
		return PACKET_MALFORMED;
	uint32_t payload = be16(ip + 4);
	uint8_t next = ip[6];
	packet->ecn = (ip[1] >> 4) & 3;
	packet->ttl = ip[7];
	memcpy(packet->source.bytes, ip + 8, 16);
	memcpy(packet->destination.bytes, ip + 24, 16);
	step(&view, IPV6_BYTES);
	if (payload != 0) /* a jumbogram (RFC 2675) and BIG TCP leave it to the link's length */
		limit(&view, payload);
	return decode_extensions(view, next, packet);
}

enum packet_result packet_decode(const struct frame *frame, struct packet *packet)
{
	struct link link;
	switch (link_decode(frame, &link)) {
	case LINK_UNSUPPORTED:
		return PACKET_UNSUPPORTED_LINK;
	case LINK_CUT:
		return frame->wire_bytes > frame->captured_bytes ? PACKET_SNAPPED : PACKET_MALFORMED;
	case LINK_DECODED:
		break;
	}
	*packet = (struct packet){
		.t_ns = frame->t_ns,
		.frame = frame->number,
		.frames = 1,
		.wire_bytes = frame->wire_bytes,
		.link_identity = link.identity,
		.interface = link.interface,
		.vlan = link.vlan,
		.vlan_bytes = link.vlan_bytes,
		.window_scale = NO_WINDOW_SCALE,
	};
	struct view view = { frame->data, frame->captured_bytes, frame->wire_bytes };
	if (!step(&view, link.offset))
		return PACKET_SNAPPED;
	switch (link.ethertype) {
	case ETHERTYPE_IPV4:
		return decode_ipv4(view, packet);
	case ETHERTYPE_IPV6:
		return decode_ipv6(view, packet);
	default:
		return PACKET_NOT_IP;
	}
}
