#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "tap.h"

#define FRAME_MAX (65536 + 64)
#define READ_BATCH 32	      /* frames read from one end before due frames are released */
#define SPIN_NS 40000	      /* sleeping is exact to some ten microseconds; the rest of a wait is spun */

int64_t clock_ns(int clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A switch's mirror port: the same frame with an 802.1Q tag. */
static void mirror(const struct wire *wire, int end, const struct frame *frame)
{
	uint8_t tag[4] = {0x81, 0x00, (uint8_t)(wire->mirror_vlan >> 8), (uint8_t)wire->mirror_vlan};
	uint8_t *ethernet = (uint8_t *)(uintptr_t)frame->bytes + frame->vnet_length;
	struct iovec parts[] = {
		{.iov_base = ethernet, .iov_len = 12},
		{.iov_base = tag, .iov_len = sizeof(tag)},
		{.iov_base = ethernet + 12, .iov_len = frame->length - frame->vnet_length - 12},
	};

	if (wire->mirrors[end] >= 0 && writev(wire->mirrors[end], parts, 3) < 0)
		perror("wire: mirror");
}

static void note_window(struct wire *wire, const struct frame *frame)
{
	const struct segment *segment = &frame->segment;

	if (frame->flow == NULL || (segment->flags & (TCP_SYN | TCP_RST)) != 0)
		return;

	struct flow_side *side = &frame->flow->side[frame->direction];
	bool closed = segment->window == 0;

	if (closed != side->window_closed) {
		side->window_closed = closed;
		record_window(&wire->record, frame, closed);
	}
}

static void enqueue(struct wire *wire, struct frame *frame)
{
	if (!queue_push(wire->queue, frame)) {
		wire->record.counts[frame->direction].write_errors++;
		free(frame);
	}
}

static void accept_frame(struct wire *wire, enum wire_direction direction, const uint8_t *bytes, size_t length)
{
	struct frame *frame = frame_new(bytes, length, wire->offload ? TAP_VNET_BYTES : 0);

	if (frame == NULL) {
		wire->record.counts[direction].write_errors++;
		return;
	}
	frame->direction = direction;
	frame->arrival_ns = clock_ns(CLOCK_MONOTONIC);
	frame->order = ++wire->arrivals;
	frame->flow = flow_table_find(wire->flows, frame);
	record_arrival(&wire->record, frame);
	mirror(wire, (int)direction, frame);
	note_window(wire, frame);

	struct verdict verdict = impairment_decide(&wire->impairments[direction], frame);

	if (verdict.fate != FATE_FORWARD) {
		record_drop(&wire->record, frame, &verdict);
		free(frame);
		return;
	}
	frame->release_ns = verdict.release_ns;
	frame->marks = verdict.marks;
	if ((verdict.marks & MARK_CONGESTION) != 0 && !frame_mark_congestion(frame))
		frame->marks &= ~(unsigned int)MARK_CONGESTION;
	if (verdict.duplicate) {
		struct frame *copy = frame_duplicate(frame);

		if (copy != NULL) {
			copy->release_ns = verdict.duplicate_release_ns;
			copy->marks &= ~(unsigned int)MARK_CORRUPTED;
			enqueue(wire, copy);
		}
	}
	if ((verdict.marks & MARK_CORRUPTED) != 0) {
		uint64_t bit = verdict.corrupt_bit % (frame->segment.payload * UINT64_C(8));

		frame->bytes[frame->segment.payload_at + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	enqueue(wire, frame);
}

static bool read_end(struct wire *wire, enum wire_direction direction)
{
	static uint8_t buffer[FRAME_MAX];

	for (int i = 0; i < READ_BATCH; i++) {
		ssize_t length = read(wire->taps[direction], buffer, sizeof(buffer));

		if (length < 0)
			return errno == EAGAIN || errno == EINTR || errno == EIO; /* EIO: the device is down */
		accept_frame(wire, direction, buffer, (size_t)length);
	}
	return true;
}

static void deliver(struct wire *wire, struct frame *frame)
{
	struct direction_counts *counts = &wire->record.counts[frame->direction];
	int end = !frame->direction;

	if (write(wire->taps[end], frame->bytes, frame->length) < 0)
		counts->write_errors++;
	if (frame->flow != NULL) {
		struct flow_side *side = &frame->flow->side[frame->direction];

		if (frame->order < side->delivered_order)
			frame->marks |= MARK_OVERTAKEN;
		else
			side->delivered_order = frame->order;
	}
	record_delivery(&wire->record, frame, clock_ns(CLOCK_MONOTONIC));
	mirror(wire, end, frame);
	free(frame);
}

/* Delivers what is due and returns how long to sleep, -1 for ever. */
static int64_t release_due(struct wire *wire)
{
	const struct frame *next;

	while ((next = queue_peek(wire->queue)) != NULL) {
		int64_t wait_ns = next->release_ns - clock_ns(CLOCK_MONOTONIC);

		if (wait_ns > SPIN_NS)
			return wait_ns - SPIN_NS / 2;
		if (wait_ns > 0)
			return 0;
		deliver(wire, queue_pop(wire->queue));
	}
	return -1;
}

bool wire_run(struct wire *wire, const volatile sig_atomic_t *stopped)
{
	sigset_t during_poll;

	sigemptyset(&during_poll);
	while (!*stopped) {
		int64_t sleep_ns = release_due(wire);
		struct timespec timeout = {.tv_sec = sleep_ns / 1000000000, .tv_nsec = sleep_ns % 1000000000};
		struct pollfd ends[3] = {{.fd = wire->taps[0], .events = POLLIN},
					 {.fd = wire->taps[1], .events = POLLIN},
					 {.fd = wire->control.fd, .events = POLLIN}};

		if (ppoll(ends, 3, sleep_ns < 0 ? NULL : &timeout, &during_poll) < 0 && errno != EINTR)
			return false;
		if (ends[2].revents != 0)
			control_read(&wire->control, wire->impairments);
		for (int i = 0; i < 2; i++)
			if (ends[i].revents != 0 && !read_end(wire, (enum wire_direction)i))
				return false;
	}
	return true;
}
