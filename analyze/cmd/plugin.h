/* plugin.h: one line and an exit status for Nagios, Icinga, Zabbix (https://nagios-plugins.org/doc/guidelines.html). */
#ifndef WIRETAPE_PLUGIN_H
#define WIRETAPE_PLUGIN_H

enum plugin_state { PLUGIN_OK, PLUGIN_WARNING, PLUGIN_CRITICAL, PLUGIN_UNKNOWN }; /* the exit status */

/* Prints "WIRETAPE STATE - ", the message and, unless NULL or empty, " | " and the performance data, as one line: what could end the line
 * or the message becomes a space. Returns the state. */
int plugin_say(enum plugin_state state, const char *performance, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* 'label'=value[UOM];warn;crit;min; of each column of `row_json` that one of the predicates names; thresholds where a
 * predicate compares the column with a number. Either predicate may be NULL. The caller frees it; NULL when out of
 * memory. */
char *plugin_performance(const char *row_json, const char *warn, const char *crit);

#endif
