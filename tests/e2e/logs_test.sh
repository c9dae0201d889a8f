# logs: both streams, the tail, times, following.
. "$(dirname "$0")/../support/e2e.sh"

test_both_streams() {
  image busybox
  minidock run --name both busybox sh -c 'echo out; echo err >&2' >/dev/null 2>&1
  try minidock logs both
  assert_eq "$out" out
  assert_eq "$err" err
}

test_tail_and_times() {
  image busybox
  minidock run --name many busybox sh -c 'for i in 1 2 3 4 5; do echo line $i; done' >/dev/null
  assert_eq "$(minidock logs -n 2 many)" $'line 4\nline 5'
  assert_eq "$(minidock logs --tail all many | wc -l)" 5
  assert_empty "$(minidock logs -n 0 many)"
  assert_match "$(minidock logs -t -n 1 many)" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z line 5$'
  assert_empty "$(minidock logs --until 1h many)"
  assert_eq "$(minidock logs --since 1h many | wc -l)" 5
  refused 1 'failed to parse value as time' minidock logs --since yesterday many
}

test_follow_ends_with_the_container() {
  image busybox
  minidock run -d --name going busybox sh -c 'echo first; sleep 0.5; echo second; sleep 0.5; echo last' >/dev/null
  try timeout 20 "$MINIDOCK_BINARY" logs -f going
  assert_rc 0
  assert_eq "$out" $'first\nsecond\nlast'
}

test_a_terminal_has_one_stream() {
  image busybox
  minidock run -d -t --name screen busybox sh -c 'echo out; echo err >&2' >/dev/null
  minidock wait screen >/dev/null
  assert_eq "$(minidock logs screen | tr -d '\r')" $'out\nerr'
}

test_refusals() {
  image busybox
  refused 1 'No such container: nope' minidock logs nope
  minidock run --name silent --log-driver none busybox echo x >/dev/null
  refused 1 'keeps no log' minidock logs silent
}

# Ten thousand lines of 100 bytes, in files of 100 kB: the last 4 of them are kept, whole lines each.
test_rotation() {
  image busybox
  local driver id
  for driver in local json-file; do
    id=$(minidock run -d --name "$driver" --log-driver $driver --log-opt max-size=100k --log-opt max-file=4 busybox \
      sh -c 'i=0; while [ $i -lt 10000 ]; do echo "$i $(printf %090d 0)"; i=$((i + 1)); done')
    try timeout 60 "$MINIDOCK_BINARY" logs -f "$driver"
    assert_rc 0
    assert_eq "$(echo "$out" | tail -n 1 | cut -d' ' -f1)" 9999
    # What was followed is gapless from wherever it began.
    echo "$out" | awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' || fail "$driver: lines are missing"
    minidock wait "$driver" >/dev/null
    assert_le "$(minidock logs "$driver" | wc -c)" 400000 "what is kept"
    assert_eq "$(minidock logs -n 1 "$driver" | cut -d' ' -f1)" 9999
    minidock logs "$driver" | awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' || fail "$driver: lines are missing"
    assert_file "$MINIDOCK_ROOT/containers/$id/log.3.gz"
    assert_no_file "$MINIDOCK_ROOT/containers/$id/log.4"
    assert_no_file "$MINIDOCK_ROOT/containers/$id/log.gz.new"
  done
}

test_bytes_that_are_no_text() {
  image busybox
  minidock run --name raw busybox head -c 300000 /dev/urandom >"$work/seen"
  minidock logs raw >"$work/logged"
  cmp "$work/seen" "$work/logged" || fail "the log differs from what was seen"
}

test_options_of_the_driver() {
  image busybox
  refused 125 "unknown log opt 'max-sizes'" minidock run --log-opt max-sizes=1m busybox true
  refused 125 'invalid size' minidock run --log-opt max-size=1x busybox true
  refused 125 'max-file' minidock run --log-opt max-file=0 busybox true
  refused 125 'log driver syslog is not supported' minidock run --log-driver syslog busybox true
}

run_tests
