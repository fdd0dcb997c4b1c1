# Data of time-sequence.sql: index 0 what is shown, 1 segments, 2 ACKs and window edge (without packets: and what was sent),
# 3 SACK blocks, 4 events, 5 SYN, FIN, RST, 6 duplicate ACKs; the contract is in README.md.
note = ''
direction = ''
stats data index 0 using (note = strcol(14), direction = strcol(4), 1) nooutput
stats data index 0 using 1 name 'BASE' nooutput
stats data index 0 using 2 name 'FROM' nooutput
stats data index 0 using 3 name 'TO' nooutput
array fact[13]
do for [i = 5:13] {
	stats data index 0 using (number(i)) name 'FACT' nooutput
	fact[i] = FACT_max
}
packets = fact[5]

stats data index 2 using (number(2)) name 'ACKED' nooutput
stats data index 2 using (number(3)) name 'EDGE' nooutput
stats data index 2 using (number(4)) name 'SENT' nooutput
stats data index 6 using (there(1)) name 'DUP' nooutput
low = packets > 0 ? fact[9] : 0
high = packets > 0 ? fact[10] : SENT_max > ACKED_max ? SENT_max : ACKED_max
edge = packets > 0 ? fact[11] : EDGE_max
if (high < low + 10) { high = low + 10 }
tall = high - low
if (low > 0 && low < tall * 0.15) {
	low = 0
	tall = high
}
y(bytes) = bytes / scale(high)
# A window far larger than what is shown leaves the picture at the top: the legend has its size.
highest = edge > high + tall * 0.25 ? high + tall * 0.25 : edge > high ? edge : high
size(bytes) = sprintf('%.3g %s', bytes / scale(bytes * 5.01), unit(bytes * 5.01))
amount(n) = n >= 999500 ? sprintf('%.3gM', n / 1e6) : n >= 99950 ? sprintf('%.3gk', n / 1e3) : sprintf('%.0f', n)

# Each kind of event that is there has a lane of its own below, which is the legend too.
shade = '#707070'
kinds = 17
array kind[17] = ['fast', 'timeout', 'slow_start', 'tail_loss_probe', 'unknown', 'syn_retransmission', 'spurious', \
	'reordered', 'reordered_or_sent_again', 'network_duplicate', 'capture_gap', 'window_full', 'zero_window', \
	'zero_window_probe', 'keep_alive', 'checksum_error', 'reset']
array name[17] = ['fast', 'time-out', 'slow start', 'tail loss probe', 'cause unknown', 'SYN again', 'proved needless', \
	'reordered', 'reordered?', 'duplicate', 'capture gap', 'window full', 'zero window', 'window probe', 'keep-alive', \
	'damaged', 'reset']
array colour[17] = [orange, vermilion, sky, purple, grey, ink, orange, blue, blue, grey, ink, green, vermilion, purple, grey, \
	vermilion, ink]
array shape[17] = [7, 9, 5, 13, 15, 3, 6, 8, 8, 12, 2, 4, 5, 4, 6, 2, 1]
array letter[17] = ['f', 't', 's', 'p', 'u', 'Y', 'n', 'o', '?', 'd', 'g', 'W', 'z', 'q', 'k', 'x', 'R']
array count[17]
array lane[17]
lanes = 0
marks = 0
do for [i = 1:kinds] {
	stats data index 4 using (strcol(4) eq kind[i] ? number(5) : 0) name 'N' nooutput
	count[i] = N_sum
	lanes = lanes + (N_sum > 0)
	lane[i] = lanes
	marks = marks + (N_sum > 0 ? N_records : 0)
}
is(i) = strcol(4) eq kind[i]

from = BASE_min + FROM_min
to = BASE_min + TO_min
eval time_axis
# Seconds after the base are exact to the nanosecond.
at(s) = s + (BASE_min - t0)
left = at(FROM_min)
right = at(TO_min)
set xrange [left - (right - left) * 0.01:right + (right - left) * 0.02]
if (right <= left) { set xrange [left - 0.5:left + 0.5] }
set lmargin at screen (dumb ? dumb_left : 0.075)
set rmargin at screen (dumb ? 0.98 : 0.80)
set label 90 note eq 'NaN' ? '' : note at screen 0.01, (dumb ? 0.04 : 12.0 / height) left noenhanced \
	textcolor rgb '#606060' font (dumb ? '' : font_of(9))

set multiplot title chart_title noenhanced font title_font
whose = direction eq 's2c' ? 'server' : 'client'
heading = dumb ? unit(high) : 'sequence of the '.whose.', '.unit(high)
eval name_axis
bottom = dumb ? 0.2 : (note eq 'NaN' ? 66.0 : 84.0) / height
lanes_top = bottom + (dumb ? 0 : lanes * 17.0 / height)
set tmargin at screen (dumb ? 0.72 : 0.91)
set bmargin at screen (dumb || lanes == 0 ? bottom : lanes_top + 14.0 / height)
# Duplicate ACKs hang from their line, nine pixels.
tick = y(highest - low) * 9.0 / ((0.91 - lanes_top) * height - 14)
set yrange [y(low - (low > 0 ? tall * 0.03 : 0)) - (DUP_sum > 0 ? tick : 0):y(highest + tall * 0.04)]
if (dumb) {
	set key at screen 0.98, 0.93 top right horizontal maxrows 4 samplen 1 width 1
} else {
	set key at screen 0.815, 0.90 left top vertical Left reverse samplen 1.5 spacing 1.25
}
if (dumb || lanes == 0) {
	eval show_times
	set xlabel time_label
} else {
	eval hide_times
}
edge_title = edge <= 0 ? '' : fact[12] > 0 && highest < edge ? 'window, '.size(fact[12]) : 'window edge'
titled(name, n) = n > 0 ? name.' ('.amount(n).')' : ''
if (dumb) {
	plot data index 2 using (at($1)):(y($3)) with points pointtype '~' title edge_title, \
		'' index 2 using (at($1)):(y($2)) with points pointtype '-' title ACKED_max > 0 ? 'acknowledged' : '', \
		'' index 2 using (at($1)):(y($4)) with points pointtype '.' title packets > 0 ? '' : 'sent', \
		'' index 3 using (at($1)):(y($3)) with points pointtype '"' title titled('SACK', fact[8]), \
		'' index 1 using (at($1)):(y($3)) with points pointtype '.' title titled('segments', fact[6]), \
		for [i = 1:kinds] '' index 4 using (is(i) ? at($1) : NaN):(y($3)) with points pointtype letter[i] \
			title titled(name[i], count[i]), \
		'' index 5 using (at($1)):(y($2)):3 with labels notitle
} else {
	# Few segments have ends that show where one ends and the next begins.
	few = packets > 0 && packets <= 300
	crowd = marks > 400
	# What would hide a thin line stands in the lanes alone.
	thin = crowd && fact[12] > 0 && fact[12] / tall * 0.65 * height < 12
	set style arrow 1 nohead linewidth 1.5 linecolor rgb blue
	set style arrow 2 heads size screen 0.0025, 90 linewidth 2 linecolor rgb blue
	set style arrow 3 nohead linewidth 1 linecolor rgb shade
	set style arrow 4 nohead linewidth 1 linecolor rgb green
	if (term eq 'svg') { set dashtype 3 (0.25, 0.9) } else { set dashtype 3 (1, 3) }
	do for [i = 1:kinds] { set style arrow 10 + i nohead linewidth (crowd ? 1 : 3.5) linecolor rgb colour[i] }
	plot data index 2 using (packets > 0 ? NaN : at($1)):(y($3)) with lines linewidth 1.5 dashtype 2 linecolor rgb sky \
			title packets > 0 ? '' : edge_title, \
		'' index 2 using (packets > 0 ? at($1) : NaN):(y($3)) with steps linewidth 1.5 dashtype 2 linecolor rgb sky \
			title packets > 0 ? edge_title : '', \
		'' index 2 using (at($1)):(y($4)) with lines linewidth 2 linecolor rgb blue title packets > 0 ? '' : 'sent', \
		'' index 2 using (packets > 0 ? NaN : at($1)):(y($2)) with lines linewidth 2 linecolor rgb green \
			title packets > 0 ? '' : 'acknowledged', \
		'' index 2 using (packets > 0 ? at($1) : NaN):(y($2)) with steps linewidth 1.5 linecolor rgb green \
			title packets > 0 ? titled('ACKs', fact[7]) : '', \
		NaN with lines linewidth 7 dashtype 3 linecolor rgb green title titled('dup ACKs', DUP_sum), \
		data index 1 using (at($1)):(y($2)):(0):(y($3 - $2)) with vectors arrowstyle (few ? 2 : 1) notitle, \
		'' index 1 using (packets <= 5000 && !few ? at($1) : NaN):(y(($2 + $3) / 2)) with points \
			pointtype 7 pointsize 0.2 linecolor rgb blue notitle, \
		NaN with lines linewidth 3 linecolor rgb blue title packets > 0 ? titled('segments', fact[6]) : '', \
		data index 2 using (few ? at($1) : NaN):(y($2)) with points pointtype 1 pointsize 0.5 linecolor rgb green notitle, \
		'' index 6 using (at($1)):(y($2)):(0):(-tick) with vectors arrowstyle 4 notitle, \
		data index 3 using (at($1)):(y($2)):(0):(y($3 - $2)) with vectors arrowstyle 3 notitle, \
		NaN with lines linewidth 2 linecolor rgb shade title titled('SACK', fact[8]), \
		for [i = 1:kinds] data index 4 using (is(i) && !thin ? at($1) : NaN):(y($2)):(0):(y($3 - $2)) with vectors \
			arrowstyle 10 + i notitle, \
		for [i = 1:kinds] '' index 4 using (is(i) && !thin ? at($1) : NaN):(y($3)) with points \
			pointtype (crowd ? 7 : shape[i]) pointsize (crowd ? 0.2 : marks > 100 ? 0.6 : 0.9) linewidth 1.5 \
			linecolor rgb colour[i] notitle, \
		'' index 5 using (at($1)):(y($2)):3 with labels font font_of(9) offset 0.9, 0.5 notitle
}
unset label 90

# The lanes.
if (!dumb && lanes > 0) {
	set tmargin at screen lanes_top
	set bmargin at screen bottom
	set yrange [lanes + 0.6:0.4]
	eval show_times
	set xlabel time_label
	unset ytics
	unset label 91
	unset key
	do for [i = 1:kinds] {
		if (count[i] > 0) {
			set label i titled(name[i], count[i]) at graph 1.04, first lane[i] left \
				point pointtype shape[i] pointsize 0.9 linewidth 1.5 linecolor rgb colour[i] offset 1.7, 0
		}
	}
	plot NaN notitle, \
		for [i = 1:kinds] data index 4 using (is(i) && crowd ? at($1) : NaN):(lane[i] - 0.35):(0):(0.7) with vectors \
			arrowstyle 10 + i notitle, \
		for [i = 1:kinds] data index 4 using (is(i) && !crowd ? at($1) : NaN):(lane[i]) with points \
			pointtype shape[i] pointsize 0.7 linewidth 1.5 linecolor rgb colour[i] notitle
}
unset multiplot
unset output
