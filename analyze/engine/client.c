#include "analyze/engine/client.h"

#include "analyze/engine/sequence.h"

#include <stdlib.h>

#define WELL_KNOWN_PORTS 1024
#define EPHEMERAL_PORTS 32768	  /* from here on Linux takes a client's; others use 49152 (RFC 6335 6) */
#define SILENCE_NS 200000000	  /* longer than delayed ACKs, most round trips and pauses within an answer */
#define GUESS_PACKETS_MAX 32	  /* what has been told of a larger flow stays */

/* Ports above the well-known ones at which services listen, in order. */
static const uint16_t services[] = {
	1080,  1194,  1433,  1521,  1723,  1883,  2049,	 2181,	2375,  2376,  2377,  2379,  2380,  3000,
	3128,  3260,  3268,  3269,  3306,  3389,  4222,	 4317,	4318,  4369,  5000,  5001,  5044,  5060,
	5061,  5201,  5222,  5432,  5601,  5671,  5672,	 5900,	5984,  5985,  5986,  6379,  6380,  6432,
	6443,  6667,  7000,  7001,  7077,  7687,  8000,	 8008,	8080,  8081,  8086,  8088,  8123,  8125,
	8200,  8300,  8301,  8443,  8500,  8600,  8888,	 9000,	9042,  9090,  9091,  9092,  9093,  9094,
	9100,  9160,  9200,  9300,  9418,  9443,  10250, 10255, 11211, 15672, 16379, 16443, 25565, 25672,
	26257, 27017, 27018, 27019, 28015, 50051, 50070, 61616,
};

static int compare_ports(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* How much a port looks like a service's. */
static unsigned rank(uint16_t port)
{
	if (port < WELL_KNOWN_PORTS)
		return 3;
	if (bsearch(&port, services, sizeof services / sizeof services[0], sizeof services[0], compare_ports))
		return 2;
	return port < EPHEMERAL_PORTS;
}

bool client_is_source(const struct packet *packet, enum client_evidence *evidence)
{
	bool tcp = packet->protocol == PROTOCOL_TCP;
	uint16_t source = packet->source_port, destination = packet->destination_port;
	*evidence = CLIENT_BY_PORT;
	if (tcp && packet->tcp_flags & TCP_SYN) {
		*evidence = CLIENT_BY_SYN;
		return !(packet->tcp_flags & TCP_ACK);
	}
	if (!tcp && packet->protocol != PROTOCOL_UDP) {
		bool answer = (packet->protocol == PROTOCOL_ICMP && packet->icmp_type == 0) ||
			      (packet->protocol == PROTOCOL_ICMPV6 && packet->icmp_type == 129);
		return !answer;
	}
	if (rank(source) != rank(destination))
		return rank(source) < rank(destination);
	*evidence = CLIENT_GUESSED;
	if (!tcp || source == destination)
		return true;
	return source > destination; /* so that captures at both ends guess alike */
}

bool client_is_other_side(struct flow *flow, enum direction direction, const struct packet *packet)
{
	const struct side *side = &flow->side[direction], *other = &flow->side[!direction];
	bool told = flow->timeline_written || side->trouble || other->trouble || flow->reset ||
		    side->packets + other->packets >= GUESS_PACKETS_MAX;
	if (told) {
		flow->client_guessed = false;
		return false;
	}
	if (packet->payload_bytes == 0 || (side->started && packet->seq != side->max))
		return false;
	if (packet->t_ns - flow->last_ns >= SILENCE_NS) {
		flow->asked = true;
		flow->asked_by_server = direction == S2C;
	}
	if (!flow->asked)
		return false;
	if ((direction == S2C) == flow->asked_by_server) {
		flow->request_ns = packet->t_ns;
		flow->waits_for_response = true;
		return false;
	}
	if (packet->ack != other->max)
		return false;
	flow->client_guessed = false;
	return flow->asked_by_server;
}
