/* icmp_errors.h: ICMP errors by kind, reporter and the conversation that they speak of (RFC 792, RFC 1191,
 * RFC 4443, RFC 4861). */
#ifndef WIRETAPE_ICMP_ERRORS_H
#define WIRETAPE_ICMP_ERRORS_H

#include "analyze/engine/control/keyed_rows.h"
#include "analyze/engine/flow.h"
#include "analyze/engine/outlet.h"
#include "analyze/engine/packet.h"

struct icmp_errors {
	struct keyed_rows rows;
};

void icmp_errors_init(struct icmp_errors *errors);
/* Says of what kind an ICMP packet is. */
bool icmp_is_error(const struct packet *packet);
/* `quoted` is NULL if it could not be read: too little of it was captured. `about` is its flow; NULL: not known. */
void icmp_errors_packet(struct icmp_errors *errors, const struct outlet *outlet, const struct packet *packet,
			const struct packet *quoted, const struct flow *about);
void icmp_errors_deliver(const struct icmp_errors *errors, const struct outlet *outlet);
void icmp_errors_free(struct icmp_errors *errors);

#endif
