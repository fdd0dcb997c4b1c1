/* subjects.h: what a report is on. An argument is one subject or many; which kind it is, its content tells. */
#ifndef WIRETAPE_REPORT_SUBJECTS_H
#define WIRETAPE_REPORT_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum subject_kind {
	SUBJECT_CAPTURE,  /* a file, a tape, or "-": to be analysed */
	SUBJECT_STORED,	  /* a capture in a database */
	SUBJECT_INCIDENT, /* an incident's folder */
	SUBJECT_RING,	  /* a recorder's folder, by its catalog */
};

struct subject {
	enum subject_kind kind;
	char *path;	 /* of the file or folder as it was named; of a ring, of its catalog */
	char *name;	 /* for people */
	const char *shown; /* its end, without the folder that all share */
	int64_t capture; /* SUBJECT_STORED: captures.id */
	bool found;	 /* in a folder, and not called a capture; otherwise it is an error if it is none */
	bool tape;	 /* a folder with segments, which are one capture */
	uint64_t bytes;	 /* to read, about */
	char *error;	 /* it cannot be looked at: why, without the name; NULL: it can */
};

struct subjects {
	struct subject *list;
	size_t count, room;
};

/* Zero is a usable start. Adds what `argument` means. `packets`: a ring is wanted as packets. What cannot be looked at is added with
 * its error. False: out of memory, or an argument means too much, after a complaint. */
bool subjects_add(struct subjects *subjects, const char *argument, bool packets);
void subjects_free(struct subjects *subjects);
/* Sets what is shown of each name, once all are added. Returns the folder that all share, which is then left out of the names; free it.
 * NULL: there is none, or out of memory. */
char *subjects_shorten(struct subjects *subjects);
/* True if `path` is a file that one of them is read from. */
bool subjects_have_file(const struct subjects *subjects, const char *path);

#endif
