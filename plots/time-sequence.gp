# Data of time-sequence.sql: index 0 bytes sent and acknowledged, 1 in flight and window, 2 events; the contract is in README.md.
number(n) = strcol(n) eq 'NaN' ? 0 : column(n)
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using (number(2)) name 'SENT' nooutput
stats data index 0 using (number(4)) name 'EDGE' nooutput
stats data index 1 using (number(1)) name 'BIN' nooutput
stats data index 1 using (number(2)) name 'FLIGHT' nooutput
stats data index 1 using (number(3)) name 'WINDOW' nooutput

# Bytes in a unit that a person reads; the same for both ends of an axis.
unit(x) = x >= 5e9 ? 'GB' : x >= 5e6 ? 'MB' : x >= 5e3 ? 'kB' : 'bytes'
scale(x) = x >= 5e9 ? 1e9 : x >= 5e6 ? 1e6 : x >= 5e3 ? 1e3 : 1

# Each kind of event that is there has a lane of its own between the panels, which is the legend too.
array kind[16] = ['fast', 'timeout', 'slow_start', 'tail_loss_probe', 'unknown', 'syn_retransmission', 'spurious', \
	'reordered', 'reordered_or_sent_again', 'network_duplicate', 'capture_gap', 'window_full', 'zero_window', \
	'zero_window_probe', 'keep_alive', 'reset']
array name[16] = ['fast', 'time-out', 'slow start', 'tail loss probe', 'cause unknown', 'SYN', 'proved needless', \
	'reordered', 'reordered?', 'duplicate', 'capture gap', 'window full', 'zero window', 'window probe', 'keep-alive', 'reset']
array colour[16] = ['#E69F00', '#D55E00', '#56B4E9', '#CC79A7', '#7F7F7F', '#000000', '#E69F00', \
	'#0072B2', '#0072B2', '#7F7F7F', '#000000', '#009E73', '#D55E00', '#CC79A7', '#7F7F7F', '#000000']
array shape[16] = [7, 7, 7, 7, 7, 7, 6, 8, 10, 12, 2, 4, 5, 4, 6, 1]
array count[16]
array lane[16]
lanes = 0
do for [i = 1:16] {
	stats data index 2 using (strcol(3) eq kind[i] ? column(4) : 0) name 'N' nooutput
	count[i] = N_sum
	if (N_sum > 0) { lanes = lanes + 1 }
	lane[i] = lanes
}

from = T_min
to = T_max > T_min ? T_max : T_min + 1
span = to - from
# A short time is in seconds after its first full second, a long one in times of day.
t0 = span > 10 ? 0 : floor(from)
if (span > 10) {
	set xdata time
	set timefmt '%s'
	time_format = span > 172800 ? "%d %b\n%H:%M" : '%H:%M:%S'
} else {
	time_format = '%g'
}
time_label = span > 10 ? 'time (UTC)' : 'seconds after '.strftime('%Y-%m-%d %H:%M:%S', t0).' UTC'
set xrange [from - t0 - span * 0.01:to - t0 + span * 0.01]
set xtics nomirror out scale 0.6
set ytics nomirror out scale 0.6
set border 3 linecolor rgb '#606060'
set grid back linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set lmargin at screen 0.075

set multiplot title chart_title noenhanced font ',16'
set rmargin at screen 0.80
lanes_bottom = 0.32
lanes_top = lanes_bottom + 0.028 * (lanes > 0 ? lanes : 1)

# Bytes sent, with the events where they happened.
set key at screen 0.815, 0.90 left top vertical Left reverse samplen 1.5 spacing 1.25
set tmargin at screen 0.91
set bmargin at screen lanes_top + 0.03
set format x ''
set ylabel 'sequence, '.unit(SENT_max) offset 0.5
# A window far larger than the flow leaves the picture at the top: the legend below has its size.
highest = EDGE_max > SENT_max * 1.25 ? SENT_max * 1.25 : EDGE_max > SENT_max ? EDGE_max : SENT_max
set yrange [0:SENT_max > 0 ? highest * 1.04 / scale(SENT_max) : 1]
plot data index 0 using ($1 - t0):($4 / scale(SENT_max)) with lines linewidth 1.5 linecolor rgb '#56B4E9' \
		title EDGE_max > 0 ? 'window edge' : '', \
	'' index 0 using ($1 - t0):($2 / scale(SENT_max)) with lines linewidth 2 linecolor rgb '#0072B2' title 'sent', \
	'' index 0 using ($1 - t0):($3 / scale(SENT_max)) with lines linewidth 2 linecolor rgb '#009E73' title 'acknowledged', \
	for [i = 1:16] '' index 2 using (strcol(3) eq kind[i] ? $1 - t0 : NaN):($2 / scale(SENT_max)) with points \
		pointtype shape[i] pointsize 0.8 linewidth 1.5 linecolor rgb colour[i] notitle

# The lanes.
set tmargin at screen lanes_top
set bmargin at screen lanes_bottom
set yrange [0.4:(lanes > 0 ? lanes : 1) + 0.6] reverse
unset ytics
unset ylabel
unset key
do for [i = 1:16] {
	if (count[i] > 0) {
		set label i sprintf('%s (%d)', name[i], count[i]) at graph 1.04, first lane[i] left \
			point pointtype shape[i] pointsize 1 linecolor rgb colour[i] offset 1.7, 0
	}
}
if (lanes == 0) { set label 1 'no events' at graph 0.5, first 1 center textcolor rgb '#7F7F7F' }
plot NaN notitle, \
	for [i = 1:16] data index 2 using (strcol(3) eq kind[i] ? $1 - t0 : NaN):(lane[i]) with points \
		pointtype shape[i] pointsize 0.8 linewidth 1.5 linecolor rgb colour[i] notitle
unset label
set yrange [*:*] noreverse
set ytics nomirror out scale 0.6

# In flight and window.
top = WINDOW_max > FLIGHT_max ? (WINDOW_max > FLIGHT_max * 4 && FLIGHT_max > 0 ? FLIGHT_max * 4 : WINDOW_max) : FLIGHT_max
window_title = sprintf('window, to %.3g %s', WINDOW_max / scale(WINDOW_max * 5.01), unit(WINDOW_max * 5.01))
set key at screen 0.815, 0.285 left top vertical Left reverse samplen 1.5 spacing 1.25
set tmargin at screen 0.29
set bmargin at screen 0.10
set format x time_format
set xlabel time_label
set ylabel 'in flight, '.unit(top) offset 0.5
quarter = (top > 0 ? top / scale(top) : 1) / 4.0
power = 10.0 ** floor(log10(quarter))
tic_step = power * (quarter > 5 * power ? 10 : quarter > 2 * power ? 5 : quarter > power ? 2 : 1)
set ytics tic_step
set yrange [0:top > 0 ? top * 1.08 / scale(top) : 1]
plot data index 1 using ($1 - t0):($2 / scale(top)) with fillsteps fillstyle solid 1 noborder \
		linecolor rgb '#CCE3F0' notitle, \
	'' index 1 using ($1 - t0):($2 / scale(top)) with steps linewidth 1.5 linecolor rgb '#0072B2' title 'in flight, most', \
	'' index 1 using ($1 - t0):($3 / scale(top)) with steps linewidth 2 linecolor rgb '#56B4E9' title window_title
unset multiplot
unset output
