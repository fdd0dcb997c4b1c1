#include "analyze/engine/control/keyed_rows.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16
#define STEPS_MAX 64 /* from a key's own place; whoever forges more collisions than that is not kept */

static uint32_t hash_of(const struct keyed_rows *rows, const uint8_t *key)
{
	uint64_t hash = rows->key_bytes;
	for (uint32_t at = 0; at < rows->key_bytes; at += 8) {
		uint64_t word = 0;
		memcpy(&word, key + at, rows->key_bytes - at < 8 ? rows->key_bytes - at : 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (uint32_t)(hash * 0xbf58476d1ce4e5b9u >> 32);
}

void *keyed_rows_at(const struct keyed_rows *rows, uint32_t number)
{
	return rows->rows + (size_t)number * rows->row_bytes;
}

uint32_t keyed_rows_number(const struct keyed_rows *rows, const void *row)
{
	return (uint32_t)((size_t)((const uint8_t *)row - rows->rows) / rows->row_bytes);
}

/* The place of the key, or the empty one where it belongs; NULL: it is too far away. */
static uint32_t *place_of(const struct keyed_rows *rows, const void *key)
{
	uint32_t mask = 2 * rows->max - 1, first = hash_of(rows, key);
	for (uint32_t step = 0; step < STEPS_MAX; step++) {
		uint32_t *place = &rows->index[(first + step) & mask];
		if (*place == 0 || !memcmp(keyed_rows_at(rows, *place - 1), key, rows->key_bytes))
			return place;
	}
	return NULL;
}

void *keyed_rows_find(const struct keyed_rows *rows, const void *key)
{
	if (rows->count == 0)
		return NULL;
	const uint32_t *place = place_of(rows, key);
	return place && *place ? keyed_rows_at(rows, *place - 1) : NULL;
}

static bool has_room(struct keyed_rows *rows)
{
	if (rows->count < rows->capacity)
		return true;
	if (rows->count >= rows->max)
		return false;
	if (!rows->index)
		rows->index = calloc((size_t)rows->max * 2, sizeof *rows->index);
	uint32_t capacity = rows->capacity ? rows->capacity * 2 : CAPACITY_MIN;
	uint8_t *larger = rows->index ? realloc(rows->rows, (size_t)capacity * rows->row_bytes) : NULL;
	if (!larger)
		return false;
	rows->rows = larger;
	rows->capacity = capacity;
	return true;
}

void *keyed_rows_have(struct keyed_rows *rows, const void *key, bool *added)
{
	void *row = keyed_rows_find(rows, key);
	if (added)
		*added = !row;
	if (row || !has_room(rows))
		return row;
	uint32_t *place = place_of(rows, key);
	if (!place)
		return NULL;
	*place = ++rows->count;
	row = keyed_rows_at(rows, rows->count - 1);
	memset(row, 0, rows->row_bytes);
	memcpy(row, key, rows->key_bytes);
	return row;
}

uint64_t keyed_rows_bytes(const struct keyed_rows *rows)
{
	uint64_t index = rows->index ? (uint64_t)rows->max * 2 * sizeof *rows->index : 0;
	return (uint64_t)rows->capacity * rows->row_bytes + index;
}

void keyed_rows_free(struct keyed_rows *rows)
{
	free(rows->rows);
	free(rows->index);
	rows->rows = NULL;
	rows->index = NULL;
	rows->count = rows->capacity = 0;
}
