#include "analyze/cmd/command.h"
#include "analyze/cmd/findings_text.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/delivery.h"
#include "analyze/cmd/report/page.h"
#include "analyze/cmd/report/subjects.h"
#include "analyze/cmd/spool.h"
#include "analyze/cmd/temporary.h"
#include "analyze/cmd/terminal.h"
#include "analyze/cmd/zone.h"
#include "store/target.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_report = {
	.name = "report",
	.summary = "put all that is known of captures on one page",
	.run = run,
	.help = "usage: wiretape report DB|FILE...|INCIDENT|RING [-o report.html]\n"
		"\n"
		"Writes one page that needs no other file, no network and no script: the verdict,\n"
		"the findings with their evidence and next steps, charts, services, the worst\n"
		"flows. What an argument is, its content tells: a capture (as for wiretape\n"
		"analyze; - is standard input), a folder of captures, a database of wiretape\n"
		"analyze, the folder of an incident, or that of a recorder. There may be several;\n"
		"the page then begins with a table of them, the worst first.\n"
		"\n"
		"  -o, --output FILE        the page, which appears when it is whole; its format\n"
		"                           by the name: .html, .md, .json, .txt. Without it: to\n"
		"                           standard output, text on a terminal, else HTML\n"
		"      --format FORMAT      html, md (Markdown), json, or text (80 columns,\n"
		"                           what is needed first)\n"
		"      --no-charts          leave the charts out\n"
		"      --max-size SIZE      bytes of a page of many captures, HTML or Markdown:\n"
		"                           the worst have all of it [18M]\n"
		"      --from T, --to T     only packets of this period, as for wiretape analyze;\n"
		"                           of a recorder's folder, its packets are then analysed\n"
		"      --tz ZONE            times of this zone, as Europe/Berlin, or local [UTC]\n"
		"      --interval TIME      length of a point in a chart [by the capture's]\n"
		"      --set NAME=VALUE     a threshold of the findings (wiretape findings\n"
		"                           --thresholds); may be repeated\n"
		"      --hosts FILE         names for addresses, as in /etc/hosts; repeatable\n"
		"      --pods FILE          names from `kubectl get pods -A -o json`; repeatable\n"
		"  -j, --jobs N             captures looked at at once [one per processor]\n"
		"      --timeout TIME       give up what takes longer [2m and 5s per MB]\n"
		"  -q, --quiet              no progress\n"
		"  -h, --help\n"
		"\n"
		"Exit status 1: something could not be read, or only in part. The page says what,\n"
		"and is on all else.\n",
};

enum { OPTION_FORMAT = 256, OPTION_NO_CHARTS, OPTION_MAX_SIZE, OPTION_FROM, OPTION_TO, OPTION_TZ, OPTION_INTERVAL, OPTION_SET, OPTION_HOSTS,
       OPTION_PODS, OPTION_TIMEOUT };

#define MILLISECOND INT64_C(1000000)
#define SECOND (1000 * MILLISECOND)
#define DAY (86400 * SECOND)
#define PAGE_BYTES_LEAST 30000 /* the style alone takes a third of that */
#define PAGE_BYTES_MOST 1000000000000

struct options {
	struct report_options report;
	const char *output; /* NULL: standard output */
	const char *format; /* NULL: by the output */
	uint64_t jobs;	    /* 0: one per processor */
	int64_t timeout_ns; /* 0: by size */
	bool quiet, help;
};

static bool take_option(int letter, struct options *options)
{
	struct report_options *report = &options->report;
	switch (letter) {
	case 'o':
		options->output = report->page = strcmp(optarg, "-") == 0 ? NULL : optarg;
		return true;
	case 'j':
		return parse_count("--jobs", optarg, 1, BATCH_JOBS_MAX, &options->jobs);
	case 'q':
		return options->quiet = true;
	case 'h':
		return options->help = true;
	case OPTION_FORMAT:
		options->format = optarg;
		return true;
	case OPTION_NO_CHARTS:
		return report->no_charts = true;
	case OPTION_MAX_SIZE:
		return parse_count("--max-size", optarg, PAGE_BYTES_LEAST, PAGE_BYTES_MOST, &report->max_bytes);
	case OPTION_FROM:
		return parse_from(optarg, &report->analysis.period);
	case OPTION_TO:
		return parse_to(optarg, &report->analysis.period);
	case OPTION_TZ:
		report->analysis.period.zone = optarg;
		return parse_zone("--tz", optarg, &report->time_zone);
	case OPTION_INTERVAL:
		return parse_duration("--interval", optarg, MILLISECOND, DAY, &report->analysis.engine.interval_ns);
	case OPTION_SET:
		report->set = true;
		return findings_option(&command_report, report->findings, optarg);
	case OPTION_HOSTS:
	case OPTION_PODS:
		return names_files_option(&command_report, &report->names, letter == OPTION_HOSTS ? NAMES_HOSTS : NAMES_PODS, optarg);
	case OPTION_TIMEOUT:
		return parse_duration("--timeout", optarg, MILLISECOND, 30 * DAY, &options->timeout_ns);
	}
	return false;
}

static bool format_of(const char *name, enum document_format *format)
{
	static const struct { const char *name; enum document_format format; } formats[] = {
		{"html", DOCUMENT_HTML}, {"htm", DOCUMENT_HTML}, {"md", DOCUMENT_MARKDOWN}, {"markdown", DOCUMENT_MARKDOWN},
		{"json", DOCUMENT_JSON}, {"text", DOCUMENT_TEXT}, {"txt", DOCUMENT_TEXT},
	};
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcasecmp(name, formats[i].name) == 0) {
			*format = formats[i].format;
			return true;
		}
	return false;
}

/* A name that tells no format may be that of a capture, given by mistake. */
static bool choose_format(struct options *options)
{
	const char *dot = options->output ? strrchr(options->output, '.') : NULL;
	if (options->format) {
		if (format_of(options->format, &options->report.format))
			return true;
		complain_usage(&command_report, "--format %s: must be html, md, json or text", options->format);
		return false;
	}
	if (!options->output) {
		options->report.format = isatty(STDOUT_FILENO) ? DOCUMENT_TEXT : DOCUMENT_HTML;
		return true;
	}
	if (dot && !strchr(dot, '/') && format_of(dot + 1, &options->report.format))
		return true;
	complain_usage(&command_report, "-o %s: the name must end in .html, .md, .json or .txt, unless --format says what it is",
		       options->output);
	return false;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"output", required_argument, NULL, 'o'}, {"format", required_argument, NULL, OPTION_FORMAT},
		{"no-charts", no_argument, NULL, OPTION_NO_CHARTS}, {"max-size", required_argument, NULL, OPTION_MAX_SIZE},
		{"from", required_argument, NULL, OPTION_FROM},
		{"to", required_argument, NULL, OPTION_TO}, {"tz", required_argument, NULL, OPTION_TZ},
		{"interval", required_argument, NULL, OPTION_INTERVAL}, {"set", required_argument, NULL, OPTION_SET},
		{"hosts", required_argument, NULL, OPTION_HOSTS}, {"pods", required_argument, NULL, OPTION_PODS},
		{"jobs", required_argument, NULL, 'j'}, {"timeout", required_argument, NULL, OPTION_TIMEOUT},
		{"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":o:j:qh", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_report, letter, argc, argv);
			return false;
		}
		if (!take_option(letter, options))
			return false;
		if (options->help)
			return true;
	}
	const struct period *period = &options->report.analysis.period;
	size_t inputs = 0;
	for (int i = optind; i < argc; i++)
		inputs += strcmp(argv[i], "-") == 0;
	if (period_is_empty(period))
		complain_usage(&command_report, "--from %s is after --to %s", period->from_text, period->to_text);
	else if (optind == argc)
		complain_usage(&command_report, "report: on what? A FILE, a folder, a database, or - for standard input");
	else if (names_files_inputs(&options->report.names) > 0)
		complain_usage(&command_report, "report: names can't be read from standard input: give a file");
	else if (inputs > 1)
		complain_usage(&command_report, "report: standard input (-) can be read only once");
	else
		return choose_format(options);
	return false;
}

/* What is wrong with files of names is said once, not by each worker. */
static bool check_names(const struct names_files *names, const char *scratch)
{
	char *path = NULL;
	struct store *store = names->count > 0 ? store_new() : NULL;
	bool good = names->count == 0;
	if (store && asprintf(&path, "%s/names.db", scratch) >= 0) {
		const enum status status = store_create(store, path, STORE_NEW);
		if (status != STATUS_OK)
			complain("%s: %s", path, store_error(store));
		good = status == STATUS_OK && names_files_add(names, store, false) == STATUS_OK;
	}
	store_free(store);
	free(path);
	return good;
}

/* Standard input is kept, because it is read more than once. */
static bool keep_input(struct subjects *subjects)
{
	struct spool spool = {0};
	struct subject *input = NULL;
	struct stat info;
	for (size_t i = 0; i < subjects->count; i++)
		if (strcmp(subjects->list[i].path, "-") == 0)
			input = &subjects->list[i];
	if (!input)
		return true;
	if (isatty(STDIN_FILENO)) {
		complain("standard input: is a terminal: pipe a capture into it, as in `tcpdump -w - | wiretape report -`");
		return false;
	}
	if (!spool_standard_input(&spool))
		return false;
	const bool good = dup2(spool.file, STDIN_FILENO) >= 0;
	if (good && fstat(STDIN_FILENO, &info) == 0)
		input->bytes = (uint64_t)info.st_size;
	if (!good)
		complain("standard input: %s", strerror(errno));
	spool_free(&spool);
	return good;
}

static size_t jobs_for(const struct options *options, size_t subjects)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t jobs = options->jobs ? options->jobs : processors > 0 ? (size_t)processors : 1;
	if (jobs > BATCH_JOBS_MAX)
		jobs = BATCH_JOBS_MAX;
	return jobs < subjects ? jobs : subjects;
}

static void say_skipped(const struct batch *batch)
{
	size_t skipped = 0;
	const char *first = NULL;
	for (size_t i = 0; i < batch->subjects->count; i++)
		if (batch->results[i].outcome == BATCH_SKIPPED && skipped++ == 0)
			first = batch->subjects->list[i].path;
	complain_skipped(skipped, first);
}

/* Writes the page. False: there is none. `*good`: all could be read, and whole. */
static bool write_page(const struct batch *batch, const char *folder, const struct delivery *delivery, bool *good)
{
	struct ranking *ranking = ranking_new(batch);
	enum status status = STATUS_NO_MEMORY;
	if (ranking && ranking_count(ranking) == 0) {
		complain("no captures in there: nothing to report on");
		ranking_free(ranking);
		return false;
	}
	if (ranking) {
		status = page_write(batch, ranking, folder, delivery->page);
		*good = ranking_troubled(ranking) == 0;
	}
	if (status == STATUS_IO)
		delivery_complain(delivery);
	else if (status != STATUS_OK)
		complain("the page: cannot be put together: %s", status_text(status));
	ranking_free(ranking);
	return status == STATUS_OK;
}

/* The page of all subjects. As write_page. */
static bool make_page(const struct options *options, struct subjects *subjects, const char *scratch, struct delivery *delivery, bool *good)
{
	struct batch batch = {
		.options = &options->report,
		.subjects = subjects,
		.scratch = scratch,
		.jobs = jobs_for(options, subjects->count),
		.limit_ns = options->timeout_ns,
		.progress = !options->quiet,
	};
	char *folder = subjects_shorten(subjects);
	bool made = batch_run(&batch) == STATUS_OK;
	if (made) {
		say_skipped(&batch);
		made = delivery_open(delivery, scratch) && write_page(&batch, folder, delivery, good) && !*interrupt_flag();
	}
	batch_free(&batch);
	free(folder);
	return made;
}

/* Is there anything to look at? Otherwise why not is said, and an old page stays as it is. */
static bool has_any(const struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++)
		if (!subjects->list[i].error)
			return true;
	for (size_t i = 0; i < subjects->count; i++)
		complain("%s: %s", subjects->list[i].name, subjects->list[i].error);
	return false;
}

static bool add_subjects(struct subjects *subjects, char **arguments, const struct options *options)
{
	const struct period *period = &options->report.analysis.period;
	const bool packets = period->from.kind != MOMENT_NONE || period->to.kind != MOMENT_NONE;
	for (; *arguments; arguments++)
		if (!subjects_add(subjects, *arguments, packets))
			return false;
	if (!has_any(subjects))
		return false;
	bool input = options->output && subjects_have_file(subjects, options->output);
	for (size_t i = 0; options->output && i < options->report.names.count; i++)
		input |= target_is(options->output, options->report.names.list[i].path);
	if (input)
		complain("-o %s: is one of the files to report on: name another one", options->output);
	return !input;
}

static bool make_scratch(struct temporary_folder *scratch)
{
	if (temporary_folder_make(scratch, "report"))
		return true;
	complain(TEMPORARY_COMPLAINT, temporary_place(), strerror(errno));
	return false;
}

static int report(const struct options *options, char **arguments)
{
	struct subjects subjects = {0};
	struct delivery delivery = {0};
	struct temporary_folder scratch = {0};
	bool made = false, good = false;
	findings_interrupt_on(options->report.findings, interrupt_flag());
	const bool any = add_subjects(&subjects, arguments, options);
	interrupt_catch(); /* not before: there is nothing to tidy up, and a database may take hours to answer */
	void (*const on_pipe)(int) = signal(SIGPIPE, SIG_IGN); /* who reads our complaints may go away */
	if (any && make_scratch(&scratch) && delivery_begin(&delivery, options->output) &&
	    check_names(&options->report.names, scratch.path) && keep_input(&subjects))
		made = make_page(options, &subjects, scratch.path, &delivery, &good);
	temporary_folder_remove(&scratch); /* before anything is printed: who reads that may go away, and end us */
	if (!options->output)
		signal(SIGPIPE, on_pipe);
	int exit_status = made && delivery_commit(&delivery) && good ? EXIT_DONE : EXIT_FAILED;
	if (!made && *interrupt_flag()) {
		complain("interrupted: nothing is written");
		exit_status = EXIT_SIGNAL + *interrupt_flag();
	}
	delivery_end(&delivery);
	subjects_free(&subjects);
	return exit_status;
}

static int run(int argc, char **argv)
{
	struct options options = {0};
	struct engine_options *engine = &options.report.analysis.engine;
	int exit_status = EXIT_USAGE;
	engine_options_default(engine);
	engine->interval_ns = 0;
	options.report.analysis.quiet = true;
	options.report.max_bytes = PAGE_BYTES;
	if (getrandom(&engine->hash_seed, sizeof engine->hash_seed, GRND_NONBLOCK) < 0)
		engine->hash_seed = (uint64_t)getpid();
	options.report.findings = findings_new();
	if (!options.report.findings) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	if (parse_options(argc, argv, &options)) {
		exit_status = EXIT_DONE;
		if (options.report.format == DOCUMENT_JSON || options.report.format == DOCUMENT_TEXT) /* for scripts; short anyway */
			options.report.max_bytes = 0;
		if (options.help)
			fputs(command_report.help, stdout);
		else
			exit_status = report(&options, argv + optind);
	}
	findings_free(options.report.findings);
	return exit_status;
}
