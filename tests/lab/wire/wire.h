/* wire.h: the two ends, and the frames between them. */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "control.h"
#include "flow.h"
#include "impairment.h"
#include "queue.h"
#include "record.h"

struct wire {
	int taps[2];	/* by enum wire_direction: the end where its frames enter */
	int mirrors[2]; /* likewise; -1: none */
	uint16_t mirror_vlan;
	bool offload; /* frames carry a virtio_net_hdr */
	struct impairment impairments[2];
	struct control control;
	struct queue *queue;
	struct flow_table *flows;
	struct record record;
	uint64_t arrivals;
};

/* Carries frames until `*stopped`, which a signal handler sets; its signals must be blocked, they are let in only
 * while the wire waits. false: an end failed, errno says why. */
bool wire_run(struct wire *wire, const volatile sig_atomic_t *stopped);

int64_t clock_ns(int clock); /* CLOCK_MONOTONIC, CLOCK_REALTIME */

#endif
