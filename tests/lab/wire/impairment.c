#include "impairment.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row {
	const char *name, *text;
	size_t at;
} option_rows[] = {
#define OPTION_ROW(name, text) {#name, text, offsetof(struct impairment_options, name)},
	OPTION_LIST(OPTION_ROW)
#undef OPTION_ROW
};

#define OPTIONS (sizeof(option_rows) / sizeof(option_rows[0]))

static double *option_field(struct impairment_options *options, const struct option_row *row)
{
	return (double *)(void *)((char *)options + row->at);
}

static bool parse_one(struct impairment_options *options, const char *name, size_t name_length, const char *value,
		      const char **end)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		if (strlen(row->name) != name_length || memcmp(row->name, name, name_length) != 0)
			continue;

		char *stop;
		double number = strtod(value, &stop);

		if (stop == value || (*stop != ',' && *stop != '\0') || !(number >= 0) || number > 1e15)
			return false;
		*option_field(options, row) = number;
		*end = stop;
		return true;
	}
	return false;
}

bool impairment_options_parse(struct impairment_options *options, const char *text, char *error,
			      size_t error_bytes)
{
	while (*text != '\0') {
		const char *equals = strchr(text, '=');
		const char *end;

		if (equals == NULL || !parse_one(options, text, (size_t)(equals - text), equals + 1, &end)) {
			snprintf(error, error_bytes, "bad option at \"%s\"", text);
			return false;
		}
		text = *end == ',' ? end + 1 : end;
	}
	return true;
}

void impairment_options_print(const struct impairment_options *options, FILE *out)
{
	struct impairment_options copy = *options;
	const char *separator = "";

	fputc('{', out);
	for (size_t i = 0; i < OPTIONS; i++) {
		double value = *option_field(&copy, &option_rows[i]);

		if (value > 0) {
			fprintf(out, "%s\"%s\": %.15g", separator, option_rows[i].name, value);
			separator = ", ";
		}
	}
	fputc('}', out);
}

void impairment_options_help(FILE *out)
{
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  %-14s %s\n", option_rows[i].name, option_rows[i].text);
}

void impairment_init(struct impairment *impairment, const struct impairment_options *options, uint64_t seed,
		     uint64_t stream)
{
	*impairment = (struct impairment){.options = *options};
	random_seed(&impairment->random, seed, stream);
}

/* Every frame draws all of these, so that changing one percentage leaves the other decisions as they were. */
struct draws {
	double state, loss, reorder, duplicate, corrupt, jitter, congestion;
	uint64_t bit;
};

static struct draws draw(struct random *random)
{
	return (struct draws){
		.state = random_unit(random),
		.loss = random_unit(random),
		.reorder = random_unit(random),
		.duplicate = random_unit(random),
		.corrupt = random_unit(random),
		.jitter = random_unit(random),
		.bit = random_next(random),
		.congestion = random_unit(random),
	};
}

static bool eligible(const struct impairment_options *options, const struct segment *segment)
{
	if (!segment->tcp)
		return false;
	if (options->only_data > 0)
		return segment->payload > 0;
	if (options->only_acks > 0)
		return segment_is_pure_ack(segment);
	return true;
}

/* The drops that need no dice. */
static enum loss_reason rule_drop(const struct impairment_options *options, const struct frame *frame)
{
	const struct segment *segment = &frame->segment;

	if (frame->flow == NULL)
		return LOSS_NONE;
	if (options->drop_larger > 0 && (double)(frame->length - frame->vnet_length) > options->drop_larger)
		return LOSS_SIZE;

	struct flow_side *side = &frame->flow->side[frame->direction];

	if ((segment->flags & TCP_SYN) != 0 && side->syns_dropped < options->drop_syns) {
		side->syns_dropped++;
		return LOSS_SYN;
	}
	if ((segment->flags & TCP_FIN) != 0 && side->fins_dropped < options->drop_fins) {
		side->fins_dropped++;
		return LOSS_FIN;
	}
	if (segment->payload > 0 && side->syn_seen && side->offset_dropped < options->drop_times) {
		/* The stream's first byte has the sequence number ISN + 1. */
		uint32_t first = segment->seq - (side->isn + 1);
		uint32_t wanted = (uint32_t)options->drop_offset;

		if (wanted - first < segment->payload) {
			side->offset_dropped++;
			return LOSS_OFFSET;
		}
	}
	return LOSS_NONE;
}

/* The last byte of its source or destination. */
static bool is_of_host(const struct segment *segment, double host)
{
	const size_t last = segment->version == 6 ? 15 : 3;

	return host > 0 && (segment->src[last] == host || segment->dst[last] == host);
}

static enum loss_reason chance_drop(struct impairment *impairment, const struct segment *segment, const struct draws *draws)
{
	const struct impairment_options *options = &impairment->options;
	const double loss_pct = is_of_host(segment, options->host) ? options->host_loss_pct : options->loss_pct;

	if (impairment->bad_state)
		impairment->bad_state = draws->state * 100 >= options->ge_leave_pct;
	else
		impairment->bad_state = draws->state * 100 < options->ge_enter_pct;
	if (impairment->bad_state && draws->loss * 100 < options->ge_loss_pct)
		return LOSS_BURST;
	if (options->burst_every > 0) {
		uint64_t every = (uint64_t)options->burst_every;
		uint64_t place = impairment->burst_count++ % (every + (uint64_t)options->burst_length);

		if (place >= every)
			return LOSS_BURST;
	}
	return draws->loss * 100 < loss_pct ? LOSS_RANDOM : LOSS_NONE;
}

/* Passes the frame through the link's queue. false: it does not fit. */
static bool serialize(struct impairment *impairment, const struct frame *frame, int64_t *leaves_ns)
{
	const struct impairment_options *options = &impairment->options;
	double ns_per_byte = options->rate_kbit > 0 ? 8e6 / options->rate_kbit : 0;
	double length = (double)(frame->length - frame->vnet_length);

	if (impairment->first_ns == 0)
		impairment->first_ns = frame->arrival_ns;

	int64_t stall_ns = impairment->first_ns + (int64_t)(options->stall_after_ms * 1e6);
	int64_t stall_end_ns = stall_ns + (int64_t)(options->stall_ms * 1e6);

	if (frame->arrival_ns >= stall_ns && impairment->link_free_ns < stall_end_ns)
		impairment->link_free_ns = stall_end_ns;

	int64_t waits_ns = impairment->link_free_ns - frame->arrival_ns;

	if (waits_ns < 0)
		waits_ns = 0;
	if (options->queue_bytes > 0 && ns_per_byte > 0 &&
	    (double)waits_ns / ns_per_byte + length > options->queue_bytes)
		return false;
	*leaves_ns = frame->arrival_ns + waits_ns + (int64_t)(length * ns_per_byte);
	if (ns_per_byte > 0)
		impairment->link_free_ns = *leaves_ns;
	return true;
}

struct verdict impairment_decide(struct impairment *impairment, const struct frame *frame)
{
	const struct impairment_options *options = &impairment->options;
	const struct draws draws = draw(&impairment->random);
	bool may = eligible(options, &frame->segment);
	struct verdict verdict = {.corrupt_bit = draws.bit};
	int64_t release_ns;

	verdict.reason = rule_drop(options, frame);
	if (verdict.reason == LOSS_NONE && !serialize(impairment, frame, &release_ns)) {
		verdict.fate = FATE_QUEUE_FULL;
		return verdict;
	}
	if (verdict.reason == LOSS_NONE && may)
		verdict.reason = chance_drop(impairment, &frame->segment, &draws);
	if (verdict.reason != LOSS_NONE) {
		verdict.fate = FATE_LOST;
		return verdict;
	}

	release_ns += (int64_t)((options->delay_us + options->jitter_us * draws.jitter) * 1000);
	if (release_ns < impairment->last_release_ns)
		release_ns = impairment->last_release_ns;
	if (may && draws.reorder * 100 < options->reorder_pct) {
		verdict.marks |= MARK_LATE;
		verdict.release_ns = release_ns + (int64_t)(options->reorder_us * 1000);
	} else {
		verdict.release_ns = impairment->last_release_ns = release_ns;
	}
	if (may && draws.duplicate * 100 < options->duplicate_pct) {
		verdict.duplicate = true;
		verdict.duplicate_release_ns = verdict.release_ns + (int64_t)(options->duplicate_us * 1000);
	}
	if (may && frame->segment.payload > 0 && draws.corrupt * 100 < options->corrupt_pct)
		verdict.marks |= MARK_CORRUPTED;
	if (may && draws.congestion * 100 < options->congestion_pct)
		verdict.marks |= MARK_CONGESTION;
	return verdict;
}

const char *loss_reason_name(enum loss_reason reason)
{
	static const char *const names[LOSS_REASONS] = {
		[LOSS_NONE] = "",	 [LOSS_RANDOM] = "random", [LOSS_BURST] = "burst",
		[LOSS_SYN] = "syn", [LOSS_FIN] = "fin",	   [LOSS_OFFSET] = "offset", [LOSS_SIZE] = "size",
	};

	return names[reason];
}
