/* inventory_json.h: inventories for scripts: {"tapes": [...]}. */
#ifndef WIRETAPE_INVENTORY_JSON_H
#define WIRETAPE_INVENTORY_JSON_H

#include "analyze/cmd/inventory.h"

#include <stdio.h>

struct inventory_json;

/* NULL when out of memory. */
struct inventory_json *inventory_json_new(void);
void inventory_json_add(struct inventory_json *json, const struct inventory *inventory);
/* Prints and frees it. False: out of memory. NULL is allowed. */
bool inventory_json_print(struct inventory_json *json, FILE *out);

#endif
