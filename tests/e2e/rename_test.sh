# rename: the old name is free, the new one is taken.
. "$(dirname "$0")/../support/e2e.sh"

test_rename() {
  image busybox
  minidock create --name before busybox true >/dev/null
  minidock create --name other busybox true >/dev/null
  try minidock rename before after
  assert_rc 0
  assert_eq "$(minidock inspect -f '{{.Name}}' after)" /after
  minidock create --name before busybox true >/dev/null
  refused 1 'other' minidock rename after other
  refused 1 'No such container: nope' minidock rename nope x1
  refused 1 'Neither old nor new names may be empty' minidock rename after ''
  refused 1 'requires 2 arguments' minidock rename after
}

run_tests
