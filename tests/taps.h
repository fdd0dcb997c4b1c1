/* What the tests of analyze/engine/locate/ share: two taps and hand-made packets between them. B's clock is 3 s ahead. A packet takes 10 ms
 * from A to B and 6 ms back, unless said otherwise. */
#pragma once

#include "analyze/engine/locate/locate.h"

#define MS INT64_C(1000000)
#define START (INT64_C(1700000000000) * MS)
#define AHEAD (3000 * MS)
#define THERE (10 * MS)
#define BACK (6 * MS)
#define FRAMES_MAX 4096

enum { HOST_A = 1, HOST_B = 2 };

/* One packet; 10.0.0.`from` to 10.0.0.`to`. */
struct spec {
	uint8_t from, to, protocol, flags, ttl;
	uint16_t id, port; /* of A's side; 0: 40000 */
	uint32_t seq, bytes, tsval, fill;
	uint16_t mss;
	bool nameless; /* from 0.0.0.0 */
};

/* At one tap, with so many bytes captured (0: the usual ones); gives the frame's number there. */
uint64_t tap_add(enum tap tap, int64_t t_ns, const struct spec *spec, uint32_t captured);
/* At the tap where it starts, and later at the other; gives its number at the first. */
uint64_t send_at(int64_t t_ns, const struct spec *spec, int64_t longer_ns);
/* 100 packets each way, one in 10 ms, with IP IDs from 1000 and 2000, and TCP payload of 100 bytes. */
void send_hundred(void);
/* Of all that was sent; `expected` is how the survey ends. locate_free. */
struct locate *compare(const struct locate_options *options, enum status expected);
struct locate *compare_usual(void);
/* What the last comparison told. */
extern struct located told[FRAMES_MAX];
extern size_t told_count;
/* Before each test. */
int taps_clear(void **state);
