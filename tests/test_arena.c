/* Speaks for analyze/engine/arena.c. */
#include "analyze/engine/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void check_zeroed(const uint8_t *block, size_t size)
{
	assert_non_null(block);
	assert_int_equal((uintptr_t)block % 16, 0);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(block[i], 0);
}

/* Every size up to past the largest pooled one: zeroed though its memory was used before, aligned, and its own. */
static void test_sizes(void **state)
{
	(void)state;
	enum { LARGEST = ARENA_STEP * ARENA_CLASSES };
	struct arena arena = { 0 };
	for (unsigned round = 0; round < 2; round++) {
		for (size_t size = 1; size <= LARGEST + 100; size++) {
			uint8_t *one = arena_take(&arena, size), *two = arena_take(&arena, size);
			check_zeroed(one, size);
			check_zeroed(two, size);
			assert_true(one + size <= two || two + size <= one);
			memset(one, 0xaa, size);
			memset(two, 0xbb, size);
			assert_int_equal(one[size - 1], 0xaa);
			arena_give(&arena, one, size);
			arena_give(&arena, two, size);
		}
	}
	arena_free(&arena);
	assert_int_equal(arena.bytes, 0);
}

/* What is given back is used again: memory doesn't grow. */
static void test_reuse(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	arena_give(&arena, arena_take(&arena, 100), 100);
	uint64_t bytes = arena.bytes;
	assert_true(bytes > 0);
	for (unsigned i = 0; i < 100000; i++)
		arena_give(&arena, arena_take(&arena, 100), 100);
	assert_int_equal(arena.bytes, bytes);
	arena_free(&arena);
}

/* 10000 blocks of 64 bytes, all held: they have room, and each keeps what was written to it. */
static void test_many_blocks(void **state)
{
	(void)state;
	enum { BLOCKS = 10000, SIZE = 64 };
	static uint32_t *block[BLOCKS];
	struct arena arena = { 0 };
	for (uint32_t i = 0; i < BLOCKS; i++) {
		block[i] = arena_take(&arena, SIZE);
		assert_true(arena.bytes >= (uint64_t)(i + 1) * SIZE);
		*block[i] = i;
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		assert_int_equal(*block[i], i);
	arena_free(&arena);
}

static void test_large_blocks(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	uint8_t *block = arena_take(&arena, 1000000);
	check_zeroed(block, 1000000);
	assert_int_equal(arena.bytes, 1000000);
	arena_give(&arena, block, 1000000);
	assert_int_equal(arena.bytes, 0);
	arena_give(&arena, NULL, 100);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_many_blocks),
		cmocka_unit_test(test_large_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
