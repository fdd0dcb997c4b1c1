-- title: Losses come in bursts: several segments in a row
-- severity: warning
-- layer: L4
-- rank: 25
-- explanation: Neighbouring segments are lost together. Random loss hits single segments; runs of losses come from a
-- explanation: queue that overflows, a link that fades or flaps, or a policer without a burst allowance.
-- advice: Look for queue drops (`tc -s qdisc`, the switch's output discards) and link flaps (`dmesg`, `ip -s -s link`) at
-- advice: the times of the evidence; give a policer more burst, or shape instead.
-- threshold: burst_segments 3 segments lost in a row make a burst
-- threshold: burst_share_pct 50 % of a direction's repeated segments are in bursts
-- threshold: loss_segments 5 segments that must be lost before loss counts
-- threshold: burst_pct 0.1 % of the data segments were lost in bursts
-- explains: loss_upstream loss_downstream loss_episode tail_loss
-- A burst: repetitions that follow each other without a gap of sequence numbers. What a time-out sends again in slow
-- start was not all lost.
WITH repeats AS (
	SELECT e.*, coalesce(e.seq <> lag((e.seq + e.len) & 0xffffffff) OVER same, 1) AS begins
	FROM events e
	WHERE kind = 'retransmission' AND len > 0 AND cause IN ('fast', 'unknown')
	WINDOW same AS (PARTITION BY flow_id, direction ORDER BY id)
), runs AS (
	SELECT *, sum(begins) OVER (PARTITION BY flow_id, direction ORDER BY id) AS run FROM repeats
), bursts AS (
	SELECT flow_id, direction, count(*) AS segments, min(t_ns) AS t_ns, frame FROM runs GROUP BY flow_id, direction, run
), sums AS (
	SELECT flow_id, direction, sum(segments) AS repeated, max(segments) AS longest, t_ns, frame,
		sum(iif(segments >= :burst_segments, segments, 0)) AS in_bursts, sum(segments >= :burst_segments) AS bursts
	FROM bursts GROUP BY flow_id, direction
)
SELECT subject, longest AS value, :burst_segments AS threshold,
	printf('%d burst%s with %,d of the %,d segments that were lost; the longest had %d in a row.', bursts,
		iif(bursts = 1, '', 's'), in_bursts, repeated, longest)
		AS detail, flow_id, t_ns, frame
FROM sums JOIN directions USING (flow_id, direction)
WHERE capture_id = :capture AND in_bursts >= :loss_segments AND 100.0 * in_bursts / repeated >= :burst_share_pct
	AND 100.0 * in_bursts >= :burst_pct * data_segments
ORDER BY in_bursts DESC
