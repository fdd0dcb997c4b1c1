/* Speaks for capture/incident_reason.c: on which values a trigger fired, in words. */
#include "capture/incident_reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char row[] = "{\"scope\": \"service\", \"key\": \"192.0.2.1:443\", \"packets\": 12345678, \"loss_pct\": 0.937081659973226, "
			  "\"rtt_p95_ms\": 12345.678, \"rtt_baseline_ms\": null, \"goodput_bps\": 1e9, \"retrans_pct\": 2.0}";

static void expect(const char *when, const char *expected)
{
	char *reason = incident_reason(when, row);
	assert_non_null(reason);
	assert_string_equal(reason, expected);
	free(reason);
}

/* Each column once, in the order of the predicate; what is no column of the row is left out, and so is what isn't known. */
static void test_columns(void **state)
{
	(void)state;
	expect("loss_pct > 0.5 AND packets >= 50\n\tAND max(loss_pct, 0) < 90", "loss_pct 0.9371, packets 12345678");
	expect("rtt_baseline_ms IS NULL AND packets > 0", "packets 12345678");
	expect("key = 'packets' AND scope <> 'it''s loss_pct'", "key 192.0.2.1:443, scope service");
	expect("\"packets\" > 0x10", "packets 12345678");
	expect("Loss_Pct > 0.5 AND PACKETS > 1", "loss_pct 0.9371, packets 12345678"); /* SQL's names have no case */
}

/* 12345.678 ms are 12.3 s, and nobody reads 1.235e+04. */
static void test_large_numbers(void **state)
{
	(void)state;
	expect("rtt_p95_ms > 50", "rtt_p95_ms 12346");
	expect("retrans_pct >= 2", "retrans_pct 2");
}

/* Where no column is named the predicate says itself why. */
static void test_no_columns(void **state)
{
	(void)state;
	expect("1 <\n\t2", "1 < 2");
}

static void test_no_row(void **state)
{
	(void)state;
	assert_null(incident_reason("packets > 1", "[1, 2]"));
	assert_null(incident_reason("packets > 1", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns), cmocka_unit_test(test_large_numbers), cmocka_unit_test(test_no_columns),
		cmocka_unit_test(test_no_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
