#!/usr/bin/env bash
# verdicts.sh: how bad a report calls a capture: its sentence, its share of losses, and its place among others.
# shellcheck disable=SC2016 # backticks of Markdown
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-$here/../build/wiretape}")
samples=$here/../samples
# shellcheck source=expect.sh
. "$here/expect.sh"
needs_tools sqlite3 jq tshark
# report NAME SUBJECT...: as JSON, in `out`
report() {
	local name=$1
	shift
	run 0 "$name" report -q --no-charts --format json "$@"
}

# --- Losses against the wire's log, at both ends. FINs that were lost are no data, so they are in no share of data segments.
for name in tail_loss loss_20ms web peers; do
	share=$(jq -r '[.wire.forward, .wire.backward | .counts | [.lost_data_segments, .data_segments_in]] | transpose | map(add)
		| 100 * .[0] / .[1]' "$samples/$name.truth.json")
	for end in snd rcv; do
		report "$name.$end" "$samples/$name.$end.pcap.zst"
		[[ $name == web ]] && service='' || service='.captures[0].services[0].loss_pct'
		for number in .ranking[0].loss_pct .captures[0].overview.loss_pct $service; do
			is "$name.$end: $number" yes \
				"$(jq -r --argjson share "$share" "$number | if (. - \$share | fabs) < 0.006 then \"yes\" else . end" out)"
		done
	done
done

# The wire lost 43 of 4,295, just above the threshold; four segments were sent again needlessly.
report peers "$samples/peers.rcv.pcap.zst"
is 'losses beside needless repetitions' true "$(jq '.captures[0].verdict.text | contains("In the whole capture 43 of 4,295 data segments (1.00 %) were lost.")' out)"

# The worst flow has 17 of 1,261; the wire lost 53 of 5,029.
report loss_20ms "$samples/loss_20ms.snd.pcap.zst"
is 'losses: the flow, and the whole' true "$(jq '.captures[0].verdict.text
	| contains("17 of 1,261 data segments") and endswith("In the whole capture 53 of 5,029 data segments (1.05 %) were lost.")' out)"
# Where it is the service that lost more than 1 %, its numbers come first, and those of a flow with 16 segments say no percentage.
report tail_loss "$samples/tail_loss.snd.pcap.zst"
is 'losses: the service' true "$(jq '.captures[0].verdict.text
	| contains("15 of 576 data segments to and from 10.9.0.2:5001 were lost after they passed the tap: 2.60 %; 2 of 16 of 10.9.0.1:40028")' out)"
is 'one server is the whole' "$(jq '.captures[0].loss[0].loss_pct' out)" "$(jq '.captures[0].services[0].loss_pct' out)"
is 'losses: not said twice' false "$(jq '.captures[0].verdict.text | contains("In the whole capture")' out)"

# People read since when, by their clock: when the first packet said that the window is closed. In Berlin it is an hour later in November.
closed=$(tshark -r "$samples/zero_window.snd.pcap.zst" -Y tcp.analysis.zero_window -T fields -e frame.time_epoch 2>/dev/null |
	head -n 1)
for zone in UTC Europe/Berlin; do
	run 0 "since when, $zone" report -q --no-charts --format md --tz $zone "$samples/zero_window.snd.pcap.zst"
	has out "Earliest evidence: $(TZ=$zone date -d "@$closed" '+%Y-%m-%d %H:%M:%S.%3N') $zone." "since when, $zone"
done

# --- A calm capture with losses that raise no finding: LOST of SEGMENTS
made() { # made FILE SEGMENTS LOST
	cp calm.db "$1"
	sqlite3 "$1" "
		UPDATE captures SET fingerprint = random(); -- otherwise they are the same packets
		UPDATE timeline SET data_segments = 0;
		UPDATE timeline SET data_segments = $2, retransmitted_segments = $3, fast_retransmissions = $3, lost_downstream = $3
		WHERE scope = 'all' AND t_ns = (SELECT min(t_ns) FROM timeline);
		UPDATE flow_directions SET data_segments = 0;
		UPDATE flow_directions SET data_segments = $2, retransmitted_segments = $3, fast_retransmissions = $3, lost_downstream = $3
		WHERE rowid = 1;"
}
run 0 'a calm one' analyze -q -o calm.db "$samples/request_response.snd.pcap.zst"
made some.db 5000 40
made few.db 10 1
made one.db 5000 1
made none.db 5000 0
report 'losses without finding' none.db one.db few.db some.db
# 0.8 % of thousands of segments is more than one segment of ten, and that is more than nothing.
is 'ranking' 'some.db few.db one.db none.db' "$(jq -r '[.ranking[].capture | split(" ")[0]] | join(" ")' out)"
is 'ranking: marks' 'note ok ok ok' "$(jq -r '[.ranking[].severity] | join(" ")' out)"
is 'sections: the same marks' 'note ok ok ok' "$(jq -r '[.captures[].verdict.severity] | join(" ")' out)"
is 'ranking: words' '40 of 5,000 data segments were lost' "$(jq -r '.ranking[0].verdict' out)"
is 'a little loss' true "$(jq '.captures[0].verdict.text | startswith("No threshold was passed in 907 packets in 1.11 s, but 40 of 5,000 data segments (0.80 %) were lost")' out)"
is 'one segment of ten: no percentage' true "$(jq '.captures[1].verdict.text | endswith(" show, but 1 of 10 data segments was lost.")' out)"
is 'no loss' 'Nothing is wrong, as far as 907 packets in 1.11 s show.' "$(jq -r '.captures[3].verdict.text' out)"

# 13 segments were lost behind the tap and 10 sent again, of which 2 were SYNs and 1 a FIN: 7 that were data are sure to have been lost,
# and of the 13 at most 3 were none, which leaves 10.
made beyond.db 5000 10
sqlite3 beyond.db "UPDATE flow_directions SET lost_downstream = 13, syn_retransmissions = 2, fin_retransmissions = 1 WHERE rowid = 1"
report 'more was lost than sent again' beyond.db
is 'more was lost than sent again' '10 of 5,000 data segments were lost' "$(jq -r '.ranking[0].verdict' out)"

# One critical finding is worse than eight warnings and many losses.
for file in critical warnings; do made $file.db 5000 40; done
sqlite3 critical.db "INSERT INTO findings (capture_id, code, severity, title) VALUES (1, 'one', 'critical', 'The worse')"
sqlite3 warnings.db "INSERT INTO findings (capture_id, code, severity, title)
	SELECT 1, 'w' || value, 'warning', 'A lesser' FROM generate_series(1, 8)"
report 'one critical' warnings.db critical.db none.db
is 'ranking: one critical' 'critical.db warnings.db none.db' "$(jq -r '[.ranking[].capture | split(" ")[0]] | join(" ")' out)"

# From two minutes on it is minutes, from two hours on hours.
for line in '1.5:1.5 s' '119.9:120 s' '120:2.0 min' '7194:119.9 min' '7200:2.0 h' '0.25:250 ms'; do
	cp none.db long.db
	sqlite3 long.db "UPDATE captures SET last_ns = first_ns + CAST(${line%:*} * 1e9 AS INTEGER)"
	report "so long: $line" long.db
	is "so long: $line" "Nothing is wrong, as far as 907 packets in ${line#*:} show." "$(jq -r '.captures[0].verdict.text' out)"
done

# Notes say nothing of how bad it is: they decide only where losses are the same.
for file in none.db one.db; do cp "$file" "noted_$file"; done
for file in noted_none.db noted_one.db; do
	sqlite3 "$file" "UPDATE captures SET fingerprint = random(); INSERT INTO findings (id, capture_id, code, severity, title) VALUES (1, 1, 'top_talkers', 'note', 'Few hosts'),
		(2, 1, 'ip_fragments', 'note', 'IP packets come in fragments')"
done
report 'notes' none.db noted_none.db some.db noted_one.db
is 'ranking: notes' 'some.db noted_one.db noted_none.db none.db' "$(jq -r '[.ranking[].capture | split(" ")[0]] | join(" ")' out)"

# --- Percentiles of a whole capture are estimated from those of its intervals. Of one connection its own are known, within 3 %.
run 0 'a stop' analyze -q --interval 10ms -o stop.db "$samples/zero_window.snd.pcap.zst"
report stop stop.db
for number in .ranking[0].rtt_p95_ms .captures[0].overview.rtt_p95_ms .captures[0].services[0].rtt_p95_ms .captures[0].latency[0].p95_ms; do
	is "RTT p95: $number" yes \
		"$(jq -r --argjson own "$(sqlite3 stop.db "SELECT rtt_p95_us / 1e3 FROM flow_directions WHERE direction = 'c2s'")" \
		"$number | if (. / \$own - 1 | fabs) < 0.1 then \"yes\" else . end" out)"
done
# Two intervals of 100 samples, which lie evenly between these percentiles. Half of all, 100: at 20 ms the first has 95 and the second
# none; from there they have 0.4 and 5 more per ms, together 100 at 20 + 5 / 5.4. A twentieth, 10: above 40 ms only the second has some,
# 5 from 50 ms on and 45 / 20 per ms below it, together 10 at 50 - 5 / 2.25.
cp stop.db two.db
sqlite3 two.db "DELETE FROM timeline WHERE scope = 'all';
	INSERT INTO timeline (capture_id, scope, key, t_ns, interval_ms, data_segments, rtt_samples, rtt_min_ms, rtt_p50_ms, rtt_p95_ms,
		rtt_p99_ms, rtt_max_ms, rtt_mean_ms)
	SELECT id, 'all', '', first_ns, 1000, 1, 100, 0, 10, 20, 30, 40, 10 FROM captures
	UNION ALL SELECT id, 'all', '', first_ns + 1000000000, 1000, 1, 100, 20, 30, 50, 60, 70, 30 FROM captures"
report 'two intervals' two.db
is 'two intervals: percentiles' '[0,20,20.926,47.778,70]' "$(jq -c '.captures[0].latency[0] | [.min_ms, .mean_ms, .p50_ms, .p95_ms, .max_ms]' out)"
report 'one sample' "$samples/zero_window.rcv.pcap.zst"
is 'one sample is all percentiles' 1 "$(jq '.captures[0].latency[0] | [.min_ms, .p50_ms, .p95_ms, .max_ms] | unique | length' out)"


# --- The keys of JSON are promises: each stands in the README, and the same capture gives the same report.
report 'all samples' "$samples"/*.zst "$samples"/incidents/*
jq -r '.. | objects | keys[]' out | sed 's/_shown$//' | sort -u >keys
is 'JSON: keys that the README does not know' '' \
	"$(grep -o '`[a-z_0-9]*`' "$here/../plots/report/README.md" | tr -d '`' | sort -u | comm -13 - keys | paste -sd ' ')"
is 'JSON: numbers that are texts' 0 "$(jq '[.. | strings | select(test("^-?[0-9]+([.][0-9]+)?$"))] | length' out)"
jq 'del(.subtitle)' out >first
report 'all samples again' "$samples"/*.zst "$samples"/incidents/*
jq 'del(.subtitle)' out >second
same 'JSON: the same twice' first second


# --- Who repeated what in a handshake: SYNs are the client's, SYN-ACKs the server's.
cp calm.db syn.db
sqlite3 syn.db "UPDATE flows SET state = 'syn_received' WHERE id = 1;
	UPDATE flow_directions SET syn_retransmissions = 3, retransmitted_segments = 3 WHERE flow_id = 1 AND direction = 's2c';
	UPDATE flow_directions SET syn_retransmissions = 1, retransmitted_segments = 1 WHERE flow_id = 2 AND direction = 'c2s'"
report 'handshakes' syn.db
is 'SYN-ACKs sent again' 'the client never completed the handshake; 3 SYN-ACKs sent again' \
	"$(jq -r '.captures[0].worst_flows[] | select(.flow == 1).why' out)"
is 'a SYN sent again' '1 SYN sent again' "$(jq -r '.captures[0].worst_flows[] | select(.flow == 2).why' out)"

is 'sent again: the handshake counts' '1 3, 2 1' "$(jq -r '[.captures[0].worst_flows[] | "\(.flow) \(.sent_again)"] | sort | join(", ")' out)"
is 'facts: SYN-ACKs' true "$(jq '[.captures[0].flow_pages[].facts | select(.flow == 1).sent_again | contains("3 SYN-ACKs")] | any' out)"


# --- A clock that was set back by an hour in the middle: what rests on it is not taken for the truth.
if command -v editcap >/dev/null && command -v mergecap >/dev/null; then
	zstd -dcq "$samples/loss_20ms.snd.pcap.zst" >whole.pcap
	editcap -r whole.pcap before.pcap 1-4000 && editcap -r -t -3600 whole.pcap after.pcap 4001-8556
	mergecap -a -F nsecpcap -w back.pcap before.pcap after.pcap
	report 'clock set back' back.pcap
	is 'clock set back' true "$(jq '[.captures[0] | .. | strings | select(startswith("The clock was set back by about 60 min"))] | length == 1' out)"
	report 'clock as it was' "$samples/loss_20ms.snd.pcap.zst"
	is 'clock as it was' 0 "$(jq '[.. | strings | select(contains("set back"))] | length' out)"
else
	skip 'a clock that is set back: editcap is not installed'
fi

# --- One answer is no average of several.
run 0 'one slow answer' analyze -q -o slow.db "$samples/request_response.snd.pcap.zst"
sqlite3 slow.db "DELETE FROM flows WHERE id > 1; UPDATE flows SET responses = 1, response_min_us = 2000000, response_mean_us = 2000000,
	response_max_us = 2000000; UPDATE timeline SET responses = 1, response_max_ms = 2000 WHERE responses > 0"
run 0 'findings of one slow answer' findings slow.db slow_server --set response_ms=400
has out '1 answer took 2000 ms, the round trip' 'one slow answer'

# A critical finding and a warning are more than a little loss.
made both.db 5000 40
sqlite3 both.db "INSERT INTO findings (capture_id, code, severity, title) VALUES (1, 'one', 'warning', 'The lesser'), (1, 'two', 'critical', 'The worse')"
report both both.db
is 'a little loss beside findings' 'The worse (and 1 more)' "$(jq -r '.ranking[0].verdict' out)"

# --- What is said of little: captures that are cut short, of one packet, of none, or of another time.
zstd -dcq "$samples/request_response.snd.pcap.zst" >whole.pcap
head -c 50000 whole.pcap >cut.pcap
head -c 24 whole.pcap >none.pcap
length=$(od -An -tu4 -j32 -N4 whole.pcap) # captured, of the first packet: behind two words of time
head -c $((24 + 16 + length)) whole.pcap >one.pcap
packets=$(tcpdump -r cut.pcap 2>/dev/null | wc -l)
sections() { jq -r '.captures[0].verdict, .ranking[0] | .severity, .text, .verdict | values' out | paste -sd '|'; }
run 1 'cut short' report -q --no-charts --format json cut.pcap
is 'cut short' true "$(sections | grep -qF "note|Nothing is wrong, as far as $packets packets in " && echo true)"
is 'cut short: it is said' true "$(jq '.captures[0].verdict.text | endswith(" show. That is not the whole capture: cut short: the record at offset 49964 is incomplete, the capture ends at 50000.")' out)"
is 'cut short: in a table' 'note nothing is wrong in what was read' "$(jq -r '.ranking[0] | .severity + " " + .verdict' out)"
report 'one packet' one.pcap
is 'one packet' 'note|One packet is too little to say that nothing is wrong.|note|one packet: too little to judge' "$(sections)"
report 'no packet' none.pcap
is 'no packet' 'warning|There is not one packet in this capture.|warning|no packets' "$(sections)"
report 'another time' whole.pcap --from 2020-01-01 --to 2020-01-02
is 'another time' 'warning|There is not one packet in this capture of the time that was asked for.|warning|no packets' "$(sections)"
# What was read in part is among those that were judged: the numbers of the first sentence add up to all.
run 1 'numbers that add up' report -q --no-charts --format json cut.pcap one.pcap none.pcap
is 'numbers that add up' 'warning Of 3 captures 1 has a warning, 2 have notes only. 1 of them was read in part only. Worst is none.pcap: no packets.' "$(jq -r '.verdict | .severity + " " + .text' out)"
report 'notes only' one.pcap "$samples/request_response.rcv.pcap.zst"
is 'notes only' note "$(jq -r .verdict.severity out)"

# Of an incident with one of its two segments, the quiet one, it is not known that nothing was wrong.
cp -r "$(echo "$samples"/incidents/*-loss)" half && rm -f half/flows.db && truncate -s 2000 half/*-000003.pcap.zst
run 1 'half an incident' report -q --no-charts --format json half
is 'half an incident' note "$(jq -r '.captures[0].verdict.severity' out)"
is 'half an incident: why' true "$(jq '.captures[0].verdict.text | contains("That is not the whole capture: ")' out)"

# What several have: as severe as where it is worst, though the worst capture has it as a note; what one of two has is no sentence of all.
for file in some.db one.db; do cp "$file" "found_$file"; sqlite3 "found_$file" "UPDATE captures SET fingerprint = random()"; done
sqlite3 found_some.db "INSERT INTO findings (capture_id, code, severity, title) VALUES (1, 'worse', 'critical', 'The worse'), (1, 'shared', 'note', 'As a note')"
sqlite3 found_one.db "INSERT INTO findings (capture_id, code, severity, title) VALUES (1, 'shared', 'warning', 'As a warning')"
report 'in common' found_some.db found_one.db
is 'in common: where it is worst' 'warning 2 As a warning found_one.db' \
	"$(jq -r '.common_findings[] | select(.code == "shared") | "\(.severity) \(.captures) \(.title) \(.worst | split(" ")[0])"' out)"
sqlite3 found_one.db "UPDATE findings SET severity = 'critical'"
sqlite3 found_some.db "UPDATE findings SET title = 'As a warning of another kind' WHERE code = 'worse'"
report 'a title that begins another' found_some.db found_one.db
is 'a title that begins another' 'Worst is found_some.db: As a warning of another kind. In 2 of 2: As a warning.' \
	"$(jq -r .verdict.text out | grep -oE 'Worst is .*')"
sqlite3 found_some.db "UPDATE findings SET title = 'The worse' WHERE code = 'worse'"
report 'in one of two' found_some.db none.db
is 'in one of two' 'Of 2 captures 1 has a critical finding, 1 has nothing amiss. Worst is found_some.db: The worse.' "$(jq -r .verdict.text out)"
# One that cannot be read is a warning, however well the others are.
echo hello >hello.pcap
run 1 'one is no capture' report -q --no-charts --format json none.db hello.pcap
is 'one is no capture' warning "$(jq -r .verdict.severity out)"
totals
