/* trace_pcap: a hand-written trace (tests/README.md) from standard input, as a pcap with nanoseconds on standard output. Packets are sorted
 * by time, so that blocks may overlap. */
#include "tests/trace_build.h"
#include "tests/trace_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_NS (INT64_C(1795257120) * 1000000000) /* 2026-11-21T10:32:00Z */
#define SCRIPT_MAX (1024 * 1024)
#define PACKETS_MAX 2000000
#define SNAPLEN (512 * 1024)

struct taken {
	int64_t t_ns;
	size_t number;
	uint32_t captured, length;
	uint8_t *bytes;
};

struct tape {
	struct taken *list;
	size_t count, room;
	uint16_t link_type;
};

void trace_refuse(const char *why)
{
	fprintf(stderr, "trace_pcap: %s\n", why);
	exit(1);
}

static void *must(void *memory)
{
	if (!memory)
		trace_refuse("out of memory");
	return memory;
}

static void add(struct tape *packets, const struct trace_line *line)
{
	static uint8_t bytes[TRACE_FRAME_MAX];
	const struct trace_framing framing = { .isn = { 1000000, 2000000 } };
	uint32_t length = trace_build(&framing, line, bytes);
	if (packets->count == PACKETS_MAX)
		trace_refuse("too many packets");
	if (packets->count && packets->link_type != trace_link_type(line))
		trace_refuse("`any` must be on all lines, or on none");
	if (packets->count == packets->room) {
		packets->room = packets->room ? 2 * packets->room : 1024;
		packets->list = must(realloc(packets->list, packets->room * sizeof *packets->list));
	}
	struct taken packet = {
		.t_ns = line->t_ns,
		.number = packets->count,
		.captured = line->snap && line->snap < length ? line->snap : length,
		.length = length,
	};
	packet.bytes = must(malloc(packet.captured + 1u));
	memcpy(packet.bytes, bytes, packet.captured);
	packets->link_type = trace_link_type(line);
	packets->list[packets->count++] = packet;
}

static int by_time(const void *a, const void *b)
{
	const struct taken *one = a, *other = b;
	if (one->t_ns != other->t_ns)
		return one->t_ns < other->t_ns ? -1 : 1;
	return one->number < other->number ? -1 : 1;
}

static void put(const uint32_t *words, size_t count)
{
	fwrite(words, sizeof *words, count, stdout);
}

static void write_all(const struct tape *packets)
{
	enum { LINKTYPE_ETHERNET = 1, LINKTYPE_LINUX_SLL2 = 276 };
	const uint32_t link = packets->link_type == LINK_LINUX_SLL2 ? LINKTYPE_LINUX_SLL2 : LINKTYPE_ETHERNET;
	put((const uint32_t[]){ 0xa1b23c4d, 2 | 4 << 16, 0, 0, SNAPLEN, link }, 6);
	for (size_t i = 0; i < packets->count; i++) {
		const struct taken *packet = &packets->list[i];
		put((const uint32_t[]){ (uint32_t)(packet->t_ns / 1000000000), (uint32_t)(packet->t_ns % 1000000000), packet->captured,
					packet->length },
		    4);
		fwrite(packet->bytes, 1, packet->captured, stdout);
		free(packet->bytes);
	}
}

int main(void)
{
	struct tape packets = { 0 };
	char *text = must(malloc(SCRIPT_MAX + 1));
	size_t length = fread(text, 1, SCRIPT_MAX, stdin);
	if (ferror(stdin) || length == SCRIPT_MAX)
		trace_refuse("standard input can't be read, or is too long");
	text[length] = '\0';
	struct trace_script script = trace_script_start(text, START_NS);
	struct trace_line line;
	while (trace_script_next(&script, &line))
		add(&packets, &line);
	if (packets.count)
		qsort(packets.list, packets.count, sizeof *packets.list, by_time);
	write_all(&packets);
	free(packets.list);
	free(text);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
