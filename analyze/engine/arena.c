#include "analyze/engine/arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)256 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	uint64_t align_to_16;
};

static void *carve(struct arena *arena, size_t size)
{
	if (arena->left < size) {
		struct arena_chunk *chunk = malloc(CHUNK_BYTES);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
		arena->next = (uint8_t *)(chunk + 1);
		arena->left = CHUNK_BYTES - sizeof *chunk;
		arena->bytes += CHUNK_BYTES;
	}
	void *block = arena->next;
	arena->next += size;
	arena->left -= size;
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	size_t class = (size + ARENA_STEP - 1) / ARENA_STEP;
	if (class > ARENA_CLASSES) {
		void *large = calloc(1, size);
		if (large)
			arena->bytes += size;
		return large;
	}
	void *block = arena->free_blocks[class];
	if (block) {
		void *next;
		memcpy(&next, block, sizeof next);
		arena->free_blocks[class] = next;
		for (size_t i = 0; next && i < size; i += 64) /* it lies cold since it was given back */
			__builtin_prefetch((char *)next + i, 1);
	} else {
		block = carve(arena, class * ARENA_STEP);
	}
	if (block)
		memset(block, 0, class * ARENA_STEP);
	return block;
}

void arena_give(struct arena *arena, void *block, size_t size)
{
	if (!block)
		return;
	size_t class = (size + ARENA_STEP - 1) / ARENA_STEP;
	if (class > ARENA_CLASSES) {
		arena->bytes -= size;
		free(block);
		return;
	}
	memcpy(block, &arena->free_blocks[class], sizeof(void *));
	arena->free_blocks[class] = block;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;
		arena->chunks = chunk->next;
		free(chunk);
	}
	memset(arena, 0, sizeof *arena);
}
