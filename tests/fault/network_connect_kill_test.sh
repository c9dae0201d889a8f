#!/bin/bash
# kill -9 of network connect and disconnect before any of their system calls: the next command finds a container that is
# either wholly on the network or not at all.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/kill_calls.sh"
unset MINIDOCK_NETWORK

fetch() { curl -s --max-time 2 "http://$1/" 2>/dev/null || true; }
answers() { [ "$(fetch "$1")" = "$2" ]; }
networks() { minidock inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' web | xargs; }
inside() { minidock exec web busybox "$@"; }

needs() {
  requires strace nft
  image busybox
  minidock network create --subnet 10.81.0.0/24 one >/dev/null
  minidock network create --subnet 10.82.0.0/30 two >/dev/null
  minidock run -d --name web --network one -p 8220:80 busybox sh -c \
    'mkdir /w; echo web >/w/index.html; exec busybox httpd -f -p 80 -h /w' >/dev/null
  wait_until 5 answers 127.0.0.1:8220 web
}

# All that tells of it says the same.
assert_on() {
  local networks=$1 route=$2 count=$3
  shift 3
  assert_eq "$(networks)" "$networks" "after $* the networks"
  assert_eq "$(ip -br link show type veth | wc -l) $(inside ip -o link | grep -c eth)" "$count $count" "after $* the wires"
  assert_eq "$(inside ip route | awk '/^default/ { print $3 }')" "$route" "after $* the route"
  assert_eq "$(inside grep -c 10.82.0.2 /etc/hosts)" $((count - 1)) "after $* the number of lines in hosts"
  assert_eq "$(minidock network inspect -f '{{len .Containers}}' two)" $((count - 1)) "after $* the members"
  assert_eq "$(find "$MINIDOCK_RUN_ROOT/networks/$(minidock network inspect -f '{{.Id}}' two)" -name "$(minidock \
    inspect -f '{{.Id}}' web)" 2>/dev/null | grep -c /web/)" $((count - 1)) "after $* the names"
  assert_eq "$(fetch 127.0.0.1:8220)" web "after $* the answer"
  assert_empty "$(find "$MINIDOCK_RUN_ROOT/network-changes" -type f 2>/dev/null)" "after $* what is under way"
}

assert_whole() {
  case $(networks) in
    one) assert_on one 10.81.0.1 1 "$@" ;;
    *) assert_on "one two" 10.82.0.1 2 "$@" ;;
  esac
}

test_a_connect_and_a_disconnect_that_are_killed() {
  needs
  local killed=0 done=0 name count
  local connect=("$MINIDOCK_BINARY" network connect --gw-priority 5 two web)
  local disconnect=("$MINIDOCK_BINARY" network disconnect two web)
  calls_of "${connect[@]}" >"$work/calls"
  assert_on "one two" 10.82.0.1 2 nothing
  calls_of "${disconnect[@]}" >"$work/others"
  assert_on one 10.81.0.1 1 nothing
  while read -r name count; do
    ! kill_before "$name" "$count" "${connect[@]}" || killed=$((killed + 1))
    assert_whole connect "$name" "$count"
    if [ "$(networks)" = "one two" ]; then
      done=$((done + 1))
      "${disconnect[@]}"
    fi
  done <"$work/calls"
  while read -r name count; do
    "${connect[@]}" 2>/dev/null || true
    ! kill_before "$name" "$count" "${disconnect[@]}" || killed=$((killed + 1))
    assert_whole disconnect "$name" "$count"
  done <"$work/others"
  [ "$(networks)" = one ] || "${disconnect[@]}"
  [ $killed -gt 5 ] || fail "only $killed were killed"
  echo "$killed killed, $done connects done all the same"
  # The network's only address is free, and so is the network.
  minidock run --rm --network two busybox true
  minidock network rm two >/dev/null
  minidock rm -f web >/dev/null
}

after_tests() {
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
