/* traffic: makes TCP traffic of a given shape, from both ends, and reports what the kernel says of each connection.
 * Everything ends by the deadline. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* All options, as X(letter, name, argument, what it says). */
#define OPTION_LIST(X)                                                                                     \
	X('a', "address", "ADDR", "server: listen on it; client: connect to it")                           \
	X('p', "port", "N", "the server's port")                                                           \
	X('F', "from-address", "ADDR", "client: its own address")                                           \
	X('f', "from-port", "N", "client: the first connection's port; the others follow it")              \
	X('n', "connections", "N", "so many connections (1)")                                              \
	X('P', "parallel", "N", "client: so many of them at a time (1)")                                   \
	X('g', "gap-ms", "MS", "client: time between starting one connection and the next")                \
	X('s', "send", "BYTES", "send so much, then close the sending side")                               \
	X('c', "chunk", "BYTES", "with --pause-ms: send so much at a time")                                \
	X('w', "pause-ms", "MS", "pause between chunks, or before each request")                           \
	X('S', "stall-after", "BYTES", "with --stall-ms: having read so much ...")                         \
	X('T', "stall-ms", "MS", "... read nothing for this long, once")                                   \
	X('R', "reset-after", "BYTES", "having read so much, reset the connection")                        \
	X('q', "requests", "N", "client: send so many requests, each after the last response")             \
	X('r', "request-bytes", "BYTES", "size of a request")                                              \
	X('e', "response-bytes", "BYTES", "size of a response")                                            \
	X('t', "think-ms", "MS", "server: time before each response")                                      \
	X('i', "idle-ms", "MS", "wait before closing the sending side")                                    \
	X('K', "keep-alive-s", "S", "SO_KEEPALIVE after so many idle seconds, and at this interval")     \
	X('b', "rcvbuf", "BYTES", "SO_RCVBUF")                                                             \
	X('B', "sndbuf", "BYTES", "SO_SNDBUF")                                                             \
	X('k', "connect-ms", "MS", "client: give up connecting after this (3000)")                         \
	X('d', "deadline-ms", "MS", "end everything after this (60000)")                                   \
	X('l', "backlog", "N", "server: of listen() (512)")                                                \
	X('A', "accept-ms", "MS", "server: accept nothing for this long after the first came") \
	X('o', "output", "FILE", "write one JSON line per connection there")

struct options {
	bool server;
	const char *address, *from_address, *output;
	uint64_t port, from_port, connections, parallel, gap_ms, keep_alive_s, rcvbuf, sndbuf, connect_ms, deadline_ms;
	uint64_t backlog, accept_ms;
	struct plan plan;
};

struct job {
	pthread_t thread;
	const struct options *options;
	const struct sockaddr_in6 *peer;
	socklen_t peer_length;
	int fd; /* server: the accepted socket */
	unsigned int index;
	int64_t deadline_ns;
	bool started;
	struct result result;
};

static bool to_address(const char *text, uint16_t port, struct sockaddr_in6 *address, socklen_t *length)
{
	struct sockaddr_in address4 = {.sin_family = AF_INET, .sin_port = htons(port)};

	*address = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	*length = sizeof(*address);
	if (inet_pton(AF_INET6, text, &address->sin6_addr) == 1)
		return true;
	if (inet_pton(AF_INET, text, &address4.sin_addr) != 1)
		return false;
	memcpy(address, &address4, sizeof(address4));
	*length = sizeof(address4);
	return true;
}

static void set_number(int fd, int level, int name, uint64_t value)
{
	int number = value > INT_MAX ? INT_MAX : (int)value;

	if (setsockopt(fd, level, name, &number, sizeof(number)) != 0)
		perror("traffic: setsockopt");
}

static int make_socket(const struct options *options, sa_family_t family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	set_number(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (options->rcvbuf > 0)
		set_number(fd, SOL_SOCKET, SO_RCVBUFFORCE, options->rcvbuf);
	if (options->sndbuf > 0)
		set_number(fd, SOL_SOCKET, SO_SNDBUFFORCE, options->sndbuf);
	if (options->keep_alive_s > 0) {
		set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, options->keep_alive_s);
		set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, options->keep_alive_s);
	}
	return fd;
}

/* Binds to the connection's own port (and any address, or the one asked for), so that flows can be told apart by number. */
static void bind_port(const struct job *job, int fd)
{
	const struct options *options = job->options;
	const uint16_t port = options->from_port > 0 ? (uint16_t)(options->from_port + job->index) : 0;
	struct sockaddr_in6 local = {.sin6_family = job->peer->sin6_family, .sin6_port = htons(port)};
	socklen_t length = job->peer_length;

	if (port == 0 && options->from_address == NULL)
		return;
	if (options->from_address != NULL && !to_address(options->from_address, port, &local, &length))
		fprintf(stderr, "traffic: bad address %s\n", options->from_address);
	else if (bind(fd, (struct sockaddr *)&local, length) != 0)
		perror("traffic: bind");
}

static bool connect_within(int fd, const struct job *job, struct result *result)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t length = sizeof(error);

	if (connect(fd, (const struct sockaddr *)job->peer, job->peer_length) != 0 && errno != EINPROGRESS)
		error = errno;
	else if (poll(&poll_fd, 1, (int)job->options->connect_ms) == 0)
		error = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error == 0)
		return true;
	result->error = error;
	result->outcome = error == ECONNREFUSED ? OUTCOME_REFUSED
			  : error == ETIMEDOUT	? OUTCOME_UNANSWERED
						: OUTCOME_ERROR;
	return false;
}

static void *client_thread(void *argument)
{
	struct job *job = argument;
	struct result *result = &job->result;
	int fd = make_socket(job->options, job->peer->sin6_family);

	result->start_ns = clock_realtime_ns();
	if (fd < 0) {
		result->outcome = OUTCOME_ERROR;
		result->error = errno;
		return NULL;
	}
	bind_port(job, fd);
	result->remote_port = (uint16_t)job->options->port;
	if (connect_within(fd, job, result)) {
		result->connected_ns = clock_realtime_ns();
		connection_run(fd, &job->options->plan, false, job->deadline_ns, result);
	} else {
		result->end_ns = clock_realtime_ns();
		connection_inspect(fd, result);
	}
	close(fd);
	return NULL;
}

static void *server_thread(void *argument)
{
	struct job *job = argument;

	job->result.start_ns = job->result.connected_ns = clock_realtime_ns();
	connection_run(job->fd, &job->options->plan, true, job->deadline_ns, &job->result);
	close(job->fd);
	return NULL;
}

static bool start(struct job *job, void *(*body)(void *))
{
	int error = pthread_create(&job->thread, NULL, body, job);

	if (error != 0)
		fprintf(stderr, "traffic: thread: %s\n", strerror(error));
	job->started = error == 0;
	return job->started;
}

static bool run_client(const struct options *options, struct job *jobs)
{
	struct sockaddr_in6 peer;
	socklen_t length;
	int64_t deadline_ns = clock_realtime_ns() + (int64_t)options->deadline_ms * 1000000;

	if (!to_address(options->address, (uint16_t)options->port, &peer, &length)) {
		fprintf(stderr, "traffic: bad address %s\n", options->address);
		return false;
	}
	for (unsigned int i = 0; i < options->connections; i++) {
		if (i >= options->parallel)
			pthread_join(jobs[i - options->parallel].thread, NULL);
		if (i > 0 && options->gap_ms > 0)
			usleep((useconds_t)options->gap_ms * 1000);
		jobs[i] = (struct job){.options = options, .peer = &peer, .peer_length = length, .fd = -1, .index = i,
				       .deadline_ns = deadline_ns};
		if (!start(&jobs[i], client_thread))
			return false;
	}
	for (uint64_t i = options->connections - (options->parallel < options->connections ? options->parallel
											  : options->connections);
	     i < options->connections; i++)
		pthread_join(jobs[i].thread, NULL);
	return true;
}

static int listen_on(const struct options *options)
{
	struct sockaddr_in6 address;
	socklen_t length;

	if (!to_address(options->address, (uint16_t)options->port, &address, &length)) {
		fprintf(stderr, "traffic: bad address %s\n", options->address);
		return -1;
	}

	int fd = make_socket(options, address.sin6_family);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, (int)options->backlog) != 0) {
		perror("traffic: listen");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static bool run_server(const struct options *options, struct job *jobs)
{
	int64_t deadline_ns = clock_realtime_ns() + (int64_t)options->deadline_ms * 1000000;
	int listener = listen_on(options);
	unsigned int accepted = 0;

	if (listener < 0)
		return false;
	fputs("ready\n", stderr);
	if (options->accept_ms > 0 && poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, (int)options->deadline_ms) > 0)
		usleep((useconds_t)options->accept_ms * 1000);
	while (accepted < options->connections && clock_realtime_ns() < deadline_ns) {
		struct pollfd poll_fd = {.fd = listener, .events = POLLIN};
		int fd = poll(&poll_fd, 1, 100) > 0 ? accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;

		if (fd < 0)
			continue;
		jobs[accepted] = (struct job){.options = options, .fd = fd, .index = accepted, .deadline_ns = deadline_ns};
		if (start(&jobs[accepted], server_thread))
			accepted++;
		else
			close(fd);
	}
	for (unsigned int i = 0; i < accepted; i++)
		pthread_join(jobs[i].thread, NULL);
	close(listener);
	return true;
}

static void usage(void)
{
	fputs("usage: traffic server|client [options]\n", stderr);
#define OPTION_HELP(letter, name, argument, text) fprintf(stderr, "  --%-14s %-6s %s\n", name, argument, text);
	OPTION_LIST(OPTION_HELP)
#undef OPTION_HELP
}

/* Where an option's number goes; NULL: it is not a number. */
static uint64_t *number_field(struct options *options, int letter)
{
	struct plan *plan = &options->plan;

	switch (letter) {
	case 'p': return &options->port;
	case 'f': return &options->from_port;
	case 'n': return &options->connections;
	case 'P': return &options->parallel;
	case 'g': return &options->gap_ms;
	case 's': return &plan->send_bytes;
	case 'c': return &plan->chunk_bytes;
	case 'w': return &plan->pause_ms;
	case 'S': return &plan->stall_after_bytes;
	case 'T': return &plan->stall_ms;
	case 'R': return &plan->reset_after_bytes;
	case 'q': return &plan->requests;
	case 'r': return &plan->request_bytes;
	case 'e': return &plan->response_bytes;
	case 't': return &plan->think_ms;
	case 'i': return &plan->idle_ms;
	case 'K': return &options->keep_alive_s;
	case 'b': return &options->rcvbuf;
	case 'B': return &options->sndbuf;
	case 'k': return &options->connect_ms;
	case 'd': return &options->deadline_ms;
	case 'l': return &options->backlog;
	case 'A': return &options->accept_ms;
	default: return NULL;
	}
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option table[] = {
#define OPTION_ROW(letter, name, argument, text) {name, required_argument, NULL, letter},
		OPTION_LIST(OPTION_ROW)
#undef OPTION_ROW
		{0},
	};
	int letter;

	if (argc < 2 || (strcmp(argv[1], "server") != 0 && strcmp(argv[1], "client") != 0))
		return false;
	options->server = strcmp(argv[1], "server") == 0;
	while ((letter = getopt_long(argc - 1, argv + 1, "", table, NULL)) != -1) {
		uint64_t *number = number_field(options, letter);
		char *end;

		if (number != NULL) {
			errno = 0;
			*number = strtoull(optarg, &end, 10);
			if (errno != 0 || end == optarg || *end != '\0' || *number > UINT64_C(1) << 40)
				return false;
		} else if (letter == 'a') {
			options->address = optarg;
		} else if (letter == 'F') {
			options->from_address = optarg;
		} else if (letter == 'o') {
			options->output = optarg;
		} else {
			return false;
		}
	}
	return options->address != NULL && options->port > 0 && options->port < 65536 && options->parallel > 0 &&
	       options->connections > 0 && options->connections <= 10000 &&
	       options->backlog <= 65535 && options->accept_ms <= options->deadline_ms;
}

int main(int argc, char **argv)
{
	struct options options = {.connections = 1, .parallel = 1, .connect_ms = 3000, .deadline_ms = 60000, .backlog = 512};
	FILE *output = stdout;
	bool ok = false;

	if (!parse_options(argc, argv, &options)) {
		usage();
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	alarm((unsigned int)(options.deadline_ms / 1000 + 5)); /* whatever else goes wrong */

	struct job *jobs = calloc(options.connections, sizeof(*jobs));

	if (jobs == NULL || (options.output != NULL && (output = fopen(options.output, "we")) == NULL)) {
		perror("traffic");
		goto out;
	}
	ok = options.server ? run_server(&options, jobs) : run_client(&options, jobs);
	for (unsigned int i = 0; i < options.connections; i++)
		if (jobs[i].started)
			result_print(&jobs[i].result, options.server, i, output);
out:
	if (output != NULL && fclose(output) != 0)
		ok = false;
	free(jobs);
	return ok ? 0 : 1;
}
