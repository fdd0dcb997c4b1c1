/* filter.h: the BPF program of an interface: which packets, and how much of them the kernel copies. */
#ifndef WIRETAPE_CAPTURE_FILTER_H
#define WIRETAPE_CAPTURE_FILTER_H

#include "analyze/engine/status.h"

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

/* Compiles the expression (NULL: all packets) without setting it. STATUS_USAGE with libpcap's words in `message`. */
enum status filter_check(pcap_t *handle, const char *filter, char *message, size_t message_bytes);
/* The program that copies DNS whole, and `snaplen` of what else the filter (NULL: everything) takes. The caller frees its instructions.
 * False where that can't be, as on links that can't carry IP. */
bool filter_short(pcap_t *handle, const char *filter, uint32_t snaplen, struct bpf_program *program);
/* Sets it. With `snaplen` not 0 the kernel copies no more than that of each packet, but DNS whole. STATUS_USAGE, STATUS_IO. */
enum status filter_set(pcap_t *handle, const char *filter, uint32_t snaplen, char *message, size_t message_bytes);

#endif
