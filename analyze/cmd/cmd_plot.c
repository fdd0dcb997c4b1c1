#include "analyze/cmd/command.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/picture.h"
#include "analyze/cmd/terminal.h"
#include "analyze/engine/facts.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_plot = {
	.name = "plot",
	.summary = "draw a chart of a database with gnuplot",
	.run = run,
	.help = "usage: wiretape plot DB CHART [--flow N] [-o FILE.png|FILE.svg]\n"
		"       wiretape plot [--list]\n"
		"\n"
		"Draws CHART from the database DB, which `wiretape analyze` made.\n"
		"\n"
		"  -o, --output FILE    the picture, PNG or SVG by its name [CHART.png]; for\n"
		"                       --data and --script, instead of standard output\n"
		"  -f, --flow N         one flow, by its id in the table flows\n"
		"      --direction D    c2s or s2c, for charts of one flow\n"
		"      --capture N      one capture, by its id in the table captures\n"
		"      --data           print the chart's data, draw nothing\n"
		"      --script         print the chart's gnuplot script, draw nothing\n"
		"  -l, --list           list the charts\n"
		"  -h, --help\n",
};

enum output_kind { OUTPUT_PICTURE, OUTPUT_DATA, OUTPUT_SCRIPT };

struct options {
	const char *database, *chart, *output;
	const char *direction; /* NULL: the chart's choice */
	uint64_t flow, capture; /* 0: all */
	enum output_kind kind;
	bool list, help;
};

static bool parse_options(int argc, char **argv, struct options *options, int *exit_status)
{
	static const struct option names[] = {
		{"output", required_argument, NULL, 'o'}, {"flow", required_argument, NULL, 'f'},
		{"direction", required_argument, NULL, 'D'}, {"capture", required_argument, NULL, 'C'},
		{"data", no_argument, NULL, 'd'}, {"script", no_argument, NULL, 's'},
		{"list", no_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	*exit_status = EXIT_USAGE;
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":o:f:lh", names, NULL)) != -1) {
		bool valid = true;
		switch (letter) {
		case 'o':
			options->output = optarg;
			break;
		case 'f':
			valid = parse_count("--flow", optarg, 1, INT64_MAX, &options->flow);
			break;
		case 'D':
			options->direction = optarg;
			valid = strcmp(optarg, "c2s") == 0 || strcmp(optarg, "s2c") == 0;
			if (!valid)
				complain("--direction %s: must be c2s (client to server) or s2c", optarg);
			break;
		case 'C':
			valid = parse_count("--capture", optarg, 1, INT64_MAX, &options->capture);
			break;
		case 'd':
			options->kind = OUTPUT_DATA;
			break;
		case 's':
			options->kind = OUTPUT_SCRIPT;
			break;
		case 'l':
			options->list = true;
			break;
		case 'h':
			options->help = true;
			break;
		default:
			complain_option(&command_plot, letter, argc, argv);
			valid = false;
		}
		if (!valid)
			return false;
	}
	options->database = optind < argc ? argv[optind] : NULL;
	options->chart = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (optind + 2 < argc) {
		complain_usage(&command_plot, "plot: %s: one chart at a time", argv[optind + 2]);
		return false;
	}
	*exit_status = EXIT_DONE;
	return true;
}

static void print_chart(void *user, const struct chart *chart)
{
	(void)user;
	char *about = sql_comment_value(chart->sql, "about");
	printf("  %-16.*s %s%s\n", (int)chart->name_length, chart->name, about ? about : "",
	       chart_needs_flow(chart) ? " (--flow)" : "");
	free(about);
}

static const char *terminal_name(const char *output)
{
	const char *dot = output ? strrchr(output, '.') : NULL;
	if (dot && strcasecmp(dot, ".png") == 0)
		return "pngcairo";
	return dot && strcasecmp(dot, ".svg") == 0 ? "svg" : NULL;
}

static int exit_status_of(enum status status)
{
	if (status == STATUS_INTERRUPTED)
		return EXIT_SIGNAL + (*interrupt_flag() ? *interrupt_flag() : SIGTERM);
	return status == STATUS_OK ? EXIT_DONE : EXIT_FAILED;
}

/* Prints data or script. */
static enum status print(const struct picture *picture, const struct options *options, struct reader *reader, char *message)
{
	FILE *file = options->output ? fopen(options->output, "we") : stdout;
	enum status status = STATUS_IO;
	if (file && options->kind == OUTPUT_DATA)
		status = picture_data(picture, reader, file, message);
	else if (file)
		status = picture_script(picture, reader, "data.tsv", "chart.png", file, message);
	bool written = file && fflush(file) == 0 && !ferror(file);
	if (options->output && file)
		written = fclose(file) == 0 && written;
	if (!written && (status == STATUS_OK || !file)) {
		snprintf(message, PICTURE_MESSAGE_MAX, "%s: cannot be written: %s", options->output ? options->output : "standard output",
			 strerror(errno));
		status = STATUS_IO;
	}
	return status;
}

static int plot(const struct picture *picture, const struct options *options, struct reader *reader)
{
	char message[PICTURE_MESSAGE_MAX];
	const enum status status = options->kind == OUTPUT_PICTURE ? picture_draw(picture, reader, options->output, message)
								   : print(picture, options, reader, message);
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		complain("%s", message);
	if (status == STATUS_OK && options->kind == OUTPUT_PICTURE && isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", options->output);
	return exit_status_of(status);
}

static int run(int argc, char **argv)
{
	struct options options = {.kind = OUTPUT_PICTURE};
	struct chart chart;
	char output[128];
	int exit_status;
	if (!parse_options(argc, argv, &options, &exit_status))
		return exit_status;
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
		complain("plot: %s: no such chart: `wiretape plot` lists them", options.chart);
		return EXIT_USAGE;
	}
	if (chart_needs_flow(&chart) && !options.flow) {
		complain("plot: chart %s is about one flow, and needs --flow N: `wiretape query %s` finds flows", options.chart,
			 options.database);
		return EXIT_USAGE;
	}
	if (!options.output && options.kind == OUTPUT_PICTURE) {
		snprintf(output, sizeof output, "%.100s.png", options.chart);
		options.output = output;
	}
	if (options.kind == OUTPUT_PICTURE && !terminal_name(options.output)) {
		complain("-o %s: the name must end in .png or .svg", options.output);
		return EXIT_USAGE;
	}
	interrupt_catch();
	struct reader *reader = reader_new();
	exit_status = EXIT_FAILED;
	if (!reader || reader_open(reader, options.database) != STATUS_OK) {
		complain("%s", reader ? reader_error(reader) : "out of memory");
	} else {
		reader_interrupt_on(reader, interrupt_flag());
		const struct picture picture = {
			.chart = chart,
			.database = options.database,
			.flow = (int64_t)options.flow,
			.capture = (int64_t)options.capture,
			.direction = options.direction,
			.from_ns = NO_TIME,
			.to_ns = NO_TIME,
			.terminal = terminal_name(options.output),
		};
		exit_status = plot(&picture, &options, reader);
	}
	reader_free(reader);
	return exit_status;
}
