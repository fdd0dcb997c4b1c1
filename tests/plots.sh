#!/bin/bash
# The charts from outside: every one that there is, of every sample. gnuplot, xmllint and the data that was asked for judge. WIRETAPE names the
# program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-build/wiretape}")
samples=$(realpath "$here/../samples")
plots=$(realpath "$here/../plots")
# shellcheck source=expect.sh
. "$here/expect.sh"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
needs_tools gnuplot sqlite3
command -v xmllint >/dev/null || skip 'is SVG well-formed? xmllint is not installed'

mapfile -t charts < <("$program" plot --list | sed -n 's/^  \([a-z-]*\) .*/\1/p')
is 'there are charts' yes "$( ((${#charts[@]} > 2)) && echo yes)"
is 'a chart is two files' "$(printf '%s\n' "${charts[@]}" | sort)" \
	"$(cd "$plots" && for file in *.sql; do [[ -f ${file%.sql}.gp ]] && echo "${file%.sql}"; done | sort)"

if command -v script >/dev/null; then
	is 'the list fits a terminal' '' "$(script -qec "stty cols 80; '$program' plot" /dev/null | tr -d '\r' | awk 'length > 80')"
	is 'TERM=dumb has no colours' '' "$(TERM=dumb script -qec "'$program' plot nothing.db rtt 2>&1" /dev/null | grep -o '\[3[0-9]m')"
	is 'the list on a terminal says all' "$("$program" plot | tr -s ' \n' '\n')" \
		"$(script -qec "'$program' plot" /dev/null | tr -d '\r' | tr -s ' \n' '\n')"
fi

needs() { sed -n 's/^-- needs: *//p' "$plots/$1.sql" | tr -s ', ' '\n' | grep -qx "$2"; }
# asks CHART PARAMETER: in its own text or in the tables that it shares
asks() { (cd "$plots/.." && sh store/embed.sh --print "plots/$1.sql") | grep ":$2\>" >/dev/null; }
# busiest DB: the flow with most packets
busiest() { sqlite3 "$1" 'SELECT flow_id FROM flow_directions GROUP BY 1 ORDER BY sum(packets) DESC, 1 LIMIT 1'; }
# choose CHART DB: sets `chosen`, the options without which the chart makes no sense
choose() {
	chosen=()
	! needs "$1" flow || chosen+=(--flow "$(busiest "$2")")
	! needs "$1" against || chosen+=(--against "$other")
}
# png_size FILE: its IHDR
png_size() { od -An -j16 -N8 -tu4 --endian=big "$1" | awk '{ print $1 "x" $2 }'; }
well_formed() { # well_formed NAME FILE
	is "$1: an SVG" yes "$(grep -q '<svg' "$2" && echo yes)"
	! command -v xmllint >/dev/null || is "$1: XML" '' "$(xmllint --nonet --noout "$2" 2>&1 | head -n 3)"
}
# fits NAME FILE: text for a terminal of 80x24: nothing that moves the cursor, nothing beyond the edges
fits() {
	is "$1: no controls" '' "$(LC_ALL=C grep -n "$(printf '[\001-\010\013-\037\177]')" "$2" | head -n 1)"
	is "$1: columns" '' "$(grep -nE '^.{81,}' "$2" | head -n 1)"
	is "$1: lines" yes "$( (($(wc -l <"$2") <= 24)) && echo yes)"
}
# columns DATA: 'block N line N' of the first line that has not as many fields as its header says
columns() {
	awk -F '\t' '/^# / { names = NF; next } /^$/ { next } NF != names { print "line " NR ": " NF " of " names; exit }' "$1"
}
# data NAME ARGUMENT...: data.tsv, of which there is none where there is nothing to draw
data() {
	local name=$1 status
	shift
	"$program" plot "$@" --data >data.tsv 2>err
	status=$?
	if [[ $status -ne 0 ]]; then
		rm -f data.tsv
		if grep -qE 'nothing to draw|there is no' err; then pass; else fail "$name: --data: exit status $status"; fi
		return 1
	fi
	is "$name: columns" '' "$(columns data.tsv)"
}
# draw NAME FORMAT ARGUMENT...: what --script and --data print, drawn by gnuplot itself, which says nothing; or there is nothing to draw
draw() {
	local name=$1 format=$2
	shift 2
	data "$name" "$@" || return
	"$program" plot "$@" --script --format "$format" >chart.gp 2>>err || fail "$name: --script"
	rm -f chart.png chart.svg chart.pdf
	[[ -z ${CHECK_SANITIZED:-} ]] || return 0 # gnuplot draws the same again
	timeout 600 gnuplot -d <chart.gp >out 2>>err
	is "$name: gnuplot's exit status" 0 $?
	is "$name: gnuplot says nothing" '' "$(grep -v ': flow [0-9]* is drawn' err | head -n 5)"
	case $format in
	png) has_size "$name: a PNG" "$1" "$2" chart.png ;;
	svg) well_formed "$name" chart.svg ;;
	pdf) is "$name: a PDF" '%PDF %%EOF' "$(head -c 4 chart.pdf) $(tail -n 1 chart.pdf)" ;;
	esac
}
# has_size NAME DB CHART FILE: as the chart's header says; what has a row for each host, or a strip where there is nothing, may be lower.
has_size() {
	local most width height
	most=$(size_of "$2" "$3")
	read -r width height < <(png_size "$4" | tr x ' ')
	if [[ $3 == @(overview|retransmissions|talkers) && $width == "${most%x*}" && $height -ge 150 && $height -le ${most#*x} ]]; then
		pass
	else
		is "$1" "$most" "${width}x$height"
	fi
}

# size_of DB CHART: as its header says
size_of() { sed -n 's/^-- size: *\([0-9]*\) *\([0-9]*\)/\1x\2/p' "$plots/$2.sql" | grep . || echo 1000x600; }
# terminal NAME ARGUMENT...: as text
terminal() {
	local name=$1
	shift
	run 0 "$name: dumb" plot "$@" --terminal=dumb
	is "$name: dumb, complaints" '' "$(grep -v ': flow [0-9]* is drawn' err)"
	fits "$name" out
}

# every chart of every sample, in another way each time
other=
ways=(png svg pdf dumb)
turn=0
for capture in "$samples"/*.pcap.zst "$samples"/incidents/*; do
	sample=${capture##*/} sample=${sample%.pcap.zst}
	"$program" analyze -q --interval 20ms -o "$sample.db" "$capture" >/dev/null 2>&1 || fail "analyze $sample"
	[[ -n $other ]] || other=$sample.db
	for i in "${!charts[@]}"; do
		chart=${charts[i]} way=${ways[(turn + i) % 4]}
		choose "$chart" "$sample.db"
		if [[ $way != dumb ]]; then
			draw "$chart of $sample" "$way" "$sample.db" "$chart" "${chosen[@]}"
		elif data "$chart of $sample" "$sample.db" "$chart" "${chosen[@]}"; then
			terminal "$chart of $sample" "$sample.db" "$chart" "${chosen[@]}"
		fi
	done
	turn=$((turn + 1))
done

# Axes have names that keep clear of the numbers, which end 12 pixels before the axis, at 75; what is slow is in kbit/s.
zstd -dcq "$samples/request_response.rcv.pcap.zst" | head -c 286 >few.pcap
"$program" analyze -q -o few.db few.pcap 2>err
for chart in throughput services overview; do
	run 0 "$chart: few packets" plot few.db $chart -o few.svg
	is "$chart: few packets in kbit/s" 1 "$(grep -c 'kbit/s' few.svg)"
done
for chart in throughput loss overview limits rtt; do
	run 0 "$chart: names of axes" plot loss_20ms.snd.db $chart -o axes.svg
	is "$chart: names of axes" '' "$(grep -o 'translate([-0-9.]*,[-0-9.]*) rotate(270)' axes.svg | awk -F '[(,]' '$2 < 10 || $2 > 36')"
	has axes.svg 'rotate(270)' "$chart: names of axes"
done

# In a terminal too; and a legend stands above the panel, not in it.
while read -r chart unit; do
	chosen=()
	! needs "$chart" flow || chosen=(--flow 1)
	run 0 "$chart: units in a terminal" plot zero_window.snd.db "$chart" "${chosen[@]}" --terminal=dumb &&
		has out "$unit" "$chart: units in a terminal"
done <<-CHARTS
	throughput Mbit/s
	services Mbit/s
	limits Mbit/s
	rtt RTT, ms
	rtt-distribution CDF, %
	in-flight in flight, kB
	time-sequence kB
CHARTS
# Nothing was lost before the tap: its sign stands in the legend alone.
run 0 'loss: a terminal' plot loss_20ms.snd.db loss --terminal=dumb --size 80x24
is 'loss: the zero line has a sign of its own' 1 "$(grep -cF '**' out)"
run 0 'throughput: a terminal' plot tail_loss.snd.db throughput --terminal=dumb
is 'throughput: what the legend says is not drawn over' 1 "$(grep -c ' tail loss probe [^ ]* ' out)"

# Half the usual width: the axes still have their numbers, and their unit above them.
for chart in time-sequence throughput; do
	run 0 "$chart: 40 columns" plot loss_20ms.snd.db $chart --flow "$(busiest loss_20ms.snd.db)" --terminal=dumb --size 40x20
	is "$chart: 40 columns: numbers on the axis" yes "$(awk '/^ *[0-9]+ \+[+|]/ { n++ } END { print (n > 3 ? "yes" : "no") }' out)"
done

# Causes have lanes, with a shape and a count each, for who does not see colours; what limits a flow has lines across its area.
run 0 'causes' plot tail_loss.snd.db throughput -o causes.svg
while IFS='|' read -r cause count; do
	has causes.svg "$cause ($count)" "causes: $cause"
done < <(sqlite3 tail_loss.snd.db "SELECT 'fast', sum(fast_retransmissions) FROM timeline WHERE scope = 'all' HAVING sum(fast_retransmissions) > 0
	UNION ALL SELECT 'time-out', sum(timeout_retransmissions) FROM timeline WHERE scope = 'all' HAVING sum(timeout_retransmissions) > 0
	UNION ALL SELECT 'tail loss probe', sum(tail_loss_probes) FROM timeline WHERE scope = 'all' HAVING sum(tail_loss_probes) > 0
	UNION ALL SELECT 'SYN', sum(syn_retransmissions) FROM timeline WHERE scope = 'all' HAVING sum(syn_retransmissions) > 0")
run 0 'lines across' plot zero_window.snd.db limits -o lines.svg &&
	has lines.svg "url(#gpPat2)" 'lines across the time with a closed window'

# one sample in all ways: the first that the chart has something to draw of
subject() { # subject CHART: sets `db`, and `chosen` as choose does
	for db in loss_20ms.snd.db web.snd.db request_response.snd.db; do
		choose "$1" $db
		! "$program" plot $db "$1" "${chosen[@]}" --data >out 2>&1 || return
	done
	fail "$1: no sample that it draws"
}
formats=(png svg pdf)
[[ -z ${CHECK_SANITIZED:-} ]] || formats=(png)
for chart in "${charts[@]}"; do
	subject "$chart"
	for format in "${formats[@]}"; do
		run 0 "$chart: $format" plot "$db" "$chart" "${chosen[@]}" -o "a.$format"
		is "$chart: $format: no word" '' "$(cat err)"
		[[ $format = pdf ]] && continue # a PDF says when it was made
		run 0 "$chart: $format again" plot "$db" "$chart" "${chosen[@]}" --format "$format" -o -
		same "$chart: the same picture again" "a.$format" out
	done
	has_size "$chart: size" "$db" "$chart" a.png
	run 0 "$chart: 800 pixels" plot "$db" "$chart" "${chosen[@]}" --size 800x480 -o small.png
	is "$chart: 800 pixels" 800x480 "$(png_size small.png)"
	if ! asks "$chart" flow; then
		run 2 "$chart: no flow" plot "$db" "$chart" "${chosen[@]}" --flow 1 && has err 'not about single flows' "$chart: no flow"
	elif ! needs "$chart" flow; then
		draw "$chart of one flow" svg "$db" "$chart" "${chosen[@]}" --flow "$(busiest "$db")"
	fi
	asks "$chart" direction || run 2 "$chart: no direction" plot "$db" "$chart" "${chosen[@]}" --direction c2s
	needs "$chart" flow || draw "$chart of one capture" png "$db" "$chart" "${chosen[@]}" --capture 1
done

# :from and :to: no time outside, but for the ends of a bin, and the point before from which a line comes in
ends_of() { # ends_of DB: sets first, last, and from and to, the middle half of it
	first=$(sqlite3 "$1" 'SELECT min(first_ns) FROM captures')
	last=$(sqlite3 "$1" 'SELECT max(last_ns) FROM captures')
	from=$(((first + (last - first) / 4) / 20000000 * 20000000)) to=$(((last - (last - first) / 4) / 20000000 * 20000000))
}
moment() { printf '%d.%09d' $(($1 / 1000000000)) $(($1 % 1000000000)); }
# outside DATA FROM TO: the first time in a column t that lies outside by more than an interval
outside() {
	awk -F '\t' -v from="$2" -v to="$3" '/^# / { timed = $1 == "# t"; next }
		timed && $1 != "NaN" && $1 != "" && ($1 < from - 0.0201 || $1 > to + 0.0201) { print "line " NR ": " $1; exit }' "$1"
}
for chart in "${charts[@]}"; do
	subject "$chart"
	ends_of "$db"
	is "$chart knows :from and :to" yes "$(asks "$chart" from && asks "$chart" to && echo yes)"
	if draw "$chart of a period" png "$db" "$chart" "${chosen[@]}" --from "$(moment "$from")" --to "$(moment "$to")"; then
		is "$chart: no time outside" '' "$(outside data.tsv "$(moment "$from")" "$(moment "$to")")"
	fi
	draw "$chart of nothing" png "$db" "$chart" "${chosen[@]}" --from 2001-01-01T00:00:00Z --to 2001-01-02T00:00:00Z
	[[ -f data.tsv ]] && fail "$chart: something was drawn of 2001"
done

db=loss_20ms.snd.db
ends_of $db

# :points: 2 s in intervals of 1 ms are binned
"$program" analyze -q --interval 1ms -o fine.db "$samples/loss_20ms.snd.pcap.zst" >/dev/null 2>&1
for chart in "${charts[@]}"; do
	choose "$chart" fine.db
	if ! needs "$chart" packets && draw "$chart in milliseconds" png fine.db "$chart" "${chosen[@]}"; then
		is "$chart: points" '' "$(awk -F '\t' '/^# / { timed = $1 == "# t"; block++; delete seen; count = 0; next }
			timed && !($1 in seen) { seen[$1]; if (++count > 2100) { print "block " block " has more than 2100 times"; exit } }' data.tsv)"
	fi
done

# what others wrote, in every text: quotes of all kinds, substitutions, markup, controls of C0 and C1, no UTF-8
evil="'||char(39)||'\"\`touch pwned\`\$(touch pwned){a_b^c}<script>&amp;@data %s %d \\n'||char(9,10,27)||']0;x'||char(7,155,8238)||CAST(x'ff' AS TEXT)"
cp $db evil.db
sqlite3 evil.db "UPDATE captures SET path = path || '$evil" "UPDATE flows SET server_ip = server_ip || '$evil" \
	"UPDATE timeline SET key = key || '$evil WHERE scope <> 'all'" "UPDATE findings SET code = code || '$evil, title = title || '$evil" \
	"INSERT INTO names (capture_id, address, name, source) SELECT 1, server_ip, 'x' || '$evil, 'hosts' FROM flows" \
	"UPDATE events SET evidence = evidence || '$evil"
sqlite3 web.snd.db "UPDATE dns SET name = name || '$evil, server_ip = server_ip || '$evil" "UPDATE tls SET sni = sni || '$evil" \
	"UPDATE http SET host = host || '$evil, path = path || '$evil" "UPDATE timeline SET key = key || '$evil WHERE scope <> 'all'"
name=$'it\'s "`touch pwned`" $(touch pwned) <b>&amp; {x}_^\t\n\033]0;\302\233\377 @data %s.db'
cp evil.db "$name"
for chart in "${charts[@]}"; do
	for file in "./$name" web.snd.db; do
		choose "$chart" "$file"
		[[ ${#chosen[@]} -eq 0 || ${chosen[0]} != --against ]] || chosen=(--against "./$name")
		if draw "$chart of hostile texts" svg "$file" "$chart" "${chosen[@]}"; then
			[[ ! -e chart.svg ]] || is "$chart of hostile texts: nothing runs" '' "$(grep -i '<script' chart.svg)"
			terminal "$chart of hostile texts" "$file" "$chart" "${chosen[@]}"
			is "$chart of hostile texts: no C1" '' "$(LC_ALL=C grep -sn "$(printf '\302[\200-\237]')" out chart.svg | head -n 1)"
		fi
	done
done
is 'hostile texts run nothing' '' "$(find . -name 'pwned*')"

# one interval alone; and nothing
cp $db alone.db
sqlite3 alone.db 'DELETE FROM timeline WHERE t_ns <> (SELECT max(t_ns) FROM timeline)' \
	'DELETE FROM flow_timeline WHERE t_ns <> (SELECT t_ns FROM flow_timeline GROUP BY flow_id ORDER BY sum(packets) DESC LIMIT 1)' \
	'DELETE FROM events WHERE t_ns NOT IN (SELECT min(t_ns) FROM events GROUP BY flow_id)'
zstd -dc "$samples/loss_20ms.snd.pcap.zst" 2>/dev/null | head -c 24 >empty.pcap
"$program" analyze -q -o empty.db empty.pcap >/dev/null 2>&1
for chart in "${charts[@]}"; do
	choose "$chart" alone.db
	draw "$chart of one interval" svg alone.db "$chart" "${chosen[@]}" && terminal "$chart of one interval" alone.db "$chart" "${chosen[@]}"
	choose "$chart" empty.db
	if needs "$chart" flow; then chosen[1]=1; fi
	draw "$chart of an empty capture" png empty.db "$chart" "${chosen[@]}"
done

# times and zones
run 0 'a zone' plot $db throughput --tz Europe/Berlin -o zone.svg && has zone.svg 'Europe/Berlin (UTC+01:00)' 'a zone'
run 0 'a long zone' plot $db throughput --tz America/Argentina/Buenos_Aires -o zone.svg &&
	has zone.svg 'Buenos Aires (UTC-03:00)' 'a long zone'
run 0 'UTC' plot $db throughput -o utc.svg && has utc.svg ' UTC' UTC
at=$((first / 1000000000 + 1))
clock() { TZ=$1 date -d "@$at" +"$2"; }
"$program" plot $db throughput --from $at --data >expected
for zone in Europe/Berlin America/Caracas Asia/Kolkata; do
	run 0 "--from in $zone" plot $db throughput --tz $zone --from "$(clock $zone %H:%M:%S)" --data && same "--from in $zone" expected out
	run 0 "--from in $zone, with a date" plot $db throughput --tz $zone --from "$(clock $zone %FT%T)" --data
	same "--from in $zone, with a date" expected out
	run 0 "--from with Z in $zone" plot $db throughput --tz $zone --from "$(clock UTC %FT%T)Z" --data && same "--from with Z" expected out
	TZ=$zone run 0 "local: $zone" plot $db throughput --tz local --from "$(clock $zone %T)" --data && same "local: $zone" expected out
done
TZ=:Europe/Berlin run 0 'local: its name' plot $db throughput --tz local -o zone.svg &&
	has zone.svg 'Europe/Berlin (UTC+01:00)' 'local: its name'
for zone in Nowhere/City ../../../etc/passwd /etc/localtime Europe Europe/Berlin/ '' CET-1 :UTC; do
	run 2 "no zone: $zone" plot $db throughput --tz "$zone" && has err 'no such time zone' "no zone: $zone"
done
TZ=Nowhere/City run 2 'local: no zone' plot $db throughput --tz local
run 1 'an empty period' plot $db throughput --from -1s --to -2s && has err 'nothing lies between' 'an empty period'

# a flow by its ends
ends=$(sqlite3 $db "SELECT client || '-' || server FROM flows WHERE id = 3")
run 0 'ends' plot $db throughput --flow "$ends" --data && cp out ends
run 0 'ends: by id' plot $db throughput --flow 3 --data && same 'ends: by id' ends out
run 0 'ends: in the other order' plot $db throughput --flow "${ends#*-}-${ends%-*}" --data && same 'ends: in the other order' ends out
is 'ends: one flow, no word' '' "$(cat err)"
sqlite3 $db "UPDATE flows SET client_port = (SELECT client_port FROM flows WHERE id = 3) WHERE id IN (1, 2)" \
	"UPDATE flow_directions SET packets = packets + 100000 WHERE flow_id = 2"
run 0 'ends: several' plot $db throughput --flow "$ends" --data && has err 'flow 2 is drawn' 'ends: several' &&
	has err 'others: ' 'ends: several'
run 1 'ends: nobody' plot $db throughput --flow 192.0.2.1:1-192.0.2.2:2 && has err 'there is no such flow' 'ends: nobody'
for flow in 1.2.3.4:80 '1.2.3.4:80-5.6.7.8:99999' 'x' '1;DROP' "1.2.3.4:1-' OR 1:2" '2001:db8::1:80-[::1]:2' ''; do
	run 2 "no flow: $flow" plot $db throughput --flow "$flow"
done

# against what: a number, a database, and what is neither
cp $db newer.db && sqlite3 newer.db 'PRAGMA user_version = 99'
cp $db older.db && sqlite3 older.db 'PRAGMA user_version = 1'
cp $db disguised.db && sqlite3 disguised.db 'DROP TABLE timeline' 'CREATE VIEW timeline AS SELECT 1 AS t_ns'
echo hello >hello.txt
for chart in "${charts[@]}"; do
	if ! needs "$chart" against; then
		choose "$chart" $db
		run 2 "$chart compares nothing" plot $db "$chart" "${chosen[@]}" --against newer.db &&
			has err 'compares nothing' "$chart compares nothing"
		continue
	fi
	run 2 "$chart: against what" plot $db "$chart" && has err '--against' "$chart: against what"
	run 2 "$chart: against a capture" plot $db "$chart" --against 1 && has err '--capture' "$chart: against a capture"
	run 1 "$chart: no such capture" plot $db "$chart" --capture 1 --against 9 && has err 'no capture 9' "$chart: no such capture"
	run 1 "$chart: no such file" plot $db "$chart" --against nothing.db && has err 'nothing.db' "$chart: no such file"
	run 1 "$chart: no database" plot $db "$chart" --against hello.txt && has err 'hello.txt: not a wiretape database' "$chart: no database"
	run 1 "$chart: a newer one" plot $db "$chart" --against newer.db && has err 'newer wiretape' "$chart: a newer one"
	run 1 "$chart: an older one" plot $db "$chart" --against older.db && has err 'analyze the older again' "$chart: an older one"
	run 1 "$chart: a view" plot $db "$chart" --against disguised.db && has err 'timeline is a view' "$chart: a view"
	run 1 "$chart: itself, through :memory:" plot $db "$chart" --against :memory:
done

# where a picture goes
run 0 'PNG by itself' plot $db throughput && is 'PNG by itself' 1000x600 "$(png_size throughput.png)"
run 2 'an unknown kind' plot $db throughput -o x.jpeg && has err '.png or .svg' 'an unknown kind'
run 0 'a kind in spite of the name' plot $db throughput -o x.jpeg --format svg && well_formed 'a kind in spite of the name' x.jpeg
run 1 'a device is no picture' plot $db throughput -o /dev/null --format png &&
	is 'a device is no picture' yes "$([[ -c /dev/null ]] && echo yes)"
run 1 'nowhere' plot $db throughput -o nowhere/a.png && has err 'nowhere/a.png' nowhere
run 2 'two kinds of text' plot $db throughput --data --script
run 2 'a terminal and a file' plot $db throughput --terminal -o a.png
run 2 'a terminal of no kind' plot $db throughput --terminal=vt100 && has err 'dumb' 'a terminal of no kind'
for size in 0x0 800 800x 99999x10 -1x5 50x50 800x480x3 1e3x400; do
	run 2 "no size: $size" plot $db throughput --size $size
done
"$program" plot $db throughput -o - >/dev/full 2>err
is 'a full disk' '1 yes' "$? $(grep -q 'cannot be written' err && echo yes)"
is 'a full disk: said once' 1 "$(wc -l <err)"
if nobody_is_there; then
	cp $db hidden.db
	chmod 600 hidden.db
	(cd / && as_nobody "$work/program" plot "$work/hidden.db" throughput --data) >out 2>err
	is 'a database of somebody else' "wiretape: $work/hidden.db: Permission denied" "$(cat err)"
	mkdir folder && cp $db folder/wal.db
	if command -v sqlite3 >/dev/null; then
		sqlite3 folder/wal.db 'PRAGMA journal_mode = WAL' >out
		(cd / && as_nobody "$work/program" plot "$work/folder/wal.db" throughput --data) >out 2>err
		has err 'SQLite must write beside it: copy it' 'a database with a log, in a folder of somebody else'
	fi
fi
run 2 'a kind of terminal without =' plot $db throughput --terminal dumb && has err '--terminal=dumb' 'a kind of terminal without ='
run 1 'a capture for a database' plot "$samples/loss_20ms.snd.pcap.zst" throughput && has err 'analyze` makes' 'a capture for a database'

# what a signal leaves: nothing, neither files nor a gnuplot; to the program alone, or from the keyboard to both
mkdir -p slow
printf '#!/bin/sh\necho $$ >"%s/started"\nexec sleep 600\n' "$work" >slow/gnuplot && chmod +x slow/gnuplot
for signal in TERM INT HUP; do
	rm -f started
	PATH=$work/slow:$PATH setsid env --default-signal=INT,HUP,TERM "$program" plot $db throughput -o late.png 2>err &
	pid=$!
	await 60 test -s started || fail "SIG$signal: gnuplot is not started"
	if [[ $signal = INT ]]; then kill -INT -- -$pid; else kill -$signal $pid; fi
	wait $pid
	status=$?
	is "SIG$signal ends it" $((128 + $(kill -l $signal))) $status
	is "SIG$signal leaves nothing" '' "$(ls late.png* 2>/dev/null)$(ls -A "$TMPDIR")"
	is "SIG$signal ends gnuplot" '' "$(kill -0 "$(<started)" 2>/dev/null && echo running)"
done

# nobody asked gnuplot to end
printf '#!/bin/sh\nkill -KILL $$\n' >slow/gnuplot
PATH=$work/slow:$PATH run 1 'gnuplot is killed' plot $db throughput -o late.png
has err 'gnuplot failed: killed by signal 9' 'gnuplot is killed' &&
	is 'gnuplot is killed: nothing is left' '' "$(ls late.png* 2>/dev/null)$(ls -A "$TMPDIR")"

# in a terminal: script(1) is one. The program waits half a second for what it says, which may be less than it takes to notice that it
# was asked: the answer waits for the question.
in_terminal() { # in_terminal ANSWER COMMAND
	rm -f answered ended
	: >out
	{
		printf '%b' "$1"
		[[ -z $1 ]] || await 60 grep -q '62.*c' out # its echo
		touch answered
		await 60 test -e ended
	} | {
		timeout 600 script -qefc "until [ -e answered ]; do sleep 0.02; done; stty rows 30 cols 100; echo; stty -g; $2; echo; stty -g" \
			/dev/null >out 2>err
		touch ended
	}
	if [[ $1 ]]; then is "$2: it asks" yes "$(LC_ALL=C grep -q "$(printf '\033\\[c')" out && echo yes)"; fi
}
if command -v script >/dev/null; then
	quoted="'$program' plot $db throughput --terminal"
	in_terminal '\033[?62;4;22c' "$quoted" && is 'sixel is found out' yes "$(LC_ALL=C grep -q "$(printf '\033P')" out && echo yes)"
	is 'sixel: the terminal is as it was' 2 "$(grep -aoE '(:[0-9a-f]+){20,}' out | sort | uniq -c | awk '{ print $1 }')"
	in_terminal '\033_Gi=31;OK\033\\\033[?62c' "$quoted" &&
		is 'kitty is found out' yes "$(LC_ALL=C grep -q "$(printf '\033_Ga=T')" out && echo yes)"
	in_terminal '\033[?62;22c' "$quoted" && lacks out "$(printf '\033P')" 'dumb is found out'
	is 'dumb: its real size' yes "$(tr -d '\r' <out | sed '1,/:/d; s/\x1b\[[0-9;?]*[a-zA-Z]//g' | awk '{ if (length > most) most = length }
		END { print (most > 85 && most <= 100 && NR > 27 && NR < 33 ? "yes" : most " " NR) }')"
	is 'dumb: colours that are seen' '' "$(LC_ALL=C grep -aoE "$(printf '\033')"'\[([0-9]+;)*(30|37|97|38;.*)m' out | head -n 1 | cat -v)"
	in_terminal '' "$quoted" && has out Throughput 'a terminal that says nothing'
	is 'silent: the terminal is as it was' 2 "$(grep -aoE '(:[0-9a-f]+){20,}' out | sort | uniq -c | awk '{ print $1 }')"
	in_terminal '' "NO_COLOR=1 TERM=dumb $quoted" && lacks out "$(printf '\033[3')" 'no colours'
else
	skip 'terminals: script is not installed'
fi
run 0 'sixel in a pipe' plot $db throughput --terminal=sixel && is 'sixel in a pipe' "$(printf '\033Pq')" "$(head -c 3 out)"
run 0 'kitty in a pipe' plot $db throughput --terminal=kitty
tr -d '\n' <out | sed 's/\x1b_G[^;]*;//g; s/\x1b\\//g' | base64 -d >kitty.png
is 'kitty in a pipe' 800x480 "$(png_size kitty.png)"
is 'temporary files are gone' '' "$(ls -A "$TMPDIR")"
totals
