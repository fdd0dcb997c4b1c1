#include "capture/host_history.h"

#include "store/json.h"

void host_history_put(struct host_history *history, int64_t t_ns, const struct live_counters *live)
{
	const size_t at = history->count++ % HOST_HISTORY_INTERVALS;
	history->interval[at].t_ns = t_ns;
	history->interval[at].live = *live;
}

static void put_counter(struct json *json, const char *key, int64_t value)
{
	if (value < 0)
		json_null(json, key);
	else
		json_integer(json, key, value);
}

char *host_history_json(const struct host_history *history)
{
	const size_t first = history->count > HOST_HISTORY_INTERVALS ? history->count - HOST_HISTORY_INTERVALS : 0;
	struct json *json = json_new();
	if (!json)
		return NULL;
	json_begin_array(json, NULL);
	for (size_t i = first; i < history->count; i++) {
		const struct live_counters *live = &history->interval[i % HOST_HISTORY_INTERVALS].live;
		json_begin_object(json, NULL);
		json_integer(json, "t_ns", history->interval[i % HOST_HISTORY_INTERVALS].t_ns);
#define PUT_COUNTER(name, meaning) put_counter(json, #name, live->host.name);
		HOST_COUNTER_LIST(PUT_COUNTER)
#undef PUT_COUNTER
		put_counter(json, "kernel_drops", live->kernel_drops);
		put_counter(json, "capture_interface_drops", live->capture_interface_drops);
		put_counter(json, "pool_drops", live->pool_drops);
		put_counter(json, "watcher_skipped", live->watcher_skipped);
		json_end(json);
	}
	json_end(json);
	char *text = json_finish(json);
	json_free(json);
	return text;
}
