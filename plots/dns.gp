# Data: dns.sql: index 0 how many, 1 servers, 2 each question, 3 bins of them, 4 lanes; the contract is in README.md.
array colour[6] = [blue, orange, green, purple, sky, grey]
array shape[6] = [7, 5, 9, 13, 11, 2]
array lane_name[4] = ['not answered', 'failed', 'no such name', 'asked again']
array lane_colour[4] = [vermilion, orange, grey, purple]
array lane_shape[4] = [2, 5, 8, 6]
array lane_column[4] = [3, 4, 5, 6]
array lane_count[4]
array letter[6] = ['1', '2', '3', '4', '5', '.']
stats data index 0 using (number(1)) name 'QUESTIONS' nooutput
stats data index 0 using (number(7)) name 'MAX' nooutput
stats data index 0 using (number(8)) name 'P50' nooutput
stats data index 0 using (number(9)) name 'P95' nooutput
stats data index 1 using (there(1)) name 'SERVERS' nooutput
servers = int(SERVERS_sum)
stats data index 2 using (there(1)) name 'POINTS' nooutput
points = POINTS_sum
stats data index 3 using (there(1)) name 'BINS' nooutput
bins = BINS_sum
stats data index 4 using (there(1)) name 'MARKS' nooutput
marks = MARKS_sum

# The time and the latency that the picture spans.
from = NaN
to = NaN
lowest = NaN
highest = MAX_max
do for [i = 2:4] {
	if (i == 2 && points > 0 || i == 3 && bins > 0 || i == 4 && marks > 0) {
		stats data index i using 1 name 'T' nooutput
		from = from <= T_min ? from : T_min
		to = to >= T_max ? to : T_max
		if (i < 4) {
			stats data index i using 2 name 'LATENCY' nooutput
			lowest = lowest <= LATENCY_min ? lowest : LATENCY_min
		}
	}
}
if (!(to >= from)) { from = 0; to = 1 }
margin = to > from ? (to - from) * 0.02 : 0.5
from = from - margin
to = to + margin
eval panels
set multiplot title chart_title noenhanced font title_font
do for [i = 1:4] {
	stats data index 0 using (number(lane_column[i])) name 'N' nooutput
	lane_count[i] = N_max
	stats data index 0 using (there(lane_column[i])) name 'KNOWN' nooutput
	if (KNOWN_max == 0) { lane_name[i] = lane_name[i].': not known' }
}
row = 64
mark = 0
say = sprintf('%s questions', amount(QUESTIONS_max)); eval legend_line
if (MAX_max > 0) {
	say = 'p50  '.ms(P50_max); hue = green; mark = bins > 0 ? 7 : 0; eval legend_line
	say = 'p95  '.ms(P95_max); hue = orange; mark = bins > 0 ? 5 : 0; eval legend_line
	say = 'max  '.ms(MAX_max); hue = vermilion; mark = bins > 0 ? 9 : 0; eval legend_line
}
row = row + 8
do for [i = 1:(servers < 6 ? servers : 6)] {
	stats data index 1 every ::(i - 1)::(i - 1) using (QUESTION_count = $3, MEDIAN = number(4), SLOW = number(5), BAD = number(6), \
		ANSWERED = there(5), SERVER = strcol(2), ALL = $7, 0) nooutput
	mark = points > 0 ? shape[i] : 0
	hue = colour[i]
	if (i == 6 && ALL > 6) {
		say = sprintf('%d more servers', ALL - 5); eval legend_line
	} else {
		legend_size = 8
		say = strlen(SERVER) > 22 ? SERVER[1:12].'..'.SERVER[strlen(SERVER) - 7:*] : SERVER; eval legend_line; row = row - 3
		mark = 0
		say = sprintf('      %s%s%s', amount(QUESTION_count), ANSWERED ? ', p95 '.ms(SLOW) : '', BAD > 0 ? ', '.amount(BAD).' bad' : ''); eval legend_line
		legend_size = 9
	}
}
if (dumb) {
	unset label
	set label sprintf('%s questions, p50 %s, p95 %s, max %s', amount(QUESTIONS_max), ms(P50_max), ms(P95_max), ms(MAX_max)) \
		at screen 0.1, 0.93 left noenhanced
}

eval time_axis
eval hide_times
set tmargin at screen (dumb ? 1 - 4.0 / height : legend_y(54))
set bmargin at screen (dumb ? 0.42 : 1 - legend_y(72 + 100))
if (highest > 0) {
	eval log_axis('y')
	set format y '%g'
	heading = 'latency, ms'.log_note
	eval name_axis
	if (log_ratio < 4) { set yrange [0:log_high * 1.08] }
} else {
	set yrange [0:1]
	set label 'no question was answered' at graph 0.5, 0.5 center textcolor rgb grey
}
unset key
size = points > 500 ? 0.4 : 0.8
if (points > 0) {
	plot for [i = 6:1:-1] data index 2 using (x($1)):($3 == i ? $2 : NaN) with points pointtype (dumb ? letter[i] : shape[i]) \
		pointsize size linecolor rgb colour[i] notitle
} else {
	plot data index 3 using (x($1)):4 with points pointtype (dumb ? 'm' : 9) pointsize 0.6 linecolor rgb vermilion notitle, \
		'' index 3 using (x($1)):3 with points pointtype (dumb ? '9' : 5) pointsize 0.5 linecolor rgb orange notitle, \
		'' index 3 using (x($1)):2 with points pointtype (dumb ? '*' : 7) pointsize 0.6 linecolor rgb green notitle
}

# Lanes; empty ones say so by their count.
unset label
unset arrow
unset logscale y
set tmargin at screen (dumb ? 0.36 : 1 - legend_y(72 + 84))
set bmargin at screen (dumb ? 0.17 : 1 - legend_y(72))
eval show_times
set xlabel time_label
set yrange [4.5:0.5]
unset ytics
set grid noy
if (!dumb) {
	do for [i = 1:4] {
		set label i ''.(strstrt(lane_name[i], ':') ? '' : amount(lane_count[i]).'  ').lane_name[i] at screen legend_x(46), first i left font font_of(9) \
			textcolor rgb lane_count[i] > 0 ? ink : grey
		set label 10 + i '' at screen legend_x(26), first i point pointtype lane_shape[i] pointsize 0.8 linewidth 1.5 linecolor rgb lane_colour[i]
	}
	plot NaN notitle, for [i = 1:4] data index 4 using (number(2) == i ? x($1) : NaN):(i) with points pointtype lane_shape[i] pointsize 0.8 \
		linewidth 1.5 linecolor rgb lane_colour[i] notitle
} else {
	set yrange [3.5:0.5]
	set lmargin at screen 0.2
	do for [i = 1:3] { set label i sprintf('%s %s', lane_name[i], amount(lane_count[i])) at screen 0.18, first i right }
	plot NaN notitle, for [i = 1:3] data index 4 using (number(2) == i ? x($1) : NaN):(i) with points pointtype 'x' notitle
}
unset multiplot
unset output
