/* generate.c: writes a capture of synthetic TCP flows, as large as one likes, and says on stderr what is in it. The same
 * options give the same bytes. Memory grows with the flows that live at once, not with the capture. */
#include "tests/bench/crowd.h"
#include "tests/bench/tape.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define START_NS (INT64_C(1795257120) * SECOND_NS) /* 2026-11-21T10:32:00Z */
#define GAP_NS_MIN 100				   /* between two packets; 10 Gbit/s of small ones */

struct options {
	uint64_t flows, packets, concurrent, rate, seed;
	uint64_t snaplen, payload, servers, clients;
	uint64_t rtt_us;
	double loss_pct;
	bool microseconds, json;
	const char *output; /* NULL: stdout */
};

/* What is in the capture. */
struct truth {
	uint64_t packets, wire_bytes, file_bytes;
	uint64_t data_segments, data_bytes;
	uint64_t retransmitted_segments, retransmitted_bytes;
	uint64_t alive_max;
	int64_t first_ns, last_ns;
};

static const char usage_text[] =
	"usage: generate --flows N --packets M [options]\n"
	"  --flows N        flows in all\n"
	"  --packets M      packets in all, at least 9 per flow; losses add to them\n"
	"  --concurrent K   flows alive at once (N, but not over 100k); K = N: all of them in the middle of the capture\n"
	"  --rate PPS       packets per second of capture time (100k)\n"
	"  --loss PCT       data segments lost after the tap and sent again, 0 to 25 (0)\n"
	"  --rtt US         round-trip time in microseconds (10000)\n"
	"  --payload BYTES  of a data segment, 1 to 1448 (1448)\n"
	"  --servers N      server address and port pairs, 1 to 1000 (8)\n"
	"  --clients N      client addresses (a tenth of the flows)\n"
	"  --snaplen BYTES  captured per frame, 96 to 65535 (96)\n"
	"  --microseconds   times in microseconds, not nanoseconds\n"
	"  --seed S         (1)\n"
	"  --json           the summary on stderr as JSON\n"
	"  -o FILE          where to write (standard output)\n"
	"Numbers may end in k or M.\n";

/* Reads "14M", "100k" or a plain number within the range; says what is wrong and returns false otherwise. */
static bool parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;
	errno = 0;
	uint64_t number = strtoull(text, &end, 10);
	uint64_t unit = *end == 'k' ? 1000 : *end == 'M' ? 1000000 : 1;
	if (unit > 1)
		end++;
	if (errno || *end || text[0] < '0' || text[0] > '9' || number > max / unit || number * unit < min) {
		fprintf(stderr, "generate: --%s %s: want a number from %" PRIu64 " to %" PRIu64 "\n", option, text, min,
			max);
		return false;
	}
	*value = number * unit;
	return true;
}

static bool parse_percent(const char *option, const char *text, double max, double *value)
{
	char *end;
	*value = strtod(text, &end);
	if (end != text && !*end && *value >= 0 && *value <= max)
		return true;
	fprintf(stderr, "generate: --%s %s: want a number from 0 to %g\n", option, text, max);
	return false;
}

static bool parse_option(int letter, const char *text, struct options *options)
{
	switch (letter) {
	case 'f': return parse_number("flows", text, 1, 1000000000, &options->flows);
	case 'p': return parse_number("packets", text, 1, UINT64_C(1000000000000), &options->packets);
	case 'k': return parse_number("concurrent", text, 1, 100000000, &options->concurrent);
	case 'r': return parse_number("rate", text, 1, 10000000, &options->rate);
	case 'l': return parse_percent("loss", text, 25, &options->loss_pct);
	case 't': return parse_number("rtt", text, 100, 1000000, &options->rtt_us);
	case 'b': return parse_number("payload", text, 1, 1448, &options->payload);
	case 's': return parse_number("servers", text, 1, 1000, &options->servers);
	case 'c': return parse_number("clients", text, 1, 10000000, &options->clients);
	case 'n': return parse_number("snaplen", text, 96, 65535, &options->snaplen);
	case 'e': return parse_number("seed", text, 0, UINT64_MAX, &options->seed);
	case 'u': options->microseconds = true; return true;
	case 'j': options->json = true; return true;
	case 'o': options->output = strcmp(text, "-") ? text : NULL; return true;
	default: return false;
	}
}

/* Fills in the defaults that depend on others, and checks what belongs together. */
static bool complete(struct options *options)
{
	if (!options->flows || !options->packets) {
		fputs(usage_text, stderr);
		return false;
	}
	if (options->packets / options->flows < CONVERSATION_PACKETS_MIN) {
		fprintf(stderr, "generate: --packets %" PRIu64 ": want at least %d per flow\n", options->packets,
			CONVERSATION_PACKETS_MIN);
		return false;
	}
	if (options->packets / options->flows > INT32_MAX / 2) {
		fprintf(stderr, "generate: --flows %" PRIu64 ": want more flows for so many packets\n", options->flows);
		return false;
	}
	if (!options->concurrent)
		options->concurrent = 100000;
	if (options->concurrent > options->flows)
		options->concurrent = options->flows;
	if (!options->clients)
		options->clients = options->flows < 10 ? 1 : options->flows / 10;
	return true;
}

static bool parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"flows", required_argument, NULL, 'f'},       {"packets", required_argument, NULL, 'p'},
		{"concurrent", required_argument, NULL, 'k'},  {"rate", required_argument, NULL, 'r'},
		{"loss", required_argument, NULL, 'l'},	       {"rtt", required_argument, NULL, 't'},
		{"payload", required_argument, NULL, 'b'},     {"servers", required_argument, NULL, 's'},
		{"clients", required_argument, NULL, 'c'},     {"snaplen", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 'e'},	       {"microseconds", no_argument, NULL, 'u'},
		{"json", no_argument, NULL, 'j'},	       {"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},	       {NULL, 0, NULL, 0},
	};
	*options = (struct options){
		.rate = 100000, .seed = 1, .snaplen = 96, .payload = 1448, .servers = 8, .rtt_us = 10000};
	for (int letter; (letter = getopt_long(argc, argv, "o:h", names, NULL)) != -1;) {
		if (letter == 'h') {
			fputs(usage_text, stdout);
			exit(0);
		}
		if (!parse_option(letter, optarg, options))
			return false;
	}
	if (optind < argc) {
		fprintf(stderr, "generate: %s: not an option\n", argv[optind]);
		return false;
	}
	return complete(options);
}

/* How long a flow lives, so that `concurrent` of them are alive at a time. */
static int64_t lifetime_ns(const struct options *options, int64_t duration_ns)
{
	if (options->concurrent == options->flows)
		return duration_ns / 10 * 7;
	double share = (double)options->concurrent / (double)(options->flows + options->concurrent);
	return (int64_t)((double)duration_ns * share);
}

/* Packets of all flows up to and including number `flow`: a straight line with a little noise. */
static uint64_t packets_until(const struct options *options, uint64_t flow, uint64_t noise)
{
	double share = (double)(flow + 1) / (double)options->flows;
	uint64_t packets = (uint64_t)(share * (double)options->packets + 0.5);
	uint64_t spare = options->packets / options->flows - CONVERSATION_PACKETS_MIN;
	return flow + 1 == options->flows ? options->packets : packets - noise % (spare / 2 + 1);
}

static void count(struct truth *truth, const struct segment *segment, uint32_t wire_bytes, bool again)
{
	truth->packets++;
	truth->wire_bytes += wire_bytes;
	if (!segment->payload_bytes)
		return;
	truth->data_segments++;
	truth->data_bytes += segment->payload_bytes;
	truth->retransmitted_segments += again;
	truth->retransmitted_bytes += again ? segment->payload_bytes : 0;
}

/* Returns false if memory or writing failed; errno says why. */
static bool generate(const struct options *options, struct crowd *crowd, struct tape *tape, struct truth *truth)
{
	const struct traffic traffic = {
		.rtt_ns = (int64_t)options->rtt_us * 1000,
		.spacing_ns = 10000,
		.loss = options->loss_pct / 100,
		.payload_bytes = (uint32_t)options->payload,
		.clients = (uint32_t)options->clients,
		.servers = (uint32_t)options->servers,
	};
	const int64_t duration_ns = (int64_t)((double)options->packets / (double)options->rate * (double)SECOND_NS);
	const int64_t life_ns = lifetime_ns(options, duration_ns);
	const double starts_ns = (double)(duration_ns - life_ns);
	uint64_t random = (options->seed + 1) * 0x9e3779b97f4a7c15U | 1; /* never 0 */
	uint64_t started = 0, promised = 0;
	int64_t t_ns = 0;
	struct segment segment;

	/* Times are counted from 0 here, which is START_NS on the tape. */
	while (started < options->flows || crowd_alive(crowd)) {
		double share = (double)started / (double)(options->flows > 1 ? options->flows - 1 : 1);
		int64_t start_ns = started < options->flows ? (int64_t)(starts_ns * share) : INT64_MAX / 2;
		struct conversation *flow = crowd_take(crowd, start_ns);
		if (!flow) {
			flow = crowd_join(crowd);
			if (!flow)
				return false;
			uint64_t until = packets_until(options, started, random >> 32);
			conversation_start(flow, &traffic, (uint32_t)started++, (uint32_t)(until - promised), start_ns,
					   start_ns + life_ns, &random);
			promised = until;
		}
		t_ns = flow->due_ns > t_ns + GAP_NS_MIN ? flow->due_ns : t_ns + GAP_NS_MIN;
		enum step step = conversation_step(flow, &traffic, &segment, &random);
		uint32_t wire_bytes = tape_write(tape, START_NS + t_ns, &segment);
		if (!wire_bytes)
			return false;
		if (!truth->packets)
			truth->first_ns = START_NS + t_ns;
		count(truth, &segment, wire_bytes, step == STEP_SENT_AGAIN);
		if (step == STEP_SENT_LAST)
			crowd_leave(crowd, flow);
		else
			crowd_wait(crowd, flow);
	}
	truth->last_ns = START_NS + t_ns;
	truth->alive_max = crowd_alive_max(crowd);
	truth->file_bytes = tape_bytes(tape);
	return tape_flush(tape);
}

static void print_truth(const struct options *options, const struct truth *truth)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{"flows", options->flows},
		{"flows_alive_max", truth->alive_max},
		{"packets", truth->packets},
		{"wire_bytes", truth->wire_bytes},
		{"file_bytes", truth->file_bytes},
		{"data_segments", truth->data_segments},
		{"data_bytes", truth->data_bytes},
		{"new_bytes", truth->data_bytes - truth->retransmitted_bytes},
		{"retransmitted_segments", truth->retransmitted_segments},
		{"retransmitted_bytes", truth->retransmitted_bytes},
		{"first_ns", (uint64_t)truth->first_ns},
		{"last_ns", (uint64_t)truth->last_ns},
		{"seed", options->seed},
	};
	const size_t n = sizeof rows / sizeof rows[0];

	for (size_t i = 0; i < n; i++)
		if (options->json)
			fprintf(stderr, "%s\"%s\": %" PRIu64 "%s", i ? ", " : "{", rows[i].name, rows[i].value,
				i + 1 < n ? "" : "}\n");
		else
			fprintf(stderr, "%-23s %20" PRIu64 "\n", rows[i].name, rows[i].value);
}

int main(int argc, char **argv)
{
	struct options options;
	struct truth truth = {0};
	struct crowd *crowd = NULL;
	struct tape *tape = NULL;
	int fd = STDOUT_FILENO;
	int ret = 1;

	if (!parse(argc, argv, &options))
		return 2;
	const char *name = options.output ? options.output : "standard output";
	if (options.output)
		fd = open(options.output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		goto out;
	/* Flows that need longer than their lifetime overlap with later ones: no cap below the number of flows. */
	int64_t duration_ns = (int64_t)((double)options.packets / (double)options.rate * (double)SECOND_NS);
	crowd = crowd_new((uint32_t)options.flows, 2 * lifetime_ns(&options, duration_ns) + SECOND_NS);
	tape = tape_new(fd, &(struct tape_options){(uint32_t)options.snaplen, options.microseconds});
	if (!crowd || !tape || !generate(&options, crowd, tape, &truth))
		goto out;
	print_truth(&options, &truth);
	ret = 0;
out:
	if (ret)
		fprintf(stderr, "generate: %s: %s\n", name, strerror(errno));
	if (options.output && fd >= 0 && close(fd) && !ret) {
		fprintf(stderr, "generate: %s: %s\n", name, strerror(errno));
		ret = 1;
	}
	tape_free(tape);
	crowd_free(crowd);
	return ret;
}
