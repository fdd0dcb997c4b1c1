#include "analyze/engine/application/tls_hello.h"

#include "analyze/engine/application/wire_text.h"
#include "analyze/engine/bytes.h"

#include <string.h>

#define RANDOM_BYTES 32
#define EXTENSION_SERVER_NAME 0
#define EXTENSION_ALPN 16
#define EXTENSION_PRE_SHARED_KEY 41
#define EXTENSION_SUPPORTED_VERSIONS 43

/* SHA-256 of "HelloRetryRequest", which stands where the random is (RFC 8446 4.1.3). */
static const uint8_t retry_random[RANDOM_BYTES] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

struct view {
	const uint8_t *at;
	uint32_t left;
};

/* Steps over `count` bytes. NULL: there are fewer. */
static const uint8_t *step(struct view *view, uint32_t count)
{
	const uint8_t *at = view->at;
	if (view->left < count)
		return NULL;
	view->at += count;
	view->left -= count;
	return at;
}

/* Steps over a vector with its length before it, in `size` bytes. False: not even the length is there; otherwise
 * `inner` is what of the vector is. */
static bool step_vector(struct view *view, uint32_t size, struct view *inner)
{
	const uint8_t *length = step(view, size);
	if (!length)
		return false;
	uint32_t count = size == 1 ? length[0] : be16(length);
	if (count > view->left)
		count = view->left;
	inner->at = step(view, count);
	inner->left = count;
	return true;
}

static bool read_session(struct view *view, struct tls_session_id *session)
{
	const uint8_t *length = step(view, 1);
	if (!length || *length > sizeof session->bytes)
		return false;
	const uint8_t *bytes = step(view, *length);
	if (!bytes)
		return false;
	session->count = *length;
	memcpy(session->bytes, bytes, *length);
	return true;
}

/* The next extension, if it is there whole. */
static bool next_extension(struct view *extensions, unsigned *type, struct view *body)
{
	const uint8_t *head = step(extensions, 4);
	if (!head)
		return false;
	*type = be16(head);
	body->left = be16(head + 2);
	body->at = step(extensions, body->left);
	return body->at != NULL;
}

static void read_server_name(struct view body, char *sni)
{
	struct view list, name;
	if (!step_vector(&body, 2, &list))
		return;
	const uint8_t *type = step(&list, 1);
	if (type && *type == 0 && step_vector(&list, 2, &name))
		wire_text(sni, NAME_TEXT_MAX, name.at, name.left);
}

/* Names that do not fit are left out as a whole. */
static void read_protocols(struct view body, char *text, size_t size)
{
	struct view list, name;
	size_t length = 0;
	if (!step_vector(&body, 2, &list))
		return;
	while (step_vector(&list, 1, &name)) {
		char one[256 * 4];
		size_t count = wire_text_append(one, sizeof one, 0, name.at, name.left, ',');
		if (length + (length > 0) + count >= size)
			break;
		if (length)
			text[length++] = ',';
		memcpy(text + length, one, count + 1);
		length += count;
	}
}

static bool is_version(uint16_t version)
{
	return version >= 0x0300 && version <= TLS_1_3;
}

static uint16_t highest_version(struct view body)
{
	struct view list;
	uint16_t highest = 0;
	if (!step_vector(&body, 1, &list))
		return 0;
	for (const uint8_t *version; (version = step(&list, 2));) /* GREASE and drafts are none (RFC 8701) */
		if (is_version(be16(version)) && be16(version) > highest)
			highest = be16(version);
	return highest;
}

static void read_client_extensions(struct tls_client_hello *hello, struct view extensions, bool *cut)
{
	unsigned type;
	uint16_t highest = 0;
	struct view body;
	while (next_extension(&extensions, &type, &body)) {
		if (type == EXTENSION_SERVER_NAME)
			read_server_name(body, hello->sni);
		else if (type == EXTENSION_ALPN)
			read_protocols(body, hello->alpn, sizeof hello->alpn);
		else if (type == EXTENSION_SUPPORTED_VERSIONS)
			highest = highest_version(body);
	}
	if (!highest)
		return;
	hello->version = highest;
	*cut = false;
}

void tls_client_hello_read(struct tls_client_hello *hello, const uint8_t *bytes, uint32_t count, bool cut)
{
	struct view view = { bytes, count }, ignored, extensions;
	*hello = (struct tls_client_hello){ 0 };
	const uint8_t *version = step(&view, 2);
	if (!version)
		return;
	hello->version = be16(version);
	if (step(&view, RANDOM_BYTES) && read_session(&view, &hello->session) && step_vector(&view, 2, &ignored) &&
	    step_vector(&view, 1, &ignored) && step_vector(&view, 2, &extensions))
		read_client_extensions(hello, extensions, &cut);
	/* All from TLS 1.2 on say so here; which it is stands in an extension. */
	if ((cut && hello->version == TLS_1_2) || !is_version(hello->version))
		hello->version = 0;
}

static void read_server_extensions(struct tls_server_hello *hello, struct view extensions, bool *cut)
{
	unsigned type;
	struct view body;
	while (next_extension(&extensions, &type, &body)) {
		if (type == EXTENSION_ALPN) {
			read_protocols(body, hello->alpn, sizeof hello->alpn);
		} else if (type == EXTENSION_PRE_SHARED_KEY) {
			hello->pre_shared_key = true;
		} else if (type == EXTENSION_SUPPORTED_VERSIONS && body.left == 2) {
			hello->version = be16(body.at);
			*cut = false;
		}
	}
}

void tls_server_hello_read(struct tls_server_hello *hello, const uint8_t *bytes, uint32_t count, bool cut)
{
	struct view view = { bytes, count }, extensions;
	*hello = (struct tls_server_hello){ 0 };
	const uint8_t *version = step(&view, 2), *random = step(&view, RANDOM_BYTES);
	if (!version || !random)
		return;
	hello->version = be16(version);
	hello->retry = !memcmp(random, retry_random, RANDOM_BYTES);
	const uint8_t *cipher = read_session(&view, &hello->session) ? step(&view, 2) : NULL;
	if (cipher)
		hello->cipher = be16(cipher);
	if (cipher && step(&view, 1) && step_vector(&view, 2, &extensions))
		read_server_extensions(hello, extensions, &cut);
	if (hello->cipher >> 8 == 0x13) /* suites of TLS 1.3 and of no other (RFC 8446 B.4) */
		hello->version = TLS_1_3;
	else if ((cut && !cipher && hello->version == TLS_1_2) || !is_version(hello->version))
		hello->version = 0;
}
