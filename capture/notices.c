#include "capture/notices.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX 2048 /* some 4 MiB */

struct notices {
	pthread_mutex_t mutex;
	struct notice *first, **last;
	size_t segments;
	bool lost;
	struct writer_observer observer;
};

/* Takes `notice`. Pins are few, and each is waited for: they are never turned away. */
static void append(struct notices *notices, struct notice *notice, enum notice_kind kind)
{
	pthread_mutex_lock(&notices->mutex);
	const bool segment = kind != NOTICE_PIN_COMPLETE;
	if (!notice || (segment && notices->segments == SEGMENTS_MAX)) {
		notices->lost = true;
		notice_free(notice);
	} else {
		notice->kind = kind;
		notices->segments += segment;
		*notices->last = notice;
		notices->last = &notice->next;
	}
	pthread_mutex_unlock(&notices->mutex);
}

static void segment_added(void *user, const struct segment_facts *facts)
{
	struct notice *notice = calloc(1, sizeof *notice);
	if (notice)
		notice->segment = *facts;
	append(user, notice, NOTICE_SEGMENT_ADDED);
}

static void segment_removed(void *user, const char *name)
{
	struct notice *notice = calloc(1, sizeof *notice);
	if (notice)
		strncpy(notice->segment.name, name, sizeof notice->segment.name - 1);
	append(user, notice, NOTICE_SEGMENT_REMOVED);
}

static void pin_complete(void *user, const char *folder, uint64_t segments, uint64_t file_bytes, uint64_t missing)
{
	struct notice *notice = calloc(1, sizeof *notice);
	if (notice) {
		notice->folder = strdup(folder);
		notice->segments = segments;
		notice->file_bytes = file_bytes;
		notice->missing = missing;
	}
	append(user, notice, NOTICE_PIN_COMPLETE);
}

struct notices *notices_new(void)
{
	struct notices *notices = calloc(1, sizeof *notices);
	if (!notices)
		return NULL;
	if (pthread_mutex_init(&notices->mutex, NULL) != 0) {
		free(notices);
		return NULL;
	}
	notices->last = &notices->first;
	notices->observer = (struct writer_observer){
		.segment_added = segment_added,
		.segment_removed = segment_removed,
		.pin_complete = pin_complete,
		.user = notices,
	};
	return notices;
}

void notice_free(struct notice *notice)
{
	if (notice)
		free(notice->folder);
	free(notice);
}

void notices_free(struct notices *notices)
{
	if (!notices)
		return;
	bool lost;
	for (struct notice *notice = notices_take(notices, &lost), *next; notice; notice = next) {
		next = notice->next;
		notice_free(notice);
	}
	pthread_mutex_destroy(&notices->mutex);
	free(notices);
}

const struct writer_observer *notices_observer(struct notices *notices)
{
	return &notices->observer;
}

struct notice *notices_take(struct notices *notices, bool *lost)
{
	pthread_mutex_lock(&notices->mutex);
	struct notice *first = notices->first;
	notices->first = NULL;
	notices->last = &notices->first;
	notices->segments = 0;
	*lost = notices->lost;
	notices->lost = false;
	pthread_mutex_unlock(&notices->mutex);
	return first;
}
