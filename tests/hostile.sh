#!/usr/bin/env bash
# Charts and reports of files that somebody made to do harm, and in places that are full or closed: what they write over,
# leave behind, wait for, and say to a terminal. sqlite3 makes the databases.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wiretape=$(realpath "${WIRETAPE:-build/wiretape}")
program=$wiretape
samples=$(realpath samples)
# shellcheck source=expect.sh
. "$here/expect.sh"
export TMPDIR=$work/temporary
mkdir temporary
nothing_left() {
	is "$1: leaves nothing" '' "$(ls -A temporary)"
	rm -rf temporary/*
}
gnuplot=$(command -v gnuplot)
cp "$samples"/request_response.snd.pcap.zst calm.pcap.zst
"$wiretape" analyze -q --interval 100ms -o calm.db calm.pcap.zst
columns=$(sqlite3 calm.db "SELECT group_concat(name) FROM pragma_table_info('captures') WHERE name <> 'path'")

# what is read is not written over
for name in calm.db overview.png; do
	cp calm.db kept.db
	[[ $name == calm.db ]] || cp calm.db $name
	run 1 "data into its database: $name" plot $name overview --data -o $name
	has err "-o $name: is the database" "data into its database"
	same "data into its database: $name" kept.db $name
done
run 1 'script into its database' plot calm.db overview --script -o ./calm.db
same 'script into its database' kept.db calm.db
run 1 'a picture into its database' plot overview.png overview -o overview.png
same 'a picture into its database' kept.db overview.png
run 1 'a picture into its database, by itself' plot overview.png overview
same 'a picture into its database, by itself' kept.db overview.png
rm overview.png
cp calm.db other.db
run 1 'data into the other database' plot calm.db comparison --against other.db --data -o other.db
same 'data into the other database' kept.db other.db
echo old >data.tsv
run 1 'data of nothing' plot calm.db time-sequence --flow 999999 --data -o data.tsv
is 'data of nothing: the old file stays' old "$(cat data.tsv)"
run 0 'data into a file' plot calm.db overview --data -o data.tsv && "$wiretape" plot calm.db overview --data >expected
same 'data into a file' expected data.tsv
run 0 'data into a device' plot calm.db overview --data -o /dev/null
cp -r "$samples"/incidents/* incident && cp incident/incident.json kept.json
run 1 'a report into its incident.json' report incident -o incident/incident.json
has err 'is one of the files' 'a report into its incident.json'
same 'a report into its incident.json' kept.json incident/incident.json
segments=(incident/2*.json) && segment=${segments[0]} && cp "$segment" kept.json
run 1 'a report into the facts of a segment' report incident -o "$segment"
same 'a report into the facts of a segment' kept.json "$segment"
run 0 'a report beside its incident' report incident --no-charts -o incident/report.json
run 0 'a report beside its incident, again' report incident --no-charts -o incident/report.json
echo '{"items": []}' >pods.json && cp pods.json kept.json
run 1 'a report into its names' report calm.db --pods pods.json -o pods.json
same 'a report into its names' kept.json pods.json

# what is said to a terminal has no codes for it: C0, C1, what is no UTF-8, what turns the direction of text or is not seen
hostile=$'a\033[31m\302\2335m\377\rb\342\200\256c\342\200\213'
for suffix in db pcap; do
	run 1 "a name that is not there: $suffix" report "$hostile.$suffix" -o page.html
	is "a name that is not there: $suffix" 0 "$(LC_ALL=C grep -c "$(printf '[\033\233\377\r]')" err)"
	has err 'a\x1b[31m\x9b5m\xff\rb\u202ec\u200b' "a name that is not there: $suffix"
done
cp "$samples/zero_window.snd.pcap.zst" "$hostile.pcap.zst"
run 0 'the name of a capture' locate "$hostile.pcap.zst" "$hostile.pcap.zst" && has out 'A: a\x1b[31m\x9b5m\xff\rb\u202ec\u200b.pcap.zst: ' 'its name'
is 'the name of a capture' 0 "$(LC_ALL=C grep -c "$(printf '[\033\233\377\r\342]')" out)"
run 0 'a new database' analyze -o "$hostile.db" "$hostile.pcap.zst" && has out 'a\x1b[31m\x9b5m\xff\rb\u202ec\u200b.db: ' 'its name'
is 'a new database' 0 "$(LC_ALL=C grep -c "$(printf '[\033\233\377\r\342]')" out)"
word=$(sed -n 's/^  sqlite3 \(.*\) \.schema .*/\1/p' out)
is 'a command to copy' "$hostile.db" "$(eval "echo $word")"
cp calm.db "$hostile.db"
run 1 'the name of a database' plot "$hostile.db" in-flight --flow 999999
is 'the name of a database' 0 "$(LC_ALL=C grep -c "$(printf '[\033\233\377\r]')" err)"
cp calm.db codes.db
sqlite3 codes.db 'PRAGMA writable_schema = 1' \
	"UPDATE sqlite_master SET sql = replace(sql, 'SELECT', 'SELECT' || char(7) || char(27)) WHERE name = 'flows_view'"
run 1 'codes in a complaint of SQLite' plot codes.db overview --data
is 'codes in a complaint of SQLite' 0 "$(LC_ALL=C grep -c "$(printf '[\033\007]')" err)"

# who reads may go away
for name in one two three; do echo $name >$name.pcap; done
"$wiretape" report one.pcap two.pcap three.pcap calm.pcap.zst --no-charts -o page.html 2>&1 | true
nothing_left 'nobody reads complaints'
"$wiretape" report calm.pcap.zst --no-charts 2>/dev/null | true
nothing_left 'nobody reads the page'
if [[ -n $gnuplot ]]; then
	"$wiretape" plot calm.db overview -o - --size 2000x2000 | true
	nothing_left 'nobody reads the picture'
else
	skip 'nobody reads the picture: no gnuplot'
fi

# gnuplot takes a file whose name begins with "<" or "|" for a command
if [[ -n $gnuplot ]]; then
	# shellcheck disable=SC2016 # is not to be expanded
	for folder in '<touch owned; ' '|touch owned; ' '$(touch owned)' '`touch owned`' $'two\nlines' "it's" '@x %s'; do
		mkdir "$folder"
		TMPDIR=$folder run 0 "TMPDIR is $folder" plot calm.db overview -o chart.png
		is "TMPDIR is $folder: nothing is run" '' "$(find . -name owned)"
	done
fi

# what gnuplot computes may never end; one signal is enough, though gnuplot does not listen
mkdir deaf
# shellcheck disable=SC2016 # is for the script
printf '%s\n' '#!/bin/sh' 'trap "" TERM INT' 'echo $$ >"$DEAF"' 'while :; do sleep 0.1; done' >deaf/gnuplot
chmod +x deaf/gnuplot
DEAF=$work/deaf/pid PATH=$work/deaf:$PATH "$wiretape" plot calm.db overview -o page.png 2>err &
reading=$!
await 60 test -s deaf/pid || fail 'a gnuplot that hears nothing: it is not started'
kill -TERM $reading
wait $reading
is 'a gnuplot that hears nothing: a signal ends us' 143 $?
if kill -0 "$(cat deaf/pid)" 2>/dev/null; then fail 'a gnuplot that hears nothing is ended'; else pass; fi
nothing_left 'a gnuplot that hears nothing'
if [[ -n $gnuplot ]]; then
	# gnuplot says nothing of a disk that is full, and ends as if all were well
	mkdir full
	# shellcheck disable=SC2016 # is for the script
	printf '%s\n' '#!/bin/sh' '"$GNUPLOT" "$@" && truncate -s -40 picture' >full/gnuplot
	chmod +x full/gnuplot
	for name in png svg pdf; do
		GNUPLOT=$gnuplot PATH=$work/full:$PATH run 1 "a picture that is cut off: $name" plot calm.db overview -o cut.$name
		has err 'is not whole; is' "a picture that is cut off: $name"
		is "a picture that is cut off: $name" '' "$(find . -name 'cut.*')"
	done
	GNUPLOT=$gnuplot PATH=$work/full:$PATH run 1 'a picture that is cut off: sixel' plot calm.db overview --terminal=sixel
	is 'a picture that is cut off: sixel: nothing of it is shown' 0 "$(wc -c <out)"
	nothing_left 'a picture that is cut off'
	GNUTERM=x11 run 0 'a terminal that gnuplot does not have' plot calm.db overview -o chart.png
fi

# standard streams that are closed: no file takes their place
"$wiretape" report calm.pcap.zst missing.pcap --no-charts -o page.html 2>&-
is 'closed standard error' 1 $?
is 'closed standard error: the page is whole' '<!DOCTYPE html>' "$(head -n 1 page.html)"
is 'closed standard error: complaints are not in the page' 0 "$(grep -c '^wiretape: ' page.html)"
"$wiretape" report calm.pcap.zst --no-charts -q 2>err >&-
is 'closed standard output' 1 $?
has err 'standard output: cannot be written' 'closed standard output'
"$wiretape" cat calm.pcap.zst 2>err >&-
is 'closed standard output: cat' 1 $?
has err 'standard output: cannot be written: Bad file descriptor' 'closed standard output: cat'
nothing_left 'closed standard streams'

# files that may not grow: an error, and nothing is left of them (blocks of 1 kB)
mkdir limited
for command in 'analyze calm.pcap.zst -q -o limited/new.db' 'plot calm.db overview --data -o limited/data.tsv' \
	'report calm.pcap.zst --no-charts -q -o limited/page.html'; do
	read -ra words <<<"$command"
	(
		ulimit -f 1
		exec "$wiretape" "${words[@]}"
	) >out 2>err
	is "a limit of file sizes: $command" 1 $?
	is "a limit of file sizes: $command: nothing is left" '' "$(ls -A limited)"
	nothing_left "a limit of file sizes: $command"
done

# forged NAME EXPRESSION: calm.db, in which the captures' path is computed whenever it is asked for
forged() {
	sqlite3 calm.db .dump | awk '
		/^CREATE TABLE captures/ { captures = 1 }
		captures && /^[ \t]*path TEXT/ { $0 = "\tpath TEXT AS (1),"; captures = 0 }
		/^INSERT INTO captures / { next }
		{ print }' >forged.sql
	rm -f "$1"
	sqlite3 "$1" '.read forged.sql' 'PRAGMA application_id = 2004115824' \
		"PRAGMA user_version = $(sqlite3 calm.db 'PRAGMA user_version')" \
		"ATTACH 'calm.db' AS calm" "INSERT INTO captures ($columns) SELECT $columns FROM calm.captures" \
		'PRAGMA writable_schema = 1' \
		"UPDATE main.sqlite_master SET sql = replace(sql, 'AS (1)', 'AS ($2)') WHERE name = 'captures'" >/dev/null
}

# a path that takes hours to compute, in one instruction of SQLite
forged slow.db "instr(hex(zeroblob(4000000)), hex(zeroblob(2000000)) || ''1'')"
# computes: whether the program has been at it for a fifth of a second of the processor, more than it needs to get there
computes() { [[ /proc/$reading/exe -ef $program && $(cut -d ' ' -f 14 "/proc/$reading/stat") -ge 20 ]]; }
"$wiretape" report slow.db -q -o page.html 2>err &
reading=$!
await 300 computes || fail 'what never ends: it does not begin'
kill -TERM $reading
gone() { ! kill -0 $reading 2>/dev/null; }
await 60 gone
if kill -KILL $reading 2>/dev/null; then fail 'what never ends: a signal ends it'; else pass; fi
wait $reading 2>/dev/null
nothing_left 'what never ends'
# taken: whether the signal that was sent has come. It is another one from a quarter of a second on, and ten seconds after the first it
# would end without any.
taken() { gone || ((!(0x$(sed -n 's/^ShdPnd:\t//p' "/proc/$reading/status") >> ($(kill -l TERM) - 1) & 1))); }
for command in 'plot slow.db overview --capture 1 -o page.png' 'query slow.db captures'; do
	read -ra words <<<"$command"
	"$wiretape" "${words[@]}" >out 2>err &
	reading=$!
	await 300 computes || fail "what never ends: it does not begin: $command"
	for _ in {1..6}; do
		kill -TERM $reading 2>/dev/null
		await 60 taken
		sleep 0.4
		! gone || break
	done
	kill -KILL $reading 2>/dev/null
	wait $reading 2>/dev/null
	is "a second signal ends what never ends: $command" 143 $?
done
rm -rf temporary/*

# A journal that was left, and says that it is of several databases: SQLite would remove the file that it names as the
# one that holds them together. Its end is as in readSuperJournal of SQLite's pager.c: page, name, length, sum of the
# name's bytes, magic number.
number() { printf '%08x' "$1"; }
cp calm.db changed.db
sqlite3 changed.db 'PRAGMA synchronous = OFF' 'PRAGMA cache_size = 1' \
	'BEGIN; UPDATE flows SET client_port = 1; UPDATE timeline SET packets = 1' \
	'.shell cp changed.db left.db; cp changed.db-journal left.db-journal' ROLLBACK >/dev/null
cp left.db named.db && cp left.db-journal named.db-journal
echo precious >victim
name=$work/victim sum=0
for byte in $(printf %s "$name" | od -A n -v -t u1); do sum=$((sum + byte)); done
letters=$(printf %s "$name" | od -A n -v -t x1 | tr -d ' \n')
for part in "$(number 1)" "$letters" "$(number ${#name})" "$(number $sum)" d9d505f920a163d7; do
	# shellcheck disable=SC2001 # a byte at a time
	printf '%b' "$(sed 's/../\\x&/g' <<<"$part")"
done >>named.db-journal
run 1 'a journal that names a file' plot named.db overview --data
has err 'named.db-journal' 'a journal that names a file'
run 1 'a journal that names a file: append' analyze -q --append -o named.db "$samples"/server_reset.snd.pcap.zst
run 1 'a journal that names a file: against' diff calm.db named.db
is 'a journal that names a file: that is still there' precious "$(cat victim)"
run 0 'a journal that was left is played back' query left.db 'SELECT count(*) FROM flows WHERE client_port = 1' --csv
is 'a journal that was left is played back' 0 "$(tail -n 1 out)"

# a path of 900 MB is not made
forged wide.db "printf(''%.*c'', 900000000, ''x'')"
run 0 'a value of 900 MB' query wide.db 'SELECT length(path) AS length FROM captures' --csv
is 'a value of 900 MB' 'length,' "$(paste -sd, out)"
nothing_left 'a value of 900 MB'

# files that are no captures, and that reading would wait for or use up
while read -r path why; do
	cp calm.db path.db && sqlite3 path.db "UPDATE captures SET path = '$path'"
	run 0 "a capture at $path" plot path.db time-sequence --flow 1 --data
	has out "$why" "a capture at $path" && lacks out 'root:' "a capture at $path"
done <<-END
	/proc/kmsg it cannot be read any more
	/dev/zero it is not there any more
	/etc/passwd it cannot be read any more
	../../../../../../etc/passwd cannot be read
END

# captures of which nothing is left
cp calm.db empty.db && sqlite3 empty.db 'DELETE FROM captures'
if [[ -n $gnuplot ]]; then
	for chart in limits overview throughput rtt services; do
		"$wiretape" plot empty.db $chart -o chart.svg >out 2>err || has err 'nothing to draw' "no capture: $chart"
		lacks err 'gnuplot failed' "no capture: $chart"
	done
fi
nothing_left 'all charts'
totals
