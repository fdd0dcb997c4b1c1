#include "analyze/cmd/inventory.h"

#include "analyze/cmd/disk_files.h"
#include "analyze/cmd/recording.h"
#include "analyze/engine/facts.h"
#include "analyze/source/path.h"
#include "analyze/source/tape.h"
#include "store/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INCIDENTS_MAX 100000
#define INCIDENT_JSON_MAX ((size_t)16 << 20)

static bool is_folder(const char *folder, const char *name)
{
	struct stat facts;
	char *path = path_join(folder, name);
	const bool is = path && stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
	free(path);
	return is;
}

bool inventory_is(const char *path)
{
	return tape_is(path) || is_folder(path, "ring") || is_folder(path, "incidents");
}

static enum status fail(char *message, enum status status, const char *path, const char *what)
{
	snprintf(message, TAPE_MESSAGE_MAX, "%.4000s: %.500s", path, what);
	return status;
}

static void take_facts(struct inventory *inventory, struct stored_segment *segment, const struct segment_facts *facts)
{
	segment->opened_ns = facts->opened_ns == NO_TIME ? segment->opened_ns : facts->opened_ns;
	segment->closed_ns = facts->closed_ns;
	segment->first_ns = facts->first_ns;
	segment->last_ns = facts->last_ns;
	segment->packets = facts->packets;
	segment->bytes = facts->bytes;
	segment->kernel_drops = facts->kernel_drops;
	segment->interface_drops = facts->interface_drops;
	segment->pool_drops = (int64_t)facts->pool_drops;
	segment->watcher_skipped = (int64_t)facts->watcher_skipped;
	segment->ended_by = facts->ended_by;
	memcpy(inventory->host, facts->host, sizeof inventory->host);
	memcpy(inventory->interface, facts->interface, sizeof inventory->interface);
	memcpy(inventory->filter, facts->filter, sizeof inventory->filter);
	memcpy(inventory->slice, facts->slice, sizeof inventory->slice);
	inventory->snaplen = facts->snaplen;
}

static void take_segment(struct inventory *inventory, const struct tape_segment *file, struct stored_segment *segment)
{
	struct segment_facts facts;
	const char *slash = strrchr(file->path, '/');
	char *json = tape_json_path(file->path);
	*segment = (struct stored_segment){
		.sequence = file->sequence,
		.part = file->part,
		.opened_ns = file->start_ns,
		.closed_ns = NO_TIME,
		.first_ns = NO_TIME,
		.last_ns = NO_TIME,
		.file_bytes = file->file_bytes,
		.kernel_drops = -1,
		.interface_drops = -1,
		.pool_drops = -1,
		.watcher_skipped = -1,
	};
	const char *base = slash ? slash + 1 : file->path;
	const size_t length = strlen(base) - (file->part ? strlen(".part") : 0);
	snprintf(segment->name, sizeof segment->name, "%.*s", (int)length, base);
	segment->known = !file->part && json && segment_read(json, &facts) == STATUS_OK;
	if (segment->known)
		take_facts(inventory, segment, &facts);
	free(json);
}

static void add_count(uint64_t *sum, int64_t count)
{
	if (count > 0 && __builtin_add_overflow(*sum, (uint64_t)count, sum))
		*sum = UINT64_MAX;
}

static void add_segment(struct inventory *inventory, struct stored_segment *segment, const struct stored_segment *before)
{
	if (before && before->known) {
		const struct segment_facts facts = {.closed_ns = before->closed_ns, .ended_by = before->ended_by};
		segment->gap_ns = recording_gap(&facts, segment->opened_ns);
	}
	inventory->gaps += segment->gap_ns > 0;
	inventory->gap_ns += segment->gap_ns;
	inventory->file_bytes += segment->file_bytes;
	if (segment->first_ns != NO_TIME && (inventory->first_ns == NO_TIME || segment->first_ns < inventory->first_ns))
		inventory->first_ns = segment->first_ns;
	if (segment->last_ns != NO_TIME && segment->last_ns > inventory->last_ns)
		inventory->last_ns = segment->last_ns;
	inventory->without += !segment->part && !segment->known;
	inventory->unknown += segment->known && (segment->kernel_drops < 0 || segment->interface_drops < 0);
	add_count(&inventory->packets, (int64_t)segment->packets);
	add_count(&inventory->bytes, (int64_t)segment->bytes);
	add_count(&inventory->kernel_drops, segment->kernel_drops);
	add_count(&inventory->interface_drops, segment->interface_drops);
	add_count(&inventory->pool_drops, segment->pool_drops);
	add_count(&inventory->watcher_skipped, segment->watcher_skipped);
}

static enum status take_segments(struct inventory *inventory, char *message)
{
	struct tape *tape = NULL;
	enum status status = tape_open(&tape, inventory->path, message);
	if (status == STATUS_FORMAT && inventory_is(inventory->path))
		return STATUS_OK; /* nothing yet, or nothing any more */
	if (status != STATUS_OK)
		return status;
	inventory->segments = calloc(tape_count(tape), sizeof *inventory->segments);
	if (!inventory->segments) {
		status = fail(message, STATUS_NO_MEMORY, inventory->path, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < tape_count(tape); i++) {
		struct stored_segment *segment = &inventory->segments[i];
		take_segment(inventory, tape_segment(tape, i), segment);
		add_segment(inventory, segment, i > 0 ? segment - 1 : NULL);
	}
	inventory->segment_count = tape_count(tape);
out:
	tape_close(tape);
	return status;
}

static struct json_document *read_json(const char *path)
{
	struct json_document *document = NULL;
	struct stat facts;
	char *text = NULL;
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a pipe of that name is not waited for */
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (!file) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode) && (size_t)facts.st_size <= INCIDENT_JSON_MAX)
		text = malloc((size_t)facts.st_size + 1);
	if (text) {
		const size_t bytes = fread(text, 1, (size_t)facts.st_size, file);
		if (json_parse(&document, text, bytes) != STATUS_OK)
			document = NULL;
	}
	free(text);
	fclose(file);
	return document;
}

static void take_incident_json(struct stored_incident *incident, const char *folder)
{
	char *path = path_join(folder, "incident.json");
	struct json_document *document = path ? read_json(path) : NULL;
	incident->known = document != NULL;
	incident->t_ns = incident->from_ns = incident->to_ns = NO_TIME;
	if (document) {
		if (!incident->name)
			incident->name = json_get_text(document, "name");
		incident->trigger = json_get_text(document, "trigger");
		incident->scope = json_get_text(document, "scope");
		incident->key = json_get_text(document, "key");
		incident->state = json_get_text(document, "state");
		incident->t_ns = json_get_integer(document, "t_ns", NO_TIME);
		incident->from_ns = json_get_integer(document, "from_ns", NO_TIME);
		incident->to_ns = json_get_integer(document, "to_ns", NO_TIME);
	}
	json_document_free(document);
	free(path);
}

static void free_incident(const struct stored_incident *incident)
{
	free(incident->name);
	free(incident->trigger);
	free(incident->scope);
	free(incident->key);
	free(incident->state);
}

static uint64_t count_segments(const char *folder)
{
	uint64_t count = 0;
	const struct dirent *entry;
	DIR *directory = opendir(folder);
	while (directory && (entry = readdir(directory)) != NULL)
		count += tape_is_segment_name(entry->d_name);
	if (directory)
		closedir(directory);
	return count;
}

static bool add_incident(struct inventory *inventory, const char *name)
{
	struct stored_incident *grown =
		reallocarray(inventory->incidents, inventory->incident_count + 1, sizeof *inventory->incidents);
	if (!grown)
		return false;
	inventory->incidents = grown;
	char *copy = strdup(name);
	if (copy)
		grown[inventory->incident_count++] = (struct stored_incident){.name = copy};
	return copy != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stored_incident *)a)->name, ((const struct stored_incident *)b)->name);
}

static enum status take_incidents(struct inventory *inventory, const char *folder)
{
	enum status status = STATUS_OK;
	const struct dirent *entry;
	DIR *directory = opendir(folder);
	while (directory && status == STATUS_OK && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.' && is_folder(folder, entry->d_name) && inventory->incident_count < INCIDENTS_MAX &&
		    !add_incident(inventory, entry->d_name))
			status = STATUS_NO_MEMORY;
	if (directory)
		closedir(directory);
	if (inventory->incident_count > 1)
		qsort(inventory->incidents, inventory->incident_count, sizeof *inventory->incidents, by_name);
	for (size_t i = 0; i < inventory->incident_count; i++) {
		char *path = path_join(folder, inventory->incidents[i].name);
		if (path) {
			take_incident_json(&inventory->incidents[i], path);
			inventory->incidents[i].segments = count_segments(path);
		}
		free(path);
	}
	return status;
}

/* The folder may be an incident of its own. */
static enum status take_own_incident(struct inventory *inventory)
{
	struct stored_incident incident = {0};
	take_incident_json(&incident, inventory->path);
	if (!incident.known)
		return STATUS_OK;
	inventory->own = malloc(sizeof incident);
	if (inventory->own)
		*inventory->own = incident;
	else
		free_incident(&incident);
	return inventory->own ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Owner 0 is the ring, owner i + 1 incident i. */
static enum status take_disk_use(struct inventory *inventory, const char *ring, const char *incidents)
{
	const size_t owners = inventory->incident_count + 1;
	struct disk_files files = {0}, catalog = {0};
	enum status status = STATUS_NO_MEMORY;
	uint64_t *bytes = calloc(2 * owners, sizeof *bytes), catalog_all = 0;
	if (!bytes)
		goto out;
	disk_files_add(&files, ring, NULL, 0, 0);
	for (size_t i = 0; i < inventory->incident_count; i++) {
		char *path = path_join(incidents, inventory->incidents[i].name);
		if (path)
			disk_files_add(&files, path, NULL, 4, i + 1);
		free(path);
	}
	disk_files_add(&catalog, inventory->path, "catalog.db", 0, 0);
	if (files.failed || catalog.failed)
		goto out;
	disk_files_sort(&files);
	disk_files_sum(&files, bytes, bytes + owners, owners);
	disk_files_sort(&catalog);
	disk_files_sum(&catalog, &catalog_all, &inventory->catalog_bytes, 1);
	inventory->ring_bytes = bytes[0];
	for (size_t i = 0; i < inventory->incident_count; i++) {
		inventory->incidents[i].bytes = bytes[i + 1];
		inventory->incidents[i].alone_bytes = bytes[owners + i + 1];
		inventory->incident_bytes += bytes[owners + i + 1];
	}
	status = STATUS_OK;
out:
	free(bytes);
	disk_files_free(&files);
	disk_files_free(&catalog);
	return status;
}

enum status inventory_take(struct inventory *inventory, const char *path, char *message)
{
	*inventory = (struct inventory){.path = strdup(path), .first_ns = NO_TIME, .last_ns = NO_TIME};
	char *incidents = path_join(path, "incidents");
	char *ring = is_folder(path, "ring") ? path_join(path, "ring") : strdup(path);
	enum status status = fail(message, STATUS_NO_MEMORY, path, "out of memory");
	if (!inventory->path || !incidents || !ring)
		goto out;
	status = take_segments(inventory, message);
	if (status == STATUS_OK)
		status = take_own_incident(inventory);
	if (status == STATUS_OK)
		status = take_incidents(inventory, incidents);
	if (status == STATUS_OK)
		status = take_disk_use(inventory, ring, incidents);
out:
	free(incidents);
	free(ring);
	if (status != STATUS_OK)
		inventory_free(inventory);
	return status;
}

void inventory_free(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->incident_count; i++)
		free_incident(&inventory->incidents[i]);
	if (inventory->own)
		free_incident(inventory->own);
	free(inventory->own);
	free(inventory->incidents);
	free(inventory->segments);
	free(inventory->path);
	*inventory = (struct inventory){0};
}
