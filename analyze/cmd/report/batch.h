/* batch.h: all subjects of a report, several at once, each by a process of its own: one that fails, dies or hangs spoils nothing. */
#ifndef WIRETAPE_REPORT_BATCH_H
#define WIRETAPE_REPORT_BATCH_H

#include "analyze/cmd/report/report.h"
#include "analyze/cmd/report/subjects.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_JOBS_MAX 256

enum batch_outcome { BATCH_FAILED, BATCH_DONE, BATCH_SKIPPED };

struct batch_result {
	enum batch_outcome outcome;
	char *error; /* why it failed, in one line without the name; NULL: it did not */
};

struct batch {
	const struct report_options *options;
	const struct subjects *subjects;
	const char *scratch;
	size_t jobs;
	int64_t limit_ns; /* a subject may take; 0: by its size */
	bool progress;
	struct batch_result *results; /* one for each subject; batch_run fills them */
};

/* STATUS_OK also if some failed; what their workers had to say has been said. STATUS_INTERRUPTED: no worker is left. STATUS_NO_MEMORY,
 * STATUS_IO after a complaint. */
enum status batch_run(struct batch *batch);
void batch_free(struct batch *batch);

#endif
