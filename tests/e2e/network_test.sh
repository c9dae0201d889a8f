#!/bin/bash
# Networks: who reaches whom, published ports, fixed addresses, what is left afterwards. The "host" is the sandbox's own
# network namespace; what is outside of it is another namespace that the tests make.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/outside.sh"
unset MINIDOCK_NETWORK

# serve NAME OPTION…: a container that answers its name at port 80.
serve() {
  local name=$1
  shift
  minidock run -d --name "$name" "$@" busybox sh -c \
    'mkdir /w; hostname >/dev/null; echo '"$name"' >/w/index.html; exec busybox httpd -f -p 80 -h /w' >/dev/null
  wait_until 5 minidock exec "$name" busybox wget -q -O - http://127.0.0.1/
}
# From the host; from within a container. Nothing where nobody answers.
fetch() { timeout 3 curl -s --max-time 2 "http://$1/" 2>/dev/null || true; }
fetch_in() { minidock exec "$1" busybox timeout 3 busybox wget -q -O - "http://$2/" 2>/dev/null || true; }
address() { minidock inspect -f "{{(index .NetworkSettings.Networks \"${2:-bridge}\").IPAddress}}" "$1"; }

answers() { [ "$(fetch "$1")" = "$2" ]; }
is_bound() { ss -ltn | grep -q 127.0.0.1:8090; }
no_wires() { [ "$(ip -br link show type veth | grep -vc wire)" = 0 ]; }


test_the_default_is_a_bridge() {
  image busybox
  try minidock run --rm busybox ip -4 -o addr show eth0
  assert_rc 0
  assert_match "$out" "inet 172\.2[89]\.[0-9]+\.[0-9]+/24"
  try minidock run --rm busybox ip route
  assert_match "$out" "default via 172\.[0-9.]+ dev eth0"
  try minidock run --rm --hostname web busybox cat /etc/hosts
  assert_match "$out" $'172\.[0-9.]+\tweb'
  # No address that nobody gave it.
  try minidock run --rm busybox ip -6 -o addr show eth0
  assert_eq "$out" ""
  try minidock run --rm --network none busybox ip -o link
  assert_no_match "$out" eth0
}

test_published_ports() {
  image busybox
  make_outside
  serve web -p 8080:80 -p 127.0.0.1:8081:80
  local other
  serve other
  other=$(address other)
  assert_eq "$(fetch 127.0.0.1:8080)" web
  assert_eq "$(fetch 10.9.0.1:8080)" web
  assert_eq "$(outside 10.9.0.1:8080)" web
  assert_eq "$(fetch 127.0.0.1:8081)" web
  assert_eq "$(outside 10.9.0.1:8081)" ""
  # From the container itself, by way of the host, and from another one.
  assert_eq "$(fetch_in web 10.9.0.1:8080)" web
  assert_eq "$(fetch_in other 10.9.0.1:8080)" web
  assert_eq "$(fetch_in other "$(address web)")" web
  # What is not published is the host's and its containers' alone.
  assert_eq "$(outside "$other")" ""
  assert_eq "$(minidock port web)" $'80/tcp -> 0.0.0.0:8080\n80/tcp -> 127.0.0.1:8081'
  assert_eq "$(minidock port web 80/tcp | head -1)" 0.0.0.0:8080
  assert_contains "$(minidock ps --filter name=web --format '{{.Ports}}')" "0.0.0.0:8080->80/tcp"
  assert_eq "$(minidock ps -q --filter publish=8080 | wc -l) $(minidock ps -q --filter publish=9 | wc -l)" "1 0"
  assert_eq "$(minidock inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' web)" 8080
  minidock stop -t 0 web >/dev/null
  assert_eq "$(fetch 127.0.0.1:8080)" ""
  assert_eq "$(minidock port web)" ""
  minidock start web >/dev/null
  wait_until 5 answers 127.0.0.1:8080 web
  minidock rm -f web other >/dev/null
}

test_the_source_of_a_request_is_kept() {
  image busybox
  make_outside
  minidock run -d --name log -p 9000:9000 busybox sh -c \
    'while :; do busybox nc -lp 9000 -e sh -c "busybox netstat -tn | busybox grep :9000"; done' >/dev/null
  listens() { minidock exec log busybox netstat -ltn | grep -q :9000; }
  wait_until 5 listens
  out=$(timeout 5 ip netns exec outside bash -c 'exec 3<>/dev/tcp/10.9.0.1/9000; cat <&3')
  assert_contains "$out" 10.9.0.2:
  minidock rm -f log >/dev/null
}

test_a_port_that_is_taken() {
  image busybox
  serve first -p 8090:80
  refused 125 "Bind for 0.0.0.0:8090 failed: port is already allocated by container first" \
    minidock run --rm --name second -p 8090:80 busybox true
  assert_contains "$err" "8091 is free"
  minidock rm -f first >/dev/null
  timeout 20 python3 -c 'import socket,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 8090)); s.listen(); time.sleep(15)' &
  local holder=$!
  wait_until 5 is_bound
  refused 125 "port is already allocated by " minidock run --rm -p 8090:80 busybox true
  assert_match "$err" "\(pid [0-9]+\)"
  kill $holder
  wait $holder 2>/dev/null || true
  # And the other way round: the host's programs do not get a container's.
  serve first -p 8090:80
  ! python3 -c 'import socket
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", 8090)); s.listen()' 2>/dev/null ||
    fail "the port could be bound"
  minidock rm -f first >/dev/null
  assert_eq "$(minidock ps -aq)" ""
}

test_ranges_and_ports_that_are_chosen() {
  image busybox
  serve web -p 8100-8102:80-82 -p 8103-8109:90 -p 95 --expose 96 -P
  try minidock port web
  assert_contains "$out" "81/tcp -> 0.0.0.0:8101"
  assert_contains "$out" "90/tcp -> 0.0.0.0:8103"
  assert_match "$out" "95/tcp -> 0.0.0.0:[0-9]{5}"
  assert_match "$out" "96/tcp -> 0.0.0.0:[0-9]{5}"
  assert_contains "$(minidock ps --format '{{.Ports}}')" "0.0.0.0:8100-8102->80-82/tcp"
  assert_eq "$(fetch 127.0.0.1:8100)" web
  minidock rm -f web >/dev/null
  refused 125 "invalid ranges specified" minidock run --rm -p 80-81:80-82 busybox true
  refused 125 "invalid containerPort: x" minidock run --rm -p 80:x busybox true
  refused 125 "^minidock: invalid hostPort: 70000" minidock run --rm -p 70000:80 busybox true
  refused 125 "^minidock: invalid range format for --expose: x, error: " minidock run --rm --expose x busybox true
  refused 125 "^minidock: 1:2 is not a valid mac address" minidock run --rm --mac-address 1:2 busybox true
  refused 125 "invalid proto: icmp" minidock run --rm -p 80:80/icmp busybox true
  refused 125 "this host has no such address" minidock run --rm -p 203.0.113.7:80:80 busybox true
}

# More than a socket's queue has room for one by one.
test_a_thousand_ports() {
  image busybox
  ulimit -S -n 1024  # as most shells have it
  try timeout 20 "$MINIDOCK_BINARY" run -d --name web -p 20000-20999:1-1000 -p 21000-21999:1-1000/udp busybox sleep 1000
  assert_rc 0
  assert_eq "$(minidock port web | wc -l)" 2000
  refused 125 "Bind for 0.0.0.0:20999 failed: port is already allocated by container web" \
    minidock run --rm -p 20999:80 busybox true
  ! python3 -c 'import socket; socket.socket().bind(("0.0.0.0", 20500))' 2>/dev/null || fail "the port could be bound"
  minidock rm -f web >/dev/null
  minidock run --rm -p 20999:80 busybox true
}

test_networks_of_ones_own() {
  image busybox
  make_outside
  assert_match "$(minidock network create one)" '^[0-9a-f]{64}$'
  minidock network create --subnet 10.71.0.0/24 --gateway 10.71.0.254 --ip-range 10.71.0.64/26 two >/dev/null
  minidock network create --internal inner >/dev/null
  refused 1 "network with name one already exists" minidock network create one
  refused 1 "Pool overlaps with other one on this address space" minidock network create --subnet 10.71.0.0/16 three
  refused 1 "no matching subnet for gateway 10.9.9.9" minidock network create --subnet 10.72.0.0/24 --gateway 10.9.9.9 x
  refused 1 "it should be 10.72.0.0/24" minidock network create --subnet 10.72.0.5/24 x
  serve aa --network one
  serve bb --network one --network two
  serve cc --network two --ip 10.71.0.7
  serve dd --network inner -p 8120:80
  assert_eq "$(address cc two)" 10.71.0.7
  assert_match "$(address bb two)" '^10\.71\.0\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])$'
  assert_eq "$(minidock exec bb busybox ip route | grep -c default)" 1
  assert_eq "$(fetch_in aa "$(address bb one)")" bb
  assert_eq "$(fetch_in cc "$(address bb two)")" bb
  assert_eq "$(fetch_in aa 10.71.0.7)" ""
  assert_eq "$(fetch_in dd "$(address aa one)")" ""
  assert_eq "$(fetch_in aa "$(address dd inner)")" ""
  assert_eq "$(fetch_in dd 10.9.0.2)$(outside 10.9.0.1:8120)" ""
  refused 125 "Address already in use: 10.71.0.7" minidock run --rm --network two --ip 10.71.0.7 busybox true
  refused 125 "is kept for the network itself" minidock run --rm --network two --ip 10.71.0.254 busybox true
  refused 125 "is not in the network's subnet" minidock run --rm --network two --ip 10.72.0.1 busybox true
  refused 125 "network three not found" minidock run --rm --network three busybox true
  refused 1 'network one has active endpoints .name:"aa" id:"' minidock network rm one
  refused 1 "bridge is a pre-defined network and cannot be removed" minidock network rm bridge
  assert_eq "$(minidock network ls --format '{{.Name}}' | tr '\n' ' ')" "bridge host inner none one two "
  assert_eq "$(minidock network ls -q --filter dangling=true | wc -l)" 0
  assert_eq "$(minidock network inspect -f '{{range .Containers}}{{println .Name}}{{end}}' two | sort | xargs)" "bb cc"
  minidock rm -f aa bb cc dd >/dev/null
  assert_eq "$(minidock network prune -f | sort | tr '\n' ' ')" " Deleted Networks: inner one two "
  assert_eq "$(ip -br link show type bridge | awk '{print $1}' | grep -vx minidock0)" ""
}

test_options_of_a_network() {
  image busybox
  make_outside
  local bridge=com.docker.network.bridge
  minidock network create -o $bridge.name=br-shop -o $bridge.enable_icc=false -o $bridge.host_binding_ipv4=127.0.0.1 \
    -o com.docker.network.driver.mtu=1400 -o com.docker.network.container_iface_prefix=shop quiet >/dev/null
  serve aa --network quiet -p 8180:80
  serve bb --network quiet
  assert_eq "$(minidock exec aa cat /sys/class/net/shop0/mtu)" 1400
  assert_contains "$(ip link show br-shop)" "mtu 1400"
  # Not to each other, but by what is published; and the host reaches both.
  assert_eq "$(fetch_in bb "$(address aa quiet)")" ""
  assert_eq "$(fetch "$(address aa quiet)") $(fetch "$(address bb quiet)")" "aa bb"
  assert_eq "$(minidock port aa)" "80/tcp -> 127.0.0.1:8180"
  assert_eq "$(fetch 127.0.0.1:8180)$(outside 10.9.0.1:8180)" aa
  refused 1 "is neither true nor false" minidock network create -o $bridge.enable_icc=x bad
  refused 1 "invalid IP address: x" minidock network create -o $bridge.host_binding_ipv4=x bad
  minidock rm -f aa bb >/dev/null
  minidock network rm quiet >/dev/null
}

# seen_from NAME: whom another host sees where that container asks it.
seen_from() {
  ip netns exec outside timeout 10 python3 -c 'import socket
s=socket.create_server(("10.9.0.2", 9100)); print("ready", flush=True); print(s.accept()[1][0])' >"$work/seen" &
  local listener=$!
  wait_until 5 grep -q ready "$work/seen"
  minidock exec "$1" busybox nc -w 2 10.9.0.2 9100 </dev/null || true
  wait $listener
  sed -n 2p "$work/seen"
}

test_masquerading() {
  image busybox
  make_outside
  minidock network create -o com.docker.network.bridge.enable_ip_masquerade=false plain >/dev/null
  minidock run -d --name aa --network plain busybox sleep 1000 >/dev/null
  minidock run -d --name bb busybox sleep 1000 >/dev/null
  assert_eq "$(seen_from aa)" "$(address aa plain)"
  assert_eq "$(seen_from bb)" 10.9.0.1
  minidock rm -f aa bb >/dev/null
  minidock network rm plain >/dev/null
}

test_ipv6() {
  requires ipv6
  image busybox
  minidock network create --ipv6 --subnet fd71::/64 six >/dev/null
  serve aa --network six -p 8130:80
  serve bb --network six --ip6 fd71::77
  assert_eq "$(minidock inspect -f '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}' bb)" fd71::77
  assert_eq "$(fetch_in aa '[fd71::77]')" bb
  assert_eq "$(fetch '[fd71::77]')" bb
  assert_contains "$(minidock port aa)" "80/tcp -> [::]:8130"
  assert_eq "$(fetch '[fd71::1]:8130')" aa
  minidock rm -f aa bb >/dev/null
  minidock network rm six >/dev/null
}

test_the_network_of_another_container() {
  image busybox
  serve web
  try minidock run --rm --network container:web busybox sh -c 'busybox wget -q -O - http://127.0.0.1/; hostname; cat /etc/hosts'
  assert_rc 0
  assert_contains "$out" web
  assert_contains "$out" "$(address web)"
  assert_eq "$(sed -n 2p <<<"$out")" "$(minidock inspect -f '{{slice .Id 0 12}}' web)"
  refused 125 "conflicting options: port publishing and the container type network mode" \
    minidock run --rm --network container:web -p 80:80 busybox true
  refused 125 "conflicting options: hostname and the network mode" \
    minidock run --rm --network container:web -h x busybox true
  minidock stop -t 0 web >/dev/null
  refused 125 "cannot join network of a non running container" minidock run --rm --network container:web busybox true
  minidock rm web >/dev/null
  ip netns add named
  assert_eq "$(minidock run --rm --network ns:/run/netns/named busybox ip -o link | wc -l)" "$(ip -n named -o link | wc -l)"
  ip netns del named
}

test_rules_that_are_flushed_come_back() {
  requires nft
  image busybox
  serve web -p 8140:80
  assert_eq "$(fetch 127.0.0.1:8140)" web
  nft add table inet mine
  nft flush ruleset
  assert_eq "$(fetch 127.0.0.1:8140)" ""
  nft add table inet mine
  minidock run --rm busybox true
  assert_eq "$(fetch 127.0.0.1:8140)" web
  nft flush ruleset
  minidock network reload
  assert_eq "$(fetch 127.0.0.1:8140)" web
  # A bridge that vanishes comes back with its address; the container has to be started again.
  ip link del minidock0
  minidock restart -t 0 web >/dev/null
  wait_until 5 answers 127.0.0.1:8140 web
  minidock rm -f web >/dev/null
}

# Monitor and guard of a container at once, and its process: nobody is left to withdraw its ports.
kill_all_of() {
  local id monitor guard
  id=$(minidock inspect -f '{{.Id}}' "$1")
  monitor=$(sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$id/state")
  guard=$(ps -o ppid= -p "$monitor" | tr -d ' ')
  kill -STOP "$guard"
  kill -9 "$monitor" "$guard" "$(container_pid "$1")"
  wait_until 5 is_exited "$1"
}

test_a_killed_monitor_leaves_no_port_to_the_next() {
  requires nft
  image busybox
  minidock network create --subnet 10.73.0.0/30 small >/dev/null
  serve one --network small -p 8151:80
  kill_all_of one
  assert_eq "$(nft list ruleset | grep -c 8151)" 1
  # Whoever has the address next is not reached by the port of before.
  serve two --network small
  assert_eq "$(address two small)" 10.73.0.2
  assert_eq "$(fetch 127.0.0.1:8151)" ""
  assert_eq "$(nft list ruleset | grep -c 8151)" 0
  refused 125 "no available IPv4 addresses" minidock run --rm --network small busybox true
  minidock rm -f one two >/dev/null
  # And whoever has the port next gets all of it.
  serve one --network small -p 8151:80
  kill_all_of one
  serve web -p 8151:80
  assert_eq "$(fetch 127.0.0.1:8151)" web
  minidock rm -f one web >/dev/null
  minidock network rm small >/dev/null
}

wires() { ip -br link show type veth | grep -c '^md'; }
# kernel: a connection whose other side has fallen silent keeps a container's namespace, with its address, for minutes.
test_who_gets_an_address_has_it_alone() {
  requires nft
  image busybox
  make_outside
  minidock network create --subnet 10.74.0.0/24 yard >/dev/null
  minidock run -d --name one --network yard --ip 10.74.0.9 -p 8170:7 busybox nc -ll -p 7 -e cat >/dev/null
  is_listening() { minidock exec one netstat -ltn | grep -q :7; }
  wait_until 5 is_listening
  coproc silent { exec ip netns exec outside bash -c 'exec 3<>/dev/tcp/10.9.0.1/8170; echo hello >&3; head -1 <&3; cat >/dev/null'; }
  read -r line <&"${silent[0]}"
  assert_eq "$line" hello
  ip netns exec outside nft 'table inet deaf { chain input { type filter hook input priority 0; policy drop; }; }'
  minidock rm -f one >/dev/null
  pause 0.3
  assert_eq "$(wires)" 1 "the number of wires of one that is gone"
  serve two --network yard --ip 10.74.0.9
  assert_eq "$(wires)" 1 "the number of wires at one address"
  assert_eq "$(fetch 10.74.0.9)" two
  ip netns exec outside nft delete table inet deaf
  kill "$silent_PID"
  wait "$silent_PID" || true
  minidock rm -f two >/dev/null
  wait_until 5 no_wires
  minidock network rm yard >/dev/null
}

# It goes on without a lock; what it has is its own all the same.
test_a_container_that_survives_its_monitor_keeps_what_it_has() {
  image busybox
  minidock network create --subnet 10.73.0.0/30 small >/dev/null
  serve one --network small -p 8152:80
  local monitor
  monitor=$(monitor_of one)
  kill -STOP "$(ps -o ppid= -p "$monitor" | tr -d ' ')"
  kill -9 "$monitor" "$(ps -o ppid= -p "$monitor" | tr -d ' ')"
  wait_until 5 is_gone "$monitor"
  assert_contains "$(minidock ps --format '{{.Ports}}')" 8152
  assert_eq "$(fetch 127.0.0.1:8152)" one
  refused 125 "no available IPv4 addresses" minidock run --rm --network small busybox true
  refused 125 "port is already allocated by container one" minidock run --rm -p 8152:80 busybox true
  refused 1 "network small has active endpoints" minidock network rm small
  monitor=$(container_pid one)
  minidock start one >/dev/null # it is up: nothing happens
  assert_eq "$(container_pid one)" "$monitor"
  nft flush ruleset
  minidock network reload
  assert_eq "$(fetch 127.0.0.1:8152)" one
  minidock rm -f one >/dev/null
  minidock run --rm --network small -p 8152:80 busybox true
  minidock network rm small >/dev/null
}
is_gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

test_nothing_is_left() {
  image busybox
  local i
  for i in 1 2 3 4 5; do minidock run --rm -p 8160:80 busybox true; done
  minidock run -d --name gone -p 8160:80 busybox sleep 1000 >/dev/null
  minidock rm -f gone >/dev/null
  wait_until 5 no_wires
  assert_eq "$(nft list ruleset | grep -c 8160)" 0
  # What a start that fails has leased is given back.
  refused 127 "not found" minidock run --rm -p 8160:80 busybox no-such-program
  wait_until 5 no_wires
  assert_eq "$(nft list ruleset | grep -c 8160)" 0
  minidock run --rm -p 8160:80 busybox true
}

# The bridge of the default network stays, as a network does, until `system reset`.
after_tests() {
  remove_outside
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
