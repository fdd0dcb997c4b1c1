/* embedded.h: .sql, .gp and other texts, compiled in by embed.sh so that the programs need no data files. */
#ifndef WIRETAPE_EMBEDDED_H
#define WIRETAPE_EMBEDDED_H

#include <stddef.h>

struct embedded_sql {
	const char *name; /* path below store/: "schema.sql", "queries/captures.sql"; of others: "plots/rtt.sql" */
	const char *text;
};

extern const struct embedded_sql embedded_sql[];
extern const size_t embedded_sql_count;

/* NULL: there is no such file. */
const char *embedded_sql_text(const char *name);

#endif
