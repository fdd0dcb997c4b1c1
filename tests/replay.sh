#!/usr/bin/env bash
# wiretape replay on samples: what fires, the same each time, and incidents made of it. WIRETAPE names the program.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
sample=samples/loss_20ms.snd.pcap.zst
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# is NAME EXPECTED ACTUAL
is() {
	if [[ "$2" == "$3" ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1: '$3', expected '$2'"; fi
}

cat >"$work/loss.conf" <<'CONF'
[trigger loss]
when = retrans_pct > 0.5 AND data_segments >= 100
for = 0s
before = 300ms
after = 200ms
cooldown = 10m
CONF

# The lab's wire lost segments all along (samples/README.md): one fires, the rest lies within the cooldown.
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss "$sample" >"$work/one" 2>"$work/err"
is "exit status" 0 $?
is "one fires" 1 "$(grep -c '  loss  *service 10.9.0.2:5001  retrans_pct [0-9.]*, data_segments [0-9]*$' "$work/one")"
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss "$sample" >"$work/two" 2>>"$work/err"
is "the same again" "" "$(cmp "$work/one" "$work/two" 2>&1)"
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss --speed 4 "$sample" >"$work/two" 2>>"$work/err"
is "the same at four times the speed" "" "$(cmp "$work/one" "$work/two" 2>&1)"
is "nothing on standard error" "" "$(cat "$work/err")"
json=$("$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss --json "$sample")
is "JSON" 1 "$(jq '.fired | length' <<<"$json")"

# --save: the packets from 300 ms before the interval to 200 ms after it, counted by tcpdump.
"$wiretape" replay -c "$work/loss.conf" --interval 100ms --trigger loss --save "$work/tape" "$sample" >/dev/null 2>"$work/err"
is "exit status with --save" 0 $?
folder=$(echo "$work"/tape/incidents/*-loss)
is "state" analysed "$(jq -r .state "$folder/incident.json")"
from=$(jq .from_ns "$folder/incident.json") to=$(jq .to_ns "$folder/incident.json")
is "before, interval and after" 600000000 "$((to - from))"
expected=$(zstdcat "$sample" | tcpdump --nano -tt -n -r - 2>/dev/null |
	awk -v from="$from" -v to="$to" '{t = $1; sub(/\./, "", t)} t >= from "" && t <= to ""' | wc -l)
is "packets" "$expected" "$(zstdcat "$folder"/*.pcap.zst | tcpdump -n -r - 2>/dev/null | wc -l)"
is "database" "$expected" "$(sqlite3 "$folder/flows.db" 'SELECT sum(packets) FROM captures')"
is "report" 1 "$(grep -c '^Flows' "$folder/report.txt")"

"$wiretape" replay --trigger nosuch "$sample" >/dev/null 2>"$work/err"
is "no such trigger" 2 $?
is "which there are" 1 "$(grep -c '^  latency$' "$work/err")"
"$wiretape" replay --speed 0 "$sample" >/dev/null 2>"$work/err"
is "no speed" 2 $?
"$wiretape" replay "$work/nowhere" >/dev/null 2>"$work/err"
is "no such file" 1 $?

echo "$passed passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
