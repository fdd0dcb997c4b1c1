#include "analyze/cmd/input.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/recording.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/readahead.h"
#include "analyze/source/source.h"
#include "analyze/source/tape.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
	const char *path; /* the item's */
	struct source *source; /* or */
	struct tape *tape;
	struct readahead *ahead;
	int64_t from_ns, to_ns;
	uint64_t frames;
	bool primed; /* `first` is still to be given */
	enum status first_status;
	struct frame first;
	struct recording recording;
	char link_name[64]; /* small letters */
	char error[INPUT_MESSAGE_MAX]; /* of the segments that are damaged, the first one's */
};

static const char *shown_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* The last packet's time, by reading the file once. */
static enum status last_of_file(const char *path, int64_t *last_ns, char *message)
{
	struct source *source = NULL;
	struct frame frame;
	const enum status status = source_open(&source, path, message);
	*last_ns = NO_TIME;
	if (status == STATUS_OK)
		while (source_next(source, &frame) == STATUS_OK && !*interrupt_flag())
			if (*last_ns == NO_TIME || frame.t_ns > *last_ns)
				*last_ns = frame.t_ns;
	source_close(source);
	return *interrupt_flag() ? STATUS_INTERRUPTED : status;
}

static enum status find_period(struct input *input, const struct period *period, char *message)
{
	int64_t end_ns = NO_TIME;
	if (period_needs_end(period)) {
		enum status status = STATUS_OK;
		if (strcmp(input->path, "-") == 0) {
			snprintf(message, INPUT_MESSAGE_MAX, "has no end yet, from which to count --from or --to: give a date and time");
			return STATUS_USAGE;
		}
		if (input->tape)
			end_ns = tape_last_ns(input->tape);
		else
			status = last_of_file(input->path, &end_ns, message);
		if (status != STATUS_OK)
			return status;
	}
	if (period_resolve(period, end_ns, &input->from_ns, &input->to_ns))
		return STATUS_OK;
	snprintf(message, INPUT_MESSAGE_MAX, "--from %s is after --to %s: there is nothing between", period->from_text,
		 period->to_text);
	return STATUS_USAGE;
}

static void take_damage(void *user, const char *path, const char *message)
{
	struct input *input = user;
	if (!input->error[0])
		snprintf(input->error, sizeof input->error, "%.3900s: %.600s", path, message);
	complain("%s: %s", path, message);
}

static enum status open_tape(struct input *input, const struct period *period, char *message)
{
	enum status status = tape_open(&input->tape, input->path, message);
	if (status != STATUS_OK) { /* its words begin with the path, ours do not */
		const size_t length = strlen(input->path);
		if (strncmp(message, input->path, length) == 0 && strncmp(message + length, ": ", 2) == 0)
			memmove(message, message + length + 2, strlen(message + length + 2) + 1);
		return status;
	}
	status = find_period(input, period, message);
	if (status != STATUS_OK)
		return status;
	tape_limit(input->tape, input->from_ns, input->to_ns);
	tape_on_damage(input->tape, take_damage, input);
	input->first_status = tape_next(input->tape, &input->first); /* the link type is its first segment's */
	input->primed = true;
	if (tape_read(input->tape) > 0 || input->first_status != STATUS_END)
		return input->first_status == STATUS_INTERRUPTED ? STATUS_INTERRUPTED : STATUS_OK;
	snprintf(message, INPUT_MESSAGE_MAX, "no segment could be read%s",
		 tape_damaged(input->tape) ? "" : ": none is of the period between --from and --to, or nothing is written yet");
	return STATUS_TRUNCATED;
}

static enum status open_file(struct input *input, const struct period *period, char *message)
{
	enum status status = find_period(input, period, message);
	if (status == STATUS_OK)
		status = source_open(&input->source, input->path, message);
	/* A pipe is read without a thread ahead, which couldn't be stopped while nothing comes. */
	if (status == STATUS_OK && source_file_bytes(input->source) > 0)
		input->ahead = readahead_new(input->source);
	return status;
}

enum status input_open(struct input **input, const struct source_item *item, const struct period *period, char *message)
{
	*input = NULL;
	struct input *opened = calloc(1, sizeof *opened);
	if (!opened) {
		snprintf(message, INPUT_MESSAGE_MAX, "out of memory");
		return STATUS_NO_MEMORY;
	}
	opened->path = item->path;
	const enum status status = item->tape ? open_tape(opened, period, message) : open_file(opened, period, message);
	if (status == STATUS_OK)
		*input = opened;
	else
		input_close(opened);
	return status;
}

void input_close(struct input *input)
{
	if (!input)
		return;
	readahead_free(input->ahead);
	source_close(input->source);
	tape_close(input->tape);
	free(input);
}

static bool within(const struct input *input, int64_t t_ns)
{
	return (input->from_ns == NO_TIME || t_ns >= input->from_ns) && (input->to_ns == NO_TIME || t_ns <= input->to_ns);
}

enum status input_next(struct input *input, struct frame *frame)
{
	enum status status;
	if (input->primed) {
		input->primed = false;
		*frame = input->first;
		status = input->first_status;
	} else if (input->tape) {
		status = tape_next(input->tape, frame);
	} else {
		do
			status = *interrupt_flag() ? STATUS_INTERRUPTED
				 : input->ahead	     ? readahead_next(input->ahead, frame)
						     : source_next(input->source, frame);
		while (status == STATUS_OK && !within(input, frame->t_ns));
	}
	input->frames += status == STATUS_OK;
	return status;
}

/* From now on nothing reads ahead, so that the source may be asked. */
static void stop_reading(struct input *input)
{
	readahead_free(input->ahead);
	input->ahead = NULL;
}

const char *input_message(const struct input *input)
{
	return input->source ? source_message(input->source) : input->error;
}

const char *input_name(const struct input *input)
{
	return shown_name(input->path);
}

uint16_t input_link_type(const struct input *input)
{
	return input->tape ? tape_link_type(input->tape) : source_link_type(input->source);
}

const char *input_link_name(const struct input *input)
{
	return input->tape ? tape_link_name(input->tape) : source_link_name(input->source);
}

uint64_t input_frames(const struct input *input)
{
	return input->frames;
}

const char *input_frame_path(const struct input *input)
{
	return input->tape ? tape_segment(input->tape, tape_position(input->tape))->path : input_name(input);
}

size_t input_damaged(const struct input *input)
{
	return input->tape ? tape_damaged(input->tape) : 0;
}

uint64_t input_file_offset(const struct input *input)
{
	if (input->tape)
		return tape_file_offset(input->tape);
	return input->ahead ? readahead_file_offset(input->ahead) : source_file_offset(input->source);
}

uint64_t input_file_bytes(const struct input *input)
{
	return input->tape ? tape_file_bytes(input->tape) : source_file_bytes(input->source);
}

static void source_facts(const struct input *input, enum status end, struct capture_facts *facts)
{
	const struct source *source = input->source;
	const bool damaged = end != STATUS_END && end != STATUS_OK;
	facts->format = source_format(source);
	facts->compression = source_compression(source);
	facts->error = damaged ? source_message(source) : NULL;
	facts->error_offset = damaged ? (int64_t)source_offset(source) : -1;
	facts->truncated = end == STATUS_TRUNCATED;
	facts->snaplen = source_snaplen(source);
	facts->fingerprint = source_fingerprint(source);
}

static void tape_facts(const struct input *input, struct capture_facts *facts)
{
	facts->format = "ring";
	facts->compression = "zstd";
	facts->error = input->error[0] ? input->error : NULL;
	facts->error_offset = -1;
	facts->snaplen = tape_snaplen(input->tape);
	facts->fingerprint = tape_fingerprint(input->tape);
}

static void add_recording(struct input *input)
{
	struct recording *recording = &input->recording;
	recording_start(recording, input->from_ns, input->to_ns);
	if (input->source) {
		recording_add(recording, input->path, NO_TIME, false);
		recording->without = 0; /* a segment that was copied without its JSON file is as good as any capture */
	}
	for (size_t i = 0; input->tape && i < tape_count(input->tape); i++) {
		const struct tape_segment *segment = tape_segment(input->tape, i);
		recording_add(recording, segment->path, segment->start_ns, segment->part);
	}
}

int64_t input_listened_until(struct input *input)
{
	stop_reading(input);
	if (!input->tape)
		return NO_TIME;
	add_recording(input);
	const int64_t closed_ns = input->recording.closed_ns;
	return closed_ns != NO_TIME && input->to_ns != NO_TIME && closed_ns > input->to_ns ? input->to_ns : closed_ns;
}

void input_facts(struct input *input, enum status end, struct capture_facts *facts)
{
	const struct recording *recording = &input->recording;
	size_t i = 0;
	stop_reading(input);
	for (const char *name = input_link_name(input); i < sizeof input->link_name - 1 && name[i]; i++)
		input->link_name[i] = (char)tolower((unsigned char)name[i]);
	facts->path = input->path;
	facts->link_type = input->link_name;
	if (input->source)
		source_facts(input, end, facts);
	else
		tape_facts(input, facts);
	add_recording(input);
	facts->host = recording->host[0] ? recording->host : NULL;
	facts->interface = recording->interface[0] ? recording->interface : NULL;
	facts->kernel_drops = recording->kernel_drops;
	facts->interface_drops = recording->interface_drops;
	facts->pool_drops = recording->pool_drops;
	facts->watcher_skipped = recording->watcher_skipped;
	facts->segments = input->tape || recording->segments > 0 ? (int64_t)recording->segments : -1;
}

void input_remarks(const struct input *input)
{
	const struct recording *recording = &input->recording;
	const uint64_t unknown = recording->without + recording->repaired;
	if (unknown > 0)
		complain("%s: drops are not known of %" PRIu64 " of %" PRIu64 " segments (no JSON file beside them, repaired "
			 "after a crash, or made by a replay): sums are without them", input_name(input), unknown, recording->segments);
	if (recording->gaps > 0)
		complain("%s: %" PRIu64 " gap%s, %.1f s in all, in which nothing was recorded: `wiretape ls` lists them",
			 input_name(input), recording->gaps, recording->gaps == 1 ? "" : "s", (double)recording->gap_ns / 1e9);
}
