/* dns.h: questions that wait for their answer (RFC 1035), over UDP and TCP.
 *
 * A question is given up after 5 s, as glibc's resolver does, and counts as unanswered then; an answer is still taken
 * for its own up to 10 s after it was sent last, and only then its row is written. Multicast DNS and LLMNR (ports 5353,
 * 5355): what is sent to a group is passed over, because nobody need answer, and so is an answer to such a question. */
#ifndef WIRETAPE_DNS_H
#define WIRETAPE_DNS_H

#include "analyze/engine/application/names.h"
#include "analyze/engine/flow.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct dns;

/* Borrows both. NULL when out of memory. */
struct dns *dns_new(const struct outlet *outlet, struct names *names);
/* Is one of these a port of DNS? */
bool dns_is_port(uint16_t source, uint16_t destination);
/* One message of the packet's flow, or what was captured of it: the UDP payload, or what a TCP stream carried. */
void dns_take(struct dns *dns, struct flow *flow, const struct packet *packet, const uint8_t *message, uint32_t count);
/* Once a second. */
void dns_advance(struct dns *dns, int64_t now_ns);
/* The capture ends: delivers what waits. */
void dns_finish(struct dns *dns, int64_t now_ns);
/* NULL is allowed. */
void dns_free(struct dns *dns);
uint64_t dns_bytes(const struct dns *dns);

#endif
