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

test_details() {
  image busybox
  minidock run --name told --log-driver json-file --log-opt labels=b,a --log-opt env-regex=^T --log-opt 'tag={{.Name}}!' \
    -l a='x y' -l b=2 -l c=3 -e TWO=2 busybox sh -c 'echo out; echo err >&2' >/dev/null 2>&1
  local details='TWO=2,a=x+y,b=2,tag=told%21'
  try minidock logs --details told
  assert_eq "$out" "$details out"
  assert_eq "$err" "$details err"
  assert_match "$(minidock logs -t --details told 2>/dev/null)" "^[0-9TZ:.-]+ ${details/+/.} out\$"
  # As other readers of docker's files find them.
  assert_eq "$(jq -c .attrs "$(minidock inspect -f '{{.LogPath}}' told)" | uniq)" \
    '{"TWO":"2","a":"x y","b":"2","tag":"told!"}'
  minidock run --name plain busybox echo hello >/dev/null
  assert_eq "$(minidock logs --details plain)" ' hello'
  refused 125 'invalid value for log opt tag: \{\{.Nope\}\}' minidock run --log-opt 'tag={{.Nope}}' busybox true
}

# --- the journal ---------------------------------------------------------------------------------------------------

readonly journal=/run/systemd/journal/socket

# A journal in the place of the host's: each entry is a line of JSON in $work/entries. `deaf` takes none.
start_journal() {
  mkdir -p "${journal%/*}"
  rm -f "$journal" "$work/entries"
  python3 -B - "$journal" "$work/entries" "${1:-}" <<'PY' &
import json, os, socket, sys, time
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
while sys.argv[3] == "deaf":
    time.sleep(1)
with open(sys.argv[2], "w", buffering=1) as out:
    while True:
        data, fields = server.recv(1 << 20), {}
        while data:
            line, _, rest = data.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if not equals:
                size = int.from_bytes(rest[:8], "little")
                value, rest = rest[8:8 + size], rest[9 + size:]
            fields[name.decode()] = value.decode("latin-1")
            data = rest
        out.write(json.dumps(fields) + "\n")
PY
  journal_pid=$!
  wait_until 10 test -S "$journal"
}
stop_journal() { kill "$journal_pid"; wait "$journal_pid" 2>/dev/null || true; rm -f "$journal"; }
entries_are() { [ "$(wc -l <"$work/entries")" = "$1" ]; }
entry() { sed -n "$1p" "$work/entries" | jq -r "$2"; }

test_journald_has_dockers_fields() {
  image busybox
  start_journal
  minidock run --name told --log-driver journald --log-opt labels=com.one --log-opt env=TWO -l com.one=1 -e TWO=$'a\nb' \
    busybox sh -c 'echo out; echo; echo err >&2; printf last' >/dev/null 2>&1
  wait_until 10 entries_are 4
  local id
  id=$(minidock inspect -f '{{.Id}}' told)
  assert_eq "$(entry 1 '[.MESSAGE, .PRIORITY, .CONTAINER_NAME, .CONTAINER_ID_FULL, .CONTAINER_ID, .CONTAINER_TAG,
    .SYSLOG_IDENTIFIER, .IMAGE_NAME, .COM_ONE, .TWO] | map(. // "none") | join(",")')" \
    "out,6,told,$id,${id:0:12},${id:0:12},${id:0:12},busybox,1,a
b"
  assert_match "$(entry 1 .SYSLOG_TIMESTAMP)" '^20[0-9-]+T[0-9:.]+Z$'
  assert_eq "$(jq -r 'select(.PRIORITY == "6") | "<" + .MESSAGE + ">"' "$work/entries" | tr -d '\n')" '<out><><last>'
  assert_eq "$(jq -r 'select(.PRIORITY == "3").MESSAGE' "$work/entries")" err
  assert_empty "$(jq -r '.CONTAINER_PARTIAL_MESSAGE // empty' "$work/entries")"
  assert_eq "$(minidock inspect -f '{{.HostConfig.LogConfig.Type}}{{.LogPath}}' told)" journald
  stop_journal
}

test_journald_has_long_lines_in_parts() {
  image busybox
  start_journal
  minidock run --log-driver journald busybox sh -c 'head -c 40000 /dev/zero | tr "\0" x; echo; echo short' >/dev/null
  wait_until 10 entries_are 4
  assert_eq "$(jq -r '[(.MESSAGE | length), .CONTAINER_PARTIAL_ORDINAL, .CONTAINER_PARTIAL_LAST, .CONTAINER_PARTIAL_MESSAGE]
    | map(. // "-" | tostring) | join(" ")' "$work/entries")" \
    $'16384 1 false true\n16384 2 false true\n7232 3 true -\n5 - - -'
  assert_eq "$(jq -r '.CONTAINER_PARTIAL_ID // empty' "$work/entries" | uniq | wc -l)" 1
  stop_journal
}

# Neither one that takes nothing nor one that has gone keeps the container waiting.
test_journald_that_hangs_or_is_gone() {
  image busybox
  start_journal deaf
  local began
  began=$(date +%s%N)
  assert_eq "$(minidock run --log-driver journald busybox sh -c 'seq 20000; echo done' | tail -1)" done
  assert_le $((($(date +%s%N) - began) / 1000000)) $((5000 * ${MINIDOCK_PATIENCE:-1})) "milliseconds with a deaf journal"
  minidock run -d --name going --log-driver journald busybox sh -c 'while [ ! -e /go ]; do sleep 0.05; done; echo after' \
    >/dev/null
  stop_journal
  minidock exec going touch /go
  minidock wait going >/dev/null
  # One that comes back is found again.
  minidock run -d --name again --log-driver journald busybox sh -c 'echo' >/dev/null 2>&1 && fail "there is no journal"
  start_journal
  minidock run --log-driver journald busybox echo back >/dev/null
  wait_until 10 entries_are 1
  stop_journal
}

test_journald_refusals() {
  image busybox
  rm -f "$journal"
  refused 125 'failed to initialize logging driver: journald is not enabled on this host' \
    minidock run --log-driver journald busybox true
  refused 125 "unknown log opt 'max-size' for journald log driver" \
    minidock run --log-driver journald --log-opt max-size=1m busybox true
}

run_tests
