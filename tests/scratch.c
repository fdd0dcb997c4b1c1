#include "tests/scratch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void scratch_make(char path[64])
{
	strcpy(path, "/tmp/wiretape-test-XXXXXX");
	if (!mkdtemp(path))
		abort();
}

void scratch_remove(const char *path)
{
	char command[512];
	snprintf(command, sizeof(command), "rm -rf -- '%s'", path);
	if (strncmp(path, "/tmp/wiretape-test-", 19) != 0 || system(command) != 0)
		abort();
}

int64_t scratch_number(const char *format, ...)
{
	char command[2048], line[64] = "";
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	FILE *pipe = popen(command, "re");
	if (!pipe)
		abort();
	bool got = fgets(line, sizeof(line), pipe) != NULL;
	int status = pclose(pipe);
	char *end = line;
	long long number = strtoll(line, &end, 10);
	return got && status == 0 && end > line ? number : -1;
}

int64_t scratch_packets(const char *folder, bool part)
{
	return scratch_number("for f in '%s'/*.pcap.zst%s; do zstdcat \"$f\" 2>/dev/null | tcpdump -n -t -r - 2>/dev/null; done | wc -l", folder,
			      part ? ".part" : "");
}

bool scratch_sound(const char *folder)
{
	return scratch_number("bad=0; for f in '%s'/*.pcap.zst; do zstd -tq \"$f\" && zstdcat \"$f\" | tcpdump -n -r - >/dev/null 2>&1 && "
			      "test -s \"${f%%.pcap.zst}.json\" || bad=$((bad + 1)); done; echo $bad", folder) == 0;
}

uint64_t scratch_bytes(const char *folder)
{
	return (uint64_t)scratch_number("find '%s' -type f -printf '%%s %%b\\n' | awk '{ b = $2 * 512; s += b > $1 ? b : $1 } END { print s + 0 }'",
					folder);
}

struct block *scratch_block(uint64_t number)
{
	struct block *block = malloc(sizeof(*block));
	if (!block)
		abort();
	memset(block, 0, offsetof(struct block, data));
	block->number = number;
	block->link_type = 1;
	return block;
}

void scratch_packet(struct block *block, int64_t t_ns, uint32_t bytes, bool noise)
{
	static uint64_t random = 88172645463325252u;
	struct record record = { .seconds = (uint32_t)(t_ns / 1000000000), .nanoseconds = (uint32_t)(t_ns % 1000000000),
				 .captured_bytes = bytes, .wire_bytes = bytes };
	if (block->used + sizeof(record) + bytes > BLOCK_BYTES)
		abort();
	uint8_t *at = block->data + block->used;
	memcpy(at, &record, sizeof(record));
	at += sizeof(record);
	memset(at, 0, bytes);
	for (uint32_t i = 14; noise && i < bytes; i++) {
		random ^= random << 13; /* xorshift64, Marsaglia 2003 */
		random ^= random >> 7;
		random ^= random << 17;
		at[i] = (uint8_t)random;
	}
	block->used += (uint32_t)sizeof(record) + bytes;
	block->packets++;
	block->wire_bytes += bytes;
	if (block->packets == 1 || t_ns < block->first_ns)
		block->first_ns = t_ns;
	if (block->packets == 1 || t_ns > block->last_ns)
		block->last_ns = t_ns;
}
