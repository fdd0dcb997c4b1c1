#include "analyze/source/dlt.h"

#include <pcap/pcap.h>
#include <stddef.h>

struct link {
	int dlt;
	uint16_t link_type;
	const char *name;
};

/* Where DLT_ and LINKTYPE_ differ in value or name (libpcap, pcap-common.c). */
static const struct link links[] = {
	{DLT_EN10MB, 1, "ETHERNET"},
	{DLT_FDDI, 10, "FDDI"},
	{DLT_RAW, 101, "RAW"},
	{DLT_ATM_RFC1483, 100, "ATM_RFC1483"},
	{DLT_SLIP_BSDOS, 102, "SLIP_BSDOS"},
	{DLT_PPP_BSDOS, 103, "PPP_BSDOS"},
	{DLT_C_HDLC, 104, "C_HDLC"},
	{DLT_PPP_SERIAL, 50, "PPP_HDLC"},
	{DLT_LOOP, 108, "LOOP"},
	{DLT_ENC, 109, "ENC"},
	{DLT_PFSYNC, 246, "PFSYNC"},
};

static const struct link *find(int dlt)
{
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (links[i].dlt == dlt)
			return &links[i];
	return NULL;
}

uint16_t link_type_of_dlt(int dlt)
{
	const struct link *link = find(dlt);
	return link ? link->link_type : (uint16_t)dlt;
}

const char *link_name_of_dlt(int dlt)
{
	const struct link *link = find(dlt);
	if (link)
		return link->name;
	const char *name = pcap_datalink_val_to_name(dlt);
	return name ? name : "unknown";
}

int dlt_of_link_type(uint16_t link_type)
{
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (links[i].link_type == link_type)
			return links[i].dlt;
	return link_type;
}
