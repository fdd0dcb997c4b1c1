/* chart.h: a chart is plots/NAME.sql, which says what is drawn, and plots/NAME.gp, which says how (plots/README.md). Both
 * are compiled in. */
#ifndef WIRETAPE_CHART_H
#define WIRETAPE_CHART_H

#include "analyze/cmd/sql_text.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct chart {
	const char *name; /* `name_length` bytes */
	size_t name_length;
	const char *sql, *script;
};

/* Calls `visit` for each chart, in the order in which they were compiled in. */
void chart_each(void (*visit)(void *user, const struct chart *chart), void *user);
/* False: there is none of this name. */
bool chart_find(const char *name, struct chart *chart);
/* True if the word `need` is in the chart's header line "-- needs: ": "flow", "against", "packets". */
bool chart_needs(const struct chart *chart, const char *need);
/* True if its SQL asks for the parameter `:name`; otherwise it makes no difference to the chart. */
bool chart_asks(const struct chart *chart, const char *name);

/* Runs the chart's statements, with `literals` for their parameters, and writes the data file to `out`. `rows` gets the
 * number of rows of the first statement; 0: there is nothing to draw. Statuses as reader_run; reader_error has the reason. */
enum status chart_write_data(const struct chart *chart, struct reader *reader, const struct sql_literal *literals,
			     size_t literal_count, FILE *out, uint64_t *rows);

#endif
