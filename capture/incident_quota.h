/* incident_quota.h: all incidents of a folder, and how much room they may take together. */
#ifndef WIRETAPE_CAPTURE_INCIDENT_QUOTA_H
#define WIRETAPE_CAPTURE_INCIDENT_QUOTA_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct incident_list {
	char **names; /* sorted: the oldest first */
	size_t count;
};

/* The folders in DIR/incidents that have names of incidents; none if that is not there. STATUS_IO, STATUS_NO_MEMORY. Free it
 * with incident_list_free either way. */
enum status incident_list_read(struct incident_list *list, const char *directory);
void incident_list_free(struct incident_list *list);

/* Bytes on disk of an incident's files; segments that the ring holds too count in full. */
uint64_t incident_bytes(const char *directory, const char *name);
/* Removes an incident's folder with its files. STATUS_IO with errno: something is still there. */
enum status incident_remove(const char *directory, const char *name);

/* What is known of folders that nobody works on: a month has thousands, and their files are not looked at for each new
 * one. Zero is a usable start. */
struct incident_sizes {
	struct incident_size *list; /* sorted by name */
	size_t count;
	size_t again; /* whose turn it is to be looked at anew: a hook may have left something that still writes */
};
void incident_sizes_free(struct incident_sizes *sizes);

/* Removes the oldest incidents until all together and `coming_bytes` fit into `budget`. `keep` says which may not go; `removed` is told of
 * each; `sizes` is kept up to date. False if it doesn't fit even so, or something couldn't be removed. */
struct incident_quota {
	const char *directory;
	uint64_t budget_bytes;
	bool (*keep)(void *user, const char *name);
	void (*removed)(void *user, const char *name, uint64_t bytes);
	void *user;
	struct incident_sizes *sizes; /* NULL: all is looked at each time */
};
bool incident_quota_keep(const struct incident_quota *quota, uint64_t coming_bytes);
/* What could be added to those that may not go, if all others were removed. */
uint64_t incident_quota_room(const struct incident_quota *quota);

#endif
