# rm: by name, by ID, by the beginning of an ID; running ones only by force.
. "$(dirname "$0")/../support/e2e.sh"

test_removes_and_prints_the_name_as_given() {
  image busybox
  local id
  id=$(minidock create --name one busybox true)
  minidock create --name two busybox true >/dev/null
  try minidock rm "${id:0:10}" two
  assert_rc 0
  assert_eq "$out" "${id:0:10}"$'\n'two
  assert_empty "$(minidock ps -aq)"
}

test_a_running_one_needs_force() {
  image busybox
  minidock run -d --name busy busybox sleep 60 >/dev/null
  refused 1 'running' minidock rm busy
  is_running busy
  try minidock rm -f busy
  assert_rc 0
  assert_no_leftovers
}

test_a_missing_one() {
  refused 1 '^Error: No such container: nope$' minidock rm nope
  try minidock rm -f nope
  assert_rc 0
  assert_eq "$err" 'Error: No such container: nope'
}

test_one_failure_does_not_stop_the_rest() {
  image busybox
  minidock create --name here busybox true >/dev/null
  try minidock rm nope here
  assert_rc 1
  assert_eq "$out" here
}

test_anonymous_volumes_with_v() {
  image busybox
  minidock create --name with -v /data busybox true >/dev/null
  assert_eq "$(minidock volume ls -q | wc -l)" 1
  minidock rm -v with >/dev/null
  assert_empty "$(minidock volume ls -q)"
}

# Docker's words: a container's own name is no link, and others there are none.
test_links() {
  image busybox
  minidock create --name web busybox true >/dev/null
  refused 1 'Conflict, cannot remove the default link name of the container' minidock rm --link web
  refused 1 'No such container: web/db' minidock rm -l web/db
  assert_eq "$(minidock ps -aq | wc -l)" 1
}

run_tests
