#include "analyze/engine/application/application.h"

#include "analyze/engine/application/dns.h"
#include "analyze/engine/application/dns_stream.h"
#include "analyze/engine/application/http.h"
#include "analyze/engine/application/http_line.h"
#include "analyze/engine/application/names.h"
#include "analyze/engine/application/payload_table.h"
#include "analyze/engine/application/tls.h"
#include "analyze/engine/bytes.h"

#include <stdlib.h>

#define DNS_PORT 53

struct application {
	struct outlet outlet;
	struct names *names;
	struct dns *dns;
	struct stream_memory memory;
	struct payload_table *table;
};

struct application *application_new(const struct outlet *outlet)
{
	struct application *application = calloc(1, sizeof *application);
	if (!application)
		return NULL;
	application->outlet = *outlet;
	application->memory.arena = outlet->arena;
	application->memory.dropped = &outlet->totals->facts_dropped;
	application->names = names_new(&application->outlet);
	application->dns = dns_new(&application->outlet, application->names);
	application->table = calloc(1, sizeof *application->table);
	if (application->names && application->dns && application->table)
		return application;
	application_free(application);
	return NULL;
}

#define FOUR(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* May a message of TLS or HTTP begin so? By four bytes: whoever looks at more decides. */
static bool may_begin(const struct packet *packet)
{
	if (packet->payload_captured < 4)
		return false;
	uint32_t first = be32(packet->payload);
	switch (first) {
	case FOUR('G', 'E', 'T', ' '):
	case FOUR('P', 'O', 'S', 'T'):
	case FOUR('P', 'U', 'T', ' '):
	case FOUR('H', 'E', 'A', 'D'):
	case FOUR('D', 'E', 'L', 'E'):
	case FOUR('O', 'P', 'T', 'I'):
	case FOUR('P', 'A', 'T', 'C'):
	case FOUR('C', 'O', 'N', 'N'):
	case FOUR('T', 'R', 'A', 'C'):
	case FOUR('P', 'R', 'O', 'P'):
	case FOUR('R', 'E', 'P', 'O'):
	case FOUR('M', 'K', 'C', 'O'):
	case FOUR('P', 'U', 'R', 'G'):
	case FOUR('H', 'T', 'T', 'P'):
		return true;
	default:
		return first >> 16 == 0x1603; /* a handshake record, TLS 1.x or SSL 3 */
	}
}

static bool is_tcp_dns(const struct packet *packet)
{
	return packet->source_port == DNS_PORT || packet->destination_port == DNS_PORT;
}

uint32_t application_wants(const struct application *application, const struct packet *packet, uint64_t flow_hash)
{
	if (packet->protocol == PROTOCOL_UDP)
		return dns_is_port(packet->source_port, packet->destination_port) ? UINT32_MAX : 0;
	if (packet->protocol != PROTOCOL_TCP)
		return 0;
	if (may_begin(packet)) {
		payload_table_begin(application->table, (uint32_t)flow_hash);
		return UINT32_MAX;
	}
	return is_tcp_dns(packet) || payload_table_wants(application->table, (uint32_t)flow_hash) ? UINT32_MAX : 0;
}

static struct stream_context context_of(struct application *application, struct flow *flow)
{
	return (struct stream_context){
		.outlet = &application->outlet,
		.names = application->names,
		.dns = application->dns,
		.memory = &application->memory,
		.flow = flow,
	};
}

/* The stream that this segment begins; NULL: it is none that is known. */
static struct stream_application *recognise(const struct stream_context *context, enum direction direction,
					    const struct packet *packet)
{
	const uint8_t *bytes = packet->payload;
	uint32_t count = packet->payload_captured;
	bool dns = is_tcp_dns(packet), tls = !dns && tls_begins(bytes, count);
	if (!dns && !tls && !(may_begin(packet) && http_is_request(bytes, count)))
		return NULL;
	struct stream_application *spoken = dns	  ? dns_stream_new(context)
					    : tls ? tls_new(context)
						  : http_new(context, direction);
	if (!spoken) {
		context->outlet->totals->memory_failures++;
		return NULL;
	}
	if (packet->tcp_flags & TCP_ACK) /* what comes next of the other side */
		byte_stream_start(&spoken->stream[direction == C2S ? S2C : C2S], packet->ack);
	return spoken;
}

static void take(struct stream_application *spoken, const struct stream_context *context, enum direction direction,
		 const struct piece *piece)
{
	switch ((enum stream_kind)spoken->kind) {
	case STREAM_DNS:
		dns_stream_take(spoken, context, direction, piece);
		break;
	case STREAM_TLS:
		tls_take(spoken, context, direction, piece);
		break;
	case STREAM_HTTP:
		http_take(spoken, context, direction, piece);
		break;
	}
}

static void pull(struct stream_application *spoken, const struct stream_context *context, bool over)
{
	for (unsigned i = 0; i < 2; i++) {
		struct piece piece;
		while (!spoken->over &&
		       byte_stream_pull(&spoken->stream[i], context->memory, &context->flow->side[i], over, &piece))
			take(spoken, context, (enum direction)i, &piece);
	}
}

static bool wants(const struct stream_application *spoken)
{
	switch ((enum stream_kind)spoken->kind) {
	case STREAM_DNS:
		return false; /* its port tells */
	case STREAM_TLS:
		return tls_wants(spoken);
	case STREAM_HTTP:
		return http_wants(spoken);
	}
	return false;
}

static void set_greedy(struct application *application, struct stream_application *spoken, const struct flow *flow,
		       bool greedy)
{
	if (spoken->greedy == greedy)
		return;
	spoken->greedy = greedy;
	payload_table_set(application->table, flow->hash, greedy);
}

/* Delivers and frees what is known of the flow's stream. */
static void end(struct application *application, struct stream_application *spoken, const struct stream_context *context)
{
	set_greedy(application, spoken, context->flow, false);
	for (unsigned i = 0; i < 2; i++)
		byte_stream_free(&spoken->stream[i], context->memory);
	context->flow->above.application = NULL;
	switch ((enum stream_kind)spoken->kind) {
	case STREAM_DNS:
		dns_stream_free(spoken, context);
		break;
	case STREAM_TLS:
		tls_end(spoken, context);
		break;
	case STREAM_HTTP:
		http_end(spoken, context);
		break;
	}
}

void application_segment(struct application *application, struct flow *flow, enum direction direction,
			 const struct packet *packet, uint64_t flow_hash)
{
	(void)flow_hash;
	const struct stream_context context = context_of(application, flow);
	struct stream_application *spoken = flow->above.application;
	if (!spoken) {
		spoken = packet->payload_captured ? recognise(&context, direction, packet) : NULL;
		if (!spoken)
			return;
		flow->above.application = spoken;
	}
	if (spoken->kind == STREAM_HTTP)
		http_before(spoken, &context, direction, packet);
	struct piece piece;
	if (packet->payload_bytes && byte_stream_put(&spoken->stream[direction], context.memory, packet, &piece))
		take(spoken, &context, direction, &piece);
	pull(spoken, &context, false);
	if (spoken->kind == STREAM_HTTP)
		http_after(spoken, &context);
	else if (spoken->kind == STREAM_TLS)
		tls_segment(spoken, &context, packet);
	if (spoken->over)
		end(application, spoken, &context);
	else
		set_greedy(application, spoken, flow, wants(spoken));
}

void application_datagram(struct application *application, struct flow *flow, enum direction direction,
			  const struct packet *packet)
{
	(void)direction;
	if (packet->payload && dns_is_port(packet->source_port, packet->destination_port))
		dns_take(application->dns, flow, packet, packet->payload, packet->payload_captured);
}

void application_swap_sides(struct application *application, struct flow *flow)
{
	(void)application;
	struct stream_application *spoken = flow->key.protocol == PROTOCOL_TCP ? flow->above.application : NULL;
	if (!spoken)
		return;
	struct byte_stream client = spoken->stream[S2C];
	spoken->stream[S2C] = spoken->stream[C2S];
	spoken->stream[C2S] = client;
	if (spoken->kind == STREAM_DNS)
		dns_stream_swap_sides(spoken);
	else if (spoken->kind == STREAM_TLS)
		tls_swap_sides(spoken);
	else
		http_swap_sides(spoken);
}

void application_flow_end(struct application *application, struct flow *flow, bool open)
{
	(void)open; /* FIN and RST tell more */
	const struct stream_context context = context_of(application, flow);
	struct stream_application *spoken = flow->above.application;
	pull(spoken, &context, true);
	end(application, spoken, &context);
}

void application_advance(struct application *application, int64_t now_ns)
{
	dns_advance(application->dns, now_ns);
}

void application_finish(struct application *application, int64_t now_ns)
{
	dns_finish(application->dns, now_ns);
}

uint64_t application_bytes(const struct application *application)
{
	return sizeof *application + sizeof *application->table + names_bytes(application->names) +
	       dns_bytes(application->dns);
}

void application_free(struct application *application)
{
	if (!application)
		return;
	dns_free(application->dns);
	names_free(application->names);
	free(application->table);
	free(application);
}
