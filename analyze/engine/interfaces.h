/* interfaces.h: counts what came over each interface, and what of it had been seen before. */
#ifndef WIRETAPE_INTERFACES_H
#define WIRETAPE_INTERFACES_H

#include "analyze/engine/engine.h"

#define INTERFACES_MAX 1024 /* kept apart; the frames of more count as number 0, not known */

struct interfaces;

/* NULL when out of memory. */
struct interfaces *interfaces_new(void);
void interfaces_frame(struct interfaces *interfaces, uint32_t number, const struct frame *frame);
/* So many frames of this interface were copies. */
void interfaces_tap_duplicates(struct interfaces *interfaces, uint32_t number, uint64_t frames);
/* Hands all over, in order of their first frame. */
void interfaces_deliver(const struct interfaces *interfaces, const struct engine_sink *sink, void *user);
uint64_t interfaces_bytes(const struct interfaces *interfaces);
/* NULL is allowed. */
void interfaces_free(struct interfaces *interfaces);

#endif
