#include "capture/log.h"

#include "store/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096 /* PIPE_BUF: a pipe takes it whole */

/* Standard error leads to the journal (sd-daemon(3)). That the variable is set does not say so: a shell in a desktop inherits it. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat facts;
	char expected[64];
	if (!stream || fstat(STDERR_FILENO, &facts) != 0)
		return false;
	snprintf(expected, sizeof expected, "%ju:%ju", (uintmax_t)facts.st_dev, (uintmax_t)facts.st_ino);
	return strcmp(stream, expected) == 0;
}

/* What comes from elsewhere (names of files, messages of libraries, predicates) must not begin a line of its own. A line end and the
 * space that indents what follows become one space. */
static void make_one_line(char *text)
{
	char *to = text;
	while (*text) {
		const size_t space = strspn(text, " \t\r\n"), line_end = strcspn(text, "\r\n");
		if (line_end < space) {
			*to++ = ' ';
			text += space;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

void log_write(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	const size_t room = sizeof line - 1; /* for the line end */
	const int prefix = is_journal() ? snprintf(line, room, "<%d>", (int)level) : snprintf(line, room, "%s: ", program_invocation_short_name);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line + prefix, room - (size_t)prefix, format, arguments);
	va_end(arguments);
	make_one_line(line);
	char *visible = text_escape(line, strlen(line)); /* a name must not talk to the terminal on which this is read */
	size_t length = strlen(visible ? visible : line);
	length = length < room ? length : room;
	memmove(line, visible ? visible : line, length);
	free(visible);
	line[length] = '\n';
	/* One write, so that the lines of several threads stay whole. Nobody is left to be told if it fails. */
	const ssize_t written = write(STDERR_FILENO, line, length + 1);
	(void)written;
}
