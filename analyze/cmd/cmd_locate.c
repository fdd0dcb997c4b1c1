#include "analyze/cmd/command.h"
#include "analyze/cmd/input.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/locate_report.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/progress.h"
#include "analyze/cmd/spool.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/source.h"
#include "analyze/source/tape.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_locate = {
	.name = "locate",
	.summary = "compare captures of two places: what was lost or late in between",
	.run = run,
	.help = "usage: wiretape locate [OPTION]... A B\n"
		"\n"
		"The same traffic, captured at two places: which packets passed one and never\n"
		"reached the other, which were overtaken, late or doubled in between, in each\n"
		"direction. A and B are captures or folders with tapes; one may be -, standard\n"
		"input, which is kept in a temporary file (TMPDIR), since both are read twice.\n"
		"The clocks of the two need not agree: how they differ is learned from packets\n"
		"that went each way. Packets are the same by addresses, ports, IP ID, sequence\n"
		"numbers, timestamps, the first bytes of UDP and ICMP; link, VLAN, TTL, snap\n"
		"length and super-segments (TSO, GRO) may differ. Only the time when both\n"
		"captured is judged.\n"
		"\n"
		"      --delay TIME     transits above it are late [beyond what is usual]\n"
		"      --horizon TIME   what took longer is lost [10s]\n"
		"      --whole          both captured all the time: judge also before the first\n"
		"                       packet of the other, and after its last\n"
		"      --nat            addresses and ports were changed in between\n"
		"      --waiting N      packets in memory, 76 bytes each [4M]\n"
		"  -n, --lines N        lines of a table [20]\n"
		"      --csv            all packets that were lost, overtaken, doubled, late, or\n"
		"                       seen only at the end\n"
		"      --json           those, and all else, as a JSON object\n"
		"  -q, --quiet          no progress\n"
		"  -h, --help\n"
		"\n"
		"Exit status 0, whether packets were lost or not; 1 if a capture could not be\n"
		"read to its end, or nothing is in both.\n",
};

enum { OPTION_DELAY = 256, OPTION_HORIZON, OPTION_WHOLE, OPTION_NAT, OPTION_WAITING, OPTION_CSV, OPTION_JSON };

#define MICROSECOND INT64_C(1000)
#define HOUR INT64_C(3600000000000)
#define FRAMES_PER_LOOK 1024

struct options {
	struct locate_options locate;
	const char *paths[2]; /* to read */
	const char *names[2]; /* to say */
	uint64_t lines;
	bool csv, json, quiet, help;
};

static bool take_option(int letter, struct options *options)
{
	uint64_t count;
	switch (letter) {
	case OPTION_DELAY:
		return parse_duration("--delay", optarg, MICROSECOND, HOUR, &options->locate.delay_ns);
	case OPTION_HORIZON:
		return parse_duration("--horizon", optarg, 1000 * MICROSECOND, HOUR, &options->locate.horizon_ns);
	case OPTION_WAITING:
		if (!parse_count("--waiting", optarg, 1000, 100000000, &count))
			return false;
		options->locate.waiting_most = (uint32_t)count;
		return true;
	case OPTION_WHOLE:
		options->locate.whole = true;
		return true;
	case OPTION_NAT:
		options->locate.nat = true;
		return true;
	case OPTION_CSV:
		options->csv = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	case 'n':
		return parse_count("--lines", optarg, 0, LOCATE_LISTED_MAX, &options->lines);
	case 'q':
		options->quiet = true;
		return true;
	default:
		options->help = true;
		return true;
	}
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"delay", required_argument, NULL, OPTION_DELAY}, {"horizon", required_argument, NULL, OPTION_HORIZON},
		{"whole", no_argument, NULL, OPTION_WHOLE}, {"nat", no_argument, NULL, OPTION_NAT},
		{"waiting", required_argument, NULL, OPTION_WAITING}, {"lines", required_argument, NULL, 'n'},
		{"csv", no_argument, NULL, OPTION_CSV}, {"json", no_argument, NULL, OPTION_JSON},
		{"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":n:qh", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_locate, letter, argc, argv);
			return false;
		}
		if (!take_option(letter, options))
			return false;
		if (options->help)
			return true;
	}
	if (optind + 2 != argc) {
		complain_usage(&command_locate, "locate: which captures? Two are compared");
		return false;
	}
	for (int tap = TAP_A; tap <= TAP_B; tap++) {
		options->paths[tap] = argv[optind + tap];
		options->names[tap] = strcmp(argv[optind + tap], "-") == 0 ? "standard input" : argv[optind + tap];
	}
	if (options->csv && options->json)
		complain_usage(&command_locate, "locate: --csv or --json, not both");
	else if (strcmp(options->paths[0], "-") == 0 && strcmp(options->paths[1], "-") == 0)
		complain_usage(&command_locate, "locate: only one of the two can be standard input");
	else
		return true;
	return false;
}

/* What reads one of the captures, for the second time with the frame that comes next. */
struct reading {
	struct source_item item;
	struct input *input;
	struct frame frame;
	enum status status;
	int64_t t_ns; /* of the frame, by A's clock */
};

struct comparison {
	const struct options *options;
	struct locate *locate;
	struct reading readings[2];
	struct progress progress;
	bool damaged;
};

static bool open_input(struct comparison *comparison, enum tap tap)
{
	static const struct period all = {0};
	struct reading *reading = &comparison->readings[tap];
	char message[INPUT_MESSAGE_MAX];
	reading->item.path = comparison->options->paths[tap];
	reading->item.tape = tape_is(reading->item.path);
	reading->status = input_open(&reading->input, &reading->item, &all, message);
	if (reading->status == STATUS_OK)
		return true;
	if (reading->status != STATUS_INTERRUPTED)
		complain("%s: %s", comparison->options->names[tap], message);
	return false;
}

static void close_input(struct reading *reading)
{
	input_close(reading->input);
	reading->input = NULL;
}

static void show_progress(struct comparison *comparison, const struct reading *reading)
{
	if (input_frames(reading->input) % FRAMES_PER_LOOK == 0)
		progress_update(&comparison->progress, input_frames(reading->input), input_file_offset(reading->input),
				input_file_bytes(reading->input));
}

/* Says it once: the second reading finds the same. */
static bool ended_well(struct comparison *comparison, enum tap tap)
{
	const struct reading *reading = &comparison->readings[tap];
	char before[SOURCE_BEFORE_MAX];
	if (*interrupt_flag() || reading->status == STATUS_INTERRUPTED)
		return false;
	if (reading->status != STATUS_END)
		complain("%s: %s: %s", comparison->options->names[tap], input_message(reading->input),
			 source_before(input_frames(reading->input), "compared", before));
	comparison->damaged |= reading->status != STATUS_END || input_damaged(reading->input) > 0;
	return true;
}

static bool survey(struct comparison *comparison, enum tap tap)
{
	struct reading *reading = &comparison->readings[tap];
	bool good = true;
	progress_start(&comparison->progress, comparison->options->names[tap], (size_t)tap + 1, 4, comparison->options->quiet);
	if (!open_input(comparison, tap))
		return false;
	while (good && !*interrupt_flag() && (reading->status = input_next(reading->input, &reading->frame)) == STATUS_OK) {
		good = locate_survey(comparison->locate, tap, &reading->frame);
		show_progress(comparison, reading);
	}
	progress_clear(&comparison->progress);
	if (!good)
		complain("out of memory");
	good = good && ended_well(comparison, tap);
	close_input(reading);
	return good;
}

static void next_frame(struct comparison *comparison, enum tap tap)
{
	struct reading *reading = &comparison->readings[tap];
	reading->status = input_next(reading->input, &reading->frame);
	if (reading->status == STATUS_OK)
		reading->t_ns = locate_common_time(comparison->locate, tap, reading->frame.t_ns);
}

/* Both in step: the older frame first. */
static bool judge(struct comparison *comparison)
{
	struct reading *a = &comparison->readings[TAP_A], *b = &comparison->readings[TAP_B];
	progress_start(&comparison->progress, comparison->options->names[TAP_A], 3, 4, comparison->options->quiet);
	if (!open_input(comparison, TAP_A) || !open_input(comparison, TAP_B))
		return false;
	next_frame(comparison, TAP_A);
	next_frame(comparison, TAP_B);
	while (!*interrupt_flag() && (a->status == STATUS_OK || b->status == STATUS_OK)) {
		const enum tap tap = b->status != STATUS_OK || (a->status == STATUS_OK && a->t_ns <= b->t_ns) ? TAP_A : TAP_B;
		locate_judge(comparison->locate, tap, &comparison->readings[tap].frame);
		if (tap == TAP_A)
			show_progress(comparison, a);
		next_frame(comparison, tap);
	}
	progress_clear(&comparison->progress);
	if (*interrupt_flag())
		return false;
	locate_finish(comparison->locate);
	return true;
}

static void print(struct comparison *comparison, struct locate_list *list)
{
	const struct options *options = comparison->options;
	const struct locate_report report = {
		.names = {options->names[0], options->names[1]}, .locate = comparison->locate, .list = list,
		.lines = (size_t)options->lines, .nat = options->locate.nat,
	};
	locate_list_sort(list);
	if (options->csv)
		locate_print_csv(&report, stdout);
	else if (!options->json)
		locate_print_text(&report, stdout);
	else if (!locate_print_json(&report, stdout))
		complain("out of memory");
	if (list->beyond)
		complain("%" PRIu64 " packets that were lost, overtaken, doubled or late are counted and not listed: there are more than %d",
			 list->beyond, LOCATE_LISTED_MAX);
}

static void take_located(void *user, const struct located *located)
{
	locate_list_add(user, located);
}

static int compare(const struct options *options)
{
	static const struct locate_sink sink = {.located = take_located};
	struct comparison comparison = {.options = options};
	struct locate_list list = {0};
	int exit_status = EXIT_FAILED;
	comparison.locate = locate_new(&options->locate, &sink, &list);
	if (!comparison.locate) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	if (!survey(&comparison, TAP_A) || !survey(&comparison, TAP_B))
		goto out;
	const enum status status = locate_settle(comparison.locate);
	if (status == STATUS_NOT_FOUND)
		complain("%s and %s have no packet in common%s", options->names[0], options->names[1],
			 options->locate.nat ? "" : ": other traffic, another time, or addresses that were changed in between (--nat)");
	else if (status != STATUS_OK)
		complain("%s", status_text(status));
	if (status != STATUS_OK || !judge(&comparison))
		goto out;
	print(&comparison, &list);
	exit_status = comparison.damaged ? EXIT_FAILED : EXIT_DONE;
out:
	close_input(&comparison.readings[TAP_A]);
	close_input(&comparison.readings[TAP_B]);
	locate_free(comparison.locate);
	free(list.rows);
	return *interrupt_flag() ? EXIT_SIGNAL + *interrupt_flag() : exit_status;
}

static int run(int argc, char **argv)
{
	struct options options = {.lines = 20};
	struct spool spool = {0};
	locate_options_default(&options.locate);
	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (options.help) {
		fputs(command_locate.help, stdout);
		return EXIT_DONE;
	}
	if (getrandom(&options.locate.hash_seed, sizeof options.locate.hash_seed, GRND_NONBLOCK) < 0)
		options.locate.hash_seed = (uint64_t)getpid();
	interrupt_catch();
	for (int tap = TAP_A; tap <= TAP_B; tap++) {
		if (strcmp(options.paths[tap], "-") != 0)
			continue;
		if (!spool_standard_input(&spool))
			return *interrupt_flag() ? EXIT_SIGNAL + *interrupt_flag() : EXIT_FAILED;
		options.paths[tap] = spool.path;
	}
	const int exit_status = compare(&options);
	spool_free(&spool);
	return exit_status;
}
