#include "capture/writer.h"

#include "capture/clock.h"
#include "capture/log.h"
#include "capture/pins.h"
#include "capture/recording.h"
#include "capture/ring.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Two of them fit, and two packets of the largest size. */
#define RING_BYTES_LEAST ((uint64_t)1 << 20)
/* When nothing can be written at the end, so long it is tried. */
#define LAST_TRIES 20
#define LAST_TRY_NS INT64_C(100000000)

struct ring_writer {
	struct pool *pool;
	struct ring *ring;
	struct pins *pins;
	struct recording *recording;
	pthread_t thread;
	bool started;
	atomic_bool rotate;
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t wake;
	bool stopping;
	struct writer_counters counters;
	/* The thread's own. */
	const struct block *block; /* in hand */
	uint32_t offset;	   /* of its next record */
	bool told_stuck;
	uint64_t skipped_told, dropped_told; /* of what the pool counts */
};

static enum status check(const struct recorder_options *options, char *message, size_t message_bytes)
{
	if (!options->directory || !options->directory[0]) {
		snprintf(message, message_bytes, "--dir: no folder is given");
		return STATUS_USAGE;
	}
	if (options->ring_bytes < RING_BYTES_LEAST) {
		snprintf(message, message_bytes, "--ring-size %" PRIu64 ": it must be 1M or more", options->ring_bytes);
		return STATUS_USAGE;
	}
	if (options->segment_ns < 1 || !options->segment_bytes) {
		snprintf(message, message_bytes, "--segment-time, --segment-size: must be more than nothing");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static bool start_conditions(struct ring_writer *writer)
{
	pthread_condattr_t monotonic;
	if (pthread_condattr_init(&monotonic) != 0)
		return false;
	bool done = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_mutex_init(&writer->mutex, NULL) == 0 &&
		    pthread_cond_init(&writer->wake, &monotonic) == 0;
	pthread_condattr_destroy(&monotonic);
	return done;
}

enum status ring_writer_new(struct ring_writer **out, const struct recorder_options *options, struct pool *pool,
			    const struct writer_observer *observer, uint16_t link_type, char *message, size_t message_bytes)
{
	*out = NULL;
	enum status status = check(options, message, message_bytes);
	if (status)
		return status;
	struct ring_writer *writer = calloc(1, sizeof(*writer));
	if (!writer || !start_conditions(writer)) {
		free(writer);
		snprintf(message, message_bytes, "out of memory");
		return STATUS_NO_MEMORY;
	}
	const struct clock *clock = clock_system();
	struct ring_limits limits = { .bytes = options->ring_bytes, .age_ns = options->ring_ns,
				      .min_free_bytes = options->min_free_bytes };
	writer->pool = pool;
	status = ring_open(&writer->ring, options->directory, &limits, clock_boot(clock), message, message_bytes);
	if (status)
		goto out;
	writer->pins = pins_new();
	writer->recording = writer->pins ? recording_new(options, writer->ring, writer->pins, clock, observer, link_type) : NULL;
	if (!writer->recording) {
		snprintf(message, message_bytes, "out of memory");
		status = STATUS_NO_MEMORY;
	}
out:
	if (status)
		ring_writer_free(writer);
	else
		*out = writer;
	return status;
}

void ring_writer_free(struct ring_writer *writer)
{
	if (!writer)
		return;
	recording_free(writer->recording);
	pins_free(writer->pins);
	ring_close(writer->ring);
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->mutex);
	free(writer);
}

/* What the pool counts, for the recording. */
static void take_losses(struct ring_writer *writer)
{
	struct pool_counters pool;
	struct losses losses = { .pool = pool_dropped(writer->pool) };
	writer->dropped_told += losses.pool;
	pool_missed_drops(writer->pool, POOL_WRITER, &losses.kernel, &losses.interface);
	pool_counters(writer->pool, &pool);
	losses.watcher = pool.skipped_packets - writer->skipped_told;
	writer->skipped_told = pool.skipped_packets;
	recording_losses(writer->recording, &losses);
	recording_backlog(writer->recording, pool.queued[POOL_WRITER], pool.blocks_in_all);
}

static void publish(struct ring_writer *writer)
{
	struct writer_counters counters;
	recording_counters(writer->recording, &counters);
	counters.unsaved_packets = counters.dropped_packets - writer->dropped_told;
	pthread_mutex_lock(&writer->mutex);
	writer->counters = counters;
	pthread_mutex_unlock(&writer->mutex);
}

static bool tick(struct ring_writer *writer)
{
	if (atomic_exchange(&writer->rotate, false))
		recording_rotate(writer->recording);
	bool done = recording_tick(writer->recording);
	if (done == writer->told_stuck)
		pool_writer_stuck(writer->pool, !done);
	writer->told_stuck = !done;
	take_losses(writer);
	publish(writer);
	return done;
}

/* Waits with a block in hand that can't be written. True: the recorder is to stop. */
static bool wait_stuck(struct ring_writer *writer, int64_t wait_ns)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t nanoseconds = until.tv_nsec + wait_ns;
	until.tv_sec += (time_t)(nanoseconds / 1000000000);
	until.tv_nsec = (long)(nanoseconds % 1000000000);
	pthread_mutex_lock(&writer->mutex);
	while (!writer->stopping && pthread_cond_timedwait(&writer->wake, &writer->mutex, &until) == 0)
		continue;
	bool stopping = writer->stopping;
	pthread_mutex_unlock(&writer->mutex);
	return stopping;
}

static void release(struct ring_writer *writer)
{
	pool_release(writer->pool, POOL_WRITER, writer->block);
	writer->block = NULL;
}

/* Nothing can be written and the recorder must end: what is left is counted. */
static void drop_rest(struct ring_writer *writer)
{
	struct losses losses = { 0 };
	bool closed = false;
	do {
		if (writer->block) {
			losses.pool += writer->block->packets;
			release(writer);
		}
		writer->block = pool_next(writer->pool, POOL_WRITER, LAST_TRY_NS, &closed);
	} while (writer->block || !closed);
	recording_losses(writer->recording, &losses);
	log_write(LOG_LEVEL_ERROR, "up to %" PRIu64 " packet%s could not be written before the end", losses.pool,
		  losses.pool == 1 ? "" : "s");
}

/* *ended: nothing can be written, the recorder is to stop, and what is left was given up. */
static void write_block(struct ring_writer *writer, bool *ended)
{
	for (int tries = 0; !recording_put(writer->recording, writer->block, &writer->offset);) {
		while (!tick(writer)) {
			if (!wait_stuck(writer, tries ? LAST_TRY_NS : recording_wait_ns(writer->recording)))
				continue;
			if (tries++ < LAST_TRIES) {
				struct timespec pause = { .tv_nsec = LAST_TRY_NS };
				nanosleep(&pause, NULL);
				continue;
			}
			drop_rest(writer);
			*ended = true;
			return;
		}
	}
	release(writer);
}

static void *run(void *user)
{
	struct ring_writer *writer = user;
	bool ended = false;
	recording_begin(writer->recording);
	while (!ended) {
		tick(writer);
		bool closed = false;
		writer->block = pool_next(writer->pool, POOL_WRITER, recording_wait_ns(writer->recording), &closed);
		writer->offset = 0;
		if (writer->block)
			write_block(writer, &ended);
		else
			ended = closed;
	}
	take_losses(writer);
	if (!recording_end(writer->recording))
		log_write(LOG_LEVEL_ERROR, "the last segment could not be finished; the next start repairs it");
	publish(writer);
	return NULL;
}

bool ring_writer_start(struct ring_writer *writer)
{
	/* Signals are the main thread's. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	writer->started = pthread_create(&writer->thread, NULL, run, writer) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return writer->started;
}

void ring_writer_stop(struct ring_writer *writer)
{
	if (!writer->started)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->stopping = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	writer->started = false;
}

void ring_writer_rotate(struct ring_writer *writer)
{
	atomic_store(&writer->rotate, true);
}

bool ring_writer_pin(struct ring_writer *writer, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes)
{
	return pins_add(writer->pins, folder, from_ns, to_ns, room_bytes);
}

void ring_writer_counters(struct ring_writer *writer, struct writer_counters *counters)
{
	pthread_mutex_lock(&writer->mutex);
	*counters = writer->counters;
	pthread_mutex_unlock(&writer->mutex);
}
