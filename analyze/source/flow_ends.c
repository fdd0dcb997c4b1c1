#include "analyze/source/flow_ends.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

/* "80", up to `stop`. */
static bool read_port(const char *text, const char *stop, uint16_t *port)
{
	unsigned long number = 0;
	if (text == stop || stop - text > 5)
		return false;
	for (; text < stop; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		number = number * 10 + (unsigned long)(*text - '0');
	}
	*port = (uint16_t)number;
	return number <= UINT16_MAX;
}

static bool read_address(const char *text, size_t length, bool ipv6, struct address *address)
{
	char copy[INET6_ADDRSTRLEN];
	if (length >= sizeof copy)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (ipv6)
		return inet_pton(AF_INET6, copy, address->bytes) == 1;
	memset(address->bytes, 0, 10);
	memset(address->bytes + 10, 0xff, 2);
	return inet_pton(AF_INET, copy, address->bytes + 12) == 1;
}

/* "192.0.2.1:80" or "[2001:db8::1]:80", up to `stop`. */
static bool read_end(const char *text, const char *stop, struct endpoint *end)
{
	const bool ipv6 = *text == '[';
	const char *closing = memchr(text, ipv6 ? ']' : ':', (size_t)(stop - text));
	if (!closing)
		return false;
	const char *colon = ipv6 ? closing + 1 : closing;
	if (colon == stop || *colon != ':')
		return false;
	text += ipv6;
	return read_address(text, (size_t)(closing - text), ipv6, &end->address) && read_port(colon + 1, stop, &end->port);
}

bool flow_ends_parse(const char *text, struct endpoint ends[2])
{
	const char *dash = strchr(text, '-');
	return dash && read_end(text, dash, &ends[0]) && read_end(dash + 1, text + strlen(text), &ends[1]);
}

void endpoint_address(const struct endpoint *end, char text[ENDPOINT_TEXT_MAX])
{
	const bool ipv4 = address_is_ipv4(&end->address);
	text[0] = '\0';
	inet_ntop(ipv4 ? AF_INET : AF_INET6, end->address.bytes + (ipv4 ? 12 : 0), text, ENDPOINT_TEXT_MAX);
}
