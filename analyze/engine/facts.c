#include "analyze/engine/facts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_ICMP:
		return "icmp";
	case 2:
		return "igmp";
	case 4:
		return "ipip";
	case PROTOCOL_TCP:
		return "tcp";
	case PROTOCOL_UDP:
		return "udp";
	case 41:
		return "ipv6";
	case 47:
		return "gre";
	case 50:
		return "esp";
	case PROTOCOL_ICMPV6:
		return "icmpv6";
	case 89:
		return "ospf";
	case 112:
		return "vrrp";
	case 132:
		return "sctp";
	default:
		return "other";
	}
}

#define NAME_CASE(name, text, meaning) \
	case name:                     \
		return text;

const char *flow_state_name(enum flow_state state)
{
	switch (state) {
		FLOW_STATE_LIST(NAME_CASE)
	}
	return "unknown";
}

const char *flow_end_name(enum flow_end end)
{
	switch (end) {
		FLOW_END_LIST(NAME_CASE)
	}
	return "unknown";
}

const char *event_kind_name(enum event_kind kind)
{
	switch (kind) {
		EVENT_LIST(NAME_CASE)
	case EVENT_KINDS:
		break;
	}
	return "unknown";
}

const char *cause_name(enum cause cause)
{
	switch (cause) {
		CAUSE_LIST(NAME_CASE)
	}
	return "unknown";
}

const char *tunnel_name(enum tunnel_kind kind)
{
	switch (kind) {
		TUNNEL_LIST(NAME_CASE)
	}
	return NULL;
}

char *evidence_text(uint32_t evidence, char *text)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
#define EVIDENCE_ENTRY(name, bit, text, meaning) { name, text },
		EVIDENCE_LIST(EVIDENCE_ENTRY)
#undef EVIDENCE_ENTRY
	};
	size_t length = 0;
	text[0] = '\0';
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (evidence & names[i].bit && length < EVIDENCE_TEXT_MAX)
			length += (size_t)snprintf(text + length, EVIDENCE_TEXT_MAX - length, "%s%s",
						   length ? "," : "", names[i].name);
	return text;
}

static char *put_byte(char *at, unsigned byte)
{
	if (byte >= 100)
		*at++ = (char)('0' + byte / 100);
	if (byte >= 10)
		*at++ = (char)('0' + byte / 10 % 10);
	*at++ = (char)('0' + byte % 10);
	return at;
}

char *address_text(const struct address *address, char *text)
{
	if (!address_is_ipv4(address)) {
		if (!inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT_MAX))
			text[0] = '\0';
		return text;
	}
	char *at = text;
	for (unsigned i = 12; i < 16; i++) {
		at = put_byte(at, address->bytes[i]);
		*at++ = i < 15 ? '.' : '\0';
	}
	return text;
}

const char *scope_name(enum scope scope)
{
	switch (scope) {
	case SCOPE_ALL:
		return "all";
	case SCOPE_SERVICE:
		return "service";
	case SCOPE_PEER:
		return "peer";
	}
	return "unknown";
}

char *key_text(const struct interval_facts *facts, char *text)
{
	char address[ADDRESS_TEXT_MAX];
	if (facts->scope == SCOPE_ALL || facts->rest) {
		snprintf(text, KEY_TEXT_MAX, "%s", facts->scope == SCOPE_ALL ? "" : "(other)");
		return text;
	}
	if (facts->scope == SCOPE_PEER)
		return address_text(&facts->address, text);
	bool tcp = facts->protocol == PROTOCOL_TCP;
	snprintf(text, KEY_TEXT_MAX, address_is_ipv4(&facts->address) ? "%s%s%s:%u" : "%s%s[%s]:%u",
		 tcp ? "" : protocol_name(facts->protocol), tcp ? "" : "/", address_text(&facts->address, address),
		 facts->port);
	return text;
}
