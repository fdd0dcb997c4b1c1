#include "tests/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#define STORIES_MAX 64
#define ROUNDS 3

struct trace *story_play(void **state, const char *script)
{
	const struct trace_options options = { .isn = { ((uint32_t *)*state)[0], ((uint32_t *)*state)[1] } };
	return trace_play(&options, script);
}

void story_check(const struct trace *trace, enum direction direction, const struct expected *expected)
{
	const struct direction_facts *facts = trace_side(trace, direction);
	assert_int_equal(facts->data_segments, expected->data_segments);
	assert_int_equal(facts->new_bytes, expected->new_bytes);
	assert_int_equal(facts->retransmitted_segments, expected->retransmitted);
	assert_int_equal(facts->retransmitted_bytes, expected->retransmitted_bytes);
	assert_int_equal(facts->fast_retransmissions, expected->fast);
	assert_int_equal(facts->timeout_retransmissions, expected->timeout);
	assert_int_equal(facts->slow_start_retransmissions, expected->slow_start);
	assert_int_equal(facts->tail_loss_probes, expected->probe);
	assert_int_equal(facts->unknown_retransmissions, expected->unknown_cause);
	assert_int_equal(facts->syn_retransmissions, expected->syn);
	assert_int_equal(facts->fin_retransmissions, expected->fin);
	assert_int_equal(facts->spurious_retransmissions, expected->spurious);
	assert_int_equal(facts->reordered_segments, expected->reordered);
	assert_int_equal(facts->unknown_segments, expected->unknown);
	assert_int_equal(facts->network_duplicates, expected->duplicates);
	assert_int_equal(facts->lost_upstream, expected->upstream);
	assert_int_equal(facts->lost_downstream, expected->downstream);
	assert_int_equal(facts->tap_duplicates, 0);
	assert_int_equal(facts->capture_gap_bytes, 0);
	uint64_t causes = facts->fast_retransmissions + facts->timeout_retransmissions +
			  facts->slow_start_retransmissions + facts->tail_loss_probes + facts->unknown_retransmissions;
	assert_int_equal(causes, facts->retransmitted_segments - facts->syn_retransmissions); /* facts.h says so */
}

int stories_run(const struct story *stories, unsigned count)
{
	static uint32_t isns[ROUNDS][2] = { { 0, 0 }, { 0xfffff000, 0xffffff00 }, { 0xffffffff, 0x7fffffff } };
	static struct CMUnitTest tests[STORIES_MAX * ROUNDS];
	static char names[STORIES_MAX * ROUNDS][64];
	assert_true(count <= STORIES_MAX);
	for (unsigned i = 0; i < count * ROUNDS; i++) {
		uint32_t *isn = isns[i % ROUNDS];
		snprintf(names[i], sizeof names[i], "%s, ISN %08x", stories[i / ROUNDS].name, isn[0]);
		tests[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = stories[i / ROUNDS].function,
			.initial_state = isn,
		};
	}
	return cmocka_run_group_tests_name("stories", tests, NULL, NULL); /* which leaves out those without a name */
}
