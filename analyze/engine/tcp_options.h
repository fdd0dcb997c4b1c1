/* tcp_options.h: the options that the analysis needs: MSS (RFC 9293 3.7.1), window scale and timestamps (RFC 7323),
 * SACK (RFC 2018). */
#ifndef WIRETAPE_TCP_OPTIONS_H
#define WIRETAPE_TCP_OPTIONS_H

#include "analyze/engine/packet.h"

/* Reads `bytes` bytes of options into the packet's fields; stops at the first that makes no sense. */
void tcp_options_decode(const uint8_t *options, uint32_t bytes, struct packet *packet);

#endif
