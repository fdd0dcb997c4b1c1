/* skip.h: tests that are left out say why, for tests/check to show. */
#ifndef WIRETAPE_TESTS_SKIP_H
#define WIRETAPE_TESTS_SKIP_H

#include <cmocka.h>

/* Ends the test. */
static inline void skip_because(const char *why)
{
	print_message("skipped: %s\n", why);
	skip();
}

#endif
