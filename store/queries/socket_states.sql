-- title: States of sockets over time, as ss would count them
-- about: As of the end of each step. Each connection has two sockets, unless `address` chooses one host.
-- parameter: step '' seconds; '': a twentieth of the time
-- parameter: address '' only sockets of this host
WITH RECURSIVE period AS (SELECT min(first_ns) AS t0, max(last_ns) AS t1 FROM captures),
grid AS MATERIALIZED (
	SELECT t0, t1, max(1, (t1 - t0) / 1000, CASE WHEN :step IS NOT NULL THEN CAST(:step * 1e9 AS INTEGER)
		WHEN t1 - t0 < 20000000000 THEN (t1 - t0) / 20 ELSE ((t1 - t0) / 20000000000 + 1) * 1000000000 END) AS step
	FROM period
),
-- The rules of socket_spans, for the steps in which times fall (2000: after the last one): of a million sockets few
-- different ones are left.
steps AS MATERIALIZED (
	SELECT direction, passive, opened, given_up, established, fin, fin_acked, peer_fin, closed, reset, count(*) AS n
	FROM (
		SELECT direction, passive,
			iif(opened_ns <= t1, max(0, (opened_ns - t0) / step), 2000) AS opened,
			iif(given_up_ns <= t1, max(0, (given_up_ns - t0) / step), 2000) AS given_up,
			iif(established_ns <= t1, max(0, (established_ns - t0) / step), 2000) AS established,
			iif(fin_ns <= t1, max(0, (fin_ns - t0) / step), 2000) AS fin,
			iif(fin_acked_ns <= t1, max(0, (fin_acked_ns - t0) / step), 2000) AS fin_acked,
			iif(peer_fin_ns <= t1, max(0, (peer_fin_ns - t0) / step), 2000) AS peer_fin,
			iif(max(fin_acked_ns, peer_fin_ns) <= t1 - 60000000000,
				max(0, (max(fin_acked_ns, peer_fin_ns) + 60000000000 - t0) / step), 2000) AS closed,
			iif(reset_ns <= t1, max(0, (reset_ns - t0) / step), 2000) AS reset
		FROM socket_times CROSS JOIN grid
		WHERE :address IS NULL OR address = :address
	)
	GROUP BY opened, established, fin, fin_acked, peer_fin, closed, reset, given_up, direction, passive
),
-- A state that begins and ends in one step is not there at its end.
spans AS MATERIALIZED (
	SELECT state, k, until_k, n
	FROM (
		SELECT iif(direction = 'c2s', 'SYN-SENT', 'SYN-RECV') AS state, opened AS k, min(established, reset, given_up) AS until_k, n FROM steps
		UNION ALL SELECT 'ESTAB', established, min(fin, peer_fin, reset), n FROM steps
		UNION ALL SELECT 'CLOSE-WAIT', peer_fin, min(fin, reset), n FROM steps WHERE passive OR fin = 2000
		UNION ALL SELECT 'LAST-ACK', fin, min(fin_acked, reset), n FROM steps WHERE passive
		UNION ALL SELECT 'FIN-WAIT-1', fin, min(fin_acked, peer_fin, reset), n FROM steps WHERE NOT passive
		UNION ALL SELECT 'FIN-WAIT-2', fin_acked, min(peer_fin, reset), n FROM steps WHERE NOT passive
		UNION ALL SELECT 'CLOSING', peer_fin, min(fin_acked, reset), n FROM steps WHERE NOT passive AND fin < 2000
		UNION ALL SELECT 'TIME-WAIT', max(fin_acked, peer_fin), min(closed, reset), n FROM steps WHERE NOT passive
	)
	WHERE k < until_k
),
changes AS (SELECT k, state, n FROM spans UNION ALL SELECT until_k, state, -n FROM spans WHERE until_k < 2000),
ticks (k) AS (SELECT 0 FROM grid WHERE t0 IS NOT NULL UNION ALL SELECT k + 1 FROM ticks, grid WHERE (k + 1) * step < t1 - t0),
sums AS (
	SELECT t.k, sum(iif(c.state = 'SYN-SENT', c.n, 0)) AS syn_sent, sum(iif(c.state = 'SYN-RECV', c.n, 0)) AS syn_recv,
		sum(iif(c.state = 'ESTAB', c.n, 0)) AS estab, sum(iif(c.state = 'FIN-WAIT-1', c.n, 0)) AS fin_wait_1,
		sum(iif(c.state = 'FIN-WAIT-2', c.n, 0)) AS fin_wait_2, sum(iif(c.state = 'CLOSE-WAIT', c.n, 0)) AS close_wait,
		sum(iif(c.state = 'LAST-ACK', c.n, 0)) AS last_ack, sum(iif(c.state = 'CLOSING', c.n, 0)) AS closing,
		sum(iif(c.state = 'TIME-WAIT', c.n, 0)) AS time_wait
	FROM ticks t
	LEFT JOIN changes c ON c.k = t.k
	GROUP BY t.k
)
SELECT round((k + 1) * step / 1e9, 3) AS seconds, sum(syn_sent) OVER w AS syn_sent, sum(syn_recv) OVER w AS syn_recv,
	sum(estab) OVER w AS estab, sum(fin_wait_1) OVER w AS fin_w_1, sum(fin_wait_2) OVER w AS fin_w_2,
	sum(close_wait) OVER w AS close_w, sum(last_ack) OVER w AS last_ack, sum(closing) OVER w AS closing,
	sum(time_wait) OVER w AS time_w
FROM sums, grid
WINDOW w AS (ORDER BY k)
ORDER BY k;
