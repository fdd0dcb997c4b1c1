#include "capture/incident.h"

#include "capture/disk.h"
#include "capture/incident_reason.h"
#include "store/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)
#define SAME_SECOND_MAX 1000
#define FILE_BYTES_MAX ((size_t)16 << 20)

struct incident {
	char *directory;
	struct json_document *document;
	struct incident_facts facts; /* its texts, and these: */
	char *name, *trigger, *scope, *key, *state, *row_json, *why;
};

static void break_down(int64_t t_ns, struct tm *parts)
{
	const time_t seconds = (time_t)(t_ns / SECOND);
	if (!gmtime_r(&seconds, parts))
		memset(parts, 0, sizeof *parts);
}

char *incident_time_text(int64_t t_ns, char text[INCIDENT_TIME_MAX])
{
	struct tm parts;
	char whole[24] = "";
	break_down(t_ns, &parts);
	strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, INCIDENT_TIME_MAX, "%s.%03dZ", whole, (int)(t_ns % SECOND / MILLISECOND));
	return text;
}

char *incident_path(const char *directory, const char *name, const char *file)
{
	char *path = NULL;
	return asprintf(&path, "%s/incidents/%s%s%s", directory, name, file ? "/" : "", file ? file : "") < 0 ? NULL : path;
}

enum status incident_make_folder(const char *directory, int64_t t_ns, const char *trigger, char name[INCIDENT_NAME_MAX])
{
	struct tm parts;
	char start[24] = "";
	break_down(t_ns, &parts);
	strftime(start, sizeof start, "%Y%m%dT%H%M%SZ", &parts);
	char *parent = incident_path(directory, "", NULL);
	if (!parent)
		return STATUS_NO_MEMORY;
	int made = mkdir(parent, 0755) == 0 || errno == EEXIST ? 0 : -1;
	free(parent);
	for (int i = 1; made == 0 && i < SAME_SECOND_MAX; i++) {
		char suffix[8] = "";
		if (i > 1)
			snprintf(suffix, sizeof suffix, "-%d", i);
		snprintf(name, INCIDENT_NAME_MAX, "%s-%.40s%s", start, trigger, suffix);
		char *path = incident_path(directory, name, NULL);
		made = path ? mkdir(path, 0755) : -1;
		free(path);
		if (made == 0)
			return STATUS_OK;
		made = errno == EEXIST ? 0 : -1;
	}
	return STATUS_IO;
}

static void put_time(struct json *json, const char *key_ns, const char *key, int64_t t_ns)
{
	char text[INCIDENT_TIME_MAX];
	if (t_ns == NO_TIME) {
		json_null(json, key_ns);
		return;
	}
	json_integer(json, key_ns, t_ns);
	json_text(json, key, incident_time_text(t_ns, text));
}

static void put_rule(struct json *json, const struct rule *rule)
{
	json_begin_object(json, "rule");
	json_text(json, "when", rule->when);
	json_real(json, "for_s", (double)rule->for_ns / (double)SECOND);
	json_real(json, "before_s", (double)rule->before_ns / (double)SECOND);
	json_real(json, "after_s", (double)rule->after_ns / (double)SECOND);
	json_real(json, "cooldown_s", (double)rule->cooldown_ns / (double)SECOND);
	json_end(json);
}

static char *compose(const struct incident_facts *facts, const struct incident_details *details)
{
	struct json *json = json_new();
	if (!json)
		return NULL;
	char *why = details->rule && facts->row_json ? incident_reason(details->rule->when, facts->row_json) : NULL;
	json_begin_object(json, NULL);
	json_text(json, "name", facts->name);
	json_text(json, "version", "wiretaped " WIRETAPE_VERSION);
	json_text(json, "host", details->host);
	json_text(json, "interface", details->interface);
	json_text(json, "state", facts->state);
	json_text(json, "trigger", facts->trigger);
	json_text(json, "scope", facts->scope);
	json_text(json, "key", facts->key);
	json_text(json, "why", why);
	put_time(json, "t_ns", "time", facts->t_ns);
	put_time(json, "since_ns", "since", details->since_ns);
	put_time(json, "from_ns", "from", facts->from_ns);
	put_time(json, "to_ns", "to", facts->to_ns);
	if (details->rule)
		put_rule(json, details->rule);
	json_integer(json, "segments", (int64_t)facts->segments);
	json_integer(json, "file_bytes", (int64_t)facts->file_bytes);
	json_raw(json, "row", facts->row_json);
	json_raw(json, "rows_before", details->history_json);
	json_raw(json, "worst_flows", details->worst_flows_json);
	json_raw(json, "host_counters", details->host_counters_json);
	json_raw(json, "sockets", details->sockets_json);
	json_end(json);
	char *text = json_finish(json);
	free(why);
	json_free(json);
	return text;
}

static enum status read_whole(const char *path, char **text, size_t *bytes)
{
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a pipe of that name is not waited for */
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
	struct stat file;
	enum status status = STATUS_IO;
	*text = NULL;
	*bytes = 0;
	if (fstat(fd, &file) != 0)
		goto out;
	status = STATUS_FORMAT;
	if (!S_ISREG(file.st_mode) || file.st_size <= 0 || (size_t)file.st_size > FILE_BYTES_MAX)
		goto out;
	status = STATUS_NO_MEMORY;
	*text = malloc((size_t)file.st_size);
	if (!*text)
		goto out;
	status = STATUS_OK;
	while (*bytes < (size_t)file.st_size) {
		const ssize_t got = read(fd, *text + *bytes, (size_t)file.st_size - *bytes);
		if (got <= 0) {
			status = got < 0 ? STATUS_IO : STATUS_FORMAT;
			break;
		}
		*bytes += (size_t)got;
	}
out:
	close(fd);
	return status;
}

/* A text that is missing is empty; so the facts can be used as they are. */
static bool take_text(struct incident *incident, const char *key, char **text)
{
	*text = json_get_text(incident->document, key);
	if (!*text)
		*text = strdup("");
	return *text;
}

static enum status take_facts(struct incident *incident, const char *name)
{
	struct json_document *document = incident->document;
	incident->name = strdup(name);
	incident->row_json = json_get_text(document, "row");
	incident->why = json_get_text(document, "why");
	if (!incident->name || !take_text(incident, "trigger", &incident->trigger) ||
	    !take_text(incident, "scope", &incident->scope) || !take_text(incident, "key", &incident->key) ||
	    !take_text(incident, "state", &incident->state))
		return STATUS_NO_MEMORY;
	incident->facts = (struct incident_facts){
		.name = incident->name,
		.trigger = incident->trigger,
		.scope = incident->scope,
		.key = incident->key,
		.state = incident->state,
		.row_json = incident->row_json,
		.t_ns = json_get_integer(document, "t_ns", 0),
		.from_ns = json_get_integer(document, "from_ns", 0),
		.to_ns = json_get_integer(document, "to_ns", 0),
		.segments = (uint64_t)json_get_integer(document, "segments", 0),
		.file_bytes = (uint64_t)json_get_integer(document, "file_bytes", 0),
	};
	return STATUS_OK;
}

static enum status make(struct incident **incident, const char *directory, const char *name, const char *text, size_t bytes)
{
	struct incident *made = calloc(1, sizeof *made);
	enum status status = STATUS_NO_MEMORY;
	*incident = NULL;
	if (!made)
		return status;
	made->directory = strdup(directory);
	if (made->directory)
		status = json_parse(&made->document, text, bytes);
	if (status == STATUS_OK)
		status = take_facts(made, name);
	if (status == STATUS_OK)
		*incident = made;
	else
		incident_close(made);
	return status;
}

enum status incident_new(struct incident **incident, const char *directory, const struct incident_facts *facts,
			 const struct incident_details *details)
{
	char *text = compose(facts, details);
	*incident = NULL;
	const enum status status = text ? make(incident, directory, facts->name, text, strlen(text)) : STATUS_NO_MEMORY;
	free(text);
	return status;
}

enum status incident_open(struct incident **incident, const char *directory, const char *name)
{
	size_t bytes = 0;
	char *text = NULL, *path = incident_path(directory, name, INCIDENT_FILE);
	*incident = NULL;
	enum status status = path ? read_whole(path, &text, &bytes) : STATUS_NO_MEMORY;
	if (status == STATUS_OK)
		status = make(incident, directory, name, text, bytes);
	free(path);
	free(text);
	return status;
}

void incident_close(struct incident *incident)
{
	if (!incident)
		return;
	json_document_free(incident->document);
	char *texts[] = {incident->directory, incident->name, incident->trigger, incident->scope,
			 incident->key,	      incident->state, incident->row_json, incident->why};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
	free(incident);
}

const struct incident_facts *incident_facts(const struct incident *incident)
{
	return &incident->facts;
}

const char *incident_why(const struct incident *incident)
{
	return incident->why;
}

enum status incident_set_state(struct incident *incident, const char *state)
{
	char *copy = strdup(state);
	if (!copy)
		return STATUS_NO_MEMORY;
	free(incident->state);
	incident->facts.state = incident->state = copy;
	return json_set_text(incident->document, "state", state);
}

enum status incident_set_integer(struct incident *incident, const char *key, int64_t value)
{
	if (strcmp(key, "segments") == 0)
		incident->facts.segments = (uint64_t)value;
	if (strcmp(key, "file_bytes") == 0)
		incident->facts.file_bytes = (uint64_t)value;
	return json_set_integer(incident->document, key, value);
}

enum status incident_save(struct incident *incident)
{
	char *folder = incident_path(incident->directory, incident->name, NULL);
	char *path = incident_path(incident->directory, incident->name, INCIDENT_FILE);
	char *text = json_print(incident->document);
	enum status status = STATUS_NO_MEMORY;
	if (folder && path && text)
		status = disk_put_text(path, text) && disk_sync_folder(folder) ? STATUS_OK : STATUS_IO;
	free(text);
	free(path);
	free(folder);
	return status;
}
