#include "analyze/engine/packet.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/checksum.h"
#include "analyze/engine/tcp_options.h"
#include "analyze/engine/tunnel.h"
#include "analyze/engine/view.h"

#include <stddef.h>
#include <string.h>

#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define TCP_BYTES 20
#define UDP_BYTES 8
#define ICMP_BYTES 8
#define EXTENSIONS_MAX 8

#define TAGS_BYTES 8 /* of VLANs, by which the links of two copies of a packet differ at the most */
#define TUNNELS_MAX 8
#define TUNNEL_BYTES_LEAST 50 /* VXLAN over IPv4, Ethernet in it: with fewer bytes of payload a copy in a tunnel has lost its headers */
#define TUNNEL_BYTES_USUAL 70 /* the same over IPv6 */

/* One header of IP, taken off. */
struct ip {
	const uint8_t *header; /* of IPv4, to be summed */
	uint32_t header_bytes; /* 0: IPv6 */
	bool routed;	       /* IPv6: the destination in the header is not the last one, which checksums cover (RFC 8200 8.1) */
	bool inside;	       /* a tunnel: that says where it ends */
	struct view payload;
};

/* The result for a header of which `bytes` are needed and fewer are there. */
static enum packet_result too_short(const struct view *view, uint32_t bytes)
{
	return view->length < bytes ? PACKET_MALFORMED : PACKET_SNAPPED;
}

/* Of the first and the last few captured bytes. Where the snap length has cut the packet, the end is left out: a copy with more
 * VLAN tags does not have it. The counters of many protocols stand in the second eight bytes. */
static uint32_t hash_payload(const uint8_t *payload, uint32_t count)
{
	uint64_t first = 0, second = 0, last = 0;
	if (count < sizeof first) {
		memcpy(&first, payload, count);
	} else {
		memcpy(&first, payload, sizeof first);
		if (count >= sizeof first + sizeof second)
			memcpy(&second, payload + sizeof first, sizeof second);
		memcpy(&last, payload + count - sizeof last, sizeof last);
	}
	first = first * 0x9e3779b97f4a7c15u ^ second;
	return (uint32_t)(((first * 0x9e3779b97f4a7c15u ^ last) * 0xbf58476d1ce4e5b9u) >> 32);
}

static uint32_t comparable_bytes(const struct packet *packet, uint32_t captured)
{
	if (captured >= packet->payload_bytes)
		return captured;
	uint32_t own = (uint32_t)packet->vlan_bytes + packet->tunnel_bytes, most = captured + own;
	uint32_t spare = most < TUNNEL_BYTES_LEAST ? TAGS_BYTES : TAGS_BYTES + TUNNEL_BYTES_USUAL;
	if (own >= spare)
		return captured;
	return most > spare ? most - spare : 0;
}

/* What stands behind `header` bytes; payload_bytes is known. */
static void set_payload(struct packet *packet, const struct view *view, uint32_t header)
{
	if (view->captured <= header)
		return;
	packet->payload = view->data + header;
	packet->payload_captured = view->captured - header;
	uint32_t bytes = comparable_bytes(packet, packet->payload_captured);
	if (bytes)
		packet->payload_hash = hash_payload(packet->payload, bytes);
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

static enum packet_result decode_protocol(struct view view, struct packet *packet)
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
		set_payload(packet, &view, 0);
		packet->payload = NULL; /* nobody reads it */
		packet->payload_captured = 0;
		return PACKET_DECODED;
	}
}

static enum packet_result decode_transport(const struct ip *ip, struct packet *packet)
{
	enum packet_result result = decode_protocol(ip->payload, packet);
	bool whole = ip->payload.captured >= ip->payload.length && !packet->fragment && !ip->routed;
	if (result == PACKET_DECODED && whole)
		packet->checksum = (uint8_t)checksum_judge(packet, ip->header, ip->header_bytes, ip->payload);
	return result;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t mix_address(uint64_t hash, const struct address *address)
{
	uint64_t words[2];
	memcpy(words, address->bytes, sizeof words);
	return mix(mix(hash, words[0]), words[1]);
}

static void set_fragment(struct packet *packet, uint32_t id, uint32_t offset, bool more, uint32_t bytes)
{
	uint64_t hash = mix((uint64_t)packet->network << 32 | packet->link_identity, (uint64_t)packet->protocol << 32 | id);
	packet->fragment = true;
	packet->fragment_id = id;
	packet->fragment_key = mix_address(mix_address(hash, &packet->source), &packet->destination);
	packet->fragment_offset = offset;
	packet->more_fragments = more;
	packet->fragment_bytes = bytes;
}

static enum packet_result decode_ipv4(struct view view, struct packet *packet, struct ip *ip)
{
	if (view.captured < IPV4_BYTES || view.length < IPV4_BYTES)
		return too_short(&view, IPV4_BYTES);
	const uint8_t *header = view.data;
	uint32_t header_bytes = (uint32_t)(header[0] & 0x0f) * 4;
	uint32_t total = be16(header + 2);
	if (header[0] >> 4 != 4 || header_bytes < IPV4_BYTES)
		return PACKET_MALFORMED;
	if (total == 0) /* segmentation offload and BIG TCP leave it to the link's length */
		total = view.length;
	if (total < header_bytes || (ip->inside && total > view.length))
		return PACKET_MALFORMED;
	packet->dscp = header[1] >> 2;
	packet->ecn = header[1] & 3;
	packet->ip_id = be16(header + 4);
	packet->ttl = header[8];
	packet->protocol = header[9];
	packet->source = address_of_ipv4(header + 12);
	packet->destination = address_of_ipv4(header + 16);
	uint32_t fragment = be16(header + 6);
	packet->has_ip_id = packet->ip_id != 0 || !(fragment & 0x4000);
	view_limit(&view, total);
	if (!view_step(&view, header_bytes))
		return PACKET_SNAPPED;
	*ip = (struct ip){ .header = header, .header_bytes = header_bytes, .inside = ip->inside, .payload = view };
	if (fragment & 0x3fff)
		set_fragment(packet, packet->ip_id, (fragment & 0x1fff) * 8, fragment & 0x2000, view.length);
	return PACKET_DECODED;
}

/* The length that a jumbogram says in its hop-by-hop options (RFC 2675 2), where IPv6's own says 0; 0: it does not. */
static uint32_t jumbo_length(const uint8_t *options, uint32_t bytes)
{
	for (uint32_t at = 2; at + 1 < bytes;) {
		uint8_t type = options[at], length = options[at + 1];
		if (type == 0xc2 && length == 4 && at + 6 <= bytes)
			return be32(options + at + 2);
		at += type == 0 ? 1 : 2u + length; /* Pad1 has no length */
	}
	return 0;
}

/* Walks the extension headers (RFC 8200 4) to what they are before. */
static enum packet_result decode_extensions(struct view view, uint8_t next, bool jumbo, struct packet *packet, struct ip *ip)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		bool known = next == 0 || next == 43 || next == 60 || next == 44 || next == 51;
		packet->protocol = next;
		ip->payload = view;
		if (!known)
			return PACKET_DECODED;
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
		if (view.captured < bytes)
			return PACKET_SNAPPED;
		uint32_t length = kind == 0 && jumbo ? jumbo_length(extension, bytes) : 0;
		if (length && (length < bytes || (ip->inside && length > view.length)))
			return PACKET_MALFORMED;
		if (length)
			view_limit(&view, length);
		view_step(&view, bytes);
		ip->routed |= kind == 43 && extension[3] > 0;
		if (kind != 44)
			continue;
		uint32_t offset = be16(extension + 2) & 0xfff8u;
		bool more = extension[3] & 1;
		packet->protocol = next;
		if (offset || more)
			set_fragment(packet, be32(extension + 4), offset, more, view.length);
		ip->payload = view;
		if (offset)
			return PACKET_DECODED;
	}
	return PACKET_MALFORMED;
}

static enum packet_result decode_ipv6(struct view view, struct packet *packet, struct ip *ip)
{
	if (view.captured < IPV6_BYTES || view.length < IPV6_BYTES)
		return too_short(&view, IPV6_BYTES);
	const uint8_t *header = view.data;
	if (header[0] >> 4 != 6)
		return PACKET_MALFORMED;
	uint32_t payload = be16(header + 4);
	uint8_t next = header[6];
	packet->dscp = (uint8_t)((header[0] & 0x0f) << 2 | header[1] >> 6);
	packet->ecn = (header[1] >> 4) & 3;
	packet->ttl = header[7];
	packet->has_ip_id = false;
	packet->ip_id = 0;
	memcpy(packet->source.bytes, header + 8, 16);
	memcpy(packet->destination.bytes, header + 24, 16);
	view_step(&view, IPV6_BYTES);
	if (ip->inside && payload > view.length)
		return PACKET_MALFORMED;
	if (payload != 0) /* a jumbogram (RFC 2675) and BIG TCP leave it to an option or to the link's length */
		view_limit(&view, payload);
	ip->header_bytes = 0;
	ip->routed = false;
	return decode_extensions(view, next, payload == 0, packet, ip);
}

/* A packet in a tunnel: what is known so far is the outermost tunnel's. */
static void enter_tunnel(struct packet *packet, const struct tunnel *tunnel, bool has_ends)
{
	if (packet->tunnel == TUNNEL_NONE) {
		packet->tunnel = (uint8_t)tunnel->kind;
		packet->tunnel_id = tunnel->id;
		packet->tunnel_has_ends = has_ends;
		if (has_ends) {
			packet->tunnel_source = packet->source;
			packet->tunnel_destination = packet->destination;
		}
	}
	uint64_t hash = mix(mix(0, (uint64_t)tunnel->kind << 32 | tunnel->id), packet->link_identity);
	packet->link_identity = (uint32_t)(hash >> 32);
	if (tunnel->tenant == 0)
		return;
	packet->network = (uint32_t)(mix(mix(packet->network, (uint64_t)tunnel->kind << 32 | tunnel->tenant), 1) >> 40);
	if (packet->network == 0 || packet->network == NETWORK_BARE)
		packet->network = 1;
}

static enum packet_result decode_ip(uint16_t ethertype, struct view view, struct packet *packet, struct ip *ip)
{
	switch (ethertype) {
	case ETHERTYPE_IPV4:
		return decode_ipv4(view, packet, ip);
	case ETHERTYPE_IPV6:
		return decode_ipv6(view, packet, ip);
	default:
		return PACKET_NOT_IP;
	}
}

/* What a packet is if the tunnel that it seems to be proves to be none. */
struct outer {
	bool known;
	struct ip ip;
	struct packet packet;
};

/* Takes one layer off: IP or what is between it and the link. True if there is a packet in it, of `ethertype` at `view`. */
static bool open_layer(uint16_t *ethertype, struct view *view, struct packet *packet, struct ip *ip, struct outer *outer,
		       enum packet_result *result)
{
	struct tunnel tunnel;
	bool is_ip = *ethertype == ETHERTYPE_IPV4 || *ethertype == ETHERTYPE_IPV6;
	bool in_fragment = outer->known && !ip->inside;
	*result = is_ip ? decode_ip(*ethertype, *view, packet, ip) : PACKET_NOT_IP;
	if (is_ip && *result != PACKET_DECODED)
		return false;
	if (is_ip)
		*view = ip->payload;
	bool likely = !is_ip || (tunnel_is_likely(packet->protocol) && !(packet->fragment && (packet->fragment_offset || in_fragment)));
	enum tunnel_result opened = TUNNEL_IS_NONE;
	if (likely)
		opened = is_ip ? tunnel_open_ip(packet->protocol, view, &tunnel) : tunnel_open_link(*ethertype, view, &tunnel);
	if (opened == TUNNEL_CUT)
		*result = PACKET_SNAPPED;
	if (opened != TUNNEL_OPENED)
		return false;
	if (is_ip) {
		*outer = (struct outer){ .known = true, .ip = *ip, .packet = *packet };
		ip->inside = !packet->fragment && !in_fragment;
		packet->fragment = false;
	} else if (!outer->known) {
		ip->inside = true;
	}
	enter_tunnel(packet, &tunnel, is_ip);
	*ethertype = tunnel.ethertype;
	return true;
}

static bool is_later_fragment(const struct packet *packet)
{
	return packet->fragment && packet->fragment_offset;
}

static enum packet_result decode_layers(uint16_t ethertype, struct view view, struct packet *packet)
{
	const uint8_t *start = view.data;
	struct ip ip = { .inside = false };
	enum packet_result result = decode_ip(ethertype, view, packet, &ip);
	if (result == PACKET_DECODED && !tunnel_is_likely(packet->protocol)) /* nearly all come this way */
		return is_later_fragment(packet) ? PACKET_DECODED : decode_transport(&ip, packet);
	struct outer outer;
	outer.known = false;
	packet->fragment = false;
	for (int depth = 0; depth < TUNNELS_MAX; depth++) {
		packet->tunnel_bytes = (uint16_t)(view.data - start < UINT16_MAX ? view.data - start : UINT16_MAX);
		if (!open_layer(&ethertype, &view, packet, &ip, &outer, &result))
			break;
		result = PACKET_MALFORMED; /* too many */
	}
	bool in_fragment = outer.known && !ip.inside;
	if (result == PACKET_DECODED && !is_later_fragment(packet))
		result = decode_transport(&ip, packet);
	if (result == PACKET_DECODED && in_fragment && packet->fragment)
		result = PACKET_MALFORMED; /* a fragment in a fragment */
	if (outer.known && (result == PACKET_MALFORMED || result == PACKET_NOT_IP)) {
		*packet = outer.packet;
		result = decode_transport(&outer.ip, packet);
	}
	if (in_fragment && !packet->fragment)
		packet->fragment = packet->fragment_in_tunnel = true;
	return result;
}

/* An initialiser would clear all of it by `rep stos`, whose start alone took 3 % of the engine's time. */
static void begin(struct packet *packet, const struct frame *frame, const struct link *link)
{
	const size_t from = offsetof(struct packet, tunnel), to = offsetof(struct packet, source);
	memset((uint8_t *)packet + from, 0, to - from);
	packet->t_ns = frame->t_ns;
	packet->frame = frame->number;
	packet->frames = 1;
	packet->wire_bytes = frame->wire_bytes;
	packet->link_identity = link->identity;
	packet->interface = link->interface;
	packet->vlan = link->vlan;
	packet->vlan_bytes = link->vlan_bytes;
	packet->window_scale = NO_WINDOW_SCALE;
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
	begin(packet, frame, &link);
	struct view view = { frame->data, frame->captured_bytes, frame->wire_bytes };
	if (!view_step(&view, link.offset))
		return PACKET_SNAPPED;
	return decode_layers(link.ethertype, view, packet);
}
