/* interrupt.h: the one flag that signals set. */
#ifndef WIRETAPE_INTERRUPT_H
#define WIRETAPE_INTERRUPT_H

#include <signal.h>

/* From now on SIGINT, SIGTERM and SIGHUP set the flag and interrupt system calls that wait, then and each second after. A
 * signal that was ignored stays so, as nohup wants. What does not look at the flag is ended by the next signal, or ten
 * seconds after the first; its temporary files stay. */
void interrupt_catch(void);
/* 0, or the number of the signal that came; borrowed by whoever needs to poll it. */
const volatile sig_atomic_t *interrupt_flag(void);

#endif
