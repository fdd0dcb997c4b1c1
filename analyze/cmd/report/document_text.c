/* A document as plain text of 80 columns, for terminals and mails. */
#include "analyze/cmd/report/document_internal.h"
#include "analyze/cmd/wrap.h"

#include "store/text.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH WRAP_WIDTH
#define GAP 2		  /* between columns */
#define LEAST_COLUMN 16	  /* a column of words is not narrower, */
#define LEAST_WORD 28	  /* nor than its longest word, if that is not longer */
#define SPARK_PLACES 16

static void put_words(FILE *out, const char *text, size_t column, size_t indent)
{
	char *visible = visible_text(text, true);
	put_wrapped(out, visible ? visible : "", column, indent);
	free(visible);
}

static void put_labelled(FILE *out, const char *label, const char *text, size_t indent)
{
	if (!text)
		return;
	fprintf(out, "%*s%s", (int)indent, "", label);
	put_words(out, text, indent + strlen(label), indent);
}

/* In a line of its own, never cut and never wrapped: it is to be copied. */
static void put_whole(FILE *out, const char *text, size_t indent)
{
	char *visible = text ? visible_text(text, false) : NULL;
	if (visible)
		fprintf(out, "%*s%s\n", (int)indent, "", visible);
	free(visible);
}

static void put_paragraph(FILE *out, const char *text)
{
	if (!text)
		return;
	put_words(out, text, 0, 0);
	putc('\n', out);
}

/* Underlined as its level is. */
static void put_title(struct document *document, unsigned level, const char *title, const char *severity)
{
	char *visible = visible_text(title, true), *mark = severity ? visible_text(severity, true) : NULL;
	size_t width = (visible ? text_columns(visible) : 0) + (mark ? text_columns(mark) + 3 : 0);
	fprintf(document->out, "%s%s%s%s\n", visible ? visible : "", mark ? " [" : "", mark ? mark : "", mark ? "]" : "");
	for (width = width < WIDTH ? width : WIDTH; width > 0; width--)
		document_put_level(document, level);
	fputs("\n\n", document->out);
	free(visible);
	free(mark);
}

static void text_begin(struct document *document, const char *title, const char *subtitle)
{
	put_title(document, 1, title ? title : "Report", NULL);
	put_paragraph(document->out, subtitle);
}

static void nothing(struct document *document)
{
	(void)document;
}

static void text_section(struct document *document, const struct document_section *section)
{
	const unsigned level = document->sections + 1;
	if (!document_push(document, PLACE_SECTION))
		return;
	if (section->title)
		put_title(document, level, section->title, section->severity);
	if (!section->folded) /* otherwise it is the verdict in short, which follows */
		put_paragraph(document->out, section->remark);
}

static void text_list(struct document *document, const char *key)
{
	(void)key;
	document_push(document, PLACE_LIST);
}

static void text_verdict(struct document *document, const char *severity, const char *text)
{
	char *mark = severity ? visible_text(severity, true) : NULL;
	if (text) {
		fprintf(document->out, "%s%s", mark ? mark : "", mark ? ": " : "");
		put_words(document->out, text, mark ? text_columns(mark) + 2 : 0, 0);
		putc('\n', document->out);
	}
	free(mark);
}

static void text_paragraph(struct document *document, const char *key, const char *text)
{
	(void)key;
	put_paragraph(document->out, text);
}

static void text_command(struct document *document, const char *key, const char *text, const char *command)
{
	(void)key;
	put_words(document->out, text, 0, 0);
	put_whole(document->out, command, 2);
	putc('\n', document->out);
}

static void text_warning(struct document *document, const char *key, const char *text)
{
	(void)key;
	put_labelled(document->out, "Mind: ", text, 0);
	fputs(text ? "\n" : "", document->out);
}

/* What a cell shows; free it. NULL when out of memory. */
static char *cell_text(struct document *document, enum document_kind kind, const char *text)
{
	char *shown = NULL;
	size_t bytes = 0;
	if (kind != DOCUMENT_SPARKLINE || !text) {
		shown = visible_text(text ? text : "", false);
	} else {
		FILE *out = open_memstream(&shown, &bytes);
		if (out) {
			spark_blocks(out, text, SPARK_PLACES);
			fclose(out);
		}
	}
	document->failed |= !shown;
	return shown;
}

/* A fact that leaves room for another one in its line waits for that one. */
static void put_fact(FILE *out, const char *heading, const char *value, size_t widest, size_t *used)
{
	const size_t width = text_columns(heading), column = width > widest ? width : widest;
	const bool is_short = column + GAP + text_columns(value) <= WIDTH / 2 - GAP, second = *used > 0 && is_short;
	if (second)
		fprintf(out, "%*s", (int)(WIDTH / 2 - *used), "");
	else if (*used > 0)
		putc('\n', out);
	fprintf(out, "%s%*s", heading, (int)(column - width + GAP), "");
	*used = 0;
	if (!is_short)
		put_words(out, value, column + GAP, widest + GAP);
	else
		fprintf(out, "%s%s", value, second ? "\n" : "");
	if (is_short && !second)
		*used = column + GAP + text_columns(value);
}

static void text_facts(struct document *document, const char *key, const struct document_column *names, const struct document_cell *values,
		       size_t count)
{
	(void)key;
	size_t widest = 0, used = 0;
	for (size_t i = 0; i < count; i++)
		if (values[i].text && names[i].heading && text_columns(names[i].heading) > widest)
			widest = text_columns(names[i].heading);
	widest = widest < WIDTH / 2 ? widest : WIDTH / 2;
	for (size_t i = 0; i < count; i++) {
		char *heading = values[i].text && names[i].heading ? visible_text(names[i].heading, true) : NULL;
		char *value = heading ? cell_text(document, names[i].kind, values[i].text) : NULL;
		if (value)
			put_fact(document->out, heading, value, widest, &used);
		free(heading);
		free(value);
	}
	fputs(used > 0 ? "\n\n" : "\n", document->out);
}

static void text_table(struct document *document, const char *key, const char *title)
{
	(void)key, (void)title;
	document_push(document, PLACE_TABLE);
}

/* Widths are known when all rows are: they wait. */
static void text_row(struct document *document, const struct document_cell *cells)
{
	const size_t columns = document->column_count, used = document->rows * columns;
	if (used + columns > document->cell_space) {
		const size_t space = 2 * (used + columns);
		char **grown = realloc(document->cells, space * sizeof *grown);
		if (!grown) {
			document->failed = true;
			document->rows--; /* it is not there */
			return;
		}
		document->cells = grown;
		document->cell_space = space;
	}
	for (size_t i = 0; i < columns; i++)
		document->cells[used + i] = cell_text(document, document->columns[i].kind, cells[i].text);
}

static const char *cell_at(const struct document *document, uint64_t row, size_t column)
{
	const char *text = document->cells[row * document->column_count + column];
	return text ? text : "";
}

static const char *heading_of(const struct document *document, size_t column)
{
	return document->columns[column].heading ? document->columns[column].heading : "";
}

static bool may_be_wrapped(const struct document *document, size_t column)
{
	return document->columns[column].kind == DOCUMENT_WORDS;
}

static size_t longest_word(const char *text)
{
	size_t longest = 0;
	for (size_t length; *(text += strspn(text, " ")); text += length) {
		length = strcspn(text, " ");
		longest = length > longest ? length : longest;
	}
	return longest < LEAST_WORD ? longest : LEAST_WORD;
}

/* The widths of all columns, those of words and of long headings so narrow that lines fit, and how narrow each may be. False:
 * they don't fit. */
static bool fit(const struct document *document, size_t *widths, size_t *leasts)
{
	size_t total = 0, widest = 0;
	for (size_t i = 0; i < document->column_count; i++) {
		widths[i] = text_columns(heading_of(document, i));
		leasts[i] = may_be_wrapped(document, i) ? LEAST_COLUMN : longest_word(heading_of(document, i));
		for (uint64_t row = 0; row < document->rows; row++) {
			const size_t width = text_columns(cell_at(document, row, i));
			const size_t word = may_be_wrapped(document, i) ? longest_word(cell_at(document, row, i)) : width;
			widths[i] = width > widths[i] ? width : widths[i];
			leasts[i] = word > leasts[i] ? word : leasts[i];
		}
		total += widths[i] + (i ? GAP : 0);
	}
	while (total > WIDTH) {
		widest = document->column_count;
		for (size_t i = 0; i < document->column_count; i++)
			if (widths[i] > leasts[i] && (widest == document->column_count || widths[i] > widths[widest]))
				widest = i;
		if (widest == document->column_count)
			return false;
		const size_t excess = total - WIDTH, spare = widths[widest] - leasts[widest];
		/* Half of what is left over at a time, so that several wide columns share it. */
		const size_t less = excess < spare ? (excess + 1) / 2 : (spare + 1) / 2;
		widths[widest] -= less;
		total -= less;
	}
	return true;
}

/* How many bytes of `text` stand in a line of `width` columns: whole words, unless the first one is too long. */
static size_t line_bytes(const char *text, size_t width)
{
	size_t bytes = 0, columns = 0, words = 0;
	while (text[bytes]) {
		char character[8];
		size_t length = 1;
		while (length < sizeof character - 1 && ((unsigned char)text[bytes + length] & 0xc0) == 0x80)
			length++;
		memcpy(character, text + bytes, length);
		character[length] = '\0';
		columns += text_columns(character);
		if (text[bytes] == ' ')
			words = bytes;
		if (columns > width)
			return words ? words : bytes ? bytes : length;
		bytes += length;
	}
	return bytes;
}

/* A row in as many lines as its longest cell needs. `rest` has room for what is left of each cell. */
static void put_row(const struct document *document, const size_t *widths,
		    const char *(*cell)(const struct document *, size_t, uint64_t), uint64_t row, const char **rest)
{
	bool more = true;
	for (size_t i = 0; i < document->column_count; i++)
		rest[i] = cell(document, i, row);
	while (more) {
		size_t pending = 0; /* blanks, which no line ends with */
		more = false;
		for (size_t i = 0; i < document->column_count; i++) {
			const size_t bytes = line_bytes(rest[i], widths[i]);
			char *text = strndup(rest[i], bytes);
			const size_t columns = text ? text_columns(text) : 0, spare = columns < widths[i] ? widths[i] - columns : 0;
			const bool right = document->columns[i].kind == DOCUMENT_NUMBER;
			if (columns > 0)
				fprintf(document->out, "%*s%s", (int)(pending + (right ? spare : 0)), "", text);
			pending = columns > 0 ? right ? GAP : spare + GAP : pending + widths[i] + GAP;
			rest[i] += bytes;
			rest[i] += strspn(rest[i], " ");
			more = more || *rest[i];
			free(text);
		}
		putc('\n', document->out);
	}
}

static const char *heading_cell(const struct document *document, size_t column, uint64_t row)
{
	(void)row;
	return heading_of(document, column);
}

static const char *row_cell(const struct document *document, size_t column, uint64_t row)
{
	return cell_at(document, row, column);
}

/* Too wide for a table: a row is a paragraph of names and values, each of them in one line where it fits. */
static void put_record(struct document *document, uint64_t row)
{
	FILE *out = document->out;
	size_t used = 0; /* of the line */
	const char *before = "";
	for (size_t i = 0; i < document->column_count; i++) {
		char *item = NULL;
		if (!cell_at(document, row, i)[0])
			continue;
		if (asprintf(&item, "%s: %s", heading_of(document, i), cell_at(document, row, i)) < 0) {
			document->failed = true;
			return;
		}
		const size_t width = text_columns(item) + 1; /* with what follows it */
		if (used > 0 && used + GAP + width > WIDTH)
			used = (size_t)fprintf(out, ";\n  ") - 2;
		else
			used += (size_t)fprintf(out, "%s", before);
		if (used + width <= WIDTH) {
			fputs(item, out);
			used += width - 1;
			before = "; ";
		} else {
			put_words(out, item, used, 2 * GAP);
			used = 0;
			before = "  ";
		}
		free(item);
	}
	fputs(used > 0 ? "\n" : "", out);
}

static void text_table_end(struct document *document)
{
	const size_t columns = document->column_count ? document->column_count : 1;
	size_t *widths = calloc(2 * columns, sizeof *widths);
	const char **rest = calloc(columns, sizeof *rest);
	document->failed |= !widths || !rest;
	if (document->table_title)
		put_words(document->out, document->table_title, 0, 0);
	if (widths && rest && document->rows && fit(document, widths, widths + columns)) {
		put_row(document, widths, heading_cell, 0, rest);
		for (uint64_t row = 0; row < document->rows; row++)
			put_row(document, widths, row_cell, row, rest);
	} else if (widths && document->rows) {
		for (uint64_t row = 0; row < document->rows; row++)
			put_record(document, row);
	}
	putc('\n', document->out);
	free(rest);
	free(widths);
}

static void text_findings(struct document *document, const char *key)
{
	(void)key;
	document_push(document, PLACE_FINDINGS);
}

static void text_finding(struct document *document, const struct document_finding *finding)
{
	FILE *out = document->out;
	char *severity = visible_text(finding->severity ? finding->severity : "", true);
	char *heading = NULL;
	if (asprintf(&heading, "%s%s%s%s", finding->title ? finding->title : "", finding->code ? " (" : "",
		     finding->code ? finding->code : "", finding->code ? ")" : "") < 0)
		heading = NULL;
	fprintf(out, "%-8s  ", severity ? severity : "");
	put_words(out, heading ? heading : "", 10, 10);
	for (size_t i = 0; i < finding->evidence_count; i++) {
		const struct document_evidence *evidence = &finding->evidence[i];
		if (evidence->detail) {
			fputs("  - ", out);
			put_words(out, evidence->detail, 4, 4);
		}
		put_labelled(out, "", evidence->where, 4);
		put_whole(out, evidence->filter, 4);
	}
	if (finding->evidence_more)
		fprintf(out, "  - and %zu more\n", finding->evidence_more);
	put_labelled(out, "That comes of: ", finding->explained_by, 2);
	put_labelled(out, "", finding->explanation, 2);
	put_labelled(out, "Next: ", finding->advice, 2);
	putc('\n', out);
	free(severity);
	free(heading);
}

static void text_chart(struct document *document, const char *title, const char *about, const char *svg, size_t bytes)
{
	(void)document, (void)title, (void)about, (void)svg, (void)bytes;
}

const struct document_writer document_text = {
	.begin = text_begin,
	.end = nothing,
	.section = text_section,
	.section_end = nothing,
	.list = text_list,
	.list_end = nothing,
	.verdict = text_verdict,
	.paragraph = text_paragraph,
	.command = text_command,
	.warning = text_warning,
	.facts = text_facts,
	.table = text_table,
	.row = text_row,
	.table_end = text_table_end,
	.findings = text_findings,
	.finding = text_finding,
	.findings_end = nothing,
	.chart = text_chart,
};
