#include "analyze/cmd/report/estimate.h"

#include "analyze/cmd/terminal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_NS INT64_C(500000000)
#define TRUSTED_NS INT64_C(2000000000) /* before that an estimate jumps */
#define CHARTS_BYTES 1500000.0	       /* what the analyzer reads while the charts of one capture are drawn */
#define NAME_BYTES 40

int64_t estimate_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double estimate_work(uint64_t bytes)
{
	return (double)bytes + CHARTS_BYTES;
}

void estimate_start(struct estimate *estimate, size_t count, double work, bool wanted)
{
	const int64_t now = estimate_now_ns();
	*estimate = (struct estimate){
		.shown = wanted && isatty(STDERR_FILENO), .count = count, .work = work, .started_ns = now, .drawn_ns = now,
	};
}

void estimate_done(struct estimate *estimate, double work)
{
	estimate->done++;
	estimate->work_done += work;
}

static void print_left(double seconds)
{
	if (seconds < 90)
		fprintf(stderr, ", about %.0f s left", seconds < 1 ? 1 : seconds);
	else if (seconds < 5400)
		fprintf(stderr, ", about %.0f min left", seconds / 60);
	else
		fprintf(stderr, ", about %.1f h left", seconds / 3600);
}

/* The end of a name tells more than its beginning. What would move the cursor is not printed. */
static void print_name(const char *name, size_t room)
{
	const size_t length = strlen(name);
	if (length > room) {
		name += length - room + 3;
		while (((unsigned char)*name & 0xc0) == 0x80) /* the rest of a character of UTF-8 */
			name++;
		fputs("...", stderr);
	}
	for (; *name; name++)
		fputc(iscntrl((unsigned char)*name) ? '?' : *name, stderr);
}

void estimate_draw(struct estimate *estimate, double under_way, const char *name)
{
	const int64_t now = estimate_now_ns();
	if (!estimate->shown || now - estimate->drawn_ns < REDRAW_NS)
		return;
	estimate->drawn_ns = now;
	estimate->drawn = true;
	double part = estimate->work > 0 ? (estimate->work_done + under_way) / estimate->work : 0;
	if (part > 1)
		part = 1;
	const double seconds = (double)(now - estimate->started_ns) / 1e9;
	fputs("\r\033[K", stderr);
	if (estimate->count > 1)
		fprintf(stderr, "[%zu/%zu] ", estimate->done, estimate->count);
	fprintf(stderr, "%.0f %%", 100 * part);
	if (part > 0 && now - estimate->started_ns > TRUSTED_NS)
		print_left(seconds / part * (1 - part));
	const unsigned width = terminal_width(stderr);
	if (width > 40 + 8) {
		fputs(": ", stderr);
		print_name(name, width - 40 < NAME_BYTES ? width - 40 : NAME_BYTES);
	}
	fflush(stderr);
}

void estimate_clear(struct estimate *estimate)
{
	if (estimate->drawn)
		fputs("\r\033[K", stderr);
	estimate->drawn = false;
}
