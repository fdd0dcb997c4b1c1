#include "analyze/engine/application/names.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_PLACES 256
#define NAMES_MAX 262144 /* more are counted and not told */

/* Open addressing; what is kept of a name is its hash, which is never 0. */
struct names {
	const struct outlet *outlet;
	uint64_t *places;
	uint32_t mask, count;
};

struct names *names_new(const struct outlet *outlet)
{
	struct names *names = calloc(1, sizeof *names);
	if (!names)
		return NULL;
	names->outlet = outlet;
	names->mask = FIRST_PLACES - 1;
	names->places = calloc(FIRST_PLACES, sizeof *names->places);
	if (!names->places) {
		free(names);
		return NULL;
	}
	return names;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct address *address, enum name_source source, const char *name, size_t length)
{
	uint64_t words[2], hash = (uint64_t)source + 1;
	memcpy(words, address, sizeof words);
	hash = mix(mix(hash, words[0]), words[1]);
	for (; length > 0; name += 8, length -= length < 8 ? length : 8) {
		uint64_t word = 0;
		memcpy(&word, name, length < 8 ? length : 8);
		hash = mix(hash, word);
	}
	return hash ? hash : 1;
}

static uint32_t place_of(const uint64_t *places, uint32_t mask, uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 32) & mask;
	while (places[at] && places[at] != hash)
		at = (at + 1) & mask;
	return at;
}

static bool grow(struct names *names)
{
	uint64_t *old = names->places;
	uint32_t mask = names->mask * 2 + 1;
	uint64_t *places = calloc((size_t)mask + 1, sizeof *places);
	if (!places)
		return false;
	for (uint32_t i = 0; i <= names->mask; i++)
		if (old[i])
			places[place_of(places, mask, old[i])] = old[i];
	names->places = places;
	names->mask = mask;
	free(old);
	return true;
}

void names_tell(struct names *names, const struct address *address, enum name_source source, const char *name, int64_t t_ns,
		uint64_t frame)
{
	size_t length = strlen(name);
	if (length == 0 || !names->outlet->sink->name)
		return;
	uint64_t hash = hash_of(address, source, name, length);
	if (names->places[place_of(names->places, names->mask, hash)])
		return;
	if (names->count == NAMES_MAX || (names->count * 2 > names->mask && !grow(names))) {
		names->outlet->totals->facts_dropped++;
		return;
	}
	names->places[place_of(names->places, names->mask, hash)] = hash;
	names->count++;
	struct name_facts facts = { .address = *address, .source = source, .t_ns = t_ns, .frame = frame };
	memcpy(facts.name, name, length < sizeof facts.name ? length : sizeof facts.name - 1);
	names->outlet->sink->name(names->outlet->user, &facts);
}

uint64_t names_bytes(const struct names *names)
{
	return sizeof *names + ((uint64_t)names->mask + 1) * sizeof *names->places;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	free(names->places);
	free(names);
}
