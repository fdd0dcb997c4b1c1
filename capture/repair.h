/* repair.h: segments that were not finished, or have lost their JSON file.
 *
 * A segment that was cut off is ended in place, without compressing it again and so without room on the disk: RFC 8878 (3.1.1) has
 * a frame as a row of blocks, each of which says how long it is. What was flushed last ended with a block, and at a whole packet;
 * there the file is cut, whole packets that came after it are put there as raw blocks, and then an empty last block. */
#ifndef WIRETAPE_CAPTURE_REPAIR_H
#define WIRETAPE_CAPTURE_REPAIR_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repair {
	uint16_t link_type;
	uint32_t snaplen;
	uint64_t packets, bytes, captured_bytes; /* as in segment_facts: of all whole packets */
	int64_t first_ns, last_ns;
	int64_t changed_ns; /* wall clock: when the file was written to last */
	bool complete;	    /* the frame has its end */
	bool foreign;	    /* with STATUS_FORMAT: something stands in it, but nothing that a recorder began */
	/* Private: where the file can be cut, and the whole packets that came after. */
	uint64_t cut_bytes;
	uint8_t *tail;
	size_t tail_bytes;
};

/* What may be decompressed when a recorder starts: some ten seconds, for which packets can wait. */
#define REPAIR_BYTES_MAX (UINT64_C(16) << 30)

/* Reads the file. STATUS_FORMAT: there is not even a pcap's header of ours, so nothing to be saved. STATUS_NOT_FOUND, STATUS_IO,
 * STATUS_NO_MEMORY. repair_free afterwards in any case. */
enum status repair_read(const char *path, struct repair *repair);
/* The same; *budget_bytes, of what is decompressed, gets less. STATUS_UNSUPPORTED: it was not enough. */
enum status repair_read_within(const char *path, uint64_t *budget_bytes, struct repair *repair);
/* How much the file may grow by. */
uint64_t repair_growth(const struct repair *repair);
/* Ends the file's frame and gives it its name without ".part". False: errno; it can be tried again with repair_read. */
bool repair_finish(const char *path, const struct repair *repair);
void repair_free(struct repair *repair);

#endif
