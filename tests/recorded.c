#include "tests/recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

static int64_t fake_wall(void *user)
{
	return ((struct recorded *)user)->wall_ns;
}

static int64_t fake_boot(void *user)
{
	return ((struct recorded *)user)->boot_ns;
}

static void on_added(void *user, const struct segment_facts *facts)
{
	struct recorded *f = user;
	f->added[f->added_count++ % 64] = *facts;
}

static void on_removed(void *user, const char *name)
{
	(void)name;
	((struct recorded *)user)->removed_count++;
}

static void on_pinned(void *user, const char *folder, uint64_t segments, uint64_t bytes, uint64_t missing)
{
	struct recorded *f = user;
	snprintf(f->pinned, sizeof(f->pinned), "%s", folder);
	assert_true(bytes > 0 || segments == 0);
	f->pinned_segments = segments;
	f->pinned_missing = missing;
	f->pins_complete++;
}

void recorded_start(struct recorded *f)
{
	char message[256];
	struct ring_limits limits = { .bytes = f->options.ring_bytes, .age_ns = f->options.ring_ns,
				      .min_free_bytes = f->options.min_free_bytes };
	f->clock = (struct clock){ fake_wall, fake_boot, f };
	f->observer = (struct writer_observer){ on_added, on_removed, on_pinned, f };
	if (ring_open(&f->ring, f->directory, &limits, f->boot_ns, message, sizeof(message)))
		fail_msg("%s", message);
	f->pins = pins_new();
	f->recording = recording_new(&f->options, f->ring, f->pins, &f->clock, &f->observer, 1);
	recording_begin(f->recording);
}

void recorded_stop(struct recorded *f)
{
	recording_free(f->recording);
	pins_free(f->pins);
	ring_close(f->ring);
	f->recording = NULL;
	f->ring = NULL;
	f->pins = NULL;
}

int recorded_setup(void **state)
{
	struct recorded *f = calloc(1, sizeof(*f));
	scratch_make(f->directory);
	snprintf(f->folder, sizeof(f->folder), "%s/ring", f->directory);
	f->options = (struct recorder_options){ .interface = (char[]){ "eth0" }, .directory = f->directory, .ring_bytes = 64 << 20,
						.ring_ns = 3600 * SECOND, .segment_bytes = 8 << 20, .segment_ns = 60 * SECOND,
						.snaplen = 262144, .compress_level = 3 };
	f->options.interface = strdup("eth0");
	f->wall_ns = NOON + 7250 * MS;
	f->boot_ns = 500 * SECOND;
	recorded_start(f);
	*state = f;
	return 0;
}

int recorded_teardown(void **state)
{
	struct recorded *f = *state;
	if (f->recording)
		recorded_stop(f);
	umount2(f->directory, MNT_DETACH); /* of a test that failed */
	scratch_remove(f->directory);
	free(f->options.interface);
	free(f);
	return 0;
}

void recorded_pass(struct recorded *f, int64_t ns)
{
	for (;;) {
		f->ticks++;
		recording_tick(f->recording);
		int64_t step = recording_wait_ns(f->recording);
		if (step > ns)
			break;
		f->wall_ns += step;
		f->boot_ns += step;
		ns -= step;
	}
	f->wall_ns += ns;
	f->boot_ns += ns;
	recording_tick(f->recording);
}

void recorded_put(struct recorded *f, struct block *block)
{
	uint32_t offset = 0;
	assert_true(recording_put(f->recording, block, &offset));
	assert_int_equal(offset, block->used);
	free(block);
}

void recorded_packet(struct recorded *f, int64_t t_ns)
{
	struct block *block = scratch_block(++f->blocks);
	scratch_packet(block, t_ns, 100, true);
	recorded_put(f, block);
}

void recorded_finish(struct recorded *f)
{
	assert_true(recording_end(f->recording));
	recorded_stop(f);
	assert_true(scratch_sound(f->folder));
}
