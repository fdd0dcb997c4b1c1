/* scratch.h: the temporary folder of one run, with a folder in it for each worker, so that nothing is left of a worker that was killed. */
#ifndef WIRETAPE_REPORT_SCRATCH_H
#define WIRETAPE_REPORT_SCRATCH_H

#include "analyze/cmd/answer.h"

#include <stdbool.h>
#include <stddef.h>

/* The files that a worker leaves for the page. */
enum scratch_file {
	SCRATCH_FOLDER,	  /* the worker's own; all below lies in it */
	SCRATCH_FRAGMENT, /* of the document */
	SCRATCH_BRIEF,	  /* the same with verdict and findings alone; not there where the other is short */
	SCRATCH_FACTS,	  /* CSV */
	SCRATCH_RANK,	  /* CSV of report_rank */
	SCRATCH_FINDINGS, /* CSV: severity, code, layer, title; not there if nobody looked for them */
	SCRATCH_CONNECTIONS, /* CSV: hash of connections.h, and if there are more of them than these */
	SCRATCH_ERRORS,	  /* what the worker said */
	SCRATCH_WORK,	  /* the folder for what is gone when the worker is done */
	SCRATCH_DATABASE, /* in that */
};

/* The path of one worker's file; free it. NULL: out of memory. */
char *scratch_path(const char *scratch, size_t number, enum scratch_file file);
/* What a worker left, of the files that are CSV; answer_free it. False: nothing. */
bool scratch_answer(struct answer *answer, const char *scratch, size_t number, enum scratch_file file);
/* Makes the folders of one worker. False: errno says why. */
bool scratch_prepare(const char *scratch, size_t number);
/* Removes what is gone when that worker is done. */
void scratch_done(const char *scratch, size_t number);

#endif
