/* tape.h: writes segments as frames of a pcap file: Ethernet, IPv4, TCP, with true lengths and checksums. */
#ifndef WIRETAPE_BENCH_TAPE_H
#define WIRETAPE_BENCH_TAPE_H

#include "tests/bench/segment.h"

#include <stdbool.h>

struct tape_options {
	uint32_t snaplen; /* captured bytes per frame at most, 96 to 65535 */
	bool microseconds; /* classic magic instead of the nanosecond one */
};

struct tape;

/* Writes to `fd`, which stays the caller's. NULL when out of memory or the header cannot be written (see errno). */
struct tape *tape_new(int fd, const struct tape_options *options);
/* Appends one frame. Returns its length on the wire, or 0 if writing failed (see errno). */
uint32_t tape_write(struct tape *tape, int64_t t_ns, const struct segment *segment);
/* Writes what is buffered. */
bool tape_flush(struct tape *tape);
/* Bytes of file so far, the buffer included. */
uint64_t tape_bytes(const struct tape *tape);
/* Frees without flushing. NULL is allowed. */
void tape_free(struct tape *tape);

#endif
