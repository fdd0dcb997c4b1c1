#include "capture/segment_file.h"

#include "capture/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

/* Room for what one call can give out: the largest packet and the compressor's own block (128 KiB), neither of which shrinks. */
#define ROOM_BYTES ((size_t)512 << 10)
#define BUFFER_BYTES ((size_t)1 << 20)
/* The kernel is asked to begin writing to the disk after so much, so that little is left to wait for in the end. A quiet link's
 * trickle is not: the disk may sleep. */
#define WRITEBACK_BYTES ((uint64_t)8 << 20)

/* The header of a block that is still to come (RFC 8878 3.1.1.2: raw, one byte, not the last), kept behind the last one and written
 * over by the next. Without it zstd ends at the end of its input, with up to 128 KiB decompressed that it has not given out. */
static const uint8_t tail[SEGMENT_TAIL_BYTES] = { 0x08, 0x00, 0x00 };

struct segment_file {
	ZSTD_CCtx *compressor;
	bool ended;
	int fd, reserved_fd; /* -1: none */
	char path[DISK_PATH_MAX], reserved_path[DISK_PATH_MAX]; /* with ".part" */
	uint64_t bytes, written_back;
	size_t unflushed;
	size_t used, written; /* of the buffer */
	uint8_t buffer[BUFFER_BYTES];
};

struct segment_file *segment_file_new(void)
{
	struct segment_file *file = malloc(sizeof(*file));
	if (!file)
		return NULL;
	/* All of it is touched now: memory is taken at the start. */
	memset(file, 0, sizeof(*file));
	file->fd = file->reserved_fd = -1;
	file->compressor = ZSTD_createCCtx();
	if (file->compressor)
		return file;
	free(file);
	return NULL;
}

void segment_file_free(struct segment_file *file)
{
	if (!file)
		return;
	segment_file_abandon(file);
	if (file->reserved_fd >= 0) {
		close(file->reserved_fd);
		unlink(file->reserved_path);
	}
	ZSTD_freeCCtx(file->compressor);
	free(file);
}

bool segment_file_reserve(struct segment_file *file, const char *folder, const char *name)
{
	if (file->reserved_fd >= 0)
		return true;
	if (snprintf(file->reserved_path, DISK_PATH_MAX, "%s/%s.part", folder, name) >= DISK_PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	file->reserved_fd = open(file->reserved_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	return file->reserved_fd >= 0;
}

bool segment_file_is_reserved(const struct segment_file *file)
{
	return file->reserved_fd >= 0;
}

bool segment_file_is_open(const struct segment_file *file)
{
	return file->fd >= 0;
}

/* True with all of the input taken; and, but with ZSTD_e_continue, nothing left in the compressor. */
static bool compress(struct segment_file *file, const void *bytes, size_t count, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { bytes, count, 0 };
	ZSTD_outBuffer out = { file->buffer, BUFFER_BYTES, file->used };
	size_t left;
	do {
		left = ZSTD_compressStream2(file->compressor, &out, &in, how);
		if (ZSTD_isError(left))
			return false;
	} while (in.pos < in.size || (how != ZSTD_e_continue && left));
	file->unflushed = out.pos > file->used || how != ZSTD_e_continue ? 0 : file->unflushed;
	file->unflushed += how == ZSTD_e_continue ? count : 0;
	file->used = out.pos;
	file->ended = how == ZSTD_e_end;
	return true;
}

static bool has_room(const struct segment_file *file)
{
	return BUFFER_BYTES - file->used >= ROOM_BYTES;
}

static void pcap_header(uint8_t header[PCAP_HEADER_BYTES], uint16_t link_type, uint32_t snaplen)
{
	/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html, in the host's byte order: magic, version 2.4, two
	 * words of zero, snaplen, link type. */
	static const uint16_t version[2] = { 2, 4 };
	uint32_t magic = PCAP_MAGIC_NANOSECONDS, link = link_type;
	memset(header, 0, PCAP_HEADER_BYTES);
	memcpy(header, &magic, 4);
	memcpy(header + 4, version, 4);
	memcpy(header + 16, &snaplen, 4);
	memcpy(header + 20, &link, 4);
}

bool segment_file_open(struct segment_file *file, uint16_t link_type, uint32_t snaplen, int level)
{
	uint8_t header[PCAP_HEADER_BYTES];
	pcap_header(header, link_type, snaplen);
	file->used = file->written = 0;
	file->unflushed = 0;
	file->bytes = file->written_back = 0;
	ZSTD_CCtx_reset(file->compressor, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(file->compressor, ZSTD_c_compressionLevel, level)) ||
	    !compress(file, header, sizeof(header), ZSTD_e_flush))
		return false;
	file->fd = file->reserved_fd;
	file->reserved_fd = -1;
	memcpy(file->path, file->reserved_path, sizeof(file->path));
	return true;
}

bool segment_file_put(struct segment_file *file, const void *record, size_t bytes)
{
	return has_room(file) && compress(file, record, bytes, ZSTD_e_continue);
}

bool segment_file_flush(struct segment_file *file)
{
	return has_room(file) && compress(file, NULL, 0, ZSTD_e_flush);
}

bool segment_file_end(struct segment_file *file)
{
	return has_room(file) && compress(file, NULL, 0, ZSTD_e_end);
}

size_t segment_file_pending(const struct segment_file *file)
{
	return file->used - file->written;
}

size_t segment_file_unflushed(const struct segment_file *file)
{
	return file->unflushed;
}

uint64_t segment_file_bytes(const struct segment_file *file)
{
	return file->bytes;
}

bool segment_file_write(struct segment_file *file)
{
	uint64_t before = file->bytes;
	bool done = disk_write(file->fd, file->buffer + file->written, file->used - file->written, &file->bytes);
	file->written += (size_t)(file->bytes - before);
	if (!done)
		return false;
	file->used = file->written = 0;
	uint64_t end = file->bytes;
	if (!file->ended)
		disk_write(file->fd, tail, sizeof(tail), &end); /* on a full disk it does without */
	if (file->bytes - file->written_back >= WRITEBACK_BYTES) {
		sync_file_range(file->fd, (off_t)file->written_back, (off_t)(file->bytes - file->written_back), SYNC_FILE_RANGE_WRITE);
		file->written_back = file->bytes;
	}
	return true;
}

bool segment_file_finish(struct segment_file *file)
{
	char path[DISK_PATH_MAX];
	snprintf(path, sizeof(path), "%.*s", (int)(strlen(file->path) - strlen(".part")), file->path);
	if (fdatasync(file->fd) != 0 && errno != EINVAL)
		return false;
	if (rename(file->path, path) != 0)
		return false;
	close(file->fd);
	file->fd = -1;
	return true;
}

void segment_file_abandon(struct segment_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	file->used = file->written = 0;
	file->unflushed = 0;
}

bool segment_file_is_gone(const struct segment_file *file)
{
	struct stat now;
	return file->fd >= 0 && fstat(file->fd, &now) == 0 && now.st_nlink == 0;
}
