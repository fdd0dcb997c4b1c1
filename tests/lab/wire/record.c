#include "record.h"

#include <inttypes.h>

void record_log_header(const struct record *record)
{
	if (record->log != NULL)
		fputs("action,arrival_ns,release_ns,direction,why,src_port,dst_port,ip_id,flags,seq,ack,window,"
		      "payload,segments,tsval,tsecr,frame_bytes\n",
		      record->log);
}

/* What the log says in `why`: the reason of a loss, or the marks joined by '+'. */
static void write_why(FILE *log, enum loss_reason reason, unsigned int marks)
{
	static const char *const names[] = {"late", "overtaken", "duplicate", "corrupted", "congestion"};
	const char *separator = "";

	fputs(loss_reason_name(reason), log);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((marks & 1u << i) != 0) {
			fprintf(log, "%s%s", separator, names[i]);
			separator = "+";
		}
	}
}

static void write_flags(FILE *log, uint8_t flags)
{
	static const char letters[] = "FSRPAUEC";

	for (unsigned int i = 0; i < 8; i++)
		if ((flags & 1u << i) != 0)
			fputc(letters[i], log);
}

static void write_line(const struct record *record, const char *action, const struct frame *frame, int64_t release_ns,
		       enum loss_reason reason)
{
	const struct segment *segment = &frame->segment;
	FILE *log = record->log;

	if (log == NULL || !segment->tcp)
		return;
	fprintf(log, "%s,%" PRId64 ",", action, frame->arrival_ns + record->realtime_ns);
	if (release_ns != 0)
		fprintf(log, "%" PRId64, release_ns + record->realtime_ns);
	fprintf(log, ",%s,", frame->direction == FORWARD ? "forward" : "backward");
	write_why(log, reason, frame->marks);
	fprintf(log, ",%u,%u,%u,", segment->src_port, segment->dst_port, segment->ip_id);
	write_flags(log, segment->flags);
	fprintf(log, ",%" PRIu32 ",%" PRIu32 ",%u,%" PRIu32 ",%" PRIu32 ",", segment->seq, segment->ack,
		segment->window, segment->payload, segment->segments);
	if (segment->timestamps)
		fprintf(log, "%" PRIu32 ",%" PRIu32, segment->tsval, segment->tsecr);
	else
		fputc(',', log);
	fprintf(log, ",%zu\n", frame->length - frame->vnet_length);
}

void record_arrival(struct record *record, const struct frame *frame)
{
	struct direction_counts *counts = &record->counts[frame->direction];

	counts->frames_in++;
	counts->data_segments_in += frame->segment.segments;
	counts->data_bytes_in += frame->segment.payload;
}

void record_drop(struct record *record, const struct frame *frame, const struct verdict *verdict)
{
	struct direction_counts *counts = &record->counts[frame->direction];

	if (verdict->fate == FATE_QUEUE_FULL) {
		counts->queue_full++;
		counts->queue_full_data_segments += frame->segment.segments;
	} else {
		counts->lost++;
		counts->lost_by[verdict->reason]++;
		counts->lost_data_segments += frame->segment.segments;
		counts->lost_data_bytes += frame->segment.payload;
	}
	write_line(record, verdict->fate == FATE_QUEUE_FULL ? "queue_full" : "lost", frame, 0, verdict->reason);
}

void record_delivery(struct record *record, const struct frame *frame, int64_t now_ns)
{
	struct direction_counts *counts = &record->counts[frame->direction];
	int64_t lateness_ns = now_ns - frame->release_ns;

	counts->frames_out++;
	counts->data_segments_out += frame->segment.segments;
	counts->data_bytes_out += frame->segment.payload;
	counts->late += (frame->marks & (MARK_LATE | MARK_DUPLICATE)) == MARK_LATE;
	counts->overtaken += (frame->marks & (MARK_OVERTAKEN | MARK_DUPLICATE)) == MARK_OVERTAKEN;
	counts->duplicated += (frame->marks & MARK_DUPLICATE) != 0;
	counts->corrupted += (frame->marks & MARK_CORRUPTED) != 0;
	counts->congestion += (frame->marks & MARK_CONGESTION) != 0;
	counts->released++;
	counts->released_200us_late += lateness_ns > 200000;
	counts->lateness_ns += lateness_ns;
	if (lateness_ns > counts->lateness_max_ns)
		counts->lateness_max_ns = lateness_ns;
	write_line(record, "forwarded", frame, now_ns, LOSS_NONE);
}

void record_window(struct record *record, const struct frame *frame, bool closed)
{
	record->counts[frame->direction].zero_windows += closed;
	write_line(record, closed ? "zero_window" : "window_open", frame, 0, LOSS_NONE);
}

void record_print_counts(const struct direction_counts *counts, FILE *out)
{
	fprintf(out, "{\"frames_in\": %" PRIu64 ", \"frames_out\": %" PRIu64, counts->frames_in, counts->frames_out);
	fprintf(out, ", \"data_segments_in\": %" PRIu64 ", \"data_bytes_in\": %" PRIu64, counts->data_segments_in,
		counts->data_bytes_in);
	fprintf(out, ", \"data_segments_out\": %" PRIu64 ", \"data_bytes_out\": %" PRIu64, counts->data_segments_out,
		counts->data_bytes_out);
	fprintf(out, ", \"lost\": %" PRIu64 ", \"lost_data_segments\": %" PRIu64 ", \"lost_data_bytes\": %" PRIu64,
		counts->lost, counts->lost_data_segments, counts->lost_data_bytes);
	for (enum loss_reason reason = LOSS_RANDOM; reason < LOSS_REASONS; reason++)
		fprintf(out, ", \"lost_%s\": %" PRIu64, loss_reason_name(reason), counts->lost_by[reason]);
	fprintf(out, ", \"queue_full\": %" PRIu64 ", \"queue_full_data_segments\": %" PRIu64, counts->queue_full,
		counts->queue_full_data_segments);
	fprintf(out, ", \"late\": %" PRIu64 ", \"overtaken\": %" PRIu64, counts->late, counts->overtaken);
	fprintf(out, ", \"duplicated\": %" PRIu64 ", \"corrupted\": %" PRIu64, counts->duplicated, counts->corrupted);
	fprintf(out, ", \"congestion\": %" PRIu64, counts->congestion);
	fprintf(out, ", \"zero_windows\": %" PRIu64 ", \"write_errors\": %" PRIu64, counts->zero_windows,
		counts->write_errors);
	fprintf(out, ", \"lateness_mean_us\": %.1f, \"lateness_max_us\": %.1f, \"late_over_200us\": %" PRIu64 "}",
		counts->released == 0 ? 0 : (double)counts->lateness_ns / (double)counts->released / 1e3,
		(double)counts->lateness_max_ns / 1e3, counts->released_200us_late);
}
