# events: what is told of containers, images and volumes, by whom, and how it is shown.
. "$(dirname "$0")/../support/e2e.sh"

# events_of NAME [FORMAT]: all that was told so far of the container NAME, a word a line.
events_of() {
  minidock events --since 0 --until 0s --filter "container=$1" --format "${2:-{{.Action\}\}}"
}

is_watching() { grep -q '^inotify wd' /proc/"$1"/fdinfo/*; }
# has_told PATTERN FILTER...: some event so far fits.
has_told() {
  local pattern=$1
  shift
  minidock events --since 0 --until 0s "$@" | grep -Eq "$pattern"
}

test_life_of_a_container() {
  image busybox
  try minidock run --rm --name life busybox true
  assert_rc 0
  assert_eq "$(events_of life | tr '\n' ' ')" "create attach start die destroy "
  try minidock events --since 0 --until 0s --filter container=life --filter event=die
  assert_match "$out" '^20[0-9-]*T[0-9:]*\.[0-9]{9}Z container die [0-9a-f]{64} \(execDuration=0, exitCode=0, image=busybox, name=life\)$'
}

test_verbs() {
  image busybox
  minidock run -d --name verbs --label tier=web busybox sleep 100 >/dev/null
  minidock pause verbs >/dev/null
  minidock unpause verbs >/dev/null
  minidock rename verbs other
  minidock update --pids-limit 100 other >/dev/null
  minidock top other >/dev/null
  minidock export -o "$work/other.tar" other
  minidock cp other:/etc/hostname "$work/hostname"
  minidock cp "$work/hostname" other:/tmp/
  minidock commit other told:1 >/dev/null
  minidock restart -t 0 other >/dev/null
  minidock kill -s TERM other >/dev/null
  minidock kill other >/dev/null
  minidock wait other >/dev/null
  minidock rm other >/dev/null
  try minidock events --since 0 --until 0s --filter type=container --filter label=tier=web --format '{{.Action}}'
  assert_eq "$(tr '\n' ' ' <<<"$out")" "create start pause unpause rename update top export archive-path extract-to-dir \
pause unpause commit kill kill die stop start restart kill kill die destroy "
  # The monitor says the new name.
  try minidock events --since 0 --until 0s --filter label=tier=web --filter event=die --format '{{.Actor.Attributes.name}}'
  assert_eq "$out" $'other\nother'
  assert_eq "$(events_of other '{{.Action}} {{index .Actor.Attributes "signal"}}' | grep kill | tail -2 | tr '\n' ' ')" "kill 15 kill 9 "
  assert_match "$(minidock events --since 0 --until 0s --filter event=rename)" 'name=other, oldName=/verbs, tier=web'
}

test_exec() {
  image busybox
  minidock run -d --name execs busybox sleep 100 >/dev/null
  try minidock exec execs sh -c 'exit 3'
  assert_rc 3
  wait_until 5 has_told exitCode=3 --filter event=exec_die
  assert_eq "$(events_of execs | sed -n '3,5p')" $'exec_create: sh -c exit 3\nexec_start: sh -c exit 3\nexec_die'
  try minidock events --since 0 --until 0s --filter event=exec_create --format '{{.Actor.Attributes.execID}}'
  assert_match "$out" '^[0-9a-f]{64}$'
  assert_eq "$(minidock events --since 0 --until 0s --filter event=exec_die --format '{{.Actor.Attributes.execID}}')" "$out"
}

test_images_and_volumes() {
  image busybox
  minidock import -q "$(fixture busybox)" -c 'LABEL a=b' extra:1 >/dev/null
  minidock tag extra:1 extra:2
  minidock rmi extra:1 extra:2 >/dev/null
  try minidock events --since 0 --until 0s --filter type=image --filter label=a=b --format '{{.Action}} {{.Actor.Attributes.name}}'
  assert_match "$(tr '\n' ' ' <<<"$out")" '^tag extra:1 import sha256:[0-9a-f]{64} tag extra:2 untag sha256:[0-9a-f]{64} untag sha256:[0-9a-f]{64} delete sha256:[0-9a-f]{64} $'
  minidock run --rm -v data:/data busybox true
  minidock volume rm data >/dev/null
  try minidock events --since 0 --until 0s --filter volume=data --format '{{.Action}}'
  assert_eq "$out" $'create\nmount\ndestroy'
}

test_the_end_is_told_without_a_command() {
  image busybox
  local id
  id=$(minidock run -d --name alone busybox sh -c 'sleep 0.3; exit 5')
  wait_until 10 has_told "die $id .*exitCode=5"
}

# The guard goes on in the place of its monitor, and tells what that could not.
test_the_end_is_told_once_by_a_guard() {
  image busybox
  local i monitor
  for i in 1 2 3 4 5; do
    minidock run -d --name "guarded$i" busybox sh -c 'sleep 0.2; exit 4' >/dev/null
    monitor=$(monitor_of "guarded$i")
    # Before the end, and around it.
    sleep "0.$((i - 1))5"
    kill -9 "$monitor" 2>/dev/null || true
    minidock wait "guarded$i" >/dev/null
    wait_until 10 has_told exitCode=4 --filter event=die --filter "container=guarded$i"
    assert_eq "$(events_of "guarded$i" | grep -c '^die$')" 1
  done
}

test_follower() {
  image busybox
  "$MINIDOCK_BINARY" events --filter type=container --format json >"$work/follow" &
  local follower=$!
  wait_until 5 is_watching $follower
  minidock run --rm --name seen busybox true
  wait_until 5 grep -q '"destroy"' "$work/follow"
  kill $follower
  assert_match "$(head -1 "$work/follow")" '^\{"status":"create","id":"[0-9a-f]{64}","from":"busybox","Type":"container","Action":"create","Actor":\{"ID":"[0-9a-f]{64}","Attributes":\{"image":"busybox","name":"seen"\}\},"scope":"local","time":[0-9]{10},"timeNano":[0-9]{19}\}$'
  assert_eq "$(grep -c . "$work/follow")" 5
}

test_a_follower_survives_rotations() {
  image busybox
  "$MINIDOCK_BINARY" events --filter type=volume --filter event=create --format '{{.Actor.ID}}' >"$work/rotated" &
  local follower=$! i pad
  wait_until 5 is_watching $follower
  pad=$(head -c 200000 /dev/zero | tr '\0' x)
  for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    # As writers do: one write, at the end of the file of that name.
    printf '\n{"time":%s,"type":"volume","action":"create","id":"v%s","attributes":{"pad":"%s"}}\n' "$(date +%s%N)" "$i" "$pad" \
      >>"$MINIDOCK_RUN_ROOT/events/log"
    minidock tag busybox:latest "rotate:$i"
  done
  wait_until 10 grep -qx v12 "$work/rotated"
  kill $follower
  assert_eq "$(tr '\n' ' ' <"$work/rotated")" "v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 v11 v12 "
  test -e "$MINIDOCK_RUN_ROOT/events/log.1"
  assert_eq "$(find "$MINIDOCK_RUN_ROOT/events" -size +1700k | wc -l)" 0
}

test_many_writers() {
  image busybox
  local i
  for i in 1 2 3 4 5 6 7 8; do minidock run --rm --label many=yes busybox true & done
  wait
  assert_eq "$(minidock events --since 0 --until 0s --filter label=many=yes --format '{{.Action}}' | sort | uniq -c | tr -s ' \n' ' ')" \
    " 8 attach 8 create 8 destroy 8 die 8 start "
}

test_a_full_or_torn_log_fails_nothing() {
  image busybox
  printf '\n{"time":1,"type":"container","act' >>"$MINIDOCK_RUN_ROOT/events/log"
  minidock run --rm --name torn busybox true
  assert_eq "$(events_of torn | wc -l)" 5
  rm -r "$MINIDOCK_RUN_ROOT/events"
  echo >"$MINIDOCK_RUN_ROOT/events"  # nothing can be written there
  try minidock run --rm busybox true
  rm "$MINIDOCK_RUN_ROOT/events"
  assert_rc 0
  assert_empty "$err"
}

test_options() {
  refused 1 "invalid filter 'foo'" minidock events --filter foo=bar
  refused 1 'bad format of filter' minidock events --filter foo
  refused 64 'Error parsing format: template parsing error' minidock events --format '{{.X' --until 0s
  refused 1 'failed to parse value as time or duration' minidock events --since nonsense
  try timeout 20 "$MINIDOCK_BINARY" system events --until "$(($(date +%s) + 1))"
  assert_rc 0
  # A time ago shows what came since, and no time shows nothing of the past.
  image busybox
  try minidock events --until 0s
  assert_empty "$out"
}

run_tests
