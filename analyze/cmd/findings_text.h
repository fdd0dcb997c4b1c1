/* findings_text.h: findings for people and scripts, and the options of commands that make them. What is read stands in findings.sql. */
#ifndef WIRETAPE_FINDINGS_TEXT_H
#define WIRETAPE_FINDINGS_TEXT_H

#include "analyze/cmd/command.h"
#include "analyze/engine/status.h"
#include "store/findings.h"
#include "store/json.h"
#include "store/reader.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Which of the stored findings. */
struct findings_choice {
	int64_t first;	       /* captures from this on */
	int64_t only;	       /* or only this one; 0: all */
	const char *const *codes; /* NULL terminated; NULL: all */
	enum finding_severity least; /* FINDING_WARNING: these and worse */
	bool all;	       /* every finding in full, each with several rows of evidence */
};

/* At most 80 columns, but for filters. `findings` tells how many looked. Statuses as reader_run. */
enum status findings_print_text(struct reader *reader, const char *path, const struct findings_choice *choice,
				const struct findings *findings, FILE *out);
/* Adds the array "findings", each with its "evidence", to the object under way. */
enum status findings_print_json(struct reader *reader, const struct findings_choice *choice, struct json *json);
/* How many of severity warning or worse there are, into *count; one more if there was nothing to judge. */
enum status findings_count_bad(struct reader *reader, const struct findings_choice *choice, uint64_t *count);

/* Is there something in the database to judge? Otherwise STATUS_USAGE, and `message` says why not, and what to do; `path` is how the
 * database was named. */
enum status findings_target(struct reader *reader, const char *path, int64_t only, char message[FINDING_MESSAGE_MAX]);
/* The worst, in a line each, after an empty line; nothing where there is none. */
enum status findings_print_verdict(struct reader *reader, const struct findings_choice *choice, FILE *out);

/* For --set; false after a complaint. */
bool findings_option(const struct command *command, struct findings *findings, const char *assignment);
/* Says what is wrong with files of findings. */
void findings_complain(const struct findings *findings);

#endif
