# restart: stop and start in one, for every state and for --rm.
. "$(dirname "$0")/../support/e2e.sh"

test_restart_gives_a_new_process() {
  image busybox
  minidock run -d --name web busybox sh -c 'trap "exit 0" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
  wait_until 10 has_logged web
  local before
  before=$(container_pid web)
  assert_eq "$(minidock restart web)" web
  is_running web
  assert_ne "$(container_pid web)" "$before" "the pid"
  has_begun_twice() { [ "$(minidock logs web | grep -c begun)" = 2 ]; }
  wait_until 5 has_begun_twice
}

test_restart_starts_what_is_stopped() {
  image busybox
  minidock create --name idle busybox sleep 60 >/dev/null
  assert_eq "$(minidock restart idle)" idle
  is_running idle
  minidock kill idle >/dev/null
  minidock wait idle >/dev/null
  minidock restart idle >/dev/null
  is_running idle
}

test_restart_kills_after_the_time_out() {
  image busybox
  minidock run -d --name stubborn busybox sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
  wait_until 10 has_logged stubborn
  local began=$SECONDS
  minidock restart -t 1 stubborn >/dev/null
  assert_le $((SECONDS - began)) 6 "the time it took"
  is_running stubborn
  minidock restart -s KILL -t 60 stubborn >/dev/null
  assert_le $((SECONDS - began)) 12 "the time it took"
}

test_restart_of_a_paused_one() {
  image busybox
  minidock run -d --name held busybox sleep 60 >/dev/null
  minidock pause held >/dev/null
  minidock restart -t 1 held >/dev/null
  is_running held
  assert_eq "$(minidock inspect -f '{{.State.Paused}}' held)" false
}

# The removal of --rm must not come between, and must come at the end.
test_restart_keeps_a_container_of_rm() {
  image busybox
  minidock run -d --rm --name kept busybox sleep 60 >/dev/null
  local round before
  for round in 1 2 3; do
    before=$(container_pid kept)
    minidock restart -t 0 kept >/dev/null
    is_running kept
    assert_ne "$(container_pid kept)" "$before" "the pid"
  done
  minidock kill kept >/dev/null
  wait_until 10 no_containers
  assert_no_leftovers
}

test_restart_goes_on_after_a_failure() {
  image busybox
  minidock run -d --name there busybox sleep 60 >/dev/null
  try minidock restart -t 0 nope there
  assert_rc 1
  assert_eq "$out" there
  assert_contains "$err" 'No such container: nope'
  refused 1 'Invalid signal: FOO' minidock restart -s FOO there
  try minidock restart
  assert_rc 1
}

run_tests
