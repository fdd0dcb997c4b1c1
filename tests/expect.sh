# shellcheck shell=bash disable=SC2034,SC2154 # the scripts that source it use its variables, and set `program`
# expect.sh: what the tests of command lines share. Sets up a folder of its own, `work`, and goes there; `program` is what is tested.
work=$(mktemp -d) || exit 1
# A child that gets a signal before it has become another program is still bash, and would run this, too.
trap 'if [[ $BASHPID == "$$" ]]; then rm -rf "$work"; fi' EXIT
cd "$work" || exit 1
# Nothing of who runs the tests: neither how numbers and times are written there, nor settings such as ~/.sqliterc, nor own findings.
umask 022
unset TZDIR COLUMNS LINES NO_COLOR COLORTERM TMUX KITTY_WINDOW_ID TERM_PROGRAM GNUTERM JOURNAL_STREAM SOURCE_DATE_EPOCH
unset WIRETAPE_QUERIES WIRETAPE_FINDINGS
export LC_ALL=C.UTF-8 TZ=UTC TERM=xterm HOME=$work XDG_CONFIG_HOME=$work/config
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	printf 'FAILED: %s\n' "$1"
	[[ -f out ]] && head -c 3000 out | tr -c '[:print:]\n' '?' | sed -e 's/^/    out: /' -e '$a\'
	[[ -f err ]] && head -c 3000 err | sed -e 's/^/    err: /' -e '$a\'
}
skip() {
	skipped=$((skipped + 1))
	printf 'skipped: %s\n' "$1"
}

# run STATUS NAME ARGUMENT...: runs the program; its output is in `out` and `err`.
run() {
	local expected=$1 name=$2 status
	shift 2
	"$program" "$@" >out 2>err
	status=$?
	if [[ $status == "$expected" ]]; then pass; else fail "$name: exit status $status, expected $expected"; fi
}
# has FILE TEXT NAME, lacks FILE TEXT NAME
has() { if grep -qF -e "$2" "$1"; then pass; else fail "$3: '$2' not in $1"; fi; }
lacks() { if grep -qF -e "$2" "$1"; then fail "$3: '$2' in $1"; else pass; fi; }
# is NAME EXPECTED ACTUAL
is() { if [[ $2 == "$3" ]]; then pass; else fail "$1: '$3', expected '$2'"; fi; }
# same NAME FILE FILE
same() { if cmp -s "$2" "$3"; then pass; else fail "$1: $2 and $3 differ"; fi; }

# needs_tools TOOL...: nothing more is tested where one is not installed.
needs_tools() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || { skip "$tool is not installed"; totals; exit; }
	done
}

# as_nobody COMMAND ARGUMENT...: as a user without rights. nobody_is_there: root can be one, who finds the program as ./program, though
# the project lies where nobody may look.
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
nobody_is_there() {
	((EUID == 0)) && chmod 755 "$work" && install -m 755 "$program" "$work/program" && as_nobody test -x "$work/program" 2>/dev/null
}

# chart DB NAME OPTION...: its data, in the file `data`
chart() {
	run 0 "$1: $2" plot "$@" --data
	cp out data
}
# values BLOCK EACH [END]: awk programs for each row of a block of the data, and then; $c["NAME"] is a column
values() {
	awk -F '\t' -v block="$1" '
		BEGIN { now = -1; empty = 2 }
		/^# / && empty >= 2 { now++; delete c; for (i = 1; i <= NF; i++) { name = $i; sub(/^# /, "", name); c[name] = i }
			empty = 0; next }
		/^$/ { empty++; next }
		now == block && $1 != "NaN" { '"$2"' }
		END { '"${3:-}"' }' data
}

# await SECONDS COMMAND...: until the command succeeds; fails after that time.
await() {
	local end=$((EPOCHSECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((EPOCHSECONDS <= end)) || return 1
		sleep 0.02
	done
}
# catches PID SIGNAL: whether the process is the program (not yet: the shell that will become it) and prepared for the signal.
catches() {
	[[ /proc/$1/exe -ef $program ]] && ((0x$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status") >> ($(kill -l "$2") - 1) & 1))
}
# interrupted SIGNAL FILE ARGUMENT...: the program reads the file from a pipe that stays open, and gets the signal as soon as
# it is prepared; `status` is what it ends with.
interrupted() {
	local signal=$1 file=$2 hold pid
	shift 2
	mkfifo endless
	exec {hold}<>endless
	rm endless
	cat "$file" >&"$hold" &
	local feeder=$!
	env --default-signal="$signal" "$program" "$@" <&"$hold" >out 2>err &
	pid=$!
	await 60 catches $pid "$signal" || fail "$signal: the program does not catch it"
	kill -"$signal" $pid
	wait $pid
	status=$?
	exec {hold}>&-
	kill $feeder 2>/dev/null
	wait $feeder
}

totals() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[[ $failed -eq 0 ]]
}
