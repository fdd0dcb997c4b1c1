/* handmade.h: captures of three frames made by hand, and what comes of reading them. */
#ifndef WIRETAPE_HANDMADE_H
#define WIRETAPE_HANDMADE_H

#include "analyze/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HANDMADE_BYTES_MAX = 4096, HANDMADE_READ_MAX = 100000, HANDMADE_FRAMES = 3 };

/* A capture being made. */
struct handmade {
	uint8_t at[HANDMADE_BYTES_MAX];
	size_t count;
	bool big_endian;
};

/* What each of them holds: bytes that count up from `first`. */
struct handmade_frame {
	uint32_t seconds, nanoseconds, captured, wire;
	uint8_t first;
};

extern const struct handmade_frame handmade_frames[HANDMADE_FRAMES];

/* A folder for a group of tests, and the file in it that handmade_save writes. */
extern char handmade_folder[64], handmade_path[96];
int handmade_setup(void **state);
int handmade_teardown(void **state);

void handmade_put_pattern(struct handmade *bytes, uint32_t count, uint8_t first);
/* pcap-savefile(5): magic, version 2.4, two unused words, snap length, link type. */
void handmade_put_pcap_header(struct handmade *bytes, uint32_t magic, uint32_t snaplen, uint32_t link_type);
void handmade_put_record(struct handmade *bytes, uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t wire);
/* draft-ietf-opsawg-pcapng 4.1: section header of unknown length; 4.2: interface with if_tsresol (9) = 10^-9; 4.3: enhanced
 * packet block. */
void handmade_put_section(struct handmade *bytes);
void handmade_put_interface(struct handmade *bytes, uint16_t link_type);
void handmade_put_packet(struct handmade *bytes, uint32_t interface, const struct handmade_frame *sample);
/* All three frames. `ends` (HANDMADE_FRAMES + 1 entries) gets where the header and each record end. */
struct handmade handmade_pcap(bool big_endian, bool nanoseconds, size_t *ends);
struct handmade handmade_pcapng(bool big_endian, size_t *ends);
void handmade_save(const void *bytes, size_t count);

/* What came of reading a file to its end. */
struct outcome {
	enum status open, end;
	uint64_t frames, offset, fingerprint;
	char message[SOURCE_MESSAGE_MAX];
	char format[16];
};

/* With `check` its frames must be those of handmade_frames, in order. */
struct outcome outcome_of_path(const char *path, bool check);
struct outcome outcome_of_bytes(const void *bytes, size_t count, bool check);
void outcome_expect_whole(const struct outcome *outcome);

enum { COMPRESSED_MAX = 16384 };

struct compressed {
	uint8_t at[COMPRESSED_MAX];
	size_t count;
};

/* A frame of zstd; a member of gzip. */
void compressed_add_zstd(struct compressed *out, const uint8_t *bytes, size_t count);
void compressed_add_gzip(struct compressed *out, const uint8_t *bytes, size_t count);

#endif
