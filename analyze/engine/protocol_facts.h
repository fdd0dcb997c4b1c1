/* protocol_facts.h: what the engine learns from the protocols beside and above TCP, as plain data like facts.h, which includes
 * this. Names from packets are as they came, without what is no printable ASCII: that is written \xNN. A flow_id is the
 * engine's, 0: the flow is not known. Times are ns since the epoch (UTC), NO_TIME: it never happened, or was not seen. */
#ifndef WIRETAPE_PROTOCOL_FACTS_H
#define WIRETAPE_PROTOCOL_FACTS_H

#include "analyze/engine/address.h"

#include <stdbool.h>
#include <stdint.h>

#define NO_TIME INT64_MIN /* a time that is not known */

struct mac_address {
	uint8_t bytes[6];
};

#define NAME_TEXT_MAX 256 /* of a DNS name, an SNI, a host; with the 0 at the end; longer ones are cut */

/* One DNS question and what became of it (RFC 1035). The same question sent again (same client, server, id and name) is no new
 * one but counts in `queries`. */
struct dns_facts {
	uint64_t flow_id; /* of the first query */
	int64_t t_ns;	  /* first query */
	uint64_t frame;
	int64_t answer_ns; /* first answer; NO_TIME: none came, or only the answer was seen and then t_ns is its time */
	uint64_t answer_frame; /* 0 none */
	struct address client, server;
	uint16_t client_port, server_port;
	uint8_t protocol; /* PROTOCOL_UDP or PROTOCOL_TCP */
	uint16_t id;
	uint16_t type;	  /* 1 A, 28 AAAA, ...; of the question */
	int16_t rcode;	  /* 0 NOERROR, 3 NXDOMAIN, ...; -1: no answer */
	uint32_t queries; /* 1 + how often it was sent again; 0: only the answer was seen */
	uint16_t answers; /* records in the answer section, as its header says */
	bool truncated;	  /* TC: to be asked again over TCP */
	bool open_end;	  /* no answer, but the capture ended within the time that one is waited for */
	bool has_address;
	struct address address; /* first A or AAAA of the answer */
	int64_t latency_ns;	/* from the latest query before the answer; NO_TIME */
	char name[NAME_TEXT_MAX];
};

/* A name for an address, each pair once per capture. */
#define NAME_SOURCE_LIST(X)                                                                             \
	X(NAME_HOSTS, "hosts", "a hosts file")                                                          \
	X(NAME_POD, "pod", "a Kubernetes pod: namespace/name")                                          \
	X(NAME_SERVICE, "service", "a Kubernetes service: namespace/name")                              \
	X(NAME_DNS, "dns", "an A or AAAA record in the capture: the name that was asked for")           \
	X(NAME_SNI, "sni", "the server name of a TLS ClientHello to this address")                      \
	X(NAME_HTTP, "http", "the Host of an HTTP request to this address")

enum name_source {
#define NAME_SOURCE_NAME(name, text, meaning) name,
	NAME_SOURCE_LIST(NAME_SOURCE_NAME)
#undef NAME_SOURCE_NAME
};

struct name_facts {
	struct address address;
	enum name_source source;
	uint16_t port; /* of a service; 0: all */
	int64_t t_ns;  /* first seen */
	uint64_t frame;
	char name[NAME_TEXT_MAX];
};

/* One TLS handshake (RFC 8446, RFC 5246), at the end of its flow. */
struct tls_facts {
	uint64_t flow_id;
	int64_t t_ns; /* first byte of the ClientHello */
	uint64_t frame;
	int64_t server_hello_ns; /* first byte of the ServerHello */
	int64_t finished_ns;	 /* the client has sent its Finished, as far as that can be told from outside */
	uint16_t version;	 /* 0x0303 is TLS 1.2, 0x0304 TLS 1.3; as the server chose; 0: no ServerHello */
	uint16_t offered_version; /* highest of the ClientHello */
	uint16_t cipher;	 /* as the server chose; 0 none */
	bool resumed;		 /* by session id or ticket (TLS 1.2), or a pre-shared key (TLS 1.3) */
	bool retry;		 /* HelloRetryRequest */
	int8_t alert_by;	 /* enum direction of the first fatal (or unencrypted) alert; -1 none */
	uint8_t alert_level;	 /* 1 warning, 2 fatal */
	uint8_t alert;		 /* its description; close_notify is no such alert */
	int64_t alert_ns;
	uint64_t alert_frame;
	char sni[NAME_TEXT_MAX];
	char alpn[32];	       /* as the server chose (TLS 1.3 hides that: then "") */
	char alpn_offered[64]; /* separated by commas */
};

/* One HTTP/1 request and its answer (RFC 9112). */
#define HTTP_END_LIST(X)                                                                                \
	X(HTTP_COMPLETE, "complete", "the answer's last byte was seen")                                 \
	X(HTTP_CUT, "cut", "the connection ended in the middle of the answer")                          \
	X(HTTP_UNANSWERED, "unanswered", "the connection ended, or the capture, without an answer")     \
	X(HTTP_OPEN, "open", "the capture ended in the middle of the answer, or missed it")

enum http_end {
#define HTTP_END_NAME(name, text, meaning) name,
	HTTP_END_LIST(HTTP_END_NAME)
#undef HTTP_END_NAME
};

struct http_facts {
	uint64_t flow_id;
	int64_t t_ns; /* first byte of the request */
	uint64_t frame;
	int64_t request_end_ns; /* its last byte, body included */
	int64_t first_byte_ns;	/* of the answer */
	int64_t last_byte_ns;	/* of the answer, as far as it was seen */
	uint64_t answer_frame;	/* 0 none */
	uint16_t status;	/* 0: no answer */
	enum http_end end;
	uint64_t request_bytes, answer_bytes; /* headers and body */
	char method[16];
	char host[NAME_TEXT_MAX];
	char path[NAME_TEXT_MAX]; /* without query: that may hold secrets */
};

/* Echo requests and replies of one flow (ICMP, ICMPv6): a ping that somebody else sent. */
struct echo_facts {
	uint64_t flow_id;
	uint64_t requests, replies, duplicates;
	uint64_t lost;	    /* not answered within 5 s, nor 5 s before the capture's end */
	uint64_t lost_run_max; /* most in a row */
	int64_t rtt_min_ns, rtt_mean_ns, rtt_p95_ns, rtt_max_ns; /* NO_TIME without replies */
	int64_t jitter_ns; /* mean difference of successive RTTs; NO_TIME without two */
	int64_t first_lost_ns;
	uint64_t first_lost_frame;
};

/* ICMP errors of one kind from one reporter about one conversation. */
struct icmp_error_facts {
	uint8_t protocol; /* PROTOCOL_ICMP or PROTOCOL_ICMPV6 */
	uint8_t type, code;
	uint32_t mtu; /* the smallest that was told; 0: none */
	uint64_t packets;
	int64_t first_ns, last_ns;
	uint64_t first_frame;
	struct address reporter, receiver; /* who sent it, who got it */
	/* The packet that it quotes. */
	uint8_t about_protocol;
	struct address about_source, about_destination;
	uint16_t about_source_port, about_destination_port;
	uint64_t about_flow_id;
};

/* One hop of a traceroute or mtr that was seen on the wire. */
struct hop_facts {
	struct address source, destination;
	uint8_t protocol; /* of the probes */
	uint8_t ttl;	  /* as the probes were sent */
	bool has_address; /* somebody answered */
	bool reached;	  /* it is the destination */
	struct address address;
	uint64_t probes;  /* of this TTL; where several hops answer, in all of its rows */
	uint64_t replies; /* of this hop */
	int64_t rtt_min_ns, rtt_mean_ns, rtt_max_ns; /* NO_TIME without replies */
	int64_t first_ns;
	uint64_t first_frame;
};

enum neighbour_protocol { NEIGHBOUR_ARP, NEIGHBOUR_ND }; /* RFC 826, RFC 4861: "arp", "nd" */

/* An address and who says to have it. */
struct neighbour_facts {
	enum neighbour_protocol protocol;
	struct address address;
	struct mac_address mac;
	uint16_t vlan;
	uint64_t claims;     /* packets that say so: replies, advertisements, gratuitous ones, and the sender of a request */
	uint64_t gratuitous; /* of these, unasked */
	uint64_t replies;    /* of these, answers to somebody */
	int64_t first_ns, last_ns;
	uint64_t first_frame;
};

/* Who asks for whom, and whether there is an answer. */
struct neighbour_request_facts {
	enum neighbour_protocol protocol;
	struct address source, address; /* source: all zero: a probe (RFC 5227), or duplicate address detection */
	struct mac_address mac;		/* of who asks */
	uint16_t vlan;
	uint64_t requests, answered; /* answered: requests that were, within a second */
	bool target_seen; /* somebody claimed the address at some time of the capture */
	int64_t first_ns, last_ns;
	uint64_t first_frame;
	int64_t latency_max_ns; /* NO_TIME: no answer */
};

/* A UDP flow's direction whose packets are numbered. */
enum udp_stream_kind { UDP_STREAM_RTP, UDP_STREAM_IPERF3 }; /* RFC 3550; iperf3's header: "rtp", "iperf3" */

struct udp_stream_facts {
	uint64_t flow_id;
	uint8_t direction; /* enum direction */
	enum udp_stream_kind kind;
	uint32_t ssrc; /* RTP; 0 for iperf3 */
	uint8_t payload_type; /* RTP */
	uint64_t packets, lost, reordered, duplicates;
	uint64_t lost_run_max; /* most in a row */
	int64_t jitter_ns;     /* RFC 3550 6.4.1, at the end; NO_TIME unknown */
	int64_t jitter_max_ns;
	int64_t first_ns, last_ns;
	uint64_t first_frame;
	int64_t first_lost_ns; /* of the packet after the first gap; NO_TIME none */
	uint64_t first_lost_frame;
};

const char *name_source_name(enum name_source source);
const char *http_end_name(enum http_end end);
/* "NOERROR", "NXDOMAIN", ...; NULL where there is no name. */
const char *dns_rcode_name(int rcode);
/* "A", "AAAA", ...; NULL where there is no name. */
const char *dns_type_name(unsigned type);
/* "host_unreachable", "fragmentation_needed", "time_exceeded", "packet_too_big", ...; "other" where there is no name. */
const char *icmp_error_name(uint8_t protocol, uint8_t type, uint8_t code);
/* "handshake_failure", "unknown_ca", ... (RFC 8446 6); "other" where there is no name. */
const char *tls_alert_name(unsigned alert);
/* Writes "02:00:00:00:00:01"; returns `text`. */
#define MAC_TEXT_MAX 18
char *mac_text(const struct mac_address *mac, char *text);

#endif
