/* incident_flows.h: which flows of an interval fared worst: a sink collects what each flow did in it, and a firing asks for those of its
 * service or peer, by name. */
#ifndef WIRETAPE_CAPTURE_INCIDENT_FLOWS_H
#define WIRETAPE_CAPTURE_INCIDENT_FLOWS_H

#include "analyze/engine/engine.h"

#include <stdint.h>

struct incident_flows;

/* NULL when out of memory. Its memory is fixed: of more than some thousand flows in an interval, the worst are known. */
struct incident_flows *incident_flows_new(void);
/* NULL is allowed. */
void incident_flows_free(struct incident_flows *flows);
/* One direction of one flow, for the interval under way. */
void incident_flows_put(struct incident_flows *flows, const struct flow_interval_facts *facts);
/* The interval is over and dealt with. */
void incident_flows_clear(struct incident_flows *flows);
/* A JSON array, which the caller frees, of at most 20 flows of the row's scope and key: those that had most segments sent again or lost
 * in the interval, then with the longest RTT, then the most bytes. Flows that the engine holds; `row` may be NULL: any. NULL when out of
 * memory. */
char *incident_flows_json(struct incident_flows *flows, const struct engine *engine, const struct interval_facts *row);

#endif
