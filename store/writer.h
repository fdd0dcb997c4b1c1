/* writer.h: the thread that turns facts into rows. Private to the store. */
#ifndef WIRETAPE_WRITER_H
#define WIRETAPE_WRITER_H

#include "analyze/engine/engine.h"
#include "store/row.h"

struct writer;

/* Prepares the INSERTs. NULL when out of memory or when SQLite refuses. */
struct writer *writer_new(sqlite3 *db);
/* Must be stopped. NULL is allowed. */
void writer_free(struct writer *writer);

/* Starts the thread, which has `db` for itself until writer_stop. False: there is no memory for it. */
bool writer_start(struct writer *writer, int64_t capture_id, int64_t flow_base);
/* Copies the facts for the thread; waits when that is behind. */
void writer_put_flow(struct writer *writer, const struct flow_facts *facts);
void writer_put_event(struct writer *writer, const struct event_facts *facts);
void writer_put_interval(struct writer *writer, const struct interval_facts *facts);
void writer_put_flow_interval(struct writer *writer, const struct flow_interval_facts *facts);
void writer_put_interface(struct writer *writer, const struct interface_facts *facts);
void writer_put_dns(struct writer *writer, const struct dns_facts *facts);
void writer_put_name(struct writer *writer, const struct name_facts *facts);
void writer_put_tls(struct writer *writer, const struct tls_facts *facts);
void writer_put_http(struct writer *writer, const struct http_facts *facts);
void writer_put_echo(struct writer *writer, const struct echo_facts *facts);
void writer_put_icmp_error(struct writer *writer, const struct icmp_error_facts *facts);
void writer_put_hop(struct writer *writer, const struct hop_facts *facts);
void writer_put_neighbour(struct writer *writer, const struct neighbour_facts *facts);
void writer_put_neighbour_request(struct writer *writer, const struct neighbour_request_facts *facts);
void writer_put_udp_stream(struct writer *writer, const struct udp_stream_facts *facts);
/* What SQLite said when the thread gave up, SQLITE_OK as long as it has not. Any time. */
int writer_error(const struct writer *writer);
/* The words for it. */
const char *writer_message(const struct writer *writer);
/* Waits until all is written, or given up. */
void writer_stop(struct writer *writer);

#endif
