#include "analyze/engine/icmp.h"

#include <stdlib.h>

struct icmp {
	struct outlet outlet;
};

struct icmp *icmp_new(const struct outlet *outlet)
{
	struct icmp *icmp = calloc(1, sizeof *icmp);
	if (icmp)
		icmp->outlet = *outlet;
	return icmp;
}

void icmp_packet(struct icmp *icmp, struct flow *flow, enum direction direction, const struct packet *packet,
		 const struct flow *about)
{
	(void)icmp, (void)flow, (void)direction, (void)packet, (void)about;
}

void icmp_probe(struct icmp *icmp, const struct packet *packet)
{
	(void)icmp, (void)packet;
}

bool icmp_quoted(const struct packet *packet, struct packet *quoted)
{
	(void)packet, (void)quoted;
	return false;
}

void icmp_flow_end(struct icmp *icmp, struct flow *flow, int64_t now_ns)
{
	(void)icmp, (void)flow, (void)now_ns;
}

void icmp_advance(struct icmp *icmp, int64_t now_ns)
{
	(void)icmp, (void)now_ns;
}

void icmp_finish(struct icmp *icmp)
{
	(void)icmp;
}

uint64_t icmp_bytes(const struct icmp *icmp)
{
	return sizeof *icmp;
}

void icmp_free(struct icmp *icmp)
{
	free(icmp);
}
