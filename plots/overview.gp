# Data of overview.sql: index 0 the series, 1 the marks of incidents and findings, 2 what was not captured, 3 while windows were
# closed; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using (number(5)) name 'MBIT' nooutput
stats data index 0 using (number(8)) name 'AGAIN' nooutput
stats data index 0 using (number(6)) name 'FAST' nooutput
stats data index 0 using (number(7) - number(6)) name 'TIMEOUT' nooutput
stats data index 0 using (number(17) - number(7)) name 'PROBE' nooutput
stats data index 0 using (number(8) - number(17)) name 'OTHER' nooutput
stats data index 0 using (number(10)) name 'RTT' nooutput
stats data index 0 using (number(11)) name 'ZERO' nooutput
stats data index 0 using (number(12)) name 'GAPS' nooutput
stats data index 0 using (number(13)) name 'DROPS' nooutput
stats data index 0 using (number(14)) name 'BIN' nooutput
stats data index 0 using (number(15)) name 'BINNED' nooutput
stats data index 0 using (number(16)) name 'FLOW' nooutput
stats data index 2 using (there(1)) name 'WITHOUT' nooutput
stats data index 3 using (there(1)) name 'CLOSED' nooutput
array label_of[8]
array class_of[8]
kinds = 0
stats data index 1 using (there(1) ? (label_of[int($1)] = strcol(3), class_of[int($1)] = $2, \
	kinds = $4, $1) : 0) name 'LANE' nooutput
lanes = dumb && LANE_max > 3 ? 3 : LANE_max
rows = (lanes < 1 ? 1 : lanes) + (kinds > lanes)
from = T_min
to = T_max
eval time_axis
headroom(max) = max > 0 ? max * 1.1 : 1
# Room beside an axis is for five characters.
thousands(max) = max < 10000 ? '%g' : max > 1e6 && step(max) < 1e6 ? '%.1s%c' : '%.0s%c'
# Bars have a border, so that no seams show between them.
set style fill solid 1 border
right = dumb ? 0.72 : 0.80
blank = dumb ? ' ' : ''

# What all panels show behind and before their own: times without capture, and lines at incidents and findings.
class(n) = strcol(2) ne 'NaN' && $2 == n && number(6) == 1 && strcol(5) ne 'NaN' && $1 <= lanes ? 1 : 0
without = "data index 2 using (x($1)):(0):(x($1)):(x($2)):(0):(ceiling) with boxxyerror " \
	. "fillstyle solid 1 noborder linecolor rgb '#c0808080' notitle"
lines = "data index 1 using (class(2) ? x($5) : NaN):(ceiling) with impulses linewidth 1 dashtype 4 " \
	. "linecolor rgb orange notitle, " \
	. "data index 1 using (class(1) ? x($5) : NaN):(ceiling) with impulses linewidth 1 linecolor rgb vermilion notitle, " \
	. "data index 1 using (class(0) ? x($5) : NaN):(ceiling) with impulses linewidth 1 dashtype 2 linecolor rgb ink notitle"
without_note = WITHOUT_sum > 0 && !dumb ? '; nothing was captured in the grey' : ''
if (dumb) { lines = 'NaN notitle'; without = 'NaN notitle' }

# Panels share the height; one with nothing in it is a strip that says so.
count = dumb ? 3 : 5
array share[5] = [0.28, 0.21, 0.21, 0.15, 0.15]
if (dumb) { share[1] = 0.4; share[2] = 0.3; share[3] = 0.3 }
array bare[5] = [0, AGAIN_max <= 0, RTT_max <= 0, ZERO_max + CLOSED_max <= 0, GAPS_max <= 0 && DROPS_max <= 0]
array nothing[5] = ['', 'nothing was sent again', 'no RTT samples', 'no receiver closed its window', 'no gap and no drop is known of']
strip = 38 * zoom
bares = 0
full = 0.0
do for [i = 1:5] {
	if (bare[i]) { bares = bares + 1 } else { full = full + share[i] }
}
lower_to = height / zoom - (1 - full) * (height / zoom - 130) + bares * strip / zoom
eval lower

set multiplot title chart_title noenhanced font title_font
set lmargin at screen (dumb ? dumb_left : 0.075)
set rmargin at screen right

# Lanes, with their names to the right.
lane = dumb ? 1.0 / height : 17 * zoom / height
edge = dumb ? 1 - 2.0 / height : 1 - 40 * zoom / height
set tmargin at screen edge
set bmargin at screen edge - (rows + 0.5) * lane
edge = edge - (rows + 0.5) * lane
eval hide_times
set format y ''
unset xtics
unset ytics
set border 0
unset grid
set yrange [rows + 0.5:0.5]
unset key
colour(n) = n == 0 ? ink : n == 1 ? vermilion : orange
do for [i = 1:lanes] {
	set label i label_of[i] at graph 1, first i left offset (dumb ? 2 : 1), 0 noenhanced textcolor rgb ink
	set arrow i from graph 0, first i to graph 1, first i nohead back linewidth 0.5 linecolor rgb '#cccccc'
}
if (kinds > lanes) { set label 9 sprintf('and %d more', kinds - lanes) at graph 1, first rows \
		left offset (dumb ? 2 : 1), 0 textcolor rgb grey }
if (lanes < 1) { set label 1 'no incident, and no finding worse than a note' at graph 0.5, 0.5 center textcolor rgb grey }
lane(n) = strcol(2) ne 'NaN' && $2 == n && strcol(5) ne 'NaN' && $1 <= lanes ? $1 : NaN
plot data index 1 using (x($5)):(lane(2)) with points pointtype 9 pointsize 1.1 linecolor rgb orange notitle, \
	'' index 1 using (x($5)):(lane(1)) with points pointtype 5 pointsize 1 linecolor rgb vermilion notitle, \
	'' index 1 using (x($5)):(lane(0)) with points pointtype 11 pointsize 1.1 linecolor rgb ink notitle
unset label
unset arrow
set border 3
if (!dumb) { set grid x y }
set xtics nomirror out scale 0.6
set ytics nomirror out scale 0.6
set format y '%g'
set key
axis_font = small

# Their heights, and what stands between them.
bottom = dumb ? 2.5 / height : 62 * zoom / height
between = dumb ? 0 : 12 * zoom / height
high = edge - bottom - (dumb ? 0 : bares * strip / height)
high_of(i) = dumb ? high * share[i] : bare[i] ? strip / height : high * share[i] / full
panel = "set tmargin at screen edge; edge = edge - high_of(i); set bmargin at screen edge + between; " \
	. "set key at screen right + 0.015, edge + high_of(i) top left vertical Left reverse samplen 1.5 " \
	. "spacing (dumb ? 1 : 1.25); " \
	. "eval (i < count ? hide_times : show_times); if (dumb) { set key title heading.':' left }; " \
	. "if (!dumb) { eval name_axis }; " \
	. "if (bare[i]) { set label 1 nothing[i] at graph 0.5, 0.5 center textcolor rgb grey; unset key; unset label 91; " \
	. "if (!dumb) { unset ytics; set border 1 } } else { unset label 1; if (!dumb) { set border 3; set ytics nomirror out scale 0.6 } }; " \
	. "if (i == count) { set xlabel time_label.point_note(BIN_max).without_note }"

if (dumb) { set border 2 }
i = 1
heading = rate_unit(MBIT_max)
rate(n) = strcol(n) eq 'NaN' ? NaN : column(n) / rate_scale(MBIT_max)
eval panel
ceiling = headroom(MBIT_max / rate_scale(MBIT_max))
set ytics 0, step(ceiling), ceiling * (dumb ? 0.8 : 0.92)
set yrange [0:ceiling]
plot @without, \
	data index 0 using (x($1)):(rate(BINNED_max > 0 ? 5 : 3)) with fillsteps fillstyle solid 1 noborder linecolor rgb pale \
		title BINNED_max > 0 && !dumb ? 'busiest interval' : '', \
	'' index 0 using (x($1)):(rate(3)) with steps linewidth 1.5 linecolor rgb blue title blank.'all packets', \
	'' index 0 using (x($1)):(rate(4)) with steps linewidth 2 dashtype 2 linecolor rgb green title blank.'goodput', @lines

# What is not fast has a mark, which tells more than its colour. A terminal has room for three names: probes are among the others.
mark_size = term eq 'svg' ? 0.5 : 0.8
part(n, below) = !dumb && number(n) - number(below) > 1e-6 ? column(n) : NaN
i = 2
heading = dumb || AGAIN_max >= 9e4 ? 'sent again' : "segments\nsent again"
eval panel
ceiling = headroom(AGAIN_max)
set format y thousands(ceiling)
set yrange [0:ceiling]
if (dumb || !bare[i]) { set ytics 0, count_step(ceiling), ceiling * (dumb ? 0.8 : 0.92) }
plot @without, \
	data index 0 using (x(($1 + $2) / 2)):(more(8)):($2 - $1) with boxes linecolor rgb grey title dumb ? ' other' : '', \
	'' index 0 using (x(($1 + $2) / 2)):(dumb ? NaN : more(17)):($2 - $1) with boxes linecolor rgb purple title '', \
	'' index 0 using (x(($1 + $2) / 2)):(more(7)):($2 - $1) with boxes linecolor rgb vermilion title dumb ? ' time-out' : '', \
	'' index 0 using (x(($1 + $2) / 2)):(more(6)):($2 - $1) with boxes linecolor rgb orange \
		title FAST_max > 0 || dumb ? blank.'fast' : '', \
	'' index 0 using (x(($1 + $2) / 2)):(part(7, 6)) with points pointtype 9 pointsize mark_size linecolor rgb vermilion \
		title TIMEOUT_max > 0 && !dumb ? 'time-out' : '', \
	'' index 0 using (x(($1 + $2) / 2)):(part(17, 7)) with points pointtype 13 pointsize mark_size linecolor rgb purple \
		title PROBE_max > 0 && !dumb ? 'tail loss probe' : '', \
	'' index 0 using (x(($1 + $2) / 2)):(part(8, 17)) with points pointtype 15 pointsize mark_size linecolor rgb grey \
		title OTHER_max > 0 && !dumb ? 'other' : '', @lines

i = 3
heading = 'RTT, ms'
set format y '%g'
eval panel
ceiling = headroom(RTT_max)
set yrange [0:ceiling]
if (dumb || !bare[i]) { set ytics 0, step(ceiling), ceiling * (dumb ? 0.8 : 0.92) }
dot = T_records > 120 ? 0.2 : 0.5
if (dumb) { set border 3 }
plot @without, \
	data index 0 using (x(($1 + $2) / 2)):10 with linespoints pointtype 5 pointsize dot linewidth 1.2 dashtype 2 linecolor rgb orange \
		title blank.(FLOW_max > 0 ? 'max' : BINNED_max > 0 ? 'p95, highest' : 'p95'), \
	'' index 0 using (x(($1 + $2) / 2)):9 with linespoints pointtype 7 pointsize dot linewidth 2 linecolor rgb green \
		title blank.(FLOW_max > 0 ? 'mean' : 'p50'), @lines

if (!dumb) {
	i = 4
	heading = "closed\nwindows"
	eval panel
	ceiling = headroom(ZERO_max)
	set yrange [0:ceiling]
	if (!bare[i]) { set ytics 0, count_step(ceiling * 2), ceiling * 0.92 }
	plot @without, \
		data index 3 using (x($1)):(0):(x($1)):(x($2)):(0):(there(1) ? ceiling : 0) with boxxyerror fillstyle solid 1 noborder \
			linecolor rgb '#E7C6D8' title CLOSED_max > 0 ? 'while closed' : '', \
		data index 0 using (x(($1 + $2) / 2)):(more(11)):($2 - $1) with boxes linecolor rgb purple title 'closed, times', @lines

	i = 5
	heading = "missing in\ncapture"
	eval panel
	ceiling = headroom(GAPS_max > DROPS_max ? GAPS_max : DROPS_max)
	set yrange [0:ceiling]
	if (!bare[i]) { set ytics 0, count_step(ceiling * 2), ceiling * 0.92 }
	plot @without, \
		data index 0 using (x(($1 + $2) / 2)):(more(12)):($2 - $1) with boxes linecolor rgb grey \
			title GAPS_max > 0 ? 'gaps, segments' : '', \
		'' index 0 using (x(($1 + $2) / 2)):($13 > 0 ? $13 : NaN) with points pointtype 2 pointsize 0.8 linecolor rgb ink \
			title DROPS_max > 0 ? 'drops, packets' : '', @lines
}
unset multiplot
unset output
