/* tape_name.h: what the name of a segment's file says: "20261121T103200.000Z-000042.pcap.zst", ".part" behind it while it is
 * being written. */
#ifndef WIRETAPE_TAPE_NAME_H
#define WIRETAPE_TAPE_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define TAPE_NAME_END ".pcap.zst"
#define TAPE_NAME_PART ".part"

/* False: not the name of a segment, and nothing is set. `start_ns` is from 1970 to 2261. */
bool tape_name_parse(const char *name, uint64_t *sequence, int64_t *start_ns, bool *part);

#endif
