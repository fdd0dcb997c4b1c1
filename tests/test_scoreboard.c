/* Speaks for analyze/engine/scoreboard.c. */
#include "analyze/engine/scoreboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void append(struct scoreboard *board, struct arena *arena, uint32_t seq, uint32_t end, unsigned flags)
{
	const struct range range = { .seq = seq, .end = end, .t_ns = seq, .flags = flags & RANGE_FLAGS };
	assert_true(scoreboard_insert(board, arena, board->count, &range));
}

static void check(const struct scoreboard *board, uint32_t index, uint32_t seq, uint32_t end)
{
	assert_int_equal(scoreboard_at(board, index)->seq, seq);
	assert_int_equal(scoreboard_at(board, index)->end, end);
}

/* [100,200) [200,300) [300,400): the first range that ends after the number. */
static void test_find(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	assert_int_equal(scoreboard_find(&board, 5), 0);
	append(&board, &arena, 100, 200, 0);
	append(&board, &arena, 200, 300, 0);
	append(&board, &arena, 300, 400, 0);
	assert_int_equal(scoreboard_find(&board, 50), 0);
	assert_int_equal(scoreboard_find(&board, 199), 0);
	assert_int_equal(scoreboard_find(&board, 200), 1);
	assert_int_equal(scoreboard_find(&board, 399), 2);
	assert_int_equal(scoreboard_find(&board, 400), 3);
	scoreboard_free(&board, &arena);
	arena_free(&arena);
}

/* Ranges on both sides of 2^32. */
static void test_find_across_the_wrap(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	append(&board, &arena, 0xffffff00, 0xffffffff, 0);
	append(&board, &arena, 0xffffffff, 0x00000010, 0);
	append(&board, &arena, 0x00000010, 0x00000100, 0);
	assert_int_equal(scoreboard_find(&board, 0xfffffffe), 0);
	assert_int_equal(scoreboard_find(&board, 0xffffffff), 1);
	assert_int_equal(scoreboard_find(&board, 0), 1);
	assert_int_equal(scoreboard_find(&board, 0x10), 2);
	assert_int_equal(scoreboard_find(&board, 0x100), 3);
	scoreboard_free(&board, &arena);
	arena_free(&arena);
}

/* The FIN stays with the second half; all else is of both. */
static void test_split(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	append(&board, &arena, 100, 200, RANGE_FIN | RANGE_SACKED);
	assert_true(scoreboard_split(&board, &arena, 0, 150));
	assert_int_equal(board.count, 2);
	check(&board, 0, 100, 150);
	check(&board, 1, 150, 200);
	assert_int_equal(scoreboard_at(&board, 0)->flags, RANGE_SACKED);
	assert_int_equal(scoreboard_at(&board, 1)->flags, RANGE_FIN | RANGE_SACKED);
	assert_int_equal(scoreboard_at(&board, 0)->t_ns, 100);
	scoreboard_free(&board, &arena);
	arena_free(&arena);
}

/* A queue that goes round its ring many times while it grows: order stays. */
static void test_ring(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	uint32_t first = 0, next = 0;
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < 1 + round % 7; i++, next++)
			append(&board, &arena, next * 10, next * 10 + 10, 0);
		uint32_t n = board.count / 2;
		scoreboard_pop(&board, n);
		first += n;
		assert_int_equal(board.count, next - first);
		for (uint32_t i = 0; i < board.count; i++)
			check(&board, i, (first + i) * 10, (first + i) * 10 + 10);
	}
	scoreboard_free(&board, &arena);
	assert_int_equal(board.count, 0);
	arena_free(&arena);
}

static void test_insert_in_front(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	append(&board, &arena, 200, 300, 0);
	append(&board, &arena, 300, 400, 0);
	const struct range range = { .seq = 100, .end = 200 };
	assert_true(scoreboard_insert(&board, &arena, 0, &range));
	check(&board, 0, 100, 200);
	check(&board, 1, 200, 300);
	check(&board, 2, 300, 400);
	scoreboard_free(&board, &arena);
	arena_free(&arena);
}

static void test_full(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	for (uint32_t i = 0; i < SCOREBOARD_MAX; i++)
		append(&board, &arena, i, i + 1, 0);
	const struct range range = { .seq = SCOREBOARD_MAX, .end = SCOREBOARD_MAX + 1 };
	assert_false(scoreboard_insert(&board, &arena, board.count, &range));
	assert_int_equal(board.count, SCOREBOARD_MAX);
	assert_false(scoreboard_split(&board, &arena, 0, 0));
	scoreboard_free(&board, &arena);
	arena_free(&arena);
}

/* Seen neighbours become one; holes, and what is reported by SACK, stay apart. */
static void test_compact(void **state)
{
	(void)state;
	struct scoreboard board = { 0 };
	struct arena arena = { 0 };
	append(&board, &arena, 0, 10, 0);
	append(&board, &arena, 10, 20, 0);
	append(&board, &arena, 20, 30, RANGE_HOLE);
	append(&board, &arena, 30, 40, 0);
	append(&board, &arena, 40, 50, RANGE_SACKED);
	append(&board, &arena, 50, 60, RANGE_SACKED);
	append(&board, &arena, 60, 70, RANGE_SACKED);
	append(&board, &arena, 70, 80, RANGE_FIN);
	scoreboard_compact(&board); /* 8 of 8 ranges: 5 are left, more than half; so the older half, 2 of them, goes */
	assert_int_equal(board.count, 3);
	check(&board, 0, 30, 40);
	check(&board, 1, 40, 70);
	check(&board, 2, 70, 80);
	assert_int_equal(scoreboard_at(&board, 1)->flags & RANGE_SACKED, RANGE_SACKED);
	assert_int_equal(scoreboard_at(&board, 1)->flags & RANGE_MEASURED, RANGE_MEASURED);
	assert_int_equal(scoreboard_at(&board, 2)->flags & RANGE_FIN, RANGE_FIN);
	scoreboard_free(&board, &arena);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	cmocka_unit_test(test_find_across_the_wrap),
		cmocka_unit_test(test_split),	cmocka_unit_test(test_ring),
		cmocka_unit_test(test_insert_in_front), cmocka_unit_test(test_full),
		cmocka_unit_test(test_compact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
