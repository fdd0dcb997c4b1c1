# shellcheck shell=bash disable=SC2154 # the files share their variables
# signals.sh: what the recorder does when it is told.

check sigterm "SIGTERM and SIGINT: the last packet is there, the segment is finished, exit 0"
test_sigterm() {
	local signal
	for signal in TERM INT; do
		rm -rf "$dir" "$work/sent"
		record --segment-time 1d --slice full
		numbered --rate 5000 --count 500
		stop_well "$signal"
		each_once
		good_segments
		expect "how it ended" "$(facts ended_by)" = stop
	done
}

check sighup "SIGHUP ends the segment and begins another"
test_sighup() {
	record --segment-time 1d --slice full
	numbered --count 100
	sleep 0.1
	kill -HUP "$recorder"
	await 10 has_segments 1 || failed "finished segments after SIGHUP" "$(segments | wc -l)" "1"
	numbered --count 100 --from 101
	stop_well
	expect "segments" "$(segments | wc -l)" -eq 2
	expect "how they ended" "$(facts ended_by | xargs)" = "request stop"
	each_once
}

has_segments() { (($(segments | wc -l) >= $1)); }

check sighup_storm "200 SIGHUPs in a second under traffic: nothing is lost, no segment is bad"
test_sighup_storm() {
	record --segment-time 1d --slice full
	numbered_on --rate 3000
	local i
	for ((i = 0; i < 200; i++)); do
		kill -HUP "$recorder"
		sleep 0.004
	done
	numbered_off 0.3
	stop_well
	each_once
	say "$(segments | wc -l) segments"
	expect "segments" "$(segments | wc -l)" -ge 2
	good_segments
	sequence_is_unbroken
}

check sigusr2 "SIGUSR2 prints statistics to standard error and goes on"
test_sigusr2() {
	record --segment-time 1d
	numbered --count 300
	sleep 0.3
	local before
	before=$(wc -l <"$work/recorder.log")
	kill -USR2 "$recorder"
	await 10 log_is_longer "$before" || failed "lines on standard error after SIGUSR2" "none" "some"
	sleep 0.1
	tail -n +"$((before + 1))" "$work/recorder.log" | grep -qw -e 300 -e '300 packets' ||
		failed "the statistics" "$(tail -n +"$((before + 1))" "$work/recorder.log" | head -n 3 | xargs)" "the 300 packets"
	alive "$recorder" || failed "the recorder after SIGUSR2" "gone" "recording"
	stop_well
}

log_is_longer() { (($(wc -l <"$work/recorder.log") > $1)); }

check two_recorders "a second recorder on a directory refuses with exit 1 and names the first; the first goes on"
test_two_recorders() {
	record --segment-time 1d --slice full
	numbered --count 100
	timeout 5 ip netns exec "${prefix}b" "$build/wiretaped" -i eth0 --dir "$dir" >"$work/out" 2>"$work/second.err"
	expect "exit status of the second" "$?" -eq 1
	grep -qw "$recorder" "$work/second.err" || failed "what the second says" "$(head -n 1 "$work/second.err")" \
		"the first's process id $recorder"
	numbered --count 100 --from 101
	alive "$recorder" || failed "the first" "gone" "recording"
	stop_well
	each_once
	good_segments
}
