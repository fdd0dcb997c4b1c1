#!/bin/bash
# Charts in the reader's time zone, on days when its clocks are set forward or back. The expected times are computed by hand: Berlin's clocks go
# forward on 2026-03-29 at 01:00 UTC and back on 2026-10-25 at 01:00 UTC (Directive 2000/84/EC). WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-build/wiretape}")
# shellcheck source=expect.sh
. "$here/expect.sh"
export TMPDIR=$work
needs_tools gnuplot sqlite3
[[ -f /usr/share/zoneinfo/Europe/Berlin ]] || { skip 'Europe/Berlin is not known: tzdata is not installed'; totals; exit; }

"$program" analyze -q --interval 1s -o seconds.db "$here/../samples/zero_window.snd.pcap.zst"
# at TIME DB: a capture of 7 hours from that time on, of which the first and the last second have traffic
at() {
	local start end
	start=$(date -ud "$1" +%s)
	end=$((start + 7 * 3600))
	cp seconds.db "$2"
	sqlite3 "$2" "CREATE TEMP TABLE second AS SELECT DISTINCT t_ns AS old_ns FROM timeline ORDER BY 1 LIMIT 2" \
		"DELETE FROM timeline WHERE t_ns NOT IN (SELECT old_ns FROM second)" \
		"UPDATE timeline SET t_ns = iif(t_ns = (SELECT min(old_ns) FROM second), $start, $end - 1) * 1000000000" \
		"UPDATE captures SET first_ns = $start * 1000000000, last_ns = $end * 1000000000"
}
# places FILE: 'HH:MM:SS PIXEL' of each time under the axis of an SVG
places() {
	tr -d '\n\t' <"$1" | sed 's/<g transform="translate(/\n/g' | sed -nE \
		's/^([0-9.]+),[^>]*>.*<tspan[^>]*>\s*([0-9]{2}:[0-9]{2}:[0-9]{2})<.*/\2 \1/p'
}
# hours FILE TIME TIME: how far apart they stand, in hours; the picture has 725 pixels for 7 hours
hours() { places "$1" | awk -v a="$2" -v b="$3" \
	'$1 == a && from == "" { from = $2 } $1 == b { to = $2 } END { printf "%.1f\n", (to - from) * 7 / 725 }'; }

at 2026-03-28T22:00:00Z spring.db
for chart in throughput overview services rtt; do
	run 0 "spring: $chart" plot spring.db $chart --tz Europe/Berlin -o spring.svg
	is "spring: $chart: from midnight to 02:00 it would be two hours, to 04:00 there are three" 3.0 "$(hours spring.svg 00:00:00 04:00:00)"
	has spring.svg 'Europe/Berlin (UTC+01:00); UTC+02:00 from 03:00' "spring: $chart: the axis says so"
done
# 01:30 of that morning is 00:30 UTC, still an hour ahead, though 01:30 UTC would be two.
run 0 'spring: a period' plot spring.db throughput --tz Europe/Berlin --from 2026-03-29T01:30 --script
has out "from 01:30:00" 'spring: a period'
has out "tz_s = 3600" 'spring: a period, ahead of UTC'
at 2026-10-24T22:00:00Z autumn.db
run 0 autumn plot autumn.db throughput --tz Europe/Berlin -o autumn.svg
is 'autumn: from 02:00 (the first) to 04:00 there are three hours' 3.0 "$(hours autumn.svg 02:00:00 04:00:00)"
has autumn.svg 'Europe/Berlin (UTC+02:00); UTC+01:00 from 02:00' 'autumn: the axis says so'
run 0 'autumn: a terminal' plot autumn.db overview --tz Europe/Berlin --terminal=dumb
has out '2026-10-25, time (UTC+02:00; UTC+01:00 from 02:00)' 'autumn: a terminal'
run 0 'a long name' plot autumn.db overview --tz America/Argentina/Buenos_Aires --terminal=dumb &&
	has out 'time (UTC-03:00)' 'a long name, a terminal'
run 0 'no change' plot autumn.db throughput --tz Asia/Kolkata -o same.svg && lacks same.svg ' from ' 'no change'
run 0 'west' plot autumn.db throughput --tz America/New_York -o west.svg && has west.svg 'America/New York (UTC-04:00)' 'west of Greenwich'
run 0 'UTC' plot autumn.db throughput -o same.svg && is 'UTC: two hours are two hours' 2.0 "$(hours same.svg 00:00:00 02:00:00)"
# Other rules, by hand: the southern hemisphere goes back in April, on Lord Howe by half an hour, in Santiago across midnight, in Chatham at
# 02:45; POSIX' own rules (POSIX.1-2017, 8.3) need no file. In seconds: before, when (UTC), and from then on.
# change NAME START ZONE BEFORE WHEN AFTER TEXT
change() {
	at "$2" other.db
	TZ=$3 run 0 "$1" plot other.db throughput --tz local --script
	has out "tz_offsets = '$4 $(date -ud "$5" +%s) $6'" "$1"
	TZ=$3 run 0 "$1: terminal" plot other.db throughput --tz local --terminal=dumb && has out "$7" "$1: terminal"
}
change Sydney 2026-04-04T12:00Z :Australia/Sydney 39600 2026-04-04T16:00Z 36000 'UTC+11:00; UTC+10:00 from 02:00'
change 'Lord Howe' 2026-10-03T12:00Z :Australia/Lord_Howe 37800 2026-10-03T15:30Z 39600 'UTC+10:30; UTC+11:00 from 02:30'
change Santiago 2026-04-05T00:00Z :America/Santiago -10800 2026-04-05T03:00Z -14400 'UTC-03:00; UTC-04:00 from 23:00'
change Chatham 2026-04-04T12:00Z :Pacific/Chatham 49500 2026-04-04T14:00Z 45900 'UTC+13:45; UTC+12:45 from 02:45'
change POSIX 2026-03-28T22:00Z CET-1CEST,M3.5.0,M10.5.0/3 3600 2026-03-29T01:00Z 7200 'UTC+01:00; UTC+02:00 from 03:00'
# A capture of the summer beside one of the winter: each by the clock of its own day. 22:00 UTC is 23:00 in winter, and 00:00 in summer.
run 0 comparison plot spring.db comparison --against autumn.db --tz Europe/Berlin -o both.svg
has both.svg '2026-03-28 23:00:00' 'comparison: in winter'
has both.svg '2026-10-25 00:00:00' 'comparison: in summer'
# Years: as many changes as there are, and no more than fit.
sqlite3 spring.db 'UPDATE captures SET first_ns = -9e18, last_ns = 9e18'
run 0 centuries plot spring.db throughput --tz Europe/Berlin -o centuries.png && is 'centuries: no word' '' "$(cat err)"
totals
