#include "analyze/cmd/report/batch.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/report/estimate.h"
#include "analyze/cmd/report/scratch.h"
#include "analyze/cmd/report/worker.h"
#include "analyze/cmd/temporary.h"
#include "analyze/cmd/terminal.h"
#include "store/monotonic.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define LIMIT_NS (120 * SECOND)	   /* however small the subject is */
#define LIMIT_NS_PER_BYTE 5000	   /* 200 kB/s: a machine that does much else */
#define POLL_MS 250
#define ERRORS_BYTES 16384	   /* of what a worker says */
#define SAID_MAX 32
#define READING_SHARE 0.7	   /* of a subject's work */

struct place {
	pid_t worker; /* 0: free */
	int alive;    /* end of file when the worker is gone */
	size_t subject;
	int64_t started_ns, limit_ns;
};

struct run {
	struct batch *batch;
	pid_t parent;
	struct place *places;
	struct pollfd *polled;
	size_t *order; /* subjects, the largest first, so that none is left alone in the end */
	size_t next, running;
	_Atomic uint64_t *read_bytes; /* of each place's subject so far, shared with the workers */
	char *said[SAID_MAX]; /* what many workers would say, about what all have in common */
	size_t said_count;
	struct estimate estimate;
};

static double work_of(const struct subject *subject)
{
	return subject->error ? 0 : estimate_work(subject->bytes);
}

static int compare_sizes(const void *a, const void *b, void *user)
{
	const struct subject *subjects = user;
	const size_t left = *(const size_t *)a, right = *(const size_t *)b;
	if (subjects[left].bytes != subjects[right].bytes)
		return subjects[left].bytes > subjects[right].bytes ? -1 : 1;
	return left < right ? -1 : left > right;
}

/* In the worker. */
__attribute__((noreturn)) static void work(const struct run *run, size_t place, size_t number)
{
	const struct batch *batch = run->batch;
	struct report_options options = *batch->options;
	char *errors = scratch_path(batch->scratch, number, SCRATCH_ERRORS);
	const int file = errors ? open(errors, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	free(errors);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	const bool orphan = getppid() != run->parent; /* it was killed before that */
	if (orphan || file < 0 || dup2(file, STDERR_FILENO) < 0)
		_exit(WORKER_FAILED);
	options.analysis.read_bytes = &run->read_bytes[place];
	const enum worker_exit result = worker_run(&options, &batch->subjects->list[number], number, batch->subjects->count, batch->scratch);
	fflush(stderr);
	_exit((int)result);
}

static void set_error(struct batch_result *result, const char *text)
{
	free(result->error);
	result->error = strdup(text);
	result->outcome = BATCH_FAILED;
}

static bool start(struct run *run, size_t at, size_t number)
{
	struct batch *batch = run->batch;
	struct place *place = &run->places[at];
	const uint64_t bytes = batch->subjects->list[number].bytes;
	int ends[2];
	if (!scratch_prepare(batch->scratch, number) || pipe2(ends, O_CLOEXEC) != 0) {
		complain("%s: %s: name another folder in TMPDIR", batch->scratch, strerror(errno));
		return false;
	}
	atomic_store(&run->read_bytes[at], 0);
	fflush(NULL);
	const pid_t worker = fork();
	if (worker == 0) {
		close(ends[0]);
		work(run, at, number);
	}
	close(ends[1]);
	if (worker < 0) {
		complain("no process can be started: %s: try fewer with --jobs", strerror(errno));
		close(ends[0]);
		return false;
	}
	setpgid(worker, worker);
	*place = (struct place){
		.worker = worker, .alive = ends[0], .subject = number, .started_ns = monotonic_ns(), .limit_ns = batch->limit_ns,
	};
	if (!place->limit_ns)
		place->limit_ns = LIMIT_NS + (bytes < INT64_MAX / 2 / LIMIT_NS_PER_BYTE ? (int64_t)bytes * LIMIT_NS_PER_BYTE : INT64_MAX / 2);
	run->running++;
	return true;
}

/* Ends the worker, with gnuplot if it runs one. */
static int end(struct place *place, bool kill_it)
{
	int result = 0;
	if (kill_it) {
		kill(-place->worker, SIGKILL);
		kill(place->worker, SIGKILL); /* it may not have a group of its own yet */
	}
	while (waitpid(place->worker, &result, 0) < 0 && errno == EINTR)
		;
	kill(-place->worker, SIGKILL);
	close(place->alive);
	place->worker = 0;
	return result;
}

/* A line that is not about one subject, and was said before. */
static bool said_before(struct run *run, const char *message, const struct subject *subject)
{
	if (without_name(message, subject->name) != message)
		return false;
	for (size_t i = 0; i < run->said_count; i++)
		if (strcmp(run->said[i], message) == 0)
			return true;
	if (run->said_count < SAID_MAX && (run->said[run->said_count] = strdup(message)) != NULL)
		run->said_count++;
	return false;
}

/* The message for people, behind its subject's name if it is about that alone; free it. Names of temporary files tell them nothing. */
static char *translate(const struct batch *batch, const struct subject *subject, const char *message)
{
	const char *reason = without_name(message, subject->name), *colon = strstr(reason, ": ");
	char *made = NULL;
	if (strncmp(reason, batch->scratch, strlen(batch->scratch)) != 0 || !colon)
		return strdup(message);
	return asprintf(&made, "%s: in TMPDIR (%s): %s", subject->name, temporary_place(), colon + 2) < 0 ? NULL : made;
}

/* Says again what the worker said, and keeps its last line as the error if it failed: that is what it ended with. */
static void pass_on(struct run *run, size_t number, bool failed)
{
	struct batch *batch = run->batch;
	const struct subject *subject = &batch->subjects->list[number];
	char *path = scratch_path(batch->scratch, number, SCRATCH_ERRORS), *text = malloc(ERRORS_BYTES), *rest = NULL;
	FILE *file = path ? fopen(path, "re") : NULL;
	const size_t length = file && text ? fread(text, 1, ERRORS_BYTES - 1, file) : 0;
	if (length > 0) {
		text[length] = '\0';
		for (char *at = text; *at; at++)
			if (iscntrl((unsigned char)*at) && *at != '\n')
				*at = '?';
		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			char *message = translate(batch, subject, without_name(line, "wiretape"));
			if (!message)
				continue;
			if (!said_before(run, message, subject))
				complain("%s", message);
			if (failed)
				set_error(&batch->results[number], without_name(message, subject->name));
			free(message);
		}
	}
	if (file)
		fclose(file);
	free(text);
	free(path);
}

static void take_result(struct run *run, struct place *place, bool timed_out)
{
	struct batch *batch = run->batch;
	struct batch_result *result = &batch->results[place->subject];
	const struct subject *subject = &batch->subjects->list[place->subject];
	const int status = end(place, timed_out);
	const int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : WORKER_FAILED;
	char text[128];
	result->outcome = exit_status == WORKER_DONE ? BATCH_DONE : exit_status == WORKER_SKIPPED ? BATCH_SKIPPED : BATCH_FAILED;
	pass_on(run, place->subject, result->outcome == BATCH_FAILED);
	if (timed_out || WIFSIGNALED(status)) {
		if (timed_out)
			snprintf(text, sizeof text, "given up after %.3g s: allow more with --timeout",
				 (double)(monotonic_ns() - place->started_ns) / 1e9);
		else
			snprintf(text, sizeof text, "the process that looked at it was killed by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
		complain("%s: %s", subject->name, text);
		set_error(result, text);
	} else if (result->outcome == BATCH_FAILED && !result->error) {
		set_error(result, "it failed without a word");
	}
	scratch_done(batch->scratch, place->subject);
	estimate_done(&run->estimate, work_of(subject));
	run->running--;
}

static void draw(struct run *run)
{
	double under_way = 0;
	const char *name = "";
	for (size_t i = 0; i < run->batch->jobs; i++) {
		if (!run->places[i].worker)
			continue;
		const struct subject *subject = &run->batch->subjects->list[run->places[i].subject];
		const uint64_t bytes = atomic_load(&run->read_bytes[i]);
		if (subject->bytes > 0 && subject->kind != SUBJECT_STORED)
			under_way += READING_SHARE * (bytes < subject->bytes ? (double)bytes / (double)subject->bytes : 1) * work_of(subject);
		name = subject->name;
	}
	estimate_draw(&run->estimate, under_way, name);
}

/* Until a worker is gone, something is to be drawn, or a signal comes. */
static void wait_for_workers(struct run *run)
{
	for (size_t i = 0; i < run->batch->jobs; i++)
		run->polled[i] = (struct pollfd){.fd = run->places[i].worker ? run->places[i].alive : -1};
	poll(run->polled, run->batch->jobs, POLL_MS);
	const int64_t now = monotonic_ns();
	for (size_t i = 0; i < run->batch->jobs; i++) {
		struct place *place = &run->places[i];
		if (!place->worker)
			continue;
		if (run->polled[i].fd == place->alive && run->polled[i].revents)
			take_result(run, place, false);
		else if (now - place->started_ns > place->limit_ns)
			take_result(run, place, true);
	}
}

static bool start_all(struct run *run)
{
	struct batch *batch = run->batch;
	for (size_t i = 0; i < batch->jobs; i++)
		while (!run->places[i].worker && run->next < batch->subjects->count) {
			const size_t number = run->order[run->next++];
			const struct subject *subject = &batch->subjects->list[number];
			if (subject->error) {
				complain("%s: %s", subject->name, subject->error);
				set_error(&batch->results[number], subject->error);
				estimate_done(&run->estimate, 0);
			} else if (!start(run, i, number)) {
				return false;
			}
		}
	return true;
}

static enum status run_all(struct run *run)
{
	enum status status = STATUS_OK;
	while (status == STATUS_OK && (run->next < run->batch->subjects->count || run->running > 0)) {
		if (*interrupt_flag())
			status = STATUS_INTERRUPTED;
		else if (!start_all(run))
			status = STATUS_IO;
		else
			wait_for_workers(run);
		draw(run);
	}
	for (size_t i = 0; i < run->batch->jobs; i++)
		if (run->places[i].worker)
			end(&run->places[i], true);
	estimate_clear(&run->estimate);
	return *interrupt_flag() ? STATUS_INTERRUPTED : status;
}

enum status batch_run(struct batch *batch)
{
	const size_t count = batch->subjects->count, shared_bytes = batch->jobs * sizeof(_Atomic uint64_t);
	struct run run = {
		.batch = batch, .parent = getpid(), .order = calloc(count, sizeof *run.order),
		.places = calloc(batch->jobs, sizeof *run.places), .polled = calloc(batch->jobs, sizeof *run.polled),
	};
	enum status status = STATUS_NO_MEMORY;
	void *shared = mmap(NULL, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	batch->results = calloc(count, sizeof *batch->results);
	if (!run.places || !run.polled || !run.order || !batch->results || shared == MAP_FAILED) {
		complain("out of memory");
		goto out;
	}
	run.read_bytes = shared;
	double all = 0;
	for (size_t i = 0; i < count; i++) {
		run.order[i] = i;
		all += work_of(&batch->subjects->list[i]);
	}
	qsort_r(run.order, count, sizeof *run.order, compare_sizes, batch->subjects->list);
	estimate_start(&run.estimate, count, all, batch->progress);
	status = run_all(&run);
out:
	if (shared != MAP_FAILED)
		munmap(shared, shared_bytes);
	for (size_t i = 0; i < run.said_count; i++)
		free(run.said[i]);
	free(run.places);
	free(run.polled);
	free(run.order);
	return status;
}

void batch_free(struct batch *batch)
{
	for (size_t i = 0; batch->results && i < batch->subjects->count; i++)
		free(batch->results[i].error);
	free(batch->results);
	batch->results = NULL;
}
