#include "tests/trace_line.h"

#include "analyze/engine/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000

/* What is being read. */
struct reader {
	const char *line, *at;
};

static void refuse(const struct reader *reader, const char *why)
{
	fail_msg("trace: %s at \"%.20s\" in \"%.*s\"", why, reader->at, (int)strcspn(reader->line, "\n"), reader->line);
}

static void skip_blanks(struct reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t')
		reader->at++;
}

static uint32_t read_number(struct reader *reader)
{
	skip_blanks(reader);
	uint64_t value = 0;
	if (!isdigit((unsigned char)*reader->at))
		refuse(reader, "number expected");
	while (isdigit((unsigned char)*reader->at) && value <= UINT32_MAX)
		value = value * 10 + (uint64_t)(*reader->at++ - '0');
	if (value > UINT32_MAX)
		refuse(reader, "number too large");
	return (uint32_t)value;
}

static int64_t read_time(struct reader *reader)
{
	int64_t sign = 1, scale = SECOND_NS;
	if (*reader->at == '-') {
		sign = -1;
		reader->at++;
	}
	int64_t value = (int64_t)read_number(reader) * SECOND_NS;
	if (*reader->at == '.')
		for (reader->at++; isdigit((unsigned char)*reader->at); reader->at++)
			value += (*reader->at - '0') * (scale /= 10);
	return sign * value;
}

static void read_word(struct reader *reader, char *word, size_t size)
{
	skip_blanks(reader);
	size_t length = strcspn(reader->at, " \t\n");
	if (length == 0 || length >= size)
		refuse(reader, "word expected");
	memcpy(word, reader->at, length);
	word[length] = '\0';
	reader->at += length;
}

static uint8_t read_flags(struct reader *reader, const char *word)
{
	static const char letters[] = "FSRPAUEW"; /* in the order of the bits */
	uint8_t flags = 0;
	for (const char *letter = word; *letter; letter++) {
		const char *bit = strchr(letters, *letter);
		if (!bit)
			refuse(reader, "unknown TCP flag");
		else
			flags |= (uint8_t)(1u << (bit - letters));
	}
	return flags;
}

static void read_sack(struct reader *reader, struct trace_line *line)
{
	skip_blanks(reader);
	if (!isdigit((unsigned char)*reader->at)) {
		line->sack_permitted = true;
		return;
	}
	do {
		if (*reader->at == ',')
			reader->at++;
		if (line->blocks == SACK_BLOCKS_MAX)
			refuse(reader, "too many SACK blocks");
		line->block[line->blocks][0] = read_number(reader);
		if (*reader->at != '-')
			refuse(reader, "- expected");
		reader->at++;
		line->block[line->blocks++][1] = read_number(reader);
	} while (*reader->at == ',');
}

static void put_payload(struct reader *reader, struct trace_line *line, unsigned byte)
{
	if (line->payload_bytes == TRACE_PAYLOAD_MAX)
		refuse(reader, "too much payload");
	line->payload[line->payload_bytes++] = (uint8_t)byte;
}

static unsigned read_hex_byte(struct reader *reader)
{
	unsigned byte = 0;
	if (!isxdigit((unsigned char)reader->at[0]) || !isxdigit((unsigned char)reader->at[1]))
		refuse(reader, "two hex digits expected");
	for (unsigned i = 0; i < 2; i++) {
		char digit = (char)tolower((unsigned char)*reader->at++);
		byte = byte << 4 | (unsigned)(isdigit((unsigned char)digit) ? digit - '0' : digit - 'a' + 10);
	}
	return byte;
}

static void read_hex(struct reader *reader, struct trace_line *line)
{
	skip_blanks(reader);
	do
		put_payload(reader, line, read_hex_byte(reader));
	while (isxdigit((unsigned char)*reader->at));
}

static unsigned read_escaped(struct reader *reader)
{
	char letter = *reader->at++;
	switch (letter) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 'x':
		return read_hex_byte(reader);
	case '\\':
	case '"':
	case '\'':
		return (unsigned char)letter;
	default:
		reader->at--;
		refuse(reader, "unknown escape");
		return 0;
	}
}

/* Text between quotes, single or double. */
static void read_text(struct reader *reader, struct trace_line *line)
{
	skip_blanks(reader);
	char quote = *reader->at;
	if (quote != '"' && quote != '\'')
		refuse(reader, "quote expected");
	for (reader->at++; *reader->at != quote;) {
		if (!*reader->at || *reader->at == '\n')
			refuse(reader, "end of the text expected");
		char letter = *reader->at++;
		put_payload(reader, line, letter == '\\' ? read_escaped(reader) : (unsigned char)letter);
	}
	reader->at++;
}

static uint32_t *number_key(struct trace_line *line, const char *key)
{
	const struct {
		const char *name;
		uint32_t *value;
	} keys[] = {
		{ "dscp", &line->dscp }, { "vni", &line->vni }, { "ack", &line->ack }, { "len", &line->len },	{ "win", &line->window }, { "flow", &line->flow },
		{ "mac", &line->mac }, { "vlan", &line->vlan }, { "snap", &line->snap },  { "ttl", &line->ttl },
		{ "any", &line->interface }, { "fill", &line->fill }, { "server", &line->server },
		{ "sport", &line->source_port }, { "dport", &line->destination_port },
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (!strcmp(key, keys[i].name))
			return keys[i].value;
	return NULL;
}

static enum trace_sum read_sum(struct reader *reader)
{
	char word[16];
	read_word(reader, word, sizeof word);
	if (!strcmp(word, "right"))
		return TRACE_SUM_RIGHT;
	if (!strcmp(word, "wrong"))
		return TRACE_SUM_WRONG;
	if (strcmp(word, "partial"))
		refuse(reader, "right, wrong or partial expected");
	return TRACE_SUM_PARTIAL;
}

static void read_key(struct reader *reader, struct trace_line *line)
{
	char key[16];
	read_word(reader, key, sizeof key);
	uint32_t *number = number_key(line, key);
	if (number) {
		*number = read_number(reader);
	} else if (!strcmp(key, "sum")) {
		line->sum = read_sum(reader);
	} else if (!strcmp(key, "mss")) {
		line->has_mss = true;
		line->mss = read_number(reader);
	} else if (!strcmp(key, "ws")) {
		line->window_scale = (uint8_t)read_number(reader);
	} else if (!strcmp(key, "sack")) {
		read_sack(reader, line);
	} else if (!strcmp(key, "ts")) {
		line->has_ts = true;
		line->tsval = read_number(reader);
		line->tsecr = read_number(reader);
	} else if (!strcmp(key, "id")) {
		line->has_id = true;
		line->id = read_number(reader);
	} else if (!strcmp(key, "data")) {
		read_text(reader, line);
	} else if (!strcmp(key, "hex")) {
		read_hex(reader, line);
	} else if (!strcmp(key, "ect")) {
		line->ecn = 2;
	} else if (!strcmp(key, "ce")) {
		line->ecn = 3;
	} else if (!strcmp(key, "frag")) {
		line->fragment = true;
		line->fragment_offset = read_number(reader);
	} else if (!strcmp(key, "more")) {
		line->more = true;
	} else {
		refuse(reader, "unknown key");
	}
}

static void read_line(struct reader *reader, struct trace_line *line)
{
	char word[16];
	line->t_ns += read_time(reader);
	read_word(reader, word, sizeof word);
	if (strcmp(word, ">") && strcmp(word, "<"))
		refuse(reader, "> or < expected");
	line->direction = word[0] == '>' ? C2S : S2C;
	read_word(reader, word, sizeof word);
	if (!strcmp(word, "udp")) {
		line->protocol = TRACE_UDP;
	} else if (!strcmp(word, "icmp")) {
		line->protocol = TRACE_ICMP;
		line->icmp_type = (uint8_t)read_number(reader);
		line->icmp_code = (uint8_t)read_number(reader);
	} else {
		line->flags = read_flags(reader, word);
		line->seq = read_number(reader);
	}
	for (skip_blanks(reader); *reader->at && *reader->at != '\n'; skip_blanks(reader))
		read_key(reader, line);
	if (line->len < line->payload_bytes)
		line->len = line->payload_bytes;
}

bool trace_line_next(struct trace_line *line, const char **script, int64_t start_ns)
{
	struct reader reader = { *script, *script };
	bool found = false;
	while (!found && *reader.at) {
		reader.line = reader.at;
		skip_blanks(&reader);
		if (*reader.at != '\n' && *reader.at != '#' && *reader.at) {
			*line = (struct trace_line){
				.t_ns = start_ns,
				.protocol = TRACE_TCP,
				.window = 65535,
				.ack = 1,
				.ttl = 64,
				.flow = 1,
				.server = 1,
				.window_scale = NO_WINDOW_SCALE,
			};
			read_line(&reader, line);
			found = true;
		}
		reader.at += strcspn(reader.at, "\n");
		reader.at += *reader.at == '\n';
	}
	*script = reader.at;
	return found;
}
