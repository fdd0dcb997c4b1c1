-- given_names.sql: names from `kubectl get pods -A -o json`, and the same for services, endpoints, nodes, or a List of them all. Each
-- statement is run once for each file, with its text as :json. What is found is put into given_names (address, port, name, source),
-- in the order in which it is to be believed; given_names.c looks at the addresses. Whatever else JSON can be is passed over.

CREATE TEMP TABLE given_items AS
WITH list (kind) AS MATERIALIZED (SELECT json_extract(:json, '$.kind')),
items (item) AS (
	SELECT i.value FROM json_each(:json, '$.items') i WHERE i.type = 'object'
	UNION ALL SELECT :json WHERE json_type(:json, '$.items') IS NULL AND json_type(:json) = 'object'
)
-- Lists of one kind, as the API server gives them, name it only once: 'PodList'.
SELECT coalesce(json_extract(item, '$.kind'), replace(list.kind, 'List', '')) AS kind,
	json_extract(item, '$.metadata.namespace') || '/' || json_extract(item, '$.metadata.name') AS name,
	item
FROM items, list
WHERE json_type(item, '$.metadata.name') = 'text';

-- A pod that has ended keeps the address that another one may have by now. One in the network of its host has no address of its own.
INSERT INTO given_names (address, name, source)
SELECT address, name, 'pod'
FROM (
	SELECT CASE p.type WHEN 'object' THEN json_extract(p.value, '$.ip') END AS address, name, item
	FROM given_items, json_each(item, '$.status.podIPs') p
	WHERE kind = 'Pod'
	UNION ALL
	SELECT json_extract(item, '$.status.podIP'), name, item FROM given_items WHERE kind = 'Pod'
)
WHERE NOT coalesce(json_extract(item, '$.spec.hostNetwork'), 0)
ORDER BY coalesce(json_extract(item, '$.status.phase') IN ('Succeeded', 'Failed'), 0), name;

-- Hosts, by the pods on them.
INSERT INTO given_names (address, name, source)
SELECT DISTINCT json_extract(item, '$.status.hostIP'), json_extract(item, '$.spec.nodeName'), 'pod'
FROM given_items
WHERE kind = 'Pod'
ORDER BY 2;

INSERT INTO given_names (address, name, source)
SELECT CASE a.type WHEN 'object' THEN json_extract(a.value, '$.address') END, json_extract(item, '$.metadata.name'), 'pod'
FROM given_items, json_each(item, '$.status.addresses') a
WHERE kind = 'Node' AND a.type = 'object' AND json_extract(a.value, '$.type') IN ('InternalIP', 'ExternalIP');

-- Services: their name for all ports, and with the port's name where it has one.
CREATE TEMP TABLE given_services AS
SELECT c.value AS address, name, item FROM given_items, json_each(item, '$.spec.clusterIPs') c WHERE kind = 'Service'
UNION SELECT json_extract(item, '$.spec.clusterIP'), name, item FROM given_items WHERE kind = 'Service'
UNION SELECT e.value, name, item FROM given_items, json_each(item, '$.spec.externalIPs') e WHERE kind = 'Service'
UNION SELECT CASE i.type WHEN 'object' THEN json_extract(i.value, '$.ip') END, name, item
FROM given_items, json_each(item, '$.status.loadBalancer.ingress') i WHERE kind = 'Service';

DELETE FROM given_services WHERE coalesce(address, '') IN ('', 'None') OR json_extract(item, '$.spec.type') = 'ExternalName';

INSERT INTO given_names (address, port, name, source)
SELECT address, json_extract(p.value, '$.port'), name || ':' || json_extract(p.value, '$.name'), 'service'
FROM given_services, json_each(item, '$.spec.ports') p
WHERE p.type = 'object' AND json_type(p.value, '$.name') = 'text' AND json_extract(p.value, '$.port') BETWEEN 1 AND 65535
ORDER BY name, address;

INSERT INTO given_names (address, name, source)
SELECT address, name, 'service' FROM given_services ORDER BY name, address;

-- Addresses behind a service: pods by their own name, others by the service's.
INSERT INTO given_names (address, name, source)
SELECT json_extract(a.value, '$.ip'),
	iif(json_extract(a.value, '$.targetRef.kind') = 'Pod',
		json_extract(a.value, '$.targetRef.namespace') || '/' || json_extract(a.value, '$.targetRef.name'), e.name),
	iif(json_extract(a.value, '$.targetRef.kind') = 'Pod', 'pod', 'service')
FROM given_items e, json_each(e.item, '$.subsets') s, json_each(e.item, s.fullkey || '.addresses') a
WHERE e.kind = 'Endpoints' AND s.type = 'object' AND a.type = 'object'
ORDER BY e.name;

DROP TABLE given_items;
DROP TABLE given_services;
