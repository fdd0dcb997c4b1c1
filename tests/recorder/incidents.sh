# shellcheck shell=bash disable=SC2034,SC2154 # the files share their variables
# incidents.sh: what an incident leaves. Which ones there are is for tests/lab/recorder to say.

# A configuration in which no trigger fires by itself.
short_manual() {
	local trigger
	for trigger in loss latency zero_window syn reset drops; do
		printf '[trigger %s]\nenabled = no\n' "$trigger"
	done >"$work/quiet.conf"
	echo "$work/quiet.conf"
}

has_incident() { [[ -n $(incidents) ]]; }

check sigusr1 "SIGUSR1 makes an incident with the packets before it, as hard links, and incident.json"
test_sigusr1() {
	record --segment-time 1s --slice full -c "$(short_manual)" --analyze no
	numbered_on --rate 500
	sleep 2
	kill -USR1 "$recorder"
	await 10 has_incident || failed "incidents 10 s after SIGUSR1" "$(incidents | wc -l)" "1"
	sleep 2
	numbered_off
	stop_well
	local incident
	incident=$(incidents | head -n 1)
	expect "the incident's name" "${incident##*-}" = manual
	jq -e . "$incident/incident.json" >/dev/null 2>&1 || failed "incident.json" "$(head -c 60 "$incident/incident.json" 2>&1)" "JSON"
	expect "segments in the incident" "$(segments "$incident" | wc -l)" -ge 2
	expect "links that each of its segments has" "$(segments "$incident" | xargs stat -c %h | sort -u | xargs)" = 2
	good_segments "$incident"
	expect "the first packet in the incident" "$(tape_numbers "$incident" | head -n 1)" -eq 1
	good_segments
	each_once
}

# A trigger that any packet fires, once.
any_packet() {
	short_manual >/dev/null
	cat >>"$work/quiet.conf" <<-TEXT
		[trigger packets]
		scope = all
		when = packets > 10
		for = 1s
		before = 2s
		after = 2s
		cooldown = 10m
	TEXT
	echo "$work/quiet.conf"
}

check trigger_of_user "a trigger of the user's fires once: incident, hook with its environment, database, catalog"
test_trigger_of_user() {
	b_answers
	record --segment-time 1s --slice full -c "$(any_packet)" --on-incident "env | grep ^WIRETAPE_ >>'$work/hook'"
	sleep 1
	numbered_on --rate 500
	await 10 has_incident || failed "incidents after 10 s of packets" none one
	sleep 3.5
	numbered_off
	await 60 database_is_there || failed "flows.db of the incident" "not there 60 s later" "there"
	stop_well
	expect "incidents" "$(incidents | wc -l)" -eq 1
	local incident json
	incident=$(incidents)
	json=$incident/incident.json
	expect "the trigger in incident.json" "$(jq -r .trigger "$json")" = packets
	expect "packets of the row that fired" "$(jq '.row.packets' "$json")" -ge 11
	expect "lines of the log that say why, as incident.json does" \
		"$(grep -cE "trigger packets fired: all: $(jq -r .why "$json")$" "$work/recorder.log")" -eq 1
	expect "why it fired" "$(jq -r .why "$json")" = "packets $(jq .row.packets "$json")"
	expect "the hook's WIRETAPE_INCIDENT" "$(sed -n 's/^WIRETAPE_INCIDENT=//p' "$work/hook" | sort -u)" = "$incident"
	expect "the hook's WIRETAPE_TRIGGER" "$(sed -n 's/^WIRETAPE_TRIGGER=//p' "$work/hook" | sort -u)" = packets
	expect "incidents in the catalog" "$(catalog 'SELECT trigger FROM incidents')" = packets
	expect "integrity of its database" "$(sqlite3 "$incident/flows.db" 'PRAGMA integrity_check')" = ok
	expect "packets in its database" "$(sqlite3 "$incident/flows.db" 'SELECT sum(packets) FROM captures')" -eq "$(tape_packets "$incident")"
	expect "packets of the timeline in the catalog" \
		"$(catalog "SELECT sum(packets) FROM timeline WHERE scope = 'all'")" -ge "$(wc -l <"$work/sent")"
	expect "first and last packet of the tape, seconds apart" "$(tape_span "$incident")" -ge 2
}

database_is_there() { compgen -G "$dir/incidents/*/flows.db"; }
is_analysed() { [[ $(jq -r .state "$(incidents)/incident.json" 2>/dev/null) == analysed ]]; }

check page_of_user "with --user an incident has report.html, with charts, which nobody else may read, and nothing is left in TMPDIR"
test_page_of_user() {
	mkdir "$work/tmp" "$work/bin" "$work/sbin"
	cp "$build/wiretape" "$work/bin" # where that user can start them, wherever the checkout lies, and as `make install` puts them
	cp "$build/wiretaped" "$work/sbin"
	chmod -R 755 "$work/bin" "$work/sbin"
	chown nobody "$work/tmp"
	export TMPDIR=$work/tmp
	build=$work/sbin record --user nobody --segment-time 1s --slice full -c "$(any_packet)"
	unset TMPDIR
	sleep 1
	numbered_on --rate 500
	await 10 has_incident || failed "incidents after 10 s of packets" none one
	sleep 3.5
	numbered_off
	await 60 is_analysed || failed "the incident" "not analysed 60 s later" "analysed"
	stop_well
	local page
	page=$(incidents)/report.html
	expect "the page's owner" "$(stat -c %U "$page")" = nobody
	expect "what others may do with the page" "$(stat -c %a "$page" | tail -c 2)" = 0
	expect "its beginning and end" "$(grep -c '^<!DOCTYPE html>' "$page") $(grep -c '^</html>' "$page")" = "1 1"
	expect "the trigger on the page" "$(grep -c packets "$page")" -ge 1
	if command -v gnuplot >/dev/null; then
		expect "charts on the page" "$(grep -c '<svg' "$page")" -ge 1
	fi
	expect "files left in TMPDIR" "$(find "$work/tmp" -mindepth 1 | wc -l)" -eq 0
	expect "lines of the log that warn" "$(grep -c 'report.html\|Permission denied' "$work/recorder.log")" -eq 0
}

is_given_up() { [[ $(jq -r .state "$(incidents)/incident.json" 2>/dev/null) == failed ]]; }

check no_wiretape "without a wiretape the recorder says so when it starts, and of an incident how to make up for it, in one line each"
test_no_wiretape() {
	printf '[trigger manual]\nbefore = 2s\nafter = 1s\n' >>"$(short_manual)"
	mkdir "$work/alone"
	cp "$build/wiretaped" "$work/alone"
	build=$work/alone record --segment-time 1s -c "$work/quiet.conf"
	expect "lines that say it at the start" "$(grep -c 'there is no wiretape beside' "$work/recorder.log")" -eq 1
	kill -USR1 "$recorder"
	await 3 has_incident || failed "incidents 3 s after SIGUSR1" none one
	await 20 is_given_up || failed "the incident" "$(jq -r .state "$(incidents)/incident.json")" failed
	stop_well
	expect "lines of the log on its analysis" "$(grep -c 'no database,\|analyzer' "$work/recorder.log")" -eq 1
	local remedy
	# shellcheck disable=SC2016 # sed
	remedy=$(sed -n 's/.*`wiretape \(report .*\)`.*/\1/p' "$work/recorder.log")
	# shellcheck disable=SC2086 # words
	(cd "$work" && "$build/wiretape" ${remedy:-help nothing}) || failed "what the log tells to do" "it does not work" "a report"
	expect "the page" "$(grep -c '</html>' "$work/report.html")" -eq 1
}

tape_packets() { segments "$1" | while read -r segment; do zstd -dcq "$segment" | tcpdump -nn -r - 2>/dev/null; done | wc -l; }
tape_span() {
	segments "$1" | while read -r segment; do zstd -dcq "$segment" | tcpdump -nn -tt -r - 2>/dev/null; done |
		awk 'NR == 1 {first = $1} {last = $1} END {printf "%d", last - first}'
}

check wrong_trigger "a predicate with a column that does not exist is refused at the start: exit 2 or 1, trigger, column, and those there are"
test_wrong_trigger() {
	printf '[trigger mine]\nscope = all\nwhen = no_such_column > 1\n' >"$work/wrong.conf"
	timeout 5 ip netns exec "${prefix}b" "$build/wiretaped" -i eth0 --dir "$dir" -c "$work/wrong.conf" >/dev/null 2>"$work/err"
	local ended=$?
	expect "exit status" "$ended" -ge 1
	expect "exit status" "$ended" -le 2
	local word
	for word in mine no_such_column retrans_pct; do
		grep -q "$word" "$work/err" || failed "the complaint" "$(head -c 200 "$work/err")" "$word in it"
	done
	printf '[trigger mine]\nscope = all\nwhen = load_extension("x")\n' >"$work/wrong.conf"
	timeout 5 ip netns exec "${prefix}b" "$build/wiretaped" -i eth0 --dir "$dir" -c "$work/wrong.conf" >/dev/null 2>"$work/err"
	ended=$?
	expect "exit status of a predicate that would do more than read" "$ended" -ge 1
	expect "exit status of a predicate that would do more than read" "$ended" -le 2
}

check catalog_forgets "what was removed while no recorder ran is not in the catalog after the next start"
test_catalog_forgets() {
	record --segment-time 1s -c "$(short_manual)" --analyze no
	numbered_on --rate 100
	sleep 1
	kill -USR1 "$recorder"
	await 10 has_incident || failed "incidents 10 s after SIGUSR1" "$(incidents | wc -l)" 1
	sleep 1.5
	numbered_off
	stop_well
	expect "incidents in the catalog" "$(catalog 'SELECT count(*) FROM incidents')" -eq 1
	local first
	first=$(segments | head -n 1)
	rm "$first" "$(json_of "$first")"
	rm -r "$(incidents)"
	record -c "$work/quiet.conf" --analyze no
	sleep 3
	stop_well
	expect "segments in the catalog" "$(catalog 'SELECT name FROM segments ORDER BY sequence' | xargs)" = \
		"$(segments | xargs -n 1 basename | xargs)"
	expect "incidents in the catalog" "$(catalog 'SELECT count(*) FROM incidents')" -eq 0
}

check stall "a process that was stopped for seconds counts what the kernel kept for it in the seconds in which it came"
test_stall() {
	record --segment-time 1s -c "$(short_manual)" --analyze no
	numbered_on --rate 200
	sleep 2
	kill -STOP "$recorder"
	sleep 4
	kill -CONT "$recorder"
	sleep 3
	numbered_off
	stop_well
	expect "seconds that have two rows" \
		"$(catalog "SELECT count(*) FROM (SELECT 1 FROM timeline WHERE scope = 'all' GROUP BY t_ns HAVING count(*) > 1)")" -eq 0
	expect "seconds in the middle" "$(catalog "SELECT count(*) FROM timeline WHERE scope = 'all' AND packets > 0")" -ge 8
	expect "seconds with other packets than the kernel's stamps on the tape say" "$(diff \
		<(catalog "SELECT packets || ' ' || (t_ns / 1000000000) FROM timeline WHERE scope = 'all' AND packets > 0 ORDER BY t_ns") \
		<(segments | while read -r segment; do zstd -dcq "$segment" | tcpdump -nn -tt -r - 2>/dev/null; done |
			cut -d. -f1 | sort | uniq -c | sed 's/^ *//') | grep -c '^[<>]')" -eq 0
	each_once
}

check drops_fire "packets that the kernel drops fire one drops incident, and all say the same number of them"
test_drops_fire() {
	record --segment-time 1s --buffer 1M --analyze no
	(exec ip netns exec "${prefix}a" "$build/tests/bench/flood" --interface eth0 --rate 20000 --count 120000 --bytes 200 >"$work/flood") &
	local flood=$!
	pids+=("$flood")
	sleep 1.5
	kill -STOP "$recorder"
	sleep 1
	kill -CONT "$recorder"
	wait "$flood"
	await 10 has_incident || failed "incidents after drops" none one
	sleep 1
	stop_well
	local json dropped
	json=$(incidents | head -n 1)/incident.json
	dropped=$(facts kernel_drops | sum)
	say "$dropped of 120000 dropped"
	# What is not on the tape was dropped.
	expect "dropped, and on the tape" "$((dropped + $(facts packets | sum)))" -eq 120000
	expect "dropped" "$dropped" -gt 0
	expect "incidents" "$(incidents | xargs -n 1 basename | sed 's/.*-//' | xargs)" = drops
	expect "drops in the timeline" "$(catalog "SELECT sum(kernel_drops) FROM timeline WHERE scope = 'all'")" -eq "$dropped"
	expect "drops of the run" "$(catalog 'SELECT kernel_drops FROM captures')" -eq "$dropped"
	expect "the row of the incident" "$(jq '.row.kernel_drops' "$json")" -eq \
		"$(catalog "SELECT kernel_drops FROM timeline WHERE scope = 'all' AND kernel_drops > 0 ORDER BY t_ns LIMIT 1")"
	expect "its time" "$(jq '.t_ns' "$json")" -eq "$(catalog "SELECT min(t_ns) FROM timeline WHERE scope = 'all' AND kernel_drops > 0")"
	expect "the row in the catalog" "$(catalog "SELECT json_extract(row_json, '\$.kernel_drops') FROM incidents")" -eq \
		"$(jq '.row.kernel_drops' "$json")"
	expect "in the host's counters of the incident" "$(jq '[.host_counters[].kernel_drops] | max' "$json")" -eq \
		"$(jq '.row.kernel_drops' "$json")"
}

check manual_period "[trigger manual] says how much SIGUSR1 saves; a second one while the first is recorded is refused"
test_manual_period() {
	printf '[trigger manual]\nbefore = 2s\nafter = 1500ms\n' >>"$(short_manual)"
	record --segment-time 1s -c "$work/quiet.conf" --analyze no
	numbered_on --rate 100
	sleep 4
	kill -USR1 "$recorder"
	await 10 has_incident || failed "incidents 10 s after SIGUSR1" none one
	kill -USR1 "$recorder"
	sleep 3
	numbered_off
	stop_well
	local json
	json=$(incidents | head -n 1)/incident.json
	expect "incidents" "$(incidents | wc -l)" -eq 1
	expect "its nanoseconds" "$(jq '.to_ns - .from_ns' "$json")" -eq 3500000000
	expect "its state" "$(jq -r .state "$json")" = saved
	expect "seconds of packets in it" "$(tape_span "$(incidents)")" -ge 3
	expect "the refusal" "$(grep -c 'one is being recorded already' "$work/recorder.log")" -eq 1
}

# Processes that the recorder has started to analyse or report, as "PID NICE".
analyzers() { ps -o pid=,ni=,args= --ppid "$(pgrep -P "$recorder" -x wiretaped || echo "$recorder")" | awk \
	'/wiretape (analyze|report)/ {print $1, $2}'; }

check storm "five incidents a second: one analyzer at a time, at the lowest priority; those that wait for it make room, so that the newest have all packets"
test_storm() {
	local i
	short_manual >/dev/null
	for i in 1 2 3 4 5; do
		printf '[trigger storm%d]\nscope = all\nwhen = packets > 10\nbefore = 2s\nafter = 1s\ncooldown = 1s\n' "$i" >>"$work/quiet.conf"
	done
	record --segment-time 1s --slice full --incident-size 3M --incidents-per-hour 3600 -c "$work/quiet.conf"
	numbered_on --rate 300
	for ((i = 0; i < 35; i++)); do
		analyzers >>"$work/seen"
		expect "analyzers at once" "$(analyzers | wc -l)" -le 1
		sleep 0.2
	done
	numbered_off
	stop_well
	expect "analyzers that were seen" "$(wc -l <"$work/seen")" -ge 5
	expect "of these, at another priority than the lowest, but for one that begins" "$(awk '$2 != 19 {print $1}' "$work/seen" | wc -l)" -le 2
	expect "incidents that were made" "$(grep -c 'trigger storm. fired' "$work/recorder.log")" -ge 20
	expect "incidents that are left" "$(incidents | wc -l)" -ge 3
	expect "segments that found no room" "$(incidents | while read -r i; do jq '.missing_segments // 0' "$i/incident.json"; done | sum)" -eq 0
	expect "lines of the log that say so" "$(grep -c 'is used up\|could not be kept' "$work/recorder.log")" -eq 0
	each_once
}
