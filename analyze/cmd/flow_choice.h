/* flow_choice.h: one flow of a database, named by its id or by its two ends. */
#ifndef WIRETAPE_FLOW_CHOICE_H
#define WIRETAPE_FLOW_CHOICE_H

#include "analyze/engine/status.h"
#include "analyze/source/flow_ends.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>

struct flow_choice {
	int64_t id; /* 0: by its ends */
	struct endpoint ends[2];
	const char *text; /* as given; NULL: no flow was chosen */
};

/* "12", or FLOW_ENDS_FORM with the ends in either order. False after a complaint that names `option` and `text`. */
bool parse_flow(const char *option, const char *text, struct flow_choice *choice);
/* `*id` gets the flow's id, 0 if none was chosen: of several with these ends, in one capture or (0) all, that with most
 * packets, and a line on standard error names the others. STATUS_NOT_FOUND and other errors after a complaint. */
enum status flow_choose(const struct flow_choice *choice, struct reader *reader, const char *database, int64_t capture, int64_t *id);

#endif
