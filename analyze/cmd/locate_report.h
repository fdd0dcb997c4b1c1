/* locate_report.h: what `wiretape locate` prints. */
#ifndef WIRETAPE_LOCATE_REPORT_H
#define WIRETAPE_LOCATE_REPORT_H

#include "analyze/engine/locate/locate.h"

#include <stdio.h>

#define LOCATE_LISTED_MAX 1000000

struct locate_list {
	struct located *rows;
	size_t count, room;
	uint64_t beyond; /* rows for which there was no place */
};

struct locate_report {
	const char *names[2]; /* of the captures */
	struct locate *locate;
	struct locate_list *list;
	size_t lines; /* of a table in text */
	bool nat;
};

/* For a sink: keeps the row. */
void locate_list_add(struct locate_list *list, const struct located *located);
void locate_list_sort(struct locate_list *list);
/* False: out of memory. */
bool locate_print_json(const struct locate_report *report, FILE *out);
/* The list alone. */
void locate_print_csv(const struct locate_report *report, FILE *out);
void locate_print_text(const struct locate_report *report, FILE *out);

/* "10.0.0.1:40000 > 192.0.2.1:80", with the protocol before it where it is not TCP. Returns `text`. */
#define LOCATE_FLOW_TEXT_MAX 160
const char *locate_flow_text(const struct locate_report *report, uint32_t flow, char text[LOCATE_FLOW_TEXT_MAX]);
/* Names for CSV and JSON, never NULL. */
const char *locate_kind_name(enum located_kind kind);
const char *locate_course_name(enum course course);

#endif
