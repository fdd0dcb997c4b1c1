/* Speaks for analyze/source/readahead.c: the thread ahead gives what the source itself gives. Run from the project's root. */
#include "analyze/source/readahead.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLE "samples/loss_20ms.snd.pcap.zst"

static struct source *open_source(const char *path)
{
	char message[SOURCE_MESSAGE_MAX];
	struct source *source = NULL;
	assert_int_equal(source_open(&source, path, message), STATUS_OK);
	return source;
}

/* Both readers in step: same frames, same end, same last words. */
static void compare(const char *path, enum status end)
{
	struct source *plain = open_source(path), *other = open_source(path);
	struct readahead *ahead = readahead_new(other);
	assert_non_null(ahead);
	struct frame expected, found;
	enum status status;
	while ((status = source_next(plain, &expected)) == STATUS_OK) {
		assert_int_equal(readahead_next(ahead, &found), STATUS_OK);
		assert_int_equal(found.number, expected.number);
		assert_int_equal(found.t_ns, expected.t_ns);
		assert_int_equal(found.wire_bytes, expected.wire_bytes);
		assert_int_equal(found.captured_bytes, expected.captured_bytes);
		assert_memory_equal(found.data, expected.data, expected.captured_bytes);
	}
	assert_int_equal(status, end);
	assert_int_equal(readahead_next(ahead, &found), end);
	assert_int_equal(readahead_next(ahead, &found), end); /* and it stays so */
	readahead_free(ahead);
	assert_string_equal(source_message(other), source_message(plain));
	assert_int_equal(source_frames(other), source_frames(plain));
	assert_int_equal(source_fingerprint(other), source_fingerprint(plain));
	source_close(plain);
	source_close(other);
}

static void test_whole(void **state)
{
	(void)state;
	compare(SAMPLE, STATUS_END);
}

static void test_cut(void **state)
{
	(void)state;
	char path[] = "/tmp/readahead-XXXXXX";
	unsigned char bytes[50000];
	FILE *sample = fopen(SAMPLE, "rb");
	assert_non_null(sample);
	assert_int_equal(fread(bytes, 1, sizeof bytes, sample), sizeof bytes);
	fclose(sample);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, sizeof bytes), (ssize_t)sizeof bytes);
	close(fd);
	compare(path, STATUS_TRUNCATED);
	unlink(path);
}

/* Given up after `taken` frames, while the thread waits for room or is still reading. */
static void test_given_up(void **state)
{
	(void)state;
	for (unsigned taken = 0; taken < 3; taken++) {
		struct source *source = open_source(SAMPLE);
		struct readahead *ahead = readahead_new(source);
		struct frame frame;
		for (unsigned i = 0; i < taken; i++)
			assert_int_equal(readahead_next(ahead, &frame), STATUS_OK);
		readahead_free(ahead);
		source_close(source);
	}
	readahead_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
