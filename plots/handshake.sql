-- title: Handshakes
-- about: time to connect, on both sides of the tap; what was not answered, refused, or needed more than one SYN
-- empty: no TCP connection begins
-- gallery: tail_loss.snd
-- see: Some SYNs were lost: those connections took 1 or 2 s longer.
-- How many there were. A SYN that was sent again counts with its connection.
WITH tried AS (
	SELECT state, count(*) AS connections
	FROM flows
	WHERE protocol = 'tcp' AND syn_ns IS NOT NULL AND (:flow IS NULL OR id = :flow)
		AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR syn_ns >= :from) AND (:to IS NULL OR syn_ns < :to)
	GROUP BY state
),
again AS (
	SELECT count(DISTINCT flow_id) FILTER (WHERE direction = 'c2s') AS syns_again,
		count(DISTINCT flow_id) FILTER (WHERE direction = 's2c') AS syn_acks_again
	FROM flow_directions
	JOIN flows ON flows.id = flow_id
	WHERE syn_retransmissions > 0 AND syn_ns IS NOT NULL AND (:flow IS NULL OR flow_id = :flow)
		AND (:capture IS NULL OR capture_id = :capture) AND (:from IS NULL OR syn_ns >= :from) AND (:to IS NULL OR syn_ns < :to)
)
SELECT sum(connections) AS connections, coalesce(sum(connections) FILTER (WHERE state = 'unanswered'), 0) AS unanswered,
	coalesce(sum(connections) FILTER (WHERE state = 'refused'), 0) AS refused,
	coalesce(sum(connections) FILTER (WHERE state = 'syn_received'), 0) AS half_open, syns_again, syn_acks_again
FROM tried, again
HAVING sum(connections) > 0;

-- CDF and histogram. Side 1: from the first SYN until the connection was there, waiting for SYNs that were lost included;
-- 2: SYN to SYN-ACK, between tap and server; 3: SYN-ACK to ACK, between tap and client. Bins of the CDF are a hundredth of
-- a decade, bars a twentieth, unless all is within a factor of four; percentiles are exact.
WITH RECURSIVE chosen AS (
	SELECT (established_ns - syn_ns + 500) / 1000 AS whole_us, handshake_server_rtt_us AS server_us,
		handshake_client_rtt_us AS client_us
	FROM flows
	WHERE protocol = 'tcp' AND syn_ns IS NOT NULL AND (:flow IS NULL OR id = :flow)
		AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR syn_ns >= :from) AND (:to IS NULL OR syn_ns < :to)
),
times (side, us, n) AS (
	SELECT 1, whole_us, count(*) FROM chosen WHERE whole_us >= 0 GROUP BY whole_us
	UNION ALL SELECT 2, server_us, count(*) FROM chosen WHERE server_us IS NOT NULL GROUP BY server_us
	UNION ALL SELECT 3, client_us, count(*) FROM chosen WHERE client_us IS NOT NULL GROUP BY client_us
),
ranked AS (
	SELECT side, us, n, sum(n) OVER (PARTITION BY side ORDER BY us) AS upto, sum(n) OVER (PARTITION BY side) AS total FROM times
),
totals AS (
	SELECT side, max(total) AS total, min(us) AS lowest, max(us) AS highest,
		min(us) FILTER (WHERE upto >= 0.5 * total) AS p50, min(us) FILTER (WHERE upto >= 0.95 * total) AS p95,
		min(us) FILTER (WHERE upto >= 0.99 * total) AS p99
	FROM ranked
	GROUP BY side
),
counted AS (
	SELECT side, CAST(100 * log10(max(us, 1)) AS INTEGER) AS bin, sum(n) AS n FROM times GROUP BY 1, 2
),
bins (side, bin, last) AS (
	SELECT side, min(bin) / 5 * 5, max(bin) + 1 FROM counted GROUP BY side
	UNION ALL SELECT side, bin + 1, last FROM bins WHERE bin < last
),
summed AS (
	SELECT side, bin, coalesce(n, 0) AS n, sum(coalesce(n, 0)) OVER (PARTITION BY side ORDER BY bin) AS upto
	FROM bins LEFT JOIN counted USING (side, bin)
)
SELECT max(lowest, min(highest, pow(10, bin / 100.0))) / 1000.0 AS ms, side, 100.0 * (upto - n) / total AS below_pct,
	pow(10, (bin + wide) / 100.0) / 1000 AS bar_end_ms,
	iif(bin % wide = 0, 100.0 * sum(n) OVER (PARTITION BY side, bin / wide) / total, NULL) AS bar_pct,
	total AS samples, lowest / 1000.0 AS min_ms, p50 / 1000.0 AS p50_ms, p95 / 1000.0 AS p95_ms, p99 / 1000.0 AS p99_ms,
	highest / 1000.0 AS max_ms
FROM summed JOIN totals USING (side) CROSS JOIN (SELECT iif(max(bin) - min(bin) < 60, 1, 5) AS wide FROM summed)
ORDER BY side, bin;
