/* stream.h: the bytes of one input, decompressed. What they are is told by their first bytes, never by a name:
 * zstd (one or many frames, skippable ones too), gzip (one or many members), or anything else, taken as it is. */
#ifndef WIRETAPE_STREAM_H
#define WIRETAPE_STREAM_H

#include "analyze/engine/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum compression { COMPRESSION_NONE, COMPRESSION_ZSTD, COMPRESSION_GZIP };

struct stream;

/* Opens `path`, "-" for standard input, and reads its first bytes. On STATUS_OK `*stream` is the caller's. Otherwise it
 * is NULL, and `message` has the reason: STATUS_NOT_FOUND, STATUS_IO, STATUS_NO_MEMORY, STATUS_INTERRUPTED. */
enum status stream_open(struct stream **stream, const char *path, char *message, size_t message_bytes);

/* NULL is allowed. */
void stream_free(struct stream *stream);

/* The next bytes without taking them, at most STREAM_PEEK_MAX, fewer if the stream ends or breaks before. */
#define STREAM_PEEK_MAX 16
size_t stream_peek(struct stream *stream, uint8_t *bytes, size_t count);

/* Takes up to `count` bytes; 0: the end, or damage, which stream_status tells. All bytes before the damage come first. */
size_t stream_read(struct stream *stream, uint8_t *bytes, size_t count);

/* A FILE that reads from the stream, with a large buffer; ftello works and is the offset in the decompressed bytes, other
 * seeks fail. NULL when out of memory. It borrows the stream; close it with fclose before stream_free. */
FILE *stream_file(struct stream *stream);

/* STATUS_OK; STATUS_TRUNCATED: compressed data end too early; STATUS_FORMAT: compressed data are damaged; STATUS_IO;
 * STATUS_INTERRUPTED: a signal came while waiting for input. */
enum status stream_status(const struct stream *stream);
/* What happened, for people; "" while the status is STATUS_OK. */
const char *stream_message(const struct stream *stream);

enum compression stream_compression(const struct stream *stream);
/* "none", "zstd", "gzip". */
const char *compression_name(enum compression compression);

/* Decompressed bytes that were taken. */
uint64_t stream_offset(const struct stream *stream);
/* Bytes of the file that were used for it. */
uint64_t stream_file_offset(const struct stream *stream);
/* Size of the file; 0 where it is not known, as for a pipe. */
uint64_t stream_file_bytes(const struct stream *stream);

#endif
