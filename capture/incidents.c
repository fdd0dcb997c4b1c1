#include "capture/incidents.h"

#include "capture/incident_quota.h"
#include "capture/log.h"
#include "capture/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDING_MAX 64

struct incidents {
	const struct incidents_options *options;
	struct incidents_sink sink;
	void *user;
	struct incident_jobs *jobs;
	struct incident *recording[RECORDING_MAX]; /* those that wait for their packets */
	size_t recording_count;
	struct incidents_counters counters;
	struct incident_sizes sizes;
	const char *newest; /* while the quota is kept: never removed */
	bool over_quota;    /* that has been said */
	bool left_out;      /* some found no room among those that wait for the analyzer */
};

struct incidents *incidents_new(const struct incidents_options *options, const struct incidents_sink *sink, void *user)
{
	struct incidents *incidents = calloc(1, sizeof *incidents);
	if (!incidents)
		return NULL;
	incidents->options = options;
	incidents->sink = *sink;
	incidents->user = user;
	incidents->jobs = incident_jobs_new(&options->jobs);
	if (incidents->jobs)
		return incidents;
	free(incidents);
	return NULL;
}

void incidents_free(struct incidents *incidents)
{
	if (!incidents)
		return;
	incident_jobs_free(incidents->jobs);
	for (size_t i = 0; i < incidents->recording_count; i++)
		incident_close(incidents->recording[i]);
	incident_sizes_free(&incidents->sizes);
	free(incidents);
}

static const char *directory_of(const struct incidents *incidents)
{
	return incidents->options->jobs.directory;
}

/* A disk that is full is no reason to stop: it is tried again when the incident changes next. */
static void save(struct incidents *incidents, struct incident *incident)
{
	const struct incident_facts *facts = incident_facts(incident);
	const enum status status = incident_save(incident);
	if (status != STATUS_OK) {
		log_write(LOG_LEVEL_ERROR, "incident %s: " INCIDENT_FILE " cannot be written: %s", facts->name,
			  status == STATUS_IO ? strerror(errno) : status_text(status));
		incidents->counters.failed++;
	}
	if (incidents->sink.changed)
		incidents->sink.changed(incidents->user, facts);
}

static bool must_stay(void *user, const char *name)
{
	const struct incidents *incidents = user;
	if (incidents->newest && strcmp(incidents->newest, name) == 0)
		return true;
	for (size_t i = 0; i < incidents->recording_count; i++)
		if (strcmp(incident_facts(incidents->recording[i])->name, name) == 0)
			return true;
	return incident_jobs_runs(incidents->jobs, name);
}

static void say_removed(void *user, const char *name, uint64_t bytes)
{
	struct incidents *incidents = user;
	char size[UNITS_TEXT_MAX];
	incidents->counters.removed++;
	incident_jobs_forget(incidents->jobs, name);
	log_write(LOG_LEVEL_NOTICE, "incident %s: removed, the oldest, to keep within --incident-size: %s less", name,
		  units_about_size(bytes, size));
	if (incidents->sink.removed)
		incidents->sink.removed(incidents->user, name);
}

static struct incident_quota quota_of(struct incidents *incidents)
{
	return (struct incident_quota){
		.directory = directory_of(incidents),
		.budget_bytes = incidents->options->budget_bytes,
		.keep = must_stay,
		.removed = say_removed,
		.user = incidents,
		.sizes = &incidents->sizes,
	};
}

/* `newest` is never removed for its own sake. */
static void keep_quota(struct incidents *incidents, uint64_t coming_bytes, const char *newest)
{
	char size[UNITS_TEXT_MAX];
	const struct incident_quota quota = quota_of(incidents);
	incidents->newest = newest;
	const bool fits = incident_quota_keep(&quota, coming_bytes);
	incidents->newest = NULL;
	if (!fits && !incidents->over_quota)
		log_write(LOG_LEVEL_WARNING, "incidents: what is under way alone takes more than --incident-size %s: make it larger, "
			  "or `before` and `after` of the triggers shorter",
			  units_print_size(incidents->options->budget_bytes, size));
	incidents->over_quota = !fits;
}

void incidents_grow(struct incidents *incidents)
{
	if (incidents->recording_count)
		keep_quota(incidents, 0, NULL);
}

static void wait_for_analysis(struct incidents *incidents, const char *name)
{
	if (!incidents->options->jobs.analyze || incident_jobs_analyze(incidents->jobs, name))
		return;
	if (!incidents->left_out)
		log_write(LOG_LEVEL_WARNING, "incident %s: too many wait for the analyzer: its turn comes after them", name);
	incidents->left_out = true;
}

static bool is_unanalysed(const struct incident_facts *facts)
{
	return strcmp(facts->state, "interrupted") == 0 || strcmp(facts->state, "saved") == 0;
}

/* One that an earlier run left. */
static void recover(struct incidents *incidents, const char *name)
{
	struct incident *incident = NULL;
	const enum status status = incident_open(&incident, directory_of(incidents), name);
	if (status != STATUS_OK) {
		log_write(LOG_LEVEL_WARNING, "incident %s: " INCIDENT_FILE ": %s: left as it is", name, status_text(status));
		return;
	}
	const struct incident_facts *facts = incident_facts(incident);
	if (strcmp(facts->state, "recording") == 0) {
		incident_set_state(incident, "interrupted");
		log_write(LOG_LEVEL_NOTICE, "incident %s: its recording was interrupted", name);
		save(incidents, incident);
	} else if (incidents->sink.changed) {
		incidents->sink.changed(incidents->user, facts);
	}
	if (is_unanalysed(facts))
		wait_for_analysis(incidents, name);
	incident_close(incident);
}

static void list_all(struct incidents *incidents, void (*visit)(struct incidents *incidents, const char *name))
{
	struct incident_list list;
	const enum status status = incident_list_read(&list, directory_of(incidents));
	if (status != STATUS_OK)
		log_write(LOG_LEVEL_ERROR, "%s/incidents: cannot be read: %s", directory_of(incidents),
			  status == STATUS_IO ? strerror(errno) : status_text(status));
	for (size_t i = 0; i < list.count; i++)
		visit(incidents, list.names[i]);
	incident_list_free(&list);
}

static void tell(struct incidents *incidents, const char *name)
{
	struct incident *incident = NULL;
	if (incidents->sink.changed && incident_open(&incident, directory_of(incidents), name) == STATUS_OK)
		incidents->sink.changed(incidents->user, incident_facts(incident));
	incident_close(incident);
}

void incidents_recover(struct incidents *incidents)
{
	list_all(incidents, recover);
	keep_quota(incidents, 0, NULL);
}

void incidents_tell(struct incidents *incidents)
{
	list_all(incidents, tell);
}

static bool give_up(struct incidents *incidents, const char *trigger, const char *why)
{
	incidents->counters.failed++;
	log_write(LOG_LEVEL_ERROR, "incident of %s: cannot be made: %s", trigger, why);
	return false;
}

static void begin(struct incidents *incidents, struct incident *incident)
{
	const struct incident_facts *facts = incident_facts(incident);
	char *folder = incident_path(directory_of(incidents), facts->name, NULL);
	const struct incident_quota quota = quota_of(incidents);
	incidents->counters.made++;
	incidents->recording[incidents->recording_count++] = incident;
	save(incidents, incident);
	incident_jobs_hook(incidents->jobs, facts, "fired");
	if (!folder || !incidents->sink.pin(incidents->user, folder, facts->from_ns, facts->to_ns, incident_quota_room(&quota))) {
		log_write(LOG_LEVEL_ERROR, "incident %s: its packets cannot be kept: too many incidents at once", facts->name);
		incidents->recording_count--;
		incidents->counters.failed++;
		incident_set_state(incident, "failed");
		save(incidents, incident);
		incident_close(incident);
	}
	free(folder);
}

bool incidents_fire(struct incidents *incidents, const struct incident_facts *fired, const struct incident_details *details)
{
	char name[INCIDENT_NAME_MAX];
	struct incident_facts facts = *fired;
	struct incident_details all = *details;
	struct incident *incident = NULL;
	if (incidents->recording_count == RECORDING_MAX)
		return give_up(incidents, fired->trigger, "too many are under way");
	keep_quota(incidents, incidents->sink.expect ? incidents->sink.expect(incidents->user, facts.from_ns, facts.to_ns) : 0, NULL);
	if (incident_make_folder(directory_of(incidents), facts.t_ns, facts.trigger, name) != STATUS_OK)
		return give_up(incidents, fired->trigger, strerror(errno));
	facts.name = name;
	facts.state = "recording";
	all.host = incidents->options->host;
	all.interface = incidents->options->jobs.interface;
	const enum status status = incident_new(&incident, directory_of(incidents), &facts, &all);
	if (status != STATUS_OK) {
		incident_remove(directory_of(incidents), name);
		return give_up(incidents, fired->trigger, status_text(status));
	}
	begin(incidents, incident);
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

void incidents_packets(struct incidents *incidents, const char *folder, uint64_t segments, uint64_t file_bytes, uint64_t missing,
		       int64_t stopped_ns)
{
	char number[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];
	const char *name = base_name(folder);
	size_t at = 0;
	while (at < incidents->recording_count && strcmp(incident_facts(incidents->recording[at])->name, name) != 0)
		at++;
	if (at == incidents->recording_count)
		return;
	struct incident *incident = incidents->recording[at];
	incidents->recording[at] = incidents->recording[--incidents->recording_count];
	const struct incident_facts *facts = incident_facts(incident);
	const bool cut_short = stopped_ns != NO_TIME && stopped_ns < facts->to_ns;
	incident_set_state(incident, cut_short ? "interrupted" : "saved");
	incident_set_integer(incident, "segments", (int64_t)segments);
	incident_set_integer(incident, "file_bytes", (int64_t)file_bytes);
	incident_set_integer(incident, "missing_segments", (int64_t)missing);
	save(incidents, incident);
	if (missing)
		log_write(LOG_LEVEL_WARNING, "incident %s: %s could not be kept", name,
			  units_number_of(missing, "segment", number));
	log_write(LOG_LEVEL_NOTICE, "incident %s: %s: %s, %s", name, cut_short ? "interrupted" : "packets saved",
		  units_number_of(segments, "segment", number), units_about_size(file_bytes, size));
	if (incidents->options->jobs.analyze)
		wait_for_analysis(incidents, name);
	else
		incident_jobs_hook(incidents->jobs, facts, "saved");
	keep_quota(incidents, 0, name);
	incident_close(incident);
}

bool incidents_recording(const struct incidents *incidents, const char *trigger)
{
	for (size_t i = 0; i < incidents->recording_count; i++)
		if (strcmp(incident_facts(incidents->recording[i])->trigger, trigger) == 0)
			return true;
	return false;
}

static void analysed(void *user, const char *name, int exit_status)
{
	struct incidents *incidents = user;
	struct incident *incident = NULL;
	const enum status status = incident_open(&incident, directory_of(incidents), name);
	if (status != STATUS_OK) {
		log_write(LOG_LEVEL_ERROR, "incident %s: " INCIDENT_FILE ": %s", name, status_text(status));
		return;
	}
	incident_set_state(incident, exit_status == 0 ? "analysed" : "failed");
	incident_set_integer(incident, "analysis_exit_status", exit_status);
	save(incidents, incident);
	if (exit_status == 0)
		log_write(LOG_LEVEL_NOTICE, "incident %s: analysed", name);
	incident_jobs_hook(incidents->jobs, incident_facts(incident), "saved");
	keep_quota(incidents, 0, name);
	incident_close(incident);
}

/* One that has its packets, but not its analysis. */
static void take_up(struct incidents *incidents, const char *name)
{
	struct incident *incident = NULL;
	if (incident_open(&incident, directory_of(incidents), name) == STATUS_OK && is_unanalysed(incident_facts(incident)))
		wait_for_analysis(incidents, name);
	incident_close(incident);
}

void incidents_poll(struct incidents *incidents)
{
	if (incidents->left_out && incident_jobs_analysed_all(incidents->jobs)) {
		incidents->left_out = false;
		list_all(incidents, take_up);
	}
	incident_jobs_poll(incidents->jobs, analysed, incidents);
}

bool incidents_at_work(const struct incidents *incidents)
{
	return incidents->left_out || !incident_jobs_idle(incidents->jobs);
}

bool incidents_idle(const struct incidents *incidents)
{
	return incidents->recording_count == 0 && !incidents_at_work(incidents);
}

void incidents_stop(struct incidents *incidents)
{
	incidents->left_out = false;
	incident_jobs_stop(incidents->jobs);
}

void incidents_counters(const struct incidents *incidents, struct incidents_counters *counters)
{
	*counters = incidents->counters;
	incident_jobs_counters(incidents->jobs, &counters->jobs);
}
