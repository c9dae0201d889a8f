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

# writer NAME OPTION...: a container that writes ten thousand numbered lines of about 100 bytes.
writer() {
  local name=$1
  shift
  minidock run -d --name "$name" "$@" busybox sh -c 'seq 0 9999 | sed "s/$/ $(printf %090d 0)/"'
}
# Whole lines from some number on to the last, none left out.
assert_gapless() {
  awk 'NR > 1 && $1 != last + 1 || length($2) != 90 { bad = 1 } { last = $1 } END { exit bad || last != 9999 }' "$1" ||
    fail "$2: lines are missing"
}

test_rotation_keeps_the_last_files() {
  image busybox
  local driver id
  for driver in local json-file; do
    id=$(writer "$driver" --log-driver $driver --log-opt max-size=100k --log-opt max-file=4)
    minidock wait "$driver" >/dev/null
    wait_until 10 eval '! pgrep -x "minidock-mon"'
    minidock logs "$driver" >"$work/kept"
    assert_gapless "$work/kept" "$driver"
    assert_le "$(wc -c <"$work/kept")" 410000 "what is kept"
    assert_eq "$(minidock logs -n 1 "$driver" | cut -d' ' -f1)" 9999
    assert_eq "$(minidock logs -n 1000 "$driver" | head -n 1 | cut -d" " -f1)" 9000
    assert_no_file "$MINIDOCK_ROOT/containers/$id/log.4"
    assert_no_file "$MINIDOCK_ROOT/containers/$id/log.4.gz"
    assert_no_file "$MINIDOCK_ROOT/containers/$id/log.gz.new"
    [ -n "$(ls "$MINIDOCK_ROOT/containers/$id"/log.*.gz)" ] || fail "$driver: nothing was compressed"
  done
}

test_following_over_rotations() {
  image busybox
  local driver
  for driver in local json-file; do
    writer "$driver" --log-driver $driver --log-opt max-size=100k --log-opt max-file=50 >/dev/null
    timeout 60 "$MINIDOCK_BINARY" logs -f "$driver" >"$work/followed"
    assert_gapless "$work/followed" "$driver"
    assert_eq "$(wc -l <"$work/followed")" 10000
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
