/* checksum.h: the Internet checksum (RFC 1071) of a packet that was captured whole. */
#ifndef WIRETAPE_CHECKSUM_H
#define WIRETAPE_CHECKSUM_H

#include "analyze/engine/packet.h"
#include "analyze/engine/view.h"

/* Judges the header of IPv4 (`header_bytes` 0: none) and the checksum of TCP, UDP, ICMP or ICMPv6 over `payload`, which is all of IP's
 * payload and captured whole. Addresses and protocol are those in `packet`. */
enum checksum checksum_judge(const struct packet *packet, const uint8_t *header, uint32_t header_bytes, struct view payload);
/* The sum of 16-bit words in the machine's order, which is not yet folded; an odd byte at the end has a zero behind it. */
uint64_t checksum_sum(const uint8_t *bytes, uint32_t count);
/* Adds the carries, so that 16 bits are left. */
uint16_t checksum_fold(uint64_t sum);

#endif
