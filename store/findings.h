/* findings.h: what is wrong and why, as SQL. A finding is a file CODE.sql in store/findings, or in a user's folder, whose files come
 * first. It starts with comment lines:
 *
 *	-- title: A receiver closed its window               one line, in plain words
 *	-- severity: warning                                 critical, warning, note
 *	-- layer: L4                                         L2, L3, L4, L7, host, capture
 *	-- rank: 30                                          among those of the same severity, lower comes first; 50 unless said
 *	-- explanation: What it means.                       may be repeated
 *	-- advice: What to do next.                          may be repeated
 *	-- threshold: zero_window_ms 200 ms a window was closed for longer      NAME DEFAULT UNIT WORDS; may be repeated. Several
 *	                                                     findings may share one, if they all say the same of it
 *	-- explains: timeouts slow_server                    codes that this one is the cause of; may be repeated
 *	SELECT ... WHERE ... >= :zero_window_ms ORDER BY value DESC
 *
 * Parameters are :capture (the capture's id) and the thresholds. Each row is one piece of evidence, the worst first, with these columns
 * by name, in any order:
 *
 *	subject    TEXT   who it is about: '10.0.0.1:40000 > 192.0.2.1:80', '192.0.2.1', 'www.example.com'; must be there
 *	value      REAL   what was measured; must be there
 *	threshold  REAL   what it passed; without it: the first threshold of the header, where there is one
 *	unit       TEXT   of both; without it: that of the first threshold
 *	detail     TEXT   one sentence that gives the numbers; must be there
 *	flow_id    INTEGER   the flow that shows it
 *	t_ns       INTEGER   when it is seen best
 *	frame      INTEGER   where it is seen best
 *	address    TEXT   the host whose flows all are meant, '*': the whole capture; without it flow_id alone is meant
 *	filter     TEXT   for Wireshark; without it: one that shows the flow, or the frame
 *	severity   TEXT   of this row, where it is not the header's
 *
 * A row of a finding that another one explains says so in explained_by if both speak of the same flow or address; a finding whose rows
 * are all explained becomes a note. No rows, no finding. */
#ifndef WIRETAPE_FINDINGS_H
#define WIRETAPE_FINDINGS_H

#include "analyze/engine/status.h"
#include "store/finding_file.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDING_EVIDENCE_MAX 100 /* rows kept per finding and capture; more are counted */
#define FINDING_MESSAGE_MAX 512

/* All findings, and the thresholds as they are set. */
struct findings;

/* One threshold, of one finding or several. */
struct threshold {
	const char *name, *unit, *about;
	double value, standard; /* standard: the value unless set */
};

/* Loads the files. The user's folder is $WIRETAPE_FINDINGS, otherwise $XDG_CONFIG_HOME/wiretape/findings, otherwise
 * ~/.config/wiretape/findings. NULL when out of memory. */
struct findings *findings_new(void);
/* NULL is allowed. */
void findings_free(struct findings *findings);
/* How many there are, and each in order of code. Broken ones are not among them. */
size_t findings_count(const struct findings *findings);
const struct finding_file *findings_at(const struct findings *findings, size_t index);
/* NULL: none has this code. */
const struct finding_file *findings_find(const struct findings *findings, const char *code);
/* What is wrong with files, for people: those that were broken when loaded and, after a run, those whose SQL was. From 0; NULL: no
 * more. */
const char *findings_problem(const struct findings *findings, size_t index);

size_t findings_threshold_count(const struct findings *findings);
/* In order of name. */
struct threshold findings_threshold(const struct findings *findings, size_t index);
/* Sets a threshold for the runs to come: `assignment` is NAME=VALUE. STATUS_USAGE: `message` says why not. */
enum status findings_set(struct findings *findings, const char *assignment, char message[FINDING_MESSAGE_MAX]);
/* A run stops soon after `*flag` is not 0. `flag` is borrowed; NULL for none. */
void findings_interrupt_on(struct findings *findings, const volatile sig_atomic_t *flag);

#endif
