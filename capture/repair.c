#include "capture/repair.h"

#include "analyze/engine/facts.h"
#include "capture/disk.h"
#include "capture/segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

/* RFC 8878 3.1.1: magic, descriptor, window, dictionary, content size. */
#define FRAME_HEADER_MAX 18
#define BLOCK_HEADER_BYTES 3
#define BLOCK_MAX ((size_t)128 << 10)
/* Less than any window of our levels. */
#define RAW_BLOCK_BYTES ((size_t)64 << 10)
/* The writer flushes after BLOCK_BYTES; what comes between two flushes is a little more. */
#define TAIL_MAX (2 * BLOCK_BYTES)

enum block_type { BLOCK_RAW, BLOCK_RLE, BLOCK_COMPRESSED, BLOCK_RESERVED };

struct walk {
	FILE *file;
	ZSTD_DCtx *decompressor;
	struct repair *repair;  /* up to the last cut; with the tail in the end */
	struct repair now;	/* up to the last whole packet */
	bool have_header, foreign, spent;
	uint64_t *budget_bytes;
	uint64_t offset;	/* of the file: after the last block */
	uint8_t *content;	/* since the last cut */
	size_t used, parsed;
	bool overflowed;	/* more came without a flush than there is room for */
	uint8_t block[BLOCK_HEADER_BYTES + BLOCK_MAX];
};

static uint32_t u32(const uint8_t *bytes)
{
	uint32_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* How long a frame's header is. 0: it is none that our writer makes. */
static size_t frame_header_bytes(const uint8_t *bytes, size_t count)
{
	static const uint8_t magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t dictionary_bytes[4] = { 0, 1, 2, 4 };
	static const uint8_t content_size_bytes[4] = { 0, 2, 4, 8 };
	if (count < 6 || memcmp(bytes, magic, sizeof(magic)) != 0)
		return 0;
	uint8_t descriptor = bytes[4];
	bool single_segment = descriptor & 0x20, checksum = descriptor & 0x04;
	if (checksum || single_segment)
		return 0;
	size_t length = 4 + 1 + 1 + (size_t)dictionary_bytes[descriptor & 3] + (size_t)content_size_bytes[descriptor >> 6];
	return length <= count ? length : 0;
}

/* Feeds bytes of the frame; all of them belong to whole blocks, so that all they hold comes out. */
static bool decompress(struct walk *walk, const void *bytes, size_t count)
{
	ZSTD_inBuffer in = { bytes, count, 0 };
	for (;;) {
		if (walk->used + BLOCK_MAX > TAIL_MAX + BLOCK_MAX + PACKET_BYTES_MAX) {
			/* Without a cut for so long: what was parsed can't be kept. */
			memmove(walk->content, walk->content + walk->parsed, walk->used - walk->parsed);
			walk->used -= walk->parsed;
			walk->parsed = 0;
			walk->overflowed = true;
		}
		ZSTD_outBuffer out = { walk->content + walk->used, BLOCK_MAX, 0 };
		size_t left = ZSTD_decompressStream(walk->decompressor, &out, &in);
		walk->used += out.pos;
		walk->spent = out.pos > *walk->budget_bytes;
		*walk->budget_bytes -= walk->spent ? 0 : out.pos;
		if (walk->spent)
			return false;
		if (ZSTD_isError(left))
			return false;
		if (in.pos == in.size && out.pos < out.size)
			return true;
	}
}

static bool take_pcap_header(struct walk *walk)
{
	if (walk->used < PCAP_HEADER_BYTES)
		return true;
	if (u32(walk->content) != PCAP_MAGIC_NANOSECONDS)
		return false;
	walk->now.snaplen = u32(walk->content + 16);
	walk->now.link_type = (uint16_t)u32(walk->content + 20);
	walk->parsed = PCAP_HEADER_BYTES;
	walk->have_header = true;
	return true;
}

static void take_packet(struct repair *now, const struct record *record)
{
	int64_t t_ns = (int64_t)record->seconds * 1000000000 + record->nanoseconds;
	now->first_ns = now->first_ns == NO_TIME || t_ns < now->first_ns ? t_ns : now->first_ns;
	now->last_ns = now->last_ns == NO_TIME || t_ns > now->last_ns ? t_ns : now->last_ns;
	now->packets++;
	now->bytes += record->wire_bytes;
	now->captured_bytes += record->captured_bytes;
}

/* Counts the whole packets that have come. False: what follows is no packet. */
static bool parse(struct walk *walk)
{
	if (!walk->have_header && !take_pcap_header(walk))
		return false;
	while (walk->have_header && walk->used - walk->parsed >= sizeof(struct record)) {
		struct record record;
		memcpy(&record, walk->content + walk->parsed, sizeof(record));
		if (record.captured_bytes > PACKET_BYTES_MAX || record.nanoseconds >= 1000000000)
			return false;
		if (walk->used - walk->parsed - sizeof(record) < record.captured_bytes)
			return true;
		walk->parsed += sizeof(record) + record.captured_bytes;
		take_packet(&walk->now, &record);
	}
	return true;
}

/* After a block: if a packet ended with it, the file can be cut here. Blocks without content bring nothing: a file system may have left
 * zeros at the file's end, which look like them. */
static void consider_cut(struct walk *walk)
{
	if (!walk->have_header || walk->parsed != walk->used || !walk->used)
		return;
	walk->now.cut_bytes = walk->offset;
	*walk->repair = walk->now;
	walk->used = walk->parsed = 0;
	walk->overflowed = false;
}

/* Reads a block and its content. False: it is not whole, or damaged. */
static bool next_block(struct walk *walk, bool *last)
{
	if (fread(walk->block, 1, BLOCK_HEADER_BYTES, walk->file) != BLOCK_HEADER_BYTES)
		return false;
	uint32_t header = (uint32_t)walk->block[0] | (uint32_t)walk->block[1] << 8 | (uint32_t)walk->block[2] << 16;
	enum block_type type = (enum block_type)(header >> 1 & 3);
	size_t bytes = type == BLOCK_RLE ? 1 : header >> 3;
	if (type == BLOCK_RESERVED || bytes > BLOCK_MAX || header >> 3 > BLOCK_MAX ||
	    fread(walk->block + BLOCK_HEADER_BYTES, 1, bytes, walk->file) != bytes ||
	    !decompress(walk, walk->block, BLOCK_HEADER_BYTES + bytes))
		return false;
	walk->offset += BLOCK_HEADER_BYTES + bytes;
	*last = header & 1;
	return true;
}

/* A file that was only made, or whose bytes did not come to the disk before the power went. */
static bool is_blank(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool begin_frame(struct walk *walk)
{
	uint8_t header[FRAME_HEADER_MAX];
	size_t count = fread(header, 1, sizeof(header), walk->file);
	size_t length = frame_header_bytes(header, count);
	walk->offset = length;
	if (length && fseek(walk->file, (long)length, SEEK_SET) == 0 && decompress(walk, header, length))
		return true;
	/* A magic that was cut short is ours. */
	walk->foreign = !is_blank(header, count) && (length || count >= 6 || memcmp(header, "\x28\xb5\x2f\xfd", count < 4 ? count : 4) != 0);
	return false;
}

static enum status walk_blocks(struct walk *walk)
{
	bool last = false;
	if (!begin_frame(walk))
		return ferror(walk->file) ? STATUS_IO : STATUS_FORMAT;
	while (!last && next_block(walk, &last)) {
		if (!parse(walk)) {
			walk->foreign = true;
			break;
		}
		consider_cut(walk);
	}
	if (ferror(walk->file))
		return STATUS_IO;
	if (walk->spent)
		return STATUS_UNSUPPORTED;
	if (!walk->have_header || !walk->repair->cut_bytes)
		return STATUS_FORMAT;
	if (last && walk->used == 0) {
		walk->repair->complete = true;
		walk->repair->cut_bytes = walk->offset;
	}
	return STATUS_OK;
}

/* Whole packets after the last cut. */
static enum status keep_tail(struct walk *walk)
{
	if (!walk->parsed || walk->overflowed || walk->repair->complete)
		return STATUS_OK;
	uint8_t *tail = malloc(walk->parsed);
	if (!tail)
		return STATUS_NO_MEMORY;
	memcpy(tail, walk->content, walk->parsed);
	uint64_t cut_bytes = walk->repair->cut_bytes;
	*walk->repair = walk->now;
	walk->repair->cut_bytes = cut_bytes;
	walk->repair->tail = tail;
	walk->repair->tail_bytes = walk->parsed;
	return STATUS_OK;
}

static int64_t change_time(FILE *file)
{
	struct stat now;
	if (fstat(fileno(file), &now) != 0)
		return NO_TIME;
	return (int64_t)now.st_mtim.tv_sec * 1000000000 + now.st_mtim.tv_nsec;
}

static FILE *open_stream(const char *path)
{
	int fd = disk_open_file(path, O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file && fd >= 0)
		close(fd);
	return file;
}

enum status repair_read(const char *path, struct repair *repair)
{
	uint64_t budget_bytes = UINT64_MAX;
	return repair_read_within(path, &budget_bytes, repair);
}

enum status repair_read_within(const char *path, uint64_t *budget_bytes, struct repair *repair)
{
	*repair = (struct repair){ .first_ns = NO_TIME, .last_ns = NO_TIME, .changed_ns = NO_TIME };
	FILE *file = open_stream(path);
	if (!file)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	enum status status = STATUS_NO_MEMORY;
	struct walk *walk = calloc(1, sizeof(*walk));
	if (!walk)
		goto out;
	walk->file = file;
	walk->repair = repair;
	walk->budget_bytes = budget_bytes;
	walk->decompressor = ZSTD_createDCtx();
	walk->content = malloc(TAIL_MAX + 2 * BLOCK_MAX + PACKET_BYTES_MAX);
	if (!walk->decompressor || !walk->content)
		goto out;
	repair->changed_ns = change_time(file);
	walk->now = *repair;
	status = walk_blocks(walk);
	if (!status)
		status = keep_tail(walk);
	repair->foreign = status == STATUS_FORMAT && walk->foreign;
out:
	if (walk) {
		ZSTD_freeDCtx(walk->decompressor);
		free(walk->content);
	}
	free(walk);
	fclose(file);
	return status;
}

uint64_t repair_growth(const struct repair *repair)
{
	return repair->tail_bytes + (repair->tail_bytes / RAW_BLOCK_BYTES + 2) * BLOCK_HEADER_BYTES;
}

static bool write_raw_block(int fd, const uint8_t *bytes, size_t count, bool last, uint64_t *offset)
{
	uint32_t value = (uint32_t)count << 3 | BLOCK_RAW << 1 | last;
	const uint8_t header[BLOCK_HEADER_BYTES] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16) };
	return disk_write(fd, header, sizeof(header), offset) && disk_write(fd, bytes, count, offset);
}

static bool write_end(int fd, const struct repair *repair)
{
	uint64_t offset = repair->cut_bytes;
	if (ftruncate(fd, (off_t)offset) != 0)
		return false;
	for (size_t at = 0; at < repair->tail_bytes; at += RAW_BLOCK_BYTES) {
		size_t left = repair->tail_bytes - at;
		if (!write_raw_block(fd, repair->tail + at, left < RAW_BLOCK_BYTES ? left : RAW_BLOCK_BYTES, false, &offset))
			return false;
	}
	return (repair->complete || write_raw_block(fd, NULL, 0, true, &offset)) && fdatasync(fd) == 0;
}

bool repair_finish(const char *path, const struct repair *repair)
{
	char name[DISK_PATH_MAX];
	size_t length = strlen(path);
	if (length < sizeof(".part") || length >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(length - strlen(".part")), path);
	int fd = disk_open_file(path, O_WRONLY);
	if (fd < 0)
		return false;
	bool done = write_end(fd, repair);
	int saved = errno;
	close(fd);
	errno = saved;
	return done && rename(path, name) == 0;
}

void repair_free(struct repair *repair)
{
	free(repair->tail);
	repair->tail = NULL;
}
