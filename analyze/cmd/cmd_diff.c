#include "analyze/cmd/command.h"
#include "analyze/cmd/difference.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/terminal.h"
#include "analyze/cmd/wrap.h"
#include "store/json.h"
#include "store/table.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_diff = {
	.name = "diff",
	.summary = "compare two databases: what got worse, and is it more than noise?",
	.run = run,
	.help = "usage: wiretape diff BEFORE.db AFTER.db [OPTION]...\n"
		"\n"
		"Compares two databases of `wiretape analyze`, a baseline and today: for the\n"
		"whole, each service and each peer the share of retransmissions, losses,\n"
		"reordering, resets, refused and unanswered connections, closed windows, the RTT,\n"
		"handshakes, response times, goodput, and what else the timeline has. Says what\n"
		"got worse and what better: where the difference is more than chance (one false\n"
		"alarm in twenty of them is allowed for) and large enough to matter.\n"
		"\n"
		"      --all            also what did not change\n"
		"      --exit-code      exit status 1 if something got worse\n"
		"      --csv, --json    for scripts\n"
		"  -h, --help\n"
		"\n"
		"Exit status 0; 1 if a database could not be read, too.\n",
};

enum { OPTION_ALL = 256, OPTION_EXIT_CODE, OPTION_CSV, OPTION_JSON };

struct options {
	const char *before, *after;
	bool all, exit_code, csv, json, help;
};

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"all", no_argument, NULL, OPTION_ALL}, {"exit-code", no_argument, NULL, OPTION_EXIT_CODE},
		{"csv", no_argument, NULL, OPTION_CSV}, {"json", no_argument, NULL, OPTION_JSON},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":h", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_diff, letter, argc, argv);
			return false;
		}
		options->all |= letter == OPTION_ALL;
		options->exit_code |= letter == OPTION_EXIT_CODE;
		options->csv |= letter == OPTION_CSV;
		options->json |= letter == OPTION_JSON;
		options->help |= letter == 'h';
	}
	if (options->help)
		return true;
	options->before = argv[optind];
	if (optind + 2 != argc)
		complain_usage(&command_diff, "diff: which databases? Two are compared, the older one first");
	else if (options->csv && options->json)
		complain_usage(&command_diff, "diff: --csv or --json, not both");
	else
		options->after = argv[optind + 1];
	return options->after;
}

static const char *change_name(enum change change)
{
	return change == CHANGE_WORSE ? "worse" : change == CHANGE_BETTER ? "better" : "same";
}

static struct cell text_cell(const char *text)
{
	return (struct cell){.kind = CELL_TEXT, .bytes = text, .length = strlen(text)};
}

/* Three digits are more than such numbers are good for. */
static struct cell number_cell(double value)
{
	const double unit = value < 0 || value > 0 ? pow(10, floor(log10(fabs(value))) - 2) : 1;
	return (struct cell){.kind = CELL_REAL, .real = round(value / unit) * unit};
}

static bool print_rows(const struct differences *differences, const struct options *options)
{
	static const char *const names[] = {"change", "scope", "key", "measure", "before", "after", "unit", "factor", "p"};
	const struct table_options form = table_options_for(options->csv ? TABLE_CSV : TABLE_TEXT, stdout);
	struct table *table = table_new(&form, stdout);
	bool good = table && table_header(table, names, sizeof names / sizeof names[0]) == STATUS_OK;
	for (size_t i = 0; good && i < differences->count; i++) {
		const struct difference *row = &differences->rows[i];
		if (row->change == CHANGE_NONE && !options->all)
			break;
		const struct cell cells[] = {
			text_cell(change_name(row->change)), text_cell(row->scope), text_cell(row->key), text_cell(row->measure),
			number_cell(row->before), number_cell(row->after), text_cell(row->unit),
			row->before > 0 ? number_cell(row->after / row->before) : (struct cell){.kind = CELL_NULL}, number_cell(row->p),
		};
		good = table_row(table, cells) == STATUS_OK;
	}
	good = good && table_end(table) == STATUS_OK;
	table_free(table);
	return good;
}

static void print_lonely(const struct differences *differences, bool after)
{
	const size_t most = 10;
	size_t count = 0;
	for (size_t i = 0; i < differences->lonely_count; i++) {
		const struct lonely *lonely = &differences->lonely[i];
		if (lonely->after != after)
			continue;
		if (count++ == 0)
			printf("\nOnly %s:\n", after ? "after" : "before");
		if (count > most)
			continue;
		printf("  %s ", lonely->scope);
		put_text(stdout, lonely->key);
		printf(": %.0f packets\n", lonely->packets);
	}
	if (count > most)
		printf("  ... and %zu more: --json\n", count - most);
}

static bool print_text(const struct differences *differences, const struct options *options)
{
	bool good = true;
	if (options->csv)
		return print_rows(differences, options);
	if (differences->worse + differences->better > 0 || options->all)
		good = print_rows(differences, options);
	printf("%s%zu worse, %zu better, of %zu comparisons\n", differences->worse + differences->better > 0 || options->all ? "\n" : "",
	       differences->worse, differences->better, differences->count);
	if (differences->count == 0)
		fputs("Nothing could be compared: that needs at least 5 intervals with traffic of the same service or peer\n"
		      "on both sides. Analyze short captures with --interval 100ms.\n", stdout);
	print_lonely(differences, false);
	print_lonely(differences, true);
	return good;
}

static void put_lonely(struct json *json, const struct differences *differences, bool after)
{
	json_begin_array(json, after ? "only_after" : "only_before");
	for (size_t i = 0; i < differences->lonely_count; i++) {
		if (differences->lonely[i].after != after)
			continue;
		json_begin_object(json, NULL);
		json_text(json, "scope", differences->lonely[i].scope);
		json_text(json, "key", differences->lonely[i].key);
		json_integer(json, "packets", (int64_t)differences->lonely[i].packets);
		json_end(json);
	}
	json_end(json);
}

static bool print_json(const struct differences *differences, const struct options *options)
{
	struct json *json = json_new();
	if (!json)
		return false;
	json_begin_object(json, NULL);
	json_text(json, "before", options->before);
	json_text(json, "after", options->after);
	json_integer(json, "compared", (int64_t)differences->count);
	json_integer(json, "worse", (int64_t)differences->worse);
	json_integer(json, "better", (int64_t)differences->better);
	json_begin_array(json, "differences");
	for (size_t i = 0; i < differences->count; i++) {
		const struct difference *row = &differences->rows[i];
		if (row->change == CHANGE_NONE && !options->all)
			break;
		json_begin_object(json, NULL);
		json_text(json, "change", change_name(row->change));
		json_text(json, "scope", row->scope);
		json_text(json, "key", row->key);
		json_text(json, "measure", row->measure);
		json_real(json, "before", row->before);
		json_real(json, "after", row->after);
		json_text(json, "unit", row->unit);
		json_real(json, "p", row->p);
		json_integer(json, "before_intervals", (int64_t)row->before_intervals);
		json_integer(json, "after_intervals", (int64_t)row->after_intervals);
		json_end(json);
	}
	json_end(json);
	put_lonely(json, differences, false);
	put_lonely(json, differences, true);
	json_end(json);
	char *text = json_finish(json);
	if (text)
		fputs(text, stdout);
	const bool good = text;
	free(text);
	json_free(json);
	return good;
}

static int run(int argc, char **argv)
{
	struct options options = {0};
	struct differences differences = {0};
	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (options.help) {
		fputs(command_diff.help, stdout);
		return EXIT_DONE;
	}
	interrupt_catch();
	int exit_status = EXIT_FAILED;
	if (differences_find(&differences, options.before, options.after)) {
		const bool good = options.json ? print_json(&differences, &options) : print_text(&differences, &options);
		if (!good)
			complain("out of memory, or standard output can't be written");
		exit_status = good && !(options.exit_code && differences.worse) ? EXIT_DONE : EXIT_FAILED;
	}
	differences_free(&differences);
	return *interrupt_flag() ? EXIT_SIGNAL + *interrupt_flag() : exit_status;
}
