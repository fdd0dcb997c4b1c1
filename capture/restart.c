#include "capture/restart.h"

#include "analyze/engine/facts.h"
#include "capture/disk.h"
#include "capture/log.h"
#include "capture/repair.h"
#include "capture/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void take_counts(struct segment_facts *facts, const struct repair *repair)
{
	facts->link_type = repair->link_type;
	facts->snaplen = repair->snaplen;
	facts->first_ns = repair->first_ns;
	facts->last_ns = repair->last_ns;
	facts->packets = repair->packets;
	facts->bytes = repair->bytes;
	facts->captured_bytes = repair->captured_bytes;
	if (facts->closed_ns == NO_TIME) {
		facts->closed_ns = repair->changed_ns;
		if (facts->last_ns != NO_TIME && facts->last_ns > facts->closed_ns)
			facts->closed_ns = facts->last_ns;
		if (facts->closed_ns < facts->opened_ns)
			facts->closed_ns = facts->opened_ns;
	}
}

static uint64_t file_length(const char *path)
{
	struct stat now;
	return stat(path, &now) == 0 ? (uint64_t)now.st_size : 0;
}

static const char *why_not(enum status status)
{
	if (status == STATUS_FORMAT)
		return "it is none of a recorder's, or damaged from its start on";
	return status == STATUS_UNSUPPORTED ? "it holds too much to be read while packets wait" : strerror(errno);
}

static enum status give_up(struct ring *ring, const struct segment_facts *facts, const char *path, int64_t opened_boot_ns,
			   enum status status)
{
	log_write(LOG_LEVEL_ERROR, "%s can't be repaired: %s; it stays as it is", path, why_not(status));
	return ring_add(ring, facts, true, opened_boot_ns) ? STATUS_IO : STATUS_NO_MEMORY;
}

static bool is_full(void)
{
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
}

/* The file may grow by its last packets; there must be room for these in the ring. */
static bool finish(struct ring *ring, const char *path, const struct repair *repair)
{
	bool done = ring_reserve(ring, file_length(path) + repair_growth(repair));
	while (done && !(done = repair_finish(path, repair)) && is_full()) {
		int reason = errno;
		done = reason != EFBIG && ring_shrink(ring);
		errno = reason;
	}
	return done;
}

static enum status mend(struct ring *ring, struct segment_facts *facts, int64_t opened_boot_ns, uint64_t *budget_bytes)
{
	char path[DISK_PATH_MAX], name[DISK_PATH_MAX];
	struct repair repair;
	snprintf(path, sizeof(path), "%s/%s.part", ring_folder(ring), facts->name);
	snprintf(name, sizeof(name), "%s/%s", ring_folder(ring), facts->name);
	enum status status = repair_read_within(path, budget_bytes, &repair);
	if (status == STATUS_FORMAT && !repair.foreign) {
		log_write(LOG_LEVEL_NOTICE, "%s: nothing had been written to it; removed", path);
		if (unlink(path) == 0)
			ring_return_sequence(ring, facts->sequence);
		goto out;
	}
	if (status == STATUS_NOT_FOUND)
		goto out;
	bool done = !status && finish(ring, path, &repair);
	/* The last packets have found no room at all: as many as came to the file can stay, for what is behind them goes. */
	for (int i = 0; i < 2 && !status && !done && is_full(); i++) {
		repair_free(&repair);
		status = repair_read_within(path, budget_bytes, &repair);
		done = !status && finish(ring, path, &repair);
	}
	if (!done) {
		status = give_up(ring, facts, path, opened_boot_ns, status);
		goto out;
	}
	take_counts(facts, &repair);
	facts->file_bytes = file_length(name);
	if (!ring_put_json(ring, facts))
		log_write(LOG_LEVEL_WARNING, "%s: its JSON file can't be written: %s", name, strerror(errno));
	disk_sync_folder(ring_folder(ring));
	ring_release(ring);
	status = ring_add(ring, facts, false, opened_boot_ns) ? STATUS_OK : STATUS_NO_MEMORY;
	log_write(LOG_LEVEL_NOTICE, "%s: repaired, %" PRIu64 " packet%s", name, facts->packets, facts->packets == 1 ? "" : "s");
out:
	ring_release(ring);
	repair_free(&repair);
	return status;
}

enum status restart_mend(struct ring *ring, struct segment_facts *facts, int64_t opened_boot_ns)
{
	uint64_t budget_bytes = REPAIR_BYTES_MAX;
	return mend(ring, facts, opened_boot_ns, &budget_bytes);
}

static struct segment_facts facts_of(const struct ring_entry *entry, const struct segment_facts *known)
{
	struct segment_facts facts = { .sequence = entry->sequence, .opened_ns = entry->opened_ns, .closed_ns = NO_TIME,
				       .first_ns = NO_TIME, .last_ns = NO_TIME, .kernel_drops = -1, .interface_drops = -1,
				       .ended_by = SEGMENT_END_REPAIRED };
	snprintf(facts.name, sizeof(facts.name), "%s", entry->name);
	snprintf(facts.host, sizeof(facts.host), "%s", known->host);
	snprintf(facts.interface, sizeof(facts.interface), "%s", known->interface);
	return facts;
}

/* Each is tried once; what the ring has in front may go meanwhile, so that places say nothing. */
static uint64_t mend_all(struct ring *ring, const struct segment_facts *known, uint64_t *budget_bytes)
{
	uint64_t repaired = 0, done = 0;
	for (size_t i = 0; i < ring_count(ring);) {
		const struct ring_entry *entry = ring_at(ring, i);
		if (!entry->part || entry->sequence <= done) {
			i++;
			continue;
		}
		done = entry->sequence;
		struct segment_facts facts = facts_of(entry, known);
		int64_t opened_boot_ns = entry->opened_boot_ns;
		ring_drop(ring, i);
		if (!mend(ring, &facts, opened_boot_ns, budget_bytes))
			repaired++;
		i = 0;
	}
	return repaired;
}

/* A finished segment's JSON, or what its packets tell if that is lost. */
static bool read_facts(struct ring *ring, struct ring_entry *entry, const struct segment_facts *known, uint64_t *budget_bytes,
		       struct segment_facts *facts)
{
	char path[DISK_PATH_MAX], json[SEGMENT_NAME_MAX];
	segment_json_name(json, entry->name);
	snprintf(path, sizeof(path), "%s/%s", ring_folder(ring), json);
	if (!segment_read(path, facts) && !strcmp(facts->name, entry->name))
		return true;
	struct repair repair;
	*facts = facts_of(entry, known);
	snprintf(path, sizeof(path), "%s/%s", ring_folder(ring), entry->name);
	enum status status = repair_read_within(path, budget_bytes, &repair);
	if (!status) {
		take_counts(facts, &repair);
		facts->file_bytes = file_length(path);
	}
	repair_free(&repair);
	if (status == STATUS_UNSUPPORTED) {
		log_write(LOG_LEVEL_WARNING, "%s: its JSON file is missing or damaged, and the packets too many to be counted while others "
			  "wait; left as it is", path);
		return false;
	}
	if (status) {
		log_write(LOG_LEVEL_WARNING, "%s: no segment of ours, or damaged: %s; left as it is", path, status_text(status));
		return false;
	}
	if (ring_put_json(ring, facts))
		log_write(LOG_LEVEL_NOTICE, "%s: its JSON file was missing or damaged; made from its packets", path);
	else
		log_write(LOG_LEVEL_WARNING, "%s: its JSON file can't be written: %s", path, strerror(errno));
	return true;
}

/* The age of what an earlier run left can only be told by the wall clock; from now on it isn't asked any more. */
static void take_times(struct ring_entry *entry, const struct segment_facts *facts, const struct clock *clock)
{
	entry->opened_ns = facts->opened_ns == NO_TIME ? entry->opened_ns : facts->opened_ns;
	entry->closed_ns = facts->closed_ns == NO_TIME ? entry->opened_ns : facts->closed_ns;
	if (facts->packets && facts->first_ns != NO_TIME && facts->first_ns < entry->opened_ns)
		entry->opened_ns = facts->first_ns;
	if (facts->packets && facts->last_ns > entry->closed_ns)
		entry->closed_ns = facts->last_ns;
	int64_t start_ns = 0, age_ns = 0;
	segment_name_parse(entry->name, NULL, &start_ns, NULL);
	if (!__builtin_sub_overflow(clock_wall(clock), start_ns, &age_ns) && age_ns > 0)
		entry->opened_boot_ns = clock_boot(clock) - age_ns;
}

/* If the clock says that all of it is too old, the clock may be wrong as well: then age is counted from the end of the newest. */
static void doubt_clock(struct ring *ring, const struct clock *clock)
{
	int64_t wall_ns = clock_wall(clock), boot_ns = clock_boot(clock), off_ns = INT64_MAX;
	for (size_t i = 0; i < ring_count(ring); i++) {
		const struct ring_entry *entry = ring_at(ring, i);
		int64_t since_ns = 0;
		if (!ring_is_expired(ring, entry, boot_ns))
			return;
		if (!__builtin_sub_overflow(wall_ns, entry->closed_ns, &since_ns) && since_ns >= 0 && since_ns < off_ns)
			off_ns = since_ns;
	}
	if (off_ns == INT64_MAX)
		return;
	char text[UNITS_TEXT_MAX];
	for (size_t i = 0; i < ring_count(ring); i++)
		ring_at(ring, i)->opened_boot_ns += off_ns;
	log_write(LOG_LEVEL_WARNING, "%s: the clock says that the tape ended %s ago; as the clock may be wrong, it is kept until --ring-time of "
		  "recording has passed", ring_folder(ring), units_print_time(off_ns / 1000000000 * 1000000000, text));
}

void restart_take_up(struct ring *ring, const struct segment_facts *known, const struct clock *clock,
		     const struct writer_observer *observer, uint64_t *repaired)
{
	ring_reserve(ring, 0); /* it may have been larger before */
	ring_release(ring);
	uint64_t budget_bytes = REPAIR_BYTES_MAX;
	*repaired = mend_all(ring, known, &budget_bytes);
	for (size_t i = 0; i < ring_count(ring); i++) {
		struct ring_entry *entry = ring_at(ring, i);
		struct segment_facts facts = facts_of(entry, known);
		bool read = !entry->part && read_facts(ring, entry, known, &budget_bytes, &facts);
		take_times(entry, &facts, clock);
		ring_measure(ring, entry);
		if (read && observer && observer->segment_added)
			observer->segment_added(observer->user, &facts);
	}
	doubt_clock(ring, clock);
	ring_reserve(ring, 0); /* JSON may have been added */
	ring_release(ring);
}
