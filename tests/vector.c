#include "tests/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct vector_bytes vector_from_hex(const char *hex)
{
	struct vector_bytes bytes = { .count = 0 };
	for (unsigned digits = 0; *hex; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(isxdigit((unsigned char)*hex) && bytes.count < VECTOR_BYTES_MAX);
		unsigned value = (unsigned)(isdigit((unsigned char)*hex) ? *hex - '0' : tolower(*hex) - 'a' + 10);
		bytes.at[bytes.count] = (uint8_t)(bytes.at[bytes.count] * 16u + value);
		bytes.count += digits++ & 1;
	}
	return bytes;
}

enum packet_result vector_decode(uint16_t link_type, const struct vector_bytes *bytes, uint32_t captured, uint32_t wire,
				 struct packet *packet)
{
	static uint8_t *page;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	if (!page) {
		page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_true(page != MAP_FAILED);
		assert_int_equal(mprotect(page + size, size, PROT_NONE), 0);
	}
	uint8_t *data = page + size - captured;
	memcpy(data, bytes->at, captured);
	struct frame frame = {
		.t_ns = 1,
		.number = 7,
		.captured_bytes = captured,
		.wire_bytes = wire,
		.link_type = link_type,
		.data = data,
	};
	memset(packet, 0xee, sizeof *packet);
	return packet_decode(&frame, packet);
}

enum packet_result vector_decode_hex(uint16_t link_type, const char *hex, struct packet *packet)
{
	struct vector_bytes bytes = vector_from_hex(hex);
	return vector_decode(link_type, &bytes, bytes.count, bytes.count, packet);
}
