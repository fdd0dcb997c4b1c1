#include "capture/recorder.h"

#include "capture/clock.h"
#include "capture/slice.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define HAND_OVER_NS (100 * NS_PER_MS) /* a block that is partly full, if the writer has nothing to do */
#define LATEST_NS (250 * NS_PER_MS)    /* if it has */
#define IDLE_NS (500 * NS_PER_MS)      /* between looks at the drops while no packets come */
#define TAKE_NS (100 * NS_PER_MS)
#define DRAIN_NS (150 * NS_PER_MS)

struct recorder {
	struct interface *interface;
	struct pool *pool;
	struct slicer *slicer;
	pthread_t thread;
	bool started;
	atomic_bool stop;
	struct block *block; /* NULL: none is free */
	bool gave_up;	     /* at the end: none became free, so that what comes is only counted */
	int64_t handed_over_ns;
	_Atomic uint64_t packets, wire_bytes, captured_bytes, kernel_drops, interface_drops, unsaved_packets;
};

struct recorder *recorder_new(const struct recorder_options *options, struct interface *interface, struct pool *pool)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
		seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u; /* early at boot: better than none */
	struct recorder *recorder = calloc(1, sizeof *recorder);
	if (!recorder)
		return NULL;
	recorder->interface = interface;
	recorder->pool = pool;
	recorder->slicer = slicer_new(options->slice, options->snaplen, seed);
	if (recorder->slicer)
		return recorder;
	recorder_free(recorder);
	return NULL;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	slicer_free(recorder->slicer);
	free(recorder);
}

/* Only the capture thread adds; others read. */
static void add(_Atomic uint64_t *counter, uint64_t count)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + count, memory_order_relaxed);
}

static void hand_over(struct recorder *recorder, int64_t now)
{
	struct block *block = recorder->block;
	interface_drops(recorder->interface, &block->kernel_drops, &block->interface_drops);
	if (block->packets == 0)
		block->link_type = interface_link_type(recorder->interface); /* no reason for a new segment */
	add(&recorder->kernel_drops, block->kernel_drops);
	add(&recorder->interface_drops, block->interface_drops);
	recorder->handed_over_ns = now;
	if (block->packets == 0 && block->kernel_drops == 0 && block->interface_drops == 0)
		return;
	pool_hand_over(recorder->pool, block);
	recorder->block = NULL;
}

/* A block with room for so many bytes of this link type. Waits as long as it takes, the kernel buffers meanwhile; false only when the
 * recorder is to stop. */
static bool make_room(struct recorder *recorder, uint16_t link_type, size_t bytes)
{
	struct block *block = recorder->block;
	if (block && block->packets && (block->link_type != link_type || BLOCK_BYTES - block->used < bytes))
		hand_over(recorder, clock_monotonic_ns());
	while (!recorder->block) {
		recorder->block = pool_take(recorder->pool, TAKE_NS);
		if (!recorder->block && atomic_load(&recorder->stop))
			return false;
	}
	recorder->block->link_type = link_type;
	return true;
}

static bool take_packet(void *user, uint32_t seconds, uint32_t nanoseconds, const uint8_t *data, uint32_t captured, uint32_t wire)
{
	struct recorder *recorder = user;
	const uint16_t link_type = interface_link_type(recorder->interface);
	const uint32_t kept = slicer_keep(recorder->slicer, link_type, data, captured, wire);
	const struct record record = {
		.seconds = seconds, .nanoseconds = nanoseconds, .captured_bytes = kept, .wire_bytes = wire };
	if (recorder->gave_up || !make_room(recorder, link_type, sizeof record + kept)) {
		recorder->gave_up = true;
		add(&recorder->unsaved_packets, 1);
		return true;
	}
	struct block *block = recorder->block;
	memcpy(block->data + block->used, &record, sizeof record);
	memcpy(block->data + block->used + sizeof record, data, kept);
	block->used += (uint32_t)sizeof record + kept;
	const int64_t t_ns = (int64_t)seconds * NS_PER_SECOND + nanoseconds;
	if (block->packets == 0 || t_ns < block->first_ns)
		block->first_ns = t_ns;
	if (block->packets == 0 || t_ns > block->last_ns)
		block->last_ns = t_ns;
	block->packets++;
	block->wire_bytes += wire;
	add(&recorder->packets, 1);
	add(&recorder->wire_bytes, wire);
	add(&recorder->captured_bytes, kept);
	return true;
}

/* Half of its blocks wait for the writer: what is there is to be filled well. */
static bool is_short(struct recorder *recorder)
{
	struct pool_counters counters;
	pool_counters(recorder->pool, &counters);
	return counters.queued[POOL_WRITER] >= counters.blocks_in_all / 2;
}

static void hand_over_when_due(struct recorder *recorder)
{
	const int64_t now = clock_monotonic_ns(), age_ns = now - recorder->handed_over_ns;
	if (!recorder->block)
		return;
	const bool due = recorder->block->packets == 0
				 ? age_ns >= IDLE_NS
				 : (age_ns >= HAND_OVER_NS && pool_is_drained(recorder->pool)) ||
					   (age_ns >= LATEST_NS && !is_short(recorder));
	if (due)
		hand_over(recorder, now);
}

/* Until hand_over_when_due has something to do. */
static int64_t time_left(const struct recorder *recorder)
{
	const struct block *block = recorder->block;
	const int64_t age_ns = clock_monotonic_ns() - recorder->handed_over_ns;
	if (!block || block->packets == 0)
		return IDLE_NS;
	return age_ns < HAND_OVER_NS ? HAND_OVER_NS - age_ns : HAND_OVER_NS;
}

/* What the kernel has already, and shows when its block is full or its time is over. */
static void drain(struct recorder *recorder)
{
	const int64_t end_ns = clock_monotonic_ns() + DRAIN_NS;
	for (int64_t now = clock_monotonic_ns(); now < end_ns; now = clock_monotonic_ns())
		interface_receive(recorder->interface, end_ns - now, take_packet, recorder);
}

/* Those for which there is no block any more. */
static void count_last_drops(struct recorder *recorder)
{
	uint64_t kernel = 0, interface_itself = 0;
	interface_drops(recorder->interface, &kernel, &interface_itself);
	add(&recorder->kernel_drops, kernel);
	add(&recorder->interface_drops, interface_itself);
}

static void *record(void *user)
{
	struct recorder *recorder = user;
	pthread_setname_np(pthread_self(), "capture");
	recorder->handed_over_ns = clock_monotonic_ns();
	while (!atomic_load(&recorder->stop)) {
		if (!recorder->block)
			recorder->block = pool_take(recorder->pool, TAKE_NS);
		interface_receive(recorder->interface, time_left(recorder), take_packet, recorder);
		hand_over_when_due(recorder);
	}
	drain(recorder);
	if (recorder->block)
		hand_over(recorder, clock_monotonic_ns());
	count_last_drops(recorder);
	return NULL;
}

bool recorder_start(struct recorder *recorder)
{
	recorder->started = pthread_create(&recorder->thread, NULL, record, recorder) == 0;
	return recorder->started;
}

void recorder_stop(struct recorder *recorder)
{
	if (!recorder->started)
		return;
	atomic_store(&recorder->stop, true);
	interface_wake(recorder->interface);
	pthread_join(recorder->thread, NULL);
	recorder->started = false;
}

void recorder_counters(const struct recorder *recorder, struct recorder_counters *counters)
{
	*counters = (struct recorder_counters){
		.packets = atomic_load(&recorder->packets),
		.wire_bytes = atomic_load(&recorder->wire_bytes),
		.captured_bytes = atomic_load(&recorder->captured_bytes),
		.kernel_drops = atomic_load(&recorder->kernel_drops),
		.interface_drops = atomic_load(&recorder->interface_drops),
		.unsaved_packets = atomic_load(&recorder->unsaved_packets),
	};
}
