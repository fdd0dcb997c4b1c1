# Data of retransmissions.sql: index 0 the peers, 1 the cells, 2 what was not captured; the contract is in README.md.
array say[21]
array again[21]
size = dumb ? 17 : 20
rows = 0
rest = 0
peers = 0
total = 0
stats data index 0 using (r = int($1), r > 0 ? (say[r] = cut(strcol(3) eq 'NaN' ? strcol(2) : strcol(3), size), \
	again[r] = $4) : \
	(total = number(4), peers = number(6)), rows = r > 0 && r < 21 ? r : rows, rest = r == 21 ? 1 : rest, 1) nooutput
stats data index 1 using ($1 == 0 ? (from = $2, to = $3, bin = $5, 0) : number(4)) name 'CELL' nooutput
stats data index 2 using (there(1)) name 'GAP' nooutput
shown = dumb && rows > height - 8 ? height - 8 : rows
lanes = shown + rest
most = CELL_max > 1 ? CELL_max : 1
eval time_axis

lower_to = 152 + (lanes > 2 ? lanes : 2) * 30
eval lower
set title chart_title noenhanced font title_font offset 0, (dumb ? 0 : 2.2)
set lmargin at screen (dumb ? 2.0 / width : 45 * zoom / width)
set rmargin at screen (dumb ? 1 - 27.0 / width : 1 - 245 * zoom / width)
set tmargin at screen (dumb ? 1 - 2.0 / height : 1 - 92 * zoom / height)
set bmargin at screen (dumb ? 4.0 / height : 60 * zoom / height)
set border (dumb ? 1 : 0)
unset ytics
unset grid
unset key
least = dumb ? 10 : own_size ? 1 : 4
set yrange [(lanes > least ? lanes : least) + 0.6:0.4]
eval show_times
set xlabel time_label.(!dumb && GAP_sum > 0 ? '; nothing was captured where there are lines' : '')
# Dark is much, so that it stands out from a light ground, also in grey; from one segment on, in logarithmic steps.
set palette defined (0 '#E2CF5A', 0.35 '#B0A060', 0.7 '#5F6A86', 1 '#0A1F4E')
set cbrange [1:most > 1 ? most : 2]
set logscale cb
set cbtics ('1' 1) scale 0.4 nomirror
middle = floor(sqrt(most) + 0.5)
if (middle > 1 && middle < most) { set cbtics add (amount(middle) middle) }
if (most > 1) { set cbtics add (amount(most) most) }
set colorbox horizontal user origin screen 1 - 470 * zoom / width, \
	screen 1 - 63 * zoom / height size screen 200 * zoom / width, screen 10.0 / height
set cblabel ''
if (!dumb) {
	if (rows < peers) { set label 51 sprintf('the worst %.0f of at least %.0f peers', rows, peers) \
		at graph 0, screen 1 - 58 * zoom / height left font small }
	set label 50 'segments sent again in '.duration(bin) at screen 1 - 480 * zoom / width, \
		1 - 58 * zoom / height right font small
	set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind fillcolor rgb '#f4f4f4' fillstyle solid noborder
}
do for [i = 1:lanes] {
	r = rest && i == lanes ? 21 : i
	line = say[r].'  '.amount(again[r])
	set label i line at graph 1, first i left offset 1, 0 noenhanced font (dumb ? '' : small)
}
if (lanes > 0) { set label 52 'peer, segments in all' \
		at graph 1, screen 1 - (dumb ? 1.5 : 82 * zoom) / height left offset 1, 0 textcolor rgb '#606060' font (dumb ? '' : small) }
if (rows < 1 && !rest) { unset colorbox; unset label 50; set label 1 'nothing was sent again' \
		at graph 0.5, 0.5 center textcolor rgb grey }
place(r) = r == 21 ? lanes : r > shown ? NaN : r
if (dumb) {
	signs = '.:+#@'
	level(n) = most > 1 ? 1 + int(4.0 * log(n) / log(most) + 0.5) : 5
	set xlabel time_label.sprintf("\nin %s: %s is 1, %s is %s", duration(bin), most > 1 ? '.' : '@', '@', amount(most)) \
		.(GAP_sum > 0 ? '; / not captured' : '').(shown < peers ? sprintf('; %.0f of %.0f peers', shown, peers) : '')
	plot for [r = 1:(GAP_sum > 0 ? lanes : 0)] for [k = 0:24] data index 2 using (x($1 + ($2 - $1) * k / 24.0)):(r):('/') \
			with labels, \
		for [i = 1:5] data index 1 using (x(($2 + $3) / 2)):(number(4) > 0 && level($4) == i ? \
		place($1) : NaN):(signs[i:i]) with labels
} else {
	plot data index 2 using (x($1)):(0):(x($1)):(x($2)):(0.4):(lanes > least ? lanes + 0.6 : least + 0.6) with boxxyerror \
			fillstyle transparent pattern 5 noborder linecolor rgb grey, \
		data index 1 using (x($2)):(number(4) > 0 ? place($1) : NaN):(x($2)):(x($3)):(place($1) - 0.42):(place($1) + 0.42):4 \
		with boxxyerror linecolor palette
}
unset output
