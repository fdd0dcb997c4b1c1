# shellcheck shell=bash disable=SC2034,SC2154 # the three files share their variables
# lab.sh: the bench that scenarios are built on; `run` sources it.
#
# A scenario runs in a subshell of its own with namespaces of its own:
#
#     sender (eth0) --- A wire B --- (eth0) receiver
#
# With `wire --bridge` end B lies in a namespace `middle`, bridged over a veth pair to the receiver; with
# `wire --mirror ID` the namespace `middle` has `mirrora` and `mirrorb`, where a switch would mirror both ends.

# Of the running scenario; `run` sets scenario, description, out and seed.
work=""    # temporary files
prefix=""  # of its namespaces
ipv6=false
congestion=cubic # control; a scenario may set it before `wire`
wire_pid=0
pids=()    # all that was started in the background
tapes=()   # "file pid" of each tcpdump
runs=0     # of traffic, for file names
limit=120  # seconds that anything may run
namespaces=()

sender4=10.9.0.1 receiver4=10.9.0.2 sender6=fd00:9::1 receiver6=fd00:9::2
sender_mac=02:00:00:00:00:01 receiver_mac=02:00:00:00:00:02
sender=$sender4 receiver=$receiver4

die() { echo "lab: ${scenario:-run}: $*" >&2; exit 1; }

# await SECONDS COMMAND...: until the command succeeds; fails after that time.
await() {
	local tries=$(($1 * 50))
	shift
	until "$@" >/dev/null 2>&1; do
		((tries-- > 0)) || return 1
		sleep 0.02
	done
}

# in_host NAME COMMAND...: in the scenario's namespace NAME, for so many seconds at most.
in_host() {
	local host=$1
	shift
	timeout --foreground -k 2 "$limit" ip netns exec "$prefix$host" "$@"
}

# in_background HOST COMMAND...: the same, without waiting for it; its process id is in $!, and cleanup ends it.
# Redirections apply as usual.
in_background() {
	local host=$1
	shift
	(exec timeout --foreground -k 2 "$limit" ip netns exec "$prefix$host" "$@") <&0 &
	pids+=("$!")
}

add_host() {
	ip netns add "$prefix$1" || die "cannot make a namespace"
	namespaces+=("$prefix$1")
	# The defaults of the kernel, where a namespace takes those of the machine.
	local settings=(net.ipv4.tcp_no_metrics_save=1 net.ipv4.tcp_ecn=2 "net.ipv4.tcp_rmem=4096 131072 6291456"
		"net.ipv4.tcp_wmem=4096 16384 4194304" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0)
	if $ipv6; then
		settings+=(net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0
			net.ipv6.conf.default.router_solicitations=0 net.ipv6.conf.default.addr_gen_mode=1)
	elif [[ -d /proc/sys/net/ipv6 ]]; then
		settings+=(net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1)
	fi
	in_host "$1" sysctl -qw "${settings[@]}" || die "cannot set up a namespace"
	ip -n "$prefix$1" link set lo up
}

# host_up NAME MAC ADDRESS4 ADDRESS6 PEER_MAC PEER4 PEER6: eth0 with nothing left to discovery.
host_up() {
	local namespace=$prefix$1 mac=$2 address4=$3 address6=$4 peer_mac=$5 peer4=$6 peer6=$7
	ip -n "$namespace" link set eth0 address "$mac" txqueuelen 20000
	$offload || in_host "$1" ethtool -K eth0 tso off gso off gro off >/dev/null 2>&1
	ip -n "$namespace" link set eth0 up
	ip -n "$namespace" addr add "$address4/24" dev eth0
	# By route: only the first namespace may choose its default freely.
	ip -n "$namespace" route replace "${address4%.*}.0/24" dev eth0 src "$address4" congctl "$congestion"
	ip -n "$namespace" neigh replace "$peer4" lladdr "$peer_mac" dev eth0 nud permanent
	if $ipv6; then
		ip -n "$namespace" addr add "$address6/64" dev eth0 nodad
		ip -n "$namespace" -6 route replace "${address6%:*}:/64" dev eth0 congctl "$congestion"
		ip -n "$namespace" neigh replace "$peer6" lladdr "$peer_mac" dev eth0 nud permanent
	fi
}

# bridge_up: end B, bridged in `middle` to a veth pair whose other end is the receiver's eth0.
bridge_up() {
	local middle=${prefix}middle
	ip -n "$middle" link set eth0 name port0
	ip -n "$middle" link add port1 type veth peer name eth0 netns "${prefix}receiver"
	ip -n "$middle" link add bridge0 type bridge mcast_snooping 0
	for port in port0 port1; do
		ip -n "$middle" link set "$port" master bridge0 txqueuelen 20000
		in_host middle ethtool -K "$port" tso off gso off gro off tx off rx off >/dev/null 2>&1
		ip -n "$middle" link set "$port" up
	done
	ip -n "$middle" link set bridge0 up
	in_host receiver ethtool -K eth0 tso off gso off gro off tx off rx off >/dev/null 2>&1
}

# vxlan_up: an overlay (VXLAN 42) between the hosts, which then have its addresses.
vxlan_up() {
	local host other outer=$sender4 peer=$receiver4
	sender=10.10.0.1 receiver=10.10.0.2
	for host in sender receiver; do
		other=receiver
		if [[ $host == receiver ]]; then other=sender outer=$receiver4 peer=$sender4; fi
		ip -n "$prefix$host" link add vxlan0 type vxlan id 42 local "$outer" remote "$peer" dstport 4789 dev eth0
		in_host "$host" ethtool -K vxlan0 tso off gso off gro off tx off >/dev/null 2>&1
		ip -n "$prefix$host" link set vxlan0 up
		ip -n "$prefix$host" addr add "${!host}/24" dev vxlan0
		ip -n "$prefix$host" route replace 10.10.0.0/24 dev vxlan0 src "${!host}" congctl "$congestion"
	done
	for host in sender receiver; do
		other=receiver
		if [[ $host == receiver ]]; then other=sender; fi
		ip -n "$prefix$host" neigh replace "${!other}" dev vxlan0 nud permanent \
			lladdr "$(ip -n "$prefix$other" -j link show dev vxlan0 | jq -r '.[0].address')"
	done
}

# wire [--ipv6] [--bridge] [--mirror ID] [options of build/tests/lab/wire]: makes the hosts and what lies between.
wire() {
	local arguments=() bridge=false mirror="" end_b=receiver
	offload=false
	while (($# > 0)); do
		case $1 in
		--ipv6) ipv6=true sender=$sender6 receiver=$receiver6 ;;
		--bridge) bridge=true end_b=middle ;;
		--mirror) mirror=$2 arguments+=(--mirror-a mirrora --mirror-b mirrorb --mirror-vlan "$2"); shift ;;
		--offload) offload=true arguments+=("$1") ;;
		*) arguments+=("$1") ;;
		esac
		shift
	done
	for host in wire sender receiver; do add_host "$host"; done
	if $bridge || [[ -n $mirror ]]; then add_host middle; fi

	in_background wire "$bin/wire" --a a --b b --seed "$seed" --log "$out/wire.log" "${arguments[@]}" \
		>"$work/wire.out" 2>"$work/wire.err"
	wire_pid=$!
	await 20 grep -q ready "$work/wire.out" || die "wire: $(cat "$work/wire.err")"

	ip -n "${prefix}wire" link set dev a netns "${prefix}sender" name eth0
	ip -n "${prefix}wire" link set dev b netns "$prefix$end_b" name eth0
	if $bridge; then bridge_up; fi
	if [[ -n $mirror ]]; then
		for port in mirrora mirrorb; do
			ip -n "${prefix}wire" link set "$port" netns "${prefix}middle"
			ip -n "${prefix}middle" link set "$port" up
		done
	fi
	host_up sender "$sender_mac" "$sender4" "$sender6" "$receiver_mac" "$receiver4" "$receiver6"
	host_up receiver "$receiver_mac" "$receiver4" "$receiver6" "$sender_mac" "$sender4" "$sender6"
}

# tape FILE HOST INTERFACE [SNAPLEN [FILTER]]: captures there until the end; snap length 0 is everything.
tape() {
	local file=$1 log=$work/$1.log
	in_background "$2" tcpdump -i "$3" -nn -s "${4:-128}" -B 65536 --immediate-mode --time-stamp-precision=nano -Z root \
		-w "$out/$file" "${5:-}" 2>"$log"
	tapes+=("$file $!")
	await 20 grep -q "listening on" "$log" || die "tcpdump: $(cat "$log")"
}

# tapes_at_both_ends [SNAPLEN]
tapes_at_both_ends() {
	tape snd.pcap sender eth0 "${1:-128}"
	tape rcv.pcap receiver eth0 "${1:-128}"
}

# server HOST OPTION...: traffic's server on port 5001, ready when this returns.
server() {
	local host=$1 id=$((++runs))
	shift
	in_background "$host" "$bin/traffic" server --address "${!host}" --port 5001 "$@" \
		--output "$work/$host.$id.jsonl" 2>"$work/server.$id.err"
	servers+=("$!")
	await 20 grep -q ready "$work/server.$id.err" || die "server: $(cat "$work/server.$id.err")"
}

# client HOST OPTION...: traffic's client in HOST, to port 5001 of the other one, from port 40001 on; returns when done.
client() {
	local host=$1 id=$((++runs)) peer=receiver
	shift
	if [[ $host == receiver ]]; then peer=sender; fi
	in_host "$host" "$bin/traffic" client --address "${!peer}" --port 5001 --from-port 40001 "$@" \
		--output "$work/$host.$id.jsonl"
}

# amount NORMAL SMALL: how much traffic; small is for samples.
amount() { if $sample; then echo "$2"; else echo "$1"; fi; }

# Has read all that it was given, and waits for more. The process that a tape is known by only waits for tcpdump.
asleep() { [[ $(ps -o stat= --ppid "$1") == S* ]]; }

no_live_sockets() {
	for host in sender receiver; do
		[[ -z $(ip netns exec "$prefix$host" ss -Htan state connected exclude time-wait 2>/dev/null) ]] || return 1
	done
}

# Lets what is under way arrive, stops the tapes, asks the kernels, and stops the wire, in this order.
settle() {
	for pid in "${servers[@]}"; do await 30 not_running "$pid" || die "the server does not end"; done
	await 4 no_live_sockets || true
	sleep 0.3
	for tape in "${tapes[@]}"; do await 20 asleep "${tape#* }" || die "tcpdump does not keep up"; done
	for tape in "${tapes[@]}"; do kill -TERM "${tape#* }" 2>/dev/null; done
	for tape in "${tapes[@]}"; do await 20 not_running "${tape#* }" || die "tcpdump does not end"; done
	host_truth sender >"$work/sender.json" # the wire's end takes the interfaces with it
	host_truth receiver >"$work/receiver.json"
	kill -TERM "$wire_pid" 2>/dev/null
	await 20 not_running "$wire_pid" || die "the wire does not end"
	[[ -s $work/wire.out ]] || die "the wire left no counts"
}

not_running() { ! kill -0 "$1"; }

# host_truth NAME: what its kernel and its programs say, as JSON.
host_truth() {
	in_host "$1" nstat -asj >"$work/$1.nstat"
	ip -n "$prefix$1" -s -j link show dev eth0 >"$work/$1.link"
	cat "$work/$1".*.jsonl >"$work/$1.connections" 2>/dev/null
	jq -n --arg address "${!1}" --slurpfile nstat "$work/$1.nstat" --slurpfile link "$work/$1.link" \
		--slurpfile connections "$work/$1.connections" \
		'{address: $address, counters: $nstat[0].kernel, interface: $link[0][0].stats64, connections: $connections}'
}

# tape_truth: each capture with tcpdump's own counts.
tape_truth() {
	for tape in "${tapes[@]}"; do
		local file=${tape% *}
		awk -v file="$file" '
			/packets captured/ {captured = $1}
			/packets dropped by kernel/ {dropped = $1}
			/packets dropped by interface/ {interface = $1}
			/snapshot length/ {snaplen = $(NF - 1)}
			END {printf "{\"%s\": {\"packets\": %d, \"kernel_drops\": %d, \"interface_drops\": %d, \"snaplen\": %d}}\n",
				file, captured, dropped, interface, snaplen}' "$work/$file.log"
	done | jq -s add
}

write_truth() {
	sed 1d "$work/wire.out" >"$work/wire.json" # without "ready"
	tape_truth >"$work/captures.json"
	cat "$work"/extra.*.json >"$work/extra" 2>/dev/null
	jq --indent 1 -n --arg scenario "$scenario" --arg description "$description" --arg kernel "$(uname -r | cut -d- -f1)" \
		--argjson start_ns "$start_ns" --argjson end_ns "$(date +%s%N)" \
		--slurpfile wire "$work/wire.json" --slurpfile sender "$work/sender.json" \
		--slurpfile receiver "$work/receiver.json" --slurpfile captures "$work/captures.json" \
		--slurpfile extra "$work/extra" '
		{scenario: $scenario, description: $description, seed: $wire[0].seed, kernel: $kernel,
		 start_ns: $start_ns, end_ns: $end_ns,
		 rtt_us: ([$wire[0].forward, $wire[0].backward | .options.delay_us // 0] | add),
		 wire: $wire[0], sender: $sender[0], receiver: $receiver[0], captures: $captures[0]}
		+ ($extra | add // {})' >"$out/truth.json.part" || die "cannot write truth.json"
	mv "$out/truth.json.part" "$out/truth.json"
}

# extra NAME: puts the JSON on standard input into truth.json under this name.
extra() { jq --arg name "$1" '{($name): .}' >"$work/extra.$1.json"; }

cleanup() {
	[[ $prefix == "lab-$BASHPID-" ]] || return # a child that got a signal before it had become another program
	trap '' INT TERM
	for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do await 3 not_running "$pid" || kill -KILL "$pid" 2>/dev/null; done
	wait 2>/dev/null
	for namespace in "${namespaces[@]}"; do ip netns del "$namespace" 2>/dev/null; done
	if [[ -n $work ]]; then rm -rf "$work"; fi
}

# bench NAME: one scenario from beginning to end, in a subshell of its own.
bench() {
	scenario=$1 description=${descriptions[$1]} out=$output/$1
	prefix=lab-$BASHPID- servers=()
	work=$(mktemp -d) || exit 1
	trap cleanup EXIT
	trap 'exit 143' INT TERM
	mkdir -p "$out"
	rm -f "$out"/*.pcap "$out/truth.json" "$out/wire.log"
	start_ns=$(date +%s%N)
	"scenario_$1" || die "failed"
	settle
	write_truth
	jq -r '"\(.scenario)\t\((.end_ns - .start_ns) / 1e8 | round / 10) s, " +
		"\(.captures["snd.pcap"].packets) packets, \(.sender.counters.TcpRetransSegs // 0) retransmissions, " +
		"\(.wire.forward.counts.lost) lost, \([.captures[].kernel_drops] | add) capture drops" +
		(if .wire.realtime then "" else ", the wire without real-time priority" end)' "$out/truth.json" |
		column -t -s "$(printf '\t')"
}
