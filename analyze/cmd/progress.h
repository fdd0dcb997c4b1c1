/* progress.h: one line on the terminal that says how far a file has been read. Silent if standard error is none. */
#ifndef WIRETAPE_PROGRESS_H
#define WIRETAPE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool shown; /* standard error is a terminal and nobody asked for quiet */
	bool drawn;
	const char *path;
	size_t file, files; /* this one's number, from 1, and how many there are */
	int64_t started_ns, drawn_ns;
};

/* Of one file; borrows `path`. */
void progress_start(struct progress *progress, const char *path, size_t file, size_t files, bool quiet);
/* Draws, but at most five times a second. `bytes_total` is 0 if not known. */
void progress_update(struct progress *progress, uint64_t packets, uint64_t bytes, uint64_t bytes_total);
/* Says what is going on now that takes a while. */
void progress_say(struct progress *progress, const char *what);
/* Takes the line away. */
void progress_clear(struct progress *progress);

#endif
