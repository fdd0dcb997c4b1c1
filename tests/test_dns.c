/* Speaks for dns.c and dns_message.c: questions and answers made by hand after RFC 1035. */
#include "analyze/engine/application/names.h"
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000LL
#define SECOND (1000 * MS)

/* www.example.com: 3 www 7 example 3 com 0 */
#define NAME "03777777076578616d706c6503636f6d00"
#define A "00010001"
#define AAAA "001c0001"
/* Header: id, flags, QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT; 0100 a query that wants recursion, 8180 its answer. */
#define ASK(id, type) "hex " id "01000001000000000000" NAME type " dport 53 "
#define ANSWER(id, flags, count, type) "hex " id flags "0001" count "00000000" NAME type
/* c00c: the name at byte 12, the question's; A, IN, TTL 60, 4 bytes, 192.0.2.80 */
#define RECORD_A "c00c000100010000003c0004c0000250"

static const struct dns_facts *only(const struct trace *trace)
{
	assert_int_equal(trace->dns_count, 1);
	return trace->dns;
}

static struct address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct address){ { [10] = 0xff, [11] = 0xff, a, b, c, d } };
}

static uint64_t sum_unanswered(const struct trace *trace)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < trace->interval_count; i++)
		n += trace->intervals[i].scope == SCOPE_ALL ? trace->intervals[i].dns_unanswered : 0;
	return n;
}

static void test_answered(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1234", A) "\n"
					       "1.025 < udp " ANSWER("1234", "8180", "0001", A) RECORD_A " sport 53\n");
	const struct dns_facts *dns = only(trace);
	assert_string_equal(dns->name, "www.example.com");
	assert_int_equal(dns->flow_id, 1);
	assert_int_equal(dns->t_ns, SECOND);
	assert_int_equal(dns->frame, 1);
	assert_int_equal(dns->answer_ns, 1025 * MS);
	assert_int_equal(dns->answer_frame, 2);
	assert_int_equal(dns->latency_ns, 25 * MS);
	assert_int_equal(dns->client_port, 40000);
	assert_int_equal(dns->server_port, 53);
	assert_int_equal(dns->protocol, PROTOCOL_UDP);
	assert_int_equal(dns->id, 0x1234);
	assert_int_equal(dns->type, 1);
	assert_int_equal(dns->rcode, 0);
	assert_int_equal(dns->queries, 1);
	assert_int_equal(dns->answers, 1);
	assert_true(dns->has_address && !dns->truncated && !dns->open_end);
	const struct address client = v4(10, 0, 0, 1), server = v4(192, 0, 2, 1), found = v4(192, 0, 2, 80);
	assert_memory_equal(&dns->client, &client, sizeof client);
	assert_memory_equal(&dns->server, &server, sizeof server);
	assert_memory_equal(&dns->address, &found, sizeof found);
	assert_int_equal(trace->name_count, 1);
	assert_string_equal(trace->names[0].name, "www.example.com");
	assert_memory_equal(&trace->names[0].address, &found, sizeof found);
	assert_int_equal(trace->names[0].source, NAME_DNS);
	assert_int_equal(trace->names[0].frame, 2);
	trace_free(trace);
}

/* The resolver's server is silent for the first query; glibc asks again after 5 s with the same id. */
static void test_asked_again(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1234", A) "id 1\n"
					       "6.005 > udp " ASK("1234", A) "id 2\n"
					       "6.035 < udp " ANSWER("1234", "8180", "0001", A) RECORD_A " sport 53\n"
					       "6.040 < udp " ANSWER("1234", "8180", "0001", A) RECORD_A " sport 53\n");
	const struct dns_facts *dns = only(trace);
	assert_int_equal(dns->queries, 2);
	assert_int_equal(dns->latency_ns, 30 * MS);
	assert_int_equal(dns->answer_ns - dns->t_ns, 5035 * MS);
	trace_free(trace);
}

/* A resolver takes another port and id for its second try; A and AAAA are two questions. */
static void test_other_port_and_type(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1111", A) "sport 50001\n"
					       "1.000 > udp " ASK("1112", AAAA) "sport 50001\n"
					       "1.400 > udp " ASK("2222", A) "sport 50002\n"
					       "1.430 < udp " ANSWER("2222", "8180", "0001", A) RECORD_A " sport 53 dport 50002\n"
					       "1.450 < udp " ANSWER("1112", "8180", "0000", AAAA) " sport 53 dport 50001\n");
	assert_int_equal(trace->dns_count, 2);
	assert_int_equal(trace->dns[0].queries, 2);
	assert_int_equal(trace->dns[0].id, 0x1111);
	assert_int_equal(trace->dns[0].latency_ns, 30 * MS);
	assert_int_equal(trace->dns[1].queries, 1);
	assert_int_equal(trace->dns[1].type, 28);
	assert_int_equal(trace->dns[1].latency_ns, 450 * MS);
	trace_free(trace);
}

/* No answer: after 5 s it is unanswered; asked 2 s before the end, nobody knows. */
static void test_unanswered(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1111", A) "\n"
					       "20.000 > udp " ASK("2222", A) "\n"
					       "22.000 > udp sport 1 dport 2\n");
	assert_int_equal(trace->dns_count, 2);
	assert_int_equal(trace->dns[0].rcode, -1);
	assert_int_equal(trace->dns[0].answer_ns, NO_TIME);
	assert_false(trace->dns[0].open_end);
	assert_true(trace->dns[1].open_end);
	assert_int_equal(sum_unanswered(trace), 1);
	trace_free(trace);
}

/* The answer comes 7 s late: unanswered by then, and yet known. */
static void test_late(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1111", A) "\n"
					       "6.500 > udp sport 1 dport 2\n"
					       "8.000 < udp " ANSWER("1111", "8182", "0000", A) " sport 53\n");
	assert_int_equal(only(trace)->latency_ns, 7 * SECOND);
	assert_int_equal(trace->dns->rcode, 2); /* SERVFAIL */
	assert_int_equal(sum_unanswered(trace), 1);
	uint64_t failures = 0, answers = 0, queries = 0;
	for (unsigned i = 0; i < trace->interval_count; i++) {
		bool service = trace->intervals[i].scope == SCOPE_SERVICE && trace->intervals[i].port == 53;
		failures += service ? trace->intervals[i].dns_failures : 0;
		answers += service ? trace->intervals[i].dns_answers : 0;
		queries += service ? trace->intervals[i].dns_queries : 0;
	}
	assert_int_equal(failures, 1);
	assert_int_equal(answers, 1);
	assert_int_equal(queries, 1);
	trace_free(trace);
}

/* The same two packets on two interfaces: the copies are no second question and no second answer. */
static void test_copies(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.0000 > udp any 2 id 7 " ASK("1234", A) "\n"
					       "1.0001 > udp any 3 id 7 " ASK("1234", A) "\n"
					       "1.0200 < udp any 3 id 9 " ANSWER("1234", "8180", "0001", A) RECORD_A " sport 53\n"
					       "1.0201 < udp any 2 id 9 " ANSWER("1234", "8180", "0001", A) RECORD_A " sport 53\n");
	assert_int_equal(only(trace)->queries, 1);
	assert_int_equal(trace->dns->latency_ns, 20 * MS);
	trace_free(trace);
}

/* Only the answer is there. To the name that was asked for belong all addresses behind its alias:
 * c00c CNAME to c010 (example.com), which has two. */
static void test_answer_alone(void **state)
{
	(void)state;
	struct trace *trace =
		trace_play(NULL, "1.000 < udp " ANSWER("1234", "8180", "0003", A) "c00c000500010000003c0002c010"
				 "c010000100010000003c0004c0000250c010000100010000003c0004c0000251 sport 53\n"
				 "2.000 < udp " ANSWER("1235", "8180", "0001", A) RECORD_A " sport 53\n");
	assert_int_equal(trace->dns_count, 2);
	assert_int_equal(trace->dns->queries, 0);
	assert_int_equal(trace->dns->t_ns, SECOND);
	assert_int_equal(trace->dns->answer_ns, SECOND);
	assert_int_equal(trace->dns->latency_ns, NO_TIME);
	assert_int_equal(trace->dns->answers, 3);
	assert_int_equal(trace->dns->address.bytes[15], 0x50);
	assert_int_equal(trace->name_count, 2); /* each pair once */
	assert_string_equal(trace->names[1].name, "www.example.com");
	assert_int_equal(trace->names[1].address.bytes[15], 0x51);
	trace_free(trace);
}

/* A refusal that does not repeat the question. */
static void test_nameless(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1234", A) "\n"
					       "1.010 < udp hex 123481050000000000000000 sport 53\n");
	assert_int_equal(only(trace)->rcode, 5);
	assert_int_equal(trace->dns->latency_ns, 10 * MS);
	assert_string_equal(trace->dns->name, "www.example.com");
	trace_free(trace);
}

#define OPEN "0.000 > S 0\n0.005 < SA 0\n0.006 > A 1\n"

/* Over TCP: the length, 33 = 21h, comes by itself, and the answer in two segments. A transfer has many answers and is
 * one row. */
static void test_tcp(void **state)
{
	(void)state;
	const struct trace_options options = { .port = { 40000, 53 } };
	struct trace *trace = trace_play(&options, OPEN "0.010 > A 1 hex 0021\n"
						   "0.011 > AP 3 hex 123401000001000000000000" NAME "00fc0001\n"
						   "0.030 < A 1 ack 36 hex 003112348400000100010000\n"
						   "0.031 < AP 13 ack 36 hex 0000" NAME "00fc0001" RECORD_A "\n"
						   "0.032 < AP 52 ack 36 hex 001c123484000000000100000000" RECORD_A "\n"
						   "0.040 > FA 36 ack 82\n");
	assert_int_equal(only(trace)->protocol, PROTOCOL_TCP);
	assert_int_equal(trace->dns->type, 252);
	assert_int_equal(trace->dns->queries, 1);
	assert_int_equal(trace->dns->latency_ns, 20 * MS);
	assert_int_equal(trace->dns->address.bytes[15], 0x50);
	assert_int_equal(trace->name_count, 0); /* the records of a zone have names of their own */
	trace_free(trace);
}

/* A large answer in two IP fragments, the second first: 8 + 33 + 16 bytes, rounded up to 64, are in the first. */
static void test_fragments(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1234", A) "\n"
					       "1.020 < udp id 5 frag 64 len 100\n"
					       "1.021 < udp id 5 frag 0 more len 56 " ANSWER("1234", "8180", "0009", A) RECORD_A
					       " sport 53\n");
	assert_int_equal(only(trace)->rcode, 0);
	assert_int_equal(trace->dns->answers, 9);
	assert_int_equal(trace->name_count, 1);
	trace_free(trace);
}

/* To a group (224.0.0.251 here, by hand): nobody need answer. */
static void test_multicast(void **state)
{
	(void)state;
	static const uint8_t frame[] = {
		0x45, 0, 0, 61, 0, 0, 0x40, 0, 1, 17, 0, 0, 10, 0, 0, 1, 224, 0, 0, 251, /* IPv4 */
		0x14, 0xe9, 0x14, 0xe9, 0, 41, 0, 0,				      /* UDP, 5353 to 5353 */
		0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0,
		0, 1, 0, 1,
	};
	struct trace *trace = trace_new(NULL);
	trace_frame(trace, SECOND, LINK_RAW, frame, sizeof frame, sizeof frame);
	trace_feed(trace, "20.000 > udp sport 1 dport 2\n");
	trace_finish(trace);
	assert_int_equal(trace->dns_count, 0);
	assert_int_equal(sum_unanswered(trace), 0);
	trace_free(trace);
}

/* Names from hostile hands: loops, pointers ahead, letters that are none; whatever it is, it ends. */
static void test_hostile_names(void **state)
{
	(void)state;
	struct trace *trace =
		trace_play(NULL, "1.0 > udp dport 53 hex 123401000001000000000000c00c00010001\n"
				 "1.1 > udp dport 53 hex 123401000001000000000000c00e0001c00c\n"
				 "1.2 > udp dport 53 hex 12340100000100000000000003777777c00c00010001\n"
				 "1.3 > udp dport 53 hex 123401000001000000000000417777770000010001\n"
				 "1.4 > udp dport 53 hex 123501000001000000000000052e41000aff0000010001\n"
				 "1.5 > udp dport 53 hex 1236010000010000000000000000020001\n"
				 "1.6 > udp dport 53 hex 016100000001000000000000c00000010001\n"); /* into the header: "a" */
	assert_int_equal(trace->dns_count, 2);
	assert_string_equal(trace->dns[0].name, "\\x2eA\\x00\\x0a\\xff");
	assert_string_equal(trace->dns[1].name, ".");
	trace_free(trace);
}

/* Cut by the snap length at each byte: nothing is invented, and the answer finds its question. 42 bytes of headers, 12
 * of DNS. */
static void test_snapped(void **state)
{
	(void)state;
	for (unsigned snap = 42; snap <= 42 + 33 + 16; snap++) {
		char script[512];
		snprintf(script, sizeof script,
			 "1.000 > udp " ASK("1234", A) "snap %u\n"
			 "1.020 < udp " ANSWER("1234", "8180", "0001", A) RECORD_A " sport 53 snap %u\n", snap, snap);
		struct trace *trace = trace_play(NULL, script);
		assert_int_equal(trace->dns_count, snap >= 42 + 12);
		if (trace->dns_count) {
			bool whole = snap >= 42 + 33;
			assert_int_equal(trace->dns->latency_ns, 20 * MS);
			assert_int_equal(trace->dns->type, whole ? 1 : 0);
			assert_int_equal(strncmp(trace->dns->name, "www.example.com", strlen(trace->dns->name)), 0);
			if (whole)
				assert_int_equal(strlen(trace->dns->name), 15);
			assert_int_equal(trace->name_count, snap == 42 + 33 + 16);
		}
		trace_free(trace);
	}
}

/* What is left of two names may be the same: they are not taken for one question that was repeated. */
static void test_cut_names(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, "1.000 > udp " ASK("1111", A) "snap 60\n"
					       "1.100 > udp " ASK("2222", A) "snap 60\n"
					       "1.200 > udp " ASK("2222", A) "snap 60 id 7\n"
					       "9.000 > udp sport 1 dport 2\n");
	assert_int_equal(trace->dns_count, 2);
	assert_int_equal(trace->dns[0].queries, 1);
	assert_int_equal(trace->dns[1].queries, 2);
	trace_free(trace);
}

static void count_name(void *user, const struct name_facts *facts)
{
	(void)facts;
	++*(uint64_t *)user;
}

/* 300,000 names: 262,144 are told, once each, the others counted; in 4 MiB and a little. */
static void test_many_names(void **state)
{
	(void)state;
	const struct engine_sink sink = { .name = count_name };
	struct engine_totals totals = { 0 };
	uint64_t told = 0;
	const struct outlet outlet = { .sink = &sink, .user = &told, .totals = &totals };
	struct names *names = names_new(&outlet);
	assert_non_null(names);
	const struct address address = v4(192, 0, 2, 1);
	for (unsigned twice = 0; twice < 2; twice++)
		for (unsigned i = 0; i < 150000; i++) {
			char name[32];
			snprintf(name, sizeof name, "host-%u.example", i);
			names_tell(names, &address, NAME_DNS, name, 0, 1);
		}
	assert_int_equal(told, 150000);
	for (unsigned i = 150000; i < 300000; i++) {
		char name[32];
		snprintf(name, sizeof name, "host-%u.example", i);
		names_tell(names, &address, NAME_DNS, name, 0, 1);
	}
	assert_int_equal(told, 262144);
	assert_int_equal(totals.facts_dropped, 300000 - 262144);
	assert_in_range(names_bytes(names), 1, 4200000);
	names_free(names);
}

/* Writes lines of queries with ids of their own, 10 ms apart, and of answers `delay_ms` later; -1: none. Free it. */
static char *many_lines(unsigned count, int delay_ms)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	assert_non_null(out);
	for (unsigned ms = 0; ms < count * 10 + 1000; ms++) {
		const unsigned answered = delay_ms < 0 ? UINT32_MAX : ms - (unsigned)delay_ms;
		if (ms % 10 == 0 && ms / 10 < count)
			fprintf(out, "%u.%03u > udp hex %04x01000001000000000000" NAME A " dport 53 sport 50000 id %u\n", 1 + ms / 1000,
				ms % 1000, ms / 10 + 1, ms / 10 + 1);
		if (answered % 10 == 0 && answered / 10 < count)
			fprintf(out, "%u.%03u < udp hex %04x81800001000100000000" NAME A RECORD_A " sport 53 dport 50000 id %u\n",
				1 + ms / 1000, ms % 1000, answered / 10 + 1, answered / 10 + 1);
	}
	fprintf(out, "%u.000 > udp sport 1 dport 2\n", count / 100 + 9);
	fclose(out);
	return text;
}

/* Programs of one host ask for the same name at the same time: these are questions of their own. */
static void test_many_ask_the_same(void **state)
{
	(void)state;
	static const int delays_ms[] = { 3, 400 };
	for (unsigned i = 0; i < 2; i++) {
		char *lines = many_lines(100, delays_ms[i]);
		struct trace *trace = trace_play(NULL, lines);
		assert_int_equal(trace->dns_count, 100);
		for (unsigned k = 0; k < trace->dns_count; k++) {
			assert_int_equal(trace->dns[k].queries, 1);
			assert_int_equal(trace->dns[k].latency_ns, delays_ms[i] * MS);
		}
		assert_int_equal(sum_unanswered(trace), 0);
		trace_free(trace);
		free(lines);
	}
}

/* More of them within seconds than are remembered of one name: each answer is known all the same. */
static void test_very_many_ask_the_same(void **state)
{
	(void)state;
	char *lines = many_lines(400, 20);
	struct trace *trace = trace_play(NULL, lines);
	assert_int_equal(trace->dns_count, 400);
	for (unsigned k = 0; k < trace->dns_count; k++)
		assert_int_equal(trace->dns[k].latency_ns, 20 * MS);
	assert_int_equal(trace_totals(trace).facts_dropped, 0);
	trace_free(trace);
	free(lines);
}

/* And nobody answers. */
static void test_many_unanswered(void **state)
{
	(void)state;
	char *lines = many_lines(100, -1);
	struct trace *trace = trace_play(NULL, lines);
	assert_int_equal(trace->dns_count, 100);
	assert_int_equal(sum_unanswered(trace), 100);
	trace_free(trace);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_other_port_and_type),
		cmocka_unit_test(test_many_ask_the_same),
		cmocka_unit_test(test_very_many_ask_the_same),
		cmocka_unit_test(test_many_unanswered),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_answer_alone),
		cmocka_unit_test(test_nameless),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_snapped),
		cmocka_unit_test(test_cut_names),
		cmocka_unit_test(test_many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
