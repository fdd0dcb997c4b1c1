/* Speaks for analyze/cmd/memory_stream.c. */
#include "analyze/cmd/memory_stream.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_text(void **state)
{
	char *text;
	size_t bytes;
	(void)state;
	FILE *stream = memory_stream(&text, &bytes, 8);
	assert_non_null(stream);
	fputs("12345", stream);
	assert_int_equal(fflush(stream), 0);
	fputs("678", stream);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(bytes, 8);
	assert_string_equal(text, "12345678");
	free(text);
}

static void test_nothing(void **state)
{
	char *text;
	size_t bytes;
	(void)state;
	FILE *stream = memory_stream(&text, &bytes, 8);
	assert_non_null(stream);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(bytes, 0);
	assert_string_equal(text, "");
	free(text);
}

/* Who writes without an end is told so, and memory stays as small as was said. */
static void test_end(void **state)
{
	char *text;
	size_t bytes;
	unsigned lines = 0;
	(void)state;
	FILE *stream = memory_stream(&text, &bytes, 100000);
	assert_non_null(stream);
	while (lines < 1000000 && !ferror(stream)) {
		fputs("0123456789\n", stream);
		lines++;
	}
	assert_in_range(lines, 1, 20000);
	assert_int_equal(errno, EFBIG);
	fclose(stream);
	assert_in_range(bytes, 1, 100000);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
