/* story.h: what the tests of retransmissions share: openings of connections, expected numbers, and playing each story with
 * small sequence numbers and with some that wrap inside it. */
#ifndef WIRETAPE_STORY_H
#define WIRETAPE_STORY_H

#include "tests/trace.h"

#include <stdint.h>

/* The tap is at the client: 50 ms to the server and back, 1 ms to the client and back. IDs count up from 1. */
#define AT_CLIENT                                                \
	"0.000 > S 0 mss 1460 sack ws 7 id 1\n"                  \
	"0.050 < SA 0 mss 1460 sack ws 7\n"                      \
	"0.051 > A 1 id 2\n"
#define AT_CLIENT_TS                                             \
	"0.000 > S 0 mss 1460 sack ws 7 ts 1000 0 id 1\n"        \
	"0.050 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"         \
	"0.051 > A 1 ts 1051 5000 id 2\n"
#define AT_CLIENT_NO_SACK                                        \
	"0.000 > S 0 mss 1460 id 1\n"                            \
	"0.050 < SA 0 mss 1460\n"                                \
	"0.051 > A 1 id 2\n"
/* The tap is at the server: 1 ms there and back, 50 ms to the client and back. */
#define AT_SERVER                                                \
	"0.000 > S 0 mss 1460 sack ws 7 id 1\n"                  \
	"0.001 < SA 0 mss 1460 sack ws 7\n"                      \
	"0.051 > A 1 id 2\n"
#define AT_SERVER_TS                                             \
	"0.000 > S 0 mss 1460 sack ws 7 ts 1000 0\n"             \
	"0.001 < SA 0 mss 1460 sack ws 7 ts 5000 1000\n"         \
	"0.051 > A 1 ts 1051 5000\n"
#define AT_SERVER_BARE                                           \
	"0.000 > S 0 mss 1460 sack\n"                            \
	"0.001 < SA 0 mss 1460 sack\n"                           \
	"0.051 > A 1\n"

struct expected {
	uint64_t data_segments, new_bytes;
	uint64_t retransmitted, retransmitted_bytes;
	uint64_t fast, timeout, slow_start, probe, unknown_cause, syn, fin;
	uint64_t spurious, reordered, unknown, duplicates;
	uint64_t upstream, downstream;
};

/* Plays the script with the sequence numbers of this round; for a test that stories_run calls. */
struct trace *story_play(void **state, const char *script);
/* All numbers of this direction, and that its causes add up. */
void story_check(const struct trace *trace, enum direction direction, const struct expected *expected);

struct story {
	const char *name;
	void (*function)(void **state);
};
/* Runs each story in three rounds: from sequence number 0, wrapping inside the story, and at the very edge. Returns how many
 * tests failed. */
int stories_run(const struct story *stories, unsigned count);

#endif
