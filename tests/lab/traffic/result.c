/* A result as one JSON line: what the application and the kernel's TCP_INFO say of one end of one connection. */
#include <inttypes.h>
#include <string.h>

#include "connection.h"

static const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_OK] = "ok",	     [OUTCOME_REFUSED] = "refused",	[OUTCOME_UNANSWERED] = "unanswered",
		[OUTCOME_RESET] = "reset",   [OUTCOME_RESETTING] = "resetting", [OUTCOME_DEADLINE] = "deadline",
		[OUTCOME_ERROR] = "error",
	};

	return names[outcome];
}

static void print_tcp_info(const struct tcp_info *info, FILE *out)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{"state", info->tcpi_state},
		{"snd_mss", info->tcpi_snd_mss},
		{"rcv_mss", info->tcpi_rcv_mss},
		{"rto_us", info->tcpi_rto},
		{"rtt_us", info->tcpi_rtt},
		{"rttvar_us", info->tcpi_rttvar},
		{"min_rtt_us", info->tcpi_min_rtt},
		{"rcv_rtt_us", info->tcpi_rcv_rtt},
		{"snd_cwnd", info->tcpi_snd_cwnd},
		{"snd_wscale", info->tcpi_snd_wscale},
		{"rcv_wscale", info->tcpi_rcv_wscale},
		{"total_retrans", info->tcpi_total_retrans},
		{"bytes_sent", info->tcpi_bytes_sent},
		{"bytes_retrans", info->tcpi_bytes_retrans},
		{"bytes_acked", info->tcpi_bytes_acked},
		{"bytes_received", info->tcpi_bytes_received},
		{"segs_out", info->tcpi_segs_out},
		{"segs_in", info->tcpi_segs_in},
		{"data_segs_out", info->tcpi_data_segs_out},
		{"data_segs_in", info->tcpi_data_segs_in},
		{"delivered", info->tcpi_delivered},
		{"dsack_dups", info->tcpi_dsack_dups},
		{"reordering", info->tcpi_reordering},
		{"reord_seen", info->tcpi_reord_seen},
		{"rcv_ooopack", info->tcpi_rcv_ooopack},
		{"snd_wnd", info->tcpi_snd_wnd},
		{"busy_time_us", info->tcpi_busy_time},
		{"rwnd_limited_us", info->tcpi_rwnd_limited},
		{"sndbuf_limited_us", info->tcpi_sndbuf_limited},
	};
	const char *separator = "";

	fputs("\"tcp_info\": {", out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fprintf(out, "%s\"%s\": %" PRIu64, separator, rows[i].name, rows[i].value);
		separator = ", ";
	}
	fputc('}', out);
}

void result_print(const struct result *result, bool server, unsigned int index, FILE *out)
{
	fprintf(out, "{\"role\": \"%s\", \"index\": %u, \"local_port\": %u, \"remote_port\": %u",
		server ? "server" : "client", index, result->local_port, result->remote_port);
	fprintf(out, ", \"outcome\": \"%s\"", outcome_name(result->outcome));
	if (result->outcome == OUTCOME_ERROR)
		fprintf(out, ", \"error\": \"%s\"", strerror(result->error));
	fprintf(out, ", \"sent_bytes\": %" PRIu64 ", \"received_bytes\": %" PRIu64, result->sent_bytes,
		result->received_bytes);
	fprintf(out, ", \"start_ns\": %" PRId64 ", \"connected_ns\": %" PRId64 ", \"end_ns\": %" PRId64,
		result->start_ns, result->connected_ns, result->end_ns);
	if (result->stall_start_ns != 0)
		fprintf(out, ", \"stall_start_ns\": %" PRId64 ", \"stall_end_ns\": %" PRId64 ", \"read_on_ns\": %" PRId64,
			result->stall_start_ns, result->stall_end_ns, result->read_on_ns);
	if (result->responses > 0) {
		fputs(", \"response_ns\": [", out);
		for (uint64_t i = 0; i < result->responses; i++)
			fprintf(out, "%s%" PRId64, i == 0 ? "" : ", ", result->response_ns[i]);
		fputc(']', out);
	}
	fprintf(out, ", \"congestion\": \"%s\", ", result->congestion);
	print_tcp_info(&result->tcp_info, out);
	fputs("}\n", out);
}
