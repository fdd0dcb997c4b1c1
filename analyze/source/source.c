#include "analyze/source/source.h"

#include "analyze/source/dlt.h"
#include "analyze/source/fingerprint.h"
#include "analyze/source/stream.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Times stay where differences of two cannot overflow: 1970 to 2116. */
#define TIME_MAX (INT64_MAX / 2)

/* A file that ends before this is cut short, whatever libpcap says: a pcapng block has 12 bytes at least. */
#define SHORTEST_HEADER 12

enum container { CONTAINER_NONE, CONTAINER_PCAP, CONTAINER_PCAPNG };

struct source {
	struct stream *stream;
	pcap_t *pcap;
	FILE *file; /* the pcap's, which closes it */
	char *path;
	enum container container;
	bool nanoseconds;
	int dlt;
	uint16_t link_type;
	enum status status;
	uint64_t frames, offset, fingerprint;
	char message[SOURCE_MESSAGE_MAX];
};

static void recognise(struct source *source, const uint8_t magic[4])
{
	const uint32_t big = (uint32_t)magic[0] << 24 | (uint32_t)magic[1] << 16 | (uint32_t)magic[2] << 8 | magic[3];
	const uint32_t little =
		(uint32_t)magic[3] << 24 | (uint32_t)magic[2] << 16 | (uint32_t)magic[1] << 8 | magic[0];
	/* ns, us, and variants with longer record headers that libpcap reads too (pcap-savefile(5), sf-pcap.c) */
	static const uint32_t pcap_magics[] = {0xa1b23c4d, 0xa1b2c3d4, 0xa1b2cd34, 0xa1b234cd};
	for (size_t i = 0; i < sizeof pcap_magics / sizeof pcap_magics[0]; i++)
		if (big == pcap_magics[i] || little == pcap_magics[i]) {
			source->container = CONTAINER_PCAP;
			source->nanoseconds = i == 0;
		}
	if (big == 0x0a0d0d0a)
		source->container = CONTAINER_PCAPNG;
}

static void describe_unknown(const uint8_t *bytes, size_t count, enum compression compression, char *message)
{
	char text[3 * STREAM_PEEK_MAX + 1] = "";
	char letters[STREAM_PEEK_MAX + 1] = "";
	if (count > 8)
		count = 8;
	for (size_t i = 0; i < count; i++) {
		snprintf(text + 3 * i, 4, "%02x ", bytes[i]);
		const bool printable = bytes[i] >= 0x20 && bytes[i] < 0x7f;
		letters[i] = (char)(printable ? bytes[i] : '.');
	}
	if (compression == COMPRESSION_NONE && count == 8 && memcmp(bytes, "SQLite f", 8) == 0) {
		snprintf(message, SOURCE_MESSAGE_MAX, "a database, not a capture: `wiretape findings`, `query`, `plot` and `report` read it");
		return;
	}
	const char *inside = compression == COMPRESSION_NONE ? "" : " (decompressed)";
	snprintf(message, SOURCE_MESSAGE_MAX,
		 "not a capture: starts with %s\"%s\"%s, expected pcap, pcapng, zstd or gzip of these", text, letters,
		 inside);
}

/* Looks at the first bytes; STATUS_OK if they are a capture's. */
static enum status identify(struct source *source, char *message)
{
	struct stat facts;
	uint8_t magic[8];
	const size_t count = stream_peek(source->stream, magic, sizeof magic);
	if (stream_status(source->stream) != STATUS_OK && count < sizeof magic) {
		snprintf(message, SOURCE_MESSAGE_MAX, "%s", stream_message(source->stream));
		const enum status status = stream_status(source->stream);
		return status == STATUS_FORMAT ? STATUS_UNSUPPORTED : status;
	}
	if (count == 0) {
		snprintf(message, SOURCE_MESSAGE_MAX, "not a capture: it is empty%s",
			 stream_compression(source->stream) == COMPRESSION_NONE ? "" : " once decompressed");
		return STATUS_FORMAT;
	}
	if (count >= 4)
		recognise(source, magic);
	if (source->container == CONTAINER_NONE && lstat(source->path, &facts) == 0 && S_ISLNK(facts.st_mode)) {
		/* Whoever made the link may not be allowed to know how the file begins. */
		snprintf(message, SOURCE_MESSAGE_MAX, "not a capture: a link to a file that is none");
		return STATUS_FORMAT;
	}
	if (source->container == CONTAINER_NONE) {
		describe_unknown(magic, count, stream_compression(source->stream), message);
		return STATUS_FORMAT;
	}
	return STATUS_OK;
}

static bool says_truncated(const char *libpcap_message)
{
	return strstr(libpcap_message, "truncated") != NULL;
}

static enum status open_pcap(struct source *source, char *message)
{
	source->file = stream_file(source->stream);
	if (!source->file) {
		snprintf(message, SOURCE_MESSAGE_MAX, "out of memory");
		return STATUS_NO_MEMORY;
	}
	__fsetlocking(source->file, FSETLOCKING_BYCALLER); /* one thread; saves two locks per packet */
	char reason[PCAP_ERRBUF_SIZE] = "";
	source->pcap = pcap_fopen_offline_with_tstamp_precision(source->file, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (source->pcap) {
		source->dlt = pcap_datalink(source->pcap);
		source->link_type = link_type_of_dlt(source->dlt);
		return STATUS_OK;
	}
	enum status status = stream_status(source->stream);
	if (status != STATUS_OK) {
		snprintf(message, SOURCE_MESSAGE_MAX, "%s", stream_message(source->stream));
	} else if (says_truncated(reason) || stream_offset(source->stream) < SHORTEST_HEADER) {
		status = STATUS_TRUNCATED;
		snprintf(message, SOURCE_MESSAGE_MAX, "cut short inside the header of the capture (offset %" PRIu64 ")",
			 stream_offset(source->stream));
	} else {
		status = STATUS_UNSUPPORTED;
		snprintf(message, SOURCE_MESSAGE_MAX, "libpcap cannot read it: %s", reason);
	}
	return status == STATUS_FORMAT ? STATUS_UNSUPPORTED : status;
}

enum status source_open(struct source **source, const char *path, char *message)
{
	*source = NULL;
	message[0] = '\0';
	enum status status = STATUS_NO_MEMORY;
	struct source *opened = calloc(1, sizeof *opened);
	if (opened)
		opened->path = strdup(path);
	if (!opened || !opened->path) {
		snprintf(message, SOURCE_MESSAGE_MAX, "out of memory");
		goto out;
	}
	opened->fingerprint = FINGERPRINT_START;
	status = stream_open(&opened->stream, path, message, SOURCE_MESSAGE_MAX);
	if (status == STATUS_OK)
		status = identify(opened, message);
	if (status == STATUS_OK)
		status = open_pcap(opened, message);
	if (status != STATUS_OK)
		goto out;
	*source = opened;
	opened = NULL;
out:
	source_close(opened);
	return status;
}

static void __attribute__((format(printf, 3, 4)))
source_fail(struct source *source, enum status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(source->message, sizeof source->message, format, arguments);
	va_end(arguments);
	source->status = status;
}

/* Tells the end from damage, once no more frames come. */
static enum status conclude(struct source *source, int result)
{
	const char *reason = pcap_geterr(source->pcap);
	const enum status below = stream_status(source->stream);
	const char *between = source->container == CONTAINER_PCAP ? "the record at" : "a block at or after";
	char compressed[80] = "";
	if (stream_compression(source->stream) != COMPRESSION_NONE)
		snprintf(compressed, sizeof compressed, "; near offset %" PRIu64 " of the compressed file",
			 stream_file_offset(source->stream));
	if (below != STATUS_OK)
		source_fail(source, below, "%s (offset %" PRIu64 " of the capture)", stream_message(source->stream),
			    source->offset);
	else if (result == PCAP_ERROR_BREAK)
		source->status = STATUS_END;
	else if (says_truncated(reason))
		source_fail(source, STATUS_TRUNCATED,
			    "cut short: %s offset %" PRIu64 " is incomplete, the capture ends at %" PRIu64 "%s", between,
			    source->offset, stream_offset(source->stream), compressed);
	else
		source_fail(source, STATUS_FORMAT, "damaged: %s offset %" PRIu64 " cannot be: %s%s", between,
			    source->offset, reason, compressed);
	return source->status;
}

/* Seconds before 1970 are a pcap's unsigned seconds after 2038, which libpcap takes for signed. */
static int64_t frame_time(const struct source *source, const struct timeval *time)
{
	int64_t seconds = time->tv_sec;
	if (source->container == CONTAINER_PCAP && seconds < 0)
		seconds += INT64_C(1) << 32;
	int64_t t_ns;
	if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &t_ns) ||
	    __builtin_add_overflow(t_ns, (int64_t)time->tv_usec, &t_ns))
		t_ns = seconds < 0 ? 0 : TIME_MAX;
	return t_ns < 0 ? 0 : t_ns > TIME_MAX ? TIME_MAX : t_ns;
}

enum status source_next(struct source *source, struct frame *frame)
{
	if (source->status != STATUS_OK)
		return source->status;
	const off_t offset = ftello(source->file);
	source->offset = offset < 0 ? 0 : (uint64_t)offset;
	struct pcap_pkthdr *header;
	const uint8_t *data;
	const int result = pcap_next_ex(source->pcap, &header, &data);
	if (result != 1)
		return conclude(source, result);
	*frame = (struct frame){
		.t_ns = frame_time(source, &header->ts),
		.number = ++source->frames,
		.captured_bytes = header->caplen,
		.wire_bytes = header->len < header->caplen ? header->caplen : header->len,
		.link_type = source->link_type,
		.data = data,
	};
	if (source->frames <= SOURCE_FINGERPRINT_FRAMES)
		source->fingerprint = fingerprint_add(source->fingerprint, frame);
	return STATUS_OK;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->pcap)
		pcap_close(source->pcap);
	else if (source->file)
		fclose(source->file);
	stream_free(source->stream);
	free(source->path);
	free(source);
}

const char *source_message(const struct source *source)
{
	return source->message;
}

uint64_t source_offset(const struct source *source)
{
	return source->offset;
}

const char *source_path(const struct source *source)
{
	return source->path;
}

const char *source_format(const struct source *source)
{
	if (source->container == CONTAINER_PCAPNG)
		return "pcapng";
	return source->nanoseconds ? "pcap, ns" : "pcap, us";
}

const char *source_compression(const struct source *source)
{
	return compression_name(stream_compression(source->stream));
}

uint16_t source_link_type(const struct source *source)
{
	return source->link_type;
}

const char *source_link_name(const struct source *source)
{
	return link_name_of_dlt(source->dlt);
}

uint32_t source_snaplen(const struct source *source)
{
	const int snaplen = pcap_snapshot(source->pcap);
	return snaplen < 0 ? 0 : (uint32_t)snaplen;
}

uint64_t source_file_offset(const struct source *source)
{
	return stream_file_offset(source->stream);
}

uint64_t source_file_bytes(const struct source *source)
{
	return stream_file_bytes(source->stream);
}

uint64_t source_frames(const struct source *source)
{
	return source->frames;
}

const char *source_before(uint64_t packets, const char *done, char text[SOURCE_BEFORE_MAX])
{
	if (packets == 0)
		snprintf(text, SOURCE_BEFORE_MAX, "no packet comes before it");
	else if (packets == 1)
		snprintf(text, SOURCE_BEFORE_MAX, "the packet before it is %s", done);
	else
		snprintf(text, SOURCE_BEFORE_MAX, "the %" PRIu64 " packets before it are %s", packets, done);
	return text;
}

uint64_t source_fingerprint(const struct source *source)
{
	return source->fingerprint;
}
