#include "capture/recording_segment.h"

#include "analyze/engine/facts.h"
#include "capture/disk.h"
#include "capture/log.h"
#include "capture/restart.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A segment that has less is not given up to a full disk: little is won by that, and packets wait in memory. */
#define GIVE_UP_BYTES ((uint64_t)1 << 20)
/* An alarm that has been quiet for so long is given again. */
#define ALARM_NS (60 * SECOND_NS)
/* On a disk that has no room for several of --segment-size they are smaller, but not smaller than that: a quarter of the
 * least --ring-size. */
#define SEGMENT_BYTES_LEAST ((uint64_t)256 << 10)

struct moment recording_now(const struct recording *recording)
{
	return (struct moment){ .wall_ns = clock_wall(recording->clock), .boot_ns = clock_boot(recording->clock) };
}

/* Trouble and relief. */

static bool trouble(struct recording *recording, const char *doing)
{
	recording->stuck_errno = errno;
	if (recording->stuck)
		return false;
	recording->stuck = true;
	recording->stuck_ticks = 0;
	recording->counters.write_errors++;
	log_write(LOG_LEVEL_ERROR, "%s: %s: %s; packets wait in memory, and it is tried again each second",
		  ring_folder(recording->ring), doing, strerror(recording->stuck_errno));
	return false;
}

void recording_relief(struct recording *recording)
{
	if (!recording->stuck)
		return;
	recording->stuck = false;
	log_write(LOG_LEVEL_NOTICE, "%s: can be written again", ring_folder(recording->ring));
}

/* After a call that failed: if the disk is full, the oldest segment goes. True: try again. */
static bool make_space(struct recording *recording)
{
	int reason = errno;
	if ((reason != ENOSPC && reason != EDQUOT) || !ring_shrink(recording->ring)) {
		errno = reason;
		return false;
	}
	int64_t boot_ns = clock_boot(recording->clock);
	if (recording->full_ns == NO_TIME || boot_ns - recording->full_ns > ALARM_NS) {
		recording->counters.write_errors++;
		log_write(LOG_LEVEL_ERROR, "%s: %s: the ring shrinks, oldest segments first", ring_folder(recording->ring),
			  strerror(reason));
	}
	recording->full_ns = boot_ns;
	return true;
}

/* Writing. */

bool recording_write(struct recording *recording)
{
	struct segment_file *file = recording->file;
	uint64_t before = segment_file_bytes(file);
	if (!ring_reserve(recording->ring, before + segment_file_pending(file) + SEGMENT_TAIL_BYTES))
		return trouble(recording, "no room can be made within --ring-size");
	bool done;
	do
		done = segment_file_write(file);
	while (!done && make_space(recording));
	recording->counters.bytes_written += segment_file_bytes(file) - before;
	return done || trouble(recording, "can't write");
}

/* There was room for it, so that zstd has no memory. */
bool recording_cannot_compress(struct recording *recording)
{
	errno = ENOMEM;
	return trouble(recording, "can't compress");
}

bool recording_flush(struct recording *recording)
{
	if (!segment_file_flush(recording->file)) {
		if (!recording_write(recording))
			return false;
		if (!segment_file_flush(recording->file))
			return recording_cannot_compress(recording);
	}
	if (!recording_write(recording))
		return false;
	recording->unflushed_since_ns = NO_TIME;
	recording->unflushed_packets = 0;
	return true;
}

/* Makes the file of the segment after this one. */
static bool reserve_next(struct recording *recording, int64_t start_ns)
{
	if (segment_file_is_reserved(recording->file))
		return true;
	if (!recording->next_sequence)
		recording->next_sequence = ring_next_sequence(recording->ring);
	segment_name_make(recording->next_name, start_ns, recording->next_sequence);
	recording->next_start_ns = start_ns;
	while (!ring_hold(recording->ring) ||
	       !segment_file_reserve(recording->file, ring_folder(recording->ring), recording->next_name))
		if (!make_space(recording))
			return false;
	return true;
}

int64_t recording_end_after(const struct recording *recording, int64_t start_ns)
{
	int64_t length_ns = recording->options->segment_ns;
	return start_ns - start_ns % length_ns + length_ns;
}

void recording_fill_facts(struct recording *recording, int64_t start_ns)
{
	const struct recorder_options *options = recording->options;
	recording->facts = (struct segment_facts){ .sequence = recording->next_sequence, .link_type = recording->link_type,
						   .snaplen = options->snaplen, .opened_ns = start_ns, .first_ns = NO_TIME,
						   .last_ns = NO_TIME, .compress_level = recording->level.now };
	struct segment_facts *facts = &recording->facts;
	memcpy(facts->name, recording->next_name, sizeof(facts->name));
	if (gethostname(facts->host, sizeof(facts->host) - 1) != 0)
		facts->host[0] = '\0';
	snprintf(facts->interface, sizeof(facts->interface), "%s", options->interface ? options->interface : "");
	snprintf(facts->filter, sizeof(facts->filter), "%s", options->filter ? options->filter : "");
	snprintf(facts->slice, sizeof(facts->slice), "%s", slice_name(options->slice));
}

/* Several must fit, so that the oldest can go before the next is full. */
static uint64_t limit_of(const struct recording *recording)
{
	uint64_t most = ring_room(recording->ring) / 4;
	if (most < SEGMENT_BYTES_LEAST)
		most = SEGMENT_BYTES_LEAST;
	return most < recording->options->segment_bytes ? most : recording->options->segment_bytes;
}

/* `start_ns`: if its file has not been made with another start. */
bool recording_open_segment(struct recording *recording, int64_t start_ns)
{
	if (!reserve_next(recording, start_ns))
		return trouble(recording, "can't make a segment");
	recording_fill_facts(recording, recording->next_start_ns);
	if (!segment_file_open(recording->file, recording->link_type, recording->facts.snaplen, recording->level.now))
		return recording_cannot_compress(recording);
	recording->start = (struct moment){ .wall_ns = recording->next_start_ns, .boot_ns = clock_boot(recording->clock) };
	recording->next_sequence = 0;
	recording->limit_bytes = limit_of(recording);
	recording->end_ns = recording_end_after(recording, recording->start.wall_ns);
	recording->limit_ns = pins_limit(recording->pins, recording->start.wall_ns);
	recording->unflushed_since_ns = NO_TIME;
	recording->unflushed_packets = 0;
	recording->postponed = false;
	recording->phase = PHASE_OPEN;
	return recording_write(recording);
}

static void take_losses(struct recording *recording)
{
	recording->facts.kernel_drops = (int64_t)recording->losses.kernel;
	recording->facts.interface_drops = (int64_t)recording->losses.interface;
	recording->facts.pool_drops = recording->losses.pool;
	recording->facts.watcher_skipped = recording->losses.watcher;
	recording->losses = (struct losses){ 0 };
}

static bool write_end(struct recording *recording)
{
	while (recording->phase == PHASE_ENDING) {
		if (segment_file_end(recording->file))
			recording->phase = PHASE_ENDED;
		else if (!recording_write(recording))
			return false;
	}
	if (recording->phase != PHASE_ENDED)
		return true;
	if (!recording_write(recording))
		return false;
	recording->unflushed_packets = 0;
	while (!segment_file_finish(recording->file))
		if (!make_space(recording))
			return trouble(recording, "can't finish a segment");
	recording->facts.file_bytes = segment_file_bytes(recording->file);
	take_losses(recording);
	recording->phase = PHASE_NAMED;
	return true;
}

static void announce(struct recording *recording, const struct ring_entry *entry)
{
	recording->counters.segments++;
	if (entry)
		pins_segment(recording->pins, recording->ring, entry);
	if (recording->observer && recording->observer->segment_added)
		recording->observer->segment_added(recording->observer->user, &recording->facts);
}

/* Goes on from where it failed. The folder is synced last: after a loss of power the segment is there, or its .part, and what
 * is missing of the two is mended at the next start. */
bool recording_finish_segment(struct recording *recording)
{
	if (!write_end(recording))
		return false;
	if (recording->phase == PHASE_NAMED) {
		while (!ring_put_json(recording->ring, &recording->facts))
			if (!make_space(recording))
				return trouble(recording, "can't write a segment's JSON file");
		if (!disk_sync_folder(ring_folder(recording->ring)))
			log_write(LOG_LEVEL_WARNING, "%s: can't be synced: %s", ring_folder(recording->ring), strerror(errno));
		ring_release(recording->ring);
		announce(recording, ring_add(recording->ring, &recording->facts, false, recording->start.boot_ns));
		recording->phase = PHASE_NONE;
	}
	return true;
}

void recording_end_segment(struct recording *recording, enum segment_end why)
{
	recording->facts.ended_by = why;
	recording->facts.closed_ns = clock_wall(recording->clock);
	recording->phase = PHASE_ENDING;
}

/* Ends the segment if another can be begun; otherwise this one goes on. */
bool recording_change_segment(struct recording *recording, enum segment_end why, int64_t next_start_ns)
{
	int64_t boot_ns = clock_boot(recording->clock);
	if (recording->postponed && boot_ns < recording->postponed_until_ns)
		return false;
	if (reserve_next(recording, next_start_ns)) {
		recording_end_segment(recording, why);
		return true;
	}
	if (!recording->postponed) {
		recording->counters.write_errors++;
		log_write(LOG_LEVEL_ERROR, "%s: can't make a new segment: %s; the one under way goes on",
			  ring_folder(recording->ring), strerror(errno));
	}
	recording->postponed = true;
	recording->postponed_until_ns = boot_ns + SECOND_NS;
	return false;
}

static const struct ring_entry *find(struct ring *ring, uint64_t sequence)
{
	for (size_t i = ring_count(ring); i-- > 0;)
		if (ring_at(ring, i)->sequence == sequence)
			return ring_at(ring, i);
	return NULL;
}

void recording_count_lost(struct recording *recording, uint64_t packets)
{
	recording->counters.packets_written -= packets;
	recording->counters.dropped_packets += packets;
	recording->losses.pool += packets;
}

/* What became of the file that was given up: how many of its packets are lost. */
static uint64_t mend_abandoned(struct recording *recording, struct segment_facts *facts)
{
	uint64_t packets = facts->packets;
	facts->ended_by = SEGMENT_END_ERROR;
	facts->closed_ns = clock_wall(recording->clock);
	switch (restart_mend(recording->ring, facts, recording->start.boot_ns)) {
	case STATUS_OK:
		recording->counters.segments_repaired++;
		return packets > facts->packets ? packets - facts->packets : 0;
	case STATUS_FORMAT:
	case STATUS_NOT_FOUND:
		facts->packets = 0;
		return packets;
	default: /* it stays as .part, which reads up to its last flush */
		return recording->unflushed_packets;
	}
}

/* Its file is gone, or can't be written. Packets that don't come to the disk by that are lost. */
static void give_up_file(struct recording *recording, bool gone)
{
	struct segment_facts facts = recording->facts;
	const char *reason = gone ? "somebody removed or moved it" : strerror(recording->stuck_errno);
	segment_file_abandon(recording->file);
	recording->phase = PHASE_NONE;
	ring_release(recording->ring);
	uint64_t lost = gone ? facts.packets : mend_abandoned(recording, &facts);
	recording->counters.segments_given_up++;
	recording->unflushed_since_ns = NO_TIME;
	recording->unflushed_packets = 0;
	recording_count_lost(recording, lost);
	log_write(LOG_LEVEL_ERROR, "%s/%s.part: given up (%s); %" PRIu64 " packet%s lost", ring_folder(recording->ring), facts.name,
		  reason, lost, lost == 1 ? " is" : "s are");
	const struct ring_entry *entry = gone ? NULL : find(recording->ring, facts.sequence);
	if (!entry || entry->part)
		return;
	recording->facts = facts;
	announce(recording, entry);
}

/* The present file can't be written, but another can: it is mended, as far as it was written. */
void recording_replace_file(struct recording *recording, bool gone)
{
	/* What is written to a file that is gone is lost, even if there can be no other now. */
	if (gone || reserve_next(recording, clock_wall(recording->clock)))
		give_up_file(recording, gone);
}

/* The disk is full, and nothing is left that could be removed but this segment itself: it is given up, to be the next that is removed. */
bool recording_give_up_segment(struct recording *recording)
{
	if (recording->phase == PHASE_NONE || segment_file_bytes(recording->file) < GIVE_UP_BYTES)
		return false;
	if (segment_file_is_open(recording->file)) {
		give_up_file(recording, false);
		return true;
	}
	/* All of it is there but its JSON. */
	log_write(LOG_LEVEL_ERROR, "%s/%s: stays without its JSON file, for which there is no room", ring_folder(recording->ring),
		  recording->facts.name);
	recording->counters.segments_given_up++;
	ring_release(recording->ring);
	announce(recording, ring_add(recording->ring, &recording->facts, false, recording->start.boot_ns));
	recording->phase = PHASE_NONE;
	return true;
}
