/* Speaks for tls.c and tls_hello.c: handshakes made by hand after RFC 8446 and RFC 5246. */
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
#define ZEROS16 "00000000000000000000000000000000"
#define RANDOM ZEROS16 ZEROS16
/* server_name: list of 15, host name of 12: wire.example */
#define SNI "00000011000f00000c776972652e6578616d706c65"
/* supported_versions: GREASE, 1.3, 1.2 */
#define VERSIONS "002b0007060a0a03040303"
/* application_layer_protocol_negotiation: h2, http/1.1 */
#define ALPN "0010000e000c02683208687474702f312e31"
/* Extensions: 21 + 11 + 18 = 50 (32h); hello: 2 + 32 + 1 + 4 + 2 + 2 + 50 = 93 (5dh); record: 97 (61h). 102 bytes in all. */
#define CLIENT_HELLO_START "160301006101" "00005d0303" RANDOM
#define CLIENT_HELLO_END "00" "00021301" "0100" "0032" SNI VERSIONS ALPN
#define CLIENT_HELLO CLIENT_HELLO_START CLIENT_HELLO_END
/* supported_versions 1.3; hello: 2 + 32 + 1 + 2 + 1 + 2 + 6 = 46 (2eh), record 50 (32h). 55 bytes. */
#define SERVER_HELLO_13 "1603030032" "0200002e" "0303" RANDOM "00" "1301" "00" "0006" "002b00020304"
/* HelloRetryRequest: the same with the random of RFC 8446 4.1.3. 55 bytes. */
#define RETRY_RANDOM "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
#define RETRY "1603030032" "0200002e" "0303" RETRY_RANDOM "00" "1301" "00" "0006" "002b00020304"
/* TLS 1.2 with ALPN h2: 2 + 32 + 1 + 2 + 1 + 2 + 9 = 49 (31h), record 53 (35h). 58 bytes. */
#define SERVER_HELLO_12 "1603030035" "02000031" "0303" RANDOM "00" "c02f" "00" "0009" "001000050003026832"
#define CHANGE_CIPHER "140303000101"   /* 6 bytes */
#define FINISHED_12 "1603030010" ZEROS16 /* 21 bytes */
/* Encrypted Finished of TLS 1.3: 4 + 32 + 1 + 16 = 53 (35h). 58 bytes. */
#define FINISHED_13 "1703030035" ZEROS16 ZEROS16 ZEROS16 "0000000000"

static const struct tls_facts *only(const struct trace *trace)
{
	assert_int_equal(trace->tls_count, 1);
	return trace->tls;
}

static uint64_t failures(const struct trace *trace)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < trace->interval_count; i++)
		n += trace->intervals[i].scope == SCOPE_ALL ? trace->intervals[i].tls_failures : 0;
	return n;
}

static void check_client(const struct tls_facts *tls)
{
	assert_string_equal(tls->sni, "wire.example");
	assert_string_equal(tls->alpn_offered, "h2,http/1.1");
	assert_int_equal(tls->offered_version, 0x0304);
	assert_int_equal(tls->flow_id, 1);
}

static void test_13(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					       "0.030 < AP 1 ack 103 hex " SERVER_HELLO_13 CHANGE_CIPHER "\n"
					       "0.050 > AP 103 ack 62 hex " CHANGE_CIPHER FINISHED_13 "\n");
	const struct tls_facts *tls = only(trace);
	check_client(tls);
	assert_int_equal(tls->t_ns, 10 * MS);
	assert_int_equal(tls->frame, 4);
	assert_int_equal(tls->server_hello_ns, 30 * MS);
	assert_int_equal(tls->finished_ns, 50 * MS);
	assert_int_equal(tls->version, 0x0304);
	assert_int_equal(tls->cipher, 0x1301);
	assert_int_equal(tls->alert_by, -1);
	assert_string_equal(tls->alpn, "");
	assert_false(tls->resumed || tls->retry);
	assert_int_equal(failures(trace), 0);
	assert_int_equal(trace->name_count, 1);
	assert_string_equal(trace->names[0].name, "wire.example");
	assert_int_equal(trace->names[0].source, NAME_SNI);
	assert_int_equal(trace->names[0].address.bytes[13], 0); /* 192.0.2.1 */
	assert_int_equal(trace->names[0].address.bytes[12], 192);
	trace_free(trace);
}

/* The hello comes in three segments of 43, 30 and 29 bytes, the last before the second, and the first once more. */
static void test_segments(void **state)
{
	(void)state;
	static const char rest[] = CLIENT_HELLO_END;
	char script[2048];
	snprintf(script, sizeof script,
		 OPEN "0.010 > A 1 hex " CLIENT_HELLO_START "\n"
		      "0.012 > AP 74 hex %s\n"
		      "0.014 > A 1 hex " CLIENT_HELLO_START "\n"
		      "0.015 > A 44 hex %.60s\n"
		      "0.030 < AP 1 ack 103 hex " SERVER_HELLO_13 "\n",
		 rest + 60, rest);
	struct trace *trace = trace_play(NULL, script);
	check_client(only(trace));
	assert_int_equal(trace->tls->t_ns, 10 * MS);
	assert_int_equal(trace->tls->finished_ns, NO_TIME);
	trace_free(trace);
}

static void test_12(void **state)
{
	(void)state;
	static const char story[] = OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					 "0.030 < AP 1 ack 103 hex " SERVER_HELLO_12 "\n"
					 "0.050 > AP 103 ack 59 hex " CHANGE_CIPHER FINISHED_12 "\n"
					 "0.070 < AP 59 ack 130 hex " CHANGE_CIPHER FINISHED_12 "\n";
	struct trace *trace = trace_play(NULL, story);
	const struct tls_facts *tls = only(trace);
	assert_int_equal(tls->version, 0x0303);
	assert_int_equal(tls->cipher, 0xc02f);
	assert_string_equal(tls->alpn, "h2");
	assert_int_equal(tls->finished_ns, 50 * MS);
	assert_false(tls->resumed);
	assert_int_equal(failures(trace), 0);
	trace_free(trace);
}

/* Whoever resumes a session lets the server change its cipher first (RFC 5246 7.3). */
static void test_12_resumed(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					       "0.030 < AP 1 ack 103 hex " SERVER_HELLO_12 CHANGE_CIPHER FINISHED_12 "\n"
					       "0.050 > AP 103 ack 86 hex " CHANGE_CIPHER FINISHED_12 "\n");
	assert_true(only(trace)->resumed);
	assert_int_equal(trace->tls->finished_ns, 50 * MS);
	trace_free(trace);
}

/* The server wants another key share: the second hello is no second handshake. */
static void test_retry(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					       "0.030 < AP 1 ack 103 hex " RETRY CHANGE_CIPHER "\n"
					       "0.050 > AP 103 ack 62 hex " CHANGE_CIPHER CLIENT_HELLO "\n"
					       "0.070 < AP 62 ack 211 hex " SERVER_HELLO_13 "\n"
					       "0.090 > AP 211 ack 117 hex " FINISHED_13 "\n");
	const struct tls_facts *tls = only(trace);
	assert_true(tls->retry);
	assert_int_equal(tls->t_ns, 10 * MS);
	assert_int_equal(tls->server_hello_ns, 70 * MS);
	assert_int_equal(tls->finished_ns, 90 * MS);
	trace_free(trace);
}

/* Fatal, handshake_failure (40). */
static void test_alert(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					       "0.030 < AP 1 ack 103 hex 15030300020228\n"
					       "0.031 < FA 8 ack 103\n");
	const struct tls_facts *tls = only(trace);
	assert_int_equal(tls->alert_by, S2C);
	assert_int_equal(tls->alert_level, 2);
	assert_int_equal(tls->alert, 40);
	assert_int_equal(tls->alert_ns, 30 * MS);
	assert_int_equal(tls->alert_frame, 5);
	assert_int_equal(tls->version, 0);
	assert_int_equal(tls->server_hello_ns, NO_TIME);
	assert_int_equal(failures(trace), 1);
	trace_free(trace);
}

/* A TLS 1.2 server does not like the client's certificate, and says so when the client is done: in the clear still. */
static void test_late_alert(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					       "0.030 < AP 1 ack 103 hex " SERVER_HELLO_12 "\n"
					       "0.050 > AP 103 ack 59 hex " CHANGE_CIPHER FINISHED_12 "\n"
					       "0.070 < AP 59 ack 130 hex 15030300020230\n");
	assert_int_equal(only(trace)->alert, 48);
	assert_int_equal(failures(trace), 1);
	trace_free(trace);
}

/* The connection ends before the handshake: by RST; and after 24 bytes that can hold an alert of TLS 1.3 but no Finished. */
static void test_ended(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
					       "0.030 < R 1 ack 103\n");
	assert_int_equal(only(trace)->finished_ns, NO_TIME);
	assert_int_equal(failures(trace), 1);
	trace_free(trace);
	trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n"
				      "0.030 < AP 1 ack 103 hex " SERVER_HELLO_13 "\n"
				      "0.050 > AP 103 ack 56 hex 1703030013" ZEROS16 "000000\n"
				      "0.051 > FA 127 ack 56\n");
	assert_int_equal(only(trace)->finished_ns, NO_TIME);
	assert_int_equal(failures(trace), 1);
	trace_free(trace);
	/* Nobody knows how this one goes on. */
	trace = trace_play(NULL, OPEN "0.010 > AP 1 hex " CLIENT_HELLO "\n");
	assert_int_equal(only(trace)->finished_ns, NO_TIME);
	assert_int_equal(failures(trace), 0);
	trace_free(trace);
}

/* Ethernet 14, IPv4 20, TCP 20, then 60 bytes of the hello: it ends within the cipher suites, before the server's name. */
static void test_snapped(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 > AP 1 snap 100 hex " CLIENT_HELLO "\n"
					       "0.030 < AP 1 ack 103 hex " SERVER_HELLO_13 CHANGE_CIPHER "\n"
					       "0.050 > AP 103 ack 62 hex " CHANGE_CIPHER FINISHED_13 "\n");
	const struct tls_facts *tls = only(trace);
	assert_string_equal(tls->sni, "");
	assert_string_equal(tls->alpn_offered, "");
	assert_int_equal(tls->offered_version, 0);
	assert_int_equal(tls->version, 0x0304);
	assert_int_equal(tls->finished_ns, 50 * MS);
	assert_int_equal(trace->name_count, 0);
	trace_free(trace);
}

/* After a dialogue in the clear, as STARTTLS has it. */
static void test_in_the_middle(void **state)
{
	(void)state;
	struct trace *trace = trace_play(NULL, OPEN "0.010 < AP 1 data \"220 hello\\r\\n\"\n"
					       "0.020 > AP 1 ack 12 data \"STARTTLS\\r\\n\"\n"
					       "0.030 < AP 12 ack 11 data \"220 go\\r\\n\"\n"
					       "0.040 > AP 11 ack 20 hex " CLIENT_HELLO "\n"
					       "0.060 < AP 20 ack 113 hex " SERVER_HELLO_13 CHANGE_CIPHER "\n"
					       "0.080 > AP 113 ack 81 hex " CHANGE_CIPHER FINISHED_13 "\n");
	check_client(only(trace));
	assert_int_equal(trace->tls->t_ns, 40 * MS);
	assert_int_equal(trace->tls->finished_ns, 80 * MS);
	trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_13),	 cmocka_unit_test(test_segments), cmocka_unit_test(test_12),
		cmocka_unit_test(test_12_resumed), cmocka_unit_test(test_retry),	  cmocka_unit_test(test_alert),
		cmocka_unit_test(test_late_alert), cmocka_unit_test(test_ended),	  cmocka_unit_test(test_snapped),
		cmocka_unit_test(test_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
