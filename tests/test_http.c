/* Speaks for http.c and http_line.c: requests and answers after RFC 9112. */
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

#define OPEN "0.000 > S 0\n0.005 < SA 0\n0.006 > A 1\n"
#define TEXT(text) " data \"" text "\"\n"
#define GET "GET / HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n"   /* 16 + 17 + 2 = 35 bytes */
#define OK5 "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\n" /* 17 + 19 + 2 = 38 bytes, 5 more */

static const struct http_facts *only(const struct trace *trace)
{
	assert_int_equal(trace->http_count, 1);
	return trace->http;
}

static void test_exchange(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN
		"0.010 > AP 1" TEXT("GET /cart?card=4111 HTTP/1.1\\r\\nHost: shop.example:8080\\r\\nAccept: *\\r\\n\\r\\n")
		"0.060 < A 1 ack 70 data \"" OK5 "he\"\n"
		"0.080 < AP 41 ack 70 data \"llo\"\n"
		"0.081 > A 70 ack 44\n");
	const struct http_facts *http = only(trace);
	assert_int_equal(http->flow_id, 1);
	assert_int_equal(http->t_ns, 10 * MS);
	assert_int_equal(http->frame, 4);
	assert_int_equal(http->request_end_ns, 10 * MS);
	assert_int_equal(http->first_byte_ns, 60 * MS);
	assert_int_equal(http->last_byte_ns, 80 * MS);
	assert_int_equal(http->answer_frame, 5);
	assert_int_equal(http->status, 200);
	assert_int_equal(http->end, HTTP_COMPLETE);
	assert_int_equal(http->request_bytes, 30 + 25 + 11 + 2);
	assert_int_equal(http->answer_bytes, 43);
	assert_string_equal(http->method, "GET");
	assert_string_equal(http->host, "shop.example:8080");
	assert_string_equal(http->path, "/cart"); /* what follows may be a secret */
	assert_int_equal(trace->name_count, 1);
	assert_string_equal(trace->names[0].name, "shop.example");
	assert_int_equal(trace->names[0].source, NAME_HTTP);
	trace_free(trace);
}

/* Chunks of 5 and 3 bytes, cut where it hurts; then the next request on the same connection. */
static void test_chunks(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1" TEXT(GET)
		"0.020 < A 1 ack 36" TEXT("HTTP/1.1 200 OK\\r\\nTransfer-Enc") /* 30 */
		"0.021 < A 31 ack 36" TEXT("oding: chunked\\r\\n\\r") /* 17 */
		"0.022 < A 48 ack 36" TEXT("\\n5\\r\\nhello\\r\\n3;x=y") /* 16 */
		"0.023 < A 64 ack 36" TEXT("\\r\\nabc\\r\\n0\\r\\n\\r") /* 11 */
		"0.025 < AP 75 ack 36" TEXT("\\n")
		"0.026 > A 36 ack 76\n"
		"0.040 > AP 36 ack 76" TEXT(GET)
		"0.050 < AP 76 ack 71" TEXT(OK5 "12345")
		"0.051 > A 71 ack 119\n");
	assert_int_equal(trace->http_count, 2);
	assert_int_equal(trace->http[0].last_byte_ns, 25 * MS);
	assert_int_equal(trace->http[0].answer_bytes, 75);
	assert_int_equal(trace->http[0].end, HTTP_COMPLETE);
	assert_int_equal(trace->http[1].t_ns, 40 * MS);
	assert_int_equal(trace->http[1].answer_bytes, 43);
	trace_free(trace);
}

/* Three requests at once; the answers to HEAD, and with 204 and 304, have no body whatever their headers say. */
static void test_pipeline(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN
		"0.010 > AP 1" TEXT("HEAD /1 HTTP/1.1\\r\\n\\r\\nGET /2 HTTP/1.1\\r\\n\\r\\nGET /3 HTTP/1.1\\r\\n\\r\\n")
		"0.020 < A 1 ack 59" TEXT("HTTP/1.1 200 OK\\r\\nContent-Length: 900\\r\\n\\r\\n" /* 40 */
					  "HTTP/1.1 304 Not Modified\\r\\nContent-Length: 9\\r\\n\\r\\n") /* 48 */
		"0.030 < A 89 ack 59" TEXT("HTTP/1.1 503 Busy\\r\\nContent-Length: 1\\r\\n\\r\\nx")
		"0.031 > A 59 ack 130\n");
	assert_int_equal(trace->http_count, 3);
	const uint16_t status[] = { 200, 304, 503 };
	const char *const path[] = { "/1", "/2", "/3" };
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(trace->http[i].status, status[i]);
		assert_string_equal(trace->http[i].path, path[i]);
		assert_int_equal(trace->http[i].end, HTTP_COMPLETE);
	}
	assert_int_equal(trace->http[0].answer_bytes, 40);
	assert_int_equal(trace->http[1].answer_bytes, 48);
	trace_free(trace);
}

/* 100 Continue is no answer. The request's end is that of its body. */
static void test_continue(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN
		"0.010 > AP 1" TEXT("PUT /f HTTP/1.1\\r\\nContent-Length: 4\\r\\nExpect: 100-continue\\r\\n\\r\\n") /* 60 */
		"0.020 < AP 1 ack 61" TEXT("HTTP/1.1 100 Continue\\r\\n\\r\\n") /* 25 */
		"0.030 > AP 61 ack 26" TEXT("body")
		"0.050 < AP 26 ack 65" TEXT("HTTP/1.1 204 No Content\\r\\n\\r\\n") /* 27 */
		"0.051 > A 65 ack 53\n");
	const struct http_facts *http = only(trace);
	assert_int_equal(http->request_end_ns, 30 * MS);
	assert_int_equal(http->first_byte_ns, 50 * MS);
	assert_int_equal(http->status, 204);
	assert_int_equal(http->request_bytes, 64);
	assert_int_equal(http->answer_bytes, 27);
	trace_free(trace);
}

/* Without a length the answer ends with the connection: by FIN whole, by RST cut, by the capture's end nobody knows;
 * and where there was none at all it is unanswered. */
static void test_ends(void **state)
{
	(void)state;
	static const struct {
		const char *rest;
		enum http_end end;
	} stories[] = {
		{ "0.020 < A 1 ack 36" TEXT("HTTP/1.0 200 OK\\r\\n\\r\\nabc") "0.021 < FA 23 ack 36\n", HTTP_COMPLETE },
		{ "0.020 < A 1 ack 36" TEXT("HTTP/1.0 200 OK\\r\\n\\r\\nabc") "0.021 < R 23 ack 36\n", HTTP_CUT },
		{ "0.020 < A 1 ack 36" TEXT("HTTP/1.0 200 OK\\r\\n\\r\\nabc"), HTTP_OPEN },
		{ "0.020 < A 1 ack 36" TEXT(OK5 "abc") "0.021 < FA 42 ack 36\n", HTTP_CUT },
		{ "0.020 < A 1 ack 36" TEXT(OK5 "abc"), HTTP_OPEN },
		{ "0.020 < FA 1 ack 36\n", HTTP_UNANSWERED },
		{ "", HTTP_UNANSWERED },
	};
	for (unsigned i = 0; i < sizeof stories / sizeof stories[0]; i++) {
		char script[1024];
		snprintf(script, sizeof script, "%s%s", OPEN "0.010 > AP 1" TEXT(GET), stories[i].rest);
		struct trace *trace = trace_play(NULL, script);
		assert_int_equal(only(trace)->end, stories[i].end);
		assert_int_equal(trace->http->status, stories[i].end == HTTP_UNANSWERED ? 0 : 200);
		trace_free(trace);
	}
}

/* The request's second half overtakes its first; the answer's last segment is lost behind the tap and sent again: then
 * it is that packet with which the client has all. */
static void test_disorder(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN
		"0.010 > A 1" TEXT("GET / HTTP")
		"0.012 > AP 21" TEXT("Host: a.example\\r\\n\\r\\n")
		"0.014 > A 11" TEXT("/1.1\\r\\nX: ")
		"0.020 < A 1 ack 40" TEXT(OK5 "12")
		"0.021 < AP 41 ack 40" TEXT("345")
		"0.022 > A 40 ack 41\n"
		"0.240 < AP 41 ack 40" TEXT("345")
		"0.241 > A 40 ack 44\n"
		"0.900 < AP 41 ack 40" TEXT("345") /* needless */);
	const struct http_facts *http = only(trace);
	assert_int_equal(http->request_end_ns, 14 * MS);
	assert_int_equal(http->request_bytes, 39);
	assert_int_equal(http->first_byte_ns, 20 * MS);
	assert_int_equal(http->last_byte_ns, 240 * MS);
	assert_int_equal(http->answer_bytes, 43);
	trace_free(trace);
}

/* The tap has missed 2000 bytes of a body whose length is known: the client has acknowledged them. */
static void test_gap(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1" TEXT(GET)
		"0.020 < A 1 ack 36 len 1000 data \"HTTP/1.1 200 OK\\r\\nContent-Length: 4000\\r\\n\\r\\n\"\n" /* 41 */
		"0.022 < A 3001 ack 36 len 1000\n"
		"0.023 > A 36 ack 4001\n"
		"0.024 < A 4001 ack 36 len 41\n"
		"0.025 > A 36 ack 4042\n"
		"0.030 > AP 36 ack 4042" TEXT(GET)
		"0.040 < AP 4042 ack 71" TEXT(OK5 "12345")
		"0.041 > A 71 ack 4085\n");
	assert_int_equal(trace->http_count, 2);
	assert_int_equal(trace->http[0].answer_bytes, 4041);
	assert_int_equal(trace->http[0].last_byte_ns, 24 * MS);
	assert_int_equal(trace->http[0].end, HTTP_COMPLETE);
	assert_int_equal(trace->http[1].status, 200);
	trace_free(trace);
}

/* The tap has missed the last 1000 bytes of a body: they were there when the client acknowledged them, not a second later, when the next
 * answer came. */
static void test_missed_end(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1" TEXT(GET)
		"0.020 < A 1 ack 36 len 1000 data \"HTTP/1.1 200 OK\\r\\nContent-Length: 1959\\r\\n\\r\\n\"\n" /* 41 */
		"0.023 > A 36 ack 2001\n"
		"1.000 > AP 36 ack 2001" TEXT(GET)
		"1.010 < AP 2001 ack 71" TEXT(OK5 "12345")
		"1.011 > A 71 ack 2044\n");
	assert_int_equal(trace->http_count, 2);
	assert_int_equal(trace->http[0].answer_bytes, 2000);
	assert_int_equal(trace->http[0].last_byte_ns, 23 * MS);
	assert_int_equal(trace->http[0].end, HTTP_COMPLETE);
	assert_int_equal(trace->http[1].status, 200);
	assert_int_equal(trace->http[1].first_byte_ns, 1010 * MS);
	assert_int_equal(trace->http[1].last_byte_ns, 1010 * MS);
	trace_free(trace);
}

/* The tap has missed all of the first answer: it is not said to be missing, nor the second taken for it. */
static void test_missed_answer(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1" TEXT("GET /1 HTTP/1.1\\r\\n\\r\\n") /* 19 */
		"0.030 > A 20 ack 44\n"
		"0.040 > AP 20 ack 44" TEXT("GET /2 HTTP/1.1\\r\\n\\r\\n")
		"0.050 < AP 44 ack 39" TEXT("HTTP/1.1 404 No\\r\\nContent-Length: 0\\r\\n\\r\\n") /* 38 */
		"0.051 > A 39 ack 82\n");
	assert_int_equal(trace->http_count, 2);
	assert_string_equal(trace->http[0].path, "/1");
	assert_int_equal(trace->http[0].status, 0);
	assert_int_equal(trace->http[0].end, HTTP_OPEN);
	assert_string_equal(trace->http[1].path, "/2");
	assert_int_equal(trace->http[1].status, 404);
	trace_free(trace);
}

/* 54 bytes of headers, 42 of payload: the answer's end is not known before the next request. Nothing of the host was
 * captured. */
static void test_snapped(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL,
		"0.010 > AP 1 snap 96" TEXT("GET /a/rather/long/path/for/a/small/capture/of/headers HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
		"0.020 < A 1 ack 77 snap 96 len 1000" TEXT("HTTP/1.1 200 OK\\r\\nServer: somebody/1.0\\r\\nContent-Length: 9000\\r\\n\\r\\n")
		"0.021 < A 1001 ack 77 len 1000 snap 96\n"
		"0.022 > A 77 ack 2001\n"
		"0.030 > AP 77 ack 2001 snap 96" TEXT(GET)
		"0.040 < A 2001 ack 112 snap 96" TEXT(OK5 "12345"));
	assert_int_equal(trace->http_count, 2);
	assert_string_equal(trace->http[0].path, "/a/rather/long/path/for/a/small/captur");
	assert_string_equal(trace->http[0].host, "");
	assert_int_equal(trace->http[0].last_byte_ns, 21 * MS);
	assert_int_equal(trace->http[0].end, HTTP_COMPLETE);
	assert_int_equal(trace->http[0].answer_bytes, 2000);
	assert_string_equal(trace->http[1].host, "a.example");
	trace_free(trace);
}

/* A proxy's client: what follows CONNECT is no HTTP; user and password are nobody's business; the proxy is not the host. */
static void test_proxy(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN
		"0.010 > AP 1" TEXT("GET http://me:secret@b.example/x?y HTTP/1.1\\r\\nHost: b.example\\r\\n\\r\\n") /* 45+17+2 */
		"0.020 < AP 1 ack 65" TEXT(OK5 "12345")
		"0.021 > A 65 ack 44\n"
		"0.030 > AP 65 ack 44" TEXT("CONNECT c.example:443 HTTP/1.1\\r\\n\\r\\n") /* 34 */
		"0.040 < AP 44 ack 99" TEXT("HTTP/1.1 200 Connected\\r\\n\\r\\n") /* 26 */
		"0.050 > AP 99 ack 70" TEXT("whatever\\r\\n"));
	assert_int_equal(trace->http_count, 2);
	assert_string_equal(trace->http[0].host, "b.example");
	assert_string_equal(trace->http[0].path, "/x");
	assert_string_equal(trace->http[1].method, "CONNECT");
	assert_string_equal(trace->http[1].path, "c.example:443");
	assert_int_equal(trace->http[1].end, HTTP_COMPLETE);
	assert_int_equal(trace->name_count, 0);
	trace_free(trace);
}

/* Words that begin like HTTP and are none. */
static void test_others(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1" TEXT("OPTIONS sip:a@b SIP/2.0\\r\\n\\r\\n")
		"0.020 > AP 28" TEXT("GET key\\r\\n")
		"0.030 > AP 37" TEXT("POST office\\r\\n")
		"0.040 < AP 1" TEXT("HTTP/1.1 200 OK\\r\\n\\r\\n"));
	assert_int_equal(trace->http_count, 0);
	trace_free(trace);
}

/* Segments behind holes take all of the memory for streams (64 MiB) while an answer is on its way. Then its second line, which
 * two segments share, can't be kept: it is passed over, and not taken for the empty line that ends the headers. */
static void test_no_memory_for_a_line(void **state)
{
	(void)state;
	struct trace *trace = trace_new(NULL);
	trace_feed(trace, "0.1 > A 1 flow 1 data 'GET /x HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'\n");
	for (unsigned port = 1; port <= 2500; port++) {
		char line[120];
		snprintf(line, sizeof line, "1.0 > A 1 sport %u data 'GET / HTTP/1.1\\r\\nHost: b\\r\\n'\n", port);
		trace_feed(trace, line);
		unsigned bytes = port <= 2300 ? 4000 : 100;
		for (unsigned i = 0; i < 16; i++) {
			snprintf(line, sizeof line, "1.1 > A %u sport %u len %u id %u\n", 100 + i * bytes, port, bytes, i + 1);
			trace_feed(trace, line);
		}
	}
	trace_feed(trace, "2.0 < A 1 flow 1 data 'HTTP/1.1 200 OK\\r\\nX-Lo'\n"
			  "2.1 < A 22 flow 1 data 'ng: 1\\r\\nContent-Length: 5\\r\\n\\r\\nhello'\n");
	trace_finish(trace);
	const struct http_facts *answered = NULL;
	for (unsigned i = 0; i < trace->http_count; i++)
		if (trace->http[i].status == 200)
			answered = &trace->http[i];
	assert_non_null(answered);
	assert_int_equal(answered->end, HTTP_COMPLETE);
	assert_int_equal(answered->answer_bytes, 21 + 7 + 19 + 2 + 5);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange), cmocka_unit_test(test_chunks),	 cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_continue), cmocka_unit_test(test_ends),	 cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_gap),	 cmocka_unit_test(test_missed_end), cmocka_unit_test(test_missed_answer), cmocka_unit_test(test_snapped),
		cmocka_unit_test(test_proxy),	 cmocka_unit_test(test_others),	  cmocka_unit_test(test_no_memory_for_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
