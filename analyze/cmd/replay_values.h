/* replay_values.h: on which values a trigger fired: those columns of the row that its predicate names. */
#ifndef WIRETAPE_REPLAY_VALUES_H
#define WIRETAPE_REPLAY_VALUES_H

#include <stdio.h>

/* Writes "retrans_pct 1.35, data_segments 1261" for `when` over the row, a JSON object. */
void replay_values_print(const char *when, const char *row_json, FILE *out);

#endif
