/* log.h: one line per message on standard error; under systemd with its level in front, as sd-daemon(3) wants. Any thread. */
#ifndef WIRETAPE_CAPTURE_LOG_H
#define WIRETAPE_CAPTURE_LOG_H

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6 };

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
