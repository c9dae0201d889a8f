# pause and unpause: what stands still, what wakes it, and that no cgroup stays.
. "$(dirname "$0")/../support/e2e.sh"

# A container whose log grows for as long as it is not paused.
start_counter() {
  image busybox
  minidock run -d --name "$1" busybox sh -c 'while :; do echo tick; sleep 0.02; done' >/dev/null
  wait_until 10 has_logged "$1"
}
log_lines() { minidock logs "$1" | wc -l; }
is_paused() { [ "$(minidock inspect -f '{{.State.Paused}} {{.State.Status}}' "$1")" = "true paused" ]; }
freezer_cgroups() { find /sys/fs/cgroup -path '*freezer*' -name 'minidock-*' -type d; }

test_nothing_moves_while_paused() {
  start_counter counter
  assert_eq "$(minidock pause counter)" counter
  is_paused counter
  assert_match "$(minidock ps --format '{{.Status}} {{.State}}')" '^Up .* \(Paused\) paused$'
  assert_eq "$(minidock ps --filter status=paused --format '{{.Names}}')" counter
  assert_empty "$(minidock ps --filter status=running -q)"
  assert_eq "$(minidock info --format '{{.ContainersPaused}} {{.ContainersRunning}}')" "1 0"
  local before
  sleep 0.1 # what was written before it stood still is in the log by then
  before=$(log_lines counter)
  sleep 0.3
  assert_eq "$(log_lines counter)" "$before" "the number of lines"
  assert_eq "$(minidock unpause counter)" counter
  is_running counter
  has_more() { [ "$(log_lines counter)" -gt "$before" ]; }
  wait_until 5 has_more
}

test_twice_and_not_at_all() {
  start_counter once
  minidock pause once >/dev/null
  refused 1 '^minidock: Container [0-9a-f]{64} is already paused$' minidock pause once
  minidock unpause once >/dev/null
  refused 1 '^minidock: Container [0-9a-f]{64} is not paused$' minidock unpause once
  minidock kill once >/dev/null
  refused 1 '^minidock: Container [0-9a-f]{64} is not running$' minidock pause once
  refused 1 'No such container: nope' minidock pause nope
  refused 1 'is not paused$' minidock unpause once
  try minidock pause
  assert_rc 1
}

# Also those that were forked, at full speed, while it was being done.
test_every_process_is_taken() {
  image busybox
  minidock run -d --name forks --pids-limit 60 busybox sh -c \
    'echo ready; while :; do for i in 1 2 3 4 5 6 7 8; do (sleep 0.01; (true)) & done; wait; done' >/dev/null
  wait_until 10 has_logged forks
  local round pids pid state
  for round in 1 2 3 4 5; do
    minidock pause forks >/dev/null
    pids=$(cat "$(container_cgroup "$(minidock inspect -f '{{.Id}}' forks)" pids)/cgroup.procs")
    sleep 0.05
    assert_eq "$(cat "$(container_cgroup "$(minidock inspect -f '{{.Id}}' forks)" pids)/cgroup.procs")" "$pids"
    minidock unpause forks >/dev/null
  done
}

test_start_and_rm_refuse_it() {
  start_counter held
  minidock pause held >/dev/null
  refused 1 'cannot start a paused container, try unpause instead' minidock start held
  refused 1 'cannot remove container "/held": container is paused and must be unpaused first' minidock rm held
  is_paused held
  minidock rm -f held >/dev/null
  assert_empty "$(freezer_cgroups)"
}

test_exec_and_attach_refuse_it() {
  start_counter deaf
  minidock pause deaf >/dev/null
  refused 1 '^minidock: Container deaf is paused, unpause the container before exec$' minidock exec deaf true
  refused 1 'You cannot attach to a paused container, unpause it first' minidock attach deaf
  minidock unpause deaf >/dev/null
  assert_eq "$(minidock exec deaf echo awake)" awake
}

# What exec brought into the container is in its cgroups too.
test_what_exec_started_stands_still() {
  start_counter host
  minidock pause host >/dev/null
  minidock unpause host >/dev/null
  minidock exec -d host sh -c 'while :; do echo x >>/progress; sleep 0.02; done'
  wait_until 5 minidock exec host test -s /progress
  minidock pause host >/dev/null
  local file before
  file=$(minidock inspect -f '{{.GraphDriver.Data.UpperDir}}' host)/progress
  before=$(stat -c %s "$file")
  sleep 0.3
  assert_eq "$(stat -c %s "$file")" "$before" "the size of its file"
}

test_kill_wakes_it() {
  start_counter killed
  minidock pause killed >/dev/null
  assert_eq "$(minidock kill killed)" killed
  assert_eq "$(minidock wait killed)" 137
  minidock ps -a >/dev/null
  assert_empty "$(freezer_cgroups)"
  minidock start killed >/dev/null
  minidock pause killed >/dev/null
  is_paused killed
}

test_a_signal_that_cannot_end_it_waits() {
  image busybox
  minidock run -d --name waits --stop-signal USR2 busybox sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.02; done' \
    >/dev/null
  wait_until 10 has_logged waits
  minidock pause waits >/dev/null
  minidock kill -s HUP waits >/dev/null
  is_paused waits
  minidock unpause waits >/dev/null
  has_hup() { minidock logs waits | grep -q hup; }
  wait_until 5 has_hup
}

test_stop_wakes_it() {
  image busybox
  minidock run -d --name polite busybox sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.02; done' >/dev/null
  wait_until 10 has_logged polite
  minidock pause polite >/dev/null
  minidock stop polite >/dev/null
  assert_eq "$(minidock wait polite)" 5
}

test_rm_option_leaves_nothing() {
  image busybox
  minidock run -d --rm --name gone busybox sleep 60 >/dev/null
  minidock pause gone >/dev/null
  minidock unpause gone >/dev/null
  minidock kill gone >/dev/null
  wait_until 10 no_containers
  assert_no_leftovers
  minidock run -d --rm --name gone busybox sleep 60 >/dev/null
  minidock pause gone >/dev/null
  minidock rm -f gone >/dev/null
  assert_no_leftovers
}

run_tests
