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
changes AS (
	SELECT max(0, (iif(c.n = 1, s.from_ns, s.until_ns) - g.t0) / g.step) AS k, s.state, c.n
	FROM socket_spans s
	CROSS JOIN grid g
	CROSS JOIN (SELECT 1 AS n UNION ALL SELECT -1) c
	WHERE (:address IS NULL OR s.address = :address) AND iif(c.n = 1, s.from_ns, s.until_ns) <= g.t1
),
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
