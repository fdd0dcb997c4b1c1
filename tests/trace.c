#include "tests/trace.h"

#include "analyze/engine/packet.h"
#include "tests/trace_build.h"
#include "tests/trace_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grow(void *array, unsigned count, size_t size)
{
	if (count & (count - 1)) /* a power of two, or none: the array is full */
		return array;
	void *larger = realloc(array, (count ? count * 2u : 1u) * size);
	if (!larger)
		abort();
	return larger;
}

static void take_flow(void *user, const struct flow_facts *facts)
{
	struct trace *trace = user;
	trace->flows = grow(trace->flows, trace->flow_count, sizeof *facts);
	trace->flows[trace->flow_count++] = *facts;
}

static void take_event(void *user, const struct event_facts *facts)
{
	struct trace *trace = user;
	trace->events = grow(trace->events, trace->event_count, sizeof *facts);
	trace->events[trace->event_count++] = *facts;
}

static void take_interval(void *user, const struct interval_facts *facts)
{
	struct trace *trace = user;
	trace->intervals = grow(trace->intervals, trace->interval_count, sizeof *facts);
	trace->intervals[trace->interval_count++] = *facts;
}

static void take_flow_interval(void *user, const struct flow_interval_facts *facts)
{
	struct trace *trace = user;
	trace->flow_intervals = grow(trace->flow_intervals, trace->flow_interval_count, sizeof *facts);
	trace->flow_intervals[trace->flow_interval_count++] = *facts;
}

static void take_interface(void *user, const struct interface_facts *facts)
{
	struct trace *trace = user;
	trace->interfaces = grow(trace->interfaces, trace->interface_count, sizeof *facts);
	trace->interfaces[trace->interface_count++] = *facts;
}

static void take_dns(void *user, const struct dns_facts *facts)
{
	struct trace *trace = user;
	trace->dns = grow(trace->dns, trace->dns_count, sizeof *facts);
	trace->dns[trace->dns_count++] = *facts;
}

static void take_name(void *user, const struct name_facts *facts)
{
	struct trace *trace = user;
	trace->names = grow(trace->names, trace->name_count, sizeof *facts);
	trace->names[trace->name_count++] = *facts;
}

static void take_tls(void *user, const struct tls_facts *facts)
{
	struct trace *trace = user;
	trace->tls = grow(trace->tls, trace->tls_count, sizeof *facts);
	trace->tls[trace->tls_count++] = *facts;
}

static void take_http(void *user, const struct http_facts *facts)
{
	struct trace *trace = user;
	trace->http = grow(trace->http, trace->http_count, sizeof *facts);
	trace->http[trace->http_count++] = *facts;
}

static void take_echo(void *user, const struct echo_facts *facts)
{
	struct trace *trace = user;
	trace->echoes = grow(trace->echoes, trace->echo_count, sizeof *facts);
	trace->echoes[trace->echo_count++] = *facts;
}

static void take_icmp_error(void *user, const struct icmp_error_facts *facts)
{
	struct trace *trace = user;
	trace->icmp_errors = grow(trace->icmp_errors, trace->icmp_error_count, sizeof *facts);
	trace->icmp_errors[trace->icmp_error_count++] = *facts;
}

static void take_hop(void *user, const struct hop_facts *facts)
{
	struct trace *trace = user;
	trace->hops = grow(trace->hops, trace->hop_count, sizeof *facts);
	trace->hops[trace->hop_count++] = *facts;
}

static void take_neighbour(void *user, const struct neighbour_facts *facts)
{
	struct trace *trace = user;
	trace->neighbours = grow(trace->neighbours, trace->neighbour_count, sizeof *facts);
	trace->neighbours[trace->neighbour_count++] = *facts;
}

static void take_neighbour_request(void *user, const struct neighbour_request_facts *facts)
{
	struct trace *trace = user;
	trace->neighbour_requests = grow(trace->neighbour_requests, trace->neighbour_request_count, sizeof *facts);
	trace->neighbour_requests[trace->neighbour_request_count++] = *facts;
}

static void take_udp_stream(void *user, const struct udp_stream_facts *facts)
{
	struct trace *trace = user;
	trace->udp_streams = grow(trace->udp_streams, trace->udp_stream_count, sizeof *facts);
	trace->udp_streams[trace->udp_stream_count++] = *facts;
}

struct trace *trace_new(const struct trace_options *options)
{
	static const struct engine_sink sink = {
		.flow = take_flow,
		.event = take_event,
		.interval = take_interval,
		.flow_interval = take_flow_interval,
		.interface = take_interface,
		.dns = take_dns,
		.name = take_name,
		.tls = take_tls,
		.http = take_http,
		.echo = take_echo,
		.icmp_error = take_icmp_error,
		.hop = take_hop,
		.neighbour = take_neighbour,
		.neighbour_request = take_neighbour_request,
		.udp_stream = take_udp_stream,
	};
	struct trace *trace = calloc(1, sizeof *trace);
	if (!trace)
		abort();
	struct engine_options defaults;
	engine_options_default(&defaults);
	if (options)
		trace->options = *options;
	trace->engine = engine_new(trace->options.engine ? trace->options.engine : &defaults, &sink, trace);
	if (!trace->engine)
		abort();
	return trace;
}

void trace_frame(struct trace *trace, int64_t t_ns, uint16_t link_type, const void *data, uint32_t captured_bytes,
		 uint32_t wire_bytes)
{
	uint8_t *copy = malloc(captured_bytes ? captured_bytes : 1); /* of this size, so that a read too far shows */
	if (!copy)
		abort();
	memcpy(copy, data, captured_bytes);
	struct frame frame = {
		.t_ns = t_ns,
		.number = ++trace->frames,
		.captured_bytes = captured_bytes,
		.wire_bytes = wire_bytes,
		.link_type = link_type,
		.data = copy,
	};
	engine_frame(trace->engine, &frame);
	free(copy);
}

void trace_refuse(const char *why)
{
	fail_msg("trace: %s", why);
}

static void feed_line(struct trace *trace, const struct trace_line *line)
{
	static uint8_t bytes[TRACE_FRAME_MAX];
	const struct trace_options *options = &trace->options;
	const struct trace_framing framing = {
		.isn = { options->isn[C2S], options->isn[S2C] },
		.port = { options->port[C2S], options->port[S2C] },
		.ipv6 = options->ipv6,
	};
	uint32_t length = trace_build(&framing, line, bytes);
	uint32_t captured = line->snap && line->snap < length ? line->snap : length;
	trace_frame(trace, line->t_ns, trace_link_type(line), bytes, captured, length);
}

void trace_feed(struct trace *trace, const char *text)
{
	struct trace_script script = trace_script_start(text, trace->options.start_ns);
	struct trace_line line;
	while (trace_script_next(&script, &line))
		feed_line(trace, &line);
}

void trace_finish(struct trace *trace)
{
	engine_finish(trace->engine);
}

struct trace *trace_play(const struct trace_options *options, const char *script)
{
	struct trace *trace = trace_new(options);
	trace_feed(trace, script);
	trace_finish(trace);
	return trace;
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	engine_free(trace->engine);
	free(trace->flows);
	free(trace->events);
	free(trace->intervals);
	free(trace->flow_intervals);
	free(trace->interfaces);
	free(trace->dns);
	free(trace->names);
	free(trace->tls);
	free(trace->http);
	free(trace->echoes);
	free(trace->icmp_errors);
	free(trace->hops);
	free(trace->neighbours);
	free(trace->neighbour_requests);
	free(trace->udp_streams);
	free(trace);
}

const struct flow_facts *trace_flow(const struct trace *trace)
{
	assert_int_equal(trace->flow_count, 1);
	return trace->flows;
}

const struct direction_facts *trace_side(const struct trace *trace, enum direction direction)
{
	return &trace_flow(trace)->direction[direction];
}

unsigned trace_count(const struct trace *trace, enum event_kind kind)
{
	unsigned count = 0;
	for (unsigned i = 0; i < trace->event_count; i++)
		count += trace->events[i].kind == kind;
	return count;
}

const struct event_facts *trace_event(const struct trace *trace, enum event_kind kind, unsigned nth)
{
	for (unsigned i = 0; i < trace->event_count; i++)
		if (trace->events[i].kind == kind && nth-- == 0)
			return &trace->events[i];
	fail_msg("no such event: %s", event_kind_name(kind));
	return NULL;
}

uint32_t trace_relative(const struct trace *trace, enum direction direction, uint32_t seq)
{
	return seq - trace->options.isn[direction];
}

struct engine_totals trace_totals(const struct trace *trace)
{
	struct engine_totals totals;
	engine_totals(trace->engine, &totals);
	return totals;
}

/* Bytes of a struct between two members, where there is no padding between them. */
static void write_bytes(FILE *out, const void *from, const void *to)
{
	for (const uint8_t *byte = from; byte < (const uint8_t *)to; byte++)
		fprintf(out, "%02x", *byte);
	fputc(' ', out);
}

static void write_direction(FILE *out, const struct direction_facts *facts)
{
	write_bytes(out, &facts->packets, &facts->window_scale);
	fprintf(out, "%d %u %u ", facts->window_scale, facts->mss, facts->segment_bytes);
	write_bytes(out, &facts->in_flight_max, &facts->ttl_min);
	fprintf(out, "%u %u %u %d %d ", facts->ttl_min, facts->ttl_max, facts->dscp, facts->sack_permitted, facts->timestamps);
	write_bytes(out, &facts->ttl_changes, &facts->dscp);
	write_bytes(out, &facts->ect_packets, &facts->sack_permitted);
	write_bytes(out, &facts->first_ns, &facts->rtt_samples);
	if (facts->rtt_samples)
		write_bytes(out, &facts->rtt_samples, facts + 1);
}

static void write_flow(FILE *out, const struct flow_facts *facts)
{
	fprintf(out, "flow %" PRIu64 " %u ", facts->id, facts->protocol);
	write_bytes(out, &facts->client, &facts->server + 1);
	fprintf(out, "%u %u %u %u %u ", facts->client_port, facts->server_port, facts->vlan, facts->state, facts->end);
	write_bytes(out, &facts->first_ns, &facts->handshake_seen);
	fprintf(out, "%d %d ", facts->handshake_seen, facts->client_known);
	write_bytes(out, &facts->handshake_rtt_ns, &facts->tunnel);
	fprintf(out, "%d %u %d ", (int)facts->tunnel, facts->tunnel_id, facts->tunnel_has_ends);
	write_bytes(out, &facts->tunnel_client, &facts->reset_by);
	fprintf(out, "%d %d ", facts->reset_by, facts->first_fin_by);
	write_bytes(out, &facts->responses, &facts->direction);
	write_direction(out, &facts->direction[C2S]);
	write_direction(out, &facts->direction[S2C]);
	fputc('\n', out);
}

static void write_interval(FILE *out, const struct interval_facts *facts)
{
	fprintf(out, "interval %" PRId64 " %" PRId64 " %d %d %u ", facts->t_ns, facts->interval_ns, (int)facts->scope,
		facts->rest, facts->rest_keys);
	write_bytes(out, &facts->address, &facts->address + 1);
	fprintf(out, "%u %u ", facts->port, facts->protocol);
	write_bytes(out, &facts->packets, &facts->rtt_samples + 1);
	fprintf(out, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64 "\n", facts->rtt_min_ns, facts->rtt_p50_ns,
		facts->rtt_jitter_ns, facts->rtt_baseline_ns, facts->responses);
}

static void write_flow_interval(FILE *out, const struct flow_interval_facts *facts)
{
	fprintf(out, "flow_interval %" PRIu64 " %" PRId64 " %" PRId64 " %d %u %" PRIu64 " %u ", facts->flow_id,
		facts->t_ns, facts->interval_ns, (int)facts->direction, facts->packets, facts->bytes,
		facts->data_segments);
	write_bytes(out, &facts->data_bytes, &facts->rtt_samples + 1);
	write_bytes(out, &facts->in_flight_max, facts + 1);
	fputc('\n', out);
}

char *trace_text(const struct trace *trace)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort();
	for (unsigned i = 0; i < trace->flow_count; i++)
		write_flow(out, &trace->flows[i]);
	for (unsigned i = 0; i < trace->event_count; i++) {
		const struct event_facts *facts = &trace->events[i];
		fprintf(out, "event %" PRIu64 " %" PRId64 " %" PRIu64 " %d %d %d %u %u %u %" PRId64 "\n",
			facts->flow_id, facts->t_ns, facts->frame, (int)facts->direction, (int)facts->kind,
			(int)facts->cause, facts->evidence, facts->seq, facts->len, facts->value_ns);
	}
	for (unsigned i = 0; i < trace->interval_count; i++)
		write_interval(out, &trace->intervals[i]);
	for (unsigned i = 0; i < trace->flow_interval_count; i++)
		write_flow_interval(out, &trace->flow_intervals[i]);
	fclose(out);
	return text;
}
