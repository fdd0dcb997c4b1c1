#!/usr/bin/env bash
# What a report says: each file of plots/report is well formed, and its numbers are those that sqlite3 finds in another way.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
program=$(realpath "${WIRETAPE:-build/wiretape}")
# shellcheck source=expect.sh
. "$here/expect.sh"
export SOURCE_DATE_EPOCH=1795233600

headers() { sed '/^--/!q' "$1" | sed -n "s/^-- $2: //p"; } # headers FILE KEY
report() { "$program" report -q --no-charts --format json "$@" 2>err >report.json || fail "report $*"; }
found() { jq -r ".captures[0] | $1" report.json; } # of the first capture
asked() { sqlite3 "$1" "$2"; }                      # asked DATABASE SQL
# promised PLACE KEY: the keys that the README lists for rows of KEY
promised() {
	awk -v place="$1" -v row="| \`$2\` |" '
		/^\| key \|/ && !at { at = "capture" }
		/^A member of `flow_pages` has:/ { at = "flow" }
		/^A ring.s report has:/ { at = "ring" }
		/^The member `incident`/ { at = "incident" }
		at == place && index($0, row) == 1 {
			$0 = substr($0, length(row) + 1)
			gsub(/\([^()]*\)/, "")
			for (; match($0, /`[a-z_0-9]+`/); $0 = substr($0, RSTART + RLENGTH)) print substr($0, RSTART + 1, RLENGTH - 2)
		}' "$root/plots/report/README.md" | sort | xargs
}

# every part: header, columns, order
samples=$root/samples
"$program" analyze -q --interval 20ms -o samples.db "$samples" 2>err || fail 'analyze'
declare -A seen=()
for file in "$root"/plots/report/*.sql; do
	name=$(basename "$file")
	place=$(headers "$file" place)
	key=$(headers "$file" key)
	if [[ $place != ranking && $key != warnings ]]; then
		is "$name: keys in the README" "$(headers "$file" column | awk '!/^-/ { print $1 }' | sort | xargs)" "$(promised "${place/overview/capture}" "$key")"
	fi
	[[ $place =~ ^(capture|overview|flow|ring)$ ]] || continue # others are written by other rules
	is "$name: place comes first" "-- place: $place" "$(head -n 1 "$file")"
	is "$name: an order" 1 "$(headers "$file" order | grep -cxE '[1-9][0-9]*')"
	is "$name: a title" 1 "$(headers "$file" title | grep -c .)"
	is "$name: a key" 1 "$(grep -cxE '[a-z][a-z_]*' <<<"$key")"
	is "$name: alone has its key" '' "${seen[$place.$key]-}"
	seen[$place.$key]=$name
	is "$name: kinds of columns" '' "$(headers "$file" column | awk '{ print $2 }' |
		grep -vxE 'words|number|code|count|percent|bytes|ms|rate|time|clock|sparkline|severity')"
	is "$name: unknown headers" '' "$(sed '/^--/!q' "$file" | sed -nE 's/^-- ([a-z]+): .*/\1/p' |
		grep -vxE 'place|order|key|title|about|chart|shape|batch|text|most|rows|folded|empty|column|with')"
	for chart in $(headers "$file" chart); do
		is "$name: chart $chart" yes "$([[ -f $root/plots/$chart.sql ]] && echo yes)"
	done
	grep -q '^[A-Z]' "$file" || continue
	(cd "$root" && sh store/embed.sh --print "plots/report/$name") >text
	{
		echo 'CREATE TEMP VIEW part AS'
		sed -e 's/:capture\b/1/g; s/:flow\b/1/g; s/:rows\b/5/g; s/:pages\b/3/g' text
		echo "SELECT name FROM pragma_table_info('part');"
	} | sqlite3 -readonly samples.db >columns 2>err
	is "$name: is SQL" '' "$(cat err)"
	is "$name: columns without a value" '' "$(headers "$file" column | awk '{ sub(/^-/, "", $1); print $1 }' | grep -vxFf columns)"
	[[ $(headers "$file" shape) || ! $(headers "$file" column) ]] || has text ':rows' "$name: is bounded"
done

# numbers of a sample, from its tables in another way
capture() { "$program" analyze -q --interval 20ms -o "$1.db" "$samples/$1.pcap.zst" 2>err && report "$1.db"; }
capture loss_20ms.snd
db=loss_20ms.snd.db
is 'overview: sent again' "$(asked $db 'SELECT total(retransmitted_segments) FROM flow_directions' | cut -d. -f1)" \
	"$(found .overview.retransmitted)"
is 'overview: ms from the first packet to the last' "$(zstd -dcq "$samples/loss_20ms.snd.pcap.zst" | tcpdump -n -tt -r - 2>err |
	awk 'NR == 1 { split($1, from, ".") } { split($1, to, ".") } END { printf "%.0f", (to[1] - from[1]) * 1e3 + (to[2] - from[2]) / 1e3 }')" \
	"$(found .overview.duration_ms | xargs printf '%.0f')"
is 'overview: the same as the kernel counted' "$(jq '.sender.counters.TcpRetransSegs' "$samples/loss_20ms.truth.json")" \
	"$(found .overview.retransmitted)"
is 'overview: packets' "$(zstd -dcq "$samples/loss_20ms.snd.pcap.zst" | tcpdump -r - 2>/dev/null | wc -l)" "$(found .overview.packets)"
is 'services: bytes' "$(asked $db 'SELECT bytes FROM captures')" "$(found '[.services[].bytes] | add')"
is 'services: a curve adds up to the bytes' "$(asked $db "SELECT sum(bytes) / 100000 FROM timeline WHERE scope = 'service'")" \
	"$(found '.services[0] | (.throughput | add) / (.throughput | length)' | awk -v s="$(asked $db \
		"SELECT (max(t_ns) - min(t_ns)) / 1e9 + 0.02 FROM timeline WHERE scope = 'all'")" '{ printf "%d\n", $1 * s / 8 * 10 }')"
is 'talkers: every byte has a sender' "$(asked $db 'SELECT bytes FROM captures')" "$(found '[.talkers[].sent_bytes] | add')"
is 'talkers: and a receiver' "$(asked $db 'SELECT bytes FROM captures')" "$(found '[.talkers[].received_bytes] | add')"
is 'talkers: of all that two say to each other each has all' '100 100' "$(found '[.talkers[].share_pct] | map(tostring) | join(" ")')"
is 'talkers: sent again, in per cent' "$(asked $db "SELECT printf('%.2f', 100.0 * sum(retransmitted_segments - fin_retransmissions) / sum(data_segments))
	FROM flow_directions WHERE direction = 'c2s'")" "$(found '.talkers[] | select(.host == "10.9.0.1").retrans_pct' | xargs printf '%.2f')"
# Names that are given come first, then those of the capture; those of one port, or of another capture, say nothing of the host.
cp $db named.db
sqlite3 named.db "INSERT INTO names (capture_id, address, port, name, source) VALUES (1, '10.9.0.2', NULL, 'from.dns', 'dns'),
	(NULL, '10.9.0.2', NULL, 'a/pod', 'pod'), (NULL, '10.9.0.2', NULL, 'a/later-pod', 'pod'), (NULL, '10.9.0.2', 5001, 'of.a.port', 'hosts'),
	(2, '10.9.0.2', NULL, 'of.another', 'hosts'), (1, '10.9.0.1', NULL, 'by.sni', 'sni'), (1, '10.9.0.1', NULL, 'by.dns', 'dns');
	INSERT INTO dns (capture_id, server_ip, client_ip, queries, rcode, open_end, latency_us) VALUES (1, '10.9.0.2', '10.9.0.1', 1, 'NOERROR', 0, 1000),
	(1, '10.9.0.2', '10.9.0.1', 1, 'NOERROR', 0, 9000), (1, '10.9.0.2', '10.9.0.1', 1, 'NOERROR', 0, 2000), (2, '10.9.0.2', '10.9.0.7', 1, 'NOERROR', 0, 70000),
	(2, '10.9.0.2', '10.9.0.7', 1, 'NOERROR', 0, 80000), (2, '10.9.0.2', '10.9.0.7', 1, 'NOERROR', 0, 90000)"
report named.db
is 'talkers: which name' 'by.dns a/pod' "$(found '[.talkers | sort_by(.host)[].name] | join(" ")')"
# nearest rank of 1, 2 and 9 ms
is 'dns: of this capture alone' 'a/pod 1 3 2 9 9' "$(found '.dns[0] | "\(.name) \(.clients) \(.questions) \(.p50_ms) \(.p95_ms) \(.max_ms)"')"
# A clock before 1970, and what is nearly the next unit.
sqlite3 named.db "UPDATE captures SET first_ns = -1, bytes = 999600"
report named.db
is 'a time before 1970' 1969-12-31T23:59:59.999999999Z "$(found .health.first_time)"
run 0 'nearly a megabyte' report -q --no-charts --format md named.db
has out '1.0 MB' 'nearly a megabyte' && lacks out '1000 kB' 'nearly a megabyte'
report $db
is 'loss: after the tap' "$(asked $db 'SELECT sum(lost_downstream) FROM flow_directions')" "$(found '[.loss[].lost_downstream] | add')"
is 'loss: sent again' "$(asked $db "SELECT count(*) FROM events WHERE kind = 'retransmission'")" "$(found '[.loss[].retransmitted] | add')"
is 'worst flows: a finding rests on all of them' \
	"$(asked $db 'SELECT group_concat(flow_id) FROM (SELECT flow_id FROM evidence ORDER BY 1)')" \
	"$(found '[.worst_flows[].flow] | sort | map(tostring) | join(",")')"
is 'worst flows: the one that lost most time is first' "$(asked $db 'SELECT flow_id FROM flow_directions GROUP BY flow_id
	ORDER BY sum(limited_recovery_us) DESC LIMIT 1')" "$(found '.worst_flows[0].flow')"
is 'worst flows: three pages' 3 "$(found '.flow_pages | length')"
flow=$(found '.flow_pages[0].facts.flow')
is 'page: events' "$(asked $db "SELECT group_concat(frame, ' ') FROM (SELECT frame FROM events WHERE flow_id = $flow ORDER BY t_ns)")" \
	"$(found '[.flow_pages[0].events[].frame] | map(tostring) | join(" ")')"
filter=$(found '.flow_pages[0].facts.filter')
if command -v tshark >/dev/null; then
	zstd -dcq "$samples/loss_20ms.snd.pcap.zst" | tshark -r - -Y "$filter" -T fields -e frame.number -e tcp.time_relative -e ip.src 2>err |
		awk '{ printf "%d %.3f %s\n", $1, $2 * 1000, $3 == "10.9.0.1" ? "client" : "server" }' | sort >frames
	found '.flow_pages[0].events[] | select(.kind == "retransmission") | "\(.frame) \(.after_ms) \(.by)"' |
		awk '{ printf "%d %.3f %s\n", $1, $2, $3 }' | sort >told
	is 'page: there are events' true "$([[ -s told ]] && echo true)"
	is 'page: when and by whom' '' "$(comm -13 frames told)"
	is 'page: its filter finds the flow' "$(asked $db "SELECT sum(packets) FROM flow_directions WHERE flow_id = $flow")" \
		"$(tshark -r "$samples/loss_20ms.snd.pcap.zst" -Y "$filter" 2>/dev/null | wc -l)"
else
	skip 'tshark is not installed: a display filter is not tried'
fi
is 'page: who and when' "10.9.0.1:$(asked $db "SELECT client_port FROM flows WHERE id = $flow")" "$(found '.flow_pages[0].facts.client')"
is 'health: times' "$(asked $db "SELECT strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch') || printf('.%09dZ', first_ns % 1000000000)
	FROM captures")" "$(found .health.first_time)"
"$program" report -q --no-charts --format text $db >one.txt 2>err
"$program" report -q --no-charts --format text $db >two.txt 2>err
same 'the same again' one.txt two.txt
began=$(found .health.first_time)
has one.txt "${began:11:8}" 'times of UTC'
"$program" report -q --no-charts --format text --tz Asia/Kolkata $db >out 2>err
has out "first packet, Asia/Kolkata" 'times of a zone say so'
has out "$(TZ=Asia/Kolkata date -d "${began:0:19}Z" +%H:%M:%S)" 'times of a zone'

capture web.snd
is 'latency: of TLS handshakes, from the least to the most' \
	"$(asked web.snd.db "SELECT count(handshake_us), min(handshake_us) / 1e3, max(handshake_us) / 1e3 FROM tls" | tr '|' ' ')" \
	"$(found '.latency[] | select(.what == "TLS handshake") | "\(.samples) \(.min_ms) \(.max_ms)"')"

capture zero_window.snd
is 'a closed window: what it cost' 1 "$(found '.worst_flows[0] | if .lost_ms >= 1897 and .lost_ms < 2270 then 1 else . end')"
is 'a closed window: why' 1 "$(found '.worst_flows[0].why' | grep -c 'stopped by a closed window for 1.90 s')"
is 'no loss: no part of it' null "$(found .loss)"
# 5 of 715 are 0.699 %; a window that never changes is one number, and so is a single sample
run 0 'numbers that people read' report -q --no-charts --format md "$samples/web.snd.pcap.zst"
has out '| 0.70 | 5 |' 'a share of two decimals, however round'
is 'one sample has no median' 2 "$(grep -cE '^- RTT, tap to (server|client): [0-9.]+ ms \(1 sample\)$' out)"
has out "the client's 64,512 bytes" 'a window that does not change'
is 'no round trip takes no time' '' "$(grep -E '^- RTT.* 0\.00 ms' out)"
capture request_response.snd
is 'nothing wrong' ok "$(found .verdict.severity)"
is 'nothing wrong: no findings' '' "$(found '.findings // [] | .[].code')"
is 'answers' "$(asked request_response.snd.db 'SELECT sum(responses) FROM flows')" "$(found '[.services[].responses] | add')"

# one of many is short, and ranked
"$program" report -q --no-charts --format json "$samples" >report.json 2>err
is 'many: one page each at most' 1 "$(jq '[.captures[].flow_pages // [] | length] | max' report.json)"
is 'many: the worst is first' "$(jq -r '[.ranking[].badness] | sort | reverse | map(tostring) | join(" ")' report.json)" \
	"$(jq -r '[.ranking[].badness] | map(tostring) | join(" ")' report.json)"

# a recorder's ring, made by hand
mkdir -p ring/ring
{
	cat "$root/store/schema.sql"
	cat <<'SQL'
INSERT INTO captures (id, path, host, interface, link_type, format, first_ns, last_ns, interval_ms) VALUES (1, 'ring', 'node1', 'eth0', 'ethernet', 'ring',
	1795257120000000000, 1795257123000000000, 1000);
INSERT INTO timeline (capture_id, t_ns, interval_ms, scope, key, packets, bytes, data_segments, retransmitted_segments, syn_retransmissions,
	fin_retransmissions, lost_upstream, lost_downstream, spurious_retransmissions, kernel_drops, capture_interface_drops, pool_drops, watcher_skipped)
VALUES (1, 1795257120000000000, 1000, 'all', '', 1000, 125000, 480, 5, 0, 0, 20, 5, 0, 0, 0, 0, 0),
	(1, 1795257121000000000, 1000, 'all', '', 1000, 375000, 500, 15, 0, 0, 0, 0, 15, 4, 2, 1, 0),
	(1, 1795257120000000000, 1000, 'service', '10.0.0.1:80', 900, 100000, 490, 5, 0, 0, 10, 1, 4, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'service', '[ff02::16]:0', 1, 90, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'service', 'icmpv6/[fe80::1]:0', 1, 90, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257121000000000, 1000, 'service', 'udp/224.0.0.251:5353', 2, 200, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'service', 'udp/255.255.255.255:67', 1, 300, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'service', 'udp/240.0.0.1:53', 1, 10, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'service', '[2001:db8::ff02]:443', 1, 20, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257121000000000, 1000, 'service', '10.0.0.9:443', 1, 20, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'peer', '::', 1, 90, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(1, 1795257120000000000, 1000, 'peer', '10.0.0.9', 900, 100000, 500, 5, 0, 0, 0, 5, 0, NULL, NULL, NULL, NULL);
INSERT INTO incidents VALUES ('20261121T103201Z-loss', 'loss', 'service', '10.0.0.1:80', 1795257121000000000, 1795257120000000000, 1795257122000000000,
		'analysed', 2, 5000, '{"loss_pct": 3, "retrans_pct": 3, "zero_windows": 2}'),
	('20261121T103202Z-manual', 'manual', NULL, NULL, 1795257122000000000, 1795257121000000000, 1795257122000000000, 'saved', 1, 2000, '{broken');
INSERT INTO segments (name, sequence, opened_ns, closed_ns, packets, captured_bytes, file_bytes, ended_by) VALUES
	('a.pcap.zst', 1, 1795257120000000000, 1795257121000000000, 1000, 40000, 10000, 'stop'),
	('b.pcap.zst', 2, 1795257181000000000, 1795257182000000000, 1000, 40000, 10000, 'stop');
INSERT INTO host_counters (capture_id, t_ns, interval_ms, listen_overflows, softnet_drops) VALUES (1, 1795257120000000000, 1000, 3, 0),
	(1, 1795257121000000000, 1000, 4, 0);
SQL
} | sqlite3 ring/catalog.db 2>err
mkdir -p ring/incidents/20261121T103201Z-loss
: >ring/incidents/20261121T103201Z-loss/report.html
report ring
is 'ring: verdict' warning "$(found .verdict.severity)"
is 'ring: its words' '1 incident (1 x loss) in 2 s of recording, the last one at 2026-11-21 10:32:01 UTC. 1 saved by hand. 7 of 2,007 packets were dropped.' \
	"$(found .verdict.text)"
is 'ring: rate' '2 3' "$(found '.overview | "\(.mbit_per_s) \(.mbit_per_s_max)"')"
# What proved needless had passed the tap, in a second before: it is none of the 20 of 1,000, or 10 of 500, that never came to it.
is 'ring: lost' 2 "$(found .overview.loss_pct)"
is 'ring: lost by a service' 2 "$(found '.services[] | select(.key == "10.0.0.1:80").loss_pct')"
is 'ring: incidents, the last first' '20261121T103202Z-manual 20261121T103201Z-loss' "$(found '[.incidents[].name] | join(" ")')"
is 'ring: what was measured' '3.00 % lost, 2 windows closed' "$(found '.incidents[1].measured')"
is 'ring: a broken row spoils nothing' null "$(found '.incidents[0].measured')"
is 'ring: services; what is no server is one row, the same bytes by name' \
	'10.0.0.1:80 100000,(ICMP, groups, broadcasts) 680,10.0.0.9:443 20,[2001:db8::ff02]:443 20,udp/240.0.0.1:53 10' \
	"$(found '[.services[] | "\(.key) \(.bytes)"] | join(",")')"
is 'ring: what was seen when' '0.8 0' "$(found '.services[0].throughput | map(tostring) | join(" ")')"
is 'ring: peers' '10.0.0.9,(groups, no address)' "$(found '[.peers[].key] | join(",")')"
is 'ring: a minute without a tape' '1 60000' "$(found '"\(.gaps | length) \(.gaps[0].duration_ms)"')"
is 'ring: drops' '1 4 2 1' "$(found '.drops | "\(length) \(.[0].kernel_drops) \(.[0].interface_drops) \(.[0].pool_drops)"')"
is 'ring: counters that grew' 'listen_overflows 7 4' "$(found '.host_counters | map("\(.counter) \(.total) \(.most)") | join(",")')"
mkdir -p ring/incidents/20261121T103201Z-loss
: >ring/incidents/20261121T103201Z-loss/report.html
"$program" report -q --no-charts --format html ring >ring.html 2>err
has ring.html 'ring/incidents/20261121T103201Z-loss/report.html' "ring: links to an incident's report"
lacks ring.html '20261121T103202Z-manual/report.html' 'ring: but not to one that there is not'

# links of a page lead to the incidents from wherever it lies: followed as a browser does, which takes .. for what stands before it
mkdir -p 'else where/deep' real/deep && echo hello >ring/incidents/20261121T103201Z-loss/report.html
ln -s real/deep linked && ln -s ring ring_by_link
follows() { # follows NAME PAGE ARGUMENT...: the page says "hello" of the first link to an incident
	local name=$1 page=$2 link
	shift 2
	run 0 "$name" report -q --no-charts "$@"
	link=$(grep -oE 'href="[^"]*/report.html"' "$page" | head -n 1 | cut -d'"' -f2)
	link=${link//%20/ }
	[[ $link == /* ]] || link=$(realpath -ms "$(dirname "$PWD/$page")/$link")
	is "$name" hello "$(cat "$link" 2>&1)"
}
follows 'a page beside the ring' beside.html ring -o beside.html
has beside.html 'href="ring/incidents/20261121T103201Z-loss/report.html"' 'a page beside the ring: relative'
follows 'a page in the ring' ring/page.html ring/catalog.db -o ring/page.html
has ring/page.html 'href="./incidents/' 'a page in the ring: both can be moved'
follows 'a page elsewhere' 'else where/deep/page.html' ring -o 'else where/deep/page.html'
has 'else where/deep/page.html' 'href="../../ring/incidents/' 'a page elsewhere: relative'
follows 'a page elsewhere, by absolute names' 'else where/page.html' "$PWD/ring/" -o "$PWD/else where/page.html"
follows 'a page in a folder that is a link' linked/page.html ring -o linked/page.html
follows 'a ring that is a link' 'else where/page.html' ring_by_link -o 'else where/page.html'
(cd ring && "$program" report -q --no-charts . -o ../dot.html 2>../err) && has dot.html 'href="ring/incidents/' 'a ring that is called .'

# many incidents hide nothing: their marks stay in their lane
lines() { "$program" plot ring/catalog.db overview --data 2>err | awk -F'\t' \
	'/^# lane/ {on = 1; next} /^#/ {on = 0} on && $1 ~ /^[0-9]/ {n += $6} END {print n + 0}'; }
is 'ring: a line for each of two incidents' 2 "$(lines)"
sqlite3 ring/catalog.db "WITH RECURSIVE g (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 100)
	INSERT INTO incidents (name, trigger, t_ns, state) SELECT 'x' || i, 'loss', 1795257120000000000 + i * 20000000, 'saved' FROM g"
is 'ring: no lines for a hundred' 0 "$(lines)"
report ring
is 'ring: incidents that are left out are counted' '50 of 102 incidents are shown.' "$(found .incidents_shown)"
is 'ring: nothing to mind' 'null null' "$(found '"\(.clock_set_back) \(.timeline_shorter)"')"
sqlite3 ring/catalog.db "UPDATE segments SET opened_ns = opened_ns - 3600000000000, closed_ns = closed_ns - 3600000000000 WHERE sequence = 2"
report ring
is 'ring: the clock was set back' 1 \
	"$(found .clock_set_back | grep -c '^The clock was set back once, by about 59 min, at 2026-11-21 10:32:01 UTC: ')"
is 'ring: the tape is longer than the timeline' 1 \
	"$(found .timeline_shorter | grep -c '^The tape begins at 2026-11-21 09:33:01 UTC, what is summed here only at 2026-11-21 10:32:00: ')"

if nobody_is_there; then
	chmod 600 ring/catalog.db
	TMPDIR=/tmp as_nobody ./program report -q --format text ring >out 2>err
	is 'a catalog of somebody else: exit status' 1 "$?"
	is 'a catalog of somebody else' 'wiretape: ring: catalog.db: permission denied: ask as the user who records, or as root' "$(cat err)"
else
	skip 'a catalog of somebody else: only root has others'
fi

# an incident whose segments are gone: why it was saved is said all the same, and what its database knows
incident=$(compgen -G "$samples/incidents/*-loss" | head -n 1)
mkdir -p bare kept
cp "$incident/incident.json" bare
cp "$incident/incident.json" kept
"$program" analyze -q -o kept/flows.db "$incident" 2>err || fail 'analyze an incident'
"$program" report -q --format json bare >report.json 2>err
is 'an incident without packets: exit status' 1 "$?"
is 'an incident without packets: why it was saved' "$(jq -r .why "$incident/incident.json")" "$(found .incident.facts.why)"
is 'an incident without packets: what is missing' '2 segments were saved with it, 0 are in its folder.' "$(found .incident.segments_gone)"
is 'an incident without packets: verdict' 'warning What it was is not known: none of its packets can be read.' \
	"$(found '"\(.verdict.severity) \(.verdict.text)"')"
is 'an incident without packets: problem' 'none of its packets can be read' "$(jq -r '.ranking[0].problem' report.json)"
report kept
is 'an incident with only its database' "$(asked kept/flows.db 'SELECT packets FROM captures')" "$(found .overview.packets)"
mkdir -p late
cp "$incident"/*.pcap.zst late
jq '.t_ns += 3600000000000 | .rule.for_s = 0 | .worst_flows[0].client_ip = "2001:db8::1" | .worst_flows[0].client_port = 7
	| .worst_flows[1].client_ip = "2001:db8::2" | .worst_flows[1].client_port = 0 | .sockets.worst[0].local_ip = "2001:db8::3"
	| .sockets.worst[0].local_port = 9 | .worst_flows[1].server_ip = "2001:db8::4" | .worst_flows[2].c2s.total.data_segments = 0
	| .worst_flows[3].protocol = "udp" | .worst_flows[3].s2c.total.zero_windows = 6' "$incident/incident.json" >late/incident.json
report late
is 'an incident of another time' 1 \
	"$(found .incident.fired_outside | grep -c '^No packet of the time when it fired is here: they begin at 2026-11-21 15:15:10 ')"
is 'an incident: IPv6 addresses' '[2001:db8::1]:7 2001:db8::2 [2001:db8::3]:9' \
	"$(found '.incident | [.worst_flows[0].sender, (.worst_flows[].sender | select(. == "2001:db8::2")), .sockets[0].local] | join(" ")')"
# Directions that carried data, and all of what is no TCP; jq does not know whose numbers are whose but by the order of the file.
is 'an incident: directions of flows' "$(jq -c '[.worst_flows[] as $f | "c2s", "s2c" | . as $way | $f[$way].total
	| select(.data_segments > 0 or $f.protocol != "tcp") | [.data_segments, .retransmitted_segments, .lost_downstream, .zero_windows]]' late/incident.json)" \
	"$(found '[.incident.worst_flows[] | [.data_segments, .again, .lost_downstream, .zero_windows]] | tojson')"
is 'an incident: receivers' '10.9.0.2:5001 [2001:db8::4]:5001 10.9.0.1:40004' "$(found '[.incident.worst_flows[0, 1, 3].receiver] | join(" ")')"
is 'an incident: a rule without time' 0 "$(found .incident.facts.rule | grep -c ' for ')"
report "$incident"
is 'an incident of its time' null "$(found .incident.fired_outside)"
run 0 'the page of an incident' report -q -o page.html "$incident"
is 'an incident is seen before it is explained' 'Findings Overview Why' \
	"$(sed -n '/<nav/,/<\/nav>/p' page.html | grep -oE '>(Findings|Overview|Why)\b' | tr -d '>' | head -n 3 | xargs)"

# public captures beside the project
folder=$root/../shared/captures
if [[ -d $folder ]]; then
	public() { "$program" analyze -q --force -o public.db "$folder/$1.pcapng" 2>err && report public.db; }
	public http_espn_fail
	is 'dns: p50 (nearest rank)' "$(asked public.db 'SELECT latency_us FROM dns WHERE latency_us IS NOT NULL' | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] / 1000 }')" "$(found '.dns[0].p50_ms')"
	is 'dns: names' "$(asked public.db 'SELECT count(DISTINCT name) FROM dns')" "$(found '.dns_names | length')"
	is 'http: hosts' "$(tshark -r "$folder/http_espn_fail.pcapng" -Y http.request -T fields -e http.host 2>/dev/null | sort -u | paste -sd' ')" \
		"$(found '[.http[].host] | sort | join(" ")')"
	is 'failed: nobody answers' '203.0.113.94:80 9' "$(found '.failed[0] | "\(.server) \(.unanswered)"')"
	is 'failed: not among the services' 0 "$(found '[.services[] | select(.server == "203.0.113.94:80")] | length')"
	is 'failed: one page for all of a kind' 1 "$(found '.flow_pages | length')"
	public synscan
	is 'cut lists say so' 1 "$(found '.failed_shown' | grep -cE '^10 of [0-9]+ servers are shown\.$')"
	public icmp_traceroute
	is 'routes' "$(asked public.db 'SELECT count(*) FROM hops')" "$(found '.routes | length')"
else
	skip 'the public captures are not there (../shared/captures)'
fi


# since when: tcpdump has the time of the frame that a finding names
run 0 'evidence: when' report -q --no-charts --format md "$samples/loss_20ms.snd.pcap.zst"
frame=$(grep -oE 'frame [0-9]+' out | head -n 1)
clock=$(zstd -dcq "$samples/loss_20ms.snd.pcap.zst" | TZ=UTC tcpdump -ttttnr - -c "${frame#* }" 2>/dev/null | tail -n 1 | cut -c 1-23)
has out "$frame, $clock UTC" 'evidence: when'
run 0 'evidence: when, in a zone' report -q --no-charts --format md --tz Asia/Kolkata "$samples/loss_20ms.snd.pcap.zst"
clock=$(zstd -dcq "$samples/loss_20ms.snd.pcap.zst" | TZ=Asia/Kolkata tcpdump -ttttnr - -c "${frame#* }" 2>/dev/null | tail -n 1 | cut -c 1-23)
has out "$frame, $clock Asia/Kolkata" 'evidence: when, in a zone'
totals
