/* source.h: the frames of one capture: pcap (us, ns, both byte orders) or pcapng, plain, zstd or gzip, from a file or from
 * standard input. What it is is told by its content. */
#ifndef WIRETAPE_SOURCE_H
#define WIRETAPE_SOURCE_H

#include "analyze/engine/engine.h"
#include "analyze/engine/status.h"

#include <stddef.h>
#include <stdint.h>

#define SOURCE_MESSAGE_MAX 512

struct source;

/* Opens `path`, "-" for standard input, and reads the capture's header. On STATUS_OK `*source` is the caller's. Otherwise
 * it is NULL and `message` (SOURCE_MESSAGE_MAX bytes) says why, without the path:
 *	STATUS_FORMAT		no capture at all: empty, or its first bytes are another format's
 *	STATUS_TRUNCATED	ends inside the capture's header, or inside the compressed data before it
 *	STATUS_UNSUPPORTED	a capture that libpcap refuses
 *	STATUS_NOT_FOUND, STATUS_IO, STATUS_NO_MEMORY, STATUS_INTERRUPTED */
enum status source_open(struct source **source, const char *path, char *message);

/* The next frame; its data are borrowed until the next call. After all frames: STATUS_END. Damage comes once all frames
 * before it have come, and then again at each call; source_message and source_offset tell more:
 *	STATUS_TRUNCATED	the file ends inside a record, or inside its compressed data
 *	STATUS_FORMAT		a record, or the compressed data, cannot be
 *	STATUS_IO, STATUS_NO_MEMORY
 *	STATUS_INTERRUPTED	a signal's handler ran while waiting for input */
enum status source_next(struct source *source, struct frame *frame);

/* NULL is allowed. */
void source_close(struct source *source);

/* Why source_next ended, for people, with the offset and without the path; "" if it has not or the end is a proper one. */
const char *source_message(const struct source *source);
/* Of the decompressed capture: where the record after the last frame starts; so with damage, where what is whole ends. */
uint64_t source_offset(const struct source *source);

const char *source_path(const struct source *source);
const char *source_format(const struct source *source);	     /* "pcap, us", "pcap, ns", "pcapng" */
const char *source_compression(const struct source *source); /* "none", "zstd", "gzip" */
uint16_t source_link_type(const struct source *source);	     /* LINKTYPE_ */
const char *source_link_name(const struct source *source);   /* "ETHERNET", ... */
uint32_t source_snaplen(const struct source *source);	     /* bytes; what the file says, or libpcap's maximum */

/* For progress: bytes of the file used so far, and its size, 0 where that is not known. */
uint64_t source_file_offset(const struct source *source);
uint64_t source_file_bytes(const struct source *source);

uint64_t source_frames(const struct source *source);
/* "the 12 packets before it are taken": what becomes of so many that came before damage; `done` is "taken". The answer stands in `text`. */
#define SOURCE_BEFORE_MAX 96
const char *source_before(uint64_t packets, const char *done, char text[SOURCE_BEFORE_MAX]);
/* Of the first SOURCE_FINGERPRINT_FRAMES frames' times, lengths and bytes; the same whatever the container. */
#define SOURCE_FINGERPRINT_FRAMES 4096
uint64_t source_fingerprint(const struct source *source);

#endif
