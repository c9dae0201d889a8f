# stats: figures that are true, at once, and as they change.
. "$(dirname "$0")/../support/e2e.sh"

start_busy() {
  image busybox
  minidock run -d --name "$1" -m 64m busybox sh -c 'echo ready; while :; do :; done' >/dev/null
  wait_until 10 has_logged "$1"
}
field() { minidock stats --no-stream --format "{{.$1}}" "$2"; }

test_table_and_columns() {
  start_busy busy
  try minidock stats --no-stream
  assert_rc 0
  assert_match "$(head -1 <<<"$out")" '^CONTAINER ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET I/O +BLOCK I/O +PIDS$'
  assert_match "$(tail -1 <<<"$out")" \
    '^[0-9a-f]{12} +busy +[0-9.]+% +[0-9.]+[KM]iB / 64MiB +[0-9.]+% +0B / 0B +[0-9.]+[kM]?B / [0-9.]+[kM]?B +1$'
  assert_eq "$(field Container busy)" busy
  assert_match "$(minidock stats --no-stream --no-trunc --format '{{.ID}}' busy)" '^[0-9a-f]{64}$'
  assert_match "$(minidock stats --no-stream --format json busy)" \
    '^\{"BlockIO":".*","CPUPerc":".*%","Container":"busy","ID":".*","MemPerc":".*","MemUsage":".*","Name":"busy","NetIO":".*","PIDs":"1"\}$'
}

test_it_comes_at_once() {
  start_busy quick
  local began
  began=$(date +%s%N)
  minidock stats --no-stream quick >/dev/null
  assert_le $((($(date +%s%N) - began) / 1000000)) 1500 "milliseconds until the figures"
}

# The loop takes whatever it can get, an idle container nothing.
test_cpu_is_of_the_container() {
  start_busy loop
  minidock run -d --name idle busybox sleep 100 >/dev/null
  assert_le 5 "$(field CPUPerc loop | tr -d %)" "percent of the loop, at least"
  assert_le "$(field CPUPerc loop | tr -d %)" 130 "percent of the loop"
  assert_le "$(field CPUPerc idle | tr -d %)" 1 "percent of the idle one"
}

# Processes that come and go are counted by who waits for them.
test_cpu_of_short_lived_children() {
  image busybox
  minidock run -d --name forks busybox sh -c 'echo ready; while :; do (i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done); done' \
    >/dev/null
  wait_until 10 has_logged forks
  assert_le 5 "$(field CPUPerc forks | tr -d %)" "percent, at least"
  assert_le "$(field CPUPerc forks | tr -d %)" 130 "percent"
}

test_memory_is_what_is_used() {
  image busybox
  minidock run -d --name eater -m 100m --tmpfs /data busybox sh -c \
    'head -c 20m /dev/zero >/data/x; echo ready; sleep 100' >/dev/null
  wait_until 10 has_logged eater
  local used
  used=$(field MemUsage eater)
  assert_match "$used" '^2[0-9.]+MiB / 100MiB$'
  assert_match "$(field MemPerc eater)" '^2[0-9.]+%$'
  minidock run -d --name free busybox sleep 100 >/dev/null
  local total
  total=$(awk '/^MemTotal/ { printf "%.4g", $2 / 1048576 }' /proc/meminfo)
  assert_match "$(field MemUsage free)" " / $total"
}

test_processes_are_counted() {
  image busybox
  minidock run -d --name three busybox sh -c 'sleep 100 & sleep 100 & echo ready; wait' >/dev/null
  wait_until 10 has_logged three
  assert_eq "$(field PIDs three)" 3
  minidock pause three >/dev/null
  assert_eq "$(field PIDs three)" 3
}

test_stopped_ones() {
  image busybox
  minidock create --name idle busybox true >/dev/null
  assert_eq "$(minidock stats --no-stream --format '{{.Name}}')" ""
  assert_eq "$(minidock stats --no-stream -a --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}')" \
    "idle 0.00% 0B / 0B 0"
  refused 1 'No such container: nope' minidock stats --no-stream nope
  refused 1 'failed to parse template' minidock stats --no-stream --format '{{' idle
}

test_live_goes_on() {
  start_busy live
  try timeout 3 "$MINIDOCK_BINARY" stats --format '{{.Name}}' live
  assert_rc 124
  assert_le 2 "$(grep -c '^live$' <<<"$out")" "lines, at least"
  # On a terminal it is drawn in place: from the top, each line cleared behind.
  minidock rm -f live >/dev/null
  start_busy live
  on_terminal $'expect live\nexpect live\nsend \\x03' "$MINIDOCK_BINARY" stats live
  assert_contains "$out" $'\x1b[H'
  assert_contains "$out" $'\x1b[K'
}

run_tests
