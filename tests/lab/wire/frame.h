/* frame.h: one frame on its way over the wire, and what its TCP header says. */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_direction { FORWARD, BACKWARD }; /* from end A (the sender) to B; from B to A */

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* What happened to a frame besides being forwarded; a set. */
enum mark {
	MARK_LATE = 1,	      /* chosen for reordering: it got an extra delay */
	MARK_OVERTAKEN = 2,   /* a later frame of its flow and direction was delivered before it */
	MARK_DUPLICATE = 4,   /* the extra copy */
	MARK_CORRUPTED = 8,   /* one payload bit was flipped */
	MARK_CONGESTION = 16, /* ECN's "congestion experienced" was set (RFC 3168) */
};

struct segment {
	bool tcp;	/* otherwise the rest is zero */
	bool timestamps;
	uint8_t version; /* 4 or 6 */
	uint8_t flags;
	uint16_t ip_id; /* 0 for IPv6 */
	uint16_t src_port, dst_port, window;
	uint32_t seq, ack, tsval, tsecr;
	uint32_t payload; /* bytes */
	size_t ip_at, payload_at; /* offsets in frame.bytes */
	uint32_t gso_size; /* 0: an ordinary frame; otherwise payload of each wire segment in it */
	uint32_t segments; /* wire segments with data in this frame */
	uint8_t src[16], dst[16]; /* IPv4 in the first four bytes */
};

struct flow;

struct frame {
	int64_t arrival_ns, release_ns; /* CLOCK_MONOTONIC */
	uint64_t order;			/* of arrival, counted over both directions */
	struct flow *flow;		/* borrowed; NULL: not TCP, or the table is full */
	enum wire_direction direction;
	unsigned int marks; /* set of enum mark */
	struct segment segment;
	size_t vnet_length; /* of the virtio_net_hdr that precedes the Ethernet header, or 0 */
	size_t length;	    /* of bytes, with the virtio_net_hdr */
	uint8_t bytes[];
};

/* A frame with a copy of the bytes and its segment parsed; NULL: no memory. The caller frees it with free(). */
struct frame *frame_new(const uint8_t *bytes, size_t length, size_t vnet_length);
/* A copy that keeps everything but gets MARK_DUPLICATE; NULL: no memory. */
struct frame *frame_duplicate(const struct frame *frame);
/* Sets "congestion experienced" if the frame is IPv4 and its sender can ECN; otherwise returns false. */
bool frame_mark_congestion(struct frame *frame);
/* Neither data nor SYN, FIN or RST. */
bool segment_is_pure_ack(const struct segment *segment);

#endif
