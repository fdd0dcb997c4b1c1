#include "tests/bench/conversation.h"

enum {
	MILLISECOND_NS = 1000000,
	TURNAROUND_NS = 50000, /* an end host answers a packet */
	CLOSE_PACKETS = 3,
	ANSWER_MAX = 2000, /* segments; must fit the window */
	CLIENT_PORT_FIRST = 32768,
	CLIENT_PORTS = 28232,
	SERVER_PORT_FIRST = 31000, /* no protocol of Wireshark's lives there, so it does not try to decode zeros */
};

enum stage {
	STAGE_SYN,
	STAGE_SYN_ACK,
	STAGE_ESTABLISH,
	STAGE_REQUEST,
	STAGE_ANSWER,
	STAGE_ACKNOWLEDGE,
	STAGE_SEND_AGAIN,
	STAGE_REPAIRED,
	STAGE_UPDATE_WINDOW,
	STAGE_FIN,
	STAGE_FIN_ACK,
	STAGE_LAST_ACK,
};

/* xorshift64* (Vigna 2016); the upper half is the good one. */
static uint32_t random_u32(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dU) >> 32);
}

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(((uint64_t)random_u32(state) * limit) >> 32);
}

/* Evenly from half of `mean` to one and a half. */
static int64_t random_around(uint64_t *state, int64_t mean)
{
	return mean / 2 + ((mean >> 10) * random_below(state, 1024));
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int round_packets(int answer)
{
	return 1 + answer + (answer + 1) / 2;
}

void conversation_start(struct conversation *flow, const struct traffic *traffic, uint32_t number, uint32_t packets,
			int64_t start_ns, int64_t end_ns, uint64_t *random)
{
	flow->client_ip = 0x0a000001 + number % traffic->clients; /* 10.0.0.1 on */
	flow->client_port = (uint16_t)(CLIENT_PORT_FIRST + number / traffic->clients % CLIENT_PORTS);
	uint32_t server = random_below(random, traffic->servers);
	flow->server_ip = 0xc0a80001 + server / 4 * 256; /* 192.168.x.1, four ports each */
	flow->server_port = (uint16_t)(SERVER_PORT_FIRST + server % 4);
	for (int side = 0; side < 2; side++) {
		flow->seq[side] = random_u32(random);
		flow->clock[side] = random_u32(random);
		flow->ip_id[side] = (uint16_t)random_u32(random);
	}
	flow->remaining = (int32_t)packets;
	flow->rtt_ns = (uint32_t)(traffic->rtt_ns * 4 / 5 + (traffic->rtt_ns / 1000) * random_below(random, 400));
	flow->due_ns = start_ns;
	flow->end_ns = end_ns;

	/* Small answers where time allows, otherwise as large as it takes to send so much in so few round trips. */
	int64_t rounds = (end_ns - start_ns) / (flow->rtt_ns * 3 / 2) + 1;
	int64_t answer = ((int64_t)packets / rounds - 1) * 2 / 3 + 1;
	flow->answer_mean = (uint16_t)(answer < 4 ? 4 : answer > ANSWER_MAX / 2 ? ANSWER_MAX / 2 : answer);
	uint32_t window = ((flow->answer_mean * 2U * traffic->payload_bytes) >> WINDOW_SCALE) + 1;
	flow->window = (uint16_t)(window < 128 ? 128 : window > 65000 ? 65000 : window);
}

static uint32_t clock_at(const struct conversation *flow, enum side side, int64_t t_ns)
{
	return flow->clock[side] + (uint32_t)(t_ns / MILLISECOND_NS);
}

/* When segment `index` of the answer was due. */
static int64_t segment_ns(const struct conversation *flow, const struct traffic *traffic, int index)
{
	return flow->answer_ns + index * traffic->spacing_ns;
}

static int64_t again_ns(const struct conversation *flow, const struct traffic *traffic, int index)
{
	return flow->again_ns + index * flow->lost_stride * traffic->spacing_ns;
}

static uint32_t segment_seq(const struct conversation *flow, const struct traffic *traffic, int index)
{
	return flow->answer_seq + (uint32_t)index * traffic->payload_bytes;
}

static int lost_index(const struct conversation *flow, int number)
{
	return flow->lost_first + number * flow->lost_stride;
}

/* Fills what all packets of one side have in common. Payload moves the side's own sequence on. */
static void send(struct conversation *flow, enum side side, uint8_t flags, uint32_t payload_bytes,
		 struct segment *segment)
{
	bool client = side == CLIENT;
	*segment = (struct segment){
		.source_ip = client ? flow->client_ip : flow->server_ip,
		.destination_ip = client ? flow->server_ip : flow->client_ip,
		.source_port = client ? flow->client_port : flow->server_port,
		.destination_port = client ? flow->server_port : flow->client_port,
		.seq = flow->seq[side],
		.ack = flags & TCP_ACK ? flow->acked[side] : 0,
		.ts_value = clock_at(flow, side, flow->due_ns),
		.ts_echo = flow->echo[side],
		.payload_bytes = payload_bytes,
		.window = flags & TCP_SYN ? 64240 : flow->window,
		.ip_id = flow->ip_id[side]++,
		.flags = flags,
	};
	flow->seq[side] += payload_bytes + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
	if (client) { /* the server stands at the tap: it has the packet at once */
		flow->echo[SERVER] = segment->ts_value;
		flow->acked[SERVER] = flow->seq[CLIENT];
	}
	flow->remaining--;
}

/* SACK blocks from the hole `newest` down to the hole `oldest`; the newest ends before segment `end` (RFC 2018 4). */
static void put_sack(const struct conversation *flow, const struct traffic *traffic, struct segment *segment, int newest,
		     int oldest, int end)
{
	for (int hole = newest; hole >= oldest && segment->sack_blocks < SACK_BLOCKS_MAX; hole--) {
		int left = lost_index(flow, hole) + 1;
		if (left < end) { /* else the holes are neighbours, or the answer ends with one */
			segment->sack_left[segment->sack_blocks] = segment_seq(flow, traffic, left);
			segment->sack_right[segment->sack_blocks++] = segment_seq(flow, traffic, end);
		}
		end = lost_index(flow, hole);
	}
}

static void next(struct conversation *flow, enum stage stage, int64_t due_ns)
{
	flow->stage = (uint8_t)stage;
	flow->due_ns = due_ns;
	flow->index = 0;
}

/* A round is over: another, or whatever else uses up the packets, or the close. */
static void next_round(struct conversation *flow, uint64_t *random)
{
	int32_t left = flow->remaining - CLOSE_PACKETS;
	int32_t rounds = left / round_packets(flow->answer_mean) + 1;
	int64_t pause_ns = random_around(random, (flow->end_ns - flow->due_ns) / (rounds + 1)) - flow->rtt_ns;

	pause_ns = later(pause_ns, 2 * TURNAROUND_NS);
	if (left >= round_packets(1))
		next(flow, STAGE_REQUEST, flow->due_ns + pause_ns);
	else if (left > 0)
		next(flow, STAGE_UPDATE_WINDOW, flow->due_ns + pause_ns);
	else
		next(flow, STAGE_FIN, later(flow->due_ns + 2 * TURNAROUND_NS, flow->end_ns));
}

static void choose_losses(struct conversation *flow, const struct traffic *traffic, uint64_t *random)
{
	double expected = flow->answer * traffic->loss;
	unsigned count = (unsigned)expected;
	if (random_u32(random) * 0x1p-32 < expected - count)
		count++;
	flow->lost_count = (uint16_t)count;
	if (!count)
		return;
	flow->lost_stride = (uint16_t)(flow->answer / count);
	flow->lost_first = (uint16_t)random_below(random, flow->lost_stride);
}

static void choose_answer(struct conversation *flow, const struct traffic *traffic, uint64_t *random)
{
	int32_t left = flow->remaining - CLOSE_PACKETS + 1; /* + 1: the request is sent */
	int32_t answer = 1 + (int32_t)random_below(random, 2U * flow->answer_mean - 1);
	if (round_packets(answer) + 2 > left) /* the last round takes what there is */
		answer = (left - 1) * 2 / 3;
	int32_t rest = left - round_packets(answer);
	flow->answer = (uint16_t)answer;
	flow->extra_acks = (uint8_t)(rest > 0 && rest <= 2 && rest <= answer / 2 ? rest : 0);
	choose_losses(flow, traffic, random);
}

/* The client's ACK of one or two segments that have come; index counts the segments that came or should have. */
static void acknowledge(struct conversation *flow, const struct traffic *traffic, struct segment *segment)
{
	int first_lost = flow->lost_count ? flow->lost_first : flow->answer;

	if (flow->index < first_lost) {
		int acked = flow->index + (flow->index < 2 * flow->extra_acks ? 1 : 2);
		if (acked > first_lost)
			acked = first_lost;
		flow->echo[CLIENT] = clock_at(flow, SERVER, segment_ns(flow, traffic, flow->index));
		flow->acked[CLIENT] = segment_seq(flow, traffic, acked);
		flow->index = (uint16_t)acked;
		send(flow, CLIENT, TCP_ACK, 0, segment);
		return;
	}
	int newest = (flow->index - flow->lost_first) / flow->lost_stride;
	if (newest > flow->lost_count - 1)
		newest = flow->lost_count - 1;
	flow->index++;
	send(flow, CLIENT, TCP_ACK, 0, segment);
	put_sack(flow, traffic, segment, newest, 0, flow->index);
}

/* Is segment `index` of the answer lost? */
static bool lost(const struct conversation *flow, int index)
{
	int past = index - flow->lost_first;
	return flow->lost_count && past >= 0 && past % flow->lost_stride == 0 && past / flow->lost_stride < flow->lost_count;
}

/* After segments were sent or acknowledged: which ACK follows, or which repair. */
static void next_acknowledge(struct conversation *flow, const struct traffic *traffic, uint64_t *random)
{
	int index = flow->index;
	if (lost(flow, index))
		index++; /* never two in a row: that is what the limit on traffic.loss is for */
	if (index < flow->answer) {
		int last = index + 1; /* a delayed ACK waits for the second segment */
		if (flow->lost_count || last >= flow->answer)
			last = index;
		flow->stage = STAGE_ACKNOWLEDGE;
		flow->index = (uint16_t)index;
		flow->due_ns = later(flow->due_ns + 1, segment_ns(flow, traffic, last) + flow->rtt_ns);
	} else if (flow->lost_count) {
		int64_t due = segment_ns(flow, traffic, flow->lost_first) + 2 * (int64_t)flow->rtt_ns;
		flow->again_ns = later(flow->due_ns + traffic->spacing_ns, due);
		next(flow, STAGE_SEND_AGAIN, flow->again_ns);
	} else {
		next_round(flow, random);
	}
}

static void send_answer(struct conversation *flow, const struct traffic *traffic, struct segment *segment,
			uint64_t *random)
{
	bool last = flow->index + 1 == flow->answer;
	send(flow, SERVER, last ? TCP_ACK | TCP_PSH : TCP_ACK, traffic->payload_bytes, segment);
	flow->index++;
	flow->due_ns = segment_ns(flow, traffic, flow->index);
	if (last) {
		flow->index = 0;
		next_acknowledge(flow, traffic, random);
	}
}

static void send_again(struct conversation *flow, const struct traffic *traffic, struct segment *segment)
{
	int index = lost_index(flow, flow->index);
	uint32_t seq = flow->seq[SERVER];
	uint8_t flags = index + 1 == flow->answer ? TCP_ACK | TCP_PSH : TCP_ACK;
	flow->seq[SERVER] = segment_seq(flow, traffic, index);
	send(flow, SERVER, flags, traffic->payload_bytes, segment);
	flow->seq[SERVER] = seq;
	flow->index++;
	if (flow->index < flow->lost_count)
		flow->due_ns = again_ns(flow, traffic, flow->index);
	else
		next(flow, STAGE_REPAIRED, later(flow->due_ns, again_ns(flow, traffic, 0) + flow->rtt_ns));
}

/* The client's ACK when a retransmission came: up to the next hole. */
static void repaired(struct conversation *flow, const struct traffic *traffic, struct segment *segment, uint64_t *random)
{
	int hole = flow->index + 1;
	flow->echo[CLIENT] = clock_at(flow, SERVER, again_ns(flow, traffic, flow->index));
	flow->acked[CLIENT] = segment_seq(flow, traffic, hole < flow->lost_count ? lost_index(flow, hole) : flow->answer);
	send(flow, CLIENT, TCP_ACK, 0, segment);
	put_sack(flow, traffic, segment, flow->lost_count - 1, hole, flow->answer);
	flow->index++;
	if (flow->index < flow->lost_count)
		flow->due_ns = later(flow->due_ns + 1, again_ns(flow, traffic, flow->index) + flow->rtt_ns);
	else
		next_round(flow, random);
}

/* The client has got everything that the server sent, and the server's last timestamp. */
static void client_is_up_to_date(struct conversation *flow, const struct segment *segment)
{
	flow->echo[CLIENT] = segment->ts_value;
	flow->acked[CLIENT] = flow->seq[SERVER];
}

enum step conversation_step(struct conversation *flow, const struct traffic *traffic, struct segment *segment,
			    uint64_t *random)
{
	uint32_t request;

	switch ((enum stage)flow->stage) {
	case STAGE_SYN:
		send(flow, CLIENT, TCP_SYN, 0, segment);
		next(flow, STAGE_SYN_ACK, flow->due_ns + TURNAROUND_NS);
		return STEP_SENT;
	case STAGE_SYN_ACK:
		send(flow, SERVER, TCP_SYN | TCP_ACK, 0, segment);
		client_is_up_to_date(flow, segment);
		next(flow, STAGE_ESTABLISH, flow->due_ns + flow->rtt_ns);
		return STEP_SENT;
	case STAGE_ESTABLISH:
		send(flow, CLIENT, TCP_ACK, 0, segment);
		next_round(flow, random);
		return STEP_SENT;
	case STAGE_REQUEST:
		request = 100 + random_below(random, 400);
		send(flow, CLIENT, TCP_ACK | TCP_PSH, request, segment);
		choose_answer(flow, traffic, random);
		next(flow, STAGE_ANSWER, flow->due_ns + random_around(random, 2 * TURNAROUND_NS));
		flow->answer_ns = flow->due_ns;
		flow->answer_seq = flow->seq[SERVER];
		return STEP_SENT;
	case STAGE_ANSWER:
		send_answer(flow, traffic, segment, random);
		return STEP_SENT;
	case STAGE_ACKNOWLEDGE:
		acknowledge(flow, traffic, segment);
		next_acknowledge(flow, traffic, random);
		return STEP_SENT;
	case STAGE_SEND_AGAIN:
		send_again(flow, traffic, segment);
		return STEP_SENT_AGAIN;
	case STAGE_REPAIRED:
		repaired(flow, traffic, segment, random);
		return STEP_SENT;
	case STAGE_UPDATE_WINDOW:
		flow->window++;
		send(flow, CLIENT, TCP_ACK, 0, segment);
		next_round(flow, random);
		return STEP_SENT;
	case STAGE_FIN:
		send(flow, CLIENT, TCP_ACK | TCP_FIN, 0, segment);
		next(flow, STAGE_FIN_ACK, flow->due_ns + TURNAROUND_NS);
		return STEP_SENT;
	case STAGE_FIN_ACK:
		send(flow, SERVER, TCP_ACK | TCP_FIN, 0, segment);
		client_is_up_to_date(flow, segment);
		next(flow, STAGE_LAST_ACK, flow->due_ns + flow->rtt_ns);
		return STEP_SENT;
	case STAGE_LAST_ACK:
		break;
	}
	send(flow, CLIENT, TCP_ACK, 0, segment);
	return STEP_SENT_LAST;
}
