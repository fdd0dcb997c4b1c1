/* impairment.h: what one direction of the wire does to frames. */
#ifndef LAB_IMPAIRMENT_H
#define LAB_IMPAIRMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "flow.h"
#include "frame.h"
#include "random.h"

/* The options, as X(name, what it does). All are numbers; 0 means: not. */
#define OPTION_LIST(X)                                                                              \
	X(delay_us, "one-way delay")                                                                \
	X(jitter_us, "additional delay, uniform from 0 to this; keeps the order")                   \
	X(rate_kbit, "speed of the link; frames wait in a queue for it")                            \
	X(stall_after_ms, "with stall_ms: this long after the first frame ...")                     \
	X(stall_ms, "... the link sends nothing for this long, and then all that waited")           \
	X(queue_bytes, "size of that queue; what does not fit is dropped (0: no limit)")            \
	X(loss_pct, "frames lost at random")                                                        \
	X(host, "with host_loss_pct: frames to and from the address that ends in this number ...")  \
	X(host_loss_pct, "... are lost with this chance instead")                                   \
	X(burst_every, "after this many frames ...")                                                \
	X(burst_length, "... this many are lost in a row")                                          \
	X(ge_enter_pct, "Gilbert-Elliott: chance per frame to enter the bad state")                 \
	X(ge_leave_pct, "Gilbert-Elliott: chance per frame to leave it")                            \
	X(ge_loss_pct, "Gilbert-Elliott: loss in the bad state")                                    \
	X(reorder_pct, "frames that get reorder_us of extra delay and may be overtaken")            \
	X(reorder_us, "that extra delay")                                                           \
	X(duplicate_pct, "frames delivered twice")                                                  \
	X(duplicate_us, "the copy's delay after the original")                                      \
	X(corrupt_pct, "data frames with one payload bit flipped")                                  \
	X(congestion_pct, "frames that get ECN's mark, if their sender can ECN")                    \
	X(only_data, "1: loss, reordering, duplication only for frames with data")                  \
	X(only_acks, "1: the same, only for pure ACKs")                                             \
	X(drop_syns, "drop the first so many SYNs (or SYN-ACKs) of each flow")                      \
	X(drop_fins, "drop the first so many frames with FIN of each flow")                         \
	X(drop_offset, "drop the data frame that holds this byte of each flow's stream ...")        \
	X(drop_times, "... so many times")                                                           \
	X(drop_larger, "drop TCP frames that are larger than this, Ethernet header included")

struct impairment_options {
#define OPTION_FIELD(name, text) double name;
	OPTION_LIST(OPTION_FIELD)
#undef OPTION_FIELD
};

enum fate { FATE_FORWARD, FATE_LOST, FATE_QUEUE_FULL };

enum loss_reason { LOSS_NONE, LOSS_RANDOM, LOSS_BURST, LOSS_SYN, LOSS_FIN, LOSS_OFFSET, LOSS_SIZE, LOSS_REASONS };

struct verdict {
	enum fate fate;
	enum loss_reason reason; /* of FATE_LOST */
	int64_t release_ns;
	unsigned int marks; /* MARK_LATE, MARK_CORRUPTED, MARK_CONGESTION: to be put on the frame */
	bool duplicate;
	int64_t duplicate_release_ns;
	uint64_t corrupt_bit; /* of the payload, modulo its length */
};

struct impairment {
	struct impairment_options options;
	struct random random;
	int64_t first_ns;	 /* arrival of the first frame; 0: none yet */
	int64_t link_free_ns;	 /* when the link has sent what is queued */
	int64_t last_release_ns; /* of frames that keep the order */
	uint64_t burst_count;
	bool bad_state;
};

/* Reads "delay_us=10000,loss_pct=1" into options. false: `error` says why. */
bool impairment_options_parse(struct impairment_options *options, const char *text, char *error,
			      size_t error_bytes);
/* Writes the options that are not zero as a JSON object. */
void impairment_options_print(const struct impairment_options *options, FILE *out);
void impairment_options_help(FILE *out);

void impairment_init(struct impairment *impairment, const struct impairment_options *options, uint64_t seed,
		     uint64_t stream);
/* Decides about a frame that arrived at frame->arrival_ns. Frames must come in order of arrival. */
struct verdict impairment_decide(struct impairment *impairment, const struct frame *frame);

const char *loss_reason_name(enum loss_reason reason);

#endif
