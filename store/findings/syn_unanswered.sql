-- title: Nobody answers when a connection is opened
-- severity: critical
-- layer: L4
-- rank: 10
-- explanation: The client repeated its SYN and got nothing back, not even a refusal: a firewall drops it, the host is
-- explanation: down, or there is no route (or no route back). The user waits for minutes before an error comes.
-- advice: On the server `tcpdump -ni any 'tcp[tcpflags] & tcp-syn != 0 and port PORT'`: if the SYN arrives and no answer
-- advice: leaves, look at its firewall (`nft list ruleset`), `ss -ltn` and rp_filter; if it does not arrive, at the
-- advice: firewalls and routes before it (`mtr -T -P PORT HOST`).
-- threshold: syn_repeats 2 SYNs repeated without an answer
-- threshold: syn_wait_ms 3000 ms waited for an answer, if the SYN was repeated less often
-- explains: dns_unanswered
WITH tries AS (
	SELECT f.id, f.client_ip, f.server_ip, f.syn_ns, f.first_frame, d.service, d.packets - 1 AS repeats,
		d.last_ns - d.first_ns AS waited_ns
	FROM flows f
	JOIN directions d ON d.flow_id = f.id AND d.direction = 'c2s'
	WHERE f.state = 'unanswered' AND f.protocol = 'tcp' AND f.capture_id = :capture
		AND d.packets <= d.syns + d.network_duplicates + d.resets -- or an answer passed elsewhere
		AND (d.packets > :syn_repeats
			OR d.syn_retransmissions > 0 AND d.last_ns - d.first_ns >= :syn_wait_ms * 1e6)
)
SELECT service AS subject, max(repeats) AS value,
	printf('%,d connection%s to %s by %s: up to %,d SYN%s in %.1f s and no answer.', count(*), iif(count(*) = 1, '', 's'),
		service,
		iif(count(DISTINCT client_ip) = 1, client_ip, count(DISTINCT client_ip) || ' hosts'), max(repeats) + 1,
		iif(max(repeats) = 0, '', 's'), max(waited_ns) / 1e9) AS detail,
	id AS flow_id, syn_ns AS t_ns, first_frame AS frame, iif(count(*) > 1, server_ip, NULL) AS address
FROM tries
GROUP BY service
ORDER BY count(*) DESC
