#include "capture/options.h"

#include "capture/config.h"
#include "capture/units.h"

#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define TIB (KIB * GIB)
#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define MESSAGE_MAX 4608

/* What a value looks like, and the type of its field. */
enum kind { TEXT, SIZE, SIZE32, TIME, COUNT, LEVEL, SLICE, FLAG, YES_NO };

struct entry {
	const char *name;
	char letter;
	enum kind kind;
	size_t field;
	uint64_t least, most; /* of SIZE, TIME and COUNT */
	const char *argument, *help;
};

#define FIELD(name) offsetof(struct recorder_options, name)

/* In the order of --help and --print-config. */
static const struct entry entries[] = {
	{"interface", 'i', TEXT, FIELD(interface), 0, 0, "IFACE", "interface to record, or any"},
	{"filter", 'f', TEXT, FIELD(filter), 0, 0, "BPF", "record only what matches, as in tcpdump: 'port 443'"},
	{"dir", 0, TEXT, FIELD(directory), 0, 0, "DIR", "where the tape is [/var/lib/wiretape/IFACE]"},
	{"ring-size", 0, SIZE, FIELD(ring_bytes), MIB, 1024 * TIB, "SIZE", "the ring's segments on disk, at most"},
	{"ring-time", 0, TIME, FIELD(ring_ns), SECOND, 3650 * DAY, "TIME", "older segments go"},
	{"segment-size", 0, SIZE, FIELD(segment_bytes), 64 * KIB, TIB, "SIZE", "of a segment, compressed, at most"},
	{"segment-time", 0, TIME, FIELD(segment_ns), SECOND, DAY, "TIME", "of a segment, aligned to the wall clock"},
	{"incident-size", 0, SIZE, FIELD(incident_bytes), MIB, 1024 * TIB, "SIZE", "all incidents together; the oldest go"},
	{"catalog-size", 0, SIZE, FIELD(catalog_bytes), MIB, TIB, "SIZE", "timeline in the catalog; the oldest rows go"},
	{"min-free", 0, SIZE, FIELD(min_free_bytes), 0, 1024 * TIB, "SIZE", "left free on the disk, whoever fills it"},
	{"snaplen", 0, SIZE32, FIELD(snaplen), 64, 256 * KIB, "SIZE", "of a packet, at most"},
	{"slice", 0, SLICE, FIELD(slice), 0, 0, "HOW", "what is kept of a packet: headers, smart, full"},
	{"compress", 0, LEVEL, FIELD(compress_level), 0, 0, "LEVEL", "of zstd, -7 to 19; it falls under load"},
	{"buffer", 0, SIZE, FIELD(buffer_bytes), MIB, 2 * GIB - MIB, "SIZE", "the kernel's, before packets are dropped"},
	{"pool", 0, SIZE, FIELD(pool_bytes), 16 * MIB, 256 * GIB, "SIZE", "ours, between capture and disk"},
	{"promiscuous", 0, FLAG, FIELD(promiscuous), 0, 0, NULL, "also packets for other machines"},
	{"user", 0, TEXT, FIELD(user), 0, 0, "NAME", "go on as this user once the interface is open"},
	{"interval", 0, TIME, FIELD(interval_ns), 10 * MS, HOUR, "TIME", "of the timeline, and so of triggers"},
	{"timeline-keys", 0, COUNT, FIELD(timeline_keys), 1, 10000, "N", "services and peers with rows of their own"},
	{"max-flows", 0, COUNT, FIELD(max_flows), 16, 16000000, "N", "flows in memory"},
	{"incidents-per-hour", 0, COUNT, FIELD(incidents_per_hour), 0, 3600, "N", "saved, at most"},
	{"on-incident", 0, TEXT, FIELD(on_incident), 0, 0, "CMD", "shell command to run when one is saved"},
	{"hook-time", 0, TIME, FIELD(hook_ns), SECOND, HOUR, "TIME", "CMD is killed after that"},
	{"analyze", 0, YES_NO, FIELD(analyze), 0, 0, "yes|no", "make each incident's database and report"},
};

enum {
	ENTRIES = sizeof entries / sizeof entries[0],
	FIRST_ENTRY = 256, /* getopt's value of entries[0]; letters are below */
	OPTION_PRINT = 255,
};

/* One flag as it was given. */
struct given {
	const struct entry *entry;
	const char *value;
};

struct file_reading {
	struct recorder_options *options;
	const char *path;
	bool seen[ENTRIES];
};

static bool __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list arguments;
	fputs("wiretaped: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

static struct recorder_options defaults(void)
{
	return (struct recorder_options){
		.ring_bytes = 10 * GIB,
		.ring_ns = (int64_t)(24 * HOUR),
		.segment_bytes = 64 * MIB,
		.segment_ns = (int64_t)(60 * SECOND),
		.incident_bytes = 2 * GIB,
		.catalog_bytes = 256 * MIB,
		.min_free_bytes = GIB,
		.snaplen = 256 * KIB,
		.slice = SLICE_SMART,
		.compress_level = 3,
		.buffer_bytes = 32 * MIB,
		.pool_bytes = 64 * MIB,
		.interval_ns = (int64_t)SECOND,
		.timeline_keys = 16,
		.max_flows = 100000,
		.incidents_per_hour = 12,
		.hook_ns = (int64_t)(60 * SECOND),
		.analyze = true,
	};
}

static void *field_of(struct recorder_options *options, const struct entry *entry)
{
	return (char *)options + entry->field;
}

/* `where` says where the value stands and what it is, for the complaint. */
static bool set_text(char **field, const char *where, const char *value)
{
	const char *end = value + strlen(value);
	while (isspace((unsigned char)*value))
		value++;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	if (strpbrk(value, "\r\n") && strpbrk(value, "\r\n") < end)
		return complain("%s: must be one line", where);
	char *copy = end > value ? strndup(value, (size_t)(end - value)) : NULL;
	if (end > value && !copy)
		return complain("out of memory");
	free(*field);
	*field = copy;
	return true;
}

static bool complain_range(const char *where, const char *least, const char *most)
{
	return complain("%s: must be between %s and %s", where, least, most);
}

static bool set_size(const struct entry *entry, const char *where, const char *value, uint64_t *size)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	if (!units_parse_size(value, size))
		return complain("%s: not a size such as 500k, 64M or 10G", where);
	return (*size >= entry->least && *size <= entry->most) ||
	       complain_range(where, units_print_size(entry->least, least), units_print_size(entry->most, most));
}

static bool set_time(const struct entry *entry, const char *where, const char *value, int64_t *ns)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	if (!units_parse_time(value, ns))
		return complain("%s: not a time such as 100ms, 60s, 24h or 7d", where);
	return (*ns >= (int64_t)entry->least && *ns <= (int64_t)entry->most) ||
	       complain_range(where, units_print_time((int64_t)entry->least, least), units_print_time((int64_t)entry->most, most));
}

static bool set_count(const struct entry *entry, const char *where, const char *value, uint64_t *count)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	if (!units_parse_count(value, count))
		return complain("%s: not a number such as 12, 100k or 1M", where);
	return (*count >= entry->least && *count <= entry->most) ||
	       complain_range(where, units_print_count(entry->least, least), units_print_count(entry->most, most));
}

static bool set_level(int *level, const char *where, const char *value)
{
	char *end = NULL;
	const long number = strtol(value, &end, 10);
	if (end == value || *end || number < -7 || number > 19)
		return complain("%s: not a level of zstd, which go from -7 (fast) to 19 (small)", where);
	*level = (int)number;
	return true;
}

static bool set_slice(enum slice *slice, const char *where, const char *value)
{
	for (enum slice known = SLICE_SMART; known <= SLICE_FULL; known++) {
		if (strcmp(value, slice_name(known)) != 0)
			continue;
		*slice = known;
		return true;
	}
	return complain("%s: must be headers, smart or full", where);
}

static bool set_bool(bool *field, const char *where, const char *value)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		*field = i % 2;
		return true;
	}
	return complain("%s: must be yes or no", where);
}

static bool set(struct recorder_options *options, const struct entry *entry, const char *where, const char *value)
{
	void *field = field_of(options, entry);
	uint64_t number = 0;
	switch (entry->kind) {
	case TEXT:
		return set_text(field, where, value);
	case SIZE:
		return set_size(entry, where, value, field);
	case SIZE32:
		if (!set_size(entry, where, value, &number))
			return false;
		*(uint32_t *)field = (uint32_t)number;
		return true;
	case TIME:
		return set_time(entry, where, value, field);
	case COUNT:
		if (!set_count(entry, where, value, &number))
			return false;
		*(uint32_t *)field = (uint32_t)number;
		return true;
	case LEVEL:
		return set_level(field, where, value);
	case SLICE:
		return set_slice(field, where, value);
	case FLAG:
	case YES_NO:
		return set_bool(field, where, value);
	}
	return false;
}

static const struct entry *find(const char *name)
{
	for (int i = 0; i < ENTRIES; i++)
		if (strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

static bool take_recorder_key(struct file_reading *reading, int line, const char *key, const char *value)
{
	char where[MESSAGE_MAX];
	const struct entry *entry = find(key);
	if (!entry)
		return complain("%s:%d: %s: no such option; wiretaped --help lists them", reading->path, line, key);
	if (reading->seen[entry - entries])
		return complain("%s:%d: %s: is set twice", reading->path, line, key);
	reading->seen[entry - entries] = true;
	snprintf(where, sizeof where, "%s:%d: %s = %s", reading->path, line, key, value);
	return set(reading->options, entry, where, value);
}

static bool take_key(void *user, int line, const char *section, const char *key, const char *value)
{
	struct file_reading *reading = user;
	char message[MESSAGE_MAX];
	static const char trigger[] = "trigger";
	if (strcmp(section, "recorder") == 0)
		return take_recorder_key(reading, line, key, value);
	if (strncmp(section, trigger, strlen(trigger)) == 0 && isspace((unsigned char)section[strlen(trigger)])) {
		const char *name = section + strlen(trigger);
		name += strspn(name, " \t");
		return rules_set(reading->options->rules, name, key, value, message, sizeof message) ||
		       complain("%s:%d: %s", reading->path, line, message);
	}
	if (*section == '\0')
		return complain("%s:%d: %s: stands in no section; begin the file with [recorder]", reading->path, line, key);
	return complain("%s:%d: [%s]: no such section; there are [recorder] and [trigger NAME]", reading->path, line, section);
}

static bool read_file(struct recorder_options *options, const char *path)
{
	struct file_reading reading = { .options = options, .path = path };
	char message[MESSAGE_MAX];
	if (config_read(path, take_key, &reading, message, sizeof message))
		return true;
	return *message ? complain("%s", message) : false;
}

static void fill_getopt(struct option options[ENTRIES + 5], char letters[3 * ENTRIES])
{
	int count = 0;
	char *letter = letters;
	letter += sprintf(letter, ":c:hV");
	for (int i = 0; i < ENTRIES; i++) {
		const int argument = entries[i].kind == FLAG ? optional_argument : required_argument;
		options[count++] = (struct option){ entries[i].name, argument, NULL, FIRST_ENTRY + i };
		if (entries[i].letter)
			letter += sprintf(letter, "%c:", entries[i].letter);
	}
	options[count++] = (struct option){ "config", required_argument, NULL, 'c' };
	options[count++] = (struct option){ "print-config", no_argument, NULL, OPTION_PRINT };
	options[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[count++] = (struct option){ "version", no_argument, NULL, 'V' };
	options[count] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct entry *entry_of(int value)
{
	for (int i = 0; i < ENTRIES; i++)
		if (value == FIRST_ENTRY + i || (entries[i].letter && value == entries[i].letter))
			return &entries[i];
	return NULL;
}

/* Reads the files that -c names as they come, and collects the flags, which win over all files. -1 after a complaint. */
static int read_flags(struct recorder_options *options, int argc, char **argv, struct given *given)
{
	struct option long_options[ENTRIES + 5];
	char letters[3 * ENTRIES];
	int count = 0, value;
	fill_getopt(long_options, letters);
	opterr = 0;
	optind = 0; /* glibc: from the start, if somebody has used it before */
	while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		const struct entry *entry = entry_of(value);
		if (entry) {
			given[count++] = (struct given){ entry, optarg ? optarg : "yes" };
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
		char where[MESSAGE_MAX];
		snprintf(where, sizeof where, "--%s %s", given[i].entry->name, given[i].value);
		if (!set(options, given[i].entry, where, given[i].value))
			return false;
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

static bool check(struct recorder_options *options)
{
	char one[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
	if (options->segment_bytes > options->ring_bytes / 4)
		return complain("--segment-size %s: must be a quarter of --ring-size %s, or less",
				units_print_size(options->segment_bytes, one), units_print_size(options->ring_bytes, other));
	if (options->segment_ns > options->ring_ns)
		return complain("--segment-time %s: must not be longer than --ring-time %s",
				units_print_time(options->segment_ns, one), units_print_time(options->ring_ns, other));
	return check_interface(options);
}

bool options_parse(struct recorder_options *options, int argc, char **argv)
{
	bool done = false;
	*options = defaults();
	options->rules = rules_new();
	struct given *given = calloc((size_t)argc + 1, sizeof *given);
	if (!options->rules || !given) {
		complain("out of memory");
		goto out;
	}
	const int count = read_flags(options, argc, argv, given);
	done = count >= 0 && (options->help || options->version || (apply_flags(options, given, count) && check(options)));
out:
	free(given);
	return done;
}

/* NULL: there is none. */
static const char *value_text(const struct recorder_options *options, const struct entry *entry, char text[UNITS_TEXT_MAX])
{
	const void *field = (const char *)options + entry->field;
	switch (entry->kind) {
	case TEXT:
		return *(char *const *)field;
	case SIZE:
		return units_print_size(*(const uint64_t *)field, text);
	case SIZE32:
		return units_print_size(*(const uint32_t *)field, text);
	case TIME:
		return units_print_time(*(const int64_t *)field, text);
	case COUNT:
		return units_print_count(*(const uint32_t *)field, text);
	case LEVEL:
		snprintf(text, UNITS_TEXT_MAX, "%d", *(const int *)field);
		return text;
	case SLICE:
		return slice_name(*(const enum slice *)field);
	case FLAG:
	case YES_NO:
		return *(const bool *)field ? "yes" : "no";
	}
	return NULL;
}

void options_print(const struct recorder_options *options, FILE *out)
{
	char text[UNITS_TEXT_MAX];
	fputs("[recorder]\n", out);
	for (int i = 0; i < ENTRIES; i++) {
		const char *value = value_text(options, &entries[i], text);
		if (value)
			fprintf(out, "%s = %s\n", entries[i].name, value);
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
	for (int i = 0; i < ENTRIES; i++) {
		const struct entry *entry = &entries[i];
		char text[UNITS_TEXT_MAX], flag[64];
		const char *value = entry->kind == TEXT ? NULL : value_text(&options, entry, text);
		const char *argument = entry->argument ? entry->argument : "";
		snprintf(flag, sizeof flag, "--%s %s", entry->name, argument);
		fprintf(out, "  %c%c%s%-24s %s", entry->letter ? '-' : ' ', entry->letter ? entry->letter : ' ',
			entry->letter ? ", " : "  ", flag, entry->help);
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
	for (int i = 0; i < ENTRIES; i++) {
		if (entries[i].kind != TEXT)
			continue;
		char **text = field_of(options, &entries[i]);
		free(*text);
		*text = NULL;
	}
	rules_free(options->rules);
	options->rules = NULL;
}
