# exec: a further command in a running container.
. "$(dirname "$0")/../support/e2e.sh"

box() { # a running container named box; options before the command are run's
  image busybox
  minidock run -d --name box "$@" busybox sleep 100 >/dev/null
}

test_it_is_in_the_container() {
  box -h inside -e FIRST=1 -w /tmp
  try minidock exec box sh -c 'echo $FIRST; pwd; hostname; cat /proc/1/comm; echo out >&2; exit 5'
  assert_rc 5
  assert_eq "$out" $'1\n/tmp\ninside\nsleep'
  assert_eq "$err" out
  for namespace in mnt pid uts ipc net cgroup; do
    assert_eq "$(minidock exec box readlink /proc/self/ns/$namespace)" \
      "$(readlink "/proc/$(container_pid box)/ns/$namespace")"
  done
}

test_options() {
  box
  try minidock exec -e A=1 -e B -u 12:34 -w /etc box sh -c 'echo $A $(id -u) $(id -g) $PWD'
  assert_eq "$out" "1 12 34 /etc"
  printf 'C=3\n' >"$work/env"
  assert_eq "$(minidock exec --env-file "$work/env" box sh -c 'echo $C')" 3
  assert_eq "$(echo typed | minidock exec -i box cat)" typed
  assert_eq "$(echo typed | minidock exec box cat)" ""
}

test_it_has_the_containers_rights_and_limits() {
  box --cap-drop CHOWN --pids-limit 50
  assert_eq "$(minidock exec box grep CapEff /proc/self/status)" "$(grep CapEff "/proc/$(container_pid box)/status")"
  assert_contains "$(minidock exec box grep Seccomp: /proc/self/status)" 2
  assert_ne "$(minidock exec --privileged box grep CapEff /proc/self/status)" \
    "$(minidock exec box grep CapEff /proc/self/status)"
  local cgroup
  cgroup=$(container_cgroup "$(minidock inspect -f '{{.Id}}' box)" pids)
  minidock exec -d box sleep 77
  wait_until 5 eval '[ $(wc -l <"'"$cgroup"'/cgroup.procs") = 2 ]'
}

test_not_found_and_not_executable() {
  box
  refused 127 'no-such' minidock exec box no-such
  refused 126 '/etc' minidock exec box /etc
  refused 126 'unable to find user nobody-here' minidock exec -u nobody-here box true
  refused 1 'absolute path' minidock exec -w rel box true
  refused 1 'No such container: nobox' minidock exec nobox true
  refused 1 'requires at least 2 arguments' minidock exec box
  minidock kill box >/dev/null
  wait_until 5 is_exited box
  refused 1 'is not running' minidock exec box true
}

test_why_it_cannot_be_executed() {
  image busybox
  mkdir "$work/app"
  printf '#!/bin/sh\r\necho hi\r\n' >"$work/app/dos"
  chmod 755 "$work/app/dos"
  minidock run -d --name box -v "$work/app:/app" busybox sleep 100 >/dev/null
  try minidock exec box /app/dos
  assert_rc 127
  assert_contains "$err" 'ends with a carriage return'
  assert_contains "$err" "sed -i"
}

test_a_terminal() {
  box
  on_terminal $'expect # \nsend stty size; tty\\r\nexpect 24 80\nexpect /dev/pts/0\nsend exit 3\\r' \
    "$MINIDOCK_BINARY" exec -it box sh
  assert_rc 3
  refused 1 'input device is not a TTY' minidock exec -it box sh
}

test_it_ends_with_the_container() {
  box
  "$MINIDOCK_BINARY" exec box sleep 100 &
  local client=$!
  wait_until 5 eval 'minidock exec box pidof sleep | grep -q " "'
  minidock rm -f box >/dev/null
  rc=0
  wait $client || rc=$?
  assert_rc 137
  wait_until 5 no_monitors
}
no_monitors() { ! pgrep -x 'minidock-(mon|guard)' >/dev/null; }

test_the_command_outlives_its_client() {
  box
  "$MINIDOCK_BINARY" exec box sh -c 'sleep 1; touch /done' &
  local client=$!
  wait_until 5 minidock exec box pidof sh
  kill -9 $client
  wait_until 5 minidock exec box test -e /done
}

test_explain() {
  box
  try minidock --explain exec box true
  assert_contains "$err" "join"
}

# The command's end is the end, whoever still writes.
test_what_exec_leaves_in_the_background_does_not_hold_it() {
  image busybox
  minidock run -d --name box busybox sleep 1000 >/dev/null
  local flag
  for flag in "" -t; do
    try timeout 20 "$support/terminal" -- "$MINIDOCK_BINARY" exec $flag box sh -c 'yes background & sleep 0.2; exit 3'
    assert_rc 3
    assert_match "$out" background
  done
}

run_tests
