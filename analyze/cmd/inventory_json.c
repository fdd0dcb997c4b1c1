#include "analyze/cmd/inventory_json.h"

#include "analyze/engine/facts.h"
#include "store/json.h"

#include <stdlib.h>

struct inventory_json {
	struct json *json;
};

struct inventory_json *inventory_json_new(void)
{
	struct inventory_json *made = calloc(1, sizeof *made);
	if (made)
		made->json = json_new();
	if (!made || !made->json) {
		free(made);
		return NULL;
	}
	json_begin_object(made->json, NULL);
	json_begin_array(made->json, "tapes");
	return made;
}

static void put_time(struct json *json, const char *key, int64_t ns)
{
	if (ns == NO_TIME)
		json_null(json, key);
	else
		json_integer(json, key, ns);
}

static void put_count(struct json *json, const char *key, uint64_t count)
{
	json_integer(json, key, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

/* What only the JSON file beside the segment knows. */
static void put_known(struct json *json, const char *key, bool known, int64_t value)
{
	if (known && value >= 0)
		json_integer(json, key, value);
	else
		json_null(json, key);
}

static void put_text(struct json *json, const char *key, const char *text)
{
	json_text(json, key, text && text[0] ? text : NULL);
}

static void put_segment(struct json *json, const struct stored_segment *segment)
{
	json_begin_object(json, NULL);
	json_text(json, "name", segment->name);
	put_count(json, "sequence", segment->sequence);
	json_text(json, "state", segment->part ? "writing" : segment->known ? "finished" : "no_json");
	put_time(json, "opened_ns", segment->opened_ns);
	put_time(json, "closed_ns", segment->closed_ns);
	put_time(json, "first_ns", segment->first_ns);
	put_time(json, "last_ns", segment->last_ns);
	put_known(json, "packets", segment->known, (int64_t)segment->packets);
	put_known(json, "bytes", segment->known, (int64_t)segment->bytes);
	put_count(json, "file_bytes", segment->file_bytes);
	put_known(json, "kernel_drops", segment->known, segment->kernel_drops);
	put_known(json, "interface_drops", segment->known, segment->interface_drops);
	put_known(json, "pool_drops", segment->known, segment->pool_drops);
	put_known(json, "watcher_skipped", segment->known, segment->watcher_skipped);
	json_text(json, "ended_by", segment->known ? segment_end_name(segment->ended_by) : NULL);
	json_end(json);
}

static void put_gaps(struct json *json, const struct inventory *inventory)
{
	json_begin_array(json, "gaps");
	for (size_t i = 0; i < inventory->segment_count; i++) {
		const struct stored_segment *segment = &inventory->segments[i];
		if (segment->gap_ns == 0)
			continue;
		json_begin_object(json, NULL);
		put_time(json, "from_ns", segment->opened_ns - segment->gap_ns);
		put_time(json, "to_ns", segment->opened_ns);
		json_end(json);
	}
	json_end(json);
}

/* `beside`: one of the ring's, not the folder itself, of which the rest says it. */
static void put_incident(struct json *json, const char *key, const struct stored_incident *incident, bool beside)
{
	json_begin_object(json, key);
	put_text(json, "name", incident->name);
	put_text(json, "trigger", incident->trigger);
	put_text(json, "scope", incident->scope);
	put_text(json, "key", incident->key);
	put_text(json, "state", incident->state);
	put_time(json, "t_ns", incident->t_ns);
	put_time(json, "from_ns", incident->from_ns);
	put_time(json, "to_ns", incident->to_ns);
	if (beside) {
		put_count(json, "segments", incident->segments);
		put_count(json, "disk_bytes", incident->bytes);
		put_count(json, "disk_bytes_alone", incident->alone_bytes);
	}
	json_end(json);
}

static void put_totals(struct json *json, const struct inventory *inventory)
{
	put_time(json, "first_ns", inventory->first_ns);
	put_time(json, "last_ns", inventory->last_ns);
	put_count(json, "packets", inventory->packets);
	put_count(json, "bytes", inventory->bytes);
	put_count(json, "file_bytes", inventory->file_bytes);
	put_count(json, "kernel_drops", inventory->kernel_drops);
	put_count(json, "interface_drops", inventory->interface_drops);
	put_count(json, "pool_drops", inventory->pool_drops);
	put_count(json, "watcher_skipped", inventory->watcher_skipped);
	put_count(json, "segments_without_json", inventory->without);
	put_count(json, "segments_with_unknown_drops", inventory->unknown);
	json_integer(json, "gap_ns", inventory->gap_ns);
}

void inventory_json_add(struct inventory_json *made, const struct inventory *inventory)
{
	struct json *json = made->json;
	json_begin_object(json, NULL);
	json_text(json, "path", inventory->path);
	put_text(json, "host", inventory->host);
	put_text(json, "interface", inventory->interface);
	put_text(json, "filter", inventory->filter);
	put_text(json, "slice", inventory->slice);
	json_integer(json, "snaplen", inventory->snaplen);
	json_begin_object(json, "totals");
	put_totals(json, inventory);
	json_end(json);
	json_begin_object(json, "disk");
	put_count(json, "ring_bytes", inventory->ring_bytes);
	put_count(json, "incidents_bytes", inventory->incident_bytes);
	put_count(json, "catalog_bytes", inventory->catalog_bytes);
	put_count(json, "total_bytes", inventory->ring_bytes + inventory->incident_bytes + inventory->catalog_bytes);
	json_end(json);
	if (inventory->own)
		put_incident(json, "incident", inventory->own, false);
	put_gaps(json, inventory);
	json_begin_array(json, "incidents");
	for (size_t i = 0; i < inventory->incident_count; i++)
		put_incident(json, NULL, &inventory->incidents[i], true);
	json_end(json);
	json_begin_array(json, "segments");
	for (size_t i = 0; i < inventory->segment_count; i++)
		put_segment(json, &inventory->segments[i]);
	json_end(json);
	json_end(json);
}

bool inventory_json_print(struct inventory_json *made, FILE *out)
{
	if (!made)
		return false;
	json_end(made->json);
	json_end(made->json);
	char *text = json_finish(made->json);
	if (text)
		fputs(text, out);
	const bool good = text != NULL;
	free(text);
	json_free(made->json);
	free(made);
	return good;
}
