#include "analyze/cmd/packet_numbers.h"

#include "analyze/engine/sequence.h"

/* A number further ahead is none that was sent: it does not move what the others are measured by. */
#define STRIDE_MAX (1 << 30)

static void begin(struct number_space *space, uint32_t first)
{
	if (!space->known)
		*space = (struct number_space){.known = true, .newest = first - 1};
}

static int64_t relative(const struct number_space *space, uint32_t number)
{
	return space->newest_relative + seq_distance(space->newest, number);
}

static void advance(struct number_space *space, uint32_t number)
{
	const int32_t distance = seq_distance(space->newest, number);
	if (distance <= 0 || distance > STRIDE_MAX)
		return;
	space->newest = number;
	space->newest_relative += distance;
}

void packet_numbers_row(struct packet_numbers *numbers, const struct packet *packet, enum direction direction, int window_shift,
			struct packet_row *row)
{
	struct number_space *own = &numbers->space[direction], *other = &numbers->space[direction == C2S ? S2C : C2S];
	const bool syn = packet->tcp_flags & TCP_SYN, reset = packet->tcp_flags & TCP_RST, has_ack = packet->tcp_flags & TCP_ACK;
	begin(own, syn ? packet->seq + 1 : packet->seq);
	if (has_ack && !(reset && packet->ack == 0))
		begin(other, packet->ack);
	*row = (struct packet_row){
		.t_ns = packet->t_ns,
		.direction = direction,
		.seq = relative(own, packet->seq),
		.len = packet->payload_bytes,
		.has_ack = has_ack && other->known,
		.window = syn		     ? packet->window /* never scaled */
			  : window_shift < 0 ? -1
					     : (int64_t)packet->window << window_shift,
		.syn = syn,
		.fin = packet->tcp_flags & TCP_FIN,
		.rst = reset,
	};
	if (row->has_ack)
		row->ack = relative(other, packet->ack);
	for (; other->known && row->sack_count < packet->sack_blocks && row->sack_count < PACKET_TABLE_SACKS; row->sack_count++) {
		const struct sack_block *block = &packet->sack[row->sack_count];
		row->sack[row->sack_count].left_edge = relative(other, block->start);
		row->sack[row->sack_count].right_edge = relative(other, block->end);
	}
	if (reset)
		return; /* some make their numbers up */
	advance(own, packet->seq + packet->payload_bytes);
	if (row->has_ack)
		advance(other, packet->ack);
}
