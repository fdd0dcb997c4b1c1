/* host_counters.h: what the recording host and the recorder counted themselves in one interval. Live only. */
#ifndef WIRETAPE_HOST_COUNTERS_H
#define WIRETAPE_HOST_COUNTERS_H

#include <stdint.h>

/* Name, and what it is: column of host_counters in schema.sql. What /proc does not say is -1. Differences to the interval before,
 * but for those that say "now". */
#define HOST_COUNTER_LIST(X)                                                                              \
	X(interface_rx_packets, "/proc/net/dev of the interface (all of them for any)")                   \
	X(interface_rx_bytes, "likewise")                                                                 \
	X(interface_rx_errors, "likewise")                                                                \
	X(interface_rx_drops, "likewise")                                                                 \
	X(interface_tx_packets, "likewise")                                                               \
	X(interface_tx_bytes, "likewise")                                                                 \
	X(interface_tx_errors, "likewise")                                                                \
	X(interface_tx_drops, "likewise")                                                                 \
	X(tcp_in_segments, "/proc/net/snmp: Tcp InSegs")                                                  \
	X(tcp_out_segments, "Tcp OutSegs")                                                                \
	X(tcp_retransmitted_segments, "Tcp RetransSegs")                                                  \
	X(tcp_resets_sent, "Tcp OutRsts")                                                                 \
	X(tcp_attempt_fails, "Tcp AttemptFails")                                                          \
	X(tcp_in_errors, "Tcp InErrs")                                                                    \
	X(udp_receive_buffer_errors, "Udp RcvbufErrors")                                                  \
	X(ip_in_discards, "Ip InDiscards")                                                                \
	X(listen_overflows, "/proc/net/netstat: TcpExt ListenOverflows")                                  \
	X(listen_drops, "TcpExt ListenDrops")                                                             \
	X(tcp_timeouts, "TcpExt TCPTimeouts")                                                             \
	X(tcp_lost_retransmissions, "TcpExt TCPLostRetransmit")                                           \
	X(tcp_backlog_drops, "TcpExt TCPBacklogDrop")                                                     \
	X(tcp_receive_queue_drops, "TcpExt TCPRcvQDrop")                                                  \
	X(tcp_memory_pressures, "TcpExt TCPMemoryPressures")                                              \
	X(softnet_drops, "/proc/net/softnet_stat, all processors")                                        \
	X(softnet_squeezed, "likewise: out of budget")                                                    \
	X(tcp_sockets, "/proc/net/sockstat: TCP inuse, now")                                              \
	X(tcp_orphans, "TCP orphan, now")                                                                 \
	X(tcp_time_wait, "TCP tw, now")                                                                   \
	X(tcp_memory_pages, "TCP mem, now")                                                               \
	X(udp_sockets, "UDP inuse, now")

struct host_counters {
#define HOST_COUNTER_FIELD(name, meaning) int64_t name;
	HOST_COUNTER_LIST(HOST_COUNTER_FIELD)
#undef HOST_COUNTER_FIELD
};

/* One interval, live. */
struct live_counters {
	struct host_counters host;
	int64_t kernel_drops, capture_interface_drops; /* libpcap's ps_drop and ps_ifdrop */
	int64_t pool_drops, watcher_skipped;	       /* pool.h */
};

#endif
