/* wire: two TAP devices and what lies between them. It carries frames from one to the other, impairs them as told,
 * and writes down what it did: the ground truth of the lab. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"
#include "wire.h"

#define LOG_BUFFER (16 << 20) /* so that the disk is touched rarely */

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/* The signals stay blocked but while the wire waits, so none can slip in between its check and its sleep. */
static void prepare_process(bool *realtime)
{
	const struct sigaction action = {.sa_handler = on_signal};
	const struct sched_param parameter = {.sched_priority = 20};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	*realtime = sched_setscheduler(0, SCHED_FIFO, &parameter) == 0;
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	mlockall(MCL_CURRENT | MCL_FUTURE);
}

static void print_result(const struct wire *wire, uint64_t seed, bool realtime)
{
	static const char *const names[2] = {"forward", "backward"};

	printf("{\"seed\": %" PRIu64 ", \"realtime\": %s, \"offload\": %s, \"undelivered\": %zu", seed,
	       realtime ? "true" : "false", wire->offload ? "true" : "false", queue_length(wire->queue));
	for (int i = 0; i < 2; i++) {
		printf(",\n \"%s\": {\"options\": ", names[i]);
		impairment_options_print(&wire->impairments[i].options, stdout);
		printf(", \"counts\": ");
		record_print_counts(&wire->record.counts[i], stdout);
		putchar('}');
	}
	printf("}\n");
}

static void usage(FILE *out)
{
	fputs("usage: wire --a TAP --b TAP [options]\n"
	      "  --forward K=V,...   impairments from A to B      --backward K=V,...  from B to A\n"
	      "  --seed N            of all dice                  --log FILE          CSV, one line per TCP frame\n"
	      "  --control FIFO      reads lines `forward K=V,...`, `backward K=V,...` from it, which change impairments at once\n"
	      "  --offload           carry super-segments (IFF_VNET_HDR, TSO)\n"
	      "  --mirror-a TAP, --mirror-b TAP, --mirror-vlan ID   copies of what passes each end, tagged\n"
	      "Prints its counts as JSON when it gets SIGTERM or SIGINT. Impairments:\n",
	      out);
	impairment_options_help(out);
}

struct arguments {
	const char *taps[2], *mirrors[2], *log, *control;
	struct impairment_options impairments[2];
	uint64_t seed;
	uint16_t mirror_vlan;
	bool offload;
};

static bool parse_number(const char *text, unsigned long long max, unsigned long long *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value <= max;
}

/* false: the message is printed. */
static bool parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{"a", required_argument, NULL, 'a'},	     {"b", required_argument, NULL, 'b'},
		{"forward", required_argument, NULL, 'f'},   {"backward", required_argument, NULL, 'k'},
		{"seed", required_argument, NULL, 's'},	     {"log", required_argument, NULL, 'l'},
		{"offload", no_argument, NULL, 'o'},	     {"mirror-a", required_argument, NULL, 'A'},
		{"mirror-b", required_argument, NULL, 'B'}, {"mirror-vlan", required_argument, NULL, 'v'},
		{"control", required_argument, NULL, 'c'},
		{0},
	};
	char error[200];
	unsigned long long number;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a': case 'b':
			arguments->taps[option - 'a'] = optarg;
			break;
		case 'A': case 'B':
			arguments->mirrors[option - 'A'] = optarg;
			break;
		case 'f': case 'k':
			if (!impairment_options_parse(&arguments->impairments[option == 'k'], optarg, error, sizeof(error))) {
				fprintf(stderr, "wire: %s\n", error);
				return false;
			}
			break;
		case 's':
			if (!parse_number(optarg, UINT64_MAX, &number))
				goto bad;
			arguments->seed = number;
			break;
		case 'v':
			if (!parse_number(optarg, 4094, &number))
				goto bad;
			arguments->mirror_vlan = (uint16_t)number;
			break;
		case 'l':
			arguments->log = optarg;
			break;
		case 'c':
			arguments->control = optarg;
			break;
		case 'o':
			arguments->offload = true;
			break;
		default:
			goto bad;
		}
	}
	if (optind == argc && arguments->taps[0] != NULL && arguments->taps[1] != NULL)
		return true;
bad:
	usage(stderr);
	return false;
}

static bool open_taps(struct wire *wire, const struct arguments *arguments)
{
	for (int i = 0; i < 2; i++) {
		wire->taps[i] = tap_open(arguments->taps[i], arguments->offload);
		if (wire->taps[i] < 0) {
			fprintf(stderr, "wire: %s: %s\n", arguments->taps[i], strerror(errno));
			return false;
		}
		if (arguments->mirrors[i] == NULL)
			continue;
		wire->mirrors[i] = tap_open(arguments->mirrors[i], false);
		if (wire->mirrors[i] < 0) {
			fprintf(stderr, "wire: %s: %s\n", arguments->mirrors[i], strerror(errno));
			return false;
		}
	}
	return true;
}

static bool open_log(struct record *record, const char *path)
{
	record->realtime_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	if (path == NULL)
		return true;
	record->log = fopen(path, "we");
	if (record->log == NULL) {
		fprintf(stderr, "wire: %s: %s\n", path, strerror(errno));
		return false;
	}
	setvbuf(record->log, NULL, _IOFBF, LOG_BUFFER);
	record_log_header(record);
	return true;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {.seed = 1};
	struct wire wire = {.taps = {-1, -1}, .mirrors = {-1, -1}, .control = {.fd = -1}};
	bool realtime = false;
	int ret = 1;

	if (!parse_arguments(argc, argv, &arguments))
		return 2;
	wire.offload = arguments.offload;
	wire.mirror_vlan = arguments.mirror_vlan;
	wire.queue = queue_new();
	wire.flows = flow_table_new();
	if (arguments.control != NULL && !control_open(&wire.control, arguments.control)) {
		fprintf(stderr, "wire: %s: %s\n", arguments.control, strerror(errno));
		goto out;
	}
	if (wire.queue == NULL || wire.flows == NULL || !open_log(&wire.record, arguments.log) ||
	    !open_taps(&wire, &arguments))
		goto out;
	for (int i = 0; i < 2; i++)
		impairment_init(&wire.impairments[i], &arguments.impairments[i], arguments.seed, (uint64_t)i + 1);
	prepare_process(&realtime);
	printf("ready\n");
	fflush(stdout);
	if (!wire_run(&wire, &stopped)) {
		perror("wire");
		goto out;
	}
	print_result(&wire, arguments.seed, realtime);
	ret = 0;
out:
	if (wire.record.log != NULL && fclose(wire.record.log) != 0)
		ret = 1;
	control_close(&wire.control);
	queue_free(wire.queue);
	flow_table_free(wire.flows);
	for (int i = 0; i < 2; i++) {
		if (wire.taps[i] >= 0)
			close(wire.taps[i]);
		if (wire.mirrors[i] >= 0)
			close(wire.mirrors[i]);
	}
	return ret;
}
