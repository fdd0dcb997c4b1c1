# Data of throughput.sql: index 0 the series, 1 what was not captured; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using (number(3)) name 'TOTAL' nooutput
stats data index 0 using (number(10)) name 'AGAIN' nooutput
stats data index 0 using 11 name 'BIN' nooutput
stats data index 1 using (there(1)) name 'WITHOUT' nooutput
# Each cause that occurred has a lane of its own, with the shape that it has in other charts, which is the legend too.
array cause[10] = ['', '', '', '', 'fast', 'time-out', 'slow start', 'tail loss probe', 'unknown', 'SYN']
array colour[10] = ['', '', '', '', orange, vermilion, sky, purple, grey, ink]
array shape[10] = ['', '', '', '', 7, 9, 5, 13, 15, 3]
array lane[10]
lanes = 0
of(i) = number(i) - (i > 5 ? number(i - 1) : 0)
do for [i = 5:10] {
	stats data index 0 using (of(i)) name 'CAUSE' nooutput
	if (CAUSE_max <= 0) { cause[i] = '' } else {
		lanes = lanes + 1
		lane[i] = lanes
		cause[i] = cause[i].sprintf(dumb ? '' : ' (%s)', amount(CAUSE_sum))
	}
}
# Times without capture stand behind what was captured.
without = "data index 1 using (x($1)):(0):(x($1)):(x($2)):(0):(ceiling) with boxxyerror " \
	. "fillstyle solid 1 noborder linecolor rgb '#c0808080' notitle"
if (dumb) { without = 'NaN notitle' }
from = T_min
to = T_max
eval time_axis
note = point_note(BIN_max).(WITHOUT_sum > 0 && !dumb ? '; nothing was captured in the grey' : '')
set lmargin at screen (dumb ? dumb_left : 0.075)
set rmargin at screen (dumb ? 0.98 : 0.80)

set multiplot title chart_title noenhanced font title_font

eval hide_times
if (dumb) { set key at screen 0.98, 1 - 1.0 / height top right horizontal maxrows 1 samplen 1 width 1 } else {
	set key at screen 0.815, 0.90 top left vertical Left reverse samplen 1.5 spacing 1.25
}
set tmargin at screen (dumb ? 1 - 3.0 / height : 0.91)
set bmargin at screen (dumb ? 0.52 : 0.45)
heading = rate_unit(TOTAL_max)
eval name_axis
rate(n) = strcol(n) eq 'NaN' ? NaN : column(n) / rate_scale(TOTAL_max)
ceiling = TOTAL_max > 0 ? TOTAL_max / rate_scale(TOTAL_max) * 1.08 : 1
set yrange [0:ceiling]
plot @without, \
	data index 0 using (x($1)):(rate(3)) with fillsteps fillstyle solid 1 noborder linecolor rgb pale notitle, \
	'' index 0 using (x($1)):(rate(3)) with steps linewidth 1.5 linecolor rgb blue title 'all packets', \
	'' index 0 using (x($1)):(rate(4)) with steps linewidth 2 dashtype 2 linecolor rgb green title 'goodput'

bottom = dumb ? 0.15 : 62 * zoom / height
lanes_top = bottom + (dumb ? 0 : lanes * 17 * zoom / height)
eval (lanes_top > bottom ? hide_times : show_times)
set tmargin at screen (dumb ? 0.52 - 4.0 / height : 0.40)
set bmargin at screen lanes_top + (lanes_top > bottom ? 14 * zoom / height : 0)
heading = dumb ? 'segments sent again' : AGAIN_max >= 9e4 ? 'sent again' : "segments\nsent again"
axis_font = small
eval name_axis
set xlabel lanes_top > bottom ? '' : time_label.note
ceiling = AGAIN_max > 0 ? AGAIN_max * 1.08 : 1
set yrange [0:ceiling]
set ytics count_step(AGAIN_max > 0 ? AGAIN_max : 1)
if (dumb) { set key at screen 0.98, 0.52 - 1.5 / height maxrows 2 } else { unset key }
if (AGAIN_max <= 0) {
	set label 1 'nothing was sent again' at graph 0.5, 0.5 center textcolor rgb grey
	set ytics (0)
	unset key
}
# Stacked from the back: the largest sum first.
plot @without, \
	for [i = 10:5:-1] data index 0 using (x($1) + $2 / 2):(cause[i] eq '' && AGAIN_max > 0 ? NaN : number(i)):2 with boxes \
		linecolor rgb colour[i] title cause[i]

if (lanes_top > bottom) {
	set tmargin at screen lanes_top
	set bmargin at screen bottom
	set yrange [lanes + 0.6:0.4]
	eval show_times
	set xlabel time_label.note
	unset ytics
	unset label 91
	do for [i = 5:10] {
		if (cause[i] ne '') { set label i cause[i] at graph 1.04, first lane[i] left offset 1.7, 0 font font_of(9) \
			point pointtype shape[i] pointsize 0.9 linewidth 1.5 linecolor rgb colour[i] }
	}
	plot for [i = 5:10] data index 0 using (cause[i] ne '' && of(i) > 0 ? x($1) + $2 / 2 : NaN):(lane[i]) with points \
		pointtype shape[i] pointsize 0.7 linewidth 1.5 linecolor rgb colour[i] notitle
}
unset multiplot
unset output
