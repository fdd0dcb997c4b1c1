/* triggers.h: the rules at work: rows of the timeline in, firings out. The same rows give the same firings, live or
 * replayed. */
#ifndef WIRETAPE_CAPTURE_TRIGGERS_H
#define WIRETAPE_CAPTURE_TRIGGERS_H

#include "analyze/engine/facts.h"
#include "analyze/engine/status.h"
#include "capture/rules.h"
#include "store/host_counters.h"

/* One firing. Borrowed for the call. */
struct firing {
	const struct rule *rule;
	const struct interval_facts *facts; /* the row with which it fired */
	int64_t since_ns;		    /* start of the first interval of the unbroken series */
	int64_t from_ns, to_ns;		    /* of the tape to save */
	const char *key;		    /* of the row, as in timeline */
	const char *row_json;		    /* the row, all columns */
	const char *history_json;	    /* an array with up to 60 rows of this scope and key before it, oldest first */
};

struct triggers_counters {
	uint64_t fired, suppressed_by_cooldown, suppressed_by_cap, errors;
};

struct triggers;

/* Compiles the predicates of all rules that are enabled. NULL with words in `message` that name the rule: a predicate
 * is wrong, out of memory. The rules are borrowed. */
struct triggers *triggers_new(const struct rules *rules, uint32_t incidents_per_hour, char *message, size_t message_bytes);
/* NULL is allowed. */
void triggers_free(struct triggers *triggers);
/* One row of the interval that is being closed. `live` is NULL when replayed. */
void triggers_put(struct triggers *triggers, const struct interval_facts *facts, const struct live_counters *live);
/* The interval's rows are complete: tests them, and calls `fire` for what fires. */
void triggers_interval_end(struct triggers *triggers, void (*fire)(void *user, const struct firing *firing), void *user);
void triggers_counters(const struct triggers *triggers, struct triggers_counters *counters);
/* Why a predicate failed last while running; "" if none has. */
const char *triggers_error(const struct triggers *triggers);

#endif
