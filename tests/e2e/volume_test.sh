# volume ls, rm, prune.
. "$(dirname "$0")/../support/e2e.sh"

test_named_volumes_outlive_their_containers() {
  image busybox
  minidock run --rm -v data:/d busybox sh -c 'echo kept >/d/file'
  assert_eq "$(minidock run --rm -v data:/d busybox cat /d/file)" kept
  assert_match "$(minidock volume ls)" $'^DRIVER    VOLUME NAME\nlocal     data$'
  minidock create --name user -v data:/d busybox true >/dev/null
  refused 1 'volume is in use' minidock volume rm data
  minidock rm user >/dev/null
  assert_eq "$(minidock volume rm data)" data
  refused 1 'No such volume: data' minidock volume rm data
  try minidock volume rm -f data
  assert_rc 0
}

test_prune_takes_anonymous_ones() {
  image busybox
  minidock run --rm -v named:/d busybox true
  minidock create --name holder -v /anonymous busybox true >/dev/null
  minidock volume prune -f >/dev/null
  assert_eq "$(minidock volume ls -q | wc -l)" 2
  minidock rm holder >/dev/null
  try minidock volume prune <<<y
  assert_match "$out" $'^Volumes to delete:\n[0-9a-f]{64} +0B\n\nWARNING! This will remove anonymous local volumes'
  assert_match "$out" $'Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: '
  assert_eq "$(minidock volume ls -q)" named
  refused 1 'cannot specify both --all and --filter all=1' minidock volume prune -af --filter all=1
  minidock volume prune -f --filter all=true >/dev/null
  assert_empty "$(minidock volume ls -q)"
}

run_tests
