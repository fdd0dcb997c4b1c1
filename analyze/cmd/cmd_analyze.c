#include "analyze/cmd/analysis.h"
#include "analyze/cmd/command.h"
#include "analyze/cmd/findings_text.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/names_files.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/summary.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/source_list.h"
#include "store/findings.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_analyze = {
	.name = "analyze",
	.summary = "rebuild the flows of captures into a database",
	.run = run,
	.help = "usage: wiretape analyze FILE... [-o DB]\n"
		"\n"
		"Reads captures (pcap or pcapng; plain, zstd or gzip; - is standard input; a\n"
		"folder stands for the captures below it; the segments of a tape that wiretaped\n"
		"recorded are one capture) and writes what it learned to a database.\n"
		"\n"
		"  -o, --output DB          the database [flows.db]\n"
		"  -a, --append             add to DB if it exists\n"
		"  -f, --force              replace DB if it exists, once the new one is complete\n"
		"      --json               print the summary as JSON\n"
		"  -q, --quiet              no summary, no progress\n"
		"      --set NAME=VALUE     a threshold of the findings (wiretape findings\n"
		"                           --thresholds); may be repeated\n"
		"      --no-findings        do not look for what is wrong\n"
		"      --hosts FILE         names for addresses, as in /etc/hosts; repeatable\n"
		"      --pods FILE          names from `kubectl get pods -A -o json`; services,\n"
		"                           endpoints and nodes, too; may be repeated\n"
		"      --from T, --to T     only packets of this period: 2026-11-21T10:32:00Z,\n"
		"                           10:32:15 (of the last day), -10m (before the end)\n"
		"  -h, --help\n"
		"\n"
		"Times have units: 100ms, 1.5s, 30m, 2h, 1d. Numbers may: 64k, 2M.\n"
		"\n"
		"      --interval TIME      length of a row of the timeline and of a point in a\n"
		"                           chart [1s]; 100ms or 10ms for short captures\n"
		"      --tcp-idle TIME      a TCP flow without packets for so long is over [2h]\n"
		"      --closed-linger TIME a closed TCP flow waits so long for stragglers [10s]\n"
		"      --udp-idle TIME      the same for UDP, ICMP and all else [180s]\n"
		"      --max-flows N        flows in memory; more are written early [1M]\n"
		"      --max-events N       events kept per capture; more are counted [1M]\n"
		"      --timeline-keys N    services and peers per interval that get a row of\n"
		"                           their own; the others are summed [64]\n"
		"      --flow-timeline-packets N\n"
		"                           flows with fewer packets get no timeline of their\n"
		"                           own (and no charts); 0: all do [32]\n",
};

enum { OPTION_JSON = 256, OPTION_INTERVAL, OPTION_TCP_IDLE, OPTION_LINGER, OPTION_UDP_IDLE, OPTION_FLOWS, OPTION_EVENTS,
       OPTION_KEYS, OPTION_FLOW_TIMELINE, OPTION_FROM, OPTION_TO, OPTION_SET, OPTION_NO_FINDINGS, OPTION_HOSTS, OPTION_PODS };

#define MILLISECOND INT64_C(1000000)
#define SECOND (1000 * MILLISECOND)
#define DAY (86400 * SECOND)

struct options {
	struct analysis_options analysis;
	struct names_files names;
	const char *database;
	struct findings *findings;
	bool append, force, json, no_findings, help;
};

static bool count_option(const char *name, uint64_t least, uint32_t *value)
{
	uint64_t number;
	if (!parse_count(name, optarg, least, 100000000, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

/* One option of the engine's. */
static bool engine_option(int letter, struct engine_options *engine)
{
	switch (letter) {
	case OPTION_INTERVAL:
		return parse_duration("--interval", optarg, MILLISECOND, DAY, &engine->interval_ns);
	case OPTION_TCP_IDLE:
		return parse_duration("--tcp-idle", optarg, SECOND, 30 * DAY, &engine->tcp_idle_ns);
	case OPTION_LINGER:
		return parse_duration("--closed-linger", optarg, MILLISECOND, 30 * DAY, &engine->closed_linger_ns);
	case OPTION_UDP_IDLE:
		return parse_duration("--udp-idle", optarg, MILLISECOND, 30 * DAY, &engine->udp_idle_ns);
	case OPTION_FLOWS:
		return count_option("--max-flows", 1, &engine->max_flows);
	case OPTION_KEYS:
		return count_option("--timeline-keys", 1, &engine->timeline_keys);
	case OPTION_FLOW_TIMELINE:
		return count_option("--flow-timeline-packets", 0, &engine->flow_timeline_packets);
	case OPTION_EVENTS:
		return parse_count("--max-events", optarg, 0, INT64_MAX, &engine->max_events);
	}
	return false;
}

/* Standard input can be read once. */
static bool reads_input_once(const struct options *options, char **arguments)
{
	size_t readers = names_files_inputs(&options->names);
	if (readers == 0)
		return true;
	for (; *arguments; arguments++)
		readers += strcmp(*arguments, "-") == 0;
	return readers == 1;
}

static bool take_option(int letter, struct options *options)
{
	switch (letter) {
	case 'o':
		options->database = optarg;
		break;
	case 'a':
		options->append = true;
		break;
	case 'f':
		options->force = true;
		break;
	case 'q':
		options->analysis.quiet = true;
		break;
	case 'h':
		options->help = true;
		break;
	case OPTION_JSON:
		options->json = true;
		break;
	case OPTION_SET:
		return findings_option(&command_analyze, options->findings, optarg);
	case OPTION_NO_FINDINGS:
		options->no_findings = true;
		break;
	case OPTION_HOSTS:
		return names_files_option(&command_analyze, &options->names, NAMES_HOSTS, optarg);
	case OPTION_PODS:
		return names_files_option(&command_analyze, &options->names, NAMES_PODS, optarg);
	case OPTION_FROM:
		return parse_from(optarg, &options->analysis.period);
	case OPTION_TO:
		return parse_to(optarg, &options->analysis.period);
	default:
		return engine_option(letter, &options->analysis.engine);
	}
	return true;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"output", required_argument, NULL, 'o'}, {"append", no_argument, NULL, 'a'},
		{"force", no_argument, NULL, 'f'}, {"json", no_argument, NULL, OPTION_JSON},
		{"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'},
		{"interval", required_argument, NULL, OPTION_INTERVAL},
		{"tcp-idle", required_argument, NULL, OPTION_TCP_IDLE},
		{"closed-linger", required_argument, NULL, OPTION_LINGER},
		{"udp-idle", required_argument, NULL, OPTION_UDP_IDLE},
		{"max-flows", required_argument, NULL, OPTION_FLOWS},
		{"max-events", required_argument, NULL, OPTION_EVENTS},
		{"timeline-keys", required_argument, NULL, OPTION_KEYS},
		{"flow-timeline-packets", required_argument, NULL, OPTION_FLOW_TIMELINE},
		{"hosts", required_argument, NULL, OPTION_HOSTS}, {"pods", required_argument, NULL, OPTION_PODS},
		{"from", required_argument, NULL, OPTION_FROM}, {"to", required_argument, NULL, OPTION_TO},
		{"set", required_argument, NULL, OPTION_SET}, {"no-findings", no_argument, NULL, OPTION_NO_FINDINGS},
		{NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":o:afqh", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_analyze, letter, argc, argv);
			return false;
		}
		if (!take_option(letter, options))
			return false;
		if (options->help)
			return true;
	}
	if (options->append && options->force)
		complain_usage(&command_analyze, "analyze: --append and --force exclude each other");
	else if (!options->database[0])
		complain_usage(&command_analyze, "-o: the database needs a name");
	else if (period_is_empty(&options->analysis.period))
		complain_usage(&command_analyze, "--from %s is after --to %s", options->analysis.period.from_text,
			       options->analysis.period.to_text);
	else if (optind == argc)
		complain_usage(&command_analyze, "analyze: which captures? A FILE, a folder, or - for standard input");
	else if (!reads_input_once(options, argv + optind))
		complain_usage(&command_analyze, "analyze: standard input (-) can be read only once");
	else
		return true;
	return false;
}

/* False if some argument could not be taken; the others are in the list. */
static bool list_arguments(struct source_list *list, char **arguments)
{
	char message[SOURCE_LIST_MESSAGE_MAX];
	bool good = true;
	for (; *arguments; arguments++) {
		const bool standard_input = strcmp(*arguments, "-") == 0;
		if (standard_input && isatty(STDIN_FILENO)) {
			complain("standard input: is a terminal: pipe a capture into it, as in "
				 "`tcpdump -w - | wiretape analyze -`");
			good = false;
		} else if (source_list_add(list, *arguments, message) != STATUS_OK) {
			complain("%s", message);
			good = false;
		}
	}
	return good;
}

static bool print_summary(const struct options *options, int64_t first)
{
	struct reader *reader = reader_new();
	enum status status = reader ? reader_open(reader, options->database) : STATUS_NO_MEMORY;
	if (status == STATUS_OK) {
		reader_interrupt_on(reader, interrupt_flag());
		const struct findings *findings = options->no_findings ? NULL : options->findings;
		status = options->json ? summary_json(reader, options->database, first, findings, stdout)
				       : summary_text(reader, options->database, first, findings, stdout);
	}
	if (status != STATUS_OK && status != STATUS_INTERRUPTED)
		complain("%s: no summary: %s", options->database,
			 reader && reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	reader_free(reader);
	return status == STATUS_OK;
}

/* The store names its file in some messages itself. */
static void complain_about_database(const char *database, const char *message)
{
	const size_t length = strlen(database);
	if (strncmp(message, database, length) == 0 && message[length] == ':')
		complain("%s", message);
	else
		complain("%s: %s", database, message);
}

static enum status create(struct store *store, const struct options *options)
{
	const enum store_mode mode = options->append ? STORE_APPEND : options->force ? STORE_REPLACE : STORE_NEW;
	const enum status status = store_create(store, options->database, mode);
	if (status == STATUS_EXISTS)
		complain("%s: exists already: add to it with --append, replace it with --force, or name another with -o",
			 options->database);
	else if (status != STATUS_OK)
		complain_about_database(options->database,
					store_error(store)[0] ? store_error(store) : status_text(status));
	return status;
}

/* Keeps what was learned; false after a complaint. */
static bool finish(struct store *store, const struct options *options, const struct analysis *analysis)
{
	if (analysis->stored == 0) {
		store_abandon(store);
		if (analysis->known == 0)
			complain("%s: not written: there was no capture to analyse", options->database);
		return analysis->known > 0;
	}
	if (!options->no_findings)
		store_find(store, options->findings);
	const enum status status = store_finish(store);
	findings_complain(options->findings);
	if (status == STATUS_OK)
		return true;
	if (status == STATUS_INTERRUPTED)
		complain("interrupted: %s is as it was before", options->database);
	else
		complain_about_database(options->database, store_error(store));
	return false;
}

static int analyze(const struct options *options, const struct source_list *list, bool all_listed)
{
	struct analysis analysis = {.options = &options->analysis};
	struct store *store = store_new();
	int exit_status = EXIT_FAILED;
	if (!store) {
		complain("out of memory");
		goto out;
	}
	interrupt_catch(); /* from here on there are files to be removed */
	store_interrupt_on(store, interrupt_flag());
	if (create(store, options) != STATUS_OK || names_files_add(&options->names, store, false) != STATUS_OK) {
		if (*interrupt_flag())
			exit_status = EXIT_SIGNAL + *interrupt_flag();
		goto out;
	}
	findings_interrupt_on(options->findings, interrupt_flag());
	const enum status status = analysis_run(&analysis, store, list);
	if (status == STATUS_INTERRUPTED) {
		store_abandon(store);
		complain("interrupted: %s is as it was before", options->database);
		exit_status = EXIT_SIGNAL + (*interrupt_flag() ? *interrupt_flag() : SIGINT);
		goto out;
	}
	if (status != STATUS_OK)
		goto out;
	if (!finish(store, options, &analysis)) {
		if (*interrupt_flag())
			exit_status = EXIT_SIGNAL + *interrupt_flag();
		goto out;
	}
	bool good = all_listed && analysis.failed == 0;
	if (analysis.stored > 0 && !options->analysis.quiet)
		good &= print_summary(options, analysis.first_id);
	exit_status = good ? EXIT_DONE : EXIT_FAILED;
out:
	store_free(store);
	return exit_status;
}

static int run(int argc, char **argv)
{
	struct options options = {.database = "flows.db"};
	engine_options_default(&options.analysis.engine);
	if (getrandom(&options.analysis.engine.hash_seed, sizeof options.analysis.engine.hash_seed, GRND_NONBLOCK) < 0)
		options.analysis.engine.hash_seed = (uint64_t)getpid();
	struct source_list *list = source_list_new();
	int exit_status = EXIT_FAILED;
	options.findings = findings_new();
	if (!list || !options.findings) {
		complain("out of memory");
		goto out;
	}
	exit_status = EXIT_USAGE;
	if (!parse_options(argc, argv, &options))
		goto out;
	exit_status = EXIT_DONE;
	if (options.help) {
		fputs(command_analyze.help, stdout);
		goto out;
	}
	exit_status = EXIT_FAILED;
	const bool all_listed = list_arguments(list, argv + optind);
	if (source_list_count(list) > 0)
		exit_status = analyze(&options, list, all_listed);
	else if (all_listed)
		complain("%s%s: no captures in there: nothing to analyse", argv[optind], optind + 1 < argc ? " and others" : "");
out:
	findings_free(options.findings);
	source_list_free(list);
	return exit_status;
}
