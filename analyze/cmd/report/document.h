/* document.h: what a report says, piece by piece, as HTML, Markdown, JSON or plain text. Texts come as they are, from packets and file
 * names too: whoever writes them escapes them. NULL texts are left out, in JSON null. Keys are for JSON: snake_case, promises to scripts.
 * Errors show in document_end. */
#ifndef WIRETAPE_DOCUMENT_H
#define WIRETAPE_DOCUMENT_H

#include "analyze/engine/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum document_format { DOCUMENT_HTML, DOCUMENT_MARKDOWN, DOCUMENT_TEXT, DOCUMENT_JSON };

struct document;

/* Writes to `out`, which is borrowed. NULL when out of memory. */
struct document *document_new(enum document_format format, FILE *out);
/* NULL is allowed. */
void document_free(struct document *document);
enum document_format document_format(const struct document *document);

/* A whole document: HTML's head with the style, JSON's outermost object. Without it, between document_new and document_end, it is a
 * fragment that document_include puts into another document of the same format. `subtitle`: what it is about, and when it was made. */
void document_begin(struct document *document, const char *title, const char *subtitle);
/* STATUS_IO, STATUS_NO_MEMORY: something above has failed. */
enum status document_end(struct document *document);
/* Bytes so far, without what a page has around its contents. */
uint64_t document_bytes(const struct document *document);
/* Copies a fragment, all that is left of `fragment`. In a list it must be one section. */
void document_include(struct document *document, FILE *fragment);

/* Sections lie in one another; their depth makes the headings. `id` is the anchor (letters, digits, '-'), and unique. `folded`: HTML
 * shows only its title and `remark` until somebody opens it; plain text has no `remark` then. JSON: an object under `key`,
 * in a list without a key. */
struct document_section {
	const char *key, *id, *title, *remark;
	const char *severity; /* "critical", "warning", "note", "ok": marks the title; NULL: none */
	bool folded;
};
void document_section(struct document *document, const struct document_section *section);
void document_section_end(struct document *document);
/* Sections of one kind: in JSON an array under `key`. */
void document_list(struct document *document, const char *key);
void document_list_end(struct document *document);

/* The answer in a sentence; severity as above. HTML has its table of contents below the first one. */
void document_verdict(struct document *document, const char *severity, const char *text);
void document_paragraph(struct document *document, const char *key, const char *text);
/* A sentence that ends with something to type; JSON has both in one text. */
void document_command(struct document *document, const char *key, const char *text, const char *command);
/* Something that is amiss with the report itself, or the capture: "3 packets were dropped". */
void document_warning(struct document *document, const char *key, const char *text);

enum document_kind {
	DOCUMENT_WORDS,	    /* to the left */
	DOCUMENT_NUMBER,    /* to the right; JSON: a number, if it reads as one */
	DOCUMENT_CODE,	    /* address, filter, file: may break anywhere */
	DOCUMENT_SPARKLINE, /* numbers separated by blanks, '-' where there is none: a small curve; JSON: an array */
	DOCUMENT_SEVERITY,  /* "critical", ...: a mark that says more than its colour */
};

struct document_column {
	const char *key, *heading;
	enum document_kind kind;
};

struct document_cell {
	const char *text;
	const char *link; /* "#id", or a relative path; NULL: none */
};

/* A name and a value per line. */
void document_facts(struct document *document, const char *key, const struct document_column *names, const struct document_cell *values,
		    size_t count);
/* `columns` are copied. `title` is a heading, NULL: none. On a phone wide tables scroll within themselves. */
void document_table(struct document *document, const char *key, const char *title, const struct document_column *columns, size_t count);
void document_row(struct document *document, const struct document_cell *cells);
void document_table_end(struct document *document);

struct document_evidence {
	const char *detail, *where, *filter; /* "flow 3, frame 812"; a display filter for Wireshark */
	const char *link;		     /* of `where` */
};
struct document_finding {
	const char *id; /* its anchor, as of a section; NULL: none */
	const char *severity, *code, *layer, *title, *explanation, *advice;
	const char *explained_by; /* title of the finding that is its cause; NULL none */
	const char *cause_link;	  /* to that finding */
	const struct document_evidence *evidence;
	size_t evidence_count;
	size_t evidence_more; /* rows that are not shown */
};
void document_findings(struct document *document, const char *key);
void document_finding(struct document *document, const struct document_finding *finding);
void document_findings_end(struct document *document);

/* `svg` is one element <svg> as gnuplot writes it. Its ids become unique, its black follows the page's colours, and nothing in it can
 * run. Formats other than HTML leave it out. `about`: what it shows, for those who don't see it. */
void document_chart(struct document *document, const char *title, const char *about, const char *svg, size_t bytes);

#endif
