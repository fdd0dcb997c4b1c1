#!/usr/bin/env bash
# compare.sh: `wiretape locate`, `diff` and `check` on the bundled samples and on databases made of them; jq and sqlite3 judge.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-$here/../build/wiretape}")
samples=$here/../samples
# shellcheck source=expect.sh
. "$here/expect.sh"
needs_tools jq sqlite3 zstd

# --- locate: what the lab's wire wrote down stands in NAME.truth.json.
for name in loss_20ms tail_loss zero_window server_reset request_response; do
	snd=$samples/$name.snd.pcap.zst rcv=$samples/$name.rcv.pcap.zst
	run 0 "locate $name" locate -q --whole --json "$snd" "$rcv"
	cp out said.json
	for direction in forward/a_to_b backward/b_to_a; do
		is "$name: lost, ${direction%/*}" \
			"$(jq --arg d "${direction%/*}" '.wire[$d].counts | .lost + .queue_full' "$samples/$name.truth.json")" \
			"$(jq --arg d "${direction#*/}" '.directions[] | select(.direction == $d) | .lost' said.json)"
	done
	is "$name: one clock, half a round trip's worth of doubt" true "$(jq --slurpfile truth "$samples/$name.truth.json" \
		'(.clock.offset_us | fabs) < 500 and (.clock.uncertainty_us - $truth[0].rtt_us / 2 | fabs) < 2000' said.json)"
done
snd=$samples/loss_20ms.snd.pcap.zst rcv=$samples/loss_20ms.rcv.pcap.zst
run 0 "locate: text" locate "$snd" "$rcv" -n 3
is "locate: what is to conclude comes first" "A to B: $(jq '.wire.forward.counts.lost' "$samples/loss_20ms.truth.json") of" \
	"$(sed -n 1p out | cut -d ' ' -f 1-5)"
has out "Between the taps" "locate: text"
has out "more: --csv" "locate: -n"
run 0 "locate: CSV" locate --csv "$snd" "$rcv"
is "locate: a line for each lost packet" "$("$program" locate --json "$snd" "$rcv" | jq '[.directions[].lost] | add')" \
	"$(grep -c '^lost,' out)"
cp out from_file
zstd -qdc "$rcv" | "$program" locate --csv "$snd" - >out 2>err
same "locate: standard input is as good" from_file out
run 0 "locate: the other way round" locate --csv "$rcv" "$snd"
is "locate: the other way round, what went from A to B goes from B to A" "$(grep -c '^lost,a_to_b' from_file)" \
	"$(grep -c '^lost,b_to_a' out)"
run 1 "locate: nothing in common" locate "$snd" "$samples/tail_loss.rcv.pcap.zst"
has err "no packet in common" "locate: nothing in common"
run 1 "locate: no such file" locate "$snd" nothing.pcap
has err "nothing.pcap" "locate: no such file"
run 2 "locate: one capture" locate "$snd"
run 2 "locate: two standard inputs" locate - -
run 2 "locate: two formats" locate --csv --json "$snd" "$rcv"
zstd -qdc "$rcv" | head -c 100000 >cut.pcap
run 1 "locate: a cut capture" locate --json "$snd" cut.pcap
has err "before it are compared" "locate: a cut capture"
is "locate: after the cut nothing is judged" true "$(jq '.a.outside > 1000 and .directions[0].lost < 30' out)"

# --- diff
run 0 "analyze" analyze -q -f --interval 20ms -o loss.db "$snd"
run 0 "diff with itself" diff loss.db loss.db --exit-code
has out "0 worse, 0 better" "diff with itself"
run 0 "analyze: one interval" analyze -q -f --interval 1h -o short.db "$snd"
run 0 "diff: too short" diff short.db short.db && has out "Nothing could be compared" "diff: too short"
alarms=0
for split in {1..20}; do # its intervals dealt to two hands: any difference is chance
	for hand in 0 1; do
		cp loss.db "$hand.db"
		sqlite3 "$hand.db" "DELETE FROM timeline WHERE
			(t_ns / 20000000 % 100003) * (t_ns / 20000000 % 100003 + 7 * $split) % 65537 * (2 * $split + 1) / 64 % 2 <> $hand"
	done
	"$program" diff 0.db 1.db --json >out 2>err || fail "diff: exit status of a split"
	[[ $(jq '.worse + .better' out) == 0 ]] || alarms=$((alarms + 1))
done
is "diff: false alarms in 20 splits of one capture: at most one" true "$( ((alarms <= 1)) && echo true || echo "$alarms")"
cp loss.db clean.db # the same traffic without its losses
sqlite3 clean.db "UPDATE timeline SET retransmitted_segments = 0, fast_retransmissions = 0, lost_upstream = 0, lost_downstream = 0,
	syn_retransmissions = 0, fin_retransmissions = 0, spurious_retransmissions = 0"
run 1 "diff: losses are worse" diff clean.db loss.db --exit-code
has out "retrans_pct" "diff: losses"
lacks out "rtt_p50_ms" "diff: nothing else"
cp clean.db unseen.db # what never came to the tap is lost, whatever else was sent needlessly
sqlite3 unseen.db "UPDATE timeline SET lost_upstream = 3, spurious_retransmissions = 3 WHERE t_ns / 20000000 % 2"
run 1 "diff: losses before the tap" diff clean.db unseen.db --exit-code
has out "loss_pct" "diff: losses before the tap"
cp clean.db late.db # and what proved needless an interval later was not: two of them make a value here
sqlite3 late.db "UPDATE timeline SET lost_downstream = 3 * (t_ns / 20000000 % 2 = 0), spurious_retransmissions = 3 * (t_ns / 20000000 % 2)" \
	"UPDATE timeline SET interval_ms = 40 WHERE rowid = (SELECT max(rowid) FROM timeline WHERE scope = 'all')"
run 0 "diff: needless" diff clean.db late.db --exit-code
run 0 "diff: and the other way better" diff loss.db clean.db --exit-code
has out "better" "diff: better"
cp loss.db slow.db
sqlite3 slow.db "UPDATE timeline SET rtt_p50_ms = rtt_p50_ms * 1.5 WHERE scope = 'peer'"
run 0 "diff: RTT" diff loss.db slow.db --json
is "diff: what is slower, for whom" "peer rtt_p50_ms worse" "$(jq -r '.differences[] | "\(.scope) \(.measure) \(.change)"' out)"
sqlite3 slow.db "UPDATE timeline SET key = '192.0.2.9' WHERE scope = 'peer'"
run 0 "diff: keys of one side" diff loss.db slow.db --json
is "diff: keys of one side" "10.9.0.1 192.0.2.9" "$(jq -r '"\(.only_before[0].key) \(.only_after[0].key)"' out)"
run 0 "diff: all" diff loss.db slow.db --all --csv
has out "same,service" "diff: --all"
run 1 "diff: no such file" diff loss.db nothing.db
has err "nothing.db" "diff: no such file"
run 2 "diff: one database" diff loss.db

# --- check
at=$(sqlite3 loss.db "SELECT max(retrans_pct) FROM timeline WHERE scope = 'all'")
run 0 "check: OK" check loss.db --warn 'retrans_pct > 100'
has out "WIRETAPE OK - " "check: OK"
has out "| 'retrans_pct'=" "check: performance data"
has out ";100;;0;" "check: thresholds in performance data"
run 1 "check: WARNING" check loss.db --warn "retrans_pct >= $at" --crit 'retrans_pct > 100'
has out "WIRETAPE WARNING - all: retrans_pct $(printf %.4g "$at")" "check: WARNING"
run 2 "check: CRITICAL" check loss.db --warn 'retrans_pct > 0.1' --crit "retrans_pct >= $at" --scope service
has out "WIRETAPE CRITICAL - service 10.9.0.2:5001" "check: CRITICAL"
is "check: one line" 1 "$(wc -l <out)"
rows=$(sqlite3 loss.db "SELECT count(*) FROM timeline WHERE scope = 'all' AND data_segments > 0")
run 2 "check: so many rows" check loss.db --crit 'data_segments > 0' --for "$rows"
run 0 "check: one more row" check loss.db --crit 'data_segments > 0' --for "$((rows + 1))"
run 3 "check: another key" check loss.db --crit 'packets > 0' --scope peer --key 192.0.2.1
run 3 "check: no such column" check loss.db --crit 'nonsense > 0'
has out "WIRETAPE UNKNOWN - --crit nonsense > 0: no such column: nonsense; sqlite3 DB '.schema timeline' lists" "check: no such column"
is "check: an error fits a list of services" '' "$(awk 'length > 160' out)"
is "check: an error is one line too" 1 "$(wc -l <out)"
run 3 "check: more than an expression" check loss.db --crit '1); DROP TABLE timeline; --'
run 3 "check: no such file" check nothing.db --crit 1
run 3 "check: no predicate" check loss.db
run 3 "check: no such option" check loss.db --wrong
run 0 "check: help" check --help
cp loss.db hostile.db
sqlite3 hostile.db "UPDATE timeline SET key = 'a|b' || char(10) || '''c''=1' WHERE scope = 'peer'"
run 2 "check: a hostile key" check hostile.db --crit 'packets > 0' --scope peer
is "check: a hostile key: one line, one bar" "1 1" "$(wc -l <out) $(tr -cd '|' <out | wc -c)"
mkdir ring
cp loss.db ring/catalog.db
run 3 "check: a recorder that stands" check ring --crit 'packets >= 0'
has out "s ago" "check: a recorder that stands"
sqlite3 ring/catalog.db "UPDATE timeline SET t_ns = t_ns + ($(date +%s)000000000 - (SELECT max(t_ns) FROM timeline)) - 1000000000"
run 2 "check: a recorder that goes" check ring --crit 'packets >= 0'
sqlite3 loss.db "DELETE FROM findings; INSERT INTO findings (capture_id, code, severity, title) VALUES (1, 'loss', 'warning', 'Packets are lost')"
run 1 "check: findings" check loss.db --findings
has out "loss: Packets are lost" "check: findings"
run 0 "check: another finding" check loss.db --finding dns_slow
run 3 "check: a code that is mistyped" check loss.db --finding slow_dns
has out "no finding has this code" "check: a code that is mistyped"
run 1 "check: that finding" check loss.db --finding loss
sqlite3 loss.db "DELETE FROM findings; DELETE FROM thresholds"
run 1 "check: nobody looked yet" check loss.db --finding loss_downstream
sqlite3 ring/catalog.db "UPDATE captures SET format = 'ring', flows = NULL"
"$program" analyze -q -o void.db "$samples/loss_20ms.snd.pcap.zst" --from 2020-01-01 --to 2020-01-02
run 3 "check: no packets, no verdict" check void.db --findings && has out 'UNKNOWN - void.db: there are no packets' "check: no packets, no verdict"
run 3 "check: a tape has no findings" check ring --findings
has out "no flows to judge" "check: a tape has no findings"
run 1 "findings: a tape has none" findings ring/catalog.db
has err "wiretape analyze" "findings: a tape has none"
totals
