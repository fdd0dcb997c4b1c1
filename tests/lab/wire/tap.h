/* tap.h: a TAP device, which ends when its descriptor is closed. */
#ifndef LAB_TAP_H
#define LAB_TAP_H

#include <stdbool.h>

/* Makes the device `name`. With `offload` its frames carry a virtio_net_hdr of TAP_VNET_BYTES and may be
 * super-segments. Returns a non-blocking descriptor, or -1 with errno set. */
#define TAP_VNET_BYTES 10
int tap_open(const char *name, bool offload);

#endif
