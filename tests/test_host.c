/* Speaks for capture/host.c, with files as they stand in /proc/net of Linux 6.1 and 6.18 (shortened). */
#include "capture/host.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/net/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_folder(void **state)
{
	(void)state;
	char path[128];
	scratch_make(folder);
	snprintf(path, sizeof(path), "%s/net", folder);
	return mkdir(path, 0700);
}

static int remove_folder(void **state)
{
	(void)state;
	scratch_remove(folder);
	return 0;
}

#define DEV_HEADER                                                                             \
	"Inter-|   Receive                                                |  Transmit\n"      \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"

static void before(void)
{
	put("dev", DEV_HEADER "    lo:    1000      10    0    0    0     0          0         0     1000      10    0    0    0     0"
			      "       0          0\n"
			      "  eth0:123456     100    1    2    0     0          0         0    65432      50    3    4    0     0"
			      "       0          0\n");
	put("snmp", "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards\n"
		    "Ip: 1 64 1000 0 0 0 0 5\n"
		    "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs"
		    " RetransSegs InErrs OutRsts InCsumErrors\n"
		    "Tcp: 1 200 120000 -1 10 10 7 2 3 4000 3000 20 1 9 0\n"
		    "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\nUdp: 1 0 0 1 11 0\n");
	put("netstat", "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPTimeouts TCPLostRetransmit\nTcpExt: 0 30 31 40 4\n"
		       "IpExt: InNoRoutes InTruncatedPkts\nIpExt: 0 0\n");
	put("softnet_stat", "000003e8 0000000a 00000001 00000000\n000007d0 00000005 00000002 00000000\n");
	put("sockstat", "sockets: used 200\nTCP: inuse 12 orphan 1 tw 5 alloc 14 mem 3\nUDP: inuse 4 mem 2\nFRAG: inuse 0 memory 0\n");
}

static void test_differences(void **state)
{
	(void)state;
	struct host *host = host_new(folder, "eth0");
	struct host_counters counters;
	before();
	host_read(host, &counters);
	assert_int_equal(counters.interface_rx_packets, -1); /* nothing to compare with */
	assert_int_equal(counters.tcp_in_segments, -1);
	assert_int_equal(counters.tcp_sockets, 12); /* but this is now */
	put("dev", DEV_HEADER "  eth0:223456     150    2    5    0     0          0         0    65432      70    3    9    0     0"
			      "       0          0\n");
	put("snmp", "Tcp: AttemptFails InSegs OutSegs RetransSegs InErrs OutRsts\nTcp: 8 4100 3050 23 1 19\n"
		    "Udp: InDatagrams RcvbufErrors\nUdp: 1 15\n");
	put("netstat", "TcpExt: ListenOverflows ListenDrops TCPTimeouts TCPLostRetransmit TCPRcvQDrop\nTcpExt: 33 35 45 4 2\n");
	put("softnet_stat", "000003e8 0000000f 00000001 00000000\n000007d0 00000006 00000002 00000000\n");
	put("sockstat", "TCP: inuse 10 orphan 0 tw 7 alloc 14 mem 3\nUDP: inuse 5 mem 2\n");
	host_read(host, &counters);
	assert_int_equal(counters.interface_rx_bytes, 100000);
	assert_int_equal(counters.interface_rx_packets, 50);
	assert_int_equal(counters.interface_rx_errors, 1);
	assert_int_equal(counters.interface_rx_drops, 3);
	assert_int_equal(counters.interface_tx_bytes, 0);
	assert_int_equal(counters.interface_tx_packets, 20);
	assert_int_equal(counters.interface_tx_errors, 0);
	assert_int_equal(counters.interface_tx_drops, 5);
	assert_int_equal(counters.tcp_in_segments, 100);
	assert_int_equal(counters.tcp_out_segments, 50);
	assert_int_equal(counters.tcp_retransmitted_segments, 3);
	assert_int_equal(counters.tcp_resets_sent, 10);
	assert_int_equal(counters.tcp_attempt_fails, 1);
	assert_int_equal(counters.udp_receive_buffer_errors, 4);
	assert_int_equal(counters.ip_in_discards, -1); /* its line is gone */
	assert_int_equal(counters.listen_overflows, 3);
	assert_int_equal(counters.listen_drops, 4);
	assert_int_equal(counters.tcp_timeouts, 5);
	assert_int_equal(counters.tcp_lost_retransmissions, 0);
	assert_int_equal(counters.tcp_receive_queue_drops, -1); /* it was not there before */
	assert_int_equal(counters.softnet_drops, 6); /* 0xf + 6 - 0xa - 5 */
	assert_int_equal(counters.softnet_squeezed, 0);
	assert_int_equal(counters.tcp_sockets, 10);
	assert_int_equal(counters.tcp_orphans, 0);
	assert_int_equal(counters.tcp_time_wait, 7);
	assert_int_equal(counters.tcp_memory_pages, 3);
	assert_int_equal(counters.udp_sockets, 5);
	host_free(host);
	host_free(NULL);
}

/* The interface is made anew: what went back is no difference, and no huge one either; it vanishes: nothing is known. */
static void test_what_goes_back(void **state)
{
	(void)state;
	struct host *host = host_new(folder, "eth0");
	struct host_counters counters;
	before();
	host_read(host, &counters);
	put("dev", DEV_HEADER "  eth0:       9       1    0    0    0     0          0         0        0       0    0    0    0     0"
			      "       0          0\n");
	host_read(host, &counters);
	assert_int_equal(counters.interface_rx_bytes, 0);
	assert_int_equal(counters.interface_rx_drops, 0);
	put("dev", DEV_HEADER);
	host_read(host, &counters);
	assert_int_equal(counters.interface_rx_bytes, -1);
	before();
	host_read(host, &counters);
	assert_int_equal(counters.interface_rx_bytes, -1);
	host_free(host);
}

static void test_any_is_all_together(void **state)
{
	(void)state;
	struct host *host = host_new(folder, "any");
	struct host_counters counters;
	before();
	host_read(host, &counters);
	put("dev", DEV_HEADER "    lo:    1500      15    0    0    0     0          0         0     1500      15    0    0    0     0"
			      "       0          0\n"
			      "  eth0:123457     101    1    2    0     0          0         0    65432      50    3    4    0     0"
			      "       0          0\n");
	host_read(host, &counters);
	assert_int_equal(counters.interface_rx_bytes, 501);
	assert_int_equal(counters.interface_rx_packets, 6);
	host_free(host);
}

/* Files that are not there, empty, cut short, or full of something else. */
static void test_nonsense(void **state)
{
	(void)state;
	static const char *const nonsense[] = { "", "\n", ":", "Tcp:\nTcp:", "Tcp: InSegs\n", "Tcp: InSegs\nTcp: many\n",
						"Tcp: InSegs OutSegs\nUdp: 1 2\n", "eth0:", "eth0: x y z", "zz zz zz\n", "TCP: inuse",
						"eth0: 99999999999999999999 -1 \t" };
	static const char *const files[] = { "dev", "snmp", "netstat", "softnet_stat", "sockstat" };
	struct host *host = host_new(folder, "eth0");
	struct host_counters counters;
	host_read(host, &counters);
	assert_int_equal(counters.softnet_drops, -1);
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		for (size_t f = 0; f < 5; f++)
			put(files[f], nonsense[i]);
		host_read(host, &counters);
		assert_int_equal(counters.tcp_in_segments, -1);
		assert_int_equal(counters.interface_rx_drops, -1);
		assert_int_equal(counters.tcp_sockets, -1);
	}
	host_free(host);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(test_differences), TEST(test_what_goes_back), TEST(test_any_is_all_together), TEST(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
