-- not_captured: times between captures that nothing of was captured, from t_ns until end_ns; the hundred longest.
captured AS (
	SELECT first_ns, last_ns, coalesce(interval_ms, 1000) * 1000000 AS length_ns FROM captures
	WHERE (:capture IS NULL OR id = :capture) AND first_ns IS NOT NULL
),
not_captured AS (
	SELECT before_ns AS t_ns, first_ns AS end_ns
	FROM (SELECT first_ns, length_ns,
			max(last_ns) OVER (ORDER BY first_ns, last_ns ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_ns
		FROM captured)
	WHERE before_ns < first_ns - 2 * length_ns AND (:to IS NULL OR before_ns < :to) AND (:from IS NULL OR first_ns > :from)
	ORDER BY end_ns - t_ns DESC, t_ns
	LIMIT 100
),
