#include "tests/trace.h"

#include "analyze/engine/packet.h"
#include "tests/trace_line.h"

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

#define FRAME_MAX (512 * 1024)
#define CLIENT_PORT 40000
#define SERVER_PORT 80

struct writer {
	uint8_t *at;
	uint32_t count;
};

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

static void put8(struct writer *to, uint32_t value)
{
	to->at[to->count++] = (uint8_t)value;
}

static void put16(struct writer *to, uint32_t value)
{
	put8(to, value >> 8 & 0xff);
	put8(to, value & 0xff);
}

static void put32(struct writer *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to, value & 0xffff);
}

/* As `tcpdump -i any` has it. */
static void put_cooked_link(struct writer *to, const struct trace_line *line, bool ipv6)
{
	put16(to, ipv6 ? 0x86dd : 0x0800);
	put16(to, 0);
	put32(to, line->interface);
	put16(to, 1); /* ARPHRD_ETHER */
	put16(to, 6); /* packet type 0, 6 bytes of address */
	put32(to, 0x02000000);
	put32(to, (line->mac & 0xffff) << 16);
}

static void put_link(struct writer *to, const struct trace_line *line, bool ipv6)
{
	for (unsigned end = 0; end < 2; end++) { /* destination, source: locally administered addresses */
		put16(to, 0x0200);
		put16(to, line->mac);
		put16(to, (line->direction == C2S) == (end == 1) ? 1 : 2);
	}
	if (line->vlan) {
		put16(to, 0x8100);
		put16(to, line->vlan);
	}
	put16(to, ipv6 ? 0x86dd : 0x0800);
}

/* Client 10.0.x.y or 2001:db8::x:y of flow number x * 256 + y, server z 192.0.2.z or 2001:db8::ffff:z. */
static void put_address(struct writer *to, const struct trace_line *line, bool client, bool ipv6)
{
	uint32_t tail = client ? line->flow : 0xffff0000 | line->server;
	if (!ipv6) {
		put32(to, client ? 0x0a000000 | line->flow : 0xc0000200 | line->server);
		return;
	}
	put32(to, 0x20010db8);
	put32(to, 0);
	put32(to, 0);
	put32(to, tail);
}

static void put_ip(struct writer *to, const struct trace_line *line, bool ipv6, uint32_t payload)
{
	bool from_client = line->direction == C2S;
	if (ipv6) {
		put32(to, 0x60000000 | (line->dscp << 2 | line->ecn) << 20);
		put16(to, payload > 0xffff ? 0 : payload);
		put8(to, line->protocol);
		put8(to, line->ttl);
	} else {
		put8(to, 0x45);
		put8(to, line->dscp << 2 | line->ecn);
		put16(to, payload + 20 > 0xffff ? 0 : payload + 20);
		put16(to, line->id);
		uint32_t fragment = line->fragment_offset / 8 | (line->more ? 0x2000 : 0);
		put16(to, fragment | (line->has_id ? 0 : 0x4000)); /* DF goes with an ID of 0, as Linux does */
		put8(to, line->ttl);
		put8(to, line->protocol);
		put16(to, 0); /* the checksum: see set_sums */
	}
	put_address(to, line, from_client, ipv6);
	put_address(to, line, !from_client, ipv6);
}

static uint32_t put_options(struct writer *to, const struct trace *trace, const struct trace_line *line)
{
	uint32_t start = to->count;
	if (line->has_mss) {
		put16(to, 0x0204);
		put16(to, line->mss);
	}
	if (line->sack_permitted)
		put32(to, 0x01010402);
	if (line->has_ts) {
		put32(to, 0x0101080a);
		put32(to, line->tsval);
		put32(to, line->tsecr);
	}
	if (line->window_scale != NO_WINDOW_SCALE)
		put32(to, 0x01030300u | line->window_scale);
	if (line->blocks) {
		put16(to, 0x0101);
		put16(to, 0x0500u | (2u + 8u * line->blocks));
		for (unsigned i = 0; i < line->blocks; i++) {
			put32(to, line->block[i][0] + trace->options.isn[!line->direction]);
			put32(to, line->block[i][1] + trace->options.isn[!line->direction]);
		}
	}
	return to->count - start;
}

static void put_transport(struct writer *to, const struct trace *trace, const struct trace_line *line)
{
	bool from_client = line->direction == C2S;
	if (line->fragment && line->fragment_offset)
		return;
	if (line->protocol == TRACE_ICMP) {
		put8(to, line->icmp_type);
		put8(to, line->icmp_code);
		put16(to, 0);
		put32(to, 0x00070001); /* echo: identifier 7, sequence 1 */
		return;
	}
	const uint16_t *port = trace->options.port;
	uint16_t client_port = port[C2S] ? port[C2S] : CLIENT_PORT, server_port = port[S2C] ? port[S2C] : SERVER_PORT;
	put16(to, line->source_port ? line->source_port : from_client ? client_port : server_port);
	put16(to, line->destination_port ? line->destination_port : from_client ? server_port : client_port);
	if (line->protocol == TRACE_UDP) {
		put16(to, line->len + 8);
		put16(to, 0);
		return;
	}
	put32(to, line->seq + trace->options.isn[line->direction]);
	put32(to, line->flags & TCP_ACK ? line->ack + trace->options.isn[!line->direction] : 0);
	uint32_t offset = to->count;
	put8(to, 0);
	put8(to, line->flags);
	put16(to, line->window);
	put32(to, 0);
	uint32_t options = put_options(to, trace, line);
	assert_true(options <= 40);
	to->at[offset] = (uint8_t)((20 + options) / 4 << 4);
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

/* RFC 7348 over IPv4, between 10.9.0.1 and 10.9.0.2; in it an Ethernet frame that carries so many bytes of IP. */
static void put_vxlan(struct writer *to, const struct trace_line *line, bool ipv6, uint32_t bytes)
{
	uint32_t total = bytes + 50 > 0xffff ? 0 : bytes + 50;
	put32(to, 0x45000000 | total);
	put32(to, 0x00004000);
	put32(to, 0x40110000);
	put32(to, line->direction == C2S ? 0x0a090001 : 0x0a090002);
	put32(to, line->direction == C2S ? 0x0a090002 : 0x0a090001);
	put32(to, 0xc35012b5);
	put32(to, (total ? total - 20 : 0) << 16);
	put32(to, 0x08000000);
	put32(to, line->vni << 8);
	for (unsigned end = 0; end < 2; end++)
		put16(to, 0x0200), put32(to, end);
	put16(to, ipv6 ? 0x86dd : 0x0800);
}

static uint32_t sum_of(const uint8_t *bytes, uint32_t count)
{
	uint32_t sum = 0; /* RFC 1071, word by word */
	for (uint32_t i = 0; i < count; i++) {
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

/* The checksums of the IP packet at the writer's end, `header` bytes of IP and then `count`. */
static void set_sums(uint8_t *ip, uint32_t header, uint32_t count, const struct trace_line *line)
{
	static const uint32_t places[] = { [TRACE_ICMP] = 2, [TRACE_TCP] = 16, [TRACE_UDP] = 6 };
	bool ipv6 = header == 40;
	struct writer field = { .at = ip + header + places[line->protocol] };
	struct writer header_field = { .at = ip + 10 };
	if (!ipv6)
		put16(&header_field, ~sum_of(ip, header) & 0xffff);
	uint32_t pseudo = sum_of(ip + (ipv6 ? 8 : 12), ipv6 ? 32 : 8) + line->protocol + count;
	if (line->protocol == TRACE_ICMP)
		pseudo = 0;
	uint32_t sum = pseudo + (line->sum == TRACE_SUM_PARTIAL ? 0 : sum_of(ip + header, count));
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(&field, line->sum == TRACE_SUM_PARTIAL ? sum : line->sum == TRACE_SUM_RIGHT ? ~sum & 0xffff : (~sum & 0xffff) ^ 0x0100);
}

static void feed_line(struct trace *trace, const struct trace_line *line)
{
	static uint8_t transport[FRAME_MAX], bytes[FRAME_MAX];
	struct writer above = { .at = transport }, frame = { .at = bytes };
	put_transport(&above, trace, line);
	(line->interface ? put_cooked_link : put_link)(&frame, line, trace->options.ipv6 && !line->vni);
	uint32_t ip_header = trace->options.ipv6 ? 40 : 20;
	if (line->vni)
		put_vxlan(&frame, line, trace->options.ipv6, ip_header + above.count + line->len);
	uint8_t *ip = bytes + frame.count;
	put_ip(&frame, line, trace->options.ipv6, above.count + line->len);
	assert_true(frame.count + above.count + line->len <= FRAME_MAX);
	memcpy(bytes + frame.count, transport, above.count);
	frame.count += above.count;
	memcpy(bytes + frame.count, line->payload, line->payload_bytes);
	for (uint32_t i = line->payload_bytes; i < line->len; i++)
		bytes[frame.count + i] = (uint8_t)(line->fill + i);
	frame.count += line->len;
	if (line->sum != TRACE_SUM_ZERO)
		set_sums(ip, ip_header, above.count + line->len, line);
	uint32_t captured = line->snap && line->snap < frame.count ? line->snap : frame.count;
	trace_frame(trace, line->t_ns, line->interface ? LINK_LINUX_SLL2 : LINK_ETHERNET, bytes, captured, frame.count);
}

void trace_feed(struct trace *trace, const char *script)
{
	struct trace_line line;
	while (trace_line_next(&line, &script, trace->options.start_ns))
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
