/* engine.h: frames in, facts out. A pure function of its input: no files, no clock, no globals, no output. */
#ifndef WIRETAPE_ENGINE_H
#define WIRETAPE_ENGINE_H

#include "analyze/engine/facts.h"
#include "analyze/engine/status.h"

#include <stddef.h>

/* Link types, with the values of LINKTYPE_ (https://www.tcpdump.org/linktypes.html). */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW = 101, /* also 12 and 14 */
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

/* One captured frame. `data` is borrowed for the call. */
struct frame {
	int64_t t_ns;
	uint64_t number;	  /* from 1, counted in the capture */
	uint32_t captured_bytes;  /* valid bytes at data */
	uint32_t wire_bytes;	  /* original length; never less than captured_bytes */
	uint32_t interface;	  /* its number, where the capture says; 0 otherwise. SLL2's own is read from data */
	uint16_t link_type;	  /* enum link_type or any other LINKTYPE_ value */
	const uint8_t *data;
};

struct engine_options {
	uint32_t max_flows;		/* flows in memory; more are evicted, written and counted */
	int64_t interval_ns;		/* of timeline and flow_timeline */
	int64_t tcp_idle_ns;		/* a TCP flow without packets for so long is over */
	int64_t closed_linger_ns;	/* a closed TCP flow waits so long for stragglers */
	int64_t udp_idle_ns;		/* UDP, ICMP and all else */
	uint32_t timeline_keys;		/* rows per scope and interval that keep their own key; the rest is summed */
	uint32_t flow_timeline_packets; /* flows with fewer packets get no flow_interval rows; 0: all flows do */
	bool flow_timeline_limits;	/* these rows say what held the flow back: some cache lines more for each */
	uint64_t max_events;		/* more are counted and not delivered */
	uint64_t hash_seed;		/* any value; changes no result, keeps hostile traffic from choosing collisions */
};

/* 1,000,000 flows, 1 s intervals, 2 h / 10 s / 180 s, 64 keys, 32 packets, limits, 1,000,000 events. */
void engine_options_default(struct engine_options *options);

/* Callbacks; any may be NULL. What they get is borrowed for the call. Called from within engine_* calls only.
 * A flow's events and intervals are delivered before its own row. */
struct engine_sink {
	void (*flow)(void *user, const struct flow_facts *facts);
	void (*event)(void *user, const struct event_facts *facts);
	void (*interval)(void *user, const struct interval_facts *facts);
	void (*flow_interval)(void *user, const struct flow_interval_facts *facts);
	void (*interface)(void *user, const struct interface_facts *facts); /* at the end */
	/* A flow's TLS, HTTP and UDP streams may come before or after its own row. */
	void (*dns)(void *user, const struct dns_facts *facts);
	void (*name)(void *user, const struct name_facts *facts);
	void (*tls)(void *user, const struct tls_facts *facts);
	void (*http)(void *user, const struct http_facts *facts);
	void (*echo)(void *user, const struct echo_facts *facts);
	void (*icmp_error)(void *user, const struct icmp_error_facts *facts); /* at the end */
	void (*hop)(void *user, const struct hop_facts *facts);	      /* at the end */
	void (*neighbour)(void *user, const struct neighbour_facts *facts); /* at the end */
	void (*neighbour_request)(void *user, const struct neighbour_request_facts *facts); /* at the end */
	void (*udp_stream)(void *user, const struct udp_stream_facts *facts);
};

struct engine;

/* Copies both structs. Returns NULL when out of memory or when an option is out of range. */
struct engine *engine_new(const struct engine_options *options, const struct engine_sink *sink, void *user);
/* Takes one frame in; frames come in the order of the capture. */
void engine_frame(struct engine *engine, const struct frame *frame);
/* Closes intervals that ended before `now_ns` and expires idle flows, where no frame has said how late it is. */
void engine_advance(struct engine *engine, int64_t now_ns);
/* The facts of the flows that live now, as they would be if all ended here; nothing changes by it. Packets that came
 * since the last engine_advance may not be in it. In an order that depends on the frames alone. */
void engine_flows(const struct engine *engine, void (*visit)(void *user, const struct flow_facts *facts), void *user);
/* Closes all intervals and flows and delivers them; the engine then takes nothing more but engine_free. */
void engine_finish(struct engine *engine);
void engine_totals(const struct engine *engine, struct engine_totals *totals);
/* engine_finish, unless done, then frees. NULL is allowed. */
void engine_free(struct engine *engine);

/* True if engine_frame decodes this link type. */
bool engine_knows_link(uint16_t link_type);

#endif
