/* tls_hello.h: ClientHello and ServerHello taken apart (RFC 8446 4.1, RFC 5246 7.4.1, RFC 6066 3, RFC 7301 3). Bytes
 * come from hostile hands and may be cut; what was not captured stays 0. */
#ifndef WIRETAPE_TLS_HELLO_H
#define WIRETAPE_TLS_HELLO_H

#include "analyze/engine/protocol_facts.h"

#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

struct tls_session_id {
	uint8_t count;
	uint8_t bytes[32];
};

struct tls_client_hello {
	uint16_t version; /* highest that is offered; 0: not captured */
	struct tls_session_id session;
	char sni[NAME_TEXT_MAX];
	char alpn[64]; /* separated by commas; those that do not fit are left out */
};

struct tls_server_hello {
	uint16_t version; /* 0: not captured */
	uint16_t cipher;
	bool retry; /* it is a HelloRetryRequest */
	bool pre_shared_key;
	struct tls_session_id session;
	char alpn[32];
};

/* `count` bytes behind the handshake message's header; `cut`: there were more. */
void tls_client_hello_read(struct tls_client_hello *hello, const uint8_t *bytes, uint32_t count, bool cut);
void tls_server_hello_read(struct tls_server_hello *hello, const uint8_t *bytes, uint32_t count, bool cut);

#endif
