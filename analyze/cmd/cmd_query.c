#include "analyze/cmd/command.h"
#include "analyze/cmd/interrupt.h"
#include "analyze/cmd/terminal.h"
#include "store/nearest.h"
#include "store/reader.h"
#include "store/saved.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_query = {
	.name = "query",
	.summary = "ask a database: saved queries by name, or any SQL",
	.run = run,
	.help = "usage: wiretape query DB NAME [PARAMETER=VALUE]... [--csv|--json]\n"
		"       wiretape query DB 'SELECT ...' [PARAMETER=VALUE]... [--csv|--json]\n"
		"       wiretape query [--list]\n"
		"\n"
		"Runs a saved query, or SQL, on the database DB, which `wiretape analyze` made.\n"
		"Nothing in the database is changed. Saved queries are files NAME.sql; your own\n"
		"stand in ~/.config/wiretape/queries, or in the folder WIRETAPE_QUERIES. Tables,\n"
		"views and what each column means: `sqlite3 DB .schema`.\n"
		"\n"
		"      --csv            comma-separated values with a header line\n"
		"      --json           an array of objects\n"
		"  -l, --list           list the saved queries with their parameters\n"
		"  -h, --help\n",
};

#define PARAMETERS_MAX 16

struct options {
	const char *database, *query;
	enum table_format format;
	bool list, help;
	struct parameter parameters[PARAMETERS_MAX];
	size_t parameter_count;
};

/* The words after the query; splits NAME=VALUE in place. */
static bool parse_parameters(int argc, char **argv, struct options *options)
{
	for (int i = optind + 2; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		if (!equals || equals == argv[i]) {
			complain_usage(&command_query, "query: %s: not a PARAMETER=VALUE (is the SQL in quotes?)", argv[i]);
			return false;
		}
		if (options->parameter_count == PARAMETERS_MAX) {
			complain_usage(&command_query, "query: more than %d parameters", PARAMETERS_MAX);
			return false;
		}
		*equals = '\0';
		options->parameters[options->parameter_count++] =
			(struct parameter){.name = argv[i][0] == ':' ? argv[i] + 1 : argv[i], .value = equals + 1};
	}
	return true;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"csv", no_argument, NULL, 'c'},  {"json", no_argument, NULL, 'j'}, {"list", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":lh", names, NULL)) != -1) {
		switch (letter) {
		case 'c':
			options->format = TABLE_CSV;
			break;
		case 'j':
			options->format = TABLE_JSON;
			break;
		case 'l':
			options->list = true;
			break;
		case 'h':
			options->help = true;
			break;
		default:
			complain_option(&command_query, letter, argc, argv);
			return false;
		}
	}
	options->database = optind < argc ? argv[optind] : NULL;
	options->query = optind + 1 < argc ? argv[optind + 1] : NULL;
	return parse_parameters(argc, argv, options);
}

static void list(const struct saved_queries *queries)
{
	for (size_t i = 0; i < saved_queries_count(queries); i++) {
		const struct saved_query *query = saved_queries_at(queries, i);
		printf("%s\n    %s\n", query->name, query->title);
		for (size_t j = 0; j < query->parameter_count; j++) {
			const struct saved_parameter *parameter = &query->parameters[j];
			printf("    %s=%s  %s\n", parameter->name, parameter->value, parameter->about);
		}
	}
}

/* A name has no spaces; SQL that says anything has. */
static bool looks_like_sql(const char *text)
{
	return strpbrk(text, " \t\n(;") != NULL;
}

/* What an older database does not have yet is another matter, and the reason says so. */
static bool is_unknown_name(const char *reason)
{
	return (strncmp(reason, "no such column", 14) == 0 || strncmp(reason, "no such table", 13) == 0) &&
	       !strstr(reason, "(the database is of version");
}

static void complain_unknown(const struct saved_queries *queries, const struct options *options)
{
	struct nearest nearest = nearest_to(options->query);
	for (size_t i = 0; i < saved_queries_count(queries); i++)
		nearest_offer(&nearest, saved_queries_at(queries, i)->name, strlen(saved_queries_at(queries, i)->name));
	if (saved_queries_find(queries, options->database))
		complain_usage(&command_query, "query: the database comes first: wiretape query %s %s", options->query, options->database);
	else
		complain_usage(&command_query, "query: %s: no saved query has this name: `wiretape query --list` lists them%s",
			       options->query, nearest.meant);
}

static int ask(const struct options *options, const struct saved_query *saved)
{
	const struct table_options table = table_options_for(options->format, stdout);
	struct reader *reader = reader_new();
	enum status status = reader ? reader_open(reader, options->database) : STATUS_NO_MEMORY;
	bool opened = status == STATUS_OK;
	if (opened) {
		interrupt_catch();
		reader_interrupt_on(reader, interrupt_flag());
		status = saved ? reader_run_saved(reader, saved, options->parameters, options->parameter_count, &table, stdout)
			       : reader_run(reader, options->query, options->parameters, options->parameter_count, &table,
					    stdout);
	}
	int exit_status = EXIT_DONE;
	if (status == STATUS_INTERRUPTED && *interrupt_flag()) {
		exit_status = EXIT_SIGNAL + *interrupt_flag();
	} else if (status != STATUS_OK) {
		const char *reason = reader && reader_error(reader)[0] ? reader_error(reader) : status_text(status);
		if (opened && !saved && is_unknown_name(reason))
			complain("%s: %s: `sqlite3 %s .schema` says what there is", options->database, reason, options->database);
		else if (opened)
			complain("%s: %s", options->database, reason);
		else
			complain("%s", reason);
		exit_status = opened && status == STATUS_USAGE ? EXIT_USAGE : EXIT_FAILED;
	}
	reader_free(reader);
	return exit_status;
}

static int run(int argc, char **argv)
{
	struct options options = {.format = TABLE_TEXT};
	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (options.help) {
		fputs(command_query.help, stdout);
		return EXIT_DONE;
	}
	struct saved_queries *queries = saved_queries_new();
	int exit_status = EXIT_FAILED;
	if (!queries) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	if (saved_queries_problem(queries))
		complain("%s", saved_queries_problem(queries));
	if (options.list || !options.query) {
		list(queries);
		exit_status = EXIT_DONE;
		goto out;
	}
	const struct saved_query *saved = saved_queries_find(queries, options.query);
	if (!saved && !looks_like_sql(options.query)) {
		complain_unknown(queries, &options);
		exit_status = EXIT_USAGE;
		goto out;
	}
	exit_status = ask(&options, saved);
out:
	saved_queries_free(queries);
	return exit_status;
}
