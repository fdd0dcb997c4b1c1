#include "analyze/engine/tcp_options.h"

#include "analyze/engine/bytes.h"

#define MAX_WINDOW_SCALE 14 /* RFC 7323 2.3 */

enum option { OPTION_END, OPTION_NOP, OPTION_MSS, OPTION_WINDOW_SCALE, OPTION_SACK_PERMITTED, OPTION_SACK, OPTION_TIMESTAMP = 8 };

static void decode_sack(const uint8_t *value, uint32_t bytes, struct packet *packet)
{
	for (uint32_t at = 0; at + 8 <= bytes && packet->sack_blocks < SACK_BLOCKS_MAX; at += 8) {
		struct sack_block *block = &packet->sack[packet->sack_blocks++];
		block->start = be32(value + at);
		block->end = be32(value + at + 4);
	}
}

static void decode_option(uint8_t kind, const uint8_t *value, uint32_t bytes, struct packet *packet)
{
	switch (kind) {
	case OPTION_MSS:
		if (bytes == 2)
			packet->mss = be16(value);
		break;
	case OPTION_WINDOW_SCALE:
		if (bytes == 1)
			packet->window_scale = value[0] > MAX_WINDOW_SCALE ? MAX_WINDOW_SCALE : value[0];
		break;
	case OPTION_SACK_PERMITTED:
		packet->sack_permitted = bytes == 0;
		break;
	case OPTION_SACK:
		decode_sack(value, bytes, packet);
		break;
	case OPTION_TIMESTAMP:
		if (bytes != 8)
			break;
		packet->has_timestamp = true;
		packet->tsval = be32(value);
		packet->tsecr = be32(value + 4);
		break;
	default:
		break;
	}
}

void tcp_options_decode(const uint8_t *options, uint32_t bytes, struct packet *packet)
{
	/* The usual case, timestamps alone behind two NOPs (RFC 7323 appendix A), in one step. */
	if (bytes == 12 && be32(options) == 0x0101080a) {
		packet->has_timestamp = true;
		packet->tsval = be32(options + 4);
		packet->tsecr = be32(options + 8);
		return;
	}
	uint32_t at = 0;
	while (at < bytes && options[at] != OPTION_END) {
		if (options[at] == OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 2 > bytes || options[at + 1] < 2 || at + options[at + 1] > bytes)
			return;
		decode_option(options[at], options + at + 2, options[at + 1] - 2u, packet);
		at += options[at + 1];
	}
}
