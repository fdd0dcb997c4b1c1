#include "store/findings.h"

#include "store/findings_run.h"
#include "store/nearest.h"
#include "store/sql_files.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
#define PROBLEMS_MAX 1000

struct findings {
	struct sql_files *sources;
	struct finding_file *list;
	size_t count;
	struct threshold *thresholds; /* their texts are those of the first file that has them */
	size_t threshold_count;
	char **problems;
	size_t problem_count;
	const volatile sig_atomic_t *interrupted;
};

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	for (size_t i = 0; i < findings->count; i++)
		finding_file_free(&findings->list[i]);
	for (size_t i = 0; i < findings->problem_count; i++)
		free(findings->problems[i]);
	free(findings->list);
	free(findings->thresholds);
	free(findings->problems);
	sql_files_free(findings->sources);
	free(findings);
}

/* Takes `problem`; NULL, out of memory, is one less to tell. */
static void keep_problem(struct findings *findings, char *problem)
{
	char **longer = NULL;
	if (problem && findings->problem_count < PROBLEMS_MAX)
		longer = realloc(findings->problems, (findings->problem_count + 1) * sizeof(*longer));
	if (!longer) {
		free(problem);
		return;
	}
	findings->problems = longer;
	findings->problems[findings->problem_count++] = problem;
}

void findings_add_problem(struct findings *findings, const struct finding_file *file, const char *format, ...)
{
	char *what = NULL, *problem = NULL;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&what, format, arguments) < 0)
		what = NULL;
	va_end(arguments);
	if (what && asprintf(&problem, "finding %s%s%s%s: %s", file->code, file->path ? " (" : "", file->path ? file->path : "",
			     file->path ? ")" : "", what) >= 0)
		keep_problem(findings, problem);
	free(what);
}

static struct threshold *find_threshold(const struct findings *findings, const char *name)
{
	for (size_t i = 0; i < findings->threshold_count; i++)
		if (!strcmp(findings->thresholds[i].name, name))
			return &findings->thresholds[i];
	return NULL;
}

/* False: another finding says something else of one of them. */
static bool thresholds_agree(struct findings *findings, const struct finding_file *file)
{
	for (size_t i = 0; i < file->threshold_count; i++) {
		const struct finding_threshold *new = &file->thresholds[i];
		const struct threshold *old = find_threshold(findings, new->name);
		if (!old || (old->standard == new->standard && !strcmp(old->unit, new->unit) && !strcmp(old->about, new->about)))
			continue;
		findings_add_problem(findings, file, "the threshold %s is there already, as: %g %s %s", old->name, old->standard,
				     old->unit, old->about);
		return false;
	}
	return true;
}

static bool add_thresholds(struct findings *findings, const struct finding_file *file)
{
	struct threshold *longer = realloc(findings->thresholds, (findings->threshold_count + file->threshold_count + 1) * sizeof(*longer));
	if (!longer)
		return false;
	findings->thresholds = longer;
	for (size_t i = 0; i < file->threshold_count; i++) {
		const struct finding_threshold *new = &file->thresholds[i];
		if (!find_threshold(findings, new->name))
			findings->thresholds[findings->threshold_count++] =
				(struct threshold){ new->name, new->unit, new->about, new->standard, new->standard };
	}
	return true;
}

static bool add_file(struct findings *findings, const struct sql_file *source)
{
	char reason[FINDING_MESSAGE_MAX];
	struct finding_file *file = &findings->list[findings->count];
	bool good = finding_file_read(file, source->name, source->path, source->text, reason, sizeof(reason));
	if (good && source->name[strspn(source->name, CODE_LETTERS)]) {
		snprintf(reason, sizeof(reason), "its name may have letters, digits, - and _ only");
		good = false;
	}
	if (!good)
		findings_add_problem(findings, file, "%s", reason);
	if (!good || !thresholds_agree(findings, file)) {
		finding_file_free(file);
		return true;
	}
	findings->count++;
	return add_thresholds(findings, file);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct threshold *)a)->name, ((const struct threshold *)b)->name);
}

/* The built-in ones first: where two disagree on a threshold, theirs holds. */
static bool add_files(struct findings *findings)
{
	size_t count = sql_files_count(findings->sources);
	findings->list = calloc(count + 1, sizeof(*findings->list));
	if (!findings->list)
		return false;
	for (int users = 0; users < 2; users++)
		for (size_t i = 0; i < count; i++) {
			const struct sql_file *source = sql_files_at(findings->sources, i);
			if ((source->path != NULL) == users && !add_file(findings, source))
				return false;
		}
	return true;
}

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct finding_file *)a)->code, ((const struct finding_file *)b)->code);
}

struct findings *findings_new(void)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	if (!findings)
		return NULL;
	findings->sources = sql_files_new("findings", "WIRETAPE_FINDINGS");
	if (!findings->sources || !add_files(findings)) {
		findings_free(findings);
		return NULL;
	}
	const char *problem;
	for (size_t i = 0; (problem = sql_files_problem(findings->sources, i)); i++)
		keep_problem(findings, strdup(problem));
	qsort(findings->list, findings->count, sizeof(*findings->list), by_code);
	if (findings->threshold_count)
		qsort(findings->thresholds, findings->threshold_count, sizeof(*findings->thresholds), by_name);
	return findings;
}

size_t findings_count(const struct findings *findings)
{
	return findings->count;
}

const struct finding_file *findings_at(const struct findings *findings, size_t index)
{
	return &findings->list[index];
}

const struct finding_file *findings_find(const struct findings *findings, const char *code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].code, code))
			return &findings->list[i];
	return NULL;
}

const char *findings_problem(const struct findings *findings, size_t index)
{
	return index < findings->problem_count ? findings->problems[index] : NULL;
}

size_t findings_threshold_count(const struct findings *findings)
{
	return findings->threshold_count;
}

struct threshold findings_threshold(const struct findings *findings, size_t index)
{
	return findings->thresholds[index];
}

double findings_threshold_value(const struct findings *findings, const char *name)
{
	return find_threshold(findings, name)->value;
}

enum status findings_set(struct findings *findings, const char *assignment, char message[FINDING_MESSAGE_MAX])
{
	const char *equals = strchr(assignment, '=');
	if (!equals || equals == assignment) {
		snprintf(message, FINDING_MESSAGE_MAX, "%s: not a NAME=VALUE", assignment);
		return STATUS_USAGE;
	}
	char *end, *name = strndup(assignment, (size_t)(equals - assignment));
	if (!name)
		return STATUS_NO_MEMORY;
	struct threshold *threshold = find_threshold(findings, name);
	struct nearest nearest = nearest_to(name);
	for (size_t i = 0; i < findings->threshold_count; i++)
		nearest_offer(&nearest, findings->thresholds[i].name, strlen(findings->thresholds[i].name));
	free(name);
	double value = strtod(equals + 1, &end);
	if (!threshold) {
		snprintf(message, FINDING_MESSAGE_MAX, "%s: no finding has this threshold: `wiretape findings --thresholds` lists them%s",
			 assignment, nearest.meant);
		return STATUS_USAGE;
	}
	if (!equals[1] || *end || !isfinite(value)) {
		snprintf(message, FINDING_MESSAGE_MAX, "%s: the value is no number (the unit is %s)", assignment, threshold->unit);
		return STATUS_USAGE;
	}
	threshold->value = value;
	return STATUS_OK;
}

void findings_interrupt_on(struct findings *findings, const volatile sig_atomic_t *flag)
{
	findings->interrupted = flag;
}

bool findings_interrupted(const struct findings *findings)
{
	return findings->interrupted && *findings->interrupted;
}
