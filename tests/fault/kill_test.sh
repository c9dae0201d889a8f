# kill -9 of the command line at random points: the container goes on and is listed, or there is no trace; an import is
# there whole, or not at all. After each kill one next command finds a store that works, and no garbage stays.
. "$(dirname "$0")/../support/e2e.sh"

kKills=${MINIDOCK_TEST_KILLS:-50}
[ -z "${MINIDOCK_TEST_LONG:-}" ] || kKills=${MINIDOCK_TEST_KILLS:-2000}

# kill_after MICROSECONDS COMMAND...: SIGKILL after that time. Status 0: killed; 1: it was over before.
kill_after() {
  local span rc=0
  printf -v span '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
  shift
  # In the foreground timeout(1) kills the command alone, and not the monitor that it may have started.
  timeout --foreground --signal=KILL "$span" "$@" </dev/null >/dev/null 2>&1 || rc=$?
  [ $rc = 137 ]
}
microseconds() { # how long a command takes
  local begin=${EPOCHREALTIME/./}
  "$@" >/dev/null
  echo $((${EPOCHREALTIME/./} - begin))
}
random_below() { echo $(((RANDOM * 32768 + RANDOM) % $1 + 1)); } # never 0, which is no time-out
store_works() {
  try minidock ps -a
  assert_rc 0
  try minidock system check
  assert_rc 0
}

test_run_killed() {
  image busybox
  local span i killed=0
  minidock run --rm --network none busybox true
  span=$(microseconds minidock run --rm --network none busybox true)
  for i in $(seq $kKills); do
    if kill_after "$(random_below $((span * 5 / 4)))" "$MINIDOCK_BINARY" run --rm --network none busybox true; then
      killed=$((killed + 1))
    fi
    store_works
  done
  [ $killed -gt $((kKills / 4)) ] || fail "only $killed of $kKills were killed"
  wait_until 5 no_containers
  assert_no_leftovers
}

test_run_killed_and_the_container_goes_on() {
  image busybox
  local span i id killed=0 alive=0
  span=$(microseconds minidock run --rm --network none busybox true)
  for i in $(seq $((kKills / 2))); do
    ! kill_after "$(random_below $((span * 3 / 2)))" "$MINIDOCK_BINARY" run --network none busybox sleep 1000 ||
      killed=$((killed + 1))
    store_works
    for id in $(minidock ps -aq --no-trunc); do
      case $(minidock inspect -f '{{.State.Status}}' "$id") in
        running)
          alive=$((alive + 1))
          assert_eq "$(tr '\0' ' ' <"/proc/$(container_pid "$id")/cmdline")" "sleep 1000 " ;;
        created | exited | dead) ;;
        *) fail "container $id is in no state" ;;
      esac
      minidock rm -f "$id" >/dev/null
    done
    assert_empty "$(find /sys/fs/cgroup -name 'minidock-*')" "the list of cgroups"
  done
  [ $killed -gt 0 ] && [ $alive -gt 0 ] || fail "$killed killed, $alive went on: both should happen"
  assert_no_leftovers
}

test_import_killed() {
  local file span once i id killed=0
  file=$(fixture busybox)
  [ -z "${MINIDOCK_TEST_LONG:-}" ] || file=$(fixture debian)
  # The fastest of three: on a busy host one may take many times as long, and few kills would hit.
  for i in 1 2 3; do
    once=$(microseconds minidock import -q "$file" whole:latest)
    [ -n "${span:-}" ] && [ "$span" -le "$once" ] || span=$once
    id=$(minidock inspect -f '{{.Id}}' whole:latest)
    minidock rmi whole >/dev/null
  done
  for i in $(seq $((kKills < 200 ? kKills : 200))); do
    ! kill_after "$(random_below "$span")" "$MINIDOCK_BINARY" import -q "$file" whole:latest || killed=$((killed + 1))
    try minidock inspect -f '{{.Id}}' whole:latest
    if [ "$rc" = 0 ]; then
      assert_eq "$out" "$id" "the image"
      minidock rmi whole >/dev/null
    fi
    store_works
    assert_empty "$(find "$MINIDOCK_ROOT/tmp" "$MINIDOCK_ROOT/layers" "$MINIDOCK_ROOT/blobs/sha256" -mindepth 1 -maxdepth 1)" \
      "what is left of the import"
  done
  [ $killed -gt $((kKills / 4)) ] || fail "only $killed were killed"
  minidock import -q "$file" whole:latest >/dev/null
  assert_eq "$(minidock run --rm --network none whole echo works)" works
  try minidock system check --deep
  assert_rc 0
}

run_tests
