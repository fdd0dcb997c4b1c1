/* input.h: one capture to read: a file, standard input, or the segments of a tape, limited to a period. */
#ifndef WIRETAPE_INPUT_H
#define WIRETAPE_INPUT_H

#include "analyze/cmd/moment.h"
#include "analyze/engine/engine.h"
#include "analyze/source/source_list.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

#define INPUT_MESSAGE_MAX 4608

struct input;

/* On STATUS_OK `*input` is the caller's. Otherwise it is NULL and `message` (INPUT_MESSAGE_MAX bytes) says why, without
 * the path. As source_open; STATUS_USAGE: the period is empty or cannot be known. Damage to segments of a tape is said
 * on standard error where it is met. */
enum status input_open(struct input **input, const struct source_item *item, const struct period *period, char *message);
/* NULL is allowed. */
void input_close(struct input *input);

/* As source_next, frames of the period only. A frame's number is that of the file, as Wireshark counts; of a tape, it
 * counts what lies in the period. A tape ends with STATUS_END, damaged or not. */
enum status input_next(struct input *input, struct frame *frame);
/* Why input_next ended, as source_message. */
const char *input_message(const struct input *input);
/* The path as a person should see it. */
const char *input_name(const struct input *input);
uint16_t input_link_type(const struct input *input);
const char *input_link_name(const struct input *input);
/* Frames within the period, so far. */
uint64_t input_frames(const struct input *input);
/* The file that the last frame came from: the input itself, or a segment of the tape. */
const char *input_frame_path(const struct input *input);
/* Segments that are damaged or gone. */
size_t input_damaged(const struct input *input);
/* For progress; the size is 0 where it is not known. */
uint64_t input_file_offset(const struct input *input);
uint64_t input_file_bytes(const struct input *input);

/* Until when the recorder listened, which may be after the last packet; NO_TIME: not known, as of all but tapes. After input_next has
 * given the last frame. */
int64_t input_listened_until(struct input *input);
/* What is known of the capture once it has been read to its end, with `end` what input_next gave last. Fields that are
 * not the input's are left alone; texts are valid as long as the input. */
void input_facts(struct input *input, enum status end, struct capture_facts *facts);
/* Says on standard error what is missing in the recording and not in the facts. After input_facts. */
void input_remarks(const struct input *input);

#endif
