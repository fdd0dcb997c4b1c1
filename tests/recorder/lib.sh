# shellcheck shell=bash disable=SC2034,SC2154 # the files share their variables
# lib.sh: what the recorder's tests are made of; `run` sources it. Each test runs in a subshell of its own with
#
#     a (10.8.0.1): eth0 --- eth0: b, where wiretaped records
#
# b has no address and a sends to a neighbour that is not there, so the link carries what numbered sends and nothing else.

test_name=""   # of the running test; `run` sets it
work=""        # its files, removed afterwards
dir=""         # the recorder's
prefix=""      # of its namespaces
recorder=0     # process id
recorder_pids=() # all that were started
pids=() mounts=() namespaces=()
shim=()        # environment for the recorder
run_count=0

# failed WHAT SEEN EXPECTED
failed() {
	echo "  failed: $test_name: $1: $2, expected $3"
	touch "$work/failed"
}

# expect WHAT SEEN OPERATOR EXPECTED: the operators of test(1).
expect() {
	if test "$2" "$3" "$4" 2>/dev/null; then return 0; fi
	failed "$1" "${2:-nothing}" "$3 $4"
	return 1
}

# say WHAT: a measurement, shown beside the test's name.
say() { printf '%s; ' "$*" >>"$work/said"; }

# broken WHY: the test can't go on.
broken() {
	failed "$1" "not so" "it"
	if [[ -s $work/recorder.log ]]; then sed 's/^/    wiretaped: /' "$work/recorder.log" | tail -n 5; fi
	exit 1
}

# await SECONDS COMMAND...: until the command succeeds; fails after that time.
await() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		(($(now_ms) < end)) || return 1
		sleep 0.02
	done
}

now_ms() { local t=${EPOCHREALTIME/./}; echo "${t%???}"; }

alive() { kill -0 "$1" 2>/dev/null; }
gone() { ! alive "$1"; }

in_a() { ip netns exec "${prefix}a" "$@"; }
in_b() { ip netns exec "${prefix}b" "$@"; }

link_up() {
	ip -n "${prefix}a" link add eth0 type veth peer name eth0 netns "${prefix}b" || broken "a veth pair is made"
	local host
	for host in a b; do ip -n "$prefix$host" link set eth0 up; done
	ip -n "${prefix}a" addr add 10.8.0.1/24 dev eth0
	ip -n "${prefix}a" neigh replace 10.8.0.2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
}

hosts_up() {
	local host
	for host in a b; do
		ip netns add "$prefix$host" || broken "a namespace is made"
		namespaces+=("$prefix$host")
		in_"$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
		ip -n "$prefix$host" link set lo up
	done
	link_up
}

# record [OPTION...]: starts wiretaped on b's eth0 (or -i) into $dir; $recorder is its process id. Returns when it records.
record() {
	start_recorder "$@"
	await 10 recording || broken "wiretaped records"
}

start_recorder() {
	log_lines=$(wc -l 2>/dev/null <"$work/recorder.log")
	local interface=(-i eth0)
	if [[ " $* " == *" -i "* ]]; then interface=(); fi
	(exec ip netns exec "${prefix}b" env "${shim[@]}" "$build/wiretaped" "${interface[@]}" --dir "$dir" --min-free 0 --pool 16M "$@" \
		>>"$work/recorder.out" 2>>"$work/recorder.log") &
	recorder=$!
	pids+=("$recorder")
	recorder_pids+=("$recorder")
}

# True when it says so; its first segment may come a second later, with packets from now on.
recording() { alive "$recorder" && tail -n +"$((${log_lines:-0} + 1))" "$work/recorder.log" | grep -q "recording to"; }
has_part() { parts | grep -q .; }
parts() { compgen -G "$dir/ring/*.part" | sort; }

# stop [SIGNAL]: ends the recorder; $status is what it ended with.
stop() {
	kill -"${1:-TERM}" "$recorder" 2>/dev/null
	await 20 gone "$recorder" || { failed "it ends on SIG${1:-TERM}" "it runs 20 s later" "it"; kill -KILL "$recorder"; }
	wait "$recorder"
	status=$?
}

# stopped_well: after a clean end nothing is open and it said 0.
stop_well() {
	stop "$@"
	expect "exit status after SIG${1:-TERM}" "$status" -eq 0
	expect "unfinished segments after SIG${1:-TERM}" "$(parts | wc -l)" -eq 0
}

# numbered ARGUMENT...: sends numbered packets and waits; the log of what was sent is $work/sent.
numbered() { in_a "$build/tests/recorder/numbered" --to 10.8.0.2 --log "$work/sent" "$@"; }
# The same in the background; $sender is its process id.
numbered_on() {
	(exec ip netns exec "${prefix}a" "$build/tests/recorder/numbered" --to 10.8.0.2 --log "$work/sent" "$@") &
	sender=$!
	pids+=("$sender")
}
numbered_off() {
	kill -TERM "$sender" 2>/dev/null
	wait "$sender" 2>/dev/null
	sleep "${1:-0.1}"
}
# The packets that b's kernel received.
received() { in_b cat /sys/class/net/eth0/statistics/rx_packets; }

# segments [FOLDER]: the finished ones, in order of their numbers.
segments() {
	find "${1:-$dir/ring}" -maxdepth 1 -name '*.pcap.zst' 2>/dev/null | sed 's/.*-\([0-9]*\)\.pcap\.zst$/\1 &/' | sort -n | cut -d' ' -f2-
}
json_of() {
	local file=${1%.pcap.zst}.json
	if [[ ! -e $file ]]; then file=$1.json; fi
	echo "$file"
}
# facts FIELD [FOLDER]: of each finished segment, one a line.
facts() {
	local segment
	segments "${2:-}" | while read -r segment; do jq -r ".$1" "$(json_of "$segment")"; done
}
sum() { awk '{s += $1} END {printf "%d\n", s}'; }

# numbers FILE...: of the packets in these segments, in their order.
numbers() {
	local file
	for file; do
		zstd -dcq <"$file" 2>/dev/null | tcpdump -nn -A -r - 2>/dev/null | grep -aoE '#[0-9]{9}#' | tr -d '#'
	done | sed 's/^0*//'
}
tape_numbers() {
	local all
	mapfile -t all < <(segments "${1:-}")
	if ((${#all[@]} > 0)); then numbers "${all[@]}"; fi
}

# each_once [FOLDER]: every packet that was sent is on the tape, once.
each_once() {
	tape_numbers "${1:-}" | sort >"$work/on_tape"
	cut -d' ' -f1 "$work/sent" | sort >"$work/were_sent"
	expect "packets sent" "$(wc -l <"$work/were_sent")" -gt 0
	expect "packets on the tape twice" "$(uniq -d "$work/on_tape" | wc -l)" -eq 0
	expect "packets not on the tape" "$(uniq "$work/on_tape" | comm -13 - "$work/were_sent" | wc -l)" -eq 0
	expect "packets on the tape that were not sent" "$(uniq "$work/on_tape" | comm -23 - "$work/were_sent" | wc -l)" -eq 0
}

# frames FILE: zstd's own list of the frames in it: the number of frames, and of skippable ones.
frames() {
	zstd -lv "$1" 2>/dev/null | awk -F: '/^# Zstandard Frames/ {z = $2} /^# Skippable Frames/ {s = $2} END {print z + 0, s + 0}'
}

# good_segment FILE: what zstd and tcpdump say of it; "good", or what is wrong.
good_segment() {
	local file=$1
	zstd -tq "$file" 2>/dev/null || { echo "zstd -t refuses it"; return 1; }
	[[ $(frames "$file") == "1 0" ]] || { echo "$(frames "$file") frames and skippable frames"; return 1; }
	zstd -dcq "$file" | tcpdump -nn -r - >/dev/null 2>"$work/tcpdump.err" ||
		{ echo "tcpdump: $(tail -n 1 "$work/tcpdump.err")"; return 1; }
	! grep -q truncated "$work/tcpdump.err" || { echo "tcpdump: truncated"; return 1; }
	echo good
}

# good_segments [FOLDER]: all finished ones, each with its JSON.
good_segments() {
	local file verdict
	while read -r file; do
		verdict=$(good_segment "$file")
		expect "${file##*/}" "$verdict" = good
		jq -e .packets "$(json_of "$file")" >/dev/null 2>&1 || failed "${file##*/}" "no metadata" "a JSON file"
	done < <(segments "${1:-}")
}

# In nanoseconds since the epoch, from the name.
start_of() {
	local name=${1##*/} stamp
	stamp=${name%%Z*}
	[[ $stamp =~ ^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})\.([0-9]{3})$ ]] || { echo -1; return; }
	local m=("${BASH_REMATCH[@]}")
	echo "$(date -u -d "${m[1]}-${m[2]}-${m[3]} ${m[4]}:${m[5]}:${m[6]}" +%s)${m[7]}000000"
}

incidents() { find "$dir/incidents" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort; }

# Gives b an address, so that it answers.
b_answers() {
	ip -n "${prefix}a" neigh del 10.8.0.2 dev eth0
	ip -n "${prefix}b" addr add 10.8.0.2/24 dev eth0
}

# tape_text [FOLDER]: all finished segments, decompressed. More than one pcap, if there is more than one segment.
tape_text() { segments "${1:-}" | xargs -r zstd -dcq; }
# bytes_of FOLDER: sizes of the files in it, as the ring counts them.
bytes_of() { find "$1" -type f -printf "%s\n" 2>/dev/null | sum; }
catalog() { sqlite3 -readonly "$dir/catalog.db" "$1" 2>&1; }

# small_disk SIZE: $dir lies on a tmpfs of its own.
small_disk() {
	mkdir -p "$work/disk"
	mount -t tmpfs -o "size=$1,mode=755" "wiretape-test" "$work/disk" || broken "a tmpfs is mounted"
	mounts+=("$work/disk")
	dir=$work/disk/tape
}

cleanup() {
	trap '' INT TERM
	local pid mount namespace
	for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do await 2 gone "$pid" || kill -KILL "$pid" 2>/dev/null; done
	wait 2>/dev/null
	for mount in "${mounts[@]}"; do umount -l "$mount" 2>/dev/null; done
	for namespace in "${namespaces[@]}"; do ip netns del "$namespace" 2>/dev/null; done
	if [[ -n $work ]]; then rm -rf "$work"; fi
}
