/* A binary heap. */
#include "queue.h"

#include <stdint.h>
#include <stdlib.h>

struct queue {
	struct frame **frames;
	size_t length, capacity;
};

static bool before(const struct frame *a, const struct frame *b)
{
	if (a->release_ns != b->release_ns)
		return a->release_ns < b->release_ns;
	return a->order < b->order;
}

struct queue *queue_new(void)
{
	return calloc(1, sizeof(struct queue));
}

void queue_free(struct queue *queue)
{
	if (queue == NULL)
		return;
	for (size_t i = 0; i < queue->length; i++)
		free(queue->frames[i]);
	free(queue->frames);
	free(queue);
}

bool queue_push(struct queue *queue, struct frame *frame)
{
	if (queue->length == queue->capacity) {
		size_t capacity = queue->capacity == 0 ? 1024 : queue->capacity * 2;
		struct frame **frames = realloc(queue->frames, capacity * sizeof(*frames));

		if (frames == NULL)
			return false;
		queue->frames = frames;
		queue->capacity = capacity;
	}

	size_t at = queue->length++;

	while (at > 0 && before(frame, queue->frames[(at - 1) / 2])) {
		queue->frames[at] = queue->frames[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue->frames[at] = frame;
	return true;
}

const struct frame *queue_peek(const struct queue *queue)
{
	return queue->length > 0 ? queue->frames[0] : NULL;
}

struct frame *queue_pop(struct queue *queue)
{
	if (queue->length == 0)
		return NULL;

	struct frame *first = queue->frames[0];
	struct frame *last = queue->frames[--queue->length];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= queue->length)
			break;
		if (child + 1 < queue->length && before(queue->frames[child + 1], queue->frames[child]))
			child++;
		if (!before(queue->frames[child], last))
			break;
		queue->frames[at] = queue->frames[child];
		at = child;
	}
	if (queue->length > 0)
		queue->frames[at] = last;
	return first;
}

size_t queue_length(const struct queue *queue)
{
	return queue->length;
}
