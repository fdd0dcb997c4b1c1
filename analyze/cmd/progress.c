#include "analyze/cmd/progress.h"

#include "analyze/cmd/terminal.h"
#include "store/monotonic.h"

#include <inttypes.h>
#include <string.h>

#define REDRAW_NS INT64_C(200000000)

void progress_start(struct progress *progress, const char *path, size_t file, size_t files, bool quiet)
{
	const int64_t now = monotonic_ns();
	*progress = (struct progress){
		.shown = !quiet && has_cursor(stderr),
		.path = strcmp(path, "-") == 0 ? "standard input" : path,
		.file = file,
		.files = files,
		.started_ns = now,
		.drawn_ns = now, /* files that take no time draw nothing */
	};
}

static void draw(struct progress *progress, const char *state)
{
	char count[32] = "";
	if (progress->files > 1)
		snprintf(count, sizeof count, "[%zu/%zu] ", progress->file, progress->files);
	const size_t width = terminal_width(stderr);
	const size_t taken = strlen(count) + strlen(state) + 3;
	const size_t room = width > taken + 8 ? width - taken : 8;
	fprintf(stderr, "\r\033[K%s", count);
	print_name_end(stderr, progress->path, room);
	fprintf(stderr, ": %s", state);
	fflush(stderr);
	progress->drawn = true;
}

void progress_update(struct progress *progress, uint64_t packets, uint64_t bytes, uint64_t bytes_total)
{
	if (!progress->shown)
		return;
	const int64_t now = monotonic_ns();
	if (now - progress->drawn_ns < REDRAW_NS)
		return;
	progress->drawn_ns = now;
	const double seconds = (double)(now - progress->started_ns) / 1e9;
	char percent[16] = "", state[96];
	if (bytes_total > 0)
		snprintf(percent, sizeof percent, "%3.0f %%, ", bytes < bytes_total ? 100.0 * (double)bytes / (double)bytes_total : 100.0);
	snprintf(state, sizeof state, "%s%" PRIu64 " packets, %.2f M packets/s", percent, packets,
		 (double)packets / seconds / 1e6);
	draw(progress, state);
}

void progress_say(struct progress *progress, const char *what)
{
	if (progress->shown)
		draw(progress, what);
}

void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
