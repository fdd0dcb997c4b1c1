#include "analyze/engine/tunnel.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/link.h"

#define PORT_VXLAN 4789
#define PORT_VXLAN_GPE 4790
#define PORT_VXLAN_LINUX 8472 /* Linux' default from before the port was assigned; flannel and others stay with it */
#define PORT_GENEVE 6081
#define UDP_BYTES 8
#define ETHERNET_BYTES 14
#define ETHERTYPE_TRANSPARENT_ETHERNET 0x6558
#define ETHERTYPE_ERSPAN 0x88be /* types I and II; II has GRE sequence numbers */
#define ETHERTYPE_ERSPAN_III 0x22eb
#define LABELS_MAX 16
#define VLAN_TAGS_MAX 4

static enum tunnel_result missing(const struct view *view, uint32_t bytes)
{
	return view->length < bytes ? TUNNEL_IS_NONE : TUNNEL_CUT;
}

static bool is_ip(uint16_t ethertype)
{
	return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
}

static bool may_follow(uint16_t ethertype)
{
	return is_ip(ethertype) || ethertype == ETHERTYPE_MPLS || ethertype == ETHERTYPE_MPLS_MULTICAST ||
	       ethertype == ETHERTYPE_PPPOE;
}

static enum tunnel_result open_ethernet(struct view *view, struct tunnel *tunnel)
{
	if (!view_has(view, ETHERNET_BYTES))
		return missing(view, ETHERNET_BYTES);
	tunnel->ethertype = be16(view->data + 12);
	view_step(view, ETHERNET_BYTES);
	for (int tags = 0; tags < VLAN_TAGS_MAX && link_is_vlan(tunnel->ethertype); tags++) {
		if (!view_has(view, 4))
			return missing(view, 4);
		tunnel->ethertype = be16(view->data + 2);
		view_step(view, 4);
	}
	return may_follow(tunnel->ethertype) ? TUNNEL_OPENED : TUNNEL_IS_NONE;
}

/* What follows a tunnel's header, by the ethertype in it. */
static enum tunnel_result open_inside(struct view *view, uint16_t ethertype, struct tunnel *tunnel)
{
	if (ethertype == ETHERTYPE_TRANSPARENT_ETHERNET)
		return open_ethernet(view, tunnel);
	tunnel->ethertype = ethertype;
	return may_follow(ethertype) ? TUNNEL_OPENED : TUNNEL_IS_NONE;
}

/* flags (8 bits), reserved (16), next protocol (8, GPE only); VNI (24), reserved (8) */
static enum tunnel_result open_vxlan(struct view *view, struct tunnel *tunnel)
{
	if (!view_has(view, 8))
		return missing(view, 8);
	uint8_t flags = view->data[0], next = view->data[3];
	bool has_id = flags & 0x08, has_next = flags & 0x04;
	if (!has_id || flags & 0x30) /* a version */
		return TUNNEL_IS_NONE;
	tunnel->kind = TUNNEL_VXLAN;
	tunnel->id = tunnel->tenant = be32(view->data + 4) >> 8;
	view_step(view, 8);
	if (has_next && next == 1)
		return open_inside(view, ETHERTYPE_IPV4, tunnel);
	if (has_next && next == 2)
		return open_inside(view, ETHERTYPE_IPV6, tunnel);
	return has_next && next != 3 ? TUNNEL_IS_NONE : open_ethernet(view, tunnel);
}

/* version (2 bits), options in words (6), flags (8), ethertype (16); VNI (24), reserved (8); options */
static enum tunnel_result open_geneve(struct view *view, struct tunnel *tunnel)
{
	if (!view_has(view, 8))
		return missing(view, 8);
	uint32_t bytes = 8 + (view->data[0] & 0x3fu) * 4;
	uint16_t ethertype = be16(view->data + 2);
	if (view->data[0] >> 6 != 0)
		return TUNNEL_IS_NONE;
	tunnel->kind = TUNNEL_GENEVE;
	tunnel->id = tunnel->tenant = be32(view->data + 4) >> 8;
	if (!view_step(view, bytes))
		return missing(view, bytes);
	return open_inside(view, ethertype, tunnel);
}

static enum tunnel_result open_udp(struct view *view, struct tunnel *tunnel)
{
	if (!view_has(view, UDP_BYTES))
		return TUNNEL_IS_NONE;
	uint16_t port = be16(view->data + 2);
	uint32_t length = be16(view->data + 4); /* 0: too long for it (RFC 2675 4) */
	bool vxlan = port == PORT_VXLAN || port == PORT_VXLAN_LINUX || port == PORT_VXLAN_GPE;
	if ((!vxlan && port != PORT_GENEVE) || (length && length < UDP_BYTES))
		return TUNNEL_IS_NONE;
	if (length && length < view->length)
		view_limit(view, length);
	view_step(view, UDP_BYTES);
	return vxlan ? open_vxlan(view, tunnel) : open_geneve(view, tunnel);
}

/* ERSPAN: version (4 bits), VLAN (12), class, flags, session (10); II: 4 bytes more; III: 8 more, and 8 if bit O is set */
static enum tunnel_result open_erspan(struct view *view, uint16_t ethertype, bool numbered, struct tunnel *tunnel)
{
	uint32_t bytes = ethertype == ETHERTYPE_ERSPAN_III ? 12 : numbered ? 8 : 0;
	if (!view_has(view, bytes))
		return missing(view, bytes);
	if (bytes)
		tunnel->id = be16(view->data + 2) & 0x03ff;
	if (bytes == 12 && view->data[11] & 1)
		bytes += 8;
	if (!view_step(view, bytes))
		return missing(view, bytes);
	return open_ethernet(view, tunnel);
}

/* flags: checksum, -, key, sequence number; version (3 bits); ethertype; then 4 bytes for each flag that is set */
static enum tunnel_result open_gre(struct view *view, struct tunnel *tunnel)
{
	if (!view_has(view, 4))
		return missing(view, 4);
	uint16_t flags = be16(view->data), ethertype = be16(view->data + 2);
	bool summed = flags & 0x8000, keyed = flags & 0x2000, numbered = flags & 0x1000;
	uint32_t key_at = summed ? 8 : 4, bytes = key_at + (keyed ? 4 : 0) + (numbered ? 4 : 0);
	if (flags & 0x4007) /* source routes of RFC 1701, another version */
		return TUNNEL_IS_NONE;
	if (!view_has(view, bytes))
		return missing(view, bytes);
	tunnel->kind = TUNNEL_GRE;
	tunnel->id = tunnel->tenant = keyed ? be32(view->data + key_at) : 0;
	view_step(view, bytes);
	if (ethertype == ETHERTYPE_ERSPAN || ethertype == ETHERTYPE_ERSPAN_III)
		return open_erspan(view, ethertype, numbered, tunnel);
	return open_inside(view, ethertype, tunnel);
}

/* Label (20 bits), class (3), bottom of the stack (1), TTL (8). What is below it, its first nibble tells (RFC 4928). */
static enum tunnel_result open_mpls(struct view *view, struct tunnel *tunnel)
{
	tunnel->kind = TUNNEL_MPLS;
	bool bottom = false;
	for (int labels = 0; !bottom; labels++) {
		if (labels == LABELS_MAX)
			return TUNNEL_IS_NONE;
		if (!view_has(view, 4))
			return missing(view, 4);
		if (labels == 0)
			tunnel->id = be32(view->data) >> 12;
		bottom = view->data[2] & 1;
		view_step(view, 4);
	}
	if (!view_has(view, 1))
		return missing(view, 1);
	unsigned nibble = view->data[0] >> 4;
	tunnel->ethertype = nibble == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
	if (nibble == 4 || nibble == 6)
		return TUNNEL_OPENED;
	if (nibble != 0) /* else the control word of a pseudowire, before an Ethernet frame */
		return TUNNEL_IS_NONE;
	if (!view_step(view, 4))
		return missing(view, 4);
	return open_ethernet(view, tunnel);
}

enum tunnel_result tunnel_open_ppp(struct view *view, uint16_t *ethertype)
{
	if (!view_has(view, 2))
		return missing(view, 2);
	uint32_t bytes = view->data[0] & 1 ? 1 : 2; /* one byte of the protocol may be left out (RFC 1661 6.5) */
	uint16_t protocol = bytes == 1 ? view->data[0] : be16(view->data);
	view_step(view, bytes);
	*ethertype = protocol == 0x0021	  ? ETHERTYPE_IPV4
		     : protocol == 0x0057 ? ETHERTYPE_IPV6
		     : protocol == 0x0281 ? ETHERTYPE_MPLS
					  : 0;
	return *ethertype ? TUNNEL_OPENED : TUNNEL_IS_NONE;
}

/* version and type (0x11), code (0: session), session (16 bits), length (16) */
static enum tunnel_result open_pppoe(struct view *view, struct tunnel *tunnel)
{
	if (!view_has(view, 6))
		return missing(view, 6);
	const uint8_t *header = view->data;
	uint32_t length = be16(header + 4);
	if (header[0] != 0x11 || header[1] != 0 || length > view->length - 6)
		return TUNNEL_IS_NONE;
	tunnel->kind = TUNNEL_PPPOE;
	tunnel->id = be16(header + 2);
	view_step(view, 6);
	view_limit(view, length);
	return tunnel_open_ppp(view, &tunnel->ethertype);
}

static enum tunnel_result open_protocol(uint8_t protocol, struct view *view, struct tunnel *tunnel)
{
	switch (protocol) {
	case 4:
		tunnel->kind = TUNNEL_IPIP;
		tunnel->ethertype = ETHERTYPE_IPV4;
		return TUNNEL_OPENED;
	case 41:
		tunnel->kind = TUNNEL_6IN4;
		tunnel->ethertype = ETHERTYPE_IPV6;
		return TUNNEL_OPENED;
	case 47:
		return open_gre(view, tunnel);
	case 137: /* RFC 4023 */
		return open_mpls(view, tunnel);
	case PROTOCOL_UDP:
		return open_udp(view, tunnel);
	default:
		return TUNNEL_IS_NONE;
	}
}

enum tunnel_result tunnel_open_ip(uint8_t protocol, struct view *view, struct tunnel *tunnel)
{
	struct view inside = *view;
	*tunnel = (struct tunnel){ 0 };
	enum tunnel_result result = open_protocol(protocol, &inside, tunnel);
	if (result == TUNNEL_OPENED)
		*view = inside;
	return result;
}

enum tunnel_result tunnel_open_link(uint16_t ethertype, struct view *view, struct tunnel *tunnel)
{
	struct view inside = *view;
	*tunnel = (struct tunnel){ 0 };
	enum tunnel_result result = TUNNEL_IS_NONE;
	if (ethertype == ETHERTYPE_MPLS || ethertype == ETHERTYPE_MPLS_MULTICAST)
		result = open_mpls(&inside, tunnel);
	else if (ethertype == ETHERTYPE_PPPOE)
		result = open_pppoe(&inside, tunnel);
	if (result == TUNNEL_OPENED)
		*view = inside;
	return result;
}
