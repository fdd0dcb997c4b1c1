/* Speaks for analyze/cmd/interrupt.c: a signal that comes at the worst moment ends what waits all the same. */
#include "analyze/cmd/interrupt.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Waits for a pipe into which nobody writes, as one does who has looked at the flag just before the signal came. */
static void wait_for_nothing(void)
{
	int ends[2];
	char byte;
	signal(SIGINT, SIG_DFL); /* a shell starts what is in its background with it ignored */
	if (pipe(ends) != 0)
		_exit(1);
	interrupt_catch();
	raise(SIGINT);
	const bool interrupted = read(ends[0], &byte, 1) < 0 && errno == EINTR;
	_exit(interrupted && *interrupt_flag() == SIGINT ? 0 : 1);
}

static void a_signal_before_the_wait(void **state)
{
	(void)state;
	int status;
	const pid_t child = fork();
	if (child == 0)
		wait_for_nothing();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_before_the_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
