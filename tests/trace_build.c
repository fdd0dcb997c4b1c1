#include "tests/trace_build.h"

#include "analyze/engine/packet.h"

#include <string.h>

#define CLIENT_PORT 40000
#define SERVER_PORT 80
#define ICMPV6 58

struct writer {
	uint8_t *at;
	uint32_t count;
};

static void put8(struct writer *to, uint32_t value)
{
	to->at[to->count++] = (uint8_t)value;
}

static void put16(struct writer *to, uint32_t value)
{
	put8(to, value >> 8 & 0xff);
	put8(to, value & 0xff);
}

static void put32(struct writer *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to, value & 0xffff);
}

/* As `tcpdump -i any` has it. */
static void put_cooked_link(struct writer *to, const struct trace_line *line, bool ipv6)
{
	put16(to, ipv6 ? 0x86dd : 0x0800);
	put16(to, 0);
	put32(to, line->interface);
	put16(to, 1); /* ARPHRD_ETHER */
	put16(to, 6); /* packet type 0, 6 bytes of address */
	put32(to, 0x02000000);
	put32(to, (line->mac & 0xffff) << 16);
}

static void put_link(struct writer *to, const struct trace_line *line, bool ipv6)
{
	for (unsigned end = 0; end < 2; end++) { /* destination, source: locally administered addresses */
		put16(to, 0x0200);
		put16(to, line->mac);
		put16(to, (line->direction == C2S) == (end == 1) ? 1 : 2);
	}
	if (line->vlan) {
		put16(to, 0x8100);
		put16(to, line->vlan);
	}
	put16(to, ipv6 ? 0x86dd : 0x0800);
}

/* Client 10.0.x.y or 2001:db8::x:y of flow number x * 256 + y, server z 192.0.2.z or 2001:db8::ffff:z; or as the line has them. */
static void put_address(struct writer *to, const struct trace_line *line, bool client, bool ipv6)
{
	const struct trace_end *end = client ? &line->client : &line->server_end;
	uint32_t tail = client ? line->flow : 0xffff0000 | line->server;
	if (end->set) {
		memcpy(to->at + to->count, end->address, ipv6 ? 16 : 4);
		to->count += ipv6 ? 16 : 4;
		return;
	}
	if (!ipv6) {
		put32(to, client ? 0x0a000000 | line->flow : 0xc0000200 | line->server);
		return;
	}
	put32(to, 0x20010db8);
	put32(to, 0);
	put32(to, 0);
	put32(to, tail);
}

static void put_ip(struct writer *to, const struct trace_line *line, bool ipv6, uint32_t payload)
{
	bool from_client = line->direction == C2S;
	if (ipv6) {
		put32(to, 0x60000000 | (line->dscp << 2 | line->ecn) << 20);
		put16(to, payload > 0xffff ? 0 : payload);
		put8(to, line->protocol == TRACE_ICMP ? ICMPV6 : line->protocol);
		put8(to, line->ttl);
	} else {
		put8(to, 0x45);
		put8(to, line->dscp << 2 | line->ecn);
		put16(to, payload + 20 > 0xffff ? 0 : payload + 20);
		put16(to, line->id);
		uint32_t fragment = line->fragment_offset / 8 | (line->more ? 0x2000 : 0);
		put16(to, fragment | (line->has_id ? 0 : 0x4000)); /* DF goes with an ID of 0, as Linux does */
		put8(to, line->ttl);
		put8(to, line->protocol);
		put16(to, 0); /* the checksum: see put_checksums */
	}
	put_address(to, line, from_client, ipv6);
	put_address(to, line, !from_client, ipv6);
}

static uint32_t put_options(struct writer *to, const struct trace_framing *framing, const struct trace_line *line)
{
	uint32_t start = to->count;
	if (line->has_mss) {
		put16(to, 0x0204);
		put16(to, line->mss);
	}
	if (line->sack_permitted)
		put32(to, 0x01010402);
	if (line->has_ts) {
		put32(to, 0x0101080a);
		put32(to, line->tsval);
		put32(to, line->tsecr);
	}
	if (line->window_scale != NO_WINDOW_SCALE)
		put32(to, 0x01030300u | line->window_scale);
	if (line->blocks) {
		put16(to, 0x0101);
		put16(to, 0x0500u | (2u + 8u * line->blocks));
		for (unsigned i = 0; i < line->blocks; i++) {
			put32(to, line->block[i][0] + framing->isn[!line->direction]);
			put32(to, line->block[i][1] + framing->isn[!line->direction]);
		}
	}
	return to->count - start;
}

static void put_transport(struct writer *to, const struct trace_framing *framing, const struct trace_line *line)
{
	bool from_client = line->direction == C2S;
	if (line->fragment && line->fragment_offset)
		return;
	if (line->protocol == TRACE_ICMP) {
		put8(to, line->icmp_type);
		put8(to, line->icmp_code);
		put16(to, 0);
		put32(to, line->rest);
		return;
	}
	const uint16_t *port = framing->port;
	uint32_t client_port = line->client.port ? line->client.port : port[C2S] ? port[C2S] : CLIENT_PORT;
	uint32_t server_port = line->server_end.port ? line->server_end.port : port[S2C] ? port[S2C] : SERVER_PORT;
	put16(to, line->source_port ? line->source_port : from_client ? client_port : server_port);
	put16(to, line->destination_port ? line->destination_port : from_client ? server_port : client_port);
	if (line->protocol == TRACE_UDP) {
		put16(to, line->len + 8);
		put16(to, 0);
		return;
	}
	put32(to, line->seq + framing->isn[line->direction]);
	put32(to, line->flags & TCP_ACK ? line->ack + framing->isn[!line->direction] : 0);
	uint32_t offset = to->count;
	put8(to, 0);
	put8(to, line->flags);
	put16(to, line->window);
	put32(to, 0);
	uint32_t options = put_options(to, framing, line);
	if (options > 40)
		trace_refuse("more than 40 bytes of TCP options");
	to->at[offset] = (uint8_t)((20 + options) / 4 << 4);
}

/* RFC 7348 over IPv4, between 10.9.0.1 and 10.9.0.2; in it an Ethernet frame that carries so many bytes of IP. */
static void put_vxlan(struct writer *to, const struct trace_line *line, bool ipv6, uint32_t bytes)
{
	uint32_t total = bytes + 50 > 0xffff ? 0 : bytes + 50;
	put32(to, 0x45000000 | total);
	put32(to, 0x00004000);
	put32(to, 0x40110000);
	put32(to, line->direction == C2S ? 0x0a090001 : 0x0a090002);
	put32(to, line->direction == C2S ? 0x0a090002 : 0x0a090001);
	put32(to, 0xc35012b5);
	put32(to, (total ? total - 20 : 0) << 16);
	put32(to, 0x08000000);
	put32(to, line->vni << 8);
	for (unsigned end = 0; end < 2; end++)
		put16(to, 0x0200), put32(to, end);
	put16(to, ipv6 ? 0x86dd : 0x0800);
}

/* RFC 1071: the sum of 16-bit words, not yet folded. */
static uint64_t sum(const uint8_t *bytes, uint32_t length)
{
	uint64_t total = 0;
	for (uint32_t i = 0; i < length; i++)
		total += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
	return total;
}

static uint16_t fold(uint64_t total)
{
	while (total > 0xffff)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void set16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* `ip` is the IP header, of `header` bytes, and `length` bytes follow it. A later fragment has no checksum of its own, and the first
 * one's is that of the whole packet, which is not known here: 0 says so for UDP. */
static void put_checksums(const struct trace_line *line, uint8_t *ip, uint32_t header, uint32_t length, bool ipv6)
{
	uint32_t offset = line->protocol == TRACE_TCP ? 16 : line->protocol == TRACE_UDP ? 6 : 2;
	uint32_t protocol = line->protocol == TRACE_ICMP && ipv6 ? ICMPV6 : line->protocol;
	uint64_t total = line->sum == TRACE_SUM_PARTIAL ? 0 : sum(ip + header, length);
	if (!ipv6)
		set16(ip + 10, fold(sum(ip, header)));
	if (line->fragment || line->more || line->sum == TRACE_SUM_ZERO)
		return;
	if (ipv6 || line->protocol != TRACE_ICMP) /* the pseudo header */
		total += sum(ip + (ipv6 ? 8 : 12), ipv6 ? 32 : 8) + protocol + length;
	uint16_t checksum = fold(total);
	if (line->sum == TRACE_SUM_PARTIAL)
		checksum = (uint16_t)~checksum;
	else if (line->sum == TRACE_SUM_WRONG)
		checksum ^= 0x0100;
	set16(ip + header + offset, checksum || line->protocol != TRACE_UDP ? checksum : 0xffff);
}

uint16_t trace_link_type(const struct trace_line *line)
{
	return line->interface ? LINK_LINUX_SLL2 : LINK_ETHERNET;
}

uint32_t trace_build(const struct trace_framing *framing, const struct trace_line *line, uint8_t *bytes)
{
	static uint8_t transport[TRACE_FRAME_MAX];
	struct writer above = { .at = transport }, frame = { .at = bytes };
	bool ipv6 = line->client.set ? line->client.ipv6 : framing->ipv6;
	if (line->raw) {
		memcpy(bytes, line->payload, line->payload_bytes);
		return line->payload_bytes;
	}
	put_transport(&above, framing, line);
	(line->interface ? put_cooked_link : put_link)(&frame, line, ipv6 && !line->vni);
	if (line->vni)
		put_vxlan(&frame, line, ipv6, (ipv6 ? 40 : 20) + above.count + line->len);
	uint32_t link = frame.count;
	put_ip(&frame, line, ipv6, above.count + line->len);
	uint32_t header = frame.count - link;
	if (line->len > TRACE_FRAME_MAX - 1024) {
		trace_refuse("too long");
		return 0;
	}
	memcpy(bytes + frame.count, transport, above.count);
	frame.count += above.count;
	memcpy(bytes + frame.count, line->payload, line->payload_bytes);
	for (uint32_t i = line->payload_bytes; i < line->len; i++)
		bytes[frame.count + i] = (uint8_t)(line->fill + i);
	frame.count += line->len;
	put_checksums(line, bytes + link, header, frame.count - link - header, ipv6);
	return frame.count;
}
