-- score_report.sql: what is kept of all scenarios and seeds, the tables that `score` prints, and the goals.

CREATE TABLE measures (scenario TEXT, seed INTEGER, end TEXT, origin TEXT, what TEXT, found REAL, expected REAL, tolerance REAL,
	goal TEXT);
CREATE TABLE confusion (scenario TEXT, seed INTEGER, end TEXT, origin TEXT, tool TEXT, class TEXT, said TEXT, frames INTEGER);
CREATE TABLE misses (scenario TEXT, seed INTEGER, end TEXT, origin TEXT, tape TEXT, frame INTEGER, src_port INTEGER,
	dst_port INTEGER, offset INTEGER, length INTEGER, class TEXT, said TEXT, evidence TEXT);
CREATE TABLE rtt (scenario TEXT, seed INTEGER, port INTEGER, path_ms REAL, socket_min_ms REAL, socket_ms REAL, n INTEGER,
	min_ms REAL, p50_ms REAL, p95_ms REAL, max_ms REAL, said_n INTEGER, said_min_ms REAL, said_p50_ms REAL, said_p95_ms REAL,
	said_max_ms REAL);
CREATE TABLE failures (scenario TEXT, seed INTEGER, reason TEXT);
CREATE TABLE notes (scenario TEXT, note TEXT, UNIQUE (scenario, note) ON CONFLICT IGNORE);
CREATE TABLE chosen (seed INTEGER); -- none: all

CREATE VIEW seen_measures AS SELECT * FROM measures
WHERE seed IN (SELECT seed FROM chosen) OR NOT EXISTS (SELECT 1 FROM chosen);
CREATE VIEW seen_confusion AS SELECT * FROM confusion
WHERE seed IN (SELECT seed FROM chosen) OR NOT EXISTS (SELECT 1 FROM chosen);
CREATE VIEW seen_rtt AS SELECT * FROM rtt
WHERE seed IN (SELECT seed FROM chosen) OR NOT EXISTS (SELECT 1 FROM chosen);

-- Both hosts, each as sender at its own tap and from afar at the other: summed over hosts and seeds.
CREATE VIEW sums AS
SELECT scenario, end, what, sum(found) AS found, sum(expected) AS expected,
	max(tolerance IS NOT NULL AND abs(found - expected) > tolerance) AS off
FROM seen_measures GROUP BY 1, 2, 3;

-- Of one seed: the deviation of the host that deviates most.
CREATE VIEW worst AS
SELECT scenario, end, what, found - expected AS deviation, max(abs(found - expected)) AS size
FROM seen_measures WHERE expected IS NOT NULL GROUP BY 1, 2, 3;

CREATE VIEW wide AS
SELECT scenario, end, CASE end WHEN 'sender' THEN 1 WHEN 'far' THEN 2 ELSE 3 END AS place,
	max(found) FILTER (WHERE what = 'again') AS again, max(expected) FILTER (WHERE what = 'again') AS true_again,
	max(found) FILTER (WHERE what = 'tshark_again') AS tshark_again,
	max(found) FILTER (WHERE what = 'tshark_ooo') AS tshark_ooo,
	max(found) FILTER (WHERE what = 'tcptrace_again') AS tcptrace_again,
	max(found) FILTER (WHERE what = 'tcptrace_ooo') AS tcptrace_ooo, max(found) FILTER (WHERE what = 'hidden') AS hidden,
	max(found) FILTER (WHERE what = 'spurious') AS spurious, max(expected) FILTER (WHERE what = 'spurious') AS true_spurious,
	max(found) FILTER (WHERE what = 'dsacks') AS dsacks, max(found) FILTER (WHERE what = 'unknown') AS unknown
FROM sums GROUP BY 1, 2;

CREATE VIEW cells AS
SELECT scenario, end, what, printf('%d/%d%s', found, expected, iif(off, '*', '')) AS cell, found <> 0 OR expected <> 0 AS some
FROM sums;

CREATE VIEW retransmissions AS
SELECT scenario, end, CAST(true_again AS INTEGER) AS truth, CAST(again AS INTEGER) AS wiretape,
	iif(size > 0, printf('%+d', deviation), '') || iif((SELECT sums.off FROM sums WHERE sums.scenario = wide.scenario
		AND sums.end = wide.end AND sums.what = 'again'), '*', '') AS off,
	iif(tshark_again IS NULL, '',
		printf('%d/%d', tshark_again, tshark_ooo)) AS "tshark retr/ooo",
	iif(tcptrace_again IS NULL, '', printf('%d/%d', tcptrace_again, tcptrace_ooo)) AS "tcptrace rexmt/ooo",
	iif(hidden > 0, CAST(hidden AS INTEGER), '') AS "hidden SYNs"
FROM wide LEFT JOIN worst USING (scenario, end) WHERE worst.what = 'again'
ORDER BY scenario, place;

CREATE VIEW causes AS
SELECT scenario, max(cell) FILTER (WHERE what = 'fast') AS fast, max(cell) FILTER (WHERE what = 'timeout') AS timeout,
	max(cell) FILTER (WHERE what = 'slow_start') AS "slow start", max(cell) FILTER (WHERE what = 'probe') AS "tail loss probe",
	max(cell) FILTER (WHERE what = 'unknown_cause') AS unknown,
	max(cell) FILTER (WHERE what = 'spurious') || ' ' || (SELECT CAST(dsacks AS INTEGER) FROM wide
		WHERE wide.scenario = cells.scenario AND wide.end = 'sender') AS "spurious, DSACKs"
FROM cells WHERE end = 'sender' GROUP BY scenario
HAVING max(some) FILTER (WHERE what IN ('fast', 'timeout', 'slow_start', 'probe', 'unknown_cause', 'spurious'));

CREATE VIEW orders AS
SELECT scenario, cells.end AS "end", max(cell) FILTER (WHERE what = 'reordered') AS reordered,
	max(cell) FILTER (WHERE what = 'duplicates') AS duplicates, max(cell) FILTER (WHERE what = 'upstream') AS "lost upstream",
	max(cell) FILTER (WHERE what = 'downstream') AS "lost downstream",
	max(cell) FILTER (WHERE what = 'spurious') AS spurious, max(cell) FILTER (WHERE what = 'unknown') AS unknown
FROM cells GROUP BY 1, 2
HAVING max(some) FILTER (WHERE what IN ('reordered', 'duplicates', 'upstream', 'downstream', 'spurious', 'unknown'))
ORDER BY scenario, CASE cells.end WHEN 'sender' THEN 1 WHEN 'far' THEN 2 ELSE 3 END;

-- The flow with most samples of each scenario; and the worst flow of all that have twenty.
CREATE VIEW rtt_errors AS
SELECT scenario, said_p95_ms / p95_ms - 1 AS p95, said_max_ms / max_ms - 1 AS max FROM seen_rtt
WHERE n >= 20 AND said_p95_ms IS NOT NULL;

CREATE VIEW rtts AS
SELECT scenario, path, ss, log, wiretape,
	(SELECT printf('%+.0f %%', 100 * p95) FROM rtt_errors WHERE rtt_errors.scenario = best.scenario
		ORDER BY abs(p95) DESC LIMIT 1) AS "worst p95",
	(SELECT printf('%+.0f %%', 100 * max) FROM rtt_errors WHERE rtt_errors.scenario = best.scenario
		ORDER BY abs(max) DESC LIMIT 1) AS max
FROM (SELECT scenario, printf('%.0f', path_ms) AS path,
		iif(socket_ms IS NULL, '', printf('%.1f %.1f', socket_min_ms, socket_ms)) AS ss,
		printf('%.1f %.1f %.1f %.1f', min_ms, p50_ms, p95_ms, max_ms) AS log,
		printf('%.1f %.1f %.1f %.1f', said_min_ms, said_p50_ms, said_p95_ms, said_max_ms) AS wiretape, max(n)
	FROM seen_rtt GROUP BY scenario) AS best;

CREATE VIEW answers AS
SELECT scenario, end, tool, class, frames, 0 AS said, iif(class = said, frames, 0) AS right FROM seen_confusion
UNION ALL SELECT scenario, end, tool, said, 0, frames, 0 FROM seen_confusion;

-- Of the frames that a tool puts into a class so many are right; of those that belong there it finds so many.
CREATE VIEW quality AS
SELECT scenario, end, tool, class, sum(frames) AS frames, sum(said) AS said, 1.0 * sum(right) / nullif(sum(said), 0) AS precision,
	1.0 * sum(right) / nullif(sum(frames), 0) AS recall
FROM answers GROUP BY 1, 2, 3, 4;
CREATE VIEW quality_all AS
SELECT end, tool, class, sum(frames) AS frames, sum(said) AS said, 1.0 * sum(right) / nullif(sum(said), 0) AS precision,
	1.0 * sum(right) / nullif(sum(frames), 0) AS recall
FROM answers GROUP BY 1, 2, 3;

CREATE VIEW precision_recall AS
SELECT tool, end AS "end", class, CAST(frames AS INTEGER) AS frames, CAST(said AS INTEGER) AS said,
	coalesce(printf('%.4f', precision), '') AS precision, coalesce(printf('%.4f', recall), '') AS recall
FROM quality_all WHERE tool = 'wiretape' OR class IN ('retransmission', 'reordered')
ORDER BY tool <> 'wiretape', CASE end WHEN 'sender' THEN 1 WHEN 'far' THEN 2 ELSE 3 END,
	CASE class WHEN 'new' THEN 1 WHEN 'retransmission' THEN 2 WHEN 'reordered' THEN 3 ELSE 4 END, class;

CREATE VIEW weak AS
SELECT scenario, end AS "end", class, CAST(frames AS INTEGER) AS frames, coalesce(printf('%.3f', precision), '') AS precision,
	coalesce(printf('%.3f', recall), '') AS recall
FROM quality WHERE tool = 'wiretape' AND (precision < 0.98 OR recall < 0.98) AND class NOT IN ('probe')
ORDER BY scenario, end DESC, class;

CREATE VIEW failed AS
SELECT goal, scenario, seed, end AS "end", iif(origin = 's', 'sender', 'receiver') AS host, what,
	CAST(found AS INTEGER) AS wiretape,
	CAST(expected AS INTEGER) AS truth, printf('%.4g', tolerance) AS tolerance
FROM seen_measures WHERE goal IS NOT NULL AND abs(found - expected) > tolerance
UNION ALL SELECT 'everything was scored', scenario, seed, '', '', reason, '', '', '' FROM failures
ORDER BY 1, 2, 3, 4 DESC;

CREATE VIEW misses_list AS
SELECT scenario, seed, tape, frame, src_port || '>' || dst_port AS ports, offset, length, class AS truth, said AS wiretape, evidence
FROM misses ORDER BY 1, 2, 3, 4;

CREATE TABLE goals (place INTEGER, goal TEXT, wanted TEXT);
INSERT INTO goals VALUES
(1, 'retransmissions', 'within 1 % or 1 segment at the sender, 2 % or 2 at the far end'),
(2, 'causes', 'within 3 % or 2 segments of the kernel''s counters'),
(3, 'reordered and duplicates', 'within 2 % or 2 segments at the far end'),
(4, 'losses', 'by side, within 2 % or 2 segments at the far end'),
(5, 'no retransmission invented', 'none in reorder and reorder_far that the kernel did not send'),
(6, 'precision and recall', '0.98 of each class at each end, over all scenarios'),
(7, 'the lab itself', 'kernel and log agree, each frame is in the log'),
(8, 'everything was scored', 'the lab and the analysis succeed');

CREATE VIEW goal_checks AS
SELECT goal, abs(found - expected) <= tolerance AS passed FROM seen_measures WHERE goal IS NOT NULL
UNION ALL
SELECT 'precision and recall', min(coalesce(precision, 1), coalesce(recall, 1)) >= 0.98 FROM quality_all
WHERE tool = 'wiretape' AND end IN ('sender', 'far') AND class IN ('new', 'retransmission', 'reordered', 'network_duplicate')
UNION ALL SELECT 'everything was scored', 0 FROM failures
UNION ALL SELECT 'everything was scored', 1 FROM (SELECT DISTINCT scenario, seed FROM seen_measures);

CREATE VIEW verdict AS
SELECT goal, wanted, coalesce(sum(passed), 0) || ' of ' || count(passed) AS checks,
	CASE WHEN count(passed) = 0 THEN 'not checked' WHEN min(passed) THEN 'met' ELSE 'not met' END AS verdict
FROM goals LEFT JOIN goal_checks USING (goal) GROUP BY goal ORDER BY place;

CREATE TABLE report (place INTEGER, view TEXT, title TEXT);
INSERT INTO report VALUES
(1, 'retransmissions', 'Segments sent again. Truth: the kernel at the sender, the wire at the far end'),
(2, 'causes', 'Causes at the sender, wiretape/kernel; spurious, wiretape/log, and DSACKs the kernel got'),
(3, 'orders', 'Order and losses in segments, wiretape/log; * is beyond tolerance'),
(4, 'rtts', 'RTT of the sender''s data in ms, longest flow. ss: min, smoothed; others: min, p50, p95, max'),
(5, 'precision_recall', 'Frame by frame, all scenarios'),
(6, 'weak', 'Scenarios below 0.98'),
(7, 'failed', 'Beyond tolerance'),
(8, 'misses_list', 'Frames that wiretape got wrong'),
(9, 'notes', 'Notes'),
(10, 'verdict', 'Verdict');
