-- title: Retransmissions by cause, flow by flow
-- about: tlp is a tail loss probe, slow is slow start after a time-out; spurious ones were needless, whatever the cause.
-- parameter: limit 20 rows to show
SELECT f.id, f.client_ip AS client, f.server_ip || ':' || f.server_port AS server, d.direction AS dir,
	d.fast_retransmissions AS fast, d.timeout_retransmissions AS timeout, d.slow_start_retransmissions AS slow,
	d.tail_loss_probes AS tlp, d.unknown_retransmissions AS other, d.syn_retransmissions AS syn,
	d.spurious_retransmissions AS spurious
FROM flow_directions d
JOIN flows f ON f.id = d.flow_id
WHERE d.retransmitted_segments > 0
ORDER BY d.retransmitted_segments DESC, f.id, dir
LIMIT :limit;
