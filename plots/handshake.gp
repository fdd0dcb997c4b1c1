# Data: index 0 (how many) and 1 (how long) of handshake.sql; the contract is in README.md.
array name[3] = ['until connected', 'SYN to SYN-ACK (server)', 'SYN-ACK to ACK (client)']
array brief[3] = ['connected', 'server', 'client']
array colour[3] = [ink, blue, vermilion]
array line[3] = [1, 4, 2]
array breadth[3] = [2.5, 1.5, 1.5]
array has[3]
array short[3] = ['', '', '']
array outcome[6] = ['connections tried', 'unanswered', 'refused', 'answered, not completed', 'needed another SYN', 'needed another SYN-ACK']
of(side, n) = column(2) == side ? column(n) : NaN
lowest = NaN
highest = NaN
tallest = 0
eval panels
set multiplot title chart_title noenhanced font title_font
row = 64
summary = ''
do for [i = 1:6] {
	stats data index 0 using (number(i)) name 'N' nooutput
	if (!dumb && (i <= 3 || N_max > 0)) { mark = 0; say = amount(N_max).' '.(i == 1 && N_max == 1 ? 'connection tried' : outcome[i]); eval legend_line }
	if (i <= 3 || i == 5 && N_max > 0) { summary = summary.(i > 1 ? ', ' : '').amount(N_max).' '.(i == 1 ? 'tried' : outcome[i]) }
}
row = row + 12
do for [i = 1:3] {
	stats data index 1 using (number(2) == i ? 1 : 0) name 'N' nooutput
	has[i] = N_sum
	if (has[i] > 0) {
		stats data index 1 using (of(i, 5)) name 'BAR' nooutput
		stats data index 1 using (of(i, 6)) name 'SAMPLES' nooutput
		stats data index 1 using (of(i, 7)) name 'MIN' nooutput
		stats data index 1 using (of(i, 8)) name 'P50' nooutput
		stats data index 1 using (of(i, 9)) name 'P95' nooutput
		stats data index 1 using (of(i, 10)) name 'P99' nooutput
		stats data index 1 using (of(i, 11)) name 'MAX' nooutput
		low = MIN_min < 0.001 ? 0.001 : MIN_min # a microsecond and less
		lowest = lowest <= low ? lowest : low
		highest = highest >= MAX_max ? highest : MAX_max
		tallest = tallest > BAR_max ? tallest : BAR_max
		short[i] = sprintf('%s: p50 %s, p95 %s, max %s', brief[i], ms(P50_max), ms(P95_max), ms(MAX_max))
		if (!dumb) {
			hue = colour[i]; dash = line[i]
			mark = -1; say = name[i]; eval legend_line
			mark = 7; say = 'p50  '.ms(P50_max); eval legend_line
			mark = 5; say = 'p95  '.ms(P95_max); eval legend_line
			mark = 9; say = 'p99  '.ms(P99_max); eval legend_line
			mark = 0; say = sprintf('max  %s, %s in all', ms(MAX_max), amount(SAMPLES_max)); eval legend_line
			row = row + 8
			set label '' at P50_max, 50 point pointtype 7 pointsize 1 linecolor rgb hue
			set label '' at P95_max, 95 point pointtype 5 pointsize 1 linecolor rgb hue
			set label '' at P99_max, 99 point pointtype 9 pointsize 1.2 linecolor rgb hue
		}
	}
}
any = highest >= 0
if (!any) {
	lowest = 0.01
	highest = 1000
	set label 'no handshake was completed' at graph 0.5, 0.5 center textcolor rgb grey
}
eval log_axis('x')
set format x ''
set tmargin at screen (dumb ? 0.79 : legend_y(64))
set bmargin at screen (dumb ? 0.5 : 0.42)
heading = 'CDF, %'
eval name_axis
set yrange [0:105]
set ytics 25
# Linux sends a SYN again after 1, 3, 7, 15 and 31 s, since 6.5 after 2 and 4 s too: who needed that shows there.
array waits[7] = [1, 2, 3, 4, 7, 15, 31]
do for [i = 1:7] {
	wait = 1000.0 * waits[i]
	if (!dumb && any && highest > 900 && wait < highest * 1.25 && wait > lowest) {
		set arrow from first wait, graph 0 to first wait, graph 1 nohead dashtype 3 linecolor rgb grey
		set label sprintf('%.0f s', wait / 1000) at first wait, graph 1.0 center offset 0, 0.5 font font_of(8) textcolor rgb grey
	}
}
if (dumb) {
	set key at screen 0.98, 0.86 top right horizontal maxrows 1 samplen 1 width 1
	set label summary at screen 0.1, 0.94 left
	set label short[1] at screen 0.1, 0.89 left
} else { unset key }
plot for [i = 1:3] data index 1 using (number(2) == i ? $1 : NaN):3 with lines linewidth breadth[i] dashtype line[i] linecolor rgb colour[i] \
	title has[i] > 0 && dumb ? brief[i] : ''

unset label
unset arrow
set tmargin at screen (dumb ? 0.45 : 0.37)
set bmargin at screen (dumb ? 0.17 : 1 - legend_y(72))
set format x '%g'
set xlabel 'ms'.log_note
heading = 'histogram, %'
eval name_axis
set yrange [0:tallest > 0 ? tallest * 1.08 : 1]
set ytics autofreq
unset key
plot for [i = 1:3] data index 1 using (number(2) == i && there(5) ? ($1 + $4) / 2 : NaN):5:($4 - $1) with boxes \
	linecolor rgb colour[i] fillstyle transparent solid (i == 1 ? 0.15 : 0.35) border linecolor rgb colour[i] notitle
unset multiplot
unset output
