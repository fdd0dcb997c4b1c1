/* trace_line.h: one line of a hand-written trace, read; tests/README.md has the notation. */
#ifndef WIRETAPE_TRACE_LINE_H
#define WIRETAPE_TRACE_LINE_H

#include "analyze/engine/facts.h"
#include "analyze/engine/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* Partial: the pseudo header's alone, as offload leaves it. */
enum trace_sum { TRACE_SUM_RIGHT, TRACE_SUM_WRONG, TRACE_SUM_PARTIAL, TRACE_SUM_ZERO };

enum { TRACE_UDP = 17, TRACE_ICMP = 1, TRACE_TCP = 6 };

#define TRACE_PAYLOAD_MAX 4096 /* of a line's data and hex */

/* An address and port that a line of its own has set. */
struct trace_end {
	bool set, ipv6;
	uint8_t address[16]; /* IPv4: the first four */
	uint16_t port;	     /* 0: the usual one */
};

struct trace_line {
	int64_t t_ns;
	enum direction direction;
	uint8_t protocol, flags;
	uint8_t icmp_type, icmp_code;
	uint32_t seq, ack, len, window, flow, mac, vlan, snap, ttl, ecn, mss;
	uint32_t id, fragment_offset;
	uint32_t interface; /* 0: none, the frame is Ethernet */
	uint32_t fill;	    /* first byte of the payload behind data and hex; the others count up */
	uint32_t server;    /* last byte of the server's address */
	uint32_t source_port, destination_port; /* of the packet; 0: as in the options */
	uint32_t tsval, tsecr;
	uint32_t rest;	      /* ICMP: the four bytes behind the checksum */
	uint8_t window_scale; /* NO_WINDOW_SCALE: none */
	uint32_t dscp, vni; /* vni: 0 in no tunnel */
	enum trace_sum sum;
	bool has_id, has_mss, has_ts, sack_permitted, fragment, more;
	bool seq_next, ack_next; /* the number is to be filled in */
	bool raw;		 /* payload is a whole Ethernet frame */
	uint8_t blocks;
	uint32_t block[SACK_BLOCKS_MAX][2];
	struct trace_end client, server_end;
	uint32_t payload_bytes; /* given as data and hex: the first of len */
	uint8_t payload[TRACE_PAYLOAD_MAX];
};

/* Where a text is being read. */
struct trace_reader {
	const char *line, *at;
	uint32_t pass; /* of the repeat block that the line stands in: numbers `N+K` grow by K with each */
};

/* What a line says that is a packet; `reader` is then behind it. `start_ns` is its time 0. One that can't be read is
 * trace_refuse'd. */
void trace_line_read(struct trace_reader *reader, struct trace_line *line, int64_t start_ns);

/* The parts of lines. */
void trace_skip_blanks(struct trace_reader *reader);
uint32_t trace_read_number(struct trace_reader *reader);
int64_t trace_read_time(struct trace_reader *reader);
void trace_read_word(struct trace_reader *reader, char *word, size_t size);
void trace_refuse_at(const struct trace_reader *reader, const char *why);

/* Each program has its own: ends it, or fails the test. */
void trace_refuse(const char *why);

#endif
