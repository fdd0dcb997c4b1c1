# shellcheck shell=bash disable=SC2154 # the files share their variables
# load.sh: a load that the slowest machine must bear. How much can be borne is measured by `make bench`.

alone load "50,000 packets of 1,000 bytes a second for 3 s, with the defaults: none is lost (tried twice)"
test_load() {
	local i
	for i in 1 2; do
		rm -rf "$dir"
		: >"$work/recorder.log"
		record --pool 64M
		flood --rate 50000 --count 150000
		sleep 0.5
		stop_well
		if (($(facts packets | sum) == 150000)); then break; fi
		say "try $i: $(facts packets | sum) of 150000"
	done
	expect "packets on the tape" "$(facts packets | sum)" -eq 150000
	expect "packets that tcpdump reads from it" "$(segments | while read -r segment; do
		zstd -dcq "$segment" | tcpdump -nn -r - 2>/dev/null
	done | wc -l)" -eq 150000
	expect "drops of kernel and pool" "$(facts 'kernel_drops + .pool_drops' | sum)" -eq 0
	good_segments
}

flood() { in_a "$build/tests/bench/flood" --interface eth0 "$@" >"$work/flood"; }
