#include "analyze/engine/locate/locate_flows.h"

#include "analyze/engine/locate/locate_identity.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (1u << 18)
#define TCP_HEADER 20
#define IPV4_ROOM 1460u /* payload of TCP without options in 1500 bytes */
#define IPV6_ROOM 1440u

enum side { SIDE_UNKNOWN = 0, SIDE_A = 1, SIDE_B = 2, SIDE_BOTH = 3 };

struct host {
	struct address address;
	uint8_t side;
	bool used;
};

struct locate_flows {
	struct located_flow *flows;
	struct located_path *paths;
	struct host *hosts;
	uint32_t *flow_slots, *path_slots; /* index + 1; 0 is free */
	uint32_t flow_count, flow_room, path_count, path_room, host_slots;
	uint64_t beyond, seed;
};

struct locate_flows *locate_flows_new(uint64_t seed)
{
	struct locate_flows *flows = calloc(1, sizeof *flows);
	if (!flows)
		return NULL;
	flows->seed = seed;
	flows->flow_slots = calloc(SLOTS, sizeof *flows->flow_slots);
	flows->path_slots = calloc(SLOTS, sizeof *flows->path_slots);
	if (flows->flow_slots && flows->path_slots)
		return flows;
	locate_flows_free(flows);
	return NULL;
}

void locate_flows_free(struct locate_flows *flows)
{
	if (!flows)
		return;
	free(flows->flows);
	free(flows->paths);
	free(flows->hosts);
	free(flows->flow_slots);
	free(flows->path_slots);
	free(flows);
}

static uint32_t slot_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) & (SLOTS - 1);
}

static bool same_address(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Room for one more element; false: there is none. */
static bool make_room(void **array, uint32_t count, uint32_t *room, uint32_t most, size_t bytes)
{
	if (count < *room)
		return true;
	if (count >= most)
		return false;
	const uint32_t larger = *room == 0 ? 1024 : *room * 2 < most ? *room * 2 : most;
	void *moved = realloc(*array, larger * bytes);
	if (!moved)
		return false;
	*array = moved;
	*room = larger;
	return true;
}

/* The last byte of an address, in which neighbours differ, stands highest and moved few of the bits that choose a slot. */
static uint64_t spread(uint64_t hash)
{
	return identity_mix(hash, 0);
}

static uint32_t find_path(struct locate_flows *flows, const struct address *source, const struct address *destination, bool make)
{
	const uint32_t slot = slot_of(spread(identity_mix_address(identity_mix_address(flows->seed + 1, source), destination)));
	for (uint32_t at = flows->path_slots[slot]; at; at = flows->paths[at - 1].next)
		if (same_address(&flows->paths[at - 1].source, source) && same_address(&flows->paths[at - 1].destination, destination))
			return at - 1;
	if (!make || !make_room((void **)&flows->paths, flows->path_count, &flows->path_room, LOCATE_PATHS_MAX, sizeof *flows->paths))
		return NO_PATH;
	flows->paths[flows->path_count] = (struct located_path){
		.source = *source, .destination = *destination, .course = COURSE_UNKNOWN, .next = flows->path_slots[slot],
	};
	flows->path_slots[slot] = ++flows->path_count;
	return flows->path_count - 1;
}

static uint32_t find_flow(struct locate_flows *flows, const struct located_flow *key)
{
	const uint64_t ports = (uint64_t)key->source_port << 32 | (uint64_t)key->destination_port << 16 | key->protocol;
	const uint64_t addresses = identity_mix_address(identity_mix_address(flows->seed + 2, &key->source), &key->destination);
	const uint32_t slot = slot_of(identity_mix(addresses, ports));
	for (uint32_t at = flows->flow_slots[slot]; at; at = flows->flows[at - 1].next) {
		const struct located_flow *flow = &flows->flows[at - 1];
		if (flow->source_port == key->source_port && flow->destination_port == key->destination_port &&
		    flow->protocol == key->protocol && same_address(&flow->source, &key->source) &&
		    same_address(&flow->destination, &key->destination))
			return at - 1;
	}
	const uint32_t path = find_path(flows, &key->source, &key->destination, true);
	if (path == NO_PATH ||
	    !make_room((void **)&flows->flows, flows->flow_count, &flows->flow_room, LOCATE_FLOWS_MAX, sizeof *flows->flows))
		return NO_FLOW;
	struct located_flow *flow = &flows->flows[flows->flow_count];
	*flow = *key;
	flow->course = COURSE_UNKNOWN;
	flow->path = path;
	flow->next = flows->flow_slots[slot];
	flows->flow_slots[slot] = ++flows->flow_count;
	return flows->flow_count - 1;
}

uint32_t locate_flows_find(struct locate_flows *flows, const struct packet *packet)
{
	const struct located_flow key = {
		.source = packet->source, .destination = packet->destination,
		.source_port = packet->source_port, .destination_port = packet->destination_port, .protocol = packet->protocol,
	};
	const uint32_t index = find_flow(flows, &key);
	flows->beyond += index == NO_FLOW;
	return index;
}

static void take_mss(struct located_flow *flow, uint16_t mss)
{
	if (mss && (!flow->mss || mss < flow->mss))
		flow->mss = mss;
}

void locate_flows_syn(struct locate_flows *flows, const struct packet *packet, uint32_t flow)
{
	const struct located_flow back = {
		.source = packet->destination, .destination = packet->source,
		.source_port = packet->destination_port, .destination_port = packet->source_port, .protocol = packet->protocol,
	};
	const uint32_t other = find_flow(flows, &back);
	take_mss(&flows->flows[flow], packet->mss);
	if (other != NO_FLOW)
		take_mss(&flows->flows[other], packet->mss);
}

uint32_t locate_flow_unit(const struct located_flow *flow, const struct packet *packet)
{
	const uint32_t usual = address_is_ipv4(&packet->source) ? IPV4_ROOM : IPV6_ROOM, room = flow && flow->mss ? flow->mss : usual;
	const uint32_t options = packet->tcp_header_bytes > TCP_HEADER ? packet->tcp_header_bytes - TCP_HEADER : 0;
	return room > options ? room - options : 1;
}

struct located_flow *locate_flow_at(struct locate_flows *flows, uint32_t index)
{
	return index == NO_FLOW ? NULL : &flows->flows[index];
}

uint32_t locate_flows_count(const struct locate_flows *flows)
{
	return flows->flow_count;
}

uint64_t locate_flows_beyond(const struct locate_flows *flows)
{
	return flows->beyond;
}

struct located_path *locate_path_at(struct locate_flows *flows, uint32_t index)
{
	return index == NO_PATH ? NULL : &flows->paths[index];
}

uint32_t locate_paths_count(const struct locate_flows *flows)
{
	return flows->path_count;
}

uint32_t locate_path_back(struct locate_flows *flows, uint32_t index)
{
	return find_path(flows, &flows->paths[index].destination, &flows->paths[index].source, false);
}

/* The host's place; NULL if it is new and `make` is not asked for. */
static struct host *find_host(struct locate_flows *flows, const struct address *address, bool make)
{
	if (!flows->hosts)
		return NULL;
	uint32_t at = (uint32_t)(spread(identity_mix_address(flows->seed + 3, address)) >> 32) & (flows->host_slots - 1);
	for (; flows->hosts[at].used; at = (at + 1) & (flows->host_slots - 1))
		if (same_address(&flows->hosts[at].address, address))
			return &flows->hosts[at];
	if (!make)
		return NULL;
	flows->hosts[at] = (struct host){ .address = *address, .used = true };
	return &flows->hosts[at];
}

bool locate_learn_sides(struct locate_flows *flows)
{
	flows->host_slots = 1024;
	while (flows->host_slots < 4 * flows->path_count)
		flows->host_slots *= 2;
	free(flows->hosts);
	flows->hosts = calloc(flows->host_slots, sizeof *flows->hosts);
	if (!flows->hosts)
		return false;
	for (uint32_t i = 0; i < flows->path_count; i++) {
		const struct located_path *path = &flows->paths[i];
		if (path->course == COURSE_UNKNOWN)
			continue;
		find_host(flows, &path->source, true)->side |= path->course == COURSE_AB ? SIDE_A : SIDE_B;
		find_host(flows, &path->destination, true)->side |= path->course == COURSE_AB ? SIDE_B : SIDE_A;
	}
	return true;
}

enum course locate_course(struct locate_flows *flows, uint32_t path)
{
	if (path == NO_PATH)
		return COURSE_UNKNOWN;
	const struct located_path *known = &flows->paths[path];
	if (known->course != COURSE_UNKNOWN)
		return known->course;
	const struct host *source = find_host(flows, &known->source, false), *destination = find_host(flows, &known->destination, false);
	if (!source || !destination || source->side == destination->side)
		return COURSE_UNKNOWN;
	if (source->side == SIDE_A && destination->side == SIDE_B)
		return COURSE_AB;
	return source->side == SIDE_B && destination->side == SIDE_A ? COURSE_BA : COURSE_UNKNOWN;
}
