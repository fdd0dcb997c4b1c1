/* segment.h: one TCP segment as the generator thinks of it, before it is bytes. */
#ifndef WIRETAPE_BENCH_SEGMENT_H
#define WIRETAPE_BENCH_SEGMENT_H

#include <stdint.h>

enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_PSH = 0x08, TCP_ACK = 0x10 };

#define SACK_BLOCKS_MAX 3 /* what fits beside the timestamp option (RFC 2018 3) */

struct segment {
	uint32_t source_ip, destination_ip; /* host byte order */
	uint16_t source_port, destination_port;
	uint32_t seq, ack;
	uint32_t ts_value, ts_echo; /* RFC 7323 */
	uint32_t payload_bytes;	    /* zeros, so that the checksum needs no payload */
	uint16_t window;	    /* as in the header, not scaled */
	uint16_t ip_id;
	uint8_t flags;	     /* set of enum tcp_flag; SYN brings MSS, SACK permitted and window scale along */
	uint8_t sack_blocks; /* <= SACK_BLOCKS_MAX */
	uint32_t sack_left[SACK_BLOCKS_MAX], sack_right[SACK_BLOCKS_MAX];
};

#define WINDOW_SCALE 9 /* announced in every SYN */

#endif
