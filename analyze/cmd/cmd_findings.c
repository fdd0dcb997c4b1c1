#include "analyze/cmd/command.h"
#include "analyze/cmd/findings_text.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/terminal.h"
#include "store/findings.h"
#include "store/nearest.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_findings = {
	.name = "findings",
	.summary = "say what is wrong, and what shows it",
	.run = run,
	.help = "usage: wiretape findings DB [CODE...]\n"
		"       wiretape findings --list | --thresholds | --explain CODE\n"
		"\n"
		"Shows what wiretape analyze found wrong, the worst first, with the evidence, a\n"
		"display filter for Wireshark and the next step. CODE... shows only these. Where\n"
		"a threshold is set, or nobody looked yet, the findings are computed anew; the\n"
		"database is not changed.\n"
		"\n"
		"      --set NAME=VALUE     try another threshold; may be repeated\n"
		"      --severity LEAST     only findings that are at least so bad: critical,\n"
		"                           warning, note [note]\n"
		"      --capture N          only of this capture\n"
		"      --json               an object with all findings and their evidence\n"
		"      --exit-code          exit status 1 if there is a warning or worse,\n"
		"                           or not one packet to judge by\n"
		"  -l, --list               list all findings that are looked for\n"
		"      --thresholds         list all thresholds\n"
		"      --explain CODE       what a finding means, its thresholds and its SQL\n"
		"  -h, --help\n"
		"\n"
		"Each finding is an SQL file. Your own go to ~/.config/wiretape/findings, or to\n"
		"the folder that WIRETAPE_FINDINGS names; one with the name of a built-in one\n"
		"takes its place.\n",
};

enum { OPTION_SET = 256, OPTION_SEVERITY, OPTION_CAPTURE, OPTION_JSON, OPTION_EXIT_CODE, OPTION_THRESHOLDS, OPTION_EXPLAIN };

struct options {
	struct findings *findings;
	struct findings_choice choice;
	const char *database, *explain;
	bool set, json, exit_code, list, thresholds, help;
};

static bool severity_option(enum finding_severity *least)
{
	if (finding_severity_parse(optarg, least))
		return true;
	complain_usage(&command_findings, "--severity %s: not one of critical, warning, note", optarg);
	return false;
}

static bool capture_option(int64_t *capture)
{
	uint64_t number;
	if (!parse_count("--capture", optarg, 1, INT64_MAX, &number))
		return false;
	*capture = (int64_t)number;
	return true;
}

static bool take_option(int letter, struct options *options)
{
	switch (letter) {
	case OPTION_SET:
		options->set = true;
		return findings_option(&command_findings, options->findings, optarg);
	case OPTION_SEVERITY:
		return severity_option(&options->choice.least);
	case OPTION_CAPTURE:
		return capture_option(&options->choice.only);
	case OPTION_EXPLAIN:
		options->explain = optarg;
		return true;
	case OPTION_JSON:
		return options->json = true;
	case OPTION_EXIT_CODE:
		return options->exit_code = true;
	case OPTION_THRESHOLDS:
		return options->thresholds = true;
	case 'l':
		return options->list = true;
	case 'h':
		return options->help = true;
	}
	return false;
}

static bool known_code(const struct findings *findings, const char *database, const char *code)
{
	if (findings_find(findings, code))
		return true;
	struct nearest nearest = nearest_to(code);
	for (size_t i = 0; i < findings_count(findings); i++)
		nearest_offer(&nearest, findings_at(findings, i)->code, strlen(findings_at(findings, i)->code));
	if (findings_find(findings, database))
		complain_usage(&command_findings, "findings: the database comes first: wiretape findings %s %s", code, database);
	else
		complain_usage(&command_findings, "%s: no finding has this code: `wiretape findings --list` lists them%s", code,
			       nearest.meant);
	return false;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"set", required_argument, NULL, OPTION_SET}, {"severity", required_argument, NULL, OPTION_SEVERITY},
		{"capture", required_argument, NULL, OPTION_CAPTURE}, {"json", no_argument, NULL, OPTION_JSON},
		{"exit-code", no_argument, NULL, OPTION_EXIT_CODE}, {"list", no_argument, NULL, 'l'},
		{"thresholds", no_argument, NULL, OPTION_THRESHOLDS}, {"explain", required_argument, NULL, OPTION_EXPLAIN},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":lh", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_findings, letter, argc, argv);
			return false;
		}
		if (!take_option(letter, options))
			return false;
		if (options->help)
			return true;
	}
	if (options->explain)
		return known_code(options->findings, "", options->explain);
	if (options->list || options->thresholds)
		return true;
	if (optind == argc) {
		complain_usage(&command_findings, "findings: of which database? wiretape analyze makes one");
		return false;
	}
	options->database = argv[optind++];
	if (optind < argc)
		options->choice.codes = (const char *const *)argv + optind;
	for (int i = optind; i < argc; i++)
		if (!known_code(options->findings, options->database, argv[i]))
			return false;
	return true;
}

static void print_list(const struct findings *findings)
{
	for (size_t i = 0; i < findings_count(findings); i++) {
		const struct finding_file *file = findings_at(findings, i);
		printf("%-26s%-10s%s\n  %s\n", file->code, finding_severity_name(file->severity), file->layer, file->title);
	}
}

static void print_threshold(struct threshold threshold)
{
	printf("%s=%g %s", threshold.name, threshold.value, threshold.unit);
	if (threshold.value < threshold.standard || threshold.value > threshold.standard)
		printf(" (unless set: %g)", threshold.standard);
	printf("\n    %s\n", threshold.about);
}

static void print_thresholds(const struct findings *findings)
{
	for (size_t i = 0; i < findings_threshold_count(findings); i++)
		print_threshold(findings_threshold(findings, i));
}

static void print_explanation(const struct findings *findings, const char *code)
{
	const struct finding_file *file = findings_find(findings, code);
	printf("-- %s%s\n", file->path ? file->path : "built in: findings/", file->path ? "" : file->code);
	fputs(file->sql, stdout);
}

static enum status print_json(struct reader *reader, const struct options *options)
{
	struct json *json = json_new();
	char *text = NULL;
	if (!json)
		return STATUS_NO_MEMORY;
	json_begin_object(json, NULL);
	json_text(json, "database", options->database);
	enum status status = findings_print_json(reader, &options->choice, json);
	json_end(json);
	if (status == STATUS_OK) {
		text = json_finish(json);
		status = text ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (text)
		fputs(text, stdout);
	free(text);
	json_free(json);
	return status;
}

/* Opens the database, and computes where that is asked for or was never done. */
static enum status prepare(struct reader *reader, const struct options *options, char message[FINDING_MESSAGE_MAX])
{
	enum status status = reader_open(reader, options->database);
	bool found = false;
	if (status != STATUS_OK)
		return status;
	reader_interrupt_on(reader, interrupt_flag());
	if (!options->set)
		status = reader_has_findings(reader, &found);
	if (status == STATUS_OK && (status = findings_target(reader, options->database, options->choice.only, message)) == STATUS_USAGE)
		return status;
	if (status == STATUS_OK && !found)
		status = reader_find(reader, options->findings, options->choice.only);
	return status;
}

static int show(const struct options *options)
{
	struct reader *reader = reader_new();
	uint64_t bad = 0;
	char message[FINDING_MESSAGE_MAX] = "";
	interrupt_catch();
	enum status status = reader ? prepare(reader, options, message) : STATUS_NO_MEMORY;
	findings_complain(options->findings);
	if (status == STATUS_OK)
		status = options->json ? print_json(reader, options)
				       : findings_print_text(reader, options->database, &options->choice, options->findings, stdout);
	if (status == STATUS_OK && options->exit_code)
		status = findings_count_bad(reader, &options->choice, &bad);
	int exit_status = bad ? EXIT_FAILED : EXIT_DONE;
	if (*interrupt_flag()) {
		exit_status = EXIT_SIGNAL + *interrupt_flag();
	} else if (message[0]) {
		complain("%s", message);
		exit_status = EXIT_FAILED;
	} else if (status != STATUS_OK) {
		const char *reason = reader && reader_error(reader)[0] ? reader_error(reader) : status_text(status);
		const bool named = strncmp(reason, options->database, strlen(options->database)) == 0;
		complain("%s%s%s", named ? "" : options->database, named ? "" : ": ", reason);
		exit_status = EXIT_FAILED;
	}
	reader_free(reader);
	return exit_status;
}

static int run(int argc, char **argv)
{
	struct options options = {.findings = findings_new(), .choice = {.least = FINDING_NOTE, .all = true}};
	int exit_status = EXIT_DONE;
	if (!options.findings) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	if (!parse_options(argc, argv, &options))
		exit_status = EXIT_USAGE;
	else if (options.help)
		fputs(command_findings.help, stdout);
	else if (options.database)
		exit_status = show(&options);
	else {
		findings_complain(options.findings);
		if (options.list)
			print_list(options.findings);
		if (options.thresholds)
			print_thresholds(options.findings);
		if (options.explain)
			print_explanation(options.findings, options.explain);
	}
	findings_free(options.findings);
	return exit_status;
}
