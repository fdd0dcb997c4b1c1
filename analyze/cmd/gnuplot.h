/* gnuplot.h: runs gnuplot, without a shell between. */
#ifndef WIRETAPE_GNUPLOT_H
#define WIRETAPE_GNUPLOT_H

#include "analyze/engine/status.h"

#include <stddef.h>
#include <stdio.h>

/* Replaces in place what a picture, an XML document or a terminal must not get: control characters, what turns the direction of text, and
 * what is no UTF-8. */
void gnuplot_clean(char *text);

/* Writes `NAME = 'VALUE'` and a line end, as gnuplot reads it; line ends in the value become spaces. */
void gnuplot_assign(FILE *script, const char *name, const char *value);

#define GNUPLOT_SCRIPT "script.gp"
/* Runs gnuplot in `folder` with `script`, which is there under its name GNUPLOT_SCRIPT. STATUS_NOT_FOUND: gnuplot is not installed.
 * STATUS_IO: it could not be run, or it failed or was killed; `message` says so, or gets what it said, in one line. STATUS_INTERRUPTED: a
 * signal came to us, which ends it too. */
enum status gnuplot_run(const char *folder, const char *script, const char *error_path, char *message, size_t message_bytes);

#endif
