#!/bin/bash
# Who reaches whom, and as whom he is seen there: one table, asked by TCP, UDP and SCTP (tests/support/reach).
# The "host" is the sandbox's own network namespace; `outside` is another host on a wire to it.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/outside.sh"
unset MINIDOCK_NETWORK


address() { minidock inspect -f "{{(index .NetworkSettings.Networks \"$2\").$3}}" "$1"; }

# start NAME NETWORK OPTION…: a container that does nothing; `reach` serves and asks in its namespace. Its addresses are then
# in the variables NAME4 and NAME6, for the table.
start() {
  local name=$1 network=$2 four six
  shift 2
  minidock run -d --name "$name" --network "$network" "$@" busybox sleep 1000 >/dev/null
  four=$(address "$name" "$network" IPAddress) six=$(address "$name" "$network" GlobalIPv6Address)
  nodes+=("node $name $(container_pid "$name")" "seen $name $four $six")
  printf -v "${name}4" %s "$four"
  printf -v "${name}6" %s "$six"
}

# each PORT:80 as tcp, udp and sctp
published() {
  local port protocol
  for port in "$@"; do
    for protocol in tcp udp sctp; do printf -- '-p %s/%s ' "$port" "$protocol"; done
  done
}

test_who_reaches_whom() {
  requires python3 ipv6
  image busybox
  make_outside
  minidock network create --ipv6 --subnet 10.81.0.0/24 --subnet fd81::/64 red >/dev/null
  minidock network create --ipv6 --subnet 10.82.0.0/24 --subnet fd82::/64 blue >/dev/null
  minidock network create --ipv6 --subnet 10.83.0.0/24 --subnet fd83::/64 --internal shut >/dev/null
  local nodes=("node host -" "node outside /run/netns/outside") web4 web6 inner4 inner6
  # shellcheck disable=SC2046
  start web red $(published 8080:80 127.0.0.1:8081:80 10.9.0.1:8082:80 '[fd09::1]:8083:80')
  start near red
  start other blue
  # shellcheck disable=SC2046
  start inner shut $(published 8084:80)
  start beside shut

  {
    printf '%s\n' "${nodes[@]}"
    cat <<END
seen outside 10.9.0.2 fd09::2
seen gateway 10.81.0.1 fd81::1
seen inside  10.83.0.1 fd83::1
END
    # At an address; who answers there; and as whom he sees each of these:
    cat >"$work/expected" <<END
ask                        host     outside  near     other    web      inner    beside
# A container's own address: its network, and the host.
$web4:80            web    gateway  -        near     -        web      -        -
[$web6]:80          web    gateway  -        near     -        web      -        -
# A port that is published on all addresses: at the host's, at the gateway, at the host's loopback.
10.9.0.1:8080       web    gateway  outside  gateway  other    gateway  -        -
10.81.0.1:8080      web    gateway  outside  gateway  other    gateway  -        -
127.0.0.1:8080      web    gateway  -        -        -        -        -        -
[fd09::1]:8080      web    gateway  outside  gateway  other    gateway  -        -
[fd81::1]:8080      web    gateway  outside  gateway  other    gateway  -        -
[::1]:8080          web    tcp=gateway,udp=gateway,sctp=- - - - - - -
# One that is published on the host's loopback.
127.0.0.1:8081      web    gateway  -        -        -        -        -        -
10.9.0.1:8081       web    -        -        -        -        -        -        -
10.81.0.1:8081      web    -        -        -        -        -        -        -
# On one address of the host.
10.9.0.1:8082       web    gateway  outside  gateway  other    gateway  -        -
127.0.0.1:8082      web    -        -        -        -        -        -        -
10.81.0.1:8082      web    -        -        -        -        -        -        -
[fd09::1]:8083      web    gateway  outside  gateway  other    gateway  -        -
[fd81::1]:8083      web    -        -        -        -        -        -        -
# An internal network: nobody in, nobody out.
$inner4:80          inner  inside   -        -        -        -        inner    beside
[$inner6]:80        inner  inside   -        -        -        -        inner    beside
10.9.0.1:8084       inner  -        -        -        -        -        -        -
127.0.0.1:8084      inner  -        -        -        -        -        -        -
10.9.0.2:80         outside host    outside  host     host     host     -        -
[fd09::2]:80        outside host    outside  host     host     host     -        -
END
    cat "$work/expected"
    echo "seen host 10.9.0.1 fd09::1"
  } >"$work/table"
  "$support/reach" <"$work/table" >"$work/actual"
  # Without comments and columns' widths.
  sed '/^#/d;/^ask/d;s/  */ /g' "$work/expected" | diff - "$work/actual" || fail "the table is not as it should be"
  minidock rm -f web near other inner beside >/dev/null
  minidock network prune -f >/dev/null
}

echo_server_is_up() { minidock exec web netstat -ltn | grep -q :7; }
# What tests/support/traffic has counted since it was asked last, as variables.
count_traffic() {
  echo >&"${traffic[1]}"
  read -r _ kept _ echoed _ opened _ refused <&"${traffic[0]}"
}
# Of a third of a second all attempts, which is some ten of them.
passes() { count_traffic && pause 0.3 && count_traffic && [ "$opened" -gt 0 ] && [ "$refused" = 0 ]; }
stops() { count_traffic && pause 0.3 && count_traffic && [ "$refused" -gt 0 ] && [ "$echoed $opened" = "0 0" ]; }
# Of the ports that are published: whom is asked, who answers, and as whom he sees the host, the other host and a neighbour.
published_ports_are() {
  {
    echo "node host -"
    echo "node outside /run/netns/outside"
    echo "node web $(container_pid web)"
    echo "seen gateway $1"
    echo "seen outside 10.9.0.2"
    echo "ask host outside web"
    printf '%s\n' "${@:2}"
  } >"$work/table"
  "$support/reach" <"$work/table" | diff <(printf '%s\n' "${@:2}") - || fail "the table is not as it should be"
}

test_rules_that_are_flushed_in_mid_traffic() {
  requires nft python3
  image busybox
  make_outside
  minidock run -d --name web -p 8090:7 -p 8092:80/tcp -p 8092:80/udp -p 8092:80/sctp -p 127.0.0.1:8091:80 busybox \
    nc -ll -p 7 -e cat >/dev/null
  wait_until 5 echo_server_is_up
  local gateway heal kept echoed opened refused open closed
  gateway=$(minidock inspect -f '{{.NetworkSettings.Gateway}}' web)
  open=("10.9.0.1:8092 web gateway outside gateway" "127.0.0.1:8092 web gateway - -"
    "127.0.0.1:8091 web tcp=gateway,udp=-,sctp=- - -" "10.9.0.1:8091 web - - -")
  closed=("10.9.0.1:8092 web - - -" "127.0.0.1:8092 web - - -" "127.0.0.1:8091 web - - -" "10.9.0.1:8091 web - - -")
  for heal in "run --rm busybox true" "network reload"; do
    coproc traffic { exec ip netns exec outside "$support/traffic" 10.9.0.1 8090 10; }
    read -r _ <&"${traffic[0]}"
    wait_until 5 passes
    assert_eq "$kept" 10 "connections before"
    published_ports_are "$gateway" "${open[@]}"
    nft flush ruleset
    wait_until 5 stops
    published_ports_are "$gateway" "${closed[@]}"
    # shellcheck disable=SC2086
    minidock $heal
    wait_until 5 passes
    # kernel: without any NAT left it sends what is under way to the host itself, which knows of no such connection and resets it.
    # Of one whose answer was under way the client does not learn that.
    assert_eq "$echoed" 0 "what goes through the connections of before"
    published_ports_are "$gateway" "${open[@]}"
    kill "$traffic_PID"
    wait "$traffic_PID" || true
  done
  minidock rm -f web >/dev/null
}

after_tests() {
  remove_outside
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
