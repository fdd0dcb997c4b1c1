#!/bin/bash
# The command line of wiretape against expectations that were worked out by hand. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
program=$wiretape
captures=$(realpath -m ../shared/captures)
# shellcheck source=expect.sh
. "$here/expect.sh"
ask() { "$wiretape" query "$1" "$2" --csv | tail -n +2; }
# shellcheck disable=SC2059 # the format is made of hex escapes
bytes() { printf "$(printf '%s' "$*" | tr -d ' ' | sed 's/../\\x&/g')"; }

# A pcap header: microseconds, little-endian, snap length 65535, and the link type in hex.
header() { bytes d4c3b2a1 0200 0400 00000000 00000000 ffff0000 "$1"; }
# 2023-11-14 22:13:20.000001 UTC: 192.0.2.1:40000 > 198.51.100.2:80 SYN seq 1
syn() {
	bytes 00f15365 01000000 36000000 36000000
	bytes 020000000002 020000000001 0800
	bytes 45000028 00010000 40060000 c0000201 c6336402
	bytes 9c40 0050 00000001 00000000 5002 ffff 0000 0000
}
# 1 ms later: 198.51.100.2:80 > 192.0.2.1:40000 RST ACK 2
rst() {
	bytes 00f15365 e9030000 36000000 36000000
	bytes 020000000001 020000000002 0800
	bytes 45000028 00020000 40060000 c6336402 c0000201
	bytes 0050 9c40 00000000 00000002 5014 0000 0000 0000
}
{ header 01000000; syn; rst; } >refused.pcap
{ header 01000000; syn; } >syn.pcap
{ header 01000000; rst; } >rst.pcap
{ header 7f000000; syn; } >radiotap.pcap
head -c 104 refused.pcap >cut.pcap # 24 + 16 + 54 + 10: ends inside the second record, which starts at 94
header 01000000 >header.pcap
: >empty.pcap
echo 'hello' >hello.txt

# the SQL that the top README shows
run 0 'a database for the README' analyze -q -o readme.db refused.pcap
while IFS='"' read -r sql parameters; do
	read -ra given <<<"$parameters"
	run 0 "README: $sql" query readme.db "$sql" "${given[@]}"
done < <(tr -s ' \n' ' ' <"$here/../README.md" | grep -oE 'wiretape query [a-z]+\.db "[^"]*"( [a-z]+=[a-z0-9]+)*' | cut -d'"' -f2-)
rm readme.db

# help, version, usage
run 0 help --help && has out 'wiretape help COMMAND' help
for command in analyze findings query plot report ls cat replay locate diff check; do
	run 0 "list of commands: $command" help && has out "  $command" "list of commands: $command"
	run 0 "help $command" help $command && has out "usage: wiretape $command" "help $command"
	run 0 "$command --help" $command --help && has out "usage: wiretape $command" "$command --help"
	is "help $command: width" '' "$(awk 'length > 80' out)"
done
run 0 version --version && has out 'wiretape ' version
run 0 version version && has out 'wiretape ' version
run 2 'unknown option instead of a command' --verson && has err '--verson: no such option' 'unknown option instead of a command'
run 2 'no command' && has err 'usage:' 'no command'
run 2 'unknown command' frobnicate && has err 'frobnicate: no such command' 'unknown command'
run 2 'help for nothing' help frobnicate
run 2 'no file' analyze && has err 'which captures' 'no file'
run 2 'unknown option' analyze --frob x && has err '--frob' 'unknown option'
run 2 'unknown letter' analyze -Z x && has err '-Z' 'unknown letter'
run 2 'missing value' analyze refused.pcap -o && has err 'needs a value' 'missing value'
run 2 'bad time before the end' analyze --from -1,5s refused.pcap && has err '--from -1,5s: not a time' 'bad time before the end'
run 2 'bad time' analyze --interval 5parsec refused.pcap && has err '--interval 5parsec: not a time' 'bad time'
run 2 'time out of range' analyze --interval 0s refused.pcap && has err 'between 1ms and 1d' 'time out of range'
run 2 'bad number' analyze --max-flows -3 refused.pcap && has err '--max-flows -3: not a number' 'bad number'
run 2 'number out of range' analyze --max-flows 0 refused.pcap && has err '--max-flows 0: must be between' 'number out of range'
run 2 'append and force' analyze --append --force refused.pcap
is 'usage errors write nothing' '' "$(ls ./*.db 2>/dev/null)"

# analyze, and what is in the database
run 0 analyze analyze refused.pcap
has out 'flows.db: 1 capture, 2 packets, 108 bytes, 1 flow,' analyze
has out '0.001 s from 2023-11-14 22:13:20 UTC' analyze
has out 'wiretape query flows.db --list' analyze
has out 'wiretape report flows.db -o report.html' analyze
has out 'sqlite3 flows.db' analyze
is 'no complaints' '' "$(cat err)"
is 'no colours in a pipe' '' "$(grep -l "$(printf '\033')" out err)"
is 'summary: 80 columns, but for filters' '' "$(awk 'length > 80 && !/ == /' out)"
is 'the flow' '"tcp",192.0.2.1,40000,198.51.100.2,80,refused' "\"$(ask flows.db \
	'SELECT protocol, client_ip, client_port, server_ip, server_port, state FROM flows' | sed 's/tcp,/tcp",/')"
is 'the capture' 'refused.pcap,2,108,0,1700000000000001000,1700000000001001000,ethernet,65535,none' "$(ask flows.db \
	'SELECT path, packets, bytes, truncated, first_ns, last_ns, link_type, snaplen, compression FROM captures')"

# findings: what the summary ends with, and more of it; `refused.pcap` was refused
has out '(refused)' 'the summary ends with findings'
has out 'ip.addr == 192.0.2.1 && ip.addr == 198.51.100.2 && tcp.port == 40000 && tcp.port == 80' 'a display filter'
run 0 findings findings flows.db && has out '(refused)' findings && has out 'flow 1' findings
run 1 'findings: exit code' findings flows.db --exit-code
run 0 'findings: of a code' findings flows.db syn_unanswered --exit-code && has out 'No such findings' 'findings: of a code'
run 0 'findings: json' findings flows.db --json
is 'findings: json' refused "$(jq -r '.findings[0].code' out)"
before=$(cksum <flows.db)
run 0 'findings: set' findings flows.db --set refused_connections=1000 && lacks out '(refused)' 'findings: set'
is 'findings: nothing is written' "$before" "$(cksum <flows.db)"
run 1 'findings: no such capture' findings flows.db --capture 7 && has err 'wiretape query flows.db captures' 'no such capture'
run 2 'query: no such column' query flows.db 'SELECT unheard_of FROM flows' &&
	has err 'sqlite3 flows.db .schema' 'query: no such column'
run 2 'query: no such function' query flows.db 'SELECT unheard_of(1)' && lacks err '.schema' 'query: no such function'
is 'findings: 80 columns, but for filters' '' "$("$wiretape" findings flows.db | awk 'length > 80 && !/ == /')$("$wiretape" findings --list | awk 'length > 80')"
is 'the summary begins with the verdict' 'warning   Connections are refused: nobody listens there (refused)' "$("$wiretape" analyze -f refused.pcap | sed -n 4p)"
run 2 'findings: unknown threshold' findings flows.db --set nothing=1 && has err '--set nothing=1: no finding has this threshold' 'unknown threshold'
run 2 'findings: no number' findings flows.db --set refused_connections=many && has err 'is no number' 'no number'
run 2 'findings: unknown code' findings flows.db nothing && has err 'nothing: no finding has this code' 'unknown code'
run 2 'findings: unknown severity' findings flows.db --severity bad && has err '--severity bad' 'unknown severity'
run 2 'findings: no database' findings && has err 'of which database' 'no database'
run 1 'findings: not there' findings nothing.db && has err 'nothing.db: No such file' 'not there'
run 0 'findings: list' findings --list && has out 'A receiver closed its window' 'findings: list'
run 0 'findings: thresholds' findings --thresholds && has out 'refused_connections=' thresholds
run 0 'findings: explain' findings --explain refused && has out '-- title: ' explain
mkdir -p config/wiretape/findings
printf -- '-- title: Mine\n-- severity: critical\n-- layer: L7\nSELECT 1 AS value, "x" AS subject, char(27) || "y" AS detail\n' |
	tr '"' "'" >config/wiretape/findings/mine.sql
echo nothing >config/wiretape/findings/refused.sql
run 0 'findings of a user' analyze -o mine.db refused.pcap && has out 'critical  Mine (mine)' 'findings of a user'
has err 'finding refused' 'a broken finding is named'
lacks out '(refused)' 'a broken finding replaces'
is 'findings: no escapes' '' "$(grep -l "$(printf '\033')" out err)"
sqlite3 mine.db "UPDATE evidence SET flow_id = 'f' || char(27), frame = char(27), detail = CAST(x'419b42e280ae' AS TEXT)" \
	"UPDATE findings SET explained_by = char(27), severity = char(27)"
run 0 'findings that others wrote' findings mine.db && has out 'A\x9bB\u202e' 'findings that others wrote'
is 'findings that others wrote: no escapes' '' "$(LC_ALL=C grep -l "$(printf '[\033\233]')" out err)"
sqlite3 mine.db "UPDATE findings SET title = 'A' || char(155, 10) || CAST(x'9b' AS TEXT) || '|B'"
run 0 'check: what others wrote' check mine.db --findings
has out 'A    B; ' 'check: what others wrote'
sqlite3 mine.db 'DROP TABLE timeline' "CREATE VIEW timeline AS WITH RECURSIVE n (t_ns) AS (SELECT 1 UNION ALL SELECT t_ns + 1 FROM n)
	SELECT 'all' AS scope, 'k' AS key, t_ns, 1000 AS interval_ms FROM n"
run 3 'check: an endless view' check mine.db --warn 'loss_pct > 1' && has out 'timeline is a view' 'check: an endless view'
run 1 'findings: an endless view' findings mine.db && has err 'mine.db: timeline is a view' 'findings: an endless view'
run 0 'no findings' analyze --no-findings -o none.db refused.pcap && lacks out '(mine)' 'no findings'
rm -r config/wiretape/findings
run 0 'findings computed later' findings none.db && has out '(refused)' 'findings computed later'
rm mine.db none.db

# 36,000 forged MAC addresses claim one IP address: each beside each other would be 500 million pairs; what is not kept is said
flood() {
	awk -v from="$1" 'BEGIN { for (i = from; i < from + 4000; i++)
		printf "%.4f frame ffffffffffff02000000%04x0806000108000604000202000000%04x0a0000050200000000070a000007\n", i / 10000, i, i }' |
		"${TRACE_PCAP:-$(dirname "$wiretape")/tests/trace_pcap}"
}
{ flood 0; for from in {4000..32000..4000}; do flood "$from" | tail -c +25; done; } >flood.pcap
before=$(ulimit -St)
ulimit -St 60 # of the processor, where all pairs would take minutes
run 0 'a flood of ARP' analyze -o flood.db flood.pcap && has out '3232  facts of DNS, HTTP, ICMP and ARP not kept' 'a flood of ARP'
ulimit -St "$before"
has out '10.0.0.5' 'a flood of ARP is found'
rm flood.db flood.pcap

# a long round trip that is no distance, since the path was seen to take 4 ms, and one that is
far() { "${TRACE_PCAP:-$(dirname "$wiretape")/tests/trace_pcap}" <"$here/findings/$1.trace" >far.pcap; }
far high_rtt_late
run 0 'late ACKs' analyze --force -q -o far.db far.pcap
run 0 'late ACKs: findings' findings far.db high_rtt --json && has out 'not the distance' 'late ACKs'
far high_rtt
run 0 'a satellite' analyze --force -q -o far.db far.pcap
run 0 'a satellite: findings' findings far.db high_rtt --json && has out '600 ms at least' 'a satellite' && lacks out 'not the distance' 'a satellite'
rm far.db far.pcap

# an existing database
before=$(cksum <flows.db)
run 1 exists analyze syn.pcap && has err 'flows.db: exists already' exists && has err '--append' exists
is 'exists: untouched' "$before" "$(cksum <flows.db)"
run 0 append analyze --append syn.pcap -q
is 'append' '2' "$(ask flows.db 'SELECT count(*) FROM captures')"
run 0 'same capture again' analyze --append refused.pcap && has err 'in the database already, as capture 1' 'same capture again'
is 'same capture again: not added' '2' "$(ask flows.db 'SELECT count(*) FROM captures')"
run 0 force analyze --force syn.pcap && has out '1 capture, 1 packet, 54 bytes' force
is 'force' '1' "$(ask flows.db 'SELECT count(*) FROM captures')"
before=$(cksum <flows.db)
run 1 'force without captures' analyze --force hello.txt
is 'force without captures: untouched' "$before" "$(cksum <flows.db)"
run 1 'not a database' analyze --append refused.pcap -o hello.txt && has err 'hello.txt' 'not a database'
is 'not a database: untouched' 'hello' "$(cat hello.txt)"
run 1 'no such folder' analyze refused.pcap -o nowhere/x.db && has err 'nowhere/x.db' 'no such folder'

# standard input and compression
"$wiretape" analyze - -o in.db >out 2>err <refused.pcap && has out '2 packets' 'standard input'
# shellcheck disable=SC2002 # a pipe is what is tested
cat refused.pcap | "$wiretape" analyze - -o pipe.db >out 2>err && has out '2 packets' pipe
for packer in gzip zstd; do
	if ! command -v $packer >/dev/null; then
		skip "$packer is not installed"
		continue
	fi
	$packer -c <refused.pcap >packed 2>/dev/null
	run 0 $packer analyze packed -o $packer.db && has out '2 packets' $packer
	is "$packer: seen" "$packer" "$(ask $packer.db 'SELECT compression FROM captures')"
	run 0 "$packer: the same capture" analyze --append refused.pcap -o $packer.db
	has err 'in the database already' "$packer: the same capture"
	{ $packer -c <syn.pcap; tail -c +25 refused.pcap | $packer -c; } >packed 2>/dev/null
	run 0 "$packer: joined" analyze packed --force -o $packer.db && has out '3 packets' "$packer: joined"
	{ cat refused.pcap; head -c 100000 /dev/urandom; } | $packer -c 2>/dev/null | head -c 50000 >packed
	run 1 "$packer: cut" analyze packed --force -o $packer.db && has err 'packed: ' "$packer: cut"
	has err 'offset' "$packer: cut"
done

# files that are damaged or are no captures
run 1 cut analyze cut.pcap -o cut.db
has err 'wiretape: cut.pcap: cut short: the record at offset 94 is incomplete, the capture ends at 104: the packet before it is analysed' cut
is 'cut: said once' 1 "$(wc -l <err)"
is 'cut: packets before it are kept' '1,1,94' "$(ask cut.db 'SELECT packets, truncated, error_offset FROM captures')"
has out ', as far as the packets show' cut && has out 'The capture could not be read to its end.' 'cut: nothing is wrong, in what is left'
head -c 30 cut.pcap >bare.pcap && run 1 'cut, and nothing before' cat bare.pcap
has err 'the capture ends at 30: no packet comes before it' 'cut, and nothing before'
run 1 'others go on' analyze cut.pcap hello.txt nowhere.pcap rst.pcap -o others.db
has err 'hello.txt: not a capture: starts with 68 65 6c 6c' 'others go on'
has err 'nowhere.pcap: No such file' 'others go on'
is 'others go on' '2' "$(ask others.db 'SELECT count(*) FROM captures')"
run 1 'unsupported link' analyze radiotap.pcap -o radiotap.db
has err 'radiotap.pcap: link type IEEE802_11_RADIO (127) is not supported (Ethernet' 'unsupported link'
is 'unsupported link: no database' '' "$(ls radiotap.db* 2>/dev/null)"
run 1 empty analyze empty.pcap -o empty.db && has err 'empty.pcap: not a capture: it is empty' empty
run 0 'header only' analyze header.pcap -o header.db && has out '0 packets' 'header only'
has out 'There was nothing to judge' 'header only' && lacks out 'Nothing is wrong' 'header only'
run 0 'an empty period' analyze syn.pcap refused.pcap --from 2020-01-01 --to 2020-01-02 -o period.db &&
	has out 'All 2 captures have no packets' 'an empty period'
run 0 'one of two is empty' analyze header.pcap rst.pcap -o half.db && has out '1 of 2 captures has no packets' 'one of two is empty'
run 0 'findings of the empty one' findings half.db --capture 1 && has out 'There was nothing to judge' 'findings of the empty one'

run 1 'no packets are no success' findings header.db --exit-code && has out 'to judge. The capture has no packets.' 'no packets are no success'
run 1 'no packets, of a code' findings header.db refused --exit-code && has out 'There was nothing to judge' 'no packets, of a code'
run 1 'no packets, in JSON' findings half.db --capture 1 --exit-code --json
run 1 'no packets of that time' findings period.db --exit-code
has out 'All 2 captures have no packets of' 'no packets of that time'
"$wiretape" analyze -q header.pcap syn.pcap --from 2020-01-01 --to 2020-01-02 -o both.db
run 0 'no packets, and none of that time' findings both.db && is 'no packets, and none of that time' \
	'There was nothing to judge. All 2 captures have no packets, or none of the time that was asked for.' "$(xargs <out)"

# folders
mkdir -p tape/sub && cp refused.pcap tape/b.pcap && cp syn.pcap tape/sub/a.pcap && cp hello.txt tape/notes.txt
echo '{}' >tape/b.json && ln -s .. tape/sub/loop
run 0 folder analyze tape -o tape.db && has err '1 file in folders is no capture: skipped: tape/notes.txt' folder
echo hello >tape/sub/zzz && run 0 'a folder with notes' analyze tape -o notes.db && has err '2 files in folders are no captures: skipped; the first is tape/notes.txt' 'a folder with notes'
is folder 'tape/b.pcap tape/sub/a.pcap' "$(ask tape.db 'SELECT path FROM captures ORDER BY id' | xargs)"
mkdir void && run 1 'empty folder' analyze void -o void.db && has err 'nothing to analyse' 'empty folder'

# quiet and JSON
run 0 quiet analyze refused.pcap -q -o quiet.db && is quiet '' "$(cat out err)"
run 0 json analyze refused.pcap --json -o 'a "b".db'
if command -v jq >/dev/null; then
	is json 'a "b".db 2 refused' "$(jq -r '"\(.database) \(.captures[0].packets) \(.flows[0].state)"' out)"
else
	skip 'json: jq is not installed'
fi
# RFC 8259: JSON is UTF-8, whatever bytes a file's name has
run 0 'json of a name that is no UTF-8' analyze refused.pcap --json -o $'\xff.db'
is 'json of a name that is no UTF-8' 0 "$(iconv -f utf-8 -t utf-8 out >/dev/null 2>&1; echo $?)"

# query
run 0 'query list' query --list && has out 'captures' 'query list'
run 0 'saved query' query quiet.db captures && has out 'refused.pcap' 'saved query'
run 0 sql query quiet.db 'SELECT state FROM flows' --json && has out '"state": "refused"' sql
run 0 parameter query quiet.db 'SELECT :n + 1 AS n' n=41 --csv && has out '42' parameter
for given in limit=many segments=1k limit=; do
	run 2 "$given" query quiet.db retransmissions "$given" && has err "$given: must be a number such as" "$given"
	is "$given: no answer" '' "$(cat out)"
done
run 0 'a number of another kind' query quiet.db retransmissions segments=1.5e1
run 0 'no time' query quiet.db sockets at=noon --csv && is 'no sockets at no time' 1 "$(grep -c '' out)"
run 2 'unknown query' query quiet.db frobnicate && has err 'no saved query' 'unknown query'
run 2 'wrong sql' query quiet.db 'SELECT nothing FROM nowhere'
run 2 'writing sql' query quiet.db 'DELETE FROM flows'
is 'writing sql' '1' "$(ask quiet.db 'SELECT count(*) FROM flows')"
run 1 'no database' query nowhere.db captures && has err 'nowhere.db' 'no database'
run 1 'no database either' query hello.txt captures && has err 'hello.txt' 'no database either'
mkdir mine && printf -- '-- title: Mine\nSELECT 7 AS seven;\n' >mine/mine.sql
WIRETAPE_QUERIES=mine "$wiretape" query quiet.db mine --csv >out 2>err && is 'own query' 'seven 7' "$(xargs <out)"

# plot
run 0 'plot list' plot && has out 'throughput' 'plot list'
run 2 'unknown chart' plot quiet.db frobnicate && has err 'no such chart' 'unknown chart'
run 2 'needs flow' plot quiet.db time-sequence && has err 'needs --flow' 'needs flow'
run 2 'unknown picture' plot quiet.db throughput -o x.jpeg && has err '.png or .svg' 'unknown picture'
run 2 'bad direction' plot quiet.db throughput --direction up
run 1 'no such flow' plot quiet.db throughput --flow 99 && has err 'there is no flow 99' 'no such flow'
run 1 'nothing to draw' plot header.db throughput && has err 'nothing to draw' 'nothing to draw'
run 0 'chart data' plot quiet.db throughput --data && is 'chart data: header' '# t' "$(head -n 1 out | cut -f 1)"
run 0 'chart script' plot quiet.db throughput --script && has out "data = '" 'chart script'
PATH=/nonexistent run 1 'no gnuplot' plot quiet.db throughput && has err 'gnuplot is not installed' 'no gnuplot'
if command -v gnuplot >/dev/null; then
	mkdir "it's" && run 0 png plot quiet.db throughput -o "it's/a.png"
	is png '89 50 4e 47' "$(od -An -tx1 -N4 "it's/a.png" | xargs)"
	run 0 svg plot quiet.db throughput -o a.svg && has a.svg '<svg' svg
	run 1 'picture into nowhere' plot quiet.db throughput -o nowhere/a.png && has err 'nowhere/a.png' 'picture into nowhere'
	is 'pictures leave nothing' 'a.png' "$(ls "it's")"
else
	skip 'pictures: gnuplot is not installed'
fi

# interruption, and output that cannot be written
mkdir int
for signal in INT TERM; do
	interrupted $signal refused.pcap analyze - -o int/x.db
	is "$signal: exit status" $((128 + $(kill -l $signal))) "$status"
	is "$signal: leaves nothing" '' "$(ls -A int)"
	has err 'interrupted' $signal
done
cp quiet.db int/x.db && before=$(cksum <int/x.db)
echo '10.9.0.1 client.example' >int.hosts
interrupted INT int.hosts analyze refused.pcap --hosts - -o int/named.db
is 'interrupted before the first capture' 130 $status
is 'interrupted before the first capture: leaves nothing' 'x.db' "$(ls -A int)"
interrupted INT syn.pcap analyze --append - -o int/x.db
is 'interrupted append: untouched' "$before" "$(cksum <int/x.db)"
is 'interrupted append: leaves nothing' 'x.db' "$(ls -A int)"
if [ -w /dev/full ]; then
	"$wiretape" query quiet.db captures >/dev/full 2>err
	is 'full disk' 1 $?
else
	skip 'full disk: there is no /dev/full'
fi
is 'no temporary files' '' "$(ls -- *.tmp-* *-journal 2>/dev/null)"

# public captures
if [ -d "$captures" ]; then
	run 0 'public capture' analyze "$captures/tcp_refuseconnection.pcapng" -o public.db
	is 'public capture' '2,pcapng,refused' "$(ask public.db \
		'SELECT packets, format, state FROM captures, flows WHERE flows.capture_id = captures.id')"
	run 1 '802.11' analyze "$captures/80211beacon.pcapng" -o public2.db && has err 'IEEE802_11 (105)' '802.11'
else
	skip 'public captures are not there'
fi

totals
