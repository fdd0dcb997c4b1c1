/* outlet.h: what those who look above TCP need of the engine: where facts go, where they are counted, whose memory they use. */
#ifndef WIRETAPE_OUTLET_H
#define WIRETAPE_OUTLET_H

#include "analyze/engine/arena.h"
#include "analyze/engine/engine.h"
#include "analyze/engine/ledger.h"

struct outlet {
	const struct engine_sink *sink;
	void *user;
	struct ledger *ledger;
	struct arena *arena;
	struct engine_totals *totals; /* facts_dropped, memory_failures */
};

#endif
