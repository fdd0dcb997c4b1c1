/* tunnel.h: headers that carry another packet: VXLAN (RFC 7348, with the next protocol of draft-ietf-nvo3-vxlan-gpe), Geneve
 * (RFC 8926), GRE (RFC 2784, RFC 2890, ERSPAN in it), IP in IP (RFC 2003, RFC 4213), MPLS (RFC 3032, RFC 4385), PPPoE and PPP
 * (RFC 2516, RFC 1661). */
#ifndef WIRETAPE_TUNNEL_H
#define WIRETAPE_TUNNEL_H

#include "analyze/engine/facts.h"
#include "analyze/engine/view.h"

enum { ETHERTYPE_MPLS = 0x8847, ETHERTYPE_MPLS_MULTICAST = 0x8848, ETHERTYPE_PPPOE = 0x8864 };

enum tunnel_result {
	TUNNEL_OPENED,
	TUNNEL_IS_NONE, /* what it looked like, it is not */
	TUNNEL_CUT,	/* its headers were not captured whole */
};

struct tunnel {
	enum tunnel_kind kind;
	uint32_t id;	    /* 0: none */
	uint32_t tenant;    /* what tells one user's addresses from another's: the id, where it is the same both ways; 0 none */
	uint16_t ethertype; /* of what is inside */
};

/* True if the payload of IP that begins with `protocol` may be a tunnel: a reason to call tunnel_open_ip. */
static inline bool tunnel_is_likely(uint8_t protocol)
{
	return protocol == 4 || protocol == 41 || protocol == 47 || protocol == 17 || protocol == 137;
}

/* `view` is the payload of IP, and after TUNNEL_OPENED that of the tunnel; after anything else it is as it was. */
enum tunnel_result tunnel_open_ip(uint8_t protocol, struct view *view, struct tunnel *tunnel);
/* The same for what the ethertype names: MPLS, PPPoE. Others are TUNNEL_IS_NONE. */
enum tunnel_result tunnel_open_link(uint16_t ethertype, struct view *view, struct tunnel *tunnel);
/* The ethertype of a PPP frame, whose header `view` then has behind it; 0: none that is known. */
enum tunnel_result tunnel_open_ppp(struct view *view, uint16_t *ethertype);

#endif
