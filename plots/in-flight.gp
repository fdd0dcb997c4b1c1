# Data of in-flight.sql: index 0 the curve, 1 closed windows, 2 what happened; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using (number(2)) name 'HIGH' nooutput
stats data index 0 using (number(3)) name 'WINDOW' nooutput
stats data index 0 using (there(3)) name 'KNOWN' nooutput
stats data index 0 using (number(5)) name 'EXACT' nooutput
stats data index 0 using (number(6)) name 'BINNED' nooutput
stats data index 1 using (number(3)) name 'CLOSED' nooutput
stats data index 1 using (number(4)) name 'TIMES' nooutput
side = ''
lowest = 1e300
stats data index 0 using (side = strcol(4), there(3) && $3 < lowest ? lowest = $3 : 0) name 'SIDE' nooutput
# Bytes in a unit that a person reads, for legends.
size(b) = b >= 5e8 ? sprintf('%.3g GB', b / 1e9) : b >= 9.995e5 ? sprintf('%.3g MB', b / 1e6) : \
	b >= 1e3 ? sprintf('%.3g kB', b / 1e3) : sprintf('%.0f B', b)
# A window far above all that was ever in flight is left out of the picture, not the curve.
far = HIGH_max > 0 && WINDOW_max > 4 * HIGH_max
ceiling = (far ? (lowest < 2 * HIGH_max ? 2 : 1.15) * HIGH_max : WINDOW_max > HIGH_max ? WINDOW_max * 1.08 : HIGH_max * 1.08)
if (ceiling <= 0) { ceiling = 1 }
factor = scale(ceiling)

array name[5] = ['sent again, fast', 'time-out', 'tail loss probe', 'unknown cause', 'window full']
array colour[5] = [orange, vermilion, purple, grey, blue]
array shape[5] = [5, 9, 13, 2, 11]
array letter[5] = ['f', 't', 'p', 'u', 'W']
array times[5] = [0, 0, 0, 0, 0]
stats data index 2 using (there(1) ? (times[int($1)] = times[int($1)] + $3, 0) : 0) name 'MARK' nooutput
array lane[5]
lanes = 0
do for [i = 1:5] {
	if (times[i] > 0) { lanes = lanes + 1 }
	lane[i] = lanes
}

from = T_min
to = T_max
eval time_axis
eval panels

set multiplot title chart_title noenhanced font title_font
if (!dumb) {
	row = 58
	mark = 0
	hue = ink
	say = side eq 's2c' ? 'the server sends' : 'the client sends'
	eval legend_line
	row = row + 6
	mark = -1
	hue = blue
	say = sprintf('in flight, at most %s', size(HIGH_max))
	eval legend_line
	hue = sky
	mark = -1
	dash = 2
	say = 'receive window'
	if (KNOWN_max > 0) {
		eval legend_line
		dash = 1
		mark = 0
		set label (lowest < WINDOW_max ? sprintf('%s to %s', size(lowest), size(WINDOW_max)) : size(lowest)) \
			at screen legend_x(46), legend_y(row - 4) left font font_of(8) textcolor rgb '#606060'
		row = row + 14
		if (far) {
			set label 'mostly above the picture' at screen legend_x(46), legend_y(row - 4) left font font_of(8) textcolor rgb '#606060'
			row = row + 14
		}
	} else {
		mark = 0
		dash = 1
		say = 'receive window: not known'
		eval legend_line
	}
	if (TIMES_max > 0) {
		mark = 5
		hue = '#E7C6D8'
		say = sprintf('closed %s, %s', TIMES_sum == 1 ? 'once' : sprintf('%.0f times', TIMES_sum), \
			CLOSED_sum < 1 ? sprintf('%.3g ms', CLOSED_sum * 1000) : sprintf('%.3g s', CLOSED_sum))
		eval legend_line
	}
	mark = 0
	row = row + 6
	say = EXACT_max <= 0 ? 'most of each interval' : BINNED_max > 0 ? 'from the packets, binned' : 'from the packets'
	eval legend_line
}
set tmargin at screen (dumb ? 1 - 4.0 / height : 1 - 48 * zoom / height)
high = dumb ? 1.5 / height : 17 * zoom / height
bottom = dumb ? 3.0 / height : 62 * zoom / height
set bmargin at screen bottom + (lanes > 0 ? (lanes + (dumb ? 1.3 : 0.7)) * high : 0)
eval (lanes > 0 ? hide_times : show_times)
if (lanes == 0) { set xlabel time_label }
heading = sprintf('in flight, %s', unit(ceiling))
eval name_axis
set yrange [0:ceiling / factor]
if (dumb) { set key at screen 0.98, 1 - 1.0 / height top right horizontal maxrows 1 samplen 1 width 1 } else { unset key }
bytes(n) = strcol(n) eq 'NaN' ? NaN : column(n) / factor
plot data index 1 using (x($1)):(0):(x($1)):(x($2)):(0):(there(1) ? ceiling / factor : 0) with boxxyerror fillstyle solid 1 noborder \
		linecolor rgb '#E7C6D8' title dumb && TIMES_max > 0 ? 'closed' : '', \
	data index 0 using (x($1)):(bytes(2)) with fillsteps fillstyle solid 1 noborder linecolor rgb pale notitle, \
	'' index 0 using (x($1)):(bytes(3)) with steps linewidth 1.8 dashtype 2 linecolor rgb sky title dumb ? 'receive window' : '', \
	'' index 0 using (x($1)):(bytes(2)) with steps linewidth (BINNED_max > 0 ? 0.8 : 1.3) linecolor rgb blue title dumb ? 'in flight' : ''
unset label

# Lanes below, with their names to the right.
if (lanes > 0) {
	set tmargin at screen bottom + (lanes + (dumb ? 1.0 : 0.4)) * high
	set bmargin at screen bottom
	eval show_times
	set xlabel time_label
	unset label 91
	set yrange [lanes + 0.5:0.4]
	set border 1
	unset grid
	unset ytics
	# A terminal has no room beside them.
	if (dumb) { set key at screen 0.98, 1 - 2.0 / height } else { unset key }
	do for [i = 1:5] {
		name[i] = times[i] > 0 ? sprintf('%s, %s', name[i], amount(times[i])) : ''
		if (name[i] ne '' && !dumb) { set label i name[i] at graph 1, first lane[i] left offset 1.5, 0 font font_of(9) }
	}
	plot for [i = 1:5] data index 2 using (there(1) && $1 == i ? x($2) : NaN):(lane[i]) with points pointtype (dumb ? letter[i] : shape[i]) \
		pointsize 0.7 linecolor rgb colour[i] title dumb ? name[i] : ''
}
unset multiplot
unset output
