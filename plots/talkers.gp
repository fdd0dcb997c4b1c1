# Data: index 0 of talkers.sql, a row per host, 16 for all others; the contract is in README.md.
array host[16]
array name[16]
array sent[16]
array received[16]
array either[16]
array part[16]
hosts = 0
rest = 0
exact = 0
most = 0
stats data index 0 using (r = int($1), host[r] = strcol(2), name[r] = strcol(3) eq 'NaN' ? '' : strcol(3), sent[r] = $4, \
	received[r] = $5, \
	either[r] = $6, part[r] = number(7), exact = int($8), rest = r == 16 ? 1 : rest, hosts = r < 16 && r > hosts ? r : hosts, \
	sum = $4 + $5 + $6, most = r < 16 && sum > most ? sum : most, 1) nooutput
by = scale(most)
bytes_text(b) = sprintf(b / scale(b) < 99.95 && scale(b) > 1 ? '%.1f %s' : '%.0f %s', b / scale(b), unit(b))
share_text(p) = p < 0.05 ? '<0.1 %' : sprintf('%.1f %%', p)
rows = hosts + rest
size = dumb ? 22 : 27

lower_to = 115 + (rows > 2 ? rows : 2) * 32
eval lower
set title chart_title noenhanced font title_font
set lmargin at screen (dumb ? 24.0 / width : 205 * zoom / width)
set rmargin at screen (dumb ? 1 - 18.0 / width : 1 - 140 * zoom / width)
set tmargin at screen (dumb ? 1 - 2.0 / height : 1 - 50 * zoom / height)
set bmargin at screen (dumb ? 3.0 / height : 60 * zoom / height)
set border 1
unset ytics
if (!dumb) { set grid x noy }
set xrange [0:most > 0 ? most / by * 1.02 : 1]
least = own_size && !dumb ? 2 : 6
set yrange [(rows > least ? rows : least) + 0.6:0.4]
set xlabel unit(most).(exact \
	? ' sent and received, from flows' : ' sent and received, from the timeline: who sent is not known')
do for [i = 1:hosts] {
	both = name[i] ne '' && !dumb
	say = both ? cut(name[i], size)."\n".cut(host[i], size) : cut(name[i] eq '' ? host[i] : name[i], size)
	set label i say at graph 0, first i right offset -1, (both ? 0.3 : 0) noenhanced \
		font (dumb ? '' : both || strlen(say) > 22 ? smaller : small)
	sum = sent[i] + received[i] + either[i]
	say = bytes_text(sum).(dumb ? ' ' : ', ').share_text(part[i])
	if (dumb) { set label 20 + i say at graph 1, first i left offset 1, 0 } else { set label 20 + i say at first sum / by, \
		first i left offset 1, 0 font small }
}
if (rest) {
	set label 16 'all others' at graph 0, first rows right offset -1, 0 font (dumb ? '' : small)
	hosts_text = host[16].(host[16] eq '1' ? ' host: ' : ' hosts: ')
	say = exact ? sprintf('%ssent %s, received %s', hosts_text, bytes_text(sent[16]), bytes_text(received[16])) \
		: (int(host[16]) > 0 ? 'at least '.hosts_text : '').bytes_text(either[16])
	set label 36 say at graph 0, first rows left offset 1, 0 font (dumb ? '' : small)
}
if (dumb) {
	# Bars of characters.
	signs = '################################################################################################################'
	others = '================================================================================================================'
	columns = width - 45.0
	length(b) = int(b / most * columns + 0.5)
	do for [i = 1:hosts] {
		a = length(sent[i] + either[i])
		b = length(received[i])
		say = (a > 0 ? signs[1:a] : '').(b > 0 ? others[1:b] : '')
		set label 40 + i say at graph 0, first i left offset 1, 0
	}
	if (exact) { set xlabel unit(most).': ### sent, === received, from flows' }
	unset key
	plot NaN notitle
} else {
	set key horizontal Left reverse samplen 1.5 at screen 0.99, 22 * zoom / height top right
	# What was received has lines across it, which gnuplot's own legend would not show.
	do for [i = 0:(exact ? 2 : -1)] {
		left = 1 - (i ? 105.0 : 190.0) * zoom / width
		set object 60 + i rectangle from screen left, 11 * zoom / height to screen left + 20 * zoom / width, 21 * zoom / height \
			fillstyle transparent pattern (i == 2 ? 4 : 3) noborder fillcolor rgb (i == 0 ? blue : i == 1 ? orange : '#ffffff')
		say = i ? 'received' : 'sent'
		if (i < 2) { set label 60 + i say at screen left + 28 * zoom / width, 16 * zoom / height left }
	}
	bar(n) = $1 < 16 ? n : NaN
	plot data index 0 using (bar($4 / by)):1:(0):(bar($4 / by)):($1 - 0.36):($1 + 0.36) with boxxyerror linecolor rgb blue notitle, \
		'' index 0 using (bar($4 / by)):1:($4 / by):(bar(($4 + $5) / by)):($1 - 0.36):($1 + 0.36) \
			with boxxyerror linecolor rgb orange notitle, \
		'' index 0 using (bar($4 / by)):1:($4 / by):(bar(($4 + $5) / by)):($1 - 0.36):($1 + 0.36) with boxxyerror \
			fillstyle transparent pattern 4 noborder linecolor rgb '#ffffff' notitle, \
		'' index 0 using (bar($6 / by)):1:(0):(bar($6 / by)):($1 - 0.36):($1 + 0.36) with boxxyerror linecolor rgb sky \
			title exact ? '' : 'sent or received'
}
unset output
