# A command that prints and exits at once: its last line is seen, whoever looks, a thousand times.
. "$(dirname "$0")/../support/e2e.sh"

readonly kRuns=334 # in each of three ways

# numbers FILE: the N of its lines "last N", where nothing but a line end follows.
numbers() { tr -d '\r' <"$1" | sed -n 's/^last \([0-9]*\)$/\1/p'; }
assert_all_numbers() { assert_eq "$(numbers "$1")" "$(seq $kRuns)" "what was seen"; }

test_by_the_one_that_runs_it() {
  image busybox
  local i
  for i in $(seq $kRuns); do
    "$MINIDOCK_BINARY" run --rm --network none busybox echo "last $i"
  done >"$work/seen"
  assert_all_numbers "$work/seen"
}

test_on_a_terminal() {
  image busybox
  # shellcheck disable=SC2016
  try "$support/terminal" --timeout 600 -- sh -c 'for i in $(seq '$kRuns'); do "$MINIDOCK_BINARY" run --rm -it --network none busybox echo "last $i" || exit; done'
  assert_rc 0
  assert_all_numbers "$work/.out"
}

# It has no line end, which is when a log could forget it; and the reader comes while it ends. The containers go together, after
# the test: a command for each would be a third of it.
test_by_one_that_follows_its_log() {
  image busybox
  local i
  for i in $(seq $kRuns); do
    "$MINIDOCK_BINARY" run -d --name "box$i" --network none busybox printf "last $i" >/dev/null
    "$MINIDOCK_BINARY" logs -f "box$i"
    echo
  done >"$work/seen"
  assert_all_numbers "$work/seen"
}

run_tests
