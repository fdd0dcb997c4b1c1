#!/usr/bin/env bash
# charts_several.sh: charts of a database with several captures, whose intervals differ in length: everything is added up once.
# shellcheck disable=SC2016 # awk programs
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-$here/../build/wiretape}")
samples=$here/../samples
# shellcheck source=expect.sh
. "$here/expect.sh"
needs_tools sqlite3

# overlaps BLOCK BEGIN END: rows that begin before the one before them ends
overlaps() { values "$1" 'if (n++ && $c["'"$2"'"] < end - 1e-6) bad++; end = '"$3" 'print bad + 0'; }

# The two ends of one connection, one in tenths of a second, the other in whole ones.
run 0 'tenths' analyze -q --interval 100ms -o mixed.db "$samples/loss_20ms.snd.pcap.zst"
run 0 'whole seconds' analyze -q --append --interval 1s -o mixed.db "$samples/loss_20ms.rcv.pcap.zst"
bytes=$(sqlite3 mixed.db 'SELECT sum(bytes) FROM captures')
# Seconds of both together, from what the captures' flows have, are the sums of all bytes and of what was sent again.
again=$(sqlite3 mixed.db 'SELECT sum(retransmitted_segments) FROM flow_directions')

chart mixed.db overview
is 'overview: bytes' "$bytes" "$(values 0 'b += $c["total_mbit"] * ($c["end"] - $c["t"]) * 125000' 'printf "%.0f\n", b')"
is 'overview: nothing twice' 0 "$(overlaps 0 t '$c["end"]')"
is 'overview: sent again' "$again" "$(values 0 'n += $c["again"]' 'print n')"
chart mixed.db throughput
is 'throughput: bytes' "$bytes" "$(values 0 'b += $c["total_mbit"] * $c["length_s"] * 125000' 'printf "%.0f\n", b')"
is 'throughput: nothing twice' 0 "$(overlaps 0 t '$c["t"] + $c["length_s"]')"
is 'throughput: sent again' "$again" \
	"$(values 0 'if ($c["syn_again"] != "NaN") n += $c["syn_again"]' 'printf "%.0f\n", n')"
# The connection makes 102 Mbit/s in the first second, at both ends together; a tenth of it would be ten times as high.
first=$(sqlite3 mixed.db "SELECT printf('%.3f', sum(bytes) * 8e-6) FROM timeline WHERE scope = 'all' AND t_ns / 1000000000 = 1795233424")
chart mixed.db services
is 'services: the first second' "$first" "$(values 0 'if ($c["t"] == 1795233424) printf "%.3f\n", $c["all_mbit"]')"
is 'services: nothing twice' 0 "$(overlaps 0 t '$c["end"]')"
chart mixed.db limits
is 'limits: nothing twice' 0 "$(overlaps 0 t '$c["end"]')"
is 'limits: the first second' "$first" "$(values 1 'if ($c["t"] == 1795233424) printf "%.3f\n", $c["total_mbit"]')"
chart mixed.db loss
is 'loss: rows of a second' 1 "$(values 0 'print $c["bin_s"]' | sort -u)"
is 'loss: both ends saw it' '53 53' "$(values 0 'b += $c["before_tap"]; a += $c["behind_tap"]' 'print b, a')"
chart mixed.db retransmissions
is 'retransmissions: cells of a second' 1 "$(values 1 'print $c["bin_s"]' | sort -u)"
chart mixed.db rtt
is 'rtt: a point for each second' 3 "$(values 0 'if ($c["p50_ms"] != "NaN") n++' 'print n')"
# One of them alone keeps its own.
chart mixed.db services --capture 1
is 'services: tenths of one capture' 0.1 "$(values 0 'print $c["bin_s"]' | sort -u)"


# --- A period that begins within an interval: the interval is there, in each chart. A whole second alone shows as much as that second has.
second=$(sqlite3 mixed.db "SELECT sum(bytes) FROM timeline WHERE scope = 'all' AND capture_id = 2 AND t_ns = 1795233425000000000")
for name in overview throughput services; do
	chart mixed.db "$name" --capture 2 --from 1795233425.25 --to 1795233425.75
	is "$name: half a second of a second" "$(sqlite3 :memory: "SELECT printf('%.3f', $second * 8e-6)")" \
		"$(values 0 'if ($c["t"] == 1795233425) printf "%.3f\n", $c["'"$([[ $name == services ]] && echo all_mbit || echo total_mbit)"'"]')"
done
chart mixed.db loss --capture 2 --from 1795233425.25 --to 1795233425.75
is 'loss: that second' "$(sqlite3 mixed.db "SELECT lost_upstream FROM timeline WHERE scope = 'all' AND capture_id = 2 AND t_ns = 1795233425000000000")" \
	"$(values 0 'n += $c["before_tap"]' 'print n')"
chart mixed.db retransmissions --capture 2 --from 1795233425.25 --to 1795233425.75
is 'retransmissions: that second' "$(sqlite3 mixed.db "SELECT retransmitted_segments FROM timeline WHERE scope = 'all' AND capture_id = 2
	AND t_ns = 1795233425000000000")" "$(values 0 'if ($c["rank"] == 0) print $c["again"]')"
# Intervals of 10 ms do not end at times that a double holds: the one before the period is not in it.
run 0 'hundredths' analyze -q --interval 10ms -o fine.db "$samples/loss_20ms.snd.pcap.zst"
for at in 424.37 424.39 424.41 424.47 425.01 425.13; do
	chart fine.db throughput --from "1795233$at" --to 1795233426
	is "the first interval from $at" "$at" "$(values 0 'if (!n++) printf "%.2f\n", $c["t"] - 1795233000')"
done
# Of one flow, what an interval's events say is all there, too.
chart fine.db throughput --flow 3 --from 1795233424.375
is 'throughput of a flow: nothing unknown' 0 \
	"$(values 0 'if ($c["unknown_again"] != "NaN" && $c["unknown_again"] > $c["tail_loss_probe_again"]) n++' 'print n + 0')"

chart fine.db throughput --flow 3
is 'throughput of a flow: sent again' \
	"$(sqlite3 fine.db "SELECT count(*) FROM events WHERE flow_id = 3 AND kind IN ('retransmission', 'syn_retransmission')")" \
	"$(values 0 'if ($c["syn_again"] != "NaN") n += $c["syn_again"]' 'printf "%.0f\n", n')"

# --- Comparison: the same loss as the capture alone has; and each side is itself, whichever comes first.
run 0 'tails' analyze -q --interval 100ms -o tails.db "$samples/tail_loss.snd.pcap.zst"
chart tails.db comparison --against mixed.db
is 'comparison: loss' "$(sqlite3 tails.db "SELECT printf('%.4f', 100.0 * (sum(lost_upstream) + sum(lost_downstream)
	- sum(spurious_retransmissions)) / (sum(data_segments) + sum(lost_upstream))) FROM timeline WHERE scope = 'all'")" \
	"$(values 0 'if ($c["side"] == 1) printf "%.4f\n", $c["loss_pct"]')"
values 0 'side = $c["side"]; sub(/^[12]\t/, ""); print side, $0' | sort >here
chart mixed.db comparison --against tails.db
values 0 'side = 3 - $c["side"]; sub(/^[12]\t/, ""); print side, $0' | sort >there
same 'comparison: swapped' here there
# The wire lost 43 of 4,295; behind them, four segments were sent again needlessly.
for end in snd rcv; do
	run 0 "peers $end" analyze -q --interval 100ms -o "peers.$end.db" "$samples/peers.$end.pcap.zst"
	chart tails.db comparison --against "peers.$end.db"
	is "comparison: loss of peers $end" 1.0012 "$(values 0 'if ($c["side"] == 2) printf "%.4f\n", $c["loss_pct"]')"
done
if command -v gnuplot >/dev/null; then
	run 0 'another service' analyze -q -o web.db "$samples/web.snd.pcap.zst"
	run 0 'comparison: other services' plot tails.db comparison --against web.db -o other.svg
	has other.svg 'no service is in both' 'comparison: other services'
	run 0 'comparison: the same' plot tails.db comparison --against tails.db -o same.svg
	has same.svg 'no service of both differs' 'comparison: the same'
fi
chart tails.db comparison --against tails.db
is 'comparison: with itself nothing differs' 0 "$(values 3 'n++' 'print n + 0')"

totals
