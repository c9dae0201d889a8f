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
  refused 1 'create other: missing required option: "device"' minidock volume create -o type=tmpfs other
  refused 1 'create other: invalid option: "foo"' minidock volume create -o foo=bar other
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

is_mounted() { awk -v at="$(minidock volume inspect -f '{{.Mountpoint}}' "$1")" '$2 == at { found = 1 } END { exit !found }' /proc/self/mounts; }
is_idle() { ! is_mounted "$1"; }

test_a_volume_of_memory_is_one_for_all_its_containers() {
  image busybox
  minidock volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,mode=750,noexec scratch >/dev/null
  assert_eq "$(minidock volume inspect -f '{{.Options.type}} {{.Options.o}}' scratch)" "tmpfs size=1m,mode=750,noexec"
  is_idle scratch || fail "it is mounted before its first use"
  minidock run -d --rm --name one -v scratch:/s busybox sh -c 'echo shared >/s/file; sleep 1000' >/dev/null
  wait_until 5 minidock exec one test -s /s/file
  is_mounted scratch || fail "it is not mounted"
  assert_eq "$(minidock run --rm -v scratch:/s busybox cat /s/file)" shared
  assert_eq "$(minidock run --rm -v scratch:/s busybox stat -c %a /s)" 750
  assert_match "$(minidock run --rm -v scratch:/s busybox grep ' /s ' /proc/mounts)" 'noexec.*size=1024k'
  # Still there for the one that runs, and gone with it.
  assert_eq "$(minidock exec one cat /s/file)" shared
  minidock rm -f one >/dev/null
  wait_until 5 is_idle scratch
  assert_empty "$(minidock run --rm -v scratch:/s busybox ls /s)"
  minidock volume rm scratch >/dev/null
}

test_a_volume_that_is_a_directory_of_the_host() {
  image busybox
  mkdir "$work/real"
  echo host >"$work/real/file"
  minidock volume create -o type=none -o o=bind -o "device=$work/real" real >/dev/null
  assert_eq "$(minidock run --rm -v real:/r busybox cat /r/file)" host
  minidock create --name keeper -v real:/r busybox touch /r/new >/dev/null
  refused 1 "remove real: volume is in use - \\[$(minidock inspect -f '{{.Id}}' keeper)" minidock volume rm real
  minidock start -a keeper
  assert_file "$work/real/new"
  assert_eq "$(minidock cp keeper:/r/file - | tar -xO)" host
  minidock rm keeper >/dev/null
  minidock volume rm real >/dev/null
  assert_eq "$(ls "$work/real")" $'file\nnew' "the host's directory"
  # One that can be mounted neither stays half-made nor mounted.
  minidock volume create -o type=none -o o=bind -o device=/no/such broken >/dev/null
  refused 125 "error while mounting volume 'broken': failed to mount local volume: mount /no/such:.*No such file" \
    minidock run --rm -v broken:/b busybox true
  minidock volume create -o type=nosuchfs -o device=x odd >/dev/null
  refused 125 'this kernel has no such file system' minidock run --rm -v odd:/b busybox true
  minidock volume rm broken odd >/dev/null
}

test_a_volume_whose_files_a_process_reads_is_not_removed() {
  image busybox
  minidock volume create -o type=tmpfs -o device=tmpfs busy >/dev/null
  minidock run --name last -v busy:/b busybox touch /b/file
  local at
  at=$(minidock volume inspect -f '{{.Mountpoint}}' busy)
  exec 8<"$at/file"
  minidock rm last >/dev/null
  is_mounted busy || fail "it was taken from under a process"
  refused 1 "remove busy: volume is in use: a process is in $at" minidock volume rm busy
  exec 8<&-
  minidock volume rm busy >/dev/null
}

test_a_mount_makes_a_volume_with_what_it_says() {
  image busybox
  minidock run --rm --mount 'src=made,dst=/m,volume-label=k=v,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"volume-opt=o=size=2m,mode=711"' \
    busybox stat -c %a /m >"$work/out"
  assert_eq "$(cat "$work/out")" 711
  assert_eq "$(minidock volume inspect -f '{{.Labels.k}} {{.Options.o}}' made)" "v size=2m,mode=711"
  refused 125 'missing required option: "device"' minidock run --rm --mount src=other,dst=/m,volume-opt=type=tmpfs busybox true
  minidock run --rm --mount dst=/m,volume-opt=type=tmpfs,volume-opt=device=tmpfs busybox touch /m/file
  assert_eq "$(minidock volume ls -q)" made
  minidock volume rm made >/dev/null
}

test_many_start_with_one_volume_at_once() {
  image busybox
  minidock volume create -o type=tmpfs -o device=tmpfs crowd >/dev/null
  local i pids=()
  for i in {1..8}; do
    minidock run --rm --network none -v crowd:/c busybox sh -c "echo $i >/c/$i; [ \"\$(cat /c/$i)\" = $i ]" &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i" || fail "one of them failed"; done
  wait_until 5 is_idle crowd
  minidock volume rm crowd >/dev/null
}

test_export_and_import() {
  image busybox
  minidock run --rm -v from:/f busybox sh -c 'cd /f && mkdir -m 2750 dir && echo text >dir/file && ln dir/file hard && ln -s /etc/passwd link && chown 12:34 dir/file && chown 5:6 /f && chmod 1770 /f'
  local at copy
  at=$(minidock volume inspect -f '{{.Mountpoint}}' from)
  touch -d 2001-02-03T04:05:06.123456789Z "$at/dir"
  setfattr -n user.note -v kept "$at/dir/file" 2>/dev/null || true
  minidock volume export -o "$work/from.tar" from
  minidock volume create to >/dev/null
  minidock volume import to "$work/from.tar"
  copy=$(minidock volume inspect -f '{{.Mountpoint}}' to)
  describe() { (cd "$1" && find . -printf '%p %y %m %U:%G %T@ %l %n\n' | sort; getfattr -R -d . 2>/dev/null); }
  assert_eq "$(describe "$copy")" "$(describe "$at")" "the copy"
  assert_eq "$(minidock volume export from | tar -tf - | sort)" $'./\n./dir/\n./dir/file\n./hard\n./link'
  # Compressed, from a pipe, and over what is there.
  minidock run --rm -v to:/t busybox sh -c 'echo other >/t/dir/file; touch /t/own'
  gzip <"$work/from.tar" | minidock volume import to -
  assert_eq "$(cat "$copy/dir/file"; ls "$copy")" $'text\ndir\nhard\nlink\nown'
  refused 1 'No such volume: nobody' minidock volume export nobody
  refused 1 'No such volume: nobody' minidock volume import nobody "$work/from.tar"
  refused 1 'import .*/none into volume to' minidock volume import to "$work/none"
  refused 1 'requires at least 1 argument|requires 1 argument' minidock volume export
  minidock volume rm from to >/dev/null
}

test_holes_stay_holes() {
  image busybox
  minidock volume create holes >/dev/null
  minidock volume create filled >/dev/null
  local from to name=holes/$(printf 'n%.0s' {1..150})
  from=$(minidock volume inspect -f '{{.Mountpoint}}' holes)
  to=$(minidock volume inspect -f '{{.Mountpoint}}' filled)
  truncate -s 1G "$from/end"
  echo begin | dd of="$from/end" conv=notrunc status=none
  mkdir "$from/holes"
  truncate -s 300M "$from/$name"
  echo middle | dd of="$from/$name" bs=1M seek=200 conv=notrunc status=none
  truncate -s 5M "$from/nothing"
  minidock volume export -o "$work/holes.tar" holes
  assert_le "$(stat -c %s "$work/holes.tar")" 300000 "the archive"
  minidock volume import filled "$work/holes.tar"
  cmp "$from/end" "$to/end" && cmp "$from/$name" "$to/$name" && cmp "$from/nothing" "$to/nothing"
  assert_le "$(du -sk "$to" | cut -f1)" 200 "what the copy takes in KiB"
  # GNU tar makes the same of it.
  mkdir "$work/by-tar"
  tar -C "$work/by-tar" -xf "$work/holes.tar"
  cmp "$from/end" "$work/by-tar/end" && cmp "$from/$name" "$work/by-tar/$name"
  rm -rf "$work/by-tar"
  minidock volume rm holes filled >/dev/null
}

test_a_broken_archive_leaves_an_empty_volume_empty() {
  image busybox
  minidock volume create empty >/dev/null
  local at
  at=$(minidock volume inspect -f '{{.Mountpoint}}' empty)
  mkdir "$work/many"
  seq 20000 >"$work/many/one"; seq 20000 >"$work/many/two"
  tar -C "$work/many" -cf "$work/whole.tar" . && head -c 150000 "$work/whole.tar" >"$work/cut.tar"
  refused 1 'import .*cut.tar into volume empty: ' minidock volume import empty "$work/cut.tar"
  assert_empty "$(ls "$at")"
  assert_eq "$(ls "${at%/_data}")" _data
  echo 'no tar' >"$work/text"
  refused 1 'into volume empty: ' minidock volume import empty "$work/text"
  minidock volume rm empty >/dev/null
}

# security: names and links of an archive lead nowhere but into the volume.
test_a_hostile_archive_stays_in_the_volume() {
  image busybox
  mkdir "$work/evil" "$work/outside"
  ln -s "$work/outside" "$work/evil/link"
  tar -C "$work/evil" -cf "$work/evil.tar" link
  mkdir "$work/evil2" "$work/evil2/link" && echo bad >"$work/evil2/link/file"
  tar -C "$work/evil2" -rf "$work/evil.tar" link/file
  (cd "$work/evil2" && tar -P --transform "s,^link,../../../../../../..$work/outside," -rf "$work/evil.tar" link/file)
  minidock volume create jail >/dev/null
  try minidock volume import jail "$work/evil.tar"
  assert_empty "$(ls -A "$work/outside")" "what lies outside"
  minidock volume rm jail >/dev/null
}

test_what_is_kept_survives() {
  image busybox
  minidock run --name writer -v kept:/k busybox sh -c 'echo data >/k/file'
  minidock rm writer >/dev/null
  minidock run -d --name writer -v kept:/k busybox sh -c 'cat /k/file >/k/copy; sleep 1000' >/dev/null
  wait_until 5 minidock exec writer test -s /k/copy
  kill -9 "$(minidock inspect -f '{{.State.Pid}}' writer)"
  minidock rm -f writer >/dev/null
  assert_eq "$(minidock run --rm -v kept:/k busybox cat /k/file /k/copy)" $'data\ndata'
  minidock volume rm kept >/dev/null
}

# What a start that was killed while it filled the volume has left: all of it is there for the next, or nothing was.
test_a_filling_that_was_cut_off() {
  image busybox
  local home names
  names=$(minidock run --rm busybox ls /etc)
  minidock volume create half >/dev/null
  home=$(dirname "$(minidock volume inspect -f '{{.Mountpoint}}' half)")
  mkdir "$home/filling"; touch "$home/filling/partly"
  assert_empty "$(minidock run --rm -v half:/h:nocopy busybox ls /h)"
  assert_eq "$(ls "$home")" _data
  mkdir "$home/filling"; touch "$home/filling/partly"
  assert_contains "$(minidock run --rm -v half:/etc busybox ls /etc)" passwd
  assert_no_file "$home/_data/partly"
  mkdir "$home/filled"; mv "$home/_data/passwd" "$home/filled"; chmod 700 "$home/filled"
  assert_contains "$(minidock volume export half | tar -tf -)" passwd
  assert_eq "$(ls "$home"; stat -c %a "$home/_data")" $'_data\n700'
  minidock volume rm half >/dev/null
}

run_tests
