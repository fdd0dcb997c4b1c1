#include "analyze/cmd/zone.h"

#include "analyze/cmd/terminal.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define FOLDER "/usr/share/zoneinfo"
#define NAME_MAX_BYTES 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_local(const char *zone)
{
	return strcmp(zone, "local") == 0;
}

static bool is_zone_file(const char *path)
{
	char magic[4];
	struct stat info;
	FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "re") : NULL;
	const bool found = file && fread(magic, 1, sizeof magic, file) == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
	if (file)
		fclose(file);
	return found;
}

/* The C library takes any name for UTC, and a path for a file that it reads. */
static bool is_name(const char *name)
{
	char path[512];
	const char *folder = getenv("TZDIR");
	const size_t length = strlen(name);
	if (length == 0 || length > NAME_MAX_BYTES || !isalpha((unsigned char)name[0]))
		return false;
	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("+-_/", *at))
			return false;
	snprintf(path, sizeof path, "%.400s/%s", folder && folder[0] ? folder : FOLDER, name);
	return is_zone_file(path);
}

/* TZ of the user: a name, a path, or a rule such as "CET-1CEST". */
static bool is_known_to_library(const char *text)
{
	text += text[0] == ':';
	if (text[0] == '\0' || text[0] == '<' || is_name(text))
		return true;
	if (text[0] == '/')
		return is_zone_file(text);
	size_t letters = 0;
	while (isalpha((unsigned char)text[letters]))
		letters++;
	return letters >= 3 && strchr("+-0123456789", text[letters]) && text[letters];
}

static bool is_known(const char *zone)
{
	const char *own = getenv("TZ");
	if (!zone)
		return true;
	return is_local(zone) ? !own || is_known_to_library(own) : is_name(zone);
}

bool parse_zone(const char *option, const char *text, const char **zone)
{
	*zone = text;
	if (is_known(text))
		return true;
	complain("%s %s: no such time zone: a name of /usr/share/zoneinfo such as Europe/Berlin (package tzdata), or local", option, text);
	return false;
}

/* Seconds ahead of UTC. What TZ was before any zone was chosen is kept for "local". */
int64_t zone_offset_s(const char *zone, int64_t utc_ns)
{
	static char *own;
	static bool changed;
	char wanted[NAME_MAX_BYTES + 2];
	struct tm clock = {0};
	if (!zone)
		return 0;
	pthread_mutex_lock(&lock);
	const char *now = getenv("TZ");
	if (!is_local(zone)) {
		snprintf(wanted, sizeof wanted, ":%s", zone);
		if (!now || strcmp(now, wanted) != 0) {
			if (!changed)
				own = now ? strdup(now) : NULL;
			changed = true;
			setenv("TZ", wanted, 1);
		}
	} else if (changed) {
		changed = false;
		if (own)
			setenv("TZ", own, 1);
		else
			unsetenv("TZ");
		free(own);
		own = NULL;
	}
	const time_t seconds = (time_t)(utc_ns / SECOND - (utc_ns % SECOND < 0));
	tzset();
	localtime_r(&seconds, &clock);
	pthread_mutex_unlock(&lock);
	return clock.tm_gmtoff;
}

size_t zone_changes(const char *zone, int64_t from_ns, int64_t to_ns, struct zone_change *changes, size_t most)
{
	const int64_t end_s = to_ns / SECOND, day_s = 86400;
	int64_t before_s = from_ns / SECOND, offset_s = zone_offset_s(zone, before_s * SECOND);
	size_t count = 0;
	while (zone && count < most && before_s < end_s) {
		int64_t after_s = end_s - before_s < day_s ? end_s : before_s + day_s;
		const int64_t next_s = after_s, changed_s = zone_offset_s(zone, after_s * SECOND);
		if (changed_s != offset_s) {
			while (after_s - before_s > 1) {
				const int64_t middle_s = before_s + (after_s - before_s) / 2;
				*(zone_offset_s(zone, middle_s * SECOND) == offset_s ? &before_s : &after_s) = middle_s;
			}
			changes[count++] = (struct zone_change){.at_s = after_s, .offset_s = changed_s};
		}
		before_s = next_s;
		offset_s = changed_s;
	}
	return count;
}

int64_t zone_to_utc(const char *zone, int64_t clock_ns)
{
	const int64_t near = clock_ns - zone_offset_s(zone, clock_ns) * SECOND;
	return clock_ns - zone_offset_s(zone, near) * SECOND;
}

/* The system's zone, "Europe/Berlin", if it says so. */
static void local_name(char *name, size_t name_bytes)
{
	const char *own = getenv("TZ");
	char target[256];
	snprintf(name, name_bytes, "local time");
	if (own && own[0] == ':')
		own++;
	if (own && is_name(own)) {
		snprintf(name, name_bytes, "%s", own);
		return;
	}
	const ssize_t length = own ? -1 : readlink("/etc/localtime", target, sizeof target - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	const char *folder = strstr(target, "zoneinfo/");
	if (folder && is_name(folder + strlen("zoneinfo/")))
		snprintf(name, name_bytes, "%s", folder + strlen("zoneinfo/"));
}

void zone_label(const char *zone, int64_t utc_ns, char text[ZONE_LABEL_MAX])
{
	char name[NAME_MAX_BYTES + 1] = "UTC";
	const int64_t offset = zone_offset_s(zone, utc_ns);
	const int64_t minutes = llabs(offset) / 60;
	if (zone && is_local(zone))
		local_name(name, sizeof name);
	else if (zone)
		snprintf(name, sizeof name, "%s", zone);
	for (char *at = name; *at; at++)
		if (*at == '_') /* "Buenos_Aires"; and in gnuplot it begins an index */
			*at = ' ';
	if (offset == 0 && (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0))
		snprintf(text, ZONE_LABEL_MAX, "UTC");
	else
		snprintf(text, ZONE_LABEL_MAX, "%s (UTC%c%02d:%02d)", name, offset < 0 ? '-' : '+', (int)(minutes / 60), (int)(minutes % 60));
}
