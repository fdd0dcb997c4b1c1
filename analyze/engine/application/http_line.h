/* http_line.h: the lines of HTTP/1 (RFC 9112) that matter here. Bytes come from hostile hands. */
#ifndef WIRETAPE_HTTP_LINE_H
#define WIRETAPE_HTTP_LINE_H

#include "analyze/engine/protocol_facts.h"

struct http_request_line {
	char method[16];
	char path[NAME_TEXT_MAX]; /* without query; of CONNECT: where to */
	char host[NAME_TEXT_MAX]; /* of an absolute target, else "" */
	bool connect, head;
};

enum http_header { HEADER_OTHER, HEADER_HOST, HEADER_LENGTH, HEADER_CODING };

/* Can a request, an answer begin with these bytes? Looks at the first line as far as it is there. */
bool http_is_request(const uint8_t *bytes, uint32_t count);
bool http_is_answer(const uint8_t *bytes, uint32_t count);
/* A line without its end; `cut`: there was more. False: it is no request's. */
bool http_request_line(struct http_request_line *request, const uint8_t *line, uint32_t count, bool cut);
/* The status of an answer's line, 100 to 999; 0: it is none. */
unsigned http_status_line(const uint8_t *line, uint32_t count);
/* Which header a line is; its value then begins at *value and has *count bytes. */
enum http_header http_header_line(const uint8_t *line, uint32_t line_count, const uint8_t **value, uint32_t *count);
/* Digits of this base up to the end, or to what may follow a chunk's size. False: there is no number, or one that
 * cannot be. */
bool http_number(const uint8_t *text, uint32_t count, unsigned base, uint64_t *number);
/* Does a list of transfer codings end with "chunked"? */
bool http_is_chunked(const uint8_t *value, uint32_t count);

#endif
