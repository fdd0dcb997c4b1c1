-- title: Flows by protocol and state
SELECT protocol, state, ended_by, count(*) AS flows,
	round(100.0 * count(*) / (SELECT count(*) FROM flows), 1) AS pct
FROM flows
GROUP BY protocol, state, ended_by
ORDER BY protocol, flows DESC, state, ended_by;
