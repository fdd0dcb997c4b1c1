#include "analyze/cmd/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t caught;

static void remember(int number)
{
	caught = number;
}

void interrupt_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction action = {.sa_handler = remember}; /* no SA_RESTART: a read from a pipe must end */
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		struct sigaction before;
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

const volatile sig_atomic_t *interrupt_flag(void)
{
	return &caught;
}
