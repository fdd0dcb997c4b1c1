#include "store/finding_rows.h"

#include "store/findings_run.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECTS_MAX (1u << 20)

enum column { SUBJECT, VALUE, DETAIL, THRESHOLD, UNIT, FLOW_ID, T_NS, FRAME, ADDRESS, FILTER, SEVERITY, COLUMNS };

static const char *const names[COLUMNS] = {
	"subject", "value", "detail", "threshold", "unit", "flow_id", "t_ns", "frame", "address", "filter", "severity",
};

struct finding_query {
	struct findings *findings;
	const struct finding_file *file;
	sqlite3_stmt *statement;
	int column[COLUMNS]; /* -1: the query does not have it */
};

uint64_t address_hash(const char *address)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	if (!strcmp(address, "*"))
		return ADDRESS_ALL;
	for (; *address; address++)
		hash = (hash ^ (unsigned char)*address) * UINT64_C(0x100000001b3);
	return hash > ADDRESS_ALL ? hash : hash + 2;
}

static bool knows_columns(struct finding_query *query)
{
	for (int i = 0; i < COLUMNS; i++)
		query->column[i] = -1;
	for (int i = 0; i < sqlite3_column_count(query->statement); i++) {
		const char *name = sqlite3_column_name(query->statement, i);
		int known = 0;
		while (known < COLUMNS && name && strcmp(name, names[known]))
			known++;
		if (!name || known == COLUMNS || query->column[known] >= 0) {
			findings_add_problem(query->findings, query->file, "its column %s is none that a finding has, or is there twice",
					     name ? name : "?");
			return false;
		}
		query->column[known] = i;
	}
	for (int i = SUBJECT; i <= DETAIL; i++)
		if (query->column[i] < 0) {
			findings_add_problem(query->findings, query->file, "it has no column %s", names[i]);
			return false;
		}
	return true;
}

static bool binds(struct finding_query *query)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(query->statement); i++) {
		const char *name = sqlite3_bind_parameter_name(query->statement, i);
		if (name && !strcmp(name, ":capture"))
			continue;
		if (!name || name[0] != ':' || !finding_file_threshold(query->file, name + 1)) {
			findings_add_problem(query->findings, query->file, "its parameter %s is neither :capture nor a threshold of its header",
					     name ? name : "?");
			return false;
		}
		sqlite3_bind_double(query->statement, i, findings_threshold_value(query->findings, name + 1));
	}
	return true;
}

/* Nothing but blanks and comments is left. */
static bool is_over(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\r\n;");
		if (!*at)
			return true;
		if (strncmp(at, "--", 2))
			return false;
		at += strcspn(at, "\n");
	}
}

struct finding_query *finding_query_new(struct findings *findings, const struct finding_file *file, sqlite3 *db)
{
	struct finding_query *query = calloc(1, sizeof(*query));
	const char *rest = "";
	if (!query)
		return NULL;
	query->findings = findings;
	query->file = file;
	bool good = false;
	if (sqlite3_prepare_v3(db, file->sql, -1, SQLITE_PREPARE_PERSISTENT, &query->statement, &rest) != SQLITE_OK)
		findings_add_problem(findings, file, "%s", sqlite3_errmsg(db));
	else if (!query->statement || !is_over(rest) || !sqlite3_stmt_readonly(query->statement))
		findings_add_problem(findings, file, "it must be one SELECT");
	else
		good = knows_columns(query) && binds(query);
	if (good)
		return query;
	finding_query_free(query);
	return NULL;
}

void finding_query_free(struct finding_query *query)
{
	if (!query)
		return;
	sqlite3_finalize(query->statement);
	free(query);
}

static bool is_null(const struct finding_query *query, enum column column)
{
	return query->column[column] < 0 || sqlite3_column_type(query->statement, query->column[column]) == SQLITE_NULL;
}

/* Borrowed; NULL: not given. */
static const char *text_at(const struct finding_query *query, enum column column)
{
	return is_null(query, column) ? NULL : (const char *)sqlite3_column_text(query->statement, query->column[column]);
}

static int64_t integer_at(const struct finding_query *query, enum column column)
{
	return is_null(query, column) ? ROW_NOTHING : sqlite3_column_int64(query->statement, query->column[column]);
}

/* A copy; `*failed` if there is no memory for it. */
static char *copy_at(const struct finding_query *query, enum column column, bool *failed)
{
	const char *text = text_at(query, column);
	char *copy = text ? strdup(text) : NULL;
	*failed |= text && !copy;
	return copy;
}

static bool keep_row(const struct finding_query *query, struct finding_rows *rows, enum finding_severity severity)
{
	const struct finding_threshold *first = query->file->threshold_count ? &query->file->thresholds[0] : NULL;
	bool failed = false;
	struct evidence row = {
		.subject = copy_at(query, SUBJECT, &failed),
		.detail = copy_at(query, DETAIL, &failed),
		.unit = copy_at(query, UNIT, &failed),
		.filter = copy_at(query, FILTER, &failed),
		.address = copy_at(query, ADDRESS, &failed),
		.value = sqlite3_column_double(query->statement, query->column[VALUE]),
		.has_threshold = true,
		.flow_id = integer_at(query, FLOW_ID),
		.t_ns = integer_at(query, T_NS),
		.frame = integer_at(query, FRAME),
		.severity = severity,
	};
	if (!is_null(query, THRESHOLD))
		row.threshold = sqlite3_column_double(query->statement, query->column[THRESHOLD]);
	else if (first)
		row.threshold = findings_threshold_value(query->findings, first->name);
	else
		row.has_threshold = false;
	if (!row.unit && first) {
		row.unit = strdup(first->unit);
		failed |= !row.unit;
	}
	rows->list[rows->kept++] = row;
	return !failed;
}

static bool keep_subject(const struct finding_query *query, struct finding_rows *rows)
{
	const char *address = text_at(query, ADDRESS);
	if (rows->subject_count == rows->subject_room) {
		size_t room = rows->subject_room ? 2 * rows->subject_room : 128;
		struct subject *larger = realloc(rows->subjects, room * sizeof(*larger));
		if (!larger)
			return false;
		rows->subjects = larger;
		rows->subject_room = room;
	}
	rows->subjects[rows->subject_count++] = (struct subject){
		.flow_id = integer_at(query, FLOW_ID),
		.address = address ? address_hash(address) : ADDRESS_NONE,
	};
	return true;
}

/* False: the row lacks what it must have. */
static bool take_row(const struct finding_query *query, struct finding_rows *rows, bool *failed)
{
	enum finding_severity severity = query->file->severity;
	const char *said = text_at(query, SEVERITY);
	if (is_null(query, SUBJECT) || is_null(query, VALUE) || is_null(query, DETAIL) ||
	    (said && !finding_severity_parse(said, &severity)))
		return false;
	if (!rows->count || severity < rows->severity)
		rows->severity = severity;
	rows->count++;
	if (rows->kept < FINDING_EVIDENCE_MAX)
		*failed |= !keep_row(query, rows, severity);
	if (rows->subject_count < SUBJECTS_MAX)
		*failed |= !keep_subject(query, rows);
	return true;
}

int finding_query_run(struct finding_query *query, int64_t capture_id, struct finding_rows *rows, uint64_t *bad_rows)
{
	bool failed = false;
	int code = SQLITE_ROW;
	int parameter = sqlite3_bind_parameter_index(query->statement, ":capture");
	rows->file = query->file;
	rows->list = calloc(FINDING_EVIDENCE_MAX, sizeof(*rows->list));
	if (!rows->list)
		return SQLITE_NOMEM;
	sqlite3_reset(query->statement);
	if (parameter)
		sqlite3_bind_int64(query->statement, parameter, capture_id);
	while (!failed && (code = sqlite3_step(query->statement)) == SQLITE_ROW)
		*bad_rows += !take_row(query, rows, &failed);
	if (failed)
		code = SQLITE_NOMEM;
	sqlite3_reset(query->statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

void finding_rows_clear(struct finding_rows *rows)
{
	for (size_t i = 0; i < rows->kept; i++) {
		free(rows->list[i].subject);
		free(rows->list[i].detail);
		free(rows->list[i].unit);
		free(rows->list[i].filter);
		free(rows->list[i].address);
	}
	free(rows->list);
	free(rows->subjects);
	*rows = (struct finding_rows){ 0 };
}
