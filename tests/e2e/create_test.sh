# create and start: a container is made once and run as often as one likes.
. "$(dirname "$0")/../support/e2e.sh"

test_create_prints_the_id_and_runs_nothing() {
  image busybox
  try minidock create --name made busybox touch /ran
  assert_rc 0
  assert_match "$out" '^[0-9a-f]{64}$'
  assert_eq "$(minidock inspect -f '{{.State.Status}} {{.State.Pid}}' made)" "created 0"
  refused 1 'No such image|nope' minidock create nope true
  refused 125 'unknown flag' minidock create --nope busybox
}

test_start_attached_gives_output_and_status() {
  image busybox
  minidock create --name once busybox sh -c 'echo run >>/log; cat /log; exit 4' >/dev/null
  try minidock start -a once
  assert_rc 4
  assert_eq "$out" run
  try minidock start -a once
  assert_eq "$out" $'run\nrun' "what the second run sees of the first"
}

test_start_with_input() {
  image busybox
  minidock create -i --name reader busybox cat >/dev/null
  assert_eq "$(echo hello | minidock start -ai reader)" hello
}

test_start_in_the_background_prints_the_name() {
  image busybox
  minidock create --name background busybox sleep 60 >/dev/null
  assert_eq "$(minidock start background)" background
  is_running background
  assert_eq "$(minidock start background)" background
  refused 1 'No such container: nope' minidock start nope
  refused 1 'multiple containers' minidock start -a background other
}

run_tests
