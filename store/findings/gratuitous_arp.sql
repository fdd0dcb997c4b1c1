-- title: A station announces its address again and again
-- severity: note
-- layer: L2
-- rank: 30
-- explanation: Gratuitous ARP tells a link who has an address when that changes: at boot, or when a standby takes over. So
-- explanation: many of them say that something changes all the time (two masters of one VRRP group, an interface that flaps)
-- explanation: or that a device announces itself for fear of being forgotten.
-- advice: See whether the MAC address for the IP address changes; compare with the log of keepalived or the router (state
-- advice: changes), and the interface's link changes (`ip -s link`, `dmesg`).
-- threshold: gratuitous_arp 20 announcements of one address by one station
-- threshold: gratuitous_arp_per_s 0.2 1/s on average
SELECT address || ' at ' || mac AS subject, address, first_ns AS t_ns, first_frame AS frame,
	gratuitous AS value,
	printf('%s announced %s %d times in %.0f s', mac, address, gratuitous, (last_ns - first_ns) / 1e9) AS detail,
	iif(protocol = 'arp', 'arp.isgratuitous && arp.src.proto_ipv4 == ',
		'icmpv6.type == 136 && icmpv6.nd.na.target_address == ')
		|| address AS filter
FROM neighbours
WHERE capture_id = :capture AND gratuitous >= :gratuitous_arp
	AND gratuitous >= :gratuitous_arp_per_s * max((last_ns - first_ns) / 1e9, 1)
ORDER BY value DESC, subject;
