#!/usr/bin/env bash
# wiretape report on the bundled samples, on what is made of them, and on what goes wrong. jq, sqlite3 and zstd judge.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
program=$wiretape
samples=$(realpath samples)
# shellcheck source=expect.sh
. "$here/expect.sh"
export SOURCE_DATE_EPOCH=1795233600 TMPDIR=$work/temporary
mkdir temporary
nothing_left() { is "$1: leaves nothing" '' "$(ls -A temporary)"; }
gnuplot=$(command -v gnuplot)

# usage
run 0 help report --help && has out 'usage: wiretape report' help
is 'help: 80 columns' '' "$(awk 'length > 80' out)"
run 2 'on nothing' report && has err 'on what?' 'on nothing'
run 2 'unknown format' report --format pdf x.pcap && has err '--format pdf: must be' 'unknown format'
run 2 'a name that tells no format' report -o first.pcap second.pcap && has err 'must end in .html' 'a name that tells no format'
run 2 'no zone' report --tz Mars/Olympus x.pcap && has err 'no such time zone' 'no zone'
run 2 'no jobs' report -j 0 x.pcap && has err '--jobs 0' 'no jobs'
run 2 'standard input twice' report - - && has err 'only once' 'standard input twice'
run 2 'from after to' report --from 10:00 --to 09:00Z --from 2026-01-02 --to 2026-01-01 x.pcap && has err 'is after --to' 'from after to'
run 2 'unknown threshold' report --set nothing=1 x.pcap

# one capture, in all formats: flows and packets are counted by sqlite3 in the database of analyze
cp "$samples"/loss_20ms.snd.pcap.zst loss.pcap.zst
cp "$samples"/request_response.snd.pcap.zst calm.pcap.zst
cp "$samples"/zero_window.snd.pcap.zst window.pcap.zst
"$wiretape" analyze -q --interval 20ms -o loss.db loss.pcap.zst
run 0 'one capture: json' report loss.pcap.zst --format json
is 'one capture: packets' "$(sqlite3 loss.db 'SELECT packets FROM captures')" "$(jq '.ranking[0].packets' out)"
is 'one capture: findings' "$(sqlite3 loss.db "SELECT group_concat(code, ' ') FROM (SELECT code FROM findings ORDER BY code)")" \
	"$(jq -r '[.captures[0].findings[].code] | sort | join(" ")' out)"
is 'one capture: verdict' warning "$(jq -r '.captures[0].verdict.severity' out)"
run 0 'one capture: text' report loss.pcap.zst --format text && has out '(loss_downstream)' 'one capture: text'
is 'text: 80 columns, but for filters' '' "$(awk 'length > 80 && !/ == /' out)"
has out 'Left out of this text: the pages of the worst flows;' 'text: what is left out is said' &&
	lacks out 'Events' 'text: no pages of flows'
run 0 'text of much that is wrong' report "$samples/web.snd.pcap.zst" --format text &&
	is 'text of much that is wrong: three screens' 1 $(($(wc -l <out) < 160))
is 'text of much that is wrong: 80 columns' '' "$(awk 'length > 80 && !/ == /' out)"
run 0 'text of what is well' report calm.pcap.zst --format text && is 'text of what is well: a screen' 1 $(($(wc -l <out) < 50))
run 0 'one capture: Markdown' report loss.pcap.zst -o loss.md && has loss.md '# ' 'one capture: Markdown'
run 0 'one capture: HTML' report loss.pcap.zst -o loss.html && has loss.html '</html>' 'one capture: HTML'
lacks loss.html '<script' 'HTML: no script'
is 'HTML: findings have anchors, and a link to copy' "$(grep -oE 'id="c1-finding-[^"]*' loss.html | cut -d'"' -f2)" \
	"$(grep -oE '<a href="#c1-finding-[^"]*"><code>' loss.html | cut -d'"' -f2 | tr -d '#')"
has loss.html 'id="c1-finding-loss-downstream"' 'HTML: the anchor of a finding'
is 'one capture: not folded' 0 "$(grep -c '<details[^>]*><summary>[^<]*loss.pcap.zst' loss.html)"
run 0 'piped: HTML' report --no-charts loss.pcap.zst && has out '<!DOCTYPE html>' 'piped: HTML'
run 0 'text by name' report loss.pcap.zst -o loss.txt && is 'text by name' loss.pcap.zst "$(head -n 1 loss.txt)"
is 'made when SOURCE_DATE_EPOCH says' 1 "$(grep -c 'made 2026-11-21 04:00:00 UTC' loss.txt)"
"$wiretape" report - --format json <loss.pcap.zst >out 2>err && is 'standard input' 'standard input' "$(jq -r '.ranking[0].capture' out)"
# shellcheck disable=SC2002 # a pipe is what is tested
cat loss.pcap.zst | "$wiretape" report - --format json >out 2>err &&
	is 'a pipe' "$(sqlite3 loss.db 'SELECT packets FROM captures')" "$(jq '.ranking[0].packets' out)"
run 0 'a pipe by its name' report <(zstd -dcq loss.pcap.zst) --format json
is 'a pipe by its name' "$(sqlite3 loss.db 'SELECT packets FROM captures')" "$(jq '.ranking[0].packets' out)"
nothing_left 'one capture'

# options reach the analysis
run 0 threshold report loss.pcap.zst --set loss_pct=50 --format json &&
	is threshold 0 "$(jq '[.captures[0].findings[]? | select(.code == "loss_downstream")] | length' out)"
run 0 'threshold of a database' report loss.db --set loss_pct=50 --format json
is 'threshold of a database' 0 "$(jq '[.captures[0].findings[]? | select(.code == "loss_downstream")] | length' out)"
echo '10.9.0.2 database.example' >hosts
run 0 names report loss.pcap.zst --hosts hosts --format text && has out database.example names
# 03:57:05.000 is 742 ms after the first packet: sqlite3 counts what tcpdump would
run 0 period report loss.pcap.zst --from 03:57:05 --format json
run 0 'period in a zone' report loss.pcap.zst --from 04:57:05 --tz Europe/Berlin --format json
is 'period in a zone' "$(zstd -dcq loss.pcap.zst | tcpdump -ttnr - 2>/dev/null | awk '$1 >= 1795233425' | wc -l)" \
	"$(jq '.ranking[0].packets' out)"
run 1 'period of a database' report loss.db --from 03:57:05 --format text && has err 'has no packets' 'period of a database'

# databases: one without findings, one with several captures
"$wiretape" analyze -q --no-findings -o several.db loss.pcap.zst calm.pcap.zst
run 0 'a database' report several.db --format json
is 'a database: captures' 'several.db: loss.pcap.zst several.db: calm.pcap.zst' "$(jq -r '[.ranking[].capture] | join(" ")' out)"
is 'a database: sections' 2 "$(jq '.captures | length' out)"
is 'a database: findings are computed' warning "$(jq -r '.ranking[0].severity' out)"
is 'a database: nothing is written' 0 "$(sqlite3 several.db 'SELECT count(*) FROM findings')"
sqlite3 other.db 'CREATE TABLE t (a)'
run 1 'a database of others' report other.db --format text && has err 'not one of wiretape' 'a database of others'

# many: the lossy one before the one whose receiver stopped, the calm one last; cut short, damaged, missing ones and a repeated one
zstd -dcq loss.pcap.zst | head -c 200000 >cut.pcap
echo hello >hello.pcap
mkdir pods && cp loss.pcap.zst calm.pcap.zst cut.pcap hello.pcap pods && echo text >pods/notes.txt
cp loss.pcap.zst pods/twin.pcap.zst
run 1 many report pods/*.pcap* pods/none.pcap --format json
is 'many: order' 'pods/loss.pcap.zst' "$(jq -r '.ranking[0].capture' out)"
is 'many: rank' '1,2,3,null,null,null' "$(jq -r '[.ranking[].rank | tostring] | join(",")' out)"
is 'many: sections in order' "$(jq -r '[.ranking[:3][].capture] | join(" ")' out)" "$(jq -r '[.captures[].title] | join(" ")' out)"
is 'many: cut short' 'cut short: the record at offset 199958 is incomplete, the capture ends at 200000' \
	"$(jq -r '.ranking[] | select(.capture == "pods/cut.pcap").problem' out)"
is 'many: no capture' true "$(jq '.ranking[] | select(.capture == "pods/hello.pcap").problem | startswith("not a capture")' out)"
is 'many: missing' 'No such file or directory' "$(jq -r '.ranking[] | select(.capture == "pods/none.pcap").problem' out)"
is 'many: twice' 'the same packets as loss.pcap.zst' "$(jq -r '.ranking[] | select(.capture == "pods/twin.pcap.zst").problem' out)"
is 'many: verdict' 'Of 6 captures 1 has a warning, 1 has notes only, 1 has nothing amiss, 1 is there twice, 2 could not be read. 1 of them was read in part only. Worst is loss.pcap.zst: Segments are lost behind the tap, on the way to their receiver.' \
	"$(jq -r .verdict.text out)"
has err 'wiretape: pods/hello.pcap: not a capture' 'many: complaints'
run 1 'many: text' report pods/*.pcap* --format text && is 'many: text in 80 columns' '' "$(awk 'length > 80 && !/ == /' out)"
has out 'Below is what was found in each.' 'many: text: what is left out is said' && lacks out 'Talkers' 'many: text: findings alone'
run 0 folder report pods/loss.pcap.zst "$samples" --format json
has err '1 file in folders is no capture: skipped' folder
run 1 'a folder' report pods --format json && is 'a folder' 5 "$(jq '.ranking | length' out)"
has err '1 file in folders is no capture: skipped: pods/notes.txt' 'a folder: notes'
: >'pods/empty pod.PCAP'
run 1 'a folder: an empty capture' report pods --format json
is 'a folder: an empty capture' 'not a capture: it is empty' "$(jq -r '.ranking[] | select(.capture == "pods/empty pod.PCAP").problem' out)"
is 'a folder: called a capture' true "$(jq '.ranking[] | select(.capture == "pods/hello.pcap").problem | startswith("not a capture")' out)"
rm 'pods/empty pod.PCAP'
mkdir long && cp loss.pcap.zst long/production_checkout-service-7d9f8b6c5d-x2x4k.pcap.zst && cp window.pcap.zst long
run 0 'long names' report long --format text && is 'long names: the table says what is wrong' 'Segments A receiver' \
	"$(sed -n '/worst first/,/^$/p' out | grep -oE 'Segments|A receiver' | xargs)"
is 'long names: 80 columns' '' "$(awk 'length > 80 && !/ == /' out)"
mkdir void && run 1 'an empty folder' report void --format text && has err 'no capture in it' 'an empty folder'
run 0 'several at once' report -j 3 loss.pcap.zst calm.pcap.zst window.pcap.zst --format json && cp out first
run 0 'one after the other' report -j 1 loss.pcap.zst calm.pcap.zst window.pcap.zst --format json && same 'as many as one likes' first out
run 1 folded report --no-charts loss.pcap.zst calm.pcap.zst window.pcap.zst cut.pcap -o folded.html
is folded yes "$( (($(grep -c '<details' folded.html) >= 4)) && echo yes)"
nothing_left many

# an incident: its own database is used, unless it is gone, of other packets, or of an older wiretape
"$wiretape" replay loss.pcap.zst --save tour >out 2>err
incident=$(echo tour/incidents/*-loss)
run 0 incident report "$incident" --format json && cp out before
is 'incident: trigger' loss "$(jq -r '.captures[0].incident.facts.trigger' out)"
is 'incident: key' "$(jq -r .key "$incident/incident.json")" "$(jq -r '.captures[0].incident.facts.key' out)"
is 'incident: worst flows' "$(jq '[.worst_flows[] | (.c2s, .s2c) | select(.total.data_segments > 0)] | length' "$incident/incident.json")" \
	"$(jq '.captures[0].incident.worst_flows | length' out)"
is 'incident: row' "$(jq '.row.data_segments' "$incident/incident.json")" \
	"$(jq '.captures[0].incident.before[] | select(.measure == "data segments").fired' out)"
run 0 'the database of an incident' report "$incident/flows.db" --format json
is 'the database of an incident: is of its packets, not a recorder'"'"'s catalog' "$(jq -c '.captures[0].findings | map(.code)' before)" \
	"$(jq -c '.captures[0].findings | map(.code)' out)"
# order FILE: which of the verdict, the table of contents, the next steps and why it was saved come first, second, third, fourth
order() { grep -oE 'class="verdict|<nav|<b>Next|Why it was saved</h' "$1" | sed -E 's/.*(verdict|nav|Next|Why).*/\1/' | xargs; }
run 0 'incident: HTML' report --no-charts "$incident" -o incident.html &&
	is 'incident: what is wrong, what to do, and then why it was saved' 'verdict nav Next Why' "$(order incident.html)"
run 0 'incident: text' report "$incident" --format text && is 'incident, text: the verdict before why' 1 \
	"$(sed '/^Why it was saved$/,$d' out | grep -cE '^ *(Warning|Critical|Note|warning|critical|note):')"
# below the first line of a piece of evidence the next ones begin where its words do
is 'incident, text: evidence in several lines' '' "$(awk '/^  - / && length > 60 { getline; if (!/^    [^ ]/) print }' out)"
sqlite3 "$incident/flows.db" "UPDATE findings SET title = 'from the database'"
run 0 'incident: intervals too long for charts' report "$incident" --format text &&
	lacks out 'from the database' 'incident: intervals too long for charts'
sqlite3 "$incident/flows.db" "UPDATE captures SET interval_ms = 20"
run 0 'incident: stored' report "$incident" --format text && has out 'from the database' 'incident: stored'
sqlite3 "$incident/flows.db" "PRAGMA user_version = 5"
run 0 'incident: of a wiretape that counted alike' report "$incident" --format text &&
	has out 'from the database' 'incident: of a wiretape that counted alike'
run 0 'findings of a wiretape that counted alike' findings "$incident/flows.db" --set loss_pct=0.1 &&
	has out 'Segments are lost behind the tap' 'findings of a wiretape that counted alike'
sqlite3 "$incident/flows.db" "PRAGMA user_version = 3"
run 0 'incident: of an older wiretape' report "$incident" --format text && lacks out 'from the database' 'incident: of an older wiretape'
rm "$incident/flows.db"
run 0 'incident: without database' report "$incident" --format json
is 'incident: without database' "$(jq '.ranking[0].packets' before)" "$(jq '.ranking[0].packets' out)"
# What somebody makes of an incident is a database with flows, though it knows of the incident as a ring's catalog does.
"$wiretape" analyze -q -o by_hand.db "$incident"
run 0 'incident: analysed by hand' report by_hand.db --format json
is 'incident: analysed by hand' "$(jq -c '.captures[0] | [.overview.flows, .overview.retransmitted, .verdict.severity]' before)" \
	"$(jq -c '.captures[0] | [.overview.flows, .overview.retransmitted, .verdict.severity]' out)"
run 0 'incidents of a folder' report tour/incidents --format json && is 'incidents of a folder' loss "$(jq -r '.captures[0].incident.facts.trigger' out)"
cp -r "$incident" broken && echo '{"trigger": [' >broken/incident.json
run 0 'a damaged incident' report broken --format text && has out 'incident.json is damaged' 'a damaged incident'
jq '.sockets.worst = [range(30) | {process: "p\(.)", pid: ., local_ip: "10.0.0.1", local_port: 80, remote_ip: "10.0.0.2", remote_port: .}]' \
	"$incident/incident.json" >broken/incident.json
run 0 'an incident with many sockets' report broken --format json
is 'an incident with many sockets: shown' 20 "$(jq '.captures[0].incident.sockets | length' out)"
is 'an incident with many sockets: left out' '20 of 30 sockets are shown.' "$(jq -r '.captures[0].incident.sockets_shown' out)"
jq '.segments = 3' "$incident/incident.json" >broken/incident.json
run 0 'segments that are gone' report broken --format text &&
	has out '3 segments were saved with it, 1 are in its folder' 'segments that are gone'
jq '.row.rtt_p95_ms = null' "$incident/incident.json" >broken/incident.json
run 0 'incident: unknown when it fired' report broken --format json
is 'incident: unknown when it fired' null "$(jq '.captures[0].incident.before[] | select(.measure == "RTT p95, ms").fired' out)"
run 0 'incident: columns' report "$incident" --format text &&
	has out 'segments  again  lost before  lost after' 'incident: its flows are a table in 80 columns'
run 0 'incident: its own page' report "$incident" -o "$incident/report.html" &&
	is 'incident: its own page is no capture' '' "$(grep skipped err)"
nothing_left incident

# a ring: its catalog has the tables of a database, and segments; the packets of a period are analysed
mkdir -p ring/ring
cp "$samples"/incidents/*/*.pcap.zst ring/ring 2>/dev/null || cp tour/incidents/*/*.pcap.zst ring/ring
cp loss.db ring/catalog.db
sqlite3 ring/catalog.db "DELETE FROM findings; DELETE FROM thresholds; UPDATE captures SET path = 'ring', interface = 'eth7'" \
	"INSERT INTO segments (name, sequence, host, interface, opened_ns, closed_ns, packets, bytes, file_bytes)
	SELECT '20261121T035704.258Z-000001.pcap.zst', 1, 'node7', 'eth7', first_ns, last_ns, packets, bytes, 143608 FROM captures"
run 0 ring report ring --format json && is ring eth7 "$(jq -r '.captures[0].overview.interface' out)"
run 0 'a catalog' report ring/catalog.db --format text && has out eth7 'a catalog'
sqlite3 ring/catalog.db 'PRAGMA journal_mode = WAL' >out
mkfifo go
sqlite3 -cmd ".timeout 60000" ring/catalog.db "BEGIN IMMEDIATE; UPDATE captures SET host = 'unseen'" '.read go' &
is_locked() { ! sqlite3 ring/catalog.db 'BEGIN IMMEDIATE' 2>/dev/null; }
await 60 is_locked || fail 'a ring that is written: nobody writes'
run 0 'a ring that is written' report ring --format text && lacks out unseen 'a ring that is written'
is_locked || fail 'a ring that is written: not all the time'
: >go
wait
first=$(zstd -dcq ring/ring/*.pcap.zst | tcpdump -ttnr - 2>/dev/null | awk 'NR == 1 {print int($1) + 1}')
run 0 'packets of a ring' report ring --to "$first" --format json
is 'packets of a ring' "$(zstd -dcq ring/ring/*.pcap.zst | tcpdump -ttnr - 2>/dev/null | awk -v to="$first" '$1 <= to' | wc -l)" \
	"$(jq '.ranking[0].packets' out)"
nothing_left ring

# hostile names
hostile=$'a"b\'<script>alert(1)\n\033[31m$(touch owned)`touch owned`.pcap'
mkdir hostile && cp cut.pcap "hostile/$hostile"
cp calm.pcap.zst -- hostile/-o.pcap
for format in html md json text; do
	run 1 "hostile names: $format" report hostile --format $format
	is "hostile names: $format: no ESC" 0 "$(grep -c $'\033' out)"
	# shellcheck disable=SC2016 # code in Markdown
	[[ $format != md ]] || sed -i 's/``[^|]*``//g' out
	[[ $format == json || $format == text ]] || lacks out '<script>' "hostile names: $format"
done
is 'hostile names: nothing on the terminal' 0 "$(grep -c $'\033' err)"
is 'hostile names: json' "hostile/$hostile" \
	"$("$wiretape" report hostile --format json 2>/dev/null | jq -r '.ranking[].capture | select(contains("script"))')"
(cd hostile && "$wiretape" report --format json -- -o.pcap >../out 2>../err) &&
	is 'a leading dash' -o.pcap "$(jq -r '.ranking[0].capture' out)"
is 'hostile names: nothing is run' '' "$(find . -name owned)"
cp loss.db bad.db && sqlite3 bad.db "UPDATE findings SET code = 'x\"><script>alert(1)</script>'" 'UPDATE findings SET explained_by = code'
for format in html md; do
	run 0 "a hostile code: $format" report --no-charts --format $format bad.db
	# shellcheck disable=SC2016 # code in Markdown
	is "a hostile code: $format" '' "$(sed 's/`[^`]*`//g' out | grep -F '<script>alert')"
	has out 'id="c1-finding-x---script-alert-1---script-"' "a hostile code: $format: its anchor"
	is "a hostile code: $format: its cause is a link" 1 "$(grep -F 'That comes of' out | grep -c '#c1-finding-x---script-alert-1---script-')"
done

# output: whole or not at all
run 1 'no such folder' report calm.pcap.zst -o nowhere/x.html && has err 'nowhere/x.html: cannot be written' 'no such folder'
run 1 'an input' report calm.pcap.zst --format html -o calm.pcap.zst && has err 'is one of the files to report on' 'an input'
same 'an input: untouched' calm.pcap.zst "$samples/request_response.snd.pcap.zst"
run 1 'a folder as output' report calm.pcap.zst --format html -o void && has err 'void: cannot be written' 'a folder as output'
echo old >page.html
run 1 'nothing that could be looked at' report none.pcap void -o page.html &&
	has err 'none.pcap: No such file' 'nothing that could be looked at'
is 'nothing that could be looked at: the old page stays' old "$(cat page.html)"
run 1 'a bad file alone' report hello.pcap -o page.html && has page.html 'could not be read' 'a bad file alone'
if [[ -w /dev/full ]]; then
	"$wiretape" report calm.pcap.zst >/dev/full 2>err
	is 'full disk' 1 $?
else
	skip 'full disk: there is no /dev/full'
fi
"$wiretape" report loss.pcap.zst 2>err | head -c 100 >out
nothing_left 'a reader that goes away'
TMPDIR=$work/nowhere "$wiretape" report calm.pcap.zst >out 2>err
is 'no place for temporaries' 1 $?
has err 'name another folder in TMPDIR' 'no place for temporaries'

# long texts are cut for people
"$wiretape" analyze -q -o long.db "$samples"/web.snd.pcap.zst
sqlite3 long.db "UPDATE http SET host = printf('%.*c', 400, 'h')"
run 0 'long texts: text' report long.db --format md && is 'long texts: cut for people' 0 "$(grep -cE 'h{301}' out)"
run 0 'long texts: json' report long.db --format json && is 'long texts: whole for scripts' yes "$(grep -qE 'h{400}' out && echo yes)"

# two runs give the same bytes
if [[ $gnuplot ]]; then
	"$wiretape" report loss.pcap.zst cut.pcap calm.pcap.zst -o first.html 2>/dev/null
	"$wiretape" report loss.pcap.zst cut.pcap calm.pcap.zst -o second.html 2>/dev/null
	same 'two runs' first.html second.html
	has first.html '<svg' 'charts'
	has loss.html 'aria-label="Throughput by service"' 'the charts of one capture'
	lacks first.html 'aria-label="Throughput by service"' 'the charts of many: services are a table'

	# A gnuplot that ends who started it, hangs, or is none: the others' sections are there.
	mkdir bin
	cat >bin/gnuplot <<-END
		#!/bin/bash
		readlink /proc/\$\$/fd/* >>"$work/files"
		cat >"\$TMPDIR/fake.gp"
		if grep -q "^chart_title.*calm" "\$TMPDIR/fake.gp"; then
			case \$FAKE in
			kill) kill -9 \$PPID ;;
			die) kill -9 \$\$ ;;
			hang) echo \$\$ >>"$work/pids"; exec sleep 600 ;;
			esac
		fi
		exec $gnuplot "\$@" <"\$TMPDIR/fake.gp"
	END
	chmod +x bin/gnuplot
	FAKE=kill PATH=$work/bin:$PATH "$wiretape" report loss.pcap.zst calm.pcap.zst -o killed.html 2>err
	is 'a killed worker: exit status' 1 $?
	has killed.html 'killed by signal 9' 'a killed worker'
	has killed.html 'id="c1"' 'a killed worker: the other'
	lacks killed.html 'id="c2"' 'a killed worker: no half section'
	# The other has one packet: it is done long before that, on a slow machine too.
	zstd -dcq loss.pcap.zst | head -c 114 >one.pcap
	FAKE=hang PATH=$work/bin:$PATH "$wiretape" report --timeout 15s one.pcap calm.pcap.zst -o hung.html 2>err
	is 'a hanging worker: exit status' 1 $?
	has hung.html 'given up after' 'a hanging worker'
	has hung.html 'id="c1"' 'a hanging worker: the other'
	FAKE=die PATH=$work/bin:$PATH run 0 'a gnuplot that is killed' report loss.pcap.zst calm.pcap.zst -o died.html
	has died.html 'gnuplot failed: killed by signal 9' 'a gnuplot that is killed'
	has died.html 'id="c2"' 'a gnuplot that is killed: its section'
	is 'gnuplot gets its script and a place for complaints, and nothing else of ours' 'errors script.gp' \
		"$(grep -F "$TMPDIR" files | sed 's|.*/||' | sort -u | paste -sd " ")"
	for signal in INT TERM; do
		rm pids
		FAKE=hang PATH=$work/bin:$PATH env --default-signal=$signal "$wiretape" report loss.pcap.zst calm.pcap.zst \
			-o interrupted.html >out 2>err &
		reporting=$!
		await 60 test -s pids || fail "$signal: no gnuplot hangs"
		kill -$signal $reporting
		wait $reporting
		status=$?
		is "$signal: exit status" $((128 + $(kill -l $signal))) $status
		is "$signal: nothing is written" '' "$(ls interrupted.html* 2>/dev/null)"
		has err interrupted $signal
		nothing_left $signal
	done
	# They are killed, and nobody here waits for them.
	no_gnuplot() { ! ps -o stat= -p "$(paste -sd, pids)" | grep -v Z; }
	if await 60 no_gnuplot; then pass; else fail 'no gnuplot is left'; fi
	nothing_left 'workers that end'
	mkdir empty
	ln -s "$(command -v bash)" empty/
	PATH=$work/empty "$wiretape" report loss.pcap.zst -o bare.html 2>err
	is 'without gnuplot: exit status' 0 $?
	has bare.html 'The charts are missing: gnuplot is not installed' 'without gnuplot'
	lacks bare.html 'with --data' 'without gnuplot: nothing of other commands'
	has bare.html '</html>' 'without gnuplot: the rest'
else
	skip 'charts: gnuplot is not installed'
fi

# a terminal: progress comes and goes, the answer is text
if command -v script >/dev/null; then
	stty_width() { script -qec "stty cols 80; $1" /dev/null; }
	stty_width "'$wiretape' report -j 1 loss.pcap.zst calm.pcap.zst --no-charts" >out 2>&1 </dev/null
	has out 'Captures, the worst first' 'a terminal: text'
	stty_width "'$wiretape' report -q loss.pcap.zst >/dev/null" >out 2>&1 </dev/null
	is 'quiet' '' "$(cat out)"
else
	skip 'a terminal: script is not installed'
fi
# How long intervals are: the shortest step that makes no more than 300 of them. 3 s make 10 ms. The segments of a tape begin at 0, 30
# and 60 s; the last is taken to be as long as the others, so that it is 90 s, of which 300 ms are the 300th: 500 ms.
intervals() { jq '[.. | .interval_ms? // empty] | unique | join(" ")' -r out; }
printf '0.000 > S 0 mss 1460\n3.000 > S 0 mss 1460\n' | "${TRACE_PCAP:-$(dirname "$wiretape")/tests/trace_pcap}" >three.pcap
run 0 'intervals of a file' report three.pcap --format json && is 'intervals of a file' 10 "$(intervals)"
mkdir tape
for segment in 103200.000Z-000000 103230.000Z-000001 103300.000Z-000002; do zstd -qo "tape/20261121T$segment.pcap.zst" three.pcap; done
run 0 'intervals of a tape' report tape --format json && is 'intervals of a tape' 500 "$(intervals)"
nothing_left 'at the end'

totals
