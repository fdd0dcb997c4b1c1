/* Speaks for analyze/engine/expiry.c: flows come out when they are due, not before, and none is forgotten. */
#include "analyze/engine/expiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

enum { FLOWS = 64 };

struct fixture {
	struct flow_table *table;
	struct expiry *expiry;
	struct flow *flow[FLOWS];
};

static int setup(void **state)
{
	static struct fixture fixture;
	fixture.table = flow_table_new();
	fixture.expiry = expiry_new(fixture.table);
	for (uint16_t i = 0; i < FLOWS; i++) {
		const struct flow_key key = { .low_port = i, .protocol = PROTOCOL_TCP };
		fixture.flow[i] = flow_table_add(fixture.table, &key, flow_key_hash(&key, 0));
		fixture.flow[i]->wheel_slot = NO_FLOW;
	}
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	expiry_free(fixture->expiry);
	flow_table_free(fixture->table);
	return 0;
}

static void test_due(void **state)
{
	struct fixture *fixture = *state;
	assert_null(expiry_due(fixture->expiry, 1000 * SECOND));
	expiry_schedule(fixture->expiry, fixture->flow[0], 1010 * SECOND);
	expiry_schedule(fixture->expiry, fixture->flow[1], 1005 * SECOND);
	expiry_schedule(fixture->expiry, fixture->flow[2], 1005 * SECOND);
	assert_null(expiry_due(fixture->expiry, 1005 * SECOND - 1)); /* not one before its time */
	/* Within two seconds after it, in the order in which they were put in. */
	assert_ptr_equal(expiry_due(fixture->expiry, 1007 * SECOND), fixture->flow[1]);
	assert_ptr_equal(expiry_due(fixture->expiry, 1007 * SECOND), fixture->flow[2]);
	assert_null(expiry_due(fixture->expiry, 1007 * SECOND));
	assert_ptr_equal(expiry_due(fixture->expiry, 1012 * SECOND), fixture->flow[0]);
	assert_null(expiry_first(fixture->expiry));
}

static void test_cancel_and_move(void **state)
{
	struct fixture *fixture = *state;
	expiry_due(fixture->expiry, 0);
	for (unsigned i = 0; i < 4; i++)
		expiry_schedule(fixture->expiry, fixture->flow[i], 10 * SECOND);
	expiry_cancel(fixture->expiry, fixture->flow[1]); /* out of the middle */
	expiry_cancel(fixture->expiry, fixture->flow[1]); /* twice does no harm */
	expiry_schedule(fixture->expiry, fixture->flow[3], 100 * SECOND); /* off the end */
	assert_ptr_equal(expiry_due(fixture->expiry, 20 * SECOND), fixture->flow[0]);
	assert_ptr_equal(expiry_due(fixture->expiry, 20 * SECOND), fixture->flow[2]);
	assert_null(expiry_due(fixture->expiry, 99 * SECOND));
	assert_ptr_equal(expiry_due(fixture->expiry, 102 * SECOND), fixture->flow[3]);
}

/* Due later than the wheel is long, and a jump in time over many turns: all come out, each once. */
static void test_far_away(void **state)
{
	struct fixture *fixture = *state;
	expiry_due(fixture->expiry, 0);
	for (unsigned i = 0; i < FLOWS; i++)
		expiry_schedule(fixture->expiry, fixture->flow[i], (int64_t)i * 1000 * SECOND);
	unsigned seen = 0;
	bool out[FLOWS] = { false };
	for (struct flow *flow; (flow = expiry_due(fixture->expiry, 1000000000 * SECOND)); seen++) {
		assert_false(out[flow->key.low_port]);
		out[flow->key.low_port] = true;
	}
	assert_int_equal(seen, FLOWS);
}

/* Time that goes backwards takes nothing out. */
static void test_backwards(void **state)
{
	struct fixture *fixture = *state;
	expiry_due(fixture->expiry, 1000 * SECOND);
	expiry_schedule(fixture->expiry, fixture->flow[0], 1010 * SECOND);
	assert_null(expiry_due(fixture->expiry, 1 * SECOND));
	expiry_schedule(fixture->expiry, fixture->flow[1], 5 * SECOND); /* overdue: at the next second */
	assert_ptr_equal(expiry_due(fixture->expiry, 1002 * SECOND), fixture->flow[1]);
	assert_ptr_equal(expiry_due(fixture->expiry, 1012 * SECOND), fixture->flow[0]);
}

/* The order of falling due, whatever the slot of now in its word. */
static void test_first(void **state)
{
	struct fixture *fixture = *state;
	expiry_due(fixture->expiry, 8150 * SECOND); /* the wheel has 8192 slots: some of these lie behind its seam */
	for (unsigned i = 0; i < FLOWS; i++)
		expiry_schedule(fixture->expiry, fixture->flow[(i * 37) % FLOWS],
				(8150 + (int64_t)((i * 37) % FLOWS) * 2) * SECOND);
	for (unsigned i = 0; i < FLOWS; i++)
		assert_ptr_equal(expiry_first(fixture->expiry), fixture->flow[i]);
	assert_null(expiry_first(fixture->expiry));
}

/* Slots of one 64-bit word, some just ahead and some nearly a whole turn away. */
static void test_first_in_one_word(void **state)
{
	struct fixture *fixture = *state;
	expiry_due(fixture->expiry, 1000 * SECOND);
	expiry_schedule(fixture->expiry, fixture->flow[0], (1000 + 8180) * SECOND);
	expiry_schedule(fixture->expiry, fixture->flow[1], 1010 * SECOND);
	assert_ptr_equal(expiry_first(fixture->expiry), fixture->flow[1]);
	assert_ptr_equal(expiry_first(fixture->expiry), fixture->flow[0]);
	assert_null(expiry_first(fixture->expiry));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_due, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel_and_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_far_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_backwards, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_in_one_word, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
