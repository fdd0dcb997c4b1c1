/* status.h: what a call can come back with. Every layer uses this one list. */
#ifndef WIRETAPE_STATUS_H
#define WIRETAPE_STATUS_H

#define STATUS_LIST(X)                                                                  \
	X(STATUS_OK, "done")                                                            \
	X(STATUS_END, "end of input")                                                   \
	X(STATUS_NO_MEMORY, "out of memory")                                            \
	X(STATUS_IO, "input/output error")                                              \
	X(STATUS_FORMAT, "not a format that can be read")                               \
	X(STATUS_TRUNCATED, "cut short")                                                \
	X(STATUS_UNSUPPORTED, "not supported")                                          \
	X(STATUS_EXISTS, "exists already")                                              \
	X(STATUS_NOT_FOUND, "not found")                                                \
	X(STATUS_USAGE, "wrong usage")                                                  \
	X(STATUS_INTERRUPTED, "interrupted")

enum status {
#define STATUS_NAME(name, text) name,
	STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
};

/* The text of `status`, never NULL; static storage. */
const char *status_text(enum status status);

#endif
