# Data: index 0 of response.sql; the contract is in README.md.
array name[2] = ['all answers', 'HTTP, first byte']
array colour[2] = [blue, purple]
array line[2] = [1, 2]
array has[2]
of(series, n) = column(2) == series ? column(n) : NaN
shown = 99
service(n) = number(2) > 10 && number(2) <= 10 + shown ? column(n) : NaN
stats data index 0 using 5 name 'MIN' nooutput
stats data index 0 using 8 name 'MAX' nooutput
stats data index 0 using 2 name 'SERIES' nooutput
lowest = MIN_min < 0.001 ? 0.001 : MIN_min # a microsecond and less
highest = MAX_max > lowest ? MAX_max : lowest
rows = SERIES_max > 10 ? int(SERIES_max) - 10 : 0
if (rows > 0) { stats data index 0 using (service(9)) name 'SERVICES' nooutput }
if (dumb && rows > (height - 12) / 2) { rows = (height - 12) / 2 }
shown = rows
eval panels
if (dumb) { set lmargin at screen 0.32 }
set multiplot title chart_title noenhanced font title_font
row = 64
short = ''
do for [i = 1:2] {
	stats data index 0 using (number(2) == i ? 1 : 0) name 'N' nooutput
	has[i] = N_sum
	if (has[i] > 0) {
		stats data index 0 using (of(i, 4)) name 'ANSWERS' nooutput
		stats data index 0 using (of(i, 5)) name 'LEAST' nooutput
		stats data index 0 using (of(i, 6)) name 'P50' nooutput
		stats data index 0 using (of(i, 7)) name 'P95' nooutput
		stats data index 0 using (of(i, 8)) name 'MOST' nooutput
		hue = colour[i]; dash = line[i]
		if (i == 1) { short = sprintf('%s answers: p50 %.3g, p95 %.3g, max %.3g ms', amount(ANSWERS_max), P50_max, P95_max, MOST_max) }
		if (!dumb) {
			mark = -1; say = amount(ANSWERS_max).' '.name[i]; eval legend_line
			mark = 7; say = 'p50  '.ms(P50_max); eval legend_line
			mark = 5; say = 'p95  '.ms(P95_max); eval legend_line
			mark = 0; say = ms(LEAST_max).' to '.ms(MOST_max); eval legend_line
			row = row + 10
			set label '' at P50_max, 50 point pointtype 7 pointsize 1 linecolor rgb hue
			set label '' at P95_max, 95 point pointtype 5 pointsize 1 linecolor rgb hue
		}
	}
}
middle = rows > 0 ? (dumb ? 0.55 : 0.56) : 0.17
eval log_axis('x')
set format x rows > 0 ? '' : '%g'
set tmargin at screen (dumb ? 0.87 : legend_y(54))
set bmargin at screen middle
heading = 'CDF, %'
eval name_axis
set yrange [0:105]
set ytics 25
unset key
if (rows == 0) { set xlabel 'response time, ms'.log_note }
if (dumb) { set label short at screen 0.98, 0.92 right }
plot for [i = 1:2] data index 0 using (number(2) == i ? $1 : NaN):3 with lines linewidth 2 dashtype line[i] linecolor rgb colour[i] notitle

if (rows > 0) {
	unset label
	unset arrow
	set format x '%g'
	set xlabel 'response time, ms'.log_note
	set tmargin at screen middle - (dumb ? 0.06 : 24.0 / height)
	set bmargin at screen (dumb ? 0.17 : 1 - legend_y(72))
	set yrange [rows + 0.6:0.4]
	heading = sprintf(SERVICES_max > rows ? 'slowest %d of %d' : 'services', rows, SERVICES_max)
	eval name_axis
	if (dumb) {
		unset label 91
		set border 1
		set ytics noenhanced
		plot data index 0 using (service(7)):($2 - 10):ytic(strcol(10)) with points pointtype '9' notitle, \
			'' index 0 using (service(5)):($2 - 10) with points pointtype '-' notitle, \
			'' index 0 using (service(8)):($2 - 10) with points pointtype 'm' notitle, \
			'' index 0 using (service(6)):($2 - 10) with points pointtype '*' notitle
	} else {
		unset ytics
		row = (1 - middle) * height / zoom + 12
		set label '● p50' at screen legend_x(14), legend_y(row) left font font_of(8) textcolor rgb green
		set label '■ p95' at screen legend_x(64), legend_y(row) left font font_of(8) textcolor rgb orange
		set label '▲ max' at screen legend_x(114), legend_y(row) left font font_of(8) textcolor rgb vermilion
		right = GPVAL_X_MAX
	plot data index 0 using (service(5)):($2 - 10):($8 - $5):(0) with vectors nohead linewidth 1 linecolor rgb grey notitle, \
			'' index 0 using (service(6)):($2 - 10):($7 - $6):(0) with vectors nohead linewidth 6 linecolor rgb pale notitle, \
			'' index 0 using (service(5)):($2 - 10) with points pointtype 1 pointsize 0.7 linecolor rgb grey notitle, \
			'' index 0 using (service(6)):($2 - 10) with points pointtype 7 pointsize 1 linecolor rgb green notitle, \
			'' index 0 using (service(7)):($2 - 10) with points pointtype 5 pointsize 0.9 linecolor rgb orange notitle, \
			'' index 0 using (service(8)):($2 - 10) with points pointtype 9 pointsize 1 linecolor rgb vermilion notitle, \
			'' index 0 using (service(8) * 0 + right):($2 - 10):(sprintf('%s (%s)', strcol(10), amount($4))) with labels \
				left offset 0.8, 0 noenhanced font font_of(8) textcolor rgb ink notitle
	}
}
unset multiplot
unset output
