#include "analyze/engine/flow_key.h"

#include <string.h>

_Static_assert(sizeof(struct flow_key) == 40, "flow_key has no padding");

/* Both halves of the product: every bit of the factors has a say in every bit of the result. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t flow_key_hash(const struct flow_key *key, uint64_t seed)
{
	uint64_t words[5];
	memcpy(words, key, sizeof words);
	uint64_t low = fold(words[0] ^ seed ^ 0x9e3779b97f4a7c15u, words[1] ^ 0xd6e8feb86659fd93u);
	uint64_t high = fold(words[2] ^ seed ^ 0xa0761d6478bd642fu, words[3] ^ 0xe7037ed1a0b428dbu);
	return fold(low ^ words[4], high ^ 0x8ebc6af09c88c6e3u);
}
