-- title: Names of addresses, and where they come from
-- about: The first of each address is the one that is shown; --hosts and --pods of `wiretape analyze` give more.
-- parameter: address '' only of this one
-- parameter: limit 50 rows to show
SELECT capture_id AS capture, address, port, name, source, names
FROM address_names
WHERE :address IS NULL OR address = :address
ORDER BY capture_id, address, port
LIMIT :limit;
