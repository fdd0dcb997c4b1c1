/* slice.h: how many bytes of a packet are kept. `headers` keeps no byte of payload; `smart` also keeps DNS, the first bytes of each
 * TCP flow direction, the lines before the body of HTTP requests and answers, and a little of everything else; `full` keeps all. What
 * a tunnel carries is kept as it would be without the tunnel. Bytes come from hostile hands. */
#ifndef WIRETAPE_CAPTURE_SLICE_H
#define WIRETAPE_CAPTURE_SLICE_H

#include "capture/options.h"

#include <stdint.h>

#define SLICE_TCP_BYTES 2048 /* of each direction of a TCP flow: a TLS ClientHello with post-quantum keys fits */
#define SLICE_OTHER_BYTES 128 /* of payload of ICMP, UDP that is not DNS, and whatever else is carried by IP */
#define SLICE_NOT_IP_BYTES 256 /* of frames that are not IP */

struct slicer;

/* `seed` is any number that the network does not know. NULL when out of memory. */
struct slicer *slicer_new(enum slice slice, uint32_t snaplen, uint64_t seed);
/* NULL is allowed. */
void slicer_free(struct slicer *slicer);
/* How many of the `captured` bytes at `data` to keep. `link_type` is a LINKTYPE_ value, `wire` the length that the packet had. */
uint32_t slicer_keep(struct slicer *slicer, uint16_t link_type, const uint8_t *data, uint32_t captured, uint32_t wire);

#endif
