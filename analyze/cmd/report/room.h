/* room.h: how much of each capture a page of many has room for, so that a browser and a mail bear it; the worst come first. */
#ifndef WIRETAPE_REPORT_ROOM_H
#define WIRETAPE_REPORT_ROOM_H

#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/document.h"
#include "analyze/cmd/report/ranking.h"
#include "analyze/cmd/report/subjects.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum extent { EXTENT_ALL, EXTENT_FINDINGS, EXTENT_VERDICT };
#define EXTENTS 3

struct room;

/* True if a section of so many bytes, one of so many, may be too much: a shorter one is wanted beside it. */
bool room_wants_brief(const struct report_options *options, size_t subjects, uint64_t bytes);
/* Divides what `taken` bytes leave of the page among the sections that the workers left. NULL when out of memory. All is borrowed. */
struct room *room_new(const struct batch *batch, const struct ranking *ranking, uint64_t taken);
/* NULL is allowed. */
void room_free(struct room *room);
/* How much of the subject at a place of the ranking. */
enum extent room_of(const struct room *room, size_t place);
/* The fragment for that, opened; NULL: there is none, or EXTENT_VERDICT. */
FILE *room_fragment(const struct room *room, size_t place);
/* Writes what is left out of all; nothing if nothing is. */
void room_write(const struct room *room, struct document *document);
/* Writes why something of a subject is left out, and what to type to get it. */
void room_say(struct document *document, const struct subject *subject, const char *why);

#endif
