/* arena.h: small blocks of memory by size, reused without going back to malloc. Blocks start zeroed. */
#ifndef WIRETAPE_ARENA_H
#define WIRETAPE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_STEP 16
#define ARENA_CLASSES 128 /* blocks up to ARENA_STEP * ARENA_CLASSES bytes are pooled, larger ones malloc'ed */

struct arena {
	void *free_blocks[ARENA_CLASSES + 1];
	struct arena_chunk *chunks;
	uint8_t *next; /* unused rest of the newest chunk */
	size_t left;
	uint64_t bytes; /* taken from malloc */
};

/* Returns `size` zeroed bytes aligned to 16, or NULL. Give them back with the same size. */
void *arena_take(struct arena *arena, size_t size);
/* NULL is allowed. */
void arena_give(struct arena *arena, void *block, size_t size);
/* Frees all pooled chunks at once; larger blocks must have been given back. */
void arena_free(struct arena *arena);

#endif
