#include "analyze/cmd/analysis.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/progress.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/readahead.h"
#include "analyze/source/source.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* A look at the clock, the signal and the store for so many frames. */
#define FRAMES_PER_LOOK 1024

static const char *shown_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* All frames of the source through the engine; gives the status that ended them. A file is read by a thread of its own; a
 * pipe is not, because that thread couldn't be stopped while nothing comes. */
static enum status read_frames(struct source *source, struct engine *engine, struct store *store, struct progress *progress)
{
	const volatile sig_atomic_t *interrupted = interrupt_flag();
	const uint64_t file_bytes = source_file_bytes(source);
	struct readahead *ahead = file_bytes > 0 ? readahead_new(source) : NULL;
	struct frame frame;
	enum status status;
	while ((status = ahead ? readahead_next(ahead, &frame) : source_next(source, &frame)) == STATUS_OK) {
		engine_frame(engine, &frame);
		if (frame.number % FRAMES_PER_LOOK != 0)
			continue;
		if (*interrupted)
			break;
		if (store_status(store) != STATUS_OK)
			break; /* store_capture_end will say it */
		progress_update(progress, frame.number, ahead ? readahead_file_offset(ahead) : source_file_offset(source),
				file_bytes);
	}
	readahead_free(ahead);
	return *interrupted ? STATUS_INTERRUPTED : status;
}

/* The capture's row, once its frames are in. */
static enum status end_capture(struct analysis *analysis, struct store *store, struct source *source,
			       const struct engine_totals *totals, enum status read)
{
	const bool damaged = read != STATUS_END && read != STATUS_OK;
	const struct engine_options *engine = &analysis->options->engine;
	char link_name[64];
	size_t i = 0;
	for (const char *name = source_link_name(source); i < sizeof link_name - 1 && name[i]; i++)
		link_name[i] = (char)tolower((unsigned char)name[i]);
	link_name[i] = '\0';
	const struct capture_facts facts = {
		.path = source_path(source),
		.link_type = link_name,
		.format = source_format(source),
		.compression = source_compression(source),
		.error = damaged ? source_message(source) : NULL,
		.error_offset = damaged ? (int64_t)source_offset(source) : -1,
		.truncated = read == STATUS_TRUNCATED,
		.kernel_drops = -1,
		.interface_drops = -1,
		.pool_drops = -1,
		.watcher_skipped = -1,
		.segments = -1,
		.snaplen = source_snaplen(source),
		.fingerprint = source_fingerprint(source),
		.interval_ns = engine->interval_ns,
		.flow_timeline_packets = engine->flow_timeline_packets,
	};
	int64_t id = 0;
	const char *name = shown_name(source_path(source));
	const enum status status = store_capture_end(store, &facts, totals, &id);
	if (status == STATUS_EXISTS) {
		complain("%s: is in the database already, as capture %" PRId64 ": not added again", name, id);
		analysis->known++;
		return STATUS_OK;
	}
	if (status != STATUS_OK) {
		complain("%s", store_error(store)[0] ? store_error(store) : status_text(status));
		return status;
	}
	if (analysis->stored++ == 0)
		analysis->first_id = id;
	return STATUS_OK;
}

static enum status analyse_source(struct analysis *analysis, struct store *store, struct source *source,
				  struct progress *progress)
{
	struct engine_totals totals;
	enum status status = store_capture_begin(store);
	if (status != STATUS_OK) {
		complain("%s", store_error(store)[0] ? store_error(store) : status_text(status));
		return status;
	}
	struct engine *engine = engine_new(&analysis->options->engine, store_sink(), store);
	if (!engine) {
		complain("out of memory for %" PRIu32 " flows: try a smaller --max-flows", analysis->options->engine.max_flows);
		return STATUS_NO_MEMORY;
	}
	const enum status read = read_frames(source, engine, store, progress);
	if (read == STATUS_INTERRUPTED) {
		engine_free(engine);
		return STATUS_INTERRUPTED;
	}
	progress_say(progress, "writing the flows");
	engine_finish(engine);
	engine_totals(engine, &totals);
	status = end_capture(analysis, store, source, &totals, read);
	engine_free(engine);
	progress_clear(progress);
	if (read != STATUS_END && read != STATUS_OK) {
		complain("%s: %s: the %" PRIu64 " packets before it are analysed", shown_name(source_path(source)),
			 source_message(source), source_frames(source));
		analysis->failed++;
	}
	return status;
}

static enum status analyse_item(struct analysis *analysis, struct store *store, const struct source_item *item,
				struct progress *progress)
{
	char message[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	enum status status = source_open(&source, item->path, message);
	if (status == STATUS_INTERRUPTED || *interrupt_flag()) {
		source_close(source);
		return STATUS_INTERRUPTED;
	}
	if (status == STATUS_FORMAT && item->found) {
		analysis->skipped++;
		return STATUS_OK;
	}
	if (status != STATUS_OK) {
		complain("%s: %s", shown_name(item->path), message);
		analysis->failed++;
		return STATUS_OK;
	}
	if (engine_knows_link(source_link_type(source))) {
		status = analyse_source(analysis, store, source, progress);
	} else {
		complain("%s: link type %s (%u) is not supported (Ethernet, Linux cooked, loopback and raw IP are)",
			 shown_name(item->path), source_link_name(source), source_link_type(source));
		analysis->failed++;
	}
	source_close(source);
	return status;
}

enum status analysis_run(struct analysis *analysis, struct store *store, const struct source_list *list)
{
	const size_t count = source_list_count(list);
	enum status status = STATUS_OK;
	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		const struct source_item item = source_list_at(list, i);
		struct progress progress;
		progress_start(&progress, item.path, i + 1, count, analysis->options->quiet);
		status = analyse_item(analysis, store, &item, &progress);
		progress_clear(&progress);
	}
	if (status == STATUS_OK && analysis->skipped > 0)
		complain("%zu file%s in folders %s no capture%s: skipped", analysis->skipped,
			 analysis->skipped == 1 ? "" : "s", analysis->skipped == 1 ? "is" : "are",
			 analysis->skipped == 1 ? "" : "s");
	return status;
}
