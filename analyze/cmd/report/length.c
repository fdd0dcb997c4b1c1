#include "analyze/cmd/report/length.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/source/source.h"
#include "analyze/source/tape.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#define MILLISECOND INT64_C(1000000)
#define SECOND (1000 * MILLISECOND)
#define LOOK_BYTES ((uint64_t)32 << 20)
#define LOOK_FRAMES 500000

static int64_t shortest(int64_t span_ns, unsigned points)
{
	static const int64_t steps[] = {
		1 * MILLISECOND, 2 * MILLISECOND, 5 * MILLISECOND, 10 * MILLISECOND, 20 * MILLISECOND, 50 * MILLISECOND,
		100 * MILLISECOND, 200 * MILLISECOND, 500 * MILLISECOND, 1 * SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND,
		60 * SECOND, 300 * SECOND, 900 * SECOND, 3600 * SECOND,
	};
	const size_t last = sizeof steps / sizeof steps[0] - 1;
	size_t i = 0;
	while (i < last && steps[i] < span_ns / points)
		i++;
	return steps[i];
}

/* NO_TIME: there is nothing to tell it from. */
static int64_t span_of_file(const char *path)
{
	char message[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	struct frame frame;
	int64_t first_ns = NO_TIME, last_ns = NO_TIME;
	uint64_t offset = 0, bytes = 0;
	bool ended = true;
	if (source_open(&source, path, message) != STATUS_OK)
		return NO_TIME;
	while (source_next(source, &frame) == STATUS_OK && !*interrupt_flag()) {
		if (first_ns == NO_TIME || frame.t_ns < first_ns)
			first_ns = frame.t_ns;
		if (last_ns == NO_TIME || frame.t_ns > last_ns)
			last_ns = frame.t_ns;
		offset = source_file_offset(source);
		if (offset > LOOK_BYTES || source_frames(source) >= LOOK_FRAMES) {
			ended = false;
			break;
		}
	}
	bytes = source_file_bytes(source);
	source_close(source);
	if (first_ns == NO_TIME)
		return NO_TIME;
	const double span_ns = (double)(last_ns - first_ns) * (ended || offset == 0 || bytes < offset ? 1 : (double)bytes / (double)offset);
	return span_ns < 9e18 ? (int64_t)span_ns : INT64_MAX;
}

/* Segments are named by their beginning; how long the last one is, its neighbours tell. */
static int64_t span_of_tape(const char *path)
{
	char message[TAPE_MESSAGE_MAX];
	struct tape *tape = NULL;
	int64_t span_ns = NO_TIME;
	if (tape_open(&tape, path, message) != STATUS_OK)
		return NO_TIME;
	const size_t count = tape_count(tape);
	if (count == 1)
		span_ns = span_of_file(tape_segment(tape, 0)->path);
	else if (count > 1)
		span_ns = tape_segment(tape, count - 1)->start_ns - tape_segment(tape, 0)->start_ns;
	tape_close(tape);
	return count > 1 && span_ns > 0 ? span_ns + span_ns / (int64_t)(count - 1) : span_ns;
}

/* A pipe can be read only once. */
static bool is_pipe(const char *path)
{
	struct stat info;
	return strcmp(path, "-") != 0 && stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

int64_t length_interval(const struct source_item *item, const struct period *period, unsigned points)
{
	if (is_pipe(item->path))
		return SECOND;
	int64_t span_ns = item->tape ? span_of_tape(item->path) : span_of_file(item->path);
	if (period->from.kind == MOMENT_AT && period->to.kind == MOMENT_AT && period->to.ns > period->from.ns &&
	    (span_ns == NO_TIME || span_ns > period->to.ns - period->from.ns))
		span_ns = period->to.ns - period->from.ns;
	return span_ns == NO_TIME || span_ns < 0 ? SECOND : shortest(span_ns, points);
}
