#include "capture/setting.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
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

/* Where the words of a refusal go. */
struct refusal {
	char *message;
	size_t bytes;
};

#define FIELD(name) offsetof(struct recorder_options, name)

_Static_assert(SLICE_SMART == 0 && SLICE_FULL == 2, "set_slice goes through them");

const struct setting settings[SETTINGS] = {
	{"interface", 'i', SETTING_TEXT, FIELD(interface), 0, 0, "IFACE", "interface to record, or any"},
	{"filter", 'f', SETTING_TEXT, FIELD(filter), 0, 0, "BPF", "record only what matches, as in tcpdump: 'port 443'"},
	{"dir", 0, SETTING_TEXT, FIELD(directory), 0, 0, "DIR", "where the tape is [/var/lib/wiretape/IFACE]"},
	{"ring-size", 0, SETTING_SIZE, FIELD(ring_bytes), MIB, 1024 * TIB, "SIZE", "the ring's segments on disk, at most"},
	{"ring-time", 0, SETTING_TIME, FIELD(ring_ns), SECOND, 3650 * DAY, "TIME", "older segments go"},
	{"segment-size", 0, SETTING_SIZE, FIELD(segment_bytes), 64 * KIB, TIB, "SIZE", "of a segment, compressed, at most"},
	{"segment-time", 0, SETTING_TIME, FIELD(segment_ns), SECOND, DAY, "TIME", "of a segment, aligned to the wall clock"},
	{"incident-size", 0, SETTING_SIZE, FIELD(incident_bytes), MIB, 1024 * TIB, "SIZE", "all incidents together; the oldest go"},
	{"catalog-size", 0, SETTING_SIZE, FIELD(catalog_bytes), MIB, TIB, "SIZE", "timeline in the catalog; the oldest rows go"},
	{"min-free", 0, SETTING_SIZE_OR_AUTO, FIELD(min_free_bytes), 0, 1024 * TIB, "SIZE", "left free on the disk; auto: 5 %, 1G at most"},
	{"snaplen", 0, SETTING_SIZE32, FIELD(snaplen), 64, 256 * KIB, "SIZE", "of a packet, at most"},
	{"slice", 0, SETTING_SLICE, FIELD(slice), 0, 0, "HOW", "what is kept of a packet: headers, smart, full"},
	{"compress", 0, SETTING_LEVEL, FIELD(compress_level), 0, 0, "LEVEL", "of zstd, -7 to 19; it falls under load"},
	{"buffer", 0, SETTING_SIZE, FIELD(buffer_bytes), MIB, 2 * GIB - MIB, "SIZE", "the kernel's, before packets are dropped"},
	{"pool", 0, SETTING_SIZE, FIELD(pool_bytes), 16 * MIB, 256 * GIB, "SIZE", "ours, between capture and disk"},
	{"promiscuous", 0, SETTING_FLAG, FIELD(promiscuous), 0, 0, NULL, "also packets for other machines"},
	{"user", 0, SETTING_TEXT, FIELD(user), 0, 0, "NAME", "go on as this user once the interface is open"},
	{"interval", 0, SETTING_TIME, FIELD(interval_ns), 10 * MS, HOUR, "TIME", "of the timeline, and so of triggers"},
	{"timeline-keys", 0, SETTING_COUNT, FIELD(timeline_keys), 1, 10000, "N", "services and peers with rows of their own"},
	{"max-flows", 0, SETTING_COUNT, FIELD(max_flows), 16, 16000000, "N", "flows in memory"},
	{"incidents-per-hour", 0, SETTING_COUNT, FIELD(incidents_per_hour), 0, 3600, "N", "saved, at most"},
	{"on-incident", 0, SETTING_TEXT, FIELD(on_incident), 0, 0, "CMD", "shell command to run when one is saved"},
	{"hook-time", 0, SETTING_TIME, FIELD(hook_ns), SECOND, HOUR, "TIME", "CMD is killed after that"},
	{"analyze", 0, SETTING_YES_NO, FIELD(analyze), 0, 0, "yes|no", "make each incident's database and report"},
};

const struct setting *setting_find(const char *name)
{
	for (int i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

static bool __attribute__((format(printf, 2, 3))) refuse(const struct refusal *refusal, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(refusal->message, refusal->bytes, format, arguments);
	va_end(arguments);
	return false;
}

static bool set_text(char **field, const struct refusal *refusal, const char *value)
{
	const char *end = value + strlen(value);
	while (isspace((unsigned char)*value))
		value++;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	if (strpbrk(value, "\r\n") && strpbrk(value, "\r\n") < end)
		return refuse(refusal, "must be one line");
	char *copy = end > value ? strndup(value, (size_t)(end - value)) : NULL;
	if (end > value && !copy)
		return refuse(refusal, "out of memory");
	free(*field);
	*field = copy;
	return true;
}

static bool refuse_range(const struct refusal *refusal, const char *least, const char *most)
{
	return refuse(refusal, "must be between %s and %s", least, most);
}

static bool set_size(const struct setting *setting, const struct refusal *refusal, const char *value, uint64_t *size)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	if (!units_parse_size(value, size))
		return refuse(refusal, "not a size such as 500k, 64M or 10G");
	return (*size >= setting->least && *size <= setting->most) ||
	       refuse_range(refusal, units_print_size(setting->least, least), units_print_size(setting->most, most));
}

static bool set_time(const struct setting *setting, const struct refusal *refusal, const char *value, int64_t *ns)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	if (!units_parse_time(value, ns))
		return refuse(refusal, "not a time such as 100ms, 60s, 24h or 7d");
	return (*ns >= (int64_t)setting->least && *ns <= (int64_t)setting->most) ||
	       refuse_range(refusal, units_print_time((int64_t)setting->least, least), units_print_time((int64_t)setting->most, most));
}

static bool set_count(const struct setting *setting, const struct refusal *refusal, const char *value, uint64_t *count)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	if (!units_parse_count(value, count))
		return refuse(refusal, "not a number such as 12, 100k or 1M");
	return (*count >= setting->least && *count <= setting->most) ||
	       refuse_range(refusal, units_print_count(setting->least, least), units_print_count(setting->most, most));
}

static bool set_level(int *level, const struct refusal *refusal, const char *value)
{
	char *end = NULL;
	const long number = strtol(value, &end, 10);
	if (end == value || *end || number < -7 || number > 19)
		return refuse(refusal, "not a level of zstd, which go from -7 (fast) to 19 (small)");
	*level = (int)number;
	return true;
}

static bool set_slice(enum slice *slice, const struct refusal *refusal, const char *value)
{
	for (enum slice known = SLICE_SMART; known <= SLICE_FULL; known++) {
		if (strcmp(value, slice_name(known)) != 0)
			continue;
		*slice = known;
		return true;
	}
	return refuse(refusal, "must be headers, smart or full");
}

static bool set_bool(bool *field, const struct refusal *refusal, const char *value)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		*field = i % 2;
		return true;
	}
	return refuse(refusal, "must be yes or no");
}

bool setting_set(const struct setting *setting, struct recorder_options *options, const char *value, char *message,
		 size_t message_bytes)
{
	void *field = (char *)options + setting->field;
	const struct refusal by = { message, message_bytes }, *refusal = &by;
	uint64_t number = 0;
	switch (setting->kind) {
	case SETTING_TEXT:
		return set_text(field, refusal, value);
	case SETTING_SIZE_OR_AUTO:
		if (strcmp(value, "auto") == 0) {
			*(uint64_t *)field = SIZE_AUTO;
			return true;
		}
		return set_size(setting, refusal, value, field);
	case SETTING_SIZE:
		return set_size(setting, refusal, value, field);
	case SETTING_SIZE32:
		if (!set_size(setting, refusal, value, &number))
			return false;
		*(uint32_t *)field = (uint32_t)number;
		return true;
	case SETTING_TIME:
		return set_time(setting, refusal, value, field);
	case SETTING_COUNT:
		if (!set_count(setting, refusal, value, &number))
			return false;
		*(uint32_t *)field = (uint32_t)number;
		return true;
	case SETTING_LEVEL:
		return set_level(field, refusal, value);
	case SETTING_SLICE:
		return set_slice(field, refusal, value);
	case SETTING_FLAG:
	case SETTING_YES_NO:
		return set_bool(field, refusal, value);
	}
	return false;
}

const char *setting_text(const struct setting *setting, const struct recorder_options *options, char text[UNITS_TEXT_MAX])
{
	const void *field = (const char *)options + setting->field;
	switch (setting->kind) {
	case SETTING_TEXT:
		return *(char *const *)field;
	case SETTING_SIZE_OR_AUTO:
		if (*(const uint64_t *)field == SIZE_AUTO)
			return "auto";
		return units_print_size(*(const uint64_t *)field, text);
	case SETTING_SIZE:
		return units_print_size(*(const uint64_t *)field, text);
	case SETTING_SIZE32:
		return units_print_size(*(const uint32_t *)field, text);
	case SETTING_TIME:
		return units_print_time(*(const int64_t *)field, text);
	case SETTING_COUNT:
		return units_print_count(*(const uint32_t *)field, text);
	case SETTING_LEVEL:
		snprintf(text, UNITS_TEXT_MAX, "%d", *(const int *)field);
		return text;
	case SETTING_SLICE:
		return slice_name(*(const enum slice *)field);
	case SETTING_FLAG:
	case SETTING_YES_NO:
		return *(const bool *)field ? "yes" : "no";
	}
	return NULL;
}

void setting_clear(const struct setting *setting, struct recorder_options *options)
{
	if (setting->kind != SETTING_TEXT)
		return;
	char **text = (char **)(void *)((char *)options + setting->field);
	free(*text);
	*text = NULL;
}
