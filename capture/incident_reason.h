/* incident_reason.h: on which values a trigger fired: those columns of the row that its predicate names. Log, incident.json, report.txt and
 * `wiretape replay` all say it in these words. */
#ifndef WIRETAPE_CAPTURE_INCIDENT_REASON_H
#define WIRETAPE_CAPTURE_INCIDENT_REASON_H

/* "retrans_pct 1.35, data_segments 1261" for `when` over the row, a JSON object; the predicate itself, in one line, if it names no column.
 * The caller frees it; NULL when out of memory, or the row is no JSON object. */
char *incident_reason(const char *when, const char *row_json);

#endif
