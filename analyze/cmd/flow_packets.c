#include "analyze/cmd/flow_packets.h"

#include "analyze/cmd/input.h"
#include "analyze/cmd/packet_numbers.h"
#include "analyze/engine/duplicates.h"
#include "analyze/engine/flow_key.h"
#include "analyze/engine/fragments.h"
#include "analyze/source/tape.h"
#include "store/flow_place.h"
#include "store/packet_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROBLEM_MAX 512
#define FRAGMENTS_APART 1000 /* frames from a packet's first fragment to its last, at most */
#define DISORDER_NS INT64_C(10000000000) /* packets may stand later in a capture than their time by so much */

struct search {
	const struct flow_packets *wanted;
	struct flow_place place;
	struct packet_table *table;
	struct packet_numbers numbers;
	struct duplicates *copies; /* NULL: there are none */
	struct fragments *fragments;
	bool fragmented;	   /* packets may be whole some frames after their first one */
	uint64_t offset; /* of a tape: from its frame's number to that in the database */
	bool begun, ended; /* the flow's first packet, and its last one, have come */
	bool stopped;	   /* all that is wanted has come before the last one */
	uint64_t kept, left_out, tap_duplicates;
	struct packet_row before[2]; /* the last ones before the period */
	bool has_before[2];
	char path[4096], problem[PROBLEM_MAX];
};

static bool is_of_flow(const struct flow_place *place, const struct packet *packet, enum direction *direction)
{
	if (packet->protocol != PROTOCOL_TCP)
		return false;
	if (packet->source_port == place->client_port && packet->destination_port == place->server_port &&
	    address_is_equal(&packet->source, &place->client) && address_is_equal(&packet->destination, &place->server))
		*direction = C2S;
	else if (packet->source_port == place->server_port && packet->destination_port == place->client_port &&
		 address_is_equal(&packet->source, &place->server) && address_is_equal(&packet->destination, &place->client))
		*direction = S2C;
	else
		return false;
	return !place->rivals || ((packet->tunnel != TUNNEL_NONE) == place->tunnelled && packet->tunnel_id == place->tunnel_id);
}

/* The engine's own judgement, asked only where it has found copies. */
static bool is_copy(const struct search *search, const struct packet *packet)
{
	if (!search->copies)
		return false;
	const uint64_t fingerprint = duplicates_fingerprint(packet, 0);
	struct seen *seen = duplicates_find(search->copies, packet, fingerprint, 0);
	return seen && duplicates_judge(search->copies, seen, packet, 0, search->place.rtt_ns) == DUPLICATE_TAP;
}

static void keep(struct search *search, const struct packet_row *row)
{
	if (search->kept < FLOW_PACKETS_MAX) {
		packet_table_add(search->table, row);
		search->kept++;
	} else {
		search->left_out++;
	}
}

static void keep_before(struct search *search)
{
	for (enum direction direction = C2S; direction <= S2C; direction++) {
		if (search->has_before[direction])
			keep(search, &search->before[direction]);
		search->has_before[direction] = false;
	}
}

static void take(struct search *search, const struct packet *packet, enum direction direction)
{
	const struct flow_packets *wanted = search->wanted;
	struct packet_row row;
	if (is_copy(search, packet)) {
		search->tap_duplicates++;
		return;
	}
	packet_numbers_row(&search->numbers, packet, direction, search->place.window_shift[direction], &row);
	row.frame = packet->frame + search->offset;
	if (wanted->from_ns != NO_TIME && row.t_ns < wanted->from_ns) {
		search->before[direction] = row;
		search->has_before[direction] = true;
	} else if (wanted->to_ns == NO_TIME || row.t_ns < wanted->to_ns) {
		keep_before(search);
		keep(search, &row);
	}
}

/* One frame that may be the flow's. False: no more are needed. */
static bool look_at(struct search *search, const struct frame *frame)
{
	const struct flow_place *place = &search->place;
	struct packet packet;
	enum direction direction;
	if (packet_decode(frame, &packet) != PACKET_DECODED)
		return true;
	search->fragmented |= packet.fragment;
	if ((packet.fragment && !fragments_add(search->fragments, &packet)) || !is_of_flow(place, &packet, &direction))
		return true;
	if (!search->begun && place->tape) {
		if (packet.t_ns != place->first_ns)
			return true;
		search->offset = place->first_frame - packet.frame;
	} else if (!search->begun && (packet.frame != place->first_frame || packet.t_ns != place->first_ns)) {
		return false;
	}
	search->begun = true;
	search->ended = packet.frame + search->offset == place->last_frame;
	take(search, &packet, direction);
	return !search->ended;
}

/* Reads from the flow's first frame to its last. */
static enum status read_packets(struct search *search, struct input *input)
{
	const struct flow_place *place = &search->place;
	const int64_t to_ns = search->wanted->to_ns;
	struct frame frame;
	enum status status;
	while ((status = input_next(input, &frame)) == STATUS_OK) {
		if (!place->tape && frame.number < place->first_frame)
			continue;
		if (frame.number + search->offset > place->last_frame + (search->fragmented ? FRAGMENTS_APART : 0) &&
		    (search->begun || !place->tape))
			break;
		if (to_ns != NO_TIME && search->begun && frame.t_ns > to_ns && frame.t_ns - to_ns > DISORDER_NS) {
			search->stopped = true;
			break;
		}
		if (!look_at(search, &frame))
			break;
	}
	keep_before(search);
	return status == STATUS_INTERRUPTED || status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static void set_problem(struct search *search, const char *problem)
{
	snprintf(search->problem, sizeof search->problem, "%s", problem);
}

static enum status open_input(struct search *search, const struct source_item *item, struct input **input)
{
	const struct flow_place *place = &search->place;
	char message[INPUT_MESSAGE_MAX];
	struct period period = {.from_text = "", .to_text = ""};
	if (item->tape) { /* only its segments of the flow's time are opened; what was not analysed must not be counted */
		int64_t first_ns = place->first_ns - DISORDER_NS, last_ns = place->last_ns + DISORDER_NS;
		if (first_ns < place->capture_first_ns)
			first_ns = place->capture_first_ns;
		if (last_ns > place->capture_last_ns)
			last_ns = place->capture_last_ns;
		period.from = (struct moment){.kind = MOMENT_AT, .ns = first_ns};
		period.to = (struct moment){.kind = MOMENT_AT, .ns = last_ns};
	}
	const enum status status = input_open(input, item, &period, message);
	if (status != STATUS_OK)
		set_problem(search, "it cannot be read any more");
	return status == STATUS_INTERRUPTED || status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

/* The packets of the capture at search->path; the problem says why there are none. */
static enum status read_capture(struct search *search)
{
	struct stat info;
	struct input *input = NULL;
	enum status status = STATUS_NO_MEMORY;
	search->problem[0] = '\0';
	if (stat(search->path, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))) {
		set_problem(search, "it is not there any more");
		return STATUS_OK;
	}
	/* Files of /proc have no size; of some, what is read is gone, or is waited for. */
	if (S_ISREG(info.st_mode) && info.st_size == 0) {
		set_problem(search, "it cannot be read any more");
		return STATUS_OK;
	}
	search->place.tape = S_ISDIR(info.st_mode);
	search->begun = search->ended = search->stopped = search->fragmented = false;
	search->has_before[C2S] = search->has_before[S2C] = false;
	search->offset = search->kept = search->left_out = search->tap_duplicates = 0;
	search->numbers = (struct packet_numbers){0};
	search->fragments = fragments_new();
	search->copies = search->place.copies ? duplicates_new() : NULL;
	if (!search->fragments || (search->place.copies && !search->copies))
		goto out;
	packet_table_clear(search->table);
	const struct source_item item = {.path = search->path, .tape = search->place.tape};
	status = open_input(search, &item, &input);
	if (input)
		status = read_packets(search, input);
	if (!search->problem[0] && !search->ended && !search->stopped)
		set_problem(search, "it is not the capture that was analysed, or a part of it is gone");
out:
	input_close(input);
	fragments_free(search->fragments);
	duplicates_free(search->copies);
	search->fragments = NULL;
	search->copies = NULL;
	return status;
}

/* Where a capture may be, the most likely place first: where the database says, seen from here; the same, seen from the database;
 * beside the database; and, of an incident, around it. False: there are no more places. */
static bool make_path(struct search *search, unsigned index)
{
	const struct flow_packets *wanted = search->wanted;
	const char *path = wanted->capture_path ? wanted->capture_path : search->place.path;
	const char *slash = strrchr(wanted->database, '/'), *name = strrchr(path, '/');
	const int folder = slash ? (int)(slash - wanted->database) : 1;
	const char *start = slash ? wanted->database : ".";
	int length = 0;
	if (index == 0)
		length = snprintf(search->path, sizeof search->path, "%s", path);
	else if (wanted->capture_path || index > 3)
		return false;
	else if (index == 1 && path[0] != '/')
		length = snprintf(search->path, sizeof search->path, "%.*s/%s", folder, start, path);
	else if (index == 2)
		length = snprintf(search->path, sizeof search->path, "%.*s/%s", folder, start, name ? name + 1 : path);
	else if (index == 3 && search->place.tape)
		length = snprintf(search->path, sizeof search->path, "%.*s", folder, start);
	if (length <= 0 || length >= (int)sizeof search->path || (index == 3 && !tape_is(search->path)))
		search->path[0] = '\0';
	return true;
}

/* Tries the places in turn; what is wrong with the first where there is something stands. */
static enum status read_any(struct search *search)
{
	char path[sizeof search->path] = "", problem[PROBLEM_MAX] = "";
	const bool tape = search->place.tape;
	bool found = false;
	enum status status = STATUS_OK;
	if (!search->wanted->capture_path && (strcmp(search->place.path, "-") == 0 || !search->place.path[0])) {
		snprintf(search->path, sizeof search->path, "standard input");
		set_problem(search, "it was read from a pipe");
		return STATUS_OK;
	}
	for (unsigned i = 0; status == STATUS_OK && make_path(search, i); i++) {
		const bool there = access(search->path, F_OK) == 0;
		if (i > 0 && !there)
			continue;
		search->place.tape = tape;
		status = read_capture(search);
		if (status != STATUS_OK || !search->problem[0])
			return status;
		if (i > 0 && found)
			continue;
		found = there;
		memcpy(path, search->path, sizeof path);
		memcpy(problem, search->problem, sizeof problem);
	}
	memcpy(search->path, path, sizeof path);
	memcpy(search->problem, problem, sizeof problem);
	return status;
}

static enum status find(struct search *search, struct reader *reader)
{
	const enum status status = flow_place_find(reader, search->wanted->flow, &search->place);
	if (status == STATUS_OK)
		return read_any(search);
	if (status == STATUS_NO_MEMORY || status == STATUS_INTERRUPTED)
		return status;
	set_problem(search, status == STATUS_NOT_FOUND ? "the flow is not TCP" : "the database does not say where its packets are");
	return STATUS_OK;
}

enum status flow_packets_load(struct reader *reader, const struct flow_packets *wanted)
{
	struct packet_table_summary summary = {
		.flow = wanted->flow,
		.from_ns = wanted->from_ns,
		.to_ns = wanted->to_ns,
		.path = wanted->capture_path,
	};
	if (packet_table_holds(reader, &summary))
		return STATUS_OK;
	struct search *search = calloc(1, sizeof *search);
	enum status status = search ? packet_table_new(&(search->table), reader) : STATUS_NO_MEMORY;
	if (status != STATUS_OK)
		goto out;
	search->wanted = wanted;
	if (wanted->flow)
		status = find(search, reader);
	if (status != STATUS_OK)
		goto out;
	summary.path = search->path[0] ? search->path : NULL;
	summary.problem = search->problem[0] ? search->problem : NULL;
	summary.left_out = search->left_out;
	summary.tap_duplicates = search->tap_duplicates;
	status = packet_table_end(search->table, &summary);
out:
	if (search)
		packet_table_free(search->table);
	free(search);
	return status;
}
