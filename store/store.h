/* store.h: writes facts into an SQLite file (schema.sql). A store is an engine's sink:
 *
 *	struct store *store = store_new();
 *	store_create(store, "flows.db", STORE_NEW);
 *	for each capture:
 *		store_capture_begin(store);
 *		engine_new(&options, store_sink(), store); engine_frame(...); engine_finish(...); engine_totals(...);
 *		store_capture_end(store, &capture, &totals);
 *	store_finish(store);
 *	store_free(store);
 *
 * The sink copies facts into blocks of fixed size and hands these to the store's own thread, which alone does SQL between
 * begin and end; when SQLite is slower than the engine, the sink's calls block. Not for several threads at once. */
#ifndef WIRETAPE_STORE_H
#define WIRETAPE_STORE_H

#include "analyze/engine/engine.h"
#include "store/findings.h"

#include <signal.h>

/* What is known of an input file besides what the engine counted. Strings are borrowed for the call; NULL is unknown. */
struct capture_facts {
	const char *path;	 /* as given; "-" for standard input */
	const char *host;	 /* where it was recorded */
	const char *interface;	 /* on which interface */
	const char *link_type;	 /* "ethernet", ... */
	const char *format;	 /* "pcap", "pcapng", ... */
	const char *compression; /* "none", "gzip", "zstd", ... */
	const char *error;	 /* why reading stopped early; NULL: it did not */
	int64_t error_offset;	 /* where in the decompressed file, bytes; -1 unknown */
	bool truncated;
	int64_t kernel_drops;	 /* -1 unknown */
	int64_t interface_drops; /* -1 unknown */
	int64_t pool_drops;	 /* the recorder's own; -1 unknown */
	int64_t watcher_skipped; /* -1 unknown */
	int64_t segments;	 /* files of a tape; -1: no tape */
	uint32_t snaplen;	 /* 0 unknown */
	uint64_t fingerprint;	 /* hash of the first frames' times, lengths and bytes; the caller's choice, but stable */
	int64_t interval_ns;	 /* as the engine had it */
	uint32_t flow_timeline_packets;
};

enum store_mode {
	STORE_NEW,     /* the target must not exist */
	STORE_REPLACE, /* an old target is replaced at store_finish, in one step */
	STORE_APPEND,  /* adds captures to the target, in one transaction; creates it if it does not exist */
};

/* Where names for addresses come from. */
enum names_format {
	NAMES_HOSTS, /* hosts(5) */
	NAMES_PODS,  /* JSON of kubectl: pods, services, endpoints, nodes, or lists of them */
};

/* What became of a file of names. */
struct names_added {
	uint64_t names;		 /* that were not known yet */
	uint64_t bad;		 /* lines or addresses that are none: left out */
	uint64_t first_bad_line; /* of the first of these, from 1; 0: JSON has no lines */
	char first_bad[64];	 /* its text, cut */
};

struct store;

/* NULL when out of memory. */
struct store *store_new(void);
/* store_abandon, unless finished, then frees. NULL is allowed. */
void store_free(struct store *store);
/* What went wrong last, for people; "" if nothing has. Valid until the next call. */
const char *store_error(const struct store *store);

/* As soon as *flag is not 0, what writes gives up: store_status, store_capture_end and store_finish say STATUS_INTERRUPTED,
 * and the target stays as it was. Borrowed; before store_create. */
void store_interrupt_on(struct store *store, const volatile sig_atomic_t *flag);

/* Starts a database that will appear at `path` when store_finish succeeds; until then it is PATH.tmp-PID, or, when
 * appending, an open transaction. STATUS_EXISTS: the target exists and mode is STORE_NEW. STATUS_FORMAT: the target to
 * append to is not ours, the one to replace no database. STATUS_UNSUPPORTED: it was written by a newer wiretape. STATUS_IO, STATUS_NO_MEMORY. */
enum status store_create(struct store *store, const char *path, enum store_mode mode);

/* True, with its id, if the database holds this capture already: same fingerprint, packets, first and last time. */
bool store_find_capture(struct store *store, uint64_t fingerprint, const struct engine_totals *totals, int64_t *id);

/* Adds the names of a file ("-": standard input) for all captures of the database, those that are there and those to come. Not
 * between begin and end. STATUS_IO: it can't be read, or is larger than 256 MiB; STATUS_USAGE: it is no JSON. */
enum status store_add_names(struct store *store, enum names_format format, const char *path, struct names_added *added);

/* Starts the next capture's rows and the store's thread. */
enum status store_capture_begin(struct store *store);
/* The sink to give to engine_new with the store as its user. Its calls never fail: see store_status. */
const struct engine_sink *store_sink(void);
/* STATUS_OK, or what made the store stop: a full disk, say. From then on the sink drops all rows. Cheap: ask it every
 * few thousand frames to stop early. */
enum status store_status(struct store *store);
/* Writes what is queued and the capture's own row. `id` (may be NULL) gets the row's id. STATUS_EXISTS: the database holds
 * this capture already; its new rows are removed, `id` is the older one's, and the store can go on with other captures. */
enum status store_capture_end(struct store *store, const struct capture_facts *capture, const struct engine_totals *totals,
			      int64_t *id);

/* Adds an incident, of whose packets a capture was just stored: `json` is its incident.json. What lacks a name or a time is
 * left out, and one of that name that is there already stays. Between captures. */
enum status store_add_incident(struct store *store, const char *json);

/* store_finish will compute the findings of the captures that were added. `findings` is borrowed until then; NULL: none. After
 * store_create. */
void store_find(struct store *store, struct findings *findings);
/* Builds the indexes, computes the findings, syncs to disk and puts the file at its place. After an error the target is as it was. */
enum status store_finish(struct store *store);
/* Forgets everything since store_create: the target is as it was. */
void store_abandon(struct store *store);

#endif
