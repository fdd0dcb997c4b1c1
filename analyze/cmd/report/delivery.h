/* delivery.h: a page on its way to a file, which appears when it is whole, or to standard output. */
#ifndef WIRETAPE_REPORT_DELIVERY_H
#define WIRETAPE_REPORT_DELIVERY_H

#include <stdbool.h>
#include <stdio.h>

struct delivery {
	const char *output; /* NULL: standard output */
	char *temporary;
	FILE *page; /* to write to */
};

/* Makes sure that the page can be written before it is made. False after a complaint. delivery_end in any case. */
bool delivery_begin(struct delivery *delivery, const char *output);
/* Opens `page`. False after a complaint. `scratch` is a folder for what goes to standard output. */
bool delivery_open(struct delivery *delivery, const char *scratch);
/* Says why `page` is not whole: it failed, or a temporary file did. */
void delivery_complain(const struct delivery *delivery);
/* Puts the page where it belongs; the scratch folder may be gone. False after a complaint. */
bool delivery_commit(struct delivery *delivery);
/* Leaves nothing that was not committed. */
void delivery_end(struct delivery *delivery);

#endif
