#include "analyze/engine/application/dns.h"

#include "analyze/engine/application/dns_message.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS 1000000000LL
#define GIVEN_UP_NS (5 * SECOND_NS)  /* glibc's time-out: resolv.conf(5) */
#define FORGOTTEN_NS (10 * SECOND_NS) /* since it was sent last */
#define ANSWERED_NS (5 * SECOND_NS)  /* in which more answers, to its repeats, may come */
#define COPY_NS 10000000	     /* no resolver asks again so soon: a mirror, not known as one yet, shows one packet twice */
#define OTHERS_NS (300 * 1000000LL) /* resolvers wait longer before they ask again with another id: Unbound 376 ms, BIND 800 ms */
#define REWIND_NS (60 * SECOND_NS)   /* the clock was set back */
#define QUESTIONS_MAX 65536
#define BUCKETS 16384  /* power of two */
#define CHAIN_MAX 128  /* questions in a bucket: names can be chosen so that they meet there */
#define NAMELESS_MAX 64 /* latest questions that an answer without a question section is compared with */
#define ASKS 3
#define TYPE_IXFR 251
#define TYPE_AXFR 252

enum waiting { FRESH, LATE, ANSWERED, LISTS };

struct ask {
	int64_t t_ns;
	uint16_t port, id, ip_id;
	bool has_ip_id;
};

struct question {
	struct question *chain, *older, *newer;
	uint32_t hash;
	uint8_t list; /* enum waiting */
	uint8_t protocol;
	uint16_t type;
	uint16_t server_port;
	uint16_t name_bytes; /* with the 0 */
	bool counted;	     /* as unanswered */
	uint32_t queries;
	struct address client, server;
	struct flow *flow; /* of the first query; it is gone if its id is another */
	uint64_t flow_id, frame;
	int64_t t_ns, since_ns; /* since: last query, or first answer */
	struct ask first, latest[ASKS - 1];
	char name[];
};

struct dns {
	const struct outlet *outlet;
	struct names *names;
	uint32_t count;
	struct {
		struct question *oldest, *newest;
	} list[LISTS];
	struct question *bucket[BUCKETS];
};

/* Who asks whom in a message. */
struct parties {
	struct address client, server;
	uint16_t client_port, server_port;
	uint8_t protocol;
};

struct dns *dns_new(const struct outlet *outlet, struct names *names)
{
	struct dns *dns = calloc(1, sizeof *dns);
	if (!dns)
		return NULL;
	dns->outlet = outlet;
	dns->names = names;
	return dns;
}

static bool is_port(uint16_t port)
{
	return port == 53 || port == 5353 || port == 5355;
}

bool dns_is_port(uint16_t source, uint16_t destination)
{
	return is_port(source) || is_port(destination);
}

static char lower(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

/* Resolvers may change the case of letters with each query (0x20). */
static bool same_name(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return *a == *b;
}

static uint32_t hash_of(const struct parties *parties, const struct dns_message *message)
{
	uint64_t words[4], hash = message->type;
	memcpy(words, &parties->client, 16);
	memcpy(words + 2, &parties->server, 16);
	for (unsigned i = 0; i < 4; i++)
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 32;
	for (const char *letter = message->name; *letter; letter++)
		hash = (hash ^ (uint8_t)lower(*letter)) * 0x100000001b3u;
	return (uint32_t)(hash ^ hash >> 32);
}

static bool asks_same(const struct question *question, const struct parties *parties, const struct dns_message *message)
{
	return question->type == message->type && question->protocol == parties->protocol &&
	       !memcmp(&question->client, &parties->client, sizeof parties->client) &&
	       !memcmp(&question->server, &parties->server, sizeof parties->server) &&
	       question->server_port == parties->server_port && same_name(question->name, message->name);
}

static bool is_ask(const struct ask *ask, uint16_t port, uint16_t id)
{
	return ask->t_ns != NO_TIME && ask->port == port && ask->id == id;
}

/* The latest query of this question with this port and id; NULL: there was none. */
static struct ask *find_ask(struct question *question, uint16_t port, uint16_t id)
{
	for (unsigned i = ASKS - 1; i-- > 0;)
		if (is_ask(&question->latest[i], port, id))
			return &question->latest[i];
	return is_ask(&question->first, port, id) ? &question->first : NULL;
}

static void unlink_question(struct dns *dns, struct question *question)
{
	if (question->older)
		question->older->newer = question->newer;
	else
		dns->list[question->list].oldest = question->newer;
	if (question->newer)
		question->newer->older = question->older;
	else
		dns->list[question->list].newest = question->older;
}

static void append_question(struct dns *dns, struct question *question, enum waiting list)
{
	question->list = (uint8_t)list;
	question->newer = NULL;
	question->older = dns->list[list].newest;
	if (question->older)
		question->older->newer = question;
	else
		dns->list[list].oldest = question;
	dns->list[list].newest = question;
}

static void move_question(struct dns *dns, struct question *question, enum waiting list)
{
	unlink_question(dns, question);
	append_question(dns, question, list);
}

static void forget(struct dns *dns, struct question *question)
{
	unlink_question(dns, question);
	struct question **link = &dns->bucket[question->hash & (BUCKETS - 1)];
	while (*link != question)
		link = &(*link)->chain;
	*link = question->chain;
	arena_give(dns->outlet->arena, question, sizeof *question + question->name_bytes);
	dns->count--;
}

static void deliver(struct dns *dns, const struct dns_facts *facts)
{
	if (dns->outlet->sink->dns)
		dns->outlet->sink->dns(dns->outlet->user, facts);
}

static struct dns_facts facts_of(const struct question *question)
{
	struct dns_facts facts = {
		.flow_id = question->flow_id,
		.t_ns = question->t_ns,
		.frame = question->frame,
		.answer_ns = NO_TIME,
		.client = question->client,
		.server = question->server,
		.client_port = question->first.port,
		.server_port = question->server_port,
		.protocol = question->protocol,
		.id = question->first.id,
		.type = question->type,
		.rcode = -1,
		.queries = question->queries,
		.latency_ns = NO_TIME,
	};
	memcpy(facts.name, question->name, question->name_bytes);
	return facts;
}

static void count_unanswered(struct dns *dns, struct question *question)
{
	if (question->counted)
		return;
	question->counted = true;
	if (question->flow->id == question->flow_id)
		ledger_count_scopes(dns->outlet->ledger, question->flow, COUNT_DNS_UNANSWERED, 1);
	else
		ledger_count_all(dns->outlet->ledger, COUNT_DNS_UNANSWERED, 1);
}

static void deliver_unanswered(struct dns *dns, struct question *question, bool open_end)
{
	struct dns_facts facts = facts_of(question);
	facts.open_end = open_end;
	deliver(dns, &facts);
	forget(dns, question);
}

static bool is_due(const struct question *question, int64_t after_ns, int64_t now_ns)
{
	int64_t age_ns = now_ns - question->since_ns;
	return age_ns >= after_ns || age_ns < -REWIND_NS;
}

void dns_advance(struct dns *dns, int64_t now_ns)
{
	struct question *question;
	while ((question = dns->list[LATE].oldest) && is_due(question, FORGOTTEN_NS, now_ns))
		deliver_unanswered(dns, question, false);
	while ((question = dns->list[FRESH].oldest) && is_due(question, GIVEN_UP_NS, now_ns)) {
		count_unanswered(dns, question);
		if (is_due(question, FORGOTTEN_NS, now_ns))
			deliver_unanswered(dns, question, false);
		else
			move_question(dns, question, LATE);
	}
	while ((question = dns->list[ANSWERED].oldest) && is_due(question, ANSWERED_NS, now_ns))
		forget(dns, question);
}

void dns_finish(struct dns *dns, int64_t now_ns)
{
	dns_advance(dns, now_ns);
	while (dns->list[LATE].oldest)
		deliver_unanswered(dns, dns->list[LATE].oldest, false);
	while (dns->list[FRESH].oldest)
		deliver_unanswered(dns, dns->list[FRESH].oldest, true);
	while (dns->list[ANSWERED].oldest)
		forget(dns, dns->list[ANSWERED].oldest);
}

/* Makes room for one more question. False: the oldest has to be waited for. */
static bool make_room(struct dns *dns)
{
	if (dns->count < QUESTIONS_MAX)
		return true;
	if (!dns->list[ANSWERED].oldest)
		return false;
	forget(dns, dns->list[ANSWERED].oldest);
	return true;
}

static struct ask ask_of(const struct parties *parties, const struct dns_message *message, const struct packet *packet)
{
	return (struct ask){
		.t_ns = packet->t_ns,
		.port = parties->client_port,
		.id = message->id,
		.ip_id = packet->ip_id,
		.has_ip_id = packet->has_ip_id,
	};
}

static void add_question(struct dns *dns, struct flow *flow, const struct packet *packet, const struct parties *parties,
			 const struct dns_message *message)
{
	size_t name_bytes = strlen(message->name) + 1;
	struct question *question =
		make_room(dns) ? arena_take(dns->outlet->arena, sizeof *question + name_bytes) : NULL;
	if (!question) {
		dns->outlet->totals->facts_dropped++;
		return;
	}
	*question = (struct question){
		.hash = hash_of(parties, message),
		.protocol = parties->protocol,
		.type = message->type,
		.server_port = parties->server_port,
		.name_bytes = (uint16_t)name_bytes,
		.queries = 1,
		.client = parties->client,
		.server = parties->server,
		.flow = flow,
		.flow_id = flow->id,
		.frame = packet->frame,
		.t_ns = packet->t_ns,
		.since_ns = packet->t_ns,
		.first = ask_of(parties, message, packet),
	};
	for (unsigned i = 0; i < ASKS - 1; i++)
		question->latest[i].t_ns = NO_TIME;
	memcpy(question->name, message->name, name_bytes);
	struct question **bucket = &dns->bucket[question->hash & (BUCKETS - 1)];
	question->chain = *bucket;
	*bucket = question;
	dns->count++;
	append_question(dns, question, FRESH);
}

/* Is this query a packet that was seen already, over the same link? */
static bool is_copy(const struct ask *ask, const struct packet *packet)
{
	bool same_id = ask->has_ip_id && packet->has_ip_id ? ask->ip_id == packet->ip_id : true;
	return same_id && packet->protocol == PROTOCOL_UDP && packet->t_ns - ask->t_ns < COPY_NS;
}

static void ask_again(struct dns *dns, struct question *question, const struct ask *ask)
{
	memmove(question->latest, question->latest + 1, sizeof question->latest - sizeof question->latest[0]);
	question->latest[ASKS - 2] = *ask;
	question->queries += question->queries < UINT32_MAX;
	question->since_ns = ask->t_ns;
	move_question(dns, question, FRESH);
}

/* What is known of the question of a query. */
struct earlier {
	struct question *same;	   /* it was asked with this port and id */
	struct question *newest;   /* with others; unanswered */
	struct question *answered; /* the oldest in the bucket that could make room */
	int64_t newest_ns;	   /* when one of those with others was asked last */
	bool copy, full;
};

static void find_earlier(struct dns *dns, const struct packet *packet, const struct parties *parties,
			 const struct dns_message *message, struct earlier *earlier)
{
	struct question *question = dns->bucket[hash_of(parties, message) & (BUCKETS - 1)];
	unsigned seen = 0;
	*earlier = (struct earlier){ .newest_ns = NO_TIME };
	for (; question && seen < CHAIN_MAX; question = question->chain, seen++) {
		const bool answered = question->list == ANSWERED;
		if (answered)
			earlier->answered = question;
		if (!asks_same(question, parties, message))
			continue;
		const struct ask *ask = find_ask(question, parties->client_port, message->id);
		earlier->copy |= ask && is_copy(ask, packet);
		if (answered)
			continue;
		if (ask && !earlier->same)
			earlier->same = question;
		if (ask || message->question_cut) /* cut names may be two */
			continue;
		if (!earlier->newest)
			earlier->newest = question;
		if (question->since_ns > earlier->newest_ns)
			earlier->newest_ns = question->since_ns;
	}
	earlier->full = seen == CHAIN_MAX;
}

/* A busy host asks for one name many times at once: another port or id soon after is another program's question. */
static void take_query(struct dns *dns, struct flow *flow, const struct packet *packet, const struct parties *parties,
		       const struct dns_message *message)
{
	struct earlier earlier;
	find_earlier(dns, packet, parties, message, &earlier);
	if (earlier.copy)
		return;
	ledger_count_scopes(dns->outlet->ledger, flow, COUNT_DNS_QUERIES, 1);
	struct question *again = earlier.same;
	const bool room = !earlier.full || earlier.answered;
	if (!again && earlier.newest && (!room || packet->t_ns - earlier.newest_ns >= OTHERS_NS))
		again = earlier.newest;
	if (again) {
		const struct ask ask = ask_of(parties, message, packet);
		ask_again(dns, again, &ask);
		return;
	}
	if (earlier.full && earlier.answered)
		forget(dns, earlier.answered);
	if (room)
		add_question(dns, flow, packet, parties, message);
	else
		dns->outlet->totals->facts_dropped++;
}

/* The question that has been asked with this id, and its latest query with it; NULL: none that is known. One that has
 * been answered only if there is no other. */
static struct question *find_question(struct dns *dns, const struct parties *parties, const struct dns_message *message,
				      struct ask **ask)
{
	struct question *answered = NULL, *question = dns->bucket[hash_of(parties, message) & (BUCKETS - 1)];
	for (unsigned seen = 0; question && seen < CHAIN_MAX; question = question->chain, seen++) {
		struct ask *found = asks_same(question, parties, message)
					    ? find_ask(question, parties->client_port, message->id)
					    : NULL;
		if (!found || (question->list == ANSWERED && answered))
			continue;
		*ask = found;
		if (question->list != ANSWERED)
			return question;
		answered = question;
	}
	return answered;
}

/* The same for an answer that does not repeat the question, as errors and the later messages of a zone transfer may be,
 * or where the snap length has cut either; `cut`: questions that were cut only. */
static struct question *find_nameless(struct dns *dns, const struct parties *parties, uint16_t id, bool cut,
				      struct ask **ask)
{
	static const enum waiting lists[] = { FRESH, LATE, ANSWERED };
	for (unsigned i = 0; i < LISTS; i++) {
		struct question *question = dns->list[lists[i]].newest;
		for (unsigned seen = 0; question && seen < NAMELESS_MAX; question = question->older, seen++) {
			bool fits = (!cut || question->type == 0) && question->protocol == parties->protocol &&
				    question->server_port == parties->server_port &&
				    !memcmp(&question->client, &parties->client, sizeof parties->client) &&
				    !memcmp(&question->server, &parties->server, sizeof parties->server);
			if (fits && (*ask = find_ask(question, parties->client_port, id)))
				return question;
		}
	}
	return NULL;
}

static void tell_names(struct dns *dns, const struct packet *packet, const struct dns_message *message, uint16_t type,
		       const char *name, struct dns_facts *facts)
{
	struct dns_cursor cursor;
	struct address address;
	dns_cursor_start(&cursor, message);
	while (dns_next_address(&cursor, message, &address)) {
		if (!facts->has_address)
			facts->address = address;
		facts->has_address = true;
		if (type != TYPE_AXFR && type != TYPE_IXFR) /* whose records have names of their own */
			names_tell(dns->names, &address, NAME_DNS, name, packet->t_ns, packet->frame);
	}
}

static void count_answer(struct dns *dns, struct flow *flow, const struct dns_facts *facts)
{
	ledger_dns(dns->outlet->ledger, flow, facts->latency_ns);
	if (facts->rcode == 3)
		ledger_count_scopes(dns->outlet->ledger, flow, COUNT_DNS_NXDOMAIN, 1);
	else if (facts->rcode != 0)
		ledger_count_scopes(dns->outlet->ledger, flow, COUNT_DNS_FAILURES, 1);
}

/* `name` is that of the addresses in the answer; "": it is not known whole. */
static void complete(struct dns *dns, const struct packet *packet, const struct dns_message *message, const char *name,
		     struct dns_facts *facts)
{
	facts->answer_ns = packet->t_ns;
	facts->answer_frame = packet->frame;
	facts->rcode = message->rcode;
	facts->answers = message->answers;
	facts->truncated = message->truncated;
	tell_names(dns, packet, message, facts->type, name, facts);
}

/* An answer whose question was not seen. */
static void deliver_answer_alone(struct dns *dns, const struct flow *flow, const struct packet *packet,
				 const struct parties *parties, const struct dns_message *message)
{
	struct dns_facts facts = {
		.flow_id = flow->id,
		.t_ns = packet->t_ns,
		.frame = packet->frame,
		.client = parties->client,
		.server = parties->server,
		.client_port = parties->client_port,
		.server_port = parties->server_port,
		.protocol = parties->protocol,
		.id = message->id,
		.type = message->type,
		.latency_ns = NO_TIME,
	};
	memcpy(facts.name, message->name, sizeof facts.name);
	complete(dns, packet, message, message->question_cut ? "" : message->name, &facts);
	deliver(dns, &facts);
}

static void take_answer(struct dns *dns, struct flow *flow, const struct packet *packet, const struct parties *parties,
			const struct dns_message *message)
{
	struct ask *ask = NULL;
	bool named = message->has_question && !message->question_cut;
	struct question *question = named ? find_question(dns, parties, message, &ask) : NULL;
	if (!question)
		question = find_nameless(dns, parties, message->id, named, &ask);
	if (!question) {
		if (message->has_question && parties->server_port == 53)
			deliver_answer_alone(dns, flow, packet, parties, message);
		return;
	}
	if (question->list == ANSWERED) {
		question->since_ns = packet->t_ns;
		move_question(dns, question, ANSWERED);
		return;
	}
	struct dns_facts facts = facts_of(question);
	facts.latency_ns = packet->t_ns > ask->t_ns ? packet->t_ns - ask->t_ns : 0;
	if (question->type == 0 && named) {
		facts.type = message->type;
		memcpy(facts.name, message->name, sizeof facts.name);
	}
	complete(dns, packet, message, facts.type ? facts.name : "", &facts);
	count_answer(dns, flow, &facts);
	deliver(dns, &facts);
	question->since_ns = packet->t_ns;
	move_question(dns, question, ANSWERED);
}

void dns_take(struct dns *dns, struct flow *flow, const struct packet *packet, const uint8_t *bytes, uint32_t count)
{
	struct dns_message message;
	if (address_is_group(&packet->destination) || !dns_message_read(&message, bytes, count))
		return;
	struct parties parties = {
		.client = packet->source,
		.server = packet->destination,
		.client_port = packet->source_port,
		.server_port = packet->destination_port,
		.protocol = packet->protocol,
	};
	if (message.response)
		parties = (struct parties){
			.client = packet->destination,
			.server = packet->source,
			.client_port = packet->destination_port,
			.server_port = packet->source_port,
			.protocol = packet->protocol,
		};
	if (!is_port(parties.server_port))
		return;
	if (message.response)
		take_answer(dns, flow, packet, &parties, &message);
	else
		take_query(dns, flow, packet, &parties, &message);
}

uint64_t dns_bytes(const struct dns *dns)
{
	return sizeof *dns;
}

/* The arena's owner frees the questions. */
void dns_free(struct dns *dns)
{
	free(dns);
}
