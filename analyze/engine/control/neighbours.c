#include "analyze/engine/control/neighbours.h"

#include "analyze/engine/bytes.h"
#include "analyze/engine/control/keyed_rows.h"
#include "analyze/engine/link.h"

#include <stdlib.h>
#include <string.h>

#define ETHERTYPE_ARP 0x0806
#define LAST_TIME_NS (INT64_MAX / 2) /* as the engine has it for packets: differences can't overflow */
#define ARP_BYTES 28	     /* of Ethernet and IPv4 */
#define CLAIMS_MAX 32768     /* powers of two */
#define REQUESTS_MAX 32768
#define ANSWER_NS 1000000000LL	/* RFC 1122 2.3.2.1 and RFC 4861 10 (RETRANS_TIMER): asked again after a second */
#define AGAIN_NS 10000000000LL	/* asking again later than this is another matter */
#define UNASKED_NS 5000000000LL /* an answer to a request so old is none */
#define COPY_NS 1000000		/* the same over another interface */
#define REWIND_NS 3600000000000LL /* a larger step back and the time before was wrong */
#define ND_HOP_LIMIT 255	/* RFC 4861 7.1: with less it has come through a router */
#define NEIGHBOUR_SOLICITATION 135
#define NEIGHBOUR_ADVERTISEMENT 136
#define SOURCE_LINK_ADDRESS 1
#define TARGET_LINK_ADDRESS 2
#define SOLICITED 0x40

/* Keys are compared as bytes: no padding. */
struct address_key {
	struct address address;
	uint16_t vlan;
	uint16_t protocol;
};

struct claim_key {
	struct address address;
	uint16_t vlan;
	uint16_t protocol;
	struct mac_address mac;
	uint16_t zero;
};

struct request_key {
	struct address address, source;
	uint16_t vlan;
	uint16_t protocol;
	struct mac_address mac; /* ND: zero, as an advertisement does not say to whom */
	uint16_t zero;
};

struct claim {
	struct claim_key key;
	uint32_t link_identity; /* of the last */
	uint64_t claims, gratuitous, replies, first_frame;
	int64_t first_ns, last_ns;
};

struct request {
	struct request_key key;
	struct mac_address mac;
	bool listed;	    /* it is in the list of those that wait */
	bool given_up;    /* the latest, after a second */
	bool asked_again; /* which shows that there was no answer, even where the tap could not see one */
	uint32_t waiting; /* requests without answer so far */
	uint32_t uncounted; /* given up, though perhaps there was an answer that does not pass the tap */
	uint32_t next;	    /* in the list; NO_ROW */
	uint32_t link_identity;
	uint64_t requests, answered, first_frame;
	int64_t first_ns, last_ns, latency_max_ns;
	int64_t oldest_ns; /* of those that wait */
};

struct neighbours {
	struct outlet outlet;
	struct keyed_rows claims, requests;
	struct keyed_rows claimed; /* addresses that somebody claims */
	struct keyed_rows heard;   /* addresses of those whose answers pass the tap */
	uint32_t first, last; /* requests that wait, about in the order of oldest_ns; NO_ROW */
};

/* What one packet says, of whatever protocol. */
struct saying {
	uint16_t protocol; /* enum neighbour_protocol */
	uint16_t vlan;
	int64_t t_ns;
	uint64_t frame;
	uint32_t link_identity;
};

_Static_assert(sizeof(struct address_key) == 20 && sizeof(struct claim_key) == 28, "no padding");
_Static_assert(sizeof(struct request_key) == 44, "no padding");

struct neighbours *neighbours_new(const struct outlet *outlet)
{
	struct neighbours *neighbours = calloc(1, sizeof *neighbours);
	if (!neighbours)
		return NULL;
	neighbours->outlet = *outlet;
	neighbours->claims = (struct keyed_rows)KEYED_ROWS(struct claim, struct claim_key, CLAIMS_MAX);
	neighbours->requests = (struct keyed_rows)KEYED_ROWS(struct request, struct request_key, REQUESTS_MAX);
	neighbours->claimed = (struct keyed_rows)KEYED_ROWS(struct address_key, struct address_key, CLAIMS_MAX);
	neighbours->heard = (struct keyed_rows)KEYED_ROWS(struct address_key, struct address_key, CLAIMS_MAX);
	neighbours->first = neighbours->last = NO_ROW;
	return neighbours;
}

static bool is_unicast(const struct mac_address *mac)
{
	static const struct mac_address none;
	return !(mac->bytes[0] & 1) && memcmp(mac, &none, sizeof none) != 0;
}

static struct address_key address_key(const struct saying *saying, const struct address *address)
{
	return (struct address_key){ .address = *address, .vlan = saying->vlan, .protocol = saying->protocol };
}

static void note(struct neighbours *neighbours, struct keyed_rows *rows, const struct saying *saying,
		 const struct address *address)
{
	const struct address_key key = address_key(saying, address);
	if (!keyed_rows_have(rows, &key, NULL))
		neighbours->outlet.totals->facts_dropped++;
}

/* What is known of a request: the tap sees the answers that its asker gets, or it was asked again. */
static bool is_silence_known(const struct neighbours *neighbours, const struct request *request)
{
	const struct address_key asker = {
		.address = request->key.source,
		.vlan = request->key.vlan,
		.protocol = request->key.protocol,
	};
	return request->asked_again || keyed_rows_find(&neighbours->heard, &asker);
}

static void count_unanswered(struct neighbours *neighbours, struct request *request)
{
	if (request->uncounted == 0 || !is_silence_known(neighbours, request))
		return;
	ledger_count_all(neighbours->outlet.ledger, COUNT_ARP_UNANSWERED, request->uncounted);
	request->uncounted = 0;
}

/* Those that have waited for too long wait no more. */
static void give_up(struct neighbours *neighbours, struct request *request, int64_t now_ns)
{
	if (request->waiting == 0 || now_ns - request->oldest_ns <= ANSWER_NS)
		return;
	bool all = now_ns - request->last_ns > ANSWER_NS;
	uint32_t late = all ? request->waiting : request->waiting - 1;
	request->waiting -= late;
	request->oldest_ns = request->last_ns;
	request->given_up = all;
	if (address_is_unspecified(&request->key.source)) /* that nobody has the address is what it hopes for */
		return;
	request->uncounted += late;
	count_unanswered(neighbours, request);
}

static void enlist(struct neighbours *neighbours, struct request *request)
{
	uint32_t number = keyed_rows_number(&neighbours->requests, request);
	if (request->listed)
		return;
	request->listed = true;
	request->next = NO_ROW;
	if (neighbours->first == NO_ROW)
		neighbours->first = number;
	else
		((struct request *)keyed_rows_at(&neighbours->requests, neighbours->last))->next = number;
	neighbours->last = number;
}

static void ask(struct neighbours *neighbours, const struct saying *saying, const struct request_key *key,
		const struct mac_address *mac)
{
	bool added;
	struct request *request = keyed_rows_have(&neighbours->requests, key, &added);
	if (!request) {
		neighbours->outlet.totals->facts_dropped++;
		ledger_count_all(neighbours->outlet.ledger, COUNT_ARP_REQUESTS, 1);
		return;
	}
	if (added) {
		request->mac = *mac;
		request->first_ns = request->last_ns = saying->t_ns;
		request->first_frame = saying->frame;
		request->latency_max_ns = NO_TIME;
	} else if (request->link_identity != saying->link_identity && saying->t_ns - request->last_ns < COPY_NS) {
		return;
	}
	give_up(neighbours, request, saying->t_ns);
	if ((request->waiting || request->given_up) && saying->t_ns - request->last_ns < AGAIN_NS) {
		request->asked_again = true;
		count_unanswered(neighbours, request);
	} else {
		request->asked_again = false;
		request->uncounted = 0;
	}
	if (request->waiting == 0)
		request->oldest_ns = saying->t_ns;
	request->waiting++;
	request->requests++;
	request->given_up = false;
	if (saying->t_ns > request->last_ns)
		request->last_ns = saying->t_ns;
	request->link_identity = saying->link_identity;
	enlist(neighbours, request);
	ledger_count_all(neighbours->outlet.ledger, COUNT_ARP_REQUESTS, 1);
}

/* False: nobody has asked. */
static bool answer(struct neighbours *neighbours, const struct saying *saying, const struct request_key *key)
{
	struct request *request = keyed_rows_find(&neighbours->requests, key);
	if (!request || saying->t_ns - request->last_ns > UNASKED_NS)
		return false;
	note(neighbours, &neighbours->heard, saying, &key->source);
	give_up(neighbours, request, saying->t_ns);
	if (request->waiting) {
		int64_t latency_ns = saying->t_ns - request->oldest_ns;
		request->answered += request->waiting;
		request->waiting = 0;
		if (latency_ns > request->latency_max_ns)
			request->latency_max_ns = latency_ns < 0 ? 0 : latency_ns;
	}
	request->given_up = request->asked_again = false;
	return true;
}

enum claim_kind { CLAIM_ASKING, CLAIM_REPLY, CLAIM_GRATUITOUS };

static void claim(struct neighbours *neighbours, const struct saying *saying, const struct address *address,
		  const struct mac_address *mac, enum claim_kind kind)
{
	note(neighbours, &neighbours->claimed, saying, address);
	if (!is_unicast(mac))
		return;
	const struct claim_key key = {
		.address = *address,
		.vlan = saying->vlan,
		.protocol = saying->protocol,
		.mac = *mac,
	};
	bool added;
	struct claim *claim = keyed_rows_have(&neighbours->claims, &key, &added);
	if (!claim) {
		neighbours->outlet.totals->facts_dropped++;
		return;
	}
	if (added) {
		claim->first_ns = claim->last_ns = saying->t_ns;
		claim->first_frame = saying->frame;
	} else if (claim->link_identity != saying->link_identity && saying->t_ns - claim->last_ns < COPY_NS) {
		return;
	}
	claim->claims++;
	claim->replies += kind == CLAIM_REPLY;
	claim->gratuitous += kind == CLAIM_GRATUITOUS;
	if (saying->t_ns > claim->last_ns)
		claim->last_ns = saying->t_ns;
	claim->link_identity = saying->link_identity;
}

/* The layout of RFC 826, for Ethernet and IPv4. */
static void take_arp(struct neighbours *neighbours, const struct saying *saying, const uint8_t *arp)
{
	uint16_t operation = be16(arp + 6);
	struct mac_address sender_mac, target_mac;
	memcpy(&sender_mac, arp + 8, sizeof sender_mac);
	memcpy(&target_mac, arp + 18, sizeof target_mac);
	const struct address sender = address_of_ipv4(arp + 14), target = address_of_ipv4(arp + 24);
	bool announces = !memcmp(&sender, &target, sizeof sender), probes = address_is_unspecified(&sender);
	struct request_key key = { .vlan = saying->vlan, .protocol = saying->protocol };
	if (operation == 1 && !announces) {
		key.address = target;
		key.source = sender;
		key.mac = sender_mac;
		if (!probes)
			claim(neighbours, saying, &sender, &sender_mac, CLAIM_ASKING);
		ask(neighbours, saying, &key, &sender_mac);
	} else if (operation == 1 && !probes) {
		claim(neighbours, saying, &sender, &sender_mac, CLAIM_GRATUITOUS);
	} else if (operation == 2 && !probes) {
		key.address = sender;
		key.source = target;
		key.mac = target_mac;
		bool asked = !announces && answer(neighbours, saying, &key);
		claim(neighbours, saying, &sender, &sender_mac, asked ? CLAIM_REPLY : CLAIM_GRATUITOUS);
	}
}

void neighbours_frame(struct neighbours *neighbours, const struct frame *frame)
{
	static const uint8_t ethernet_ipv4[6] = { 0, 1, 8, 0, 6, 4 };
	struct link link;
	if (link_decode(frame, &link) != LINK_DECODED || link.ethertype != ETHERTYPE_ARP ||
	    link.offset + ARP_BYTES > frame->captured_bytes)
		return;
	const uint8_t *arp = frame->data + link.offset;
	if (memcmp(arp, ethernet_ipv4, sizeof ethernet_ipv4) != 0)
		return;
	const struct saying saying = {
		.protocol = NEIGHBOUR_ARP,
		.vlan = link.vlan,
		.t_ns = frame->t_ns < 0 ? 0 : frame->t_ns > LAST_TIME_NS ? LAST_TIME_NS : frame->t_ns,
		.frame = frame->number,
		.link_identity = link.identity,
	};
	take_arp(neighbours, &saying, arp);
}

/* The address in an option of this type (RFC 4861 4.6.1); zero if there is none. */
static struct mac_address link_address(const struct packet *packet, uint8_t type)
{
	struct mac_address mac = { { 0 } };
	for (uint32_t at = sizeof(struct address); at + 8 <= packet->payload_captured;) {
		const uint8_t *option = packet->payload + at;
		if (option[0] == type && option[1] == 1)
			memcpy(&mac, option + 2, sizeof mac);
		if (option[1] == 0)
			break;
		at += option[1] * 8u;
	}
	return mac;
}

void neighbours_packet(struct neighbours *neighbours, const struct packet *packet)
{
	bool solicitation = packet->icmp_type == NEIGHBOUR_SOLICITATION;
	if ((!solicitation && packet->icmp_type != NEIGHBOUR_ADVERTISEMENT) || packet->ttl != ND_HOP_LIMIT ||
	    packet->payload_captured < sizeof(struct address))
		return;
	const struct saying saying = {
		.protocol = NEIGHBOUR_ND,
		.vlan = packet->vlan,
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.link_identity = packet->link_identity,
	};
	struct request_key key = { .vlan = packet->vlan, .protocol = NEIGHBOUR_ND };
	memcpy(&key.address, packet->payload, sizeof key.address);
	if (key.address.bytes[0] == 0xff)
		return;
	struct mac_address mac = link_address(packet, solicitation ? SOURCE_LINK_ADDRESS : TARGET_LINK_ADDRESS);
	if (solicitation) {
		key.source = packet->source;
		if (!address_is_unspecified(&packet->source))
			claim(neighbours, &saying, &packet->source, &mac, CLAIM_ASKING);
		ask(neighbours, &saying, &key, &mac);
		return;
	}
	if (packet->icmp_rest[0] & SOLICITED) /* otherwise to all: for itself, or for who tries to take the address */
		key.source = packet->destination;
	bool asked = answer(neighbours, &saying, &key);
	claim(neighbours, &saying, &key.address, &mac, asked ? CLAIM_REPLY : CLAIM_GRATUITOUS);
}

void neighbours_advance(struct neighbours *neighbours, int64_t now_ns)
{
	while (neighbours->first != NO_ROW) {
		struct request *request = keyed_rows_at(&neighbours->requests, neighbours->first);
		give_up(neighbours, request, now_ns);
		if (request->waiting && request->oldest_ns - now_ns < REWIND_NS)
			return; /* ARP may be ahead by the packets that stand in line */
		neighbours->first = request->next;
		request->listed = false;
		request->waiting = 0;
	}
	neighbours->last = NO_ROW;
}

static void deliver_claim(const struct outlet *outlet, const struct claim *claim)
{
	const struct neighbour_facts facts = {
		.protocol = (enum neighbour_protocol)claim->key.protocol,
		.address = claim->key.address,
		.mac = claim->key.mac,
		.vlan = claim->key.vlan,
		.claims = claim->claims,
		.gratuitous = claim->gratuitous,
		.replies = claim->replies,
		.first_ns = claim->first_ns,
		.last_ns = claim->last_ns,
		.first_frame = claim->first_frame,
	};
	outlet->sink->neighbour(outlet->user, &facts);
}

static void deliver_request(const struct neighbours *neighbours, const struct request *request)
{
	const struct address_key target = {
		.address = request->key.address,
		.vlan = request->key.vlan,
		.protocol = request->key.protocol,
	};
	const struct neighbour_request_facts facts = {
		.protocol = (enum neighbour_protocol)request->key.protocol,
		.source = request->key.source,
		.address = request->key.address,
		.mac = request->mac,
		.vlan = request->key.vlan,
		.requests = request->requests,
		.answered = request->answered,
		.target_seen = keyed_rows_find(&neighbours->claimed, &target) != NULL,
		.first_ns = request->first_ns,
		.last_ns = request->last_ns,
		.first_frame = request->first_frame,
		.latency_max_ns = request->latency_max_ns,
	};
	neighbours->outlet.sink->neighbour_request(neighbours->outlet.user, &facts);
}

void neighbours_finish(struct neighbours *neighbours)
{
	const struct engine_sink *sink = neighbours->outlet.sink;
	for (uint32_t i = 0; sink->neighbour && i < neighbours->claims.count; i++)
		deliver_claim(&neighbours->outlet, keyed_rows_at(&neighbours->claims, i));
	for (uint32_t i = 0; sink->neighbour_request && i < neighbours->requests.count; i++)
		deliver_request(neighbours, keyed_rows_at(&neighbours->requests, i));
}

uint64_t neighbours_bytes(const struct neighbours *neighbours)
{
	return sizeof *neighbours + keyed_rows_bytes(&neighbours->claims) + keyed_rows_bytes(&neighbours->requests) +
	       keyed_rows_bytes(&neighbours->claimed) + keyed_rows_bytes(&neighbours->heard);
}

void neighbours_free(struct neighbours *neighbours)
{
	if (!neighbours)
		return;
	keyed_rows_free(&neighbours->claims);
	keyed_rows_free(&neighbours->requests);
	keyed_rows_free(&neighbours->claimed);
	keyed_rows_free(&neighbours->heard);
	free(neighbours);
}
