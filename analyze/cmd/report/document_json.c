/* A document as JSON: each piece is written at once. */
#include "analyze/cmd/report/document_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct document_open *last(struct document *document)
{
	return &document->open[document->depth];
}

/* Is the value that comes next an array's? */
static bool in_array(const struct document *document)
{
	return document->depth > 0 && document->open[document->depth].place != PLACE_SECTION;
}

static bool is_used(const struct document_open *open, const char *key)
{
	for (size_t i = 0; i < open->key_count; i++)
		if (!strcmp(open->keys[i], key))
			return true;
	return false;
}

/* An object has each key once: the second `warning` becomes `warning_2`. Free it. */
static char *unique_key(struct document *document, const char *key)
{
	struct document_open *open = last(document);
	const size_t room = strlen(key) + 24;
	char *unique = malloc(room);
	char **keys = realloc(open->keys, (open->key_count + 1) * sizeof *keys);
	if (keys)
		open->keys = keys;
	if (!unique || !keys)
		goto fail;
	snprintf(unique, room, "%s", key);
	for (unsigned i = 2; is_used(open, unique); i++)
		snprintf(unique, room, "%s_%u", key, i);
	keys[open->key_count] = strdup(unique);
	if (!keys[open->key_count])
		goto fail;
	open->key_count++;
	return unique;
fail:
	document->failed = true;
	free(unique);
	return NULL;
}

static void indent(const struct document *document)
{
	fprintf(document->out, "\n%*s", (int)document->depth + document->whole, "");
}

/* What comes before a value in what is open. False: an object has no use for it. */
static bool start(struct document *document, const char *key)
{
	const bool array = in_array(document);
	if (!array && !key)
		return false;
	char *unique = array ? NULL : unique_key(document, key);
	if (!array && !unique)
		return false;
	if (last(document)->filled)
		putc(',', document->out);
	/* What document_include puts the first piece of a fragment behind. */
	if (last(document)->filled || document->depth > 0 || document->whole)
		indent(document);
	last(document)->filled = true;
	const bool outermost = !document->whole && document->depth == 0;
	if (outermost)
		putc(MARKER_KEY, document->out);
	if (unique) {
		json_string(document->out, unique);
		fputs(": ", document->out);
	}
	if (outermost)
		putc(MARKER_KEY, document->out);
	free(unique);
	return true;
}

static void text_or_null(FILE *out, const char *text)
{
	if (text)
		json_string(out, text);
	else
		fputs("null", out);
}

/* A member of a small object that is written in one go. */
static void member(FILE *out, const char *between, const char *key, const char *text)
{
	fprintf(out, "%s\"%s\": ", between, key);
	text_or_null(out, text);
}

/* RFC 8259, 6. */
static bool is_number(const char *text)
{
	text += *text == '-';
	const size_t digits = strspn(text, "0123456789");
	if (!digits || (digits > 1 && text[0] == '0'))
		return false;
	text += digits;
	if (*text == '.') {
		const size_t fraction = strspn(++text, "0123456789");
		if (!fraction)
			return false;
		text += fraction;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		const size_t exponent = strspn(text, "0123456789");
		if (!exponent || exponent > 3)
			return false;
		text += exponent;
	}
	return !*text;
}

static void spark_array(FILE *out, const char *text)
{
	struct spark spark = {text};
	double value;
	bool known, first = true;
	putc('[', out);
	while (spark_next(&spark, &value, &known)) {
		fputs(first ? "" : ", ", out);
		if (known)
			fprintf(out, "%.12g", value);
		else
			fputs("null", out);
		first = false;
	}
	putc(']', out);
}

static void value_of(FILE *out, enum document_kind kind, const char *text)
{
	const bool number = text && kind == DOCUMENT_NUMBER;
	if (!text || (number && (!text[0] || !isfinite(strtod(text, NULL)))))
		fputs("null", out);
	else if (kind == DOCUMENT_SPARKLINE)
		spark_array(out, text);
	else if (number && is_number(text))
		fputs(text, out);
	else
		json_string(out, text);
}

/* One object in one line. */
static void object(struct document *document, const struct document_column *columns, const struct document_cell *cells, size_t count)
{
	const char *between = "{";
	for (size_t i = 0; i < count; i++) {
		if (!columns[i].key)
			continue;
		fputs(between, document->out);
		json_string(document->out, columns[i].key);
		fputs(": ", document->out);
		value_of(document->out, columns[i].kind, cells[i].text);
		between = ", ";
	}
	fputs(between[0] == '{' ? "{}" : "}", document->out);
}

static void json_begin(struct document *document, const char *title, const char *subtitle)
{
	putc('{', document->out);
	start(document, "title");
	text_or_null(document->out, title);
	start(document, "subtitle");
	text_or_null(document->out, subtitle);
}

static void json_end(struct document *document)
{
	fputs("\n}\n", document->out);
}

/* What is deeper than anything we write is left out, and the document has failed. */
static bool open_value(struct document *document, enum document_place place, char bracket)
{
	const bool open = document_push(document, place);
	if (open)
		putc(bracket, document->out);
	else
		fputs("null", document->out);
	return open;
}

static void json_section(struct document *document, const struct document_section *section)
{
	start(document, section->key ? section->key : "section");
	if (!open_value(document, PLACE_SECTION, '{'))
		return;
	const struct { const char *key, *text; } members[] = {
		{"title", section->title}, {"severity", section->severity}, {"remark", section->remark},
	};
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (members[i].text && start(document, members[i].key))
			json_string(document->out, members[i].text);
}

static void close_with(struct document *document, char bracket)
{
	if (last(document)->filled) {
		document->depth--;
		indent(document);
		document->depth++;
	}
	putc(bracket, document->out);
}

static void json_section_end(struct document *document)
{
	close_with(document, '}');
}

static void open_array(struct document *document, const char *key, enum document_place place)
{
	start(document, key ? key : "list");
	open_value(document, place, '[');
}

static void json_list(struct document *document, const char *key)
{
	open_array(document, key, PLACE_LIST);
}

static void close_array(struct document *document)
{
	close_with(document, ']');
}

static void json_verdict(struct document *document, const char *severity, const char *text)
{
	if (!text || !start(document, "verdict"))
		return;
	member(document->out, "{", "severity", severity);
	member(document->out, ", ", "text", text);
	putc('}', document->out);
}

static void json_paragraph(struct document *document, const char *key, const char *text)
{
	if (start(document, key))
		text_or_null(document->out, text);
}

static void json_command(struct document *document, const char *key, const char *text, const char *command)
{
	char *both = NULL;
	if (asprintf(&both, "%s %s", text, command) < 0)
		both = NULL;
	json_paragraph(document, key, both);
	document->failed |= !both;
	free(both);
}

static void json_warning(struct document *document, const char *key, const char *text)
{
	if (text && start(document, key ? key : "warning"))
		json_string(document->out, text);
}

static void json_facts(struct document *document, const char *key, const struct document_column *names, const struct document_cell *values,
		       size_t count)
{
	if (start(document, key))
		object(document, names, values, count);
}

static void json_table(struct document *document, const char *key, const char *title)
{
	(void)title;
	open_array(document, key ? key : "table", PLACE_TABLE);
}

static void json_row(struct document *document, const struct document_cell *cells)
{
	start(document, NULL);
	object(document, document->columns, cells, document->column_count);
}

static void json_findings(struct document *document, const char *key)
{
	open_array(document, key ? key : "findings", PLACE_FINDINGS);
}

static void json_finding(struct document *document, const struct document_finding *finding)
{
	FILE *out = document->out;
	start(document, NULL);
	member(out, "{", "severity", finding->severity);
	member(out, ", ", "code", finding->code);
	member(out, ", ", "layer", finding->layer);
	member(out, ", ", "title", finding->title);
	member(out, ", ", "explanation", finding->explanation);
	member(out, ", ", "advice", finding->advice);
	member(out, ", ", "explained_by", finding->explained_by);
	fputs(", \"evidence\": [", out);
	for (size_t i = 0; i < finding->evidence_count; i++) {
		const struct document_evidence *evidence = &finding->evidence[i];
		member(out, i ? ", {" : "{", "detail", evidence->detail);
		member(out, ", ", "where", evidence->where);
		member(out, ", ", "filter", evidence->filter);
		putc('}', out);
	}
	fprintf(out, "], \"evidence_more\": %zu}", finding->evidence_more);
}

static void json_chart(struct document *document, const char *title, const char *about, const char *svg, size_t bytes)
{
	(void)document, (void)title, (void)about, (void)svg, (void)bytes;
}

const struct document_writer document_json = {
	.begin = json_begin,
	.end = json_end,
	.section = json_section,
	.section_end = json_section_end,
	.list = json_list,
	.list_end = close_array,
	.verdict = json_verdict,
	.paragraph = json_paragraph,
	.command = json_command,
	.warning = json_warning,
	.facts = json_facts,
	.table = json_table,
	.row = json_row,
	.table_end = close_array,
	.findings = json_findings,
	.finding = json_finding,
	.findings_end = close_array,
	.chart = json_chart,
};
