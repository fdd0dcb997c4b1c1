/* Speaks for capture/incident.c, incidents.c and incident_jobs.c: what becomes of one incident and of many, with a
 * script in place of the analyzer. */
#include "capture/incidents.h"
#include "tests/incident_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char *read_text(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	text[0] = '\0';
	if (file) {
		text[fread(text, 1, sizeof text - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static const struct rule loss = {
	.name = (char *)"loss", .when = (char *)"retrans_pct > 1", .for_ns = 3 * SECOND, .before_ns = 60 * SECOND,
	.after_ns = 30 * SECOND, .cooldown_ns = 600 * SECOND,
};

static const struct incident_facts facts = {
	.name = FIRED_NAME, .trigger = "loss", .scope = "service", .key = "192.0.2.1:443", .t_ns = FIRED_NS,
	.from_ns = FIRED_NS - 62 * SECOND, .to_ns = FIRED_NS + 31 * SECOND, .state = "recording",
	.row_json = "{\"retrans_pct\": 2.5}",
};

static const struct incident_details details = {
	.host = "host \"one\"", .interface = "eth0", .rule = &loss, .since_ns = FIRED_NS - 2 * SECOND,
	.history_json = "[{\"packets\": 7}]\n", .sockets_json = "{\"count\": 3}",
};

/* Two in one second have folders of their own. */
static void test_names(void **state)
{
	(void)state;
	char name[INCIDENT_NAME_MAX];
	assert_int_equal(incident_make_folder(directory, FIRED_NS + 999999999, "loss", name), STATUS_OK);
	assert_string_equal(name, FIRED_NAME);
	assert_int_equal(incident_make_folder(directory, FIRED_NS, "loss", name), STATUS_OK);
	assert_string_equal(name, FIRED_NAME "-2");
	assert_int_equal(incident_make_folder(directory, FIRED_NS, "latency", name), STATUS_OK);
	assert_string_equal(name, "20261121T103215Z-latency");
	assert_true(exists(path_of(FIRED_NAME "-2", NULL)));
}

/* Every member in a line of its own; what was JSON stays so. */
static void test_file(void **state)
{
	(void)state;
	char name[INCIDENT_NAME_MAX];
	struct incident *incident;
	assert_int_equal(incident_make_folder(directory, FIRED_NS, "loss", name), STATUS_OK);
	assert_int_equal(incident_new(&incident, directory, &facts, &details), STATUS_OK);
	assert_int_equal(incident_save(incident), STATUS_OK);
	incident_close(incident);
	const char *text = read_text(path_of(FIRED_NAME, INCIDENT_FILE));
	assert_non_null(strstr(text, "\n \"host\": \"host \\\"one\\\"\",\n"));
	assert_non_null(strstr(text, "\n \"time\": \"2026-11-21T10:32:15.000Z\",\n"));
	assert_non_null(strstr(text, "\n \"since\": \"2026-11-21T10:32:13.000Z\",\n"));
	assert_non_null(strstr(text, "\n \"from_ns\": 1795257073000000000,\n"));
	assert_non_null(strstr(text, "\"when\":\"retrans_pct > 1\""));
	assert_non_null(strstr(text, "\n \"rows_before\": [{\"packets\":7}],\n"));
	assert_non_null(strstr(text, "\n \"why\": \"retrans_pct 2.5\",\n"));
	assert_non_null(strstr(text, "\n \"worst_flows\": null,\n"));

	assert_int_equal(incident_open(&incident, directory, FIRED_NAME), STATUS_OK);
	const struct incident_facts *read = incident_facts(incident);
	assert_string_equal(read->trigger, "loss");
	assert_string_equal(read->key, "192.0.2.1:443");
	assert_string_equal(read->state, "recording");
	assert_int_equal(read->t_ns, FIRED_NS);
	assert_int_equal(read->to_ns, FIRED_NS + 31 * SECOND);
	assert_string_equal(read->row_json, "{\"retrans_pct\":2.5}");
	assert_string_equal(incident_why(incident), "retrans_pct 2.5");
	incident_close(incident);
}

/* Half a file, something else's file, none at all. */
static void test_damaged(void **state)
{
	(void)state;
	char name[INCIDENT_NAME_MAX];
	struct incident *incident;
	assert_int_equal(incident_make_folder(directory, FIRED_NS, "loss", name), STATUS_OK);
	assert_int_equal(incident_open(&incident, directory, name), STATUS_NOT_FOUND);
	assert_int_equal(mkfifo(path_of(name, INCIDENT_FILE), 0644), 0); /* nobody writes into it: it is not waited for */
	assert_int_equal(incident_open(&incident, directory, name), STATUS_FORMAT);
	assert_int_equal(unlink(path_of(name, INCIDENT_FILE)), 0);
	write_text(path_of(name, INCIDENT_FILE), "{\"state\": \"reco", 0644);
	assert_int_equal(incident_open(&incident, directory, name), STATUS_FORMAT);
	assert_null(incident);
	write_text(path_of(name, INCIDENT_FILE), "[1, 2]", 0644);
	assert_int_equal(incident_open(&incident, directory, name), STATUS_FORMAT);
	write_text(path_of(name, INCIDENT_FILE), "{\"t_ns\": \"soon\", \"state\": 7}", 0644);
	assert_int_equal(incident_open(&incident, directory, name), STATUS_OK);
	assert_int_equal(incident_facts(incident)->t_ns, 0);
	assert_string_equal(incident_facts(incident)->trigger, "");
	incident_close(incident);
}

/* A recorder of which only the incidents are there. */
struct recorder {
	struct incidents_options options;
	struct incidents *incidents;
	char folder[256], state[32], removed[INCIDENT_NAME_MAX];
	int64_t from_ns, to_ns;
	uint64_t room_bytes;
	bool refuse;
};

static bool pin(void *user, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes)
{
	struct recorder *recorder = user;
	snprintf(recorder->folder, sizeof recorder->folder, "%s", folder);
	recorder->from_ns = from_ns;
	recorder->to_ns = to_ns;
	recorder->room_bytes = room_bytes;
	return !recorder->refuse;
}

static void changed(void *user, const struct incident_facts *now)
{
	struct recorder *recorder = user;
	snprintf(recorder->state, sizeof recorder->state, "%s", now->state);
}

static void removed(void *user, const char *name)
{
	struct recorder *recorder = user;
	snprintf(recorder->removed, sizeof recorder->removed, "%s", name);
}

static void start(struct recorder *recorder, const char *hook)
{
	static const struct incidents_sink sink = {.pin = pin, .changed = changed, .removed = removed};
	*recorder = (struct recorder){.options = {
		.host = "host",
		.budget_bytes = 100 * MB,
		.jobs = {.directory = directory, .interface = "eth0", .on_incident = hook, .hook_ns = 60 * SECOND,
			 .interval_ns = SECOND, .analyze = true},
	}};
	recorder->incidents = incidents_new(&recorder->options, &sink, recorder);
	assert_non_null(recorder->incidents);
}

#define PATIENCE 6000 /* polls of 10 ms: a minute, for a machine that has much else to do */

/* Until nothing runs. */
static void settle(struct recorder *recorder)
{
	for (int i = 0; i < PATIENCE && !incidents_idle(recorder->incidents); i++) {
		incidents_poll(recorder->incidents);
		usleep(10000);
	}
	assert_true(incidents_idle(recorder->incidents));
}

/* In PATH, and so used, since the tests have no wiretape beside them. */
static void make_wiretape(const char *script)
{
	char path[512], text[512];
	snprintf(path, sizeof path, "%s/wiretape", directory);
	snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
	write_text(path, text, 0755);
	snprintf(path, sizeof path, "%s:/usr/bin:/bin", directory);
	setenv("PATH", path, 1);
}

/* Of 100 MiB one that is under way has 1; 90 are an older one's, which goes when there is need for it. */
static void test_room(void **state)
{
	(void)state;
	struct recorder recorder;
	char old[INCIDENT_NAME_MAX];
	assert_int_equal(incident_make_folder(directory, FIRED_NS - 3600 * SECOND, "loss", old), STATUS_OK);
	fill(old, 90 * MB);
	start(&recorder, NULL);
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	assert_in_range(recorder.room_bytes, 99 * MB, 100 * MB);
	fill(FIRED_NAME, MB);
	incidents_grow(recorder.incidents);
	assert_true(exists(path_of(old, NULL)));
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	assert_in_range(recorder.room_bytes, 98 * MB, 99 * MB);
	fill(FIRED_NAME, 11 * MB);
	incidents_grow(recorder.incidents);
	assert_false(exists(path_of(old, NULL)));
	assert_true(exists(path_of(FIRED_NAME, NULL)));
	incidents_free(recorder.incidents);
}

static void test_life(void **state)
{
	(void)state;
	struct recorder recorder;
	char hook[256], path[128];
	struct incidents_counters counters;
	/* The recorder sets the priority when the program runs already. The report is what `-o` names. */
	make_wiretape("for i in $(seq 600); do [ $(nice) = 19 ] && break; sleep 0.1; done\n"
		      "if [ $1 = report ]; then exec >\"$4\"; fi\n"
		      "echo \"$@\"; nice; [ $1 = report ] || eval \"touch \\$$(($# - 1))\"");
	snprintf(path, sizeof path, "%s/hook.log", directory);
	snprintf(hook, sizeof hook, "env | grep ^WIRETAPE_ | sort >>%s", path);
	start(&recorder, hook);
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	assert_string_equal(recorder.state, "recording");
	assert_string_equal(recorder.folder, path_of(FIRED_NAME, NULL));
	assert_int_equal(recorder.from_ns, FIRED_NS - 62 * SECOND);
	assert_int_equal(recorder.to_ns, FIRED_NS + 31 * SECOND);
	assert_true(incidents_recording(recorder.incidents, "loss"));
	for (int i = 0; i < PATIENCE && !strstr(read_text(path), "TRIGGER"); i++) {
		incidents_poll(recorder.incidents);
		usleep(10000);
	}
	char expected[1024];
	snprintf(expected, sizeof expected,
		 "WIRETAPE_EVENT=fired\nWIRETAPE_INCIDENT=%s\nWIRETAPE_INTERFACE=eth0\nWIRETAPE_KEY=192.0.2.1:443\n"
		 "WIRETAPE_SCOPE=service\nWIRETAPE_TIME=2026-11-21T10:32:15.000Z\nWIRETAPE_TRIGGER=loss\n",
		 path_of(FIRED_NAME, NULL));
	assert_string_equal(read_text(path), expected);

	incidents_packets(recorder.incidents, recorder.folder, 3, 12345, 0, NO_TIME);
	assert_string_equal(recorder.state, "saved");
	settle(&recorder);
	assert_string_equal(recorder.state, "analysed");
	assert_non_null(strstr(read_text(path), "WIRETAPE_EVENT=saved\n"));
	assert_true(exists(path_of(FIRED_NAME, "flows.db")));
	snprintf(expected, sizeof expected, FIRED_NAME ": loss at 2026-11-21T10:32:15.000Z, service 192.0.2.1:443\nretrans_pct 2.5\n\n"
		 "analyze --force --interval 1000000000ns -o %s %s\n19\n", path_of(FIRED_NAME, "flows.db"),
		 path_of(FIRED_NAME, NULL));
	assert_string_equal(read_text(path_of(FIRED_NAME, "report.txt")), expected);
	snprintf(expected, sizeof expected, "report %s -o %s -q\n19\n", path_of(FIRED_NAME, NULL), path_of(FIRED_NAME, "report.html"));
	assert_string_equal(read_text(path_of(FIRED_NAME, "report.html")), expected);
	const char *text = read_text(path_of(FIRED_NAME, INCIDENT_FILE));
	assert_non_null(strstr(text, "\n \"state\": \"analysed\",\n"));
	assert_non_null(strstr(text, "\n \"segments\": 3,\n"));
	assert_non_null(strstr(text, "\n \"analysis_exit_status\": 0\n"));
	incidents_counters(recorder.incidents, &counters);
	assert_int_equal(counters.made, 1);
	assert_int_equal(counters.jobs.hooks, 2);
	assert_int_equal(counters.jobs.hooks_failed + counters.failed + counters.jobs.analyses_failed + counters.jobs.reports_failed, 0);
	assert_int_equal(counters.jobs.reports, 1);
	incidents_free(recorder.incidents);
}

/* The page can't be made: all else is there, the hook is told, and the next start does not try again. */
static void test_report_fails(void **state)
{
	(void)state;
	struct recorder recorder;
	struct incidents_counters counters;
	make_wiretape("if [ $1 = report ]; then exit 3; fi; eval \"touch \\$$(($# - 1))\"");
	start(&recorder, "true");
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_packets(recorder.incidents, recorder.folder, 1, 1, 0, NO_TIME);
	settle(&recorder);
	assert_string_equal(recorder.state, "analysed");
	assert_non_null(strstr(read_text(path_of(FIRED_NAME, INCIDENT_FILE)), "\"analysis_exit_status\": 0"));
	incidents_counters(recorder.incidents, &counters);
	assert_int_equal(counters.jobs.reports_failed, 1);
	assert_int_equal(counters.jobs.analyses_failed, 0);
	assert_int_equal(counters.jobs.hooks, 2); /* "fired" and "saved" */
	incidents_free(recorder.incidents);
	start(&recorder, NULL);
	incidents_recover(recorder.incidents);
	assert_true(incidents_idle(recorder.incidents));
	incidents_free(recorder.incidents);
}

/* Told to stop while the page is made: that is ended at once, and the next run begins with the analysis. */
static void test_stop_while_reporting(void **state)
{
	(void)state;
	struct recorder recorder;
	struct incidents_counters counters;
	make_wiretape("if [ $1 = report ]; then exec sleep 60; fi; eval \"touch \\$$(($# - 1))\"");
	start(&recorder, NULL);
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_packets(recorder.incidents, recorder.folder, 1, 1, 0, NO_TIME);
	for (int i = 0; i < PATIENCE; i++) {
		incidents_poll(recorder.incidents);
		incidents_counters(recorder.incidents, &counters);
		if (counters.jobs.reports)
			break;
		usleep(10000);
	}
	assert_int_equal(counters.jobs.reports, 1);
	assert_string_equal(recorder.state, "saved");
	incidents_stop(recorder.incidents);
	assert_true(incidents_idle(recorder.incidents));
	incidents_free(recorder.incidents);
	make_wiretape("if [ $1 = report ]; then exec touch \"$4\"; fi; eval \"touch \\$$(($# - 1))\"");
	start(&recorder, NULL);
	incidents_recover(recorder.incidents);
	settle(&recorder);
	assert_string_equal(recorder.state, "analysed");
	assert_true(exists(path_of(FIRED_NAME, "report.html")));
	incidents_free(recorder.incidents);
}

/* Killed in the middle, and begun again: what came before that is analysed. Once more: nothing is left to do. */
static void test_recover(void **state)
{
	(void)state;
	struct recorder recorder;
	make_wiretape("exit 0");
	start(&recorder, NULL);
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_free(recorder.incidents);
	start(&recorder, NULL);
	incidents_recover(recorder.incidents);
	assert_string_equal(recorder.state, "interrupted");
	assert_true(!incidents_idle(recorder.incidents));
	settle(&recorder);
	assert_string_equal(recorder.state, "analysed");
	incidents_free(recorder.incidents);
	start(&recorder, NULL);
	incidents_recover(recorder.incidents);
	assert_true(incidents_idle(recorder.incidents));
	assert_string_equal(recorder.state, "analysed");
	incidents_free(recorder.incidents);
}

/* Told to stop while the analyzer is at work: that doesn't count, and the next run begins it again. */
static void test_stop(void **state)
{
	(void)state;
	struct recorder recorder;
	make_wiretape("sleep 60");
	start(&recorder, NULL);
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_packets(recorder.incidents, recorder.folder, 1, 1, 0, FIRED_NS + 31 * SECOND);
	assert_string_equal(recorder.state, "saved"); /* all of it was there when the recorder stopped */
	incidents_poll(recorder.incidents);
	incidents_stop(recorder.incidents);
	assert_true(incidents_idle(recorder.incidents));
	assert_string_equal(recorder.state, "saved");
	incidents_free(recorder.incidents);
	make_wiretape("exit 3");
	start(&recorder, NULL);
	incidents_recover(recorder.incidents);
	settle(&recorder);
	assert_string_equal(recorder.state, "failed");
	assert_non_null(strstr(read_text(path_of(FIRED_NAME, INCIDENT_FILE)), "\"analysis_exit_status\": 3"));
	incidents_free(recorder.incidents);
}

/* Stopped one second too early. */
static void test_cut_short(void **state)
{
	(void)state;
	struct recorder recorder;
	make_wiretape("exit 0");
	start(&recorder, NULL);
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_packets(recorder.incidents, recorder.folder, 1, 1, 0, FIRED_NS + 30 * SECOND);
	assert_string_equal(recorder.state, "interrupted");
	incidents_free(recorder.incidents);
}

/* Four that hang, and one more incident: its packets and its analysis go on; only its hook waits. */
static void test_hanging_hooks(void **state)
{
	(void)state;
	struct recorder recorder;
	struct incidents_counters counters;
	make_wiretape("exit 0");
	start(&recorder, "sleep 60");
	for (int i = 0; i < 5; i++)
		assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_packets(recorder.incidents, recorder.folder, 1, 1, 0, NO_TIME);
	for (int i = 0; i < PATIENCE && strcmp(recorder.state, "analysed") != 0; i++) {
		incidents_poll(recorder.incidents);
		usleep(10000);
	}
	assert_string_equal(recorder.state, "analysed");
	incidents_counters(recorder.incidents, &counters);
	assert_int_equal(counters.jobs.hooks, 4);
	incidents_stop(recorder.incidents);
	incidents_counters(recorder.incidents, &counters);
	assert_int_equal(counters.jobs.hooks_dropped, 2); /* a fifth "fired", and one "saved" */
	incidents_free(recorder.incidents);
}

static void test_no_room_for_a_pin(void **state)
{
	(void)state;
	struct recorder recorder;
	struct incidents_counters counters;
	start(&recorder, NULL);
	recorder.refuse = true;
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	assert_string_equal(recorder.state, "failed");
	assert_false(incidents_recording(recorder.incidents, "loss"));
	incidents_counters(recorder.incidents, &counters);
	assert_int_equal(counters.failed, 1);
	incidents_free(recorder.incidents);
}

/* A quota of 1 byte: each new incident takes the place of the one before, and the newest stays. */
static void test_small_quota(void **state)
{
	(void)state;
	struct recorder recorder;
	make_wiretape("exit 0");
	start(&recorder, NULL);
	recorder.options.budget_bytes = 1;
	struct incident_facts second = facts;
	second.t_ns += SECOND;
	assert_true(incidents_fire(recorder.incidents, &facts, &details));
	incidents_packets(recorder.incidents, recorder.folder, 1, 1, 0, NO_TIME);
	settle(&recorder);
	assert_true(exists(path_of(FIRED_NAME, INCIDENT_FILE)));
	assert_true(incidents_fire(recorder.incidents, &second, &details));
	assert_string_equal(recorder.removed, FIRED_NAME);
	assert_false(exists(path_of(FIRED_NAME, NULL)));
	assert_true(exists(path_of("20261121T103216Z-loss", INCIDENT_FILE)));
	incidents_free(recorder.incidents);
}

/* While the analyzer is busy with the first, others only wait: these go when there is need for room, and a new one has its packets. */
static void test_quota_of_those_that_wait(void **state)
{
	(void)state;
	struct recorder recorder;
	struct incident_facts next = facts;
	make_wiretape("sleep 60");
	start(&recorder, NULL);
	for (int i = 0; i < 3; i++, next.t_ns += SECOND) {
		assert_true(incidents_fire(recorder.incidents, &next, &details));
		fill(strrchr(recorder.folder, '/') + 1, 40 * MB);
		incidents_packets(recorder.incidents, recorder.folder, 1, 40 * MB, 0, NO_TIME);
		incidents_poll(recorder.incidents);
	}
	assert_string_equal(recorder.removed, "20261121T103216Z-loss");
	assert_true(exists(path_of(FIRED_NAME, INCIDENT_FILE)));
	assert_true(exists(path_of("20261121T103217Z-loss", INCIDENT_FILE)));
	assert_true(incidents_fire(recorder.incidents, &next, &details));
	assert_in_range(recorder.room_bytes, 59 * MB, 60 * MB);
	incidents_stop(recorder.incidents);
	incidents_free(recorder.incidents);
}

/* So many that some found no room among those that wait: they are analysed after them, without a restart. */
static void test_more_than_can_wait(void **state)
{
	(void)state;
	struct recorder recorder;
	char name[INCIDENT_NAME_MAX];
	struct incidents_counters counters;
	make_wiretape("exit 0");
	for (int i = 0; i < 40; i++) {
		assert_int_equal(incident_make_folder(directory, FIRED_NS + i * SECOND, "loss", name), STATUS_OK);
		write_text(path_of(name, INCIDENT_FILE), "{\"state\": \"saved\"}", 0644);
	}
	start(&recorder, NULL);
	incidents_recover(recorder.incidents);
	settle(&recorder);
	incidents_counters(recorder.incidents, &counters);
	assert_int_equal(counters.jobs.analyses, 40);
	assert_non_null(strstr(read_text(path_of(name, INCIDENT_FILE)), "\"analysed\""));
	incidents_free(recorder.incidents);
}

/* Three at once; the packets of the first come first, and each is saved under its own name. */
static void test_several_at_once(void **state)
{
	(void)state;
	static const char *const triggers[] = { "loss", "zero_window", "reset" };
	struct recorder recorder;
	struct incident_facts next = facts;
	char folders[3][256];
	start(&recorder, NULL);
	recorder.options.jobs.analyze = false;
	for (int i = 0; i < 3; i++) {
		next.trigger = triggers[i];
		assert_true(incidents_fire(recorder.incidents, &next, &details));
		snprintf(folders[i], sizeof folders[i], "%s", recorder.folder);
	}
	for (int i = 0; i < 3; i++) {
		assert_true(incidents_recording(recorder.incidents, triggers[i]));
		incidents_packets(recorder.incidents, folders[i], 1, 1, 0, NO_TIME);
		assert_false(incidents_recording(recorder.incidents, triggers[i]));
		assert_non_null(strstr(read_text(path_of(strrchr(folders[i], '/') + 1, INCIDENT_FILE)), "\"saved\""));
	}
	incidents_free(recorder.incidents);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names), TEST(test_file), TEST(test_damaged), TEST(test_room), TEST(test_life),
		TEST(test_report_fails), TEST(test_stop_while_reporting),
		TEST(test_recover), TEST(test_stop), TEST(test_cut_short), TEST(test_hanging_hooks),
		TEST(test_no_room_for_a_pin), TEST(test_small_quota), TEST(test_quota_of_those_that_wait),
		TEST(test_more_than_can_wait), TEST(test_several_at_once),
	};
	clearenv(); /* hooks print what of it is ours */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
