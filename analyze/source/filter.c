#include "analyze/source/filter.h"

#include "analyze/engine/packet.h"
#include "analyze/source/dlt.h"
#include "analyze/source/flow_ends.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPLEN_MAX 262144

/* Only the first fragment of a packet has ports; so many of the last ones that matched are remembered for the others. */
#define FRAGMENTS 64

struct fragment {
	struct address source, destination;
	uint32_t id;
	uint8_t protocol;
};

struct filter {
	const char *expression;
	bool compiled;
	uint16_t link_type; /* for which it is compiled */
	struct bpf_program program;
	bool flow;
	struct endpoint ends[2];
	struct fragment fragments[FRAGMENTS];
	size_t fragment_count;
	char message[FILTER_MESSAGE_MAX];
};

/* Compiles the expression for a link type, unless it is. */
static bool compile(struct filter *filter, uint16_t link_type)
{
	if (filter->compiled && filter->link_type == link_type)
		return true;
	if (filter->compiled)
		pcap_freecode(&filter->program);
	filter->compiled = false;
	pcap_t *dead = pcap_open_dead(dlt_of_link_type(link_type), SNAPLEN_MAX);
	if (!dead) {
		snprintf(filter->message, sizeof filter->message, "out of memory");
		return false;
	}
	filter->compiled = pcap_compile(dead, &filter->program, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	filter->link_type = link_type;
	if (!filter->compiled)
		snprintf(filter->message, sizeof filter->message, "%.400s", pcap_geterr(dead));
	pcap_close(dead);
	return filter->compiled;
}

enum status filter_new(struct filter **filter, const char *expression, const char *flow, char *message)
{
	enum status status = STATUS_USAGE;
	struct filter *made = calloc(1, sizeof *made);
	*filter = NULL;
	if (!made) {
		snprintf(message, FILTER_MESSAGE_MAX, "out of memory");
		return STATUS_NO_MEMORY;
	}
	made->expression = expression;
	made->flow = flow;
	if (flow && !flow_ends_parse(flow, made->ends))
		snprintf(message, FILTER_MESSAGE_MAX, "not a flow such as " FLOW_ENDS_FORM);
	else
		status = STATUS_OK;
	if (status == STATUS_OK)
		*filter = made;
	else
		filter_free(made);
	return status;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	if (filter->compiled)
		pcap_freecode(&filter->program);
	free(filter);
}

static bool is_end(const struct endpoint *end, const struct address *address, uint16_t port)
{
	return end->port == port && memcmp(end->address.bytes, address->bytes, sizeof address->bytes) == 0;
}

static bool between(const struct filter *filter, const struct packet *packet)
{
	const struct endpoint *ends = filter->ends;
	for (int i = 0; i < 2; i++)
		if (is_end(&ends[i], &packet->source, packet->source_port) &&
		    is_end(&ends[1 - i], &packet->destination, packet->destination_port))
			return true;
	return false;
}

static bool same_packet(const struct fragment *fragment, const struct packet *packet)
{
	return fragment->id == packet->fragment_id && fragment->protocol == packet->protocol &&
	       memcmp(&fragment->source, &packet->source, sizeof packet->source) == 0 &&
	       memcmp(&fragment->destination, &packet->destination, sizeof packet->destination) == 0;
}

static bool of_flow(struct filter *filter, const struct frame *frame)
{
	struct packet packet;
	if (packet_decode(frame, &packet) != PACKET_DECODED)
		return false;
	if (packet.fragment && packet.fragment_offset > 0) {
		for (size_t i = 0; i < FRAGMENTS && i < filter->fragment_count; i++)
			if (same_packet(&filter->fragments[i], &packet))
				return true;
		return false;
	}
	if (!between(filter, &packet))
		return false;
	if (packet.fragment)
		filter->fragments[filter->fragment_count++ % FRAGMENTS] = (struct fragment){
			.source = packet.source,
			.destination = packet.destination,
			.id = packet.fragment_id,
			.protocol = packet.protocol,
		};
	return true;
}

enum status filter_link_type(struct filter *filter, uint16_t link_type)
{
	return !filter->expression || compile(filter, link_type) ? STATUS_OK : STATUS_USAGE;
}

enum status filter_frame(struct filter *filter, const struct frame *frame)
{
	if (filter->expression) {
		if (!compile(filter, frame->link_type))
			return STATUS_USAGE;
		const struct pcap_pkthdr header = {.caplen = frame->captured_bytes, .len = frame->wire_bytes};
		if (pcap_offline_filter(&filter->program, &header, frame->data) == 0)
			return STATUS_END;
	}
	return !filter->flow || of_flow(filter, frame) ? STATUS_OK : STATUS_END;
}

const char *filter_message(const struct filter *filter)
{
	return filter->message;
}
