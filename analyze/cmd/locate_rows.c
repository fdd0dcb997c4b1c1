#include "analyze/cmd/locate_report.h"
#include "store/json.h"

#include <inttypes.h>
#include <stdlib.h>

#define ROWS_LEAST 1024

void locate_list_add(struct locate_list *list, const struct located *located)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : ROWS_LEAST;
		if (room > LOCATE_LISTED_MAX)
			room = LOCATE_LISTED_MAX;
		struct located *rows = room > list->room ? realloc(list->rows, room * sizeof *rows) : NULL;
		if (!rows) {
			list->beyond++;
			return;
		}
		list->rows = rows;
		list->room = room;
	}
	list->rows[list->count++] = *located;
}

static int compare(const void *a, const void *b)
{
	const struct located *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind > y->kind ? 1 : -1;
	if (x->t_ns != y->t_ns)
		return x->t_ns > y->t_ns ? 1 : -1;
	if (x->frame != y->frame)
		return x->frame > y->frame ? 1 : -1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

void locate_list_sort(struct locate_list *list)
{
	if (list->count)
		qsort(list->rows, list->count, sizeof *list->rows, compare);
}

static bool is_tcp(const struct locate_report *report, uint32_t flow)
{
	const struct located_flow *known = locate_flow_at(locate_all_flows(report->locate), flow);
	return known && known->protocol == PROTOCOL_TCP;
}

void locate_print_csv(const struct locate_report *report, FILE *out)
{
	char flow[LOCATE_FLOW_TEXT_MAX];
	fputs("what,direction,tap,frame,t_ns,flow,seq,bytes,packets,transit_us\n", out);
	for (size_t i = 0; i < report->list->count; i++) {
		const struct located *row = &report->list->rows[i];
		fprintf(out, "%s,%s,%s,%" PRIu64 ",%" PRId64 ",%s,", locate_kind_name(row->kind), locate_course_name(row->course),
			row->tap == TAP_A ? "a" : "b", row->frame, row->t_ns, locate_flow_text(report, row->flow, flow));
		if (is_tcp(report, row->flow))
			fprintf(out, "%" PRIu32, row->seq);
		fprintf(out, ",%" PRIu32 ",%" PRIu32 ",", row->bytes, row->parts);
		if (row->kind == LOCATED_REORDERED || row->kind == LOCATED_DELAYED)
			fprintf(out, "%.3f", (double)row->transit_ns / 1e3);
		fputc('\n', out);
	}
}

static void put_capture(const struct locate_report *report, struct json *json, enum tap tap)
{
	const struct locate_capture *capture = &locate_summary(report->locate)->captures[tap];
	json_begin_object(json, tap == TAP_A ? "a" : "b");
	json_text(json, "path", report->names[tap]);
	json_integer(json, "frames", (int64_t)capture->frames);
	json_integer(json, "first_ns", capture->first_ns);
	json_integer(json, "last_ns", capture->last_ns);
	json_integer(json, "not_ip", (int64_t)capture->not_ip);
	json_integer(json, "undecoded", (int64_t)capture->undecoded);
	json_integer(json, "tap_duplicates", (int64_t)capture->tap_duplicates);
	json_integer(json, "outside", (int64_t)capture->outside);
	json_integer(json, "only_here", (int64_t)capture->strangers);
	json_integer(json, "given_up", (int64_t)capture->given_up);
	json_end(json);
}

static void put_clock(const struct locate_report *report, struct json *json)
{
	const struct locate_summary *summary = locate_summary(report->locate);
	const struct clock_fit *clock = &summary->clock;
	json_begin_object(json, "clock");
	json_bool(json, "both_ways", clock->both_ways);
	json_real(json, "offset_us", (double)clock->offset_ns / 1e3);
	if (clock->both_ways)
		json_real(json, "uncertainty_us", (double)clock->uncertainty_ns / 1e3);
	else
		json_null(json, "uncertainty_us");
	json_real(json, "drift_ppm", clock->drift * 1e6);
	if (clock->drift < 0 || clock->drift > 0)
		json_real(json, "drift_uncertainty_ppm", clock->drift_uncertainty * 1e6);
	else
		json_null(json, "drift_uncertainty_ppm");
	json_integer(json, "reference_ns", clock->reference_ns);
	json_integer(json, "compared", (int64_t)summary->common);
	json_integer(json, "outliers", (int64_t)clock->outliers);
	json_end(json);
}

static void put_counts(struct json *json, uint64_t judged, uint64_t bytes, uint64_t lost, uint64_t lost_bytes)
{
	json_integer(json, "packets", (int64_t)judged);
	json_integer(json, "bytes", (int64_t)bytes);
	json_integer(json, "lost", (int64_t)lost);
	json_integer(json, "lost_bytes", (int64_t)lost_bytes);
	if (judged)
		json_real(json, "lost_pct", 100.0 * (double)lost / (double)judged);
	else
		json_null(json, "lost_pct");
}

static void put_percentile(struct json *json, const char *key, const struct locate_direction *direction, unsigned percent)
{
	json_real(json, key, (double)histogram_percentile(&direction->transit, percent, direction->transit_min_ns,
							  direction->transit_max_ns) / 1e3);
}

static void put_direction(struct json *json, const struct locate_direction *direction, enum course course)
{
	json_begin_object(json, NULL);
	json_text(json, "direction", locate_course_name(course));
	put_counts(json, direction->judged, direction->bytes, direction->lost, direction->lost_bytes);
	json_integer(json, "only_at_end", (int64_t)direction->unsent);
	json_integer(json, "reordered", (int64_t)direction->reordered);
	json_integer(json, "duplicated", (int64_t)direction->duplicated);
	json_integer(json, "delayed", (int64_t)direction->delayed);
	if (direction->transits) {
		json_real(json, "delayed_above_us", (double)direction->late_ns / 1e3);
		json_real(json, "transit_min_us", (double)direction->transit_min_ns / 1e3);
		json_real(json, "transit_mean_us", (double)direction->transit_sum_ns / (double)direction->transits / 1e3);
		put_percentile(json, "transit_p50_us", direction, 50);
		put_percentile(json, "transit_p95_us", direction, 95);
		put_percentile(json, "transit_p99_us", direction, 99);
		json_real(json, "transit_max_us", (double)direction->transit_max_ns / 1e3);
		json_real(json, "jitter_us", (double)direction->jitter_sum_ns / (double)direction->transits / 1e3);
	}
	json_end(json);
}

static void put_intervals(const struct locate_summary *summary, struct json *json)
{
	json_real(json, "interval_ms", (double)summary->interval_ns / 1e6);
	json_begin_array(json, "intervals");
	for (uint32_t i = 0; i < summary->intervals; i++) {
		json_begin_object(json, NULL);
		json_integer(json, "t_ns", summary->from_ns + (int64_t)i * summary->interval_ns);
		json_integer(json, "packets_a_to_b", (int64_t)summary->interval[i].judged[COURSE_AB]);
		json_integer(json, "lost_a_to_b", (int64_t)summary->interval[i].lost[COURSE_AB]);
		json_integer(json, "packets_b_to_a", (int64_t)summary->interval[i].judged[COURSE_BA]);
		json_integer(json, "lost_b_to_a", (int64_t)summary->interval[i].lost[COURSE_BA]);
		json_end(json);
	}
	json_end(json);
}

static void put_flows(const struct locate_report *report, struct json *json)
{
	struct locate_flows *flows = locate_all_flows(report->locate);
	char text[LOCATE_FLOW_TEXT_MAX];
	json_begin_array(json, "flows");
	for (uint32_t i = 0; i < locate_flows_count(flows); i++) {
		const struct located_flow *flow = locate_flow_at(flows, i);
		if (flow->course == COURSE_UNKNOWN)
			continue;
		json_begin_object(json, NULL);
		json_text(json, "flow", locate_flow_text(report, i, text));
		json_text(json, "direction", locate_course_name(flow->course));
		put_counts(json, flow->judged, flow->bytes, flow->lost, flow->lost_bytes);
		json_integer(json, "only_at_end", (int64_t)flow->unsent);
		json_integer(json, "reordered", (int64_t)flow->reordered);
		json_integer(json, "duplicated", (int64_t)flow->duplicated);
		json_integer(json, "delayed", (int64_t)flow->delayed);
		if (flow->transits) {
			json_real(json, "transit_min_us", (double)flow->transit_min_ns / 1e3);
			json_real(json, "transit_mean_us", (double)flow->transit_sum_ns / (double)flow->transits / 1e3);
			json_real(json, "transit_max_us", (double)flow->transit_max_ns / 1e3);
		}
		json_end(json);
	}
	json_end(json);
	json_integer(json, "packets_without_flow", (int64_t)locate_flows_beyond(flows));
}

static void put_list(const struct locate_report *report, struct json *json)
{
	char text[LOCATE_FLOW_TEXT_MAX];
	json_begin_array(json, "packets");
	for (size_t i = 0; i < report->list->count; i++) {
		const struct located *row = &report->list->rows[i];
		json_begin_object(json, NULL);
		json_text(json, "what", locate_kind_name(row->kind));
		json_text(json, "direction", locate_course_name(row->course));
		json_text(json, "tap", row->tap == TAP_A ? "a" : "b");
		json_integer(json, "frame", (int64_t)row->frame);
		json_integer(json, "t_ns", row->t_ns);
		json_text(json, "flow", locate_flow_text(report, row->flow, text));
		if (is_tcp(report, row->flow))
			json_integer(json, "seq", row->seq);
		else
			json_null(json, "seq");
		json_integer(json, "bytes", row->bytes);
		json_integer(json, "packets", row->parts);
		if (row->kind == LOCATED_REORDERED || row->kind == LOCATED_DELAYED)
			json_real(json, "transit_us", (double)row->transit_ns / 1e3);
		json_end(json);
	}
	json_end(json);
	json_integer(json, "packets_beyond", (int64_t)report->list->beyond);
}

bool locate_print_json(const struct locate_report *report, FILE *out)
{
	const struct locate_summary *summary = locate_summary(report->locate);
	struct json *json = json_new();
	if (!json)
		return false;
	json_begin_object(json, NULL);
	put_capture(report, json, TAP_A);
	put_capture(report, json, TAP_B);
	put_clock(report, json);
	json_integer(json, "from_ns", summary->from_ns);
	json_integer(json, "to_ns", summary->to_ns);
	json_begin_array(json, "directions");
	put_direction(json, &summary->directions[COURSE_AB], COURSE_AB);
	put_direction(json, &summary->directions[COURSE_BA], COURSE_BA);
	json_end(json);
	put_intervals(summary, json);
	put_flows(report, json);
	put_list(report, json);
	json_end(json);
	char *text = json_finish(json);
	if (text)
		fputs(text, out);
	const bool good = text;
	free(text);
	json_free(json);
	return good;
}
