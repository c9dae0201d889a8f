#!/bin/bash
# kill -9 of the command line before any of its system calls, while it starts, stops and removes containers on networks:
# what is left either works, or the next commands take it away: links, rules, names, addresses.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/kill_calls.sh"
unset MINIDOCK_NETWORK

# What there is of networks beside the bridges.
no_links() { [ -z "$(ip -br link show type veth)" ]; }
rules_for() { nft list ruleset | grep -c "$1" || true; }
bridges() { ip -br link show type bridge | awk '{ print $1 }' | sort; }
names_of() { find "$MINIDOCK_RUN_ROOT/networks" -type f 2>/dev/null; }
answers() { [ "$(curl -s --max-time 2 "http://$1/" 2>/dev/null)" = "$2" ]; }

# After whatever was killed: a store that works, and nothing of `web`.
assert_clean() {
  minidock ps -a >/dev/null
  minidock rm -f web >/dev/null 2>&1 || true
  wait_until 5 no_links
  assert_eq "$(rules_for 8190)" 0 "after $* the number of rules for its port"
  assert_empty "$(names_of)" "what is left of names after $*"
  try minidock system check
  assert_rc 0
}

needs() {
  requires strace nft
  image busybox
  minidock network inspect small >/dev/null 2>&1 || minidock network create --subnet 10.75.0.0/30 small >/dev/null
}
web=(--name web --network small --network-alias shop -p 8190:80 busybox sh -c
  'mkdir /w; echo web >/w/index.html; exec busybox httpd -f -p 80 -h /w')

test_a_start_that_is_killed() {
  needs
  local killed=0 alive=0 name count
  calls_of "$MINIDOCK_BINARY" run -d "${web[@]}" >"$work/calls"
  assert_clean nothing
  while read -r name count; do
    ! kill_before "$name" "$count" "$MINIDOCK_BINARY" run -d "${web[@]}" || killed=$((killed + 1))
    if [ "$(minidock inspect -f '{{.State.Status}}' web 2>/dev/null)" = running ]; then
      # It goes on, and all of it works.
      alive=$((alive + 1))
      wait_until 5 answers 127.0.0.1:8190 web
      assert_eq "$(names_of | wc -l)" 6
    fi
    assert_clean "$name" "$count"
    # The network's only address and the port are free.
    [ $((killed % 4)) != 0 ] || minidock run --rm --network small -p 8190:80 busybox true
  done <"$work/calls"
  [ $killed -gt 5 ] || fail "only $killed were killed"
  echo "$killed killed, $alive of them went on"
}

test_a_start_that_is_killed_is_made_good_by_the_next() {
  needs
  local killed=0 name count
  minidock create "${web[@]}" >/dev/null
  calls_of "$MINIDOCK_BINARY" start web >"$work/calls"
  assert_clean nothing
  while read -r name count; do
    minidock create "${web[@]}" >/dev/null
    ! kill_before "$name" "$count" "$MINIDOCK_BINARY" start web || killed=$((killed + 1))
    [ "$(minidock inspect -f '{{.State.Status}}' web)" = running ] || minidock start web >/dev/null
    wait_until 5 answers 127.0.0.1:8190 web
    assert_clean "$name" "$count"
  done <"$work/calls"
  [ $killed -gt 3 ] || fail "only $killed were killed"
}

test_a_removal_that_is_killed() {
  needs
  local killed=0 name count
  minidock run -d "${web[@]}" >/dev/null
  calls_of "$MINIDOCK_BINARY" rm -f web >"$work/calls"
  while read -r name count; do
    minidock run -d "${web[@]}" >/dev/null
    ! kill_before "$name" "$count" "$MINIDOCK_BINARY" rm -f web || killed=$((killed + 1))
    assert_clean "$name" "$count"
  done <"$work/calls"
  [ $killed -gt 1 ] || fail "only $killed were killed"
}

# Whether it is there, it is whole; and its name and subnet are free where it is not.
assert_network_works() {
  minidock network inspect made >/dev/null 2>&1 || minidock network create --subnet 10.76.0.0/24 made >/dev/null
  assert_eq "$(minidock run --rm --network made busybox echo works)" works
}

test_networks_that_are_killed_as_they_come_and_go() {
  needs
  local killed=0 name count before
  before=$(bridges)
  calls_of "$MINIDOCK_BINARY" network create --subnet 10.76.0.0/24 made >"$work/calls"
  minidock network rm made >/dev/null
  while read -r name count; do
    ! kill_before "$name" "$count" "$MINIDOCK_BINARY" network create --subnet 10.76.0.0/24 made || killed=$((killed + 1))
    assert_network_works
    minidock network rm made >/dev/null
  done <"$work/calls"
  [ $killed -gt 1 ] || fail "only $killed were killed"
  killed=0
  minidock network create --subnet 10.76.0.0/24 made >/dev/null
  calls_of "$MINIDOCK_BINARY" network rm made >"$work/calls"
  while read -r name count; do
    assert_network_works
    ! kill_before "$name" "$count" "$MINIDOCK_BINARY" network rm made || killed=$((killed + 1))
  done <"$work/calls"
  [ $killed -gt 1 ] || fail "only $killed were killed"
  assert_network_works
  minidock network rm made >/dev/null
  assert_eq "$(bridges)" "$before" "the bridges"
}

after_tests() {
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
