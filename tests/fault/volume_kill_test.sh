# kill -9 of all that is at work while a start fills an empty volume: the next one sees all of it, or nothing.
. "$(dirname "$0")/../support/e2e.sh"

kKills=${MINIDOCK_TEST_KILLS:-25}
[ -z "${MINIDOCK_TEST_LONG:-}" ] || kKills=${MINIDOCK_TEST_KILLS:-500}
kFiles=1500

# An image whose /seed has that many files; the last one, by its name, is large.
image_with_seed() {
  image busybox
  minidock inspect seeded:latest >/dev/null 2>&1 && return
  minidock create --name sower busybox true >/dev/null
  mkdir -p "$work/seed/deep"
  (cd "$work/seed" && seq $((kFiles - 2)) | split -l 1 -a 4 - f && head -c 3000000 /dev/zero >zz && echo x >deep/file)
  minidock cp "$work/seed" sower:/seed
  minidock commit sower seeded:latest >/dev/null
  minidock rm sower >/dev/null
}
# The sandbox has processes of this test alone: those of the helper are executed from memory.
kill_helpers() {
  local process
  for process in /proc/[0-9]*; do
    [[ $(readlink "$process/exe" 2>/dev/null) != /memfd:* ]] || kill -9 "${process#/proc/}" 2>/dev/null || true
  done
}

test_filling_killed() {
  image_with_seed
  local i home seen=0 part=0 span begin pid count
  minidock volume create seeds >/dev/null
  home=$(dirname "$(minidock volume inspect -f '{{.Mountpoint}}' seeds)")
  begin=${EPOCHREALTIME/./}
  minidock run --rm --network none -v seeds:/seed seeded true
  span=$((${EPOCHREALTIME/./} - begin))
  assert_eq "$(find "$home/_data" -type f | wc -l)" $kFiles
  for ((i = 0; i < kKills; ++i)); do
    find "$home/_data" -mindepth 1 -delete
    "$MINIDOCK_BINARY" run --rm --network none -v seeds:/seed seeded true >/dev/null 2>&1 &
    pid=$!
    # Moments from its first name beside the volume on, up to when it is surely over.
    wait_until 10 is_at_work "$home" $pid
    pause "$(printf '0.%06d' $(((RANDOM * 32768 + RANDOM) % span)))"
    kill_helpers
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    [ ! -e "$home/filling" ] && [ ! -e "$home/filled" ] || part=$((part + 1))
    # Whoever comes next, even one that fills nothing himself.
    count=$(minidock run --rm --network none -v seeds:/seed:nocopy seeded find /seed -type f | wc -l)
    [ "$count" = 0 ] || [ "$count" = $kFiles ] || fail "$count of $kFiles files are there"
    [ "$count" = 0 ] || seen=$((seen + 1))
    assert_eq "$(ls "$home")" _data
    if [ "$count" != 0 ]; then cmp "$home/_data/zz" "$work/seed/zz"; fi
  done
  [ $part -gt 0 ] || fail "none of $kKills was killed while it filled the volume"
  minidock system prune -f >/dev/null # the cgroups of those whose guards were killed too
  try minidock system check
  assert_rc 0
  minidock volume rm seeds >/dev/null
  echo "  $kKills killed, $part of them at it; $seen volumes were whole"
}
# It has begun, or it was too fast for us.
is_at_work() { [ -e "$1/filling" ] || [ -e "$1/filled" ] || [ -n "$(ls "$1/_data")" ] || ! kill -0 "$2" 2>/dev/null; }

run_tests
