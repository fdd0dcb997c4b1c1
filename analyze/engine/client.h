/* client.h: which end of a flow is the client, where no SYN tells. */
#ifndef WIRETAPE_CLIENT_H
#define WIRETAPE_CLIENT_H

#include "analyze/engine/flow.h"
#include "analyze/engine/packet.h"

enum client_evidence {
	CLIENT_BY_SYN,
	CLIENT_BY_PORT, /* one port is a service's, the other is not */
	CLIENT_GUESSED, /* the ports are alike */
};

/* Is the source of a flow's first packet its client? */
bool client_is_source(const struct packet *packet, enum client_evidence *evidence);

/* A packet of a TCP flow with `client_guessed`, before anything else takes it in. Who sends after a silence asks, who sends
 * next and acknowledges that answers. Clears client_guessed when that has been seen, or can't change anything any
 * more. True: the flow's sides are to be swapped. */
bool client_is_other_side(struct flow *flow, enum direction direction, const struct packet *packet);

#endif
