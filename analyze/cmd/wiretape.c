/* wiretape: what is on the tape, and what is wrong with it. Each subcommand has a file of its own. */
#include "analyze/cmd/command.h"
#include "analyze/cmd/terminal.h"
#include "store/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifndef WIRETAPE_VERSION
#define WIRETAPE_VERSION "unknown"
#endif

static const struct command *const commands[] = {
	&command_ls,
	&command_cat,
	&command_replay,
	&command_analyze,
	&command_findings,
	&command_query,
	&command_plot,
	&command_report,
	&command_locate,
	&command_diff,
	&command_check,
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const struct command *find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void print_usage(FILE *out)
{
	fputs("usage: wiretape COMMAND ...\n"
	      "\n"
	      "Looks at the tapes that wiretaped(8) records, and at other captures: rebuilds\n"
	      "every TCP flow, keeps what it learned in an SQLite database, and draws it.\n"
	      "\n",
	      out);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "  wiretape help COMMAND    all options of a command\n"
	      "  wiretape --version\n"
	      "\n"
	      "To begin: wiretape analyze capture.pcap\n",
	      out);
}

static int complain_unknown(const char *name)
{
	struct nearest nearest = nearest_to(name);
	if (name[0] == '-')
		return complain_usage(NULL, "%s: no such option", name);
	for (int i = 0; i < COMMANDS; i++)
		nearest_offer(&nearest, commands[i]->name, strlen(commands[i]->name));
	return complain_usage(NULL, "%s: no such command%s", name, nearest.meant);
}

static int help(const char *name)
{
	const struct command *command = name ? find(name) : NULL;
	if (name && !command)
		return complain_unknown(name);
	if (command)
		fputs(command->help, stdout);
	else
		print_usage(stdout);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	if (!name) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 || strcmp(name, "version") == 0) {
		puts("wiretape " WIRETAPE_VERSION);
		return EXIT_DONE;
	}
	const struct command *command = find(name);
	if (!command)
		return complain_unknown(name);
	return command->run(argc - 1, argv + 1);
}

/* Whoever started us may have closed them; the next file to be opened would get what is meant for people. Nothing can
 * be written to what stands in: who wanted to learns that. */
static void fill_standard_streams(void)
{
	int file;
	do {
		file = open("/dev/null", O_RDONLY);
	} while (file >= 0 && file <= STDERR_FILENO);
	if (file >= 0)
		close(file);
}

int main(int argc, char **argv)
{
	fill_standard_streams();
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk, and what is half-written is removed */
	signal(SIGCHLD, SIG_DFL); /* who started us may have ignored it, and then nobody learns how children ended */
	const int exit_status = run(argc, argv);
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return exit_status;
	if (exit_status == EXIT_DONE || errno != 0) /* otherwise the command has said so */
		complain("standard output: cannot be written: %s", errno != 0 ? strerror(errno) : "what was written before was refused");
	return exit_status == EXIT_DONE ? EXIT_FAILED : exit_status;
}
