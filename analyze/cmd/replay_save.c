#include "analyze/cmd/replay_save.h"

#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/terminal.h"
#include "capture/incident_packets.h"
#include "capture/incidents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct wanted {
	char *folder;
	int64_t from_ns, to_ns;
};

struct replay_save {
	struct incidents_options options;
	struct incidents *incidents;
	const char *path;
	char host[256];
	struct wanted *wanted;
	size_t count;
	bool good;
};

/* Packets after the firing haven't been read yet; they are fetched when they have. */
static bool pin(void *user, const char *folder, int64_t from_ns, int64_t to_ns, uint64_t room_bytes)
{
	(void)room_bytes; /* there is no quota */
	struct replay_save *save = user;
	struct wanted *wanted = realloc(save->wanted, (save->count + 1) * sizeof *wanted);
	char *copy = strdup(folder);
	if (wanted)
		save->wanted = wanted;
	if (!wanted || !copy) {
		free(copy);
		return false;
	}
	save->wanted[save->count++] = (struct wanted){.folder = copy, .from_ns = from_ns, .to_ns = to_ns};
	return true;
}

struct replay_save *replay_save_new(const char *directory, const char *path, int64_t interval_ns)
{
	static const struct incidents_sink sink = {.pin = pin};
	struct replay_save *save = calloc(1, sizeof *save);
	if (!save)
		return NULL;
	save->path = path;
	save->good = true;
	gethostname(save->host, sizeof save->host - 1);
	save->options = (struct incidents_options){
		.host = save->host,
		.budget_bytes = UINT64_MAX,
		.jobs = {.directory = directory, .interface = "", .interval_ns = interval_ns, .analyze = true},
	};
	save->incidents = incidents_new(&save->options, &sink, save);
	if (save->incidents && (mkdir(directory, 0777) == 0 || errno == EEXIST))
		return save;
	if (save->incidents)
		complain("--save %s: cannot be made: %s", directory, strerror(errno));
	replay_save_free(save);
	return NULL;
}

void replay_save_free(struct replay_save *save)
{
	if (!save)
		return;
	incidents_free(save->incidents);
	for (size_t i = 0; i < save->count; i++)
		free(save->wanted[i].folder);
	free(save->wanted);
	free(save);
}

static void fetch(struct replay_save *save, const struct wanted *wanted)
{
	char message[4608];
	struct incident_packets packets = {0};
	if (incident_packets_take(save->path, wanted->from_ns, wanted->to_ns, wanted->folder, &packets, message, sizeof message) !=
	    STATUS_OK) {
		complain("%s: %s", wanted->folder, message);
		save->good = false;
	}
	incidents_packets(save->incidents, wanted->folder, packets.segments, packets.file_bytes, packets.missing, NO_TIME);
}

/* One at a time, so that a tape of weeks, with hundreds of them, makes no queue. */
static void wait_for_analyzer(struct replay_save *save)
{
	while (incidents_at_work(save->incidents) && !*interrupt_flag()) {
		incidents_poll(save->incidents);
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
}

/* Those that are over at `now_ns`. */
static void fetch_until(struct replay_save *save, int64_t now_ns)
{
	size_t kept = 0;
	for (size_t i = 0; i < save->count; i++) {
		if (save->wanted[i].to_ns >= now_ns || *interrupt_flag()) {
			save->wanted[kept++] = save->wanted[i];
			continue;
		}
		fetch(save, &save->wanted[i]);
		free(save->wanted[i].folder);
		wait_for_analyzer(save);
	}
	save->count = kept;
}

void replay_save_fire(struct replay_save *save, const struct incident_facts *facts, const struct incident_details *details)
{
	fetch_until(save, facts->t_ns);
	save->good &= incidents_fire(save->incidents, facts, details);
}

bool replay_save_finish(struct replay_save *save)
{
	struct incidents_counters counters;
	fetch_until(save, INT64_MAX);
	wait_for_analyzer(save);
	incidents_stop(save->incidents);
	incidents_counters(save->incidents, &counters);
	return save->good && counters.failed == 0 && counters.jobs.analyses_failed == 0 && counters.jobs.reports_failed == 0 &&
	       !*interrupt_flag();
}
