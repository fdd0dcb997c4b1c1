/* scratch.h: a folder for a test, and outside judges for what is in it. */
#ifndef WIRETAPE_TESTS_SCRATCH_H
#define WIRETAPE_TESTS_SCRATCH_H

#include "capture/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a folder in /tmp; scratch_remove takes it away with all in it. */
void scratch_make(char path[64]);
void scratch_remove(const char *path);

/* Runs a shell command and returns the number that it prints; -1: none, or it failed. */
int64_t scratch_number(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Packets in all segments (`part`: in those under way) of FOLDER, as zstdcat and tcpdump read them. */
int64_t scratch_packets(const char *folder, bool part);
/* True if zstd, tcpdump and capinfos read each finished segment of FOLDER to its end, and there is a JSON file beside each. */
bool scratch_sound(const char *folder);
/* Bytes of the files in FOLDER, by length or by blocks, whichever is more, as find tells. */
uint64_t scratch_bytes(const char *folder);

/* An empty block. */
struct block *scratch_block(uint64_t number);
/* Adds an Ethernet frame of `bytes`, the first 14 and then noise that doesn't compress, or zeros. */
void scratch_packet(struct block *block, int64_t t_ns, uint32_t bytes, bool noise);

#endif
