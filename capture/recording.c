#include "capture/recording_segment.h"

#include "analyze/engine/facts.h"
#include "capture/disk.h"
#include "capture/log.h"
#include "capture/restart.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written when so much waits in memory. */
#define WRITE_BYTES ((size_t)128 << 10)
/* No segment is ended on request before that, so that a storm of requests does no harm. */
#define REQUEST_NS (SECOND_NS / 2)
/* A wall clock that differs by more from the other one than before was set. */
#define CLOCK_STEP_NS SECOND_NS
/* An alarm that has been quiet for so long is given again. */
#define ALARM_NS (60 * SECOND_NS)

static void on_removal(void *user, const struct ring_entry *entry)
{
	struct recording *recording = user;
	recording->counters.segments_removed++;
	pins_removed(recording->pins, entry);
	if (!entry->part && recording->observer && recording->observer->segment_removed)
		recording->observer->segment_removed(recording->observer->user, entry->name);
}

struct recording *recording_new(const struct recorder_options *options, struct ring *ring, struct pins *pins,
				const struct clock *clock, const struct writer_observer *observer, uint16_t link_type)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	struct segment_file *file = segment_file_new();
	if (!recording || !file) {
		free(recording);
		segment_file_free(file);
		return NULL;
	}
	recording->options = options;
	recording->ring = ring;
	recording->pins = pins;
	recording->clock = clock;
	recording->observer = observer;
	recording->file = file;
	recording->link_type = link_type;
	recording->unflushed_since_ns = recording->full_ns = recording->short_ns = NO_TIME;
	struct moment moment = recording_now(recording);
	recording->checked_ns = moment.boot_ns;
	recording->begun_wall_ns = moment.wall_ns;
	recording->clock_difference_ns = moment.wall_ns - moment.boot_ns;
	recording->level = level_start(options->compress_level, moment.boot_ns);
	ring_on_removal(ring, on_removal, recording);
	return recording;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	ring_on_removal(recording->ring, NULL, NULL);
	segment_file_free(recording->file);
	free(recording);
}

/* Packets. */

/* True if the segment must end before a packet of `t_ns`. */
static bool is_over(const struct recording *recording, int64_t t_ns, enum segment_end *why, int64_t *next_start_ns)
{
	const struct segment_file *file = recording->file;
	int64_t start_ns = recording->start.wall_ns;
	if (recording->facts.packets && segment_file_bytes(file) + segment_file_pending(file) + segment_file_unflushed(file) >=
						recording->limit_bytes) {
		*why = SEGMENT_END_SIZE;
		*next_start_ns = t_ns > start_ns && t_ns < recording->end_ns ? t_ns : start_ns;
		return true;
	}
	int64_t limit_ns = recording->end_ns < recording->limit_ns ? recording->end_ns : recording->limit_ns;
	/* Packets from the future are from before the clock was set. */
	if (t_ns < limit_ns || t_ns > clock_wall(recording->clock) + CLOCK_STEP_NS)
		return false;
	*why = limit_ns == recording->end_ns ? SEGMENT_END_TIME : SEGMENT_END_REQUEST;
	*next_start_ns = limit_ns == recording->end_ns ? recording_end_after(recording, t_ns) - recording->options->segment_ns : limit_ns;
	return true;
}

static void count_packet(struct recording *recording, const struct record *record, int64_t t_ns)
{
	struct segment_facts *facts = &recording->facts;
	facts->first_ns = facts->first_ns == NO_TIME || t_ns < facts->first_ns ? t_ns : facts->first_ns;
	facts->last_ns = facts->last_ns == NO_TIME || t_ns > facts->last_ns ? t_ns : facts->last_ns;
	facts->packets++;
	facts->bytes += record->wire_bytes;
	facts->captured_bytes += record->captured_bytes;
	recording->counters.packets_written++;
	recording->unflushed_packets++;
	if (recording->unflushed_since_ns == NO_TIME)
		recording->unflushed_since_ns = clock_boot(recording->clock);
}

/* How long the record at `offset` is, with its packet; 0: what stands there is none. Records stand at any address. */
static uint32_t record_at(const struct block *block, uint32_t offset, struct record *record)
{
	uint32_t left = block->used - offset;
	if (left < sizeof(*record))
		return 0;
	memcpy(record, block->data + offset, sizeof(*record));
	uint32_t bytes = (uint32_t)sizeof(*record) + record->captured_bytes;
	return record->captured_bytes > PACKET_BYTES_MAX || bytes > left ? 0 : bytes;
}

/* True: the record is in memory; more may have to be written before the next. */
static bool put_record(struct recording *recording, const struct block *block, uint32_t offset, uint32_t bytes)
{
	const uint8_t *record = block->data + offset;
	if (segment_file_put(recording->file, record, bytes))
		return true;
	if (!recording_write(recording))
		return false;
	return segment_file_put(recording->file, record, bytes) || recording_cannot_compress(recording);
}

/* Packets until the segment must end, or nothing can be written. */
static bool put_records(struct recording *recording, const struct block *block, uint32_t *offset)
{
	while (*offset < block->used) {
		struct record record;
		uint32_t bytes = record_at(block, *offset, &record);
		if (!bytes) {
			log_write(LOG_LEVEL_ERROR, "block %" PRIu64 ": damaged at %" PRIu32 "; its rest is left out", block->number, *offset);
			recording->counters.dropped_packets++;
			*offset = block->used;
			return true;
		}
		int64_t t_ns = (int64_t)record.seconds * SECOND_NS + record.nanoseconds, next_start_ns = 0;
		enum segment_end why;
		if (is_over(recording, t_ns, &why, &next_start_ns) && recording_change_segment(recording, why, next_start_ns))
			return true;
		if (!put_record(recording, block, *offset, bytes))
			return false;
		*offset += bytes;
		count_packet(recording, &record, t_ns);
		if (segment_file_pending(recording->file) >= WRITE_BYTES && !recording_write(recording))
			return false;
	}
	return true;
}

/* Once per block: drops, and its link type. */
static void begin_block(struct recording *recording, const struct block *block)
{
	if (recording->block_counted == block->number)
		return;
	recording->block_counted = block->number;
	recording->losses.kernel += block->kernel_drops;
	recording->losses.interface += block->interface_drops;
	if (!block->packets)
		return;
	recording->link_type = block->link_type;
	if (recording->phase == PHASE_OPEN && recording->facts.link_type != block->link_type)
		recording_end_segment(recording, SEGMENT_END_LINK);
}

/* The wall clock against the other one. */
static void sense_clock(struct recording *recording)
{
	struct moment moment = recording_now(recording);
	int64_t difference_ns = moment.wall_ns - moment.boot_ns;
	int64_t step_ns = difference_ns - recording->clock_difference_ns;
	recording->clock_difference_ns = difference_ns;
	if (step_ns <= CLOCK_STEP_NS && step_ns >= -CLOCK_STEP_NS)
		return;
	log_write(LOG_LEVEL_NOTICE, "the clock was set %s by %.3f s; a new segment begins", step_ns < 0 ? "back" : "forward",
		  (double)(step_ns < 0 ? -step_ns : step_ns) / 1e9);
	if (recording->phase == PHASE_OPEN && !recording_change_segment(recording, SEGMENT_END_CLOCK, moment.wall_ns))
		recording->end_ns = recording_end_after(recording, moment.wall_ns);
}

/* A segment that takes packets. */
static bool make_ready(struct recording *recording, int64_t start_ns)
{
	if (recording->phase == PHASE_OPEN)
		return true;
	return recording_finish_segment(recording) && recording_open_segment(recording, start_ns);
}

/* A segment that is begun for a packet starts with it, so that its name tells no later time; but for packets from before the clock was
 * set, or from before the last segment. */
static int64_t start_with(const struct recording *recording, const struct block *block, uint32_t offset)
{
	struct record record;
	int64_t wall_ns = clock_wall(recording->clock);
	if (!record_at(block, offset, &record))
		return wall_ns;
	int64_t t_ns = (int64_t)record.seconds * SECOND_NS + record.nanoseconds;
	int64_t earliest_ns = recording->start.boot_ns ? recording->start.wall_ns : wall_ns - 10 * SECOND_NS;
	return t_ns >= earliest_ns && t_ns < wall_ns ? t_ns : wall_ns;
}

bool recording_put(struct recording *recording, const struct block *block, uint32_t *offset)
{
	sense_clock(recording);
	begin_block(recording, block);
	if (recording->stuck)
		return false;
	do {
		if (!make_ready(recording, start_with(recording, block, *offset)) || !put_records(recording, block, offset))
			return false;
	} while (*offset < block->used);
	if (segment_file_unflushed(recording->file) && recording->unflushed_since_ns != NO_TIME &&
	    clock_boot(recording->clock) - recording->unflushed_since_ns >= FLUSH_NS)
		return recording_flush(recording);
	/* So that little would be left to repair. */
	if (block->used >= BLOCK_BYTES / 2)
		return recording_flush(recording);
	return true;
}

/* Ticks. */

static void check_limits(struct recording *recording)
{
	struct moment moment = recording_now(recording);
	size_t removed = 0;
	ring_expire(recording->ring, moment.boot_ns);
	bool enough = ring_keep_free(recording->ring, &removed);
	if (enough && !removed)
		return;
	if (recording->short_ns == NO_TIME || moment.boot_ns - recording->short_ns > ALARM_NS) {
		recording->counters.free_alarms++;
		log_write(LOG_LEVEL_WARNING, "%s: less than --min-free is left on the file system; %s", ring_folder(recording->ring),
			  enough ? "the ring shrinks, oldest segments first" : "there is nothing more to remove");
	}
	recording->short_ns = moment.boot_ns;
}

/* The time of a segment that begins for no packet's sake: those on their way are a little older. */
static int64_t start_now(const struct recording *recording, int64_t wall_ns)
{
	int64_t start_ns = wall_ns - LATE_NS;
	if (start_ns < recording->start.wall_ns)
		start_ns = recording->start.wall_ns;
	if (recording->facts.packets && start_ns < recording->facts.last_ns && recording->facts.last_ns < wall_ns)
		start_ns = recording->facts.last_ns;
	return start_ns;
}

static void end_if_due(struct recording *recording)
{
	struct moment moment = recording_now(recording);
	int64_t length_ns = recording->options->segment_ns;
	if (recording->phase != PHASE_OPEN)
		return;
	if (moment.wall_ns >= recording->end_ns + LATE_NS)
		recording_change_segment(recording, SEGMENT_END_TIME, recording_end_after(recording, moment.wall_ns - LATE_NS) - length_ns);
	else if (pins_due(recording->pins, recording->start, moment))
		recording_change_segment(recording, SEGMENT_END_REQUEST,
		       moment.wall_ns - recording->limit_ns < SECOND_NS ? recording->limit_ns : start_now(recording, moment.wall_ns));
	else if (recording->rotate && moment.boot_ns - recording->start.boot_ns >= REQUEST_NS &&
		 recording_change_segment(recording, SEGMENT_END_REQUEST, start_now(recording, moment.wall_ns)))
		recording->rotate = false;
	else if (recording->level.now < recording->facts.compress_level)
		recording_change_segment(recording, SEGMENT_END_LEVEL, start_now(recording, moment.wall_ns));
}

/* The first segment begins with the recorder: packets have waited while the ring was taken up. */
static int64_t start_next(const struct recording *recording, int64_t wall_ns)
{
	return recording->start.boot_ns || recording->begun_wall_ns > wall_ns ? wall_ns : recording->begun_wall_ns;
}

/* Tries again what could not be done. */
static void retry(struct recording *recording)
{
	int reason = recording->stuck_errno;
	bool full = reason == ENOSPC || reason == EDQUOT || reason == ENOMEM;
	bool done = recording->phase == PHASE_OPEN ? recording_flush(recording) : make_ready(recording, recording_now(recording).wall_ns);
	if (!done && !full && recording->stuck_ticks++ && segment_file_is_open(recording->file)) {
		recording_replace_file(recording, false);
		done = make_ready(recording, recording_now(recording).wall_ns);
	} else if (!done && full && recording->stuck_errno != ENOMEM && recording_give_up_segment(recording)) {
		done = make_ready(recording, recording_now(recording).wall_ns);
	}
	if (done)
		recording_relief(recording);
}

/* Somebody has removed it, or moved the folder away: nobody looks for packets there. */
static bool is_gone(const struct recording *recording)
{
	char path[DISK_PATH_MAX];
	if (!segment_file_is_open(recording->file))
		return false;
	snprintf(path, sizeof(path), "%s/%s.part", ring_folder(recording->ring), recording->facts.name);
	return segment_file_is_gone(recording->file) || (access(path, F_OK) != 0 && errno == ENOENT);
}

bool recording_tick(struct recording *recording)
{
	struct moment moment = recording_now(recording);
	sense_clock(recording);
	pins_take(recording->pins, recording->ring, moment);
	recording->limit_ns = pins_limit(recording->pins, recording->start.wall_ns);
	if (moment.boot_ns - recording->checked_ns >= SECOND_NS) {
		recording->checked_ns = moment.boot_ns;
		check_limits(recording);
		ring_hold(recording->ring);
		if (is_gone(recording))
			recording_replace_file(recording, true);
	}
	if (recording->stuck)
		retry(recording);
	end_if_due(recording);
	if (!recording->stuck && make_ready(recording, start_next(recording, moment.wall_ns))) {
		pins_complete(recording->pins, recording->start, recording->observer);
		if (recording->unflushed_since_ns != NO_TIME && moment.boot_ns - recording->unflushed_since_ns >= FLUSH_NS)
			recording_flush(recording);
	}
	return !recording->stuck;
}

int64_t recording_wait_ns(const struct recording *recording)
{
	struct moment moment = recording_now(recording);
	int64_t wait_ns = recording->checked_ns + SECOND_NS - moment.boot_ns;
	if (recording->phase == PHASE_OPEN && !recording->stuck) {
		int64_t limit_ns = recording->end_ns < recording->limit_ns ? recording->end_ns : recording->limit_ns;
		int64_t until_ns = limit_ns - moment.wall_ns + LATE_NS;
		if (recording->postponed && until_ns < recording->postponed_until_ns - moment.boot_ns)
			until_ns = recording->postponed_until_ns - moment.boot_ns;
		wait_ns = until_ns < wait_ns ? until_ns : wait_ns;
		if (recording->unflushed_since_ns != NO_TIME && recording->unflushed_since_ns + FLUSH_NS - moment.boot_ns < wait_ns)
			wait_ns = recording->unflushed_since_ns + FLUSH_NS - moment.boot_ns;
	}
	return wait_ns < 1000000 ? 1000000 : wait_ns > SECOND_NS ? SECOND_NS : wait_ns;
}

void recording_begin(struct recording *recording)
{
	struct segment_facts known = { 0 };
	uint64_t repaired = 0;
	recording_fill_facts(recording, 0);
	memcpy(known.host, recording->facts.host, sizeof(known.host));
	memcpy(known.interface, recording->facts.interface, sizeof(known.interface));
	restart_take_up(recording->ring, &known, recording->clock, recording->observer, &repaired);
	recording->counters.segments_repaired += repaired;
	check_limits(recording);
}

bool recording_end(struct recording *recording)
{
	if (recording->phase == PHASE_OPEN)
		recording_end_segment(recording, SEGMENT_END_STOP);
	bool done = recording_finish_segment(recording);
	if (done)
		pins_complete(recording->pins, (struct moment){ .wall_ns = INT64_MAX, .boot_ns = INT64_MAX }, recording->observer);
	else
		recording_count_lost(recording, recording->unflushed_packets);
	return done;
}

void recording_rotate(struct recording *recording)
{
	recording->rotate = true;
}

void recording_backlog(struct recording *recording, uint32_t queued, uint32_t in_all)
{
	if (recording->stuck) {
		level_excuse(&recording->level, queued);
		return;
	}
	int before = recording->level.now;
	if (!level_adapt(&recording->level, queued, in_all, clock_boot(recording->clock)))
		return;
	log_write(LOG_LEVEL_NOTICE, "%s: compression level %d, it was %d", recording->level.now < before ? "the writer is behind" : "calm again",
		  recording->level.now, before);
}

void recording_losses(struct recording *recording, const struct losses *losses)
{
	recording->losses.kernel += losses->kernel;
	recording->losses.interface += losses->interface;
	recording->losses.pool += losses->pool;
	recording->losses.watcher += losses->watcher;
	recording->counters.dropped_packets += losses->pool;
}

void recording_counters(const struct recording *recording, struct writer_counters *counters)
{
	*counters = recording->counters;
	counters->ring_bytes = ring_bytes(recording->ring);
	counters->ring_segments = ring_count(recording->ring) + (recording->phase != PHASE_NONE);
	counters->segments_unremovable = ring_unremovable(recording->ring);
	counters->level = recording->phase == PHASE_NONE ? recording->level.now : recording->facts.compress_level;
	counters->stuck = recording->stuck;
}
