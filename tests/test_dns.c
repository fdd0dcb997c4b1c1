/* Speaks for dns.c and dns_message.c: questions and answers made by hand after RFC 1035. */
#include "tests/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_other_port_and_type),
		cmocka_unit_test(test_unanswered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
