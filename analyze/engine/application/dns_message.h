/* dns_message.h: one DNS message taken apart (RFC 1035 4). Bytes come from hostile hands and may be cut. */
#ifndef WIRETAPE_DNS_MESSAGE_H
#define WIRETAPE_DNS_MESSAGE_H

#include "analyze/engine/protocol_facts.h"

struct dns_message {
	const uint8_t *bytes; /* borrowed */
	uint32_t count;
	uint16_t id;
	bool response, truncated;
	uint8_t rcode;
	uint16_t answers; /* as the header says */
	bool has_question;
	bool question_cut; /* only the beginning of its name was captured; the type is 0 then */
	uint16_t type;
	uint32_t answers_at; /* where the answer section begins; 0: not captured */
	char name[NAME_TEXT_MAX]; /* of the question; "." is the root */
};

/* Where the next record of the answer section is. */
struct dns_cursor {
	uint32_t at;
	uint16_t left;
};

/* Reads what was captured of a message. False: it is no query or its answer (opcode 0, one question), or not even the
 * header is there. */
bool dns_message_read(struct dns_message *message, const uint8_t *bytes, uint32_t count);
void dns_cursor_start(struct dns_cursor *cursor, const struct dns_message *message);
/* The next A or AAAA record of the answer section; false: there is no other, or it was not captured. */
bool dns_next_address(struct dns_cursor *cursor, const struct dns_message *message, struct address *address);

#endif
