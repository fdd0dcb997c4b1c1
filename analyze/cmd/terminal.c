#include "analyze/cmd/terminal.h"

#include "store/nearest.h"
#include "store/text.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void __attribute__((format(printf, 1, 0))) say(const char *format, va_list arguments)
{
	char *text = NULL;
	const bool terminal = has_cursor(stderr);
	const bool colours = has_colours(stderr);
	fprintf(stderr, "%s%swiretape:%s ", terminal ? "\r\033[K" : "", colours ? "\033[31m" : "", colours ? "\033[0m" : "");
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	/* Names of files and texts from databases must neither talk to the terminal nor begin a line of their own. */
	write_visible(stderr, text ? text : "out of memory", strlen(text ? text : "out of memory"));
	fputc('\n', stderr);
	free(text);
}

void complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void complain_lines(const char *text)
{
	size_t length = strcspn(text, "\n");
	complain("%.*s", (int)length, text);
	while (*(text += length) == '\n') {
		length = strcspn(++text, "\n");
		fputs("  ", stderr);
		write_visible(stderr, text, length);
		fputc('\n', stderr);
	}
}

int complain_usage(const struct command *command, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	fprintf(stderr, "See `wiretape help%s%s`.\n", command ? " " : "", command ? command->name : "");
	return EXIT_USAGE;
}

/* The options that a command's help describes: each in a line that begins with one. */
static struct nearest nearest_option(const struct command *command, const char *word)
{
	struct nearest nearest = nearest_to(word);
	for (const char *line = command->help; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const size_t length = strcspn(line, "\n");
		const char *at = line + strspn(line, " ");
		if (*at != '-')
			continue;
		while ((at = memmem(at, length - (size_t)(at - line), "--", 2)) != NULL) {
			const size_t letters = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
			nearest_offer(&nearest, at, letters);
			at += letters;
		}
	}
	return nearest;
}

int complain_option(const struct command *command, int result, int argc, char **argv)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	if (result == ':')
		return complain_usage(command, "%s needs a value", word);
	if (strncmp(word, "--", 2) == 0 && optopt != 0)
		return complain_usage(command, "%s: the option takes no value", word);
	if (strncmp(word, "--", 2) == 0)
		return complain_usage(command, "%s: no such option, or short for several%s", word, nearest_option(command, word).meant);
	return complain_usage(command, "-%c: no such option", optopt);
}

void complain_skipped(size_t count, const char *first)
{
	if (count == 1)
		complain("1 file in folders is no capture: skipped: %s", first);
	else if (count > 1)
		complain("%zu files in folders are no captures: skipped; the first is %s", count, first);
}

const char *without_name(const char *message, const char *name)
{
	char *visible = text_escape(name, strlen(name));
	const char *const forms[] = {name, visible};
	const char *rest = message;
	for (size_t i = 0; rest == message && i < 2 && forms[i]; i++) {
		const size_t length = strlen(forms[i]);
		if (strncmp(message, forms[i], length) == 0 && strncmp(message + length, ": ", 2) == 0)
			rest = message + length + 2;
	}
	free(visible);
	return rest;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");
	return term && strcmp(term, "dumb") == 0;
}

bool has_cursor(FILE *file)
{
	return isatty(fileno(file)) && !is_dumb();
}

bool has_colours(FILE *file)
{
	const char *no_color = getenv("NO_COLOR");
	return has_cursor(file) && !(no_color && no_color[0]);
}

unsigned terminal_width(FILE *file)
{
	struct winsize size;
	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

void print_name_end(FILE *file, const char *name, size_t room)
{
	size_t length = strlen(name);
	const bool cut = length > room;
	if (cut) {
		name += length - room + 3;
		while (((unsigned char)*name & 0xc0) == 0x80) /* the rest of a character of UTF-8 */
			name++;
		fputs("...", file);
		length = strlen(name);
	}
	for (size_t i = 0, size; i < length; i += size) {
		char shown[VISIBLE_MAX];
		bool literal;
		size = text_visible(name + i, length - i, shown, &literal);
		fputs(literal ? shown : "?", file);
	}
}

static bool can_be_seen(const char *text)
{
	char shown[VISIBLE_MAX];
	bool literal = true;
	while (literal && *text)
		text += text_visible(text, strnlen(text, 4), shown, &literal);
	return literal;
}

static void print_octal_word(FILE *file, const char *text)
{
	fputs("$'", file);
	for (; *text; text++)
		if (*text == '\'' || *text == '\\')
			fprintf(file, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f)
			fprintf(file, "\\%03o", (unsigned char)*text);
		else
			fputc(*text, file);
	fputc('\'', file);
}

void print_shell_word(FILE *file, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
	if (text[0] && strspn(text, plain) == strlen(text)) {
		fputs(text, file);
		return;
	}
	if (!can_be_seen(text)) {
		print_octal_word(file, text);
		return;
	}
	fputc('\'', file);
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", file);
		else
			fputc(*text, file);
	fputc('\'', file);
}
