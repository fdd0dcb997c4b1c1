/* locate.h: the same traffic captured at two places: what was lost, overtaken, late or doubled between them. Pure, as the engine is.
 * Both captures are given twice: first to learn how the clocks differ and which way packets go, then to judge them, in step by time.
 * A super-segment (TSO, GRO) counts as the packets that it becomes on the wire. */
#ifndef WIRETAPE_LOCATE_H
#define WIRETAPE_LOCATE_H

#include "analyze/engine/histogram.h"
#include "analyze/engine/locate/locate_clock.h"
#include "analyze/engine/locate/locate_flows.h"
#include "analyze/engine/locate/locate_table.h"

struct locate_options {
	int64_t horizon_ns;    /* a packet that took longer is lost */
	int64_t delay_ns;      /* transits above it are late; 0: what is unusual, see locate_direction */
	uint32_t waiting_most; /* packets in memory, 72 bytes each and 4 for finding them; more are given up and counted */
	bool nat;	       /* addresses and ports differ */
	bool whole;	       /* both captures ran all the time: judged also before the first packet of the other, and after its last */
	uint64_t hash_seed;    /* changes no result */
};

/* 10 s, 0, 4,000,000. */
void locate_options_default(struct locate_options *options);

enum located_kind {
	LOCATED_LOST,	    /* passed the tap where it came from, and not the other */
	LOCATED_UNSENT,	    /* passed only the tap where it went to: the other missed it, or it was made in between */
	LOCATED_REORDERED,  /* overtaken in between by a packet of its flow */
	LOCATED_DUPLICATED, /* came out once more than it went in */
	LOCATED_DELAYED,
};

struct located {
	enum located_kind kind;
	enum course course;
	enum tap tap;	   /* that saw the frame: where it came from if it was lost, else where it went to */
	uint64_t frame;
	int64_t t_ns;	   /* by that tap's clock */
	uint32_t flow;	   /* NO_FLOW: too many */
	uint32_t seq, bytes; /* of TCP: what is meant of the frame */
	uint32_t parts;	   /* packets on the wire */
	int64_t transit_ns; /* of those that arrived */
};

struct locate_sink {
	void (*located)(void *user, const struct located *located);
};

struct locate_direction {
	uint64_t judged, bytes;	/* packets that passed the first tap, and their payload */
	uint64_t lost, lost_bytes, unsent, reordered, duplicated, delayed;
	uint64_t transits;	/* of the packets that passed both; without, the next are not valid */
	int64_t transit_min_ns, transit_max_ns, transit_sum_ns;
	int64_t jitter_sum_ns;	/* differences of successive transits */
	int64_t latest_ns;	/* the last transit */
	struct histogram transit;
	int64_t usual_ns, shortest_ns, longest_ns; /* transits of the survey: the middle one, the extremes */
	int64_t varies_ns;	/* around the middle, without being late */
	int64_t late_ns;	/* above it a packet is late: the option, or the middle and five times the distance to the upper
				 * quartile, or where 95 % arrive earlier, but at least a millisecond */
};

struct locate_capture {
	uint64_t frames, not_ip, undecoded; /* undecoded: malformed, snapped in the headers, another link type */
	uint64_t tap_duplicates;	    /* captured twice; once is judged */
	uint64_t outside;  /* not judged: when they would have passed the other tap, nothing was captured there */
	uint64_t strangers; /* not judged: their hosts are seen only here, so nobody knows that they pass the other tap */
	uint64_t given_up; /* not judged: memory was full */
	int64_t first_ns, last_ns; /* by its own clock; NO_TIME without frames */
};

#define LOCATE_INTERVALS_MAX 128

struct locate_interval {
	uint64_t judged[2], lost[2]; /* by enum course */
};

struct locate_summary {
	struct clock_fit clock;
	uint64_t common; /* packets of the survey that were seen at both taps */
	int64_t from_ns, to_ns; /* when both captured, by A's clock */
	struct locate_direction directions[2]; /* by enum course */
	struct locate_capture captures[2];
	int64_t interval_ns; /* intervals begin at from_ns */
	uint32_t intervals;
	struct locate_interval interval[LOCATE_INTERVALS_MAX];
};

struct locate;

/* Copies the options and the sink. NULL when out of memory. */
struct locate *locate_new(const struct locate_options *options, const struct locate_sink *sink, void *user);
/* NULL is allowed. */
void locate_free(struct locate *locate);
/* First, each frame of both captures, in any order of the two. False: out of memory. */
bool locate_survey(struct locate *locate, enum tap tap, const struct frame *frame);
/* Then: STATUS_NOT_FOUND: no packet is in both captures. STATUS_NO_MEMORY. */
enum status locate_settle(struct locate *locate);
/* The time of a frame by A's clock: the older one is to be judged first. */
int64_t locate_common_time(const struct locate *locate, enum tap tap, int64_t t_ns);
/* Then each frame once more. */
void locate_judge(struct locate *locate, enum tap tap, const struct frame *frame);
/* What still waits is judged. */
void locate_finish(struct locate *locate);
/* Borrowed; grows until locate_finish. */
const struct locate_summary *locate_summary(const struct locate *locate);
struct locate_flows *locate_all_flows(struct locate *locate);

#endif
