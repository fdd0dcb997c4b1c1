/* numbered: sends UDP packets whose payload begins with their number, as #000000001#, so that a tape can be asked which of them
 * it has, once, twice or not. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define PAYLOAD_MAX 1400
#define NUMBER_BYTES 11 /* "#000000001#" */

struct options {
	const char *address, *log;
	uint64_t port, rate, count, first, bytes;
	bool random;
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void usage(FILE *out)
{
	fputs("usage: numbered --to ADDRESS [--port 9] [--rate 1000] [--count N] [--from 1] [--bytes 100] [--random] [--log FILE]\n"
	      "Sends numbered packets, so many a second, until the count is reached or SIGTERM comes. --random fills them with what\n"
	      "can't be compressed. Each one that the kernel took has a line in FILE: number, seconds since the epoch.\n",
	      out);
}

static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value <= max;
}

static bool parse_arguments(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{"to", required_argument, NULL, 't'},	 {"port", required_argument, NULL, 'p'},
		{"rate", required_argument, NULL, 'r'},	 {"count", required_argument, NULL, 'n'},
		{"from", required_argument, NULL, 'f'},	 {"bytes", required_argument, NULL, 'b'},
		{"random", no_argument, NULL, 'R'},	 {"log", required_argument, NULL, 'l'},
		{0},
	};
	bool good = true;
	int option;

	while (good && (option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 't': options->address = optarg; break;
		case 'l': options->log = optarg; break;
		case 'R': options->random = true; break;
		case 'p': good = parse_number(optarg, 65535, &options->port); break;
		case 'r': good = parse_number(optarg, 1000000, &options->rate); break;
		case 'n': good = parse_number(optarg, 999999999, &options->count); break;
		case 'f': good = parse_number(optarg, 999999999, &options->first); break;
		case 'b': good = parse_number(optarg, PAYLOAD_MAX, &options->bytes); break;
		default: good = false;
		}
	}
	return good && optind == argc && options->address != NULL && options->rate > 0 && options->bytes >= NUMBER_BYTES;
}

static int open_socket(const struct options *options)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
	const struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(40000)};
	const int on = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && inet_pton(AF_INET, options->address, &to.sin_addr) == 1 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	perror("numbered");
	if (fd >= 0)
		close(fd);
	return -1;
}

static void fill(char *payload, uint64_t bytes, bool random, uint64_t *state)
{
	static const char pattern[] = "the-payload-of-a-numbered-packet-";

	for (uint64_t i = NUMBER_BYTES; i < bytes; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		payload[i] = random ? (char)(*state >> 56) : pattern[i % (sizeof(pattern) - 1)];
	}
}

static void send_all(const struct options *options, int fd, FILE *log)
{
	char payload[PAYLOAD_MAX + 1];
	uint64_t state = options->first;
	const int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);

	for (uint64_t i = 0; !stopped && (options->count == 0 || i < options->count); i++) {
		const int64_t due_ns = begin_ns + (int64_t)(i * (uint64_t)SECOND_NS / options->rate);
		const struct timespec due = {.tv_sec = due_ns / SECOND_NS, .tv_nsec = due_ns % SECOND_NS};

		if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0)
			break;
		if (i == 0 || options->random)
			fill(payload, options->bytes, options->random, &state);
		char number[NUMBER_BYTES + 16];

		snprintf(number, sizeof(number), "#%09" PRIu64 "#", options->first + i);
		memcpy(payload, number, NUMBER_BYTES);

		const int64_t now_ns = clock_ns(CLOCK_REALTIME);

		if (send(fd, payload, options->bytes, 0) >= 0 && log != NULL)
			fprintf(log, "%" PRIu64 " %" PRId64 ".%09" PRId64 "\n", options->first + i, now_ns / SECOND_NS,
				now_ns % SECOND_NS);
	}
}

int main(int argc, char **argv)
{
	struct options options = {.port = 9, .rate = 1000, .first = 1, .bytes = 100};
	const struct sigaction action = {.sa_handler = on_signal};
	FILE *log = NULL;

	if (!parse_arguments(&options, argc, argv)) {
		usage(stderr);
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	int fd = open_socket(&options);
	if (fd < 0)
		return 1;
	if (options.log != NULL) {
		log = fopen(options.log, "ae");
		if (log == NULL) {
			perror(options.log);
			close(fd);
			return 1;
		}
		setvbuf(log, NULL, _IOLBF, 0);
	}
	send_all(&options, fd, log);
	close(fd);
	return log != NULL && fclose(log) != 0;
}
