/* document_internal.h: what the files document*.c share; private to them.
 *
 * A fragment does not know where it will stand. What depends on that is written as a marker: a control character, which no text has,
 * because all texts are escaped. document_include resolves the markers, or hands them on if it is a fragment itself. */
#ifndef WIRETAPE_DOCUMENT_INTERNAL_H
#define WIRETAPE_DOCUMENT_INTERNAL_H

#include "analyze/cmd/report/document.h"
#include "store/text.h"

#include <stdint.h>

#define DOCUMENT_DEPTH_MAX 12

#define MARKER_ID '\x01'      /* of charts: one of these and the number in the fragment make a unique name */
#define MARKER_KEY '\x02'     /* JSON: before and after a key, which a list has no use for */
#define MARKER_ENTRY '\x03'  /* HTML: around a line of the table of contents: level, id, title; not shown where it stands */
#define MARKER_CONTENTS '\x04' /* HTML: the table of contents may stand here, below the verdict */
#define MARKER_LEVEL '\x10'   /* plus the level of a heading, counted from where the fragment stands */
#define LEVEL_MAX 15

enum document_place { PLACE_SECTION, PLACE_LIST, PLACE_TABLE, PLACE_FINDINGS };

/* One thing that is open. */
struct document_open {
	enum document_place place;
	bool filled; /* JSON: a comma comes first */
	bool folded;
	char *title; /* HTML: of a section; what is in it need not repeat it */
	char **keys; /* JSON: those that were used */
	size_t key_count;
};

/* A line of HTML's table of contents. */
struct document_entry {
	unsigned level;
	bool listed;	   /* one of many of its kind */
	char *id, *title; /* escaped for HTML */
};

/* A format: what each function of document.h does. Who opens something calls document_push. */
struct document_writer {
	void (*begin)(struct document *document, const char *title, const char *subtitle);
	void (*end)(struct document *document);
	void (*section)(struct document *document, const struct document_section *section);
	void (*section_end)(struct document *document);
	void (*list)(struct document *document, const char *key);
	void (*list_end)(struct document *document);
	void (*verdict)(struct document *document, const char *severity, const char *text);
	void (*paragraph)(struct document *document, const char *key, const char *text);
	void (*command)(struct document *document, const char *key, const char *text, const char *command);
	void (*warning)(struct document *document, const char *key, const char *text);
	void (*facts)(struct document *document, const char *key, const struct document_column *names, const struct document_cell *values,
		      size_t count);
	void (*table)(struct document *document, const char *key, const char *title);
	void (*row)(struct document *document, const struct document_cell *cells);
	void (*table_end)(struct document *document);
	void (*findings)(struct document *document, const char *key);
	void (*finding)(struct document *document, const struct document_finding *finding);
	void (*findings_end)(struct document *document);
	void (*chart)(struct document *document, const char *title, const char *about, const char *svg, size_t bytes);
};

extern const struct document_writer document_html, document_markdown, document_text, document_json;

struct document {
	const struct document_writer *writer;
	enum document_format format;
	FILE *out;   /* where pieces go */
	FILE *final; /* HTML: where all goes at the end; `out` keeps it until the table of contents is known */
	bool whole;  /* document_begin was called: markers are resolved */
	bool failed; /* out of memory, or too deep */
	bool unwritten; /* HTML: the file that keeps the body failed */
	unsigned depth, sections; /* what is open; how many of these are sections */
	struct document_open open[DOCUMENT_DEPTH_MAX + 1]; /* [0] is the document itself */
	unsigned skipped; /* open, but deeper than that */
	unsigned charts, fragments;

	/* Of the table that is open. */
	struct document_column *columns;
	size_t column_count;
	uint64_t rows;
	char *table_title;
	char **cells;	  /* text: the rows so far */
	size_t cell_space;

	/* HTML */
	char *title, *subtitle;
	struct document_entry *entries;
	size_t entry_count, entry_space;
	long contents_at; /* where in the body the table of contents belongs; 0: before it */
};

/* Remembers what is open. False: too deep, and nothing is to be written. */
bool document_push(struct document *document, enum document_place place);
/* HTML: takes both, which are on the heap. */
void document_add_entry(struct document *document, unsigned level, bool listed, char *id, char *title);
/* HTML: the table of contents belongs here, unless it has a place already. */
void document_place_contents(struct document *document);
/* The level of a heading as a character that document_include understands, or as the level itself in a whole document. */
void document_put_level(struct document *document, unsigned level);
/* A copy; NULL for NULL. When out of memory the document has failed. */
char *document_copy(struct document *document, const char *text);

/* text_visible of the next character; 0 at the end. */
size_t visible_next(const char *text, char shown[VISIBLE_MAX], bool *literal);
/* The text with all of that; line ends and tabs are blanks if it is prose, else \n and \t. Free it. NULL when out of memory. */
char *visible_text(const char *text, bool prose);
/* Escaped for HTML's contents and attributes in quotes. */
void html_text(FILE *out, const char *text, bool prose);
/* The same of what is read and not copied: a number and its unit stay in one line. */
void html_words(FILE *out, const char *text, bool prose);
void html_link(FILE *out, const char *link);
/* What is safe in `href`: "#id", or a relative path. */
bool link_is_safe(const char *link);
/* Percent-encoded but for '#' at its start. */
void link_text(FILE *out, const char *link);
void json_string(FILE *out, const char *text);

/* Numbers of a sparkline. */
struct spark {
	const char *at;
};
/* False at the end. `known`: there is a number. */
bool spark_next(struct spark *spark, double *value, bool *known);
/* The values in at most `room` places, the largest of those that share a place; NaN: none. Returns how many. */
size_t spark_values(const char *text, double *values, size_t room);
/* Blocks of eight heights, in UTF-8. */
void spark_blocks(FILE *out, const char *text, size_t room);

/* The element <svg> for a page; ids begin with `prefix`. False: something in it could run, or it is no SVG as gnuplot writes it; nothing
 * was written then. */
bool svg_write(FILE *out, const char *svg, size_t bytes, const char *about, const char *prefix, bool *failed);

#endif
