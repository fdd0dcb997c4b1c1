/* sighting.h: where and when a packet was seen, so that another capture of it (`tcpdump -i any`, bridges, mirrored
 * ports) is not taken for another packet. For what is rare; duplicates.h is for TCP. */
#ifndef WIRETAPE_SIGHTING_H
#define WIRETAPE_SIGHTING_H

#include "analyze/engine/packet.h"

#define SIGHTING_COPY_NS 50000000 /* two hops with a queue between them */

struct sighting {
	int64_t t_ns;
	uint32_t link_identity;
	uint16_t ip_id;
	uint8_t ttl;
	bool known;
};

static inline struct sighting sighting_of(const struct packet *packet)
{
	return (struct sighting){
		.t_ns = packet->t_ns,
		.link_identity = packet->link_identity,
		.ip_id = packet->ip_id,
		.ttl = packet->ttl,
		.known = true,
	};
}

/* The packet is equal in all that the caller knows of it: is it the same, seen over another link or at another hop? */
static inline bool sighting_is_copy(const struct sighting *sighting, const struct packet *packet)
{
	int64_t age_ns = packet->t_ns - sighting->t_ns;
	bool elsewhere = sighting->link_identity != packet->link_identity || sighting->ttl != packet->ttl;
	return sighting->known && elsewhere && sighting->ip_id == packet->ip_id && age_ns < SIGHTING_COPY_NS &&
	       age_ns > -SIGHTING_COPY_NS;
}

#endif
