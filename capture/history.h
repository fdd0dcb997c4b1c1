/* history.h: the rows of the last minute or so, per scope and key, for an incident to show what came before it. Fixed
 * memory: keys that have not been seen for longest make room, but never for one of the same interval. */
#ifndef WIRETAPE_CAPTURE_HISTORY_H
#define WIRETAPE_CAPTURE_HISTORY_H

#include "analyze/engine/facts.h"
#include "store/host_counters.h"

#include <stddef.h>

#define HISTORY_KEYS 64
#define HISTORY_ROWS 60

struct history;

/* NULL when out of memory. */
struct history *history_new(void);
/* NULL is allowed. */
void history_free(struct history *history);
/* `live` may be NULL; it is kept for the scope all only. A key for which there is no room is not kept. */
void history_add(struct history *history, const struct interval_facts *facts, const struct live_counters *live);
/* How many rows there are of the scope and key of `facts`. */
size_t history_count(const struct history *history, const struct interval_facts *facts);
/* One of these, from 0, the oldest; *live is NULL where there is none. Borrowed until the next history_add. */
const struct interval_facts *history_row(const struct history *history, const struct interval_facts *facts, size_t index,
					 const struct live_counters **live);
/* True if both rows are of the same scope and key. */
bool same_key(const struct interval_facts *a, const struct interval_facts *b);

#endif
