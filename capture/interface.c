#include "capture/interface.h"

#include "analyze/source/dlt.h"
#include "capture/clock.h"
#include "capture/filter.h"
#include "capture/log.h"
#include "capture/slice.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define RETRY_NS (500 * NS_PER_MS)
#define FIRST_RETRY_NS (50 * NS_PER_MS) /* doubles up to RETRY_NS: what is made again at once should not be missed for long */
#define SYSFS_NS NS_PER_SECOND
#define BLOCK_MS 100 /* the kernel shows packets of a block that isn't full after so long */
#define DRAIN_NS (150 * NS_PER_MS) /* time enough for the kernel to show a block that isn't full */
#define BATCH 4096   /* packets before other duties are looked after */
#define HEADERS_SNAPLEN 2048 /* enough for all headers that are kept if nothing else is: less to copy for the kernel */
#define SMART_SNAPLEN (SLICE_TCP_BYTES + 512) /* likewise, and the first bytes of a flow; of DNS the kernel copies all */

struct interface {
	const struct recorder_options *options;
	pcap_t *handle; /* NULL: lost, being waited for */
	int fd;
	int wake_fd;
	bool any;
	bool down;	/* the handle waits with the interface until it is up */
	unsigned index; /* of the interface that the handle listens to */
	uint16_t link_type;
	int64_t next_check_ns, retry_ns;
	unsigned kernel_seen; /* pcap_stats counts in 32 bits */
	uint64_t kernel_drops, interface_drops; /* not asked for yet */
	int64_t next_sysfs_ns;
	uint64_t sysfs_seen;
	bool sysfs_known;
	bool filter_complained;
};

struct visiting {
	struct interface *interface;
	interface_visit *visit;
	void *user;
};

static const char *name_of(const struct interface *interface)
{
	return interface->options->interface;
}

/* netdevice(7) */
static bool ask(const char *name, unsigned long what, struct ifreq *request)
{
	*request = (struct ifreq){ .ifr_flags = 0 };
	snprintf(request->ifr_name, sizeof request->ifr_name, "%s", name);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const bool answered = fd >= 0 && ioctl(fd, what, request) == 0;
	if (fd >= 0)
		close(fd);
	return answered;
}

static bool is_up(const char *name)
{
	struct ifreq request;
	return ask(name, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_UP;
}

/* What libpcap will most likely say of an interface that it can't open yet. */
static uint16_t expected_link_type(const char *name)
{
	struct ifreq request;
	const bool known = ask(name, SIOCGIFHWADDR, &request);
	const bool raw = known && (request.ifr_hwaddr.sa_family == ARPHRD_NONE || request.ifr_hwaddr.sa_family == ARPHRD_RAWIP);
	return link_type_of_dlt(raw ? DLT_RAW : DLT_EN10MB);
}

/* The same counters as pcap_stats' ps_ifdrop, which libpcap tells only of interfaces in promiscuous mode. */
static bool read_sysfs_drops(const char *name, uint64_t *drops)
{
	static const char *const counters[] = {"rx_missed_errors", "rx_fifo_errors"};
	*drops = 0;
	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
		char path[128], text[32] = "";
		snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", name, counters[i]);
		FILE *file = fopen(path, "re");
		const bool read = file && fgets(text, sizeof text, file);
		if (file)
			fclose(file);
		if (!read)
			return false;
		*drops += strtoull(text, NULL, 10);
	}
	return true;
}

static void count_drops(struct interface *interface, bool now)
{
	struct pcap_stat stats;
	if (interface->handle && pcap_stats(interface->handle, &stats) == 0) {
		interface->kernel_drops += stats.ps_drop - interface->kernel_seen;
		interface->kernel_seen = stats.ps_drop;
	}
	const int64_t time_ns = clock_monotonic_ns();
	uint64_t drops;
	if (interface->any || (!now && time_ns < interface->next_sysfs_ns) || !read_sysfs_drops(name_of(interface), &drops))
		return;
	if (interface->sysfs_known && drops > interface->sysfs_seen)
		interface->interface_drops += drops - interface->sysfs_seen;
	interface->sysfs_seen = drops;
	interface->sysfs_known = true;
	interface->next_sysfs_ns = time_ns + SYSFS_NS;
}

static void list_interfaces(char *text, size_t bytes)
{
	struct if_nameindex *list = if_nameindex();
	size_t used = (size_t)snprintf(text, bytes, "any");
	for (const struct if_nameindex *one = list; one && one->if_index; one++)
		if (used + strlen(one->if_name) + 3 < bytes)
			used += (size_t)snprintf(text + used, bytes - used, ", %s", one->if_name);
	if_freenameindex(list);
}

/* STATUS_OK with handle NULL: it is there, and down. */
static enum status activate(const struct interface *interface, pcap_t **handle, char *message, size_t message_bytes)
{
	const struct recorder_options *options = interface->options;
	char error[PCAP_ERRBUF_SIZE] = "";
	*handle = NULL;
	pcap_t *made = pcap_create(options->interface, error);
	if (!made) {
		snprintf(message, message_bytes, "-i %s: %s", options->interface, error);
		return STATUS_IO;
	}
	const bool little = options->slice == SLICE_HEADERS && options->snaplen > HEADERS_SNAPLEN;
	pcap_set_snaplen(made, little ? HEADERS_SNAPLEN : (int)options->snaplen);
	pcap_set_promisc(made, options->promiscuous);
	pcap_set_timeout(made, BLOCK_MS);
	pcap_set_buffer_size(made, (int)options->buffer_bytes);
	pcap_set_tstamp_precision(made, PCAP_TSTAMP_PRECISION_NANO);
	const int result = pcap_activate(made);
	if (result >= 0) {
		if (result > 0)
			log_write(LOG_LEVEL_WARNING, "%s: %s %s", options->interface, pcap_statustostr(result), pcap_geterr(made));
		*handle = made;
		return STATUS_OK;
	}
	enum status status = STATUS_IO;
	if (result == PCAP_ERROR_IFACE_NOT_UP)
		status = STATUS_OK;
	else if (result == PCAP_ERROR_PERM_DENIED || result == PCAP_ERROR_PROMISC_PERM_DENIED)
		snprintf(message, message_bytes, "-i %s: not permitted: run wiretaped as root, or give it CAP_NET_RAW "
			 "(setcap cap_net_raw+ep wiretaped)", options->interface);
	else
		snprintf(message, message_bytes, "-i %s: %s: %s", options->interface, pcap_statustostr(result), pcap_geterr(made));
	pcap_close(made);
	return status;
}

/* What an interface would say that is not up yet; most are Ethernet. */
static enum status check_filter(const struct interface *interface, char *message, size_t message_bytes)
{
	pcap_t *dead = pcap_open_dead(interface->any ? DLT_LINUX_SLL2 : DLT_EN10MB, (int)interface->options->snaplen);
	if (!dead)
		return STATUS_NO_MEMORY;
	const enum status status = filter_check(dead, interface->options->filter, message, message_bytes);
	pcap_close(dead);
	return status;
}

static enum status set_up(struct interface *interface, pcap_t *handle, char *message, size_t message_bytes)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	if (interface->any && pcap_set_datalink(handle, DLT_LINUX_SLL2) != 0) /* it has the number of each packet's interface */
		log_write(LOG_LEVEL_WARNING, "any: packets do not say which interface they came over: %s", pcap_geterr(handle));
	const bool smart = interface->options->slice == SLICE_SMART;
	const enum status status =
		filter_set(handle, interface->options->filter, smart ? SMART_SNAPLEN : 0, message, message_bytes);
	if (status != STATUS_OK)
		return status;
	interface->fd = pcap_get_selectable_fd(handle);
	if (pcap_setnonblock(handle, 1, error) == 0 && interface->fd >= 0)
		return STATUS_OK;
	snprintf(message, message_bytes, "-i %s: cannot be polled: %s", name_of(interface), error);
	return STATUS_IO;
}

/* STATUS_OK with no handle: it is down. */
static enum status try_open(struct interface *interface, char *message, size_t message_bytes)
{
	pcap_t *handle;
	/* Asked before: if it is replaced meanwhile, the next check will tell. */
	interface->index = interface->any ? 0 : if_nametoindex(name_of(interface));
	if (!interface->any && interface->index == 0) {
		char list[512];
		list_interfaces(list, sizeof list);
		snprintf(message, message_bytes, "-i %s: no such interface; there are: %s", name_of(interface), list);
		return STATUS_NOT_FOUND;
	}
	enum status status = activate(interface, &handle, message, message_bytes);
	if (!handle)
		return status;
	status = set_up(interface, handle, message, message_bytes);
	if (status != STATUS_OK) {
		pcap_close(handle);
		return status;
	}
	interface->handle = handle;
	interface->link_type = link_type_of_dlt(pcap_datalink(handle));
	interface->kernel_seen = 0;
	interface->sysfs_known = false;
	count_drops(interface, true); /* what was dropped before is not ours */
	return STATUS_OK;
}

enum status interface_open(struct interface **interface, const struct recorder_options *options, char *message,
			   size_t message_bytes)
{
	*interface = NULL;
	struct interface *opened = calloc(1, sizeof *opened);
	enum status status = STATUS_NO_MEMORY;
	snprintf(message, message_bytes, "out of memory");
	if (!opened)
		return status;
	opened->options = options;
	opened->any = strcmp(options->interface, "any") == 0;
	opened->link_type = link_type_of_dlt(DLT_EN10MB);
	opened->retry_ns = FIRST_RETRY_NS;
	opened->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (opened->wake_fd < 0) {
		snprintf(message, message_bytes, "eventfd: %s", strerror(errno));
		status = STATUS_IO;
		goto out;
	}
	status = check_filter(opened, message, message_bytes);
	if (status == STATUS_OK)
		status = try_open(opened, message, message_bytes);
	if (status == STATUS_OK && !opened->handle) {
		opened->link_type = expected_link_type(options->interface);
		log_write(LOG_LEVEL_WARNING, "%s: is down; waiting until it is up", options->interface);
	}
out:
	if (status == STATUS_OK)
		*interface = opened;
	else
		interface_close(opened);
	return status;
}

void interface_close(struct interface *interface)
{
	if (!interface)
		return;
	if (interface->handle)
		pcap_close(interface->handle);
	if (interface->wake_fd >= 0)
		close(interface->wake_fd);
	free(interface);
}

static void deliver(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	const struct visiting *visiting = (const struct visiting *)(const void *)user;
	/* With nanosecond precision tv_usec counts them. */
	if (!visiting->visit(visiting->user, (uint32_t)header->ts.tv_sec, (uint32_t)header->ts.tv_usec, data, header->caplen,
			     header->len))
		pcap_breakloop(visiting->interface->handle);
}


/* What came before the interface was lost is still in the kernel's buffer. The socket has told its error, and goes on. */
static void drain(struct interface *interface, struct visiting *visiting)
{
	const int64_t end_ns = clock_monotonic_ns() + DRAIN_NS;
	for (int64_t left_ns = DRAIN_NS; left_ns > 0; left_ns = end_ns - clock_monotonic_ns()) {
		struct pollfd polled = { .fd = interface->fd, .events = POLLIN };
		const int ready = poll(&polled, 1, (int)(left_ns / NS_PER_MS) + 1);
		if (ready < 0 || (ready > 0 && pcap_dispatch(interface->handle, BATCH, deliver, (u_char *)visiting) < 0))
			return;
	}
}

static void lose(struct interface *interface, const char *reason, struct visiting *visiting)
{
	log_write(LOG_LEVEL_WARNING, "%s: %s; waiting for it", name_of(interface), reason);
	drain(interface, visiting);
	count_drops(interface, true);
	pcap_close(interface->handle);
	interface->handle = NULL;
	interface->down = false;
	interface->retry_ns = FIRST_RETRY_NS;
	interface->next_check_ns = clock_monotonic_ns() + FIRST_RETRY_NS;
}

/* The socket tells once that the interface went down, and goes on by itself as soon as that is up again: nothing is missed then. */
static bool wait_while_down(struct interface *interface)
{
	int error;
	socklen_t bytes = sizeof error;
	if (interface->any || if_nametoindex(name_of(interface)) != interface->index || is_up(name_of(interface)) ||
	    getsockopt(interface->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0) /* which forgets it */
		return false;
	if (!interface->down)
		log_write(LOG_LEVEL_WARNING, "%s: has gone down; waiting for it", name_of(interface));
	interface->down = true;
	return true;
}

/* libpcap has given up, or polling says that there is an error. */
static void lose_broken(struct interface *interface, struct visiting *visiting)
{
	char reason[PCAP_ERRBUF_SIZE + 32];
	if (wait_while_down(interface))
		return;
	if (!interface->any && if_nametoindex(name_of(interface)) == 0)
		snprintf(reason, sizeof reason, "has vanished");
	else
		snprintf(reason, sizeof reason, "cannot be read: %s", pcap_geterr(interface->handle));
	lose(interface, reason, visiting);
}

/* Twice a second, and more often at first: is it back; is it still the one that was opened? An interface that was deleted and made again
 * has another number. */
static void check(struct interface *interface, struct visiting *visiting)
{
	char message[1024];
	interface->next_check_ns = clock_monotonic_ns() + (interface->handle ? RETRY_NS : interface->retry_ns);
	if (interface->retry_ns < RETRY_NS)
		interface->retry_ns *= 2;
	if (interface->handle) {
		const unsigned index = interface->any ? 0 : if_nametoindex(name_of(interface));
		if (index != interface->index)
			lose(interface, index ? "is another one now" : "has vanished", visiting);
		if (interface->handle && interface->down && is_up(name_of(interface))) {
			log_write(LOG_LEVEL_NOTICE, "%s: is up again, packets are recorded again", name_of(interface));
			interface->down = false;
		}
		if (interface->handle)
			return;
	}
	const enum status status = try_open(interface, message, sizeof message);
	if (interface->handle) {
		log_write(LOG_LEVEL_NOTICE, "%s: is back, packets are recorded again", name_of(interface));
		interface->filter_complained = false;
	} else if (status != STATUS_OK && status != STATUS_NOT_FOUND && !interface->filter_complained) {
		log_write(LOG_LEVEL_ERROR, "%s; trying on", message);
		interface->filter_complained = true;
	}
}

static void forget_wakes(struct interface *interface)
{
	uint64_t wakes;
	const ssize_t got = read(interface->wake_fd, &wakes, sizeof wakes);
	(void)got;
}

void interface_receive(struct interface *interface, int64_t timeout_ns, interface_visit *visit, void *user)
{
	struct visiting visiting = { .interface = interface, .visit = visit, .user = user };
	int64_t now = clock_monotonic_ns();
	if (now >= interface->next_check_ns) {
		check(interface, &visiting);
		now = clock_monotonic_ns();
	}
	if (timeout_ns > interface->next_check_ns - now)
		timeout_ns = interface->next_check_ns - now;
	if (timeout_ns < 0)
		timeout_ns = 0;
	struct pollfd polled[] = {
		{ .fd = interface->wake_fd, .events = POLLIN },
		{ .fd = interface->handle ? interface->fd : -1, .events = POLLIN }, /* -1 is passed over */
	};
	const struct timespec timeout = { .tv_sec = timeout_ns / NS_PER_SECOND, .tv_nsec = timeout_ns % NS_PER_SECOND };
	if (ppoll(polled, 2, &timeout, NULL) <= 0)
		return;
	if (polled[0].revents)
		forget_wakes(interface);
	if (!polled[1].revents)
		return;
	const int count = pcap_dispatch(interface->handle, BATCH, deliver, (u_char *)&visiting);
	const bool broken = count < 0 && count != PCAP_ERROR_BREAK;
	if (broken || (count == 0 && polled[1].revents & (POLLERR | POLLHUP | POLLNVAL)))
		lose_broken(interface, &visiting);
}

void interface_wake(struct interface *interface)
{
	const uint64_t one = 1;
	const ssize_t written = write(interface->wake_fd, &one, sizeof one);
	(void)written; /* it fails only when it has been woken very often */
}

uint16_t interface_link_type(const struct interface *interface)
{
	return interface->link_type;
}

void interface_drops(struct interface *interface, uint64_t *kernel, uint64_t *interface_itself)
{
	count_drops(interface, false);
	*kernel += interface->kernel_drops;
	*interface_itself += interface->interface_drops;
	interface->kernel_drops = interface->interface_drops = 0;
}
