#include "capture/incident_packets.h"

#include "analyze/source/source.h"
#include "analyze/source/tape.h"
#include "capture/segment_file.h"
#include "store/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define LEVEL 3

static uint64_t file_bytes(const char *path)
{
	struct stat file;
	return stat(path, &file) == 0 ? (uint64_t)file.st_size : 0;
}

static bool copy_bytes(int from, int to)
{
	ssize_t copied;
	while ((copied = sendfile(to, from, NULL, 1 << 20)) > 0)
		continue;
	return copied == 0;
}

static bool copy_file(const char *from, const char *to)
{
	const int source = open(from, O_RDONLY | O_CLOEXEC);
	const int target = source >= 0 ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
	bool good = target >= 0 && copy_bytes(source, target);
	int error = errno;
	if (target >= 0 && close(target) != 0 && good) {
		error = errno;
		good = false;
	}
	if (target >= 0 && !good)
		unlink(to);
	if (source >= 0)
		close(source);
	errno = error;
	return good;
}

/* A link, where that can be; a segment that is being written is copied as far as it goes. */
static bool take_file(const char *path, const char *folder, bool part)
{
	const char *slash = strrchr(path, '/');
	char *target = NULL;
	if (asprintf(&target, "%s/%s", folder, slash ? slash + 1 : path) < 0)
		return false;
	const bool taken = (!part && link(path, target) == 0) || (errno != EEXIST && copy_file(path, target));
	free(target);
	return taken;
}

static enum status take_segments(const char *path, int64_t from_ns, int64_t to_ns, const char *folder,
				 struct incident_packets *packets, char *message, size_t message_bytes)
{
	char words[TAPE_MESSAGE_MAX];
	struct tape *tape = NULL;
	enum status status = tape_open(&tape, path, words);
	if (status != STATUS_OK) {
		snprintf(message, message_bytes, "%s", words);
		return status;
	}
	tape_limit(tape, from_ns, to_ns);
	for (size_t i = 0; i < tape_count(tape); i++) {
		const struct tape_segment *segment = tape_segment(tape, i);
		if (!tape_wants(tape, i))
			continue;
		errno = 0;
		if (!take_file(segment->path, folder, segment->part)) {
			snprintf(message, message_bytes, "%s: cannot be taken: %s", segment->path, strerror(errno));
			packets->missing++;
			status = STATUS_IO;
			continue;
		}
		packets->segments++;
		packets->file_bytes += file_bytes(segment->path);
		char *json = tape_json_path(segment->path);
		if (json && access(json, R_OK) == 0)
			take_file(json, folder, false);
		free(json);
	}
	tape_close(tape);
	return status;
}

/* A capture's packets on their way into a segment. */
struct cut {
	struct segment_file *file;
	struct record *record; /* with room for the largest packet behind it */
	const char *folder;
	struct segment_facts facts;
	uint64_t other_links; /* packets that one pcap can't hold too */
};

static bool write_out(struct segment_file *file)
{
	return segment_file_pending(file) == 0 || segment_file_write(file);
}

static bool start_segment(struct cut *cut, const struct frame *frame, uint32_t snaplen)
{
	cut->facts.link_type = frame->link_type;
	cut->facts.first_ns = cut->facts.opened_ns = frame->t_ns;
	cut->facts.snaplen = snaplen;
	segment_name_make(cut->facts.name, frame->t_ns, 1);
	return segment_file_reserve(cut->file, cut->folder, cut->facts.name) &&
	       segment_file_open(cut->file, frame->link_type, snaplen, LEVEL);
}

/* False: errno says why. */
static bool put_frame(struct cut *cut, const struct frame *frame, uint32_t snaplen)
{
	struct segment_facts *facts = &cut->facts;
	if (!segment_file_is_open(cut->file) && !start_segment(cut, frame, snaplen))
		return false;
	if (frame->link_type != facts->link_type || frame->captured_bytes > PACKET_BYTES_MAX) {
		cut->other_links++;
		return true;
	}
	*cut->record = (struct record){
		.seconds = (uint32_t)(frame->t_ns / SECOND),
		.nanoseconds = (uint32_t)(frame->t_ns % SECOND),
		.captured_bytes = frame->captured_bytes,
		.wire_bytes = frame->wire_bytes,
	};
	memcpy(cut->record + 1, frame->data, frame->captured_bytes);
	while (!segment_file_put(cut->file, cut->record, sizeof *cut->record + frame->captured_bytes))
		if (!segment_file_write(cut->file))
			return false;
	facts->packets++;
	facts->bytes += frame->wire_bytes;
	facts->captured_bytes += frame->captured_bytes;
	if (frame->t_ns < facts->first_ns)
		facts->first_ns = frame->t_ns;
	if (facts->last_ns == NO_TIME || frame->t_ns > facts->last_ns)
		facts->last_ns = frame->t_ns;
	return true;
}

static bool put_json(const struct cut *cut)
{
	char *part = NULL, *path = NULL, *text = segment_to_json(&cut->facts);
	if (text && asprintf(&part, "%s/%s", cut->folder, cut->facts.name) >= 0)
		path = tape_json_path(part);
	FILE *file = path ? fopen(path, "w") : NULL;
	bool good = file && fputs(text, file) >= 0;
	good = (!file || fclose(file) == 0) && good;
	free(path);
	free(part);
	free(text);
	return good;
}

static bool finish_segment(struct cut *cut)
{
	if (!segment_file_is_open(cut->file))
		return true;
	while (!segment_file_end(cut->file))
		if (!segment_file_write(cut->file))
			return false;
	if (!write_out(cut->file))
		return false;
	cut->facts.file_bytes = segment_file_bytes(cut->file);
	cut->facts.closed_ns = cut->facts.last_ns;
	return segment_file_finish(cut->file) && put_json(cut);
}

static enum status read_all(struct cut *cut, struct source *source, int64_t from_ns, int64_t to_ns, char *message,
			    size_t message_bytes)
{
	struct frame frame;
	bool good = true;
	while (good && source_next(source, &frame) == STATUS_OK)
		if (frame.t_ns >= from_ns && frame.t_ns <= to_ns)
			good = put_frame(cut, &frame, source_snaplen(source));
	good = good && finish_segment(cut);
	if (!good)
		snprintf(message, message_bytes, "%s: cannot be written: %s", cut->facts.name, strerror(errno));
	else if (cut->other_links)
		snprintf(message, message_bytes, "packets of another link type, which are not in it: %" PRIu64, cut->other_links);
	return good && !cut->other_links ? STATUS_OK : STATUS_IO;
}

static enum status cut_capture(const char *path, int64_t from_ns, int64_t to_ns, const char *folder,
			       struct incident_packets *packets, char *message, size_t message_bytes)
{
	char words[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	struct cut cut = {
		.file = segment_file_new(),
		.record = malloc(sizeof(struct record) + PACKET_BYTES_MAX),
		.folder = folder,
		.facts = {.sequence = 1, .last_ns = NO_TIME, .kernel_drops = -1, .interface_drops = -1, .compress_level = LEVEL,
			  .slice = "full", .ended_by = SEGMENT_END_REQUEST},
	};
	enum status status = STATUS_NO_MEMORY;
	snprintf(message, message_bytes, "out of memory");
	if (!cut.file || !cut.record)
		goto out;
	status = source_open(&source, path, words);
	if (status != STATUS_OK) {
		snprintf(message, message_bytes, "%s: %s", path, words);
		goto out;
	}
	status = read_all(&cut, source, from_ns, to_ns, message, message_bytes);
	packets->segments = cut.facts.packets > 0;
	packets->file_bytes = cut.facts.file_bytes;
out:
	source_close(source);
	segment_file_free(cut.file);
	free(cut.record);
	return status;
}

enum status incident_packets_take(const char *path, int64_t from_ns, int64_t to_ns, const char *folder,
				  struct incident_packets *packets, char *message, size_t message_bytes)
{
	*packets = (struct incident_packets){0};
	if (tape_is(path))
		return take_segments(path, from_ns, to_ns, folder, packets, message, message_bytes);
	return cut_capture(path, from_ns, to_ns, folder, packets, message, message_bytes);
}
