/* packet_numbers.h: sequence numbers of one flow as people read them: relative to its beginning, as Wireshark counts them
 * (the SYN is 0, the first byte 1; without a SYN the first byte seen is 1), and going on where 32 bits wrap. */
#ifndef WIRETAPE_PACKET_NUMBERS_H
#define WIRETAPE_PACKET_NUMBERS_H

#include "analyze/engine/packet.h"
#include "store/packet_table.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero is a usable start. By direction of the data that the numbers count. */
struct packet_numbers {
	struct number_space {
		bool known;
		uint32_t newest; /* about the highest so far, as on the wire .. */
		int64_t newest_relative; /* .. and as a relative number */
	} space[2];
};

/* Fills all of `row` but the frame. All packets of the flow from the first one on must come here, in order. `window_shift` is the sender's;
 * -1 unknown. */
void packet_numbers_row(struct packet_numbers *numbers, const struct packet *packet, enum direction direction, int window_shift,
			struct packet_row *row);

#endif
