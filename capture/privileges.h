/* privileges.h: once all is open that needs them, only the right to open interfaces is kept. */
#ifndef WIRETAPE_CAPTURE_PRIVILEGES_H
#define WIRETAPE_CAPTURE_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/* Gives `directory`, and what a ring has in it, to `user`, but for what is neither root's nor the ring's owner's; then
 * becomes that user, without supplementary groups and with no capability but CAP_NET_RAW. Before any thread is started.
 * False with words in `message`. */
bool privileges_drop(const char *user, const char *directory, char *message, size_t message_bytes);

#endif
