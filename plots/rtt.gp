# Data: index 0 of rtt.sql; the contract is in README.md.
# Which columns have values: some are for all flows, some for one.
there(n) = strcol(n) eq 'NaN' ? 0 : 1
stats data index 0 using 1 name 'T' nooutput
array has[8]
do for [i = 2:8] {
	stats data index 0 using (there(i)) name 'N' nooutput
	has[i] = N_sum
}
span = T_max - T_min
margin = span > 0 ? span * 0.01 : 0.5

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
set format x time_format
set xrange [T_min - t0 - margin:T_max - t0 + margin]
set xlabel time_label
set ylabel 'RTT, ms' offset 0.5
set yrange [0:*]
set xtics nomirror out scale 0.6
set ytics nomirror out scale 0.6
set border 3 linecolor rgb '#606060'
set grid back linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set multiplot title chart_title noenhanced font ',16'
set lmargin at screen 0.07
set rmargin at screen 0.82
set tmargin at screen 0.91
set bmargin at screen 0.10
set key at screen 0.835, 0.90 top left vertical Left reverse samplen 1.5 spacing 1.25

# Of one flow: server side is from the tap to the server and back, client side to the client.
# Points where there are few, and where a value stands alone between gaps.
size = T_records > 120 ? 0.25 : 0.7
array column_of[7] = [4, 3, 2, 6, 5, 8, 7]
array name[7] = ['max', 'p95', 'p50', 'server side, max', 'server side, mean', 'client side, max', 'client side, mean']
array colour[7] = ['#D55E00', '#E69F00', '#009E73', '#56B4E9', '#0072B2', '#E69F00', '#D55E00']
array width[7] = [1, 1.5, 2, 1, 2, 1, 2]
plotted = 0
do for [i = 1:7] { plotted = plotted + has[column_of[i]] }
if (plotted == 0) {
	set label 1 'no RTT samples' at graph 0.5, 0.5 center textcolor rgb '#7F7F7F'
	set yrange [0:1]
	plot NaN notitle
} else {
	plot for [i = 1:7] data index 0 using ($1 - t0):(has[column_of[i]] > 0 ? column(column_of[i]) : NaN) with linespoints \
		pointtype 7 pointsize size linewidth width[i] linecolor rgb colour[i] \
		title has[column_of[i]] > 0 ? name[i] : ''
}
unset multiplot
unset output
