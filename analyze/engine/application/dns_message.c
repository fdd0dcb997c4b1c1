#include "analyze/engine/application/dns_message.h"

#include "analyze/engine/application/wire_text.h"
#include "analyze/engine/bytes.h"

#include <string.h>

#define HEADER_BYTES 12
#define NAME_WIRE_MAX 255 /* RFC 1035 2.3.4 */
#define RECORD_BYTES 10	  /* type, class, TTL, length: behind the name */
#define TYPE_A 1
#define TYPE_AAAA 28
#define CLASS_IN 1

enum name_result { NAME_READ, NAME_CUT, NAME_BAD };

/* Reads the name at *at, which is then behind it. Pointers lead back only, each further than the one before, so that
 * there is no loop (RFC 1035 4.1.4). */
static enum name_result read_name(const struct dns_message *message, uint32_t *at, char *text)
{
	uint32_t here = *at, lowest = *at, wire = 0;
	size_t length = 0;
	bool jumped = false;
	text[0] = '\0';
	for (;;) {
		if (here >= message->count)
			return NAME_CUT;
		uint8_t label = message->bytes[here];
		if (label >= 0xc0) {
			if (here + 1 >= message->count)
				return NAME_CUT;
			uint32_t target = be16(message->bytes + here) & 0x3fffu;
			if (!jumped)
				*at = here + 2;
			jumped = true;
			if (target >= lowest || target < HEADER_BYTES)
				return NAME_BAD;
			here = lowest = target;
			continue;
		}
		if (label > 63)
			return NAME_BAD;
		here++;
		if (label == 0)
			break;
		wire += label + 1u;
		if (wire >= NAME_WIRE_MAX)
			return NAME_BAD;
		bool cut = message->count - here < label;
		uint32_t count = cut ? message->count - here : label;
		if (length)
			length = wire_text_append(text, NAME_TEXT_MAX, length, (const uint8_t *)".", 1, 0);
		length = wire_text_append(text, NAME_TEXT_MAX, length, message->bytes + here, count, '.');
		if (cut)
			return NAME_CUT;
		here += label;
	}
	if (!jumped)
		*at = here;
	if (length == 0)
		memcpy(text, ".", 2);
	return NAME_READ;
}

/* Steps over a name without following it. */
static bool skip_name(const struct dns_message *message, uint32_t *at)
{
	while (*at < message->count) {
		uint8_t label = message->bytes[*at];
		if (label >= 0xc0) {
			*at += 2;
			return *at <= message->count;
		}
		if (label > 63)
			return false;
		*at += label + 1u;
		if (label == 0)
			return true;
	}
	return false;
}

static bool read_question(struct dns_message *message)
{
	uint32_t at = HEADER_BYTES;
	message->has_question = true;
	switch (read_name(message, &at, message->name)) {
	case NAME_BAD:
		return false;
	case NAME_CUT:
		message->question_cut = true;
		return true;
	case NAME_READ:
		break;
	}
	if (message->count < at || message->count - at < 4) {
		message->question_cut = true;
		return true;
	}
	message->type = be16(message->bytes + at);
	message->answers_at = at + 4;
	return true;
}

bool dns_message_read(struct dns_message *message, const uint8_t *bytes, uint32_t count)
{
	if (count < HEADER_BYTES)
		return false;
	uint32_t flags = be16(bytes + 2);
	uint32_t questions = be16(bytes + 4);
	*message = (struct dns_message){
		.bytes = bytes,
		.count = count,
		.id = be16(bytes),
		.response = flags & 0x8000,
		.truncated = flags & 0x0200,
		.rcode = flags & 0x0f,
		.answers = be16(bytes + 6),
	};
	bool query_fits = questions == 1 && message->answers == 0 && !message->rcode && !message->truncated;
	if (flags & 0x7800 || questions > 1 || (!message->response && !query_fits))
		return false;
	if (questions)
		return read_question(message);
	message->answers_at = HEADER_BYTES;
	return true;
}

void dns_cursor_start(struct dns_cursor *cursor, const struct dns_message *message)
{
	*cursor = (struct dns_cursor){ message->answers_at, message->answers_at ? message->answers : 0 };
}

bool dns_next_address(struct dns_cursor *cursor, const struct dns_message *message, struct address *address)
{
	while (cursor->left > 0) {
		cursor->left--;
		if (!skip_name(message, &cursor->at) || message->count - cursor->at < RECORD_BYTES)
			break;
		const uint8_t *record = message->bytes + cursor->at;
		uint32_t type = be16(record), bytes = be16(record + 8);
		cursor->at += RECORD_BYTES;
		if (message->count - cursor->at < bytes)
			break;
		const uint8_t *data = message->bytes + cursor->at;
		cursor->at += bytes;
		bool v4 = type == TYPE_A && bytes == 4, v6 = type == TYPE_AAAA && bytes == 16;
		if (be16(record + 2) != CLASS_IN || (!v4 && !v6))
			continue;
		if (v4)
			*address = address_of_ipv4(data);
		else
			memcpy(address->bytes, data, sizeof address->bytes);
		return true;
	}
	cursor->left = 0;
	return false;
}
