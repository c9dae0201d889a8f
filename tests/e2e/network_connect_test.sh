#!/bin/bash
# network connect and disconnect: what a container has afterwards, at once and at its next start, and what is left of it.
. "$(dirname "$0")/../support/e2e.sh"
unset MINIDOCK_NETWORK

# serve NAME OPTION…: a container that answers its name at port 80.
serve() {
  local name=$1
  shift
  minidock run -d --name "$name" "$@" busybox sh -c \
    'mkdir -p /w; echo '"$name"' >/w/index.html; exec busybox httpd -f -p 80 -h /w' >/dev/null
  wait_until 5 minidock exec "$name" busybox wget -q -O - http://127.0.0.1/
}
fetch() { timeout 3 curl -s --max-time 2 "http://$1/" 2>/dev/null || true; }
fetch_in() { minidock exec "$1" busybox timeout 3 busybox wget -q -O - "http://$2/" 2>/dev/null || true; }
address() { minidock inspect -f "{{with (index .NetworkSettings.Networks \"$2\")}}{{.IPAddress}}{{end}}" "$1"; }
networks() { minidock inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$1" | xargs; }
default_route() { minidock exec "$1" busybox ip route | awk '/^default/ { print $3, $5 }'; }
wires() { ip -br link show type veth | wc -l; }
answers() { [ "$(fetch "$1")" = "$2" ]; }
has_wires() { [ "$(wires)" = "$1" ]; }

make_networks() {
  minidock network inspect one >/dev/null 2>&1 && return
  minidock network create --subnet 10.81.0.0/24 one >/dev/null
  minidock network create --subnet 10.82.0.0/24 two >/dev/null
  minidock network create --subnet 10.83.0.0/24 --internal inner >/dev/null
}

test_a_running_container() {
  image busybox
  make_networks
  serve aa --network one
  serve bb --network two
  assert_eq "$(fetch_in aa "$(address bb two)")" ""
  minidock network connect --ip 10.82.0.77 --alias other two aa
  assert_eq "$(networks aa)" "one two"
  assert_eq "$(address aa two)" 10.82.0.77
  assert_eq "$(fetch_in aa "$(address bb two)")" bb
  assert_eq "$(fetch_in bb 10.82.0.77)" aa
  assert_eq "$(fetch_in bb aa)$(fetch_in bb other)$(fetch_in aa bb)" aaaabb
  assert_contains "$(minidock exec aa cat /etc/hosts)" $'10.82.0.77\t'
  assert_contains "$(minidock network inspect -f '{{range .Containers}}{{println .Name}}{{end}}' two | xargs)" aa
  assert_eq "$(minidock exec aa busybox ip -4 -o addr show eth1 | awk '{ print $4 }')" 10.82.0.77/24
  assert_eq "$(minidock exec aa busybox ip -6 -o addr show eth1)" ""
  refused 1 "endpoint with name aa already exists in network two" minidock network connect two aa
  refused 1 "network two has active endpoints" minidock network rm two
  refused 125 "Address already in use: 10.82.0.77" minidock run --rm --network two --ip 10.82.0.77 busybox true
  minidock restart -t 0 aa >/dev/null
  assert_eq "$(networks aa) $(address aa two)" "one two 10.82.0.77"
  wait_until 5 minidock exec aa busybox wget -q -O - http://127.0.0.1/
  assert_eq "$(fetch_in bb aa)" aa
  minidock network disconnect two aa
  assert_eq "$(networks aa)" one
  assert_eq "$(minidock exec aa busybox ip -o link | grep -c eth)" 1
  assert_eq "$(fetch_in bb 10.82.0.77)$(fetch_in bb other)" ""
  assert_not_in_hosts aa 10.82.0.77
  refused 1 "container [0-9a-f]{64} is not connected to network two" minidock network disconnect two aa
  # What it gave back is there for others.
  minidock run --rm --network two --ip 10.82.0.77 busybox true
  minidock network connect two aa
  assert_eq "$(fetch_in aa "$(address bb two)")" bb
  minidock rm -f aa bb >/dev/null
  wait_until 5 has_wires 0
}

assert_not_in_hosts() {
  ! minidock exec "$1" grep -q "$2" /etc/hosts || fail "$2 is in the hosts of $1"
}

test_a_stopped_container() {
  image busybox
  make_networks
  minidock create --name cc --network one busybox sleep 1000 >/dev/null
  minidock network connect --alias x --ip 10.82.0.5 two cc
  minidock network connect two cc # docker's: nothing happens
  assert_eq "$(networks cc)" "one two"
  assert_eq "$(minidock inspect -f '{{.NetworkSettings.Networks.two.IPAMConfig.IPv4Address}}' cc)" 10.82.0.5
  refused 1 "is not in the network's subnet" minidock network connect --ip 10.99.0.1 inner cc
  assert_eq "$(networks cc)" "one two"
  minidock start cc >/dev/null
  assert_eq "$(address cc two)" 10.82.0.5
  minidock stop -t 0 cc >/dev/null
  minidock network disconnect one cc
  assert_eq "$(networks cc)" two
  refused 1 "container [0-9a-f]{64} is not connected to the network one" minidock network disconnect one cc
  minidock start cc >/dev/null
  assert_eq "$(minidock exec cc busybox ip -o link | grep -c eth)" 1
  assert_eq "$(address cc two)" 10.82.0.5
  minidock rm -f cc >/dev/null
}

test_where_routes_and_ports_go() {
  image busybox
  make_networks
  serve web --network two -p 8210:80
  assert_eq "$(default_route web)" "10.82.0.1 eth0"
  assert_eq "$(fetch 127.0.0.1:8210)" web
  # By name, one is before two; what is internal leads nowhere.
  minidock network connect inner web
  assert_eq "$(default_route web)" "10.82.0.1 eth0"
  minidock network connect one web
  assert_eq "$(default_route web)" "10.81.0.1 eth2"
  assert_eq "$(fetch 127.0.0.1:8210)" web
  assert_eq "$(minidock port web)" "80/tcp -> 0.0.0.0:8210"
  minidock network disconnect two web
  assert_eq "$(default_route web)" "10.81.0.1 eth2"
  assert_eq "$(fetch 127.0.0.1:8210)" web
  # The highest priority is before the name.
  minidock network connect --gw-priority 7 two web
  assert_eq "$(default_route web)" "10.82.0.1 eth0"
  assert_eq "$(fetch 127.0.0.1:8210)" web
  # Rules that somebody flushes come back as they are now.
  nft flush ruleset
  minidock network reload
  assert_eq "$(fetch 127.0.0.1:8210)" web
  minidock network disconnect two web
  assert_eq "$(default_route web)" "10.81.0.1 eth2"
  assert_eq "$(fetch 127.0.0.1:8210)" web
  minidock network disconnect one web
  assert_eq "$(default_route web)" ""
  assert_eq "$(minidock port web)$(fetch 127.0.0.1:8210)" ""
  minidock network connect two web
  assert_eq "$(default_route web)" "10.82.0.1 eth0"
  assert_eq "$(fetch 127.0.0.1:8210)" web
  minidock restart -t 0 web >/dev/null
  wait_until 5 answers 127.0.0.1:8210 web
  minidock rm -f web >/dev/null
  assert_eq "$(nft list ruleset | grep -c 8210)" 0
  # The same at a start: by priority, then by name.
  minidock create --name web --network name=two,gw-priority=1 --network one busybox sleep 1000 >/dev/null
  minidock start web >/dev/null
  assert_eq "$(default_route web)" "10.82.0.1 eth0"
  assert_eq "$(minidock inspect -f '{{.NetworkSettings.Networks.two.GwPriority}}' web)" 1
  minidock rm -f web >/dev/null
}

test_options_of_an_endpoint() {
  image busybox
  make_networks
  local opts=com.docker.network.endpoint
  minidock run -d --name web --network "name=one,driver-opt=$opts.ifname=front0" busybox sleep 1000 >/dev/null
  assert_eq "$(default_route web)" "10.81.0.1 front0"
  minidock network connect --driver-opt $opts.ifname=back0 --link-local-ip 169.254.7.7 \
    --driver-opt $opts.sysctls=net.ipv4.conf.IFNAME.log_martians=1 two web
  assert_contains "$(minidock exec web busybox ip -4 -o addr show back0)" "169.254.7.7/16"
  assert_eq "$(minidock exec web cat /proc/sys/net/ipv4/conf/back0/log_martians)" 1
  refused 1 "unrecognised network interface sysctl 'net.ipv4.conf.eth0.x=1'" \
    minidock network connect --driver-opt $opts.sysctls=net.ipv4.conf.eth0.x=1 inner web
  refused 1 "the container has an interface back0 already" \
    minidock network connect --driver-opt $opts.ifname=back0 inner web
  refused 1 "invalid link local IP address x" minidock network connect --link-local-ip x inner web
  assert_eq "$(networks web)" "one two"
  # What fails as late as it can leaves nothing either.
  refused 1 "nosuch" minidock network connect --driver-opt $opts.sysctls=net.ipv4.conf.IFNAME.nosuch=1 inner web
  assert_eq "$(networks web) $(wires)" "one two 2"
  minidock network rm inner >/dev/null
  minidock network create --subnet 10.83.0.0/24 --internal inner >/dev/null
  minidock restart -t 0 web >/dev/null
  assert_eq "$(minidock exec web cat /proc/sys/net/ipv4/conf/back0/log_martians)" 1
  minidock rm -f web >/dev/null
}

test_what_is_refused() {
  image busybox
  make_networks
  minidock run -d --name alone --network none busybox sleep 1000 >/dev/null
  minidock run -d --name open --network host busybox sleep 1000 >/dev/null
  serve web --network one
  minidock create --name shared --network container:web busybox true >/dev/null
  refused 1 "container cannot be connected to multiple networks with one of the networks in private .none. mode" \
    minidock network connect one alone
  refused 1 "container sharing network namespace with another container or host cannot be connected to any other" \
    minidock network connect one open
  refused 1 "container sharing network namespace" minidock network connect one shared
  refused 1 "container cannot be disconnected from host network or connected to host network" \
    minidock network connect host web
  refused 1 "container cannot be disconnected from host network" minidock network disconnect host open
  refused 1 "in private .none. mode" minidock network connect none web
  refused 1 "network nosuch not found" minidock network connect nosuch web
  refused 1 "No such container: nosuch" minidock network connect one nosuch
  refused 1 "user specified IP address is supported on user defined networks only" \
    minidock network connect --ip 10.1.2.3 bridge web
  refused 1 "network nosuch not found" minidock network disconnect nosuch web
  # Off the one that is none, a container is free for others.
  minidock network disconnect none alone
  assert_eq "$(networks alone)" ""
  minidock network connect one alone
  assert_eq "$(fetch_in alone "$(address web one)")" web
  # One that is gone: by force only.
  minidock create --name late --network two busybox true >/dev/null
  minidock network rm two >/dev/null
  refused 1 "network two not found" minidock network disconnect two late
  minidock network disconnect -f two late
  assert_eq "$(networks late)" ""
  minidock network create --subnet 10.82.0.0/24 two >/dev/null
  minidock rm -f alone open web shared late >/dev/null
}

test_events() {
  image busybox
  local since id
  since=$(date +%s.%N)
  minidock network create --subnet 10.85.0.0/24 told >/dev/null
  serve web --network told
  id=$(minidock inspect -f '{{.Id}}' web)
  minidock network connect bridge web
  minidock network disconnect bridge web
  minidock rm -f web >/dev/null
  minidock network rm told >/dev/null
  try minidock events --since "$since" --until "$(($(date +%s) + 1))" --filter type=network
  assert_rc 0
  assert_eq "$(awk '{ print $3 }' <<<"$out" | xargs)" "create connect connect disconnect destroy"
  assert_match "$(sed -n 1p <<<"$out")" ' network create [0-9a-f]{64} \(name=told, type=bridge\)$'
  assert_match "$(sed -n 3p <<<"$out")" " network connect [0-9a-f]{64} \(container=$id, name=bridge, type=bridge\)\$"
  assert_match "$(sed -n 4p <<<"$out")" " network disconnect [0-9a-f]{64} \(container=$id, name=bridge, type=bridge\)\$"
}

after_tests() {
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
