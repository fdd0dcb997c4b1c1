# Data of limits.sql: index 0 what held senders back, 1 the throughput; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using 2 name 'E' nooutput
stats data index 1 using (number(2)) name 'TOTAL' nooutput
side = ''
stats data index 0 using (side = strcol(10) eq 'NaN' ? side : strcol(10), $1) name 'SIDE' nooutput
# Each one's share of all the time that is shown.
array share[8]
before = 0
stats data index 0 using 9 name 'TOLD' nooutput
do for [i = 3:8] {
	stats data index 0 using (column(i) * $9) name 'PART' nooutput
	share[i] = PART_sum / TOLD_sum - before
	before = PART_sum / TOLD_sum
}
array name[8] = ['', '', 'network', 'recovery', 'receive window', 'closed window', 'application', 'handshake']
array colour[8] = ['', '', blue, vermilion, sky, purple, '#D8D8D8', '#F0E442']
# Lines across some of them, so that nobody has to tell colours; gnuplot's pattern 0 is empty, 3 is solid.
array lined[8] = ['', '', 0, 4, 5, 2, 0, 0]
array meaning[8] = ['', '', 'congestion window, path', 'repairs a loss', 'receiver has little room', 'receiver does not read', \
	'nothing to send', 'connecting']
from = T_min
to = E_max
eval time_axis
eval panels

set multiplot title chart_title noenhanced font title_font
if (!dumb) {
	row = 58
	mark = 0
	hue = ink
	say = side eq 'c2s' ? 'the client sends' : side eq 's2c' ? 'the server sends' : 'larger direction of each flow'
	eval legend_line
	row = row + 6
	do for [i = 8:3:-1] {
		if (share[i] > 0) {
			do for [k = 0:1] {
				set object 2 * i + k rectangle from screen legend_x(18), legend_y(row + 6) to screen legend_x(36), legend_y(row - 6) \
					fillstyle transparent pattern (k ? lined[i] : 3) noborder fillcolor rgb (k ? '#ffffff' : colour[i])
			}
			mark = 5
			hue = '#ffffffff'
			say = sprintf(share[i] < 0.95 ? '%s, %.1f %%' : '%s, %.0f %%', name[i], share[i])
			eval legend_line
			set label meaning[i] at screen legend_x(46), legend_y(row - 4) left noenhanced font font_of(8) textcolor rgb '#606060'
			row = row + 18
		}
	}
}
eval hide_times
if (!dumb) {
	set tmargin at screen 1 - 48 * zoom / height
	set bmargin at screen 0.45
	unset key
	heading = side eq '' ? "share of all flows' time, %" : 'share of the time, %'
	eval name_axis
	set yrange [0:100]
	set ytics 25
	# Stacked from the back: the largest sum first.
	plot for [i = 8:3:-1] data index 0 using (x($1)):(column(i)) with fillsteps fillstyle solid 1 noborder linecolor rgb colour[i] notitle, \
		for [i = 4:6] '' index 0 using (x($1)):(0):(x($1)):(x($2)):(column(i - 1)):(column(i)) with boxxyerror \
			fillstyle transparent pattern lined[i] noborder linecolor rgb '#ffffff' notitle
} else {
	# A lane for each, with a line where it held for at least a quarter of the time.
	set lmargin at screen 0.28
	set tmargin at screen 1 - 2.0 / height
	set bmargin at screen 1 - 9.0 / height
	set border 0
	unset key
	set yrange [1.5:8.5]
	unset xtics
	unset ytics
	do for [i = 3:8] {
		set label i sprintf(share[i] < 0.95 ? '%s %4.1f %%' : '%s %4.0f %%', name[i], share[i]) at graph 0, first i right offset -1, 0
	}
	part(i) = i == 3 ? column(3) : column(i) - column(i - 1)
	plot for [i = 3:8] data index 0 using (part(i) >= 25 ? x($1) : NaN):(i):($2 - $1):(0) with vectors nohead notitle
	set border 3
	set xtics nomirror
	set ytics nomirror
}

eval show_times
unset label
set tmargin at screen (dumb ? 1 - 10.0 / height : 0.40)
set bmargin at screen (dumb ? 3.5 / height : 62 * zoom / height)
heading = rate_unit(TOTAL_max)
eval name_axis
set xlabel time_label
top = TOTAL_max > 0 ? TOTAL_max / rate_scale(TOTAL_max) : 1
rate(n) = strcol(n) eq 'NaN' ? NaN : column(n) / rate_scale(TOTAL_max)
set yrange [0:top * 1.08]
set ytics step(top)
if (dumb) { set key at screen 0.98, 1 - 8.0 / height top right horizontal maxrows 1 samplen 1 width 1 } else { unset key }
if (!dumb) {
	row = height * 0.61 / zoom
	mark = -1
	hue = blue
	say = 'all packets'
	eval legend_line
	hue = green
	dash = 2
	say = 'goodput'
	eval legend_line
}
plot data index 1 using (x($1)):(rate(2)) with fillsteps fillstyle solid 1 noborder linecolor rgb pale notitle, \
	'' index 1 using (x($1)):(rate(2)) with steps linewidth 1.5 linecolor rgb blue title dumb ? 'all packets' : '', \
	'' index 1 using (x($1)):(rate(3)) with steps linewidth 2 dashtype 2 linecolor rgb green title dumb ? 'goodput' : ''
unset multiplot
unset output
