/* connection.h: one end of one TCP connection doing as its plan says, and what came of it. */
#ifndef LAB_CONNECTION_H
#define LAB_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/tcp.h>

/* What one end does. Both sending and reading go on at once; reading lasts until the other end closes. */
struct plan {
	uint64_t send_bytes; /* then the end closes its sending side */
	uint64_t chunk_bytes, pause_ms; /* a slow writer: sends so much at a time and then waits */
	uint64_t stall_after_bytes, stall_ms; /* a slow reader: having read so much, reads nothing for so long, once */
	uint64_t reset_after_bytes; /* reset the connection after having read so much; 0: no */
	uint64_t requests;	    /* client: so many requests, one at a time; server: any number when request_bytes */
	uint64_t request_bytes, response_bytes;
	uint64_t think_ms; /* the server's time between request and response */
	uint64_t idle_ms;  /* before closing the sending side */
};

enum outcome {
	OUTCOME_OK,
	OUTCOME_REFUSED,
	OUTCOME_UNANSWERED, /* connect() timed out */
	OUTCOME_RESET,	    /* by the other end */
	OUTCOME_RESETTING,  /* by this end, as planned */
	OUTCOME_DEADLINE,
	OUTCOME_ERROR,
};

#define RESPONSES_MAX 4096

struct result {
	enum outcome outcome;
	int error; /* errno of OUTCOME_ERROR */
	uint64_t sent_bytes, received_bytes;
	int64_t start_ns, connected_ns, end_ns; /* CLOCK_REALTIME; 0: did not happen */
	int64_t stall_start_ns, stall_end_ns, read_on_ns; /* read_on: the first read after it was done */
	uint64_t responses;
	int64_t response_ns[RESPONSES_MAX]; /* last byte of the request written to first byte of the response read */
	struct tcp_info tcp_info;
	char congestion[16];
	uint16_t local_port, remote_port;
};

int64_t clock_realtime_ns(void);

/* Follows the plan on a connected, non-blocking socket until both sides have closed or `deadline_ns`
 * (CLOCK_REALTIME), then waits for the last acknowledgement and reads TCP_INFO. Does not close the socket. */
void connection_run(int fd, const struct plan *plan, bool server, int64_t deadline_ns, struct result *result);
/* Reads ports and TCP_INFO, as far as the socket has them. */
void connection_inspect(int fd, struct result *result);
void result_print(const struct result *result, bool server, unsigned int index, FILE *out);

#endif
