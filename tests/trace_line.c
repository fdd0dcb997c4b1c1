#include "tests/trace_line.h"

#include "analyze/engine/packet.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000

void trace_refuse_at(const struct trace_reader *reader, const char *why)
{
	char text[300];
	snprintf(text, sizeof text, "%s at \"%.20s\" in \"%.*s\"", why, reader->at, (int)strcspn(reader->line, "\n"), reader->line);
	trace_refuse(text);
}

void trace_skip_blanks(struct trace_reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t')
		reader->at++;
}

static uint64_t read_digits(struct trace_reader *reader)
{
	uint64_t value = 0;
	if (!isdigit((unsigned char)*reader->at))
		trace_refuse_at(reader, "number expected");
	while (isdigit((unsigned char)*reader->at) && value <= UINT32_MAX)
		value = value * 10 + (uint64_t)(*reader->at++ - '0');
	return value;
}

uint32_t trace_read_number(struct trace_reader *reader)
{
	trace_skip_blanks(reader);
	uint64_t value = read_digits(reader);
	if (*reader->at == '+') {
		reader->at++;
		value += read_digits(reader) * reader->pass;
	}
	if (value > UINT32_MAX)
		trace_refuse_at(reader, "number too large");
	return (uint32_t)value;
}

/* A sequence number, or `next`: the one that follows what this side has sent. */
static uint32_t read_sequence(struct trace_reader *reader, bool *next)
{
	trace_skip_blanks(reader);
	*next = !strncmp(reader->at, "next", 4);
	if (!*next)
		return trace_read_number(reader);
	reader->at += 4;
	return 0;
}

int64_t trace_read_time(struct trace_reader *reader)
{
	int64_t sign = 1, scale = SECOND_NS;
	if (*reader->at == '-') {
		sign = -1;
		reader->at++;
	}
	int64_t value = (int64_t)trace_read_number(reader) * SECOND_NS;
	if (*reader->at == '.')
		for (reader->at++; isdigit((unsigned char)*reader->at); reader->at++)
			value += (*reader->at - '0') * (scale /= 10);
	return sign * value;
}

void trace_read_word(struct trace_reader *reader, char *word, size_t size)
{
	trace_skip_blanks(reader);
	size_t length = strcspn(reader->at, " \t\n");
	if (length == 0 || length >= size)
		trace_refuse_at(reader, "word expected");
	memcpy(word, reader->at, length);
	word[length] = '\0';
	reader->at += length;
}

static uint8_t read_flags(struct trace_reader *reader, const char *word)
{
	static const char letters[] = "FSRPAUEW"; /* in the order of the bits */
	uint8_t flags = 0;
	for (const char *letter = word; *letter; letter++) {
		const char *bit = strchr(letters, *letter);
		if (!bit)
			trace_refuse_at(reader, "unknown TCP flag");
		else
			flags |= (uint8_t)(1u << (bit - letters));
	}
	return flags;
}

static void read_sack(struct trace_reader *reader, struct trace_line *line)
{
	trace_skip_blanks(reader);
	if (!isdigit((unsigned char)*reader->at)) {
		line->sack_permitted = true;
		return;
	}
	do {
		if (*reader->at == ',')
			reader->at++;
		if (line->blocks == SACK_BLOCKS_MAX)
			trace_refuse_at(reader, "too many SACK blocks");
		line->block[line->blocks][0] = trace_read_number(reader);
		if (*reader->at != '-')
			trace_refuse_at(reader, "- expected");
		reader->at++;
		line->block[line->blocks++][1] = trace_read_number(reader);
	} while (*reader->at == ',');
}

static void put_payload(struct trace_reader *reader, struct trace_line *line, unsigned byte)
{
	if (line->payload_bytes == TRACE_PAYLOAD_MAX)
		trace_refuse_at(reader, "too much payload");
	line->payload[line->payload_bytes++] = (uint8_t)byte;
}

static unsigned read_hex_byte(struct trace_reader *reader)
{
	unsigned byte = 0;
	if (!isxdigit((unsigned char)reader->at[0]) || !isxdigit((unsigned char)reader->at[1]))
		trace_refuse_at(reader, "two hex digits expected");
	for (unsigned i = 0; i < 2; i++) {
		char digit = (char)tolower((unsigned char)*reader->at++);
		byte = byte << 4 | (unsigned)(isdigit((unsigned char)digit) ? digit - '0' : digit - 'a' + 10);
	}
	return byte;
}

static void read_hex(struct trace_reader *reader, struct trace_line *line)
{
	trace_skip_blanks(reader);
	do
		put_payload(reader, line, read_hex_byte(reader));
	while (isxdigit((unsigned char)*reader->at));
}

static unsigned read_escaped(struct trace_reader *reader)
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
		trace_refuse_at(reader, "unknown escape");
		return 0;
	}
}

/* Text between quotes, single or double. */
static void read_text(struct trace_reader *reader, struct trace_line *line)
{
	trace_skip_blanks(reader);
	char quote = *reader->at;
	if (quote != '"' && quote != '\'')
		trace_refuse_at(reader, "quote expected");
	for (reader->at++; *reader->at != quote;) {
		if (!*reader->at || *reader->at == '\n')
			trace_refuse_at(reader, "end of the text expected");
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
		{ "dscp", &line->dscp }, { "vni", &line->vni }, { "len", &line->len }, { "win", &line->window },
		{ "flow", &line->flow }, { "mac", &line->mac }, { "vlan", &line->vlan }, { "snap", &line->snap },
		{ "ttl", &line->ttl }, { "any", &line->interface }, { "fill", &line->fill }, { "server", &line->server },
		{ "rest", &line->rest }, { "sport", &line->source_port }, { "dport", &line->destination_port },
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (!strcmp(key, keys[i].name))
			return keys[i].value;
	return NULL;
}

static enum trace_sum read_sum(struct trace_reader *reader)
{
	char word[16];
	trace_read_word(reader, word, sizeof word);
	if (!strcmp(word, "right"))
		return TRACE_SUM_RIGHT;
	if (!strcmp(word, "wrong"))
		return TRACE_SUM_WRONG;
	if (!strcmp(word, "zero"))
		return TRACE_SUM_ZERO;
	if (strcmp(word, "partial"))
		trace_refuse_at(reader, "right, wrong, partial or zero expected");
	return TRACE_SUM_PARTIAL;
}

static void read_key(struct trace_reader *reader, struct trace_line *line)
{
	char key[16];
	trace_read_word(reader, key, sizeof key);
	uint32_t *number = number_key(line, key);
	if (number) {
		*number = trace_read_number(reader);
	} else if (!strcmp(key, "sum")) {
		line->sum = read_sum(reader);
	} else if (!strcmp(key, "ack")) {
		line->ack = read_sequence(reader, &line->ack_next);
	} else if (!strcmp(key, "ident")) {
		line->rest = trace_read_number(reader) << 16 | (line->rest & 0xffff);
	} else if (!strcmp(key, "sequence")) {
		line->rest = (line->rest & 0xffff0000) | (trace_read_number(reader) & 0xffff);
	} else if (!strcmp(key, "echo")) {
		uint32_t identifier = trace_read_number(reader);
		line->rest = identifier << 16 | (trace_read_number(reader) & 0xffff);
	} else if (!strcmp(key, "mss")) {
		line->has_mss = true;
		line->mss = trace_read_number(reader);
	} else if (!strcmp(key, "ws")) {
		line->window_scale = (uint8_t)trace_read_number(reader);
	} else if (!strcmp(key, "sack")) {
		read_sack(reader, line);
	} else if (!strcmp(key, "ts")) {
		line->has_ts = true;
		line->tsval = trace_read_number(reader);
		line->tsecr = trace_read_number(reader);
	} else if (!strcmp(key, "id")) {
		line->has_id = true;
		line->id = trace_read_number(reader);
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
		line->fragment_offset = trace_read_number(reader);
	} else if (!strcmp(key, "more")) {
		line->more = true;
	} else {
		trace_refuse_at(reader, "unknown key");
	}
}

static void read_frame(struct trace_reader *reader, struct trace_line *line)
{
	line->raw = true;
	for (trace_skip_blanks(reader); *reader->at && *reader->at != '\n'; trace_skip_blanks(reader))
		read_hex(reader, line);
}

static void read_line(struct trace_reader *reader, struct trace_line *line)
{
	char word[16];
	line->t_ns += trace_read_time(reader);
	trace_read_word(reader, word, sizeof word);
	if (!strcmp(word, "frame")) {
		read_frame(reader, line);
		return;
	}
	if (strcmp(word, ">") && strcmp(word, "<"))
		trace_refuse_at(reader, "> or < expected");
	line->direction = word[0] == '>' ? C2S : S2C;
	trace_read_word(reader, word, sizeof word);
	if (!strcmp(word, "udp")) {
		line->protocol = TRACE_UDP;
	} else if (!strcmp(word, "icmp")) {
		line->protocol = TRACE_ICMP;
		line->icmp_type = (uint8_t)trace_read_number(reader);
		line->icmp_code = (uint8_t)trace_read_number(reader);
	} else {
		line->flags = read_flags(reader, word);
		line->seq = read_sequence(reader, &line->seq_next);
	}
	for (trace_skip_blanks(reader); *reader->at && *reader->at != '\n'; trace_skip_blanks(reader))
		read_key(reader, line);
	if (line->len < line->payload_bytes)
		line->len = line->payload_bytes;
}

void trace_line_read(struct trace_reader *reader, struct trace_line *line, int64_t start_ns)
{
	*line = (struct trace_line){
		.t_ns = start_ns,
		.protocol = TRACE_TCP,
		.window = 65535,
		.ack = 1,
		.ttl = 64,
		.flow = 1,
		.server = 1,
		.rest = 0x00070001, /* echo: identifier 7, sequence 1 */
		.window_scale = NO_WINDOW_SCALE,
	};
	read_line(reader, line);
}
