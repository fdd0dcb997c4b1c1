# Data: index 0 of rtt.sql; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
# Which columns have values: some are for all flows, some for one. From the back to the front.
array column_of[7] = [4, 3, 2, 6, 5, 8, 7]
array name[7] = ['max', 'p95', 'p50', 'server side, max', 'server side, mean', 'client side, max', 'client side, mean']
array colour[7] = [vermilion, orange, green, sky, blue, orange, vermilion]
array breadth[7] = [1.6, 1.6, 2.5, 1.6, 2.5, 1.6, 2.5]
array shape[7] = [9, 5, 7, 8, 7, 10, 5]
array line[7] = [3, 2, 1, 3, 1, 3, 1]
array letter[7] = ['m', '9', '*', 's', 'S', 'c', 'C']
array has[7]
most = 0
lowest = NaN
highest = NaN
typical = 0
do for [i = 1:7] {
	stats data index 0 using (there(column_of[i])) name 'N' nooutput
	has[i] = N_sum
	most = N_sum > most ? N_sum : most
	if (has[i] > 0) {
		stats data index 0 using column_of[i] name 'RTT' nooutput
		lowest = lowest <= RTT_min ? lowest : RTT_min
		highest = highest >= RTT_max ? highest : RTT_max
		typical = (i == 3 || i == 5 || i == 7) && RTT_median > typical ? RTT_median : typical
	}
}
from = T_min
to = T_max
eval time_axis
eval show_times
set xlabel time_label
heading = 'RTT, ms'
set lmargin at screen (dumb ? dumb_left : 0.075)
set rmargin at screen (dumb ? 0.98 : 0.80)
set tmargin at screen (dumb ? 0.83 : 0.91)
set bmargin at screen (dumb ? 0.17 : 0.12)
if (dumb) { set key at screen 0.98, 0.93 top right horizontal maxrows 1 samplen 1 width 1 } else {
	set key at screen 0.815, 0.90 top left vertical Left reverse samplen 2.5 spacing 1.25
}
# Outliers that are far above the rest would press it flat.
if (highest > 50 * typical) {
	eval log_axis('y')
	heading = 'RTT, ms'.log_note
	set format y '%g'
} else {
	set yrange [0:highest > 0 ? highest * 1.08 : 1]
}

eval name_axis
set multiplot title chart_title noenhanced font title_font
# A marker each few points tells the lines apart; a dot for each point shows those that stand alone between gaps.
every_n = int(most / 18) + 1
size = most > 120 ? 0.2 : 0.5
if (dumb) {
	plot for [i = 1:7] data index 0 using (x($1)):(has[i] > 0 ? column(column_of[i]) : NaN) with points pointtype letter[i] \
		title has[i] > 0 ? name[i] : ''
} else {
	plot for [i = 1:7] data index 0 using (x($1)):(has[i] > 0 ? column(column_of[i]) : NaN) with points \
			pointtype 7 pointsize size linecolor rgb colour[i] notitle, \
		for [i = 1:7] '' index 0 using (x($1)):(has[i] > 0 ? column(column_of[i]) : NaN) with linespoints \
			pointtype shape[i] pointsize 0.9 pointinterval every_n dashtype line[i] linewidth breadth[i] linecolor rgb colour[i] \
			title has[i] > 0 ? name[i] : ''
}
unset multiplot
unset output
