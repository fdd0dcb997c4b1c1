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

/* How long a packet must be for the program to find all that it loads: a load behind the end refuses the packet (bpf(4)), and nobody counts
 * it. 0: that can't be told. */
static uint32_t length_needed(const struct bpf_program *program)
{
	uint32_t needed = 1;
	for (u_int i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *code = &program->bf_insns[i];
		const uint16_t class = BPF_CLASS(code->code), mode = BPF_MODE(code->code);
		uint64_t end = 0;
		if (class == BPF_LD && mode == BPF_ABS && code->k < INT32_MAX) /* beyond: not of the packet */
			end = (uint64_t)code->k + 4;
		else if (class == BPF_LD && mode == BPF_IND)
			end = (uint64_t)code->k + 60 + 4; /* the index is the length of an IPv4 header */
		else if (class == BPF_LDX && mode == BPF_MSH)
			end = (uint64_t)code->k + 1;
		else if (class == BPF_LDX || code->code == (BPF_MISC | BPF_TAX))
			return 0; /* an index that is another */
		if (end > INT32_MAX)
			return 0;
		needed = end > needed ? (uint32_t)end : needed;
	}
	return needed;
}

/* A filter returns how many bytes are to be copied (bpf(4)): of what `whole` matches, as much as it says; of what only `others`
 * matches, `snaplen`. Where `whole` would refuse a packet, or cannot look at it, it goes on with `others`. */
static bool join(const struct bpf_program *whole, const struct bpf_program *others, uint32_t snaplen, struct bpf_program *joined)
{
	const uint32_t needed = length_needed(whole);
	const struct bpf_insn guard[] = {
		{ .code = BPF_LD | BPF_W | BPF_LEN },
		{ .code = BPF_JMP | BPF_JGE | BPF_K, .jt = 1, .jf = 0, .k = needed },
		{ .code = BPF_JMP | BPF_JA, .k = whole->bf_len },
	};
	const u_int first = sizeof guard / sizeof guard[0], second = first + whole->bf_len, count = second + others->bf_len;
	struct bpf_insn *code = needed && count <= INSTRUCTIONS_MAX ? calloc(count, sizeof *code) : NULL;
	if (!code)
		return false;
	memcpy(code, guard, sizeof guard);
	memcpy(code + first, whole->bf_insns, whole->bf_len * sizeof *code);
	memcpy(code + second, others->bf_insns, others->bf_len * sizeof *code);
	for (u_int i = first; i < count; i++) {
		if (code[i].code != (BPF_RET | BPF_K))
			continue;
		if (i < second && code[i].k == 0)
			code[i] = (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .k = second - i - 1 };
		else if (i >= second && code[i].k > snaplen)
			code[i].k = snaplen;
	}
	*joined = (struct bpf_program){ .bf_len = count, .bf_insns = code };
	return true;
}

bool filter_short(pcap_t *handle, const char *filter, uint32_t snaplen, struct bpf_program *joined)
{
	struct bpf_program whole = { .bf_insns = NULL }, others = { .bf_insns = NULL };
	char *dns = NULL;
	if (asprintf(&dns, "(%s) and (" DNS ")", filter ? filter : "len >= 0") < 0)
		return false;
	const bool made = compile(handle, dns, &whole) && compile(handle, filter, &others) && join(&whole, &others, snaplen, joined);
	pcap_freecode(&whole);
	pcap_freecode(&others);
	free(dns);
	return made;
}

static bool set_short(pcap_t *handle, const char *filter, uint32_t snaplen)
{
	struct bpf_program joined = { .bf_insns = NULL };
	const bool set = filter_short(handle, filter, snaplen, &joined) && pcap_setfilter(handle, &joined) == 0;
	free(joined.bf_insns);
	return set;
}

enum status filter_set(pcap_t *handle, const char *filter, uint32_t snaplen, char *message, size_t message_bytes)
{
	struct bpf_program program = { .bf_insns = NULL };
	enum status status = filter_check(handle, filter, message, message_bytes);
	if (status != STATUS_OK || (snaplen && set_short(handle, filter, snaplen)) || !filter)
		return status;
	status = compile(handle, filter, &program) && pcap_setfilter(handle, &program) == 0 ? STATUS_OK : STATUS_IO;
	if (status != STATUS_OK)
		snprintf(message, message_bytes, "--filter %s: cannot be set: %s", filter, pcap_geterr(handle));
	pcap_freecode(&program);
	return status;
}
