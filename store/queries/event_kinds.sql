-- title: How often what happened
SELECT kind, cause, count(*) AS events, count(DISTINCT flow_id) AS flows, min(frame) AS first_frame
FROM events
GROUP BY kind, cause
ORDER BY events DESC, kind, cause;
