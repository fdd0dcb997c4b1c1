/* replay_save.h: what fires in a replay becomes a real incident: folder, incident.json, packets, flows.db, reports. */
#ifndef WIRETAPE_REPLAY_SAVE_H
#define WIRETAPE_REPLAY_SAVE_H

#include "capture/incident.h"

struct replay_save;

/* `directory` gets the folder `incidents`; `path` is the tape or the capture. Both are borrowed. NULL when out of memory. */
struct replay_save *replay_save_new(const char *directory, const char *path, int64_t interval_ns);
/* NULL is allowed. */
void replay_save_free(struct replay_save *save);
void replay_save_fire(struct replay_save *save, const struct incident_facts *facts, const struct incident_details *details);
/* Brings the packets, and has the databases made. False after complaints. */
bool replay_save_finish(struct replay_save *save);

#endif
