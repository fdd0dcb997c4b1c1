/* fingerprint.h: a 64-bit hash that tells one capture from another. Not for adversaries. */
#ifndef WIRETAPE_FINGERPRINT_H
#define WIRETAPE_FINGERPRINT_H

#include "analyze/engine/engine.h"

#include <stdint.h>

#define FINGERPRINT_START UINT64_C(0x9e3779b97f4a7c15)

/* The fingerprint with the frame's time, lengths and bytes taken in. The same on every machine. */
uint64_t fingerprint_add(uint64_t fingerprint, const struct frame *frame);

#endif
