/* wiretaped: records an interface into a bounded ring, and saves the tape around loss and latency. */
#include "capture/clock.h"
#include "capture/log.h"
#include "capture/privileges.h"
#include "capture/statistics.h"
#include "capture/triggers.h"
#include "capture/units.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#ifndef WIRETAPE_VERSION
#define WIRETAPE_VERSION "unknown"
#endif

#define MESSAGE_MAX 4608
#define CAPTURE_NICE (-10)

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int fail(enum exit_status status, const char *message)
{
	log_write(LOG_LEVEL_ERROR, "%s", message);
	return (int)status;
}

/* Those that this program answers to; no thread is interrupted by them. */
static sigset_t handled_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaddset(&set, signals[i]);
	return set;
}

static int print_config(const struct recorder_options *options)
{
	options_print(options, stdout);
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	char message[256];
	snprintf(message, sizeof message, "standard output: cannot be written: %s", strerror(errno));
	return fail(EXIT_FAILED, message);
}

/* A predicate that is wrong is the user's mistake, to be told before anything is opened. */
static bool check_rules(const struct recorder_options *options, char *message, size_t message_bytes)
{
	struct triggers *triggers = triggers_new(options->rules, options->incidents_per_hour, message, message_bytes);
	const bool right = triggers != NULL;
	triggers_free(triggers);
	return right;
}

static int fail_pool(const struct recorder_options *options)
{
	char message[128], size[UNITS_TEXT_MAX];
	snprintf(message, sizeof message, "--pool %s: there is not so much memory; make it smaller", units_print_size(options->pool_bytes, size));
	return fail(EXIT_FAILED, message);
}

/* Opens all that needs privileges, and then gives these up. */
static int open_parts(struct parts *parts, struct interface **interface)
{
	const struct recorder_options *options = parts->options;
	char message[MESSAGE_MAX] = "out of memory";
	if (!check_rules(options, message, sizeof message))
		return fail(EXIT_USAGE, message);
	const enum status status = interface_open(interface, options, message, sizeof message);
	if (status != STATUS_OK)
		return fail(status == STATUS_USAGE ? EXIT_USAGE : EXIT_FAILED, message);
	parts->pool = pool_new(options->pool_bytes);
	if (!parts->pool)
		return fail_pool(options);
	parts->recorder = recorder_new(options, *interface, parts->pool);
	if (!parts->recorder)
		return fail(EXIT_FAILED, "out of memory");
	parts->watcher = watcher_new(options, parts->pool, interface_link_type(*interface), message, sizeof message);
	if (!parts->watcher)
		return fail(EXIT_FAILED, message);
	if (ring_writer_new(&parts->writer, options, parts->pool, watcher_observer(parts->watcher), interface_link_type(*interface),
			    message, sizeof message) != STATUS_OK)
		return fail(EXIT_FAILED, message);
	/* Threads inherit it, and may only make it worse once the privileges are gone. It fails where that is not permitted. */
	setpriority(PRIO_PROCESS, 0, CAPTURE_NICE);
	if (options->user && !privileges_drop(options->user, options->directory, message, sizeof message))
		return fail(EXIT_FAILED, message);
	return EXIT_DONE;
}

static void close_parts(struct parts *parts, struct interface *interface)
{
	ring_writer_free(parts->writer);
	watcher_free(parts->watcher);
	recorder_free(parts->recorder);
	pool_free(parts->pool);
	interface_close(interface);
}

static void log_start(const struct recorder_options *options)
{
	char size[UNITS_TEXT_MAX], age[UNITS_TEXT_MAX];
	log_write(LOG_LEVEL_NOTICE, "%s: recording to %s: the last %s of it, %s at most; slice %s%s%s", options->interface, options->directory,
		  units_print_time(options->ring_ns, age), units_print_size(options->ring_bytes, size), slice_name(options->slice),
		  options->filter ? "; filter " : "", options->filter ? options->filter : "");
}

/* Answers signals until one says to stop. */
static void serve(const struct parts *parts)
{
	const sigset_t signals = handled_signals();
	const struct timespec second = { .tv_sec = 1 };
	struct statistics statistics = { .told = { 0 } };
	for (;;) {
		switch (sigtimedwait(&signals, NULL, &second)) {
		case SIGTERM:
		case SIGINT:
			return;
		case SIGHUP:
			ring_writer_rotate(parts->writer);
			break;
		case SIGUSR1:
			watcher_fire(parts->watcher);
			break;
		case SIGUSR2:
			statistics_log(parts);
			break;
		default:
			break;
		}
		statistics_watch(&statistics, parts, clock_monotonic_ns());
	}
}

static int record(struct parts *parts)
{
	bool writing = false, watching = false;
	const bool capturing = recorder_start(parts->recorder);
	setpriority(PRIO_PROCESS, 0, 0); /* only for the capture thread */
	if (capturing)
		writing = ring_writer_start(parts->writer);
	if (writing)
		watching = watcher_start(parts->watcher, parts->writer);
	if (watching) {
		log_start(parts->options);
		serve(parts);
	} else {
		log_write(LOG_LEVEL_ERROR, "a thread cannot be started");
	}
	if (capturing)
		recorder_stop(parts->recorder);
	pool_close(parts->pool);
	if (writing)
		ring_writer_stop(parts->writer);
	if (watching)
		watcher_stop(parts->watcher);
	statistics_log_summary(parts);
	return watching ? EXIT_DONE : EXIT_FAILED;
}

static int run(const struct recorder_options *options)
{
	struct parts parts = { .options = options };
	struct interface *interface = NULL;
	sigset_t blocked = handled_signals();
	sigaddset(&blocked, SIGPIPE); /* not ignored: hooks would inherit that */
	pthread_sigmask(SIG_BLOCK, &blocked, NULL); /* before any thread is started: they inherit it */
	signal(SIGCHLD, SIG_DFL); /* who started us may have ignored it, and then nobody learns how hooks ended */
	umask(027); /* packets are not for everybody */
	int exit_status = open_parts(&parts, &interface);
	if (exit_status == EXIT_DONE)
		exit_status = record(&parts);
	close_parts(&parts, interface);
	return exit_status;
}

int main(int argc, char **argv)
{
	struct recorder_options options;
	int exit_status = EXIT_USAGE;
	if (options_parse(&options, argc, argv)) {
		exit_status = EXIT_DONE;
		if (options.help)
			options_print_help(stdout);
		else if (options.version)
			puts("wiretaped " WIRETAPE_VERSION);
		else if (options.print_config)
			exit_status = print_config(&options);
		else
			exit_status = run(&options);
	}
	options_free(&options);
	return exit_status;
}
