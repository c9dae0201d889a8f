# run: what the command gets, what comes back, and every way it can fail.
. "$(dirname "$0")/../support/e2e.sh"

test_the_status_is_the_commands() {
  image busybox
  try minidock run --rm busybox sh -c 'exit 7'
  assert_rc 7
  try minidock run --rm busybox true
  assert_rc 0
  # The shell is process 1, which its own signals do not end; --init puts it below.
  try minidock run --rm --init busybox sh -c 'kill -TERM $$'
  assert_rc 143
}

test_not_found_is_127_not_executable_is_126() {
  image busybox
  refused 127 'no-such-command' minidock run --rm busybox no-such-command
  refused 126 '/etc' minidock run --rm busybox /etc
  assert_empty "$(minidock ps -aq)" "what is left of --rm"
}

test_what_minidock_refuses_is_125() {
  image busybox
  refused 125 'unknown flag: --nope' minidock run --nope busybox
  assert_contains "$err" "Run 'minidock run --help' for more information"
  refused 125 "invalid suffix: 'q'" minidock run -m 32q busybox
  refused 125 'absolute path' minidock run -w rel busybox
  refused 125 'not supported yet' minidock run --link db busybox true
  refused 125 'busybox' minidock run busyboxx true
  refused 1 'requires at least 1 argument' minidock run
  refused 1 'input device is not a TTY' minidock run -it busybox sh
  refused 1 'cannot specify both --attach and --detach' minidock run -d -a stdout busybox true
  assert_empty "$(minidock ps -aq)" "what refused runs left"
}

test_another_user_has_no_rights_of_root() {
  image busybox
  mkdir "$work/bin"
  printf '#!/bin/sh\necho ran\n' >"$work/bin/script"
  chmod 700 "$work/bin/script"
  refused 126 'permission denied' minidock run --rm -v "$work/bin:/own" -u 1234 busybox /own/script
  try minidock run --rm -v "$work/bin:/own" busybox /own/script
  assert_eq "$out" ran
  assert_eq "$(minidock run --rm -u 1234 busybox grep CapEff /proc/self/status | tr -dc 0-9)" 0000000000000000
}

test_a_limit_of_time() {
  image busybox
  try minidock run --rm --timeout 1 busybox sleep 100
  assert_rc 137
  try minidock run --rm --timeout 100 busybox true
  assert_rc 0
  refused 125 'number of seconds' minidock run --timeout soon busybox true
}

test_both_outputs_come_apart() {
  image busybox
  try minidock run --rm busybox sh -c 'echo one; echo two >&2'
  assert_eq "$out" one
  assert_eq "$err" two
}

test_standard_input_only_with_i() {
  image busybox
  assert_eq "$(echo hello | minidock run -i --rm busybox cat)" hello
  assert_eq "$(echo hello | minidock run --rm busybox cat)" ""
}

test_much_data_passes_both_ways_unchanged() {
  image busybox
  head -c 8000000 /dev/urandom >"$work/data"
  minidock run -i --rm busybox cat <"$work/data" >"$work/copy"
  cmp "$work/data" "$work/copy" || fail "the copy differs"
}

test_options_of_the_process() {
  image busybox
  export COPIED=value
  try minidock run --rm -e A=1 -e COPIED -e MISSING -w /some/dir -h box busybox sh -c 'echo $A $COPIED ${MISSING-unset} $PWD $(hostname)'
  assert_eq "$out" "1 value unset /some/dir box"
  assert_eq "$(minidock run --rm -u 1000:2000 busybox id -u)" 1000
  assert_eq "$(minidock run --rm --entrypoint echo busybox hello)" hello
}

test_nothing_of_the_callers_environment() {
  image busybox
  SECRET=1 try minidock run --rm busybox env
  assert_no_match "$out" SECRET
  assert_match "$out" 'PATH=/usr/local/sbin'
  assert_match "$out" 'HOSTNAME=[0-9a-f]{12}'
}

test_detached() {
  image busybox
  try minidock run -d --name detached busybox sleep 60
  assert_rc 0
  assert_match "$out" '^[0-9a-f]{64}$'
  is_running detached
}

test_cidfile() {
  image busybox
  minidock run --cidfile "$work/cid" --name cid busybox true
  assert_eq "$(cat "$work/cid")" "$(minidock inspect -f '{{.Id}}' cid)"
  refused 125 'container ID file found' minidock run --cidfile "$work/cid" busybox true
}

test_a_name_in_use_names_its_holder() {
  image busybox
  minidock create --name taken busybox true >/dev/null
  refused 125 "$(minidock inspect -f '{{.Id}}' taken)" minidock run --name taken busybox true
}

test_signals_are_passed_on() {
  image busybox
  local script='trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.1; done'
  "$MINIDOCK_BINARY" run --name passed busybox sh -c "$script" >"$work/signals" &
  local pid=$! status=0
  wait_until 10 grep -q ready "$work/signals"
  kill -TERM "$pid"
  wait "$pid" || status=$?
  assert_eq "$status" 9 "the status"
  assert_eq "$(tail -n1 "$work/signals")" got
}

test_a_terminal() {
  image busybox
  on_terminal 'expect #
send stty size; tty\r
expect 24 80
expect /dev/pts/0
resize 40 100
send stty size\r
expect 40 100
send exit 3\r' "$MINIDOCK_BINARY" run -it --rm busybox sh
  assert_rc 3
}

test_detach_keys_leave_it_running() {
  image busybox
  on_terminal 'expect #
send \x10\x11' "$MINIDOCK_BINARY" run -it --name left busybox sh
  assert_rc 0
  is_running left
}

test_the_terminal_is_as_it_was() {
  image busybox
  on_terminal 'expect before .*speed
expect #
send exit\r
expect after .*speed' sh -c 'echo before $(stty -a); '"$MINIDOCK_BINARY"' run -it --rm busybox sh; echo after $(stty -a)'
  assert_eq "$(grep -ao 'before .*' <<<"$out" | tr -d '\r' | cut -d' ' -f2-)" "$(grep -ao 'after .*' <<<"$out" | tr -d '\r' | cut -d' ' -f2-)"
}

test_a_reader_that_went_away_ends_an_rm_container() {
  image busybox
  try timeout 20 bash -c "'$MINIDOCK_BINARY' run --rm busybox yes | head -n1; echo \${PIPESTATUS[0]}"
  assert_eq "$out" $'y\n141'
  wait_until 5 no_containers
}

test_killed_for_memory_says_so() {
  requires cgroup-memory
  image busybox
  try minidock run --rm --name eater -m 16m busybox tail -c 200000000 /dev/zero
  assert_rc 137
  assert_match "$err" 'container eater was killed for want of memory: limit 16MiB.*raise it with -m \(for example -m 32m\)'
  try minidock run --rm --name parent -m 16m busybox sh -c 'tail -c 200000000 /dev/zero | wc -c; exit 0'
  assert_rc 0
  assert_match "$err" 'a process of container parent was killed for want of memory'
}

test_rm_in_the_background_removes_itself() {
  image busybox
  minidock run -d --rm --name brief busybox true >/dev/null
  wait_until 10 no_containers
  assert_no_leftovers
}

test_closed_standard_input_is_an_empty_one() {
  image busybox
  try bash -c '"$MINIDOCK_BINARY" run --rm -i busybox cat <&-'
  assert_rc 0
  assert_empty "$out"
}

test_a_signal_to_the_client_restores_the_terminal() {
  image busybox
  cat >"$work/client" <<'SCRIPT'
echo "before $(stty -a)"
sh -c 'echo $$ >"$1"; exec "$MINIDOCK_BINARY" run -it --name lone busybox sh' - "$work/client.pid"
echo "status $?"
echo "after $(stty -a)"
SCRIPT
  export work
  (
    wait_until 20 is_running lone
    kill -TERM "$(cat "$work/client.pid")"
  ) &
  on_terminal 'expect after .*speed' sh "$work/client"
  wait
  assert_contains "$out" "status 143"
  local state
  state() { tr -d '\r' <<<"$out" | sed -n "/$1 speed/,/iexten/p" | sed "s/.*$1 //"; }
  assert_eq "$(state after)" "$(state before)"
  assert_match "$(state after)" '(^| )icanon'
  is_running lone
}

test_explain_tells_the_steps_and_runs() {
  image busybox
  try minidock --explain run --rm busybox echo done
  assert_rc 0
  assert_eq "$out" done
  assert_match "$err" 'pivot'
  try minidock run --explain --rm busybox true
  assert_match "$err" 'pivot'
}

# Its own goes with it, the parent stays: others may be about to use it.
test_cgroup_parent() {
  requires cgroup-pids
  image busybox
  minidock run -d --name below --cgroup-parent one/two --cpuset-cpus 0 busybox sleep 1000 >/dev/null
  local at
  at=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
  [ ! -e "$(awk '$3 == "cgroup" { print $2; exit }' /proc/self/mounts)" ] ||
    at=$(awk '$3 == "cgroup" && "," $4 "," ~ ",pids," { print $2 }' /proc/self/mounts)
  at=$at/one/two/minidock-$(minidock inspect -f '{{.Id}}' below)
  assert_eq "$(cat "$at"-*/cgroup.procs)" "$(container_pid below)"
  assert_eq "$(minidock inspect -f '{{.HostConfig.CgroupParent}}' below)" one/two
  assert_eq "$(minidock top below | wc -l)" 2
  # What a pause and an update make below the parent goes too.
  minidock pause below >/dev/null
  minidock unpause below >/dev/null
  minidock update --cpus 0.5 below >/dev/null
  minidock exec below true
  minidock rm -f below >/dev/null
  assert_empty "$(find /sys/fs/cgroup -path '*/one/two/*' -type d)" "what is left below the parent"
  find /sys/fs/cgroup -path '*/one/two' -exec rmdir {} +
  find /sys/fs/cgroup -path '*/one' -exec rmdir {} +
}

run_tests
