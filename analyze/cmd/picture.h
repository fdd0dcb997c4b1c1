/* picture.h: one chart of an open database: its data, its gnuplot script, or drawn (plots/README.md). */
#ifndef WIRETAPE_PICTURE_H
#define WIRETAPE_PICTURE_H

#include "analyze/cmd/chart.h"
#include "analyze/engine/status.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PICTURE_MESSAGE_MAX 1024
#define PICTURE_POINTS 1000 /* of a curve, where the picture has room for them */

/* Zero is a usable start, but for `chart`, `database`, `from_ns` and `to_ns`. Texts are borrowed. */
struct picture {
	struct chart chart;
	const char *database;  /* as the user named it, for title and complaints */
	int64_t flow, capture; /* 0: all */
	const char *capture_path; /* where the flow's packets are, if not where the database says; NULL: there */
	int64_t against;       /* the other capture of a comparison, of the schema `other`; 0: all of it */
	const char *other;     /* path of the database that reader_attach opened for a comparison, for the title; NULL: none */
	const char *direction; /* "c2s", "s2c"; NULL: the chart's choice */
	int64_t from_ns, to_ns; /* NO_TIME: open */
	unsigned points;       /* a curve has about so many at most; 0: PICTURE_POINTS */
	const char *terminal;  /* gnuplot's "pngcairo", "svg", "pdfcairo", "dumb", "sixelgd"; NULL: "pngcairo" */
	unsigned width, height; /* pixels, of "dumb" characters; 0: the chart's own */
	bool in_page;	       /* SVG without background, for a page that has its own */
	bool colours;	       /* of "dumb": with colours, as gnuplot's "ansirgb" */
	const char *time_zone; /* zone.h; NULL: UTC */
};

/* Sets width and height where they are 0: the chart's own, made smaller, in proportion, where it is wider or higher than so much. */
void picture_fit(struct picture *picture, unsigned width, unsigned height);

/* Writes the data that the chart is drawn from. STATUS_NOT_FOUND: there is nothing to draw. Otherwise as reader_run. `message`
 * (PICTURE_MESSAGE_MAX bytes) is for people and names the database, but not for STATUS_OK and STATUS_INTERRUPTED. So with all below. */
enum status picture_data(const struct picture *picture, struct reader *reader, FILE *out, char *message);
/* Writes the script that draws the file `data` into `output`. */
enum status picture_script(const struct picture *picture, struct reader *reader, const char *data, const char *output, FILE *out,
			   char *message);
/* Draws, and writes the picture to `out`, all of it or nothing but where `out` fails. STATUS_UNSUPPORTED: gnuplot is not installed.
 * STATUS_IO: gnuplot or a file failed. So with those below. */
enum status picture_write(const struct picture *picture, struct reader *reader, FILE *out, char *message);
/* Draws into the file `output`, which appears when it is whole. */
enum status picture_draw(const struct picture *picture, struct reader *reader, const char *output, char *message);
/* Draws into memory; the caller frees `*text`, which has a 0 behind its `*bytes` bytes. Of SVG only the element <svg> is left. */
enum status picture_text(const struct picture *picture, struct reader *reader, char **text, size_t *bytes, char *message);

#endif
