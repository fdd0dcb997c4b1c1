# Data: index 0 of rtt-distribution.sql; the contract is in README.md.
array name[3] = ['towards servers', 'towards clients', 'far side of the tap']
array colour[3] = [blue, vermilion, blue]
array line[3] = [1, 2, 1]
array letter[3] = ['s', 'c', '*']
array has[3]
array short[3]
of_intervals = 0
lowest = NaN
highest = NaN
tallest = 0
beside = ''
of(side, n) = column(2) == side ? column(n) : NaN
eval panels
set multiplot title chart_title noenhanced font title_font
row = 64
do for [i = 1:3] {
	stats data index 0 using (number(2) == i ? 1 : 0) name 'N' nooutput
	has[i] = N_sum
	if (has[i] > 0) {
		stats data index 0 using (of(i, 5)) name 'BAR' nooutput
		stats data index 0 using (of(i, 6)) name 'SAMPLES' nooutput
		stats data index 0 using (of(i, 7)) name 'SOURCES' nooutput
		stats data index 0 using (of(i, 8)) name 'MIN' nooutput
		stats data index 0 using (of(i, 9)) name 'P50' nooutput
		stats data index 0 using (of(i, 10)) name 'P95' nooutput
		stats data index 0 using (of(i, 11)) name 'P99' nooutput
		stats data index 0 using (of(i, 12)) name 'MAX' nooutput
		stats data index 0 using (of(i, 13)) name 'INTERVALS' nooutput
		of_intervals = INTERVALS_max > 0
		stats data index 0 using (of(i, 14)) name 'FEW' nooutput
		few = FEW_max > 0
		if (few) { has[i] = 0; beside = sprintf('; %.0f %s not drawn', SAMPLES_max, name[i]) } else {
			low = MIN_min < 0.001 ? 0.001 : MIN_min # a microsecond and less
			lowest = lowest <= low ? lowest : low
			highest = highest >= MAX_max ? highest : MAX_max
			tallest = tallest > BAR_max ? tallest : BAR_max
		}
		short[i] = sprintf('%s p50 %.3g p95 %.3g', i == 1 ? 'servers' : i == 2 ? 'clients' : 'far side', P50_max, P95_max)
		if (!dumb) {
			hue = colour[i]; dash = line[i]
			mark = few ? 0 : -1; say = name[i].(few ? ', not drawn:' : ''); eval legend_line
			if (!few) {
				mark = 7; say = 'p50  '.ms(P50_max); eval legend_line
				mark = 5; say = 'p95  '.ms(P95_max); eval legend_line
				mark = 9; say = 'p99  '.ms(P99_max); eval legend_line
				set label '' at P50_max, 50 point pointtype 7 pointsize 1 linecolor rgb hue
				set label '' at P95_max, 95 point pointtype 5 pointsize 1 linecolor rgb hue
				set label '' at P99_max, 99 point pointtype 9 pointsize 1.2 linecolor rgb hue
			}
			mark = 0; say = ms(MIN_min).' to '.ms(MAX_max); eval legend_line
			say = sprintf('%s sample%s, %s %s%s', amount(SAMPLES_max), SAMPLES_max == 1 ? '' : 's', amount(SOURCES_max), \
				of_intervals ? 'interval' : 'flow', SOURCES_max == 1 ? '' : 's'); eval legend_line
			row = row + 12
		}
	}
}
if (!dumb) {
	mark = 0
	legend_size = 8
	say = 'estimated from min, p50, p95,'; eval legend_line; row = row - 3
	say = 'p99, max and samples of each'; eval legend_line; row = row - 3
	say = of_intervals ? 'interval' : 'flow'; eval legend_line
}
eval log_axis('x')
set format x ''

set tmargin at screen (dumb ? 0.79 : legend_y(54))
set bmargin at screen (dumb ? 0.5 : 0.42)
heading = 'CDF, %'
eval name_axis
set yrange [0:105]
set ytics 25
set key at screen 0.98, 0.93 top right horizontal maxrows 1 samplen 1 width 1
if (!dumb) { unset key }
plot for [i = 1:3] data index 0 using ($2 == i && has[i] > 0 ? $1 : NaN):3 with lines linewidth 2 dashtype line[i] linecolor rgb colour[i] \
	title has[i] > 0 && dumb ? short[i] : ''

unset label
unset arrow
set tmargin at screen (dumb ? 0.45 : 0.37)
set bmargin at screen (dumb ? 0.17 : 1 - legend_y(72))
set format x '%g'
set xlabel 'RTT, ms'.log_note.(dumb ? beside : '')
heading = 'histogram, %'
eval name_axis
set yrange [0:tallest > 0 ? tallest * 1.08 : 1]
set ytics autofreq
unset key
plot for [i = 1:3] data index 0 using ($2 == i && has[i] > 0 && there(5) ? ($1 + $4) / 2 : NaN):5:($4 - $1) with boxes \
	linecolor rgb colour[i] fillstyle transparent solid 0.35 border linecolor rgb colour[i] notitle
unset multiplot
unset output
