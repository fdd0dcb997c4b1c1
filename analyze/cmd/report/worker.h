/* worker.h: one subject of a report, done in a process of its own. */
#ifndef WIRETAPE_REPORT_WORKER_H
#define WIRETAPE_REPORT_WORKER_H

#include "analyze/cmd/report/report.h"
#include "analyze/cmd/report/subjects.h"

#include <stdbool.h>
#include <stddef.h>

enum worker_exit {
	WORKER_DONE,
	WORKER_FAILED,	/* what went wrong is on standard error */
	WORKER_SKIPPED, /* a file in a folder that is no capture */
};

/* Writes the files of scratch.h for the subject of this number, from 0, of so many: the fragment is one section, whose id is "c" and
 * the number from 1. To be called in a process of its own: it changes TMPDIR, and reads standard input. */
enum worker_exit worker_run(const struct report_options *options, const struct subject *subject, size_t number,
			    size_t subjects, const char *scratch);

#endif
