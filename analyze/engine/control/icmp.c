#include "analyze/engine/control/icmp.h"

#include "analyze/engine/control/echo.h"
#include "analyze/engine/control/icmp_errors.h"
#include "analyze/engine/control/route_trace.h"

#include <stdlib.h>

struct icmp {
	struct outlet outlet;
	struct icmp_errors errors;
	struct echoes *echoes;
	struct route_traces *traces;
};

struct icmp *icmp_new(const struct outlet *outlet)
{
	struct icmp *icmp = calloc(1, sizeof *icmp);
	if (!icmp)
		return NULL;
	icmp->outlet = *outlet;
	icmp_errors_init(&icmp->errors);
	icmp->echoes = echoes_new(&icmp->outlet);
	icmp->traces = route_traces_new(&icmp->outlet);
	if (icmp->echoes && icmp->traces)
		return icmp;
	icmp_free(icmp);
	return NULL;
}

static bool is_time_exceeded(const struct packet *packet)
{
	return packet->icmp_code == 0 && packet->icmp_type == (packet->protocol == PROTOCOL_ICMP ? 11 : 3);
}

static void take_error(struct icmp *icmp, const struct packet *packet, const struct flow *about)
{
	struct packet quoted;
	bool read = icmp_quoted(packet, &quoted);
	icmp_errors_packet(&icmp->errors, &icmp->outlet, packet, read ? &quoted : NULL, about);
	if (!read)
		return;
	route_traces_error(icmp->traces, packet, &quoted);
	bool quotes_echo = quoted.protocol == packet->protocol && echo_is_request(&quoted);
	if (about && quotes_echo && is_time_exceeded(packet))
		echoes_exceeded(icmp->echoes, about, &quoted);
}

void icmp_packet(struct icmp *icmp, struct flow *flow, enum direction direction, const struct packet *packet,
		 const struct flow *about)
{
	if (icmp_is_error(packet)) {
		take_error(icmp, packet, about);
	} else if (echo_is_request(packet) || echo_is_reply(packet)) {
		echoes_packet(icmp->echoes, flow, direction, packet);
		if (echo_is_reply(packet))
			route_traces_reply(icmp->traces, packet);
	}
}

void icmp_probe(struct icmp *icmp, const struct packet *packet)
{
	if (packet->ttl < ROUTE_TRACE_TTL)
		route_traces_probe(icmp->traces, packet);
	bool answers = packet->tcp_flags & TCP_RST || (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
	if (packet->protocol == PROTOCOL_TCP && answers)
		route_traces_reply(icmp->traces, packet);
}

void icmp_flow_end(struct icmp *icmp, struct flow *flow, int64_t now_ns)
{
	echoes_flow_end(icmp->echoes, flow, now_ns);
}

void icmp_advance(struct icmp *icmp, int64_t now_ns)
{
	echoes_advance(icmp->echoes, now_ns);
}

void icmp_finish(struct icmp *icmp)
{
	icmp_errors_deliver(&icmp->errors, &icmp->outlet);
	route_traces_deliver(icmp->traces, &icmp->outlet);
}

uint64_t icmp_bytes(const struct icmp *icmp)
{
	return sizeof *icmp + keyed_rows_bytes(&icmp->errors.rows) + echoes_bytes(icmp->echoes) +
	       route_traces_bytes(icmp->traces);
}

void icmp_free(struct icmp *icmp)
{
	if (!icmp)
		return;
	icmp_errors_free(&icmp->errors);
	echoes_free(icmp->echoes);
	route_traces_free(icmp->traces);
	free(icmp);
}
