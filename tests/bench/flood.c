/* flood: TCP packets of a few hundred flows at a steady pace into an interface, as fast as one processor can. Both directions of
 * each flow carry data and acknowledge the other's, so that an analyzer has its work. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define BATCH 32u
#define FLOWS_MAX 4096u
#define HEADER_BYTES (14u + 20u + 32u) /* Ethernet, IPv4, TCP with timestamps */
#define FRAME_MAX 1514u
#define POOL_BYTES (1u << 20) /* of payload, from which frames take a part */
#define NAP_NS 200000	      /* shorter waits are spun */

struct options {
	const char *interface;
	uint64_t rate, count, bytes, flows;
	int cpu; /* -1: any */
};

struct flow {
	uint32_t seq[2]; /* next of the client, of the server */
	uint16_t ip_id[2];
	uint8_t step; /* of the handshake; 3: data */
};

struct flood {
	struct options options;
	int fd;
	struct flow flows[FLOWS_MAX];
	uint64_t turn; /* packets made */
	uint8_t headers[BATCH][HEADER_BYTES];
	struct iovec parts[BATCH][2];
	struct mmsghdr messages[BATCH];
	uint8_t payload[POOL_BYTES + FRAME_MAX];
	uint64_t sent, retries;
};

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void put16(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value);
}

static void put_ip_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	put16(ip + 10, 0);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum);
}

/* Ethernet, IPv4 and TCP of a packet of flow `index` from `side` (0: client). */
static void write_header(uint8_t *to, struct flow *flow, uint32_t index, int side, uint8_t flags, uint32_t payload_bytes,
			 uint32_t milliseconds)
{
	static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
	uint8_t *ip = to + 14, *tcp = ip + 20;
	const uint32_t client = UINT32_C(0x0a010000) + index, server = UINT32_C(0x0a020001) + index % 16;

	memset(to, 0, HEADER_BYTES);
	memcpy(to, macs[!side], 6);
	memcpy(to + 6, macs[side], 6);
	put16(to + 12, ETHERTYPE_IP);
	ip[0] = 0x45;
	put16(ip + 2, 20 + 32 + payload_bytes);
	put16(ip + 4, ++flow->ip_id[side]);
	ip[6] = 0x40; /* DF */
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	put32(ip + 12, side == 0 ? client : server);
	put32(ip + 16, side == 0 ? server : client);
	put_ip_checksum(ip);
	put16(tcp, side == 0 ? 40000 : 443);
	put16(tcp + 2, side == 0 ? 443 : 40000);
	put32(tcp + 4, flow->seq[side]);
	put32(tcp + 8, (flags & 0x10) != 0 ? flow->seq[!side] : 0);
	tcp[12] = 0x80;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	tcp[20] = tcp[21] = 1;
	tcp[22] = 8;
	tcp[23] = 10;
	put32(tcp + 24, milliseconds);
	put32(tcp + 28, (flags & 0x10) != 0 ? milliseconds : 0);
	flow->seq[side] += payload_bytes + ((flags & 0x02) != 0);
}

/* The next packet: SYN, SYN-ACK, ACK of all flows in turn, then data from one side and the other. */
static void make_packet(struct flood *flood, unsigned int slot, int64_t now_ns)
{
	static const uint8_t handshake[3] = {0x02, 0x12, 0x10};
	const uint32_t index = (uint32_t)(flood->turn % flood->options.flows);
	struct flow *flow = &flood->flows[index];
	const uint32_t milliseconds = (uint32_t)(now_ns / 1000000);
	const uint32_t payload_bytes = flow->step < 3 ? 0 : (uint32_t)flood->options.bytes - HEADER_BYTES;
	const int side = flow->step < 3 ? flow->step == 1 : (int)(flood->turn / flood->options.flows % 2);

	write_header(flood->headers[slot], flow, index, side, flow->step < 3 ? handshake[flow->step] : 0x18, payload_bytes,
		     milliseconds);
	if (flow->step < 3)
		flow->step++;
	flood->parts[slot][1] = (struct iovec){
		.iov_base = flood->payload + flood->turn * 997 % POOL_BYTES,
		.iov_len = payload_bytes,
	};
	flood->messages[slot].msg_hdr.msg_iovlen = payload_bytes > 0 ? 2 : 1;
	flood->turn++;
}

/* false: errno says why. */
static bool send_batch(struct flood *flood, unsigned int count)
{
	for (unsigned int done = 0; done < count;) {
		int sent = sendmmsg(flood->fd, flood->messages + done, count - done, 0);

		if (sent > 0) {
			done += (unsigned int)sent;
			flood->sent += (uint64_t)sent;
		} else if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) {
			flood->retries++;
		} else {
			return false;
		}
	}
	return true;
}

static bool send_all(struct flood *flood)
{
	const struct options *options = &flood->options;
	const int64_t begin_ns = clock_ns();

	while (flood->turn < options->count) {
		const int64_t due_ns = begin_ns + (int64_t)(flood->turn * (uint64_t)SECOND_NS / options->rate);
		unsigned int count = 0;
		int64_t now_ns;

		while ((now_ns = clock_ns()) < due_ns) {
			const int64_t wait_ns = due_ns - now_ns - NAP_NS / 2;
			const struct timespec nap = {.tv_sec = wait_ns / SECOND_NS, .tv_nsec = wait_ns % SECOND_NS};

			if (wait_ns > NAP_NS)
				nanosleep(&nap, NULL);
		}
		while (count < BATCH && flood->turn < options->count)
			make_packet(flood, count++, now_ns);
		if (!send_batch(flood, count))
			return false;
	}

	const double seconds = (double)(clock_ns() - begin_ns) / 1e9;

	printf("{\"sent\": %" PRIu64 ", \"seconds\": %.3f, \"rate\": %.0f, \"retries\": %" PRIu64 "}\n", flood->sent, seconds,
	       (double)flood->sent / seconds, flood->retries);
	return true;
}

static bool open_socket(struct flood *flood)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(flood->options.interface)};
	const int on = 1, bytes = 1 << 22;

	flood->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (flood->fd < 0 || address.sll_ifindex == 0 ||
	    bind(flood->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return false;
	setsockopt(flood->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	return setsockopt(flood->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) == 0;
}

/* Payloads like text that was encoded: six bits of chance in each byte. */
static void prepare(struct flood *flood)
{
	uint64_t state = 1;

	for (size_t i = 0; i < sizeof(flood->payload); i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		flood->payload[i] = (uint8_t)(32 + (state >> 58));
	}
	for (unsigned int i = 0; i < BATCH; i++) {
		flood->parts[i][0] = (struct iovec){.iov_base = flood->headers[i], .iov_len = HEADER_BYTES};
		flood->messages[i].msg_hdr.msg_iov = flood->parts[i];
	}
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		flood->flows[i] = (struct flow){.seq = {i * 7919u, i * 104729u}};
}

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		perror("flood: --cpu");
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value >= min && *value <= max;
}

static bool parse_arguments(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{"interface", required_argument, NULL, 'i'}, {"rate", required_argument, NULL, 'r'},
		{"count", required_argument, NULL, 'n'},     {"bytes", required_argument, NULL, 'b'},
		{"flows", required_argument, NULL, 'f'},     {"cpu", required_argument, NULL, 'c'},
		{0},
	};
	uint64_t cpu;
	bool good = true;
	int option;

	while (good && (option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'i': options->interface = optarg; break;
		case 'r': good = parse_number(optarg, 1, 100000000, &options->rate); break;
		case 'n': good = parse_number(optarg, 1, UINT64_C(1) << 40, &options->count); break;
		case 'b': good = parse_number(optarg, HEADER_BYTES + 1, FRAME_MAX, &options->bytes); break;
		case 'f': good = parse_number(optarg, 1, FLOWS_MAX, &options->flows); break;
		case 'c':
			good = parse_number(optarg, 0, CPU_SETSIZE - 1, &cpu);
			options->cpu = good ? (int)cpu : -1;
			break;
		default: good = false;
		}
	}
	return good && optind == argc && options->interface != NULL;
}

int main(int argc, char **argv)
{
	struct flood *flood = calloc(1, sizeof(*flood));
	int ret = 1;

	if (flood == NULL)
		return 1;
	flood->fd = -1;
	flood->options = (struct options){.rate = 300000, .count = 3000000, .bytes = 1000, .flows = 300, .cpu = -1};
	if (!parse_arguments(&flood->options, argc, argv)) {
		fputs("usage: flood --interface NAME [--rate 300000] [--count 3000000] [--bytes 1000] [--flows 300] [--cpu N]\n", stderr);
		ret = 2;
		goto out;
	}
	prepare(flood);
	pin(flood->options.cpu);
	if (!open_socket(flood) || !send_all(flood)) {
		fprintf(stderr, "flood: %s: %s\n", flood->options.interface, strerror(errno));
		goto out;
	}
	ret = 0;
out:
	if (flood->fd >= 0)
		close(flood->fd);
	free(flood);
	return ret;
}
