# logs: both streams, the tail, times, following.
. "$(dirname "$0")/../support/e2e.sh"

test_both_streams() {
  image busybox
  minidock run --name both busybox sh -c 'echo out; echo err >&2' >/dev/null 2>&1
  try minidock logs both
  assert_eq "$out" out
  assert_eq "$err" err
}

test_tail_and_times() {
  image busybox
  minidock run --name many busybox sh -c 'for i in 1 2 3 4 5; do echo line $i; done' >/dev/null
  assert_eq "$(minidock logs -n 2 many)" $'line 4\nline 5'
  assert_eq "$(minidock logs --tail all many | wc -l)" 5
  assert_empty "$(minidock logs -n 0 many)"
  assert_match "$(minidock logs -t -n 1 many)" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z line 5$'
  assert_empty "$(minidock logs --until 1h many)"
  assert_eq "$(minidock logs --since 1h many | wc -l)" 5
  refused 1 'failed to parse value as time' minidock logs --since yesterday many
}

test_follow_ends_with_the_container() {
  image busybox
  minidock run -d --name going busybox sh -c 'echo first; sleep 0.5; echo second; sleep 0.5; echo last' >/dev/null
  try timeout 20 "$MINIDOCK_BINARY" logs -f going
  assert_rc 0
  assert_eq "$out" $'first\nsecond\nlast'
}

test_a_terminal_has_one_stream() {
  image busybox
  minidock run -d -t --name screen busybox sh -c 'echo out; echo err >&2' >/dev/null
  minidock wait screen >/dev/null
  assert_eq "$(minidock logs screen | tr -d '\r')" $'out\nerr'
}

test_refusals() {
  image busybox
  refused 1 'No such container: nope' minidock logs nope
  minidock run --name silent --log-driver none busybox echo x >/dev/null
  refused 1 'keeps no log' minidock logs silent
}

run_tests
