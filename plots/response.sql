-- title: Response times
-- about: from request to answer: CDF of all and of HTTP, and the spread of the slowest services
-- empty: there are no requests with an answer
-- gallery: web.snd
-- see: Most pages come at once, some after 400 ms.
-- gallery: request_response.snd
-- see: The server thinks for 30 ms, each time.
-- with: decades
-- The timeline knows of each interval how many answers there were, and their min, p50, p95 and max. The distribution is a
-- mixture of these: an answer at the min, one at the max, and the others spread evenly between the percentiles, where the
-- mean wants it. Of HTTP each answer is known. Of one flow without HTTP there is min, mean and max alone: half lies below
-- the mean. Series 1: all; 2: HTTP; from 11 on services, the slowest first.
WITH RECURSIVE intervals AS (
	SELECT scope, key, responses AS n, 1000 * response_min_ms AS lowest, 1000 * response_mean_ms AS mean,
		1000 * response_p50_ms AS p50, 1000 * response_p95_ms AS p95, 1000 * response_max_ms AS highest
	FROM timeline NOT INDEXED -- much of it is needed: as it lies in the file is faster than row by row
	WHERE scope IN ('all', 'service') AND responses > 0 AND response_max_ms < 1e7 AND :flow IS NULL
		AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns + CAST(interval_ms * 1000000 AS INTEGER) > :from) AND (:to IS NULL OR t_ns < :to)
),
services AS (
	SELECT key, 10 + row_number() OVER (ORDER BY sum(p95 * n) / sum(n) DESC, key) AS series, count(*) OVER () AS services
	FROM intervals
	WHERE scope = 'service' AND key <> '(other)'
	GROUP BY key
	ORDER BY series LIMIT 10
),
raw AS (
	SELECT 1 AS series, n, lowest, mean, p50, p95, highest FROM intervals WHERE scope = 'all'
	UNION ALL SELECT series, n, lowest, mean, p50, p95, highest FROM intervals JOIN services USING (key) WHERE scope = 'service'
	UNION ALL SELECT 2, 1, first_byte_us, first_byte_us, first_byte_us, first_byte_us, first_byte_us
	FROM http
	WHERE first_byte_us < 1e10 AND (:flow IS NULL OR flow_id = :flow) AND (:capture IS NULL OR capture_id = :capture)
		AND (:from IS NULL OR t_ns >= :from) AND (:to IS NULL OR t_ns < :to)
	UNION ALL SELECT 1, responses, response_min_us, response_mean_us, response_mean_us,
		response_mean_us + 0.9 * (response_max_us - response_mean_us), response_max_us
	FROM flows
	WHERE id = :flow AND responses > 0 AND response_max_us < 1e10 AND :from IS NULL AND :to IS NULL
),
weighed AS ( -- in answers: how many are to be spread between which two of these
	SELECT *, max(0.5 * n - 1, 0) AS to_p50, max(min(0.95 * n, n - 1) - max(0.5 * n, 1), 0) AS to_p95,
		n - 1 - min(0.95 * n, n - 1) AS to_max
	FROM raw LIMIT -1 -- not flattened, so that this is computed once
),
based AS ( -- with 2 * mean of the lower half - p50 as its lower end it has that mean
	SELECT *, iif(n < 3, lowest, max(lowest, min(p50, (2 * n * mean - 2 * lowest - 2 * highest - to_p95 * (p50 + p95)
		- to_max * (p95 + highest)) / to_p50 - p50))) AS base
	FROM weighed LIMIT -1
),
-- Few different shapes, when times are rounded down to a hundredth of a decade (2.3 per cent): ten bits of one number for
-- each. Weights are in answers, in the order of the segments below.
shapes AS (
	SELECT ((((series * 1024
			+ CAST(100 * log10(max(lowest, 1)) AS INTEGER)) * 1024
			+ CAST(100 * log10(max(base, 1)) AS INTEGER)) * 1024
			+ CAST(100 * log10(max(p50, 1)) AS INTEGER)) * 1024
			+ CAST(100 * log10(max(p95, 1)) AS INTEGER)) * 1024 + CAST(100 * log10(max(highest, 1)) AS INTEGER) AS shape,
		count(*) AS sources, sum(n) AS n, min(lowest) AS lowest, max(highest) AS highest, max(p50) AS p50, max(p95) AS p95,
		sum(to_p50) AS to_p50, sum(to_p95) AS to_p95, sum(to_max) AS to_max, sum(n > 1) AS at_max
	FROM based
	GROUP BY shape
),
segments AS (
	SELECT shape >> 50 AS side, shape >> 40 & 1023 AS low, shape >> 40 & 1023 AS high, sources AS weight FROM shapes
	UNION ALL SELECT shape >> 50, shape >> 30 & 1023, shape >> 20 & 1023, to_p50 FROM shapes
	UNION ALL SELECT shape >> 50, shape >> 20 & 1023, shape >> 10 & 1023, to_p95 FROM shapes
	UNION ALL SELECT shape >> 50, shape >> 10 & 1023, shape & 1023, to_max FROM shapes
	UNION ALL SELECT shape >> 50, shape & 1023, shape & 1023, at_max FROM shapes
),
totals AS (
	SELECT shape >> 50 AS series, sum(sources) AS sources, sum(n) AS n, min(lowest) AS lowest, max(highest) AS highest,
		max(p50) AS p50, max(p95) AS p95
	FROM shapes
	GROUP BY 1
),
bins (side, bin, last) AS (
	SELECT side, min(bin), max(bin) FROM edges GROUP BY side
	UNION ALL SELECT side, bin + 1, last FROM bins WHERE bin < last
),
summed AS (
	SELECT series, bin, min(1, sum(samples) OVER (PARTITION BY series ORDER BY bin) / n) AS below, samples / n AS share
	FROM counted JOIN totals ON series = side
),
percentiles AS (
	SELECT series,
		iif(sources = 1, p50, max(lowest, min(highest, min(iif(below >= 0.5 AND below - share < 0.5,
			pow(10, (bin + 1 - (below - 0.5) / share) / 100), NULL))))) AS p50,
		iif(sources = 1, p95, max(lowest, min(highest, min(iif(below >= 0.95 AND below - share < 0.95,
			pow(10, (bin + 1 - (below - 0.95) / share) / 100), NULL))))) AS p95
	FROM summed JOIN totals USING (series)
	WHERE share > 0
	GROUP BY series
),
named AS ( -- what the capture, or the user, calls them
	SELECT series, services, key, (SELECT n.name FROM names n
			WHERE n.address = trim(rtrim(rtrim(place, '0123456789'), ':'), '[]')
				AND (n.port = CAST(substr(place, length(rtrim(place, '0123456789')) + 1) AS INTEGER) OR n.port IS NULL)
				AND (:capture IS NULL OR n.capture_id = :capture OR n.capture_id IS NULL)
			ORDER BY instr('hosts pod service dns http sni', n.source), n.port IS NULL, n.rowid LIMIT 1)
			|| substr(place, length(rtrim(place, '0123456789'))) AS name
	FROM (SELECT series, services, key, substr(key, instr(key, '/') + 1) AS place FROM services)
),
labels AS ( -- a name that several bear would not tell which
	SELECT series, services, iif(name IS NULL OR count(*) OVER (PARTITION BY name) > 1, key, name) AS label FROM named
)
-- One row per service, and for the CDF those of its bins: so many per cent take no longer than that.
SELECT max(lowest, min(highest, pow(10, bin / 100.0))) / 1000.0 AS ms, series, 100 * (below - share) AS below_pct,
	n AS answers, totals.lowest / 1000.0 AS min_ms,
	percentiles.p50 / 1000.0 AS p50_ms, percentiles.p95 / 1000.0 AS p95_ms, totals.highest / 1000.0 AS max_ms,
	services AS services,
	iif(length(label) > 24, substr(label, 1, 12) || '..' || substr(label, -10), label) AS service
FROM summed JOIN totals USING (series) JOIN percentiles USING (series) LEFT JOIN labels USING (series)
WHERE series < 10 OR bin = (SELECT min(bin) FROM bins WHERE side = series)
ORDER BY series, bin;
