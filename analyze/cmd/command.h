/* command.h: what a subcommand is. Adding one means adding cmd_NAME.c and a line in wiretape.c. */
#ifndef WIRETAPE_COMMAND_H
#define WIRETAPE_COMMAND_H

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 /* plus the signal's number */ };

struct command {
	const char *name;
	const char *summary; /* one line for the list of commands */
	const char *help;    /* everything `wiretape help NAME` prints */
	/* Gets its own name as argv[0]; returns the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct command command_analyze, command_cat, command_check, command_diff, command_findings, command_locate,
	command_ls, command_plot, command_query, command_replay, command_report;

#endif
