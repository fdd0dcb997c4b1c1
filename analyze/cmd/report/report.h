/* report.h: what is asked of a report; the same for all that it is on. */
#ifndef WIRETAPE_REPORT_REPORT_H
#define WIRETAPE_REPORT_REPORT_H

#include "analyze/cmd/analysis.h"
#include "analyze/cmd/names_files.h"
#include "analyze/cmd/report/document.h"
#include "store/findings.h"

#include <stdbool.h>

#define FOLDED_FROM 4 /* so many subjects, and sections are folded */
#define CHARTS_OF_ALL 200 /* up to so many subjects; of more, those without a warning get none, which would take minutes to draw */
#define PAGE_BYTES 18000000 /* with the third more that a mail needs for it, below the 25 MB that gateways let pass */

/* Texts are borrowed. */
struct report_options {
	enum document_format format;
	struct analysis_options analysis; /* engine.interval_ns 0: by the capture's length */
	struct names_files names;
	struct findings *findings;
	bool set;	       /* a threshold is: stored findings are of no use */
	const char *time_zone; /* as in TZ; NULL: UTC */
	bool no_charts;
	uint64_t max_bytes;    /* of a page of many captures; 0: as many as it takes */
	const char *page;      /* where it will lie; NULL: on standard output */
};

#endif
