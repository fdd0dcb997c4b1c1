/* segment_file.h: the segment that is being written: a nanosecond pcap in one zstd frame. Packets are taken in memory and written in a
 * step of its own, which can fail and be tried again without losing any of them or writing one twice. One object serves for all
 * segments, one after the other.
 *
 * No content checksum: without it a frame that a crash cut off can be ended in place (repair.h). */
#ifndef WIRETAPE_CAPTURE_SEGMENT_FILE_H
#define WIRETAPE_CAPTURE_SEGMENT_FILE_H

#include "capture/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCAP_MAGIC_NANOSECONDS UINT32_C(0xa1b23c4d)
#define PCAP_HEADER_BYTES 24
/* Bytes of a packet, at most; libpcap's limit. */
#define PACKET_BYTES_MAX 262144
/* On the disk behind what segment_file_bytes counts, at most, until the segment is ended. */
#define SEGMENT_TAIL_BYTES 3

struct segment_file;

/* NULL when out of memory. */
struct segment_file *segment_file_new(void);
/* What is open stays as it is, as a crash would leave it. NULL is allowed. */
void segment_file_free(struct segment_file *file);

/* Makes FOLDER/NAME.part, for segment_file_open; to be done before the segment before it is ended, so that one can go on with that if
 * it fails (errno). */
bool segment_file_reserve(struct segment_file *file, const char *folder, const char *name);
bool segment_file_is_reserved(const struct segment_file *file);
/* Starts the one reserved, with the pcap's header in memory. `snaplen` as the header shall say it. False: out of memory. */
bool segment_file_open(struct segment_file *file, uint16_t link_type, uint32_t snaplen, int level);
bool segment_file_is_open(const struct segment_file *file);

/* Each of these three takes what it does into memory (a record: struct record and the packet behind it); false: segment_file_write
 * comes first. After segment_file_flush and write all packets so far can be read from the file, and a few bytes follow that are
 * no block yet; segment_file_end ends the frame. */
bool segment_file_put(struct segment_file *file, const void *record, size_t bytes);
bool segment_file_flush(struct segment_file *file);
bool segment_file_end(struct segment_file *file);
/* Bytes in memory that wait for segment_file_write. */
size_t segment_file_pending(const struct segment_file *file);
/* Bytes in memory that the compressor has not given out yet; uncompressed. */
size_t segment_file_unflushed(const struct segment_file *file);
/* On the disk. */
uint64_t segment_file_bytes(const struct segment_file *file);

/* False: errno says why; what is left can be written later. */
bool segment_file_write(struct segment_file *file);
/* Once the end is written: gives the file its name and closes it. False: errno; may be tried again. */
bool segment_file_finish(struct segment_file *file);
/* Closes it as it is, named NAME.part. */
void segment_file_abandon(struct segment_file *file);
/* True if somebody has removed the file meanwhile. */
bool segment_file_is_gone(const struct segment_file *file);

#endif
