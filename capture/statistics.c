#include "capture/statistics.h"

#include "capture/log.h"
#include "capture/units.h"

#include <inttypes.h>

#define TELL_NS INT64_C(10000000000)

struct all_counters {
	struct recorder_counters recorder;
	struct pool_counters pool;
	struct writer_counters writer;
	struct watcher_counters watcher;
};

static struct all_counters ask(const struct parts *parts)
{
	struct all_counters all;
	recorder_counters(parts->recorder, &all.recorder);
	pool_counters(parts->pool, &all.pool);
	ring_writer_counters(parts->writer, &all.writer);
	watcher_counters(parts->watcher, &all.watcher);
	return all;
}

/* Received, and not written: the pool had no room for them, the recorder could not put them there, or their file was given up. */
static uint64_t pool_losses(const struct all_counters *all)
{
	return all->pool.dropped_packets + all->recorder.unsaved_packets + all->writer.unsaved_packets;
}

void statistics_log(const struct parts *parts)
{
	const struct all_counters all = ask(parts);
	const struct recorder_counters *recorder = &all.recorder;
	const struct pool_counters *pool = &all.pool;
	const struct writer_counters *writer = &all.writer;
	const struct watcher_counters *watcher = &all.watcher;
	char one[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
	log_write(LOG_LEVEL_INFO, "packets: %" PRIu64 " received, %s on the wire, %s of it kept; %" PRIu64 " written",
		  recorder->packets, units_about_size(recorder->wire_bytes, one), units_about_size(recorder->captured_bytes, other),
		  writer->packets_written);
	log_write(LOG_LEVEL_INFO, "packets lost: kernel %" PRIu64 ", interface %" PRIu64 ", pool %" PRIu64 "; not looked at by triggers: %" PRIu64,
		  recorder->kernel_drops, recorder->interface_drops, pool_losses(&all),
		  pool->skipped_packets);
	log_write(LOG_LEVEL_INFO, "pool: %" PRIu32 " blocks, %" PRIu32 " wait for the writer, %" PRIu32 " for the watcher; no free one %"
		  PRIu64 " times", pool->blocks_in_all, pool->queued[POOL_WRITER], pool->queued[POOL_WATCHER], pool->waits);
	log_write(LOG_LEVEL_INFO, "ring: %s of %s in %" PRIu64 " segments, %" PRIu64 " made, %" PRIu64 " removed, %"
		  PRIu64 " repaired; zstd level %d; %" PRIu64 " times it could not be written%s", units_about_size(writer->ring_bytes, one),
		  units_print_size(parts->options->ring_bytes, other), writer->ring_segments, writer->segments, writer->segments_removed,
		  writer->segments_repaired, writer->level, writer->write_errors, writer->stuck ? ", and now" : "");
	log_write(LOG_LEVEL_INFO, "disk: less than --min-free was free %" PRIu64 " times; %" PRIu64 " segments were given up, %" PRIu64
		  " can't be removed", writer->free_alarms, writer->segments_given_up, writer->segments_unremovable);
	log_write(LOG_LEVEL_INFO, "incidents: %" PRIu64 " saved, %" PRIu64 " removed, %" PRIu64 " failed, %" PRIu64 " held back by cooldown, %"
		  PRIu64 " by the cap", watcher->incidents, watcher->incidents_removed, watcher->incidents_failed,
		  watcher->triggers.suppressed_by_cooldown, watcher->triggers.suppressed_by_cap);
	log_write(LOG_LEVEL_INFO, "watcher: %" PRIu64 " packets, %" PRIu64 " flows in %s, %" PRIu64 " intervals, %" PRIu64
		  " errors of triggers, %" PRIu64 " of the catalog", watcher->packets, watcher->flows_live, units_about_size(watcher->engine_bytes, one),
		  watcher->intervals, watcher->triggers.errors, watcher->catalog_errors);
}

void statistics_log_summary(const struct parts *parts)
{
	char packets[UNITS_TEXT_MAX], segments[UNITS_TEXT_MAX], incidents[UNITS_TEXT_MAX];
	const struct all_counters all = ask(parts);
	log_write(LOG_LEVEL_NOTICE, "stopped: %s in %s written, %s; packets lost: kernel %" PRIu64 ", interface %" PRIu64 ", pool %" PRIu64
		  "; not looked at by triggers: %" PRIu64, units_number_of(all.writer.packets_written, "packet", packets),
		  units_number_of(all.writer.segments, "segment", segments), units_number_of(all.watcher.incidents, "incident", incidents),
		  all.recorder.kernel_drops, all.recorder.interface_drops,
		  pool_losses(&all), all.pool.skipped_packets);
}

void statistics_watch(struct statistics *statistics, const struct parts *parts, int64_t now_ns)
{
	static const char *const texts[LOSSES] = {
#define LOSS_TEXT(name, text) [name] = (text),
		LOSS_LIST(LOSS_TEXT)
#undef LOSS_TEXT
	};
	const struct all_counters all = ask(parts);
	const uint64_t losses[LOSSES] = {
		[LOSS_KERNEL] = all.recorder.kernel_drops,
		[LOSS_INTERFACE] = all.recorder.interface_drops,
		[LOSS_POOL] = pool_losses(&all),
		[LOSS_WATCHER] = all.pool.skipped_packets,
	};
	for (int i = 0; i < LOSSES; i++) {
		if (losses[i] <= statistics->told[i] || (statistics->told_ns[i] && now_ns - statistics->told_ns[i] < TELL_NS))
			continue;
		const uint64_t lost = losses[i] - statistics->told[i];
		log_write(LOG_LEVEL_WARNING, "%" PRIu64 " packet%s %s", lost, lost == 1 ? " was" : "s were", texts[i]);
		statistics->told[i] = losses[i];
		statistics->told_ns[i] = now_ns;
	}
}
