# shellcheck shell=bash disable=SC2154 # the files share their variables
# budget.sh: what the ring takes of the disk, and never more.

# watch_size FOLDER FILE: largest size seen, until the file $work/enough exists.
watch_size() {
	local largest=0 now
	while [[ ! -e $work/enough ]]; do
		now=$(bytes_of "$1")
		if ((now > largest)); then largest=$now; fi
		echo "$largest" >"$2"
		sleep 0.04
	done
}

check ring_size "complaint: --ring-size holds with rotation by time and by size together"
test_ring_size() {
	record --ring-size 8M --segment-size 1M --segment-time 1s --slice full
	watch_size "$dir/ring" "$work/largest" &
	# 14 MB that can't be compressed, nearly twice the budget.
	numbered --rate 2500 --count 14000 --bytes 1000 --random
	sleep 0.3
	touch "$work/enough"
	wait $!
	stop_well
	expect "largest size of the ring" "$(<"$work/largest")" -le $((8 << 20))
	expect "largest size of the ring" "$(<"$work/largest")" -ge $((5 << 20))
	expect "size at the end" "$(bytes_of "$dir/ring")" -le $((8 << 20))
	say "largest $(<"$work/largest") of $((8 << 20)) bytes"
	good_segments
	newest_only
	expect "reasons to end" "$(facts ended_by | grep -c size)" -ge 2
	expect "metadata without a segment" "$(orphans)" -eq 0
	expect "largest segment" "$(segments | xargs stat -c %s | sort -n | tail -n 1)" -le $(((1 << 20) * 5 / 4))
}

# The tape has lost its oldest part only: what is left counts up to the last that was sent, without a gap.
newest_only() {
	tape_numbers >"$work/on_tape"
	expect "gaps in what is left" "$(awk 'NR > 1 && $1 != last + 1 {n++} {last = $1} END {print n + 0}' "$work/on_tape")" -eq 0
	expect "the last packet" "$(tail -n 1 "$work/on_tape")" = "$(tail -n 1 "$work/sent" | cut -d' ' -f1)"
}

orphans() {
	local json
	for json in "$dir"/ring/*.json; do
		if [[ ! -e ${json%.json}.pcap.zst && ! -e ${json%.json} && ! -e ${json%.json}.pcap.zst.part ]]; then echo 1; fi
	done | sum
}

check ring_time "--ring-time: what is older goes, with packets and without"
test_ring_time() {
	record --ring-time 3s --segment-time 1s
	sleep 7
	local now oldest
	now=$(now_ms)
	oldest=$(start_of "$(segments | head -n 1)")
	# A segment is as old as its last packet could be: 1 s more; and the ring is looked at about once a second.
	expect "age of the oldest segment's begin, ms" "$((now - oldest / 1000000))" -le 5500
	stop_well
	expect "segments left" "$(segments | wc -l)" -le 6
	expect "metadata without a segment" "$(orphans)" -eq 0
	[[ $(catalog "SELECT count(*) FROM segments") == "$(segments | wc -l)" ]] ||
		failed "segments in the catalog" "$(catalog "SELECT count(*) FROM segments")" "$(segments | wc -l)"
}

check incident_size "--incident-size bounds all incidents together: the oldest go; the ring's own budget holds beside it"
test_incident_size() {
	short_manual >/dev/null
	# About three megabytes each, one after the other.
	printf '[trigger packets]\nscope = all\nwhen = packets > 10\nfor = 1s\nbefore = 1s\nafter = 1s\ncooldown = 1s\n' >>"$work/quiet.conf"
	record --ring-size 16M --incident-size 6M --segment-size 1M --segment-time 1s --slice full --analyze no -c "$work/quiet.conf"
	watch_size "$dir/incidents" "$work/largest" &
	local watcher=$!
	numbered --rate 1000 --count 10000 --bytes 1000 --random
	sleep 2
	touch "$work/enough"
	wait "$watcher"
	stop_well
	expect "incidents left" "$(incidents | wc -l)" -ge 1
	expect "incidents removed" "$(grep -c 'removed' "$work/recorder.log")" -ge 1
	# What is just being linked comes on top until it is looked at: two segments.
	expect "largest size of all incidents" "$(<"$work/largest")" -le $(((6 << 20) + (2 << 20)))
	expect "size of the ring" "$(bytes_of "$dir/ring")" -le $((16 << 20))
	expect "incidents in the catalog" "$(catalog 'SELECT count(*) FROM incidents')" -eq "$(incidents | wc -l)"
	say "largest $(<"$work/largest") of $((6 << 20)) bytes, $(incidents | wc -l) incidents"
	good_segments
}

# The ring is looked at once a second, in which megabytes come, so what is free while they come depends on the machine.
has_free() { (($(df -B1 --output=avail "$work/disk" | tail -n 1) >= $1)); }

check min_free "--min-free: the ring shrinks while somebody else fills the disk, and recording goes on"
test_min_free() {
	small_disk 48M
	record --min-free 16M --ring-size 40M --segment-size 1M --segment-time 1s --slice full
	numbered_on --rate 3000 --bytes 1000 --random
	sleep 5
	local before
	before=$(bytes_of "$dir/ring")
	head -c 24M /dev/zero >"$work/disk/somebody-else"
	sleep 2.5
	numbered_off 1
	await 10 has_free $((16 << 20)) || failed "bytes free when no more comes" "$(df -B1 --output=avail "$work/disk" | tail -n 1)" "-ge $((16 << 20))"
	expect "size of the ring before somebody else came" "$before" -ge $((9 << 20))
	expect "size of the ring after that" "$(bytes_of "$dir/ring")" -le $((8 << 20))
	stop_well
	good_segments
	newest_only
	expect "pool drops" "$(facts pool_drops | sum)" -eq 0
}

check small_disk_defaults "the default of --min-free leaves a small file system to the tape"
test_small_disk_defaults() {
	small_disk 40M
	record --min-free auto --segment-size 1M --segment-time 1s --slice full
	numbered_on --rate 3000 --bytes 1000 --random
	sleep 5
	expect "size of the ring" "$(bytes_of "$dir/ring")" -ge $((9 << 20))
	sleep 10
	numbered_off 1
	await 10 has_free $((2 << 20)) || failed "bytes free when no more comes" "$(df -B1 --output=avail "$work/disk" | tail -n 1)" "-ge $((2 << 20))"
	stop_well
	good_segments
	newest_only
}
