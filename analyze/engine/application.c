#include "analyze/engine/application.h"

#include <stdlib.h>

struct application {
	struct outlet outlet;
};

struct application *application_new(const struct outlet *outlet)
{
	struct application *application = calloc(1, sizeof *application);
	if (application)
		application->outlet = *outlet;
	return application;
}

uint32_t application_wants(const struct application *application, const struct packet *packet, uint64_t flow_hash)
{
	(void)application, (void)packet, (void)flow_hash;
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
	(void)application, (void)flow, (void)direction, (void)packet;
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
	(void)application, (void)now_ns;
}

void application_finish(struct application *application, int64_t now_ns)
{
	(void)application, (void)now_ns;
}

uint64_t application_bytes(const struct application *application)
{
	return sizeof *application;
}

void application_free(struct application *application)
{
	free(application);
}
