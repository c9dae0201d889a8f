# help, version, info and the global options: what a newcomer meets first.
. "$(dirname "$0")/../support/e2e.sh"

test_no_arguments_is_usage() {
  try minidock
  assert_rc 0
  assert_match "$out" '^Usage: minidock'
}

test_help_is_the_same_by_every_way() {
  local text
  text=$(minidock run --help)
  assert_match "$text" '^SYNOPSIS'
  assert_eq "$(minidock help run)" "$text"
  assert_eq "$(minidock container run --help)" "$text"
  assert_match "$(minidock help --source run)" '^# minidock run'
  assert_match "$(minidock container)" 'Usage: minidock container COMMAND'
}

test_unknown_words() {
  refused 1 'unknown command: minidock imprt; did you mean import' minidock imprt
  refused 1 'search is not supported yet' minidock search x
  refused 125 'unknown flag: --foo' minidock --foo ps
  refused 125 'unknown flag: --al; did you mean --all' minidock ps --al
}

test_version() {
  assert_match "$(minidock --version)" '^minidock version [0-9]'
  assert_match "$(minidock version)" 'OS/Arch: +linux/'
  assert_match "$(minidock version -f '{{.Server.Version}}')" '^[0-9]'
}

test_info() {
  image busybox
  try minidock info
  assert_rc 0
  assert_match "$out" 'Storage Driver: (erofs|overlay)'
  assert_match "$out" 'libarchive [0-9]'
  assert_match "$out" 'journal mode persist'
  assert_eq "$(minidock info -f '{{.Images}} {{.DockerRootDir}}')" "1 $MINIDOCK_ROOT"
}

test_two_stores_never_meet() {
  image busybox
  assert_empty "$(minidock --root "$work/other" --run-root "$work/other-run" images -q)"
  assert_ne "$(minidock images -q)" ""
}

test_a_full_standard_output_is_an_error() {
  [ -e /dev/full ] || requires /dev/full
  image busybox
  try bash -c '"$MINIDOCK_BINARY" ps >/dev/full'
  assert_rc 1
  assert_match "$err" 'No space left on device'
}

run_tests
