#include "analyze/cmd/command.h"
#include "analyze/cmd/input.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/filter.h"
#include "analyze/source/output.h"
#include "analyze/source/source.h"
#include "store/target.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_cat = {
	.name = "cat",
	.summary = "write the packets of a tape or of captures as one pcap",
	.run = run,
	.help = "usage: wiretape cat DIR|FILE... [--from T] [--to T] [--flow A:P-A:P] [-f BPF]\n"
		"                [-w OUT]\n"
		"\n"
		"Writes the packets of tapes (folders with the segments of wiretaped) and of\n"
		"captures, one after the other, as a pcap of nanoseconds to standard output, for\n"
		"`tcpdump -r -`, Wireshark or tcpreplay. Of a tape only the segments that may\n"
		"hold something of the period are opened.\n"
		"\n"
		"      --from T, --to T     only packets of this period: 2026-11-21T10:32:00Z,\n"
		"                           10:32:15 (of the last day), -10m (before the end),\n"
		"                           1795257120 (seconds since 1970); all of it is UTC\n"
		"      --flow A:P-A:P       only this flow, both directions, ends in any order:\n"
		"                           192.0.2.1:40000-198.51.100.2:80 or\n"
		"                           [2001:db8::1]:40000-[2001:db8::2]:80\n"
		"  -f, --filter BPF         only what this filter takes, see pcap-filter(7)\n"
		"  -w, --write OUT          write to this file, which appears when it is complete\n"
		"      --force              replace OUT if it exists\n"
		"  -h, --help\n",
};

enum { OPTION_FROM = 256, OPTION_TO, OPTION_FLOW, OPTION_FORCE };

struct options {
	struct period period;
	const char *filter, *flow, *target;
	bool force, help;
};

/* What is being written. */
struct copy {
	const struct options *options;
	struct filter *filter;
	struct output *output;
	char first[512]; /* the input that gave the output its link type */
	char link_name[64];
	uint64_t packets;
	bool begun;    /* the header is written */
	bool good;     /* all inputs were read to their end */
	bool complete; /* all that could be read is written */
};

static bool take_option(int letter, struct options *options)
{
	switch (letter) {
	case OPTION_FROM:
		return parse_from(optarg, &options->period);
	case OPTION_TO:
		return parse_to(optarg, &options->period);
	case OPTION_FLOW:
		options->flow = optarg;
		break;
	case OPTION_FORCE:
		options->force = true;
		break;
	case 'f':
		options->filter = optarg;
		break;
	case 'w':
		options->target = strcmp(optarg, "-") == 0 ? NULL : optarg;
		break;
	case 'h':
		options->help = true;
		break;
	}
	return true;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"from", required_argument, NULL, OPTION_FROM}, {"to", required_argument, NULL, OPTION_TO},
		{"flow", required_argument, NULL, OPTION_FLOW}, {"filter", required_argument, NULL, 'f'},
		{"write", required_argument, NULL, 'w'}, {"force", no_argument, NULL, OPTION_FORCE},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":f:w:h", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			complain_option(&command_cat, letter, argc, argv);
			return false;
		}
		if (!take_option(letter, options))
			return false;
	}
	if (options->help)
		return true;
	if (period_is_empty(&options->period))
		complain_usage(&command_cat, "--from %s is after --to %s", options->period.from_text, options->period.to_text);
	else if (options->target && !options->target[0])
		complain_usage(&command_cat, "-w: the file needs a name");
	else if (optind == argc)
		complain_usage(&command_cat, "cat: which tape? A folder with segments, or captures");
	else
		return true;
	return false;
}

/* False after a complaint. */
static bool begin(struct copy *copy, const struct input *input)
{
	if (filter_link_type(copy->filter, input_link_type(input)) != STATUS_OK) {
		complain("-f '%s': %s (link type %s of %s)", copy->options->filter, filter_message(copy->filter),
			 input_link_name(input), input_name(input));
		return false;
	}
	if (copy->begun)
		return true;
	copy->begun = true;
	snprintf(copy->first, sizeof copy->first, "%s", input_name(input));
	snprintf(copy->link_name, sizeof copy->link_name, "%s", input_link_name(input));
	return output_begin(copy->output, input_link_type(input)) == STATUS_OK;
}

/* STATUS_OK: go on; otherwise a complaint has been made, or errno says why standard output takes no more. */
static enum status copy_frame(struct copy *copy, const struct input *input, const struct frame *frame)
{
	enum status status = filter_frame(copy->filter, frame);
	if (status == STATUS_END)
		return STATUS_OK;
	if (status != STATUS_OK) {
		complain("-f '%s': %s (link type %u of %s)", copy->options->filter, filter_message(copy->filter),
			 frame->link_type, input_frame_path(input));
		return status;
	}
	status = output_frame(copy->output, frame);
	if (status == STATUS_UNSUPPORTED)
		complain("%s: has link type %u, %s has %s (%u): one pcap cannot hold both: use --from and --to, or name the files "
			 "of one kind", input_frame_path(input), frame->link_type, copy->first, copy->link_name,
			 output_link_type(copy->output));
	copy->packets += status == STATUS_OK;
	return status;
}

/* STATUS_OK also where the input is damaged. */
static enum status copy_input(struct copy *copy, const struct source_item *item)
{
	char before[SOURCE_BEFORE_MAX];
	char message[INPUT_MESSAGE_MAX];
	struct input *input = NULL;
	struct frame frame;
	enum status status = input_open(&input, item, &copy->options->period, message), read = STATUS_OK;
	if (status != STATUS_OK) {
		if (status == STATUS_FORMAT && item->found && !item->tape)
			return STATUS_OK;
		if (status != STATUS_INTERRUPTED)
			complain("%s: %s", strcmp(item->path, "-") == 0 ? "standard input" : item->path, message);
		copy->good = false;
		return status == STATUS_INTERRUPTED ? status : STATUS_OK;
	}
	if (!begin(copy, input))
		status = STATUS_USAGE;
	while (status == STATUS_OK && !*interrupt_flag() && (read = input_next(input, &frame)) == STATUS_OK)
		status = copy_frame(copy, input, &frame);
	if (*interrupt_flag())
		status = STATUS_INTERRUPTED;
	else if (status == STATUS_OK && read != STATUS_END)
		complain("%s: %s: %s", input_name(input), input_message(input), source_before(input_frames(input), "taken", before));
	copy->good &= read == STATUS_END && input_damaged(input) == 0;
	input_close(input);
	return status;
}

/* The exit status. */
static int copy_all(struct copy *copy, const struct source_list *list)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < source_list_count(list) && status == STATUS_OK; i++) {
		const struct source_item item = source_list_at(list, i);
		status = copy_input(copy, &item);
	}
	if (status == STATUS_OK)
		status = output_flush(copy->output);
	if (status == STATUS_INTERRUPTED)
		return EXIT_SIGNAL + (*interrupt_flag() ? *interrupt_flag() : SIGINT);
	if (status == STATUS_IO && errno == EPIPE)
		return EXIT_SIGNAL + SIGPIPE; /* whoever read it has had enough */
	if (status == STATUS_IO)
		complain("%s: cannot be written: %s", copy->options->target ? copy->options->target : "standard output",
			 strerror(errno));
	if (status == STATUS_NO_MEMORY)
		complain("out of memory");
	if (status != STATUS_OK || !copy->begun)
		return status == STATUS_USAGE ? EXIT_USAGE : EXIT_FAILED;
	copy->complete = true;
	if (copy->packets == 0)
		complain("no packet is what was asked for: the capture has none");
	return copy->good ? EXIT_DONE : EXIT_FAILED;
}

static int copy_to(struct copy *copy, const struct source_list *list, FILE *file)
{
	if (!file) {
		complain("%s: cannot be written: %s", copy->options->target ? copy->options->target : "standard output",
			 strerror(errno));
		return EXIT_FAILED;
	}
	copy->output = output_new(file);
	int exit_status = EXIT_FAILED;
	if (copy->output)
		exit_status = copy_all(copy, list);
	else
		complain("out of memory");
	output_free(copy->output);
	if (fclose(file) != 0 && exit_status == EXIT_DONE) {
		complain("%s: cannot be written: %s", copy->options->target ? copy->options->target : "standard output",
			 strerror(errno));
		exit_status = EXIT_FAILED;
	}
	return exit_status;
}

/* To the file under another name, which becomes its own when it is complete. */
static int copy_to_target(struct copy *copy, const struct source_list *list)
{
	const struct options *options = copy->options;
	char *temporary = NULL;
	if (!options->force && access(options->target, F_OK) == 0) {
		complain("%s: exists already: replace it with --force, or name another with -w", options->target);
		return EXIT_FAILED;
	}
	interrupt_catch(); /* from here on there is a file to be removed */
	if (target_reserve(options->target, &temporary) != STATUS_OK) {
		complain("%s: cannot be written: %s", options->target, strerror(errno));
		return EXIT_FAILED;
	}
	int exit_status = copy_to(copy, list, fopen(temporary, "we"));
	/* What could be read of damaged captures is worth having. */
	const bool complete = exit_status == EXIT_DONE || (exit_status == EXIT_FAILED && copy->complete);
	if (complete && target_commit(temporary, options->target, options->force) != STATUS_OK) {
		complain("%s: cannot be written: %s", options->target, strerror(errno));
		exit_status = EXIT_FAILED;
		unlink(temporary);
	} else if (!complete) {
		unlink(temporary);
	}
	free(temporary);
	return exit_status;
}

static int copy_to_standard_output(struct copy *copy, const struct source_list *list)
{
	if (isatty(STDOUT_FILENO))
		return complain_usage(&command_cat, "cat: standard output is a terminal: name a file with -w, or add `| tcpdump -r -`");
	const int fd = dup(STDOUT_FILENO); /* so that who stops reading is no failure of the program's own output */
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (fd >= 0 && !file) {
		close(fd);
		errno = EBADF; /* it is open for reading only: what stands in for one that was closed */
	}
	return copy_to(copy, list, file);
}

/* False if some argument could not be taken; the others are in the list. */
static bool list_arguments(struct source_list *list, char **arguments)
{
	char message[SOURCE_LIST_MESSAGE_MAX];
	bool good = true;
	for (; *arguments; arguments++) {
		const size_t before = source_list_count(list);
		if (source_list_add(list, *arguments, message) != STATUS_OK)
			complain("%s", message);
		else if (source_list_count(list) == before)
			complain("%s: holds no segments of a tape, and no captures", *arguments);
		else
			continue;
		good = false;
	}
	return good;
}

static int run(int argc, char **argv)
{
	struct options options = {0};
	struct copy copy = {.options = &options};
	char message[FILTER_MESSAGE_MAX];
	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (options.help) {
		fputs(command_cat.help, stdout);
		return EXIT_DONE;
	}
	const enum status status = filter_new(&copy.filter, options.filter, options.flow, message);
	if (status == STATUS_USAGE)
		return complain_usage(&command_cat, "--flow %s: %s", options.flow, message);
	struct source_list *list = source_list_new();
	int exit_status = EXIT_FAILED;
	if (!list || status != STATUS_OK) {
		complain("out of memory");
		goto out;
	}
	copy.good = list_arguments(list, argv + optind);
	if (source_list_count(list) > 0)
		exit_status = options.target ? copy_to_target(&copy, list) : copy_to_standard_output(&copy, list);
out:
	filter_free(copy.filter);
	source_list_free(list);
	return exit_status;
}
