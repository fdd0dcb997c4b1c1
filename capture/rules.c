#include "capture/rules.h"

#include "capture/config.h"
#include "store/embedded.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RULES_MAX 64
#define NAME_MAX_BYTES 32
#define WHEN_MAX_BYTES 16384
#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define SECTION "trigger"
#define MANUAL "manual"

struct rules {
	struct rule *list;
	size_t count;
	struct rule manual;
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

static bool set_when(struct rule *rule, const char *value, char *message, size_t bytes)
{
	if (strlen(value) > WHEN_MAX_BYTES)
		return complain(message, bytes, "when: longer than %d bytes", WHEN_MAX_BYTES);
	char *when = strdup(value);
	if (!when)
		return complain(message, bytes, "out of memory");
	free(rule->when);
	rule->when = when;
	return true;
}

const char *rules_section(const char *section)
{
	const size_t length = strlen(SECTION);
	if (strncmp(section, SECTION, length) != 0 || (section[length] && !isspace((unsigned char)section[length])))
		return NULL;
	return section + length + strspn(section + length, " \t");
}

/* Somebody asks for it: there is nothing to wait for. `enabled` is taken, for those who set it for all. */
static bool set_manual(struct rule *rule, const char *key, const char *value, char *message, size_t bytes)
{
	if (!strcmp(key, "enabled"))
		return set_enabled(rule, value, message, bytes);
	if (!strcmp(key, "before"))
		return set_time(&rule->before_ns, key, value, 24 * HOUR, message, bytes);
	if (!strcmp(key, "after"))
		return set_time(&rule->after_ns, key, value, 24 * HOUR, message, bytes);
	return complain(message, bytes, "%s: " MANUAL " is what SIGUSR1 saves: it has before and after only; give your trigger another name",
			key);
}

bool rules_set(struct rules *rules, const char *name, const char *key, const char *value, char *message, size_t message_bytes)
{
	if (!is_name(name))
		return complain(message, message_bytes, "[" SECTION " %s]: a trigger's name has up to %d letters, digits, '_' and '-'",
				name, NAME_MAX_BYTES);
	if (!strcmp(name, MANUAL))
		return set_manual(&rules->manual, key, value, message, message_bytes);
	struct rule *rule = find(rules, name);
	if (!rule && !(rule = add(rules, name)))
		return complain(message, message_bytes, rules->count == RULES_MAX ? "[" SECTION " %s]: there can be 64 triggers" :
										     "[" SECTION " %s]: out of memory", name);
	if (!strcmp(key, "when"))
		return set_when(rule, value, message, message_bytes);
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

/* Of triggers.conf. */
static bool take(void *user, int line, const char *section, const char *key, const char *value)
{
	char message[256];
	const char *name = rules_section(section);
	(void)line;
	return name && rules_set(user, name, key, value, message, sizeof(message));
}

struct rules *rules_new(void)
{
	char message[256];
	struct rules *rules = calloc(1, sizeof(*rules));
	const char *text = embedded_sql_text("capture/triggers.conf");
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	if (rules)
		rules->manual = (struct rule){ .before_ns = 60 * SECOND, .after_ns = 30 * SECOND };
	const bool done = rules && file && config_read_stream(file, "triggers.conf", take, rules, message, sizeof(message));
	if (file)
		fclose(file);
	if (done)
		return rules;
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

const struct rule *rules_manual(const struct rules *rules)
{
	return &rules->manual;
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

/* In its own lines. They are not broken: a space may stand in a text of SQL, and a line may end with a comment. */
static void print_when(FILE *out, const char *when)
{
	fputs("when = ", out);
	for (; *when; when++) {
		putc(*when, out);
		if (*when == '\n')
			putc('\t', out);
	}
	putc('\n', out);
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
	fprintf(out, "%s[" SECTION " " MANUAL "]\n", rules->count ? "\n" : "");
	print_time(out, "before", rules->manual.before_ns);
	print_time(out, "after", rules->manual.after_ns);
}
