#include "analyze/cmd/answer.h"
#include "analyze/cmd/command.h"
#include "analyze/cmd/csv.h"
#include "analyze/cmd/findings_text.h"
#include "analyze/cmd/plugin.h"
#include "capture/incident_reason.h"
#include "capture/units.h"
#include "store/findings.h"
#include "store/json.h"
#include "store/predicate.h"
#include "store/reader.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static int run(int argc, char **argv);

const struct command command_check = {
	.name = "check",
	.summary = "one line and an exit status for Nagios, Icinga, Zabbix",
	.run = run,
	.help = "usage: wiretape check DB|RING [--warn PREDICATE] [--crit PREDICATE] [OPTION]...\n"
		"       wiretape check DB --findings | --finding CODE\n"
		"\n"
		"Looks at the newest rows of the timeline of a database, or of the ring that\n"
		"wiretaped records, and says in one line whether a predicate holds, as monitoring\n"
		"plugins do. A predicate is SQL over a row, as in the recorder's triggers:\n"
		"  wiretape check /var/lib/wiretape/eth0 --warn 'retrans_pct > 1' \\\n"
		"           --crit 'retrans_pct > 5 AND data_segments >= 100'\n"
		"\n"
		"      --warn, --crit PREDICATE\n"
		"                       WARNING, CRITICAL if it holds\n"
		"      --scope S        all, service (server's address and port), peer [all]\n"
		"      --key KEY        one of them: 192.0.2.1:443; otherwise any of them\n"
		"      --last TIME      rows of the last .. before now (a ring), or before the\n"
		"                       end (a database) [60s]\n"
		"      --for N          that many rows of one key must match [1]\n"
		"      --findings       CRITICAL, WARNING if there is a finding so severe\n"
		"      --finding CODE   the same for one finding\n"
		"  -h, --help\n"
		"\n"
		"Exit status 0 OK, 1 WARNING, 2 CRITICAL; 3 UNKNOWN: the database can't be read,\n"
		"a predicate is wrong, there are no rows of that time (the recorder\n"
		"stands), or no packets to find something in.\n",
};

enum { OPTION_WARN = 256, OPTION_CRIT, OPTION_SCOPE, OPTION_KEY, OPTION_LAST, OPTION_FOR, OPTION_FINDINGS, OPTION_FINDING };

#define SECOND INT64_C(1000000000)
#define PATH_BYTES 4096
#define MESSAGE_BYTES 4096

struct options {
	const char *path, *warn, *crit, *key, *finding;
	enum scope scope;
	int64_t last_ns;
	uint64_t rows;
	bool findings, help;
};

/* What has been loaded: which key a row is of. */
struct row {
	uint32_t key;
	int64_t t_ns;
};

struct rows {
	struct row *list;
	size_t count, room;
	char *key; /* the latest */
	uint32_t keys;
};

/* Of the rows that match: the key with most of them. */
struct matches {
	const struct rows *rows;
	size_t best_row, best_count; /* its newest row, and how many */
	size_t row, count;	     /* likewise, of the key that is being looked at */
	uint64_t least;
	uint32_t keys; /* that have enough */
};

static bool take_scope(const char *text, enum scope *scope)
{
	for (int i = SCOPE_ALL; i <= SCOPE_PEER; i++)
		if (strcmp(text, scope_name((enum scope)i)) == 0) {
			*scope = (enum scope)i;
			return true;
		}
	plugin_say(PLUGIN_UNKNOWN, NULL, "--scope %s: all, service or peer", text);
	return false;
}

static bool take_option(int letter, struct options *options)
{
	switch (letter) {
	case OPTION_WARN:
		options->warn = optarg;
		return true;
	case OPTION_CRIT:
		options->crit = optarg;
		return true;
	case OPTION_SCOPE:
		return take_scope(optarg, &options->scope);
	case OPTION_KEY:
		options->key = optarg;
		return true;
	case OPTION_LAST:
		if (units_parse_time(optarg, &options->last_ns) && options->last_ns > 0)
			return true;
		plugin_say(PLUGIN_UNKNOWN, NULL, "--last %s: not a time such as 30s, 5m or 1h", optarg);
		return false;
	case OPTION_FOR:
		if (units_parse_count(optarg, &options->rows) && options->rows > 0)
			return true;
		plugin_say(PLUGIN_UNKNOWN, NULL, "--for %s: not a number above 0", optarg);
		return false;
	case OPTION_FINDING:
		options->finding = optarg;
		options->findings = true;
		return true;
	case OPTION_FINDINGS:
		options->findings = true;
		return true;
	default:
		options->help = true;
		return true;
	}
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"warn", required_argument, NULL, OPTION_WARN}, {"crit", required_argument, NULL, OPTION_CRIT},
		{"scope", required_argument, NULL, OPTION_SCOPE}, {"key", required_argument, NULL, OPTION_KEY},
		{"last", required_argument, NULL, OPTION_LAST}, {"for", required_argument, NULL, OPTION_FOR},
		{"findings", no_argument, NULL, OPTION_FINDINGS}, {"finding", required_argument, NULL, OPTION_FINDING},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	opterr = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":h", names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			plugin_say(PLUGIN_UNKNOWN, NULL, "%s: %s; see wiretape help check", argv[optind - 1],
				   letter == '?' ? "there is no such option" : "it needs a value");
			return false;
		}
		if (!take_option(letter, options))
			return false;
		if (options->help)
			return true;
	}
	options->path = argv[optind];
	if (optind + 1 != argc)
		plugin_say(PLUGIN_UNKNOWN, NULL, "which database or ring? One is wanted; see wiretape help check");
	else if (!options->warn && !options->crit && !options->findings)
		plugin_say(PLUGIN_UNKNOWN, NULL, "--warn or --crit is missing; see wiretape help check");
	else if ((options->warn || options->crit) && options->findings)
		plugin_say(PLUGIN_UNKNOWN, NULL, "predicates or findings, not both; see wiretape help check");
	else
		return true;
	return false;
}

/* A folder is a ring, whose catalog is its database. */
static bool find_database(const struct options *options, char path[PATH_BYTES], bool *ring)
{
	struct stat info;
	*ring = stat(options->path, &info) == 0 && S_ISDIR(info.st_mode);
	const int length = snprintf(path, PATH_BYTES, "%s%s", options->path, *ring ? "/catalog.db" : "");
	if (length < PATH_BYTES)
		return true;
	plugin_say(PLUGIN_UNKNOWN, NULL, "the path is too long");
	return false;
}

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static bool keep_row(void *user, size_t index, const char *key, int64_t t_ns)
{
	struct rows *rows = user;
	if (index == rows->room) {
		const size_t room = rows->room ? rows->room * 2 : 128;
		struct row *list = realloc(rows->list, room * sizeof *list);
		if (!list)
			return false;
		rows->list = list;
		rows->room = room;
	}
	if (!rows->key || strcmp(rows->key, key) != 0) {
		char *copy = strdup(key);
		if (!copy)
			return false;
		free(rows->key);
		rows->key = copy;
		rows->keys++;
	}
	rows->list[index] = (struct row){rows->keys, t_ns};
	rows->count = index + 1;
	return true;
}

static void end_key(struct matches *matches)
{
	matches->keys += matches->count >= matches->least;
	if (matches->count > matches->best_count) {
		matches->best_count = matches->count;
		matches->best_row = matches->row;
	}
	matches->count = 0;
}

/* Rows come sorted by key. */
static void take_match(void *user, size_t row)
{
	struct matches *matches = user;
	if (matches->count > 0 && matches->rows->list[matches->row].key != matches->rows->list[row].key)
		end_key(matches);
	matches->row = row;
	matches->count++;
}

static void say_row(struct predicates *predicates, const struct options *options, const struct rows *rows, enum plugin_state state,
		    const struct matches *matches, size_t index)
{
	const char *predicate = state == PLUGIN_CRITICAL || !options->warn ? options->crit : options->warn;
	char *row = predicates_row_json(predicates, index), when[40] = "-";
	char *reason = row ? incident_reason(predicate, row) : NULL;
	char *performance = row ? plugin_performance(row, options->warn, options->crit) : NULL;
	struct json_document *document = NULL;
	char *key = row && json_parse(&document, row, strlen(row)) == STATUS_OK ? json_get_text(document, "key") : NULL;
	const time_t seconds = (time_t)(rows->list[index].t_ns / SECOND);
	struct tm time;
	if (gmtime_r(&seconds, &time))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &time);
	const bool valued = reason && strcmp(reason, predicate) != 0; /* else all columns are NULL */
	if (state == PLUGIN_OK)
		plugin_say(state, performance, "%zu row%s of %s%s%s; newest: %s%s", rows->count, rows->count == 1 ? "" : "s",
			   scope_name(options->scope), options->key ? " " : "", options->key ? options->key : "",
			   valued ? "" : "no values for ", valued ? reason : predicate);
	else
		plugin_say(state, performance, "%s%s%s: %s (%zu of %zu rows, %s UTC; %" PRIu32 " key%s)", scope_name(options->scope),
			   key && *key ? " " : "", key ? key : "", reason ? reason : predicate, matches->best_count, rows->count, when,
			   matches->keys, matches->keys == 1 ? "" : "s");
	json_document_free(document);
	free(key);
	free(performance);
	free(reason);
	free(row);
}

static size_t newest_row(const struct rows *rows)
{
	size_t newest = 0;
	for (size_t i = 1; i < rows->count; i++)
		if (rows->list[i].t_ns > rows->list[newest].t_ns)
			newest = i;
	return newest;
}

static int judge_rows(struct predicates *predicates, const struct options *options, const struct rows *rows)
{
	size_t expression = 0;
	const char *const texts[] = {options->crit, options->warn};
	for (size_t i = 0; i < 2; i++) {
		struct matches matches = {.rows = rows, .least = options->rows};
		const enum plugin_state state = i == 0 ? PLUGIN_CRITICAL : PLUGIN_WARNING;
		if (!texts[i])
			continue;
		if (predicates_test(predicates, expression++, take_match, &matches) != STATUS_OK)
			return plugin_say(PLUGIN_UNKNOWN, NULL, "%s: %s", texts[i], predicates_error(predicates));
		end_key(&matches);
		if (matches.keys == 0)
			continue;
		say_row(predicates, options, rows, state, &matches, matches.best_row);
		return (int)state;
	}
	say_row(predicates, options, rows, PLUGIN_OK, NULL, newest_row(rows));
	return PLUGIN_OK;
}

static int add_predicates(struct predicates *predicates, const struct options *options)
{
	char message[MESSAGE_BYTES];
	const char *const texts[] = {options->crit, options->warn};
	for (size_t i = 0; i < 2; i++) {
		if (!texts[i] || predicates_add(predicates, options->scope, texts[i], message, sizeof message) == STATUS_OK)
			continue;
		char *const columns = strchr(message, '\n'); /* all there are: too much for a line in a list of services */
		if (columns)
			*columns = '\0';
		return plugin_say(PLUGIN_UNKNOWN, NULL, "%s %s: %s%s", i ? "--warn" : "--crit", texts[i], message,
				  columns ? "; sqlite3 DB '.schema timeline' lists the columns" : "");
	}
	return PLUGIN_OK;
}

static int check_timeline(const struct options *options)
{
	char path[PATH_BYTES], message[MESSAGE_BYTES], last[UNITS_TEXT_MAX];
	bool ring;
	struct rows rows = {0};
	struct timeline_loaded loaded;
	struct predicates *predicates = predicates_new();
	int result = PLUGIN_UNKNOWN;
	if (!predicates)
		return plugin_say(PLUGIN_UNKNOWN, NULL, "out of memory");
	if (!find_database(options, path, &ring) || add_predicates(predicates, options))
		goto out;
	const int64_t now = ring ? now_ns() : NO_TIME;
	const struct timeline_choice choice = {
		.scope = options->scope, .key = options->key, .last_ns = options->last_ns, .now_ns = now, .row = keep_row, .user = &rows,
	};
	if (predicates_load(predicates, path, &choice, &loaded, message, sizeof message) != STATUS_OK)
		result = plugin_say(PLUGIN_UNKNOWN, NULL, "%s: %s", path, message);
	else if (loaded.newest_ns == NO_TIME)
		result = plugin_say(PLUGIN_UNKNOWN, NULL, "%s: no rows of %s%s%s", path, scope_name(options->scope), options->key ? " " : "",
				    options->key ? options->key : "");
	else if (rows.count == 0 && ring)
		result = plugin_say(PLUGIN_UNKNOWN, NULL, "%s: no rows of %s%s%s in the last %s; the newest ended %.0f s ago", path,
				    scope_name(options->scope), options->key ? " " : "", options->key ? options->key : "",
				    units_print_time(options->last_ns, last), (double)(now - loaded.newest_ns) / 1e9);
	else if (rows.count == 0)
		result = plugin_say(PLUGIN_UNKNOWN, NULL, "%s: no rows of %s%s%s in the last %s of it", path, scope_name(options->scope),
				    options->key ? " " : "", options->key ? options->key : "", units_print_time(options->last_ns, last));
	else
		result = judge_rows(predicates, options, &rows);
out:
	free(rows.list);
	free(rows.key);
	predicates_free(predicates);
	return result;
}

static const char findings_sql[] =
	"SELECT coalesce(sum(severity = 'critical'), 0), coalesce(sum(severity = 'warning'), 0), count(*), "
	"(SELECT code || ': ' || title FROM findings WHERE :code IS NULL OR code = :code "
	"ORDER BY severity = 'critical' DESC, severity = 'warning' DESC, id LIMIT 1) FROM findings WHERE :code IS NULL OR code = :code";

static int say_findings(char *answer)
{
	struct csv csv = csv_start(answer);
	const char *field[4] = {0};
	csv_next_row(&csv); /* the header */
	csv_next_row(&csv);
	for (size_t i = 0; i < 4; i++)
		if (!(field[i] = csv_next_field(&csv)))
			return plugin_say(PLUGIN_UNKNOWN, NULL, "out of memory");
	const unsigned long critical = strtoul(field[0], NULL, 10), warnings = strtoul(field[1], NULL, 10);
	const enum plugin_state state = critical ? PLUGIN_CRITICAL : warnings ? PLUGIN_WARNING : PLUGIN_OK;
	char performance[128];
	snprintf(performance, sizeof performance, "'critical'=%lu;;0;0; 'warning'=%lu;0;;0;", critical, warnings);
	const unsigned long all = strtoul(field[2], NULL, 10);
	return plugin_say(state, performance, "%s%s%lu critical, %lu warning%s, %lu note%s", field[3], *field[3] ? "; " : "", critical, warnings,
			  warnings == 1 ? "" : "s", all - critical - warnings, all - critical - warnings == 1 ? "" : "s");
}

/* A code that is mistyped is never found, which must not look well. */
static bool is_code(struct findings *findings, struct reader *reader, const char *code)
{
	const struct parameter parameter = {"code", code};
	struct answer answer;
	if (findings_find(findings, code))
		return true;
	const bool found = answer_run(&answer, reader, "SELECT 1 FROM findings WHERE code = :code LIMIT 1", &parameter, 1) == STATUS_OK &&
			   answer.rows > 0;
	answer_free(&answer);
	return found;
}

/* Then no findings don't mean that all is well. */
static bool has_no_packets(struct reader *reader)
{
	struct answer answer;
	const bool none = answer_run(&answer, reader, "SELECT coalesce(max(packets), 0) = 0 FROM captures", NULL, 0) == STATUS_OK &&
			  answer_integer(&answer, 0, 0, 0) == 1;
	answer_free(&answer);
	return none;
}

/* Opens the database; findings that nobody looked for are looked for now. */
static enum status open_findings(struct reader *reader, struct findings *findings, const char *path, char message[FINDING_MESSAGE_MAX])
{
	bool found = false;
	enum status status = reader_open(reader, path);
	if (status == STATUS_OK)
		status = findings_target(reader, path, 0, message);
	if (status == STATUS_OK)
		status = reader_has_findings(reader, &found);
	return status == STATUS_OK && !found ? reader_find(reader, findings, 0) : status;
}

static int check_findings(const struct options *options)
{
	const struct parameter code = {"code", options->finding ? options->finding : ""};
	struct reader *reader = reader_new();
	struct findings *findings = findings_new();
	char *answer = NULL, path[PATH_BYTES], message[FINDING_MESSAGE_MAX] = "";
	bool ring;
	int result = PLUGIN_UNKNOWN;
	if (!find_database(options, path, &ring))
		goto out;
	enum status status = reader && findings ? open_findings(reader, findings, path, message) : STATUS_NO_MEMORY;
	if (status == STATUS_OK && options->finding && !is_code(findings, reader, options->finding)) {
		snprintf(message, sizeof message, "--finding %s: no finding has this code: `wiretape findings --list` lists them",
			 options->finding);
		status = STATUS_USAGE;
	}
	if (status == STATUS_OK && has_no_packets(reader)) {
		snprintf(message, sizeof message, "%.400s: there are no packets to judge by", path);
		status = STATUS_USAGE;
	}
	if (status == STATUS_OK)
		status = answer_text(reader, findings_sql, &code, 1, &answer);
	if (status == STATUS_OK)
		result = say_findings(answer);
	else
		plugin_say(PLUGIN_UNKNOWN, NULL, "%s",
			   message[0] ? message : reader && reader_error(reader)[0] ? reader_error(reader) : status_text(status));
out:
	free(answer);
	reader_free(reader);
	findings_free(findings);
	return result;
}

static int run(int argc, char **argv)
{
	struct options options = {.scope = SCOPE_ALL, .last_ns = 60 * SECOND, .rows = 1};
	if (!parse_options(argc, argv, &options))
		return PLUGIN_UNKNOWN;
	if (options.help) {
		fputs(command_check.help, stdout);
		return PLUGIN_OK;
	}
	return options.findings ? check_findings(&options) : check_timeline(&options);
}
