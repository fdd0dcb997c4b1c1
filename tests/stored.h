/* stored.h: a capture made by hand, put into a store: two interfaces, five flows, three events, one flow's interval and six rows of
 * timeline. */
#ifndef WIRETAPE_STORED_H
#define WIRETAPE_STORED_H

#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

#define T0 INT64_C(1700000000123456789) /* 2023-11-14T22:13:20.123Z */
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

/* For a test: a folder, and the database in it that stored_make makes. */
extern char stored_folder[64], stored_database[128];
int stored_setup(void **state);
int stored_teardown(void **state);

/* A download of 100 segments: 4 data segments, a SYN-ACK and a FIN were sent again. */
struct flow_facts stored_download(void);
extern const struct engine_totals stored_totals;
struct capture_facts stored_capture(uint64_t fingerprint);
/* The facts alone; from beginning to end; in a database of their own. */
void stored_put_capture(struct store *store);
/* What stored_put_capture puts beside flows, events and timeline. */
void stored_put_protocols(const struct engine_sink *sink, void *user);
enum status stored_add_capture(struct store *store, uint64_t fingerprint, int64_t *id);
void stored_make(uint64_t fingerprint, enum store_mode mode);

/* The answer's cells separated by '|', rows by LF; NULL is "NULL". Borrowed until the next call. */
const char *stored_ask(const char *sql);
/* How many files are in the folder. */
size_t stored_files(void);

#endif
