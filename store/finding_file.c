#include "store/finding_file.h"

#include "store/sql_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANK_USUAL 50
#define OUT_OF_MEMORY "out of memory"
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const char *const severities[FINDING_SEVERITIES] = { "critical", "warning", "note" };

/* Where the reason goes. */
struct reason {
	char *text;
	size_t size;
};

const char *finding_severity_name(enum finding_severity severity)
{
	return severities[severity];
}

bool finding_severity_parse(const char *name, enum finding_severity *severity)
{
	for (size_t i = 0; i < FINDING_SEVERITIES; i++) {
		if (strcmp(name, severities[i]))
			continue;
		*severity = (enum finding_severity)i;
		return true;
	}
	return false;
}

static bool is_layer(const char *name)
{
	static const char *const layers[] = { "L2", "L3", "L4", "L7", "host", "capture" };
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		if (!strcmp(name, layers[i]))
			return true;
	return false;
}

void finding_file_free(struct finding_file *file)
{
	for (size_t i = 0; i < file->threshold_count; i++) {
		free(file->thresholds[i].name);
		free(file->thresholds[i].unit);
		free(file->thresholds[i].about);
	}
	for (size_t i = 0; i < file->explains_count; i++)
		free(file->explains[i]);
	free(file->layer);
	free(file->title);
	free(file->explanation);
	free(file->advice);
}

const struct finding_threshold *finding_file_threshold(const struct finding_file *file, const char *name)
{
	for (size_t i = 0; i < file->threshold_count; i++)
		if (!strcmp(file->thresholds[i].name, name))
			return &file->thresholds[i];
	return NULL;
}

static bool refuse(const struct reason *reason, const char *why, const char *what)
{
	snprintf(reason->text, reason->size, "%s%s", why, what);
	return false;
}

/* The next word of `*at`, which moves behind it and the blanks that follow. NULL when out of memory. */
static char *take_word(const char **at)
{
	size_t length = strcspn(*at, " \t");
	char *word = strndup(*at, length);
	*at += length;
	*at += strspn(*at, " \t");
	return word;
}

/* `name default unit words`. */
static bool read_threshold(struct finding_file *file, const char *text, const struct reason *reason)
{
	const char *at = text;
	char *end, *number = NULL;
	if (file->threshold_count == FINDING_THRESHOLDS_MAX)
		return refuse(reason, "too many thresholds", "");
	struct finding_threshold threshold = { .name = take_word(&at) };
	bool known = threshold.name && finding_file_threshold(file, threshold.name);
	number = take_word(&at);
	threshold.unit = take_word(&at);
	threshold.about = strdup(at);
	file->thresholds[file->threshold_count++] = threshold;
	if (!threshold.name || !number || !threshold.unit || !threshold.about) {
		free(number);
		return refuse(reason, OUT_OF_MEMORY, "");
	}
	file->thresholds[file->threshold_count - 1].standard = strtod(number, &end);
	bool good = *number && !*end && isfinite(file->thresholds[file->threshold_count - 1].standard);
	free(number);
	if (known)
		return refuse(reason, "threshold given twice: ", threshold.name);
	if (!good || !threshold.name[0] || threshold.name[strspn(threshold.name, NAME_LETTERS)])
		return refuse(reason, "a threshold is NAME NUMBER UNIT WORDS, not: ", text);
	return true;
}

static bool read_explains(struct finding_file *file, const char *text, const struct reason *reason)
{
	for (const char *at = text; *at;) {
		if (file->explains_count == FINDING_EXPLAINS_MAX)
			return refuse(reason, "explains too many", "");
		char *code = take_word(&at);
		if (!code)
			return refuse(reason, OUT_OF_MEMORY, "");
		file->explains[file->explains_count++] = code;
	}
	return true;
}

static bool read_rank(struct finding_file *file, const char *text, const struct reason *reason)
{
	char *end;
	long rank = strtol(text, &end, 10);
	if (!*text || *end || rank < 0 || rank > 1000)
		return refuse(reason, "rank is a number from 0 to 1000, not ", text);
	file->rank = (int)rank;
	return true;
}

/* Appends `text` as a further sentence of the paragraph. */
static bool add_sentence(char **paragraph, const char *text, const struct reason *reason)
{
	char *longer = NULL;
	if (asprintf(&longer, "%s%s%s", *paragraph, **paragraph ? " " : "", text) < 0)
		return refuse(reason, OUT_OF_MEMORY, "");
	free(*paragraph);
	*paragraph = longer;
	return true;
}

static bool read_line(struct finding_file *file, const char *key, const char *text, bool *graded, const struct reason *reason)
{
	char **name = !strcmp(key, "title") ? &file->title : !strcmp(key, "layer") ? &file->layer : NULL;
	if (name) {
		free(*name);
		*name = strdup(text);
		return *name || refuse(reason, OUT_OF_MEMORY, "");
	}
	if (!strcmp(key, "severity")) {
		*graded = finding_severity_parse(text, &file->severity);
		return *graded || refuse(reason, "severity is critical, warning or note, not ", text);
	}
	if (!strcmp(key, "rank"))
		return read_rank(file, text, reason);
	if (!strcmp(key, "explanation"))
		return add_sentence(&file->explanation, text, reason);
	if (!strcmp(key, "advice"))
		return add_sentence(&file->advice, text, reason);
	if (!strcmp(key, "threshold"))
		return read_threshold(file, text, reason);
	if (!strcmp(key, "explains"))
		return read_explains(file, text, reason);
	return true;
}

bool finding_file_read(struct finding_file *file, const char *code, const char *path, const char *sql, char *reason_text,
		       size_t reason_bytes)
{
	const struct reason reason = { reason_text, reason_bytes };
	*file = (struct finding_file){
		.code = code,
		.sql = sql,
		.path = path,
		.rank = RANK_USUAL,
		.layer = strdup(""),
		.title = strdup(""),
		.explanation = strdup(""),
		.advice = strdup(""),
	};
	bool graded = false, good = true;
	char key[SQL_KEY_MAX], *text;
	if (!file->layer || !file->title || !file->explanation || !file->advice)
		return refuse(&reason, OUT_OF_MEMORY, "");
	for (const char *at = sql; good && sql_header_next(&at, key, &text); free(text))
		good = text ? read_line(file, key, text, &graded, &reason) : refuse(&reason, OUT_OF_MEMORY, "");
	if (!good)
		return false;
	if (!file->title[0])
		return refuse(&reason, "there is no line `-- title: ...`", "");
	if (!graded)
		return refuse(&reason, "there is no line `-- severity: critical`, `warning` or `note`", "");
	if (!is_layer(file->layer))
		return refuse(&reason, "there is no line `-- layer: L2`, `L3`, `L4`, `L7`, `host` or `capture`", "");
	return true;
}
