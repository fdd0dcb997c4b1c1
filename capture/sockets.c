#include "capture/sockets.h"

#include "capture/socket_owners.h"
#include "store/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_SHOWN 200
#define SOCKETS_KEPT (2 * SOCKETS_SHOWN) /* while they come; then the better half goes */
#define TIME_WAIT 6			 /* of the kernel's enum, net/tcp_states.h */
#define STATES 13
#define UNLIMITED 0x7fffffff /* TCP_INFINITE_SSTHRESH */

struct tcp_socket {
	struct inet_diag_msg message;
	struct tcp_info info;
	bool has_info;
};

struct sockets {
	struct tcp_socket *list;
	size_t used;
	uint64_t count;
	const char *error; /* a text of strerror's; NULL: none */
};

static int compare(const void *left, const void *right)
{
	const struct tcp_socket *a = left, *b = right;
	if (a->info.tcpi_total_retrans != b->info.tcpi_total_retrans)
		return a->info.tcpi_total_retrans > b->info.tcpi_total_retrans ? -1 : 1;
	const uint64_t a_queue = (uint64_t)a->message.idiag_rqueue + a->message.idiag_wqueue;
	const uint64_t b_queue = (uint64_t)b->message.idiag_rqueue + b->message.idiag_wqueue;
	if (a_queue != b_queue)
		return a_queue > b_queue ? -1 : 1;
	return a->message.idiag_inode < b->message.idiag_inode ? -1 : a->message.idiag_inode > b->message.idiag_inode;
}

static void keep_worst(struct sockets *sockets)
{
	qsort(sockets->list, sockets->used, sizeof *sockets->list, compare);
	if (sockets->used > SOCKETS_SHOWN)
		sockets->used = SOCKETS_SHOWN;
}

static void take(struct sockets *sockets, const struct nlmsghdr *header)
{
	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
		return;
	sockets->count++;
	if (sockets->used == SOCKETS_KEPT)
		keep_worst(sockets);
	struct tcp_socket *socket_ = &sockets->list[sockets->used++];
	memset(socket_, 0, sizeof *socket_);
	memcpy(&socket_->message, NLMSG_DATA(header), sizeof socket_->message);
	unsigned left = header->nlmsg_len - (unsigned)NLMSG_LENGTH(sizeof(struct inet_diag_msg));
	const struct rtattr *attribute =
		(const struct rtattr *)(const void *)((const char *)header + NLMSG_SPACE(sizeof(struct inet_diag_msg)));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type != INET_DIAG_INFO)
			continue;
		const size_t length = RTA_PAYLOAD(attribute); /* older and newer kernels have another */
		memcpy(&socket_->info, RTA_DATA(attribute), length < sizeof socket_->info ? length : sizeof socket_->info);
		socket_->has_info = true;
	}
}

/* One datagram of the answer; false once the last has come. */
static bool take_all(struct sockets *sockets, const char *bytes, size_t count)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)bytes;
	unsigned left = (unsigned)count;
	for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return false;
		if (header->nlmsg_type == NLMSG_ERROR) {
			struct nlmsgerr error = {0};
			if (header->nlmsg_len >= NLMSG_LENGTH(sizeof error))
				memcpy(&error, NLMSG_DATA(header), sizeof error);
			sockets->error = strerror(error.error ? -error.error : EPROTO);
			return false;
		}
		take(sockets, header);
	}
	return true;
}

static bool request(int fd, uint8_t family)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 diag;
	} message = {
		.header = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.diag = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_ext = 1 << (INET_DIAG_INFO - 1),
			 .idiag_states = ~(1u << TIME_WAIT)},
	};
	return send(fd, &message, sizeof message, 0) == (ssize_t)sizeof message;
}

static void ask(struct sockets *sockets, int fd, uint8_t family)
{
	_Alignas(struct nlmsghdr) char bytes[32768];
	const struct timeval limit = {.tv_sec = 1};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (!request(fd, family)) {
		sockets->error = strerror(errno);
		return;
	}
	for (;;) {
		const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			sockets->error = strerror(got < 0 ? errno : EPROTO);
			return;
		}
		if (!take_all(sockets, bytes, (size_t)got))
			return;
	}
}

static void ask_kernel(struct sockets *sockets)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	for (size_t i = 0; i < sizeof families && !sockets->error; i++) {
		const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
		if (fd < 0) {
			sockets->error = strerror(errno);
			return;
		}
		ask(sockets, fd, families[i]);
		close(fd);
	}
	keep_worst(sockets);
}

static const char *state_name(uint8_t state)
{
	static const char *const names[STATES] = {
		"unknown", "established", "syn_sent", "syn_received", "fin_wait_1", "fin_wait_2", "time_wait",
		"close", "close_wait", "last_ack", "listen", "closing", "syn_received",
	};
	return names[state < STATES ? state : 0];
}

static void put_end(struct json *json, const char *address_key, const char *port_key, uint8_t family, const __be32 *address,
		    __be16 port)
{
	char text[INET6_ADDRSTRLEN] = "";
	inet_ntop(family, address, text, sizeof text);
	json_text(json, address_key, text);
	json_integer(json, port_key, ntohs(port));
}

static void put_info(struct json *json, const struct tcp_info *info)
{
	json_integer(json, "retransmissions", info->tcpi_total_retrans);
	json_integer(json, "retransmitted_now", info->tcpi_retrans);
	json_integer(json, "lost_now", info->tcpi_lost);
	json_integer(json, "unacknowledged", info->tcpi_unacked);
	json_integer(json, "timeouts_in_a_row", info->tcpi_retransmits);
	json_real(json, "rtt_ms", info->tcpi_rtt / 1000.0);
	json_real(json, "rtt_mdev_ms", info->tcpi_rttvar / 1000.0);
	json_real(json, "rto_ms", info->tcpi_rto / 1000.0);
	json_integer(json, "congestion_window", info->tcpi_snd_cwnd);
	if (info->tcpi_snd_ssthresh < UNLIMITED)
		json_integer(json, "slow_start_threshold", info->tcpi_snd_ssthresh);
	else
		json_null(json, "slow_start_threshold");
}

static void put_socket(struct json *json, const struct tcp_socket *socket_, const struct socket_owner *owner)
{
	const struct inet_diag_msg *message = &socket_->message;
	json_begin_object(json, NULL);
	json_text(json, "state", state_name(message->idiag_state));
	put_end(json, "local_ip", "local_port", message->idiag_family, message->id.idiag_src, message->id.idiag_sport);
	put_end(json, "remote_ip", "remote_port", message->idiag_family, message->id.idiag_dst, message->id.idiag_dport);
	json_integer(json, "receive_queue_bytes", message->idiag_rqueue);
	json_integer(json, "send_queue_bytes", message->idiag_wqueue);
	if (socket_->has_info)
		put_info(json, &socket_->info);
	json_integer(json, "uid", message->idiag_uid);
	if (owner->pid > 0) {
		json_integer(json, "pid", owner->pid);
		json_text(json, "process", owner->process);
	}
	json_end(json);
}

char *sockets_json(void)
{
	struct sockets sockets = {.list = calloc(SOCKETS_KEPT, sizeof *sockets.list)};
	struct socket_owner *owners = calloc(SOCKETS_SHOWN, sizeof *owners);
	struct json *json = json_new();
	char *text = NULL;
	if (!sockets.list || !owners || !json)
		goto out;
	ask_kernel(&sockets);
	for (size_t i = 0; i < sockets.used; i++)
		owners[i].inode = sockets.list[i].message.idiag_inode;
	const char *processes_error = socket_owners_find(owners, sockets.used);
	json_begin_object(json, NULL);
	json_integer(json, "count", (int64_t)sockets.count);
	json_text(json, "error", sockets.error);
	json_text(json, "processes_error", processes_error);
	json_begin_array(json, "worst");
	for (size_t i = 0; i < sockets.used; i++)
		put_socket(json, &sockets.list[i], &owners[i]);
	json_end(json);
	json_end(json);
	text = json_finish(json);
out:
	json_free(json);
	free(owners);
	free(sockets.list);
	return text;
}
