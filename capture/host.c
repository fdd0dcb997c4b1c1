#include "capture/host.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 512
#define FILE_BYTES ((size_t)256 << 10) /* net/dev with a thousand interfaces has half of that; what is beyond is not read */

/* A counter by the name that stands before it, or above it, and by the first word of its line. */
struct named {
	const char *prefix, *name;
	size_t offset;
};

#define AT(field) offsetof(struct host_counters, field)

static const struct named snmp[] = {
	{ "Tcp:", "InSegs", AT(tcp_in_segments) },	 { "Tcp:", "OutSegs", AT(tcp_out_segments) },
	{ "Tcp:", "RetransSegs", AT(tcp_retransmitted_segments) },
	{ "Tcp:", "OutRsts", AT(tcp_resets_sent) },	 { "Tcp:", "AttemptFails", AT(tcp_attempt_fails) },
	{ "Tcp:", "InErrs", AT(tcp_in_errors) },		 { "Udp:", "RcvbufErrors", AT(udp_receive_buffer_errors) },
	{ "Ip:", "InDiscards", AT(ip_in_discards) },
};

static const struct named netstat[] = {
	{ "TcpExt:", "ListenOverflows", AT(listen_overflows) },
	{ "TcpExt:", "ListenDrops", AT(listen_drops) },
	{ "TcpExt:", "TCPTimeouts", AT(tcp_timeouts) },
	{ "TcpExt:", "TCPLostRetransmit", AT(tcp_lost_retransmissions) },
	{ "TcpExt:", "TCPBacklogDrop", AT(tcp_backlog_drops) },
	{ "TcpExt:", "TCPRcvQDrop", AT(tcp_receive_queue_drops) },
	{ "TcpExt:", "TCPMemoryPressures", AT(tcp_memory_pressures) },
};

static const struct named sockstat[] = {
	{ "TCP:", "inuse", AT(tcp_sockets) },	 { "TCP:", "orphan", AT(tcp_orphans) },
	{ "TCP:", "tw", AT(tcp_time_wait) },	 { "TCP:", "mem", AT(tcp_memory_pages) },
	{ "UDP:", "inuse", AT(udp_sockets) },
};

/* Columns of net/dev behind the name, from 0. */
static const struct {
	unsigned column;
	size_t offset;
} device[] = {
	{ 0, AT(interface_rx_bytes) }, { 1, AT(interface_rx_packets) }, { 2, AT(interface_rx_errors) },	 { 3, AT(interface_rx_drops) },
	{ 8, AT(interface_tx_bytes) }, { 9, AT(interface_tx_packets) }, { 10, AT(interface_tx_errors) }, { 11, AT(interface_tx_drops) },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct host {
	char *proc, *interface;
	char *text; /* FILE_BYTES, the file that is being read */
	bool looked;
	struct host_counters last; /* as they stood; -1 unknown */
};

struct host *host_new(const char *proc, const char *interface)
{
	struct host *host = calloc(1, sizeof(*host));
	if (!host)
		return NULL;
	host->proc = strdup(proc);
	host->interface = strdup(interface);
	host->text = malloc(FILE_BYTES);
	if (host->proc && host->interface && host->text)
		return host;
	host_free(host);
	return NULL;
}

void host_free(struct host *host)
{
	if (!host)
		return;
	free(host->proc);
	free(host->interface);
	free(host->text);
	free(host);
}

/* The file as text; "" where there is none. */
static char *read_file(struct host *host, const char *name)
{
	char path[PATH_BYTES];
	size_t used = 0;
	snprintf(path, sizeof(path), "%s/net/%s", host->proc, name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	while (file >= 0 && used < FILE_BYTES - 1) {
		ssize_t got = read(file, host->text + used, FILE_BYTES - 1 - used);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	if (file >= 0)
		close(file);
	host->text[used] = '\0';
	return host->text;
}

static int64_t *field(struct host_counters *counters, size_t offset)
{
	return (int64_t *)((char *)counters + offset);
}

/* What can't be a counter is -1. Its lower 52 bits, so that sums of thousands fit. */
static int64_t number(const char *word, int base)
{
	char *end;
	if (!isxdigit((unsigned char)*word))
		return -1;
	uint64_t value = strtoull(word, &end, base);
	return *end ? -1 : (int64_t)(value & ((UINT64_C(1) << 52) - 1));
}

/* The next word that is not empty; NULL at the end. */
static char *word_of(char **line)
{
	char *word;
	do
		word = strsep(line, " \t");
	while (word && !*word);
	return word;
}

static void take_named(struct host_counters *counters, const struct named *list, size_t count, const char *prefix, const char *name,
		       const char *value)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].prefix, prefix) && !strcmp(list[i].name, name))
			*field(counters, list[i].offset) = number(value, 10);
}

/* net/snmp, net/netstat: a line of names, and one of values that begins with the same word. */
static void read_pairs(char *text, struct host_counters *counters, const struct named *list, size_t count)
{
	char *names;
	while ((names = strsep(&text, "\n")) && text) {
		char *values = strsep(&text, "\n");
		const char *prefix = word_of(&names), *other = word_of(&values);
		if (!prefix || !other || strcmp(prefix, other))
			return;
		for (;;) {
			const char *name = word_of(&names), *value = word_of(&values);
			if (!name || !value)
				break;
			take_named(counters, list, count, prefix, name, value);
		}
	}
}

/* net/sockstat: "TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 1". */
static void read_sockstat(char *text, struct host_counters *counters)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		const char *prefix = word_of(&line);
		while (prefix) {
			const char *name = word_of(&line), *value = name ? word_of(&line) : NULL;
			if (!value)
				break;
			take_named(counters, sockstat, COUNT(sockstat), prefix, name, value);
		}
	}
}

/* The name may touch its first number. */
static void read_devices(char *text, const char *interface, struct host_counters *counters)
{
	bool all = !strcmp(interface, "any");
	for (char *line; (line = strsep(&text, "\n"));) {
		char *colon = strrchr(line, ':'); /* an alias has one in its name */
		if (!colon)
			continue;
		*colon = '\0';
		const char *name = line + strspn(line, " ");
		char *rest = colon + 1;
		if (!all && strcmp(name, interface))
			continue;
		const char *word;
		for (unsigned column = 0; (word = word_of(&rest)); column++)
			for (size_t i = 0; i < COUNT(device); i++)
				if (device[i].column == column) {
					int64_t *sum = field(counters, device[i].offset), value = number(word, 10);
					*sum = value < 0 ? *sum : (*sum < 0 ? 0 : *sum) + value;
				}
	}
}

/* net/softnet_stat: a line per processor, in hexadecimal: packets, dropped, squeezed, ... */
static void read_softnet(char *text, struct host_counters *counters)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		const char *processed = word_of(&line), *dropped = word_of(&line), *squeezed = word_of(&line);
		if (!processed || !squeezed || number(dropped, 16) < 0 || number(squeezed, 16) < 0)
			continue;
		counters->softnet_drops = (counters->softnet_drops < 0 ? 0 : counters->softnet_drops) + number(dropped, 16);
		counters->softnet_squeezed = (counters->softnet_squeezed < 0 ? 0 : counters->softnet_squeezed) + number(squeezed, 16);
	}
}

/* Those of sockstat say how much there is, not how often something has happened. */
static bool is_now(size_t offset)
{
	for (size_t i = 0; i < COUNT(sockstat); i++)
		if (sockstat[i].offset == offset)
			return true;
	return false;
}

static int64_t difference(int64_t before, int64_t now)
{
	if (before < 0 || now < 0)
		return -1;
	return now > before ? now - before : 0;
}

void host_read(struct host *host, struct host_counters *counters)
{
	struct host_counters now;
	for (size_t at = 0; at < sizeof(now); at += sizeof(int64_t))
		*field(&now, at) = -1;
	read_devices(read_file(host, "dev"), host->interface, &now);
	read_pairs(read_file(host, "snmp"), &now, snmp, COUNT(snmp));
	read_pairs(read_file(host, "netstat"), &now, netstat, COUNT(netstat));
	read_softnet(read_file(host, "softnet_stat"), &now);
	read_sockstat(read_file(host, "sockstat"), &now);
	for (size_t at = 0; at < sizeof(now); at += sizeof(int64_t)) {
		int64_t before = host->looked ? *field(&host->last, at) : -1;
		*field(counters, at) = is_now(at) ? *field(&now, at) : difference(before, *field(&now, at));
	}
	host->last = now;
	host->looked = true;
}
