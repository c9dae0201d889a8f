# container exists, image exists, volume exists: the status tells.
. "$(dirname "$0")/../support/e2e.sh"

# answers RC COMMAND...: with that status, and without a word.
answers() {
  local status=$1
  shift
  try minidock "$@"
  assert_rc "$status"
  assert_empty "$out$err" "what it says"
}

test_each_kind() {
  image busybox
  minidock create --name box -v data:/data busybox true >/dev/null
  answers 0 container exists box
  answers 0 container exists "$(minidock inspect -f '{{.Id}}' box)"
  answers 1 container exists nobox
  answers 0 image exists busybox
  answers 1 image exists nobusybox
  answers 0 volume exists data
  answers 1 volume exists nodata
  refused 1 'requires 1 argument' minidock container exists
}

run_tests
