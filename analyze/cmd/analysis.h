/* analysis.h: captures through the engine into the store, and what went wrong with each said on standard error. */
#ifndef WIRETAPE_ANALYSIS_H
#define WIRETAPE_ANALYSIS_H

#include "analyze/cmd/moment.h"
#include "analyze/engine/engine.h"
#include "analyze/source/source_list.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct analysis_options {
	struct engine_options engine;
	struct period period;
	bool quiet; /* no progress */
	_Atomic uint64_t *read_bytes; /* for who shows progress itself: bytes of the file so far; NULL: nobody */
};

struct analysis {
	const struct analysis_options *options;
	size_t stored;	  /* captures in the store */
	size_t known;	  /* captures that were there before, not stored again */
	size_t failed;	  /* files that could not be read, or only in part */
	size_t skipped;	  /* files in folders that are no captures */
	int64_t first_id; /* of the captures stored; valid if stored */
};

/* Reads every file of the list. STATUS_OK also if some failed; STATUS_INTERRUPTED by a signal; otherwise what the store
 * died of. All complaints have been made, but for the interruption. */
enum status analysis_run(struct analysis *analysis, struct store *store, const struct source_list *list);

#endif
