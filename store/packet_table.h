/* packet_table.h: the packets of one flow as the temporary tables of a reader that plots/README.md describes: packets,
 * sacks, packets_read. They hide tables of these names in the file, and last until the reader is freed or another flow's take
 * their place. */
#ifndef WIRETAPE_PACKET_TABLE_H
#define WIRETAPE_PACKET_TABLE_H

#include "analyze/engine/facts.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>

#define PACKET_TABLE_SACKS 4

/* Sequence numbers are relative, 64 bits, and don't wrap. */
struct packet_row {
	uint64_t frame;
	int64_t t_ns;
	enum direction direction;
	int64_t seq, ack;
	int64_t window; /* bytes; -1 unknown */
	uint32_t len;
	bool has_ack, syn, fin, rst;
	unsigned sack_count;
	struct {
		int64_t left_edge, right_edge;
	} sack[PACKET_TABLE_SACKS];
};

/* What was asked for, and what came of it. Texts are borrowed. */
struct packet_table_summary {
	int64_t flow; /* 0: no flow, so no packets */
	int64_t from_ns, to_ns; /* NO_TIME: open */
	const char *path;    /* NULL: unknown */
	const char *problem; /* NULL: they were read */
	uint64_t left_out, tap_duplicates;
};

struct packet_table;

/* True if the tables hold this flow's packets of this period already, from this path if it is not NULL. */
bool packet_table_holds(struct reader *reader, const struct packet_table_summary *summary);
/* Makes the tables, or empties them. STATUS_NO_MEMORY; STATUS_IO: see reader_error. */
enum status packet_table_new(struct packet_table **table, struct reader *reader);
/* Frames come in any order, each once; the second of a number is left out. Failures show in packet_table_end. */
void packet_table_add(struct packet_table *table, const struct packet_row *row);
/* All that was added is gone. */
void packet_table_clear(struct packet_table *table);
/* Done; what was added stands, but not if there is a problem. STATUS_IO, STATUS_INTERRUPTED: see reader_error. */
enum status packet_table_end(struct packet_table *table, const struct packet_table_summary *summary);
/* Without packet_table_end the tables are as they were. NULL is allowed. */
void packet_table_free(struct packet_table *table);

#endif
