#include "analyze/cmd/inventory_text.h"

#include "analyze/cmd/terminal.h"
#include "analyze/engine/facts.h"
#include "capture/units.h"
#include "store/text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* Rows of a part, unless all are asked for. */
#define ROWS 10

#define TEXT_MAX 32

/* Of folder, interface and host, so that ": 10080 segments of  on , slice headers" fits into 80 columns with them. */
#define WORDS_MAX 40

/* Texts come out of files that anybody may have written: none of it may steer a terminal. Returns the columns it took. */
static int print_clean(FILE *out, const char *text, int width)
{
	int columns = text ? (int)write_visible(out, text, strlen(text)) : 0;
	for (; columns < width; columns++)
		fputc(' ', out);
	return columns;
}

/* A cell of a table from column `from`, with a space behind it. One that is too long has the rest of its row in the next line. */
static int print_cell(FILE *out, const char *text, int from, int width)
{
	if (print_clean(out, text, width) > width)
		fprintf(out, "\n%*s", from + width, "");
	fputc(' ', out);
	return from + width + 1;
}

/* Of packets: "999", "12.3k", "4.56G": three digits or four, powers of 1000. */
static const char *short_number(uint64_t number, char text[TEXT_MAX])
{
	static const char units[] = "kMGTPE";
	double value = (double)number;
	int unit = -1;
	for (; value >= 999.5; unit++)
		value /= 1000;
	if (unit < 0)
		snprintf(text, TEXT_MAX, "%" PRIu64, number);
	else
		snprintf(text, TEXT_MAX, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[unit]);
	return text;
}

/* Of drops and packets of a segment, which may not be known. */
static const char *drops(const struct stored_segment *segment, int64_t number, char text[TEXT_MAX])
{
	if (!segment->known || number < 0)
		return "-";
	return short_number((uint64_t)number, text);
}

/* "2026-11-21 10:32:00"; "-": not known. */
static const char *time_text(int64_t ns, char text[TEXT_MAX])
{
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm time;
	if (ns == NO_TIME || ns < 0 || !gmtime_r(&seconds, &time) || strftime(text, TEXT_MAX, "%Y-%m-%d %H:%M:%S", &time) == 0)
		snprintf(text, TEXT_MAX, "-");
	return text;
}

static void print_title(FILE *out, const char *title)
{
	const bool colours = has_colours(out);
	fprintf(out, "\n%s%s%s", colours ? "\033[1m" : "", title, colours ? "\033[0m" : "");
}

static void print_head(const struct inventory *inventory, FILE *out)
{
	const size_t count = inventory->segment_count;
	const bool is_long = text_columns(inventory->path) + text_columns(inventory->interface) + text_columns(inventory->host) > WORDS_MAX;
	print_clean(out, inventory->path, 0);
	fprintf(out, ": %zu segment%s", count, count == 1 ? "" : "s");
	if (inventory->interface[0]) {
		fputs(" of ", out);
		print_clean(out, inventory->interface, 0);
	}
	if (inventory->host[0]) {
		fputs(is_long ? "\non " : " on ", out);
		print_clean(out, inventory->host, 0);
	}
	if (inventory->slice[0]) {
		fputs(", slice ", out);
		print_clean(out, inventory->slice, 0);
	}
	fputc('\n', out);
	if (inventory->filter[0]) {
		fputs("filter: ", out);
		print_clean(out, inventory->filter, 0);
		fputc('\n', out);
	}
}

static void print_totals(const struct inventory *inventory, FILE *out)
{
	const size_t count = inventory->segment_count;
	char from[TEXT_MAX], to[TEXT_MAX], packets[TEXT_MAX], wire[TEXT_MAX], disk[TEXT_MAX];
	if (count == 0)
		return;
	if (inventory->first_ns != NO_TIME)
		fprintf(out, "%s to %s UTC\n", time_text(inventory->first_ns, from),
			time_text(inventory->last_ns, to));
	fprintf(out, "%s packet%s, %s on the wire, %s on the tape\n", short_number(inventory->packets, packets),
		inventory->packets == 1 ? "" : "s", units_about_size(inventory->bytes, wire),
		units_about_size(inventory->file_bytes, disk));
	fprintf(out, "dropped: %" PRIu64 " by the kernel, %" PRIu64 " by the interface, %" PRIu64 " by the recorder;\n"
		     "not looked at by triggers: %" PRIu64 "\n",
		inventory->kernel_drops, inventory->interface_drops, inventory->pool_drops, inventory->watcher_skipped);
	if (inventory->without > 0)
		fprintf(out, "%zu segment%s no JSON file that can be read: not in these sums\n", inventory->without,
			inventory->without == 1 ? " has" : "s have");
	if (inventory->unknown > 0)
		fprintf(out, "%zu segment%s repaired after a crash, or cut by a replay: drops not known\n", inventory->unknown,
			inventory->unknown == 1 ? " was" : "s were");
	if (inventory->segments[count - 1].part)
		fputs("the last segment is being written (or its recorder died): not in these sums\n", out);
}

static void print_left_out(FILE *out, size_t left_out, const char *what)
{
	if (left_out > 0)
		fprintf(out, "  (%zu %s%s before these: --long)\n", left_out, what, left_out == 1 ? "" : "s");
}

static void print_gaps(const struct inventory *inventory, bool all, FILE *out)
{
	size_t left_out = all || inventory->gaps <= ROWS ? 0 : inventory->gaps - ROWS, skip = left_out;
	char from[TEXT_MAX], to[TEXT_MAX];
	if (inventory->gaps == 0)
		return;
	print_title(out, "Gaps: nothing was recorded");
	fprintf(out, " (%zu, %.1f s in all)\n", inventory->gaps, (double)inventory->gap_ns / 1e9);
	print_left_out(out, left_out, "gap");
	for (size_t i = 0; i < inventory->segment_count; i++) {
		const struct stored_segment *segment = &inventory->segments[i];
		if (segment->gap_ns == 0 || (skip > 0 && skip--))
			continue;
		fprintf(out, "%s to %s %12.1f s\n", time_text(segment->opened_ns - segment->gap_ns, from),
			time_text(segment->opened_ns, to), (double)segment->gap_ns / 1e9);
	}
}

/* The folder is an incident itself. */
static void print_own_incident(const struct stored_incident *incident, FILE *out)
{
	char time[TEXT_MAX];
	if (!incident)
		return;
	fputs("incident: ", out);
	print_clean(out, incident->trigger ? incident->trigger : "-", 0);
	if (incident->key && incident->key[0]) {
		fputs(" of ", out);
		print_clean(out, incident->key, 0);
	}
	fprintf(out, " at %s UTC, ", time_text(incident->t_ns, time));
	print_clean(out, incident->state ? incident->state : "-", 0);
	fputc('\n', out);
}

static void print_incidents(const struct inventory *inventory, bool all, FILE *out)
{
	const size_t first = all || inventory->incident_count <= ROWS ? 0 : inventory->incident_count - ROWS;
	char bytes[TEXT_MAX], alone[TEXT_MAX];
	if (inventory->incident_count == 0)
		return;
	print_title(out, "Incidents");
	fputs(" (alone: what no segment of the ring shares)\n", out);
	fprintf(out, "%-31s %-22s %-11s %5s %5s\n", "name", "key", "state", "disk", "alone");
	print_left_out(out, first, "incident");
	for (size_t i = first; i < inventory->incident_count; i++) {
		const struct stored_incident *incident = &inventory->incidents[i];
		int column = print_cell(out, incident->name, 0, 31);
		column = print_cell(out, incident->key && incident->key[0] ? incident->key : incident->scope ? incident->scope : "-", column,
				    22);
		print_cell(out, incident->state ? incident->state : incident->known ? "-" : "no json", column, 11);
		fprintf(out, "%5s %5s\n", units_about_size(incident->bytes, bytes), units_about_size(incident->alone_bytes, alone));
	}
}

static void print_segment(const struct stored_segment *segment, FILE *out)
{
	char start[TEXT_MAX], length[TEXT_MAX] = "-", text[7][TEXT_MAX];
	if (segment->closed_ns != NO_TIME && segment->opened_ns != NO_TIME)
		snprintf(length, sizeof length, "%.1f", ((double)segment->closed_ns - (double)segment->opened_ns) / 1e9);
	time_text(segment->opened_ns, start);
	const char *state = segment->part ? "writing" : segment->known ? segment_end_name(segment->ended_by) : "no json";
	fprintf(out, "%14s %7s %6s %6s %6s %6s %6s %6s %6s %s\n", strlen(start) > 5 ? start + 5 : start, length,
		drops(segment, (int64_t)segment->packets, text[0]), segment->known ? units_about_size(segment->bytes, text[1]) : "-",
		units_about_size(segment->file_bytes, text[2]), drops(segment, segment->kernel_drops, text[3]),
		drops(segment, segment->interface_drops, text[4]), drops(segment, segment->pool_drops, text[5]),
		drops(segment, segment->watcher_skipped, text[6]), state);
}

static void print_segment_header(const char *title, FILE *out)
{
	print_title(out, title);
	fputc('\n', out);
	fprintf(out, "%-14s %7s %6s %6s %6s %6s %6s %6s %6s %s\n", "start", "seconds", "pkts", "wire", "tape", "kernel", "iface",
		"pool", "unseen", "end");
}

static bool has_drops(const struct stored_segment *segment)
{
	return segment->kernel_drops > 0 || segment->interface_drops > 0 || segment->pool_drops > 0;
}

/* The last segments that lost something, of those that are not shown anyway. */
static void print_drops(const struct inventory *inventory, FILE *out)
{
	const size_t end = inventory->segment_count <= ROWS ? 0 : inventory->segment_count - ROWS;
	size_t count = 0;
	for (size_t i = 0; i < end; i++)
		count += has_drops(&inventory->segments[i]);
	if (count == 0)
		return;
	size_t skip = count <= ROWS ? 0 : count - ROWS;
	print_segment_header("Earlier segments with drops", out);
	print_left_out(out, skip, "segment");
	for (size_t i = 0; i < end; i++)
		if (has_drops(&inventory->segments[i]) && !(skip > 0 && skip--))
			print_segment(&inventory->segments[i], out);
}

static void print_segments(const struct inventory *inventory, bool all, FILE *out)
{
	const size_t count = inventory->segment_count, first = all || count <= ROWS ? 0 : count - ROWS;
	if (count == 0)
		return;
	print_segment_header("Segments", out);
	print_left_out(out, first, "segment");
	for (size_t i = first; i < count; i++)
		print_segment(&inventory->segments[i], out);
}

static void print_disk(const struct inventory *inventory, FILE *out)
{
	char ring[TEXT_MAX], incidents[TEXT_MAX], catalog[TEXT_MAX], all[TEXT_MAX];
	print_title(out, "Disk");
	if (inventory->own) {
		fprintf(out, "\n%s\n", units_about_size(inventory->ring_bytes, ring));
		return;
	}
	fprintf(out, "\n%s: ring %s, incidents beside it %s, catalog %s\n",
		units_about_size(inventory->ring_bytes + inventory->incident_bytes + inventory->catalog_bytes, all),
		units_about_size(inventory->ring_bytes, ring), units_about_size(inventory->incident_bytes, incidents),
		units_about_size(inventory->catalog_bytes, catalog));
}

void inventory_text(const struct inventory *inventory, bool all, bool more, FILE *out)
{
	if (more)
		fputc('\n', out);
	print_head(inventory, out);
	print_own_incident(inventory->own, out);
	print_totals(inventory, out);
	print_gaps(inventory, all, out);
	print_incidents(inventory, all, out);
	if (!all)
		print_drops(inventory, out);
	print_segments(inventory, all, out);
	print_disk(inventory, out);
}
