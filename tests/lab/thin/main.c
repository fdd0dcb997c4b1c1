/* thin: copies a capture without some of its frames, as a tap that can't keep up would have recorded it. Which frames go is
 * decided by seed and frame number alone. */
#include <pcap/pcap.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ETHERNET_BYTES 14
#define TAG_BYTES 4 /* 802.1Q */
#define MTU 1500
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define UDP_BYTES 8
#define VXLAN_BYTES 8
#define VXLAN_PORT 4789
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* Which frames go. */
struct choice {
	double share;
	uint64_t seed, burst;
};

struct counts {
	uint64_t frames, removed;
	uint64_t data_frames, data_segments; /* of the removed */
};

static int usage(void)
{
	fputs("usage: thin PERCENT SEED BURST FROM TO\n"
	      "Copies the pcap file FROM (Ethernet) to TO and leaves out PERCENT of its frames, chosen at random, BURST\n"
	      "frames in a row at a time.\n"
	      "Says how many frames there were, how many are gone, how many of these had TCP payload, and how many\n"
	      "wire segments that was: a super-segment is several.\n",
	      stderr);
	return 2;
}

/* splitmix64 (Steele, Lea and Flood, 2014): the burst's own dice, in [0, 1). */
static double dice(uint64_t seed, uint64_t burst)
{
	uint64_t z = seed * UINT64_C(0xd1342543de82ef95) + burst * UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return (double)(z >> 11) * 0x1.0p-53;
}

static uint32_t u16_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

/* How many bytes stand before the inner frame, where VXLAN over IPv4 without options wraps one. */
static uint32_t vxlan_bytes(const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	const uint32_t wrapping = ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES + VXLAN_BYTES;
	bool vxlan = header->caplen >= wrapping + ETHERNET_BYTES + TAG_BYTES + IPV6_BYTES + 20 && u16_at(bytes + 12) == 0x0800 &&
		     bytes[ETHERNET_BYTES] == 0x45 && bytes[ETHERNET_BYTES + 9] == PROTOCOL_UDP &&
		     u16_at(bytes + ETHERNET_BYTES + IPV4_BYTES + 2) == VXLAN_PORT;
	return vxlan ? wrapping : 0;
}

/* Wire segments with data in the frame, each as large as the MTU allows; 0: no TCP, or no payload. IPv4 without fragments
 * and IPv6 without extension headers are all that the lab sends. */
static uint32_t data_segments(const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	if (header->caplen < ETHERNET_BYTES + TAG_BYTES + IPV6_BYTES + 20)
		return 0;
	uint32_t outer = vxlan_bytes(header, bytes);
	bytes += outer;
	uint32_t link_bytes = ETHERNET_BYTES + (u16_at(bytes + 12) == 0x8100 ? TAG_BYTES : 0);
	const uint8_t *ip = bytes + link_bytes;
	bool v4 = u16_at(ip - 2) == 0x0800, v6 = u16_at(ip - 2) == 0x86dd;
	if (!(v4 && ip[9] == PROTOCOL_TCP) && !(v6 && ip[6] == PROTOCOL_TCP))
		return 0;
	uint32_t ip_bytes = v4 ? (ip[0] & 15u) * 4 : IPV6_BYTES;
	uint32_t length = v4 ? u16_at(ip + 2) : u16_at(ip + 4) + IPV6_BYTES;
	if (length == 0 || length == IPV6_BYTES) /* too long for the field */
		length = header->len - outer - link_bytes;
	uint32_t headers = ip_bytes + (ip[ip_bytes + 12] >> 4) * 4u;
	if (length <= headers || headers >= MTU)
		return 0;
	return (length - headers + MTU - headers - 1) / (MTU - headers);
}

static int copy(pcap_t *from, pcap_dumper_t *to, const struct choice *choice, struct counts *counts)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int result;
	while ((result = pcap_next_ex(from, &header, &bytes)) == 1) {
		if (dice(choice->seed, counts->frames++ / choice->burst) >= choice->share) {
			pcap_dump((uint8_t *)to, header, bytes);
			continue;
		}
		uint32_t segments = data_segments(header, bytes);
		counts->removed++;
		counts->data_frames += segments > 0;
		counts->data_segments += segments;
	}
	return result == PCAP_ERROR_BREAK && pcap_dump_flush(to) == 0 ? 0 : 1;
}

static bool read_choice(char **arguments, struct choice *choice)
{
	char *percent_end, *seed_end, *burst_end;
	*choice = (struct choice){
		.share = strtod(arguments[0], &percent_end) / 100,
		.seed = strtoull(arguments[1], &seed_end, 10),
		.burst = strtoull(arguments[2], &burst_end, 10),
	};
	return !*percent_end && !*seed_end && !*burst_end && choice->share >= 0 && choice->share <= 1 && choice->burst > 0;
}

int main(int argc, char **argv)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	struct choice choice;
	if (argc != 6 || !read_choice(argv + 1, &choice))
		return usage();
	const char *from_path = argv[4], *to_path = argv[5];
	struct counts counts = { 0 };
	int status = 1;
	pcap_dumper_t *to = NULL;
	pcap_t *from = pcap_open_offline_with_tstamp_precision(from_path, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (from && pcap_datalink(from) != DLT_EN10MB)
		snprintf(reason, sizeof reason, "%s: not Ethernet", from_path);
	else if (from && !(to = pcap_dump_open(from, to_path)))
		snprintf(reason, sizeof reason, "%s", pcap_geterr(from));
	else if (from)
		status = copy(from, to, &choice, &counts);
	if (status)
		fprintf(stderr, "thin: %s\n", reason[0] ? reason : "could not read or write all of it");
	else
		printf("frames %" PRIu64 " removed %" PRIu64 " data_frames %" PRIu64 " data_segments %" PRIu64 "\n", counts.frames,
		       counts.removed, counts.data_frames, counts.data_segments);
	if (to)
		pcap_dump_close(to);
	if (from)
		pcap_close(from);
	return status;
}
