# --restart and boot: who runs again, when, and what ends it.
. "$(dirname "$0")/../support/e2e.sh"

restarts() { minidock inspect -f '{{.RestartCount}}' "$1"; }
has_restarted() { [ "$(restarts "$1")" -ge "$2" ]; }
is_restarting() { [ "$(minidock inspect -f '{{.State.Status}}' "$1")" = restarting ]; }
# As after a reboot: nothing of the run directory is left, and nobody runs.
reboot() {
  local id
  for id in $(minidock ps -q --no-trunc); do
    kill -9 "$(ps -o ppid= -p "$(sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$id/state")")" \
      "$(sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$id/state")" "$(container_pid "$id")"
  done
  wait_until 5 eval '[ -z "$(minidock ps -q)" ]'
  for id in "$MINIDOCK_RUN_ROOT"/images/*; do  # of the driver erofs
    [ ! -d "$id" ] || umount "$id"
  done
  rm -rf "${MINIDOCK_RUN_ROOT:?}"
}

test_on_failure_so_many_times() {
  image busybox
  minidock run -d --name box --restart on-failure:2 busybox sh -c 'echo run; exit 3' >/dev/null
  wait_until 10 is_exited box
  assert_eq "$(restarts box)" 2
  assert_eq "$(minidock logs box)" $'run\nrun\nrun'
  assert_eq "$(minidock inspect -f '{{.State.ExitCode}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' box)" \
    "3 on-failure 2"
  minidock run -d --name good --restart on-failure busybox true >/dev/null
  wait_until 5 is_exited good
  assert_eq "$(restarts good)" 0
}

is_listed_as_restarting() { minidock ps --format '{{.Status}}' | grep '^Restarting (0) '; }

test_always_until_it_is_stopped() {
  image busybox
  minidock run -d --name box --restart always busybox true >/dev/null
  wait_until 10 has_restarted box 3
  wait_until 10 is_restarting box
  wait_until 10 is_listed_as_restarting  # without -a, as docker lists it
  refused 1 'is restarting' minidock rm box
  minidock stop box >/dev/null
  is_exited box || fail "it is not exited after a stop"
  local count
  count=$(restarts box)
  sleep 1
  assert_eq "$(restarts box)" "$count"
  minidock start box >/dev/null
  wait_until 10 has_restarted box 1
}

test_rm_ends_it() {
  image busybox
  minidock run -d --name box --restart always busybox true >/dev/null
  wait_until 10 is_restarting box
  minidock rm -f box >/dev/null
  refused 1 'No such' minidock inspect -f x box
  wait_until 5 eval '! pgrep -x "minidock-(mon|guard)"'
}

test_a_signal_from_inside_or_by_number_is_no_stop() {
  image busybox
  minidock run -d --name box --restart unless-stopped busybox sleep 100 >/dev/null
  kill -9 "$(container_pid box)"
  wait_until 5 has_restarted box 1
  wait_until 5 is_running box
  minidock kill box >/dev/null
  wait_until 5 is_exited box
  sleep 0.5
  assert_eq "$(restarts box)" 1
}

test_the_guard_goes_on_with_it() {
  image busybox
  minidock run -d --name box --restart always busybox sh -c 'sleep 0.3' >/dev/null
  kill -9 "$(monitor_of box)"
  wait_until 10 has_restarted box 2
}

test_after_a_reboot() {
  image busybox
  local name
  minidock run -d --name always --restart always busybox sleep 100 >/dev/null
  minidock run -d --name unless --restart unless-stopped busybox sleep 100 >/dev/null
  minidock run -d --name stopped --restart unless-stopped busybox sleep 100 >/dev/null
  minidock run -d --name failing --restart on-failure busybox sleep 100 >/dev/null
  minidock run -d --name none busybox sleep 100 >/dev/null
  minidock create --name never --restart always busybox sleep 100 >/dev/null
  minidock stop -t 0 stopped >/dev/null
  reboot
  minidock boot
  assert_eq "$(minidock ps --format '{{.Names}}' | sort | tr '\n' ' ')" "always unless "
  minidock boot
  assert_eq "$(minidock ps --format '{{.Names}}' | sort | tr '\n' ' ')" "always unless "
}

# Its cgroups are still there, where they are not in a unit of systemd's: nobody was left to remove them.
test_start_after_all_of_it_was_killed() {
  image busybox
  local id monitor driver
  driver=$(minidock info -f '{{.CgroupDriver}}')  # now: it looks at all containers, and sweeps what they left
  id=$(minidock run -d --name box busybox sleep 100)
  monitor=$(sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$id/state")
  kill -9 "$(ps -o ppid= -p "$monitor")" "$monitor" "$(container_pid box)"
  wait_until 5 is_exited box
  [ "$driver" = systemd ] || assert_file "$(container_cgroup "$id" pids)"
  minidock start box >/dev/null
  is_running box || fail "it does not run"
}

test_refusals() {
  image busybox
  refused 125 "unknown policy 'sometimes'" minidock run --restart sometimes busybox true
  refused 125 'maximum retry count' minidock run --restart always:3 busybox true
  refused 125 'must be an integer' minidock run --restart on-failure:x busybox true
  refused 125 'cannot specify both --restart and --rm' minidock run --rm --restart always busybox true
}

run_tests
