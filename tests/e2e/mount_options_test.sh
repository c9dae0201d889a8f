# -v, --mount and --tmpfs: what the container sees of what is mounted, and what it may do to it.
. "$(dirname "$0")/../support/e2e.sh"

# The options of the mount at PATH in a container: run ARGUMENTS... PATH
options_at() {
  minidock run --rm "${@:1:$#-1}" busybox sh -c "grep ' ${*: -1} ' /proc/self/mountinfo | tail -1 | cut -d' ' -f6"
}

test_how_far_a_bind_reaches() {
  image busybox
  mkdir -p "$work/tree/below"
  mount -t tmpfs tmpfs "$work/tree/below"
  echo there >"$work/tree/below/file"
  local mount="type=bind,src=$work/tree,dst=/t"
  assert_eq "$(minidock run --rm --mount "$mount" busybox cat /t/below/file)" there
  assert_empty "$(minidock run --rm --mount "$mount,bind-recursive=disabled" busybox ls /t/below)"
  assert_empty "$(minidock run --rm -v "$work/tree:/t:bind" busybox ls /t/below)"
  local reach
  for reach in enabled readonly; do
    try minidock run --rm --mount "$mount,ro,bind-recursive=$reach" busybox touch /t/below/new
    assert_match "$err" 'Read-only file system'
  done
  minidock run --rm --mount "$mount,ro,bind-recursive=writable" busybox sh -c 'touch /t/below/new && ! touch /t/new 2>/dev/null'
  assert_file "$work/tree/below/new"
  umount "$work/tree/below"
}

test_a_missing_source_is_made_when_asked_for() {
  image busybox
  refused 125 'bind source path does not exist: /no/such/dir' minidock run --rm --mount type=bind,src=/no/such/dir,dst=/d busybox true
  minidock run --rm --mount "type=bind,src=$work/made/here,dst=/d,bind-create-src" busybox touch /d/file
  assert_file "$work/made/here/file"
}

test_propagation() {
  image busybox
  mkdir -p "$work/private" "$work/shared"
  mount -t tmpfs tmpfs "$work/private" && mount --make-private "$work/private"
  mount -t tmpfs tmpfs "$work/shared" && mount --make-shared "$work/shared"
  mkdir "$work/shared/later"
  refused 125 "path $work/private is mounted on $work/private but it is not a shared mount" \
    minidock run --rm -v "$work/private:/p:rshared" busybox true
  refused 125 'but it is not a shared or slave mount' minidock run --rm -v "$work/private:/p:rslave" busybox true
  minidock run -d --name watcher -v "$work/shared:/s:rslave" -v "$work/shared:/alone" busybox sleep 1000 >/dev/null
  mount -t tmpfs tmpfs "$work/shared/later"
  touch "$work/shared/later/file"
  assert_eq "$(minidock exec watcher ls /s/later)" file
  assert_empty "$(minidock exec watcher ls /alone/later)"
  minidock rm -f watcher >/dev/null
  umount "$work/shared/later" "$work/shared" "$work/private"
}

test_words_that_mount_knows() {
  image busybox
  mkdir "$work/words"
  assert_match "$(options_at -v "$work/words:/w:nosuid,nodev,noexec" /w)" '^rw,nosuid,nodev,noexec'
  assert_match "$(options_at -v "$work/words:/w:ro,z" /w)" '^ro,'
  assert_match "$(options_at --mount type=tmpfs,dst=/w,tmpfs-size=1m,tmpfs-mode=700 /w)" '^rw,nosuid,nodev,noexec'
  assert_eq "$(minidock run --rm --mount type=tmpfs,dst=/w,tmpfs-mode=700 busybox stat -c %a /w)" 700
}

test_a_part_of_a_volume() {
  image busybox
  minidock run --rm -v parts:/p busybox sh -c 'mkdir -p /p/a/b && echo deep >/p/a/b/file && echo one >/p/single'
  assert_eq "$(minidock run --rm --mount src=parts,dst=/d,volume-subpath=a/b busybox cat /d/file)" deep
  assert_eq "$(minidock run --rm --mount src=parts,dst=/f,volume-subpath=single busybox cat /f)" one
  minidock run --rm --mount src=parts,dst=/d,volume-subpath=a,ro busybox sh -c '! touch /d/new 2>/dev/null'
  refused 125 'cannot access path none/such: No such file' \
    minidock run --rm --mount src=parts,dst=/d,volume-subpath=none/such busybox true
  # cp sees the same, running or not.
  minidock create --name part --mount src=parts,dst=/d,volume-subpath=a busybox true >/dev/null
  assert_eq "$(minidock cp part:/d/b/file - | tar -xO)" deep
  minidock rm part >/dev/null
  minidock volume rm parts >/dev/null
}

# security: what a container has put into a volume decides nothing about the host.
test_a_link_in_a_volume_leads_to_a_place_in_it() {
  image busybox
  echo secret >"$work/secret"
  minidock run --rm -v evil:/e busybox sh -c "mkdir -p /e/inside$work && ln -s $work /e/absolute && ln -s ../../../../../../.. /e/up && ln -s /proc/self/root /e/magic && echo own >/e/inside/file && ln -s /inside /e/home"
  assert_eq "$(minidock run --rm --mount src=evil,dst=/d,volume-subpath=home busybox cat /d/file)" own
  refused 125 'cannot access path absolute' minidock run --rm --mount src=evil,dst=/d,volume-subpath=absolute busybox true
  refused 125 'cannot access path up/root' minidock run --rm --mount src=evil,dst=/d,volume-subpath=up/root busybox true
  refused 125 'cannot access path magic' minidock run --rm --mount src=evil,dst=/d,volume-subpath=magic busybox true
  # Nor does one that changes in between.
  local data
  data=$(minidock volume inspect -f '{{.Mountpoint}}' evil)
  mkdir "$data/door" && ln -s "$work" "$data/door.link"
  "$support/swap" "$data/door" "$data/door.link" &
  local swapper=$! i
  for i in {1..30}; do
    try minidock run --rm --mount src=evil,dst=/d,volume-subpath=door busybox cat /d/secret
    assert_empty "$out" "what the container could read"
  done
  kill $swapper
  wait $swapper 2>/dev/null || true
  minidock volume rm evil >/dev/null
}

test_an_image_as_a_mount() {
  image busybox
  image probe
  # Of two layers, so that the overlay driver has something to join.
  minidock run --name maker probe /probe >/dev/null || true
  minidock create --name adder busybox true >/dev/null
  mkdir -p "$work/etc"; echo added >"$work/etc/added"
  minidock cp "$work/etc/added" adder:/etc/added
  minidock commit adder two:latest >/dev/null
  minidock rm adder maker >/dev/null
  assert_eq "$(minidock run --rm --mount type=image,src=two,dst=/i busybox cat /i/etc/added)" added
  assert_eq "$(minidock run --rm --mount type=image,src=two,dst=/i,image-subpath=etc busybox cat /i/added)" added
  assert_eq "$(minidock run --rm --mount type=image,src=two,dst=/f,image-subpath=etc/added busybox cat /f)" added
  try minidock run --rm --mount type=image,src=two,dst=/i busybox touch /i/new
  assert_match "$err" 'Read-only file system'
  try minidock run --rm --mount type=image,src=two,dst=/i,image-subpath=etc busybox touch /i/new
  assert_match "$err" 'Read-only file system'
  assert_eq "$(minidock run --rm --mount type=image,src=two,dst=/i,rw=true busybox sh -c 'echo mine >/i/etc/added; cat /i/etc/added')" mine
  assert_eq "$(minidock run --rm --mount type=image,src=two,dst=/i busybox cat /i/etc/added)" added
  refused 125 'No such image: nobody' minidock run --rm --mount type=image,src=nobody,dst=/i busybox true
  refused 125 'cannot access path nothing' minidock run --rm --mount type=image,src=two,dst=/i,image-subpath=nothing busybox true
  minidock create --name holder --mount type=image,src=two,dst=/i busybox cat /i/etc/added >/dev/null
  refused 1 'must be forced.*mounted by stopped container' minidock rmi two
  minidock image prune -af >/dev/null
  assert_eq "$(minidock start -a holder)" added
  assert_eq "$(minidock inspect -f '{{(index .Mounts 0).Type}} {{(index .Mounts 0).RW}}' holder)" "image false"
  minidock rmi -f two >/dev/null
  refused 1 'No such image: two, which is to be mounted on /i' minidock start holder
  minidock rm holder >/dev/null
}

test_the_users_own() {
  image busybox
  mkdir -p "$work/owned/sub"
  touch "$work/owned/sub/file"
  ln -s /etc/passwd "$work/owned/link"
  local passwd
  passwd=$(stat -c %u:%g /etc/passwd)
  minidock run --rm -v "$work/owned:/o" busybox true
  assert_eq "$(stat -c %u:%g "$work/owned/sub/file")" 0:0
  assert_eq "$(minidock run --rm -u 1234:55 -v "$work/owned:/o:U,ro" busybox stat -c %u:%g /o /o/sub/file)" $'1234:55\n1234:55'
  assert_eq "$(stat -c %u:%g "$work/owned" "$work/owned/sub" "$work/owned/link")" $'1234:55\n1234:55\n1234:55'
  assert_eq "$(stat -c %u:%g /etc/passwd)" "$passwd"
  # A name is the image's, and --mount has the option too.
  minidock run --rm -u nobody --mount "type=bind,src=$work/owned,dst=/o,U=true" busybox true
  assert_eq "$(stat -c %u "$work/owned/sub/file")" "$(minidock run --rm -u nobody busybox id -u)"
  refused 125 'unable to find user ghost' minidock run --rm -u ghost -v "$work/owned:/o:U" busybox true
}

test_what_is_written_is_thrown_away() {
  image busybox
  mkdir "$work/lower"
  echo as-it-was >"$work/lower/file"
  minidock run --name writer -v "$work/lower:/l:O" busybox sh -c 'cat /l/file; echo changed >/l/file; touch /l/new; cat /l/file' >"$work/out"
  assert_eq "$(cat "$work/out")" $'as-it-was\nchanged'
  assert_eq "$(cat "$work/lower/file"; ls "$work/lower")" $'as-it-was\nfile'
  assert_eq "$(minidock start -a writer)" $'as-it-was\nchanged'
  minidock rm writer >/dev/null
  touch "$work/lower.file"
  refused 125 'with O: it is not a directory' minidock run --rm -v "$work/lower.file:/l:O" busybox true
}

test_owners_are_mapped() {
  image busybox
  mkdir "$work/mapped"
  mount -t tmpfs tmpfs "$work/mapped"
  touch "$work/mapped/file"
  chown 1000:1000 "$work/mapped/file"
  assert_eq "$(minidock run --rm -v "$work/mapped:/m:idmap=uids=1000-77-1;gids=1000-78-1" busybox stat -c %u:%g /m/file)" 77:78
  assert_eq "$(stat -c %u:%g "$work/mapped/file")" 1000:1000
  assert_eq "$(minidock run --rm --mount "type=bind,src=$work/mapped,dst=/m,idmap=uids=1000-0-1" busybox stat -c %u:%g /m/file)" 0:0
  umount "$work/mapped"
  refused 125 "invalid idmap 'uids=x'" minidock run --rm -v "$work/mapped:/m:idmap=uids=x" busybox true
  refused 125 'shares the host' minidock run --rm -v "$work/mapped:/m:idmap" busybox true
}

# A volume that is read-only for the container is filled all the same.
test_a_read_only_volume_is_filled() {
  image busybox
  local names
  names=$(minidock run --rm busybox ls /etc)
  assert_match "$(minidock run --rm -v filled:/etc:ro busybox ls /etc)" passwd
  try minidock run --rm -v filled:/etc:ro busybox touch /etc/new
  assert_match "$err" 'Read-only file system'
  minidock volume rm filled >/dev/null
}
run_tests
