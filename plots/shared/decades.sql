-- counted: samples per side and bin, which is a hundredth of a decade of microseconds: bin 0 is 1 us, bin 100 is 10 us. From
-- `segments` (side, low, high: the bins that it lies in, evenly; weight: samples), for the `bins` of each side.
edges AS ( -- where a segment begins there is more per microsecond from here on, where it has ended less
	SELECT side, bin, sum(more) AS more
	FROM (
		SELECT side, low AS bin, weight / (pow(10, (high + 1) / 100.0) - pow(10, low / 100.0)) AS more
		FROM segments
		WHERE weight > 1e-6
		UNION ALL
		SELECT side, high + 1, -weight / (pow(10, (high + 1) / 100.0) - pow(10, low / 100.0))
		FROM segments
		WHERE weight > 1e-6
	)
	GROUP BY side, bin
),
counted AS (
	SELECT side, bin, max(0, round(sum(coalesce(more, 0)) OVER (PARTITION BY side ORDER BY bin)
		* (pow(10, (bin + 1) / 100.0) - pow(10, bin / 100.0)), 6)) AS samples
	FROM bins LEFT JOIN edges USING (side, bin)
),
