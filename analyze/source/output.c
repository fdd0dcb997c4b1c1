#include "analyze/source/output.h"

#include "analyze/source/dlt.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdlib.h>

/* What libpcap allows: frames come from many files, and the largest of them is not known when the header is written. */
#define SNAPLEN 262144

struct output {
	FILE *file;
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	bool begun;
	uint16_t link_type;
};

struct output *output_new(FILE *file)
{
	struct output *output = calloc(1, sizeof *output);
	if (output)
		output->file = file;
	return output;
}

void output_free(struct output *output)
{
	if (!output)
		return;
	if (output->pcap)
		pcap_close(output->pcap);
	free(output); /* the dumper is the caller's FILE */
}

enum status output_begin(struct output *output, uint16_t link_type)
{
	if (output->begun)
		return output->link_type == link_type ? STATUS_OK : STATUS_UNSUPPORTED;
	output->pcap = pcap_open_dead_with_tstamp_precision(dlt_of_link_type(link_type), SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
	if (!output->pcap)
		return STATUS_NO_MEMORY;
	output->dumper = pcap_dump_fopen(output->pcap, output->file);
	if (!output->dumper)
		return STATUS_IO;
	output->link_type = link_type;
	output->begun = true;
	return STATUS_OK;
}

enum status output_frame(struct output *output, const struct frame *frame)
{
	const enum status status = output_begin(output, frame->link_type);
	if (status != STATUS_OK)
		return status;
	/* With nanoseconds tv_usec holds them (pcap_open_dead(3PCAP)). */
	const struct pcap_pkthdr header = {
		.ts = {.tv_sec = frame->t_ns / 1000000000, .tv_usec = frame->t_ns % 1000000000},
		.caplen = frame->captured_bytes,
		.len = frame->wire_bytes,
	};
	pcap_dump((unsigned char *)output->dumper, &header, frame->data);
	return ferror(output->file) ? STATUS_IO : STATUS_OK;
}

enum status output_flush(struct output *output)
{
	return fflush(output->file) == 0 && !ferror(output->file) ? STATUS_OK : STATUS_IO;
}

uint16_t output_link_type(const struct output *output)
{
	return output->link_type;
}
