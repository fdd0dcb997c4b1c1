#include "analyze/cmd/analysis.h"

#include "analyze/cmd/incident_file.h"
#include "analyze/cmd/input.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/progress.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A look at the clock, the signal and the store for so many frames. */
#define FRAMES_PER_LOOK 1024
#define SILENCE_NS INT64_C(60000000000)

/* Silence tells, too: who had not answered when the recorder stopped listening. No longer than anything is waited for. */
static void listen_on(struct input *input, struct engine *engine, int64_t last_ns)
{
	const int64_t until_ns = input_listened_until(input);
	if (last_ns == NO_TIME || until_ns == NO_TIME || until_ns <= last_ns)
		return;
	engine_advance(engine, until_ns - last_ns < SILENCE_NS ? until_ns : last_ns + SILENCE_NS);
}

/* All frames of the input through the engine; gives the status that ended them. */
static enum status read_frames(struct input *input, struct engine *engine, struct store *store, struct progress *progress,
			       _Atomic uint64_t *bytes)
{
	const volatile sig_atomic_t *interrupted = interrupt_flag();
	const uint64_t file_bytes = input_file_bytes(input);
	struct frame frame;
	enum status status;
	int64_t last_ns = NO_TIME;
	while ((status = input_next(input, &frame)) == STATUS_OK) {
		engine_frame(engine, &frame);
		last_ns = frame.t_ns;
		if (input_frames(input) % FRAMES_PER_LOOK != 0)
			continue;
		if (*interrupted)
			break;
		if (store_status(store) != STATUS_OK)
			break; /* store_capture_end will say it */
		if (bytes)
			atomic_store_explicit(bytes, input_file_offset(input), memory_order_relaxed);
		progress_update(progress, input_frames(input), input_file_offset(input), file_bytes);
	}
	if (!*interrupted)
		listen_on(input, engine, last_ns);
	return *interrupted ? STATUS_INTERRUPTED : status;
}

/* An interruption is said once, by who ends the run. */
static enum status fail_store(const struct store *store, enum status status)
{
	if (status != STATUS_INTERRUPTED)
		complain("%s", store_error(store)[0] ? store_error(store) : status_text(status));
	return status;
}

/* The capture's row, once its frames are in. */
static enum status end_capture(struct analysis *analysis, struct store *store, struct input *input,
			       const struct engine_totals *totals, enum status read)
{
	const struct engine_options *engine = &analysis->options->engine;
	struct capture_facts facts = {
		.interval_ns = engine->interval_ns,
		.flow_timeline_packets = engine->flow_timeline_packets,
	};
	input_facts(input, read, &facts);
	int64_t id = 0;
	const char *name = input_name(input);
	const enum status status = store_capture_end(store, &facts, totals, &id);
	if (status == STATUS_EXISTS) {
		complain("%s: is in the database already, as capture %" PRId64 ": not added again", name, id);
		analysis->known++;
		return STATUS_OK;
	}
	if (status != STATUS_OK)
		return fail_store(store, status);
	if (analysis->stored++ == 0)
		analysis->first_id = id;
	return STATUS_OK;
}

static enum status analyse_input(struct analysis *analysis, struct store *store, struct input *input, struct progress *progress)
{
	char before[SOURCE_BEFORE_MAX];
	struct engine_totals totals;
	enum status status = store_capture_begin(store);
	if (status != STATUS_OK)
		return fail_store(store, status);
	struct engine *engine = engine_new(&analysis->options->engine, store_sink(), store);
	if (!engine) {
		complain("out of memory for %" PRIu32 " flows: try a smaller --max-flows", analysis->options->engine.max_flows);
		return STATUS_NO_MEMORY;
	}
	const enum status read = read_frames(input, engine, store, progress, analysis->options->read_bytes);
	if (read == STATUS_INTERRUPTED) {
		engine_free(engine);
		return STATUS_INTERRUPTED;
	}
	progress_say(progress, "writing the flows");
	engine_finish(engine);
	engine_totals(engine, &totals);
	status = end_capture(analysis, store, input, &totals, read);
	engine_free(engine);
	progress_clear(progress);
	if (read != STATUS_END && read != STATUS_OK)
		complain("%s: %s: %s", input_name(input), input_message(input), source_before(input_frames(input), "analysed", before));
	input_remarks(input);
	analysis->failed += (read != STATUS_END && read != STATUS_OK) || input_damaged(input) > 0;
	return status;
}

/* What the recorder says of the incident whose folder this is, so that charts mark it. */
static enum status keep_incident(struct store *store, const char *folder)
{
	char *json = incident_file_read(folder);
	const enum status status = json ? store_add_incident(store, json) : STATUS_OK;
	if (status != STATUS_OK)
		complain("%s", store_error(store));
	free(json);
	return status;
}

static enum status analyse_item(struct analysis *analysis, struct store *store, const struct source_item *item,
				struct progress *progress)
{
	char message[INPUT_MESSAGE_MAX];
	struct input *input = NULL;
	enum status status = input_open(&input, item, &analysis->options->period, message);
	if (status == STATUS_INTERRUPTED || *interrupt_flag()) {
		input_close(input);
		return STATUS_INTERRUPTED;
	}
	if (status == STATUS_FORMAT && item->found && !item->tape) {
		analysis->skipped++;
		return STATUS_OK;
	}
	if (status != STATUS_OK) {
		complain("%s: %s", strcmp(item->path, "-") == 0 ? "standard input" : item->path, message);
		analysis->failed++;
		return STATUS_OK;
	}
	if (engine_knows_link(input_link_type(input))) {
		const size_t stored = analysis->stored;
		status = analyse_input(analysis, store, input, progress);
		if (status == STATUS_OK && item->tape && analysis->stored > stored)
			status = keep_incident(store, item->path);
	} else {
		complain("%s: link type %s (%u) is not supported (Ethernet, Linux cooked, PPP, loopback and raw IP are)",
			 input_name(input), input_link_name(input), input_link_type(input));
		analysis->failed++;
	}
	input_close(input);
	return status;
}

enum status analysis_run(struct analysis *analysis, struct store *store, const struct source_list *list)
{
	const size_t count = source_list_count(list);
	const char *first_skipped = NULL;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		const struct source_item item = source_list_at(list, i);
		struct progress progress;
		progress_start(&progress, item.path, i + 1, count, analysis->options->quiet);
		status = analyse_item(analysis, store, &item, &progress);
		if (!first_skipped && analysis->skipped > 0)
			first_skipped = item.path;
		progress_clear(&progress);
	}
	if (status == STATUS_OK)
		complain_skipped(analysis->skipped, first_skipped);
	return status;
}
