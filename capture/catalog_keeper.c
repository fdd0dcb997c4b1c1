#include "capture/catalog_keeper.h"

#include "capture/log.h"
#include "capture/units.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 4608 /* a path is in it */

#define AGAIN_NS INT64_C(10000000000)

struct catalog_keeper {
	const struct catalog_run *run;
	uint64_t budget_bytes;
	void (*refill)(void *user);
	void *user;
	struct catalog *catalog; /* NULL: not open */
	int64_t again_ns;	 /* not to be opened before */
	bool tried;
	bool said;		 /* that it fails */
	bool stale;		 /* segments and incidents must be put in again */
	bool rebuilt;		 /* it was missing or damaged */
	bool failed;		 /* a call has; it is closed at the next tick */
	uint64_t errors;
};

struct catalog_keeper *catalog_keeper_new(const struct catalog_run *run, uint64_t budget_bytes, void (*refill)(void *user), void *user)
{
	struct catalog_keeper *keeper = calloc(1, sizeof *keeper);
	if (keeper)
		*keeper = (struct catalog_keeper){.run = run, .budget_bytes = budget_bytes, .refill = refill, .user = user};
	return keeper;
}

void catalog_keeper_free(struct catalog_keeper *keeper)
{
	if (keeper)
		catalog_close(keeper->catalog);
	free(keeper);
}

/* `why` names the file. */
static void say(struct catalog_keeper *keeper, const char *why)
{
	if (!keeper->said)
		log_write(LOG_LEVEL_ERROR, "%s: recording goes on; it is tried again every 10 s", why);
	keeper->said = true;
}

/* What a call to the catalog came back with. After a failure nothing more is put in: it is opened anew, and refilled. */
static void note(struct catalog_keeper *keeper, enum status status)
{
	if (status == STATUS_OK)
		return;
	keeper->errors++;
	if (keeper->failed)
		return;
	const char *why = catalog_error(keeper->catalog);
	char words[MESSAGE_BYTES];
	snprintf(words, sizeof words, "%s/catalog.db: %s", keeper->run->directory, status_text(status));
	say(keeper, why && why[0] ? why : words);
	keeper->failed = keeper->stale = true;
}

static bool usable(struct catalog_keeper *keeper)
{
	if (keeper->catalog && !keeper->failed)
		return true;
	if (keeper->tried)
		keeper->errors++;
	keeper->stale = true;
	return false;
}

/* All segments whose JSON files stand in the ring. */
static uint64_t put_segments(struct catalog_keeper *keeper)
{
	uint64_t segments = 0;
	char path[4096];
	snprintf(path, sizeof path, "%s/ring", keeper->run->directory);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && usable(keeper) && (entry = readdir(folder));) {
		const size_t length = strlen(entry->d_name);
		struct segment_facts facts;
		if (entry->d_name[0] == '.' || length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0)
			continue;
		const int printed = snprintf(path, sizeof path, "%s/ring/%s", keeper->run->directory, entry->d_name);
		if (printed > 0 && (size_t)printed < sizeof path && segment_read(path, &facts) == STATUS_OK) {
			catalog_keeper_put_segment(keeper, &facts);
			segments++;
		}
	}
	if (folder)
		closedir(folder);
	return segments;
}

/* What has gone meanwhile, while no recorder ran or the catalog could not be written, goes from it too. */
static void refill(struct catalog_keeper *keeper)
{
	char number[UNITS_TEXT_MAX];
	keeper->stale = false;
	note(keeper, catalog_forget(keeper->catalog));
	const uint64_t segments = put_segments(keeper);
	if (segments > 0 && keeper->rebuilt)
		log_write(LOG_LEVEL_NOTICE, "%s/catalog.db: made anew from %s and the incidents", keeper->run->directory,
			  units_number_of(segments, "segment", number));
	keeper->rebuilt = false;
	keeper->refill(keeper->user);
	catalog_keeper_commit(keeper);
}

static void open_catalog(struct catalog_keeper *keeper, int64_t now_ns)
{
	char message[512] = "";
	bool rebuilt = false;
	keeper->again_ns = now_ns + AGAIN_NS;
	keeper->tried = true;
	const enum status status = catalog_open(&keeper->catalog, keeper->run->directory, keeper->run, keeper->budget_bytes, &rebuilt,
						message, sizeof message);
	if (status != STATUS_OK) {
		keeper->catalog = NULL;
		keeper->errors++;
		say(keeper, message[0] ? message : status_text(status));
		return;
	}
	keeper->rebuilt = rebuilt;
	keeper->stale = true;
}

void catalog_keeper_tick(struct catalog_keeper *keeper, int64_t now_ns)
{
	if (keeper->failed) {
		catalog_close(keeper->catalog);
		keeper->catalog = NULL;
		keeper->failed = false;
		keeper->again_ns = now_ns + AGAIN_NS;
	}
	if (!keeper->catalog && (!keeper->tried || now_ns >= keeper->again_ns))
		open_catalog(keeper, now_ns);
	if (keeper->catalog && keeper->stale)
		refill(keeper);
}

void catalog_keeper_distrust(struct catalog_keeper *keeper)
{
	keeper->stale = true;
}

void catalog_keeper_put_segment(struct catalog_keeper *keeper, const struct segment_facts *facts)
{
	if (usable(keeper))
		note(keeper, catalog_put_segment(keeper->catalog, facts));
}

void catalog_keeper_remove_segment(struct catalog_keeper *keeper, const char *name)
{
	if (usable(keeper))
		note(keeper, catalog_remove_segment(keeper->catalog, name));
}

void catalog_keeper_put_interval(struct catalog_keeper *keeper, const struct interval_facts *facts, const struct live_counters *live)
{
	if (usable(keeper))
		note(keeper, catalog_put_interval(keeper->catalog, facts, live));
}

void catalog_keeper_put_host(struct catalog_keeper *keeper, int64_t t_ns, int64_t interval_ns, const struct live_counters *live)
{
	if (usable(keeper))
		note(keeper, catalog_put_host(keeper->catalog, t_ns, interval_ns, live));
}

void catalog_keeper_put_incident(struct catalog_keeper *keeper, const struct incident_facts *facts)
{
	if (usable(keeper))
		note(keeper, catalog_put_incident(keeper->catalog, facts));
}

void catalog_keeper_remove_incident(struct catalog_keeper *keeper, const char *name)
{
	if (usable(keeper))
		note(keeper, catalog_remove_incident(keeper->catalog, name));
}

void catalog_keeper_commit(struct catalog_keeper *keeper)
{
	if (!keeper->catalog || keeper->failed)
		return;
	const enum status status = catalog_commit(keeper->catalog);
	note(keeper, status);
	if (status == STATUS_OK && keeper->said) {
		log_write(LOG_LEVEL_NOTICE, "%s/catalog.db: is written again", keeper->run->directory);
		keeper->said = false;
	}
}

uint64_t catalog_keeper_errors(const struct catalog_keeper *keeper)
{
	return keeper->errors;
}
