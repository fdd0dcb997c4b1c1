-- called: the name under which each of `keys` (key, of the timeline) is shown. All that is no host's has the `name` in `asked`: ICMP, multicast
-- groups, broadcasts, the address of hosts that have none yet.
called AS (
	SELECT key, CASE WHEN key LIKE 'icmp%/%' OR key LIKE 'igmp/%' OR place GLOB 'ff[0-9a-f][0-9a-f]:*' OR place GLOB '[[]ff[0-9a-f][0-9a-f]:*'
			OR place GLOB '2[23][0-9].*.*.*' AND CAST(place AS INTEGER) BETWEEN 224 AND 239
			OR place GLOB '255.255.255.255*' OR place IN ('::', '0.0.0.0')
		THEN (SELECT name FROM asked) ELSE key END AS name
	FROM (SELECT key, substr(key, instr(key, '/') + 1) AS place FROM keys)
),
