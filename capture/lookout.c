#include "capture/lookout.h"

#include "capture/incident_flows.h"

#include <stdio.h>
#include <stdlib.h>

/* Packets come a little out of order; if one is older than that, the clock was set back. */
#define BACK_NS INT64_C(2000000000)
#define TICKING_NS INT64_C(200000000000) /* longer than any handshake waits, and than UDP flows live */
#define SECOND INT64_C(1000000000)

struct lookout {
	struct lookout_sink sink;
	void *user;
	struct engine *engine;
	struct triggers *triggers;
	struct incident_flows *flows;
	int64_t interval_ns;
	/* The engine's time never goes back: after a step it is the clock's and `ahead_ns`, a multiple of the interval. */
	int64_t latest_ns, ahead_ns;
	int64_t tick_ns; /* the next time at which the engine is told that time passes, whatever the frames do */
	int64_t step_ns, before_ns; /* when that changed last, in the engine's time, and what it was */
	bool open;		  /* rows of an interval have come, and its end has not been told */
	int64_t open_ns;	  /* its start, in the engine's time */
	struct live_counters live;
	bool has_live;
};

static int64_t engine_time(struct lookout *lookout, int64_t t_ns)
{
	const int64_t behind = lookout->latest_ns == NO_TIME ? 0 : lookout->latest_ns - (t_ns + lookout->ahead_ns);
	if (behind > BACK_NS) {
		lookout->before_ns = lookout->ahead_ns;
		lookout->ahead_ns += (behind + lookout->interval_ns - 1) / lookout->interval_ns * lookout->interval_ns;
		lookout->step_ns = t_ns + lookout->ahead_ns;
	}
	return t_ns + lookout->ahead_ns;
}

/* By the clock that was valid at the interval's start. */
static int64_t clock_time(const struct lookout *lookout, int64_t start_ns)
{
	return start_ns - (start_ns < lookout->step_ns ? lookout->before_ns : lookout->ahead_ns);
}

static void note_time(struct lookout *lookout, int64_t t_ns)
{
	if (lookout->latest_ns == NO_TIME || t_ns > lookout->latest_ns)
		lookout->latest_ns = t_ns;
}

static void fire(void *user, const struct firing *firing)
{
	struct lookout *lookout = user;
	if (lookout->sink.fired)
		lookout->sink.fired(lookout->user, firing);
}

static const struct live_counters *live_of(const struct lookout *lookout)
{
	return lookout->has_live ? &lookout->live : NULL;
}

static void end_interval(struct lookout *lookout)
{
	if (!lookout->open)
		return;
	lookout->open = false;
	triggers_interval_end(lookout->triggers, fire, lookout);
	if (lookout->sink.interval_end)
		lookout->sink.interval_end(lookout->user, clock_time(lookout, lookout->open_ns), live_of(lookout));
	incident_flows_clear(lookout->flows);
}

static void begin_interval(struct lookout *lookout, int64_t t_ns)
{
	if (lookout->open && lookout->open_ns == t_ns)
		return;
	end_interval(lookout);
	lookout->open = true;
	lookout->open_ns = t_ns;
	lookout->has_live = lookout->sink.live && lookout->sink.live(lookout->user, &lookout->live);
}

static void take_row(void *user, const struct interval_facts *facts)
{
	struct lookout *lookout = user;
	begin_interval(lookout, facts->t_ns);
	struct interval_facts row = *facts;
	row.t_ns = clock_time(lookout, row.t_ns);
	triggers_put(lookout->triggers, &row, live_of(lookout));
	if (lookout->sink.row)
		lookout->sink.row(lookout->user, &row, live_of(lookout));
}

/* A flow's first row may span several intervals: it belongs to the last of them. */
static void take_flow_row(void *user, const struct flow_interval_facts *facts)
{
	struct lookout *lookout = user;
	if (lookout->open && facts->t_ns + facts->interval_ns - lookout->interval_ns != lookout->open_ns)
		end_interval(lookout);
	incident_flows_put(lookout->flows, facts);
}

static struct engine *make_engine(const struct lookout_options *options, struct lookout *lookout)
{
	static const struct engine_sink sink = {.interval = take_row, .flow_interval = take_flow_row};
	struct engine_options engine;
	engine_options_default(&engine);
	engine.interval_ns = options->interval_ns;
	engine.max_flows = options->max_flows;
	engine.timeline_keys = options->timeline_keys;
	engine.hash_seed = options->hash_seed;
	engine.flow_timeline_packets = 0; /* the worst flow may be a SYN that nobody answers */
	engine.flow_timeline_limits = false;
	engine.max_events = 0;
	return engine_new(&engine, &sink, lookout);
}

struct lookout *lookout_new(const struct lookout_options *options, const struct lookout_sink *sink, void *user, char *message,
			    size_t message_bytes)
{
	struct lookout *lookout = calloc(1, sizeof *lookout);
	snprintf(message, message_bytes, "out of memory");
	if (!lookout)
		return NULL;
	lookout->sink = *sink;
	lookout->user = user;
	lookout->interval_ns = options->interval_ns;
	lookout->latest_ns = lookout->step_ns = NO_TIME;
	lookout->flows = incident_flows_new();
	if (lookout->flows)
		lookout->triggers = triggers_new(options->rules, options->incidents_per_hour, message, message_bytes);
	if (lookout->triggers)
		lookout->engine = make_engine(options, lookout);
	if (lookout->engine)
		return lookout;
	lookout_free(lookout);
	return NULL;
}

void lookout_free(struct lookout *lookout)
{
	static const struct lookout_sink silent = {0};
	if (!lookout)
		return;
	lookout->sink = silent;
	engine_free(lookout->engine);
	triggers_free(lookout->triggers);
	incident_flows_free(lookout->flows);
	free(lookout);
}

/* Each interval ends, and flows expire at whole seconds. */
static int64_t tick_after(const struct lookout *lookout, int64_t t_ns)
{
	const int64_t interval_end_ns = t_ns - t_ns % lookout->interval_ns + lookout->interval_ns;
	const int64_t second_end_ns = t_ns - t_ns % SECOND + SECOND;
	return interval_end_ns < second_end_ns ? interval_end_ns : second_end_ns;
}

/* The engine hears of each tick before of what comes later, be it that a clock says so now and then or that frames alone tell the time:
 * rows of silence, and a handshake that nobody answers, are the same live and replayed. That is over soon; then the rest of a gap is
 * passed at once, be it that the clock was set. */
static void pass_time(struct lookout *lookout, int64_t until_ns)
{
	if (lookout->latest_ns != NO_TIME && until_ns <= lookout->tick_ns)
		return;
	const int64_t first_ns = lookout->latest_ns;
	for (int64_t t_ns = lookout->tick_ns; first_ns != NO_TIME && t_ns < until_ns && t_ns - first_ns <= TICKING_NS;
	     t_ns = tick_after(lookout, t_ns)) {
		engine_advance(lookout->engine, t_ns);
		end_interval(lookout);
	}
	lookout->tick_ns = tick_after(lookout, until_ns);
}

void lookout_frame(struct lookout *lookout, const struct frame *frame)
{
	struct frame shifted = *frame;
	shifted.t_ns = engine_time(lookout, frame->t_ns);
	pass_time(lookout, shifted.t_ns);
	note_time(lookout, shifted.t_ns);
	engine_frame(lookout->engine, &shifted);
	end_interval(lookout);
}

void lookout_advance(struct lookout *lookout, int64_t now_ns)
{
	const int64_t t_ns = engine_time(lookout, now_ns);
	pass_time(lookout, t_ns);
	note_time(lookout, t_ns);
	engine_advance(lookout->engine, t_ns);
	end_interval(lookout);
}

void lookout_finish(struct lookout *lookout)
{
	if (lookout->latest_ns == NO_TIME)
		return;
	engine_advance(lookout->engine, lookout->latest_ns + lookout->interval_ns); /* not engine_finish: flows live on */
	end_interval(lookout);
}

char *lookout_worst_flows(struct lookout *lookout, const struct interval_facts *row)
{
	return incident_flows_json(lookout->flows, lookout->engine, row);
}

void lookout_totals(const struct lookout *lookout, struct engine_totals *totals)
{
	engine_totals(lookout->engine, totals);
}

const struct triggers *lookout_triggers(const struct lookout *lookout)
{
	return lookout->triggers;
}
