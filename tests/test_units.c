/* Speaks for capture/units.c. Expected values are written out: 1024^3 is 1073741824. */
#include "capture/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static void test_sizes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t bytes;
		const char *printed;
	} sizes[] = {
		{ "0", 0, "0" }, { "1", 1, "1" }, { "1023", 1023, "1023" }, { "500k", 512000, "500k" }, { "1K", 1024, "1k" },
		{ "64M", 67108864, "64M" }, { "64MiB", 67108864, "64M" }, { "10G", 10737418240, "10G" }, { "2t", 2199023255552, "2T" },
		{ "1.5G", 1610612736, "1536M" }, { "1048576", 1048576, "1M" }, { "9223372036854775807", INT64_MAX, "9223372036854775807" },
	};
	static const char *const wrong[] = { "", "M", "-1", "+1", " 1", "1 M", "1Q", "1MM", "1e3", "0x10", "1..5", ".5", "1.2.3M", "nan",
					     "9223372036854775808", "18446744073709551616", "8388608T", "99999999999999999999.5", "8388608.5T" };
	char text[UNITS_TEXT_MAX];
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		uint64_t bytes = 77;
		assert_true(units_parse_size(sizes[i].text, &bytes));
		assert_int_equal(bytes, sizes[i].bytes);
		assert_string_equal(units_print_size(bytes, text), sizes[i].printed);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		uint64_t bytes;
		print_message("'%s'\n", wrong[i]);
		assert_false(units_parse_size(wrong[i], &bytes));
	}
}

static void test_times(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ns;
		const char *printed;
	} times[] = {
		{ "0", 0, "0s" }, { "5ns", 5, "5ns" }, { "10us", 10000, "10us" }, { "100ms", 100000000, "100ms" }, { "60", 60 * SECOND, "1m" },
		{ "90s", 90 * SECOND, "90s" }, { "1.5m", 90 * SECOND, "90s" }, { "24h", 86400 * SECOND, "1d" }, { "7d", 604800 * SECOND, "7d" },
		{ "0.1", 100000000, "100ms" }, { "5min", 300 * SECOND, "5m" },
	};
	static const char *const wrong[] = { "", "s", "-1s", "5M", "5x", "1h30m", "200000d", "1 s" };
	char text[UNITS_TEXT_MAX];
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		int64_t ns = 77;
		assert_true(units_parse_time(times[i].text, &ns));
		assert_int_equal(ns, times[i].ns);
		assert_string_equal(units_print_time(ns, text), times[i].printed);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		int64_t ns;
		print_message("'%s'\n", wrong[i]);
		assert_false(units_parse_time(wrong[i], &ns));
	}
}

static void test_counts(void **state)
{
	(void)state;
	uint64_t count;
	char text[UNITS_TEXT_MAX];
	assert_true(units_parse_count("100k", &count));
	assert_int_equal(count, 100000); /* not 102400 */
	assert_string_equal(units_print_count(count, text), "100k");
	assert_true(units_parse_count("2M", &count));
	assert_int_equal(count, 2000000);
	assert_true(units_parse_count("12", &count));
	assert_string_equal(units_print_count(count, text), "12");
	assert_false(units_parse_count("12K", &count));
	assert_false(units_parse_count("many", &count));
}

static void test_sizes_for_people(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "0.98k" }, { 1024, "1.00k" }, { 10229, "9.99k" }, { 10240, "10.0k" }, { 65536, "64.0k" },
		{ 104858, "102k" }, { 1047552, "1.00M" }, { 1600000000, "1.49G" }, { 1234567890123456, "1123T" },
	};
	char text[UNITS_TEXT_MAX];
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		assert_string_equal(units_about_size(sizes[i].bytes, text), sizes[i].text);
}

static void test_numbers_of(void **state)
{
	(void)state;
	char text[UNITS_TEXT_MAX];
	assert_string_equal(units_number_of(0, "segment", text), "0 segments");
	assert_string_equal(units_number_of(1, "segment", text), "1 segment");
	assert_string_equal(units_number_of(UINT64_MAX, "segment", text), "18446744073709551615 segments");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sizes_for_people),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_numbers_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
