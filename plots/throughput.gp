# Data: index 0 of throughput.sql; the contract is in README.md.
if (term eq 'svg') {
	set terminal svg size 1200,700 dynamic enhanced background '#ffffff' font 'DejaVu Sans,14'
} else {
	set terminal pngcairo size 1200,700 enhanced background '#ffffff' font 'DejaVu Sans,12'
}
set output out
set encoding utf8
set datafile separator "\t"

number(n) = strcol(n) eq 'NaN' ? 0 : column(n)
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using (number(3)) name 'TOTAL' nooutput
stats data index 0 using (number(10)) name 'AGAIN' nooutput

span = T_max - T_min
# A short time is in seconds after its first full second, a long one in times of day.
t0 = span > 10 ? 0 : floor(T_min)
if (span > 10) {
	set xdata time
	set timefmt '%s'
	time_format = span > 172800 ? "%d %b\n%H:%M" : '%H:%M:%S'
} else {
	time_format = '%g'
}
time_label = span > 10 ? 'time (UTC)' : 'seconds after '.strftime('%Y-%m-%d %H:%M:%S', t0).' UTC'
set xrange [T_min - t0:(T_max > T_min ? T_max : T_min + 1) - t0]
set xtics nomirror out scale 0.6
set ytics nomirror out scale 0.6
set border 3 linecolor rgb '#606060'
set grid back linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set lmargin at screen 0.07
set rmargin at screen 0.82
set key top left vertical Left reverse samplen 1.5 spacing 1.25

set multiplot title chart_title noenhanced font ',16'

set format x ''
set key at screen 0.835, 0.90
set tmargin at screen 0.91
set bmargin at screen 0.42
set ylabel 'Mbit/s' offset 0.5
set yrange [0:TOTAL_max > 0 ? TOTAL_max * 1.08 : 1]
plot data index 0 using ($1 - t0):3 with fillsteps fillstyle solid 1 noborder linecolor rgb '#CCE3F0' notitle, \
	'' index 0 using ($1 - t0):3 with steps linewidth 1.5 linecolor rgb '#0072B2' title 'all packets', \
	'' index 0 using ($1 - t0):4 with steps linewidth 2 linecolor rgb '#009E73' title 'goodput'

set format x time_format
set key at screen 0.835, 0.37
set tmargin at screen 0.38
set bmargin at screen 0.10
set ylabel 'sent again, segments/s' offset 0.5
set xlabel time_label
set yrange [0:AGAIN_max > 0 ? AGAIN_max * 1.08 : 1]
if (AGAIN_max <= 0) {
	set label 1 'nothing was sent again' at graph 0.5, 0.5 center textcolor rgb '#7F7F7F'
	set ytics (0)
	unset key
}
# Stacked from the back: the largest sum first.
set style fill solid 1 noborder
plot data index 0 using ($1 - t0 + $2 / 2):(number(10)):2 with boxes linecolor rgb '#000000' title 'SYN', \
	'' index 0 using ($1 - t0 + $2 / 2):(number(9)):2 with boxes linecolor rgb '#7F7F7F' title 'unknown', \
	'' index 0 using ($1 - t0 + $2 / 2):(number(8)):2 with boxes linecolor rgb '#CC79A7' title 'tail loss probe', \
	'' index 0 using ($1 - t0 + $2 / 2):(number(7)):2 with boxes linecolor rgb '#56B4E9' title 'slow start', \
	'' index 0 using ($1 - t0 + $2 / 2):(number(6)):2 with boxes linecolor rgb '#D55E00' title 'time-out', \
	'' index 0 using ($1 - t0 + $2 / 2):(number(5)):2 with boxes linecolor rgb '#E69F00' title 'fast'
unset multiplot
unset output
