/* interface.h: packets from one interface, or from all with "any". It may go down, vanish and come back: that is logged, waited for, and
 * its packets go on. */
#ifndef WIRETAPE_CAPTURE_INTERFACE_H
#define WIRETAPE_CAPTURE_INTERFACE_H

#include "analyze/engine/status.h"
#include "capture/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One packet, borrowed for the call. Times as the kernel gave them. False: no more now. */
typedef bool interface_visit(void *user, uint32_t seconds, uint32_t nanoseconds, const uint8_t *data, uint32_t captured,
			     uint32_t wire);

struct interface;

/* Opens the interface that the options name; they are borrowed. One that is down is waited for. With words in `message`:
 * STATUS_USAGE: the filter is wrong; STATUS_NOT_FOUND: there is no such interface; STATUS_IO: not permitted, or whatever else. */
enum status interface_open(struct interface **interface, const struct recorder_options *options, char *message,
			   size_t message_bytes);
/* NULL is allowed. */
void interface_close(struct interface *interface);

/* Waits for packets, `timeout_ns` at most, and visits some that are there. */
void interface_receive(struct interface *interface, int64_t timeout_ns, interface_visit *visit, void *user);
/* Ends the wait that is under way, or else the next one. Any thread. */
void interface_wake(struct interface *interface);

/* LINKTYPE_ of what comes now, or of what is expected while it is down; it may change when the interface comes back. */
uint16_t interface_link_type(const struct interface *interface);
/* Adds what the kernel dropped because its buffer was full, and what the interface did, since the last call. */
void interface_drops(struct interface *interface, uint64_t *kernel, uint64_t *interface_itself);

#endif
