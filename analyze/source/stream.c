#include "analyze/source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	INPUT_BYTES = 256 * 1024,
	FILE_BUFFER_BYTES = 1024 * 1024,
	MAGIC_BYTES = 4,
	GZIP_WINDOW_BITS = 15 + 16, /* 16: gzip's header and trailer (zlib.h, inflateInit2) */
};

struct stream {
	int fd;
	bool fd_ours;
	bool input_ended;
	bool frame_open; /* compressed data end properly only while this is false */
	enum compression compression;
	enum status status;
	uint64_t file_bytes, file_read, offset;
	ZSTD_DStream *zstd;
	z_stream gzip;
	bool gzip_ready;
	size_t input_at, input_end;
	size_t head_at, head_end;
	uint8_t head[STREAM_PEEK_MAX]; /* peeked and not yet taken */
	char message[256];
	uint8_t *file_buffer;
	uint8_t input[INPUT_BYTES];
};

static void __attribute__((format(printf, 3, 4)))
stream_fail(struct stream *stream, enum status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(stream->message, sizeof stream->message, format, arguments);
	va_end(arguments);
	stream->status = status;
}

/* read(2); 0 at the end or on failure. */
static size_t read_fd(struct stream *stream, uint8_t *bytes, size_t count)
{
	if (stream->input_ended || stream->status != STATUS_OK)
		return 0;
	const ssize_t got = read(stream->fd, bytes, count);
	if (got > 0) {
		stream->file_read += (uint64_t)got;
		return (size_t)got;
	}
	if (got == 0)
		stream->input_ended = true;
	else if (errno == EINTR)
		stream_fail(stream, STATUS_INTERRUPTED, "interrupted");
	else
		stream_fail(stream, STATUS_IO, "cannot be read: %s (offset %" PRIu64 " of the file)", strerror(errno),
			    stream->file_read);
	return 0;
}

/* Adds to the input buffer; false at the end or on failure. */
static bool fill_input(struct stream *stream)
{
	if (stream->input_at == stream->input_end)
		stream->input_at = stream->input_end = 0;
	const size_t got = read_fd(stream, stream->input + stream->input_end, INPUT_BYTES - stream->input_end);
	stream->input_end += got;
	return got > 0;
}

static size_t read_raw(struct stream *stream, uint8_t *bytes, size_t count)
{
	size_t buffered = stream->input_end - stream->input_at;
	if (buffered == 0)
		return read_fd(stream, bytes, count);
	if (buffered > count)
		buffered = count;
	memcpy(bytes, stream->input + stream->input_at, buffered);
	stream->input_at += buffered;
	return buffered;
}

static void fail_compressed(struct stream *stream, enum status status, const char *what)
{
	const char *name = compression_name(stream->compression);
	if (status == STATUS_TRUNCATED)
		stream_fail(stream, status, "cut short: the file ends inside its %s data (offset %" PRIu64 " of the file)",
			    name, stream_file_offset(stream));
	else
		stream_fail(stream, status, "damaged: the %s data cannot be decompressed near offset %" PRIu64
			    " of the file: %s", name, stream_file_offset(stream), what);
}

static size_t read_zstd(struct stream *stream, uint8_t *bytes, size_t count)
{
	ZSTD_outBuffer out = {bytes, count, 0};
	bool more_inside = true; /* the last call filled its output, so that it may hold more */
	while (out.pos == 0 && stream->status == STATUS_OK) {
		if (stream->input_at == stream->input_end && !(more_inside && stream->frame_open)) {
			if (!fill_input(stream)) {
				if (stream->status == STATUS_OK && stream->frame_open)
					fail_compressed(stream, STATUS_TRUNCATED, NULL);
				break;
			}
		}
		ZSTD_inBuffer in = {stream->input, stream->input_end, stream->input_at};
		const size_t result = ZSTD_decompressStream(stream->zstd, &out, &in);
		const bool advanced = in.pos != stream->input_at;
		stream->input_at = in.pos;
		if (ZSTD_isError(result)) {
			const bool window = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge;
			fail_compressed(stream, STATUS_FORMAT,
					window ? "it needs a window over 128 MiB; decompress it with `zstd -d --long=31`"
					       : ZSTD_getErrorName(result));
			break;
		}
		stream->frame_open = result != 0;
		more_inside = advanced;
	}
	return out.pos;
}

/* After a member: gzip files may go on with another one, or with zeros (tapes, block devices). False: with neither. */
static bool next_gzip_member(struct stream *stream)
{
	for (;;) {
		while (stream->input_at < stream->input_end && stream->input[stream->input_at] == 0)
			stream->input_at++;
		if (stream->input_at < stream->input_end)
			break;
		if (!fill_input(stream))
			return true;
	}
	if (stream->input[stream->input_at] != 0x1f || inflateReset(&stream->gzip) != Z_OK) {
		fail_compressed(stream, STATUS_FORMAT, "something else follows");
		return false;
	}
	stream->frame_open = true;
	return true;
}

static size_t read_gzip(struct stream *stream, uint8_t *bytes, size_t count)
{
	z_stream *gzip = &stream->gzip;
	const uInt room = count > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)count;
	gzip->next_out = bytes;
	gzip->avail_out = room;
	while (gzip->avail_out == room && stream->status == STATUS_OK) {
		if (!stream->frame_open) {
			if (!next_gzip_member(stream) || !stream->frame_open)
				break;
		}
		if (stream->input_at == stream->input_end)
			fill_input(stream); /* at the end inflate may still hold output */
		gzip->next_in = stream->input + stream->input_at;
		gzip->avail_in = (uInt)(stream->input_end - stream->input_at);
		const int result = inflate(gzip, Z_NO_FLUSH);
		stream->input_at = stream->input_end - gzip->avail_in;
		if (result == Z_STREAM_END) {
			stream->frame_open = false;
		} else if (result == Z_BUF_ERROR) {
			if (stream->input_ended && stream->status == STATUS_OK)
				fail_compressed(stream, STATUS_TRUNCATED, NULL);
		} else if (result != Z_OK) {
			fail_compressed(stream, STATUS_FORMAT, gzip->msg ? gzip->msg : zError(result));
		}
	}
	return room - gzip->avail_out;
}

static size_t read_decompressed(struct stream *stream, uint8_t *bytes, size_t count)
{
	switch (stream->compression) {
	case COMPRESSION_ZSTD:
		return read_zstd(stream, bytes, count);
	case COMPRESSION_GZIP:
		return read_gzip(stream, bytes, count);
	case COMPRESSION_NONE:
		break;
	}
	return read_raw(stream, bytes, count);
}

size_t stream_peek(struct stream *stream, uint8_t *bytes, size_t count)
{
	if (count > STREAM_PEEK_MAX)
		count = STREAM_PEEK_MAX;
	memmove(stream->head, stream->head + stream->head_at, stream->head_end - stream->head_at);
	stream->head_end -= stream->head_at;
	stream->head_at = 0;
	while (stream->head_end < count) {
		const size_t got =
			read_decompressed(stream, stream->head + stream->head_end, count - stream->head_end);
		if (got == 0)
			break;
		stream->head_end += got;
	}
	const size_t there = stream->head_end < count ? stream->head_end : count;
	memcpy(bytes, stream->head, there);
	return there;
}

size_t stream_read(struct stream *stream, uint8_t *bytes, size_t count)
{
	if (count == 0)
		return 0;
	size_t got = stream->head_end - stream->head_at;
	if (got > 0) {
		if (got > count)
			got = count;
		memcpy(bytes, stream->head + stream->head_at, got);
		stream->head_at += got;
	} else {
		got = read_decompressed(stream, bytes, count);
	}
	stream->offset += got;
	return got;
}

static ssize_t cookie_read(void *cookie, char *bytes, size_t count)
{
	struct stream *stream = cookie;
	const size_t got = stream_read(stream, (uint8_t *)bytes, count);
	if (got > 0 || stream->status == STATUS_OK)
		return (ssize_t)got;
	errno = EIO;
	return -1;
}

static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
	const struct stream *stream = cookie;
	if (whence != SEEK_CUR || *offset != 0) {
		errno = ESPIPE;
		return -1;
	}
	*offset = (off64_t)stream->offset;
	return 0;
}

FILE *stream_file(struct stream *stream)
{
	const cookie_io_functions_t functions = {.read = cookie_read, .seek = cookie_seek};
	free(stream->file_buffer);
	stream->file_buffer = malloc(FILE_BUFFER_BYTES);
	if (!stream->file_buffer)
		return NULL;
	FILE *file = fopencookie(stream, "r", functions);
	if (file) {
		setvbuf(file, (char *)stream->file_buffer, _IOFBF, FILE_BUFFER_BYTES);
		__fsetlocking(file, FSETLOCKING_BYCALLER); /* one thread reads; a lock per fread costs a tenth */
	}
	return file;
}

static enum compression recognise(const uint8_t *magic, size_t count)
{
	if (count >= 4 && magic[1] == 0xb5 && magic[2] == 0x2f && magic[3] == 0xfd && magic[0] == 0x28)
		return COMPRESSION_ZSTD; /* RFC 8878 3.1.1 */
	if (count >= 4 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18 && (magic[0] & 0xf0) == 0x50)
		return COMPRESSION_ZSTD; /* a skippable frame: RFC 8878 3.1.2 */
	if (count >= 3 && magic[0] == 0x1f && magic[1] == 0x8b && magic[2] == 8)
		return COMPRESSION_GZIP; /* RFC 1952 2.3.1 */
	return COMPRESSION_NONE;
}

static void start_decompression(struct stream *stream)
{
	while (stream->input_end - stream->input_at < MAGIC_BYTES && fill_input(stream))
		;
	stream->compression = recognise(stream->input, stream->input_end);
	if (stream->compression == COMPRESSION_ZSTD) {
		stream->zstd = ZSTD_createDStream();
		if (!stream->zstd)
			stream_fail(stream, STATUS_NO_MEMORY, "out of memory");
	} else if (stream->compression == COMPRESSION_GZIP) {
		stream->gzip_ready = inflateInit2(&stream->gzip, GZIP_WINDOW_BITS) == Z_OK;
		stream->frame_open = true;
		if (!stream->gzip_ready)
			stream_fail(stream, STATUS_NO_MEMORY, "out of memory");
	}
}

static void open_fd(struct stream *stream, const char *path)
{
	if (strcmp(path, "-") == 0) {
		stream->fd = STDIN_FILENO;
	} else {
		stream->fd = open(path, O_RDONLY | O_CLOEXEC);
		stream->fd_ours = stream->fd >= 0;
	}
	struct stat facts;
	if (stream->fd < 0 || fstat(stream->fd, &facts) != 0) {
		const enum status status = errno == ENOENT ? STATUS_NOT_FOUND
				       : errno == EINTR	 ? STATUS_INTERRUPTED
							 : STATUS_IO;
		stream_fail(stream, status, "cannot be opened: %s", strerror(errno));
	} else if (S_ISDIR(facts.st_mode)) {
		stream_fail(stream, STATUS_IO, "is a folder");
	} else if (S_ISREG(facts.st_mode)) {
		stream->file_bytes = (uint64_t)facts.st_size;
		posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
}

enum status stream_open(struct stream **stream, const char *path, char *message, size_t message_bytes)
{
	*stream = NULL;
	struct stream *opened = calloc(1, sizeof *opened);
	if (!opened) {
		snprintf(message, message_bytes, "out of memory");
		return STATUS_NO_MEMORY;
	}
	open_fd(opened, path);
	if (opened->status == STATUS_OK)
		start_decompression(opened);
	const enum status status = opened->status;
	if (status == STATUS_OK) {
		*stream = opened;
		return STATUS_OK;
	}
	snprintf(message, message_bytes, "%s", opened->message);
	stream_free(opened);
	return status;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->fd_ours)
		close(stream->fd);
	if (stream->gzip_ready)
		inflateEnd(&stream->gzip);
	ZSTD_freeDStream(stream->zstd);
	free(stream->file_buffer);
	free(stream);
}

enum status stream_status(const struct stream *stream)
{
	return stream->status;
}

const char *stream_message(const struct stream *stream)
{
	return stream->message;
}

enum compression stream_compression(const struct stream *stream)
{
	return stream->compression;
}

const char *compression_name(enum compression compression)
{
	switch (compression) {
	case COMPRESSION_ZSTD:
		return "zstd";
	case COMPRESSION_GZIP:
		return "gzip";
	case COMPRESSION_NONE:
		break;
	}
	return "none";
}

uint64_t stream_offset(const struct stream *stream)
{
	return stream->offset;
}

uint64_t stream_file_offset(const struct stream *stream)
{
	return stream->file_read - (stream->input_end - stream->input_at);
}

uint64_t stream_file_bytes(const struct stream *stream)
{
	return stream->file_bytes;
}
