/* queue.h: the frames under way, by release time; equal times leave in order of arrival. */
#ifndef LAB_QUEUE_H
#define LAB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

struct queue;

struct queue *queue_new(void); /* NULL: no memory */
void queue_free(struct queue *queue); /* frees the frames in it; NULL is fine */
/* Takes the frame. false: no memory, the frame stays the caller's. */
bool queue_push(struct queue *queue, struct frame *frame);
/* The next frame, still owned by the queue; NULL: empty. */
const struct frame *queue_peek(const struct queue *queue);
/* The next frame, now the caller's; NULL: empty. */
struct frame *queue_pop(struct queue *queue);
size_t queue_length(const struct queue *queue);

#endif
