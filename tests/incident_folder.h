/* incident_folder.h: a recorder's folder for a test of incidents, and one that fired. */
#ifndef WIRETAPE_TESTS_INCIDENT_FOLDER_H
#define WIRETAPE_TESTS_INCIDENT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND INT64_C(1000000000)
/* date -u -d @1795257135 +%FT%TZ */
#define FIRED_NS (1795257135 * SECOND)
#define FIRED_NAME "20261121T103215Z-loss"
#define MB 1048576

extern char directory[64];

/* For cmocka: makes it; removes it with its incidents, hook.log and wiretape. */
int make_directory(void **state);
int remove_directory(void **state);
/* The path of an incident's file; NULL: of its folder. It holds until the fourth call from now. */
char *path_of(const char *name, const char *file);
bool exists(const char *path);
/* Writes so many bytes to x.pcap.zst of an incident. */
void fill(const char *name, size_t bytes);

#endif
