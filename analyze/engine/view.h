/* view.h: what is left of a frame while its headers are taken off one by one. */
#ifndef WIRETAPE_VIEW_H
#define WIRETAPE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/* `captured` bytes at `data`, standing for `length` bytes on the wire. */
struct view {
	const uint8_t *data;
	uint32_t captured, length;
};

static inline bool view_has(const struct view *view, uint32_t bytes)
{
	return view->captured >= bytes && view->length >= bytes;
}

/* Takes so many bytes off the front; false, and nothing is changed, where they are not there. */
static inline bool view_step(struct view *view, uint32_t bytes)
{
	if (!view_has(view, bytes))
		return false;
	view->data += bytes;
	view->captured -= bytes;
	view->length -= bytes;
	return true;
}

/* A header says how long it is. What is behind that is padding. */
static inline void view_limit(struct view *view, uint32_t length)
{
	view->length = length;
	if (view->captured > length)
		view->captured = length;
}

#endif
