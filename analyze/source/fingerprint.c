#include "analyze/source/fingerprint.h"

#include <endian.h>
#include <string.h>

/* The mixer of MurmurHash3's 64-bit finaliser (public domain, Austin Appleby). */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash ^= word;
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

uint64_t fingerprint_add(uint64_t fingerprint, const struct frame *frame)
{
	uint64_t hash = mix(fingerprint, (uint64_t)frame->t_ns);
	hash = mix(hash, (uint64_t)frame->wire_bytes << 32 | frame->captured_bytes);
	for (uint32_t at = 0; at < frame->captured_bytes; at += 8) {
		uint64_t word = 0;
		const uint32_t left = frame->captured_bytes - at;
		memcpy(&word, frame->data + at, left < 8 ? left : 8);
		hash = mix(hash, le64toh(word));
	}
	return hash;
}
