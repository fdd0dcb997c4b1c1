/* columns.h: which column of schema.sql gets which field of the facts. The INSERTs are made from these lists. */
#ifndef WIRETAPE_COLUMNS_H
#define WIRETAPE_COLUMNS_H

#include "store/catalog.h"
#include "store/store.h"

#include <stddef.h>

/* How a field becomes a value. */
enum column_type {
	COLUMN_U64,
	COLUMN_U32,
	COLUMN_U16,
	COLUMN_U8,
	COLUMN_BOOL,
	COLUMN_I32,
	COLUMN_U32_OR_NULL, /* 0 is NULL */
	COLUMN_U16_OR_NULL,
	COLUMN_U8_OR_NULL,
	COLUMN_U64_OR_NULL, /* 0 is NULL */
	COLUMN_I64_OR_NULL,  /* negative is NULL */
	COLUMN_WINDOW,	     /* uint64_t; UINT64_MAX is NULL */
	COLUMN_WINDOW_SCALE, /* int32_t; -1 is NULL, -2 is -1 */
	COLUMN_TIME,	     /* int64_t ns; NO_TIME is NULL */
	COLUMN_US,	     /* int64_t ns, written as rounded microseconds; NO_TIME is NULL */
	COLUMN_MS,	     /* int64_t ns, written as milliseconds with fractions */
	COLUMN_MS_OR_NULL,   /* likewise; NO_TIME is NULL */
	COLUMN_SPAN,	     /* int64_t ns, from the field at `guard` to this one, as COLUMN_US; either NO_TIME is NULL */
	COLUMN_TEXT,	     /* const char *; NULL is NULL */
	COLUMN_CHARS,	     /* array of char, ended by 0; empty is NULL */
	COLUMN_ADDRESS,
	COLUMN_ADDRESS_OR_NULL, /* all zero, and 0.0.0.0, is NULL */
	COLUMN_MAC,
	COLUMN_PROTOCOL,
	COLUMN_STATE,
	COLUMN_ENDED_BY,
	COLUMN_SIDE, /* int8_t: enum direction or -1, NULL */
	COLUMN_DIRECTION,
	COLUMN_DIRECTION_U8, /* uint8_t: enum direction */
	COLUMN_KIND,
	COLUMN_CAUSE,
	COLUMN_EVIDENCE,
	COLUMN_EVENT_DURATION, /* of the struct event_facts */
	COLUMN_SEGMENT_END,
	COLUMN_SCOPE,
	COLUMN_KEY,	     /* of the struct interval_facts */
	COLUMN_TUNNEL,
	COLUMN_TUNNEL_ID, /* of the struct flow_facts */
	COLUMN_DNS_TYPE,  /* uint16_t */
	COLUMN_DNS_RCODE, /* int16_t; negative is NULL */
	COLUMN_NAME_SOURCE,
	COLUMN_TLS_VERSION, /* uint16_t; 0 is NULL */
	COLUMN_TLS_ALERT,   /* of the struct tls_facts */
	COLUMN_TLS_ALERT_LEVEL,
	COLUMN_HTTP_END,
	COLUMN_ICMP_KIND, /* of the struct icmp_error_facts */
	COLUMN_NEIGHBOUR_PROTOCOL,
	COLUMN_STREAM_KIND,
	COLUMN_RTP_SSRC, /* of the struct udp_stream_facts */
	COLUMN_RTP_PAYLOAD_TYPE,
	COLUMN_FLOW_ID,	     /* uint64_t, counted by the engine; the database's is base + this */
	COLUMN_FLOW_ID_OR_NULL, /* 0 is NULL */
	COLUMN_OF_CAPTURE,   /* the rest comes from the row's context */
	COLUMN_OF_FLOW,
	COLUMN_OF_DIRECTION,
	COLUMN_OF_LIVE, /* int64_t, `offset` into its struct live_counters; negative, or without these, NULL */
};

struct column {
	const char *name;
	enum column_type type;
	size_t offset; /* of the field in the table's struct */
	size_t guard;  /* offset of a counter or flag: if that is 0 the value is NULL; COLUMN_SPAN: of its beginning */
	size_t guard_bytes; /* its size, 8, 4 or 1; 0: no guard */
};

struct columns {
	const char *table;
	const struct column *list;
	size_t count;
	/* Most rows have nothing but zeros in columns [quiet, quiet + quiet_count), whose fields lie together, of 8 bytes
	 * each. These columns have DEFAULT 0 in schema.sql. */
	size_t quiet, quiet_count;
};

/* A row of captures. */
struct capture_row {
	int64_t id;
	const char *analysed_by;
	struct capture_facts capture;
	struct engine_totals totals;
};

/* A row of host_counters. */
struct host_row {
	int64_t t_ns, interval_ns;
	struct host_counters host;
};

extern const struct columns capture_columns;	    /* struct capture_row */
extern const struct columns interface_columns;	    /* struct interface_facts */
extern const struct columns flow_columns;	    /* struct flow_facts */
extern const struct columns direction_columns;	    /* struct direction_facts */
extern const struct columns event_columns;	    /* struct event_facts */
extern const struct columns timeline_columns;	    /* struct interval_facts */
extern const struct columns flow_timeline_columns; /* struct flow_interval_facts */
extern const struct columns segment_columns;	    /* struct segment_facts */
extern const struct columns incident_columns;	    /* struct incident_facts */
extern const struct columns host_columns;	    /* struct host_row */
extern const struct columns dns_columns;		    /* struct dns_facts */
extern const struct columns name_columns;	    /* struct name_facts */
extern const struct columns tls_columns;		    /* struct tls_facts */
extern const struct columns http_columns;	    /* struct http_facts */
extern const struct columns echo_columns;	    /* struct echo_facts */
extern const struct columns icmp_error_columns;	    /* struct icmp_error_facts */
extern const struct columns hop_columns;		    /* struct hop_facts */
extern const struct columns neighbour_columns;	    /* struct neighbour_facts */
extern const struct columns neighbour_request_columns; /* struct neighbour_request_facts */
extern const struct columns udp_stream_columns;	    /* struct udp_stream_facts */

#endif
