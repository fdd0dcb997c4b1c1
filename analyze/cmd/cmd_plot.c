#include "analyze/cmd/answer.h"
#include "analyze/cmd/command.h"
#include "analyze/cmd/flow_choice.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/moment.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/picture.h"
#include "analyze/cmd/screen.h"
#include "analyze/cmd/terminal.h"
#include "analyze/cmd/zone.h"
#include "analyze/engine/facts.h"
#include "store/nearest.h"
#include "store/target.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIXELS_LEAST 100
#define PIXELS_MOST 10000
#define CHARACTERS_LEAST 20
#define CHARACTERS_MOST 500
#define LIST_COLUMN 19 /* of the list of charts: where it says what they show */
#define LIST_WIDTH 80

static int run(int argc, char **argv);

const struct command command_plot = {
	.name = "plot",
	.summary = "draw a chart of a database with gnuplot",
	.run = run,
	.help = "usage: wiretape plot DB CHART [OPTION]... [-o FILE.png|FILE.svg|FILE.pdf]\n"
		"       wiretape plot DB CHART [OPTION]... --terminal|--data|--script\n"
		"       wiretape plot [--list]\n"
		"\n"
		"Draws CHART from the database DB, which `wiretape analyze` made.\n"
		"\n"
		"  -o, --output FILE    the picture, PNG, SVG or PDF by its name [CHART.png]; -\n"
		"                       is standard output; with --data and --script, the text\n"
		"      --format KIND    png, svg or pdf, whatever the name [for -: png]\n"
		"      --size WxH       pixels, of a terminal's text characters\n"
		"  -t, --terminal[=KIND]\n"
		"                       in the terminal: dumb (text), sixel, kitty (also WezTerm,\n"
		"                       Ghostty) [what the terminal says that it understands]\n"
		"      --data           print the chart's data, draw nothing\n"
		"      --script         print the chart's gnuplot script, draw nothing\n"
		"\n"
		"  -f, --flow N|A:PORT-B:PORT\n"
		"                       one flow, by its id or its two ends, in either order\n"
		"      --direction D    c2s or s2c, for charts of one flow\n"
		"      --capture N      one capture, by its id in the table captures\n"
		"      --against N|DB   what to compare with: another capture (its id) of the\n"
		"                       same database, beside --capture, or another database\n"
		"      --from T, --to T a part: 2026-11-21T10:32:00Z, 10:32:15 (of the last day),\n"
		"                       -10m (before the end), 1795257120 (seconds since 1970)\n"
		"      --tz ZONE        wall-clock time of Europe/Berlin, ..., or local, in the\n"
		"                       chart and for times above without Z [UTC]\n"
		"  -l, --list           list the charts\n"
		"  -h, --help\n",
};

enum output_kind { OUTPUT_PICTURE, OUTPUT_DATA, OUTPUT_SCRIPT, OUTPUT_SCREEN };

enum { OPTION_DIRECTION = 256, OPTION_CAPTURE, OPTION_DATA, OPTION_SCRIPT, OPTION_AGAINST, OPTION_FROM, OPTION_TO, OPTION_ZONE,
       OPTION_FORMAT, OPTION_SIZE };

struct options {
	const char *database, *chart, *output, *format;
	const char *direction; /* NULL: the chart's choice */
	const char *against;
	const char *zone;
	struct flow_choice flow;
	struct period period;
	uint64_t capture, other_capture; /* 0: all */
	unsigned width, height;		 /* 0: the chart's */
	enum output_kind kind;
	enum screen_kind screen;
	bool list, help;
};

static const struct format {
	const char *name, *terminal;
} formats[] = {{"png", "pngcairo"}, {"svg", "svg"}, {"pdf", "pdfcairo"}};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; name && i < sizeof formats / sizeof formats[0]; i++)
		if (strcasecmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* "800x480" */
static bool parse_size(const char *text, struct options *options)
{
	char *end = NULL;
	const unsigned long width = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;
	const unsigned long height = end && (*end == 'x' || *end == 'X') && isdigit((unsigned char)end[1]) ? strtoul(end + 1, &end, 10) : 0;
	if (!end || *end || width < CHARACTERS_LEAST || width > PIXELS_MOST || height < 8 || height > PIXELS_MOST) {
		complain("--size %s: must be WIDTHxHEIGHT, such as 800x480, up to %d each", text, PIXELS_MOST);
		return false;
	}
	options->width = (unsigned)width;
	options->height = (unsigned)height;
	return true;
}

/* A number is a capture, anything else a database. */
static bool parse_against(const char *text, struct options *options)
{
	options->against = text;
	return text[strspn(text, "0123456789")] || parse_count("--against", text, 1, INT64_MAX, &options->other_capture);
}

static bool set_kind(enum output_kind kind, struct options *options)
{
	if (options->kind != OUTPUT_PICTURE && options->kind != kind)
		complain("plot: --data, --script or --terminal: one at a time");
	const bool first = options->kind == OUTPUT_PICTURE || options->kind == kind;
	options->kind = kind;
	return first;
}

static bool take_option(int letter, struct options *options)
{
	switch (letter) {
	case 'o':
		options->output = optarg;
		return true;
	case 'f':
		return parse_flow("--flow", optarg, &options->flow);
	case 't':
		return set_kind(OUTPUT_SCREEN, options) && parse_screen("--terminal", optarg, &options->screen);
	case OPTION_DIRECTION:
		options->direction = optarg;
		if (strcmp(optarg, "c2s") == 0 || strcmp(optarg, "s2c") == 0)
			return true;
		complain("--direction %s: must be c2s (client to server) or s2c", optarg);
		return false;
	case OPTION_CAPTURE:
		return parse_count("--capture", optarg, 1, INT64_MAX, &options->capture);
	case OPTION_AGAINST:
		return parse_against(optarg, options);
	case OPTION_FROM:
		return parse_from(optarg, &options->period);
	case OPTION_TO:
		return parse_to(optarg, &options->period);
	case OPTION_ZONE:
		return parse_zone("--tz", optarg, &options->zone);
	case OPTION_FORMAT:
		options->format = optarg;
		if (find_format(optarg))
			return true;
		complain("--format %s: must be png, svg or pdf", optarg);
		return false;
	case OPTION_SIZE:
		return parse_size(optarg, options);
	default:
		return set_kind(letter == OPTION_DATA ? OUTPUT_DATA : OUTPUT_SCRIPT, options);
	}
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"output", required_argument, NULL, 'o'}, {"flow", required_argument, NULL, 'f'},
		{"direction", required_argument, NULL, OPTION_DIRECTION}, {"capture", required_argument, NULL, OPTION_CAPTURE},
		{"against", required_argument, NULL, OPTION_AGAINST}, {"from", required_argument, NULL, OPTION_FROM},
		{"to", required_argument, NULL, OPTION_TO}, {"tz", required_argument, NULL, OPTION_ZONE},
		{"format", required_argument, NULL, OPTION_FORMAT}, {"size", required_argument, NULL, OPTION_SIZE},
		{"terminal", optional_argument, NULL, 't'}, {"data", no_argument, NULL, OPTION_DATA},
		{"script", no_argument, NULL, OPTION_SCRIPT}, {"list", no_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":o:f:tlh", names, NULL)) != -1) {
		options->list |= letter == 'l';
		options->help |= letter == 'h';
		if (letter == '?' || letter == ':') {
			complain_option(&command_plot, letter, argc, argv);
			return false;
		}
		if (letter != 'l' && letter != 'h' && !take_option(letter, options))
			return false;
	}
	options->database = optind < argc ? argv[optind] : NULL;
	options->chart = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (optind + 2 >= argc)
		return true;
	complain_usage(&command_plot, "plot: %s: one chart at a time%s", argv[optind + 2],
		       options->kind == OUTPUT_SCREEN ? "; a kind of terminal is given as in --terminal=dumb" : "");
	return false;
}

/* Words from LIST_COLUMN on: on a terminal in lines of its width, elsewhere in one. */
static void print_words(const char *text, bool wrapped)
{
	size_t column = LIST_COLUMN;
	while (*text) {
		const size_t length = strcspn(text, " ");
		if (wrapped && column > LIST_COLUMN && column + 1 + length > LIST_WIDTH) {
			printf("\n%*s", LIST_COLUMN, "");
			column = LIST_COLUMN;
		} else if (column > LIST_COLUMN) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, length, stdout);
		column += length;
		text += length + strspn(text + length, " ");
	}
	putchar('\n');
}

static void print_chart(void *user, const struct chart *chart)
{
	(void)user;
	char *about = sql_comment_value(chart->sql, "about"), *text = NULL;
	const char *needs = chart_needs(chart, "flow") ? " (--flow)" : chart_needs(chart, "against") ? " (--against)" : "";
	if (asprintf(&text, "%s%s", about ? about : "", needs) >= 0) {
		printf("  %-*.*s ", LIST_COLUMN - 3, (int)chart->name_length, chart->name);
		print_words(text, isatty(STDOUT_FILENO));
		free(text);
	}
	free(about);
}

/* What fits together, before anything is opened. */
static bool check_options(const struct options *options, const struct chart *chart)
{
	const char *dot = options->output ? strrchr(options->output, '.') : NULL;
	const bool to_stdout = options->output && strcmp(options->output, "-") == 0;
	const unsigned width = options->width, height = options->height;
	if (chart_needs(chart, "flow") && !options->flow.text)
		complain("plot: chart %s is about one flow, and needs --flow N: `wiretape query %s` finds flows", options->chart,
			 options->database);
	else if (chart_needs(chart, "against") && !options->against)
		complain("plot: chart %s compares, and needs --against: another capture's id, or another database", options->chart);
	else if (options->against && !chart_needs(chart, "against"))
		complain("--against %s: chart %s compares nothing", options->against, options->chart);
	else if (options->flow.text && !chart_asks(chart, "flow"))
		complain("--flow %s: chart %s is not about single flows", options->flow.text, options->chart);
	else if (options->direction && !chart_asks(chart, "direction"))
		complain("--direction %s: chart %s does not tell directions apart", options->direction, options->chart);
	else if (options->other_capture && !options->capture)
		complain("--against %s: with which one is capture %s compared? --capture N; a database of this name is ./%s",
			 options->against, options->against, options->against);
	else if (options->kind == OUTPUT_SCREEN && options->output)
		complain("-o %s: --terminal draws to standard output", options->output);
	else if (options->kind == OUTPUT_SCREEN && options->format)
		complain("--format %s: a terminal has its own formats: --terminal=dumb, sixel or kitty", options->format);
	else if (options->kind == OUTPUT_PICTURE && !to_stdout && !options->format && options->output && !(dot && find_format(dot + 1)))
		complain("-o %s: the name must end in .png or .svg or .pdf; or give --format", options->output);
	else if (options->kind == OUTPUT_PICTURE && to_stdout && isatty(STDOUT_FILENO))
		complain("-o -: standard output is a terminal: --terminal draws there");
	else if (width && options->kind == OUTPUT_SCREEN && options->screen == SCREEN_DUMB &&
		 (width > CHARACTERS_MOST || height > CHARACTERS_MOST))
		complain("--size %ux%u: characters of a terminal, up to %d", width, height, CHARACTERS_MOST);
	else if (width && options->kind != OUTPUT_SCREEN && (width < PIXELS_LEAST || height < PIXELS_LEAST))
		complain("--size %ux%u: must be at least %d pixels each", width, height, PIXELS_LEAST);
	else
		return true;
	return false;
}

static int exit_status_of(enum status status)
{
	if (status == STATUS_INTERRUPTED)
		return EXIT_SIGNAL + (*interrupt_flag() ? *interrupt_flag() : SIGTERM);
	return status == STATUS_OK ? EXIT_DONE : EXIT_FAILED;
}

/* Writes data, script or picture to `file`. */
static enum status write_to(FILE *file, const struct picture *picture, const struct options *options, struct reader *reader, char *message)
{
	char name[16];
	const char *format = options->format;
	if (options->kind == OUTPUT_DATA)
		return picture_data(picture, reader, file, message);
	if (options->kind == OUTPUT_PICTURE)
		return picture_write(picture, reader, file, message);
	snprintf(name, sizeof name, "chart.%s", format ? find_format(format)->name : "png");
	return picture_script(picture, reader, "data.tsv", name, file, message);
}

static enum status unwritten(const char *output, char *message)
{
	snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", output, strerror(errno));
	return STATUS_IO;
}

/* Data or script, into a file that appears when it is whole; or into a pipe or a device. */
static enum status write_file(const struct picture *picture, const struct options *options, struct reader *reader, char *message)
{
	struct stat info;
	char *temporary = NULL;
	const char *output = options->output;
	const bool direct = stat(output, &info) == 0 && !S_ISREG(info.st_mode);
	FILE *file = direct || target_reserve(output, &temporary) == STATUS_OK ? fopen(direct ? output : temporary, "we") : NULL;
	enum status status = file ? write_to(file, picture, options, reader, message) : STATUS_IO;
	const bool written = file && fflush(file) == 0 && !ferror(file);
	if (!file || ((fclose(file) != 0 || !written) && status == STATUS_OK) ||
	    (status == STATUS_OK && temporary && target_commit(temporary, output, true) != STATUS_OK))
		status = unwritten(output, message);
	if (status != STATUS_OK && temporary)
		unlink(temporary);
	free(temporary);
	return status;
}

/* Prints data or script; or a picture, to standard output. */
static enum status print(const struct picture *picture, const struct options *options, struct reader *reader, char *message)
{
	if (options->output && strcmp(options->output, "-") != 0)
		return write_file(picture, options, reader, message);
	const enum status status = write_to(stdout, picture, options, reader, message);
	return (fflush(stdout) != 0 || ferror(stdout)) && status == STATUS_OK ? unwritten("standard output", message) : status;
}

static bool is_input(const char *output, const struct options *options)
{
	if (!target_is(output, options->database) && (!options->against || !target_is(output, options->against)))
		return false;
	complain("-o %s: is the database that is drawn: name another file", output);
	return true;
}

static const char *terminal_of(const struct options *options)
{
	const char *dot = options->output ? strrchr(options->output, '.') : NULL;
	const struct format *format = find_format(options->format ? options->format : dot ? dot + 1 : NULL);
	return format ? format->terminal : formats[0].terminal;
}

static int plot(struct picture *picture, const struct options *options, struct reader *reader)
{
	char message[PICTURE_MESSAGE_MAX] = "", name[128];
	enum status status;
	snprintf(name, sizeof name, "%.100s.%s", options->chart, options->format ? find_format(options->format)->name : "png");
	const char *output = options->output || options->kind != OUTPUT_PICTURE ? options->output : name;
	if (output && is_input(output, options))
		return EXIT_FAILED;
	if (options->kind == OUTPUT_SCREEN) {
		const enum screen_kind kind = screen_prepare(options->screen, picture);
		status = screen_draw(kind, picture, reader, message);
	} else if (options->kind != OUTPUT_PICTURE || (options->output && strcmp(options->output, "-") == 0)) {
		status = print(picture, options, reader, message);
	} else {
		status = picture_draw(picture, reader, output, message);
		if (status == STATUS_OK && isatty(STDERR_FILENO))
			fprintf(stderr, "%s\n", output);
	}
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		complain("%s", message);
	return exit_status_of(status);
}

/* When the last packet of what is drawn came; NO_TIME if nothing says so. */
static enum status find_end(const struct options *options, int64_t flow, struct reader *reader, int64_t *end_ns)
{
	static const char sql[] = "SELECT max(last_ns) FROM captures WHERE (:capture = 0 OR id = :capture)"
				  " AND (:flow = 0 OR id = (SELECT capture_id FROM flows WHERE id = :flow))";
	char capture[24], number[24];
	struct answer answer;
	snprintf(capture, sizeof capture, "%" PRIu64, options->capture);
	snprintf(number, sizeof number, "%" PRId64, flow);
	const struct parameter parameters[] = {{"capture", capture}, {"flow", number}};
	const enum status status = answer_run(&answer, reader, sql, parameters, 2);
	const int64_t found_ns = answer_integer(&answer, 0, 0, 0);
	*end_ns = found_ns > 0 && found_ns < INT64_MAX - INT64_C(86400000000000) * 2 ? found_ns : NO_TIME; /* a database may say anything */
	answer_free(&answer);
	return status;
}

static bool resolve_period(const struct options *options, struct picture *picture, struct reader *reader)
{
	const struct period *period = &options->period;
	int64_t end_ns = NO_TIME;
	if (period_needs_end(period) && find_end(options, picture->flow, reader, &end_ns) != STATUS_OK)
		complain("%s: %s", options->database, reader_error(reader));
	else if (period_needs_end(period) && end_ns == NO_TIME)
		complain("%s: nothing to draw: it has no packets", options->database);
	else if (!period_resolve_in(period, options->zone, end_ns, &picture->from_ns, &picture->to_ns))
		complain("--from %s, --to %s: nothing lies between", period->from_text, period->to_text);
	else
		return true;
	return false;
}

static int plot_database(const struct options *options, const struct chart *chart, struct reader *reader)
{
	struct picture picture = {
		.chart = *chart,
		.database = options->database,
		.capture = (int64_t)options->capture,
		.against = (int64_t)options->other_capture,
		.other = options->against && !options->other_capture ? options->against : NULL,
		.direction = options->direction,
		.from_ns = NO_TIME,
		.to_ns = NO_TIME,
		.terminal = terminal_of(options),
		.width = options->width,
		.height = options->height,
		.time_zone = options->zone,
	};
	if (options->against && reader_attach(reader, picture.other ? picture.other : options->database) != STATUS_OK) {
		complain("--against %s: %s", options->against, reader_error(reader));
		return EXIT_FAILED;
	}
	const enum status status = flow_choose(&options->flow, reader, options->database, picture.capture, &picture.flow);
	if (status != STATUS_OK)
		return exit_status_of(status);
	return resolve_period(options, &picture, reader) ? plot(&picture, options, reader) : EXIT_FAILED;
}

static void offer_chart(void *nearest, const struct chart *chart)
{
	nearest_offer(nearest, chart->name, chart->name_length);
}

static void complain_unknown(const struct options *options)
{
	struct nearest nearest = nearest_to(options->chart);
	struct chart chart;
	chart_each(offer_chart, &nearest);
	if (chart_find(options->database, &chart))
		complain("plot: the database comes first: wiretape plot %s %s", options->chart, options->database);
	else
		complain("plot: %s: no such chart: `wiretape plot` lists them%s", options->chart, nearest.meant);
}

static int run(int argc, char **argv)
{
	struct options options = {.kind = OUTPUT_PICTURE};
	struct chart chart;
	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (options.help) {
		fputs(command_plot.help, stdout);
		return EXIT_DONE;
	}
	if (options.list || !options.database || !options.chart) {
		puts("Charts:");
		chart_each(print_chart, NULL);
		return EXIT_DONE;
	}
	if (!chart_find(options.chart, &chart)) {
		complain_unknown(&options);
		return EXIT_USAGE;
	}
	if (!check_options(&options, &chart))
		return EXIT_USAGE;
	interrupt_catch();
	int exit_status = EXIT_FAILED;
	struct reader *reader = reader_new();
	if (!reader || reader_open(reader, options.database) != STATUS_OK) {
		complain("%s", reader ? reader_error(reader) : "out of memory");
	} else {
		reader_interrupt_on(reader, interrupt_flag());
		exit_status = plot_database(&options, &chart, reader);
	}
	reader_free(reader);
	return exit_status;
}
