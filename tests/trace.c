#include "tests/trace.h"

#include "analyze/engine/packet.h"

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
#define SECOND_NS 1000000000
#define CLIENT_PORT 40000
#define SERVER_PORT 80

enum { UDP = 17, ICMP = 1, TCP = 6 };

/* One line, read. */
struct line {
	int64_t t_ns;
	enum direction direction;
	uint8_t protocol, flags;
	uint8_t icmp_type, icmp_code;
	uint32_t seq, ack, len, window, flow, mac, vlan, snap, ttl, ecn, mss;
	uint32_t id, fragment_offset;
	uint32_t interface; /* 0: none, the frame is Ethernet */
	uint32_t fill;	    /* first byte of the payload; the others count up */
	uint32_t tsval, tsecr;
	uint8_t window_scale; /* NO_WINDOW_SCALE: none */
	bool has_id, has_mss, has_ts, sack_permitted, fragment, more;
	uint8_t blocks;
	uint32_t block[SACK_BLOCKS_MAX][2];
};

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

struct trace *trace_new(const struct trace_options *options)
{
	static const struct engine_sink sink = {
		.flow = take_flow,
		.event = take_event,
		.interval = take_interval,
		.flow_interval = take_flow_interval,
		.interface = take_interface,
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
static void put_cooked_link(struct writer *to, const struct line *line, bool ipv6)
{
	put16(to, ipv6 ? 0x86dd : 0x0800);
	put16(to, 0);
	put32(to, line->interface);
	put16(to, 1); /* ARPHRD_ETHER */
	put16(to, 6); /* packet type 0, 6 bytes of address */
	put32(to, 0x02000000);
	put32(to, (line->mac & 0xffff) << 16);
}

static void put_link(struct writer *to, const struct line *line, bool ipv6)
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

/* Client 10.0.x.y or 2001:db8::x:y of flow number x * 256 + y, server 192.0.2.1 or 2001:db8::ffff:1. */
static void put_address(struct writer *to, const struct line *line, bool client, bool ipv6)
{
	uint32_t tail = client ? line->flow : 0xffff0001;
	if (!ipv6) {
		put32(to, client ? 0x0a000000 | line->flow : 0xc0000201);
		return;
	}
	put32(to, 0x20010db8);
	put32(to, 0);
	put32(to, 0);
	put32(to, tail);
}

static void put_ip(struct writer *to, const struct line *line, bool ipv6, uint32_t payload)
{
	bool from_client = line->direction == C2S;
	if (ipv6) {
		put32(to, 0x60000000 | line->ecn << 20);
		put16(to, payload > 0xffff ? 0 : payload);
		put8(to, line->protocol);
		put8(to, line->ttl);
	} else {
		put8(to, 0x45);
		put8(to, line->ecn);
		put16(to, payload + 20 > 0xffff ? 0 : payload + 20);
		put16(to, line->id);
		uint32_t fragment = line->fragment_offset / 8 | (line->more ? 0x2000 : 0);
		put16(to, fragment | (line->has_id ? 0 : 0x4000)); /* DF goes with an ID of 0, as Linux does */
		put8(to, line->ttl);
		put8(to, line->protocol);
		put16(to, 0); /* checksums are not read */
	}
	put_address(to, line, from_client, ipv6);
	put_address(to, line, !from_client, ipv6);
}

static uint32_t put_options(struct writer *to, const struct trace *trace, const struct line *line)
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

static void put_transport(struct writer *to, const struct trace *trace, const struct line *line)
{
	bool from_client = line->direction == C2S;
	if (line->fragment && line->fragment_offset)
		return;
	if (line->protocol == ICMP) {
		put8(to, line->icmp_type);
		put8(to, line->icmp_code);
		put16(to, 0);
		put32(to, 0x00070001); /* echo: identifier 7, sequence 1 */
		return;
	}
	const uint16_t *port = trace->options.port;
	uint16_t client_port = port[C2S] ? port[C2S] : CLIENT_PORT, server_port = port[S2C] ? port[S2C] : SERVER_PORT;
	put16(to, from_client ? client_port : server_port);
	put16(to, from_client ? server_port : client_port);
	if (line->protocol == UDP) {
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

static void feed_line(struct trace *trace, const struct line *line)
{
	static uint8_t transport[FRAME_MAX], bytes[FRAME_MAX];
	struct writer above = { .at = transport }, frame = { .at = bytes };
	put_transport(&above, trace, line);
	(line->interface ? put_cooked_link : put_link)(&frame, line, trace->options.ipv6);
	put_ip(&frame, line, trace->options.ipv6, above.count + line->len);
	assert_true(frame.count + above.count + line->len <= FRAME_MAX);
	memcpy(bytes + frame.count, transport, above.count);
	frame.count += above.count;
	for (uint32_t i = 0; i < line->len; i++)
		bytes[frame.count + i] = (uint8_t)(line->fill + i);
	frame.count += line->len;
	uint32_t captured = line->snap && line->snap < frame.count ? line->snap : frame.count;
	trace_frame(trace, line->t_ns, line->interface ? LINK_LINUX_SLL2 : LINK_ETHERNET, bytes, captured, frame.count);
}

/* What is being read. */
struct reader {
	const char *line, *at;
};

static void refuse(const struct reader *reader, const char *why)
{
	fail_msg("trace: %s at \"%.20s\" in \"%.*s\"", why, reader->at, (int)strcspn(reader->line, "\n"), reader->line);
}

static void skip_blanks(struct reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t')
		reader->at++;
}

static uint32_t read_number(struct reader *reader)
{
	skip_blanks(reader);
	uint64_t value = 0;
	if (!isdigit((unsigned char)*reader->at))
		refuse(reader, "number expected");
	while (isdigit((unsigned char)*reader->at) && value <= UINT32_MAX)
		value = value * 10 + (uint64_t)(*reader->at++ - '0');
	if (value > UINT32_MAX)
		refuse(reader, "number too large");
	return (uint32_t)value;
}

static int64_t read_time(struct reader *reader)
{
	int64_t sign = 1, scale = SECOND_NS;
	if (*reader->at == '-') {
		sign = -1;
		reader->at++;
	}
	int64_t value = (int64_t)read_number(reader) * SECOND_NS;
	if (*reader->at == '.')
		for (reader->at++; isdigit((unsigned char)*reader->at); reader->at++)
			value += (*reader->at - '0') * (scale /= 10);
	return sign * value;
}

static void read_word(struct reader *reader, char *word, size_t size)
{
	skip_blanks(reader);
	size_t length = strcspn(reader->at, " \t\n");
	if (length == 0 || length >= size)
		refuse(reader, "word expected");
	memcpy(word, reader->at, length);
	word[length] = '\0';
	reader->at += length;
}

static uint8_t read_flags(struct reader *reader, const char *word)
{
	static const char letters[] = "FSRPAUEW"; /* in the order of the bits */
	uint8_t flags = 0;
	for (const char *letter = word; *letter; letter++) {
		const char *bit = strchr(letters, *letter);
		if (!bit)
			refuse(reader, "unknown TCP flag");
		else
			flags |= (uint8_t)(1u << (bit - letters));
	}
	return flags;
}

static void read_sack(struct reader *reader, struct line *line)
{
	skip_blanks(reader);
	if (!isdigit((unsigned char)*reader->at)) {
		line->sack_permitted = true;
		return;
	}
	do {
		if (*reader->at == ',')
			reader->at++;
		if (line->blocks == SACK_BLOCKS_MAX)
			refuse(reader, "too many SACK blocks");
		line->block[line->blocks][0] = read_number(reader);
		if (*reader->at != '-')
			refuse(reader, "- expected");
		reader->at++;
		line->block[line->blocks++][1] = read_number(reader);
	} while (*reader->at == ',');
}

static uint32_t *number_key(struct line *line, const char *key)
{
	const struct {
		const char *name;
		uint32_t *value;
	} keys[] = {
		{ "ack", &line->ack }, { "len", &line->len },	{ "win", &line->window }, { "flow", &line->flow },
		{ "mac", &line->mac }, { "vlan", &line->vlan }, { "snap", &line->snap },  { "ttl", &line->ttl },
		{ "any", &line->interface }, { "fill", &line->fill },
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (!strcmp(key, keys[i].name))
			return keys[i].value;
	return NULL;
}

static void read_key(struct reader *reader, struct line *line)
{
	char key[16];
	read_word(reader, key, sizeof key);
	uint32_t *number = number_key(line, key);
	if (number) {
		*number = read_number(reader);
	} else if (!strcmp(key, "mss")) {
		line->has_mss = true;
		line->mss = read_number(reader);
	} else if (!strcmp(key, "ws")) {
		line->window_scale = (uint8_t)read_number(reader);
	} else if (!strcmp(key, "sack")) {
		read_sack(reader, line);
	} else if (!strcmp(key, "ts")) {
		line->has_ts = true;
		line->tsval = read_number(reader);
		line->tsecr = read_number(reader);
	} else if (!strcmp(key, "id")) {
		line->has_id = true;
		line->id = read_number(reader);
	} else if (!strcmp(key, "ect")) {
		line->ecn = 2;
	} else if (!strcmp(key, "ce")) {
		line->ecn = 3;
	} else if (!strcmp(key, "frag")) {
		line->fragment = true;
		line->fragment_offset = read_number(reader);
	} else if (!strcmp(key, "more")) {
		line->more = true;
	} else {
		refuse(reader, "unknown key");
	}
}

static void read_line(struct reader *reader, struct line *line)
{
	char word[16];
	line->t_ns += read_time(reader);
	read_word(reader, word, sizeof word);
	if (strcmp(word, ">") && strcmp(word, "<"))
		refuse(reader, "> or < expected");
	line->direction = word[0] == '>' ? C2S : S2C;
	read_word(reader, word, sizeof word);
	if (!strcmp(word, "udp")) {
		line->protocol = UDP;
	} else if (!strcmp(word, "icmp")) {
		line->protocol = ICMP;
		line->icmp_type = (uint8_t)read_number(reader);
		line->icmp_code = (uint8_t)read_number(reader);
	} else {
		line->flags = read_flags(reader, word);
		line->seq = read_number(reader);
	}
	for (skip_blanks(reader); *reader->at && *reader->at != '\n'; skip_blanks(reader))
		read_key(reader, line);
}

void trace_feed(struct trace *trace, const char *script)
{
	struct reader reader = { script, script };
	while (*reader.at) {
		reader.line = reader.at;
		skip_blanks(&reader);
		if (*reader.at != '\n' && *reader.at != '#' && *reader.at) {
			struct line line = {
				.t_ns = trace->options.start_ns,
				.protocol = TCP,
				.window = 65535,
				.ack = 1,
				.ttl = 64,
				.flow = 1,
				.window_scale = NO_WINDOW_SCALE,
			};
			read_line(&reader, &line);
			feed_line(trace, &line);
		}
		reader.at += strcspn(reader.at, "\n");
		reader.at += *reader.at == '\n';
	}
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
	fprintf(out, "%u %u %d %d ", facts->ttl_min, facts->ttl_max, facts->sack_permitted, facts->timestamps);
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
	write_bytes(out, &facts->handshake_rtt_ns, &facts->reset_by);
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
