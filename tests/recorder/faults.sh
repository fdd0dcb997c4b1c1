# shellcheck shell=bash disable=SC2034,SC2154 # the files share their variables
# faults.sh: what goes wrong around a recorder that runs for weeks.

check kill9 "kill -9 twenty times under traffic: at most the last second of each run is missing, nothing finished is damaged"
test_kill9() { kill_in_a_loop 20; }

soak kill9_100 "kill -9 a hundred times under traffic"
test_kill9_100() { kill_in_a_loop 100; }

kill_in_a_loop() {
	local i
	: >"$work/lost" # "from to": times in which packets may be missing
	: >"$work/finished"
	numbered_on --rate 2000
	start_again
	echo "0 $started" >"$work/lost"
	for ((i = 1; i <= $1; i++)); do
		sleep "$((RANDOM % 2)).$((2 + RANDOM % 8))"
		kill -KILL "$recorder"
		local killed=$EPOCHREALTIME
		wait "$recorder" 2>/dev/null
		remember_finished
		start_again
		echo "$killed $started" >>"$work/lost"
	done
	sleep 0.5
	numbered_off 0.3
	stop_well
	good_segments
	expect "finished segments that changed or vanished" "$(cksum_finished | comm -13 - <(sort -u "$work/finished") | wc -l)" -eq 0
	tape_numbers | sort >"$work/on_tape"
	expect "packets on the tape twice" "$(uniq -d "$work/on_tape" | wc -l)" -eq 0
	cut -d' ' -f1 "$work/sent" | sort | comm -23 - "$work/on_tape" | sort -n >"$work/missing"
	# A second, and what a busy machine adds to it.
	expect "packets missing that came more than a second before a kill" "$(awk -v allowance=1.2 '
		FILENAME ~ /lost$/ {from[++n] = $1 - allowance; to[n] = $2; next}
		FILENAME ~ /missing$/ {missing[$1] = 1; next}
		$1 in missing {
			excused = 0
			for (i = 1; i <= n; i++) if ($2 >= from[i] && $2 <= to[i]) excused = 1
			if (!excused) bad++
		}
		END {print bad + 0}' "$work/lost" "$work/missing" "$work/sent")" -eq 0
	expect "packets on the tape" "$(wc -l <"$work/on_tape")" -gt 1000
	say "$(wc -l <"$work/missing") of $(wc -l <"$work/sent") packets missing after $1 kills, $(segments | wc -l) segments"
	expect "segments in the catalog" "$(catalog 'SELECT count(*) FROM segments')" -eq "$(segments | wc -l)"
	sequence_is_unbroken
}

# $started: when it recorded.
start_again() {
	record --segment-time 2s --slice full
	started=$EPOCHREALTIME
}

cksum_finished() { segments | xargs -r cksum | sort; }
remember_finished() { cksum_finished >>"$work/finished"; }

check disk_full "somebody else fills the disk and frees it: no end, the alarm is logged, what is missing is counted, it goes on by itself"
test_disk_full() {
	small_disk 24M
	record --segment-time 1s --segment-size 1M --ring-size 1G --slice full
	numbered_on --rate 1000 --bytes 1000 --random
	sleep 3
	local i
	for ((i = 0; i < 30; i++)); do # whatever the ring gives up, they take
		head -c 30M /dev/zero >>"$work/disk/somebody-else" 2>/dev/null
		sleep 0.1
	done
	alive "$recorder" || failed "the recorder on a full disk" "gone" "waiting"
	rm "$work/disk/somebody-else"
	sleep 2.5
	numbered_off 0.5
	stop_well
	good_segments
	grep -qi -e 'no space' -e 'full' "$work/recorder.log" || failed "the log" "$(tail -n 1 "$work/recorder.log")" "words about the full disk"
	expect "lines that name the catalog twice" "$(grep -c "catalog.db.*catalog.db" "$work/recorder.log")" -eq 0
	tape_numbers | sort -n >"$work/on_tape"
	expect "packets on the tape twice" "$(uniq -d "$work/on_tape" | wc -l)" -eq 0
	expect "the last packet" "$(tail -n 1 "$work/on_tape")" = "$(tail -n 1 "$work/sent" | cut -d' ' -f1)"
	local missing counted
	missing=$(awk 'NR > 1 {n += $1 - last - 1} {last = $1} END {print n + 0}' "$work/on_tape")
	counted=$(facts pool_drops | sum)
	# 16 MB of pool take the three megabytes that came meanwhile.
	expect "packets missing after the oldest on the tape, beyond the $counted that were counted" "$((missing - counted))" -le 0
	say "$missing missing, $counted counted"
}

check disk_small "a disk that is smaller than --segment-size and the ring: it goes on, the newest packets are there, losses are counted"
test_disk_small() {
	small_disk 8M
	record --segment-time 1d --segment-size 64M --ring-size 1G --slice full
	# 24 MB, three times the disk.
	numbered --rate 3000 --count 18000 --bytes 1300 --random
	sleep 1.2
	stop_well
	good_segments
	tape_numbers | sort -n >"$work/on_tape"
	expect "the last packet" "$(tail -n 1 "$work/on_tape")" -eq 18000
	expect "packets on the tape" "$(wc -l <"$work/on_tape")" -ge 2000
	expect "packets missing after the oldest on the tape" \
		"$(awk 'NR > 1 {n += $1 - last - 1} {last = $1} END {print n + 0}' "$work/on_tape")" \
		-eq "$(facts pool_drops | sum)"
	say "$(wc -l <"$work/on_tape") packets kept in $(segments | wc -l) segments, $(facts pool_drops | sum) lost"
}

check disk_taken "somebody else takes the rest of the disk while the segment under way is all of the ring: it is given up for what comes"
test_disk_taken() {
	small_disk 24M
	record --segment-time 1d --segment-size 64M --ring-size 1G --slice full
	numbered_on --rate 1000 --bytes 1000 --random
	sleep 2.2
	head -c 30M /dev/zero >"$work/disk/somebody-else" 2>/dev/null
	sleep 5
	kill -USR2 "$recorder"
	numbered_off 1.2
	stop_well
	good_segments
	tape_numbers | sort -n >"$work/on_tape"
	expect "the last packet" "$(tail -n 1 "$work/on_tape")" = "$(tail -n 1 "$work/sent" | cut -d' ' -f1)"
	expect "lines of the segment that was given up" "$(grep -c 'given up (No space left on device)' "$work/recorder.log")" -eq 1
	expect "the same in the statistics" "$(grep -c ' 1 segments were given up' "$work/recorder.log")" -eq 1
	local lost
	lost=$(sed -n 's/.*given up (No space.*; \([0-9]*\) packets\{0,1\} [a-z]* lost/\1/p' "$work/recorder.log")
	expect "packets lost in the last line" "$(sed -n 's/.*stopped:.*, pool \([0-9]*\);.*/\1/p' "$work/recorder.log")" -eq "$lost"
	say "$(wc -l <"$work/on_tape") packets kept, $lost lost"
}

# Nothing can be written while $work/read-only exists.
read_only_shim() {
	shim=("LD_PRELOAD=$build/tests/recorder/shim.so" "SHIM_READ_ONLY=$work/read-only")
}

check read_only "the file system becomes read-only for three seconds: the pool keeps what comes, nothing is missing"
test_read_only() {
	read_only_shim
	record --segment-time 1s --slice full
	numbered_on --rate 1000
	sleep 1.5
	touch "$work/read-only"
	sleep 3
	alive "$recorder" || failed "the recorder on a read-only file system" "gone" "waiting"
	rm "$work/read-only"
	sleep 2
	numbered_off 0.3
	stop_well
	good_segments
	each_once_or_counted
	expect "packets dropped, though the pool had room" "$(facts pool_drops | sum)" -eq 0
	grep -qi 'read-only' "$work/recorder.log" || failed "the log" "$(tail -n 1 "$work/recorder.log")" "words about the read-only file system"
}

# What is not on the tape has been counted, to the packet.
each_once_or_counted() {
	tape_numbers | sort >"$work/on_tape"
	cut -d' ' -f1 "$work/sent" | sort >"$work/were_sent"
	expect "packets on the tape twice" "$(uniq -d "$work/on_tape" | wc -l)" -eq 0
	local missing counted
	missing=$(comm -23 "$work/were_sent" "$work/on_tape" | wc -l)
	counted=$(($(facts pool_drops | sum) + $(facts kernel_drops | sum)))
	expect "packets counted as dropped, of $missing that are missing" "$counted" -eq "$missing"
	say "$missing missing, $counted counted"
}

check read_only_long "nothing can be written for so long that the pool is full: the oldest blocks go, to the packet as counted"
test_read_only_long() {
	read_only_shim
	record --segment-time 1s --slice full
	sleep 1
	touch "$work/read-only"
	# 27 MB, and the pool has 16.
	numbered --rate 5000 --count 20000 --bytes 1300
	rm "$work/read-only"
	numbered --rate 1000 --count 2500 --from 20001
	sleep 0.3
	stop_well
	good_segments
	each_once_or_counted
	expect "packets dropped" "$(facts pool_drops | sum)" -gt 0
	expect "packets after it that are on the tape" "$(tape_numbers | awk '$1 > 20000' | wc -l)" -eq 2500
}

check interface_deleted "the interface is deleted and made again: it goes on with the new one"
test_interface_deleted() {
	record --segment-time 1d --slice full
	numbered --count 300
	sleep 0.2
	ip -n "${prefix}b" link del eth0
	sleep 1
	alive "$recorder" || failed "the recorder without its interface" "gone" "waiting"
	link_up
	resumes_within 5
	stop_well
	good_segments
	expect "packets before it" "$(tape_numbers | awk '$1 <= 300' | sort -u | wc -l)" -eq 300
	grep -q eth0 "$work/recorder.log" || failed "the log" "$(tail -n 1 "$work/recorder.log")" "the interface's name"
}

# resumes_within SECONDS: packets that are sent after that time are all on the tape; until then some may be missing.
resumes_within() {
	local i
	for ((i = 0; i < $1 * 5; i++)); do
		numbered --rate 1000000 --count 1 --from "$((1000 + i))"
		sleep 0.2
	done
	rm -f "$work/sent"
	numbered --rate 1000 --count 500 --from 5000
	await 10 all_resumed || failed "packets after it" "$(resumed)" 500
}
resumed() { numbers "$dir"/ring/*.pcap.zst* | awk '$1 >= 5000' | sort -u | wc -l; }
all_resumed() { (($(resumed) == 500)); }

check interface_down "the interface goes down and comes up: it goes on"
test_interface_down() {
	record --segment-time 1d --slice full
	numbered --count 300
	sleep 0.2
	local ticks
	ip -n "${prefix}b" link set eth0 down
	ticks=$(ticks_of "$recorder")
	sleep 1
	expect "its processor time of that second, of 100" "$(($(ticks_of "$recorder") - ticks))" -lt 30
	alive "$recorder" || failed "the recorder with its interface down" "gone" "waiting"
	ip -n "${prefix}b" link set eth0 up
	resumes_within 3
	stop_well
	good_segments
	expect "packets before it" "$(tape_numbers | awk '$1 <= 300' | sort -u | wc -l)" -eq 300
}

check interface_up "the interface goes down and comes up: packets are recorded as soon as it is up"
test_interface_up() {
	record --slice full
	ip -n "${prefix}b" link set eth0 down
	await 10 said "has gone down" || failed "the log" "$(tail -n 1 "$work/recorder.log")" "has gone down"
	sleep 0.5
	ip -n "${prefix}b" link set eth0 up
	await 10 carrier || failed "a's carrier" "none" "one"
	numbered --count 500
	stop_well
	each_once
}
said() { grep -q "$1" "$work/recorder.log"; }
# Of the processor, in its own and in the kernel's code.
ticks_of() { awk '{print $14 + $15}' "/proc/$1/stat"; }
carrier() { [[ $(in_a cat /sys/class/net/eth0/carrier) == 1 ]]; }

check clock_steps "the wall clock is set an hour forth, back, an hour back and forth: every packet once, segments good, numbers go on"
test_clock_steps() {
	shim=("LD_PRELOAD=$build/tests/recorder/shim.so" "SHIM_CLOCK=$work/clock")
	echo 0 >"$work/clock"
	record --segment-time 1s --slice full
	numbered_on --rate 500
	local offset
	for offset in 3600 0 -3600 0; do
		sleep 1.6
		echo "$offset" >"$work/clock"
	done
	sleep 2
	numbered_off 0.3
	stop_well
	good_segments
	each_once
	sequence_is_unbroken
	expect "segments, one a second" "$(segments | wc -l)" -ge 8
	expect "names given twice" "$(segments | sort | uniq -d | wc -l)" -eq 0
	say "ended by: $(facts ended_by | sort | uniq -c | awk '{printf "%s %s ", $1, $2}')"
}

catalog_is_complete() {
	[[ $(catalog 'SELECT count(*) FROM segments') == "$(segments | wc -l)" &&
		$(catalog 'PRAGMA integrity_check') == ok ]]
}

check catalog_deleted_between "the catalog is deleted between two runs: it is made again from the segments and incidents"
test_catalog_deleted_between() {
	record --segment-time 1s -c "$(short_manual)" --analyze no
	numbered --rate 500 --count 1000
	kill -USR1 "$recorder"
	sleep 2
	stop_well
	expect "incidents" "$(incidents | wc -l)" -eq 1
	local before
	before=$(catalog 'SELECT name, packets, bytes FROM segments ORDER BY name')
	rm -f "$dir"/catalog.db*
	record --segment-time 1d -c "$(short_manual)"
	await 10 test -s "$dir/catalog.db" || failed "a catalog after ten seconds" "none" "one"
	sleep 1.2
	stop_well
	expect "the catalog's segments of the first run" "$(catalog 'SELECT name, packets, bytes FROM segments ORDER BY name' |
		head -n "$(wc -l <<<"$before")")" = "$before"
	expect "its segments in all" "$(catalog 'SELECT count(*) FROM segments')" -eq "$(segments | wc -l)"
	expect "its incidents" "$(catalog 'SELECT count(*) FROM incidents')" -eq 1
}

check catalog_deleted_running "the catalog is deleted while it records: a new one has all segments"
test_catalog_deleted_running() {
	record --segment-time 1s --slice full
	numbered_on --rate 500
	sleep 2.2
	rm -f "$dir"/catalog.db*
	await 16 test -s "$dir/catalog.db" || failed "a catalog 16 s after it was deleted" "none" "one"
	sleep 2
	numbered_off
	stop_well
	catalog_is_complete || failed "the catalog" "$(catalog 'SELECT count(*) FROM segments') segments" "$(segments | wc -l)"
	each_once
}

check catalog_garbage "the catalog is overwritten with garbage, between runs and while it records: recording goes on, it is made again"
test_catalog_garbage() {
	record --segment-time 1s --slice full
	numbered --rate 500 --count 750
	stop_well
	head -c 100000 /dev/urandom >"$dir/catalog.db"
	rm -f "$dir"/catalog.db-*
	record --segment-time 1s --slice full
	numbered_on --rate 500 --from 751
	sleep 1.5
	stop_after_garbage
	catalog_is_complete || failed "the catalog" "$(catalog 'SELECT count(*) FROM segments') segments" "$(segments | wc -l)"
	each_once
	good_segments
}

stop_after_garbage() {
	expect "the damaged catalog, put aside" "$(find "$dir" -maxdepth 1 -name 'catalog.db.damaged*' | wc -l)" -ge 1
	expect "segments in the new one" "$(catalog 'SELECT count(*) FROM segments')" -ge 1
	dd if=/dev/urandom of="$dir/catalog.db" bs=4096 count=8 conv=notrunc status=none
	sleep 3
	alive "$recorder" || failed "the recorder with a catalog of garbage" "gone" "recording"
	numbered_off
	stop_well
}

check hook_hangs "a hook that hangs: recording and the next incident go on, SIGTERM ends it in seconds, no process is left"
test_hook_hangs() {
	local napping=1000.$BASHPID
	record --segment-time 1s --slice full -c "$(short_manual)" --on-incident "sleep $napping" --hook-time 2s --analyze no
	numbered_on --rate 500
	sleep 0.5
	kill -USR1 "$recorder"
	await 12 hook_runs "$napping" || failed "the hook" "not run" "running"
	kill -USR1 "$recorder"
	local begin
	numbered_off
	begin=$(now_ms)
	stop_well
	expect "milliseconds that it took to end" "$(($(now_ms) - begin))" -le 5000
	expect "hooks left behind" "$(pgrep -fc "^sleep $napping")" -eq 0
	each_once
	good_segments
}

hook_runs() { pgrep -f "^sleep $1"; }

check privileges "complaint: with --user the second and third file are written too, by that user"
test_privileges() {
	record --user nobody --segment-time 1s --slice full
	numbered --rate 500 --count 1700
	expect "user that it runs as" "$(awk '/^Uid/ {print $3}' "/proc/$recorder/status")" -eq "$(id -u nobody)"
	expect "capabilities that it keeps" "$(awk '/^CapEff/ {print $2}' "/proc/$recorder/status" | grep -c '[^0]')" -le 1
	stop_well
	expect "segments" "$(segments | wc -l)" -ge 3
	expect "their owner" "$(segments | xargs stat -c %U | sort -u)" = nobody
	good_segments
	each_once
	catalog_is_complete || failed "the catalog" "$(catalog 'SELECT count(*) FROM segments') segments" "$(segments | wc -l)"
	# What root has recorded, nobody takes up; with an interface that comes back, which needs to be opened again.
	record --user nobody --segment-time 1s --slice full
	numbered --rate 500 --count 700 --from 1701
	stop_well
	each_once
}

check directory_of_root "--user on a directory that root recorded into: it goes on, or says at the start what is to be done"
test_directory_of_root() {
	record --segment-time 1s --slice full
	numbered --rate 500 --count 700
	stop_well
	start_recorder --user nobody --segment-time 1s --slice full
	if await 10 recording; then
		numbered --rate 500 --count 1300 --from 701
		stop_well
		each_once
		good_segments
	else
		expect "exit status" "$(wait "$recorder"; echo $?)" -eq 1
		grep -q "$dir" "$work/recorder.log" || failed "the complaint" "$(tail -n 1 "$work/recorder.log")" "the directory's name"
	fi
}

check directory_unwritable "the ring's directory is made unwritable for the recorder's user and writable again: nothing is missing"
test_directory_unwritable() {
	record --user nobody --segment-time 1s --slice full
	numbered_on --rate 500
	sleep 1.5
	chmod 555 "$dir/ring" "$dir"
	sleep 2.5
	alive "$recorder" || failed "the recorder" "gone" "waiting"
	chmod 755 "$dir/ring" "$dir"
	sleep 2.5
	numbered_off 0.3
	# Where it can be written again just between two tries, the segment stays as it is until the next start.
	if said "it stays as it is"; then
		stop
		record --user nobody --segment-time 1s --slice full
	fi
	stop_well
	good_segments
	each_once_or_counted
	expect "packets dropped, though the pool had room" "$(facts pool_drops | sum)" -eq 0
}
