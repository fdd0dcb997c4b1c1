#include "tests/trace_script.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

struct trace_script trace_script_start(const char *text, int64_t start_ns)
{
	return (struct trace_script){ .at = text, .start_ns = start_ns };
}

static bool is_word(const struct trace_reader *reader, const char *word)
{
	size_t length = strlen(word);
	return !strncmp(reader->at, word, length) && !isalnum((unsigned char)reader->at[length]);
}

/* Where the line at hand counts its time from. */
static int64_t now_ns(const struct trace_script *script)
{
	if (!script->depth)
		return script->start_ns;
	const struct trace_block *block = &script->block[script->depth - 1];
	return block->start_ns + block->every_ns * block->pass;
}

/* How often lines in this block were read before, in all passes of the outer one. */
static uint32_t pass_of(const struct trace_script *script)
{
	uint32_t pass = 0;
	for (unsigned i = 0; i < script->depth; i++)
		pass = pass * script->block[i].count + script->block[i].pass;
	return pass;
}

/* `A.B.C.D+K:PORT+K`, `[IPV6+K]:PORT+K`; without port the usual one. */
static void read_end(struct trace_reader *reader, struct trace_end *end)
{
	char address[INET6_ADDRSTRLEN];
	trace_skip_blanks(reader);
	end->ipv6 = *reader->at == '[';
	reader->at += end->ipv6;
	size_t length = strspn(reader->at, end->ipv6 ? "0123456789abcdef:." : "0123456789.");
	if (length >= sizeof address) {
		trace_refuse_at(reader, "address expected");
		return;
	}
	memcpy(address, reader->at, length);
	address[length] = '\0';
	memset(end->address, 0, sizeof end->address);
	end->set = inet_pton(end->ipv6 ? AF_INET6 : AF_INET, address, end->address) == 1;
	if (!end->set)
		trace_refuse_at(reader, "address expected");
	reader->at += length;
	if (*reader->at == '+') {
		reader->at++;
		uint8_t *tail = end->address + (end->ipv6 ? 12 : 0);
		uint32_t value = (uint32_t)tail[0] << 24 | (uint32_t)tail[1] << 16 | (uint32_t)tail[2] << 8 | tail[3];
		value += trace_read_number(reader) * reader->pass;
		for (unsigned i = 0; i < 4; i++)
			tail[i] = (uint8_t)(value >> (24 - 8 * i));
	}
	reader->at += end->ipv6 && *reader->at == ']';
	end->port = 0;
	if (*reader->at == ':') {
		reader->at++;
		end->port = (uint16_t)trace_read_number(reader);
	}
}

/* `TIME repeat N every TIME {`; `reader` stands behind the first time. */
static void begin_block(struct trace_script *script, struct trace_reader *reader, int64_t start_ns)
{
	char word[16];
	if (script->depth == TRACE_NESTING_MAX) {
		trace_refuse_at(reader, "blocks are nested too deep");
		return;
	}
	trace_read_word(reader, word, sizeof word); /* repeat */
	struct trace_block block = { .start_ns = start_ns, .count = trace_read_number(reader) };
	trace_skip_blanks(reader);
	if (!is_word(reader, "every"))
		trace_refuse_at(reader, "every expected");
	trace_read_word(reader, word, sizeof word);
	trace_skip_blanks(reader);
	block.every_ns = trace_read_time(reader);
	trace_skip_blanks(reader);
	if (*reader->at != '{' || !block.count)
		trace_refuse_at(reader, "{ expected, after a number that is not 0");
	reader->at += strcspn(reader->at, "\n");
	reader->at += *reader->at == '\n';
	block.body = reader->at;
	script->block[script->depth++] = block;
}

/* At a closing brace: back to the block's first line, or out of it. */
static void end_block(struct trace_script *script, struct trace_reader *reader)
{
	if (!script->depth) {
		trace_refuse_at(reader, "no block is open");
		reader->at++;
		return;
	}
	struct trace_block *block = &script->block[script->depth - 1];
	reader->at++;
	if (++block->pass < block->count)
		reader->at = block->body;
	else
		script->depth--;
}

static struct trace_conversation *find_conversation(struct trace_script *script, const struct trace_line *line)
{
	uint32_t ports = line->direction == C2S ? line->source_port << 16 | line->destination_port
						: line->destination_port << 16 | line->source_port;
	for (unsigned i = 0; i < TRACE_CONVERSATIONS; i++) {
		struct trace_conversation *known = &script->conversation[i];
		if (known->used && known->flow == line->flow && known->server == line->server && known->ports == ports &&
		    !memcmp(&known->client, &line->client, sizeof known->client) &&
		    !memcmp(&known->server_end, &line->server_end, sizeof known->server_end))
			return known;
	}
	struct trace_conversation *new = &script->conversation[script->oldest++ % TRACE_CONVERSATIONS];
	*new = (struct trace_conversation){ .flow = line->flow, .server = line->server, .ports = ports, .used = true };
	memcpy(&new->client, &line->client, sizeof new->client);
	memcpy(&new->server_end, &line->server_end, sizeof new->server_end);
	return new;
}

static void follow(struct trace_script *script, struct trace_line *line)
{
	struct trace_conversation *conversation = find_conversation(script, line);
	uint32_t *next = &conversation->next[line->direction];
	if (line->seq_next)
		line->seq = *next;
	if (line->ack_next)
		line->ack = conversation->next[!line->direction];
	uint32_t end = line->seq + line->len + !!(line->flags & TCP_SYN) + !!(line->flags & TCP_FIN);
	if (line->flags & TCP_SYN || end > *next)
		*next = end;
}

/* A line that is there; false: it was none of a packet. */
static bool read_line(struct trace_script *script, struct trace_reader *reader, struct trace_line *line)
{
	struct trace_reader ahead = *reader;
	if (*reader->at == '}') {
		end_block(script, reader);
		return false;
	}
	if (is_word(reader, "client") || is_word(reader, "server")) {
		struct trace_end *end = *reader->at == 'c' ? &script->client : &script->server;
		reader->at += 6;
		read_end(reader, end);
		return false;
	}
	int64_t start_ns = now_ns(script) + trace_read_time(&ahead);
	trace_skip_blanks(&ahead);
	if (is_word(&ahead, "repeat")) {
		begin_block(script, &ahead, start_ns);
		*reader = ahead;
		return false;
	}
	trace_line_read(reader, line, now_ns(script));
	line->client = script->client;
	line->server_end = script->server;
	if (script->client.set && script->server.set && script->client.ipv6 != script->server.ipv6)
		trace_refuse_at(reader, "client and server are of different families");
	if (line->protocol == TRACE_TCP && !line->raw)
		follow(script, line);
	return true;
}

bool trace_script_next(struct trace_script *script, struct trace_line *line)
{
	struct trace_reader reader = { .at = script->at };
	bool found = false;
	while (!found && *reader.at) {
		reader.line = reader.at;
		reader.pass = pass_of(script);
		trace_skip_blanks(&reader);
		if (*reader.at == '\n' || *reader.at == '#' || !*reader.at) {
			reader.at += strcspn(reader.at, "\n");
			reader.at += *reader.at == '\n';
			continue;
		}
		const unsigned depth = script->depth;
		found = read_line(script, &reader, line);
		/* What begins or repeats a block has moved to its first line. */
		if (script->depth > depth || (depth && script->depth == depth && reader.at == script->block[depth - 1].body))
			continue;
		reader.at += strcspn(reader.at, "\n");
		reader.at += *reader.at == '\n';
	}
	if (!found && script->depth)
		trace_refuse("a block is not closed");
	script->at = reader.at;
	return found;
}
