#!/usr/bin/env bash
# report_page.sh: a report as a browser shows it: at the width of a phone and of a desktop, light and dark. The pages are written by
# tests/test_document.c, which has a piece of every kind and hostile names in all of them, and by wiretape report.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
root=$PWD
program=$(realpath "${WIRETAPE:-build/wiretape}")
writer=$(dirname "$program")/tests/test_document
# shellcheck source=tests/expect.sh
. tests/expect.sh

# browse WIDTH SCHEME PAGE: what frame.html finds in it, as "key value" lines in `found`; what the browser has to say in `console`.
browse() {
	local scheme=1
	[[ $2 == dark ]] && scheme=0
	sed -e "s/@WIDTH@/$1/" -e "s/@PAGE@/$3/" "$root/tests/report_page.html" >frame.html
	# Root has no sandbox; the page is our own, and there is no network to reach. A container's /dev/shm may be too small for it.
	timeout 600 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-quic --disable-extensions --allow-file-access-from-files \
		--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir="$work/profile" --enable-logging=stderr --hide-scrollbars \
		--blink-settings=preferredColorScheme=$scheme --window-size=1400,1000 --dump-dom "file://$work/frame.html" >dom 2>browser
	sed -n '/^found:$/,/^end$/p' dom | sed -e 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >found
	grep CONSOLE browser >console
}

# value KEY
value() { sed -n "s/^$1 //p" found; }

# holds NAME: what must be so of every page.
holds() {
	is "$1: it loads" 1 "$(grep -c '^end$' found)"
	is "$1: nothing is wider than the page" 0 "$(value overflow)"
	is "$1: no complaint" "" "$(cat console)"
	is "$1: nothing is fetched" 0 "$(value requests)"
	is "$1: nothing that could run" 0 "$(value active)"
	is "$1: the policy" "default-src 'none'" "$(value policy)"
	is "$1: one first heading" 1 "$(value h1)"
	is "$1: headings in order" "" "$(value skipped_headings)"
	is "$1: ids are unique" "" "$(value repeated_ids)"
	is "$1: links lead somewhere" "" "$(value dead_links)"
	is "$1: contrast (WCAG 2 AA)" "" "$(value faint)"
	is "$1: marks of charts are seen" "" "$(value lost_marks)"
	is "$1: letters of charts are 11 pixels high" 1 "$(($(value smallest_letters) >= 11))"
	is "$1: what is folded opens for its link" "" "$(value closed)"
}

command -v chromium >/dev/null || {
	skip "chromium is not installed (Debian's package chromium)"
	totals
	exit
}

"$program" analyze -q --interval 20ms -o sample.db "$root/samples/loss_20ms.snd.pcap.zst" 2>err
charts=sample.svg
"$program" plot sample.db throughput -o "$charts" >out 2>err || charts=
# shellcheck disable=SC2086 # nothing, or one word
"$writer" html $charts >hostile.html
for width in 390 1280; do
	for scheme in light dark; do
		name="hostile names, $width pixels, $scheme"
		browse "$width" "$scheme" hostile.html
		holds "$name"
		is "$name: its title is a name" '<script>document.title="pwned"</script>' "$(value title)"
		is "$name: charts" 2 "$(value charts)"
		is "$name: tables" 1 "$(value tables)"
		is "$name: rows" 7 "$(value rows)"
		is "$name: sparklines" 7 "$(value sparklines)"
		is "$name: findings" 2 "$(value findings)"
		is "$name: scheme" "$scheme" "$(value scheme)"
		has found "invoice\\u202egpj.exe\\u200b.example" "$name: no reordering"
	done
done

# What the judge says of a page that does all of it wrong.
sed -e 's|<main>|<main><script>document.title = "ran"</script><img src="x.png"><div style="width:3000px;color:#eee">wide</div>|' \
	-e 's|<a href="#flow-3">|<a href="#nowhere">|' hostile.html >bad.html
browse 390 light bad.html
is "a bad page: the policy keeps a script from running" '<script>document.title="pwned"</script>' "$(value title)"
is "a bad page: that is told" 1 "$(($(grep -c 'Content Security Policy' console) > 0))"
is "a bad page: wider" 1 "$(($(value overflow) > 0))"
is "a bad page: could run" 2 "$(value active)"
is "a bad page: fetches" 1 "$(value requests)"
has found "dead_links #nowhere" "a bad page: dead link"
has found "faint wide (238,238,238)" "a bad page: faint"

if "$program" report --help >/dev/null 2>&1; then
	run 0 "report" report sample.db "$root/samples/incidents/20261121T151523Z-loss" -o report.html
	# A window of half a screen has no room for all of a chart as it is: it is a little smaller then.
	browse 900 light report.html
	is "report, 900 pixels: no chart scrolls" 0 "$(value scrolled_charts)"
	is "report, 900 pixels: letters of charts are 9 pixels high" 1 "$(($(value smallest_letters) >= 9))"
	browse 390 light report.html
	is "report, 390 pixels: charts scroll" "$(value charts)" "$(value scrolled_charts)"
	for width in 390 1280; do
		for scheme in light dark; do
			browse "$width" "$scheme" report.html
			holds "report, $width pixels, $scheme"
			is "report, $width pixels, $scheme: charts" 1 "$(($(value charts) > 0))"
			is "report, $width pixels, $scheme: tables" 1 "$(($(value tables) > 0))"
		done
	done
	# What is nearly white on white would shine in the dark: it has another colour there.
	run 0 "report of a closed window" report "$root/samples/zero_window.snd.pcap.zst" -o closed.html
	is "closed window: pale areas have a colour for the dark" "" "$(grep -oE ' (fill|stroke|color)="#[0-9a-f]+"' closed.html | sort -u |
		awk -F'"' '{ c = substr($2, 2); if (length(c) == 3) gsub(/./, "&&", c) } c ~ /^[c-f].[c-f].[c-f].$/ { print $1 "\"" $2 "\"" }' |
		while read -r colour; do grep -qF "[$colour]" closed.html || echo "$colour"; done)"
	# On paper: what is said of a capture is not torn apart, and nobody holds a phone.
	if command -v pdftotext >/dev/null; then
		timeout 600 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$work/profile" \
			--no-pdf-header-footer --print-to-pdf=report.pdf "file://$PWD/closed.html" >out 2>err
		pdftotext -layout report.pdf printed
		has printed 'closed its window' 'printed: the verdict'
		lacks printed 'sideways' 'printed: nothing of phones'
		is 'printed: the facts of the capture are on one page' 1 \
			"$(awk 'BEGIN { RS = "\f" } /began, UTC/ && !n { n = /RTT, p95/ ? 1 : "torn" } END { print n }' printed)"
	else
		skip "pdftotext is not installed (Debian's package poppler-utils)"
	fi
else
	skip "wiretape has no report"
fi
totals
