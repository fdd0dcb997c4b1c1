-- place: incident
-- order: 5
-- key: tape
-- title: Are these the packets that fired?
-- shape: warnings
WITH fired AS ( -- the interval; a trigger is told of each that ends, by its row
	SELECT :json ->> '$.t_ns' AS from_ns, (:json ->> '$.t_ns') + coalesce(:json ->> '$.row.interval_ms', 1000) * 1000000 AS to_ns
	WHERE :json ->> '$.rule.when' IS NOT NULL
), packets AS (SELECT first_ns, last_ns FROM captures WHERE id = :capture)
SELECT 'fired_outside' AS key,
	strftime('No packet of the time when it fired is here: they begin at %Y-%m-%d %H:%M:%S',
		first_ns / 1000000000, 'unixepoch')
	|| strftime(' and end at %Y-%m-%d %H:%M:%S UTC.', last_ns / 1000000000, 'unixepoch') AS text
FROM fired, packets
WHERE typeof(from_ns) = 'integer' AND (from_ns > last_ns OR to_ns <= first_ns);
