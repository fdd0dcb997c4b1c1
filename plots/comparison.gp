# Data: comparison.sql: index 0 both sides, 1 over time, 2 CDF of RTT, 3 services, 4 how many are in both; the contract is in README.md.
array colour[2] = [blue, vermilion]
array line[2] = [1, 2]
array breadth[2] = [2, 1.5]
array name[2]
array said[2]
array letter[2] = ['A', 'b']
stats data index 0 using 3 name 'LENGTH' nooutput
stats data index 4 using 1 name 'COMMON' nooutput
stats data index 1 using 3 name 'MBIT' nooutput
stats data index 1 using (number(4)) name 'AGAIN' nooutput
stats data index 2 using (there(1)) name 'SAMPLES' nooutput
rtt = SAMPLES_sum
if (rtt > 0) { stats data index 2 using 2 name 'RTT' nooutput }
stats data index 3 using (there(1)) name 'SERVICES' nooutput
services = SERVICES_sum
if (services > 0) { stats data index 3 using (HERE = $9, THERE = $10, DIFFER = $11, 0) nooutput }
short(text, most) = strlen(text) > most ? text[1:most - 12].'..'.text[strlen(text) - 9:*] : text
unit_s = LENGTH_max > 172800 ? 3600.0 : LENGTH_max > 7200 ? 60.0 : 1.0
eval panels
set multiplot title chart_title noenhanced font title_font
row = 64
do for [i = 1:2] {
	stats data index 0 every ::(i - 1)::(i - 1) using (FIRST = $2, LONG = $3, PACKETS = $4, MBIT_mean = $5, PCT = number(6), LOST = number(7), \
		name[i] = strcol(8), 0) nooutput
	said[i] = sprintf('%s %s: %.3g Mbit/s, %.3g %% again', i == 1 ? 'A' : 'b', short(name[i], 30), MBIT_mean, PCT)
	if (!dumb) {
		hue = colour[i]; dash = line[i]
		mark = -1; say = i == 1 ? 'this' : 'held against'; eval legend_line
		mark = 0
		legend_size = 8
		say = short(name[i], 28); eval legend_line; row = row - 2
		say = strftime('%Y-%m-%d %H:%M:%S', FIRST + ahead(FIRST)); eval legend_line; row = row - 2
		say = sprintf('%s packets in %.4g s', amount(PACKETS), LONG); eval legend_line; row = row - 2
		say = sprintf('%.3g Mbit/s', MBIT_mean); eval legend_line; row = row - 2
		say = sprintf('%.3g %% of data sent again', PCT); eval legend_line; row = row - 2
		say = sprintf('%.3g %% lost, SYN and FIN too', LOST); eval legend_line; row = row - 2
		if (rtt > 0) {
			stats data index 2 using (number(1) == i ? 1 : 0) name 'HAS' nooutput
			if (HAS_sum > 0) {
				stats data index 2 using (number(1) == i ? $4 : NaN) name 'P50' nooutput
				stats data index 2 using (number(1) == i ? $5 : NaN) name 'P95' nooutput
				say = 'RTT p50 '.ms(P50_max).', p95 '.ms(P95_max); eval legend_line
			}
		}
		legend_size = 9
		row = row + 14
	}
}
flat = height / zoom < 640
# A terminal: three panels, and between them lines of text. No line hides what is near zero.
lines = floor((height - 9) / 3.0)
if (dumb) { set border 2 }
line_y(n) = 1 - n * 1.0 / height
if (dumb) {
	set label said[1] at screen 0.1, line_y(1.5) left noenhanced
	set label said[2] at screen 0.1, line_y(2.5) left noenhanced
}
set xrange [0:LENGTH_max / unit_s]
set format x ''
set tmargin at screen (dumb ? line_y(4) : legend_y(54))
set bmargin at screen (dumb ? line_y(4 + lines) : 0.73)
heading = rate_unit(MBIT_max)
eval name_axis
top = MBIT_max > 0 ? MBIT_max / rate_scale(MBIT_max) : 1
rate(n) = strcol(n) eq 'NaN' ? NaN : column(n) / rate_scale(MBIT_max)
set yrange [0:top * 1.08]
set ytics step(top)
unset key
if (dumb) {
	plot for [i = 2:1:-1] data index 1 using ($1 == i ? $2 / unit_s : NaN):(rate(3)) with points pointtype letter[i] notitle
} else {
	plot for [i = 1:2] data index 1 using (number(1) == i ? $2 / unit_s : NaN):(rate(3)) with lines linewidth breadth[i] dashtype line[i] \
		linecolor rgb colour[i] notitle
}

time_label = sprintf('%s since the start of each', unit_s > 60 ? 'hours' : unit_s > 1 ? 'minutes' : 'seconds')
unset label
unset arrow
set format x '%g'
if (!dumb) { set xlabel time_label.'; sent again is the share of 100 segments, or more, at a time' font small }
set tmargin at screen (dumb ? line_y(5 + lines) : 0.70)
set bmargin at screen (dumb ? line_y(5 + 2 * lines) : 0.53)
heading = 'sent again, %'
eval name_axis
top = AGAIN_max > 0 ? AGAIN_max : 1
set yrange [0:top * 1.08]
set ytics step(top)
if (AGAIN_max <= 0) { set label 'nothing was sent again' at graph 0.5, 0.5 center textcolor rgb grey }
if (dumb) {
	plot for [i = 2:1:-1] data index 1 using ($1 == i ? $2 / unit_s : NaN):4 with points pointtype letter[i] notitle
} else {
	plot for [i = 1:2] data index 1 using (number(1) == i ? $2 / unit_s : NaN):4 with lines linewidth breadth[i] dashtype line[i] \
		linecolor rgb colour[i] notitle
}

# RTT, to the left.
set border 3
unset label
unset arrow
set tmargin at screen (dumb ? line_y(7 + 2 * lines) : flat ? 0.39 : 0.43)
set bmargin at screen (dumb ? line_y(7 + 3 * lines) : 1 - legend_y(72))
if (!dumb) { set rmargin at screen 0.40 }
lowest = 0.01
highest = 1
if (rtt > 0) {
	lowest = RTT_min
	highest = RTT_max
} else {
	set label 'no RTT samples' at graph 0.5, 0.5 center textcolor rgb grey
}
eval log_axis('x')
# Half the width has room for fewer numbers.
if (log_ratio >= 20 && log_ratio < 200) { set xtics autofreq }
set format x '%g'
set xlabel 'RTT, ms'.log_note font ''
heading = 'CDF, %'
eval name_axis
set yrange [0:105]
set ytics 25
if (dumb) {
	set xlabel time_label.' above; RTT, ms'.log_note.' below'
	plot for [i = 2:1:-1] data index 2 using ($1 == i ? $2 : NaN):3 with points pointtype letter[i] notitle
} else {
	plot for [i = 1:2] data index 2 using (number(1) == i ? $2 : NaN):3 with lines linewidth breadth[i] dashtype line[i] \
		linecolor rgb colour[i] notitle

	# Services, to the right: how many times as much as there.
	unset label
	unset logscale x
	set lmargin at screen 0.46
	set rmargin at screen legend_x(0)
	set xrange [-5.3:5.3]
	set xtics ('1/32' -5, '1/8' -3, '1/2' -1, '2x' 1, '8x' 3, '32x' 5)
	set xlabel 'services: here / there, times as much'
	unset ytics
	set grid noy
	places = flat ? 4 : 8
	place(n) = column(n) <= places ? column(n) : NaN
	set yrange [places + 1.6:0.4]
	if (services > 0) {
		if (DIFFER > places) {
			set label sprintf('and %d more', DIFFER - places) at screen legend_x(14), first places + 1 left font font_of(8) textcolor rgb grey
		}
		set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 1 linecolor rgb grey
		set label '▲ worse' at graph 0.02, graph 1.06 left font font_of(8) textcolor rgb vermilion
		set label '● better' at graph 0.3, graph 1.06 left font font_of(8) textcolor rgb green
		if (HERE + THERE > 0) {
			set label sprintf('only here %d, only there %d', HERE, THERE) at screen legend_x(14), graph 1.06 left font font_of(8) textcolor rgb grey
		}
		plot data index 3 using (0):(place(1)):2:(0) with vectors nohead linewidth 3 linecolor rgb '#BBBBBB' notitle, \
			'' index 3 using ($3 == 1 ? $2 : NaN):(place(1)) with points pointtype 9 pointsize 1.2 linecolor rgb vermilion notitle, \
			'' index 3 using ($3 == 0 ? $2 : NaN):(place(1)) with points pointtype 7 pointsize 1 linecolor rgb green notitle, \
			'' index 3 using (5.3):(place(1) - 0.22):(strcol(8)) with labels left offset 1, 0 noenhanced font font_of(8) notitle, \
			'' index 3 using (5.3):(place(1) + 0.22):(sprintf('%s %.3g / %.3g %s', strcol(7), $4, $5, strcol(6))) with labels left offset 1, 0 \
				noenhanced font font_of(8) textcolor rgb grey notitle
	} else {
		set label (COMMON_max > 0 ? 'no service of both differs' : 'no service is in both') \
			at graph 0.5, 0.5 center textcolor rgb grey
		plot NaN notitle
	}
}
unset multiplot
unset output
