#include "capture/incident_jobs.h"

#include "capture/child.h"
#include "capture/incident.h"
#include "capture/log.h"

#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define HOOKS_AT_ONCE 4
#define HOOKS_WAITING 64
#define ANALYSES_WAITING 32 /* incidents.c keeps an eye on the others */
#define VARIABLES 8
#define ANALYSIS_LIMIT_NS (3600 * SECOND)
#define STOP_POLLS 100 /* of 20 ms */
#define DATABASE "flows.db"
#define SUMMARY "report.txt"
#define SUMMARY_UNDER_WAY "." SUMMARY /* hidden, so that the analyzer doesn't take it for one of the captures */
#define REPORT "report.html"

struct hook {
	char *variables[VARIABLES];
	struct child *child; /* NULL: waits */
};

struct incident_jobs {
	const struct incident_jobs_options *options;
	struct incident_jobs_counters counters;
	char *wiretape;
	struct hook hooks[HOOKS_WAITING]; /* in order; the first that have a child run */
	size_t hook_count;
	char *names[ANALYSES_WAITING]; /* the first is under way if there is an analyzer */
	size_t name_count;
	struct child *analyzer;
	struct child *reporter; /* of the first, when it has been analysed */
	int analysis_exit_status; /* valid if there is a reporter */
};

/* The one beside this program, or in bin beside its sbin as `make install` puts it: of the same version; otherwise what PATH has. */
static char *find_wiretape(void)
{
	static const char *const places[] = {"wiretape", "../bin/wiretape"};
	char self[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length > 0) {
		self[length] = '\0';
		const char *folder = dirname(self);
		for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
			char *path = NULL;
			if (asprintf(&path, "%s/%s", folder, places[i]) < 0)
				return NULL;
			if (access(path, X_OK) == 0)
				return path;
			free(path);
		}
	}
	return strdup("wiretape");
}

static bool can_be_started(const char *program)
{
	const char *path = getenv("PATH");
	if (strchr(program, '/') || !path)
		return true;
	for (; *path; path += strcspn(path, ":"), path += *path == ':') {
		char file[PATH_MAX];
		snprintf(file, sizeof file, "%.*s/%s", (int)strcspn(path, ":"), path, program);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

struct incident_jobs *incident_jobs_new(const struct incident_jobs_options *options)
{
	struct incident_jobs *jobs = calloc(1, sizeof *jobs);
	if (!jobs)
		return NULL;
	jobs->options = options;
	jobs->wiretape = find_wiretape();
	if (!jobs->wiretape) {
		free(jobs);
		return NULL;
	}
	if (options->analyze && !can_be_started(jobs->wiretape))
		log_write(LOG_LEVEL_WARNING, "incidents get no database and no report: there is no wiretape beside this program, in ../bin or in PATH");
	return jobs;
}

static void hook_clear(struct hook *hook)
{
	for (size_t i = 0; i < VARIABLES; i++)
		free(hook->variables[i]);
	child_free(hook->child);
	*hook = (struct hook){0};
}

void incident_jobs_free(struct incident_jobs *jobs)
{
	if (!jobs)
		return;
	for (size_t i = 0; i < jobs->hook_count; i++)
		hook_clear(&jobs->hooks[i]);
	child_free(jobs->analyzer);
	child_free(jobs->reporter);
	for (size_t i = 0; i < jobs->name_count; i++)
		free(jobs->names[i]);
	free(jobs->wiretape);
	free(jobs);
}

static char *variable(const char *name, const char *value)
{
	char *text = NULL;
	return asprintf(&text, "WIRETAPE_%s=%s", name, value) < 0 ? NULL : text;
}

void incident_jobs_hook(struct incident_jobs *jobs, const struct incident_facts *facts, const char *event)
{
	char when[INCIDENT_TIME_MAX];
	if (!jobs->options->on_incident)
		return;
	if (jobs->hook_count == HOOKS_WAITING) {
		jobs->counters.hooks_dropped++;
		log_write(LOG_LEVEL_WARNING, "--on-incident: %s: not run for %s: %d wait already", event, facts->name, HOOKS_WAITING);
		return;
	}
	char *folder = incident_path(jobs->options->directory, facts->name, NULL);
	struct hook hook = {
		.variables = {
			variable("EVENT", event),
			variable("INCIDENT", folder ? folder : ""),
			variable("TRIGGER", facts->trigger),
			variable("SCOPE", facts->scope),
			variable("KEY", facts->key),
			variable("TIME", incident_time_text(facts->t_ns, when)),
			variable("INTERFACE", jobs->options->interface),
		},
	};
	free(folder);
	jobs->hooks[jobs->hook_count++] = hook;
}

/* Index of the incident among those that wait; name_count: it is not there. */
static size_t place_of(const struct incident_jobs *jobs, const char *name)
{
	size_t at = 0;
	while (at < jobs->name_count && strcmp(jobs->names[at], name) != 0)
		at++;
	return at;
}

bool incident_jobs_runs(const struct incident_jobs *jobs, const char *name)
{
	return (jobs->analyzer || jobs->reporter) && place_of(jobs, name) == 0;
}

void incident_jobs_forget(struct incident_jobs *jobs, const char *name)
{
	const size_t at = place_of(jobs, name);
	if (at == jobs->name_count || incident_jobs_runs(jobs, name))
		return;
	free(jobs->names[at]);
	memmove(&jobs->names[at], &jobs->names[at + 1], (--jobs->name_count - at) * sizeof jobs->names[0]);
}

bool incident_jobs_analysed_all(const struct incident_jobs *jobs)
{
	return jobs->name_count == 0;
}

bool incident_jobs_analyze(struct incident_jobs *jobs, const char *name)
{
	if (place_of(jobs, name) < jobs->name_count)
		return true;
	if (jobs->name_count == ANALYSES_WAITING)
		return false;
	jobs->names[jobs->name_count] = strdup(name);
	return jobs->names[jobs->name_count] && ++jobs->name_count;
}

static void start_hook(struct incident_jobs *jobs, struct hook *hook)
{
	char message[512];
	const char *argv[] = {"/bin/sh", "-c", jobs->options->on_incident, NULL};
	const struct child_options options = {
		.label = "hook",
		.argv = argv,
		.environment = (const char *const *)hook->variables,
		.limit_ns = jobs->options->hook_ns,
	};
	jobs->counters.hooks++;
	hook->child = child_start(&options, message, sizeof message);
	if (!hook->child) {
		jobs->counters.hooks_failed++;
		log_write(LOG_LEVEL_ERROR, "--on-incident: %s", message);
	}
}

/* True if the hook is over. */
static bool poll_hook(struct incident_jobs *jobs, struct hook *hook)
{
	struct child_result result;
	char text[CHILD_RESULT_MAX];
	if (!hook->child)
		start_hook(jobs, hook);
	if (!hook->child)
		return true;
	if (!child_poll(hook->child, &result))
		return false;
	if (result.exit_status != 0) {
		jobs->counters.hooks_failed++;
		log_write(LOG_LEVEL_WARNING, "--on-incident: %s: %s", jobs->options->on_incident,
			  child_result_text(&result, text));
	}
	return true;
}

static void poll_hooks(struct incident_jobs *jobs)
{
	size_t at = 0;
	while (at < jobs->hook_count && at < HOOKS_AT_ONCE) {
		if (!poll_hook(jobs, &jobs->hooks[at])) {
			at++;
			continue;
		}
		hook_clear(&jobs->hooks[at]);
		jobs->hook_count--;
		memmove(&jobs->hooks[at], &jobs->hooks[at + 1], (jobs->hook_count - at) * sizeof jobs->hooks[0]);
	}
}

/* report.txt says first which incident it is of: its name, trigger, time and key, and why it fired. The analyzer's summary
 * follows. A file that can't be begun is the analyzer's to complain of. */
static void begin_summary(const char *directory, const char *name, const char *path)
{
	struct incident *incident = NULL;
	char when[INCIDENT_TIME_MAX];
	FILE *out = fopen(path, "we");
	if (out && incident_open(&incident, directory, name) == STATUS_OK) {
		const struct incident_facts *facts = incident_facts(incident);
		const char *why = incident_why(incident);
		fprintf(out, "%s: %s at %s, %s%s%s\n%s\n\n", name, facts->trigger, incident_time_text(facts->t_ns, when), facts->scope,
			facts->key[0] ? " " : "", facts->key, why ? why : "no trigger fired: it was asked for");
	}
	incident_close(incident);
	if (out)
		fclose(out);
}

static void start_analyzer(struct incident_jobs *jobs)
{
	const char *name = jobs->names[0];
	char message[512] = "out of memory", interval[32];
	char *folder = incident_path(jobs->options->directory, name, NULL);
	char *database = incident_path(jobs->options->directory, name, DATABASE);
	char *summary = incident_path(jobs->options->directory, name, SUMMARY_UNDER_WAY);
	snprintf(interval, sizeof interval, "%" PRId64 "ns", jobs->options->interval_ns);
	const char *argv[] = {jobs->wiretape, "analyze", "--force", "--interval", interval, "-o", database, folder, NULL};
	const struct child_options options = {
		.label = "analyzer",
		.argv = argv,
		.output_path = summary,
		.limit_ns = ANALYSIS_LIMIT_NS,
		.low_priority = true,
	};
	jobs->counters.analyses++;
	if (folder && database && summary) {
		begin_summary(jobs->options->directory, name, summary);
		jobs->analyzer = child_start(&options, message, sizeof message);
	}
	if (!jobs->analyzer)
		log_write(LOG_LEVEL_ERROR, "incident %s: no database, no report: %s; `wiretape report %s -o " REPORT "` makes up for it", name,
			  message, folder ? folder : name);
	free(summary);
	free(database);
	free(folder);
}

static void name_summary(struct incident_jobs *jobs, const char *name)
{
	char *from = incident_path(jobs->options->directory, name, SUMMARY_UNDER_WAY);
	char *to = incident_path(jobs->options->directory, name, SUMMARY);
	if (from && to)
		rename(from, to);
	free(to);
	free(from);
}

/* True if the analysis is over. */
static bool poll_analyzer(struct incident_jobs *jobs, int *exit_status)
{
	struct child_result result = {.exit_status = -1};
	char text[CHILD_RESULT_MAX];
	if (!jobs->analyzer)
		start_analyzer(jobs);
	if (jobs->analyzer && !child_poll(jobs->analyzer, &result))
		return false;
	if (result.exit_status != 0)
		jobs->counters.analyses_failed++;
	if (jobs->analyzer && result.exit_status != 0)
		log_write(LOG_LEVEL_WARNING, "incident %s: the analyzer: %s", jobs->names[0], child_result_text(&result, text));
	name_summary(jobs, jobs->names[0]);
	child_free(jobs->analyzer);
	jobs->analyzer = NULL;
	*exit_status = result.exit_status;
	return true;
}

/* A database without one of the segments, because that can't be read, is worth a report too. */
static void start_reporter(struct incident_jobs *jobs)
{
	const char *name = jobs->names[0];
	char message[512] = "out of memory";
	char *folder = incident_path(jobs->options->directory, name, NULL);
	char *database = incident_path(jobs->options->directory, name, DATABASE);
	char *report = incident_path(jobs->options->directory, name, REPORT);
	const char *argv[] = {jobs->wiretape, "report", folder, "-o", report, "-q", NULL};
	const struct child_options options = {
		.label = "report",
		.argv = argv,
		.limit_ns = ANALYSIS_LIMIT_NS,
		.low_priority = true,
	};
	if (database && access(database, F_OK) < 0)
		goto out;
	jobs->counters.reports++;
	if (folder && database && report)
		jobs->reporter = child_start(&options, message, sizeof message);
	if (!jobs->reporter) {
		jobs->counters.reports_failed++;
		log_write(LOG_LEVEL_ERROR, "incident %s: no " REPORT ": %s", name, message);
	}
out:
	free(report);
	free(database);
	free(folder);
}

/* True if the report is over. */
static bool poll_reporter(struct incident_jobs *jobs)
{
	struct child_result result;
	char text[CHILD_RESULT_MAX];
	if (!child_poll(jobs->reporter, &result))
		return false;
	if (result.exit_status != 0) {
		jobs->counters.reports_failed++;
		log_write(LOG_LEVEL_WARNING, "incident %s: " REPORT ": wiretape report: %s", jobs->names[0],
			  child_result_text(&result, text));
	}
	child_free(jobs->reporter);
	jobs->reporter = NULL;
	return true;
}

static void poll_analyses(struct incident_jobs *jobs, void (*analysed)(void *user, const char *name, int exit_status), void *user)
{
	if (jobs->name_count == 0)
		return;
	if (!jobs->reporter) {
		if (!poll_analyzer(jobs, &jobs->analysis_exit_status))
			return;
		start_reporter(jobs);
	}
	if (jobs->reporter && !poll_reporter(jobs))
		return;
	char *name = jobs->names[0];
	memmove(&jobs->names[0], &jobs->names[1], --jobs->name_count * sizeof jobs->names[0]);
	analysed(user, name, jobs->analysis_exit_status);
	free(name);
}

void incident_jobs_poll(struct incident_jobs *jobs, void (*analysed)(void *user, const char *name, int exit_status), void *user)
{
	poll_hooks(jobs);
	poll_analyses(jobs, analysed, user);
}

bool incident_jobs_idle(const struct incident_jobs *jobs)
{
	return jobs->hook_count == 0 && jobs->name_count == 0;
}

/* Forgets what has ended or waits; true if something still runs. */
static bool still_running(struct incident_jobs *jobs)
{
	struct child_result result;
	bool running = false;
	for (size_t i = 0; i < jobs->hook_count; i++)
		running |= jobs->hooks[i].child && !child_poll(jobs->hooks[i].child, &result);
	running |= jobs->analyzer && !child_poll(jobs->analyzer, &result);
	running |= jobs->reporter && !child_poll(jobs->reporter, &result);
	return running;
}

/* Variables 0 and 1 say which event of which incident. */
static void forget_hook(struct incident_jobs *jobs, struct hook *hook)
{
	if (!hook->child) {
		jobs->counters.hooks_dropped++;
		log_write(LOG_LEVEL_WARNING, "--on-incident: %s %s: not run: the recorder stops", hook->variables[0], hook->variables[1]);
	}
	hook_clear(hook);
}

void incident_jobs_stop(struct incident_jobs *jobs)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	for (size_t i = 0; i < jobs->hook_count; i++)
		if (jobs->hooks[i].child)
			child_terminate(jobs->hooks[i].child);
	if (jobs->analyzer)
		child_terminate(jobs->analyzer);
	if (jobs->reporter)
		child_terminate(jobs->reporter);
	for (int i = 0; i < STOP_POLLS && still_running(jobs); i++)
		nanosleep(&pause, NULL);
	for (size_t i = 0; i < jobs->hook_count; i++)
		forget_hook(jobs, &jobs->hooks[i]);
	child_free(jobs->analyzer);
	child_free(jobs->reporter);
	jobs->analyzer = jobs->reporter = NULL;
	for (size_t i = 0; i < jobs->name_count; i++)
		free(jobs->names[i]);
	jobs->hook_count = jobs->name_count = 0;
}

void incident_jobs_counters(const struct incident_jobs *jobs, struct incident_jobs_counters *counters)
{
	*counters = jobs->counters;
}
