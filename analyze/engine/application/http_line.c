#include "analyze/engine/application/http_line.h"

#include "analyze/engine/application/wire_text.h"

#include <string.h>
#include <strings.h>

#define LENGTH_MAX ((uint64_t)1 << 60)

static const char *const methods[] = {
	"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND", "REPORT", "MKCOL", "PURGE",
};

/* The method that the bytes begin with, with a blank behind it; 0: none. */
static uint32_t method_bytes(const uint8_t *bytes, uint32_t count)
{
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		uint32_t length = (uint32_t)strlen(methods[i]);
		if (count > length && bytes[length] == ' ' && !memcmp(bytes, methods[i], length))
			return length;
	}
	return 0;
}

static bool is_version(const uint8_t *bytes, uint32_t count)
{
	return count >= 8 && !memcmp(bytes, "HTTP/1.", 7) && bytes[7] >= '0' && bytes[7] <= '9';
}

/* Where the target ends, if the line is one of a request; 0: it is not. */
static uint32_t target_end(const uint8_t *line, uint32_t count, uint32_t method, bool cut)
{
	uint32_t start = method + 1, end = start;
	while (end < count && line[end] > ' ' && line[end] != 0x7f)
		end++;
	if (end == count) /* it may go on: then only its first letter tells */
		return cut && end > start && (line[start] == '/' || line[start] == '*' || line[start] == 'h') ? end : 0;
	bool whole = count - end == 9 && line[end] == ' ' && is_version(line + end + 1, count - end - 1);
	return end > start && (whole || (cut && line[end] == ' ' && count - end < 9)) ? end : 0;
}

static uint32_t line_bytes(const uint8_t *bytes, uint32_t count, bool *cut)
{
	const uint8_t *end = memchr(bytes, '\n', count);
	*cut = !end;
	if (!end)
		return count;
	uint32_t length = (uint32_t)(end - bytes);
	return length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
}

bool http_is_request(const uint8_t *bytes, uint32_t count)
{
	uint32_t method = method_bytes(bytes, count);
	if (!method)
		return false;
	bool cut;
	uint32_t line = line_bytes(bytes, count, &cut);
	return target_end(bytes, line, method, cut) > 0;
}

bool http_is_answer(const uint8_t *bytes, uint32_t count)
{
	return http_status_line(bytes, count) > 0;
}

unsigned http_status_line(const uint8_t *line, uint32_t count)
{
	uint64_t status;
	if (count < 12 || !is_version(line, count) || line[8] != ' ' || !http_number(line + 9, 3, 10, &status) || status < 100)
		return 0;
	return count == 12 || line[12] == ' ' || line[12] == '\r' || line[12] == '\n' ? (unsigned)status : 0;
}

static uint32_t up_to(const uint8_t *bytes, uint32_t count, const char *letters)
{
	uint32_t at = 0;
	while (at < count && !strchr(letters, bytes[at])) /* a 0 is a letter of all strings, and no byte of a target */
		at++;
	return at;
}

bool http_request_line(struct http_request_line *request, const uint8_t *line, uint32_t count, bool cut)
{
	uint32_t method = method_bytes(line, count);
	uint32_t end = method ? target_end(line, count, method, cut) : 0;
	if (!end)
		return false;
	*request = (struct http_request_line){ 0 };
	wire_text(request->method, sizeof request->method, line, method);
	request->connect = !strcmp(request->method, "CONNECT");
	request->head = !strcmp(request->method, "HEAD");
	const uint8_t *target = line + method + 1;
	uint32_t left = end - method - 1;
	const char *const schemes[] = { "http://", "https://" };
	for (unsigned i = 0; i < 2; i++) {
		uint32_t scheme = (uint32_t)strlen(schemes[i]);
		if (left < scheme || strncasecmp((const char *)target, schemes[i], scheme) != 0)
			continue;
		target += scheme;
		left -= scheme;
		uint32_t authority = up_to(target, left, "/?#");
		uint32_t user = up_to(target, authority, "@"); /* with a password, perhaps */
		user = user < authority ? user + 1 : 0;
		wire_text(request->host, sizeof request->host, target + user, authority - user);
		target += authority;
		left -= authority;
		break;
	}
	uint32_t path = up_to(target, left, "?#");
	if (path)
		wire_text(request->path, sizeof request->path, target, path);
	else
		memcpy(request->path, "/", 2);
	return true;
}

enum http_header http_header_line(const uint8_t *line, uint32_t line_count, const uint8_t **value, uint32_t *count)
{
	static const struct {
		const char *name;
		enum http_header header;
	} known[] = {
		{ "host:", HEADER_HOST },
		{ "content-length:", HEADER_LENGTH },
		{ "transfer-encoding:", HEADER_CODING },
	};
	for (unsigned i = 0; i < 3; i++) {
		uint32_t name = (uint32_t)strlen(known[i].name);
		if (line_count < name || strncasecmp((const char *)line, known[i].name, name) != 0)
			continue;
		uint32_t end = line_count;
		while (name < end && (line[name] == ' ' || line[name] == '\t'))
			name++;
		while (end > name && (line[end - 1] == ' ' || line[end - 1] == '\t'))
			end--;
		*value = line + name;
		*count = end - name;
		return known[i].header;
	}
	return HEADER_OTHER;
}

static unsigned digit_of(uint8_t letter)
{
	if (letter >= '0' && letter <= '9')
		return (unsigned)(letter - '0');
	letter |= 0x20;
	return letter >= 'a' && letter <= 'f' ? (unsigned)(letter - 'a' + 10) : 99;
}

bool http_number(const uint8_t *text, uint32_t count, unsigned base, uint64_t *number)
{
	uint32_t at = 0;
	*number = 0;
	for (; at < count && digit_of(text[at]) < base; at++) {
		*number = *number * base + digit_of(text[at]);
		if (*number > LENGTH_MAX)
			return false;
	}
	bool extension = base == 16 && at < count && (text[at] == ';' || text[at] == ' ' || text[at] == '\t');
	return at > 0 && (at == count || extension);
}

bool http_is_chunked(const uint8_t *value, uint32_t count)
{
	return count >= 7 && !strncasecmp((const char *)value + count - 7, "chunked", 7);
}
