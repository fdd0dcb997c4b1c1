/* Speaks for capture/rules.c, capture/triggers.conf and capture/config.c: what the defaults are, what a file changes, what is refused. */
#include "capture/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

static char message[1024];

static const struct rule *rule(const struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules_count(rules); i++)
		if (!strcmp(rules_at(rules, i)->name, name))
			return rules_at(rules, i);
	fail_msg("no trigger %s", name);
	return NULL;
}

/* Reads `text` as -c reads a file; the message names it "FILE". */
static bool load(struct rules *rules, const char *text)
{
	char path[] = "/tmp/test-rules-XXXXXX";
	int descriptor = mkstemp(path);
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
	close(descriptor);
	struct recorder_options options = { .rules = rules };
	message[0] = '\0';
	bool done = options_read_file(&options, path, message, sizeof(message));
	free(options.interface);
	char *at = strstr(message, path);
	if (at) {
		memcpy(at, "FILE", 4);
		memmove(at + 4, at + strlen(path), strlen(at + strlen(path)) + 1);
	}
	unlink(path);
	return done;
}

static void test_defaults(void **state)
{
	(void)state;
	static const char *const names[] = { "loss", "latency", "zero_window", "syn", "reset", "drops" };
	struct rules *rules = rules_new();
	assert_int_equal(rules_count(rules), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct rule *it = rules_at(rules, i);
		assert_string_equal(it->name, names[i]);
		assert_true(it->enabled);
		assert_int_equal(it->before_ns, 60 * SECOND);
		assert_int_equal(it->after_ns, 30 * SECOND);
		assert_int_equal(it->cooldown_ns, 600 * SECOND);
		assert_int_equal(it->scope, i == 5 ? SCOPE_ALL : SCOPE_SERVICE);
	}
	assert_non_null(strstr(rule(rules, "latency")->when, "rtt_baseline_ms"));
	assert_non_null(strstr(rule(rules, "drops")->when, "\n+ coalesce(interface_rx_drops, 0) > 0")); /* its second line */
	rules_free(rules);
	rules_free(NULL);
}

static void test_a_file_changes_and_adds(void **state)
{
	(void)state;
	struct rules *rules = rules_new();
	assert_true(load(rules, "\xef\xbb\xbf; a comment\n[recorder]\ninterface = eth0\n\n[trigger loss]\nfor = 1500ms\nenabled = No\n"
				"[trigger slow-site]\nscope=peer\nwhen = rtt_p95_ms > 300\n    AND key = '192.0.2.7'\n\n"
				"# another\n    AND packets > 1\nbefore = 90\n; why\nafter = 0s\ncooldown = 2h\n"));
	assert_int_equal(rules_count(rules), 7);
	assert_false(rule(rules, "loss")->enabled);
	assert_int_equal(rule(rules, "loss")->for_ns, 1500 * SECOND / 1000);
	assert_non_null(strstr(rule(rules, "loss")->when, "loss_pct")); /* as it was */
	const struct rule *site = rule(rules, "slow-site");
	assert_int_equal(site->scope, SCOPE_PEER);
	assert_true(site->enabled);
	assert_string_equal(site->when, "rtt_p95_ms > 300\nAND key = '192.0.2.7'\nAND packets > 1");
	assert_int_equal(site->for_ns, 0);
	assert_int_equal(site->before_ns, 90 * SECOND);
	assert_int_equal(site->after_ns, 0);
	assert_int_equal(site->cooldown_ns, 7200 * SECOND);
	/* The next file replaces a predicate, the same key or not. */
	assert_true(load(rules, "[trigger slow-site]\nwhen = 0\n"));
	assert_true(load(rules, "[trigger slow-site]\nwhen = 1\n"));
	assert_string_equal(rule(rules, "slow-site")->when, "1");
	/* And so does the next call, of which nothing is joined. */
	assert_true(rules_set(rules, "slow-site", "when", "2", message, sizeof(message)));
	assert_true(rules_set(rules, "slow-site", "when", "3", message, sizeof(message)));
	assert_string_equal(rule(rules, "slow-site")->when, "3");
	/* A value may hold what a comment begins with. */
	assert_true(load(rules, "[trigger slow-site]\nwhen = key = 'a ;b' AND key <> '#'\n"));
	assert_string_equal(rule(rules, "slow-site")->when, "key = 'a ;b' AND key <> '#'");
	rules_free(rules);
}

static void refuses(const char *text, const char *why)
{
	struct rules *rules = rules_new();
	if (load(rules, text))
		fail_msg("it is taken: %s", text);
	if (!strstr(message, why))
		fail_msg("\"%s\" is not in \"%s\"", why, message);
	rules_free(rules);
}

static void test_mistakes_are_named(void **state)
{
	(void)state;
	char text[70000] = "[trigger x]\nwhen = 1 ";
	refuses("[trigger x]\nwhen = 1\nfo = 3s\n", "FILE:3: fo: a trigger has no such key, but enabled, scope");
	refuses("[trigger x]\nfor = 3 parsecs\n", "FILE:2: for = 3 parsecs: no time; write 1500ms");
	refuses("[trigger x]\nfor = -3s\n", "FILE:2: for = -3s: no time");
	refuses("[trigger x]\nfor = 99999999999999999999s\n", "no time");
	refuses("[trigger x]\nfor = 2h\n", "for = 2h: at most 1h");
	refuses("[trigger x]\ncooldown = 300000d\n", "at most 168h");
	refuses("[trigger x]\nscope = services\n", "scope = services: write all, service or peer");
	refuses("[trigger x]\nenabled = maybe\n", "enabled = maybe: write yes or no");
	refuses("[trigger]\nwhen = 1\n", "[trigger ]: a trigger's name");
	refuses("[trigger a/b]\nwhen = 1\n", "[trigger a/b]: a trigger's name");
	refuses("[trigger ../../etc]\nwhen = 1\n", "a trigger's name");
	refuses("[trigger abcdefghijklmnopqrstuvwxyz0123456789]\nwhen = 1\n", "a trigger's name");
	refuses("[trigger x]\nwhen\n", "FILE:2: neither [section] nor key = value");
	refuses("[trigger x\nwhen = 1\n", "FILE:1: neither");
	refuses("[trigger x]\nbefore = 90 ; why\n", "FILE:2: before = 90 ; why: no time");
	refuses("[triger loss]\nfor = 1s\n", "FILE:2: [triger loss]: no such section; there are [recorder] and [trigger NAME]");
	refuses("for = 1s\n", "FILE:1: for: stands in no section");
	memset(text + strlen(text), '1', 65536);
	refuses(text, "FILE:2: the line is too long");
	struct rules *rules = rules_new();
	struct recorder_options options = { .rules = rules };
	assert_false(options_read_file(&options, "/nowhere/wiretaped.conf", message, sizeof(message)));
	assert_string_equal(message, "/nowhere/wiretaped.conf: cannot be opened: No such file or directory");
	rules_free(rules);
}

/* There is an end to everything. */
static void test_bounds(void **state)
{
	(void)state;
	struct rules *rules = rules_new();
	char name[16];
	bool done = true;
	for (unsigned i = 0; i < 100 && done; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		done = rules_set(rules, name, "when", "1", message, sizeof(message));
	}
	assert_false(done);
	assert_int_equal(rules_count(rules), 64);
	assert_non_null(strstr(message, "there can be 64"));
	char longest[16386];
	memset(longest, '1', sizeof(longest));
	longest[16385] = '\0';
	assert_false(rules_set(rules, "loss", "when", longest, message, sizeof(message)));
	assert_string_equal(message, "when: longer than 16384 bytes");
	longest[16384] = '\0';
	assert_true(rules_set(rules, "loss", "when", longest, message, sizeof(message)));
	rules_free(rules);
}

static char *printed(const struct rules *rules)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	rules_print(rules, out);
	fclose(out);
	return text;
}

/* What is printed reads as the same again, be it long, with spaces in a text, or with a comment that ends with its line. */
static void test_print(void **state)
{
	(void)state;
	char longer[1024] = "packets > 0";
	struct rules *rules = rules_new(), *again = rules_new();
	for (int i = 0; i < 40; i++)
		strcat(longer, " AND bytes > 1");
	strcat(longer, " AND key <> 'a  b' -- not that one, which is far away and has a link of its own\nAND key <> 'c'");
	assert_true(rules_set(rules, "long", "when", longer, message, sizeof(message)));
	assert_true(rules_set(rules, "long", "for", "1500ms", message, sizeof(message)));
	assert_true(rules_set(rules, "long", "cooldown", "1d", message, sizeof(message)));
	char *text = printed(rules);
	assert_non_null(strstr(text, "[trigger loss]\nenabled = yes\nscope = service\nwhen = loss_pct > 0.5"));
	assert_non_null(strstr(text, "\nfor = 2s\nbefore = 1m\nafter = 30s\ncooldown = 10m\n"));
	assert_non_null(strstr(text, "\nfor = 1500ms\n"));
	assert_non_null(strstr(text, "\ncooldown = 24h\n"));
	if (!load(again, text))
		fail_msg("%s", message);
	char *second = printed(again);
	assert_string_equal(second, text);
	assert_string_equal(rule(again, "long")->when, longer);
	free(text);
	free(second);
	rules_free(rules);
	rules_free(again);
}

/* What SIGUSR1 saves: as long as a file says. It is no trigger. */
static void test_manual(void **state)
{
	(void)state;
	struct rules *rules = rules_new(), *again = rules_new();
	assert_int_equal(rules_manual(rules)->before_ns, 60 * SECOND);
	assert_int_equal(rules_manual(rules)->after_ns, 30 * SECOND);
	assert_true(load(rules, "[trigger manual]\nenabled = no\nbefore = 5m\nafter = 2s\n"));
	assert_int_equal(rules_manual(rules)->before_ns, 300 * SECOND);
	assert_int_equal(rules_manual(rules)->after_ns, 2 * SECOND);
	assert_int_equal(rules_count(rules), 6);
	char *text = printed(rules);
	assert_non_null(strstr(text, "\n[trigger manual]\nbefore = 5m\nafter = 2s\n"));
	assert_true(load(again, text));
	assert_int_equal(rules_manual(again)->before_ns, 300 * SECOND);
	free(text);
	refuses("[trigger manual]\nwhen = 1\n", "FILE:2: when: manual is what SIGUSR1 saves: it has before and after only");
	refuses("[trigger manual]\nbefore = 25h\n", "FILE:2: before = 25h: at most 24h");
	rules_free(rules);
	rules_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),	   cmocka_unit_test(test_a_file_changes_and_adds),
		cmocka_unit_test(test_mistakes_are_named), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_print),		   cmocka_unit_test(test_manual),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
