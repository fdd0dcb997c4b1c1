/* estimate.h: one line on the terminal that says how many subjects of a report are done, and how long the others will take. */
#ifndef WIRETAPE_REPORT_ESTIMATE_H
#define WIRETAPE_REPORT_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct estimate {
	bool shown, drawn;
	size_t done, count;
	double work, work_done; /* of all, and of those that are done */
	int64_t started_ns, drawn_ns;
	double moved_to; /* part of the work that was done when it was more than before, at moved_ns */
	int64_t moved_ns;
};

/* What a subject of so many bytes costs, in bytes: charts take their time, however small it is. */
double estimate_work(uint64_t bytes);
/* Nothing is shown unless `wanted` and standard error is a terminal. */
void estimate_start(struct estimate *estimate, size_t count, double work, bool wanted);
/* One more is done. */
void estimate_done(struct estimate *estimate, double work);
/* Draws, but seldom. `under_way` is work done on subjects that are not done; `name` one of these. */
void estimate_draw(struct estimate *estimate, double under_way, const char *name);
void estimate_clear(struct estimate *estimate);

#endif
