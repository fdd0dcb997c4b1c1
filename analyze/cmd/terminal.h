/* terminal.h: what commands say to people. */
#ifndef WIRETAPE_TERMINAL_H
#define WIRETAPE_TERMINAL_H

#include "analyze/cmd/command.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes "wiretape: ", the message and a line end to standard error, over any progress line. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same of a message of several lines; all but the first are indented, so that no name in it passes for a message. */
void complain_lines(const char *text);
/* The same, and where to find help; returns EXIT_USAGE. */
int complain_usage(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* After getopt_long (with opterr 0 and ':' first in its short options) returned '?' or ':'; returns EXIT_USAGE. */
int complain_option(const struct command *command, int result, int argc, char **argv);
/* So many files in folders, the first of which is `first`, are left out; nothing if there are none. */
void complain_skipped(size_t count, const char *first);

/* The message without the name that it begins with, as in "NAME: what is wrong", said by complain or not; otherwise all of it. */
const char *without_name(const char *message, const char *name);

/* True if `file` is a terminal on which a line can be drawn again: not that of an editor, or of a system that builds (TERM=dumb). */
bool has_cursor(FILE *file);
/* True if `file` is a terminal and NO_COLOR is unset or empty (https://no-color.org). */
bool has_colours(FILE *file);
/* Columns of the terminal, 80 if there is none. */
unsigned terminal_width(FILE *file);

/* Prints a name in at most `room` columns (3 or more). Its end tells more than its beginning. What would move the cursor is not printed,
 * nor half a character. Characters never have more columns than bytes. */
void print_name_end(FILE *file, const char *name, size_t room);
/* Prints `text` so that a shell takes it for one word: as $'...' what has characters that must not or cannot be seen. */
void print_shell_word(FILE *file, const char *text);

#endif
