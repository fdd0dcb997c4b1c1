#include "analyze/engine/protocol_facts.h"

#include "analyze/engine/facts.h"

#include <stdio.h>

#define NAME_CASE(name, text, meaning) \
	case name:                     \
		return text;

const char *name_source_name(enum name_source source)
{
	switch (source) {
		NAME_SOURCE_LIST(NAME_CASE)
	}
	return "unknown";
}

const char *http_end_name(enum http_end end)
{
	switch (end) {
		HTTP_END_LIST(NAME_CASE)
	}
	return "unknown";
}

/* A name from a list that has its place for each number, with holes. */
static const char *name_at(const char *const *names, size_t count, size_t number)
{
	return number < count ? names[number] : NULL;
}

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

const char *dns_rcode_name(int rcode)
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
	};
	return rcode < 0 ? NULL : name_at(names, COUNT_OF(names), (size_t)rcode);
}

const char *dns_type_name(unsigned type)
{
	switch (type) {
	case 1:
		return "A";
	case 2:
		return "NS";
	case 5:
		return "CNAME";
	case 6:
		return "SOA";
	case 12:
		return "PTR";
	case 15:
		return "MX";
	case 16:
		return "TXT";
	case 28:
		return "AAAA";
	case 33:
		return "SRV";
	case 35:
		return "NAPTR";
	case 43:
		return "DS";
	case 48:
		return "DNSKEY";
	case 64:
		return "SVCB";
	case 65:
		return "HTTPS";
	case 251:
		return "IXFR";
	case 252:
		return "AXFR";
	case 255:
		return "ANY";
	default:
		return NULL;
	}
}

/* RFC 792, RFC 1122, RFC 1812. */
static const char *icmp4_error_name(uint8_t type, uint8_t code)
{
	static const char *const unreachable[] = {
		"network_unreachable", "host_unreachable", "protocol_unreachable", "port_unreachable", "fragmentation_needed",
		"source_route_failed", "network_unknown", "host_unknown", "source_host_isolated", "network_prohibited",
		"host_prohibited", "network_unreachable_for_tos", "host_unreachable_for_tos", "administratively_prohibited",
		"precedence_violation", "precedence_cutoff",
	};
	const char *name = NULL;
	if (type == 3)
		name = name_at(unreachable, COUNT_OF(unreachable), code);
	else if (type == 4)
		name = "source_quench";
	else if (type == 5)
		name = "redirect";
	else if (type == 11)
		name = code == 1 ? "reassembly_time_exceeded" : "time_exceeded";
	else if (type == 12)
		name = "parameter_problem";
	return name ? name : "other";
}

/* RFC 4443. */
static const char *icmp6_error_name(uint8_t type, uint8_t code)
{
	static const char *const unreachable[] = {
		"network_unreachable", "administratively_prohibited", "beyond_scope", "host_unreachable", "port_unreachable",
		"policy_failed", "route_rejected",
	};
	const char *name = NULL;
	if (type == 1)
		name = name_at(unreachable, COUNT_OF(unreachable), code);
	else if (type == 2)
		name = "packet_too_big";
	else if (type == 3)
		name = code == 1 ? "reassembly_time_exceeded" : "time_exceeded";
	else if (type == 4)
		name = "parameter_problem";
	else if (type == 137)
		name = "redirect";
	return name ? name : "other";
}

const char *icmp_error_name(uint8_t protocol, uint8_t type, uint8_t code)
{
	return protocol == PROTOCOL_ICMPV6 ? icmp6_error_name(type, code) : icmp4_error_name(type, code);
}

const char *tls_alert_name(unsigned alert)
{
	static const struct {
		uint8_t alert;
		const char *name;
	} names[] = {
		{ 0, "close_notify" },		     { 10, "unexpected_message" },	 { 20, "bad_record_mac" },
		{ 22, "record_overflow" },	     { 40, "handshake_failure" },	 { 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },   { 44, "certificate_revoked" },	 { 45, "certificate_expired" },
		{ 46, "certificate_unknown" },	     { 47, "illegal_parameter" },	 { 48, "unknown_ca" },
		{ 49, "access_denied" },	     { 50, "decode_error" },		 { 51, "decrypt_error" },
		{ 70, "protocol_version" },	     { 71, "insufficient_security" },	 { 80, "internal_error" },
		{ 86, "inappropriate_fallback" },    { 90, "user_canceled" },		 { 109, "missing_extension" },
		{ 110, "unsupported_extension" },    { 112, "unrecognized_name" },	 { 113, "bad_certificate_status_response" },
		{ 115, "unknown_psk_identity" },     { 116, "certificate_required" },	 { 120, "no_application_protocol" },
	};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].alert == alert)
			return names[i].name;
	return "other";
}

char *mac_text(const struct mac_address *mac, char *text)
{
	const uint8_t *b = mac->bytes;
	snprintf(text, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	return text;
}
