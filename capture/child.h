/* child.h: a command that runs beside the recorder, in a process group of its own, and never holds its caller up: it is started,
 * and asked now and then whether it has ended. Times are those of CLOCK_MONOTONIC. */
#ifndef WIRETAPE_CAPTURE_CHILD_H
#define WIRETAPE_CAPTURE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child_options {
	const char *label;		  /* what it is, for the log: "hook", "analyzer" */
	const char *const *argv;	  /* ends with NULL; argv[0] is looked for in PATH */
	const char *const *environment;	  /* "NAME=value", over what the recorder has; ends with NULL; NULL: none */
	const char *output_path;	  /* its standard output goes to the end of it; NULL: to the log, line by line, as is its standard error */
	int64_t limit_ns;		  /* SIGTERM to its group after that, SIGKILL 5 s later; 0: none */
	bool low_priority;		  /* nice 19, idle I/O */
};

struct child_result {
	int exit_status; /* -1: ended by a signal, or that can't be known */
	int signal;	 /* 0: none */
	bool timed_out;
};

struct child;

/* Options are needed for the call only. NULL with words in `message`. */
struct child *child_start(const struct child_options *options, char *message, size_t message_bytes);
/* Passes on what it printed and sees to its time limit. True once it has ended; `result` is valid then. What it left running in
 * its group gets SIGTERM: what is to outlive it needs setsid(1). After child_terminate, and after the time limit, it is SIGKILL, once
 * nobody holds its output any more, but not later than 5 s after SIGTERM. */
bool child_poll(struct child *child, struct child_result *result);
/* SIGTERM to its group; goes on being polled. */
void child_terminate(struct child *child);
/* One that still runs is killed. NULL is allowed. */
void child_free(struct child *child);
/* "exit status 1", "killed by signal 9 after its time limit"; returns `text`. */
#define CHILD_RESULT_MAX 64
const char *child_result_text(const struct child_result *result, char *text);

#endif
