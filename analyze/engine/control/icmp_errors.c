#include "analyze/engine/control/icmp_errors.h"

#include "analyze/engine/bytes.h"

#include <string.h>

#define ERRORS_MAX 16384 /* power of two */

/* Compared as bytes: no padding. */
struct error_key {
	struct address reporter, receiver, source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol, type, code, about_protocol;
};

struct error_row {
	struct error_key key;
	uint32_t mtu;
	uint64_t packets, first_frame, about_flow_id;
	int64_t first_ns, last_ns;
};

_Static_assert(sizeof(struct error_key) == 72, "no padding");

void icmp_errors_init(struct icmp_errors *errors)
{
	*errors = (struct icmp_errors){ .rows = KEYED_ROWS(struct error_row, struct error_key, ERRORS_MAX) };
}

bool icmp_is_error(const struct packet *packet)
{
	uint8_t type = packet->icmp_type;
	if (packet->protocol == PROTOCOL_ICMP)
		return (type >= 3 && type <= 5) || type == 11 || type == 12;
	return packet->protocol == PROTOCOL_ICMPV6 && ((type >= 1 && type <= 4) || type == 137);
}

/* 0: it tells none. */
static uint32_t mtu_of(const struct packet *packet)
{
	if (packet->protocol == PROTOCOL_ICMP && packet->icmp_type == 3 && packet->icmp_code == 4)
		return be16(packet->icmp_rest + 2);
	if (packet->protocol == PROTOCOL_ICMPV6 && packet->icmp_type == 2)
		return be32(packet->icmp_rest);
	return 0;
}

static struct error_key key_of(const struct packet *packet, const struct packet *quoted)
{
	struct error_key key = {
		.reporter = packet->source,
		.receiver = packet->destination,
		.protocol = packet->protocol,
		.type = packet->icmp_type,
		.code = packet->icmp_code,
	};
	if (quoted) {
		key.source = quoted->source;
		key.destination = quoted->destination;
		key.source_port = quoted->source_port;
		key.destination_port = quoted->destination_port;
		key.about_protocol = quoted->protocol;
	}
	return key;
}

void icmp_errors_packet(struct icmp_errors *errors, const struct outlet *outlet, const struct packet *packet,
			const struct packet *quoted, const struct flow *about)
{
	const struct error_key key = key_of(packet, quoted);
	bool added;
	struct error_row *row = keyed_rows_have(&errors->rows, &key, &added);
	if (!row) {
		outlet->totals->facts_dropped++;
		return;
	}
	if (added) {
		row->first_ns = packet->t_ns;
		row->first_frame = packet->frame;
	}
	if (about && row->about_flow_id == 0)
		row->about_flow_id = about->id;
	uint32_t mtu = mtu_of(packet);
	if (mtu && (row->mtu == 0 || mtu < row->mtu))
		row->mtu = mtu;
	row->packets++;
	row->last_ns = added || packet->t_ns > row->last_ns ? packet->t_ns : row->last_ns;
}

static void deliver(const struct error_row *row, const struct outlet *outlet)
{
	const struct icmp_error_facts facts = {
		.protocol = row->key.protocol,
		.type = row->key.type,
		.code = row->key.code,
		.mtu = row->mtu,
		.packets = row->packets,
		.first_ns = row->first_ns,
		.last_ns = row->last_ns,
		.first_frame = row->first_frame,
		.reporter = row->key.reporter,
		.receiver = row->key.receiver,
		.about_protocol = row->key.about_protocol,
		.about_source = row->key.source,
		.about_destination = row->key.destination,
		.about_source_port = row->key.source_port,
		.about_destination_port = row->key.destination_port,
		.about_flow_id = row->about_flow_id,
	};
	outlet->sink->icmp_error(outlet->user, &facts);
}

void icmp_errors_deliver(const struct icmp_errors *errors, const struct outlet *outlet)
{
	if (!outlet->sink->icmp_error)
		return;
	for (uint32_t i = 0; i < errors->rows.count; i++)
		deliver(keyed_rows_at(&errors->rows, i), outlet);
}

void icmp_errors_free(struct icmp_errors *errors)
{
	keyed_rows_free(&errors->rows);
}
