#include "analyze/source/tape.h"

#include "analyze/source/fingerprint.h"
#include "analyze/source/readahead.h"
#include "analyze/source/source.h"
#include "analyze/source/tape_list.h"
#include "analyze/source/tape_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A segment may hold packets that are a little older than its start, and up to a second later than the next one's. */
#define MARGIN_NS INT64_C(2000000000)

#define ZSTD_MAGIC_BYTES 4

/* Below this a thread that reads ahead costs more than it brings. */
#define READAHEAD_BYTES 262144

struct tape {
	struct tape_list list;
	int64_t from_ns, to_ns;
	uint64_t bytes_wanted, bytes_done;

	size_t at; /* the next segment to open; with one open, its index + 1 */
	struct source *source;
	struct readahead *ahead;
	enum status status; /* what ended it; stays */

	size_t position, damaged, read;
	uint64_t frames, fingerprint;
	uint16_t link_type;
	const char *link_name;
	uint32_t snaplen;
	void (*complain)(void *user, const char *path, const char *message);
	void *user;
};

static char *without_part(const char *path)
{
	return strndup(path, strlen(path) - strlen(TAPE_NAME_PART));
}

enum status tape_open(struct tape **tape, const char *path, char *message)
{
	*tape = NULL;
	struct tape *opened = calloc(1, sizeof *opened);
	if (!opened) {
		snprintf(message, TAPE_MESSAGE_MAX, "%.4000s: out of memory", path);
		return STATUS_NO_MEMORY;
	}
	opened->link_name = "unknown";
	opened->fingerprint = FINGERPRINT_START;
	const enum status status = tape_list_read(&opened->list, path, message);
	if (status != STATUS_OK) {
		tape_close(opened);
		return status;
	}
	tape_limit(opened, NO_TIME, NO_TIME);
	*tape = opened;
	return STATUS_OK;
}

static void close_segment(struct tape *tape)
{
	readahead_free(tape->ahead);
	source_close(tape->source);
	tape->ahead = NULL;
	tape->source = NULL;
}

void tape_close(struct tape *tape)
{
	if (!tape)
		return;
	close_segment(tape);
	tape_list_free(&tape->list);
	free(tape);
}

bool tape_wants(const struct tape *tape, size_t index)
{
	const int64_t start_ns = tape->list.segments[index].start_ns;
	if (tape->to_ns != NO_TIME && start_ns - MARGIN_NS > tape->to_ns)
		return false;
	if (tape->from_ns == NO_TIME || index + 1 == tape->list.count)
		return true;
	/* Where the clock was set back, the next one's start says nothing. */
	const int64_t next_ns = tape->list.segments[index + 1].start_ns;
	return next_ns < start_ns || next_ns + MARGIN_NS >= tape->from_ns;
}

void tape_limit(struct tape *tape, int64_t from_ns, int64_t to_ns)
{
	tape->from_ns = from_ns;
	tape->to_ns = to_ns;
	tape->bytes_wanted = 0;
	for (size_t i = 0; i < tape->list.count; i++)
		if (tape_wants(tape, i))
			tape->bytes_wanted += tape->list.segments[i].file_bytes;
}

/* The latest of a file; NO_TIME without packets. */
static int64_t last_of_file(const char *path)
{
	char message[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	struct frame frame;
	int64_t last_ns = NO_TIME;
	if (source_open(&source, path, message) == STATUS_OK)
		while (source_next(source, &frame) == STATUS_OK)
			if (last_ns == NO_TIME || frame.t_ns > last_ns)
				last_ns = frame.t_ns;
	source_close(source);
	return last_ns;
}

int64_t tape_last_ns(const struct tape *tape)
{
	int64_t last_ns = NO_TIME;
	for (size_t i = tape->list.count; i-- > 0 && last_ns == NO_TIME;)
		last_ns = last_of_file(tape->list.segments[i].path);
	return last_ns;
}

static void damage(struct tape *tape, const char *path, const char *message)
{
	tape->damaged++;
	if (tape->complain)
		tape->complain(tape->user, path, message);
}

/* Opens the segment; one that is finished meanwhile has lost its ".part". */
static enum status open_source(struct tape *tape, const struct tape_segment *segment, char *message)
{
	enum status status = source_open(&tape->source, segment->path, message);
	if (status != STATUS_NOT_FOUND || !segment->part)
		return status;
	char *finished = without_part(segment->path);
	if (finished)
		status = source_open(&tape->source, finished, message);
	free(finished);
	return status;
}

/* STATUS_OK: a segment is open; STATUS_END: there are no more; STATUS_INTERRUPTED, STATUS_NO_MEMORY. */
static enum status open_next(struct tape *tape)
{
	char message[SOURCE_MESSAGE_MAX];
	while (tape->at < tape->list.count) {
		const size_t index = tape->at++;
		const struct tape_segment *segment = &tape->list.segments[index];
		if (!tape_wants(tape, index))
			continue;
		const enum status status = open_source(tape, segment, message);
		if (status == STATUS_OK) {
			if (tape->read++ == 0 || tape->frames == 0) {
				tape->link_type = source_link_type(tape->source);
				tape->link_name = source_link_name(tape->source);
				tape->snaplen = source_snaplen(tape->source);
			}
			if (segment->file_bytes >= READAHEAD_BYTES)
				tape->ahead = readahead_new(tape->source);
			return STATUS_OK;
		}
		if (status == STATUS_NO_MEMORY || status == STATUS_INTERRUPTED)
			return status;
		tape->bytes_done += segment->file_bytes;
		if (segment->part && (segment->file_bytes < ZSTD_MAGIC_BYTES || status == STATUS_TRUNCATED))
			continue; /* nothing of it has been flushed yet */
		damage(tape, segment->path, status == STATUS_NOT_FOUND ? "has been removed meanwhile: skipped" : message);
	}
	return STATUS_END;
}

/* What is over: the segment, or with STATUS_NO_MEMORY and STATUS_INTERRUPTED all of it. */
static void end_segment(struct tape *tape, enum status status)
{
	const struct tape_segment *segment = &tape->list.segments[tape->at - 1];
	char message[SOURCE_MESSAGE_MAX + SOURCE_BEFORE_MAX], before[SOURCE_BEFORE_MAX];
	if (status == STATUS_NO_MEMORY || status == STATUS_INTERRUPTED) {
		tape->status = status;
	} else if (status != STATUS_END && !(segment->part && status == STATUS_TRUNCATED)) {
		readahead_free(tape->ahead); /* its thread writes what is read here */
		tape->ahead = NULL;
		snprintf(message, sizeof message, "%s: %s", source_message(tape->source),
			 source_before(source_frames(tape->source), "taken", before));
		damage(tape, segment->path, message);
	}
	tape->bytes_done += segment->file_bytes;
	close_segment(tape);
}

static bool within_limits(const struct tape *tape, int64_t t_ns)
{
	return (tape->from_ns == NO_TIME || t_ns >= tape->from_ns) && (tape->to_ns == NO_TIME || t_ns <= tape->to_ns);
}

enum status tape_next(struct tape *tape, struct frame *frame)
{
	while (tape->status == STATUS_OK) {
		if (!tape->source) {
			tape->status = open_next(tape);
			continue;
		}
		const enum status status = tape->ahead ? readahead_next(tape->ahead, frame) : source_next(tape->source, frame);
		if (status != STATUS_OK) {
			end_segment(tape, status);
		} else if (within_limits(tape, frame->t_ns)) {
			if (tape->frames++ == 0) {
				tape->link_type = frame->link_type;
				tape->link_name = source_link_name(tape->source);
				tape->snaplen = source_snaplen(tape->source);
			}
			frame->number = tape->frames;
			if (tape->frames <= SOURCE_FINGERPRINT_FRAMES)
				tape->fingerprint = fingerprint_add(tape->fingerprint, frame);
			tape->position = tape->at - 1;
			return STATUS_OK;
		}
	}
	return tape->status;
}

void tape_on_damage(struct tape *tape, void (*complain)(void *user, const char *path, const char *message), void *user)
{
	char message[80] = "no file: left out";
	tape->complain = complain;
	tape->user = user;
	if (tape->list.strange > 1)
		snprintf(message, sizeof message, "no file: it and %zu more are left out", tape->list.strange - 1);
	if (tape->list.strange > 0)
		damage(tape, tape->list.strange_path, message);
}

size_t tape_count(const struct tape *tape)
{
	return tape->list.count;
}

const struct tape_segment *tape_segment(const struct tape *tape, size_t index)
{
	return &tape->list.segments[index];
}

size_t tape_damaged(const struct tape *tape)
{
	return tape->damaged;
}

size_t tape_position(const struct tape *tape)
{
	return tape->position;
}

uint64_t tape_frames(const struct tape *tape)
{
	return tape->frames;
}

size_t tape_read(const struct tape *tape)
{
	return tape->read;
}

uint16_t tape_link_type(const struct tape *tape)
{
	return tape->link_type;
}

const char *tape_link_name(const struct tape *tape)
{
	return tape->link_name;
}

uint32_t tape_snaplen(const struct tape *tape)
{
	return tape->snaplen;
}

uint64_t tape_fingerprint(const struct tape *tape)
{
	return tape->fingerprint;
}

uint64_t tape_file_offset(const struct tape *tape)
{
	if (!tape->source)
		return tape->bytes_done;
	return tape->bytes_done + (tape->ahead ? readahead_file_offset(tape->ahead) : source_file_offset(tape->source));
}

uint64_t tape_file_bytes(const struct tape *tape)
{
	return tape->bytes_wanted;
}
