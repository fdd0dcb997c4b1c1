/* same_flows.h: connections that are in two captures of a report, as both ends of a pod's connection are. */
#ifndef WIRETAPE_REPORT_SAME_FLOWS_H
#define WIRETAPE_REPORT_SAME_FLOWS_H

#include "analyze/cmd/report/batch.h"
#include "analyze/cmd/report/document.h"
#include "analyze/cmd/report/ranking.h"

/* Writes which captures have connections in common, and how to compare them; nothing if there are none. STATUS_NO_MEMORY. */
enum status same_flows_write(const struct batch *batch, const struct ranking *ranking, struct document *document);

#endif
