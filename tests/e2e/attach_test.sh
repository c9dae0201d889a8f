# attach: other clients of a running container; and the guard, when the monitor is killed.
. "$(dirname "$0")/../support/e2e.sh"

# As long as anybody is attached it answers what it is told.
parrot='while read -r line; do echo "got $line"; [ "$line" != end ] || exit 7; done'

monitor_pid() { sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$1/state"; }
guard_pid() { ps -o ppid= -p "$(monitor_pid "$1")" | tr -d ' '; }
# Sockets that came from accept: each has the listener's own path in /proc/net/unix, beside the listener.
serves_clients() { [ "$(grep -c '/attach$' /proc/net/unix)" -gt "$1" ]; }
said_one() { minidock logs box 2>/dev/null | grep -q one; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }

test_input_and_output() {
  image busybox
  minidock run -di --name box busybox sh -c "$parrot" >/dev/null
  (echo one; wait_until 5 has_logged box; echo end) | "$MINIDOCK_BINARY" attach box >"$work/out" || rc=$?
  assert_eq "$rc" 7
  assert_eq "$(cat "$work/out")" $'got one\ngot end'
}

test_several_clients_see_the_same() {
  image busybox
  minidock run -di --name box busybox sh -c "$parrot" >/dev/null
  local clients=() i
  for i in 1 2 3; do
    "$MINIDOCK_BINARY" attach --no-stdin box >"$work/out.$i" &
    clients+=($!)
  done
  wait_until 5 serves_clients 3
  try minidock attach box < <(printf 'hello\nend\n')
  assert_rc 7
  for i in 1 2 3; do
    rc=0
    wait "${clients[$((i - 1))]}" || rc=$?
    assert_rc 7
    assert_eq "$(cat "$work/out.$i")" $'got hello\ngot end'
  done
}

test_end_of_input_ends_it_only_where_the_client_was_its_own() {
  image busybox
  minidock run -di --name background busybox cat >/dev/null
  echo text | timeout -k 1 2 "$MINIDOCK_BINARY" attach --sig-proxy=false background >/dev/null || true
  assert_eq "$(minidock inspect -f '{{.State.Status}} {{.Config.StdinOnce}}' background)" "running false"
  assert_eq "$(echo text | minidock run -i --name own busybox cat)" text
  assert_eq "$(minidock inspect -f '{{.Config.StdinOnce}}' own)" true
}

test_detach_and_attach_again() {
  image busybox
  on_terminal $'expect # \nsend stty -echo; A=kept\\r\nexpect # \nsend \\x10\\x11' \
    "$MINIDOCK_BINARY" run -it --name box busybox sh
  assert_rc 0
  is_running box || fail "it did not go on"
  try "$support/terminal" --rows 20 --columns 60 \
    --script $'send \\r\nexpect # \nsend echo $A-$(stty size)\\r\nexpect kept-20 60\nsend exit 4\\r' \
    -- "$MINIDOCK_BINARY" attach box
  assert_rc 4
}

test_refusals() {
  image busybox
  minidock create --name box busybox true >/dev/null
  refused 1 'You cannot attach to a stopped container, start it first' minidock attach box
  refused 1 'No such container: nobox' minidock attach nobox
  refused 1 'requires' minidock attach
}

# Until it is dropped it holds the container up, and what is written is more than any queue holds.
test_a_client_that_takes_nothing_is_dropped() {
  image busybox
  minidock run -d --name box busybox sh -c \
    'while [ ! -e /go ]; do sleep 0.1; done; head -c 8000000 /dev/zero; touch /done; sleep 100' >/dev/null
  "$MINIDOCK_BINARY" attach box >/dev/null &
  local client=$! began
  wait_until 5 serves_clients 1
  kill -STOP $client
  minidock exec box touch /go
  began=$(date +%s)
  sleep 2
  try minidock exec box test -e /done
  assert_rc 1
  wait_until 20 minidock exec box test -e /done
  assert_le 8 "$(($(date +%s) - began))" "seconds until it was dropped"
  kill -9 $client
}

test_rm_by_the_guard_of_a_run_in_the_foreground() {
  image busybox
  "$MINIDOCK_BINARY" run --rm --name box busybox sh -c 'echo one; while [ ! -e /go ]; do sleep 0.1; done; exit 4' &
  local client=$!
  wait_until 10 said_one
  kill -9 "$(monitor_pid "$(minidock inspect -f '{{.Id}}' box)")"
  minidock exec box touch /go
  rc=0
  wait $client || rc=$?
  assert_rc 4
  wait_until 5 no_containers
}

test_the_guard_takes_over() {
  image busybox
  local id monitor
  id=$(minidock run -di --name box busybox sh -c "$parrot")
  monitor=$(monitor_pid "$id")
  echo before | timeout -k 1 2 "$MINIDOCK_BINARY" attach --sig-proxy=false box >/dev/null || true
  kill -9 "$monitor"
  wait_until 5 is_gone "$monitor"
  is_running box || fail "it ended with its monitor"
  try minidock attach box < <(printf 'after\nend\n')
  assert_rc 7
  assert_eq "$out" $'got after\ngot end'
  assert_eq "$(minidock wait box)" 7
  assert_eq "$(minidock logs box)" $'got before\ngot after\ngot end'
}

test_a_client_goes_on_with_the_guard() {
  image busybox
  "$MINIDOCK_BINARY" run --name box busybox sh -c 'echo one; while [ ! -e /go ]; do sleep 0.1; done; echo two; exit 9' \
    >"$work/out" &
  local client=$!
  wait_until 10 said_one
  kill -9 "$(monitor_pid "$(minidock inspect -f '{{.Id}}' box)")"
  minidock exec box touch /go
  rc=0
  wait $client || rc=$?
  assert_rc 9
  assert_eq "$(cat "$work/out")" $'one\ntwo'
}

test_the_guard_removes_what_rm_asks_for() {
  image busybox
  local id
  id=$(minidock run -d --rm busybox sleep 1)
  kill -9 "$(monitor_pid "$id")"
  wait_until 10 no_containers
}

test_without_its_guard_a_monitor_goes_on() {
  image busybox
  local id
  id=$(minidock run -di --name box busybox sh -c "$parrot")
  kill -9 "$(guard_pid "$id")"
  try minidock attach box < <(printf 'end\n')
  assert_rc 7
  assert_eq "$(minidock inspect -f '{{.State.ExitCode}}' box)" 7
}

test_with_a_terminal_the_guard_takes_over_too() {
  image busybox
  on_terminal $'expect # \nsend \\x10\\x11' "$MINIDOCK_BINARY" run -it --name box busybox sh
  kill -9 "$(monitor_pid "$(minidock inspect -f '{{.Id}}' box)")"
  on_terminal $'send \\r\nexpect # \nsend echo back-$((20+3)); exit 6\\r\nexpect back-23' "$MINIDOCK_BINARY" attach box
  assert_rc 6
}

test_what_is_kept_open_is_a_fixed_set() {
  image busybox
  local id pid
  id=$(minidock run -di --name box busybox cat)
  for pid in "$(monitor_pid "$id")" "$(guard_pid "$id")"; do
    assert_le "$(ls "/proc/$pid/fd" | wc -l)" 16 "descriptors of $(cat "/proc/$pid/comm")"
  done
}

# What minidock keeps for a container: 250 KiB at the time of writing, on a kernel with 4 KiB pages.
test_memory_of_monitor_and_guard() {
  image busybox
  local id total=0 pid
  id=$(minidock run -d --name box busybox sleep 100)
  for pid in "$(monitor_pid "$id")" "$(guard_pid "$id")"; do
    total=$((total + $(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")))
  done
  assert_le "$total" 400 "KiB of monitor and guard"
}

run_tests
