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

test_create_and_inspect() {
  image busybox
  assert_eq "$(minidock volume create --label tier=front --label kept data)" data
  assert_eq "$(minidock volume create data)" data
  assert_eq "$(minidock volume inspect -f '{{.Name}} {{.Driver}} {{.Labels.tier}}' data)" "data local front"
  assert_eq "$(minidock inspect --type volume -f '{{.Scope}}' data)" local
  assert_eq "$(minidock volume ls -q --filter label=tier=front)" data
  assert_empty "$(minidock volume ls -q --filter label=tier=back)"
  assert_eq "$(minidock volume ls -q --filter driver=local)" data
  minidock run --rm -v data:/d busybox touch /d/file
  assert_file "$(minidock volume inspect -f '{{.Mountpoint}}' data)/file"
  try minidock volume inspect nobody
  assert_rc 1
  assert_eq "$out" "[]"
  assert_eq "$err" "Error: No such volume: nobody"
  refused 1 'includes invalid characters' minidock volume create 'wro ng'
  refused 1 'plugin "nfs" not found' minidock volume create -d nfs other
  refused 125 'not supported yet' minidock volume create -o type=tmpfs other
  refused 1 'requires at most 1 argument' minidock volume create one two
  minidock volume rm data >/dev/null
}

test_a_created_one_without_a_name_is_anonymous() {
  assert_match "$(minidock volume create)" '^[0-9a-f]{64}$'
  minidock volume prune -f >/dev/null
  assert_empty "$(minidock volume ls -q)"
}

test_volumes_from() {
  image busybox
  mkdir "$work/host"
  minidock create --name from -v /anonymous -v named:/named -v "$work/host:/host:ro" --tmpfs /t busybox true >/dev/null
  minidock run --rm --volumes-from from busybox touch /anonymous/file /named/file
  assert_eq "$(minidock run --rm --volumes-from from busybox ls /anonymous)" file
  try minidock run --rm --volumes-from from busybox touch /host/file
  assert_match "$err" 'Read-only file system'
  try minidock run --rm --volumes-from from:ro busybox touch /named/other
  assert_match "$err" 'Read-only file system'
  # What the user names himself is his.
  assert_empty "$(minidock run --rm --volumes-from from -v other:/named busybox ls /named)"
  refused 125 'No such container: nobody' minidock run --rm --volumes-from nobody busybox true
  refused 125 'invalid mode: x' minidock run --rm --volumes-from from:x busybox true
  # An anonymous volume stays as long as somebody has it.
  minidock create --name second --volumes-from from busybox true >/dev/null
  minidock rm -v from >/dev/null
  assert_eq "$(minidock run --rm --volumes-from second busybox ls /anonymous)" file
  minidock rm -v second >/dev/null
  assert_eq "$(minidock volume ls -q)" $'named\nother'
  minidock volume rm named other >/dev/null
}

# Whichever of them goes first, and by whichever way.
test_a_shared_anonymous_volume_stays_until_the_last_of_rm_goes() {
  image busybox
  local first last
  for first in owner taker; do
    minidock run -d --rm --name owner -v /data busybox sh -c 'echo kept >/data/file; sleep 1000' >/dev/null
    minidock run -d --rm --name taker --volumes-from owner busybox sleep 1000 >/dev/null
    last=$([ $first = owner ] && echo taker || echo owner)
    wait_until 5 minidock exec $last test -s /data/file
    if [ $first = owner ]; then minidock kill $first >/dev/null; else minidock rm -f $first >/dev/null; fi
    is_alone() { [ "$(minidock ps -a --format '{{.Names}}')" = $last ]; }
    wait_until 5 is_alone
    assert_eq "$(minidock exec $last cat /data/file)" kept
    assert_eq "$(minidock volume ls -q | wc -l)" 1
    if [ $first = owner ]; then minidock rm -f $last >/dev/null; else minidock kill $last >/dev/null; fi
    no_volumes() { [ -z "$(minidock volume ls -q)" ]; }
    wait_until 5 no_volumes
  done
  # One that stays keeps it, as any container keeps its anonymous volumes.
  minidock run -d --rm --name owner -v /data busybox sh -c 'echo kept >/data/file; sleep 1000' >/dev/null
  wait_until 5 minidock exec owner test -s /data/file
  minidock create --name taker --volumes-from owner busybox cat /data/file >/dev/null
  minidock rm -f owner >/dev/null
  assert_eq "$(minidock start -a taker)" kept
  minidock rm -v taker >/dev/null
  no_volumes
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
