/* incident_packets.h: the packets of an incident that a replay made: hard links to a tape's segments, or copies where links can't be; of
 * a capture, a segment with what lies in the period. */
#ifndef WIRETAPE_CAPTURE_INCIDENT_PACKETS_H
#define WIRETAPE_CAPTURE_INCIDENT_PACKETS_H

#include "analyze/engine/status.h"

#include <stddef.h>
#include <stdint.h>

struct incident_packets {
	uint64_t segments, file_bytes, missing;
};

/* `path` is a tape or a capture. On errors, with words in `message`, what could be had is in the folder. */
enum status incident_packets_take(const char *path, int64_t from_ns, int64_t to_ns, const char *folder,
				  struct incident_packets *packets, char *message, size_t message_bytes);

#endif
