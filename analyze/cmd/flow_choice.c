#include "analyze/cmd/flow_choice.h"

#include "analyze/cmd/answer.h"
#include "analyze/cmd/number.h"
#include "analyze/cmd/terminal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHERS_NAMED 10

bool parse_flow(const char *option, const char *text, struct flow_choice *choice)
{
	uint64_t id = 0;
	choice->text = text;
	choice->id = 0;
	if (flow_ends_parse(text, choice->ends))
		return true;
	if (!isdigit((unsigned char)text[0]) || strpbrk(text, ".:")) {
		complain("%s %s: neither a flow's id nor its two ends, such as " FLOW_ENDS_FORM, option, text);
		return false;
	}
	if (!parse_count(option, text, 1, INT64_MAX, &id))
		return false;
	choice->id = (int64_t)id;
	return true;
}

/* "flows 12, 15 and 3 more have the same ends" */
static void name_others(const struct answer *flows, const char *database, const struct flow_choice *choice, int64_t id)
{
	char others[OTHERS_NAMED * 24] = "";
	size_t length = 0;
	const size_t count = flows->rows - 1;
	for (size_t i = 0; i < count && i < OTHERS_NAMED; i++)
		length += (size_t)snprintf(others + length, sizeof others - length, "%s%" PRId64, i ? ", " : "",
					   answer_integer(flows, i + 1, 0, 0));
	if (count > OTHERS_NAMED)
		complain("%s: flow %" PRId64 " is drawn, which of those between %s has most packets; others: %s and %zu more",
			 database, id, choice->text, others, count - OTHERS_NAMED);
	else if (count > 0)
		complain("%s: flow %" PRId64 " is drawn, which of those between %s has most packets; others: %s", database, id,
			 choice->text, others);
}

enum status flow_choose(const struct flow_choice *choice, struct reader *reader, const char *database, int64_t capture, int64_t *id)
{
	static const char sql[] =
		"SELECT f.id FROM flows AS f"
		" WHERE ((f.client_ip = :a AND f.client_port = :port_a AND f.server_ip = :b AND f.server_port = :port_b)"
		" OR (f.client_ip = :b AND f.client_port = :port_b AND f.server_ip = :a AND f.server_port = :port_a))"
		" AND (:capture = 0 OR f.capture_id = :capture)"
		" ORDER BY (SELECT sum(packets) FROM flow_directions WHERE flow_id = f.id) DESC, f.id";
	char a[ENDPOINT_TEXT_MAX], b[ENDPOINT_TEXT_MAX], port_a[8], port_b[8], number[24];
	struct answer flows;
	*id = choice->id;
	if (!choice->text || choice->id)
		return STATUS_OK;
	endpoint_address(&choice->ends[0], a);
	endpoint_address(&choice->ends[1], b);
	snprintf(port_a, sizeof port_a, "%u", choice->ends[0].port);
	snprintf(port_b, sizeof port_b, "%u", choice->ends[1].port);
	snprintf(number, sizeof number, "%" PRId64, capture);
	const struct parameter parameters[] = {{"a", a}, {"b", b}, {"port_a", port_a}, {"port_b", port_b}, {"capture", number}};
	enum status status = answer_run(&flows, reader, sql, parameters, sizeof parameters / sizeof parameters[0]);
	if (status != STATUS_OK) {
		if (status != STATUS_INTERRUPTED)
			complain("%s: %s", database, reader_error(reader)[0] ? reader_error(reader) : status_text(status));
	} else if (flows.rows > 0) {
		*id = answer_integer(&flows, 0, 0, 0);
		name_others(&flows, database, choice, *id);
	} else {
		status = STATUS_NOT_FOUND;
		complain("--flow %s: there is no such flow in %s: see `wiretape query %s 'SELECT * FROM flows_view'`", choice->text, database,
			 database);
	}
	answer_free(&flows);
	return status;
}
