/* ledger.h: where everything is counted: for the flow, for its part of the current interval, and for the interval's
 * scopes. Delivers events and interval rows to the sink. */
#ifndef WIRETAPE_LEDGER_H
#define WIRETAPE_LEDGER_H

#include "analyze/engine/arena.h"
#include "analyze/engine/engine.h"
#include "analyze/engine/flow.h"
#include "analyze/engine/packet.h"

struct ledger;

/* Borrows the arena; copies the rest. NULL when out of memory. */
struct ledger *ledger_new(const struct engine_options *options, const struct engine_sink *sink, void *user,
			  struct arena *arena);
/* Delivers the intervals that ended before `now_ns`. */
void ledger_advance(struct ledger *ledger, int64_t now_ns);
/* Delivers the interval that is open. */
void ledger_finish(struct ledger *ledger);

/* Every packet of a flow comes by here first. */
void ledger_packet(struct ledger *ledger, struct flow *flow, enum direction direction, const struct packet *packet);
/* Takes one packet out of the flow's counts again: it was a duplicate of the tap. Follows its ledger_packet. */
void ledger_uncount_packet(struct flow *flow, enum direction direction, const struct packet *packet);
void ledger_data(struct ledger *ledger, struct flow *flow, enum direction direction, uint64_t segments, uint64_t bytes,
		 uint64_t new_bytes);
/* The other side has acknowledged so many bytes more. */
void ledger_acked(struct ledger *ledger, struct flow *flow, enum direction direction, uint32_t bytes);
/* One RTT sample; it goes into the scopes if this is the flow's far side. */
void ledger_rtt(struct ledger *ledger, struct flow *flow, enum direction direction, int64_t sample_ns);
void ledger_response(struct ledger *ledger, struct flow *flow, int64_t sample_ns);
/* A DNS question was answered, a ping came back: after so long. */
void ledger_dns(struct ledger *ledger, struct flow *flow, int64_t sample_ns);
void ledger_echo(struct ledger *ledger, struct flow *flow, int64_t sample_ns);
void ledger_in_flight(struct flow *flow, enum direction direction, uint32_t bytes);
void ledger_window(struct flow *flow, enum direction direction, uint32_t bytes);

/* The side's trouble, made if there is none; never NULL (out of memory: a shared scrap, and counted). */
struct trouble *ledger_trouble(struct ledger *ledger, struct side *side);
void ledger_count(struct ledger *ledger, struct flow *flow, enum direction direction, enum counter counter, uint64_t n);
/* Takes back from the flow's total what has proved wrong; intervals keep what was known then. */
void ledger_uncount(struct ledger *ledger, struct flow *flow, enum direction direction, enum counter counter, uint64_t n);
/* Takes it back from the open interval too, as far as it has so much: for what was a mistake of moments ago. */
void ledger_retract(struct ledger *ledger, struct flow *flow, enum direction direction, enum counter counter, uint64_t n);
void ledger_count_scopes(struct ledger *ledger, struct flow *flow, enum counter counter, uint64_t n);
/* What belongs to no flow. */
void ledger_count_all(struct ledger *ledger, enum counter counter, uint64_t n);
/* Fills in flow_id and delivers, unless there were too many. */
void ledger_event(struct ledger *ledger, const struct flow *flow, struct event_facts *event);
/* The flow's client has proved to be the server: the open interval follows. */
void ledger_swap_sides(struct ledger *ledger, struct flow *flow);
/* The flow is over: writes its part of the current interval. */
void ledger_flow_end(struct ledger *ledger, struct flow *flow);

void ledger_totals(const struct ledger *ledger, struct engine_totals *totals);
void ledger_free(struct ledger *ledger);

#endif
