#!/bin/bash
# 200 containers come and go on one network while their names are asked for ten thousand times: no answer is wrong, and
# nothing stays.
. "$(dirname "$0")/../support/e2e.sh"
unset MINIDOCK_NETWORK

# What links and names there are.
traces() {
  ip -br link show type veth
  find "$MINIDOCK_RUN_ROOT/networks" -type f
}
as_before() { [ "$(traces | wc -l)" = "$1" ]; }

test_two_hundred_come_and_go() {
  image busybox
  minidock network create --internal blue >/dev/null  # so nobody else is asked
  minidock run -d --name asker --network blue busybox sleep 1000 >/dev/null
  local before
  before=$(traces | wc -l)
  try "$support/name_churn" "$MINIDOCK_BINARY" blue "$(container_pid asker)" 200 "$work/queries"
  [ "$rc" = 0 ] || grep -m 5 WRONG "$work/queries"
  assert_rc 0
  read -r _ lives _ sure _ up _ wrong <<<"$out"
  echo "$out"
  assert_eq "$lives $wrong" "200 0"
  assert_le 10000 "$sure" "the number of queries that only one answer was right for"
  assert_le 300 "$up" "the number of those for a container that was up"
  assert_eq "$(wc -l <"$work/queries")" "$(grep -c right: "$work/queries")"
  wait_until 5 as_before "$before"
  minidock rm -f asker >/dev/null
  wait_until 5 eval '[ -z "$(ip -br link show type veth)" ]'
  minidock network rm blue >/dev/null
  assert_empty "$(ls "$MINIDOCK_RUN_ROOT/networks")"
}

after_tests() {
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
