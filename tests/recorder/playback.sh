# shellcheck shell=bash disable=SC2154 # the files share their variables
# playback.sh: wiretape's commands on a tape that is being recorded, and after it.

check playback "ls, cat, analyze of a tape under way and of a finished one: every packet, its time, its flow"
test_playback() {
	record --segment-time 1s --slice full
	numbered_on --rate 500
	await 30 were_sent 2000
	local from to
	"$build/wiretape" cat "$dir" 2>"$work/cat.err" >"$work/under-way.pcap"
	expect "wiretape cat of a tape under way" "$?" -eq 0
	expect "packets of it" "$(numbers_of "$work/under-way.pcap" | wc -l)" -ge 1000
	expect "gaps in it" "$(numbers_of "$work/under-way.pcap" | awk '$1 != last + 1 {n++} {last = $1} END {print n + 0}')" -eq 0
	"$build/wiretape" ls --json "$dir" >"$work/ls.json" 2>"$work/ls.err"
	expect "wiretape ls of a tape under way" "$?" -eq 0
	numbered_off
	stop_well
	"$build/wiretape" cat "$dir" -w "$work/all.pcap"
	expect "packets of all segments that are missing, twice, or not in order" \
		"$(diff <(numbers_of "$work/all.pcap") <(cut -d' ' -f1 "$work/sent") | grep -c '^[<>]')" -eq 0
	# A second from the middle; the times are the packets' own.
	from=$(sed -n 500p "$work/sent" | cut -d' ' -f2)
	to=$(awk -v f="$from" 'BEGIN {printf "%.9f", f + 1}')
	"$build/wiretape" cat "$dir" --from "$from" --to "$to" >"$work/second.pcap"
	expect "packets of one second that are not tcpdump's of that second" "$(diff \
		<(tcpdump -nn -tt --time-stamp-precision=nano -r "$work/all.pcap" 2>/dev/null | awk -v f="$from" -v t="$to" '$1 "" >= f "" && $1 "" <= t ""') \
		<(tcpdump -nn -tt --time-stamp-precision=nano -r "$work/second.pcap" 2>/dev/null) | grep -c '^[<>]')" -eq 0
	expect "packets of one second" "$(numbers_of "$work/second.pcap" | wc -l)" -ge 450
	"$build/wiretape" ls --json "$dir" >"$work/ls.json"
	expect "packets that ls counts" "$(jq '.tapes[0].totals.packets // .totals.packets' "$work/ls.json")" -eq "$(wc -l <"$work/sent")"
	expect "segments that ls lists" "$(jq '(.tapes[0] // .).segments | length' "$work/ls.json")" -eq "$(segments | wc -l)"
	"$build/wiretape" analyze --force -o "$work/flows.db" "$dir" >/dev/null
	expect "wiretape analyze of a tape" "$?" -eq 0
	expect "flows, which go on across segments" "$(sqlite3 "$work/flows.db" 'SELECT count(*) FROM flows')" -eq 1
	expect "packets of the flow" "$(sqlite3 "$work/flows.db" 'SELECT sum(packets) FROM flow_directions')" -eq "$(wc -l <"$work/sent")"
}

were_sent() { (($(wc -l <"$work/sent") >= $1)); }
numbers_of() { tcpdump -nn -A -r "$1" 2>/dev/null | grep -aoE '#[0-9]{9}#' | tr -d '#' | sed 's/^0*//'; }

check replay "replay of a tape at full speed fires what was fired live, the same each time"
test_replay() {
	record --segment-time 1s --slice full -c "$(any_packet)" --analyze no
	sleep 1
	numbered --rate 500 --count 2000
	sleep 1.5
	stop_well
	expect "incidents live" "$(incidents | wc -l)" -eq 1
	local i
	for i in 1 2; do
		"$build/wiretape" replay "$dir" -c "$work/quiet.conf" --speed max >"$work/replay.$i" 2>"$work/replay.err"
		expect "exit status of wiretape replay" "$?" -eq 0
	done
	cmp -s "$work/replay.1" "$work/replay.2" || failed "what two replays say" \
		"$(diff "$work/replay.1" "$work/replay.2" | head -n 2 | xargs)" "the same"
	grep -q packets "$work/replay.1" || failed "what replay says" "$(head -n 2 "$work/replay.1" | xargs)" "the trigger named packets"
}
