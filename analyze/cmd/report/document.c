#include "analyze/cmd/report/document_internal.h"

#include <stdlib.h>
#include <string.h>

static const struct document_writer *const writers[] = {
	[DOCUMENT_HTML] = &document_html,
	[DOCUMENT_MARKDOWN] = &document_markdown,
	[DOCUMENT_TEXT] = &document_text,
	[DOCUMENT_JSON] = &document_json,
};

struct document *document_new(enum document_format format, FILE *out)
{
	struct document *document = calloc(1, sizeof *document);
	if (!document)
		return NULL;
	document->format = format;
	document->writer = writers[format];
	document->out = out;
	return document;
}

static void forget_columns(struct document *document)
{
	for (size_t i = 0; i < document->column_count; i++) {
		free((char *)document->columns[i].key);
		free((char *)document->columns[i].heading);
	}
	free(document->columns);
	for (size_t i = 0; document->cells && i < document->rows * document->column_count; i++)
		free(document->cells[i]);
	free(document->cells);
	free(document->table_title);
	document->columns = NULL;
	document->cells = NULL;
	document->table_title = NULL;
	document->column_count = document->cell_space = 0;
	document->rows = 0;
}

static void forget_open(struct document_open *open)
{
	for (size_t i = 0; i < open->key_count; i++)
		free(open->keys[i]);
	free(open->keys);
	free(open->title);
	*open = (struct document_open){0};
}

void document_free(struct document *document)
{
	if (!document)
		return;
	forget_columns(document);
	for (size_t i = 0; i <= DOCUMENT_DEPTH_MAX; i++)
		forget_open(&document->open[i]);
	for (size_t i = 0; i < document->entry_count; i++) {
		free(document->entries[i].id);
		free(document->entries[i].title);
	}
	free(document->entries);
	free(document->title);
	free(document->subtitle);
	if (document->final)
		fclose(document->out);
	free(document);
}

enum document_format document_format(const struct document *document)
{
	return document->format;
}

char *document_copy(struct document *document, const char *text)
{
	char *copy = text ? strdup(text) : NULL;
	if (text && !copy)
		document->failed = true;
	return copy;
}

bool document_push(struct document *document, enum document_place place)
{
	if (document->depth == DOCUMENT_DEPTH_MAX || document->skipped) {
		document->skipped++;
		document->failed = true;
		return false;
	}
	document->open[++document->depth] = (struct document_open){.place = place};
	return true;
}

/* True: what was opened last is such a place, and it is closed after this. */
static bool closing(struct document *document, enum document_place place)
{
	if (document->skipped) {
		document->skipped--;
		return false;
	}
	if (document->depth == 0 || document->open[document->depth].place != place) {
		document->failed = true;
		return false;
	}
	return true;
}

static void pop(struct document *document)
{
	forget_open(&document->open[document->depth--]);
}

/* What a format writes for a level: HTML a digit, Markdown as many '#', text a character to underline with. */
static void resolve_level(const struct document *document, unsigned level)
{
	const unsigned six = level > 6 ? 6 : level < 1 ? 1 : level;
	if (document->format == DOCUMENT_HTML)
		putc('0' + (int)six, document->out);
	else if (document->format == DOCUMENT_MARKDOWN)
		fprintf(document->out, "%.*s", (int)six, "######");
	else
		putc(level <= 2 ? '=' : level == 3 ? '-' : '.', document->out);
}

void document_put_level(struct document *document, unsigned level)
{
	if (document->whole)
		resolve_level(document, level);
	else
		putc(MARKER_LEVEL + (int)(level < LEVEL_MAX ? level : LEVEL_MAX), document->out);
}

void document_begin(struct document *document, const char *title, const char *subtitle)
{
	document->whole = true;
	document->writer->begin(document, title, subtitle);
}

static void close_last(struct document *document)
{
	switch (document->open[document->depth].place) {
	case PLACE_SECTION:
		document_section_end(document);
		break;
	case PLACE_LIST:
		document_list_end(document);
		break;
	case PLACE_TABLE:
		document_table_end(document);
		break;
	case PLACE_FINDINGS:
		document_findings_end(document);
		break;
	}
}

enum status document_end(struct document *document)
{
	/* Who gives up in the middle leaves a document that is well-formed all the same. */
	document->skipped = 0;
	while (document->depth > 0)
		close_last(document);
	if (document->whole)
		document->writer->end(document);
	FILE *out = document->final ? document->final : document->out;
	if (fflush(out) != 0 || ferror(out) || ferror(document->out) || document->unwritten)
		return STATUS_IO;
	return document->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

uint64_t document_bytes(const struct document *document)
{
	const long at = ftell(document->out);
	return at > 0 ? (uint64_t)at : 0;
}

void document_section(struct document *document, const struct document_section *section)
{
	if (document->depth < DOCUMENT_DEPTH_MAX)
		document->sections++;
	document->writer->section(document, section);
}

void document_section_end(struct document *document)
{
	if (!closing(document, PLACE_SECTION))
		return;
	document->writer->section_end(document);
	document->sections--;
	pop(document);
}

void document_list(struct document *document, const char *key)
{
	document->writer->list(document, key);
}

void document_list_end(struct document *document)
{
	if (!closing(document, PLACE_LIST))
		return;
	document->writer->list_end(document);
	pop(document);
}

void document_verdict(struct document *document, const char *severity, const char *text)
{
	document->writer->verdict(document, severity, text);
}

void document_paragraph(struct document *document, const char *key, const char *text)
{
	document->writer->paragraph(document, key, text);
}

void document_command(struct document *document, const char *key, const char *text, const char *command)
{
	if (text && command)
		document->writer->command(document, key, text, command);
}

void document_warning(struct document *document, const char *key, const char *text)
{
	document->writer->warning(document, key, text);
}

void document_facts(struct document *document, const char *key, const struct document_column *names, const struct document_cell *values,
		    size_t count)
{
	if (count)
		document->writer->facts(document, key, names, values, count);
}

void document_table(struct document *document, const char *key, const char *title, const struct document_column *columns, size_t count)
{
	forget_columns(document);
	document->columns = calloc(count ? count : 1, sizeof *document->columns);
	if (!document->columns) {
		document->failed = true;
		count = 0;
	}
	for (size_t i = 0; i < count; i++)
		document->columns[i] = (struct document_column){
			.key = document_copy(document, columns[i].key),
			.heading = document_copy(document, columns[i].heading),
			.kind = columns[i].kind,
		};
	document->column_count = count;
	document->table_title = document_copy(document, title);
	document->writer->table(document, key, title);
}

void document_row(struct document *document, const struct document_cell *cells)
{
	document->writer->row(document, cells);
	document->rows++;
}

void document_table_end(struct document *document)
{
	if (!closing(document, PLACE_TABLE))
		return;
	document->writer->table_end(document);
	forget_columns(document);
	pop(document);
}

void document_findings(struct document *document, const char *key)
{
	document->writer->findings(document, key);
}

void document_finding(struct document *document, const struct document_finding *finding)
{
	document->writer->finding(document, finding);
}

void document_findings_end(struct document *document)
{
	if (!closing(document, PLACE_FINDINGS))
		return;
	document->writer->findings_end(document);
	pop(document);
}

void document_chart(struct document *document, const char *title, const char *about, const char *svg, size_t bytes)
{
	document->writer->chart(document, title, about, svg, bytes);
}

void document_add_entry(struct document *document, unsigned level, bool listed, char *id, char *title)
{
	if (id && title && document->entry_count == document->entry_space) {
		const size_t space = document->entry_space ? 2 * document->entry_space : 16;
		struct document_entry *entries = realloc(document->entries, space * sizeof *entries);
		if (entries) {
			document->entries = entries;
			document->entry_space = space;
		} else {
			document->failed = true;
		}
	}
	if (!id || !title || document->entry_count == document->entry_space) {
		free(id);
		free(title);
		return;
	}
	document->entries[document->entry_count++] = (struct document_entry){.level = level, .listed = listed, .id = id, .title = title};
}

/* The text up to a marker, which is taken off; NULL: there is none. Free it. */
static char *take_to_marker(FILE *fragment, int marker)
{
	char *text = NULL;
	size_t space = 0;
	const ssize_t bytes = getdelim(&text, &space, marker, fragment);
	if (bytes > 0 && text[bytes - 1] == marker) {
		text[bytes - 1] = 0;
		return text;
	}
	free(text);
	return NULL;
}

/* A line of a fragment's table of contents: for ours, or for that of the document that we go into. */
static void take_entry(struct document *document, FILE *fragment, bool list)
{
	const int at = getc(fragment);
	const unsigned inner = at >= MARKER_LEVEL && at <= MARKER_LEVEL + LEVEL_MAX ? (unsigned)(at - MARKER_LEVEL) : LEVEL_MAX;
	const unsigned level = inner + document->sections;
	char *id = take_to_marker(fragment, MARKER_ENTRY), *title = take_to_marker(fragment, MARKER_ENTRY);
	if (document->whole) {
		document_add_entry(document, level, list && inner == 1, id, title);
		return;
	}
	if (id && title && level <= LEVEL_MAX)
		fprintf(document->out, "%c%c%s%c%s%c", MARKER_ENTRY, MARKER_LEVEL + (int)level, id, MARKER_ENTRY, title, MARKER_ENTRY);
	free(id);
	free(title);
}

/* A marker of a fragment, at the place where the fragment now stands. */
static void put_marker(struct document *document, int marker)
{
	if (marker >= MARKER_LEVEL)
		document_put_level(document, (unsigned)(marker - MARKER_LEVEL) + document->sections);
	else if (marker == MARKER_CONTENTS)
		document_place_contents(document);
	else if (marker == MARKER_ID)
		fprintf(document->out, "%s%u-", document->whole ? "f" : "\x01", document->fragments);
}

void document_include(struct document *document, FILE *fragment)
{
	const struct document_open *open = &document->open[document->depth];
	const bool json = document->format == DOCUMENT_JSON, list = open->place == PLACE_LIST && document->depth > 0;
	bool in_key = false, first = true;
	document->fragments++;
	for (int c; (c = getc(fragment)) != EOF;) {
		if (first && json) {
			fputs(open->filled ? ",\n" : "\n", document->out);
			document->open[document->depth].filled = true;
		}
		first = false;
		if (c == MARKER_KEY) {
			in_key = !in_key;
			/* A list drops the key; another fragment may be put into a list. */
			if (!list && !document->whole && document->depth == 0)
				putc(c, document->out);
		} else if (c == MARKER_ENTRY) {
			take_entry(document, fragment, list);
		} else if (in_key && list) {
			continue;
		} else if (c < ' ' && c != '\n' && c != '\t') {
			put_marker(document, c);
		} else {
			putc(c, document->out);
		}
	}
	if (ferror(fragment))
		document->failed = true;
}
