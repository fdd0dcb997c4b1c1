/* link.h: link layers, down to where the IP header starts. Header layouts: https://www.tcpdump.org/linktypes.html,
 * IEEE 802.1Q, RFC 1661. */
#ifndef WIRETAPE_LINK_H
#define WIRETAPE_LINK_H

#include "analyze/engine/engine.h"

enum ethertype { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

struct link {
	uint32_t offset;    /* of the network header, or of what tunnel_open_link takes */
	uint16_t ethertype; /* any; ETHERTYPE_IPV4 and ETHERTYPE_IPV6 for raw IP too */
	uint16_t vlan;	    /* outermost 802.1Q id, 0 none */
	uint8_t vlan_bytes;  /* of all tags */
	uint32_t interface;
	uint32_t identity;  /* hash of interface, link header and VLAN: differs between two taps of one packet */
};

enum link_result { LINK_DECODED, LINK_UNSUPPORTED, LINK_CUT };

static inline bool link_is_vlan(uint16_t ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

/* The number of the interface that the frame came over, where SLL2 or the frame says; 0 otherwise. */
uint32_t link_interface(const struct frame *frame);
/* Fills `link`, unless the result is another than LINK_DECODED. */
enum link_result link_decode(const struct frame *frame, struct link *link);

#endif
