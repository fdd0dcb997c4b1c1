#!/bin/bash
# `wiretape analyze --hosts` and `--pods` against names that were worked out by hand. WIRETAPE names the program.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WIRETAPE:-build/wiretape}")
# shellcheck source=expect.sh
. "$here/expect.sh"
capture=$here/../samples/server_reset.snd.pcap.zst # 10.9.0.1 connects to 10.9.0.2 port 5001
ask() { "$program" query "$1" "$2" --csv | tail -n +2; }
given() { ask "$1" "SELECT address, port, name, source FROM names WHERE capture_id IS NULL ORDER BY rowid"; }

# hosts(5): several names, comments, IPv6 in other spellings, CR LF, a tab, no line end at the end
printf '%s\n' '# of the lab' '10.9.0.1 client.example client # the sender' '' '2001:DB8:0::0007  v6.example' 'fe80::1%lo0 link.example' \
	'no.address here' '10.9.0.3' >hosts
printf '10.9.0.2\tserver.example\r\n::ffff:10.9.0.4 mapped.example' >>hosts
run 0 hosts analyze -q -o a.db "$capture" --hosts hosts
is hosts "10.9.0.1,,client.example,hosts
10.9.0.1,,client,hosts
2001:db8::7,,v6.example,hosts
fe80::1,,link.example,hosts
10.9.0.2,,server.example,hosts
10.9.0.4,,mapped.example,hosts" "$(given a.db)"
has err 'hosts: 2 lines without an address and a name left out, the first is line 6: no.address' 'bad lines'
is 'flows have names' 'client.example,server.example' "$(ask a.db 'SELECT DISTINCT client_name, server_name FROM flows_view')"
is 'one name for each address' '1,10.9.0.1,,client.example,hosts,2' \
	"$(ask a.db "SELECT * FROM address_names WHERE address = '10.9.0.1'")"
run 0 "names in the summary" analyze -f -o s.db "$capture" --hosts hosts
is "names in the summary" "2 client.example > server.example" \
	"$(grep -c "server.example:5001" out | sed "s/^[1-9][0-9]*$/2/") $(grep -o "client.example > server.example" out)"
run 0 'names in queries' query a.db top_talkers && has out 'server.example' 'names in queries'
run 0 'query names' query a.db names && has out 'mapped.example' 'query names'

# given once more, with another name: added, but what was there stays first
echo '10.9.0.2 other.example' >more.txt
run 0 append analyze -q -a -o a.db "$here/../samples/tail_loss.snd.pcap.zst" --hosts hosts --hosts more.txt
is append '7' "$(given a.db | wc -l)"
is 'append: order' 'server.example' "$(ask a.db 'SELECT DISTINCT server_name FROM flows_view WHERE server_name IS NOT NULL')"
{ echo '10.9.0.1 first.example'; head -c 300 /dev/zero | tr '\0' 'x' | sed 's/^/10.9.0.2 /'; } >long
run 0 'names that are too long' analyze -q -o b.db "$capture" --hosts - <long
is 'names that are too long' '10.9.0.1,,first.example,hosts' "$(given b.db)"
has err 'standard input: 1 line without' 'names that are too long'

# What kubectl prints: dual stack, a pod that ended, the host's network, no address yet, a service with named ports, a headless
# one, one outside, end points, and what is nothing of all this
cat >pods.json <<'JSON'
{"apiVersion": "v1", "kind": "List", "items": [
 {"kind": "Pod", "metadata": {"name": "old", "namespace": "a"}, "status": {"phase": "Succeeded", "podIP": "10.9.0.1"}},
 {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"nodeName": "node-1"}, "status": {"phase": "Running",
  "hostIP": "192.0.2.10", "podIP": "10.9.0.1", "podIPs": [{"ip": "10.9.0.1"}, {"ip": "FD00::0:5"}]}},
 {"kind": "Pod", "metadata": {"name": "proxy", "namespace": "kube-system"}, "spec": {"hostNetwork": true, "nodeName": "node-1"},
  "status": {"phase": "Running", "hostIP": "192.0.2.10", "podIP": "192.0.2.10", "podIPs": [{"ip": "192.0.2.10"}]}},
 {"kind": "Pod", "metadata": {"name": "pending", "namespace": "shop"}, "status": {"phase": "Pending"}},
 {"kind": "Pod", "metadata": {"name": "odd", "namespace": "shop"}, "status": {"podIP": "999.0.0.1"}},
 {"kind": "Service", "metadata": {"name": "api", "namespace": "shop"}, "spec": {"clusterIP": "10.9.0.2", "clusterIPs": ["10.9.0.2"],
  "ports": [{"name": "http", "port": 5001}, {"port": 9000}]}, "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.5"}, {"hostname": "x"}]}}},
 {"kind": "Service", "metadata": {"name": "headless", "namespace": "shop"}, "spec": {"clusterIP": "None", "clusterIPs": ["None"]}},
 {"kind": "Service", "metadata": {"name": "out", "namespace": "shop"}, "spec": {"type": "ExternalName", "externalIPs": ["203.0.113.6"]}},
 {"kind": "Endpoints", "metadata": {"name": "db", "namespace": "shop"}, "subsets": [{"addresses": [{"ip": "198.51.100.1"},
  {"ip": "10.9.0.7", "targetRef": {"kind": "Pod", "name": "db-0", "namespace": "shop"}}], "ports": [{"port": 5432}]}]},
 {"kind": "Node", "metadata": {"name": "node-2"}, "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.11"},
  {"type": "Hostname", "address": "node-2"}]}},
 {"kind": "Pod", "metadata": 5, "status": []}, 7, null, "x", [[]], {"kind": {"a": 1}, "metadata": {"name": "y"}, "status": {"podIPs": "z"}}
]}
JSON
run 0 pods analyze -q -o c.db "$capture" --pods pods.json
is pods "10.9.0.1,,shop/web,pod
fd00::5,,shop/web,pod
10.9.0.1,,a/old,pod
192.0.2.10,,node-1,pod
192.0.2.11,,node-2,pod
10.9.0.2,5001,shop/api:http,service
203.0.113.5,5001,shop/api:http,service
10.9.0.2,,shop/api,service
203.0.113.5,,shop/api,service
198.51.100.1,,shop/db,service
10.9.0.7,,shop/db-0,pod" "$(given c.db)"
has err "pods.json: 1 address that is none left out, the first is '999.0.0.1'" 'bad addresses'
is 'flows have pods and services' 'shop/web,shop/api:http' "$(ask c.db 'SELECT DISTINCT client_name, server_name FROM flows_view')"
run 0 'hosts come first' analyze -q -o d.db "$capture" --pods pods.json --hosts hosts
is 'hosts come first' 'client.example,server.example' "$(ask d.db 'SELECT DISTINCT client_name, server_name FROM flows_view')"

# a list of one kind, as the API server gives it, and a single object
echo '{"kind": "PodList", "items": [{"metadata": {"name": "p", "namespace": "n"}, "status": {"podIP": "10.9.0.1"}}]}' >list.json
run 0 'list of one kind' analyze -q -o e.db "$capture" --pods - <list.json
is 'list of one kind' '10.9.0.1,,n/p,pod' "$(given e.db)"
echo '{"kind": "Pod", "metadata": {"name": "p", "namespace": "n"}, "status": {"podIP": "10.9.0.1"}}' >one.json
run 0 'one pod' analyze -q -o f.db "$capture" --pods one.json
is 'one pod' '10.9.0.1,,n/p,pod' "$(given f.db)"

# what is no list of pods
echo '{"items": [' >cut.json
run 1 'cut JSON' analyze -q -o g.db "$capture" --pods cut.json && has err 'cut.json: not what `kubectl get pods' 'cut JSON'
run 1 'no file' analyze -q -o g.db "$capture" --pods none.json && has err 'none.json: No such file' 'no file'
run 1 folder analyze -q -o g.db "$capture" --hosts . && has err '.: Is a directory' folder
run 1 'too large' analyze -q -o g.db "$capture" --pods - < <(head -c 270000000 /dev/zero) && has err 'larger than 256 MiB' 'too large'
head -c 100000 /dev/zero | tr '\0' '[' >deep.json
run 1 'deep JSON' analyze -q -o g.db "$capture" --pods deep.json
is 'nothing is left' '' "$(ls g.db* 2>/dev/null)"
for text in '5' '"x"' '[1, {"a": 2}]' '{}' '{"items": 7}' '{"items": {"a": {"kind": "Pod"}}}'; do
	echo "$text" >some.json
	run 0 "no pods: $text" analyze -q -f -o h.db "$capture" --pods some.json && has err 'no names in there' "no pods: $text"
done
run 2 'standard input twice' analyze - --hosts - && has err 'only once' 'standard input twice'
run 2 'standard input for two' analyze "$capture" --hosts - --pods - && has err 'only once' 'standard input for two'

totals
