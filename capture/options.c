#include "capture/options.h"

#include "capture/config.h"
#include "capture/setting.h"
#include "capture/units.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define MESSAGE_MAX 4608

enum {
	FIRST_SETTING = 256, /* getopt's value of settings[0]; letters are below */
	OPTION_PRINT = 255,
};

/* One flag as it was given. */
struct given {
	const struct setting *setting;
	const char *value;
};

struct file_reading {
	struct recorder_options *options;
	const char *path;
	bool seen[SETTINGS];
	char *message;
	size_t message_bytes;
};

/* What is told stays one line, whatever a value holds. */
static bool __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	char line[2 * MESSAGE_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	for (char *at = line; *at; at++)
		if (iscntrl((unsigned char)*at))
			*at = ' ';
	fprintf(stderr, "wiretaped: %s\n", line);
	return false;
}

static bool __attribute__((format(printf, 2, 3))) refuse(const struct file_reading *reading, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(reading->message, reading->message_bytes, format, arguments);
	va_end(arguments);
	return false;
}

#define SEGMENT_BYTES (64 * MIB)
#define SEGMENT_NS (60 * SECOND)

static struct recorder_options defaults(void)
{
	return (struct recorder_options){
		.ring_bytes = 10 * GIB,
		.ring_ns = 24 * HOUR,
		.segment_bytes = SEGMENT_BYTES,
		.segment_ns = SEGMENT_NS,
		.incident_bytes = 2 * GIB,
		.catalog_bytes = 256 * MIB,
		.min_free_bytes = SIZE_AUTO,
		.snaplen = 256 * KIB,
		.slice = SLICE_SMART,
		.compress_level = 3,
		.buffer_bytes = 32 * MIB,
		.pool_bytes = 64 * MIB,
		.interval_ns = SECOND,
		.timeline_keys = 16,
		.max_flows = 100000,
		.incidents_per_hour = 12,
		.hook_ns = 60 * SECOND,
		.analyze = true,
	};
}

/* A text in several lines is one. */
static char *join_lines(const char *value)
{
	char *joined = strdup(value);
	for (char *at = joined; at && *at; at++)
		if (*at == '\n')
			*at = ' ';
	return joined;
}

static bool take_recorder_key(struct file_reading *reading, int line, const char *key, const char *value)
{
	char why[MESSAGE_MAX];
	const struct setting *setting = setting_find(key);
	if (!setting)
		return refuse(reading, "%s:%d: %s: no such option; wiretaped --help lists them", reading->path, line, key);
	if (reading->seen[setting - settings])
		return refuse(reading, "%s:%d: %s: is set twice", reading->path, line, key);
	reading->seen[setting - settings] = true;
	char *joined = join_lines(value);
	const bool done = joined ? setting_set(setting, reading->options, joined, why, sizeof why) ||
					   refuse(reading, "%s:%d: %s = %s: %s", reading->path, line, key, joined, why)
				 : refuse(reading, "out of memory");
	free(joined);
	return done;
}

static bool take_key(void *user, int line, const char *section, const char *key, const char *value)
{
	struct file_reading *reading = user;
	char message[MESSAGE_MAX];
	if (strcmp(section, "recorder") == 0)
		return take_recorder_key(reading, line, key, value);
	const char *name = rules_section(section);
	if (name)
		return rules_set(reading->options->rules, name, key, value, message, sizeof message) ||
		       refuse(reading, "%s:%d: %s", reading->path, line, message);
	if (*section == '\0')
		return refuse(reading, "%s:%d: %s: stands in no section; begin the file with [recorder]", reading->path, line, key);
	return refuse(reading, "%s:%d: [%s]: no such section; there are [recorder] and [trigger NAME]", reading->path, line, section);
}

bool options_read_file(struct recorder_options *options, const char *path, char *message, size_t message_bytes)
{
	struct file_reading reading = { .options = options, .path = path, .message = message, .message_bytes = message_bytes };
	return config_read(path, take_key, &reading, message, message_bytes);
}

static bool read_file(struct recorder_options *options, const char *path)
{
	char message[MESSAGE_MAX];
	return options_read_file(options, path, message, sizeof message) || complain("%s", message);
}

static void fill_getopt(struct option options[SETTINGS + 5], char letters[3 * SETTINGS])
{
	int count = 0;
	char *letter = letters;
	letter += sprintf(letter, ":c:hV");
	for (int i = 0; i < SETTINGS; i++) {
		const int argument = settings[i].kind == SETTING_FLAG ? optional_argument : required_argument;
		options[count++] = (struct option){ settings[i].name, argument, NULL, FIRST_SETTING + i };
		if (settings[i].letter)
			letter += sprintf(letter, "%c:", settings[i].letter);
	}
	options[count++] = (struct option){ "config", required_argument, NULL, 'c' };
	options[count++] = (struct option){ "print-config", no_argument, NULL, OPTION_PRINT };
	options[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[count++] = (struct option){ "version", no_argument, NULL, 'V' };
	options[count] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct setting *setting_of(int value)
{
	for (int i = 0; i < SETTINGS; i++)
		if (value == FIRST_SETTING + i || (settings[i].letter && value == settings[i].letter))
			return &settings[i];
	return NULL;
}

/* Reads the files that -c names as they come, and collects the flags, which win over all files. -1 after a complaint. */
static int read_flags(struct recorder_options *options, int argc, char **argv, struct given *given)
{
	struct option long_options[SETTINGS + 5];
	char letters[3 * SETTINGS];
	int count = 0, value;
	fill_getopt(long_options, letters);
	opterr = 0;
	optind = 0; /* glibc: from the start, if somebody has used it before */
	while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		const struct setting *setting = setting_of(value);
		if (setting) {
			given[count++] = (struct given){ setting, optarg ? optarg : "yes" };
		} else if (value == 'c') {
			if (!read_file(options, optarg))
				return -1;
		} else if (value == OPTION_PRINT) {
			options->print_config = true;
		} else if (value == 'h') {
			options->help = true;
		} else if (value == 'V') {
			options->version = true;
		} else {
			if (value == ':')
				complain("%s: needs a value; wiretaped --help tells more", argv[optind - 1]);
			else if (optopt > 0 && optopt < OPTION_PRINT)
				complain("-%c: no such option; wiretaped --help lists them", optopt);
			else
				complain("%s: no such option, or not clear; wiretaped --help lists them", argv[optind - 1]);
			return -1;
		}
	}
	if (optind < argc) {
		complain("%s: is no option; a filter goes behind -f, in quotes", argv[optind]);
		return -1;
	}
	return count;
}

static bool apply_flags(struct recorder_options *options, const struct given *given, int count)
{
	for (int i = 0; i < count; i++) {
		char why[MESSAGE_MAX];
		const struct setting *setting = given[i].setting;
		if (!setting_set(setting, options, given[i].value, why, sizeof why))
			return complain("--%s %s: %s", setting->name, given[i].value, why);
	}
	return true;
}

static bool check_interface(struct recorder_options *options)
{
	const char *interface = options->interface;
	if (!interface)
		return options->print_config || complain("-i: which interface? `ip -brief link` lists them; any is all of them");
	if (strchr(interface, '/') || *interface == '.')
		return complain("--interface %s: not the name of an interface", interface);
	if (!options->directory && asprintf(&options->directory, "/var/lib/wiretape/%s", interface) < 0) {
		options->directory = NULL;
		return complain("out of memory");
	}
	return true;
}

/* A ring that is smaller than what segments are by default has smaller ones. */
static void fit_segments(struct recorder_options *options)
{
	if (options->segment_bytes == SEGMENT_BYTES && options->segment_bytes > options->ring_bytes / 4)
		options->segment_bytes = options->ring_bytes / 4;
	if (options->segment_ns == SEGMENT_NS && options->segment_ns > options->ring_ns)
		options->segment_ns = options->ring_ns;
}

static bool check(struct recorder_options *options)
{
	char one[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
	fit_segments(options);
	if (options->segment_bytes > options->ring_bytes / 4)
		return complain("--segment-size %s: must be a quarter of --ring-size %s, or less",
				units_print_size(options->segment_bytes, one), units_print_size(options->ring_bytes, other));
	if (options->segment_ns > options->ring_ns)
		return complain("--segment-time %s: must not be longer than --ring-time %s",
				units_print_time(options->segment_ns, one), units_print_time(options->ring_ns, other));
	return check_interface(options);
}

bool options_default(struct recorder_options *options)
{
	*options = defaults();
	options->rules = rules_new();
	return options->rules;
}

bool options_parse(struct recorder_options *options, int argc, char **argv)
{
	bool done = false;
	const bool made = options_default(options);
	struct given *given = calloc((size_t)argc + 1, sizeof *given);
	if (!made || !given) {
		complain("out of memory");
		goto out;
	}
	const int count = read_flags(options, argc, argv, given);
	done = count >= 0 && (options->help || options->version || (apply_flags(options, given, count) && check(options)));
out:
	free(given);
	return done;
}

void options_print(const struct recorder_options *options, FILE *out)
{
	char text[UNITS_TEXT_MAX];
	fputs("[recorder]\n", out);
	for (int i = 0; i < SETTINGS; i++) {
		const char *value = setting_text(&settings[i], options, text);
		if (value)
			fprintf(out, "%s = %s\n", settings[i].name, value);
	}
	fputc('\n', out);
	rules_print(options->rules, out);
}

void options_print_help(FILE *out)
{
	const struct recorder_options options = defaults();
	fputs("usage: wiretaped -i IFACE [-f BPF] [--dir DIR] [-c FILE] [OPTION ...]\n"
	      "\n"
	      "Records an interface for weeks into a ring of zstd-compressed pcap segments, and\n"
	      "saves the tape around loss and latency. Runs in the foreground.\n"
	      "\n",
	      out);
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];
		char text[UNITS_TEXT_MAX], flag[64];
		const char *value = setting->kind == SETTING_TEXT ? NULL : setting_text(setting, &options, text);
		const char *argument = setting->argument ? setting->argument : "";
		snprintf(flag, sizeof flag, "--%s %s", setting->name, argument);
		fprintf(out, "  %c%c%s%-24s %s", setting->letter ? '-' : ' ', setting->letter ? setting->letter : ' ',
			setting->letter ? ", " : "  ", flag, setting->help);
		fprintf(out, value ? " [%s]\n" : "\n", value);
	}
	fputs("  -c, --config FILE            read options and triggers from an INI file; flags win\n"
	      "      --print-config           print all of it as such a file, and exit\n"
	      "  -h, --help    -V, --version\n"
	      "\n"
	      "Sizes: 500k, 64M, 10G, powers of 1024. Times: 100ms, 60s, 24h, 7d.\n"
	      "Signals: TERM, INT finish the segment and exit; HUP starts a new one; USR1 saves\n"
	      "an incident now; USR2 prints statistics. See wiretaped(8).\n",
	      out);
}

void options_free(struct recorder_options *options)
{
	for (int i = 0; i < SETTINGS; i++)
		setting_clear(&settings[i], options);
	rules_free(options->rules);
	options->rules = NULL;
}
