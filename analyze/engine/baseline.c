#include "analyze/engine/baseline.h"

#include <stdlib.h>
#include <string.h>

#define US 1000
#define BUCKETS BASELINE_KEYS /* power of two */
#define NONE UINT16_MAX

/* A key with its values, in a chain of its bucket and in the order of use. */
struct entry {
	struct baseline_key key;
	uint16_t bucket, chain_next;
	uint16_t older, newer;
	uint8_t count, next; /* values in the ring, and where the next goes */
	uint32_t us[BASELINE_VALUES];
};

struct baseline {
	uint16_t used; /* entries that ever had a key */
	uint16_t oldest, newest;
	uint16_t first[BUCKETS];
	struct entry entries[BASELINE_KEYS];
};

struct baseline *baseline_new(void)
{
	struct baseline *baseline = calloc(1, sizeof *baseline);
	if (!baseline)
		return NULL;
	baseline->oldest = baseline->newest = NONE;
	for (unsigned i = 0; i < BUCKETS; i++)
		baseline->first[i] = NONE;
	return baseline;
}

void baseline_free(struct baseline *baseline)
{
	free(baseline);
}

static bool same(const struct baseline_key *a, const struct baseline_key *b)
{
	return !memcmp(&a->address, &b->address, sizeof a->address) && a->port == b->port && a->protocol == b->protocol &&
	       a->scope == b->scope && a->rest == b->rest;
}

static uint16_t bucket_of(const struct baseline_key *key)
{
	uint64_t words[2], hash = (uint64_t)key->port << 32 | (uint64_t)key->protocol << 16 | (uint64_t)key->scope << 1 | key->rest;
	memcpy(words, key->address.bytes, sizeof words);
	for (unsigned i = 0; i < 2; i++) {
		hash = (hash ^ words[i] ^ words[i] >> 32) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return hash & (BUCKETS - 1);
}

static void leave_order(struct baseline *baseline, uint16_t at)
{
	const struct entry *entry = &baseline->entries[at];
	if (entry->older == NONE)
		baseline->oldest = entry->newer;
	else
		baseline->entries[entry->older].newer = entry->newer;
	if (entry->newer == NONE)
		baseline->newest = entry->older;
	else
		baseline->entries[entry->newer].older = entry->older;
}

static void become_newest(struct baseline *baseline, uint16_t at)
{
	struct entry *entry = &baseline->entries[at];
	entry->older = baseline->newest;
	entry->newer = NONE;
	if (baseline->newest == NONE)
		baseline->oldest = at;
	else
		baseline->entries[baseline->newest].newer = at;
	baseline->newest = at;
}

static void leave_chain(struct baseline *baseline, uint16_t at)
{
	uint16_t *link = &baseline->first[baseline->entries[at].bucket];
	while (*link != at)
		link = &baseline->entries[*link].chain_next;
	*link = baseline->entries[at].chain_next;
}

/* NULL: there is none. */
static struct entry *find(struct baseline *baseline, const struct baseline_key *key)
{
	uint16_t at = baseline->first[bucket_of(key)];
	while (at != NONE && !same(&baseline->entries[at].key, key))
		at = baseline->entries[at].chain_next;
	if (at == NONE)
		return NULL;
	leave_order(baseline, at);
	become_newest(baseline, at);
	return &baseline->entries[at];
}

static struct entry *add_key(struct baseline *baseline, const struct baseline_key *key)
{
	uint16_t at = baseline->used;
	if (at < BASELINE_KEYS) {
		baseline->used++;
	} else {
		at = baseline->oldest;
		leave_order(baseline, at);
		leave_chain(baseline, at);
	}
	struct entry *entry = &baseline->entries[at];
	entry->key = *key;
	entry->count = entry->next = 0;
	entry->bucket = bucket_of(key);
	entry->chain_next = baseline->first[entry->bucket];
	baseline->first[entry->bucket] = at;
	become_newest(baseline, at);
	return entry;
}

int64_t baseline_median(struct baseline *baseline, const struct baseline_key *key)
{
	const struct entry *entry = find(baseline, key);
	if (!entry || entry->count < BASELINE_ENOUGH)
		return NO_TIME;
	uint32_t sorted[BASELINE_VALUES] = { 0 };
	for (unsigned i = 0; i < entry->count; i++) {
		unsigned at = i;
		for (; at > 0 && sorted[at - 1] > entry->us[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = entry->us[i];
	}
	int64_t low = sorted[(entry->count - 1) / 2], high = sorted[entry->count / 2];
	return (low + high) / 2 * US;
}

void baseline_add(struct baseline *baseline, const struct baseline_key *key, int64_t value_ns)
{
	struct entry *entry = find(baseline, key);
	if (!entry)
		entry = add_key(baseline, key);
	int64_t us = value_ns / US;
	entry->us[entry->next] = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	entry->next = (uint8_t)((entry->next + 1) % BASELINE_VALUES);
	if (entry->count < BASELINE_VALUES)
		entry->count++;
}

uint64_t baseline_bytes(const struct baseline *baseline)
{
	return sizeof *baseline;
}
