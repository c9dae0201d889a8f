# stop, kill and wait: signals, time-outs, exit codes.
. "$(dirname "$0")/../support/e2e.sh"

test_stop_asks_first() {
  image busybox
  minidock run -d --name polite busybox sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
  wait_until 10 has_logged polite
  assert_eq "$(minidock stop polite)" polite
  assert_eq "$(minidock wait polite)" 5
  assert_eq "$(minidock stop polite)" polite
}

test_stop_then_kills() {
  image busybox
  minidock run -d --name stubborn busybox sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
  wait_until 10 has_logged stubborn
  local began=$SECONDS
  minidock stop -t 1 stubborn >/dev/null
  assert_le $((SECONDS - began)) 5 "the time it took"
  assert_eq "$(minidock wait stubborn)" 137
}

# Said once a second has passed, and only where there is more to wait for.
test_stop_says_why_it_takes_time() {
  image busybox
  minidock run -d --name deaf busybox sleep 100 >/dev/null
  try minidock stop -t 2 deaf
  assert_rc 0
  assert_eq "$out" deaf
  assert_eq "$err" "WARNING: deaf has not ended a second after SIGTERM: its PID 1 does not handle SIGTERM, and the kernel then \
ignores it (--init helps, or a --stop-signal); SIGKILL follows in 1 second"
  minidock run -d --name slow busybox sh -c 'trap "sleep 2; exit 3" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
  wait_until 10 has_logged slow
  try minidock stop slow
  assert_match "$err" '^WARNING: slow has not ended a second after SIGTERM; SIGKILL follows in 9 seconds$'
  assert_eq "$(minidock wait slow)" 3
  minidock run -d --name deaf2 busybox sleep 100 >/dev/null
  try minidock stop -t 1 deaf2
  assert_empty "$err" "standard error"
}

test_kill_sends_what_it_is_told() {
  image busybox
  minidock run -d --name target busybox sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done' >/dev/null
  wait_until 10 has_logged target
  assert_eq "$(minidock kill -s HUP target)" target
  has_hup() { minidock logs target | grep -q hup; }
  wait_until 10 has_hup
  is_running target
  minidock kill target >/dev/null
  assert_eq "$(minidock wait target)" 137
  refused 1 '^minidock: Cannot kill container: target: Container [0-9a-f]{64} is not running$' minidock kill target
  refused 1 'Invalid signal: FOO' minidock kill -s FOO target
  refused 1 'No such container: nope' minidock kill nope
}

test_wait_waits() {
  image busybox
  minidock run -d --name job busybox sh -c 'sleep 0.5; exit 6' >/dev/null
  assert_eq "$(minidock wait job)" 6
  refused 1 'No such container: nope' minidock wait nope
}

run_tests
