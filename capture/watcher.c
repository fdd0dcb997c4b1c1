#include "capture/watcher.h"

#include "analyze/source/dlt.h"
#include "capture/catalog_keeper.h"
#include "capture/clock.h"
#include "capture/host.h"
#include "capture/host_history.h"
#include "capture/incident_reason.h"
#include "capture/incidents.h"
#include "capture/log.h"
#include "capture/lookout.h"
#include "capture/notices.h"
#include "capture/sockets.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define PAUSE_NS (SECOND / 4)	   /* a look at everything else, at least so often */
#define BEHIND_NS (SECOND / 2)	   /* packets are that late at most */
#define STALLED_NS SECOND		   /* not run for so long: then neither was the capture thread */
#define SAY_AGAIN_NS (60 * SECOND)

struct watcher {
	const struct recorder_options *options;
	struct pool *pool;
	struct ring_writer *writer;
	pthread_t thread;
	bool started, stopping;
	struct lookout *lookout;
	struct incidents_options incidents_options;
	struct incidents *incidents;
	struct catalog_run run;
	struct catalog_keeper *keeper;
	struct notices *notices;
	struct host *host;
	struct host_history history;
	char host_name[256], link_name[64];
	uint64_t frames; /* skipped ones too */
	uint64_t pool_drops; /* known so far */
	int64_t looked_ns; /* CLOCK_MONOTONIC, as are */
	int64_t next_advance_ns, trigger_error_ns;
	uint64_t trigger_errors;
	struct live_counters since; /* the recorder's counters since the last interval */
	atomic_uint fire_requests;
	pthread_mutex_t mutex; /* of: */
	struct watcher_counters published;
	struct watcher_counters counters;
};

/* The sink of the lookout. */

static bool read_live(void *user, struct live_counters *live)
{
	struct watcher *watcher = user;
	struct pool_counters pool;
	pool_counters(watcher->pool, &pool);
	*live = watcher->since;
	live->pool_drops = (int64_t)(pool.dropped_packets - watcher->pool_drops);
	watcher->pool_drops = pool.dropped_packets;
	watcher->since = (struct live_counters){0};
	host_read(watcher->host, &live->host);
	return true;
}

static void take_row(void *user, const struct interval_facts *facts, const struct live_counters *live)
{
	struct watcher *watcher = user;
	if (facts->scope == SCOPE_ALL && live)
		host_history_put(&watcher->history, facts->t_ns, live);
	catalog_keeper_put_interval(watcher->keeper, facts, live);
}

static void end_interval(void *user, int64_t t_ns, const struct live_counters *live)
{
	struct watcher *watcher = user;
	watcher->counters.intervals++;
	if (live)
		catalog_keeper_put_host(watcher->keeper, t_ns, watcher->options->interval_ns, live);
	catalog_keeper_commit(watcher->keeper);
}

static void make_incident(struct watcher *watcher, const struct incident_facts *facts, struct incident_details *details,
			  const struct interval_facts *row)
{
	char *flows = lookout_worst_flows(watcher->lookout, row);
	char *host = host_history_json(&watcher->history);
	char *sockets = sockets_json();
	details->worst_flows_json = flows;
	details->host_counters_json = host;
	details->sockets_json = sockets;
	incidents_fire(watcher->incidents, facts, details);
	free(sockets);
	free(host);
	free(flows);
}

static void fired(void *user, const struct firing *firing)
{
	struct watcher *watcher = user;
	const struct rule *rule = firing->rule;
	const char *scope = scope_name(firing->facts->scope);
	char *reason = incident_reason(rule->when, firing->row_json);
	log_write(LOG_LEVEL_WARNING, "trigger %s fired: %s%s%s: %s", rule->name, scope, firing->key[0] ? " " : "", firing->key,
		  reason ? reason : rule->when);
	free(reason);
	if (watcher->stopping) {
		log_write(LOG_LEVEL_NOTICE, "trigger %s: no incident: the recorder stops", rule->name);
		return;
	}
	const struct incident_facts facts = {
		.trigger = rule->name,
		.scope = scope,
		.key = firing->key,
		.t_ns = firing->facts->t_ns,
		.from_ns = firing->from_ns,
		.to_ns = firing->to_ns,
		.row_json = firing->row_json,
	};
	struct incident_details details = {.rule = rule, .since_ns = firing->since_ns, .history_json = firing->history_json};
	make_incident(watcher, &facts, &details, firing->facts);
}

static void fire_manual(struct watcher *watcher)
{
	const int64_t now_ns = clock_wall(clock_system());
	if (incidents_recording(watcher->incidents, "manual")) {
		log_write(LOG_LEVEL_NOTICE, "manual incident: one is being recorded already: not another");
		return;
	}
	log_write(LOG_LEVEL_NOTICE, "manual incident");
	const struct incident_facts facts = {
		.trigger = "manual",
		.scope = "all",
		.key = "",
		.t_ns = now_ns - now_ns % watcher->options->interval_ns,
		.from_ns = now_ns - rules_manual(watcher->options->rules)->before_ns,
		.to_ns = now_ns + rules_manual(watcher->options->rules)->after_ns,
	};
	struct incident_details details = {.since_ns = NO_TIME};
	make_incident(watcher, &facts, &details, NULL);
}

/* The sink of the incidents. */

static bool pin(void *user, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes)
{
	const struct watcher *watcher = user;
	return ring_writer_pin(watcher->writer, folder, from_ns, to_ns, room_bytes);
}

/* What the ring has since then, and as much per second for what is to come. */
static uint64_t expect(void *user, int64_t from_ns, int64_t to_ns)
{
	const struct watcher *watcher = user;
	const int64_t now_ns = clock_wall(clock_system());
	char *path = NULL;
	DIR *folder = asprintf(&path, "%s/ring", watcher->options->directory) < 0 ? NULL : opendir(path);
	double bytes = 0;
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		struct stat file;
		int64_t start_ns;
		if (segment_name_parse(entry->d_name, NULL, &start_ns, NULL) &&
		    start_ns >= from_ns - watcher->options->segment_ns &&
		    fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (double)file.st_size;
	}
	if (folder)
		closedir(folder);
	free(path);
	if (to_ns > now_ns && now_ns > from_ns)
		bytes *= (double)(to_ns - from_ns) / (double)(now_ns - from_ns);
	return (uint64_t)bytes;
}

static void incident_changed(void *user, const struct incident_facts *facts)
{
	const struct watcher *watcher = user;
	catalog_keeper_put_incident(watcher->keeper, facts);
}

static void incident_removed(void *user, const char *name)
{
	const struct watcher *watcher = user;
	catalog_keeper_remove_incident(watcher->keeper, name);
}

static void tell_incidents(void *user)
{
	const struct watcher *watcher = user;
	incidents_tell(watcher->incidents);
}

/* The thread. */

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value;
	memcpy(&value, bytes, sizeof value);
	return value;
}

static void take_block(struct watcher *watcher, const struct block *block)
{
	size_t at = 0;
	watcher->since.kernel_drops += (int64_t)block->kernel_drops;
	watcher->since.capture_interface_drops += (int64_t)block->interface_drops;
	while (at + sizeof(struct record) <= block->used) {
		const uint8_t *record = block->data + at;
		const struct frame frame = {
			.t_ns = u32_at(record) * SECOND + u32_at(record + 4),
			.number = ++watcher->frames,
			.captured_bytes = u32_at(record + 8),
			.wire_bytes = u32_at(record + 12),
			.link_type = block->link_type,
			.data = record + sizeof(struct record),
		};
		at += sizeof(struct record);
		if (frame.captured_bytes > block->used - at)
			break;
		at += frame.captured_bytes;
		lookout_frame(watcher->lookout, &frame);
		watcher->counters.packets++;
	}
}

/* Packets and drops in blocks that were taken away before they came here. */
static void take_skipped(struct watcher *watcher)
{
	uint64_t kernel = 0, interface = 0;
	const uint64_t skipped = pool_skipped(watcher->pool);
	pool_missed_drops(watcher->pool, POOL_WATCHER, &kernel, &interface);
	watcher->frames += skipped;
	watcher->counters.skipped_packets += skipped;
	watcher->since.watcher_skipped += (int64_t)skipped;
	watcher->since.kernel_drops += (int64_t)kernel;
	watcher->since.capture_interface_drops += (int64_t)interface;
}

static void take_notice(struct watcher *watcher, const struct notice *notice)
{
	switch (notice->kind) {
	case NOTICE_SEGMENT_ADDED:
		catalog_keeper_put_segment(watcher->keeper, &notice->segment);
		break;
	case NOTICE_SEGMENT_REMOVED:
		catalog_keeper_remove_segment(watcher->keeper, notice->segment.name);
		break;
	case NOTICE_PIN_COMPLETE:
		/* The writer ends all pins when it stops, which it does when the pool is closed. */
		if (notice->folder)
			incidents_packets(watcher->incidents, notice->folder, notice->segments, notice->file_bytes, notice->missing,
					  pool_is_closed(watcher->pool) ? clock_wall(clock_system()) : NO_TIME);
		break;
	}
}

static void take_notices(struct watcher *watcher)
{
	bool lost = false;
	struct notice *notice = notices_take(watcher->notices, &lost), *next;
	const bool any = notice;
	if (lost)
		catalog_keeper_distrust(watcher->keeper);
	for (; notice; notice = next) {
		next = notice->next;
		take_notice(watcher, notice);
		notice_free(notice);
	}
	if (!any)
		return;
	incidents_grow(watcher->incidents);
	catalog_keeper_commit(watcher->keeper);
}

static void name_link(struct watcher *watcher, uint16_t link_type)
{
	const char *name = "";
	for (int dlt = 0; dlt < 512 && !name[0]; dlt++)
		if (link_type_of_dlt(dlt) == link_type)
			name = link_name_of_dlt(dlt);
	for (size_t i = 0; i < sizeof watcher->link_name - 1 && name[i]; i++)
		watcher->link_name[i] = (char)tolower((unsigned char)name[i]);
}

static void say_trigger_errors(struct watcher *watcher, int64_t now_ns)
{
	const struct triggers *triggers = lookout_triggers(watcher->lookout);
	triggers_counters(triggers, &watcher->counters.triggers);
	if (watcher->counters.triggers.errors == watcher->trigger_errors || now_ns < watcher->trigger_error_ns)
		return;
	log_write(LOG_LEVEL_ERROR, "triggers: %s (%llu times so far)", triggers_error(triggers),
		  (unsigned long long)watcher->counters.triggers.errors);
	watcher->trigger_errors = watcher->counters.triggers.errors;
	watcher->trigger_error_ns = now_ns + SAY_AGAIN_NS;
}

static void publish(struct watcher *watcher)
{
	struct engine_totals totals;
	struct incidents_counters incidents;
	lookout_totals(watcher->lookout, &totals);
	incidents_counters(watcher->incidents, &incidents);
	watcher->counters.flows_live = totals.flows_live;
	watcher->counters.engine_bytes = totals.memory_bytes;
	watcher->counters.catalog_errors = catalog_keeper_errors(watcher->keeper);
	watcher->counters.incidents = incidents.made;
	watcher->counters.incidents_removed = incidents.removed;
	watcher->counters.incidents_failed = incidents.failed;
	pthread_mutex_lock(&watcher->mutex);
	watcher->published = watcher->counters;
	pthread_mutex_unlock(&watcher->mutex);
}

/* All but the packets. */
static void look_around(struct watcher *watcher)
{
	const int64_t now_ns = clock_monotonic_ns();
	catalog_keeper_tick(watcher->keeper, now_ns);
	take_notices(watcher);
	if (atomic_exchange(&watcher->fire_requests, 0) > 0)
		fire_manual(watcher);
	incidents_poll(watcher->incidents);
	say_trigger_errors(watcher, now_ns);
	publish(watcher);
}

/* A link may be quiet, or carry nothing that the engine decodes: intervals end all the same. Not while blocks wait, whose packets are
 * older than the clock; nor right after the machine stood still, or the process was stopped: the kernel has packets from before, for
 * which the capture thread gets a moment. */
static void keep_time(struct watcher *watcher)
{
	struct pool_counters pool;
	const int64_t now_ns = clock_monotonic_ns();
	if (watcher->looked_ns && now_ns - watcher->looked_ns > STALLED_NS)
		watcher->next_advance_ns = now_ns + STALLED_NS;
	watcher->looked_ns = now_ns;
	if (now_ns < watcher->next_advance_ns)
		return;
	pool_counters(watcher->pool, &pool);
	if (pool.queued[POOL_WATCHER] > 0)
		return;
	watcher->next_advance_ns = now_ns + PAUSE_NS;
	lookout_advance(watcher->lookout, clock_wall(clock_system()) - BEHIND_NS);
}

static void *run(void *user)
{
	struct watcher *watcher = user;
	bool closed = false;
	incidents_recover(watcher->incidents);
	catalog_keeper_tick(watcher->keeper, clock_monotonic_ns()); /* before an interval ends that would have no place to go to */
	while (!closed) {
		const struct block *block = pool_next(watcher->pool, POOL_WATCHER, PAUSE_NS, &closed);
		take_skipped(watcher);
		if (block) {
			take_block(watcher, block);
			pool_release(watcher->pool, POOL_WATCHER, block);
		}
		keep_time(watcher);
		look_around(watcher);
	}
	watcher->stopping = true;
	lookout_finish(watcher->lookout);
	return NULL;
}

static bool make_parts(struct watcher *watcher, char *message, size_t message_bytes)
{
	static const struct lookout_sink lookout_sink = {
		.live = read_live, .row = take_row, .interval_end = end_interval, .fired = fired,
	};
	static const struct incidents_sink incidents_sink = {
		.pin = pin, .expect = expect, .changed = incident_changed, .removed = incident_removed,
	};
	const struct recorder_options *options = watcher->options;
	struct lookout_options lookout = {
		.rules = options->rules,
		.incidents_per_hour = options->incidents_per_hour,
		.interval_ns = options->interval_ns,
		.max_flows = options->max_flows,
		.timeline_keys = options->timeline_keys,
	};
	if (getrandom(&lookout.hash_seed, sizeof lookout.hash_seed, GRND_NONBLOCK) < 0)
		lookout.hash_seed = (uint64_t)getpid();
	watcher->incidents_options = (struct incidents_options){
		.host = watcher->host_name,
		.budget_bytes = options->incident_bytes,
		.jobs = {.directory = options->directory, .interface = options->interface, .on_incident = options->on_incident,
			 .hook_ns = options->hook_ns, .interval_ns = options->interval_ns, .analyze = options->analyze},
	};
	watcher->run = (struct catalog_run){
		.directory = options->directory,
		.host = watcher->host_name,
		.interface = options->interface,
		.link_type = watcher->link_name,
		.snaplen = options->snaplen,
		.interval_ns = options->interval_ns,
		.started_ns = clock_wall(clock_system()),
	};
	watcher->notices = notices_new();
	watcher->host = host_new("/proc", options->interface);
	watcher->incidents = incidents_new(&watcher->incidents_options, &incidents_sink, watcher);
	watcher->keeper = catalog_keeper_new(&watcher->run, options->catalog_bytes, tell_incidents, watcher);
	snprintf(message, message_bytes, "out of memory");
	if (!watcher->notices || !watcher->host || !watcher->incidents || !watcher->keeper)
		return false;
	watcher->lookout = lookout_new(&lookout, &lookout_sink, watcher, message, message_bytes);
	return watcher->lookout;
}

struct watcher *watcher_new(const struct recorder_options *options, struct pool *pool, uint16_t link_type, char *message,
			    size_t message_bytes)
{
	struct watcher *watcher = calloc(1, sizeof *watcher);
	snprintf(message, message_bytes, "out of memory");
	if (!watcher)
		return NULL;
	watcher->options = options;
	watcher->pool = pool;
	name_link(watcher, link_type);
	pthread_mutex_init(&watcher->mutex, NULL);
	atomic_init(&watcher->fire_requests, 0);
	gethostname(watcher->host_name, sizeof watcher->host_name - 1);
	if (make_parts(watcher, message, message_bytes))
		return watcher;
	watcher_free(watcher);
	return NULL;
}

const struct writer_observer *watcher_observer(struct watcher *watcher)
{
	return notices_observer(watcher->notices);
}

bool watcher_start(struct watcher *watcher, struct ring_writer *writer)
{
	watcher->writer = writer;
	watcher->started = pthread_create(&watcher->thread, NULL, run, watcher) == 0;
	return watcher->started;
}

void watcher_stop(struct watcher *watcher)
{
	if (!watcher->started)
		return;
	pthread_join(watcher->thread, NULL);
	watcher->started = false;
	catalog_keeper_tick(watcher->keeper, clock_monotonic_ns());
	take_notices(watcher);
	incidents_stop(watcher->incidents);
	catalog_keeper_commit(watcher->keeper);
	publish(watcher);
}

void watcher_free(struct watcher *watcher)
{
	if (!watcher)
		return;
	watcher_stop(watcher);
	lookout_free(watcher->lookout);
	incidents_free(watcher->incidents);
	catalog_keeper_free(watcher->keeper);
	notices_free(watcher->notices);
	host_free(watcher->host);
	pthread_mutex_destroy(&watcher->mutex);
	free(watcher);
}

void watcher_fire(struct watcher *watcher)
{
	atomic_fetch_add(&watcher->fire_requests, 1);
}

void watcher_counters(struct watcher *watcher, struct watcher_counters *counters)
{
	pthread_mutex_lock(&watcher->mutex);
	*counters = watcher->published;
	pthread_mutex_unlock(&watcher->mutex);
}
