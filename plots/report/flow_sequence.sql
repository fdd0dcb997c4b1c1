-- place: flow
-- order: 20
-- key: sequence
-- title: Time and sequence
-- chart: time-sequence
SELECT 1 FROM flow_directions WHERE flow_id = :flow AND data_segments > 0 LIMIT 1;
