#!/bin/bash
# Runs in the guest: containers of run, create and start as systemd and its journal have them. No sandbox: the guest is one.
. "$(dirname "$0")/../support/e2e.sh"
requires root cgroup2 systemctl

readonly hierarchy=/sys/fs/cgroup
property() { systemctl show "$1" -p "$2" --value; }
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
monitor_of() { sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$(id_of "$1")/state"; }
parent_of() { awk '/^PPid:/ { print $2 }' "/proc/$1/status"; }
id_of() { minidock inspect -f '{{.Id}}' "$1"; }
unit_of() { cgroup_of "$(container_pid "$1")" | grep -o 'minidock-[^/]*\.scope'; }
has_no_unit() { [ "$(property "$1" LoadState)" = not-found ]; }

sleeper() {
  image busybox
  minidock run -d --name "$@" busybox sleep 1000 >/dev/null
}

test_a_scope_for_each() {
  sleeper web
  local unit scope monitor
  unit=$(unit_of web)
  scope=/minidock.slice/$unit
  assert_match "$unit" "^minidock-$(id_of web)-[0-9a-f]+\.scope\$"
  assert_eq "$(cgroup_of "$(container_pid web)")" "$scope/container"
  monitor=$(monitor_of web)
  assert_eq "$(cgroup_of "$monitor")" "$scope/monitor" "the monitor's"
  assert_eq "$(cgroup_of "$(parent_of "$monitor")")" "$scope/monitor" "the guard's"
  assert_eq "$(property "$unit" ActiveState) $(property "$unit" Delegate) $(property "$unit" Slice)" \
    "active yes minidock.slice"
  assert_eq "$(minidock info -f '{{.CgroupDriver}}')" systemd
  minidock rm -f web >/dev/null
  wait_until 5 has_no_unit "$unit"
  assert_no_file "$hierarchy$scope"
}

test_all_verbs_find_it() {
  sleeper web -m 64m --pids-limit 50
  local at
  at=$hierarchy$(cgroup_of "$(container_pid web)")
  assert_eq "$(cat "$at/memory.max") $(cat "$at/pids.max")" "$((64 << 20)) 50"
  minidock update -m 32m --memory-swap 32m --cpus 0.5 web >/dev/null
  # systemd writes to what is its own, and this is delegated.
  systemctl daemon-reload
  assert_eq "$(cat "$at/memory.max") $(cat "$at/cpu.max") $(cat "$at/pids.max")" "$((32 << 20)) 50000 100000 50"
  assert_eq "$(minidock stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' web | sed 's,.* / ,,')" 32MiB
  assert_eq "$(minidock top web | wc -l)" 2
  minidock pause web >/dev/null
  assert_eq "$(grep frozen "$at/cgroup.events")" 'frozen 1'
  minidock unpause web >/dev/null
  assert_eq "$(minidock exec web cat /proc/self/cgroup)" 0::/
  try minidock system check
  assert_rc 0
}

# A login session of root's, whose processes go with it: systemd-run makes it as sshd does, through PAM.
in_session() {
  systemd-run --quiet --wait --collect --pipe -p PAMName=login -p User=root --setenv=MINIDOCK_ROOT="$MINIDOCK_ROOT" \
    --setenv=MINIDOCK_RUN_ROOT="$MINIDOCK_RUN_ROOT" "$@"
}
has_written() { [ -s "$1" ]; }
has_no_session() { ! loginctl show-session "$1" >/dev/null 2>&1; }

test_it_outlives_the_session() {
  image busybox
  mkdir -p /run/systemd/logind.conf.d
  printf '[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n' >/run/systemd/logind.conf.d/test.conf
  systemctl restart systemd-logind
  in_session sh -c "$MINIDOCK_BINARY run -d --name web busybox sleep 1000 && sleep 1000 & \
    $MINIDOCK_BINARY run -d --name box busybox sleep 1000; $MINIDOCK_BINARY exec -d box sleep 1000
    sed 's,.*/,,; s,.scope,,' /proc/self/cgroup | sed -n 's,^session-,,p' >$work/session; sleep 1000" >/dev/null 2>&1 &
  wait_until 20 has_written "$work/session"
  wait_until 20 is_running web
  loginctl terminate-session "$(cat "$work/session")"
  wait_until 20 has_no_session "$(cat "$work/session")"
  wait
  rm /run/systemd/logind.conf.d/test.conf
  systemctl restart systemd-logind
  local name monitor
  for name in web box; do
    assert_eq "$(minidock inspect -f '{{.State.Status}}' $name)" running
    monitor=$(monitor_of $name)
    assert_eq "$(cgroup_of "$monitor")" "/minidock.slice/$(unit_of $name)/monitor"
    kill -0 "$(parent_of "$monitor")"
  done
  assert_eq "$(minidock top box | wc -l)" 3
  minidock stop -t 1 box >/dev/null
  assert_eq "$(minidock inspect -f '{{.State.ExitCode}}' box)" 137
}

test_it_starts_again_in_the_same_unit() {
  sleeper web
  local unit round
  unit=$(unit_of web)
  for round in 1 2 3; do
    minidock restart -t 0 web >/dev/null
    assert_eq "$(unit_of web)" "$unit"
    assert_eq "$(property "$unit" ActiveState)" active
    assert_eq "$(cgroup_of "$(monitor_of web)")" "/minidock.slice/$unit/monitor"
  done
}

has_restarted() { [ "$(minidock inspect -f '{{.RestartCount}}' "$1")" -ge "$2" ]; }

# The monitor itself starts it again, out of the very scope.
test_a_restart_policy() {
  image busybox
  minidock run -d --name again --restart always busybox sh -c \
    'echo >>/rounds; [ "$(wc -l </rounds)" -gt 2 ] || exit 3; exec sleep 1000' >/dev/null
  wait_until 30 has_restarted again 2
  wait_until 10 is_running again
  assert_eq "$(cgroup_of "$(monitor_of again)")" "/minidock.slice/$(unit_of again)/monitor"
}

test_a_parent_is_a_slice() {
  sleeper web --cgroup-parent machine-test.slice
  local scope
  scope=/machine.slice/machine-test.slice/$(unit_of web)
  assert_eq "$(cgroup_of "$(container_pid web)")" "$scope/container"
  assert_eq "$(minidock inspect -f '{{.HostConfig.CgroupParent}}' web)" machine-test.slice
  assert_eq "$(minidock top web | wc -l)" 2
  minidock stop -t 0 web >/dev/null
  minidock start web >/dev/null
  assert_eq "$(cgroup_of "$(container_pid web)")" "$scope/container"
  minidock rm -f web >/dev/null
  assert_no_file "$hierarchy$scope/container"
  refused 125 'cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"' \
    minidock run --cgroup-parent /parent busybox true
}

test_a_health_check_is_in_it() {
  image busybox
  minidock run -d --name ill --health-cmd 'cat /proc/self/cgroup' --health-interval 1s busybox sleep 1000 >/dev/null
  healthy() { [ "$(minidock inspect -f '{{.State.Health.Status}}' ill)" = healthy ]; }
  wait_until 20 healthy
  assert_eq "$(minidock inspect -f '{{(index .State.Health.Log 0).Output}}' ill)" 0::/health
}

# As when the host goes down: the container is told to end, and how it ended is on record.
test_systemd_stops_it() {
  image busybox
  minidock run -d --name web busybox sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
  wait_until 10 has_logged web
  local unit
  unit=$(unit_of web)
  assert_contains "$(property "$unit" Conflicts)" shutdown.target
  systemctl stop "$unit"
  wait_until 10 is_exited web
  assert_eq "$(minidock inspect -f '{{.State.ExitCode}}' web)" 5
  wait_until 5 has_no_unit "$unit"
}

test_a_failed_start_leaves_no_unit() {
  image busybox
  refused 127 'executable file not found' minidock run --name nope busybox nope
  no_scope() { [ -z "$(systemctl list-units --all --plain --no-legend 'minidock-*.scope')" ]; }
  wait_until 5 no_scope
}

test_monitor_and_guard_killed() {
  sleeper web
  local unit monitor guard
  unit=$(unit_of web) monitor=$(monitor_of web)
  guard=$(parent_of "$monitor")
  kill -KILL "$guard" "$monitor"
  assert_eq "$(property "$unit" ActiveState)" active
  minidock rm -f web >/dev/null
  wait_until 5 has_no_unit "$unit"
}

# --- the journal of the host ---------------------------------------------------------------------------------------

logged() { [ "$(minidock logs "$1" 2>&1 | wc -l)" = "$2" ]; }
of_journal() { journalctl -o json --no-pager "$@" | jq -r "[$fields] | map(. // \"none\") | join(\" \")"; }

test_journald() {
  image busybox
  minidock run --name told --log-driver journald --log-opt tag={{.Name}}/{{.ImageName}} --log-opt labels=com.one \
    -l com.one=1 busybox sh -c 'for i in 1 2 3; do echo out $i; done; sleep 0.2; echo err >&2; sleep 0.2; echo; printf last' \
    >/dev/null 2>&1
  wait_until 10 logged told 6
  try minidock logs told
  assert_eq "$out" $'out 1\nout 2\nout 3\n\nlast'
  assert_eq "$err" err
  assert_eq "$(minidock logs -n 2 told 2>&1)" $'\nlast'
  assert_empty "$(minidock logs -n 0 told 2>&1)"
  assert_eq "$(minidock logs --tail 100 told 2>/dev/null | wc -l)" 5
  assert_match "$(minidock logs -t -n 1 told)" '^20[0-9-]+T[0-9:.]+Z last$'
  assert_eq "$(minidock logs --details -n 1 told)" 'COM_ONE=1,IMAGE_NAME=busybox last'
  local fields=.MESSAGE,.PRIORITY,.CONTAINER_TAG,.SYSLOG_IDENTIFIER,.IMAGE_NAME,.COM_ONE
  assert_eq "$(of_journal CONTAINER_NAME=told | head -1)" 'out 1 6 told/busybox told/busybox busybox 1'
  fields=.MESSAGE
  assert_eq "$(of_journal "CONTAINER_ID=$(minidock ps -aqf name=told)" PRIORITY=3)" err
  assert_match "$(journalctl -o json --no-pager -n 1 CONTAINER_NAME=told | jq -r ._SYSTEMD_UNIT)" '^minidock-.*\.scope$'
}

test_journald_long_lines_are_whole_again() {
  image busybox
  minidock run --name long --log-driver journald busybox sh -c \
    'echo before; head -c 40000 /dev/zero | tr "\0" x; echo; echo after' >/dev/null
  wait_until 10 logged long 3
  assert_eq "$(minidock logs long | sha256sum)" \
    "$( (echo before; head -c 40000 /dev/zero | tr '\0' x; echo; echo after) | sha256sum)"
  assert_eq "$(minidock logs -n 2 long | wc -c)" 40007
}

test_journald_is_followed_to_the_end() {
  image busybox
  minidock run -d --name going --log-driver journald busybox sh -c 'echo first; sleep 1; echo second; sleep 1; echo last' >/dev/null
  try timeout 60 "$MINIDOCK_BINARY" logs -f going
  assert_rc 0
  assert_eq "$out" $'first\nsecond\nlast'
}

# The container goes on while journald stands still, and what comes after is there again.
test_journald_that_stands_still() {
  image busybox
  local journald began
  journald=$(systemctl show systemd-journald -p MainPID --value)
  kill -STOP "$journald"
  began=$SECONDS
  try timeout 120 "$MINIDOCK_BINARY" run --name still --log-driver journald busybox sh -c 'seq 5000; echo done'
  kill -CONT "$journald"
  assert_rc 0
  assert_eq "$(tail -1 <<<"$out")" done
  assert_le $((SECONDS - began)) 60 "seconds"
  minidock run --name later --log-driver journald busybox echo later >/dev/null
  wait_until 20 logged later 1
}

after_tests() {
  local left
  left=$(systemctl list-units --all --plain --no-legend 'minidock-*')
  [ -z "$left" ] || { echo "FAILED  left behind: $left"; failed=$((failed + 1)); }
}
run_tests
