-- score.sql: one scenario, frame by frame. `score` has attached wiretape's databases as snd and rcv (and gap, where a tape
-- with holes is judged beside a whole one), made the temporary tables `tapes`, `captured`, `sacked`, `tshark` and `tcptrace`
-- from what tcpdump, tshark and tcptrace print, and stands in the scenario's folder.
-- Says INSERT statements for the tables of score_report.sql.

-- The truth ---------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE truth AS SELECT CAST(readfile('truth.json') AS TEXT) AS json;
CREATE TEMP TABLE scenario AS
SELECT json ->> '$.scenario' AS name, json ->> '$.seed' AS seed, json ->> '$.rtt_us' AS rtt_us FROM truth;

-- Origin s is the host called sender, r the receiver. What nstat leaves out is zero.
CREATE TEMP TABLE kernel AS
SELECT origin, address, coalesce(json ->> '$.TcpRetransSegs', 0) AS again, coalesce(json ->> '$.TcpExtTCPFastRetrans', 0) AS fast,
	coalesce(json ->> '$.TcpExtTCPSlowStartRetrans', 0) AS slow_start, coalesce(json ->> '$.TcpExtTCPTimeouts', 0) AS timeouts,
	coalesce(json ->> '$.TcpExtTCPLossProbes', 0) AS probes, coalesce(json ->> '$.TcpExtTCPDSACKRecv', 0) AS dsacks,
	coalesce(json ->> '$.TcpExtPAWSEstab', 0) AS paws
FROM (SELECT 's' AS origin, json ->> '$.sender.address' AS address, json -> '$.sender.counters' AS json FROM truth
	UNION ALL SELECT 'r', json ->> '$.receiver.address', json -> '$.receiver.counters' FROM truth);

CREATE TEMP TABLE log (action TEXT, arrival_ns INTEGER, release_ns INTEGER, direction TEXT, why TEXT, src_port INTEGER,
	dst_port INTEGER, ip_id INTEGER, flags TEXT, seq INTEGER, ack INTEGER, window INTEGER, payload INTEGER,
	segments INTEGER, tsval INTEGER, tsecr INTEGER, frame_bytes INTEGER);
.import --csv --skip 1 wire.log log

CREATE TEMP TABLE starts AS
SELECT src_port, dst_port, min(seq) AS isn FROM log WHERE flags LIKE '%S%' GROUP BY 1, 2;

-- Each line of the log that is a frame. start and finish are offsets from the ISN; a SYN and a FIN take one. Of two copies of
-- one transmission (same arrival) `delivery` 2 came out of the wire behind the other. `top`: how far this side had sent before.
CREATE TEMP TABLE frames AS
SELECT *, start + length AS finish,
	max(start + length) FILTER (WHERE length > 0) OVER (PARTITION BY src_port, dst_port ORDER BY arrival_ns
		GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS top,
	min(line) OVER copies AS transmission, row_number() OVER (copies ORDER BY release_ns) AS delivery
FROM (SELECT log.rowid AS line, iif(direction = 'forward', 's', 'r') AS origin, src_port, dst_port, ip_id, ack, window,
		payload, coalesce(nullif(tsval, ''), 0) AS tsval, tsecr, arrival_ns,
		nullif(release_ns, '') AS release_ns, action = 'forwarded' AS forwarded,
		why LIKE '%duplicate%' AS is_copy, why LIKE '%overtaken%' AS overtaken, why LIKE '%corrupted%' AS corrupted,
		why LIKE '%corrupted%' AS refused,
		flags LIKE '%S%' AS syn, flags LIKE '%R%' AS reset, seq, seq - isn & 0xffffffff AS start,
		payload + (flags LIKE '%S%') + (flags LIKE '%F%') AS length,
		max(segments, flags LIKE '%S%' OR flags LIKE '%F%') AS segments,
		iif(payload > 0 OR flags LIKE '%S%' OR flags LIKE '%F%' OR flags LIKE '%R%', seq, 0) AS key_seq
	FROM log JOIN starts USING (src_port, dst_port) WHERE action NOT IN ('zero_window', 'window_open'))
WINDOW copies AS (PARTITION BY src_port, dst_port, arrival_ns);
CREATE INDEX temp.frames_by_line ON frames (line);

-- What each side learned of its data from the other: ACKs as they came out of the wire, and their SACK blocks from the tape.
CREATE TEMP TABLE acks AS
SELECT line, frames.dst_port AS src_port, frames.src_port AS dst_port, frames.ack - isn & 0xffffffff AS offset, isn, window,
	frames.tsecr, arrival_ns AS sent_ns, release_ns
FROM frames JOIN starts ON starts.src_port = frames.dst_port AND starts.dst_port = frames.src_port
WHERE forwarded AND NOT reset AND frames.ack > 0;
CREATE INDEX temp.acks_in_time ON acks (src_port, dst_port, release_ns);
CREATE INDEX temp.acks_as_sent ON acks (src_port, dst_port, sent_ns);

-- Refused by the receiver: what is corrupted, and what has a timestamp older than the newest that it echoes (PAWS, RFC 7323 5;
-- Linux lets one tick pass). So it goes with a late segment if a repair of older data came first.
UPDATE frames SET refused = 1 WHERE line IN (SELECT line FROM (SELECT line, tsval, (SELECT acks.tsecr FROM acks
		WHERE acks.src_port = frames.src_port AND acks.dst_port = frames.dst_port AND sent_ns < frames.release_ns
		ORDER BY sent_ns DESC LIMIT 1) AS newest
	FROM frames WHERE forwarded AND length > 0 AND tsval > 0 AND (overtaken OR delivery > 1))
WHERE (newest - tsval & 0xffffffff) BETWEEN 2 AND 0x7fffffff);

-- One byte just below what is acknowledged is a keep-alive (RFC 9293 3.8.4), one byte beyond a closed window a probe of it
-- (3.8.6.1). Neither is a repeat.
CREATE TEMP TABLE probes AS
SELECT DISTINCT transmission FROM (
	SELECT transmission, start, finish, top, (SELECT max(offset) FROM acks WHERE acks.src_port = frames.src_port
			AND acks.dst_port = frames.dst_port AND acks.release_ns < arrival_ns) AS una,
		(SELECT window FROM acks WHERE acks.src_port = frames.src_port AND acks.dst_port = frames.dst_port
			AND acks.release_ns < arrival_ns ORDER BY acks.release_ns DESC LIMIT 1) AS window
	FROM frames WHERE payload = 1 AND length = 1 AND start < top)
WHERE finish = top AND una = top OR start = una AND window = 0;

-- Each frame that takes sequence space, as each end of the wire saw it. At its sender's it is new or a repeat: one that
-- starts below what was sent before. At the far end, in this order: the copy that came second is a duplicate of the network,
-- a repeat a retransmission, and what was overtaken and begins below what had come out of the wire is reordered.
-- A repeated SYN of which no copy came before can't be known as one there: `hidden`.
CREATE TEMP TABLE sightings AS
SELECT iif(origin = 's', 'snd', 'rcv') AS tape, line, origin, arrival_ns AS t_ns,
	CASE WHEN length = 0 THEN 'ack' WHEN probe THEN 'probe' WHEN again THEN 'retransmission' ELSE 'new' END AS class,
	iif(again, again_segments, segments) AS segments
FROM (SELECT *, start < top AS again, max(1, (min(length, top - start) * segments + length - 1) / max(length, 1)) AS again_segments,
		transmission IN probes AS probe FROM frames WHERE NOT is_copy)
UNION ALL
SELECT iif(origin = 's', 'rcv', 'snd'), line, origin, release_ns,
	CASE WHEN length = 0 THEN 'ack' WHEN delivery > 1 THEN 'network_duplicate' WHEN probe THEN 'probe'
		WHEN again AND syn AND release_ns = first_syn_ns THEN 'hidden' WHEN again THEN 'retransmission'
		WHEN overtaken AND start < top_out THEN 'reordered' ELSE 'new' END,
	iif(again, again_segments, segments)
FROM (SELECT *, start < top AS again, max(1, (min(length, top - start) * segments + length - 1) / max(length, 1)) AS again_segments,
		transmission IN probes AS probe,
		min(release_ns) FILTER (WHERE syn) OVER (PARTITION BY src_port, dst_port) AS first_syn_ns,
		max(finish) FILTER (WHERE length > 0) OVER (PARTITION BY src_port, dst_port ORDER BY release_ns
			GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS top_out
	FROM frames WHERE forwarded);
INSERT INTO sightings SELECT 'gap', line, origin, t_ns, class, segments FROM sightings
WHERE tape = 'rcv' AND origin = 's' AND 'gap' IN (SELECT tape FROM tapes);

-- Of each transmission: lost in the wire, or refused by the receiver, if all copies that came were. What is lost after the
-- last frame that came through leaves no trace at the far end.
CREATE TEMP TABLE fates AS
SELECT origin, syn, segments, NOT max(forwarded) AS lost, max(forwarded) AND NOT max(forwarded AND NOT refused) AS refused,
	arrival_ns < last_ns AS traced
FROM frames LEFT JOIN (SELECT src_port, dst_port, max(arrival_ns) AS last_ns FROM frames WHERE forwarded GROUP BY 1, 2)
	USING (src_port, dst_port)
WHERE length > 0 AND transmission NOT IN probes GROUP BY transmission;

-- A delivery of bytes that all had been delivered before: somebody sent for nothing. It may be the late original; copies made
-- by the network are nobody's fault. Bytes may have come in several frames, so each border inside must be covered.
CREATE INDEX temp.frames_by_start ON frames (src_port, dst_port, start) WHERE forwarded AND length > 0;
CREATE TEMP TABLE needless AS
WITH late AS (SELECT *, (SELECT max(length) FROM frames) AS longest FROM frames
	WHERE forwarded AND NOT refused AND length > 0 AND delivery = 1 AND (start < top OR overtaken)
		AND NOT syn AND transmission NOT IN probes),
earlier AS (SELECT late.line, before.start, before.finish FROM late JOIN frames AS before
	ON before.src_port = late.src_port AND before.dst_port = late.dst_port
		AND before.start > late.start - longest AND before.start < late.finish
	WHERE before.forwarded AND NOT before.refused AND before.length > 0
		AND before.finish > late.start AND before.release_ns < late.release_ns),
borders AS (SELECT line, start AS at FROM late
	UNION SELECT line, earlier.finish FROM earlier JOIN late USING (line) WHERE earlier.finish < late.finish)
SELECT line, origin, segments FROM late WHERE NOT EXISTS (SELECT 1 FROM borders WHERE borders.line = late.line
	AND NOT EXISTS (SELECT 1 FROM earlier WHERE earlier.line = late.line AND at >= start AND at < finish));

-- Which frame of a capture is which line of the log -------------------------------------------------------------------

-- The k-th frame with the same numbers is the k-th sighting of them. Where the tape has more or fewer of them (`any` sees a
-- frame several times), the nearest in time.
CREATE TEMP TABLE keyed_sightings AS
SELECT tape, line, t_ns, src_port, dst_port, ip_id, key_seq, ack, payload, tsval, row_number() OVER (same ORDER BY t_ns) AS k,
	count(*) OVER same AS n
FROM sightings JOIN frames USING (line)
WINDOW same AS (PARTITION BY tape, src_port, dst_port, ip_id, key_seq, ack, payload, tsval);
CREATE INDEX temp.keys ON keyed_sightings (src_port, ip_id, key_seq, ack);

CREATE TEMP TABLE matches AS
SELECT tape, frame, line FROM (
	SELECT captured.tape, frame, line,
		min(iif(captured.n = seen.n, captured.k <> seen.k, abs(captured.t_ns - seen.t_ns))) AS apart
	FROM (SELECT *, row_number() OVER (same ORDER BY frame) AS k, count(*) OVER same AS n FROM captured
		WINDOW same AS (PARTITION BY tape, src_port, dst_port, ip_id, seq, ack, payload, tsval)) AS captured
	JOIN keyed_sightings AS seen ON seen.src_port = captured.src_port AND seen.ip_id = captured.ip_id
		AND key_seq = seq AND seen.ack = captured.ack
	WHERE seen.tape = captured.tape AND seen.dst_port = captured.dst_port AND seen.payload = captured.payload
		AND seen.tsval = captured.tsval
	GROUP BY 1, 2);
CREATE INDEX temp.matches_by_line ON matches (tape, line);
CREATE INDEX temp.matches_by_frame ON matches (tape, frame);

-- What the tools say of each of them ----------------------------------------------------------------------------------

CREATE TEMP TABLE said (tool TEXT, tape TEXT, frame INTEGER, class TEXT, evidence TEXT);
INSERT INTO said
SELECT 'wiretape', tape, frame, CASE kind WHEN 'syn_retransmission' THEN 'retransmission' WHEN 'keep_alive' THEN 'probe'
		WHEN 'zero_window_probe' THEN 'probe' ELSE kind END, coalesce(cause || ' ', '') || coalesce(evidence, '')
FROM (SELECT 'snd' AS tape, * FROM snd.events UNION ALL SELECT 'rcv', * FROM rcv.events
	UNION ALL SELECT 'gap', * FROM gap.events) JOIN tapes USING (tape)
WHERE kind IN ('retransmission', 'syn_retransmission', 'reordered', 'network_duplicate', 'unknown', 'keep_alive',
	'zero_window_probe');
INSERT INTO said SELECT 'tshark', tape, frame, class, NULL FROM tshark WHERE frame > 0;
CREATE INDEX temp.said_by_frame ON said (tape, frame, tool);

CREATE TEMP TABLE tools AS SELECT 'wiretape' AS tool UNION ALL SELECT 'tshark' WHERE EXISTS (SELECT 1 FROM tshark);

-- A frame that is on the tape more than once counts once, as the first that is said of it.
CREATE TEMP TABLE judged AS
SELECT tool, CASE WHEN tape = 'gap' THEN 'gap' WHEN (tape = 'snd') = (origin = 's') THEN 'sender' ELSE 'far' END AS end,
	tape, origin, line, class, segments, frame, coalesce(said_class, 'new') AS said_class, evidence
FROM (SELECT tool, tape, origin, line, sightings.class, segments, min(iif(said.class IS NULL, 1e9, 0) + matches.frame) AS first,
		matches.frame, said.class AS said_class, said.evidence
	FROM tools CROSS JOIN sightings JOIN matches USING (tape, line) LEFT JOIN said USING (tool, tape, frame)
	WHERE sightings.class <> 'ack' GROUP BY tool, tape, line);

-- Sums ----------------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE found_flows AS
SELECT tape, flows.id AS flow_id, flows.client_ip = kernel.address AS client_sends, client_port, server_port
FROM (SELECT 'snd' AS tape, * FROM snd.flows UNION ALL SELECT 'rcv', * FROM rcv.flows UNION ALL SELECT 'gap', * FROM gap.flows)
	AS flows JOIN tapes USING (tape), kernel
WHERE protocol = 'tcp' AND origin = 's';

CREATE TEMP TABLE found AS
SELECT CASE WHEN tape = 'gap' THEN 'gap' WHEN (tape = 'snd') = (origin = 's') THEN 'sender' ELSE 'far' END AS end, *
FROM (SELECT tape, iif((direction = 'c2s') = client_sends, 's', 'r') AS origin,
		iif(direction = 'c2s', client_port, server_port) AS src_port,
		iif(direction = 'c2s', server_port, client_port) AS dst_port,
		directions.*
	FROM found_flows JOIN (SELECT 'snd' AS tape, * FROM snd.flow_directions UNION ALL SELECT 'rcv', * FROM rcv.flow_directions
		UNION ALL SELECT 'gap', * FROM gap.flow_directions) AS directions USING (tape, flow_id));

CREATE TEMP TABLE ends AS SELECT DISTINCT end, origin, tape FROM judged;

CREATE TEMP TABLE sums AS
SELECT end, origin, total(retransmitted_segments) AS again, total(fast_retransmissions) AS fast,
	total(slow_start_retransmissions) AS slow_start, total(tail_loss_probes) AS probes,
	total(unknown_retransmissions) AS unknown_cause,
	-- TCPTimeouts has the client's SYNs in it; of SYN-ACKs only some, see syn_acks below.
	total(timeout_retransmissions + iif(direction = 'c2s', syn_retransmissions, 0)) AS timeouts,
	total(spurious_retransmissions) AS spurious, total(reordered_segments) AS reordered, total(unknown_segments) AS unknown,
	total(network_duplicates) AS duplicates, total(lost_upstream) AS upstream, total(lost_downstream) AS downstream
FROM ends LEFT JOIN found USING (end, origin) GROUP BY 1, 2;

CREATE TEMP TABLE true_sums AS
SELECT end, origin, total(segments) FILTER (WHERE class = 'retransmission') AS again,
	total(segments) FILTER (WHERE class = 'reordered') AS reordered,
	total(segments) FILTER (WHERE class = 'network_duplicate') AS duplicates,
	count(*) FILTER (WHERE class = 'hidden') AS hidden,
	count(*) FILTER (WHERE class = 'retransmission' AND line IN (SELECT line FROM frames WHERE syn AND ack > 0)) AS syn_acks
FROM judged WHERE tool = 'wiretape' GROUP BY 1, 2;

CREATE TEMP TABLE lost AS
SELECT origin, total(segments) FILTER (WHERE lost AND NOT syn) AS lost,
	total(segments) FILTER (WHERE lost AND traced AND NOT syn) AS traced,
	total(segments) FILTER (WHERE refused AND NOT syn) AS refused
FROM fates GROUP BY 1;

CREATE TEMP TABLE measures (end TEXT, origin TEXT, what TEXT, found, expected, tolerance, goal TEXT);

-- A timer that expires sends one segment, and so does a probe. A SYN-ACK is repeated by a timer, which TCPTimeouts counts, or
-- because the SYN came again, which it does not. What the other counters leave of TcpRetransSegs are the probes that
-- repeat; TCPLossProbes has those with new data in it too.
INSERT INTO measures
SELECT end, origin, 'again', sums.again, kernel.again, max(1, kernel.again * 0.01), 'retransmissions'
FROM sums JOIN kernel USING (origin) WHERE end = 'sender'
UNION ALL SELECT end, origin, 'fast', sums.fast, kernel.fast, max(2, kernel.fast * 0.03), 'causes'
FROM sums JOIN kernel USING (origin) WHERE end = 'sender'
UNION ALL SELECT end, origin, 'slow_start', sums.slow_start, kernel.slow_start, max(2, kernel.slow_start * 0.03), 'causes'
FROM sums JOIN kernel USING (origin) WHERE end = 'sender'
UNION ALL SELECT end, origin, 'timeout', sums.timeouts, kernel.timeouts, max(2, kernel.timeouts * 0.03) + syn_acks, 'causes'
FROM sums JOIN kernel USING (origin) JOIN true_sums USING (end, origin) WHERE end = 'sender'
UNION ALL SELECT end, origin, 'probe', sums.probes, left_over, max(2, left_over * 0.03) + syn_acks, 'causes'
FROM sums JOIN (SELECT origin, min(probes, max(0, again - fast - slow_start - timeouts)) AS left_over FROM kernel)
	USING (origin) JOIN true_sums USING (end, origin) WHERE end = 'sender'
UNION ALL SELECT end, origin, 'unknown_cause', unknown_cause, 0, NULL, NULL FROM sums WHERE end = 'sender'
UNION ALL SELECT end, origin, 'log_again', true_sums.again, kernel.again, 0, 'the lab itself'
FROM true_sums JOIN kernel USING (origin) WHERE end = 'sender';

INSERT INTO measures
SELECT end, origin, 'again', sums.again, true_sums.again, max(2, true_sums.again * 0.02), iif(end = 'far', 'retransmissions', NULL)
FROM sums JOIN true_sums USING (end, origin) WHERE end <> 'sender'
UNION ALL SELECT end, origin, 'reordered', sums.reordered, true_sums.reordered, max(2, true_sums.reordered * 0.02),
	iif(end = 'far', 'reordered and duplicates', NULL) FROM sums JOIN true_sums USING (end, origin)
UNION ALL SELECT end, origin, 'duplicates', sums.duplicates, true_sums.duplicates, max(2, true_sums.duplicates * 0.02),
	'reordered and duplicates' FROM sums JOIN true_sums USING (end, origin) WHERE end = 'far'
-- The sender learns of them by DSACK, if at all.
UNION ALL SELECT sums.end, origin, 'duplicates', sums.duplicates, far.duplicates, NULL, NULL
FROM sums JOIN (SELECT origin, duplicates FROM true_sums WHERE end = 'far') AS far USING (origin) WHERE sums.end <> 'far'
UNION ALL SELECT end, origin, 'upstream', sums.upstream, iif(end = 'sender', 0, traced), max(2, iif(end = 'sender', 0, traced) * 0.02),
	iif(end = 'far' AND name <> 'mtu_black_hole', 'losses', NULL) -- there, only a reset comes after them
FROM sums JOIN lost USING (origin), scenario
UNION ALL SELECT end, origin, 'downstream', sums.downstream, iif(end = 'sender', lost + refused, refused),
	max(2, iif(end = 'sender', lost + refused, refused) * 0.02),
	iif(end = 'far' AND name <> 'accept_queue', 'losses', NULL) -- there, the host ignores what it can't accept
FROM sums JOIN lost USING (origin), scenario
UNION ALL SELECT end, origin, 'unknown', unknown, 0, NULL, NULL FROM sums
UNION ALL SELECT end, origin, 'hidden', hidden, hidden, NULL, NULL FROM true_sums
UNION ALL SELECT end, origin, 'spurious', spurious,
	(SELECT coalesce(sum(segments), 0) FROM needless WHERE needless.origin = sums.origin), NULL, NULL FROM sums
UNION ALL SELECT end, origin, 'dsacks', dsacks, dsacks, NULL, NULL FROM sums JOIN kernel USING (origin)
UNION ALL SELECT end, origin, 'unmatched', count(*), 0, 0, 'the lab itself'
FROM captured JOIN (SELECT DISTINCT origin, src_port, dst_port FROM frames) USING (src_port, dst_port)
JOIN ends USING (tape, origin)
WHERE (tape, frame) NOT IN (SELECT tape, frame FROM matches) GROUP BY 1, 2
UNION ALL SELECT end, origin, 'log_paws', (SELECT count(*) FROM frames
	WHERE refused AND NOT corrupted AND frames.origin = ends.origin), paws, 2, 'the lab itself'
FROM ends JOIN (SELECT iif(origin = 's', 'r', 's') AS origin, paws FROM kernel) USING (origin) WHERE end = 'far'
UNION ALL SELECT end, origin, 'missing', count(line), 0, 0, 'the lab itself'
FROM ends LEFT JOIN (SELECT tape, origin, line FROM sightings WHERE class <> 'ack' AND (tape, line) NOT IN
	(SELECT tape, line FROM matches)) USING (tape, origin)
WHERE end <> 'gap' GROUP BY 1, 2
UNION ALL SELECT end, origin, 'invented', count(line), 0, 0, 'no retransmission invented'
FROM ends JOIN scenario LEFT JOIN (SELECT end, origin, line FROM judged WHERE tool = 'wiretape'
	AND said_class = 'retransmission' AND class <> 'retransmission') USING (end, origin)
WHERE name IN ('reorder', 'reorder_far') GROUP BY 1, 2;

-- The neighbours: frames.
INSERT INTO measures
SELECT end, origin, what, count(frame), NULL, NULL, NULL
FROM ends JOIN (SELECT 'tshark_again' AS what, 'retransmission' AS class UNION ALL SELECT 'tshark_ooo', 'reordered')
LEFT JOIN (SELECT tape, origin, frame, said.class FROM said JOIN matches USING (tape, frame) JOIN frames USING (line)
	WHERE tool = 'tshark') USING (tape, origin, class)
WHERE 'tshark' IN (SELECT tool FROM tools) GROUP BY 1, 2, 3
UNION ALL SELECT end, origin, 'tcptrace_again', again, NULL, NULL, NULL FROM tcptrace JOIN ends USING (tape, origin)
UNION ALL SELECT end, origin, 'tcptrace_ooo', ooo, NULL, NULL, NULL FROM tcptrace JOIN ends USING (tape, origin);

-- RTT of the sender's data at its own tap -----------------------------------------------------------------------------------

-- From the segment into the wire to the first word of it out of the wire, ACK or SACK, of what was sent once (Karn). No word
-- comes sooner than the path allows.
CREATE TEMP TABLE words AS
SELECT src_port, dst_port, 0 AS low, offset AS high, release_ns FROM acks
UNION ALL
SELECT src_port, dst_port, low - isn & 0xffffffff, high - isn & 0xffffffff, release_ns
FROM sacked JOIN matches USING (tape, frame) JOIN acks USING (line) WHERE tape = 'snd';
CREATE INDEX temp.words_in_time ON words (src_port, dst_port, release_ns, low, high);

CREATE TEMP TABLE repeats AS
SELECT src_port, dst_port, start, finish FROM frames
WHERE length > 0 AND NOT is_copy AND start < top AND transmission NOT IN probes;
CREATE INDEX temp.repeats_by_start ON repeats (src_port, dst_port, start);

CREATE TEMP TABLE round_trips AS
SELECT src_port, dst_port, line, word_ns - arrival_ns AS rtt_ns
FROM (SELECT src_port, dst_port, line, arrival_ns, (SELECT words.release_ns FROM words
		WHERE words.src_port = sent.src_port AND words.dst_port = sent.dst_port
			AND words.release_ns >= arrival_ns + rtt_us * 1000 AND low <= start AND high >= start + payload
		ORDER BY words.release_ns LIMIT 1) AS word_ns
	FROM frames AS sent, scenario, (SELECT max(length) AS longest FROM frames)
	WHERE origin = 's' AND forwarded AND NOT is_copy AND payload > 0 AND NOT refused AND start >= coalesce(top, 0)
		AND NOT EXISTS (SELECT 1 FROM repeats WHERE repeats.src_port = sent.src_port AND repeats.dst_port = sent.dst_port
			AND repeats.start < sent.finish AND repeats.start > sent.start - longest AND repeats.finish > sent.start))
WHERE word_ns IS NOT NULL;

CREATE TEMP TABLE rtt AS
SELECT src_port, dst_port, max(n) AS n, min(rtt_ns) / 1e6 AS min_ms, max(iif(place = (n + 1) / 2, rtt_ns, NULL)) / 1e6 AS p50_ms,
	max(iif(place = (n * 95 + 99) / 100, rtt_ns, NULL)) / 1e6 AS p95_ms, max(rtt_ns) / 1e6 AS max_ms
FROM (SELECT *, row_number() OVER (PARTITION BY src_port, dst_port ORDER BY rtt_ns) AS place,
	count(*) OVER (PARTITION BY src_port, dst_port) AS n FROM round_trips)
GROUP BY 1, 2;

-- What is said --------------------------------------------------------------------------------------------------------

.mode insert measures
SELECT name, seed, measures.* FROM scenario, measures;

.mode insert confusion
SELECT name, seed, end, origin, tool, class, said_class, count(*) FROM scenario, judged WHERE class <> 'hidden'
GROUP BY end, origin, tool, class, said_class;

.mode insert misses
SELECT name, seed, end, origin, tape, frame, src_port, dst_port, start, length, class, said_class, evidence
FROM scenario, judged JOIN frames USING (line, origin)
WHERE tool = 'wiretape' AND class <> said_class AND class <> 'hidden' AND class <> 'probe';

.mode insert rtt
SELECT name, seed, rtt.src_port, rtt_us / 1e3, min_rtt_us / 1e3, smoothed_us / 1e3,
	rtt.n, rtt.min_ms, rtt.p50_ms, rtt.p95_ms, rtt.max_ms,
	rtt_samples, rtt_min_us / 1e3, rtt_p50_us / 1e3, rtt_p95_us / 1e3, rtt_max_us / 1e3
FROM scenario, rtt LEFT JOIN found ON found.src_port = rtt.src_port AND found.dst_port = rtt.dst_port AND end = 'sender'
LEFT JOIN (SELECT value ->> '$.local_port' AS src_port, value ->> '$.tcp_info.min_rtt_us' AS min_rtt_us,
		value ->> '$.tcp_info.rtt_us' AS smoothed_us, value ->> '$.remote_port' AS dst_port
	FROM truth, json_each(truth.json, '$.sender.connections')) AS sockets
	ON sockets.src_port = rtt.src_port AND sockets.dst_port = rtt.dst_port;
