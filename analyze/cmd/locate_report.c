#include "analyze/cmd/locate_report.h"

#include "analyze/cmd/terminal.h"
#include "analyze/cmd/wrap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define TEXT_MAX 48

const char *locate_kind_name(enum located_kind kind)
{
	switch (kind) {
	case LOCATED_LOST:
		return "lost";
	case LOCATED_UNSENT:
		return "only_at_end";
	case LOCATED_REORDERED:
		return "reordered";
	case LOCATED_DUPLICATED:
		return "duplicated";
	case LOCATED_DELAYED:
		return "delayed";
	}
	return "unknown";
}

const char *locate_course_name(enum course course)
{
	return course == COURSE_AB ? "a_to_b" : course == COURSE_BA ? "b_to_a" : "unknown";
}

static const char *arrow(enum course course)
{
	return course == COURSE_AB ? "A to B" : "B to A";
}

const char *locate_flow_text(const struct locate_report *report, uint32_t flow, char text[LOCATE_FLOW_TEXT_MAX])
{
	char source[ADDRESS_TEXT_MAX], destination[ADDRESS_TEXT_MAX];
	const struct located_flow *known = locate_flow_at(locate_all_flows(report->locate), flow);
	if (!known) {
		snprintf(text, LOCATE_FLOW_TEXT_MAX, "(other)");
		return text;
	}
	const bool tcp = known->protocol == PROTOCOL_TCP, ports = tcp || known->protocol == PROTOCOL_UDP;
	address_text(&known->source, source);
	address_text(&known->destination, destination);
	if (!ports)
		snprintf(text, LOCATE_FLOW_TEXT_MAX, "%s/%s > %s", protocol_name(known->protocol), source, destination);
	else
		snprintf(text, LOCATE_FLOW_TEXT_MAX, "%s%s:%u > %s:%u", tcp ? "" : "udp/", source, known->source_port, destination,
			 known->destination_port);
	return text;
}

static const char *time_text(int64_t ns, char text[TEXT_MAX])
{
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm time;
	char day[TEXT_MAX / 2];
	if (ns < 0 || !gmtime_r(&seconds, &time) || strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &time) == 0)
		snprintf(text, TEXT_MAX, "-");
	else
		snprintf(text, TEXT_MAX, "%s.%06d", day, (int)(ns % 1000000000 / 1000));
	return text;
}

/* "12.345 ms", "1.5 s": whichever reads best. */
static const char *duration_text(int64_t ns, char text[TEXT_MAX])
{
	const double value = (double)(ns < 0 ? -ns : ns);
	if (value < 1e6)
		snprintf(text, TEXT_MAX, "%.1f us", (double)ns / 1e3);
	else if (value < 1e9)
		snprintf(text, TEXT_MAX, "%.3f ms", (double)ns / 1e6);
	else
		snprintf(text, TEXT_MAX, "%.6f s", (double)ns / 1e9);
	return text;
}

static void print_title(FILE *out, const char *title)
{
	const bool colours = has_colours(out);
	fprintf(out, "\n%s%s%s\n", colours ? "\033[1m" : "", title, colours ? "\033[0m" : "");
}

static void print_captures(const struct locate_report *report, FILE *out)
{
	const struct locate_summary *summary = locate_summary(report->locate);
	for (int tap = TAP_A; tap <= TAP_B; tap++) {
		const struct locate_capture *capture = &summary->captures[tap];
		fputs(tap == TAP_A ? "A: " : "B: ", out);
		put_text(out, report->names[tap]);
		fprintf(out, ": %" PRIu64 " frame%s", capture->frames, capture->frames == 1 ? "" : "s");
		const struct {
			uint64_t count;
			const char *what;
		} remarks[] = {
			{capture->not_ip, "not IP"}, {capture->undecoded, "not decoded"}, {capture->tap_duplicates, "captured twice"},
			{capture->outside, "when the other captured nothing"}, {capture->strangers, "of hosts that only this tap sees"},
			{capture->given_up, "given up for want of memory"},
		};
		for (size_t i = 0; i < sizeof remarks / sizeof remarks[0]; i++)
			if (remarks[i].count)
				fprintf(out, "%s%" PRIu64 " %s", ", ", remarks[i].count, remarks[i].what);
		fputc('\n', out);
	}
}

static void print_clock(const struct locate_summary *summary, FILE *out)
{
	char from[TEXT_MAX], to[TEXT_MAX], offset[TEXT_MAX], uncertainty[TEXT_MAX], length[TEXT_MAX];
	const struct clock_fit *clock = &summary->clock;
	fprintf(out, "\nBoth captured for %s, from %s to %s UTC by A's clock.\n", duration_text(summary->to_ns - summary->from_ns, length),
		time_text(summary->from_ns, from), time_text(summary->to_ns, to));
	const int64_t offset_ns = clock->offset_ns;
	duration_text(offset_ns < 0 ? -offset_ns : offset_ns, offset);
	if (clock->both_ways)
		fprintf(out, "B's clock is %s %s A's, give or take %s: half of the shortest round trip between them.\n", offset,
			offset_ns < 0 ? "behind" : "ahead of", duration_text(clock->uncertainty_ns, uncertainty));
	else
		fprintf(out, "Packets were seen in one direction only: B's clock may be %s %s A's, or that is the transit.\n"
			     "Transits are counted from the shortest.\n", offset, offset_ns < 0 ? "behind" : "ahead of");
	if (clock->drift < 0 || clock->drift > 0)
		fprintf(out, "It runs %.1f us/s %s, give or take %.1f.\n", (clock->drift < 0 ? -clock->drift : clock->drift) * 1e6,
			clock->drift < 0 ? "slower" : "faster", clock->drift_uncertainty * 1e6);
	if (clock->outliers)
		fprintf(out, "%" PRIu64 " of %" PRIu64 " packets came before they were sent, and are left out of this.\n",
			clock->outliers, summary->common);
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_verdict(const struct locate_summary *summary, FILE *out)
{
	uint64_t lost = 0;
	for (int course = COURSE_AB; course <= COURSE_BA; course++) {
		const struct locate_direction *direction = &summary->directions[course];
		lost += direction->lost;
		fprintf(out, "%s: ", arrow((enum course)course));
		if (direction->judged == 0)
			fputs("no packets to judge.\n", out);
		else if (direction->judged == 1)
			fprintf(out, "the only packet was %s in between.\n", direction->lost ? "lost" : "not lost");
		else if (direction->lost == 0)
			fprintf(out, "none of %" PRIu64 " packets was lost in between.\n", direction->judged);
		else
			fprintf(out, "%" PRIu64 " of %" PRIu64 " packets %s lost in between, %.3f %%.\n", direction->lost, direction->judged,
				direction->lost == 1 ? "was" : "were", percent(direction->lost, direction->judged));
	}
	if (lost == 0 && summary->directions[COURSE_AB].judged + summary->directions[COURSE_BA].judged > 0)
		fputs("Losses that a capture shows happened elsewhere: before A, or behind B.\n", out);
	fputc('\n', out);
}

static void print_directions(const struct locate_summary *summary, FILE *out)
{
	print_title(out, "Between the taps, packets");
	fputs("direction    passed first       lost       %  reordered    doubled       late  only at end\n", out);
	for (int course = COURSE_AB; course <= COURSE_BA; course++) {
		const struct locate_direction *direction = &summary->directions[course];
		fprintf(out, "%-10s %14" PRIu64 " %10" PRIu64 " %7.3f %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %12" PRIu64 "\n",
			arrow((enum course)course), direction->judged, direction->lost, percent(direction->lost, direction->judged),
			direction->reordered, direction->duplicated, direction->delayed, direction->unsent);
	}
	print_title(out, "Transit, ms");
	fputs("direction        min       mean        p50        p95        p99        max  variation  late above\n", out);
	for (int course = COURSE_AB; course <= COURSE_BA; course++) {
		const struct locate_direction *direction = &summary->directions[course];
		if (direction->transits == 0)
			continue;
		fprintf(out, "%-8s %11.3f %10.3f", arrow((enum course)course), (double)direction->transit_min_ns / 1e6,
			(double)direction->transit_sum_ns / (double)direction->transits / 1e6);
		static const unsigned percents[] = {50, 95, 99};
		for (size_t i = 0; i < 3; i++)
			fprintf(out, " %10.3f", (double)histogram_percentile(&direction->transit, percents[i],
				direction->transit_min_ns, direction->transit_max_ns) / 1e6);
		fprintf(out, " %10.3f %10.3f %11.3f\n", (double)direction->transit_max_ns / 1e6,
			(double)direction->jitter_sum_ns / (double)direction->transits / 1e6, (double)direction->late_ns / 1e6);
	}
}

static void print_intervals(const struct locate_summary *summary, FILE *out)
{
	char text[TEXT_MAX];
	if (summary->directions[COURSE_AB].lost + summary->directions[COURSE_BA].lost == 0 || summary->intervals < 2)
		return;
	print_title(out, "Losses over time (intervals with losses)");
	fprintf(out, "%-27s %12s %10s %12s %10s\n", "from (A's clock)", "A to B", "lost", "B to A", "lost");
	for (uint32_t i = 0; i < summary->intervals; i++) {
		const struct locate_interval *interval = &summary->interval[i];
		if (interval->lost[COURSE_AB] + interval->lost[COURSE_BA] == 0)
			continue;
		fprintf(out, "%-27s %12" PRIu64 " %10" PRIu64 " %12" PRIu64 " %10" PRIu64 "\n",
			time_text(summary->from_ns + (int64_t)i * summary->interval_ns, text), interval->judged[COURSE_AB],
			interval->lost[COURSE_AB], interval->judged[COURSE_BA], interval->lost[COURSE_BA]);
	}
}

static uint64_t troubles(const struct located_flow *flow)
{
	return flow->lost + flow->unsent + flow->reordered + flow->duplicated + flow->delayed;
}

/* Lost packets first, then all else that went wrong. */
static int by_trouble(const void *a, const void *b)
{
	const struct located_flow *const *left = a, *const *right = b;
	const struct located_flow *x = *left, *y = *right;
	if (x->lost != y->lost)
		return x->lost < y->lost ? 1 : -1;
	if (troubles(x) != troubles(y))
		return troubles(x) < troubles(y) ? 1 : -1;
	return (x > y) - (x < y);
}

static void print_flows(const struct locate_report *report, FILE *out)
{
	struct locate_flows *flows = locate_all_flows(report->locate);
	const uint32_t count = locate_flows_count(flows);
	const struct located_flow **order = calloc(count ? count : 1, sizeof(*order));
	size_t listed = 0;
	char text[LOCATE_FLOW_TEXT_MAX];
	if (!order)
		return;
	for (uint32_t i = 0; i < count; i++)
		if (locate_flow_at(flows, i)->course != COURSE_UNKNOWN && troubles(locate_flow_at(flows, i)) > 0)
			order[listed++] = locate_flow_at(flows, i);
	if (listed) {
		qsort(order, listed, sizeof(*order), by_trouble);
		print_title(out, "Flows, the worst first");
		fputs("direction    packets       lost       %  reordered    doubled       late  only at end  flow\n", out);
	}
	for (size_t i = 0; i < listed && i < report->lines; i++)
		fprintf(out, "%-8s %11" PRIu64 " %10" PRIu64 " %7.3f %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %12" PRIu64 "  %s\n",
			arrow(order[i]->course), order[i]->judged, order[i]->lost, percent(order[i]->lost, order[i]->judged),
			order[i]->reordered, order[i]->duplicated, order[i]->delayed, order[i]->unsent,
			locate_flow_text(report, (uint32_t)(order[i] - locate_flow_at(flows, 0)), text));
	if (listed > report->lines)
		fprintf(out, "... and %zu more: --json\n", listed - report->lines);
	free(order);
}

static void print_lost(const struct locate_report *report, FILE *out)
{
	const struct locate_list *list = report->list;
	char time[TEXT_MAX], flow[LOCATE_FLOW_TEXT_MAX];
	size_t lost = 0;
	for (size_t i = 0; i < list->count && list->rows[i].kind == LOCATED_LOST; i++, lost++) {
		const struct located *row = &list->rows[i];
		if (lost == 0 && report->lines) {
			print_title(out, "Lost packets");
			fputs("captured at      frame  time                               seq   bytes  flow\n", out);
		}
		if (lost < report->lines)
			fprintf(out, "%-11s %10" PRIu64 "  %-26s %11" PRIu32 " %7" PRIu32 "  %s\n", row->tap == TAP_A ? "A" : "B", row->frame,
				time_text(row->t_ns, time), row->seq, row->bytes, locate_flow_text(report, row->flow, flow));
	}
	if (lost > report->lines)
		fprintf(out, "... and %zu more: --csv\n", lost - report->lines);
}

void locate_print_text(const struct locate_report *report, FILE *out)
{
	const struct locate_summary *summary = locate_summary(report->locate);
	print_verdict(summary, out);
	print_captures(report, out);
	print_clock(summary, out);
	print_directions(summary, out);
	print_intervals(summary, out);
	print_flows(report, out);
	print_lost(report, out);
}
