/* ring.h: the folder DIR/ring, what it holds and how much that may be. One thread uses it; the lock keeps other recorders out.
 * Files that are not named as ours are never touched. */
#ifndef WIRETAPE_CAPTURE_RING_H
#define WIRETAPE_CAPTURE_RING_H

#include "analyze/engine/status.h"
#include "store/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is kept in memory of a segment. */
struct ring_entry {
	char name[SEGMENT_NAME_MAX];
	uint64_t sequence;
	bool part;		   /* not finished: its file is NAME.part */
	uint64_t bytes;		   /* of budget: segment and JSON */
	int64_t opened_ns, closed_ns; /* wall clock, or its packets' where these go beyond */
	int64_t opened_boot_ns;	   /* clock_boot */
	bool refused, told;	   /* the ring's: it can't be removed; that was said */
};

struct ring_limits {
	uint64_t bytes;
	int64_t age_ns;
	uint64_t min_free_bytes; /* UINT64_MAX: a twentieth of the file system, 1 GiB at most */
};

struct ring;

/* Makes the folders, locks them, and lists what is there, with names and sizes alone. `now_ns` is clock_boot. STATUS_EXISTS: another
 * recorder has it. STATUS_IO, STATUS_NO_MEMORY. Words in `message`. */
enum status ring_open(struct ring **ring, const char *directory, const struct ring_limits *limits, int64_t now_ns, char *message,
		      size_t message_bytes);
/* NULL is allowed. */
void ring_close(struct ring *ring);
/* Told of each segment that is removed. */
void ring_on_removal(struct ring *ring, void (*removed)(void *user, const struct ring_entry *entry), void *user);

const char *ring_folder(const struct ring *ring);
/* Larger than all that the ring or its incidents have. */
uint64_t ring_next_sequence(struct ring *ring);
/* Of a segment that was given a number and never anything else: if no later one has been given, it is given again. */
void ring_return_sequence(struct ring *ring, uint64_t sequence);
/* The folders and the lock are ours, also if somebody has removed or replaced them meanwhile: then they are made anew, and
 * locked. False with errno; EBUSY: another recorder has locked them, which was said. */
bool ring_hold(struct ring *ring);

size_t ring_count(const struct ring *ring);
/* Oldest first. Borrowed until the ring changes; times and `part` may be set. */
struct ring_entry *ring_at(struct ring *ring, size_t index);
/* A segment that was finished (or, `part`, can't be), by its sequence among the others. `opened_boot_ns`: when it was begun. NULL: out of
 * memory. */
struct ring_entry *ring_add(struct ring *ring, const struct segment_facts *facts, bool part, int64_t opened_boot_ns);
/* Forgets an entry whose files are gone. */
void ring_drop(struct ring *ring, size_t index);
/* Looks how large its files are now. */
void ring_measure(struct ring *ring, struct ring_entry *entry);
/* Writes the segment's JSON file. False: errno. */
bool ring_put_json(const struct ring *ring, const struct segment_facts *facts);

/* Makes room for the segment under way: `open_bytes` is what its file will have. False with errno: there is no way. */
bool ring_reserve(struct ring *ring, uint64_t open_bytes);
/* The segment under way is finished, and counted as an entry. */
void ring_release(struct ring *ring);
/* True if the entry is older than the ring's time. */
bool ring_is_expired(const struct ring *ring, const struct ring_entry *entry, int64_t now_ns);
/* Removes what is older than the ring's time. False with errno: it can't. */
bool ring_expire(struct ring *ring, int64_t now_ns);
/* If less is free on the file system than shall be, removes as much of the oldest as is missing, and no more: some file systems give free
 * what was removed only seconds later. False: there was not so much to remove. `removed` is the number of those. */
bool ring_keep_free(struct ring *ring, size_t *removed);
/* Removes the oldest whose blocks no incident holds too. False: there is none. */
bool ring_shrink(struct ring *ring);

/* What counts against the budget; the folder itself does too. */
uint64_t ring_bytes(const struct ring *ring);
/* What it may have: its budget, or less if the disk is too small for that. */
uint64_t ring_room(const struct ring *ring);
/* Segments there that can't be removed (chattr +i), though others can. */
size_t ring_unremovable(const struct ring *ring);

#endif
