/* A document as Markdown of GitHub's dialect (https://github.github.com/gfm/), for tickets. */
#include "analyze/cmd/report/document_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SPARK_PLACES 24

/* "12. " and "12) " at the start of a line make a list. Returns how many digits that are, 0 if there is no such thing. */
static size_t list_number(const char *text)
{
	const size_t digits = strspn(text, "0123456789");
	const char *end = text + digits;
	return digits && (*end == '.' || *end == ')') && (!end[1] || end[1] == ' ') ? digits : 0;
}

/* Characters whose meaning a backslash takes away. Addresses stay legible: a dot or a colon is one only where it could make a link. */
static bool needs_backslash(const char *text, size_t i)
{
	switch (text[i]) {
	case ':':
		return !strncmp(text + i, "://", 3);
	case '.':
		return i >= 3 && !strncasecmp(text + i - 3, "www", 3);
	case '-':
	case '+':
	case '=':
		return i == 0;
	case '#':
		return i == 0 || isdigit((unsigned char)text[i + 1]);
	default:
		return strchr("\\`*_{}[]<>&|~$!^", text[i]) != NULL;
	}
}

/* A text that stays one. An empty comment parts what GitHub makes links of even where a backslash stands: @name, #1. */
static void put_words(FILE *out, const char *text, bool prose)
{
	char *visible = visible_text(text, prose);
	if (!visible)
		return;
	/* Four blanks at the start of a line make it code. */
	const char *at = visible + strspn(visible, " ");
	fputs(at > visible ? " " : "", out);
	const size_t number = list_number(at);
	for (size_t i = 0; at[i]; i++) {
		if (needs_backslash(at, i) || (number && i == number))
			putc('\\', out);
		putc(at[i], out);
		if (at[i] == '@' || (at[i] == '#' && isdigit((unsigned char)at[i + 1])))
			fputs("<!-- -->", out);
	}
	free(visible);
}

static size_t longest_run(const char *text, char c)
{
	size_t longest = 0, run = 0;
	for (; *text; text++) {
		run = *text == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* Between as many backticks as the text has not. In a table a bar ends the cell even there. */
static void put_code(FILE *out, const char *text, bool in_table)
{
	char *visible = visible_text(text, false);
	if (!visible || !visible[0]) {
		free(visible);
		return;
	}
	const size_t length = strlen(visible), fence = longest_run(visible, '`') + 1;
	const char *pad = visible[0] == '`' || visible[length - 1] == '`' || visible[0] == ' ' ? " " : "";
	for (size_t i = 0; i < fence; i++)
		putc('`', out);
	fputs(pad, out);
	for (size_t i = 0; i < length; i++) {
		if (in_table && visible[i] == '|')
			putc('\\', out);
		putc(visible[i], out);
	}
	fputs(pad, out);
	for (size_t i = 0; i < fence; i++)
		putc('`', out);
	free(visible);
}

/* Advice names commands between backticks. */
static void put_advice(FILE *out, const char *label, const char *text)
{
	if (!text)
		return;
	fputs(label, out);
	for (const char *open, *close; (open = strchr(text, '`')) && (close = strchr(open + 1, '`')); text = close + 1) {
		char *before = strndup(text, (size_t)(open - text)), *code = strndup(open + 1, (size_t)(close - open - 1));
		if (before && code) {
			put_words(out, before, true);
			put_code(out, code, false);
		}
		free(before);
		free(code);
	}
	put_words(out, text, true);
	fputs("\n\n", out);
}

static void put_strong(FILE *out, const char *text)
{
	fputs("**", out);
	put_words(out, text, true);
	fputs("**", out);
}

static void put_cell(FILE *out, enum document_kind kind, const struct document_cell *cell, bool in_table)
{
	const char *text = cell->text;
	const bool link = text && text[0] && link_is_safe(cell->link);
	if (!text || !text[0])
		return;
	fputs(link ? "[" : "", out);
	switch (kind) {
	case DOCUMENT_CODE:
		put_code(out, text, in_table);
		break;
	case DOCUMENT_SPARKLINE:
		spark_blocks(out, text, SPARK_PLACES);
		break;
	case DOCUMENT_SEVERITY:
		put_strong(out, text);
		break;
	case DOCUMENT_WORDS:
	case DOCUMENT_NUMBER:
		put_words(out, text, false);
	}
	if (!link)
		return;
	fputs("](", out);
	link_text(out, cell->link);
	putc(')', out);
}

static void put_line(FILE *out, const char *text)
{
	if (!text)
		return;
	put_words(out, text, true);
	fputs("\n\n", out);
}

static void nothing(struct document *document)
{
	(void)document;
}

static void markdown_begin(struct document *document, const char *title, const char *subtitle)
{
	fputs("# ", document->out);
	put_line(document->out, title ? title : "Report");
	put_line(document->out, subtitle);
}

static void markdown_section(struct document *document, const struct document_section *section)
{
	const unsigned level = document->sections + 1;
	if (!document_push(document, PLACE_SECTION))
		return;
	if (section->id)
		fprintf(document->out, "<a id=\"%s\"></a>\n\n", section->id);
	if (section->title) {
		document_put_level(document, level);
		putc(' ', document->out);
		put_words(document->out, section->title, true);
		if (section->severity) {
			fputs(" (", document->out);
			put_words(document->out, section->severity, true);
			putc(')', document->out);
		}
		fputs("\n\n", document->out);
	}
	put_line(document->out, section->remark);
}

static void markdown_list(struct document *document, const char *key)
{
	(void)key;
	document_push(document, PLACE_LIST);
}

static void markdown_verdict(struct document *document, const char *severity, const char *text)
{
	if (!text)
		return;
	if (severity) {
		put_strong(document->out, severity);
		fputs(": ", document->out);
	}
	put_line(document->out, text);
}

static void markdown_paragraph(struct document *document, const char *key, const char *text)
{
	(void)key;
	put_line(document->out, text);
}

static void markdown_command(struct document *document, const char *key, const char *text, const char *command)
{
	(void)key;
	put_words(document->out, text, true);
	putc(' ', document->out);
	put_code(document->out, command, false);
	fputs("\n\n", document->out);
}

static void markdown_warning(struct document *document, const char *key, const char *text)
{
	(void)key;
	if (!text)
		return;
	fputs("> **Mind:** ", document->out);
	put_line(document->out, text);
}

static void markdown_facts(struct document *document, const char *key, const struct document_column *names,
			   const struct document_cell *values, size_t count)
{
	(void)key;
	for (size_t i = 0; i < count; i++) {
		if (!values[i].text || !names[i].heading)
			continue;
		fputs("- ", document->out);
		put_words(document->out, names[i].heading, true);
		fputs(": ", document->out);
		put_cell(document->out, names[i].kind, &values[i], false);
		putc('\n', document->out);
	}
	putc('\n', document->out);
}

static void markdown_table(struct document *document, const char *key, const char *title)
{
	(void)key;
	if (!document_push(document, PLACE_TABLE))
		return;
	if (title) {
		put_strong(document->out, title);
		fputs("\n\n", document->out);
	}
	for (size_t i = 0; i < document->column_count; i++) {
		fputs("| ", document->out);
		put_words(document->out, document->columns[i].heading ? document->columns[i].heading : "", true);
		putc(' ', document->out);
	}
	fputs("|\n", document->out);
	for (size_t i = 0; i < document->column_count; i++)
		fputs(document->columns[i].kind == DOCUMENT_NUMBER ? "|---:" : "|---", document->out);
	fputs("|\n", document->out);
}

static void markdown_row(struct document *document, const struct document_cell *cells)
{
	for (size_t i = 0; i < document->column_count; i++) {
		fputs("| ", document->out);
		put_cell(document->out, document->columns[i].kind, &cells[i], true);
		putc(' ', document->out);
	}
	fputs("|\n", document->out);
}

static void markdown_table_end(struct document *document)
{
	putc('\n', document->out);
}

static void markdown_findings(struct document *document, const char *key)
{
	(void)key;
	document_push(document, PLACE_FINDINGS);
}

static void put_evidence(FILE *out, const struct document_evidence *evidence)
{
	const char *between = "- ";
	if (evidence->detail) {
		fputs(between, out);
		put_words(out, evidence->detail, true);
		between = " (";
	}
	if (evidence->where) {
		fputs(between, out);
		put_cell(out, DOCUMENT_WORDS, &(struct document_cell){evidence->where, evidence->link}, false);
		fputs(evidence->detail ? ")" : "", out);
		between = ": ";
	} else if (evidence->detail) {
		between = ": ";
	}
	if (evidence->filter) {
		fputs(between, out);
		put_code(out, evidence->filter, false);
	}
	putc('\n', out);
}

static void markdown_finding(struct document *document, const struct document_finding *finding)
{
	FILE *out = document->out;
	if (finding->id)
		fprintf(out, "<a id=\"%s\"></a>\n\n", finding->id);
	document_put_level(document, document->sections + 2);
	putc(' ', out);
	if (finding->severity) {
		put_words(out, finding->severity, true);
		fputs(": ", out);
	}
	put_words(out, finding->title ? finding->title : "", true);
	if (finding->code) {
		fputs(" (", out);
		put_code(out, finding->code, false);
		fputs(")", out);
	}
	fputs("\n\n", out);
	for (size_t i = 0; i < finding->evidence_count; i++)
		put_evidence(out, &finding->evidence[i]);
	if (finding->evidence_more)
		fprintf(out, "- and %zu more\n", finding->evidence_more);
	if (finding->evidence_count || finding->evidence_more)
		putc('\n', out);
	if (finding->explained_by) {
		fputs("**That comes of:** ", out);
		put_cell(out, DOCUMENT_WORDS, &(struct document_cell){finding->explained_by, finding->cause_link}, false);
		fputs("\n\n", out);
	}
	put_advice(out, "", finding->explanation);
	put_advice(out, "**Next:** ", finding->advice);
}

static void markdown_chart(struct document *document, const char *title, const char *about, const char *svg, size_t bytes)
{
	(void)document, (void)title, (void)about, (void)svg, (void)bytes;
}

const struct document_writer document_markdown = {
	.begin = markdown_begin,
	.end = nothing,
	.section = markdown_section,
	.section_end = nothing,
	.list = markdown_list,
	.list_end = nothing,
	.verdict = markdown_verdict,
	.paragraph = markdown_paragraph,
	.command = markdown_command,
	.warning = markdown_warning,
	.facts = markdown_facts,
	.table = markdown_table,
	.row = markdown_row,
	.table_end = markdown_table_end,
	.findings = markdown_findings,
	.finding = markdown_finding,
	.findings_end = nothing,
	.chart = markdown_chart,
};
