-- title: IP packets come in fragments
-- severity: note
-- layer: L3
-- rank: 25
-- explanation: Packets were cut into fragments, because they are larger than a link takes. If one fragment is lost all are;
-- explanation: firewalls and NAT drop them gladly, and where fragments went missing packets never arrived.
-- advice: Send smaller packets: the tunnel's or the program's packet size (NFS over UDP, DNS with EDNS over 1232 bytes,
-- advice: VXLAN over an MTU of 1500), or a larger MTU all the way. nstat IpReasmFails on the receiver counts what it could
-- advice: not put together.
-- threshold: fragments_lost_pct 1 % of fragmented packets were incomplete: a warning then
WITH counted AS (
	SELECT fragments, fragments_incomplete, packets, first_ns,
		-- At least two fragments make a packet.
		100.0 * fragments_incomplete / nullif(max(fragments / 2, fragments_incomplete), 0) AS lost_pct
	FROM captures
	WHERE id = :capture
)
SELECT 'fragments' AS subject, first_ns AS t_ns,
	lost_pct AS value,
	printf('%,d of %,d frames are fragments; %,d packet%s incomplete', fragments, packets,
		fragments_incomplete, iif(fragments_incomplete = 1, ' is', 's are')) AS detail,
	'ip.flags.mf == 1 || ip.frag_offset > 0 || ipv6.fraghdr' AS filter,
	iif(fragments_incomplete > 2 AND lost_pct >= :fragments_lost_pct, 'warning', 'note') AS severity
FROM counted
WHERE fragments > 0;
