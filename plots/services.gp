# Data of services.sql: index 0 the stacked series, 1 what they are called; the contract is in README.md.
stats data index 0 using 1 name 'T' nooutput
stats data index 0 using (number(9)) name 'ALL' nooutput
stats data index 0 using 10 name 'BIN' nooutput
from = T_min
to = T_max
ceiling = ALL_max > 0 ? ALL_max * 1.08 : 1

# What a band is called, and where it is thickest: there it bears its number, so that nobody has to tell colours.
array hue[8] = [blue, orange, green, vermilion, purple, sky, '#F0E442', '#BBBBBB']
array on_hue[7] = ['#ffffff', ink, '#ffffff', '#ffffff', ink, ink, ink]
array say[8]
array share[8]
array thickest[8]
array at_t[8]
array at_y[8]
size = dumb ? 17 : 21
# A terminal has no room for the address beside the name, but for the port.
last(s) = s[strlen(s) - 4:*]
port(s) = strstrt(last(s), ':') ? last(s)[strstrt(last(s), ':') + 1:*] : last(s)
told(key, name) = name eq 'NaN' ? key : dumb ? cut(name, size - 6).':'.port(key) : name
services = 0
stats data index 1 using (there(1) ? (say[int($1)] = $1 == 8 ? \
		($6 > services ? sprintf('all others (%d)', $6 - services) : 'all others') : told(strcol(2), strcol(3)), \
	share[int($1)] = ($1 == 8 || strcol(3) eq 'NaN' ? '' : (strlen(strcol(2)) > 19 ? cut(strcol(2), 17) : strcol(2)).'  ').\
		($5 < 0.05 ? '<0.1 %' : sprintf($5 < 9.95 ? '%.1f %%' : '%.0f %%', $5)), \
	services = $1 < 8 ? $1 : services, others = $1 == 8 ? $4 : 0, 1) : 0) nooutput
# A letter is some bins wide: what counts is how thick the band is over so many.
letter = dumb ? 1 : int(14.0 * T_records / (width * 0.725 / zoom)) + 1
letter = letter > 40 ? 40 : letter
array back_t[letter]
array back_y[letter]
do for [i = 1:services] {
	thick = 0
	reach = 0
	n = 0
	stats data index 0 using (now = number(i + 1) - (i > 1 ? number(i) : 0), n = n + 1, \
		back_t[n % letter + 1] = ($1 + $11) / 2, back_y[n % letter + 1] = number(i + 1) - now / 2, \
		reach = letter < 2 || now < reach + ceiling * 0.05 / letter ? now : reach + ceiling * 0.05 / letter, reach > thick && n >= letter ? (thick = reach, \
		at_t[i] = back_t[(n - letter / 2) % letter + 1], at_y[i] = back_y[(n - letter / 2) % letter + 1], 1) : 0) nooutput
	thickest[i] = thick
}

# In a page the overview has shown as much of a single service.
if (in_page && services + others < 2) { lower_to = 320; eval lower }
eval time_axis
set title chart_title noenhanced font title_font
set lmargin at screen (dumb ? dumb_left : 75 * zoom / width)
set rmargin at screen (dumb ? 0.68 : 1 - 200 * zoom / width)
set tmargin at screen (dumb ? 1 - 3.0 / height : 0.91)
set bmargin at screen (dumb ? 0.13 : 62 * zoom / height)
do for [i = 1:(services + others > 1 ? services : 0)] {
	if (thickest[i] > ceiling * (dumb ? 0.045 : 0.035)) {
		set label i sprintf('%d', i) at x(at_t[i]), at_y[i] / rate_scale(ALL_max) center front textcolor rgb (dumb ? ink : on_hue[i])
	}
}
# The legend is in the order of the bands: others above, the largest below. A terminal has no room for the shares.
line = 0
do for [k = 0:services] {
	i = k == 0 ? 8 : services + 1 - k
	if (i < 8 || others > 0) {
		place = 1 - (70 + 37 * line) * zoom / height
		if (!dumb) {
			set label 10 + 2 * i '' at screen 1 - 189 * zoom / width, \
				place - 8 * zoom / height point pointtype 5 pointsize 2 * zoom linecolor rgb hue[i]
			set label 11 + 2 * i sprintf("%s%s\n%s", i < 8 ? sprintf('%d  ', i) : '', cut(say[i], size), share[i]) \
				at screen 1 - 176 * zoom / width, place left noenhanced font small
		}
		line = line + 1
	}
}
if (dumb) { set key noenhanced at screen 0.70, 0.90 top left vertical Left reverse samplen 1 } else { unset key }
heading = rate_unit(ALL_max)
eval name_axis
set yrange [0:ceiling / rate_scale(ALL_max)]
eval show_times
set xlabel time_label.point_note(BIN_max)
set border 3 front
# From the back: the largest sum first. A thin line parts the bands.
rate(n) = strcol(n) eq 'NaN' ? NaN : column(n) / rate_scale(ALL_max)
if (dumb) {
	plot data index 0 using (x($1)):(rate(9)) with steps title others > 0 ? ' '.cut(say[8], size) : '', \
		for [i = services:1:-1] '' index 0 using (x($1)):(rate(i + 1)) with steps title sprintf(' %d ', i).cut(say[i], size)
} else {
	plot data index 0 using (x($1)):(rate(9)) with fillsteps fillstyle solid 1 noborder linecolor rgb hue[8], \
		for [i = services:1:-1] '' index 0 using (x($1)):(rate(i + 1)) with fillsteps \
			fillstyle solid 1 noborder linecolor rgb hue[i], \
		for [i = services:1:-1] '' index 0 using (x($1)):(rate(i + 1)) with steps \
			linewidth T_records < 150 ? 0.5 : 0 linecolor rgb T_records < 150 ? '#ffffff' : '#ffffffff', \
		'' index 0 using (x($1)):(rate(9)) with steps linewidth 1 linecolor rgb '#606060'
}
unset output
