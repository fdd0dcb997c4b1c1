#include "analyze/engine/udp_stream.h"

void udp_stream_packet(const struct outlet *outlet, struct flow *flow, enum direction direction, const struct packet *packet)
{
	(void)outlet, (void)flow, (void)direction, (void)packet;
}

void udp_stream_flow_end(const struct outlet *outlet, struct flow *flow)
{
	(void)outlet, (void)flow;
}
