/* flow_report.h: a flow's state, put into the facts that are delivered. */
#ifndef WIRETAPE_FLOW_REPORT_H
#define WIRETAPE_FLOW_REPORT_H

#include "analyze/engine/flow.h"

/* Fills all of `facts`. */
void flow_report(const struct flow *flow, enum flow_state state, enum flow_end end, struct flow_facts *facts);

#endif
