/* What the capture of stored.c holds beside TCP: two rows for most tables, one of them as bare as can be. */
#include "tests/stored.h"

#include <string.h>

static const struct address client = { { [10] = 0xff, [11] = 0xff, 10, 0, 0, 2 } };
static const struct address server = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } };
static const struct address resolver = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 53 } };
static const struct address router = { { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } };
static const struct address nobody = { { 0 } };
static const struct mac_address mac = { { 0x02, 0x00, 0x5e, 0x10, 0x00, 0xff } };

/* Flow 5 asks for the server of flow 1, 40 ms before its SYN; the other question never gets an answer. */
static void put_dns(const struct engine_sink *sink, void *user)
{
	struct dns_facts dns = {
		.flow_id = 5, .t_ns = T0 - 40 * MS, .frame = 3, .answer_ns = T0 - 28 * MS, .answer_frame = 4, .client = client,
		.server = resolver, .client_port = 40005, .server_port = 53, .protocol = PROTOCOL_UDP, .id = 4660, .type = 1,
		.rcode = 0, .queries = 1, .answers = 2, .has_address = true, .address = server, .latency_ns = 12 * MS,
		.name = "shop.example",
	};
	struct name_facts name = { .address = server, .source = NAME_DNS, .t_ns = T0 - 28 * MS, .frame = 4, .name = "shop.example" };
	sink->dns(user, &dns);
	sink->name(user, &name);
	dns = (struct dns_facts){
		.t_ns = T0, .frame = 5, .answer_ns = NO_TIME, .client = client, .server = resolver, .client_port = 40005,
		.server_port = 53, .protocol = PROTOCOL_TCP, .id = 4661, .type = 4711, .rcode = -1, .queries = 3, .open_end = true,
		.latency_ns = NO_TIME,
	};
	memset(dns.name, 'x', sizeof(dns.name) - 1); /* as long as can be */
	sink->dns(user, &dns);
	dns.rcode = 23;
	strcpy(dns.name, "bad.example");
	sink->dns(user, &dns);
	name = (struct name_facts){ .address = server, .source = NAME_SNI, .port = 443, .t_ns = T0 + 31 * MS, .frame = 7,
		.name = "www.shop.example" };
	sink->name(user, &name);
}

static void put_tls_and_http(const struct engine_sink *sink, void *user)
{
	const struct tls_facts tls = {
		.flow_id = 1, .t_ns = T0 + 31 * MS, .frame = 7, .server_hello_ns = T0 + 51 * MS, .finished_ns = T0 + 71 * MS,
		.version = 0x0304, .offered_version = 0x0305, .cipher = 0x1301, .resumed = true, .alert_by = -1, .alert_ns = NO_TIME,
		.sni = "www.shop.example", .alpn_offered = "h2,http/1.1",
	};
	const struct tls_facts failed = {
		.flow_id = 2, .t_ns = T0, .frame = 25, .server_hello_ns = NO_TIME, .finished_ns = NO_TIME, .offered_version = 0x0303,
		.retry = true, .alert_by = 1, .alert_level = 2, .alert = 40, .alert_ns = T0 + MS, .alert_frame = 26,
	};
	const struct http_facts http = {
		.flow_id = 1, .t_ns = T0 + 100 * MS, .frame = 12, .request_end_ns = T0 + 101 * MS, .first_byte_ns = T0 + 151 * MS,
		.last_byte_ns = T0 + 400 * MS, .answer_frame = 15, .status = 503, .end = HTTP_COMPLETE, .request_bytes = 90,
		.answer_bytes = 139000, .method = "GET", .host = "www.shop.example", .path = "/basket",
	};
	const struct http_facts unanswered = {
		.flow_id = 1, .t_ns = T0 + 500 * MS, .frame = 61, .request_end_ns = T0 + 500 * MS, .first_byte_ns = NO_TIME,
		.last_byte_ns = NO_TIME, .end = HTTP_UNANSWERED, .request_bytes = 80, .method = "PUT", .path = "/basket",
	};
	sink->tls(user, &tls);
	sink->tls(user, &failed);
	sink->http(user, &http);
	sink->http(user, &unanswered);
}

static void put_icmp(const struct engine_sink *sink, void *user)
{
	const struct echo_facts echo = {
		.flow_id = 5, .requests = 20, .replies = 15, .duplicates = 1, .lost = 5, .lost_run_max = 3, .rtt_min_ns = 10 * MS,
		.rtt_mean_ns = 12 * MS, .rtt_p95_ns = 19 * MS, .rtt_max_ns = 20 * MS, .jitter_ns = MS, .first_lost_ns = T0 + SECOND,
		.first_lost_frame = 9,
	};
	const struct icmp_error_facts error = {
		.protocol = PROTOCOL_ICMP, .type = 3, .code = 4, .mtu = 1400, .packets = 2, .first_ns = T0, .last_ns = T0 + SECOND,
		.first_frame = 17, .reporter = router, .receiver = client, .about_protocol = PROTOCOL_TCP, .about_source = client,
		.about_destination = server, .about_source_port = 40001, .about_destination_port = 443, .about_flow_id = 1,
	};
	struct hop_facts hop = {
		.source = client, .destination = server, .protocol = PROTOCOL_UDP, .ttl = 1, .has_address = true, .address = router,
		.probes = 3, .replies = 2, .rtt_min_ns = MS, .rtt_mean_ns = 2 * MS, .rtt_max_ns = 3 * MS, .first_ns = T0,
		.first_frame = 18,
	};
	sink->echo(user, &echo);
	sink->icmp_error(user, &error);
	sink->hop(user, &hop);
	hop.ttl = 2;
	hop.has_address = false;
	hop.replies = 0;
	hop.rtt_min_ns = hop.rtt_mean_ns = hop.rtt_max_ns = NO_TIME;
	sink->hop(user, &hop);
}

static void put_neighbours(const struct engine_sink *sink, void *user)
{
	const struct neighbour_facts neighbour = {
		.protocol = NEIGHBOUR_ARP, .address = router, .mac = mac, .vlan = 7, .claims = 3, .gratuitous = 1, .replies = 2,
		.first_ns = T0, .last_ns = T0 + SECOND, .first_frame = 2,
	};
	struct neighbour_request_facts request = {
		.protocol = NEIGHBOUR_ARP, .source = client, .address = router, .mac = mac, .requests = 4, .answered = 2,
		.target_seen = true, .first_ns = T0, .last_ns = T0 + SECOND, .first_frame = 1, .latency_max_ns = 1500 * 1000,
	};
	sink->neighbour(user, &neighbour);
	sink->neighbour_request(user, &request);
	request.protocol = NEIGHBOUR_ND;
	request.source = nobody;
	request.answered = 0;
	request.latency_max_ns = NO_TIME;
	sink->neighbour_request(user, &request);
}

static void put_udp_streams(const struct engine_sink *sink, void *user)
{
	struct udp_stream_facts stream = {
		.flow_id = 5, .direction = S2C, .kind = UDP_STREAM_RTP, .ssrc = 0xdeadbeef, .payload_type = 0, .packets = 96, .lost = 5,
		.reordered = 2, .duplicates = 1, .lost_run_max = 4, .jitter_ns = 2 * MS, .jitter_max_ns = 3 * MS, .first_ns = T0,
		.last_ns = T0 + SECOND, .first_frame = 40, .first_lost_ns = T0 + MS, .first_lost_frame = 41,
	};
	sink->udp_stream(user, &stream);
	stream.kind = UDP_STREAM_IPERF3;
	stream.direction = C2S;
	stream.lost = stream.first_lost_frame = 0;
	stream.first_lost_ns = stream.jitter_ns = NO_TIME;
	sink->udp_stream(user, &stream);
}

void stored_put_protocols(const struct engine_sink *sink, void *user)
{
	put_dns(sink, user);
	put_tls_and_http(sink, user);
	put_icmp(sink, user);
	put_neighbours(sink, user);
	put_udp_streams(sink, user);
}
