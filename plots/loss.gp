# Data of loss.sql: index 0 over time, 1 by service, or by direction of a flow; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using 2 name 'END' nooutput
stats data index 0 using (number(3)) name 'BEFORE' nooutput
stats data index 0 using (number(4)) name 'BEHIND' nooutput
stats data index 0 using (number(5)) name 'NEEDLESS' nooutput
stats data index 0 using (number(7)) name 'GAPS' nooutput
stats data index 0 using (number(8)) name 'DROPS' nooutput
stats data index 0 using 9 name 'BIN' nooutput
array say[9]
array lost[9]
array above[9]
array needless[9]
services = 0
size = dumb ? 17 : 18
rows = 0
widest = 1
called(s) = cut(s, strlen(s) > size ? size - 2 : size)
stats data index 1 using (there(1) ? (rows = rows + 1, lost[rows] = $4 + $5, above[rows] = $4, services = int($9), \
	needless[rows] = services < 1 ? 0 : number(6) < $5 ? number(6) : $5, \
	widest = $4 + $5 > widest ? $4 + $5 : widest, \
	say[rows] = sprintf('%s  %.2f %%', called(strcol(strcol(3) eq 'NaN' ? 2 : 3)), number(8)), 1) : 0) nooutput
from = T_min
to = END_max
eval time_axis
middle(n) = ($1 + $2) / 2
# Bars have a border, so that no seams show between them.
set style fill solid 1 border
lane = dumb ? 1.0 / height : 20 * zoom / height
low = (rows < 1 ? 1 : rows) * lane + (dumb ? 2.0 : 48 * zoom) / height

set multiplot title chart_title noenhanced font title_font
set lmargin at screen (dumb ? 0.1 : 75 * zoom / width)
set rmargin at screen (dumb ? 1 - 27.0 / width : 1 - 200 * zoom / width)
if (dumb) { set key at screen 1 - 26.0 / width, 1 - 2.0 / height top left vertical Left reverse samplen 1 } else {
	set key at screen 1 - 185 * zoom / width, 1 - 50 * zoom / height top left vertical Left reverse samplen 1.5 spacing 1.25
}

# What the network lost: before the tap upwards, behind it downwards.
gap = dumb ? 0 : 0.17
set tmargin at screen 1 - (dumb ? 2.0 : 50 * zoom) / height
set bmargin at screen low + gap + (dumb ? 3.0 : 75 * zoom) / height
heading = dumb ? '' : 'segments lost'
eval name_axis
up = BEFORE_max > 0 ? BEFORE_max : BEHIND_max > 0 ? BEHIND_max * 0.1 : 1
down = BEHIND_max > 0 ? BEHIND_max : BEFORE_max > 0 ? BEFORE_max * 0.1 : 1
set yrange [-down * 1.12:up * 1.12]
distance = count_step(up + down)
set ytics (0)
do for [k = -10:10] {
	if (k != 0 && k * distance <= up && k * distance >= -down) { set ytics add (amount(abs(k * distance)) k * distance) }
}
# A terminal draws line 1 with the sign of what was lost before the tap.
if (dumb) { set xzeroaxis linetype -1 } else { set xzeroaxis linetype 1 linewidth 1 linecolor rgb '#606060' }
eval (dumb ? show_times : hide_times)
if (dumb) {
	set xlabel time_label.point_note(BIN_max)
	set label 2 sprintf('capture gaps: %.0f', GAPS_sum) at screen 1 - 26.0 / width, 1 - 6.0 / height left
}
if (BEFORE_max + BEHIND_max <= 0) {
	set label 1 'no loss is known of' at graph 0.5, 0.62 center textcolor rgb grey
	if (NEEDLESS_max <= 0 || dumb) { unset key }
}
plot data index 0 using (x(middle(0))):(more(3)):($2 - $1) with boxes linecolor rgb blue \
		title BEFORE_max + BEHIND_max <= 0 ? '' : dumb ? ' lost before the tap' : '▲ before the tap', \
	'' index 0 using (x(middle(0))):(-more(4)):($2 - $1) with boxes linecolor rgb vermilion \
		title BEFORE_max + BEHIND_max <= 0 ? '' : dumb ? ' lost behind the tap' : '▼ behind the tap', \
	'' index 0 using (x(middle(0))):(number(5) > 0 ? 0 : NaN) with points pointtype 6 pointsize 0.9 linecolor rgb ink \
		title NEEDLESS_max > 0 ? 'needless repeat' : ''
unset label 1
unset xzeroaxis

if (!dumb) {
	# What the tap lost is no loss of the network.
	set tmargin at screen low + gap + 50 * zoom / height
	set bmargin at screen low + 75 * zoom / height
	set key at screen 1 - 185 * zoom / width, low + gap + 50 * zoom / height
	heading = "missing in\ncapture"
	axis_font = small
	eval name_axis
	top = GAPS_max > DROPS_max ? GAPS_max : DROPS_max
	set yrange [0:top > 0 ? top * 1.12 : 1]
	set ytics 0, count_step(top > 0 ? top * 2 : 1)
	eval show_times
	set xlabel time_label.point_note(BIN_max)
	if (top <= 0) {
		set label 1 'no gap and no drop is known of' at graph 0.5, 0.5 center textcolor rgb grey
		unset key
	}
	plot data index 0 using (x(middle(0))):(more(7)):($2 - $1) with boxes linecolor rgb grey \
			title GAPS_max > 0 ? 'gaps, segments' : '', \
		'' index 0 using (x(middle(0))):(number(8) > 0 ? $8 : NaN) with points pointtype 2 pointsize 0.8 linecolor rgb ink \
			title DROPS_max > 0 ? 'drops, packets' : ''
	unset label 1
	unset label 91
}

# By service: the same colours and signs.
unset xdata
unset key
unset ytics
set format x '%g'
set xlabel ''
set border 0
unset xtics
unset grid
but(i) = needless[i] > 0 ? sprintf(', %s needless', amount(needless[i])) : ''
# Beside each bar: how many, which of them needlessly (the share is without those). The longest bar leaves room for the longest text.
array beside[9]
longest = 0
do for [i = 1:rows] {
	beside[i] = (above[i] > 0 ? '▲ '.amount(above[i]).'  ' : '') \
		.(lost[i] > above[i] ? '▼ '.amount(lost[i] - above[i]) : '').but(i)
	longest = strlen(beside[i]) > longest ? strlen(beside[i]) : longest
}
doubtful = rows > 0 ? (sum [i = 1:rows] needless[i]) > 0 : 0
set xrange [0:widest / (1 - longest * 0.0095 - 0.02)]
set yrange [(rows < 1 ? 1 : rows) + 0.5:0.5]
set bmargin at screen (dumb ? 0.0 : 12 * zoom) / height
set tmargin at screen (dumb ? 0.0 : 12 * zoom) / height + (rows < 1 ? 1 : rows) * lane
row = 0
do for [i = 1:rows] {
	set label i say[i] at graph 1, first i left offset 1, 0 noenhanced font (dumb ? '' : small)
	set label 20 + i beside[i] at first lost[i], first i left offset 0.5, 0 font (dumb ? '' : small)
}
if (rows > 0 && !dumb) {
	set label 30 services < 1 ? 'segments lost by direction' : services > 8 \
		? sprintf('segments lost, SYN and FIN too, the worst %d of at least %d services', 8, services) \
		: 'segments lost by service, SYN and FIN too' at graph 0, 1 left offset 0, 0.7 font small
}
if (dumb) {
	# Bars of characters.
	signs = '^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^'
	others = 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv'
	room_of_bars = width * 0.9 - 36 - (doubtful ? 14 : 0)
	do for [i = 1:rows] {
		a = int(above[i] / widest * room_of_bars + 0.5)
		b = int((lost[i] - above[i]) / widest * room_of_bars + 0.5)
		bar = (a > 0 ? signs[1:a] : '').(b > 0 ? others[1:b] : '').sprintf(' %.0f', lost[i]).but(i)
		set label 20 + i bar at graph 0, first i left
	}
}
if (rows < 1 || dumb) { plot NaN notitle } else {
	plot data index 1 using (row = row + 1, $4 > 0 ? 0 : NaN):(row):(0):4:(row - 0.4):(row + 0.4) \
		with boxxyerror linecolor rgb blue, row = 0, \
		'' index 1 using (row = row + 1, $5 > 0 ? $4 : NaN):(row):4:($4 + $5):(row - 0.4):(row + 0.4) \
			with boxxyerror linecolor rgb vermilion
}
unset multiplot
unset output
