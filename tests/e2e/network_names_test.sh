#!/bin/bash
# Names: containers on networks of one's own find each other, live as they come and go; all else is asked of the host's
# servers, or those of --dns: here one of the test's own, in the sandbox's network namespace.
. "$(dirname "$0")/../support/e2e.sh"
unset MINIDOCK_NETWORK
readonly server=10.53.0.1

# ask CONTAINER NAME[,TYPE[,tcp]]...: what a program in the container gets for answers: "ok 172.28.1.2 / nxdomain".
ask() { nsenter -t "$(container_pid "$1")" -n python3 "$support/dns" ask 127.0.0.11 "${@:2}"; }
address() { minidock inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }
up() { minidock run -d --dns "$server" --name "$@" busybox sleep 1000 >/dev/null; }
answers() { [ "$(ask "$1" "$2")" = "$3" ]; }
names_of() { find "$MINIDOCK_RUN_ROOT/networks" -type f -printf '%P\n' | sort; }

# A network, and somebody at server who knows *.outside.
world() {
  image busybox
  minidock network inspect blue >/dev/null 2>&1 || minidock network create blue >/dev/null
  [ ! -e "$work/server.pid" ] || return 0
  ip addr add "$server/32" dev lo
  python3 "$support/dns" serve "$server" "$work/asked" &
  echo $! >"$work/server.pid"
  disown
  wait_until 5 is_listening
}
is_listening() { ss -ltn | grep -q "$server:53"; }

test_all_forms_of_a_name() {
  world
  up web --network blue --network-alias db --hostname inner.example
  up asker --network blue
  local at id name
  at=$(address web blue)
  id=$(minidock inspect -f '{{.Id}}' web)
  for name in web db WeB "${id:0:12}" inner.example web.blue db.blue; do
    assert_eq "$(ask asker "$name" "$name,A,tcp")" "ok $at / ok $at" "$name"
  done
  # It has no IPv6 address: that is known, and nobody else is asked.
  assert_eq "$(ask asker web,AAAA "$(awk -F. '{ print $4"."$3"."$2"."$1 }' <<<"$at").in-addr.arpa,PTR")" "ok / ok web"
  assert_eq "$(ask asker "${id:0:11}" web.green blue web.web)" "nxdomain / nxdomain / nxdomain / nxdomain"
  # Programs that resolve by themselves.
  assert_contains "$(minidock exec asker busybox ping -c 1 -W 2 web)" "PING web ($at)"
  assert_eq "$(minidock exec asker cat /etc/resolv.conf | head -1)" "nameserver 127.0.0.11"
  assert_eq "$(ask web asker)" "ok $(address asker blue)"
}

test_ipv6() {
  world
  minidock network create --ipv6 --subnet fd53::/64 --subnet 10.74.0.0/24 six >/dev/null
  up web --network six
  up asker --network six
  assert_eq "$(ask asker web,AAAA)" "ok $(minidock inspect -f '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}' web)"
  assert_eq "$(ask asker web)" "ok $(address web six)"
  assert_eq "$(ask asker 2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.5.d.f.ip6.arpa,PTR)" "ok web"
}

test_networks_know_their_own_alone() {
  world
  minidock network create red >/dev/null
  up web --network blue
  up other --network red --network-alias web2
  up both --network blue --network red
  assert_eq "$(ask other web)" nxdomain
  assert_eq "$(ask web other)" nxdomain
  assert_eq "$(ask both web)" "ok $(address web blue)"
  assert_eq "$(ask both web2)" "ok $(address other red)"
  assert_eq "$(ask both other.red other.blue)" "ok $(address other red) / nxdomain"
  # Who joins a container's namespace has its names.
  assert_eq "$(minidock run --rm --network container:web busybox head -1 /etc/resolv.conf)" "nameserver 127.0.0.11"
}

test_coming_and_going() {
  world
  up asker --network blue
  assert_eq "$(ask asker web)" nxdomain
  up web --network blue
  assert_eq "$(ask asker web)" "ok $(address web blue)"
  minidock stop -t 0 web >/dev/null
  assert_eq "$(ask asker web)" nxdomain  # at once
  minidock start web >/dev/null
  assert_eq "$(ask asker web)" "ok $(address web blue)"
  minidock rename web shop
  assert_eq "$(ask asker web shop)" "nxdomain / ok $(address shop blue)"
  minidock pause shop >/dev/null
  assert_eq "$(ask asker shop)" "ok $(address shop blue)"
  minidock unpause shop >/dev/null
  minidock restart -t 0 shop >/dev/null
  assert_eq "$(ask asker shop)" "ok $(address shop blue)"
  minidock rm -f shop asker >/dev/null
  assert_empty "$(names_of)" "what is left of names"
}

test_several_of_one_name() {
  world
  up one --network blue --network-alias pool
  up two --network blue --network-alias pool
  up asker --network blue
  local answers first
  answers=$(ask asker pool{,,,,}{,,,})
  mapfile -t first < <(sed 's| / |\n|g' <<<"$answers")
  # All of them, and whoever takes the first gets each in turn: that one of them never comes first in 20 happens once
  # in half a million times.
  assert_eq "$(printf '%s\n' "${first[@]}" | sort -u | wc -l)" 2
  assert_eq "$(tr ' ' '\n' <<<"${first[0]}" | sort | xargs)" \
    "$(printf '%s\n' ok "$(address one blue)" "$(address two blue)" | sort | xargs)"
  minidock rm -f one >/dev/null
  assert_eq "$(ask asker pool)" "ok $(address two blue)"
}

test_the_rest_is_asked_of_servers() {
  world
  up asker --network blue
  : >"$work/asked"
  assert_eq "$(ask asker www.outside www.outside,A,tcp nobody.elsewhere big.outside,TXT)" \
    "ok 192.0.2.7 / ok 192.0.2.7 / nxdomain / ok cut"
  assert_match "$(ask asker big.outside,TXT,tcp)" '^ok( 256 bytes){8}$'
  assert_eq "$(sort -u "$work/asked")" $'tcp big.outside 16\ntcp www.outside 1\nudp big.outside 16
udp nobody.elsewhere 1\nudp www.outside 1'
  # What is ours is never told to others.
  up web --network blue
  assert_eq "$(ask asker web web,AAAA)" "ok $(address web blue) / ok"
  assert_eq "$(grep -c ' web ' "$work/asked")" 0
  # A server that is silent, then one that is there; none that answers.
  minidock run -d --name second --network blue --dns 10.53.0.99 --dns "$server" busybox sleep 1000 >/dev/null
  assert_eq "$(ask second www.outside www.outside,A,tcp)" "ok 192.0.2.7 / ok 192.0.2.7"
  assert_eq "$(ask asker slow.outside)" servfail
  minidock network create --internal closed >/dev/null
  up inside --network closed
  up mate --network closed
  : >"$work/asked"
  assert_eq "$(ask inside mate www.outside www.outside,A,tcp)" "ok $(address mate closed) / nxdomain / nxdomain"
  assert_empty "$(cat "$work/asked")"
}

test_the_default_network_asks_the_hosts_servers() {
  world
  assert_eq "$(minidock run --rm --dns "$server" busybox cat /etc/resolv.conf | head -1)" "nameserver $server"
  # Those that only the host can reach are asked by the monitor.
  printf 'nameserver 127.0.0.1\n' >"$work/resolv.conf"
  mount --bind "$work/resolv.conf" /etc/resolv.conf
  python3 "$support/dns" serve 127.0.0.1 "$work/asked" &
  local pid=$! text
  wait_until 5 eval 'ss -ltn | grep -q 127.0.0.1:53'
  minidock run -d --name asker busybox sleep 1000 >/dev/null
  text=$(minidock exec asker cat /etc/resolv.conf)$'\n'$(ask asker www.outside)
  umount /etc/resolv.conf
  kill "$pid"
  assert_eq "$text" $'nameserver 127.0.0.11\noptions ndots:0\nok 192.0.2.7'
}

test_a_container_that_serves_port_53_itself() {
  world
  up web --network blue
  up own --network blue
  local pid
  nsenter -t "$(container_pid own)" -n python3 "$support/dns" serve 0.0.0.0 "$work/own" &
  pid=$!
  wait_until 5 eval 'nsenter -t "$(container_pid own)" -n ss -ltn | grep -q 0.0.0.0:53'
  assert_eq "$(ask own web web,A,tcp)" "ok $(address web blue) / ok $(address web blue)"
  assert_eq "$(nsenter -t "$(container_pid web)" -n python3 "$support/dns" ask "$(address own blue)" a.outside)" \
    "ok 192.0.2.7"
  kill "$pid"
}

test_the_guard_goes_on_answering() {
  world
  up web --network blue
  up asker --network blue
  kill -9 "$(monitor_of asker)" "$(monitor_of web)"
  wait_until 5 answers asker web "ok $(address web blue)"
  assert_eq "$(ask asker www.outside,A,tcp)" "ok 192.0.2.7"
  minidock rm -f web >/dev/null
  assert_eq "$(ask asker web)" nxdomain
}

test_the_dead_have_no_names() {
  world
  up web --network blue --network-alias pool
  up asker --network blue
  local monitor guard
  monitor=$(monitor_of web)
  guard=$(ps -o ppid= -p "$monitor" | tr -d ' ')
  kill -STOP "$guard"
  kill -9 "$monitor" "$guard" "$(container_pid web)"
  wait_until 5 is_exited web
  assert_eq "$(ask asker web)" nxdomain
  assert_contains "$(names_of)" "/web/"  # nobody was left to take it away
  assert_contains "$(minidock system check || true)" "/web/"
  # Whoever takes the name next finds it free, and the sweep takes the rest away.
  up other --network blue --network-alias pool
  assert_eq "$(ask asker pool)" "ok $(address other blue)"
  minidock system prune -f >/dev/null
  assert_no_match "$(names_of)" "/web/"
  minidock system check >/dev/null
}

test_broken_queries() {
  world
  up web --network blue
  up asker --network blue
  local monitor
  monitor=$(monitor_of asker)
  nsenter -t "$(container_pid asker)" -n python3 "$support/dns" mutants 127.0.0.11 3000 "${MINIDOCK_TEST_SEED:-7}"
  wait_until 10 answers asker web "ok $(address web blue)"
  assert_eq "$(monitor_of asker)" "$monitor" "its monitor"
}

test_nothing_is_left() {
  world
  local i blue
  blue=$(minidock network inspect -f '{{.Id}}' blue)
  for i in 1 2 3; do minidock run --rm --network blue --network-alias "a$i" busybox true; done
  # A start that fails, and one that is killed.
  refused 127 "not found" minidock run --rm --network blue --name web busybox no-such-program
  assert_empty "$(names_of)" "what is left of names"
  refused 1 "active endpoints" eval 'up web --network blue && minidock network rm blue'
  minidock rm -f web >/dev/null
  minidock network rm blue >/dev/null
  assert_no_file "$MINIDOCK_RUN_ROOT/networks/$blue"
}

after_tests() {
  [ ! -e "$work/server.pid" ] || kill "$(cat "$work/server.pid")"
  ip addr del "$server/32" dev lo
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
