#include "store/columns.h"

#define FIELD(type, field) { #field, type, offsetof(OF, field), 0, 0 }
#define NAMED(name, type, field) { name, type, offsetof(OF, field), 0, 0 }
#define SAMPLED(name, type, field, samples) \
	{ name, type, offsetof(OF, field), offsetof(OF, samples), sizeof(((OF *)0)->samples) }
#define CONTEXT(name, type) { name, type, 0, 0, 0 }
#define LIVE(name, field) { name, COLUMN_OF_LIVE, offsetof(struct live_counters, field), 0, 0 }
#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

#define OF struct capture_row
static const struct column capture_list[] = {
	NAMED("id", COLUMN_I64_OR_NULL, id),
	NAMED("path", COLUMN_TEXT, capture.path),
	NAMED("host", COLUMN_TEXT, capture.host),
	NAMED("interface", COLUMN_TEXT, capture.interface),
	NAMED("link_type", COLUMN_TEXT, capture.link_type),
	NAMED("format", COLUMN_TEXT, capture.format),
	NAMED("compression", COLUMN_TEXT, capture.compression),
	NAMED("first_ns", COLUMN_TIME, totals.first_ns),
	NAMED("last_ns", COLUMN_TIME, totals.last_ns),
	NAMED("packets", COLUMN_U64, totals.frames),
	NAMED("bytes", COLUMN_U64, totals.bytes),
	NAMED("truncated", COLUMN_BOOL, capture.truncated),
	NAMED("error", COLUMN_TEXT, capture.error),
	NAMED("error_offset", COLUMN_I64_OR_NULL, capture.error_offset),
	NAMED("data_segments", COLUMN_U64, totals.data_segments),
	NAMED("capture_gap_segments", COLUMN_U64, totals.capture_gap_segments),
	NAMED("kernel_drops", COLUMN_I64_OR_NULL, capture.kernel_drops),
	NAMED("interface_drops", COLUMN_I64_OR_NULL, capture.interface_drops),
	NAMED("snaplen", COLUMN_U32_OR_NULL, capture.snaplen),
	NAMED("fingerprint", COLUMN_U64, capture.fingerprint),
	NAMED("time_backwards", COLUMN_U64, totals.time_backwards),
	NAMED("not_ip", COLUMN_U64, totals.not_ip),
	NAMED("malformed", COLUMN_U64, totals.malformed),
	NAMED("snapped", COLUMN_U64, totals.snapped),
	NAMED("unsupported_link", COLUMN_U64, totals.unsupported_link),
	NAMED("fragments", COLUMN_U64, totals.fragments),
	NAMED("fragments_incomplete", COLUMN_U64, totals.fragments_incomplete),
	NAMED("tap_duplicates", COLUMN_U64, totals.tap_duplicates),
	NAMED("flows", COLUMN_U64, totals.flows),
	NAMED("flows_evicted", COLUMN_U64, totals.flows_evicted),
	NAMED("events", COLUMN_U64, totals.events),
	NAMED("events_dropped", COLUMN_U64, totals.events_dropped),
	NAMED("ranges_merged", COLUMN_U64, totals.ranges_merged),
	NAMED("memory_failures", COLUMN_U64, totals.memory_failures),
	NAMED("interval_ms", COLUMN_MS, capture.interval_ns),
	NAMED("flow_timeline_packets", COLUMN_U32, capture.flow_timeline_packets),
	NAMED("analysed_by", COLUMN_TEXT, analysed_by),
	NAMED("pool_drops", COLUMN_I64_OR_NULL, capture.pool_drops),
	NAMED("watcher_skipped", COLUMN_I64_OR_NULL, capture.watcher_skipped),
	NAMED("segments", COLUMN_I64_OR_NULL, capture.segments),
};
#undef OF

#define OF struct interface_facts
static const struct column interface_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_U32_OR_NULL, interface),
	FIELD(COLUMN_U64, packets),
	FIELD(COLUMN_U64, bytes),
	FIELD(COLUMN_U64, tap_duplicates),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
};
#undef OF

#define OF struct flow_facts
static const struct column flow_list[] = {
	FIELD(COLUMN_FLOW_ID, id),
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_PROTOCOL, protocol),
	NAMED("client_ip", COLUMN_ADDRESS, client),
	FIELD(COLUMN_U16, client_port),
	NAMED("server_ip", COLUMN_ADDRESS, server),
	FIELD(COLUMN_U16, server_port),
	FIELD(COLUMN_U16_OR_NULL, vlan),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	FIELD(COLUMN_U64, first_frame),
	FIELD(COLUMN_U64, last_frame),
	FIELD(COLUMN_STATE, state),
	NAMED("ended_by", COLUMN_ENDED_BY, end),
	FIELD(COLUMN_BOOL, client_known),
	FIELD(COLUMN_BOOL, handshake_seen),
	FIELD(COLUMN_TIME, established_ns),
	NAMED("handshake_rtt_us", COLUMN_US, handshake_rtt_ns),
	NAMED("handshake_server_rtt_us", COLUMN_US, handshake_server_rtt_ns),
	NAMED("handshake_client_rtt_us", COLUMN_US, handshake_client_rtt_ns),
	FIELD(COLUMN_SIDE, reset_by),
	FIELD(COLUMN_SIDE, first_fin_by),
	FIELD(COLUMN_U64, responses),
	SAMPLED("response_min_us", COLUMN_US, response_min_ns, responses),
	SAMPLED("response_mean_us", COLUMN_US, response_mean_ns, responses),
	SAMPLED("response_max_us", COLUMN_US, response_max_ns, responses),
};
#undef OF

#define OF struct direction_facts
static const struct column direction_list[] = {
	CONTEXT("flow_id", COLUMN_OF_FLOW),
	CONTEXT("direction", COLUMN_OF_DIRECTION),
	FIELD(COLUMN_U64, packets),
	FIELD(COLUMN_U64, bytes),
	FIELD(COLUMN_U64, data_segments),
	FIELD(COLUMN_U64, data_bytes),
	FIELD(COLUMN_U64, new_bytes),
	FIELD(COLUMN_U64, acked_bytes),
	FIELD(COLUMN_U64, rtt_samples),
	SAMPLED("rtt_min_us", COLUMN_US, rtt_min_ns, rtt_samples),
	SAMPLED("rtt_mean_us", COLUMN_US, rtt_mean_ns, rtt_samples),
	SAMPLED("rtt_p50_us", COLUMN_US, rtt_p50_ns, rtt_samples),
	SAMPLED("rtt_p95_us", COLUMN_US, rtt_p95_ns, rtt_samples),
	SAMPLED("rtt_p99_us", COLUMN_US, rtt_p99_ns, rtt_samples),
	SAMPLED("rtt_max_us", COLUMN_US, rtt_max_ns, rtt_samples),
	SAMPLED("rtt_mdev_us", COLUMN_US, rtt_mdev_ns, rtt_samples),
	FIELD(COLUMN_U64, retransmitted_segments),
	FIELD(COLUMN_U64, retransmitted_bytes),
	FIELD(COLUMN_U64, fast_retransmissions),
	FIELD(COLUMN_U64, timeout_retransmissions),
	FIELD(COLUMN_U64, slow_start_retransmissions),
	FIELD(COLUMN_U64, tail_loss_probes),
	FIELD(COLUMN_U64, unknown_retransmissions),
	FIELD(COLUMN_U64, syn_retransmissions),
	FIELD(COLUMN_U64, fin_retransmissions),
	FIELD(COLUMN_U64, spurious_retransmissions),
	FIELD(COLUMN_U64, reordered_segments),
	FIELD(COLUMN_U64, unknown_segments),
	FIELD(COLUMN_U64, network_duplicates),
	FIELD(COLUMN_U64, tap_duplicates),
	FIELD(COLUMN_U64, keep_alives),
	FIELD(COLUMN_U64, zero_window_probes),
	FIELD(COLUMN_U64, lost_upstream),
	FIELD(COLUMN_U64, lost_downstream),
	FIELD(COLUMN_U64, capture_gap_segments),
	FIELD(COLUMN_U64, capture_gap_bytes),
	FIELD(COLUMN_U64, duplicate_acks),
	FIELD(COLUMN_U64, dsacks),
	FIELD(COLUMN_U64, zero_windows),
	NAMED("zero_window_ms", COLUMN_MS, zero_window_ns),
	FIELD(COLUMN_WINDOW, window_full),
	FIELD(COLUMN_WINDOW, window_min),
	FIELD(COLUMN_WINDOW, window_max),
	FIELD(COLUMN_WINDOW_SCALE, window_scale),
	FIELD(COLUMN_U32_OR_NULL, mss),
	FIELD(COLUMN_U32_OR_NULL, segment_bytes),
	FIELD(COLUMN_U64, in_flight_max),
	FIELD(COLUMN_U64, syns),
	FIELD(COLUMN_U64, fins),
	FIELD(COLUMN_U64, resets),
	FIELD(COLUMN_U64, ce_marks),
	FIELD(COLUMN_U64, ece_marks),
	FIELD(COLUMN_U64, cwr_marks),
	FIELD(COLUMN_U8_OR_NULL, ttl_min),
	FIELD(COLUMN_U8_OR_NULL, ttl_max),
	FIELD(COLUMN_BOOL, sack_permitted),
	FIELD(COLUMN_BOOL, timestamps),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	NAMED("limited_application_us", COLUMN_US, limited_application_ns),
	NAMED("limited_receive_window_us", COLUMN_US, limited_receive_window_ns),
	NAMED("limited_zero_window_us", COLUMN_US, limited_zero_window_ns),
	NAMED("limited_recovery_us", COLUMN_US, limited_recovery_ns),
	NAMED("limited_network_us", COLUMN_US, limited_network_ns),
	NAMED("limited_handshake_us", COLUMN_US, limited_handshake_ns),
};
#undef OF

#define OF struct event_facts
static const struct column event_list[] = {
	FIELD(COLUMN_FLOW_ID, flow_id),
	FIELD(COLUMN_TIME, t_ns),
	FIELD(COLUMN_U64, frame),
	FIELD(COLUMN_DIRECTION, direction),
	FIELD(COLUMN_KIND, kind),
	FIELD(COLUMN_CAUSE, cause),
	FIELD(COLUMN_U32, seq),
	FIELD(COLUMN_U32, len),
	FIELD(COLUMN_EVIDENCE, evidence),
	CONTEXT("value_us", COLUMN_EVENT_DURATION),
};
#undef OF

#define OF struct interval_facts
static const struct column timeline_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_TIME, t_ns),
	NAMED("interval_ms", COLUMN_MS, interval_ns),
	FIELD(COLUMN_SCOPE, scope),
	CONTEXT("key", COLUMN_KEY),
	FIELD(COLUMN_U32, rest_keys),
	FIELD(COLUMN_U64, packets),
	FIELD(COLUMN_U64, bytes),
	FIELD(COLUMN_U64, tap_duplicates),
	FIELD(COLUMN_U64, data_segments),
	FIELD(COLUMN_U64, data_bytes),
	FIELD(COLUMN_U64, new_bytes),
	FIELD(COLUMN_U64, retransmitted_segments),
	FIELD(COLUMN_U64, retransmitted_bytes),
	FIELD(COLUMN_U64, fast_retransmissions),
	FIELD(COLUMN_U64, timeout_retransmissions),
	FIELD(COLUMN_U64, slow_start_retransmissions),
	FIELD(COLUMN_U64, tail_loss_probes),
	FIELD(COLUMN_U64, unknown_retransmissions),
	FIELD(COLUMN_U64, syn_retransmissions),
	FIELD(COLUMN_U64, fin_retransmissions),
	FIELD(COLUMN_U64, spurious_retransmissions),
	FIELD(COLUMN_U64, lost_upstream),
	FIELD(COLUMN_U64, lost_downstream),
	FIELD(COLUMN_U64, reordered_segments),
	FIELD(COLUMN_U64, unknown_segments),
	FIELD(COLUMN_U64, network_duplicates),
	FIELD(COLUMN_U64, duplicate_acks),
	FIELD(COLUMN_U64, capture_gap_segments),
	FIELD(COLUMN_U64, capture_gap_bytes),
	FIELD(COLUMN_U64, keep_alives),
	FIELD(COLUMN_U64, zero_window_probes),
	FIELD(COLUMN_U64, zero_windows),
	FIELD(COLUMN_U64, window_full),
	FIELD(COLUMN_U64, syns),
	FIELD(COLUMN_U64, unanswered),
	FIELD(COLUMN_U64, refused),
	FIELD(COLUMN_U64, resets),
	FIELD(COLUMN_U64, fins),
	FIELD(COLUMN_U64, flows_new),
	FIELD(COLUMN_U64, flows_closed),
	FIELD(COLUMN_U64, flows_active),
	FIELD(COLUMN_U64, flows_reset),
	FIELD(COLUMN_U64, ce_marks),
	FIELD(COLUMN_U64, ece_marks),
	FIELD(COLUMN_U64, udp_packets),
	FIELD(COLUMN_U64, udp_bytes),
	FIELD(COLUMN_U64, icmp_packets),
	FIELD(COLUMN_U64, icmp_unreachable),
	FIELD(COLUMN_U64, icmp_fragmentation_needed),
	FIELD(COLUMN_U64, icmp_time_exceeded),
	FIELD(COLUMN_U64, rtt_samples),
	SAMPLED("rtt_min_ms", COLUMN_MS, rtt_min_ns, rtt_samples),
	SAMPLED("rtt_mean_ms", COLUMN_MS, rtt_mean_ns, rtt_samples),
	SAMPLED("rtt_p50_ms", COLUMN_MS, rtt_p50_ns, rtt_samples),
	SAMPLED("rtt_p95_ms", COLUMN_MS, rtt_p95_ns, rtt_samples),
	SAMPLED("rtt_p99_ms", COLUMN_MS, rtt_p99_ns, rtt_samples),
	SAMPLED("rtt_max_ms", COLUMN_MS, rtt_max_ns, rtt_samples),
	SAMPLED("rtt_jitter_ms", COLUMN_MS, rtt_jitter_ns, rtt_samples),
	NAMED("rtt_baseline_ms", COLUMN_MS_OR_NULL, rtt_baseline_ns),
	FIELD(COLUMN_U64, responses),
	SAMPLED("response_min_ms", COLUMN_MS, response_min_ns, responses),
	SAMPLED("response_mean_ms", COLUMN_MS, response_mean_ns, responses),
	SAMPLED("response_p50_ms", COLUMN_MS, response_p50_ns, responses),
	SAMPLED("response_p95_ms", COLUMN_MS, response_p95_ns, responses),
	SAMPLED("response_max_ms", COLUMN_MS, response_max_ns, responses),
	LIVE("kernel_drops", kernel_drops),
	LIVE("capture_interface_drops", capture_interface_drops),
	LIVE("pool_drops", pool_drops),
	LIVE("watcher_skipped", watcher_skipped),
	LIVE("interface_rx_drops", host.interface_rx_drops),
	LIVE("interface_tx_drops", host.interface_tx_drops),
	LIVE("interface_rx_errors", host.interface_rx_errors),
	LIVE("softnet_drops", host.softnet_drops),
	LIVE("listen_overflows", host.listen_overflows),
	LIVE("host_retransmitted_segments", host.tcp_retransmitted_segments),
};
#undef OF

#define OF struct flow_interval_facts
static const struct column flow_timeline_list[] = {
	FIELD(COLUMN_FLOW_ID, flow_id),
	FIELD(COLUMN_TIME, t_ns),
	NAMED("interval_ms", COLUMN_MS, interval_ns),
	FIELD(COLUMN_DIRECTION, direction),
	FIELD(COLUMN_U32, packets),
	FIELD(COLUMN_U64, bytes),
	FIELD(COLUMN_U32, data_segments),
	FIELD(COLUMN_U64, data_bytes),
	FIELD(COLUMN_U64, new_bytes),
	FIELD(COLUMN_U64, acked_bytes),
	FIELD(COLUMN_U32, retransmitted_segments),
	FIELD(COLUMN_U32, reordered_segments),
	FIELD(COLUMN_U32, duplicate_acks),
	FIELD(COLUMN_U32, lost_upstream),
	FIELD(COLUMN_U32, lost_downstream),
	FIELD(COLUMN_U32, window_full),
	FIELD(COLUMN_U32, rtt_samples),
	SAMPLED("rtt_min_ms", COLUMN_MS, rtt_min_ns, rtt_samples),
	SAMPLED("rtt_mean_ms", COLUMN_MS, rtt_mean_ns, rtt_samples),
	SAMPLED("rtt_max_ms", COLUMN_MS, rtt_max_ns, rtt_samples),
	FIELD(COLUMN_U64, in_flight_max),
	FIELD(COLUMN_WINDOW, window_min),
};
#undef OF

#define OF struct segment_facts
static const struct column segment_list[] = {
	FIELD(COLUMN_CHARS, name),
	FIELD(COLUMN_U64, sequence),
	FIELD(COLUMN_CHARS, host),
	FIELD(COLUMN_CHARS, interface),
	FIELD(COLUMN_CHARS, filter),
	FIELD(COLUMN_CHARS, slice),
	FIELD(COLUMN_U16, link_type),
	FIELD(COLUMN_U32, snaplen),
	FIELD(COLUMN_TIME, opened_ns),
	FIELD(COLUMN_TIME, closed_ns),
	FIELD(COLUMN_TIME, first_ns),
	FIELD(COLUMN_TIME, last_ns),
	FIELD(COLUMN_U64, packets),
	FIELD(COLUMN_U64, bytes),
	FIELD(COLUMN_U64, captured_bytes),
	FIELD(COLUMN_U64, file_bytes),
	FIELD(COLUMN_I64_OR_NULL, kernel_drops),
	FIELD(COLUMN_I64_OR_NULL, interface_drops),
	FIELD(COLUMN_U64, pool_drops),
	FIELD(COLUMN_U64, watcher_skipped),
	FIELD(COLUMN_I32, compress_level),
	FIELD(COLUMN_SEGMENT_END, ended_by),
};
#undef OF

#define OF struct incident_facts
static const struct column incident_list[] = {
	FIELD(COLUMN_TEXT, name),
	FIELD(COLUMN_TEXT, trigger),
	FIELD(COLUMN_TEXT, scope),
	FIELD(COLUMN_TEXT, key),
	FIELD(COLUMN_TIME, t_ns),
	FIELD(COLUMN_TIME, from_ns),
	FIELD(COLUMN_TIME, to_ns),
	FIELD(COLUMN_TEXT, state),
	FIELD(COLUMN_U64, segments),
	FIELD(COLUMN_U64, file_bytes),
	FIELD(COLUMN_TEXT, row_json),
};
#undef OF

#define OF struct host_row
#define HOST_COLUMN(name, meaning) NAMED(#name, COLUMN_I64_OR_NULL, host.name),
static const struct column host_list[] = {
	CONTEXT("capture_id", COLUMN_OF_CAPTURE),
	FIELD(COLUMN_TIME, t_ns),
	NAMED("interval_ms", COLUMN_MS, interval_ns),
	HOST_COUNTER_LIST(HOST_COLUMN)
};
#undef HOST_COLUMN
#undef OF

const struct columns capture_columns = { "captures", capture_list, LENGTH(capture_list), 0, 0 };
const struct columns interface_columns = { "interfaces", interface_list, LENGTH(interface_list), 0, 0 };
const struct columns flow_columns = { "flows", flow_list, LENGTH(flow_list), 0, 0 };
#define QUIET_FIRST 16 /* retransmitted_segments */
#define QUIET_COUNT 25 /* up to window_full */
const struct columns direction_columns = {
	"flow_directions", direction_list, LENGTH(direction_list), QUIET_FIRST, QUIET_COUNT,
};
const struct columns event_columns = { "events", event_list, LENGTH(event_list), 0, 0 };
const struct columns timeline_columns = { "timeline", timeline_list, LENGTH(timeline_list), 0, 0 };
const struct columns flow_timeline_columns = { "flow_timeline", flow_timeline_list, LENGTH(flow_timeline_list), 0, 0 };
const struct columns segment_columns = { "segments", segment_list, LENGTH(segment_list), 0, 0 };
const struct columns incident_columns = { "incidents", incident_list, LENGTH(incident_list), 0, 0 };
const struct columns host_columns = { "host_counters", host_list, LENGTH(host_list), 0, 0 };
