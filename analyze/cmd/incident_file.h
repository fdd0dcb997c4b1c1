/* incident_file.h: the incident.json of an incident's folder, which may come from anywhere. */
#ifndef WIRETAPE_INCIDENT_FILE_H
#define WIRETAPE_INCIDENT_FILE_H

/* All of it; the caller frees it. NULL: it is not there, cannot be read, is too large or no JSON object. A pipe of that name is not
 * waited for. */
char *incident_file_read(const char *folder);

#endif
