/* inventory_text.h: an inventory for people, in 80 columns. */
#ifndef WIRETAPE_INVENTORY_TEXT_H
#define WIRETAPE_INVENTORY_TEXT_H

#include "analyze/cmd/inventory.h"

#include <stdio.h>

/* `all`: all segments and gaps, not the last ones alone. `more`: another inventory came before. */
void inventory_text(const struct inventory *inventory, bool all, bool more, FILE *out);

#endif
