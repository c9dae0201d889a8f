# top and port: the processes of a container, by /proc and by ps(1).
. "$(dirname "$0")/../support/e2e.sh"

start_three() {
  image busybox
  minidock run -d --name "$1" busybox sh -c 'sleep 111 & sleep 222 & echo ready; wait' >/dev/null
  wait_until 10 has_logged "$1"
}

test_top_lists_all_processes() {
  start_three three
  try minidock top three
  assert_rc 0
  assert_match "$(head -1 <<<"$out")" '^UID +PID +PPID +C +STIME +TTY +TIME +CMD$'
  assert_eq "$(wc -l <<<"$out")" 4
  assert_match "$out" 'sleep 111'
  assert_match "$out" 'root +'"$(container_pid three)"' +[0-9]+ +[0-9]+ +[0-9:]+ +\? +00:00:0[0-9] +sh -c'
  # The host's other processes are not among them.
  assert_no_match "$out" 'top three'
}

test_top_with_options_is_ps() {
  requires ps
  start_three optioned
  try minidock top optioned -o pid,args
  assert_rc 0
  assert_match "$(head -1 <<<"$out")" '^PID +COMMAND$'
  assert_eq "$(wc -l <<<"$out")" 4
  assert_match "$out" "$(container_pid optioned) +sh -c sleep 111 & sleep 222"
  try minidock top optioned aux
  assert_rc 0
  assert_eq "$(wc -l <<<"$out")" 4
  refused 1 "Couldn't find PID field in ps output" minidock top optioned -o comm
  refused 1 'error running ps: ' minidock top optioned -o nonsense
  refused 1 'cannot execute ps for its options' env PATH=/nowhere "$MINIDOCK_BINARY" top optioned aux
}

test_top_of_a_paused_one() {
  start_three still
  minidock pause still >/dev/null
  try minidock top still
  assert_eq "$(wc -l <<<"$out")" 4
}

test_top_needs_a_running_one() {
  image busybox
  minidock create --name idle busybox true >/dev/null
  refused 1 '^minidock: Container [0-9a-f]{64} is not running$' minidock top idle
  refused 1 'No such container: nope' minidock top nope
  try minidock top
  assert_rc 1
}

test_port_has_nothing_to_tell() {
  image busybox
  minidock create --name quiet busybox true >/dev/null
  try minidock port quiet
  assert_rc 0
  assert_empty "$out"
  refused 1 "No public port '80/tcp' published for quiet" minidock port quiet 80
  refused 1 "No public port '53/udp' published for quiet" minidock port quiet 53/udp
  refused 1 "Invalid port 'x'" minidock port quiet x
  refused 1 'No such container: nope' minidock port nope
}

run_tests
