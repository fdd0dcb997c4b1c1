#include "analyze/engine/application.h"

#include "analyze/engine/dns.h"
#include "analyze/engine/names.h"

#include <stdlib.h>

struct application {
	struct outlet outlet;
	struct names *names;
	struct dns *dns;
};

struct application *application_new(const struct outlet *outlet)
{
	struct application *application = calloc(1, sizeof *application);
	if (!application)
		return NULL;
	application->outlet = *outlet;
	application->names = names_new(&application->outlet);
	application->dns = dns_new(&application->outlet, application->names);
	if (application->names && application->dns)
		return application;
	application_free(application);
	return NULL;
}

uint32_t application_wants(const struct application *application, const struct packet *packet, uint64_t flow_hash)
{
	(void)application, (void)flow_hash;
	if (packet->protocol == PROTOCOL_UDP)
		return dns_is_port(packet->source_port, packet->destination_port) ? UINT32_MAX : 0;
	return 0;
}

void application_segment(struct application *application, struct flow *flow, enum direction direction,
			 const struct packet *packet, uint64_t flow_hash)
{
	(void)application, (void)flow, (void)direction, (void)packet, (void)flow_hash;
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
	(void)application, (void)flow;
}

void application_flow_end(struct application *application, struct flow *flow, bool open)
{
	(void)application, (void)flow, (void)open;
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
	return sizeof *application + names_bytes(application->names) + dns_bytes(application->dns);
}

void application_free(struct application *application)
{
	if (!application)
		return;
	dns_free(application->dns);
	names_free(application->names);
	free(application);
}
