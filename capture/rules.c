#include "capture/rules.h"

#include "store/embedded.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RULES_MAX 64
#define NAME_MAX_BYTES 32
#define WHEN_MAX_BYTES 16384
#define LINE_MAX_BYTES 160 /* that rules_print writes; inih reads up to 200 */
#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define SECTION "trigger"

struct rules {
	struct rule *list;
	size_t count;
	const char *continued; /* name of the rule whose `when` came last: if more of it comes, it goes on */
};

static void release(struct rule *rule)
{
	free(rule->name);
	free(rule->when);
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->count; i++)
		release(&rules->list[i]);
	free(rules->list);
	free(rules);
}

__attribute__((format(printf, 3, 4))) static bool complain(char *message, size_t bytes, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, bytes, format, arguments);
	va_end(arguments);
	return false;
}

static bool is_name(const char *name)
{
	size_t length = strlen(name);
	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-')
			return false;
	return length > 0 && length <= NAME_MAX_BYTES;
}

static struct rule *find(struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->list[i].name, name))
			return &rules->list[i];
	return NULL;
}

/* NULL when out of memory, or there are too many. */
static struct rule *add(struct rules *rules, const char *name)
{
	struct rule *list = rules->count < RULES_MAX ? realloc(rules->list, (rules->count + 1) * sizeof(*list)) : NULL;
	if (!list)
		return NULL;
	rules->list = list;
	struct rule *rule = &list[rules->count];
	*rule = (struct rule){
		.name = strdup(name),
		.enabled = true,
		.scope = SCOPE_ALL,
		.before_ns = 60 * SECOND,
		.after_ns = 30 * SECOND,
		.cooldown_ns = 600 * SECOND,
	};
	if (!rule->name)
		return NULL;
	rules->count++;
	return rule;
}

/* "90s", "1500ms", "10m", "2h", "1d"; a bare number is seconds. */
static bool set_time(int64_t *field, const char *key, const char *value, int64_t most_ns, char *message, size_t bytes)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ms", 1000000 }, { "s", SECOND }, { "", SECOND }, { "m", 60 * SECOND }, { "h", HOUR }, { "d", 24 * HOUR } };
	char *end;
	errno = 0;
	int64_t number = isdigit((unsigned char)*value) ? strtoll(value, &end, 10) : -1;
	for (size_t i = 0; number >= 0 && !errno && i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].name)) {
			if (number > most_ns / units[i].ns)
				return complain(message, bytes, "%s = %s: at most %" PRId64 "h", key, value, most_ns / HOUR);
			*field = number * units[i].ns;
			return true;
		}
	return complain(message, bytes, "%s = %s: no time; write 1500ms, 90s, 10m, 2h or 1d", key, value);
}

static bool set_enabled(struct rule *rule, const char *value, char *message, size_t bytes)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(value, words[i])) {
			rule->enabled = i % 2;
			return true;
		}
	return complain(message, bytes, "enabled = %s: write yes or no", value);
}

static bool set_scope(struct rule *rule, const char *value, char *message, size_t bytes)
{
	for (enum scope scope = SCOPE_ALL; scope <= SCOPE_PEER; scope++)
		if (!strcmp(value, scope_name(scope))) {
			rule->scope = scope;
			return true;
		}
	return complain(message, bytes, "scope = %s: write all, service or peer", value);
}

/* A long predicate comes in several lines, one call for each. */
static bool set_when(struct rule *rule, bool more, const char *value, char *message, size_t bytes)
{
	char *when = NULL;
	if ((more && rule->when ? strlen(rule->when) + 1 : 0) + strlen(value) > WHEN_MAX_BYTES)
		return complain(message, bytes, "when: longer than %d bytes", WHEN_MAX_BYTES);
	if (asprintf(&when, "%s%s%s", more && rule->when ? rule->when : "", more && rule->when ? "\n" : "", value) < 0)
		return complain(message, bytes, "out of memory");
	free(rule->when);
	rule->when = when;
	return true;
}

bool rules_set(struct rules *rules, const char *name, const char *key, const char *value, char *message, size_t message_bytes)
{
	if (!is_name(name))
		return complain(message, message_bytes, "[" SECTION " %s]: a trigger's name has up to %d letters, digits, '_' and '-'",
				name, NAME_MAX_BYTES);
	struct rule *rule = find(rules, name);
	if (!rule && !(rule = add(rules, name)))
		return complain(message, message_bytes, rules->count == RULES_MAX ? "[" SECTION " %s]: there can be 64 triggers" :
										     "[" SECTION " %s]: out of memory", name);
	bool more = rules->continued == rule->name;
	rules->continued = NULL;
	if (!strcmp(key, "when")) {
		rules->continued = rule->name;
		return set_when(rule, more, value, message, message_bytes);
	}
	if (!strcmp(key, "enabled"))
		return set_enabled(rule, value, message, message_bytes);
	if (!strcmp(key, "scope"))
		return set_scope(rule, value, message, message_bytes);
	if (!strcmp(key, "for"))
		return set_time(&rule->for_ns, key, value, HOUR, message, message_bytes);
	if (!strcmp(key, "before"))
		return set_time(&rule->before_ns, key, value, 24 * HOUR, message, message_bytes);
	if (!strcmp(key, "after"))
		return set_time(&rule->after_ns, key, value, 24 * HOUR, message, message_bytes);
	if (!strcmp(key, "cooldown"))
		return set_time(&rule->cooldown_ns, key, value, 7 * 24 * HOUR, message, message_bytes);
	return complain(message, message_bytes,
			"%s: a trigger has no such key, but enabled, scope, when, for, before, after, cooldown", key);
}

/* What inih reads from, and where it is. */
struct reading {
	struct rules *rules;
	FILE *file;
	const char *path;
	unsigned line, bad_line; /* bad_line: 0 none so far */
	char *message;
	size_t message_bytes;
};

static void note(struct reading *reading, const char *reason)
{
	if (!reading->bad_line)
		complain(reading->message, reading->message_bytes, "%s:%u: %s", reading->path, reading->line, reason);
	if (!reading->bad_line)
		reading->bad_line = reading->line;
}

/* inih would take the rest of a long line for another one. */
static char *read_line(char *line, int bytes, void *user)
{
	struct reading *reading = user;
	if (!fgets(line, bytes, reading->file))
		return NULL;
	reading->line++;
	if (!strchr(line, '\n') && !feof(reading->file)) {
		note(reading, "the line is too long: go on in the next, with a space or tab before it");
		for (int c = 0; c != '\n' && c != EOF;)
			c = fgetc(reading->file);
	}
	return line;
}

static int take(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	size_t length = strlen(SECTION);
	char reason[512];
	if (strncmp(section, SECTION, length) || (section[length] && section[length] != ' ' && section[length] != '\t'))
		return 1;
	const char *name = section + length + strspn(section + length, " \t");
	if (rules_set(reading->rules, name, key, value, reason, sizeof(reason)))
		return 1;
	note(reading, reason);
	return 0;
}

static bool read_rules(struct reading *reading)
{
	reading->rules->continued = NULL;
	int line = ini_parse_stream(read_line, reading, take, reading);
	reading->rules->continued = NULL;
	if (line > 0 && !reading->bad_line) {
		reading->line = (unsigned)line;
		note(reading, "neither [section], nor key = value, nor a comment");
	}
	return !line && !reading->bad_line;
}

bool rules_load(struct rules *rules, const char *path, char *message, size_t message_bytes)
{
	struct reading reading = { .rules = rules, .path = path, .message = message, .message_bytes = message_bytes };
	reading.file = fopen(path, "re");
	if (!reading.file)
		return complain(message, message_bytes, "%s: %s", path, strerror(errno));
	bool done = read_rules(&reading);
	if (done && ferror(reading.file))
		done = complain(message, message_bytes, "%s: %s", path, strerror(EIO));
	fclose(reading.file);
	return done;
}

struct rules *rules_new(void)
{
	char message[256];
	struct rules *rules = calloc(1, sizeof(*rules));
	const char *text = embedded_sql_text("capture/triggers.conf");
	if (!rules || !text)
		goto failed;
	struct reading reading = {
		.rules = rules, .path = "triggers.conf", .message = message, .message_bytes = sizeof(message)
	};
	reading.file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	if (!reading.file)
		goto failed;
	bool done = read_rules(&reading);
	fclose(reading.file);
	if (done)
		return rules;
failed:
	rules_free(rules);
	return NULL;
}

size_t rules_count(const struct rules *rules)
{
	return rules->count;
}

const struct rule *rules_at(const struct rules *rules, size_t index)
{
	return &rules->list[index];
}

/* In the largest unit that leaves no rest. */
static void print_time(FILE *out, const char *key, int64_t ns)
{
	if (ns % SECOND)
		fprintf(out, "%s = %" PRId64 "ms\n", key, ns / 1000000);
	else if (ns == 0 || ns % (60 * SECOND))
		fprintf(out, "%s = %" PRId64 "s\n", key, ns / SECOND);
	else if (ns % HOUR)
		fprintf(out, "%s = %" PRId64 "m\n", key, ns / (60 * SECOND));
	else
		fprintf(out, "%s = %" PRId64 "h\n", key, ns / HOUR);
}

/* In its own lines; longer ones are broken at a space. */
static void print_when(FILE *out, const char *when)
{
	fputs("when = ", out);
	while (*when) {
		size_t length = strcspn(when, "\n");
		if (length > LINE_MAX_BYTES) {
			size_t at = LINE_MAX_BYTES;
			while (at > 0 && when[at] != ' ')
				at--;
			length = at ? at : length;
		}
		fprintf(out, "%.*s\n", (int)length, when);
		when += length;
		when += *when == '\n' || *when == ' ';
		if (*when)
			fputc('\t', out);
	}
}

void rules_print(const struct rules *rules, FILE *out)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		fprintf(out, "%s[" SECTION " %s]\nenabled = %s\nscope = %s\n", i ? "\n" : "", rule->name,
			rule->enabled ? "yes" : "no", scope_name(rule->scope));
		if (rule->when)
			print_when(out, rule->when);
		print_time(out, "for", rule->for_ns);
		print_time(out, "before", rule->before_ns);
		print_time(out, "after", rule->after_ns);
		print_time(out, "cooldown", rule->cooldown_ns);
	}
}
