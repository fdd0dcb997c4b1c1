#include "analyze/cmd/report/worker.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/findings_text.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/report/connections.h"
#include "analyze/cmd/report/incident_section.h"
#include "analyze/cmd/report/length.h"
#include "analyze/cmd/report/room.h"
#include "analyze/cmd/report/scratch.h"
#include "analyze/cmd/report/sections.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POINTS 300
#define POINTS_OF_MANY 120 /* a page of a hundred captures stays below 10 MB */
#define NO_PACKETS "none of its packets can be read"

struct worker {
	const struct report_options *options;
	const struct subject *subject;
	const char *scratch;
	size_t number, subjects;
	char *database; /* its path */
	bool analysed;	/* by ourselves, just now */
	bool no_packets; /* of an incident, whose segments are gone or damaged: the page says why it was saved */
	int64_t capture;
	struct reader *reader;
	char *severity, *remark; /* the verdict in short; NULL: there is none */
};

static bool failed(const struct worker *worker, const char *reason)
{
	if (*interrupt_flag())
		return false;
	const char *name = worker->subject->name;
	complain("%s: %s", name, reason && reason[0] ? without_name(reason, name) : "it failed");
	return false;
}

static bool database_failed(const struct worker *worker, enum status status)
{
	const char *reason = without_name(reader_error(worker->reader), worker->database);
	return failed(worker, reason[0] ? reason : status_text(status));
}

static bool is_no_capture(const char *path)
{
	char message[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	const enum status status = source_open(&source, path, message);
	source_close(source);
	return status == STATUS_FORMAT;
}

/* An incident is worth a page even so. */
static void do_without_packets(struct worker *worker, struct store *store)
{
	const struct period *period = &worker->options->analysis.period;
	const bool whole = period->from.kind == MOMENT_NONE && period->to.kind == MOMENT_NONE;
	if (worker->subject->kind != SUBJECT_INCIDENT || !whole || *interrupt_flag())
		return;
	complain("%s: " NO_PACKETS ": the page says why it was saved", worker->subject->name);
	worker->no_packets = store_finish(store) == STATUS_OK || failed(worker, store_error(store));
}

/* Beside its database, which is gone when the worker is done. */
static enum worker_exit analyse(struct worker *worker)
{
	struct analysis_options options = worker->options->analysis;
	struct analysis analysis = {.options = &options};
	const struct source_item item = {worker->subject->path, worker->subject->found, worker->subject->tape};
	struct source_list *list = source_list_new();
	struct store *store = store_new();
	enum worker_exit result = WORKER_FAILED;
	worker->database = scratch_path(worker->scratch, worker->number, SCRATCH_DATABASE);
	if (!list || !store || !worker->database) {
		failed(worker, "out of memory");
		goto out;
	}
	if (item.found && !item.tape && is_no_capture(item.path)) {
		result = WORKER_SKIPPED;
		goto out;
	}
	if (options.engine.interval_ns == 0)
		options.engine.interval_ns = length_interval(&item, &options.period, worker->subjects > 1 ? POINTS_OF_MANY : POINTS);
	if (strcmp(item.path, "-") == 0) /* a file without a name: spool.h */
		lseek(STDIN_FILENO, 0, SEEK_SET);
	char message[SOURCE_LIST_MESSAGE_MAX];
	enum status status = source_list_add(list, item.path, message);
	if (status != STATUS_OK) {
		complain("%s", message);
		goto out;
	}
	store_interrupt_on(store, interrupt_flag());
	if (store_create(store, worker->database, STORE_NEW) != STATUS_OK || names_files_add(&worker->options->names, store, true) != STATUS_OK) {
		failed(worker, store_error(store));
		goto out;
	}
	status = analysis_run(&analysis, store, list);
	if (analysis.stored == 0) {
		do_without_packets(worker, store);
		goto out;
	}
	store_find(store, worker->options->findings);
	if (status == STATUS_OK && store_finish(store) != STATUS_OK) {
		failed(worker, store_error(store));
		status = STATUS_IO;
	}
	worker->capture = analysis.first_id;
	worker->analysed = true;
	result = status == STATUS_OK ? WORKER_DONE : WORKER_FAILED;
out:
	store_free(store);
	source_list_free(list);
	return result;
}

static bool open_database(struct worker *worker)
{
	bool found = false;
	worker->reader = reader_new();
	if (!worker->reader)
		return failed(worker, "out of memory");
	enum status status = reader_open(worker->reader, worker->database);
	if (status != STATUS_OK)
		return database_failed(worker, status);
	reader_interrupt_on(worker->reader, interrupt_flag());
	if (worker->subject->kind == SUBJECT_RING) /* it grows meanwhile, and has no findings */
		return true;
	if (worker->analysed)
		return true;
	if (!worker->options->set)
		status = reader_has_findings(worker->reader, &found);
	if (status == STATUS_OK && !found) {
		status = reader_find(worker->reader, worker->options->findings, worker->capture);
		if (status == STATUS_UNSUPPORTED) /* what can be said without is said */
			status = STATUS_OK;
	}
	return status == STATUS_OK || database_failed(worker, status);
}

/* With a path below `scratch`, which batch.c knows. */
static bool file_failed(const struct worker *worker, int reason)
{
	char text[1024];
	snprintf(text, sizeof text, "%.900s/: %s", worker->scratch, strerror(reason));
	return failed(worker, text);
}

/* The files that the page is put together from. */
static FILE *create(const struct worker *worker, enum scratch_file which)
{
	char *path = scratch_path(worker->scratch, worker->number, which);
	FILE *file = path ? fopen(path, "we") : NULL;
	if (!file)
		file_failed(worker, path ? errno : ENOMEM);
	free(path);
	return file;
}

static bool close_file(const struct worker *worker, FILE *file)
{
	const bool written = !ferror(file);
	return (fclose(file) == 0 && written) || file_failed(worker, errno);
}

/* Leaves a text for the page. */
static bool write_file(const struct worker *worker, enum scratch_file which, const char *text)
{
	FILE *file = create(worker, which);
	if (!file)
		return false;
	fputs(text, file);
	return close_file(worker, file);
}

/* Leaves the answer to a query about :capture. */
static bool write_answer(const struct worker *worker, enum scratch_file which, const char *sql)
{
	char id[24], *text;
	snprintf(id, sizeof id, "%" PRId64, worker->capture);
	const struct parameter capture = {"capture", id};
	const enum status status = answer_text(worker->reader, sql, &capture, 1, &text);
	const bool good = status == STATUS_OK ? write_file(worker, which, text) : database_failed(worker, status);
	free(text);
	return good;
}

/* What tells one capture from another, and how reading it ended. */
static bool write_facts(const struct worker *worker)
{
	static const char known[] = "SELECT fingerprint, packets, first_ns, last_ns, error FROM captures "
				    "WHERE id = :capture";
	static const char none[] = "SELECT NULL, NULL, NULL, NULL, '" NO_PACKETS "' WHERE :capture = 0";
	return write_answer(worker, SCRATCH_FACTS, worker->no_packets ? none : known);
}

/* For what captures have in common. */
static bool write_findings(const struct worker *worker)
{
	static const char sql[] = "SELECT severity, code, layer, substr(title, 1, 300) AS title FROM findings WHERE capture_id = :capture"
				  " ORDER BY id LIMIT 300";
	const bool judged = worker->severity != NULL;
	return !judged || write_answer(worker, SCRATCH_FINDINGS, sql);
}

/* Of a file that can be read once more, and that `wiretape locate` can read. */
static bool write_connections(const struct worker *worker)
{
	struct connections connections;
	if (!worker->analysed || worker->subjects == 1 || worker->subject->kind != SUBJECT_CAPTURE || worker->subject->tape ||
	    worker->subject->bytes == 0 || strcmp(worker->subject->path, "-") == 0)
		return true;
	connections_read(&connections, worker->subject->path, &worker->options->analysis.period);
	FILE *file = create(worker, SCRATCH_CONNECTIONS);
	if (!file)
		return false;
	fputs("hash,more\n", file);
	for (size_t i = 0; i < connections.count; i++)
		fprintf(file, "%" PRIu64 ",%d\n", connections.hash[i], connections.more);
	return close_file(worker, file);
}

static struct report_subject report_subject(const struct worker *worker, const char *prefix)
{
	const char *path = worker->subject->kind == SUBJECT_STORED ? NULL : worker->subject->path;
	return (struct report_subject){
		.database = worker->subject->kind == SUBJECT_STORED ? worker->subject->path : worker->subject->name,
		.capture = worker->capture,
		.capture_path = path && strcmp(path, "-") == 0 ? "/proc/self/fd/0" : path,
		.incident = worker->subject->kind == SUBJECT_INCIDENT ? path : NULL,
		.page = worker->options->page,
		.prefix = prefix,
		.time_zone = worker->options->time_zone,
		.one_of_many = worker->subjects > 1,
		.no_charts = worker->options->no_charts,
	};
}

/* Of very many captures only those in trouble are told at length. What a severity is, plots/report/ranking.sql says. */
static bool is_calm(const struct worker *worker)
{
	const struct report_options *options = worker->options;
	return worker->subjects > CHARTS_OF_ALL && options->format == DOCUMENT_HTML && !options->no_charts && worker->severity &&
	       (!strcmp(worker->severity, "ok") || !strcmp(worker->severity, "note"));
}

/* Why something is left out. */
static void say_left_out(const struct worker *worker, const struct report_subject *subject, struct document *document)
{
	char why[160];
	if (subject->brief)
		snprintf(why, sizeof why, "One of %zu captures, and the page has room for the worst of them only: the findings alone.",
			 worker->subjects);
	else
		snprintf(why, sizeof why, "One of more than %d captures, and without a warning: no charts here, and the first rows of tables.",
			 CHARTS_OF_ALL);
	room_say(document, worker->subject, why);
}

static bool write_rank(struct worker *worker, const struct report_subject *subject)
{
	char message[REPORT_MESSAGE_MAX] = "", *text;
	struct answer rank;
	enum status status = report_rank(worker->reader, subject, &text, message);
	if (status != STATUS_OK)
		return failed(worker, message[0] ? message : status_text(status));
	const bool written = write_file(worker, SCRATCH_RANK, text);
	status = answer_take(&rank, text);
	if (status == STATUS_OK) {
		const char *severity = answer_named(&rank, 0, "severity"), *verdict = answer_named(&rank, 0, "verdict");
		worker->severity = severity ? strdup(severity) : NULL;
		worker->remark = verdict ? strdup(verdict) : NULL;
	}
	answer_free(&rank);
	return written && (status == STATUS_OK || failed(worker, status_text(status)));
}

/* `*bytes`: how long it is. */
static bool write_fragment(const struct worker *worker, const struct report_subject *subject, enum scratch_file which, uint64_t *bytes)
{
	char message[REPORT_MESSAGE_MAX] = "", id[32];
	const struct subject *on = worker->subject;
	FILE *file = create(worker, which);
	struct document *document = file ? document_new(worker->options->format, file) : NULL;
	const bool folded = worker->subjects >= FOLDED_FROM;
	enum status status = STATUS_NO_MEMORY;
	if (!file)
		return false;
	if (document) {
		snprintf(id, sizeof id, "c%zu", worker->number + 1);
		const struct document_section section = {
			.id = id,
			.title = worker->options->format == DOCUMENT_JSON ? on->name : on->shown,
			.remark = folded ? worker->remark : NULL, /* otherwise the verdict follows at once */
			.severity = worker->severity,
			.folded = folded,
		};
		document_section(document, &section);
		status = STATUS_OK;
		if (worker->no_packets) {
			document_verdict(document, "warning", "What it was is not known: " NO_PACKETS ".");
			if (!subject->brief)
				incident_section(document, worker->reader, on->path, subject);
		} else {
			status = on->kind == SUBJECT_RING ? report_ring(document, worker->reader, subject, on->name, message)
							  : report_verdict(document, worker->reader, subject, message);
		}
		if (status == STATUS_OK && (subject->calm || subject->brief))
			say_left_out(worker, subject, document);
		if (status == STATUS_OK && on->kind != SUBJECT_RING && !worker->no_packets)
			status = report_capture(document, worker->reader, subject, message);
		document_section_end(document);
		*bytes = document_bytes(document);
		const enum status end = document_end(document);
		status = status == STATUS_OK ? end : status;
	}
	document_free(document);
	if (!close_file(worker, file))
		return false;
	return status == STATUS_OK || failed(worker, message[0] ? message : status_text(status));
}

/* The section, and a brief one if the page may have no room for it. */
static bool write_fragments(const struct worker *worker, struct report_subject *subject)
{
	uint64_t bytes = 0;
	if (!write_fragment(worker, subject, SCRATCH_FRAGMENT, &bytes))
		return false;
	if (!room_wants_brief(worker->options, worker->subjects, bytes))
		return true;
	subject->brief = true;
	return write_fragment(worker, subject, SCRATCH_BRIEF, &bytes);
}

/* An incident's own database serves if it is of all packets that are there. */
static bool take_stored(struct worker *worker)
{
	const struct report_options *options = worker->options;
	const struct period *period = &options->analysis.period;
	if (worker->subject->kind == SUBJECT_STORED || worker->subject->kind == SUBJECT_RING) {
		worker->database = strdup(worker->subject->path);
		worker->capture = worker->subject->capture;
		return worker->database;
	}
	if (worker->subject->kind != SUBJECT_INCIDENT || period->from.kind != MOMENT_NONE || period->to.kind != MOMENT_NONE ||
	    options->analysis.engine.interval_ns != 0 || options->names.count > 0)
		return false;
	worker->database = incident_database(worker->subject->path, &worker->capture);
	return worker->database;
}

static bool use_own_folder(const struct worker *worker)
{
	char *work = scratch_path(worker->scratch, worker->number, SCRATCH_WORK);
	const bool good = work && setenv("TMPDIR", work, 1) == 0;
	free(work);
	return good || failed(worker, "out of memory");
}

enum worker_exit worker_run(const struct report_options *options, const struct subject *subject, size_t number,
			    size_t subjects, const char *scratch)
{
	struct worker worker = {
		.options = options, .subject = subject, .scratch = scratch, .number = number, .subjects = subjects,
	};
	char prefix[32];
	enum worker_exit result = WORKER_FAILED;
	if (!use_own_folder(&worker))
		goto out;
	if (!take_stored(&worker)) {
		result = analyse(&worker);
		if (result != WORKER_DONE && !worker.no_packets)
			goto out;
	}
	result = WORKER_FAILED;
	snprintf(prefix, sizeof prefix, "c%zu-", number + 1);
	struct report_subject on = report_subject(&worker, prefix);
	if (!open_database(&worker))
		goto out;
	const bool described = subject->kind == SUBJECT_RING || (write_facts(&worker) && write_rank(&worker, &on) &&
								  write_findings(&worker) && write_connections(&worker));
	if (!described)
		goto out;
	on.calm = is_calm(&worker);
	if (write_fragments(&worker, &on))
		result = WORKER_DONE;
	findings_complain(options->findings);
out:
	reader_free(worker.reader);
	free(worker.database);
	free(worker.severity);
	free(worker.remark);
	return result;
}
