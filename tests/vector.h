/* vector.h: test vectors of packets: bytes in hex, header by header, decoded before an unreadable page. */
#ifndef WIRETAPE_VECTOR_H
#define WIRETAPE_VECTOR_H

#include "analyze/engine/packet.h"

#include <stdint.h>

enum { VECTOR_BYTES_MAX = 2048 };

/* IPv4: total length 42, ID 0x1234, DF, TTL 64, TCP, 192.0.2.1 to 10.0.0.1. */
#define IPV4_TCP "4500002a 12344000 40060000 c0000201 0a000001"
/* IPv6: payload 22, TCP, hop limit 63, 2001:db8::1 to 2001:db8::2. */
#define IPV6_TCP "60000000 0016063f 20010db8000000000000000000000001 20010db8000000000000000000000002"
/* TCP: port 443 to 54321, seq 0x11223344, ack 0x55667788, no options, PSH ACK, window 502; 2 bytes: "hi". */
#define TCP_HI "01bbd431 11223344 55667788 501801f6 00000000 6869"
/* Ethernet addresses. */
#define MACS "020000000002 020000000001 "
/* IPv6: hop limit 63, the same addresses; the next header stands before it. */
#define IPV6_ADDRESSES "3f 20010db8000000000000000000000001 20010db8000000000000000000000002"

struct vector_bytes {
	uint8_t at[VECTOR_BYTES_MAX];
	uint32_t count;
};

/* Digits, and spaces for the eye. */
struct vector_bytes vector_from_hex(const char *hex);
/* Decodes the first `captured` bytes, put right before an unreadable page, as frame 7. */
enum packet_result vector_decode(uint16_t link_type, const struct vector_bytes *bytes, uint32_t captured, uint32_t wire,
				 struct packet *packet);
/* All of them. */
enum packet_result vector_decode_hex(uint16_t link_type, const char *hex, struct packet *packet);

#endif
