#include "capture/slice.h"

#include "analyze/engine/application/http_line.h"
#include "analyze/engine/bytes.h"
#include "analyze/engine/link.h"
#include "analyze/engine/packet.h"
#include "analyze/engine/tunnel.h"

#include <stdlib.h>
#include <string.h>

#define CELLS 65536 /* power of two */
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_RARP 0x8035
#define ETHERNET_BYTES 14
#define ARP_BYTES 8 /* before the addresses */
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define TCP_BYTES 20
#define UDP_BYTES 8
#define ICMP_BYTES 8
#define QUOTED_BYTES 8
#define ARP_HARDWARE_MAX 20 /* InfiniBand (RFC 4391); more is no address */
#define ARP_PROTOCOL_MAX 16
#define EXTENSIONS_MAX 8
#define EXTENSIONS_BYTES 256 /* of all, that `headers` believes to be header: a segment routing header with 15 segments fits */
#define TAGS_BYTES 8 /* of VLANs, by which the links of two copies of a packet differ at the most: see packet.c */
#define TUNNEL_BYTES 70 /* of tunnels, likewise */
#define TUNNELS_MAX 8

/* One direction of one TCP flow, as far as 32 bits of its hash tell. A newer one takes the place of an older one. */
struct cell {
	uint32_t tag, isn;
};

struct slicer {
	enum slice slice;
	uint32_t snaplen;
	uint64_t seed;
	struct cell cells[CELLS];
};

/* One packet: offsets count from its first byte. `end` is where IP says that it ends, which captured bytes need not reach. */
struct sight {
	const uint8_t *data;
	uint32_t captured, end;
	uint8_t vlan_bytes;
	uint32_t tunnel_bytes;
	uint64_t hash; /* of the addresses, in this direction */
};

const char *slice_name(enum slice slice)
{
	switch (slice) {
	case SLICE_HEADERS:
		return "headers";
	case SLICE_FULL:
		return "full";
	case SLICE_SMART:
		break;
	}
	return "smart";
}

struct slicer *slicer_new(enum slice slice, uint32_t snaplen, uint64_t seed)
{
	struct slicer *slicer = calloc(1, sizeof *slicer);
	if (!slicer)
		return NULL;
	slicer->slice = slice;
	slicer->snaplen = snaplen;
	slicer->seed = seed;
	return slicer;
}

void slicer_free(struct slicer *slicer)
{
	free(slicer);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Headers up to `offset`, and with `smart` so many bytes more. */
static uint32_t keep(const struct slicer *slicer, const struct sight *view, uint32_t offset, uint32_t payload)
{
	const uint32_t there = smaller(view->captured, view->end);
	if (slicer->slice == SLICE_HEADERS || offset >= there)
		return smaller(offset, there);
	return offset + smaller(payload, there - offset);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint64_t hash_bytes(uint64_t hash, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i + 8 <= count; i += 8) {
		uint64_t word;
		memcpy(&word, bytes + i, sizeof word);
		hash = mix(hash, word);
	}
	return hash;
}

static bool is_dns(uint16_t port)
{
	return port == 53 || port == 5353 || port == 5355; /* also multicast DNS and LLMNR (RFC 6762, RFC 4795) */
}

static bool carries_dns(const uint8_t *ports)
{
	return is_dns(be16(ports)) || is_dns(be16(ports + 2));
}

/* How many bytes of this segment's payload are among the first of its direction. */
static uint32_t first_bytes(struct slicer *slicer, const struct sight *view, const uint8_t *tcp)
{
	uint32_t ports;
	memcpy(&ports, tcp, sizeof ports);
	const uint64_t hash = mix(mix(view->hash, ports), slicer->seed);
	struct cell *cell = &slicer->cells[hash & (CELLS - 1)];
	const uint32_t tag = (uint32_t)(hash >> 32), seq = be32(tcp + 4);
	const bool syn = tcp[13] & TCP_SYN;
	if (syn)
		*cell = (struct cell){ .tag = tag, .isn = seq };
	else if (cell->tag != tag)
		return 0;
	const uint32_t before = syn ? 0 : seq - (cell->isn + 1); /* RFC 9293 3.4: the SYN takes one number */
	return before < SLICE_TCP_BYTES ? SLICE_TCP_BYTES - before : 0;
}

/* The lines before the body, where this payload begins with those of a request or an answer: on a connection that is used again and
 * again, they are what tells how each of them went. */
static uint32_t head_bytes(const uint8_t *payload, uint32_t there)
{
	if (!http_is_request(payload, there) && !http_is_answer(payload, there))
		return 0;
	const uint32_t most = smaller(there, SLICE_TCP_BYTES);
	const uint8_t *end = memmem(payload, most, "\r\n\r\n", 4);
	return end ? (uint32_t)(end - payload) + 4 : most;
}

/* What VLAN tags and tunnels take is cut from a payload that isn't kept whole, as a snap length would: that is what the analyzer
 * reckons with when it compares two copies of a packet from two taps. */
static uint32_t keep_tcp_payload(struct slicer *slicer, const struct sight *view, uint32_t tcp, uint32_t header)
{
	const uint32_t start = tcp + header, there = smaller(view->captured, view->end);
	const uint32_t payload = view->end > start ? view->end - start : 0;
	uint32_t wanted = first_bytes(slicer, view, view->data + tcp);
	const uint32_t head = wanted < payload && there > start ? head_bytes(view->data + start, there - start) : 0;
	if (head > 0 && head + TAGS_BYTES + TUNNEL_BYTES > wanted)
		wanted = head + TAGS_BYTES + TUNNEL_BYTES;
	if (wanted < payload)
		wanted -= smaller(wanted, smaller(view->vlan_bytes, TAGS_BYTES) + smaller(view->tunnel_bytes, TUNNEL_BYTES));
	return keep(slicer, view, start, wanted);
}

static uint32_t keep_tcp(struct slicer *slicer, const struct sight *view, uint32_t tcp)
{
	if (view->captured < tcp + TCP_BYTES || view->end < tcp + TCP_BYTES)
		return keep(slicer, view, tcp + TCP_BYTES, 0);
	const uint32_t header = (uint32_t)(view->data[tcp + 12] >> 4) * 4;
	if (header < TCP_BYTES || header > view->end - tcp)
		return keep(slicer, view, tcp + TCP_BYTES, SLICE_OTHER_BYTES);
	if (slicer->slice == SLICE_HEADERS)
		return keep(slicer, view, tcp + header, 0);
	if (carries_dns(view->data + tcp))
		return keep(slicer, view, tcp + header, UINT32_MAX);
	return keep_tcp_payload(slicer, view, tcp, header);
}

static uint32_t keep_udp(const struct slicer *slicer, const struct sight *view, uint32_t udp)
{
	const bool dns = view->captured >= udp + UDP_BYTES && carries_dns(view->data + udp);
	return keep(slicer, view, udp + UDP_BYTES, dns ? UINT32_MAX : SLICE_OTHER_BYTES);
}

static bool quotes_a_packet(uint8_t protocol, uint8_t type)
{
	if (protocol == PROTOCOL_ICMPV6)
		return type >= 1 && type <= 4; /* RFC 4443 2.1 */
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; /* RFC 792 */
}

/* The header that an ICMP error quotes, and of what it carried the eight bytes that are header too. */
static uint32_t quoted_header_end(const struct sight *view, uint32_t ip)
{
	if (view->captured < ip + 1)
		return ip;
	const uint8_t *quoted = view->data + ip;
	uint32_t header = 0;
	uint8_t protocol = 0;
	if (quoted[0] >> 4 == 4 && view->captured >= ip + IPV4_BYTES && (quoted[0] & 0x0f) >= 5) {
		header = (uint32_t)(quoted[0] & 0x0f) * 4;
		protocol = be16(quoted + 6) & 0x1fff ? 0 : quoted[9];
	} else if (quoted[0] >> 4 == 6 && view->captured >= ip + IPV6_BYTES) {
		header = IPV6_BYTES;
		protocol = quoted[6];
	}
	const bool known = protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == PROTOCOL_ICMP ||
			   protocol == PROTOCOL_ICMPV6;
	return ip + header + (known ? QUOTED_BYTES : 0);
}

static uint32_t keep_icmp(const struct slicer *slicer, const struct sight *view, uint8_t protocol, uint32_t icmp)
{
	uint32_t headers = icmp + ICMP_BYTES;
	if (slicer->slice == SLICE_HEADERS && view->captured > headers && quotes_a_packet(protocol, view->data[icmp]))
		headers = quoted_header_end(view, headers);
	return keep(slicer, view, headers, SLICE_OTHER_BYTES);
}

static uint32_t keep_transport(struct slicer *slicer, const struct sight *view, uint8_t protocol, uint32_t offset)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return keep_tcp(slicer, view, offset);
	case PROTOCOL_UDP:
		return keep_udp(slicer, view, offset);
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return keep_icmp(slicer, view, protocol, offset);
	default:
		return keep(slicer, view, offset, SLICE_OTHER_BYTES);
	}
}

/* What claims to be IP and is not. */
static uint32_t keep_unknown(const struct slicer *slicer, const struct sight *view, uint32_t offset)
{
	if (slicer->slice == SLICE_HEADERS)
		return keep(slicer, view, offset, 0);
	return smaller(view->captured, SLICE_NOT_IP_BYTES);
}

/* `length` bytes from `offset` on are the packet's; what follows them is padding. */
static void limit(struct sight *view, uint32_t offset, uint32_t length)
{
	if (length < view->end - offset)
		view->end = offset + length;
}

/* What IP carries, and where; or that there is nothing to look into: then how much is kept. */
struct carried {
	bool opened;
	uint8_t protocol;
	uint32_t offset, kept;
};

static struct carried nothing_carried(uint32_t kept)
{
	return (struct carried){ .kept = kept };
}

static struct carried open_ipv4(const struct slicer *slicer, struct sight *view, uint32_t ip)
{
	if (view->captured < ip + IPV4_BYTES)
		return nothing_carried(keep(slicer, view, ip + IPV4_BYTES, 0));
	const uint8_t *bytes = view->data + ip;
	const uint32_t header = (uint32_t)(bytes[0] & 0x0f) * 4, total = be16(bytes + 2);
	if (bytes[0] >> 4 != 4 || header < IPV4_BYTES || (total && total < header))
		return nothing_carried(keep_unknown(slicer, view, ip));
	if (total) /* 0: segmentation offload and BIG TCP leave it to the link's length */
		limit(view, ip, total);
	view->hash = hash_bytes(slicer->seed, bytes + 12, 8);
	if (be16(bytes + 6) & 0x1fff) /* not the first fragment */
		return nothing_carried(keep(slicer, view, ip + header, SLICE_OTHER_BYTES));
	return (struct carried){ .opened = true, .protocol = bytes[9], .offset = ip + header };
}

/* Walks the extension headers (RFC 8200 4). */
static struct carried open_extensions(const struct slicer *slicer, const struct sight *view, uint8_t next, uint32_t offset)
{
	const uint32_t first = offset;
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		const bool extension = next == 0 || next == 43 || next == 60 || next == 44 || next == 51;
		if (!extension)
			return (struct carried){ .opened = true, .protocol = next, .offset = offset };
		if (view->captured < offset + 8 || view->end < offset + 8)
			return nothing_carried(keep(slicer, view, offset + 8, 0));
		const uint8_t *bytes = view->data + offset;
		const uint8_t kind = next;
		const uint32_t start = offset;
		next = bytes[0];
		if (kind == 44)
			offset += 8;
		else if (kind == 51) /* the authentication header counts in 4 bytes (RFC 4302 2.2) */
			offset += ((uint32_t)bytes[1] + 2) * 4;
		else
			offset += ((uint32_t)bytes[1] + 1) * 8;
		if (slicer->slice == SLICE_HEADERS && offset - first > EXTENSIONS_BYTES)
			return nothing_carried(keep(slicer, view, start + 8, 0));
		if (kind == 44 && be16(bytes + 2) & 0xfff8) /* not the first fragment */
			return nothing_carried(keep(slicer, view, offset, SLICE_OTHER_BYTES));
	}
	return nothing_carried(keep(slicer, view, offset, SLICE_OTHER_BYTES));
}

static struct carried open_ipv6(const struct slicer *slicer, struct sight *view, uint32_t ip)
{
	if (view->captured < ip + IPV6_BYTES)
		return nothing_carried(keep(slicer, view, ip + IPV6_BYTES, 0));
	const uint8_t *bytes = view->data + ip;
	if (bytes[0] >> 4 != 6)
		return nothing_carried(keep_unknown(slicer, view, ip));
	const uint32_t length = be16(bytes + 4);
	if (length) /* 0: a jumbogram (RFC 2675), or BIG TCP */
		limit(view, ip, IPV6_BYTES + length);
	view->hash = hash_bytes(slicer->seed, bytes + 8, 32);
	return open_extensions(slicer, view, bytes[6], ip + IPV6_BYTES);
}

/* ARP is all header (RFC 826): its addresses are what it says. */
static uint32_t arp_end(const struct sight *view, uint32_t offset)
{
	if (view->captured < offset + ARP_BYTES)
		return offset + ARP_BYTES;
	const uint8_t *arp = view->data + offset;
	if (arp[4] > ARP_HARDWARE_MAX || arp[5] > ARP_PROTOCOL_MAX)
		return offset + ARP_BYTES;
	return offset + ARP_BYTES + 2 * ((uint32_t)arp[4] + arp[5]);
}

/* True: there is a packet in it, and *ethertype and *offset are now its. `protocol` is what IP says of it. */
static bool open_tunnel(struct sight *sight, bool is_ip, uint8_t protocol, uint16_t *ethertype, uint32_t *offset)
{
	const uint32_t there = smaller(sight->captured, sight->end);
	if (*offset > there)
		return false;
	struct view view = { sight->data + *offset, there - *offset, sight->end - *offset };
	struct tunnel tunnel;
	const enum tunnel_result result = is_ip ? tunnel_open_ip(protocol, &view, &tunnel)
						: tunnel_open_link(*ethertype, &view, &tunnel);
	if (result != TUNNEL_OPENED)
		return false;
	*offset = (uint32_t)(view.data - sight->data);
	*ethertype = tunnel.ethertype;
	limit(sight, *offset, view.length);
	return true;
}

static uint32_t keep_network(struct slicer *slicer, struct sight *view, uint16_t ethertype, uint32_t offset)
{
	const uint32_t first = offset;
	for (int depth = 0; depth < TUNNELS_MAX; depth++) {
		struct carried carried = { .opened = false, .offset = offset };
		const bool is_ip = ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
		if (ethertype == ETHERTYPE_ARP || ethertype == ETHERTYPE_RARP)
			return keep_unknown(slicer, view, arp_end(view, offset));
		view->tunnel_bytes = offset - first;
		if (is_ip)
			carried = ethertype == ETHERTYPE_IPV4 ? open_ipv4(slicer, view, offset) : open_ipv6(slicer, view, offset);
		if (is_ip && !carried.opened)
			return carried.kept;
		if (!open_tunnel(view, is_ip, carried.protocol, &ethertype, &carried.offset))
			return is_ip ? keep_transport(slicer, view, carried.protocol, carried.offset)
				     : keep_unknown(slicer, view, offset);
		offset = carried.offset;
	}
	return keep_unknown(slicer, view, offset);
}

static uint32_t keep_frame(struct slicer *slicer, const struct frame *frame)
{
	struct sight view = { .data = frame->data, .captured = frame->captured_bytes, .end = frame->wire_bytes };
	struct link link;
	const enum link_result result = link_decode(frame, &link);
	if (result == LINK_CUT && engine_knows_link(frame->link_type))
		return view.captured;
	if (result != LINK_DECODED) /* of an unknown link nothing is surely header */
		return keep_unknown(slicer, &view, frame->link_type == LINK_ETHERNET ? ETHERNET_BYTES : 0);
	view.vlan_bytes = link.vlan_bytes;
	return keep_network(slicer, &view, link.ethertype, link.offset);
}

uint32_t slicer_keep(struct slicer *slicer, uint16_t link_type, const uint8_t *data, uint32_t captured, uint32_t wire)
{
	const struct frame frame = {
		.captured_bytes = captured,
		.wire_bytes = wire < captured ? captured : wire,
		.link_type = link_type,
		.data = data,
	};
	const uint32_t kept = slicer->slice == SLICE_FULL ? captured : keep_frame(slicer, &frame);
	return smaller(kept, slicer->snaplen);
}
