#include "analyze/cmd/report/estimate.h"

#include "analyze/cmd/terminal.h"
#include "store/monotonic.h"

#include <stdio.h>

#define REDRAW_NS INT64_C(500000000)
#define TRUSTED_NS INT64_C(2000000000) /* before that an estimate jumps */
#define CHARTS_BYTES 1500000.0	       /* what the analyzer reads while the charts of one capture are drawn */
#define LINE_BYTES 128
#define NAME_LEAST 12 /* columns: less of a name says nothing */
#define BAR 20
#define BAR_FROM 72 /* columns: narrower terminals have no room for it */

double estimate_work(uint64_t bytes)
{
	return (double)bytes + CHARTS_BYTES;
}

void estimate_start(struct estimate *estimate, size_t count, double work, bool wanted)
{
	const int64_t now = monotonic_ns();
	*estimate = (struct estimate){
		.shown = wanted && has_cursor(stderr), .count = count, .work = work, .started_ns = now, .drawn_ns = now,
	};
}

void estimate_done(struct estimate *estimate, double work)
{
	estimate->done++;
	estimate->work_done += work;
}

static int format_left(char *text, size_t bytes, double seconds)
{
	if (seconds < 1) /* not known, or any moment */
		return 0;
	if (seconds < 90)
		return snprintf(text, bytes, ", about %.0f s left", seconds);
	if (seconds < 5400)
		return snprintf(text, bytes, ", about %.0f min left", seconds / 60);
	return snprintf(text, bytes, ", about %.1f h left", seconds / 3600);
}

static void print_bar(double part)
{
	const int full = (int)(part * BAR);
	fputc('[', stderr);
	for (int i = 0; i < BAR; i++)
		fputc(i < full ? '#' : '.', stderr);
	fputs("] ", stderr);
}

/* What is left when the work moves; then it counts down: findings and charts of a large capture take long, and tell nothing meanwhile. */
static double seconds_left(const struct estimate *estimate, int64_t now)
{
	const double took = (double)(estimate->moved_ns - estimate->started_ns) / 1e9, since = (double)(now - estimate->moved_ns) / 1e9;
	return estimate->moved_to > 0 ? took / estimate->moved_to * (1 - estimate->moved_to) - since : 0;
}

void estimate_draw(struct estimate *estimate, double under_way, const char *name)
{
	const int64_t now = monotonic_ns();
	double part = estimate->work > 0 ? (estimate->work_done + under_way) / estimate->work : 0;
	char text[LINE_BYTES];
	int length = 0;
	if (!estimate->shown || now - estimate->drawn_ns < REDRAW_NS)
		return;
	estimate->drawn_ns = now;
	estimate->drawn = true;
	part = part < 1 ? part : 1;
	if (part > estimate->moved_to) {
		estimate->moved_to = part;
		estimate->moved_ns = now;
	}
	if (estimate->count > 1)
		length = snprintf(text, sizeof text, "%zu/%zu, ", estimate->done, estimate->count);
	length += snprintf(text + length, sizeof text - (size_t)length, "%.0f %%", 100 * part);
	if (now - estimate->started_ns > TRUSTED_NS)
		length += format_left(text + length, sizeof text - (size_t)length, seconds_left(estimate, now));
	const size_t width = terminal_width(stderr), bar = width >= BAR_FROM ? BAR + 3 : 0, taken = bar + (size_t)length + 2;
	fputs("\r\033[K", stderr);
	if (bar)
		print_bar(part);
	fprintf(stderr, "%.*s", (int)width - 1, text);
	if (name[0] && width > taken + NAME_LEAST) {
		fputs(": ", stderr);
		print_name_end(stderr, name, width - taken - 1); /* a full line would be followed by an empty one */
	}
	fflush(stderr);
}

void estimate_clear(struct estimate *estimate)
{
	if (estimate->drawn)
		fputs("\r\033[K", stderr);
	estimate->drawn = false;
}
