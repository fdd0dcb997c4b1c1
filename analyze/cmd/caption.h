/* caption.h: what stands above a chart: its title and what was chosen of which database. */
#ifndef WIRETAPE_CAPTION_H
#define WIRETAPE_CAPTION_H

#include "analyze/cmd/picture.h"

/* `*title` gets at most `columns` characters, all of them fit for a picture and a terminal; the caller frees it. `*first_ns`
 * is when what was chosen begins, NO_TIME if nothing is known. STATUS_NOT_FOUND: there is no such flow or capture. Otherwise
 * as picture_data. */
enum status caption_make(const struct picture *picture, struct reader *reader, unsigned columns, char **title, int64_t *first_ns,
			 char *message);

#endif
