/* options.h: all that the recorder can be told, by flags or by an INI file with the same names. Flags win. */
#ifndef WIRETAPE_CAPTURE_OPTIONS_H
#define WIRETAPE_CAPTURE_OPTIONS_H

#include "capture/rules.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What is kept of a packet (slice.h). */
enum slice { SLICE_SMART, SLICE_HEADERS, SLICE_FULL };
const char *slice_name(enum slice slice); /* "smart", ... */

/* Of --min-free: a twentieth of the file system, 1 GiB at most. */
#define SIZE_AUTO UINT64_MAX

/* Strings belong to the options. Defaults in brackets; sizes in bytes. */
struct recorder_options {
	char *interface;	   /* -i; must be given; "any" too */
	char *filter;		   /* -f, a BPF expression; NULL: all packets */
	char *directory;	   /* --dir [/var/lib/wiretape/INTERFACE] */
	uint64_t ring_bytes;	   /* --ring-size [10G]; files in DIR/ring, incidents not counted */
	int64_t ring_ns;	   /* --ring-time [24h] */
	uint64_t segment_bytes;	   /* --segment-size [64M], compressed */
	int64_t segment_ns;	   /* --segment-time [60s] */
	uint64_t incident_bytes;   /* --incident-size [2G]; all incidents together, their databases too */
	uint64_t catalog_bytes;	   /* --catalog-size [256M]; the oldest rows of the timeline go first */
	uint64_t min_free_bytes;   /* --min-free [auto]; left free on the file system, whoever else fills it */
	uint32_t snaplen;	   /* --snaplen [262144] */
	enum slice slice;	   /* --slice [smart] */
	int compress_level;	   /* --compress [3]; -7 to 19; the highest: it falls when the writer falls behind */
	uint64_t buffer_bytes;	   /* --buffer [32M], the kernel's */
	uint64_t pool_bytes;	   /* --pool [64M], ours; in blocks of 4 MiB, at least 4 of them */
	bool promiscuous;	   /* --promiscuous [no] */
	char *user;		   /* --user: run as, once the interface is open; NULL: as is */
	int64_t interval_ns;	   /* --interval [1s] of the timeline */
	uint32_t timeline_keys;	   /* --timeline-keys [16] services and peers per interval with rows of their own */
	uint32_t max_flows;	   /* --max-flows [100k] in the watcher's memory */
	uint32_t incidents_per_hour; /* --incidents-per-hour [12] */
	char *on_incident;	   /* --on-incident: a shell command; NULL none */
	int64_t hook_ns;	   /* --hook-time [60s]: it is killed after that */
	bool analyze;		   /* --analyze yes|no [yes]: make each incident's database and report */
	struct rules *rules;	   /* [trigger NAME] sections, over the defaults */
	bool print_config;	   /* --print-config */
	bool help, version;
};

/* The defaults, with those of the triggers. False when out of memory. */
bool options_default(struct recorder_options *options);
/* Takes [recorder] and [trigger NAME] sections of a file over what there is. False with words in `message`, with file and line. */
bool options_read_file(struct recorder_options *options, const char *path, char *message, size_t message_bytes);
/* Fills `options` from the command line and the files that -c names. False after a complaint on standard error that names
 * option (and file and line) and value. */
bool options_parse(struct recorder_options *options, int argc, char **argv);
/* The options as an INI file that -c would take to the same effect. */
void options_print(const struct recorder_options *options, FILE *out);
/* What there is to tell it, with defaults. */
void options_print_help(FILE *out);
void options_free(struct recorder_options *options);

#endif
