/* incident_section.h: why a recorder saved an incident, from its incident.json. */
#ifndef WIRETAPE_REPORT_INCIDENT_SECTION_H
#define WIRETAPE_REPORT_INCIDENT_SECTION_H

#include "analyze/cmd/report/document.h"
#include "analyze/cmd/report/sections.h"
#include "store/reader.h"

#include <stdint.h>

/* The path of the folder's flows.db and the capture in it, if it is of all segments that are there, in intervals that are short enough for
 * charts, or if no segments are there; free it. NULL: it is not, or out of memory. */
char *incident_database(const char *folder, int64_t *capture);
/* Adds the section. `reader` is of any database: it is what takes the JSON apart. What cannot be read is a warning in the document. */
void incident_section(struct document *document, struct reader *reader, const char *folder, const struct report_subject *subject);

#endif
