#include "analyze/source/tape.h"

#include "analyze/source/fingerprint.h"
#include "analyze/source/readahead.h"
#include "analyze/source/source.h"
#include "analyze/source/tape_name.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEGMENTS_MAX 1000000

/* A segment may hold packets that are a little older than its start, and up to a second later than the next one's. */
#define MARGIN_NS INT64_C(2000000000)

/* Below this a thread that reads ahead costs more than it brings. */
#define READAHEAD_BYTES 262144

struct tape {
	struct tape_segment *segments;
	size_t count, room;
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

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool tape_is_segment_name(const char *name)
{
	uint64_t sequence;
	int64_t start_ns;
	bool part;
	return tape_name_parse(name, &sequence, &start_ns, &part);
}

static char *without_end(const char *path, const char *end, const char *instead)
{
	char *changed = NULL;
	const int length = (int)(strlen(path) - strlen(end));
	return asprintf(&changed, "%.*s%s", length, path, instead) < 0 ? NULL : changed;
}

char *tape_json_path(const char *path)
{
	uint64_t sequence;
	int64_t start_ns;
	bool part;
	if (!tape_name_parse(base_name(path), &sequence, &start_ns, &part))
		return NULL;
	return without_end(path, part ? TAPE_NAME_END TAPE_NAME_PART : TAPE_NAME_END, ".json");
}

static enum status fail(char *message, enum status status, const char *path, const char *what)
{
	snprintf(message, TAPE_MESSAGE_MAX, "%.4000s: %.500s", path, what);
	return status;
}

/* Takes in what the entry is, unless it is no segment. Only regular files: a pipe of such a name would never end. */
static enum status take_entry(struct tape *tape, const char *folder, const char *name)
{
	struct tape_segment segment = {0};
	struct stat facts;
	if (!tape_name_parse(name, &segment.sequence, &segment.start_ns, &segment.part))
		return STATUS_OK;
	const char *slash = folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/";
	if (asprintf(&segment.path, "%s%s%s", folder, slash, name) < 0)
		return STATUS_NO_MEMORY;
	if (stat(segment.path, &facts) != 0 || !S_ISREG(facts.st_mode)) {
		free(segment.path);
		return STATUS_OK;
	}
	segment.file_bytes = (uint64_t)facts.st_size;
	enum status status = tape->count == SEGMENTS_MAX ? STATUS_UNSUPPORTED : STATUS_OK;
	if (status == STATUS_OK && tape->count == tape->room) {
		const size_t room = tape->room ? 2 * tape->room : 64;
		struct tape_segment *grown = reallocarray(tape->segments, room, sizeof *grown);
		if (grown) {
			tape->segments = grown;
			tape->room = room;
		} else {
			status = STATUS_NO_MEMORY;
		}
	}
	if (status == STATUS_OK)
		tape->segments[tape->count++] = segment;
	else
		free(segment.path);
	return status;
}

/* STATUS_END: the folder holds none. */
static enum status list_folder(struct tape *tape, const char *folder, char *message)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return fail(message, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, folder, strerror(errno));
	enum status status = STATUS_OK;
	while (status == STATUS_OK) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (!entry) {
			if (errno)
				status = fail(message, STATUS_IO, folder, strerror(errno));
			break;
		}
		status = take_entry(tape, folder, entry->d_name);
		if (status != STATUS_OK)
			fail(message, status, folder, status == STATUS_NO_MEMORY ? "out of memory" : "holds over a million segments");
	}
	closedir(directory);
	return status != STATUS_OK || tape->count > 0 ? status : STATUS_END;
}

static char *ring_path(const char *path)
{
	char *ring = NULL;
	return asprintf(&ring, "%s%sring", path, path[0] && path[strlen(path) - 1] == '/' ? "" : "/") < 0 ? NULL : ring;
}

static enum status list_segments(struct tape *tape, const char *path, char *message)
{
	enum status status = list_folder(tape, path, message);
	if (status != STATUS_END)
		return status;
	char *ring = ring_path(path);
	if (!ring)
		return fail(message, STATUS_NO_MEMORY, path, "out of memory");
	struct stat facts;
	if (stat(ring, &facts) == 0)
		status = list_folder(tape, ring, message);
	if (status == STATUS_END)
		status = fail(message, STATUS_FORMAT, path, "holds no segments of a tape (YYYYMMDDThhmmss.mmmZ-NNNNNN.pcap.zst)");
	free(ring);
	return status;
}

/* By sequence, which clocks that are set do not change; a segment before its own ".part". */
static int in_order(const void *a, const void *b)
{
	const struct tape_segment *one = a, *other = b;
	if (one->sequence != other->sequence)
		return one->sequence < other->sequence ? -1 : 1;
	return strcmp(base_name(one->path), base_name(other->path));
}

static bool folder_holds_segments(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool holds = false;
	while (directory && !holds && (entry = readdir(directory)) != NULL)
		holds = tape_is_segment_name(entry->d_name);
	if (directory)
		closedir(directory);
	return holds;
}

bool tape_is(const char *path)
{
	char *ring = ring_path(path);
	const bool is = folder_holds_segments(path) || (ring && folder_holds_segments(ring));
	free(ring);
	return is;
}

/* A segment that was finished while the folder was read is there under both names. */
static void drop_twins(struct tape *tape)
{
	size_t kept = 0;
	for (size_t i = 0; i < tape->count; i++) {
		const struct tape_segment segment = tape->segments[i];
		const struct tape_segment *before = kept > 0 ? &tape->segments[kept - 1] : NULL;
		if (before && segment.part && segment.sequence == before->sequence && segment.start_ns == before->start_ns)
			free(segment.path);
		else
			tape->segments[kept++] = segment;
	}
	tape->count = kept;
}

enum status tape_open(struct tape **tape, const char *path, char *message)
{
	*tape = NULL;
	struct tape *opened = calloc(1, sizeof *opened);
	if (!opened)
		return fail(message, STATUS_NO_MEMORY, path, "out of memory");
	opened->link_name = "unknown";
	opened->fingerprint = FINGERPRINT_START;
	const enum status status = list_segments(opened, path, message);
	if (status != STATUS_OK) {
		tape_close(opened);
		return status;
	}
	qsort(opened->segments, opened->count, sizeof *opened->segments, in_order);
	drop_twins(opened);
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
	for (size_t i = 0; i < tape->count; i++)
		free(tape->segments[i].path);
	free(tape->segments);
	free(tape);
}

bool tape_wants(const struct tape *tape, size_t index)
{
	const int64_t start_ns = tape->segments[index].start_ns;
	if (tape->to_ns != NO_TIME && start_ns - MARGIN_NS > tape->to_ns)
		return false;
	if (tape->from_ns == NO_TIME || index + 1 == tape->count)
		return true;
	/* Where the clock was set back, the next one's start says nothing. */
	const int64_t next_ns = tape->segments[index + 1].start_ns;
	return next_ns < start_ns || next_ns + MARGIN_NS >= tape->from_ns;
}

void tape_limit(struct tape *tape, int64_t from_ns, int64_t to_ns)
{
	tape->from_ns = from_ns;
	tape->to_ns = to_ns;
	tape->bytes_wanted = 0;
	for (size_t i = 0; i < tape->count; i++)
		if (tape_wants(tape, i))
			tape->bytes_wanted += tape->segments[i].file_bytes;
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
	for (size_t i = tape->count; i-- > 0 && last_ns == NO_TIME;)
		last_ns = last_of_file(tape->segments[i].path);
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
	char *finished = without_end(segment->path, TAPE_NAME_PART, "");
	if (finished)
		status = source_open(&tape->source, finished, message);
	free(finished);
	return status;
}

/* STATUS_OK: a segment is open; STATUS_END: there are no more; STATUS_INTERRUPTED, STATUS_NO_MEMORY. */
static enum status open_next(struct tape *tape)
{
	char message[SOURCE_MESSAGE_MAX];
	while (tape->at < tape->count) {
		const size_t index = tape->at++;
		const struct tape_segment *segment = &tape->segments[index];
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
		if (segment->part && (segment->file_bytes == 0 || status == STATUS_TRUNCATED))
			continue; /* nothing of it has been flushed yet */
		damage(tape, segment->path, status == STATUS_NOT_FOUND ? "has been removed meanwhile: skipped" : message);
	}
	return STATUS_END;
}

/* What is over: the segment, or with STATUS_NO_MEMORY and STATUS_INTERRUPTED all of it. */
static void end_segment(struct tape *tape, enum status status)
{
	const struct tape_segment *segment = &tape->segments[tape->at - 1];
	char message[SOURCE_MESSAGE_MAX + 64];
	if (status == STATUS_NO_MEMORY || status == STATUS_INTERRUPTED) {
		tape->status = status;
	} else if (status != STATUS_END && !(segment->part && status == STATUS_TRUNCATED)) {
		readahead_free(tape->ahead); /* its thread writes what is read here */
		tape->ahead = NULL;
		snprintf(message, sizeof message, "%s: the %" PRIu64 " packets before it are taken", source_message(tape->source),
			 source_frames(tape->source));
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
	tape->complain = complain;
	tape->user = user;
}

size_t tape_count(const struct tape *tape)
{
	return tape->count;
}

const struct tape_segment *tape_segment(const struct tape *tape, size_t index)
{
	return &tape->segments[index];
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
