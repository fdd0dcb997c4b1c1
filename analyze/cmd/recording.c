#include "analyze/cmd/recording.h"

#include "analyze/engine/facts.h"
#include "analyze/source/tape.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void recording_start(struct recording *recording, int64_t from_ns, int64_t to_ns)
{
	*recording = (struct recording){
		.from_ns = from_ns,
		.to_ns = to_ns,
		.kernel_drops = -1,
		.interface_drops = -1,
		.pool_drops = -1,
		.watcher_skipped = -1,
		.closed_ns = NO_TIME,
	};
}

static void add(int64_t *sum, int64_t value)
{
	if (value < 0)
		return;
	if (*sum < 0)
		*sum = 0;
	if (__builtin_add_overflow(*sum, value, sum))
		*sum = INT64_MAX;
}

static int64_t limited(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

int64_t recording_gap(const struct segment_facts *before, int64_t opened_ns)
{
	int64_t gap_ns;
	if (before->ended_by == SEGMENT_END_CLOCK || before->closed_ns == NO_TIME || opened_ns == NO_TIME ||
	    __builtin_sub_overflow(opened_ns, before->closed_ns, &gap_ns))
		return 0;
	return gap_ns > RECORDING_GAP_NS ? gap_ns : 0;
}

static bool overlaps(const struct recording *recording, int64_t opened_ns, int64_t closed_ns)
{
	return (recording->to_ns == NO_TIME || opened_ns == NO_TIME || opened_ns <= recording->to_ns) &&
	       (recording->from_ns == NO_TIME || closed_ns == NO_TIME || closed_ns > recording->from_ns);
}

static void add_gap(struct recording *recording, int64_t opened_ns)
{
	const struct segment_facts before = {.closed_ns = recording->closed_ns, .ended_by = SEGMENT_END_TIME};
	const int64_t gap_ns = recording_gap(&before, opened_ns);
	recording->gaps += gap_ns > 0;
	recording->gap_ns += gap_ns;
}

static void add_facts(struct recording *recording, const struct segment_facts *facts)
{
	if (!recording->host[0])
		snprintf(recording->host, sizeof recording->host, "%s", facts->host);
	if (!recording->interface[0])
		snprintf(recording->interface, sizeof recording->interface, "%s", facts->interface);
	recording->repaired += facts->kernel_drops < 0;
	add(&recording->kernel_drops, facts->kernel_drops);
	add(&recording->interface_drops, facts->interface_drops);
	add(&recording->pool_drops, limited(facts->pool_drops));
	add(&recording->watcher_skipped, limited(facts->watcher_skipped));
}

void recording_add(struct recording *recording, const char *path, int64_t start_ns, bool part)
{
	struct segment_facts facts = {.closed_ns = NO_TIME, .opened_ns = start_ns};
	char *json = tape_json_path(path);
	if (!json)
		return;
	const bool known = !part && segment_read(json, &facts) == STATUS_OK;
	free(json);
	const int64_t opened_ns = known ? facts.opened_ns : start_ns;
	if (!overlaps(recording, opened_ns, known ? facts.closed_ns : NO_TIME))
		return;
	add_gap(recording, opened_ns);
	recording->segments++;
	recording->without += !known && !part;
	if (known)
		add_facts(recording, &facts);
	recording->closed_ns = known && facts.ended_by != SEGMENT_END_CLOCK ? facts.closed_ns : NO_TIME;
}
