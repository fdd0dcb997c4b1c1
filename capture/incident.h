/* incident.h: one incident's folder, DIR/incidents/20261121T103215Z-TRIGGER, and its incident.json: made when a trigger fires,
 * changed as packets and database become complete. Readers see the old text or the new one, never half. */
#ifndef WIRETAPE_CAPTURE_INCIDENT_H
#define WIRETAPE_CAPTURE_INCIDENT_H

#include "analyze/engine/status.h"
#include "capture/rules.h"
#include "store/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_NAME_MAX 80
#define INCIDENT_FILE "incident.json"

/* What stands in incident.json besides the catalog's facts. Texts of JSON; NULL where there is nothing. Borrowed. */
struct incident_details {
	const char *host, *interface;
	const struct rule *rule; /* NULL: manual */
	int64_t since_ns;	 /* NO_TIME: manual */
	const char *history_json, *worst_flows_json, *host_counters_json, *sockets_json;
};

/* One that stands in a folder. Its texts belong to it. */
struct incident;

/* Makes DIR/incidents if it is missing and in it a folder for an incident at `t_ns`, whose name it gives; with -2 and so on at its end
 * if there is one of that second. STATUS_IO with errno. */
enum status incident_make_folder(const char *directory, int64_t t_ns, const char *trigger, char name[INCIDENT_NAME_MAX]);
/* DIR/incidents/NAME, or with a file's name not NULL that file in it; the caller frees it. NULL when out of memory. */
char *incident_path(const char *directory, const char *name, const char *file);
/* An incident for the folder of facts->name; in memory, until incident_save. STATUS_NO_MEMORY; STATUS_FORMAT: one of the details is no
 * JSON. */
enum status incident_new(struct incident **incident, const char *directory, const struct incident_facts *facts,
			 const struct incident_details *details);

/* Reads it. STATUS_NOT_FOUND, STATUS_IO, STATUS_FORMAT, STATUS_NO_MEMORY. */
enum status incident_open(struct incident **incident, const char *directory, const char *name);
/* NULL is allowed. */
void incident_close(struct incident *incident);
/* Borrowed until it is changed or closed. */
const struct incident_facts *incident_facts(const struct incident *incident);
/* On which values it fired, as incident_reason has it, likewise borrowed; NULL: nothing fired, it is a manual one. */
const char *incident_why(const struct incident *incident);
/* Changes, which incident_save writes. STATUS_NO_MEMORY, STATUS_IO. */
enum status incident_set_state(struct incident *incident, const char *state);
enum status incident_set_integer(struct incident *incident, const char *key, int64_t value);
/* STATUS_IO with errno. */
enum status incident_save(struct incident *incident);

/* Writes "2026-11-21T10:32:15.000Z"; returns `text`. */
#define INCIDENT_TIME_MAX 32
char *incident_time_text(int64_t t_ns, char text[INCIDENT_TIME_MAX]);

#endif
