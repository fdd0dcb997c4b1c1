/* The columns of what is learned beside TCP: protocol_facts.h. */
#include "store/column_list.h"

#define OF struct dns_facts
static const struct column dns_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_FLOW_ID_OR_NULL, flow_id),
	FIELD(COLUMN_TIME, t_ns),
	FIELD(COLUMN_U64, frame),
	NAMED("client_ip", COLUMN_ADDRESS, client),
	FIELD(COLUMN_U16, client_port),
	NAMED("server_ip", COLUMN_ADDRESS, server),
	FIELD(COLUMN_U16, server_port),
	FIELD(COLUMN_PROTOCOL, protocol),
	NAMED("dns_id", COLUMN_U16, id),
	FIELD(COLUMN_CHARS, name),
	FIELD(COLUMN_DNS_TYPE, type),
	FIELD(COLUMN_U32, queries),
	FIELD(COLUMN_TIME, answer_ns),
	FIELD(COLUMN_U64_OR_NULL, answer_frame),
	FIELD(COLUMN_DNS_RCODE, rcode),
	FIELD(COLUMN_U16, answers),
	FIELD(COLUMN_BOOL, truncated),
	FIELD(COLUMN_BOOL, open_end),
	SAMPLED("address", COLUMN_ADDRESS, address, has_address),
	NAMED("latency_us", COLUMN_US, latency_ns),
};
#undef OF

#define OF struct name_facts
static const struct column name_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_ADDRESS, address),
	FIELD(COLUMN_U16_OR_NULL, port),
	FIELD(COLUMN_CHARS, name),
	FIELD(COLUMN_NAME_SOURCE, source),
	FIELD(COLUMN_TIME, t_ns),
	FIELD(COLUMN_U64_OR_NULL, frame),
};
#undef OF

#define OF struct tls_facts
static const struct column tls_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_FLOW_ID_OR_NULL, flow_id),
	FIELD(COLUMN_TIME, t_ns),
	FIELD(COLUMN_U64, frame),
	FIELD(COLUMN_TIME, server_hello_ns),
	FIELD(COLUMN_TIME, finished_ns),
	SPAN("handshake_us", t_ns, finished_ns),
	FIELD(COLUMN_TLS_VERSION, version),
	FIELD(COLUMN_TLS_VERSION, offered_version),
	FIELD(COLUMN_U16_OR_NULL, cipher),
	FIELD(COLUMN_CHARS, sni),
	FIELD(COLUMN_CHARS, alpn),
	FIELD(COLUMN_CHARS, alpn_offered),
	FIELD(COLUMN_BOOL, resumed),
	FIELD(COLUMN_BOOL, retry),
	FIELD(COLUMN_SIDE, alert_by),
	CONTEXT("alert", COLUMN_TLS_ALERT),
	CONTEXT("alert_level", COLUMN_TLS_ALERT_LEVEL),
	FIELD(COLUMN_TIME, alert_ns),
	FIELD(COLUMN_U64_OR_NULL, alert_frame),
};
#undef OF

#define OF struct http_facts
static const struct column http_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_FLOW_ID_OR_NULL, flow_id),
	FIELD(COLUMN_TIME, t_ns),
	FIELD(COLUMN_U64, frame),
	FIELD(COLUMN_CHARS, method),
	FIELD(COLUMN_CHARS, host),
	FIELD(COLUMN_CHARS, path),
	FIELD(COLUMN_U16_OR_NULL, status),
	NAMED("ended", COLUMN_HTTP_END, end),
	FIELD(COLUMN_U64, request_bytes),
	FIELD(COLUMN_U64, answer_bytes),
	FIELD(COLUMN_U64_OR_NULL, answer_frame),
	SPAN("first_byte_us", request_end_ns, first_byte_ns),
	SPAN("total_us", t_ns, last_byte_ns),
	SPAN("request_us", t_ns, request_end_ns),
};
#undef OF

#define OF struct echo_facts
static const struct column echo_list[] = {
	FIELD(COLUMN_FLOW_ID_OR_NULL, flow_id),
	FIELD(COLUMN_U64, requests),
	FIELD(COLUMN_U64, replies),
	FIELD(COLUMN_U64, duplicates),
	FIELD(COLUMN_U64, lost),
	FIELD(COLUMN_U64, lost_run_max),
	SAMPLED("rtt_min_us", COLUMN_US, rtt_min_ns, replies),
	SAMPLED("rtt_mean_us", COLUMN_US, rtt_mean_ns, replies),
	SAMPLED("rtt_p95_us", COLUMN_US, rtt_p95_ns, replies),
	SAMPLED("rtt_max_us", COLUMN_US, rtt_max_ns, replies),
	NAMED("jitter_us", COLUMN_US, jitter_ns),
	SAMPLED("first_lost_ns", COLUMN_TIME, first_lost_ns, lost),
	FIELD(COLUMN_U64_OR_NULL, first_lost_frame),
};
#undef OF

#define OF struct icmp_error_facts
static const struct column icmp_error_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_PROTOCOL, protocol),
	FIELD(COLUMN_U8, type),
	FIELD(COLUMN_U8, code),
	CONTEXT("kind", COLUMN_ICMP_KIND),
	FIELD(COLUMN_U32_OR_NULL, mtu),
	FIELD(COLUMN_U64, packets),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	FIELD(COLUMN_U64, first_frame),
	NAMED("reporter_ip", COLUMN_ADDRESS, reporter),
	NAMED("receiver_ip", COLUMN_ADDRESS, receiver),
	FIELD(COLUMN_PROTOCOL, about_protocol),
	NAMED("about_source_ip", COLUMN_ADDRESS, about_source),
	FIELD(COLUMN_U16, about_source_port),
	NAMED("about_destination_ip", COLUMN_ADDRESS, about_destination),
	FIELD(COLUMN_U16, about_destination_port),
	FIELD(COLUMN_FLOW_ID_OR_NULL, about_flow_id),
};
#undef OF

#define OF struct hop_facts
static const struct column hop_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	NAMED("source_ip", COLUMN_ADDRESS, source),
	NAMED("destination_ip", COLUMN_ADDRESS, destination),
	FIELD(COLUMN_PROTOCOL, protocol),
	FIELD(COLUMN_U8, ttl),
	SAMPLED("address", COLUMN_ADDRESS, address, has_address),
	FIELD(COLUMN_BOOL, reached),
	FIELD(COLUMN_U64, probes),
	FIELD(COLUMN_U64, replies),
	SAMPLED("rtt_min_us", COLUMN_US, rtt_min_ns, replies),
	SAMPLED("rtt_mean_us", COLUMN_US, rtt_mean_ns, replies),
	SAMPLED("rtt_max_us", COLUMN_US, rtt_max_ns, replies),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_U64, first_frame),
};
#undef OF

#define OF struct neighbour_facts
static const struct column neighbour_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_NEIGHBOUR_PROTOCOL, protocol),
	FIELD(COLUMN_ADDRESS, address),
	FIELD(COLUMN_MAC, mac),
	FIELD(COLUMN_U16_OR_NULL, vlan),
	FIELD(COLUMN_U64, claims),
	FIELD(COLUMN_U64, gratuitous),
	FIELD(COLUMN_U64, replies),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	FIELD(COLUMN_U64, first_frame),
};
#undef OF

#define OF struct neighbour_request_facts
static const struct column neighbour_request_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_NEIGHBOUR_PROTOCOL, protocol),
	NAMED("source_ip", COLUMN_ADDRESS_OR_NULL, source),
	NAMED("source_mac", COLUMN_MAC, mac),
	FIELD(COLUMN_U16_OR_NULL, vlan),
	FIELD(COLUMN_ADDRESS, address),
	FIELD(COLUMN_U64, requests),
	FIELD(COLUMN_U64, answered),
	FIELD(COLUMN_BOOL, target_seen),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	FIELD(COLUMN_U64, first_frame),
	NAMED("latency_max_us", COLUMN_US, latency_max_ns),
};
#undef OF

#define OF struct udp_stream_facts
static const struct column udp_stream_list[] = {
	FIELD(COLUMN_FLOW_ID_OR_NULL, flow_id),
	FIELD(COLUMN_DIRECTION_U8, direction),
	FIELD(COLUMN_STREAM_KIND, kind),
	CONTEXT("ssrc", COLUMN_RTP_SSRC),
	CONTEXT("payload_type", COLUMN_RTP_PAYLOAD_TYPE),
	FIELD(COLUMN_U64, packets),
	FIELD(COLUMN_U64, lost),
	FIELD(COLUMN_U64, reordered),
	FIELD(COLUMN_U64, duplicates),
	FIELD(COLUMN_U64, lost_run_max),
	NAMED("jitter_us", COLUMN_US, jitter_ns),
	NAMED("jitter_max_us", COLUMN_US, jitter_max_ns),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	FIELD(COLUMN_U64, first_frame),
	FIELD(COLUMN_TIME, first_lost_ns),
	FIELD(COLUMN_U64_OR_NULL, first_lost_frame),
};
#undef OF

const struct columns dns_columns = { "dns", dns_list, LENGTH(dns_list), 0, 0 };
const struct columns name_columns = { "names", name_list, LENGTH(name_list), 0, 0 };
const struct columns tls_columns = { "tls", tls_list, LENGTH(tls_list), 0, 0 };
const struct columns http_columns = { "http", http_list, LENGTH(http_list), 0, 0 };
const struct columns echo_columns = { "echoes", echo_list, LENGTH(echo_list), 0, 0 };
const struct columns icmp_error_columns = { "icmp_errors", icmp_error_list, LENGTH(icmp_error_list), 0, 0 };
const struct columns hop_columns = { "hops", hop_list, LENGTH(hop_list), 0, 0 };
const struct columns neighbour_columns = { "neighbours", neighbour_list, LENGTH(neighbour_list), 0, 0 };
const struct columns neighbour_request_columns = { "neighbour_requests", neighbour_request_list, LENGTH(neighbour_request_list), 0, 0 };
const struct columns udp_stream_columns = { "udp_streams", udp_stream_list, LENGTH(udp_stream_list), 0, 0 };
