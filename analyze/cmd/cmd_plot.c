#include "analyze/cmd/chart.h"
#include "analyze/cmd/command.h"
#include "analyze/cmd/csv.h"
#include "analyze/cmd/gnuplot.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/terminal.h"

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

/* What a picture takes: a folder of its own for what gnuplot reads. */
struct workplace {
	char folder[512], data[544], script[544], errors[544];
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

static bool make_workplace(struct workplace *place)
{
	const char *base = getenv("TMPDIR");
	const int length = snprintf(place->folder, sizeof place->folder, "%s/wiretape-plot-XXXXXX",
				    base && base[0] ? base : "/tmp");
	if (length >= (int)sizeof place->folder || !mkdtemp(place->folder)) {
		complain("%s: no temporary folder can be made: %s", place->folder, strerror(errno));
		place->folder[0] = '\0';
		return false;
	}
	snprintf(place->data, sizeof place->data, "%s/data.tsv", place->folder);
	snprintf(place->script, sizeof place->script, "%s/script.gp", place->folder);
	snprintf(place->errors, sizeof place->errors, "%s/errors", place->folder);
	return true;
}

static void remove_workplace(const struct workplace *place)
{
	if (!place->folder[0])
		return;
	unlink(place->data);
	unlink(place->script);
	unlink(place->errors);
	rmdir(place->folder);
}

static bool write_script(const char *path, const struct chart *chart, const char *title, const char *data,
			 const char *output, const char *terminal)
{
	FILE *file = path ? fopen(path, "we") : stdout;
	if (!file) {
		complain("%s: cannot be written: %s", path, strerror(errno));
		return false;
	}
	gnuplot_assign(file, "data", data);
	gnuplot_assign(file, "out", output);
	gnuplot_assign(file, "term", terminal);
	gnuplot_assign(file, "chart_title", title);
	fputs(chart->script, file);
	bool written = fflush(file) == 0 && !ferror(file);
	if (path)
		written = fclose(file) == 0 && written;
	if (!written)
		complain("%s: cannot be written: %s", path ? path : "standard output", strerror(errno));
	return written;
}

/* The chart's title and what was chosen; free it. NULL after a complaint. */
static char *make_title(const struct chart *chart, const struct options *options, struct reader *reader)
{
	char *title = NULL, *flow_text = NULL, *chart_title = sql_comment_value(chart->sql, "title");
	size_t flow_bytes = 0;
	char chosen[512] = "";
	const char *base = strrchr(options->database, '/');
	base = base ? base + 1 : options->database;
	if (options->flow) {
		char sql[512];
		snprintf(sql, sizeof sql,
			 "SELECT protocol || ' ' || CASE WHEN client_ip LIKE '%%:%%' THEN '[' || client_ip || ']' ELSE client_ip END"
			 " || ':' || client_port || ' > ' || CASE WHEN server_ip LIKE '%%:%%' THEN '[' || server_ip || ']'"
			 " ELSE server_ip END || ':' || server_port AS flow FROM flows WHERE id = %" PRIu64, options->flow);
		const struct table_options csv_table = {.format = TABLE_CSV};
		FILE *out = open_memstream(&flow_text, &flow_bytes);
		if (!out || reader_run(reader, sql, NULL, 0, &csv_table, out) != STATUS_OK) {
			complain("%s: %s", options->database, out ? reader_error(reader) : "out of memory");
			if (out)
				fclose(out);
			goto out;
		}
		fclose(out);
		struct csv csv = csv_start(flow_text);
		csv_next_row(&csv);
		if (!csv_next_row(&csv)) {
			complain("%s: there is no flow %" PRIu64 " in it: see `wiretape query %s 'SELECT * FROM flows_view'`",
				 options->database, options->flow, options->database);
			goto out;
		}
		snprintf(chosen, sizeof chosen, ", flow %" PRIu64 " (%s)", options->flow, csv_next_field(&csv));
	} else if (options->capture) {
		snprintf(chosen, sizeof chosen, ", capture %" PRIu64, options->capture);
	}
	if (asprintf(&title, "%s: %s%s", chart_title ? chart_title : options->chart, base, chosen) < 0)
		title = NULL;
out:
	free(flow_text);
	free(chart_title);
	return title;
}

static int write_data(const struct chart *chart, const struct options *options, struct reader *reader, const char *path)
{
	char flow[32] = "NULL", capture[32] = "NULL", direction[8] = "NULL";
	if (options->flow)
		snprintf(flow, sizeof flow, "%" PRIu64, options->flow);
	if (options->capture)
		snprintf(capture, sizeof capture, "%" PRIu64, options->capture);
	if (options->direction)
		snprintf(direction, sizeof direction, "'%.3s'", options->direction);
	const struct sql_literal literals[] = {{"flow", flow}, {"capture", capture}, {"direction", direction}};
	FILE *file = path ? fopen(path, "we") : stdout;
	uint64_t rows = 0;
	if (!file) {
		complain("%s: cannot be written: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	const enum status status = chart_write_data(chart, reader, literals, sizeof literals / sizeof literals[0], file, &rows);
	bool written = fflush(file) == 0 && !ferror(file);
	if (path)
		written = fclose(file) == 0 && written;
	if (status == STATUS_INTERRUPTED)
		return EXIT_SIGNAL + *interrupt_flag();
	if (status != STATUS_OK)
		complain("%s: chart %s: %s", options->database, options->chart,
			 reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	else if (!written)
		complain("%s: cannot be written: %s", path ? path : "standard output", strerror(errno));
	else if (rows == 0)
		complain("%s: nothing to draw: chart %s has no data%s", options->database, options->chart,
			 options->flow ? " for this flow (small flows have no timeline: see wiretape analyze "
					 "--flow-timeline-packets)"
				       : "");
	return status == STATUS_OK && written && rows > 0 ? EXIT_DONE : EXIT_FAILED;
}

static int draw(const struct chart *chart, const struct options *options, const struct workplace *place,
		struct reader *reader, const char *title)
{
	char *temporary = NULL, message[512];
	int exit_status = write_data(chart, options, reader, place->data);
	if (exit_status != EXIT_DONE)
		return exit_status;
	exit_status = EXIT_FAILED;
	if (asprintf(&temporary, "%s.tmp-%ld", options->output, (long)getpid()) < 0) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	FILE *file = fopen(temporary, "we"); /* gnuplot says less clearly that it cannot write */
	if (!file || fclose(file) != 0) {
		complain("%s: cannot be written: %s", options->output, strerror(errno));
		goto out;
	}
	if (!write_script(place->script, chart, title, place->data, temporary, terminal_name(options->output)))
		goto out;
	const enum status status = gnuplot_run(place->script, place->errors, message, sizeof message);
	if (status == STATUS_NOT_FOUND)
		complain("gnuplot is not installed: install it (gnuplot-nox), or print what it would draw with --data");
	else if (status == STATUS_INTERRUPTED)
		exit_status = EXIT_SIGNAL + (*interrupt_flag() ? *interrupt_flag() : SIGTERM);
	else if (status != STATUS_OK)
		complain("%s: gnuplot failed: %s", options->output, message[0] ? message : status_text(status));
	else if (rename(temporary, options->output) != 0)
		complain("%s: cannot be written: %s", options->output, message[0] ? message : strerror(errno));
	else
		exit_status = EXIT_DONE;
out:
	if (exit_status != EXIT_DONE)
		unlink(temporary);
	free(temporary);
	return exit_status;
}

static int plot(const struct chart *chart, const struct options *options, struct reader *reader)
{
	struct workplace place = {0};
	int exit_status = EXIT_FAILED;
	char *title = make_title(chart, options, reader);
	if (!title)
		return EXIT_FAILED;
	if (options->kind == OUTPUT_DATA)
		exit_status = write_data(chart, options, reader, options->output);
	else if (options->kind == OUTPUT_SCRIPT)
		exit_status = write_script(options->output, chart, title, "data.tsv", "chart.png", "pngcairo") ? EXIT_DONE
														: EXIT_FAILED;
	else if (make_workplace(&place))
		exit_status = draw(chart, options, &place, reader, title);
	remove_workplace(&place);
	free(title);
	if (exit_status == EXIT_DONE && options->kind == OUTPUT_PICTURE && isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", options->output);
	return exit_status;
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
		exit_status = plot(&chart, &options, reader);
	}
	reader_free(reader);
	return exit_status;
}
