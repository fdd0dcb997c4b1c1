#include "capture/filter.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DNS "port 53 or port 5353 or port 5355"
#define INSTRUCTIONS_MAX 4096 /* that the kernel takes */

static bool compile(pcap_t *handle, const char *filter, struct bpf_program *program)
{
	return pcap_compile(handle, program, filter ? filter : "", 1, PCAP_NETMASK_UNKNOWN) == 0;
}

enum status filter_check(pcap_t *handle, const char *filter, char *message, size_t message_bytes)
{
	struct bpf_program program;
	if (!filter)
		return STATUS_OK;
	if (!compile(handle, filter, &program)) {
		snprintf(message, message_bytes, "--filter %s: %s (pcap-filter(7) tells how they are written)", filter, pcap_geterr(handle));
		return STATUS_USAGE;
	}
	pcap_freecode(&program);
	return STATUS_OK;
}

/* A filter returns how many bytes are to be copied (bpf(4)): of what `whole` matches, as much as it says; of what only `others`
 * matches, `snaplen`. Where `whole` would refuse a packet it goes on with `others`. */
static bool join(const struct bpf_program *whole, const struct bpf_program *others, uint32_t snaplen, struct bpf_program *joined)
{
	const u_int count = whole->bf_len + others->bf_len;
	struct bpf_insn *code = count <= INSTRUCTIONS_MAX ? calloc(count, sizeof *code) : NULL;
	if (!code)
		return false;
	memcpy(code, whole->bf_insns, whole->bf_len * sizeof *code);
	memcpy(code + whole->bf_len, others->bf_insns, others->bf_len * sizeof *code);
	for (u_int i = 0; i < count; i++) {
		if (code[i].code != (BPF_RET | BPF_K))
			continue;
		if (i < whole->bf_len && code[i].k == 0)
			code[i] = (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .k = whole->bf_len - i - 1 };
		else if (i >= whole->bf_len && code[i].k > snaplen)
			code[i].k = snaplen;
	}
	*joined = (struct bpf_program){ .bf_len = count, .bf_insns = code };
	return true;
}

/* False where that can't be, as on links that can't carry IP. */
static bool set_short(pcap_t *handle, const char *filter, uint32_t snaplen)
{
	struct bpf_program whole = { .bf_insns = NULL }, others = { .bf_insns = NULL }, joined = { .bf_insns = NULL };
	char *dns = NULL;
	if (asprintf(&dns, "(%s) and (" DNS ")", filter ? filter : "len >= 0") < 0)
		return false;
	const bool set = compile(handle, dns, &whole) && compile(handle, filter, &others) && join(&whole, &others, snaplen, &joined) &&
			 pcap_setfilter(handle, &joined) == 0;
	pcap_freecode(&whole);
	pcap_freecode(&others);
	free(joined.bf_insns);
	free(dns);
	return set;
}

enum status filter_set(pcap_t *handle, const char *filter, uint32_t snaplen, char *message, size_t message_bytes)
{
	struct bpf_program program;
	enum status status = filter_check(handle, filter, message, message_bytes);
	if (status != STATUS_OK || (snaplen && set_short(handle, filter, snaplen)) || !filter)
		return status;
	if (!compile(handle, filter, &program) || pcap_setfilter(handle, &program) != 0) {
		snprintf(message, message_bytes, "--filter %s: cannot be set: %s", filter, pcap_geterr(handle));
		return STATUS_IO;
	}
	pcap_freecode(&program);
	return STATUS_OK;
}
