#include "analyze/cmd/interrupt.h"

#include "store/monotonic.h"

#include <stddef.h>
#include <unistd.h>

/* Whoever sends a signal to a process and to its group, as timeout(1) does, means one. */
#define ONE_SIGNAL_MS 250
/* Tidying up takes less; what takes longer does not look at the flag, such as one instruction of SQLite. */
#define PATIENCE_MS 10000
/* A signal that comes between a look at the flag and a system call that waits would be missed: so another one follows, and again. */
#define AGAIN_S 1

static volatile sig_atomic_t caught;
static int64_t caught_ms; /* only handlers look at it, and they wait for each other */

static void die(int number)
{
	const struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t only;
	sigaction(number, &usual, NULL);
	sigemptyset(&only);
	sigaddset(&only, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
}

static void remember(int number)
{
	const int64_t now_ms = monotonic_ns() / 1000000;
	if (!caught) {
		caught_ms = now_ms;
		caught = number;
	} else if (number != SIGALRM && now_ms - caught_ms > ONE_SIGNAL_MS) {
		die(number);
	} else if (now_ms - caught_ms >= PATIENCE_MS) {
		die(caught);
	}
	alarm(AGAIN_S);
}

void interrupt_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = remember}; /* no SA_RESTART: a read from a pipe must end */
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGALRM);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaddset(&action.sa_mask, signals[i]);
	sigaction(SIGALRM, &action, NULL);
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
