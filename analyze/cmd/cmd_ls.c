#include "analyze/cmd/command.h"
#include "analyze/cmd/inventory.h"
#include "analyze/cmd/inventory_json.h"
#include "analyze/cmd/inventory_text.h"
#include "analyze/cmd/terminal.h"
#include "analyze/source/tape.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int run(int argc, char **argv);

const struct command command_ls = {
	.name = "ls",
	.summary = "list a tape: segments, gaps, drops, incidents, disk use",
	.run = run,
	.help = "usage: wiretape ls DIR... [--long] [--json]\n"
		"\n"
		"Lists what wiretaped keeps in DIR (/var/lib/wiretape/eth0, or a folder of such):\n"
		"what is on the tape and how much was dropped, when nothing was recorded, the\n"
		"last incidents and segments, and the disk that all of it takes. It reads the\n"
		"files of the ring, not the catalog. Times are UTC. Sizes are in powers of 1024,\n"
		"as du -h has them, numbers of packets in powers of 1000.\n"
		"\n"
		"  -l, --long               all segments, gaps and incidents, not the last ten\n"
		"      --json               everything, for scripts; times are ns since 1970\n"
		"  -h, --help\n",
};

struct options {
	bool all, json, help;
};

/* Folders to list. */
struct folders {
	char **at;
	size_t count;
};

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"long", no_argument, NULL, 'l'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":lh", names, NULL)) != -1) {
		switch (letter) {
		case 'l':
			options->all = true;
			break;
		case 'j':
			options->json = true;
			break;
		case 'h':
			options->help = true;
			return true;
		default:
			complain_option(&command_ls, letter, argc, argv);
			return false;
		}
	}
	if (optind < argc)
		return true;
	complain_usage(&command_ls, "ls: which tape? A folder such as /var/lib/wiretape/eth0");
	return false;
}

static bool push(struct folders *folders, char *path)
{
	char **grown = path ? reallocarray(folders->at, folders->count + 1, sizeof *grown) : NULL;
	if (!grown) {
		free(path);
		complain("out of memory");
		return false;
	}
	folders->at = grown;
	grown[folders->count++] = path;
	return true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The tapes in the folder, which is none itself. */
static bool add_tapes_below(struct folders *folders, const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	const size_t before = folders->count;
	bool good = true;
	if (!directory) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	while (good && (entry = readdir(directory)) != NULL) {
		char *below = NULL;
		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&below, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", entry->d_name) < 0)
			below = NULL;
		if (below && !inventory_is(below))
			free(below);
		else
			good = push(folders, below);
	}
	closedir(directory);
	if (good && folders->count == before) {
		complain("%s: holds no tape: neither segments nor a folder `ring` with them", path);
		return false;
	}
	if (good)
		qsort(folders->at + before, folders->count - before, sizeof *folders->at, by_path);
	return good;
}

static bool add_argument(struct folders *folders, const char *path)
{
	struct stat facts;
	if (stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode)) {
		complain("%s: is no folder: `wiretape ls` lists a recorder's", path);
		return false;
	}
	return path[0] && inventory_is(path) ? push(folders, strdup(path)) : add_tapes_below(folders, path[0] ? path : "''");
}

static bool list(const struct folders *folders, const struct options *options)
{
	char message[TAPE_MESSAGE_MAX];
	struct inventory_json *json = options->json ? inventory_json_new() : NULL;
	bool good = !options->json || json;
	for (size_t i = 0; i < folders->count; i++) {
		struct inventory inventory;
		if (inventory_take(&inventory, folders->at[i], message) != STATUS_OK) {
			complain("%s", message);
			good = false;
			continue;
		}
		if (json)
			inventory_json_add(json, &inventory);
		else
			inventory_text(&inventory, options->all, i > 0, stdout);
		inventory_free(&inventory);
	}
	if (options->json && !inventory_json_print(json, stdout)) {
		complain("out of memory");
		good = false;
	}
	return good;
}

static int run(int argc, char **argv)
{
	struct options options = {0};
	struct folders folders = {0};
	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (options.help) {
		fputs(command_ls.help, stdout);
		return EXIT_DONE;
	}
	bool good = true;
	for (int i = optind; i < argc; i++)
		good &= add_argument(&folders, argv[i]);
	if (folders.count > 0)
		good &= list(&folders, &options);
	for (size_t i = 0; i < folders.count; i++)
		free(folders.at[i]);
	free(folders.at);
	return good ? EXIT_DONE : EXIT_FAILED;
}
