/* incident_jobs.h: what runs outside because of an incident: the user's hook, and the analyzer, which makes flows.db and report.txt, and
 * then report.html. Nobody waits for them: they are started and looked after by incident_jobs_poll. */
#ifndef WIRETAPE_CAPTURE_INCIDENT_JOBS_H
#define WIRETAPE_CAPTURE_INCIDENT_JOBS_H

#include "store/catalog.h"

#include <stdbool.h>
#include <stdint.h>

/* Borrowed for the jobs' life. */
struct incident_jobs_options {
	const char *directory;	  /* DIR */
	const char *interface;
	const char *on_incident;  /* a shell command; NULL: no hook */
	int64_t hook_ns;	  /* its time limit */
	int64_t interval_ns;	  /* of the database's timeline */
	bool analyze;
};

struct incident_jobs_counters {
	uint64_t hooks, hooks_failed, hooks_dropped; /* dropped: too many waited */
	uint64_t analyses, analyses_failed;
	uint64_t reports, reports_failed; /* report.html */
};

struct incident_jobs;

/* NULL when out of memory. */
struct incident_jobs *incident_jobs_new(const struct incident_jobs_options *options);
/* Kills what still runs. NULL is allowed. */
void incident_jobs_free(struct incident_jobs *jobs);
/* The hook, with WIRETAPE_EVENT "fired" or "saved". Four at most run at once. */
void incident_jobs_hook(struct incident_jobs *jobs, const struct incident_facts *facts, const char *event);
/* The analyzer and then the report, one incident at a time, at low priority. The same name twice is once. False: too many
 * wait, or out of memory. */
bool incident_jobs_analyze(struct incident_jobs *jobs, const char *name);
/* True if the analyzer or the report of this incident runs. */
bool incident_jobs_runs(const struct incident_jobs *jobs, const char *name);
/* One that waits for the analyzer no longer does. */
void incident_jobs_forget(struct incident_jobs *jobs, const char *name);
/* True if none waits for the analyzer, or has it. */
bool incident_jobs_analysed_all(const struct incident_jobs *jobs);
/* Starts what can be, and calls `analysed` for an incident with which both are done: 0 means that the analysis went well; -1
 * no exit status. A report that fails is logged and counted. */
void incident_jobs_poll(struct incident_jobs *jobs, void (*analysed)(void *user, const char *name, int exit_status), void *user);
/* True if nothing runs or waits. */
bool incident_jobs_idle(const struct incident_jobs *jobs);
/* SIGTERM for all, and two seconds; what waits is forgotten. An analysis that is ended so counts as not begun. */
void incident_jobs_stop(struct incident_jobs *jobs);
void incident_jobs_counters(const struct incident_jobs *jobs, struct incident_jobs_counters *counters);

#endif
