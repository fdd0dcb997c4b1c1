#include "analyze/cmd/command.h"
#include "analyze/cmd/input.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/progress.h"
#include "analyze/cmd/replay_save.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/source.h"
#include "analyze/source/tape.h"
#include "capture/incident_reason.h"
#include "capture/lookout.h"
#include "capture/options.h"
#include "store/json.h"
#include "store/monotonic.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_replay = {
	.name = "replay",
	.summary = "try the recorder's triggers on a tape or a capture",
	.run = run,
	.help = "usage: wiretape replay FILE|DIR [--trigger NAME]... [-c CONF]... [--speed N|max]\n"
		"                [--save DIR]\n"
		"\n"
		"Reads a tape (a folder with the segments of wiretaped) or a capture as wiretaped\n"
		"reads the network, and tells which triggers would have fired, when, for whom and\n"
		"on what values. So thresholds are tuned on last week's tape. Columns that only\n"
		"the recording host knows (interface_drops and the like) are NULL.\n"
		"\n"
		"      --trigger NAME       only this one, even if it is not enabled; repeatable\n"
		"  -c, --config CONF        triggers, interval, incidents-per-hour, timeline-keys\n"
		"                           and max-flows as wiretaped -c has them; repeatable\n"
		"      --speed N|max        N times as fast as it was recorded; 1 is real time\n"
		"                           [max]\n"
		"      --from T, --to T     only packets of this period, as in wiretape cat\n"
		"      --interval TIME      length of a row of the timeline, over CONF [1s]\n"
		"      --incidents-per-hour N\n"
		"                           no more than that fire in an hour, over CONF [12]\n"
		"      --save DIR           make each into an incident: DIR/incidents/NAME with\n"
		"                           incident.json, the packets, flows.db, report.txt and\n"
		"                           report.html\n"
		"      --json               all of it as a JSON object\n"
		"  -h, --help\n"
		"\n"
		"Exit status 0, whether any fired or not; 1 if it could not be read to its end.\n",
};

enum { OPTION_TRIGGER = 256, OPTION_SPEED, OPTION_FROM, OPTION_TO, OPTION_INTERVAL, OPTION_CAP, OPTION_SAVE, OPTION_JSON };

#define MILLISECOND INT64_C(1000000)
#define SECOND (1000 * MILLISECOND)
#define DAY (86400 * SECOND)
#define TRIGGERS_MAX 64
#define FRAMES_PER_LOOK 1024
#define NO_CAP UINT64_MAX
#define COLUMNS 80
#define INDENT "    "

struct options {
	const char *path, *save;
	const char *triggers[TRIGGERS_MAX];
	size_t trigger_count;
	struct recorder_options recorder; /* as -c says: triggers, and how they are looked at */
	struct period period;
	double speed; /* 0: as fast as it goes */
	int64_t interval_ns;		  /* --interval; 0: as -c says */
	uint64_t incidents_per_hour;	  /* likewise; NO_CAP */
	bool json, help;
};

struct replay {
	const struct options *options;
	struct lookout *lookout;
	struct replay_save *save; /* NULL: not wanted */
	struct json *json;	  /* NULL: text */
	struct progress *progress;
	uint64_t fired;
	int64_t first_ns, last_ns, started_ns;
};

static bool parse_speed(const char *text, double *speed)
{
	char *end = NULL;
	*speed = strtod(text, &end);
	if (strcmp(text, "max") == 0) {
		*speed = 0;
		return true;
	}
	if (end != text && !*end && *speed >= 0.001 && *speed <= 1e9)
		return true;
	complain_usage(&command_replay, "--speed %s: a number above 0, or max", text);
	return false;
}

static bool read_config(const char *path, struct recorder_options *recorder)
{
	char message[4608];
	if (options_read_file(recorder, path, message, sizeof message))
		return true;
	complain("%s", message);
	return false;
}

static bool take_option(int letter, struct options *options)
{
	switch (letter) {
	case OPTION_TRIGGER:
		if (options->trigger_count == TRIGGERS_MAX) {
			complain("--trigger: %d at most", TRIGGERS_MAX);
			return false;
		}
		options->triggers[options->trigger_count++] = optarg;
		return true;
	case 'c':
		return read_config(optarg, &options->recorder);
	case OPTION_SPEED:
		return parse_speed(optarg, &options->speed);
	case OPTION_FROM:
		return parse_from(optarg, &options->period);
	case OPTION_TO:
		return parse_to(optarg, &options->period);
	case OPTION_INTERVAL:
		return parse_duration("--interval", optarg, MILLISECOND, DAY, &options->interval_ns);
	case OPTION_CAP:
		return parse_count("--incidents-per-hour", optarg, 0, 1000000, &options->incidents_per_hour);
	case OPTION_SAVE:
		options->save = optarg;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	default:
		options->help = true;
		return true;
	}
}

/* --trigger: those and no others. */
static bool choose_triggers(const struct options *options)
{
	struct rules *rules = options->recorder.rules;
	char message[256];
	for (size_t i = 0; options->trigger_count > 0 && i < rules_count(rules); i++)
		rules_set(rules, rules_at(rules, i)->name, "enabled", "no", message, sizeof message);
	for (size_t i = 0; i < options->trigger_count; i++) {
		bool known = false;
		for (size_t k = 0; k < rules_count(rules); k++)
			known |= strcmp(rules_at(rules, k)->name, options->triggers[i]) == 0;
		if (known) {
			rules_set(rules, options->triggers[i], "enabled", "yes", message, sizeof message);
			continue;
		}
		complain("--trigger %s: there is none of this name; there are:", options->triggers[i]);
		for (size_t k = 0; k < rules_count(rules); k++)
			fprintf(stderr, "  %s\n", rules_at(rules, k)->name);
		return false;
	}
	return true;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"trigger", required_argument, NULL, OPTION_TRIGGER}, {"config", required_argument, NULL, 'c'},
		{"speed", required_argument, NULL, OPTION_SPEED}, {"from", required_argument, NULL, OPTION_FROM},
		{"to", required_argument, NULL, OPTION_TO}, {"interval", required_argument, NULL, OPTION_INTERVAL},
		{"incidents-per-hour", required_argument, NULL, OPTION_CAP}, {"save", required_argument, NULL, OPTION_SAVE},
		{"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":c:h", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_replay, letter, argc, argv);
			return false;
		}
		if (!take_option(letter, options))
			return false;
		if (options->help)
			return true;
	}
	if (options->interval_ns)
		options->recorder.interval_ns = options->interval_ns;
	if (options->incidents_per_hour != NO_CAP)
		options->recorder.incidents_per_hour = (uint32_t)options->incidents_per_hour;
	options->path = argv[optind];
	if (period_is_empty(&options->period))
		complain_usage(&command_replay, "--from %s is after --to %s", options->period.from_text, options->period.to_text);
	else if (options->save && !options->save[0])
		complain_usage(&command_replay, "--save: the folder needs a name");
	else if (optind + 1 != argc)
		complain_usage(&command_replay, "replay: which tape? One folder with segments, or one capture");
	else if (options->save && strcmp(options->path, "-") == 0)
		complain_usage(&command_replay, "--save: packets can't be taken from standard input: name a file");
	else
		return choose_triggers(options);
	return false;
}

/* What is separated by commas, in indented lines. */
static void print_indented(const char *text)
{
	size_t column = 0;
	while (*text) {
		const char *comma = strstr(text, ", ");
		const size_t length = comma ? (size_t)(comma - text) + 1 : strlen(text);
		if (column > 0 && column + 1 + length > COLUMNS) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column ? " " : INDENT, (int)length, text);
		text += length + (comma ? 1 : 0);
	}
	putchar('\n');
}

/* Who, when and what in a line; a key that is too long for it, and the values, in lines of their own. */
static void print_firing(const struct incident_facts *facts, const char *why)
{
	char when[INCIDENT_TIME_MAX];
	const size_t columns = (size_t)printf("%s  %-12s %s", incident_time_text(facts->t_ns, when), facts->trigger, facts->scope);
	if (facts->key[0])
		printf("%s%s", columns + 1 + strlen(facts->key) > COLUMNS ? "\n" INDENT : " ", facts->key);
	putchar('\n');
	print_indented(why);
	fflush(stdout);
}

static void put_firing(struct json *json, const struct firing *firing, const struct incident_facts *facts, const char *why)
{
	char when[INCIDENT_TIME_MAX];
	json_begin_object(json, NULL);
	json_text(json, "trigger", facts->trigger);
	json_text(json, "scope", facts->scope);
	json_text(json, "key", facts->key);
	json_text(json, "why", why);
	json_text(json, "time", incident_time_text(facts->t_ns, when));
	json_integer(json, "t_ns", facts->t_ns);
	json_integer(json, "since_ns", firing->since_ns);
	json_integer(json, "from_ns", facts->from_ns);
	json_integer(json, "to_ns", facts->to_ns);
	json_raw(json, "row", facts->row_json);
	json_end(json);
}

static void fired(void *user, const struct firing *firing)
{
	struct replay *replay = user;
	const struct rule *rule = firing->rule;
	const struct incident_facts facts = {
		.trigger = rule->name,
		.scope = scope_name(firing->facts->scope),
		.key = firing->key,
		.t_ns = firing->facts->t_ns,
		.from_ns = firing->from_ns,
		.to_ns = firing->to_ns,
		.row_json = firing->row_json,
	};
	char *why = incident_reason(rule->when, firing->row_json);
	replay->fired++;
	progress_clear(replay->progress);
	if (replay->json)
		put_firing(replay->json, firing, &facts, why);
	else
		print_firing(&facts, why ? why : rule->when);
	free(why);
	if (!replay->save)
		return;
	char *flows = lookout_worst_flows(replay->lookout, firing->facts);
	const struct incident_details details = {
		.rule = rule, .since_ns = firing->since_ns, .history_json = firing->history_json, .worst_flows_json = flows,
	};
	replay_save_fire(replay->save, &facts, &details);
	free(flows);
}

/* Waits until it is the frame's turn; intervals end meanwhile. A signal ends the wait. */
static void wait_for_turn(struct replay *replay, int64_t t_ns)
{
	const double speed = replay->options->speed;
	while (!*interrupt_flag()) {
		const double passed_ns = (double)(monotonic_ns() - replay->started_ns) * speed; /* may be more than an int64_t holds */
		if (passed_ns >= (double)(t_ns - replay->first_ns))
			return;
		const int64_t now_ns = replay->first_ns + (int64_t)passed_ns;
		lookout_advance(replay->lookout, now_ns - SECOND / 2);
		double left_ns = (double)(t_ns - now_ns) / speed;
		if (left_ns > (double)SECOND / 4)
			left_ns = (double)SECOND / 4;
		nanosleep(&(struct timespec){.tv_nsec = (long)left_ns + 1}, NULL);
	}
}

static void take_frame(struct replay *replay, const struct frame *frame)
{
	if (replay->first_ns == NO_TIME) {
		replay->first_ns = frame->t_ns;
		replay->started_ns = monotonic_ns();
	}
	replay->last_ns = frame->t_ns;
	if (replay->options->speed > 0)
		wait_for_turn(replay, frame->t_ns);
	lookout_frame(replay->lookout, frame);
}

/* All frames through the lookout; false after a complaint. */
static bool play(struct replay *replay, struct input *input)
{
	char before[SOURCE_BEFORE_MAX];
	struct frame frame;
	enum status status;
	while ((status = input_next(input, &frame)) == STATUS_OK && !*interrupt_flag()) {
		take_frame(replay, &frame);
		if (input_frames(input) % FRAMES_PER_LOOK == 0)
			progress_update(replay->progress, input_frames(input), input_file_offset(input), input_file_bytes(input));
	}
	progress_clear(replay->progress);
	if (*interrupt_flag() || status == STATUS_INTERRUPTED)
		return false;
	lookout_finish(replay->lookout);
	if (status != STATUS_END)
		complain("%s: %s: %s", input_name(input), input_message(input), source_before(input_frames(input), "replayed", before));
	return status == STATUS_END && input_damaged(input) == 0;
}

static void print_totals(const struct replay *replay, const struct input *input)
{
	char first[INCIDENT_TIME_MAX];
	struct triggers_counters counters;
	triggers_counters(lookout_triggers(replay->lookout), &counters);
	if (counters.errors)
		complain("triggers: %s (%" PRIu64 " time%s)", triggers_error(lookout_triggers(replay->lookout)), counters.errors,
			 counters.errors == 1 ? "" : "s");
	if (replay->json) {
		json_end(replay->json);
		json_integer(replay->json, "suppressed_by_cooldown", (int64_t)counters.suppressed_by_cooldown);
		json_integer(replay->json, "suppressed_by_cap", (int64_t)counters.suppressed_by_cap);
		json_integer(replay->json, "errors", (int64_t)counters.errors);
		json_integer(replay->json, "packets", (int64_t)input_frames(input));
		json_end(replay->json);
		char *text = json_finish(replay->json);
		fputs(text ? text : "", stdout);
		free(text);
		return;
	}
	printf("%" PRIu64 " packet%s", input_frames(input), input_frames(input) == 1 ? "" : "s");
	if (replay->first_ns != NO_TIME)
		printf(", %.3f s from %s", (double)(replay->last_ns - replay->first_ns) / (double)SECOND,
		       incident_time_text(replay->first_ns, first));
	printf(": %" PRIu64 " fired\nheld back: %" PRIu64 " within a cooldown, %" PRIu64 " beyond %" PRIu32 " an hour\n", replay->fired,
	       counters.suppressed_by_cooldown, counters.suppressed_by_cap, replay->options->recorder.incidents_per_hour);
}

static bool open_lookout(struct replay *replay)
{
	static const struct lookout_sink sink = {.fired = fired};
	const struct recorder_options *recorder = &replay->options->recorder;
	char message[4096];
	struct lookout_options options = {
		.rules = recorder->rules,
		.incidents_per_hour = recorder->incidents_per_hour,
		.interval_ns = recorder->interval_ns,
		.max_flows = recorder->max_flows,
		.timeline_keys = recorder->timeline_keys,
	};
	if (getrandom(&options.hash_seed, sizeof options.hash_seed, GRND_NONBLOCK) < 0)
		options.hash_seed = (uint64_t)getpid();
	replay->lookout = lookout_new(&options, &sink, replay, message, sizeof message);
	if (!replay->lookout)
		complain_lines(message); /* of a column that there is not: the names of all that there are */
	return replay->lookout;
}

static bool open_outputs(struct replay *replay, const struct options *options)
{
	if (options->json) {
		replay->json = json_new();
		if (!replay->json)
			return false;
		json_begin_object(replay->json, NULL);
		json_text(replay->json, "path", options->path);
		json_begin_array(replay->json, "fired");
	}
	if (options->save)
		replay->save = replay_save_new(options->save, options->path, options->recorder.interval_ns);
	return replay->save || !options->save;
}

static int replay_input(const struct options *options, struct input *input)
{
	struct progress progress;
	struct replay replay = {.options = options, .progress = &progress, .first_ns = NO_TIME};
	int exit_status = EXIT_FAILED;
	progress_start(&progress, options->path, 1, 1, false);
	if (!open_outputs(&replay, options)) {
		complain("out of memory");
		goto out;
	}
	if (!open_lookout(&replay))
		goto out;
	interrupt_catch();
	bool good = play(&replay, input);
	if (*interrupt_flag()) {
		exit_status = EXIT_SIGNAL + *interrupt_flag();
		goto out;
	}
	print_totals(&replay, input);
	if (replay.save)
		good &= replay_save_finish(replay.save);
	exit_status = good ? EXIT_DONE : EXIT_FAILED;
out:
	replay_save_free(replay.save);
	lookout_free(replay.lookout);
	json_free(replay.json);
	return exit_status;
}

static int run(int argc, char **argv)
{
	struct options options = {.incidents_per_hour = NO_CAP};
	char message[INPUT_MESSAGE_MAX];
	struct input *input = NULL;
	int exit_status = EXIT_USAGE;
	if (!options_default(&options.recorder)) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	if (!parse_options(argc, argv, &options))
		goto out;
	exit_status = EXIT_DONE;
	if (options.help) {
		fputs(command_replay.help, stdout);
		goto out;
	}
	const struct source_item item = {.path = options.path, .tape = strcmp(options.path, "-") != 0 && tape_is(options.path)};
	const enum status status = input_open(&input, &item, &options.period, message);
	if (status == STATUS_OK) {
		exit_status = replay_input(&options, input);
	} else {
		complain("%s: %s", strcmp(options.path, "-") == 0 ? "standard input" : options.path, message);
		exit_status = status == STATUS_USAGE ? EXIT_USAGE : EXIT_FAILED;
	}
out:
	input_close(input);
	options_free(&options.recorder);
	return exit_status;
}
