#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_BYTES 65536
#define NEVER INT64_MAX

/* The state of a run; times are CLOCK_REALTIME, and NEVER where there is nothing to wait for. */
struct run {
	int fd;
	const struct plan *plan;
	struct result *result;
	bool server, sent_all, closed, read_all, failed; /* closed: the sending side */
	int64_t send_at_ns, read_at_ns;
	uint64_t allowed_bytes; /* to be sent so far: a chunk, a request, a response, or everything */
	uint64_t requests, request_end; /* client: sent so far; server: read so far, and where the next one ends */
	int64_t request_sent_ns;
};

int64_t clock_realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t after_ms(uint64_t ms)
{
	return clock_realtime_ns() + (int64_t)ms * 1000000;
}

static void fail(struct run *run, int error)
{
	run->failed = true;
	if (error == ECONNRESET || error == EPIPE) {
		run->result->outcome = OUTCOME_RESET;
	} else {
		run->result->outcome = OUTCOME_ERROR;
		run->result->error = error;
	}
}

static bool asks(const struct plan *plan)
{
	return plan->request_bytes > 0;
}

/* What may be sent next, and when. */
static void plan_sending(struct run *run)
{
	const struct plan *plan = run->plan;
	uint64_t sent = run->result->sent_bytes;

	if (run->sent_all || sent < run->allowed_bytes)
		return;
	if (asks(plan) && run->server) {
		if (run->read_all)
			run->sent_all = true;
		return; /* on_bytes_read allows the next response */
	}
	if (asks(plan)) {
		/* The next request follows when the response to the last one is complete. */
		if (run->result->received_bytes < run->requests * plan->response_bytes)
			return;
		if (run->requests == plan->requests) {
			run->sent_all = true;
			return;
		}
		run->requests++;
		run->allowed_bytes += plan->request_bytes;
		run->send_at_ns = after_ms(plan->pause_ms);
		return;
	}
	if (sent == plan->send_bytes) {
		/* A server that has nothing to say closes after its client. */
		run->sent_all = sent > 0 || !run->server || run->read_all;
		return;
	}
	run->allowed_bytes = plan->send_bytes;
	if (plan->pause_ms > 0) {
		if (plan->send_bytes - sent > plan->chunk_bytes)
			run->allowed_bytes = sent + plan->chunk_bytes;
		if (sent > 0)
			run->send_at_ns = after_ms(plan->pause_ms);
	}
}

static void send_some(struct run *run)
{
	static const char zeros[BLOCK_BYTES];
	uint64_t want = run->allowed_bytes - run->result->sent_bytes;
	ssize_t sent = send(run->fd, zeros, want < sizeof(zeros) ? (size_t)want : sizeof(zeros), MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(run, errno);
		return;
	}
	run->result->sent_bytes += (uint64_t)sent;
	if (run->result->sent_bytes == run->allowed_bytes)
		run->request_sent_ns = clock_realtime_ns();
}

/* The socket's close() will then send RST and leave nothing behind. */
static void close_resets(int fd)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void on_bytes_read(struct run *run, uint64_t before)
{
	const struct plan *plan = run->plan;
	struct result *result = run->result;

	if (asks(plan) && !run->server && before == (run->requests - 1) * plan->response_bytes &&
	    result->responses < RESPONSES_MAX)
		result->response_ns[result->responses++] = clock_realtime_ns() - run->request_sent_ns;
	if (asks(plan) && run->server && result->received_bytes >= (run->requests + 1) * plan->request_bytes) {
		run->requests++;
		run->allowed_bytes += plan->response_bytes;
		run->send_at_ns = after_ms(plan->think_ms);
	}
	if (plan->stall_ms > 0 && result->stall_start_ns == 0 && result->received_bytes >= plan->stall_after_bytes) {
		result->stall_start_ns = clock_realtime_ns();
		run->read_at_ns = after_ms(plan->stall_ms);
	}
	if (plan->reset_after_bytes > 0 && result->received_bytes >= plan->reset_after_bytes) {
		close_resets(run->fd);
		result->outcome = OUTCOME_RESETTING;
		run->failed = true;
	}
}

static void read_some(struct run *run)
{
	struct result *result = run->result;
	char block[BLOCK_BYTES];
	size_t want = sizeof(block);
	uint64_t before = result->received_bytes;

	if (run->plan->stall_ms > 0 && result->stall_start_ns == 0 && run->plan->stall_after_bytes > before &&
	    run->plan->stall_after_bytes - before < want)
		want = (size_t)(run->plan->stall_after_bytes - before);

	ssize_t got = recv(run->fd, block, want, 0);

	if (result->stall_end_ns != 0 && result->read_on_ns == 0 && got > 0)
		result->read_on_ns = clock_realtime_ns();
	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(run, errno);
	} else if (got == 0) {
		run->read_all = true;
	} else {
		result->received_bytes += (uint64_t)got;
		on_bytes_read(run, before);
	}
}

static int wait_ms(int64_t until_ns, int64_t now_ns)
{
	int64_t ms = (until_ns - now_ns + 999999) / 1000000;

	return ms < 0 ? 0 : ms > 1000 ? 1000 : (int)ms;
}

/* One round: send and read what may be sent and read now, or wait for that. */
static void step(struct run *run, int64_t deadline_ns)
{
	int64_t now_ns = clock_realtime_ns();
	int64_t wake_ns = deadline_ns;
	struct pollfd poll_fd = {.fd = run->fd};
	bool may_send;

	plan_sending(run);
	if (run->sent_all && !run->closed)
		return;
	may_send = run->result->sent_bytes < run->allowed_bytes;
	if (may_send && run->send_at_ns > now_ns)
		wake_ns = run->send_at_ns < wake_ns ? run->send_at_ns : wake_ns;
	else if (may_send)
		poll_fd.events |= POLLOUT;
	if (run->read_at_ns > now_ns) {
		wake_ns = run->read_at_ns < wake_ns ? run->read_at_ns : wake_ns;
	} else if (!run->read_all) {
		if (run->result->stall_start_ns != 0 && run->result->stall_end_ns == 0)
			run->result->stall_end_ns = now_ns;
		poll_fd.events |= POLLIN;
	}
	if (poll(&poll_fd, 1, wait_ms(wake_ns, now_ns)) < 0 && errno != EINTR) {
		fail(run, errno);
		return;
	}
	/* POLLHUP and POLLERR come unasked; a stalled reader must not spin on them. */
	if (poll_fd.revents != 0 && (poll_fd.revents & (POLLIN | POLLOUT)) == 0 && poll_fd.events == 0)
		usleep(1000);
	if ((poll_fd.revents & POLLOUT) != 0 && may_send)
		send_some(run);
	if (!run->failed && (poll_fd.events & POLLIN) != 0 && (poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_some(run);
}

/* Until the kernel is done with the connection, so that TCP_INFO counts the last retransmission of the FIN too. */
static void wait_for_close(int fd, int64_t deadline_ns)
{
	while (clock_realtime_ns() < deadline_ns) {
		struct tcp_info info;
		socklen_t length = sizeof(info);

		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || info.tcpi_state == 7 /* TCP_CLOSE */)
			return;
		usleep(2000);
	}
}

void connection_inspect(int fd, struct result *result)
{
	struct sockaddr_in6 address; /* the port has the same place in sockaddr_in */
	socklen_t length = sizeof(address);

	if (result->local_port == 0 && getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		result->local_port = ntohs(address.sin6_port);
	length = sizeof(address);
	if (result->remote_port == 0 && getpeername(fd, (struct sockaddr *)&address, &length) == 0)
		result->remote_port = ntohs(address.sin6_port);
	length = sizeof(result->tcp_info);
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &result->tcp_info, &length);
	length = sizeof(result->congestion);
	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, result->congestion, &length);
}

void connection_run(int fd, const struct plan *plan, bool server, int64_t deadline_ns, struct result *result)
{
	struct run run = {.fd = fd, .plan = plan, .result = result, .server = server};

	connection_inspect(fd, result);
	while (!run.failed && !(run.closed && run.read_all)) {
		if (clock_realtime_ns() >= deadline_ns) {
			result->outcome = OUTCOME_DEADLINE;
			close_resets(fd);
			break;
		}
		step(&run, deadline_ns);
		if (!run.failed && run.sent_all && !run.closed) {
			if (plan->idle_ms > 0)
				usleep((useconds_t)plan->idle_ms * 1000);
			shutdown(fd, SHUT_WR);
			run.closed = true;
		}
	}
	if (!run.failed && result->outcome == OUTCOME_OK)
		wait_for_close(fd, clock_realtime_ns() + 1500000000);
	result->end_ns = clock_realtime_ns();
	connection_inspect(fd, result);
}
