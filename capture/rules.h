/* rules.h: the triggers as they are written: name, scope, predicate, times. Policy, not state. Defaults stand in
 * triggers.conf, compiled in; a user's INI file changes or adds [trigger NAME] sections (options_read_file). */
#ifndef WIRETAPE_CAPTURE_RULES_H
#define WIRETAPE_CAPTURE_RULES_H

#include "analyze/engine/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct rule {
	char *name;	    /* letters, digits, _ and -; at most 32 */
	bool enabled;
	enum scope scope;   /* all, service, peer */
	char *when;	    /* SQL expression over a row of timeline */
	int64_t for_ns;	    /* it must hold so long without a break, for the same key */
	int64_t before_ns;  /* of the tape, saved from before the row that fired */
	int64_t after_ns;   /* and after it */
	int64_t cooldown_ns; /* of the trigger, whatever the key: no second incident so long after one fired */
};

struct rules;

/* The defaults. NULL when out of memory. */
struct rules *rules_new(void);
/* NULL is allowed. */
void rules_free(struct rules *rules);
/* The name in a section [trigger NAME]; NULL: it is another one. */
const char *rules_section(const char *section);
/* Takes one key of a section [trigger NAME]: a name that is new starts a rule. False with words in `message`: no such key, a value out
 * of range. `when` is not looked at here: see predicate.h. */
bool rules_set(struct rules *rules, const char *name, const char *key, const char *value, char *message,
	       size_t message_bytes);
size_t rules_count(const struct rules *rules);
const struct rule *rules_at(const struct rules *rules, size_t index);
/* What is saved when somebody asks for it (SIGUSR1): [trigger manual], of which only before_ns and after_ns mean something. It is none
 * of those above. */
const struct rule *rules_manual(const struct rules *rules);
/* As an INI file. */
void rules_print(const struct rules *rules, FILE *out);

#endif
