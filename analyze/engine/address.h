/* address.h: an IP address of either version, IPv4 as IPv6 maps it: ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
#ifndef WIRETAPE_ADDRESS_H
#define WIRETAPE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct address {
	uint8_t bytes[16];
};

static inline bool address_is_ipv4(const struct address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	return !memcmp(address->bytes, mapped, sizeof mapped);
}

/* Of the four bytes on the wire. */
static inline struct address address_of_ipv4(const uint8_t *bytes)
{
	return (struct address){ { [10] = 0xff, [11] = 0xff, bytes[0], bytes[1], bytes[2], bytes[3] } };
}

/* :: and 0.0.0.0. */
static inline bool address_is_unspecified(const struct address *address)
{
	static const uint8_t zero[16];
	return address_is_ipv4(address) ? !memcmp(address->bytes + 12, zero, 4) : !memcmp(address->bytes, zero, sizeof zero);
}

/* ff00::/8, 224.0.0.0/4, and what is reserved above, which ends with 255.255.255.255. */
static inline bool address_is_group(const struct address *address)
{
	return address_is_ipv4(address) ? address->bytes[12] >= 224 : address->bytes[0] == 0xff;
}

#endif
