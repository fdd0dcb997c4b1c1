-- How long an interval should be so that about 100 of them make the timeline: ns.
SELECT CAST(max(interval_ms) * 1000000 AS INTEGER) * max(1, count(*) / 100) AS interval_ns FROM timeline WHERE scope = 'all'
