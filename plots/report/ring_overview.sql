-- place: ring
-- order: 10
-- key: overview
-- title: Overview
-- shape: facts
-- chart: overview
-- column: host words recorded on
-- column: interface words interface
-- column: link_type words link type
-- column: first_time time began
-- column: last_time time last row
-- column: recorded_ms ms recorded
-- column: runs count runs of the recorder
-- column: packets count packets
-- column: bytes bytes on the wire
-- column: mbit_per_s rate rate, mean
-- column: mbit_per_s_max rate rate, at most
-- column: retrans_pct percent sent again, %
-- column: loss_pct percent lost, SYN and FIN too, %
-- column: rtt_p95_ms ms RTT, p95
-- column: incidents count incidents
-- column: segments count segments on disk
-- column: segment_bytes bytes size of the segments
-- column: compression number compressed, times smaller
-- column: incident_bytes bytes size of the incidents
-- column: tape_from time tape from
-- column: dropped count packets dropped
WITH t AS (
	SELECT min(t_ns) AS first_ns, max(t_ns + CAST(interval_ms * 1e6 AS INTEGER)) AS last_ns, sum(interval_ms) AS ms, sum(packets) AS packets,
		sum(bytes) AS bytes, max(bytes * 8 / (interval_ms * 1e3)) AS mbit_max,
		100.0 * sum(retransmitted_segments - syn_retransmissions - fin_retransmissions) / nullif(sum(data_segments), 0) AS retrans_pct,
		100.0 * (sum(lost_upstream) + max(sum(lost_downstream - spurious_retransmissions), 0))
			/ nullif(sum(data_segments + lost_upstream), 0) AS loss_pct,
		total(kernel_drops) + total(capture_interface_drops) + total(pool_drops) AS dropped
	FROM timeline
	WHERE scope = 'all'
), trips AS ( -- a percentile of all is that of the intervals' own, weighted by their samples
	SELECT rtt_p95_ms AS ms, sum(rtt_samples) OVER (ORDER BY rtt_p95_ms) AS below, sum(rtt_samples) OVER () AS samples
	FROM timeline
	WHERE scope = 'all' AND rtt_samples > 0
), s AS (
	SELECT count(*) AS segments, sum(file_bytes) AS file_bytes, sum(captured_bytes) AS captured_bytes, min(opened_ns) AS from_ns
	FROM segments
), c AS (
	SELECT host, interface, link_type, max(id) AS id, count(*) AS runs FROM captures -- the bare columns are those of the last run
)
SELECT c.host, c.interface, c.link_type, t.first_ns AS first_time, t.last_ns AS last_time, t.ms AS recorded_ms, c.runs, t.packets, t.bytes,
	round(t.bytes * 8 / (t.ms * 1e3), 6) AS mbit_per_s, round(t.mbit_max, 6) AS mbit_per_s_max, round(t.retrans_pct, 2) AS retrans_pct,
	round(t.loss_pct, 2) AS loss_pct, round((SELECT min(ms) FROM trips WHERE below >= 0.95 * samples), 3) AS rtt_p95_ms,
	(SELECT count(*) FROM incidents) AS incidents, s.segments,
	s.file_bytes AS segment_bytes, round(1.0 * s.captured_bytes / nullif(s.file_bytes, 0), 1) AS compression,
	(SELECT sum(file_bytes) FROM incidents) AS incident_bytes, s.from_ns AS tape_from, CAST(t.dropped AS INTEGER) AS dropped
FROM c, t, s;
