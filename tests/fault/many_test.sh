# Many runs, one after the other and at once: all succeed, and nothing of them is left.
. "$(dirname "$0")/../support/e2e.sh"

test_200_runs_leave_nothing() {
  image busybox
  local i
  for i in $(seq 200); do
    try minidock run --rm --network none busybox true
    assert_rc 0
  done
  assert_no_leftovers
  assert_empty "$(minidock ps -aq)" "the list of containers"
  try minidock system check
  assert_rc 0
}

test_50_kept_containers_are_removed_whole() {
  image busybox
  local i
  for i in $(seq 50); do minidock run --network none busybox true; done
  assert_eq "$(minidock ps -aq | wc -l)" 50
  # shellcheck disable=SC2046
  minidock rm $(minidock ps -aq) >/dev/null
  assert_no_leftovers
  try minidock system check
  assert_rc 0
}

test_16_at_once_all_succeed() {
  image busybox
  local i round job failed=0
  for round in 1 2 3 4; do
    local jobs=()
    for i in $(seq 16); do
      minidock run --rm --network none busybox sh -c "exit $i" 2>>"$work/errors" &
      jobs+=($!)
    done
    for i in $(seq 16); do
      job=0
      wait "${jobs[$((i - 1))]}" || job=$?
      [ $job = "$i" ] || failed=$((failed + 1))
    done
  done
  assert_eq "$failed" 0 "the number of runs with a wrong status"
  assert_empty "$(cat "$work/errors")" "standard error"
  assert_no_leftovers
}

test_16_imports_of_one_archive_are_one_layer() {
  local file ids i
  file=$(fixture busybox)
  ids=$(for i in $(seq 16); do minidock import -q "$file" "parallel$i:latest" & done; wait)
  assert_eq "$(sort -u <<<"$ids" | wc -l)" 1 "the number of IDs"
  assert_eq "$(wc -l <<<"$ids")" 16 "the number of answers"
  assert_eq "$(minidock images --format '{{.Repository}}' | grep -c parallel)" 16 "the number of names"
  assert_empty "$(ls "$MINIDOCK_ROOT/tmp")" "what is being made"
}

test_names_are_given_once() {
  image busybox
  local i won
  won=$(for i in $(seq 8); do
    (minidock run -d --name one --network none busybox sleep 60 >/dev/null 2>&1 && echo won) &
  done; wait)
  assert_eq "$won" won "who got the name"
}

run_tests
