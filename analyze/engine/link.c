#include "analyze/engine/link.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/tunnel.h"

#include <string.h>

#define VLAN_TAGS_MAX 4
#define ETHERNET_BYTES 14
#define SLL_BYTES 16
#define SLL2_BYTES 20

bool engine_knows_link(uint16_t link_type)
{
	switch (link_type) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_PPP:
	case LINK_PPP_HDLC:
	case LINK_PPP_ETHER:
	case 12: /* raw IP under its DLT_ numbers */
	case 14:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_LINUX_SLL:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_LINUX_SLL2:
		return true;
	default:
		return false;
	}
}

static uint32_t mix(uint32_t hash, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i + 4 <= count; i += 4) {
		uint32_t word;
		memcpy(&word, bytes + i, sizeof word);
		hash = (hash ^ word) * 0x9e3779b1u;
		hash ^= hash >> 15;
	}
	return hash;
}

/* Steps over 802.1Q and QinQ tags that start at link->offset. */
static enum link_result skip_vlans(const struct frame *frame, struct link *link)
{
	for (int tags = 0; link_is_vlan(link->ethertype); tags++) {
		if (tags == VLAN_TAGS_MAX)
			return LINK_UNSUPPORTED;
		if (link->offset + 4 > frame->captured_bytes)
			return LINK_CUT;
		const uint8_t *tag = frame->data + link->offset;
		if (tags == 0)
			link->vlan = be16(tag) & 0x0fff;
		link->identity = mix(link->identity, tag, 4);
		link->ethertype = be16(tag + 2);
		link->offset += 4;
		link->vlan_bytes = (uint8_t)(link->vlan_bytes + 4);
	}
	return LINK_DECODED;
}

/* The address family in the header of NULL and LOOP: AF_INET is 2 everywhere, AF_INET6 is not. */
static enum link_result from_family(struct link *link, uint32_t family)
{
	switch (family) {
	case 2:
		link->ethertype = ETHERTYPE_IPV4;
		return LINK_DECODED;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		link->ethertype = ETHERTYPE_IPV6;
		return LINK_DECODED;
	default:
		link->ethertype = 0;
		return LINK_DECODED;
	}
}

static enum link_result decode_loopback(const struct frame *frame, struct link *link)
{
	if (frame->captured_bytes < 4)
		return LINK_CUT;
	uint32_t family = be32(frame->data);
	if (frame->link_type == LINK_NULL && family > 0xffff) /* NULL is in the capturing host's order */
		family = __builtin_bswap32(family);
	link->offset = 4;
	return from_family(link, family);
}

static enum link_result decode_raw(const struct frame *frame, struct link *link)
{
	if (frame->captured_bytes < 1)
		return LINK_CUT;
	unsigned version = frame->data[0] >> 4;
	link->offset = 0;
	link->ethertype = version == 4 ? ETHERTYPE_IPV4 : version == 6 ? ETHERTYPE_IPV6 : 0;
	return LINK_DECODED;
}

/* RFC 1662: address and control may stand before the protocol, or be left out; Cisco has an ethertype behind its own. */
static enum link_result decode_ppp(const struct frame *frame, struct link *link)
{
	struct view view = { frame->data, frame->captured_bytes, frame->captured_bytes };
	bool cut = !view_has(&view, 4);
	if (cut)
		return LINK_CUT;
	if (frame->link_type == LINK_PPP_HDLC && (frame->data[0] == 0x0f || frame->data[0] == 0x8f)) {
		link->offset = 4;
		link->ethertype = be16(frame->data + 2);
		return LINK_DECODED;
	}
	if (frame->data[0] == 0xff && frame->data[1] == 0x03)
		view_step(&view, 2);
	tunnel_open_ppp(&view, &link->ethertype);
	link->offset = (uint32_t)(view.data - frame->data);
	return LINK_DECODED;
}

static enum link_result decode_header(const struct frame *frame, struct link *link)
{
	const uint8_t *data = frame->data;
	switch (frame->link_type) {
	case LINK_ETHERNET:
		if (frame->captured_bytes < ETHERNET_BYTES)
			return LINK_CUT;
		link->offset = ETHERNET_BYTES;
		link->ethertype = be16(data + 12);
		link->identity = mix(link->identity, data, 12);
		return skip_vlans(frame, link);
	case LINK_LINUX_SLL:
		if (frame->captured_bytes < SLL_BYTES)
			return LINK_CUT;
		link->offset = SLL_BYTES;
		link->ethertype = be16(data + 14);
		link->identity = mix(link->identity, data, 12);
		return skip_vlans(frame, link);
	case LINK_LINUX_SLL2:
		if (frame->captured_bytes < SLL2_BYTES)
			return LINK_CUT;
		link->offset = SLL2_BYTES;
		link->ethertype = be16(data);
		link->identity = mix(link->identity, data + 4, 16);
		return skip_vlans(frame, link);
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return decode_ppp(frame, link);
	case LINK_PPP_ETHER:
		link->ethertype = ETHERTYPE_PPPOE;
		return LINK_DECODED;
	case LINK_NULL:
	case LINK_LOOP:
		return decode_loopback(frame, link);
	case 12:
	case 14:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return decode_raw(frame, link);
	default:
		return LINK_UNSUPPORTED;
	}
}

uint32_t link_interface(const struct frame *frame)
{
	return frame->link_type == LINK_LINUX_SLL2 && frame->captured_bytes >= 8 ? be32(frame->data + 4) : frame->interface;
}

enum link_result link_decode(const struct frame *frame, struct link *link)
{
	*link = (struct link){ .interface = link_interface(frame), .identity = frame->interface * 0x85ebca6bu + 1 };
	return decode_header(frame, link);
}
