# style.gp: what all charts have in common; read before each of them. The command sets before it: data, out, term, chart_title, width,
# height, own_size, in_page, tz_s, tz_name, tz_offsets (README.md).
dumb = term eq 'dumb'
# A page has the title above the chart, and more than one chart.
if (in_page) { chart_title = ''; height = int(height * 0.85) }
# Texts shrink with the picture, so that what fits at 1000 pixels fits at 800.
zoom = width / 1000.0 < height / 400.0 ? width / 1000.0 : height / 400.0
zoom = zoom < 0.7 ? 0.7 : zoom > 1 ? 1.0 : zoom
white = "background '#ffffff' "
letters = "font 'DejaVu Sans,".(term eq 'svg' ? 13 : 11)."' fontscale zoom"
terminal = term eq 'svg' ? "svg size width,height dynamic enhanced ".(in_page ? '' : white).letters \
	: term eq 'pngcairo' ? "pngcairo size width,height enhanced ".white.letters \
	: term eq 'pdfcairo' ? "pdfcairo size width / 75.0,height / 75.0 enhanced ".white.letters." linewidth 1.6" \
	: term eq 'sixelgd' ? "sixelgd size width,height truecolor enhanced ".white.letters \
	: "dumb size width,height ".dumb_colours
# In a terminal an axis has room for its numbers, however narrow it is.
dumb_left = 8.0 / width
eval "set terminal ".terminal
if (out ne '') { set output out }
# A chart that has less to show than there is room for is lower, if nobody asked for a size: `lower_to = 300`, then `eval lower`.
lower = "if (own_size && !dumb && lower_to * zoom < height) { set output; height = int(lower_to * zoom); eval 'set terminal '.terminal; " \
	. "if (out ne '') { set output out } }"
set encoding utf8
set datafile separator "\t"

# A series has the same colour in every chart; colour-blind people can tell these apart (Okabe-Ito). Shape, width or dashes differ too.
blue = '#0072B2'
green = '#009E73'
orange = '#E69F00'
vermilion = '#D55E00'
purple = '#CC79A7'
sky = '#56B4E9'
grey = '#7F7F7F'
ink = '#000000'
pale = '#CCE3F0'

number(n) = strcol(n) eq 'NaN' ? 0 : column(n)
there(n) = strcol(n) eq 'NaN' ? 0 : 1
# Bytes in a unit that a person reads; the same for both ends of an axis.
unit(x) = x >= 5e9 ? 'GB' : x >= 5e6 ? 'MB' : x >= 5e3 ? 'kB' : 'bytes'
scale(x) = x >= 5e9 ? 1e9 : x >= 5e6 ? 1e6 : x >= 5e3 ? 1e3 : 1
duration(s) = s < 1 ? sprintf('%g ms', s * 1000) : s < 120 ? sprintf('%g s', s) : s < 7200 ? sprintf('%g min', s / 60) \
	: s < 172800 ? sprintf('%.3g h', s / 3600) : sprintf('%.3g days', s / 86400)
# A long name without its middle: `n` characters and one.
cut(s, n) = strlen(s) > n ? s[1:n / 2].'…'.s[strlen(s) - n / 2 + 1:*] : s
# A round step for some four tics from 0 to `m`; of what is counted, not below 1.
power(m) = 10 ** floor(log10(m / 4.0))
digit(m) = m / 4.0 / power(m)
step(m) = power(m) * (digit(m) < 1.5 ? 1 : digit(m) < 3 ? 2 : digit(m) < 7 ? 5 : 10)
count_step(m) = step(m) < 1 ? 1 : step(m)
# A rate in a unit that a person reads, of Mbit/s up to `m`.
rate_unit(m) = m >= 5e3 ? 'Gbit/s' : m > 0 && m < 0.2 ? 'kbit/s' : 'Mbit/s'
rate_scale(m) = m >= 5e3 ? 1e3 : m > 0 && m < 0.2 ? 1e-3 : 1
# The name of a vertical axis stands at the picture's edge, where tics do not reach it, in a terminal above the axis: `heading = 'Mbit/s'`, then `eval name_axis`.
name_axis = "if (dumb) { set label 91 heading at graph 0, graph 1 left offset -7, 1 } else { set label 91 heading at screen 14 * zoom / width, graph 0.5 center rotate " \
	. "font axis_font }"
axis_font = ''
# Bars: nothing where there is nothing, because a bar's border would be seen.
more(n) = number(n) > 0 ? column(n) : NaN

set border 3 linecolor rgb '#606060'
set xtics nomirror out scale 0.6
set ytics nomirror out scale 0.6
if (!dumb) { set grid back linetype 1 linewidth 0.6 linecolor rgb '#dddddd' }
set style fill solid 1 noborder
title_font = dumb ? '' : strlen(chart_title) > 85 ? ',11' : ',14'
small = dumb ? '' : term eq 'svg' ? ',11' : ',9'
smaller = dumb ? '' : term eq 'svg' ? ',9.5' : ',8'

# How far the reader's clock is ahead of UTC at a time, and when it is set forward or back.
changes = (words(tz_offsets) - 1) / 2
ahead_after(i) = word(tz_offsets, 2 * i + 1) + 0
changed_at(i) = i > changes ? 1e300 : word(tz_offsets, 2 * i) + 0
ahead(t) = ahead_after(0) + (changes < 1 ? 0 : sum [i = 1:changes] (t < changed_at(i) ? 0 : ahead_after(i) - ahead_after(i - 1)))
utc(s) = sprintf('UTC%s%02d:%02d', s < 0 ? '-' : '+', abs(s) / 3600, abs(s) % 3600 / 60)

# `from` and `to` (seconds since the epoch) are set, then `eval time_axis`: x(t) is the place of a time on the axis. Up to ten seconds are
# shown as seconds after a time that the axis names, all else as times of day. `eval show_times` and `set xlabel time_label`
# belong to the lowest panel, `eval hide_times` to the others. The axis is a little longer, so that rounding drops no mark at its end.
x(t) = t - t0
change_text(i) = changed > 1 ? sprintf('; clocks change %d times', changed) : '; '.utc(ahead_after(i)).' from ' \
	.strftime(span > 172800 ? '%d %b %H:%M' : '%H:%M', changed_at(i) + ahead_after(i))
time_axis = "span = to > from ? to - from : 1.0; clock = span > 10; t0 = clock ? -ahead(from) : floor(from); " \
	. "time_format = !clock ? '%g' : span > 172800 ? \"%d %b\\n%H:%M\" : '%H:%M:%S'; " \
	. "changed = 0; do for [change = 1:changes] { if (clock && changed_at(change) > from && changed_at(change) < to) { " \
	. "changed = changed + 1; last_change = change } }; " \
	. "zone = (dumb && strlen(tz_name) > (changed ? 10 : 25) ? utc(ahead(from)) : tz_name).(changed ? change_text(last_change) : ''); " \
	. "time_label = clock ? (span > 172800 ? '' : strftime('%Y-%m-%d', from + ahead(from)).', ').'time ('.zone.')' " \
	. ": 'seconds after '.strftime('%Y-%m-%d %H:%M:%S', t0 + ahead(from)).' '.tz_name; " \
	. "set xrange [from - t0:from - t0 + span * 1.0002]; if (clock) { set xdata time; set timefmt '%s' }"
# Times of day stand so far apart that they do not touch.
room = (dumb ? width / 14.0 : width * 0.725 / 95)
tics_of(s) = s <= 1 ? 1 : s <= 2 ? 2 : s <= 5 ? 5 : s <= 10 ? 10 : s <= 15 ? 15 : s <= 30 ? 30 : s <= 60 ? 60 : s <= 120 ? 120 : \
	s <= 300 ? 300 : s <= 600 ? 600 : s <= 900 ? 900 : s <= 1800 ? 1800 : s <= 3600 ? 3600 : s <= 7200 ? 7200 : \
	s <= 10800 ? 10800 : s <= 21600 ? 21600 : s <= 43200 ? 43200 : 86400 * ceil(s / 86400.0)
time_axis = time_axis.'; if (span > 31622400) { time_format = "%Y-%m"; changed = 0 }; ' \
	. "if (clock) { set xtics tics_of(span / room) } else { set xtics autofreq }; tics = 0; if (changed) { eval place_tics }"
# Where clocks change, round times before and after it are not equally far apart.
array tic_at[200]
array tic_text[200]
place_tics = "tic_step = tics_of(span / room); do for [change = 0:changes] { tic = change < 1 || changed_at(change) < from ? from : changed_at(change); " \
	. "tic = ceil((tic + ahead_after(change)) / tic_step) * tic_step - ahead_after(change); " \
	. "while (tic <= to && tic < changed_at(change + 1) && tics < 200) { if (tics < 1 || x(tic) - tic_at[tics] > 0.6 * tic_step) { " \
	. "tics = tics + 1; tic_at[tics] = x(tic); tic_text[tics] = strftime(time_format, tic + ahead_after(change)) }; tic = tic + tic_step } }"
# A terminal has no room for this and for two offsets.
point_note(s) = dumb && changed ? '' : ', a point is '.duration(s)
show_times = "set format x time_format; if (tics > 0) { set xtics (); do for [tic = 1:tics] { set xtics add (tic_text[tic] tic_at[tic]) } }"
hide_times = "set format x ''; if (tics > 0) { set xtics (); do for [tic = 1:tics] { set xtics add ('' tic_at[tic]) } }"
# A legend that is written line by line to the right of the panels, which end `legend_width` pixels (times zoom) before the edge: `row = 60` (pixels from
# above), then per line `mark` (pointtype; 0: none, -1: a line of dashtype `dash`), `hue`, `say`, and `eval legend_line`.
legend_width = 200
legend_size = 9
font_of(points) = sprintf(',%.3g', term eq 'svg' ? points * 4 / 3.0 : points) # SVG's are in pixels
dash = 1
legend_x(p) = 1 - (legend_width - p) * zoom / width
legend_y(p) = 1 - p * zoom / height
legend_line = "if (mark > 0) { set label '' at screen legend_x(26), legend_y(row) point pointtype mark pointsize 0.9 linewidth 1.5 linecolor rgb hue }; " \
	. "if (mark < 0) { set arrow from screen legend_x(14), legend_y(row) to screen legend_x(38), legend_y(row) nohead linewidth 2 " \
	. "dashtype dash linecolor rgb hue }; " \
	. "set label say at screen legend_x(mark ? 46 : 14), legend_y(row) left noenhanced font font_of(legend_size) textcolor rgb ink; row = row + 18"
amount(n) = n >= 9.995e8 ? sprintf('%.3gG', n / 1e9) : n >= 9.995e5 ? sprintf('%.3gM', n / 1e6) : n >= 9995 ? sprintf('%.3gk', n / 1e3) : sprintf('%.0f', n)
# Panels of the usual width: room for the axis to the left, for the legend to the right.
panels = "set lmargin at screen (dumb ? dumb_left : 75 * zoom / width); set rmargin at screen (dumb ? 0.98 : legend_x(0))"
ms(x) = sprintf(x >= 1000 ? '%.0f ms' : '%.3g ms', x)
set dashtype 2 (10, 6)
# An axis from `lowest` to `highest` ms, logarithmic where they differ much: `eval log_axis('x')`, and `set xlabel what.log_note`.
log_axis(a) = "log_low = lowest < 0.001 ? 0.001 : lowest; log_high = highest > log_low ? highest : log_low; " \
	. "log_ratio = log_high / log_low; log_note = log_ratio < 4 ? '' : ' (logarithmic)'; unset logscale ".a."; set ".a."tics autofreq; " \
	. "log_room = log_high * 0.1; if (log_ratio < 4) { set ".a."range [log_low - log_room:log_high + log_room] } else { " \
	. "set logscale ".a."; set ".a."range [log_low * 0.8:log_high * 1.25]; if (log_ratio < 200) { set ".a."tics (0.001); " \
	. "do for [log_power = -3:9] { do for [log_digit in '1 2 5'] { set ".a."tics add (10.0 ** log_power * log_digit) } } } }"
