/* dlt.h: link types. libpcap speaks DLT_ values, which differ between systems; captures and engine speak LINKTYPE_
 * values, which do not (https://www.tcpdump.org/linktypes.html). */
#ifndef WIRETAPE_DLT_H
#define WIRETAPE_DLT_H

#include <stdint.h>

/* The LINKTYPE_ value of a DLT_ value of this system's libpcap. */
uint16_t link_type_of_dlt(int dlt);

/* The name after LINKTYPE_, as "ETHERNET" or "IEEE802_11_RADIO"; "unknown" where libpcap knows none. Static storage. */
const char *link_name_of_dlt(int dlt);

/* And back: a DLT_ value for a LINKTYPE_ value. */
int dlt_of_link_type(uint16_t link_type);

#endif
