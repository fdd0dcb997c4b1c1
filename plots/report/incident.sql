-- place: incident
-- order: 10
-- key: facts
-- shape: facts
-- title: Why it was saved
-- column: trigger words trigger
-- column: fired time fired at
-- column: scope words scope
-- column: key code of
-- column: why words on these values
-- column: rule code rule
-- column: asked_from time tape from
-- column: asked_to time tape to
-- column: host words recorded on
-- column: interface code interface
-- column: segments count segments saved
-- column: missing_segments count segments missing
-- column: state words -
-- column: -unfinished words state
WITH incident (json) AS (SELECT :json)
SELECT json ->> '$.trigger' AS trigger,
	json ->> '$.t_ns' AS fired,
	json ->> '$.scope' AS scope,
	json ->> '$.key' AS key,
	CASE WHEN json ->> '$.rule.when' IS NULL THEN 'none: somebody asked for it' ELSE json ->> '$.why' END AS why,
	replace(json ->> '$.rule.when', char(10), ' ')
		|| iif(json ->> '$.rule.for_s' > 0, ' for ' || (json ->> '$.rule.for_s') || ' s', '') AS rule,
	json ->> '$.from_ns' AS asked_from,
	json ->> '$.to_ns' AS asked_to,
	nullif(json ->> '$.host', '') AS host,
	nullif(json ->> '$.interface', '') AS interface,
	json ->> '$.segments' AS segments,
	nullif(json ->> '$.missing_segments', 0) AS missing_segments,
	json ->> '$.state' AS state,
	nullif(nullif(json ->> '$.state', 'analysed'), 'saved') AS unfinished -- whoever reads this knows that it is there
FROM incident;
