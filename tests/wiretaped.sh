#!/bin/bash
# The command line of wiretaped, without recording anything: neither root nor network is needed. WIRETAPED names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wiretaped=$(realpath "${WIRETAPED:-build/wiretaped}")
program=$wiretaped
manual=$(realpath capture/wiretaped.8)
# shellcheck source=expect.sh
. "$here/expect.sh"
# setting NAME: its value in what --print-config printed.
setting() { sed -n "s/^$1 = //p" out; }
# refuses NAME WORDS ARGUMENT...: wrong usage, said in one line with these words.
refuses() {
	local name=$1 words=$2
	shift 2
	run 2 "$name" "$@" && has err "$words" "$name"
	is "$name: one line" 1 "$(grep -c '' err)"
	has err 'wiretaped: ' "$name"
}

# help, version
run 0 help --help && has out 'usage: wiretaped' help
is 'help: width' '' "$(awk 'length > 90' out)"
grep -oE -e '^ +(-., )?--[a-z-]+' out | sed 's/.*--//' >options
for option in config print-config ring-size ring-time segment-size segment-time snaplen slice compress buffer dir filter interface; do
	has options "$option" "help names --$option"
done
while read -r option; do
	if grep -qE "^\.It (Fl . Ar [a-z]+ , )?Fl (. , )?-$option( |$)" "$manual"; then pass; else fail "the manual lacks --$option"; fi
done <options
run 0 version --version && has out 'wiretaped ' version
run 0 '-h' -h
run 0 '-V' -V

# the command line
refuses 'no interface' '-i: which interface?'
refuses 'unknown option' '--frob: no such option' -i x --frob
refuses 'unknown letter' '-Z: no such option' -i x -Z
refuses 'not clear' '--ring: no such option, or not clear' -i x --ring 3
refuses 'no value' '--ring-size: needs a value' -i x --ring-size
refuses 'an argument' 'port: is no option; a filter goes behind -f' -i x port 80
refuses 'size' '--ring-size 10Q: not a size such as' -i x --ring-size 10Q
refuses 'negative size' '--ring-size -1: not a size' -i x --ring-size -1
refuses 'empty size' 'not a size' -i x --ring-size ''
refuses 'huge size' '--ring-size 99999999999999999999: not a size' -i x --ring-size 99999999999999999999
refuses 'size that overflows' '--ring-size 99999999999G: not a size' -i x --ring-size 99999999999G
refuses 'too small' '--ring-size 1k: must be between 1M and 1024T' -i x --ring-size 1k
refuses 'too small a pool' '--pool 15M: must be between 16M and' -i x --pool 15M
refuses 'time' '--ring-time 5x: not a time such as' -i x --ring-time 5x
refuses 'months' '--ring-time 5M: not a time' -i x --ring-time 5M
refuses 'too short' '--segment-time 10ms: must be between 1s and 1d' -i x --segment-time 10ms
refuses 'number' '--max-flows many: not a number' -i x --max-flows many
refuses 'too many' '--timeline-keys 1M: must be between 1 and 10k' -i x --timeline-keys 1M
refuses 'level' '--compress 20: not a level of zstd' -i x --compress 20
refuses 'level of words' '--compress fast: not a level' -i x --compress fast
refuses 'slice' '--slice some: must be headers, smart or full' -i x --slice some
refuses 'yes or no' '--analyze maybe: must be yes or no' -i x --analyze maybe
refuses 'lines' 'must be one line' -i x --on-incident $'a\nb'
refuses 'a path' 'not the name of an interface' -i ../x
refuses 'segments too large' '--segment-size 65M: must be a quarter of --ring-size 100M, or less' -i x --ring-size 100M --segment-size 65M
refuses 'segments too long' '--segment-time 61s: must not be longer than --ring-time 30s' -i x --ring-time 30s --segment-time 61s
refuses 'filter' '--filter port http or: ' -i lo -f 'port http or'

# what there is by default, and what comes of values
run 0 print --print-config -i eth7
is 'default dir' /var/lib/wiretape/eth7 "$(setting dir)"
is 'default ring-size' 10G "$(setting ring-size)"
is 'default ring-time' 1d "$(setting ring-time)"
is 'default min-free' auto "$(setting min-free)"
is 'default segment-size' 64M "$(setting segment-size)"
is 'default segment-time' 1m "$(setting segment-time)"
is 'default slice' smart "$(setting slice)"
is 'default filter' '' "$(setting filter)"
run 0 'a small ring' --print-config -i eth7 --ring-size 100M --ring-time 30s
is 'segment-size of a small ring' 25M "$(setting segment-size)"
is 'segment-time of a short ring' 30s "$(setting segment-time)"
run 0 'values' --print-config -i eth7 --ring-size 1536m --ring-time 90m --segment-time 1.5m --snaplen 64KiB --max-flows 250k \
	--compress -5 --interval 100ms --slice headers --promiscuous --analyze no -f ' tcp port 80 ' --min-free 0
is '1536m' 1536M "$(setting ring-size)"
is '90m' 90m "$(setting ring-time)"
is '1.5m' 90s "$(setting segment-time)"
is '64KiB' 64k "$(setting snaplen)"
is '250k' 250k "$(setting max-flows)"
is 'compress' -5 "$(setting compress)"
is '100ms' 100ms "$(setting interval)"
is 'headers' headers "$(setting slice)"
is 'promiscuous' yes "$(setting promiscuous)"
is 'analyze' no "$(setting analyze)"
is 'filter without spaces at its ends' 'tcp port 80' "$(setting filter)"
is 'min-free' 0 "$(setting min-free)"
run 0 'seconds without a unit' --print-config --ring-time 7200 && is '7200' 2h "$(setting ring-time)"
run 0 'half a size' --print-config --ring-size 0.5G && is '0.5G' 512M "$(setting ring-size)"

# files
cat >one.conf <<'END'
# a comment
[recorder]
interface = eth7
ring-size = 1G
; another
on-incident = logger one; logger "two" # three
filter = tcp
	and port 443
[trigger loss]
for = 5s
END
run 0 'file' -c one.conf --print-config
is 'file: ring-size' 1G "$(setting ring-size)"
is 'file: the rest of the line is the value' 'logger one; logger "two" # three' "$(setting on-incident)"
is 'file: a line that goes on' 'tcp and port 443' "$(setting filter)"
cp out printed.conf
run 0 'what was printed can be read' -c printed.conf --print-config
is 'what was printed has the same effect' '' "$(diff printed.conf out)"
run 0 'flags win, wherever they stand' --ring-size 2G -c one.conf --print-config && is 'flags win' 2G "$(setting ring-size)"
printf '[recorder]\nring-size = 3G\n' >two.conf
run 0 'two files' -c one.conf -c two.conf --print-config
is 'the later file wins' 3G "$(setting ring-size)"
is 'what it does not say stays' eth7 "$(setting interface)"
"$wiretaped" -c <(cat one.conf) --print-config >out 2>err
is 'from a pipe' '' "$(diff printed.conf out)"
printf '[recorder]\r\nring-size = 3G\r\n' >dos.conf
run 0 'line ends of Windows' -c dos.conf --print-config && is 'line ends of Windows' 3G "$(setting ring-size)"
{ printf '[recorder]\nfilter = host 192.0.2.1'; for i in $(seq 300); do printf ' or host 192.0.2.%d' $((i % 256)); done; echo; } >long.conf
run 0 'a long line' -c long.conf --print-config
is 'a long line is whole' "$(sed -n 's/^filter = //p' long.conf)" "$(setting filter)"

# conf NAME WORDS LINE...: a file with these lines is refused.
conf() {
	local name=$1 words=$2
	shift 2
	printf '%s\n' "$@" >bad.conf
	refuses "$name" "$words" -i x -c bad.conf
}
conf 'file: value' 'bad.conf:3: ring-size = 10Q: not a size' '[recorder]' '' 'ring-size = 10Q'
conf 'file: comment behind a value' 'bad.conf:2: ring-size = 10G # ten: not a size' '[recorder]' 'ring-size = 10G # ten'
conf 'file: range' 'bad.conf:2: pool = 1M: must be between 16M and' '[recorder]' 'pool = 1M'
conf 'file: key' 'bad.conf:2: ringsize: no such option' '[recorder]' 'ringsize = 10G'
conf 'file: twice' 'bad.conf:3: pool: is set twice' '[recorder]' 'pool = 16M' 'pool = 16M'
conf 'file: section' 'bad.conf:2: [recoder]: no such section' '[recoder]' 'pool = 16M'
conf 'file: no section' 'bad.conf:1: pool: stands in no section' 'pool = 16M'
conf 'file: not a setting' 'bad.conf:2: neither [section] nor key = value' '[recorder]' 'pool' '[recorder]'
conf 'file: the first mistake is told' 'bad.conf:2: pool = 1: must be' '[recorder]' 'pool = 1' 'nonsense'
conf 'file: trigger' 'bad.conf:2: ' '[trigger loss]' 'frob = 1'
conf 'file: long line' 'bad.conf:2: the line is too long' '[recorder]' "filter = $(head -c 70000 /dev/zero | tr '\0' x)"
# A filter that ends at a byte 0 would record what was to be left out, and a file of these has no lines.
printf '[recorder]\nfilter = tcp\0 port 80\n' >bad.conf
refuses 'file: byte 0' 'bad.conf:2: holds a byte 0' -i x -c bad.conf
printf '[recorder]\nfilter = tcp\0 port 80' >bad.conf
refuses 'file: byte 0 in the last line' 'bad.conf:2: holds a byte 0' -i x -c bad.conf
refuses 'file: nothing but bytes 0' '/dev/zero:1: holds a byte 0' -i x -c /dev/zero
refuses 'file: missing' 'nowhere.conf: cannot be opened: No such file' -i x -c nowhere.conf
refuses 'file: folder' '.: cannot be read: Is a directory' -i x -c .

# triggers
printf '[trigger mine]\nscope = peer\nwhen = loss_pct > 5 -- per cent\n\tAND rtt_p95_ms > 3\n' >three.conf
printf '[trigger mine]\nwhen = loss_pct > 7\n' >four.conf
run 0 'a trigger' -c three.conf --print-config
is 'a predicate keeps its lines' 'when = loss_pct > 5 -- per cent;	AND rtt_p95_ms > 3;' "$(grep -A1 -e '-- per cent' out | tr '\n' ';')"
run 0 'a trigger is changed' -c three.conf -c four.conf --print-config
is 'the later predicate wins' 'scope = peer;when = loss_pct > 7;for' \
	"$(sed -n '/trigger mine/,$p' out | sed -n '3,5p' | tr '\n' ';' | grep -o '^.*;for')"
printf '[trigger mine]\nwhen = los_pct > 5\n' >five.conf
refuses 'a column that does not exist' 'los_pct' -i lo -c five.conf
has err 'mine' 'the trigger is named'
has err 'loss_pct' 'columns that there are'
printf '[trigger mine]\nwhen = (SELECT count(*) FROM sqlite_master) > 0\n' >six.conf
refuses 'more than reading the row' 'mine' -i lo -c six.conf

# interfaces
run 1 'no such interface' -i nosuch0 --dir tape
has err '-i nosuch0: no such interface; there are: any, ' 'no such interface'
has err 'lo' 'interfaces that there are'
is 'nothing was made' '' "$(find . -name tape)"
if [ "$(id -u)" != 0 ]; then
	run 1 'not permitted' -i lo --dir tape && has err 'run wiretaped as root, or give it CAP_NET_RAW' 'not permitted'
elif nobody_is_there; then
	as_nobody ./program -i lo --dir tape >out 2>err
	is 'not permitted: exit status' 1 $?
	has err 'run wiretaped as root, or give it CAP_NET_RAW' 'not permitted'
else
	skip 'not permitted: nobody can come here'
fi
: >err
journal=$(stat -c %d:%i err)
JOURNAL_STREAM=$journal "$wiretaped" -i nosuch0 >out 2>err
has err '<3>-i nosuch0: no such interface' 'levels for the journal'
JOURNAL_STREAM=8:1 "$wiretaped" -i nosuch0 >out 2>err
has err 'wiretaped: -i nosuch0: no such interface' 'no levels for others'
"$wiretaped" -i $'no\e[2Jsuch' >out 2>err
has err 'wiretaped: -i no\x1b[2Jsuch: no such interface' 'the log steers no terminal'

totals
