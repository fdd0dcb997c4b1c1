/* locate_flows.h: the one-way flows of two captures with what is counted of each, and which way their hosts' packets go. */
#ifndef WIRETAPE_LOCATE_FLOWS_H
#define WIRETAPE_LOCATE_FLOWS_H

#include "analyze/engine/locate/locate_clock.h"
#include "analyze/engine/packet.h"

#define LOCATE_FLOWS_MAX 262144 /* of those beyond nothing is kept but the sums */
#define LOCATE_PATHS_MAX 131072
#define NO_FLOW UINT32_MAX
#define NO_PATH UINT32_MAX

struct located_flow {
	struct address source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol;
	uint8_t course; /* enum course, once something of it is judged */
	uint16_t mss;	/* smaller of the two SYNs' options; 0 unknown */
	uint32_t path;
	uint32_t next; /* of its slot */
	uint32_t order[2]; /* packets so far, at each tap */
	uint32_t ahead_sent, ahead_received; /* orders of the matched packet that was sent last */
	uint64_t judged, bytes, lost, lost_bytes, unsent, reordered, duplicated, delayed;
	int64_t transit_min_ns, transit_max_ns, transit_sum_ns; /* valid if transits */
	uint64_t transits;
};

/* Source and destination: their packets take one way. */
struct located_path {
	struct address source, destination;
	uint8_t course;
	uint32_t next;
	uint32_t samples, forward_ttl, backward_ttl;
	double sum_ns; /* of the samples' differences */
};

struct locate_flows;

/* `seed` changes no result; it keeps hostile traffic from choosing collisions. NULL when out of memory. */
struct locate_flows *locate_flows_new(uint64_t seed);
/* NULL is allowed. */
void locate_flows_free(struct locate_flows *flows);
/* The packet's flow, made if it is new; NO_FLOW: there are too many, or no memory. */
uint32_t locate_flows_find(struct locate_flows *flows, const struct packet *packet);
struct located_flow *locate_flow_at(struct locate_flows *flows, uint32_t index);
uint32_t locate_flows_count(const struct locate_flows *flows);
/* Packets for which locate_flows_find had no place. */
uint64_t locate_flows_beyond(const struct locate_flows *flows);
/* Takes over a SYN's MSS option, for both directions. */
void locate_flows_syn(struct locate_flows *flows, const struct packet *packet, uint32_t flow);
/* Largest payload of the flow's segments on the wire. */
uint32_t locate_flow_unit(const struct located_flow *flow, const struct packet *packet);

struct located_path *locate_path_at(struct locate_flows *flows, uint32_t index);
uint32_t locate_paths_count(const struct locate_flows *flows);
/* The path back; NO_PATH: never seen. */
uint32_t locate_path_back(struct locate_flows *flows, uint32_t index);
/* Which way do packets of this path go? Where no packet of it was seen twice: by where the other packets of its hosts come from. */
enum course locate_course(struct locate_flows *flows, uint32_t path);
/* Learns the hosts' sides from the paths whose course is known. False: out of memory. */
bool locate_learn_sides(struct locate_flows *flows);

#endif
