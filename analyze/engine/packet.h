/* packet.h: one IP packet taken apart: IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792,
 * RFC 4443). Bytes come from hostile hands: nothing is read that was not captured. */
#ifndef WIRETAPE_PACKET_H
#define WIRETAPE_PACKET_H

#include "analyze/engine/link.h"

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

#define SACK_BLOCKS_MAX 4
#define NO_WINDOW_SCALE 0xff
#define NETWORK_BARE 0xffffff /* not in a tunnel, although most of its flow is */

/* What the checksums of a packet say. */
enum checksum {
	CHECKSUM_UNKNOWN, /* it has none, or was not captured whole, or is a fragment */
	CHECKSUM_RIGHT,
	CHECKSUM_WRONG,
	CHECKSUM_OFFLOADED, /* 0, or the sum that Linux leaves to the interface: this host sends it, and nothing is wrong */
};

struct sack_block {
	uint32_t start, end;
};

struct packet {
	int64_t t_ns;
	uint64_t frame;	 /* number of its (first) frame */
	uint64_t frames; /* that carried it: more than 1 if it came in fragments */
	uint64_t wire_bytes;
	uint32_t link_identity;
	uint32_t interface; /* its number; 0 unknown */
	uint16_t vlan;
	uint8_t vlan_bytes; /* of all tags */

	/* The outermost tunnel that it came in; all below is of the innermost packet, but lengths of frames. */
	uint8_t tunnel; /* enum tunnel_kind */
	bool tunnel_has_ends;
	uint16_t tunnel_bytes; /* headers of all tunnels, one in another */
	uint32_t tunnel_id;
	uint32_t network; /* 24 bits: whose addresses these are, by the ids of tunnels that have some; 0 none, never NETWORK_BARE */
	uint16_t source_port, destination_port; /* ICMP echo: identifier and 0 */
	uint8_t protocol;
	uint8_t ttl;
	uint8_t ecn; /* the two bits of RFC 3168: 3 is CE */
	uint8_t dscp;	 /* RFC 2474 */
	uint8_t checksum; /* enum checksum */
	bool has_ip_id; /* IPv4, and not the 0 that goes with DF */
	uint16_t ip_id;
	uint32_t payload_bytes; /* above TCP, UDP or ICMP; from the IP header */
	const uint8_t *payload; /* what of it is at hand, payload_captured bytes; NULL none. Borrowed, as the frame is */
	uint32_t payload_captured;
	uint32_t payload_hash;	/* of some of its bytes; the same for copies that other links have cut at another byte */

	bool fragment; /* the fields below say which part this is */
	bool more_fragments;
	bool fragment_in_tunnel; /* what was in the tunnel is whole, as its own header says; the tunnel's packet is fragmented */
	uint32_t fragment_id;
	uint32_t fragment_offset, fragment_bytes; /* of the part of the IP payload */

	uint8_t icmp_type, icmp_code;
	uint8_t icmp_rest[4]; /* of its header: identifier and sequence number, or the MTU, ... */

	uint8_t tcp_flags;
	uint8_t tcp_header_bytes;
	uint8_t window_scale; /* NO_WINDOW_SCALE: no such option */
	bool sack_permitted;
	bool has_timestamp;
	bool options_cut; /* snapped inside the options */
	uint8_t sack_blocks;
	uint16_t mss; /* 0: no such option */
	uint16_t window;
	uint32_t seq, ack;
	uint32_t tsval, tsecr;

	/* What stands before is 0 where nothing sets it, which costs a store per 16 bytes; what follows is then not set at all. */
	struct address source, destination;
	struct address tunnel_source, tunnel_destination; /* valid if tunnel_has_ends */
	uint64_t fragment_key; /* hash of all that fragments of one packet have in common; copies of them come over another link */
	struct sack_block sack[SACK_BLOCKS_MAX];
};

enum packet_result {
	PACKET_DECODED,
	PACKET_UNSUPPORTED_LINK,
	PACKET_NOT_IP,
	PACKET_MALFORMED,
	PACKET_SNAPPED, /* the headers were not captured whole */
};

/* Fills `packet`; after any other result than PACKET_DECODED it holds nothing of use. For a fragment other than the
 * first, ports and all above are 0. */
enum packet_result packet_decode(const struct frame *frame, struct packet *packet);

#endif
