/* record.h: the wire's log, one CSV line for each copy of each TCP frame and its fate, and the counts. */
#ifndef LAB_RECORD_H
#define LAB_RECORD_H

#include <stdint.h>
#include <stdio.h>

#include "frame.h"
#include "impairment.h"

struct direction_counts {
	uint64_t frames_in, frames_out; /* all protocols; out counts copies too */
	uint64_t data_segments_in, data_bytes_in, data_segments_out, data_bytes_out; /* TCP; wire segments */
	uint64_t lost, lost_data_segments, lost_data_bytes;			      /* queue_full apart */
	uint64_t lost_by[LOSS_REASONS];						      /* frames */
	uint64_t queue_full, queue_full_data_segments;
	uint64_t late, overtaken, duplicated, corrupted, congestion; /* frames */
	uint64_t zero_windows;
	uint64_t write_errors;
	uint64_t released, released_200us_late; /* precision: how many left later than they should have, by > 0.2 ms */
	int64_t lateness_ns, lateness_max_ns;
};

struct record {
	FILE *log;	     /* NULL: none */
	int64_t realtime_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC when the wire started */
	struct direction_counts counts[2];
};

void record_log_header(const struct record *record);
void record_arrival(struct record *record, const struct frame *frame);
void record_drop(struct record *record, const struct frame *frame, const struct verdict *verdict);
/* The frame left at `now_ns` (CLOCK_MONOTONIC). */
void record_delivery(struct record *record, const struct frame *frame, int64_t now_ns);
/* The sender of this frame closed or opened its receive window. */
void record_window(struct record *record, const struct frame *frame, bool closed);
void record_print_counts(const struct direction_counts *counts, FILE *out);

#endif
