/* conversation.h: one synthetic TCP flow. It shakes hands, then repeats rounds (a request of the client, an answer of
 * several segments, their ACKs one RTT later), then closes. The tap stands beside the server, so a lost segment is seen
 * twice: it is lost after the tap, brings duplicate ACKs with SACK, and is sent again two RTTs after the original. */
#ifndef WIRETAPE_BENCH_CONVERSATION_H
#define WIRETAPE_BENCH_CONVERSATION_H

#include "tests/bench/segment.h"

#include <stdbool.h>

enum { CONVERSATION_PACKETS_MIN = 9 }; /* handshake, one round with one segment of data, close */

/* What all flows have in common. */
struct traffic {
	int64_t rtt_ns;		 /* flows differ by a fifth each way */
	int64_t spacing_ns;	 /* between segments of one answer */
	double loss;		 /* probability that a segment of an answer is lost, 0 to 0.25 */
	uint32_t payload_bytes;	 /* of an answer's segments */
	uint32_t clients, servers;
};

enum side { CLIENT, SERVER };

struct conversation {
	uint32_t next; /* the crowd's */
	uint8_t stage; /* enum stage; private */
	uint8_t extra_acks;
	uint16_t client_port, server_port;
	uint16_t window;
	uint32_t client_ip, server_ip;
	uint16_t ip_id[2];
	uint32_t seq[2];	/* next to be sent, by enum side */
	uint32_t acked[2];	/* next expected from the other side */
	uint32_t clock[2];	/* offset of this side's timestamps */
	uint32_t echo[2];	/* TSval of the other side to send back */
	uint32_t answer_seq;	/* of the first segment of the answer */
	uint16_t answer;	/* segments in this answer */
	uint16_t answer_mean;	/* what answers have on average */
	uint16_t index;		/* position within the stage */
	uint16_t lost_first, lost_count, lost_stride; /* which segments are lost: first, first + stride, ... */
	int32_t remaining;	/* packets that this flow has still to send */
	uint32_t rtt_ns;
	int64_t due_ns;		/* when it sends the next packet */
	int64_t answer_ns;	/* when the answer's first segment was due */
	int64_t again_ns;	/* when its first retransmission was due */
	int64_t end_ns;		/* when it should close */
};

enum step { STEP_SENT, STEP_SENT_AGAIN, STEP_SENT_LAST };

/* Makes flow number `number` (from 0) of `packets` packets (at least CONVERSATION_PACKETS_MIN; losses add to them) from
 * `start_ns` to about `end_ns`, or later if that is too short. `random` is the generator's state, never 0. */
void conversation_start(struct conversation *flow, const struct traffic *traffic, uint32_t number, uint32_t packets,
			int64_t start_ns, int64_t end_ns, uint64_t *random);
/* Writes the packet that is due to `segment` and moves due_ns on. */
enum step conversation_step(struct conversation *flow, const struct traffic *traffic, struct segment *segment,
			    uint64_t *random);

#endif
