#!/usr/bin/env bash
# limits.sh: the charts `limits` and `in-flight`: their data against what stands in the database, drawn on top.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
program=$(realpath "${WIRETAPE:-build/wiretape}")
samples=$(realpath samples)
# shellcheck source=tests/expect.sh
. tests/expect.sh

sum() { sqlite3 "$1" "$2"; }

for sample in loss_20ms.rcv loss_20ms.snd request_response.snd web.snd zero_window.rcv zero_window.snd; do
	database=$sample.db
	run 0 "$sample" analyze -q --interval 20ms -o "$database" "$samples/$sample.pcap.zst"
	# The flow that has the most data, and its larger direction.
	read -r flow way < <(sum "$database" "SELECT flow_id, direction FROM flow_directions
		WHERE flow_id IN (SELECT flow_id FROM flow_timeline)
		ORDER BY data_bytes DESC, flow_id LIMIT 1" | tr '|' ' ')

	# Shares times their spans are what flow_directions says, in tenths of a millisecond: columns are stacked.
	run 0 "$sample: limits" plot "$database" limits --flow "$flow" --data
	is "$sample: limits" "$(sum "$database" "SELECT printf('%.1f %.1f %.1f %.1f %.1f %.1f', limited_network_us / 1e3, limited_recovery_us / 1e3,
		limited_receive_window_us / 1e3, limited_zero_window_us / 1e3, limited_application_us / 1e3, limited_handshake_us / 1e3)
		FROM flow_directions WHERE flow_id = $flow AND direction = '$way'")" \
		"$(awk -F '\t' '/^#/ { if (head++) exit; next }
			NF > 8 { for (i = 3; i < 9; i++) sum[i] += ($i - (i > 3 ? $(i - 1) : 0)) / 100 * $9 * 1000 }
			END { for (i = 3; i < 9; i++) printf("%s%.1f", (i > 3 ? " " : ""), sum[i]) }' out)"
	# They follow each other without a gap, from the flow's first packet to its last.
	is "$sample: limits, spans" "$(sum "$database" "SELECT printf('%.3f %.3f 0', first_ns / 1e9 + 2e-5, last_ns / 1e9 + 2e-5)
		FROM flows WHERE id = $flow")" \
		"$(awk -F '\t' '/^#/ { if (head++) exit; next }
			$9 > 0 { if (!from) from = $1; else if ($1 - end > 0.00001 || end - $1 > 0.00001) gaps++; end = $2 }
			END { printf "%.3f %.3f %d", from + 2e-5, end + 2e-5, gaps }' out)"

	# The engine and the packets agree on how much was in flight at most.
	run 0 "$sample: in-flight" plot "$database" in-flight --flow "$flow" --data
	is "$sample: in flight" "$(sum "$database" "SELECT in_flight_max || ' 1' FROM flow_directions
		WHERE flow_id = $flow AND direction = '$way'")" \
		"$(awk -F '\t' '/^#/ { if (head++) exit; next } $2 + 0 > most { most = $2 + 0 } NF > 4 { exact = $5 }
			END { print most, exact }' out)"
	# Without the capture: the same from the intervals.
	sqlite3 "$database" "UPDATE captures SET path = '/nowhere/' || path"
	run 0 "$sample: in-flight, intervals" plot "$database" in-flight --flow "$flow" --data
	is "$sample: in flight, intervals" "$(sum "$database" "SELECT in_flight_max || ' 0' FROM flow_directions
		WHERE flow_id = $flow AND direction = '$way'")" \
		"$(awk -F '\t' '/^#/ { if (head++) exit; next } $2 + 0 > most { most = $2 + 0 } NF > 4 { exact = $5 }
			END { print most, exact }' out)"
done

# The receiver closed its window once.
is "closed window" "$(sum zero_window.snd.db "SELECT printf('%.3f', total(zero_window_ms) / 1e3) FROM flow_directions")" \
	"$("$program" plot zero_window.snd.db in-flight --flow 1 --data | awk -F '\t' '/closed_s/ { getline; printf "%.3f", $3 }')"

# A part of the time: nothing lies outside.
from=2026-11-21T03:57:04.5Z to=2026-11-21T03:57:04.7Z
for chart in limits in-flight; do
	run 0 "$chart: a part" plot loss_20ms.snd.db $chart --flow 4 --from $from --to $to --data
	is "$chart: a part" "0" "$(awk -F '\t' '/^#/ { if (head++) exit; next }
		NF && $1 != "NaN" && ($1 < 1795233424.5 || $1 > 1795233424.7) { n++ }
		END { print n + 0 }' out)"
done

run 0 "all flows" plot loss_20ms.snd.db limits --data
has out "# t" "all flows"
is "all flows add up to 100 %" 0 "$(awk -F '\t' '/^#/ { if (head++) exit; next }
	$9 > 0 && ($8 < 99.999 || $8 > 100.001 || $7 > 100.001) { n++ }
	END { print n + 0 }' out)"

# Their times are what flow_directions says of the larger direction of each flow, a silence too: in milliseconds.
for sample in loss_20ms.snd web.snd zero_window.snd; do
	run 0 "$sample: all flows" plot $sample.db limits --data
	is "$sample: all flows" "$(sum $sample.db "SELECT printf('%.0f %.0f %.0f %.0f %.0f %.0f', sum(limited_network_us) / 1e3, sum(limited_recovery_us) / 1e3,
		total(limited_receive_window_us) / 1e3, sum(limited_zero_window_us) / 1e3, sum(limited_application_us) / 1e3,
		sum(limited_handshake_us) / 1e3)
		FROM (SELECT *, row_number() OVER (PARTITION BY flow_id ORDER BY data_bytes DESC, direction) AS rank FROM flow_directions
			WHERE flow_id IN (SELECT flow_id FROM flow_timeline)) WHERE rank = 1")" \
		"$(awk -F '\t' '/^#/ { if (head++) exit; next }
			NF > 8 { for (i = 3; i < 9; i++) sum[i] += ($i - (i > 3 ? $(i - 1) : 0)) / 100 * $9 * 1000 }
			END { for (i = 3; i < 9; i++) printf("%s%.0f", (i > 3 ? " " : ""), sum[i]) }' out)"
done

if command -v gnuplot >/dev/null; then
	# A mark at the very end of the axis is drawn: a triangle beside its definition.
	run 0 "incident" analyze -q -o incident.db "$samples/incidents/20261121T151523Z-loss"
	sqlite3 incident.db "INSERT INTO events (flow_id, t_ns, frame, direction, kind, cause)
		SELECT id, last_ns, 1, 'c2s', 'retransmission', 'timeout' FROM flows WHERE id IN (1, 2)"
	for flow in 1 2; do
		run 0 "flow $flow: ends with a time-out" plot incident.db in-flight --flow $flow -o end.svg
		is "flow $flow: ends with a time-out" 1 "$(grep -c "<use .*#gpPt8'" end.svg)"
	done
	for chart in limits in-flight; do
		for file in one.png one.svg one.pdf; do
			run 0 "$chart: $file" plot zero_window.snd.db $chart --flow 1 -o "$file"
			is "$chart: $file: silent" "" "$(cat err)"
			rm -f $file
		done
		run 0 "$chart: terminal" plot zero_window.snd.db $chart --flow 1 --terminal=dumb --size 80x24
		is "$chart: terminal, 80 columns" 0 "$(awk 'length($0) > 80 { n++ } END { print n + 0 }' out)"
	done
else
	skip "gnuplot is not installed"
fi
totals
