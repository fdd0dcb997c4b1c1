-- title: A host does not answer pings
-- severity: warning
-- layer: L3
-- rank: 20
-- explanation: Echo requests were sent and none was answered: the host is down or not reachable, or it or a firewall does
-- explanation: not let pings through (then other traffic with it goes on).
-- advice: Try a port that it serves (nc -vz HOST PORT); if that works, pings are filtered. Otherwise follow the path:
-- advice: traceroute -n HOST.
-- threshold: ping_unanswered 3 requests without a single answer
SELECT f.client_ip || ' > ' || f.server_ip AS subject, e.flow_id, e.first_lost_ns AS t_ns, e.first_lost_frame AS frame,
	e.lost AS value,
	printf('none of %,d pings from %s to %s was answered', e.lost, f.client_ip, f.server_ip) AS detail
FROM echoes e
JOIN flows f ON f.id = e.flow_id
WHERE f.capture_id = :capture AND e.replies = 0 AND e.lost >= :ping_unanswered
	AND (f.client_ip, f.server_ip) NOT IN (SELECT source_ip, destination_ip FROM hops WHERE capture_id = :capture)
ORDER BY e.lost DESC, e.flow_id;
