/* skew: copies a capture as a tap with another clock would have recorded it. */
#include <pcap/pcap.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000000)

struct clock {
	int64_t ahead_ns;
	double ppm; /* faster */
};

static int usage(void)
{
	fputs("usage: skew SECONDS PPM FROM TO\n"
	      "Copies the pcap file FROM to TO as of a clock that was SECONDS ahead at the first frame, and runs faster by PPM.\n",
	      stderr);
	return 2;
}

static int copy(pcap_t *from, pcap_dumper_t *to, const struct clock *clock)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int64_t first_ns = -1;
	int result;
	while ((result = pcap_next_ex(from, &header, &bytes)) == 1) {
		struct pcap_pkthdr skewed = *header;
		int64_t t_ns = header->ts.tv_sec * SECOND + header->ts.tv_usec; /* nanoseconds, as was asked for */
		if (first_ns < 0)
			first_ns = t_ns;
		t_ns += clock->ahead_ns + (int64_t)((double)(t_ns - first_ns) * clock->ppm / 1e6);
		skewed.ts.tv_sec = t_ns / SECOND;
		skewed.ts.tv_usec = t_ns % SECOND;
		pcap_dump((uint8_t *)to, &skewed, bytes);
	}
	return result == PCAP_ERROR_BREAK && pcap_dump_flush(to) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	char reason[PCAP_ERRBUF_SIZE] = "", *seconds_end, *ppm_end;
	if (argc != 5)
		return usage();
	const struct clock clock = { (int64_t)(strtod(argv[1], &seconds_end) * 1e9), strtod(argv[2], &ppm_end) };
	if (*seconds_end || *ppm_end)
		return usage();
	pcap_t *from = pcap_open_offline_with_tstamp_precision(argv[3], PCAP_TSTAMP_PRECISION_NANO, reason);
	pcap_dumper_t *to = from ? pcap_dump_open(from, argv[4]) : NULL;
	const int status = to ? copy(from, to, &clock) : 1;
	if (status)
		fprintf(stderr, "skew: %s\n", from ? pcap_geterr(from) : reason);
	if (to)
		pcap_dump_close(to);
	if (from)
		pcap_close(from);
	return status;
}
