#include "analyze/cmd/screen.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/terminal.h"
#include "store/monotonic.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MS 500
#define COLUMNS_LEAST 40
#define COLUMNS_MOST 400
#define LINES_LEAST 12
#define LINES_MOST 200
#define PIXELS_WIDE 1000 /* more is not needed */
#define PIXELS_TOLD_NOTHING 800
#define KITTY_CHUNK 4096 /* characters of base64; its protocol has no more in one sequence */

bool parse_screen(const char *option, const char *text, enum screen_kind *kind)
{
	*kind = SCREEN_FOUND_OUT;
	if (!text)
		return true;
	if (strcmp(text, "dumb") == 0)
		*kind = SCREEN_DUMB;
	else if (strcmp(text, "sixel") == 0)
		*kind = SCREEN_SIXEL;
	else if (strcmp(text, "kitty") == 0)
		*kind = SCREEN_KITTY;
	else
		complain("%s=%s: must be dumb (text), sixel or kitty; without a kind it is found out", option, text);
	return *kind != SCREEN_FOUND_OUT;
}

static int64_t now_ms(void)
{
	return monotonic_ns() / 1000000;
}

/* The answer to the last question is the end of all: ESC [ ? digits ; ... c */
static const char *find_attributes(const char *text)
{
	const char *at = strstr(text, "\033[?");
	return at && at[3 + strspn(at + 3, "0123456789;")] == 'c' ? at + 3 : NULL;
}

static void read_answer(int tty, char *answer, size_t answer_bytes)
{
	const int64_t end = now_ms() + ANSWER_MS;
	size_t length = 0;
	answer[0] = '\0';
	while (length + 1 < answer_bytes && !find_attributes(answer) && !*interrupt_flag()) {
		struct pollfd ready = {.fd = tty, .events = POLLIN};
		const int64_t left = end - now_ms();
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			return;
		const ssize_t count = read(tty, answer + length, answer_bytes - 1 - length);
		if (count <= 0)
			return;
		for (ssize_t i = 0; i < count; i++)
			if (answer[length + (size_t)i] == '\0')
				answer[length + (size_t)i] = '?';
		length += (size_t)count;
		answer[length] = '\0';
	}
}

/* Asks if kitty's graphics are understood, and for the primary device attributes (DA1), which every terminal answers, in this
 * order. What stops the program must not leave a terminal without echo: such signals wait until it has its own ways again. */
static void ask(int tty, char *answer, size_t answer_bytes)
{
	static const char question[] = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\\033[c";
	struct termios before, silent;
	sigset_t stops, mask;
	answer[0] = '\0';
	if (tcgetpgrp(tty) != getpgrp() || tcgetattr(tty, &before) != 0)
		return;
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTOU);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGQUIT);
	sigprocmask(SIG_BLOCK, &stops, &mask);
	silent = before;
	silent.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	silent.c_cc[VMIN] = 0;
	silent.c_cc[VTIME] = 0;
	if (tcsetattr(tty, TCSANOW, &silent) == 0) {
		if (write(tty, question, sizeof question - 1) == (ssize_t)(sizeof question - 1))
			read_answer(tty, answer, answer_bytes);
		/* A late answer would be typed at the shell's prompt. Flushing waits for a terminal that was halted, and a signal ends that. */
		if (tcsetattr(tty, find_attributes(answer) ? TCSANOW : TCSAFLUSH, &before) != 0)
			tcsetattr(tty, TCSANOW, &before);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static bool has_attribute(const char *attributes, int wanted)
{
	while (*attributes != 'c') {
		char *end;
		if (strtol(attributes, &end, 10) == wanted)
			return true;
		if (end == attributes)
			return false;
		attributes = end + (*end == ';');
	}
	return false;
}

static bool environment_is(const char *name, const char *value)
{
	const char *now = getenv(name);
	return now && strcasecmp(now, value) == 0;
}

static enum screen_kind find_out(void)
{
	const char *term = getenv("TERM");
	char answer[512];
	if (!isatty(STDOUT_FILENO) || !term || strcmp(term, "dumb") == 0 || strcmp(term, "linux") == 0)
		return SCREEN_DUMB;
	/* Within tmux and screen the terminal outside does not see it. */
	const bool wrapped = getenv("TMUX") || strncmp(term, "screen", 6) == 0 || strncmp(term, "tmux", 4) == 0;
	if (!wrapped && (environment_is("TERM", "xterm-kitty") || environment_is("TERM", "xterm-ghostty") ||
			 environment_is("TERM_PROGRAM", "WezTerm") || environment_is("TERM_PROGRAM", "ghostty")))
		return SCREEN_KITTY;
	const int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return SCREEN_DUMB;
	ask(tty, answer, sizeof answer);
	close(tty);
	const char *attributes = find_attributes(answer);
	if (!wrapped && strstr(answer, "\033_Gi=31;OK"))
		return SCREEN_KITTY;
	return attributes && has_attribute(attributes, 4) ? SCREEN_SIXEL : SCREEN_DUMB;
}

static unsigned within(unsigned value, unsigned least, unsigned most)
{
	return value < least ? least : value > most ? most : value;
}

/* A line stays free for the prompt, so that the title is still seen. */
static void fit(bool characters, struct picture *picture)
{
	struct winsize size = {0};
	const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 1;
	if (characters) {
		if (!picture->width)
			picture->width = known ? within(size.ws_col, COLUMNS_LEAST, COLUMNS_MOST) : 80;
		if (!picture->height)
			picture->height = known ? within(size.ws_row - 1u, LINES_LEAST, LINES_MOST) : 24;
		return;
	}
	if (picture->width && picture->height)
		return;
	const unsigned wide = known && size.ws_xpixel ? within(size.ws_xpixel, 320, PIXELS_WIDE) : PIXELS_TOLD_NOTHING;
	const unsigned line = known ? (unsigned)size.ws_ypixel / size.ws_row : 0;
	const unsigned high = line ? within(size.ws_ypixel - 2 * line, 240, 4 * PIXELS_WIDE) : 4 * PIXELS_WIDE;
	picture_fit(picture, wide, high);
}

enum screen_kind screen_prepare(enum screen_kind kind, struct picture *picture)
{
	if (kind == SCREEN_FOUND_OUT)
		kind = find_out();
	picture->terminal = kind == SCREEN_DUMB ? "dumb" : kind == SCREEN_SIXEL ? "sixelgd" : "pngcairo";
	picture->colours = has_colours(stdout);
	fit(kind == SCREEN_DUMB, picture);
	return kind;
}

/* The colour for a terminal: its own one for text instead of black and dark grey, which a dark one does not show, and instead
 * of white; the nearest of its sixteen where it has no more. */
static void write_colour(unsigned red, unsigned green, unsigned blue, FILE *out)
{
	static const struct {
		unsigned red, green, blue, code;
	} known[] = {{0x00, 0x72, 0xb2, 94}, {0x00, 0x9e, 0x73, 32}, {0xe6, 0x9f, 0x00, 33},
		     {0xd5, 0x5e, 0x00, 31}, {0xcc, 0x79, 0xa7, 35}, {0x56, 0xb4, 0xe9, 36}};
	const unsigned most = red > green ? (red > blue ? red : blue) : (green > blue ? green : blue);
	const unsigned least = red < green ? (red < blue ? red : blue) : (green < blue ? green : blue);
	const char *depth = getenv("COLORTERM");
	unsigned code = 39, nearest = UINT_MAX;
	if (most - least < 32) {
		code = most > 0x68 && most < 0xf0 ? 90 : 39;
	} else if (depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0)) {
		fprintf(out, "\033[38;2;%u;%u;%um", red, green, blue);
		return;
	} else {
		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
			const unsigned r = known[i].red - red, g = known[i].green - green, b = known[i].blue - blue;
			const unsigned distance = r * r + g * g + b * b; /* unsigned: a difference below 0 has the same square */
			if (distance < nearest) {
				nearest = distance;
				code = known[i].code;
			}
		}
	}
	fprintf(out, "\033[%um", code);
}

/* A number up to 255, and `end` behind it. */
static bool take_byte(const char **at, char end, unsigned *value)
{
	char *behind;
	const unsigned long number = isdigit((unsigned char)**at) ? strtoul(*at, &behind, 10) : 256;
	if (number > 255 || *behind != end)
		return false;
	*value = (unsigned)number;
	*at = behind + 1;
	return true;
}

/* If a colour of gnuplot's "ansirgb" begins at `text`, writes ours and returns what stands behind it. */
static const char *take_colour(const char *text, FILE *out)
{
	static const char begin[] = "\033[38;2;";
	unsigned red, green, blue;
	const char *at = text + sizeof begin - 1;
	if (strncmp(text, begin, sizeof begin - 1) != 0 || !take_byte(&at, ';', &red) || !take_byte(&at, ';', &green) ||
	    !take_byte(&at, 'm', &blue))
		return NULL;
	write_colour(red, green, blue, out);
	return at;
}

/* Without gnuplot's form feeds, and blanks at ends of lines. */
static void write_characters(const char *text, FILE *out)
{
	size_t blanks = 0;
	for (; *text; text++) {
		if (*text == '\f' || *text == '\r')
			continue;
		if (*text == ' ') {
			blanks++;
			continue;
		}
		for (; blanks > 0 && *text != '\n'; blanks--)
			fputc(' ', out);
		blanks = 0;
		const char *behind = *text == '\033' ? take_colour(text, out) : NULL;
		if (behind)
			text = behind - 1;
		else
			fputc(*text, out);
	}
}

static char base64_digit(unsigned value)
{
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[value & 63];
}

static void write_base64(const unsigned char *bytes, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i += 3) {
		const unsigned more = i + 1 < count ? bytes[i + 1] : 0, most = i + 2 < count ? bytes[i + 2] : 0;
		const unsigned value = (unsigned)bytes[i] << 16 | more << 8 | most;
		fputc(base64_digit(value >> 18), out);
		fputc(base64_digit(value >> 12), out);
		fputc(i + 1 < count ? base64_digit(value >> 6) : '=', out);
		fputc(i + 2 < count ? base64_digit(value) : '=', out);
	}
}

/* https://sw.kovidgoyal.net/kitty/graphics-protocol/: a=T shows at once, f=100 is PNG, m=1 says that more follows, q=2 asks for
 * no answer. */
static void write_kitty(const char *png, size_t bytes, FILE *out)
{
	const size_t step = KITTY_CHUNK / 4 * 3;
	for (size_t at = 0; at < bytes; at += step) {
		const size_t count = bytes - at < step ? bytes - at : step;
		fprintf(out, "\033_G%sm=%d;", at == 0 ? "a=T,f=100,q=2," : "", at + count < bytes);
		write_base64((const unsigned char *)png + at, count, out);
		fputs("\033\\", out);
	}
	fputc('\n', out);
}

enum status screen_draw(enum screen_kind kind, const struct picture *picture, struct reader *reader, char *message)
{
	char *text;
	size_t bytes;
	const enum status status = picture_text(picture, reader, &text, &bytes, message);
	if (status != STATUS_OK)
		return status;
	if (kind == SCREEN_DUMB)
		write_characters(text, stdout);
	else if (kind == SCREEN_KITTY)
		write_kitty(text, bytes, stdout);
	else
		fwrite(text, 1, bytes, stdout);
	free(text);
	if (kind == SCREEN_SIXEL)
		fputc('\n', stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_OK;
	snprintf(message, PICTURE_MESSAGE_MAX, "standard output: cannot be written: %s", strerror(errno));
	return STATUS_IO;
}
