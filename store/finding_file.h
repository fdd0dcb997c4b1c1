/* finding_file.h: one file of findings, its header read: findings.h has the form. */
#ifndef WIRETAPE_FINDING_FILE_H
#define WIRETAPE_FINDING_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define FINDING_THRESHOLDS_MAX 16
#define FINDING_EXPLAINS_MAX 32

enum finding_severity { FINDING_CRITICAL, FINDING_WARNING, FINDING_NOTE, FINDING_SEVERITIES };

struct finding_threshold {
	char *name, *unit, *about; /* unit and about: "" if not said */
	double standard;
};

struct finding_file {
	const char *code; /* the file's name without .sql; borrowed, as are sql and path */
	const char *sql;  /* the whole file */
	const char *path; /* of a user's file; NULL: built in */
	enum finding_severity severity;
	int rank;
	char *layer, *title;
	char *explanation, *advice; /* one line each; "" if not said */
	struct finding_threshold thresholds[FINDING_THRESHOLDS_MAX];
	size_t threshold_count;
	char *explains[FINDING_EXPLAINS_MAX]; /* codes */
	size_t explains_count;
};

/* "critical", "warning", "note". */
const char *finding_severity_name(enum finding_severity severity);
/* False: there is no such severity. */
bool finding_severity_parse(const char *name, enum finding_severity *severity);

/* Reads the header of `sql`. False: `reason` says what is wrong with it; *file is to be freed all the same. */
bool finding_file_read(struct finding_file *file, const char *code, const char *path, const char *sql, char *reason,
		       size_t reason_bytes);
/* Frees what the struct holds, not the struct. */
void finding_file_free(struct finding_file *file);
/* NULL: it has none of this name. */
const struct finding_threshold *finding_file_threshold(const struct finding_file *file, const char *name);

#endif
