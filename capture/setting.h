/* setting.h: one option of the recorder: its name, what its values look like, and where in struct recorder_options it is kept. */
#ifndef WIRETAPE_CAPTURE_SETTING_H
#define WIRETAPE_CAPTURE_SETTING_H

#include "capture/options.h"
#include "capture/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value looks like, and the type of its field. */
enum setting_kind {
	SETTING_TEXT,	/* char *; "" is NULL */
	SETTING_SIZE,	/* uint64_t */
	SETTING_SIZE_OR_AUTO, /* uint64_t; "auto" is SIZE_AUTO */
	SETTING_SIZE32, /* uint32_t */
	SETTING_TIME,	/* int64_t */
	SETTING_COUNT,	/* uint32_t */
	SETTING_LEVEL,	/* int */
	SETTING_SLICE,	/* enum slice */
	SETTING_FLAG,	/* bool; on the command line without a value */
	SETTING_YES_NO, /* bool */
};

struct setting {
	const char *name;
	char letter; /* 0: none */
	enum setting_kind kind;
	size_t field;
	uint64_t least, most; /* of sizes, times and counts */
	const char *argument, *help;
};

/* In the order of --help and --print-config. */
enum { SETTINGS = 24 };
extern const struct setting settings[SETTINGS];

/* NULL: there is none of that name. */
const struct setting *setting_find(const char *name);
/* Takes a value. False with words in `message` that do not name the setting. */
bool setting_set(const struct setting *setting, struct recorder_options *options, const char *value, char *message,
		 size_t message_bytes);
/* The value as setting_set takes it; NULL: a text that is not set. `text` may be used for it. */
const char *setting_text(const struct setting *setting, const struct recorder_options *options, char text[UNITS_TEXT_MAX]);
/* Frees a text. */
void setting_clear(const struct setting *setting, struct recorder_options *options);

#endif
