/* A document as HTML: one page without a script, which needs nothing else. */
#include "analyze/cmd/report/document_internal.h"

#include "analyze/cmd/temporary.h"
#include "store/embedded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STYLE_FILE "plots/report/report.css"
#define CONTENTS_LEAST 3 /* sections from which on a table of contents is of use */
#define CONTENTS_MOST 60
#define LONG_CELL 28 /* bytes; it needs room on a phone, too */
#define LONG_FACT 34 /* bytes; it needs a line of its own */
#define SPARK_POINTS 120
#define SPARK_WIDTH 120
#define SPARK_HEIGHT 24

static void put(struct document *document, const char *text)
{
	if (text)
		html_words(document->out, text, true);
}

static void put_name(struct document *document, const char *text)
{
	if (text)
		html_text(document->out, text, false);
}

/* One of the words that the style knows. */
static const char *known_severity(const char *severity)
{
	static const char *const known[] = {"critical", "warning", "note", "ok"};
	for (size_t i = 0; severity && i < sizeof known / sizeof known[0]; i++)
		if (!strcmp(severity, known[i]))
			return known[i];
	return "other";
}

static void put_mark(struct document *document, const char *severity)
{
	if (!severity)
		return;
	fprintf(document->out, "<span class=\"mark %s\">", known_severity(severity));
	put_name(document, severity);
	fputs("</span>", document->out);
}

/* Advice names commands between backticks. */
static void put_advice(struct document *document, const char *label, const char *text)
{
	if (!text)
		return;
	fputs(label, document->out);
	for (const char *open, *close; (open = strchr(text, '`')) && (close = strchr(open + 1, '`')); text = close + 1) {
		char *before = strndup(text, (size_t)(open - text)), *code = strndup(open + 1, (size_t)(close - open - 1));
		put(document, before);
		fputs("<code>", document->out);
		if (code)
			html_text(document->out, code, true);
		fputs("</code>", document->out);
		free(before);
		free(code);
	}
	put(document, text);
	fputs("</p>\n", document->out);
}

/* A title that stands above already is not repeated. */
static bool is_new_title(const struct document *document, const char *title, size_t depth)
{
	const char *above = document->open[depth].title;
	return title && (!above || strcmp(title, above) != 0);
}

static void put_heading(struct document *document, unsigned level, bool end)
{
	fputs(end ? "</h" : "<h", document->out);
	document_put_level(document, level);
	putc('>', document->out);
}

static void put_id(struct document *document, const char *id)
{
	if (!id)
		return;
	fputs(" id=\"", document->out);
	put_name(document, id);
	putc('"', document->out);
}

/* An unnamed file for the body, which follows a table of contents that is known only when the body is complete. */
static FILE *body_file(void)
{
	const int file = temporary_file();
	FILE *stream = file >= 0 ? fdopen(file, "w+") : NULL;
	if (!stream && file >= 0)
		close(file);
	return stream;
}

static void html_begin(struct document *document, const char *title, const char *subtitle)
{
	FILE *body = body_file();
	document->title = document_copy(document, title ? title : "Report");
	document->subtitle = document_copy(document, subtitle);
	if (!body) {
		document->unwritten = true;
		return;
	}
	document->final = document->out;
	document->out = body;
}

static void put_head(struct document *document)
{
	const char *style = embedded_sql_text(STYLE_FILE);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
	      "base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
	      document->out);
	put(document, document->title);
	fprintf(document->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", style ? style : "");
	put(document, document->title);
	fputs("</h1>\n", document->out);
	if (document->subtitle) {
		fputs("<p class=\"subtitle\">", document->out);
		put(document, document->subtitle);
		fputs("</p>\n", document->out);
	}
	fputs("</header>\n", document->out);
}

/* Of the outermost sections, or of those in the only one. Many of one kind have a table of their own. */
static void put_contents(struct document *document)
{
	size_t count[3] = {0}, listed = 0;
	for (size_t i = 0; i < document->entry_count; i++) {
		const struct document_entry *entry = &document->entries[i];
		listed += entry->listed && entry->level == 1;
		if (!entry->listed && entry->level <= 2)
			count[entry->level]++;
	}
	const unsigned level = count[1] + listed == 1 ? 2 : 1;
	if (count[level] < CONTENTS_LEAST || count[level] > CONTENTS_MOST)
		return;
	fputs("<div class=\"scroll\"><nav aria-label=\"Contents\"><ul>\n", document->out);
	for (size_t i = 0; i < document->entry_count; i++) {
		const struct document_entry *entry = &document->entries[i];
		if (entry->level == level && !entry->listed)
			fprintf(document->out, "<li><a href=\"#%s\">%s</a></li>\n", entry->id, entry->title);
	}
	fputs("</ul></nav></div>\n", document->out);
}

void document_place_contents(struct document *document)
{
	if (!document->whole)
		putc(MARKER_CONTENTS, document->out);
	else if (document->final && document->contents_at == 0)
		document->contents_at = ftell(document->out);
}

static void copy_body(struct document *document, FILE *body, size_t most)
{
	char block[65536];
	for (size_t bytes; most > 0; most -= bytes) {
		bytes = fread(block, 1, most < sizeof block ? most : sizeof block, body);
		if (bytes == 0)
			return;
		fwrite(block, 1, bytes, document->out);
	}
}

static void html_end(struct document *document)
{
	FILE *body = document->out;
	if (!document->final)
		return;
	document->out = document->final;
	put_head(document);
	fputs("<main>\n", document->out);
	if (fflush(body) != 0 || fseek(body, 0, SEEK_SET) != 0)
		document->unwritten = true;
	copy_body(document, body, document->contents_at > 0 ? (size_t)document->contents_at : 0);
	put_contents(document);
	copy_body(document, body, SIZE_MAX);
	fputs("</main>\n</body>\n</html>\n", document->out);
	document->unwritten |= ferror(body) != 0;
	fclose(body);
	document->final = NULL;
}

/* Escaped for HTML; free it. */
static char *html_copy(struct document *document, const char *text)
{
	char *copy = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&copy, &bytes);
	if (out) {
		html_text(out, text, true);
		if (fclose(out) == 0)
			return copy;
	}
	document->failed = true;
	free(copy);
	return NULL;
}

static void add_entry(struct document *document, const struct document_section *section)
{
	const bool listed = document->depth > 1 && document->open[document->depth - 1].place == PLACE_LIST;
	if (!section->id || !section->title || document->sections > 2 || (!document->whole && listed))
		return;
	char *id = html_copy(document, section->id), *title = html_copy(document, section->title);
	if (document->whole) {
		document_add_entry(document, document->sections, listed, id, title);
		return;
	}
	if (id && title)
		fprintf(document->out, "%c%c%s%c%s%c", MARKER_ENTRY, MARKER_LEVEL + (int)document->sections, id, MARKER_ENTRY, title,
			MARKER_ENTRY);
	free(id);
	free(title);
}

static void html_section(struct document *document, const struct document_section *section)
{
	const unsigned level = document->sections + 1;
	if (!document_push(document, PLACE_SECTION))
		return;
	document->open[document->depth].folded = section->folded;
	document->open[document->depth].title = document_copy(document, section->title);
	add_entry(document, section);
	if (section->folded) {
		fputs("<details class=\"section\"><summary>", document->out);
	} else {
		fputs("<section", document->out);
		put_id(document, section->id);
		fputs(">\n", document->out);
	}
	if (section->title) {
		put_heading(document, level, false);
		put_mark(document, section->severity);
		putc(section->severity ? ' ' : '\n', document->out);
		put(document, section->title);
		put_heading(document, level, true);
	}
	if (section->remark) {
		fputs(section->folded ? " <span class=\"remark\">" : "\n<p class=\"remark\">", document->out);
		put(document, section->remark);
		fputs(section->folded ? "</span>" : "</p>", document->out);
	}
	if (section->folded) {
		/* A browser unfolds what holds the target of a link, so the target is within. */
		fputs("</summary>\n<div class=\"body\"", document->out);
		put_id(document, section->id);
		putc('>', document->out);
	}
	putc('\n', document->out);
}

static void html_section_end(struct document *document)
{
	fputs(document->open[document->depth].folded ? "</div></details>\n" : "</section>\n", document->out);
}

static void html_list(struct document *document, const char *key)
{
	(void)key;
	document_push(document, PLACE_LIST);
}

static void html_list_end(struct document *document)
{
	(void)document;
}

static void html_verdict(struct document *document, const char *severity, const char *text)
{
	if (!text)
		return;
	fprintf(document->out, "<p class=\"verdict %s\">", known_severity(severity));
	put_mark(document, severity);
	putc(' ', document->out);
	put(document, text);
	fputs("</p>\n", document->out);
	document_place_contents(document);
}

static void paragraph_of(struct document *document, const char *open, const char *text, const char *close)
{
	if (!text)
		return;
	fputs(open, document->out);
	put(document, text);
	fputs(close, document->out);
}

static void html_paragraph(struct document *document, const char *key, const char *text)
{
	(void)key;
	paragraph_of(document, "<p>", text, "</p>\n");
}

static void html_command(struct document *document, const char *key, const char *text, const char *command)
{
	(void)key;
	paragraph_of(document, "<p>", text, " <code>");
	put_name(document, command);
	fputs("</code></p>\n", document->out);
}

static void html_warning(struct document *document, const char *key, const char *text)
{
	(void)key;
	paragraph_of(document, "<p class=\"caution\" role=\"note\">", text, "</p>\n");
}

/* A gap stays a gap; a value between two gaps is a dot. */
static void put_spark(struct document *document, const char *text)
{
	double values[SPARK_POINTS], least = 0, lowest = INFINITY, most = -INFINITY;
	const size_t count = spark_values(text, values, SPARK_POINTS);
	for (size_t i = 0; i < count; i++) {
		lowest = fmin(lowest, values[i]);
		most = fmax(most, values[i]);
	}
	if (!isfinite(most))
		return;
	least = fmin(lowest, 0);
	fprintf(document->out, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%zu values, %.4g to %.4g\"><path d=\"",
		SPARK_WIDTH, SPARK_HEIGHT, count, lowest, most);
	bool pen = false;
	for (size_t i = 0; i < count; i++) {
		const double height = most > least ? (values[i] - least) / (most - least) : 0;
		if (!isnan(values[i]))
			fprintf(document->out, "%c%.4g %.3g%s", pen ? 'L' : 'M',
				1 + (double)i * (SPARK_WIDTH - 2) / (double)(count > 1 ? count - 1 : 1),
				SPARK_HEIGHT - 2 - height * (SPARK_HEIGHT - 4), pen || (i + 1 < count && !isnan(values[i + 1])) ? "" : "h.1");
		pen = !isnan(values[i]);
	}
	fputs("\"/></svg>", document->out);
}

static void put_cell(struct document *document, enum document_kind kind, const struct document_cell *cell)
{
	const bool link = cell->text && link_is_safe(cell->link);
	if (!cell->text)
		return;
	if (link)
		html_link(document->out, cell->link);
	switch (kind) {
	case DOCUMENT_CODE:
		fputs(cell->text[0] ? "<code>" : "", document->out);
		put_name(document, cell->text);
		fputs(cell->text[0] ? "</code>" : "", document->out);
		break;
	case DOCUMENT_SPARKLINE:
		put_spark(document, cell->text);
		break;
	case DOCUMENT_SEVERITY:
		put_mark(document, cell->text[0] ? cell->text : NULL);
		break;
	case DOCUMENT_WORDS:
	case DOCUMENT_NUMBER:
		html_words(document->out, cell->text, false);
	}
	fputs(link ? "</a>" : "", document->out);
}

static void html_facts(struct document *document, const char *key, const struct document_column *names, const struct document_cell *values,
		       size_t count)
{
	(void)key;
	fputs("<dl class=\"facts\">\n", document->out);
	for (size_t i = 0; i < count; i++) {
		if (!values[i].text || !names[i].heading)
			continue;
		fputs(strlen(values[i].text) > LONG_FACT ? "<div class=\"l\"><dt>" : "<div><dt>", document->out);
		put(document, names[i].heading);
		fputs("</dt><dd>", document->out);
		put_cell(document, names[i].kind, &values[i]);
		fputs("</dd></div>\n", document->out);
	}
	fputs("</dl>\n", document->out);
}

static const char *class_of(enum document_kind kind, const char *text)
{
	static const char *const classes[] = {
		[DOCUMENT_WORDS] = "", [DOCUMENT_NUMBER] = " class=\"n\"", [DOCUMENT_CODE] = " class=\"c\"",
		[DOCUMENT_SPARKLINE] = " class=\"s\"", [DOCUMENT_SEVERITY] = " class=\"v\"",
	};
	return kind == DOCUMENT_WORDS && text && strlen(text) > LONG_CELL ? " class=\"l\"" : classes[kind];
}

static void html_table(struct document *document, const char *key, const char *title)
{
	(void)key;
	if (!document_push(document, PLACE_TABLE))
		return;
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", document->out);
	const char *above = document->open[document->depth - 1].title;
	put(document, title ? title : above ? above : "Table");
	fputs("\"><table>\n", document->out);
	paragraph_of(document, "<caption>", is_new_title(document, title, document->depth - 1) ? title : NULL, "</caption>\n");
	fputs("<thead><tr>", document->out);
	for (size_t i = 0; i < document->column_count; i++) {
		fprintf(document->out, "<th scope=\"col\"%s>", class_of(document->columns[i].kind, NULL));
		put(document, document->columns[i].heading);
		fputs("</th>", document->out);
	}
	fputs("</tr></thead>\n<tbody>\n", document->out);
}

static void html_row(struct document *document, const struct document_cell *cells)
{
	fputs("<tr>", document->out);
	for (size_t i = 0; i < document->column_count; i++) {
		const char *tag = i == 0 ? "th scope=\"row\"" : "td";
		fprintf(document->out, "<%s%s>", tag, class_of(document->columns[i].kind, cells[i].text));
		put_cell(document, document->columns[i].kind, &cells[i]);
		fputs(i == 0 ? "</th>" : "</td>", document->out);
	}
	fputs("</tr>\n", document->out);
}

static void html_table_end(struct document *document)
{
	fputs("</tbody></table></div>\n", document->out);
}

static void html_findings(struct document *document, const char *key)
{
	(void)key;
	if (document_push(document, PLACE_FINDINGS))
		fputs("<div class=\"findings\">\n", document->out);
}

static void put_evidence(struct document *document, const struct document_evidence *evidence)
{
	const bool link = evidence->where && link_is_safe(evidence->link);
	fputs("<li>", document->out);
	put(document, evidence->detail);
	if (evidence->where) {
		fputs(" <span class=\"where\">", document->out);
		if (link)
			html_link(document->out, evidence->link);
		put(document, evidence->where);
		fputs(link ? "</a></span>" : "</span>", document->out);
	}
	if (evidence->filter) {
		fputs(" <code class=\"filter\">", document->out);
		put_name(document, evidence->filter);
		fputs("</code>", document->out);
	}
	fputs("</li>\n", document->out);
}

/* The code is a link to the finding itself, to be copied into a ticket. */
static void put_code(struct document *document, const struct document_finding *finding)
{
	char *link = NULL;
	if (!finding->code)
		return;
	if (finding->id && asprintf(&link, "#%s", finding->id) < 0)
		link = NULL;
	put_cell(document, DOCUMENT_CODE, &(struct document_cell){finding->code, link});
	free(link);
}

static void put_cause(struct document *document, const struct document_finding *finding)
{
	if (!finding->explained_by)
		return;
	fputs("<p class=\"cause\"><b>That comes of:</b> ", document->out);
	put_cell(document, DOCUMENT_WORDS, &(struct document_cell){finding->explained_by, finding->cause_link});
	fputs("</p>\n", document->out);
}

static void html_finding(struct document *document, const struct document_finding *finding)
{
	const unsigned level = document->sections + 2;
	fprintf(document->out, "<article class=\"finding %s\"", known_severity(finding->severity));
	put_id(document, finding->id);
	fputs(">\n", document->out);
	put_heading(document, level, false);
	put_mark(document, finding->severity);
	putc(' ', document->out);
	put(document, finding->title);
	put_heading(document, level, true);
	fputs("\n<p class=\"code\">", document->out);
	if (finding->layer) {
		put_name(document, finding->layer);
		putc(' ', document->out);
	}
	put_code(document, finding);
	fputs("</p>\n", document->out);
	if (finding->evidence_count) {
		fputs("<ul class=\"evidence\">\n", document->out);
		for (size_t i = 0; i < finding->evidence_count; i++)
			put_evidence(document, &finding->evidence[i]);
		if (finding->evidence_more)
			fprintf(document->out, "<li class=\"more\">and %zu more</li>\n", finding->evidence_more);
		fputs("</ul>\n", document->out);
	}
	put_cause(document, finding);
	put_advice(document, "<p class=\"next\"><b>Next:</b> ", finding->advice);
	put_advice(document, "<p class=\"explanation\">", finding->explanation);
	fputs("</article>\n", document->out);
}

static void html_findings_end(struct document *document)
{
	fputs("</div>\n", document->out);
}

static void html_chart(struct document *document, const char *title, const char *about, const char *svg, size_t bytes)
{
	char prefix[32];
	snprintf(prefix, sizeof prefix, "%s%u-", document->whole ? "g" : "\x01", ++document->charts);
	fputs("<figure>\n", document->out);
	paragraph_of(document, "<figcaption>", is_new_title(document, title, document->depth) ? title : NULL, "</figcaption>\n");
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", document->out);
	put(document, title ? title : "Chart");
	fputs("\">", document->out);
	const bool drawn = svg_write(document->out, svg, bytes, about ? about : title, prefix, &document->failed);
	fputs("</div></figure>\n", document->out);
	if (!drawn)
		html_warning(document, NULL, "This chart is left out: it is not as gnuplot draws it, and something in it could run.");
}

const struct document_writer document_html = {
	.begin = html_begin,
	.end = html_end,
	.section = html_section,
	.section_end = html_section_end,
	.list = html_list,
	.list_end = html_list_end,
	.verdict = html_verdict,
	.paragraph = html_paragraph,
	.command = html_command,
	.warning = html_warning,
	.facts = html_facts,
	.table = html_table,
	.row = html_row,
	.table_end = html_table_end,
	.findings = html_findings,
	.finding = html_finding,
	.findings_end = html_findings_end,
	.chart = html_chart,
};
