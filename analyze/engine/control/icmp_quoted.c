#include "analyze/engine/control/icmp.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/control/icmp_errors.h"

#include <string.h>

#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define PORTS_BYTES 8 /* RFC 792: so much is quoted at the least behind the IP header */
#define EXTENSIONS_MAX 8
#define REDIRECT_ADDRESSES 32 /* RFC 4861 4.5: target and destination stand before the options .. */
#define REDIRECTED_HEADER 4   /* .. of which one of this type holds the packet */

struct view {
	const uint8_t *data;
	uint32_t count;
};

static bool step(struct view *view, uint32_t bytes)
{
	if (view->count < bytes)
		return false;
	view->data += bytes;
	view->count -= bytes;
	return true;
}

static bool is_echo(uint8_t protocol, uint8_t type)
{
	return protocol == PROTOCOL_ICMP ? type == 0 || type == 8 : type == 128 || type == 129;
}

static bool read_transport(const struct view *view, struct packet *quoted)
{
	const uint8_t *data = view->data;
	bool ports = quoted->protocol == PROTOCOL_TCP || quoted->protocol == PROTOCOL_UDP;
	bool icmp = quoted->protocol == PROTOCOL_ICMP || quoted->protocol == PROTOCOL_ICMPV6;
	if (quoted->fragment_offset || !(ports || icmp))
		return true;
	if (view->count < PORTS_BYTES)
		return false;
	if (ports) {
		quoted->source_port = be16(data);
		quoted->destination_port = be16(data + 2);
		quoted->seq = quoted->protocol == PROTOCOL_TCP ? be32(data + 4) : 0;
		return true;
	}
	quoted->icmp_type = data[0];
	quoted->icmp_code = data[1];
	memcpy(quoted->icmp_rest, data + 4, sizeof quoted->icmp_rest);
	if (is_echo(quoted->protocol, quoted->icmp_type))
		quoted->source_port = be16(data + 4);
	return true;
}

static bool read_ipv4(struct view view, struct packet *quoted)
{
	const uint8_t *ip = view.data;
	if (view.count < IPV4_BYTES || ip[0] >> 4 != 4 || (ip[0] & 0x0f) * 4 < IPV4_BYTES)
		return false;
	quoted->ip_id = be16(ip + 4);
	quoted->fragment_offset = (be16(ip + 6) & 0x1fffu) * 8;
	quoted->ttl = ip[8];
	quoted->protocol = ip[9];
	quoted->source = address_of_ipv4(ip + 12);
	quoted->destination = address_of_ipv4(ip + 16);
	return step(&view, (ip[0] & 0x0fu) * 4) && read_transport(&view, quoted);
}

static bool read_ipv6(struct view view, struct packet *quoted)
{
	const uint8_t *ip = view.data;
	if (view.count < IPV6_BYTES || ip[0] >> 4 != 6)
		return false;
	uint8_t next = ip[6];
	quoted->ttl = ip[7];
	memcpy(quoted->source.bytes, ip + 8, 16);
	memcpy(quoted->destination.bytes, ip + 24, 16);
	step(&view, IPV6_BYTES);
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		bool known = next == 0 || next == 43 || next == 60 || next == 44 || next == 51;
		quoted->protocol = next;
		if (!known || quoted->fragment_offset)
			return read_transport(&view, quoted);
		if (view.count < 8)
			return false;
		const uint8_t *extension = view.data;
		uint32_t bytes = ((uint32_t)extension[1] + 1) * 8;
		if (next == 51) /* RFC 4302 2.2 */
			bytes = ((uint32_t)extension[1] + 2) * 4;
		if (next == 44) {
			bytes = 8;
			quoted->fragment_offset = be16(extension + 2) & 0xfff8u;
		}
		next = extension[0];
		if (!step(&view, bytes))
			return false;
	}
	return false;
}

/* The packet in a redirect of neighbour discovery. */
static bool find_redirected(struct view *view)
{
	if (!step(view, REDIRECT_ADDRESSES))
		return false;
	while (view->count >= 8) {
		uint32_t bytes = view->data[1] * 8u;
		if (bytes == 0)
			return false;
		if (view->data[0] == REDIRECTED_HEADER)
			return step(view, 8);
		if (!step(view, bytes))
			return false;
	}
	return false;
}

bool icmp_quoted(const struct packet *packet, struct packet *quoted)
{
	if (!icmp_is_error(packet) || !packet->payload)
		return false;
	*quoted = (struct packet){ .t_ns = packet->t_ns, .frame = packet->frame, .frames = 1 };
	struct view view = { packet->payload, packet->payload_captured };
	if (packet->protocol == PROTOCOL_ICMP)
		return read_ipv4(view, quoted);
	if (packet->icmp_type == 137 && !find_redirected(&view))
		return false;
	return read_ipv6(view, quoted);
}
