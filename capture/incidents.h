/* incidents.h: all incidents of a recorder (or of a replay): makes them when something fires, has their packets brought, runs hook and
 * analyzer, keeps them within their quota, and takes up again what an earlier run left. One thread. */
#ifndef WIRETAPE_CAPTURE_INCIDENTS_H
#define WIRETAPE_CAPTURE_INCIDENTS_H

#include "capture/incident.h"
#include "capture/incident_jobs.h"

/* All borrowed for its life. */
struct incidents_options {
	const char *host;
	uint64_t budget_bytes;	     /* --incident-size */
	struct incident_jobs_options jobs; /* and the directory, and the interface */
};

struct incidents_sink {
	/* Brings the packets from `from_ns` to `to_ns` into the folder, and incidents_packets is called when all are there. All that are
	 * under way may take `room_bytes` together from now on. False: it can't. */
	bool (*pin)(void *user, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes);
	/* Bytes that are expected for it; NULL: not known. */
	uint64_t (*expect)(void *user, int64_t from_ns, int64_t to_ns);
	/* For the catalog. Any may be NULL. */
	void (*changed)(void *user, const struct incident_facts *facts);
	void (*removed)(void *user, const char *name);
};

struct incidents_counters {
	uint64_t made, failed, removed; /* failed: its folder or incident.json could not be written, or its packets not be had */
	struct incident_jobs_counters jobs;
};

struct incidents;

/* NULL when out of memory. */
struct incidents *incidents_new(const struct incidents_options *options, const struct incidents_sink *sink, void *user);
/* NULL is allowed. */
void incidents_free(struct incidents *incidents);
/* At the start: what was under way is 'interrupted' now, and what lacks its analysis waits for it. `changed` is told of all. */
void incidents_recover(struct incidents *incidents);
/* Tells `changed` of all that are there. */
void incidents_tell(struct incidents *incidents);

/* Something fired: facts without name, state, segments and file_bytes; details without host and interface. True if it was made. */
bool incidents_fire(struct incidents *incidents, const struct incident_facts *facts, const struct incident_details *details);
/* The packets of a folder have come. `stopped_ns`: when the recorder stopped, by the wall clock, so
 * that later ones will not come; NO_TIME: it goes on. */
void incidents_packets(struct incidents *incidents, const char *folder, uint64_t segments, uint64_t file_bytes, uint64_t missing,
		       int64_t stopped_ns);
/* What is being recorded may have grown: older incidents make room for it. */
void incidents_grow(struct incidents *incidents);
/* True if one of this trigger waits for its packets. */
bool incidents_recording(const struct incidents *incidents, const char *trigger);
/* To be called a few times a second. */
void incidents_poll(struct incidents *incidents);
/* True if a hook or the analyzer runs, or waits for its turn. */
bool incidents_at_work(const struct incidents *incidents);
/* True if no packets are awaited and nothing runs. */
bool incidents_idle(const struct incidents *incidents);
/* Ends hooks and analyzer; at most two seconds. */
void incidents_stop(struct incidents *incidents);
void incidents_counters(const struct incidents *incidents, struct incidents_counters *counters);

#endif
